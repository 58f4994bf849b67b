"""A customer written anew: it knows HTTP, chunks and end records, shares no code
with ours, checks every chunk, and remembers all that it was told."""

import hashlib
import json
import socket
import ssl
import struct
import threading
import time

END_MAGIC = b"\x5e\x2a\x4d\x18"
# What may come at any time and passes: ask again.
TRANSIENT = {"database_unavailable", "server_draining", "too_many_deliveries",
             "lapsed", "lease_lapsed", "killed", "stale", "rate_limited",
             "database_busy"}
PAUSE_S = 0.03
RECEIVE_BYTES = 65536


class Broken(Exception):
    """The answer ended too early, or is not HTTP."""


class Account:
    """What one licence's customer holds and was told, over all readers."""

    def __init__(self, licence, token, shelf):
        self.licence = licence
        self.token = token
        self.shelf = shelf
        self.lock = threading.Lock()
        self.touched = set()   # segments of which a byte came
        self.verified = set()  # segments that are here and right
        self.heads = set()     # (ledger number, head)
        self.codes = {}        # code -> how often
        self.troubles = []     # what must not be

    def verified_bytes(self):
        """Content of all segments verified that are not free."""
        segments = self.shelf.segments
        return sum(segments[key].bytes for key in self.verified
                   if not segments[key].is_free)

    def count(self, code):
        with self.lock:
            self.codes[code] = self.codes.get(code, 0) + 1

    def trouble(self, text):
        with self.lock:
            self.troubles.append(text)


class Connection:
    """One TLS connection; requests one after another."""

    def __init__(self, port, context):
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        raw.settimeout(30)
        raw.connect(("127.0.0.1", port))
        self.raw = raw
        self.end = context.wrap_socket(raw, server_hostname="localhost")
        self.rest = b""

    def close(self):
        self.end.close()

    def more(self):
        data = self.end.recv(65536)
        if not data:
            raise Broken("the connection ended")
        self.rest += data

    def take(self, count):
        while len(self.rest) < count:
            self.more()
        data, self.rest = self.rest[:count], self.rest[count:]
        return data

    def line(self):
        while b"\r\n" not in self.rest:
            self.more()
        text, _, self.rest = self.rest.partition(b"\r\n")
        return text

    def ask(self, method, path, token, body=None, fields=()):
        """Send it; (status, fields) of the answer."""
        data = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost",
                 f"Authorization: Bearer {token}", *fields]
        if body is not None:
            lines += ["Content-Type: application/json",
                      f"Content-Length: {len(data)}"]
        self.end.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
        status = int(self.line().split()[1])
        answer = {}
        while line := self.line():
            name, _, value = line.partition(b":")
            answer[name.strip().lower().decode()] = value.strip().decode()
        return status, answer

    def body(self, fields):
        """The body's bytes as they come; Broken if it does not end well."""
        if "content-length" in fields:
            left = int(fields["content-length"])
            while left > 0:
                if not self.rest:
                    self.more()
                data = self.take(min(left, len(self.rest)))
                left -= len(data)
                yield data
            return
        while size := int(self.line(), 16):
            while size > 0:
                if not self.rest:
                    self.more()
                data = self.take(min(size, len(self.rest)))
                size -= len(data)
                yield data
            self.take(2)
        self.take(2)


class Delivery:
    """Walks the bytes of one fetch: chunk by chunk, then the end record."""

    def __init__(self, account, keys):
        self.account = account
        self.shelf = account.shelf
        self.owner = {(key[0], chunk): key for key in keys
                      for chunk in self.shelf.segments[key].chunks}
        self.expected = sorted(self.owner)
        self.at = 0
        self.have = bytearray()
        self.tail = None
        self.bytes = 0

    def push(self, data):
        self.bytes += len(data)
        if self.tail is not None:
            self.tail += data
            return
        self.have += data
        while self.tail is None and len(self.have) >= 4:
            if self.have[:4] == END_MAGIC or self.at == len(self.expected):
                self.tail = self.have
                return
            self.account.touched.add(self.owner[self.expected[self.at]])
            stored, digest = self.shelf.chunks[self.expected[self.at]]
            if len(self.have) < stored:
                return
            self.check(bytes(self.have[:stored]), digest)
            del self.have[:stored]

    def check(self, chunk, digest):
        if hashlib.blake2b(chunk, digest_size=32).hexdigest() != digest:
            self.account.trouble(f"chunk {self.expected[self.at]} is wrong")
        key = self.owner[self.expected[self.at]]
        self.at += 1
        if self.expected[self.at - 1][1] == \
                self.shelf.segments[key].chunks[-1]:
            self.account.verified.add(key)

    def finish(self):
        """The end record; Broken without one."""
        tail = self.tail or b""
        if tail[:4] != END_MAGIC:
            raise Broken("no end record")
        (length,) = struct.unpack("<I", tail[4:8])
        record = json.loads(tail[8:8 + length])
        if record["ledger"] is not None:
            self.account.heads.add((record["ledger"]["number"],
                                    record["ledger"]["head"]))
        return record


def ranges(numbers):
    """{1,2,3,7} as "1-3,7"."""
    spans = []
    for number in sorted(numbers):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)


class Reader(threading.Thread):
    """Fetches all of a dataset, `portion` segments at a time, until it has
    them or is refused for good with one of `finals`."""

    def __init__(self, system, account, chooser, portion=4, finals=(),
                 bytes_per_s=None):
        super().__init__(daemon=True)
        self.system = system
        self.account = account
        self.portion = portion
        self.finals = set(finals)
        self.bytes_per_s = bytes_per_s
        self.missing = list(account.shelf.segments)
        chooser.shuffle(self.missing)
        self.refused = []
        self.connection = None
        self.delivery = None
        self.arrivals = []  # (time, bytes so far) of every piece
        self.received = 0
        self.breaks = 0
        self.gone = threading.Event()
        self.passing = TRANSIENT | system.passing

    def run(self):
        try:
            while self.missing and not self.gone.is_set():
                keys = self.missing[:self.portion]
                self.attempt(lambda: self.fetch(keys))
            self.attempt(self.ask_usage)
        except Exception as error:  # a thread must not die in silence
            self.account.trouble(f"reader: {error!r}")
        self.drop()

    def attempt(self, action):
        try:
            if self.connection is None:
                self.connection = Connection(self.system.hop_port,
                                             self.system.tls)
            action()
        except (OSError, Broken, ValueError, IndexError):
            # Where nothing answers, the rest of the line is no HTTP either.
            self.breaks += 1
            self.account.count("broken")
            self.drop()
            self.gone.wait(PAUSE_S)

    def drop(self):
        connection, self.connection = self.connection, None
        if connection is not None:
            try:
                connection.close()
            except OSError:
                pass

    def break_off(self):
        """From another thread: as if this customer's machine died."""
        connection = self.connection
        if connection is not None:
            try:
                connection.raw.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def fetch(self, keys):
        account = self.account
        wanted = {}
        for seq, ordinal in keys:
            wanted.setdefault(seq, set()).add(ordinal)
        status, fields = self.connection.ask(
            "POST", f"/v1/datasets/{account.shelf.dataset}/fetch",
            account.token, {"licence": account.licence, "segments": {
                str(seq): ranges(wanted[seq]) for seq in wanted}})
        if status != 200:
            body = b"".join(self.connection.body(fields))
            self.answer(status, json.loads(body)["code"], keys)
            return
        self.delivery = Delivery(account, keys)
        for data in self.connection.body(fields):
            self.note(len(data))
            self.delivery.push(data)
        record = self.delivery.finish()
        if record["status"] == "complete":
            account.count("complete")
            if self.delivery.at != len(self.delivery.expected):
                account.trouble("complete, but chunks are missing")
            self.missing = [key for key in self.missing if key not in
                            set(keys)]
        else:
            self.answer(200, record["code"], keys)

    def ask_usage(self):
        """The account, too, says which head the ledger has."""
        licence = self.account.licence
        status, fields = self.connection.ask(
            "GET", f"/v1/usage?licence={licence}", self.account.token)
        body = json.loads(b"".join(self.connection.body(fields)))
        if status != 200:
            self.account.count(body["code"])
            return
        for total in body["totals"]:
            if total["licence"] == licence:
                head = total["used"]["ledger"]
                self.account.heads.add((head["number"], head["head"]))

    def note(self, count):
        self.received += count
        self.arrivals.append((time.monotonic(), self.received))
        if self.bytes_per_s:
            self.gone.wait(count / self.bytes_per_s)

    def answer(self, status, code, keys):
        """A refusal, or an end that is not complete."""
        self.account.count(code)
        done = [key for key in keys if key in self.account.verified]
        if code in self.finals:
            self.refused += [key for key in keys if key not in done]
            done = keys
        elif code in self.passing:
            self.gone.wait(PAUSE_S)
        else:
            self.account.trouble(f"unexpected answer {status} {code}")
            self.gone.set()
        self.missing = [key for key in self.missing if key not in set(done)]
