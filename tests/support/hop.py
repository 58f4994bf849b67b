"""The network between two programs, in the harness's hands.

A Hop listens, connects each connection on, and passes bytes both ways.  It can
cut what runs, hold it for a while, or let nothing in.  A DatabaseHop also
reads PostgreSQL's protocol, to break a connection just when a charge was
committed and its answer is on the way, or to lose every NOTIFY."""

import socket
import struct
import threading

PIECE = 65536
# Of each socket's buffers, so that a hop keeps few bytes on the way.
BUFFER = 65536
RESET = struct.pack("ii", 1, 0)


class Pair:
    """One connection: `near` was accepted, `far` goes on."""

    def __init__(self, near, far):
        self.near = near
        self.far = far
        self.lock = threading.Lock()
        self.flowing = 2

    def reset(self):
        """Break both ends now; whatever was on the way is lost."""
        for end in (self.near, self.far):
            try:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def ended(self):
        """One direction is over; True when that was the last."""
        with self.lock:
            self.flowing -= 1
            return self.flowing == 0

    def close(self):
        self.near.close()
        self.far.close()


class Hop:
    def __init__(self, listener, connect):
        self.listener = listener
        self.connect = connect
        self.pairs = set()
        self.lock = threading.Lock()
        self.flow = threading.Event()
        self.flow.set()
        self.is_open = True
        self.spawn(self.accept)

    def spawn(self, function, *arguments):
        threading.Thread(target=function, args=arguments,
                         daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if not self.is_open:
                near.close()
                continue
            try:
                far = self.connect()
            except OSError:
                near.close()
                continue
            self.begin(self.make_pair(near, far))

    def make_pair(self, near, far):
        return Pair(near, far)

    def begin(self, pair):
        with self.lock:
            self.pairs.add(pair)
        self.spawn(self.pump, pair, pair.near, pair.far, self.forth)
        self.spawn(self.pump, pair, pair.far, pair.near, self.back)

    def forth(self, pair, data):
        """What of `data` goes on from near to far; None: break here."""
        return data

    def back(self, pair, data):
        return data

    def pump(self, pair, source, sink, change):
        try:
            while data := source.recv(PIECE):
                self.flow.wait()
                data = change(pair, data)
                if data is None:
                    pair.reset()
                    break
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pair.reset()
        if pair.ended():
            with self.lock:
                self.pairs.discard(pair)
            pair.close()

    def cut(self):
        """Reset all connections; how many there were."""
        with self.lock:
            pairs = list(self.pairs)
        for pair in pairs:
            pair.reset()
        return len(pairs)

    def hold(self):
        """Nothing passes until release(); bytes wait, as in a lost route."""
        self.flow.clear()

    def release(self):
        self.flow.set()

    def close(self):
        self.is_open = False
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.release()
        self.cut()


def tcp_hop(port):
    """From a port of its own to `port`; the hop and its port."""
    listener = socket.socket()
    # Accepted sockets inherit it.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
    listener.bind(("127.0.0.1", 0))
    listener.listen(512)

    def connect():
        far = socket.socket()
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        far.connect(("127.0.0.1", port))
        return far

    return Hop(listener, connect), listener.getsockname()[1]


class Frames:
    """Cuts one direction of PostgreSQL's protocol into messages."""

    def __init__(self, is_started):
        self.rest = b""
        self.is_started = is_started

    def push(self, data):
        """The (type, body) of each message that is whole now."""
        self.rest += data
        found = []
        while True:
            head = 5 if self.is_started else 4
            if len(self.rest) < head:
                return found
            (length,) = struct.unpack("!I", self.rest[head - 4:head])
            end = head - 4 + length
            if len(self.rest) < end:
                return found
            kind = self.rest[:1] if self.is_started else b""
            found.append((kind, self.rest[head:end]))
            self.rest = self.rest[end:]
            self.is_started = True


class DatabasePair(Pair):
    def __init__(self, near, far):
        super().__init__(near, far)
        self.asked = Frames(is_started=False)
        self.answered = Frames(is_started=True)
        self.charges = set()  # names of prepared statements that charge
        self.due = 1          # ReadyForQuery messages to come, from the start
        self.seen = 0
        self.break_at = None  # break when so many were seen


class DatabaseHop(Hop):
    """`trap(is_committed)` arms it for the next charge: it is executed, and
    its answer lost; or it is lost on the way.  To the server both look the
    same: the connection broke after the charge had left."""

    def __init__(self, listener, connect):
        super().__init__(listener, connect)
        self.trap_lock = threading.Lock()
        self.trap_mode = None
        self.sprung = 0
        self.loses_notices = False

    def make_pair(self, near, far):
        return DatabasePair(near, far)

    def trap(self, is_committed):
        with self.trap_lock:
            self.trap_mode = "answer" if is_committed else "question"

    def disarm(self):
        with self.trap_lock:
            self.trap_mode = None

    def take_trap(self):
        with self.trap_lock:
            mode, self.trap_mode = self.trap_mode, None
            self.sprung += mode is not None
            return mode

    def forth(self, pair, data):
        mode = None
        for kind, body in pair.asked.push(data):
            if kind in (b"S", b"Q"):
                pair.due += 1
            if kind == b"P":
                name, _, query = body.partition(b"\0")
                if b"sluice.charge(" in query:
                    pair.charges.add(name)
            if kind == b"B" and mode is None:
                name = body.split(b"\0", 2)[1]
                if name in pair.charges:
                    mode = self.take_trap()
                if mode == "answer":
                    pair.break_at = pair.due + 1
        return None if mode == "question" else data

    def back(self, pair, data):
        passed = []
        for kind, body in pair.answered.push(data):
            if kind == b"Z":
                pair.seen += 1
            if kind != b"A" or not self.loses_notices:
                passed += (kind, struct.pack("!I", len(body) + 4), body)
        if pair.break_at is not None and pair.seen >= pair.break_at:
            return None
        return b"".join(passed)


def database_hop(folder, upstream):
    """From a socket in `folder` to the one in `upstream`."""
    name = ".s.PGSQL.5432"
    folder.mkdir()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / name))
    listener.listen(128)

    def connect():
        end = socket.socket(socket.AF_UNIX)
        end.connect(str(upstream / name))
        return end

    return DatabaseHop(listener, connect)
