"""One class per fault.  `strike` does the harm, and returns once the system can
be whole again: what was killed has been started, what was cut is open."""

import signal
import threading
import time

from instance import wait_for
from scenarios import ROUND_S, Scenario
from system import is_gone, send_signal

# A licence's end is felt within 500 ms; the same again for a machine that does
# many other things.  How many bytes that is, tests/bench measures.
END_S = 1.0
# After a lease lapsed: what had been given to be sent, which is one chunk, or
# several of 1 MiB together, and the end record.
BYTES_AFTER_LAPSE = (4 << 20) + (128 << 10)


class Fault:
    """`needs` is what a System must have been made with; `scenario`, if set,
    is the only one that it goes with."""
    needs = None
    scenario = None
    # What is counted in the report.
    weight = 1

    def __init__(self, system, chooser, scenario):
        self.system = system
        self.chooser = chooser
        self.work = scenario
        self.troubles = []

    @classmethod
    def is_quick(cls, system):
        """Whether it takes seconds at most."""
        return True

    def after(self):
        """Called when the customers are done; sentences of what is wrong."""
        return self.troubles


# ---- processes ----

class KillWorker(Fault):
    """SIGKILL of one worker; the master starts another."""
    name = "kill_worker"
    weight = 3

    def strike(self):
        workers = self.system.serving_pids()
        if workers:
            victim = self.chooser.choice(workers)
            self.system.killed.add(victim)
            send_signal(victim, signal.SIGKILL)


class KillMaster(Fault):
    """SIGKILL of the master; its workers notice and go; it is started anew."""
    name = "kill_master"
    weight = 3

    def strike(self):
        system = self.system
        pids = system.all_pids()
        send_signal(pids[0], signal.SIGKILL)
        system.server.wait()
        wait_for(lambda: all(is_gone(pid) for pid in pids), "the workers' end")
        system.start_server()


class KillServer(Fault):
    """SIGKILL of master and workers at once."""
    name = "kill_server"
    weight = 8

    def strike(self):
        self.system.end_server(signal.SIGKILL)
        self.system.start_server()


class KillPostgres(Fault):
    """SIGKILL of the postmaster; PostgreSQL recovers when started again."""
    name = "kill_postmaster"
    weight = 4

    def strike(self):
        self.system.cluster("kill")
        self.system.start_cluster()


class CrashBackend(Fault):
    """SIGKILL of the backend of a worker: the postmaster ends all others and
    recovers by itself."""
    name = "kill_backend"

    def strike(self):
        system = self.system
        pids = system.sql("SELECT pid FROM pg_stat_activity "
                          "WHERE usename = 'sluiced'").split()
        if pids:
            send_signal(int(self.chooser.choice(pids)), signal.SIGKILL)
        wait_for(system.is_database_up, "PostgreSQL")


class KillClient(Fault):
    """The customer's program dies, or its machine."""
    name = "kill_client"
    weight = 2

    def strike(self):
        for pull in self.system.pulls:
            if pull.poll() is None and self.chooser.random() < 0.7:
                pull.kill()
        for reader in self.work.readers:
            if self.chooser.random() < 0.7:
                reader.break_off()


# ---- the network ----

class CutClients(Fault):
    """Every connection between customers and server is reset."""
    name = "cut_clients"
    weight = 2

    def strike(self):
        self.system.client_hop.cut()


class CutDatabase(Fault):
    """Every connection between server and PostgreSQL is reset."""
    name = "cut_database"
    weight = 2

    def strike(self):
        self.system.database_hop.cut()


class HoldDatabase(Fault):
    """Nothing passes between server and PostgreSQL for a while; then the
    connections break, or go on."""
    name = "hold_database"

    def strike(self):
        hop = self.system.database_hop
        hop.hold()
        pause(self.chooser.uniform(0.2, 1.5))
        if self.chooser.random() < 0.5:
            hop.cut()
        hop.release()


class HoldClients(Fault):
    """Nothing passes between customers and server for a while."""
    name = "hold_clients"

    def strike(self):
        hop = self.system.client_hop
        hop.hold()
        pause(self.chooser.uniform(0.1, 1.0))
        if self.chooser.random() < 0.5:
            hop.cut()
        hop.release()


class LoseAnswer(Fault):
    """A charge is committed, and the connection breaks before its answer."""
    name = "lose_answer"
    weight = 2
    is_committed = True

    def strike(self):
        hop = self.system.database_hop
        sprung = hop.sprung
        hop.trap(self.is_committed)
        wait_for(lambda: hop.sprung > sprung or self.work.is_over(),
                 "a charge", ROUND_S)
        hop.disarm()


class LoseQuestion(LoseAnswer):
    """A charge is lost on its way; to the server it looks the same."""
    name = "lose_question"
    is_committed = False


# ---- time ----

class Lapsing(Scenario):
    """Long deliveries that read slowly, until told to read all there is."""
    name = "lapsing"

    def make(self):
        account = self.account("big")
        self.read(account, 3, portion=1000, bytes_per_s=8 << 20)
        self.due[account.licence] = account.shelf.total()


class StopWorkers(Fault):
    """SIGSTOP of the workers for longer than a lease, then SIGCONT: a delivery
    whose lease is over goes no further."""
    name = "stop_workers"
    scenario = Lapsing

    @classmethod
    def is_quick(cls, system):
        return system.lease_s <= 5

    def strike(self):
        system = self.system
        readers = self.work.readers
        wait_for(lambda: self.work.is_over() or
                 all(reader.received > 0 for reader in readers), "deliveries")
        workers = system.serving_pids()
        for pid in workers:
            send_signal(pid, signal.SIGSTOP)
        try:
            for reader in readers:
                reader.bytes_per_s = None
            pause(system.lease_s + self.chooser.uniform(0.3, 1.0))
            # What was on the way has come by now.
            self.lapsed = [(reader.delivery, reader.delivery.bytes)
                           for reader in readers if reader.delivery]
        finally:
            for pid in workers:
                send_signal(pid, signal.SIGCONT)

    def after(self):
        for delivery, before in self.lapsed:
            if delivery.bytes - before > BYTES_AFTER_LAPSE:
                yield (f"{delivery.bytes - before} bytes came after the "
                       "lease's end")


class JumpClock(Fault):
    """The clock of the server or of PostgreSQL jumps, and later back."""
    name = "jump_clock"
    needs = "clock"
    weight = 8

    def strike(self):
        which = self.chooser.choice(("server", "postgres"))
        size = self.chooser.choice((5, 3600, 86400, 40 * 86400))
        self.system.set_clock(which, self.chooser.choice((-size, size)))
        pause(self.chooser.uniform(0.2, 1.0))
        self.system.set_clock(which, 0)


# ---- the disk ----

class FillWal(Fault):
    """The disk of the WAL is full; PostgreSQL stops; room is made, and it is
    started again."""
    name = "fill_wal"
    needs = "wal_disk"
    weight = 8

    def strike(self):
        system = self.system
        ballast = system.wal_disk / "ballast"
        with open(ballast, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 20))
            except OSError:
                pass
        try:
            # The rest of the segment under way is there already: use it up.
            system.run_quietly("psql", "-XAtqc", "SELECT pg_switch_wal()")
            pause(self.chooser.uniform(0.1, 0.6))
        finally:
            ballast.unlink()
        system.restore_cluster()


# ---- the licence ----

class Watched(Scenario):
    """Two deliveries at full speed, one slow, all long: to be ended."""
    name = "watched"
    finals = ("licence_revoked", "licence_suspended", "licence_expired")

    def make(self):
        account = self.account("big")
        self.read(account, 2, portion=1000, finals=self.finals)
        self.read(account, 1, portion=1000, finals=self.finals,
                  bytes_per_s=4 << 20)

    def check(self):
        return ()


class Revoke(Fault):
    """The licence is revoked in mid delivery: nothing comes soon after."""
    name = "revoke"
    scenario = Watched
    verb = "revoke"

    def strike(self):
        licence = self.work.accounts[0].licence
        self.system.run("sluicectl", "licence", self.verb, licence,
                        "--reason", "test")
        self.ended = time.monotonic()

    def after(self):
        for reader in self.work.readers:
            late = reader.arrivals[-1][0] - self.ended if reader.arrivals \
                else 0
            if late > END_S:
                yield f"bytes came {late:.2f} s after the licence's end"


class Suspend(Revoke):
    """The same for a suspension."""
    name = "suspend"
    verb = "suspend"


def pause(seconds):
    """A fault's length."""
    threading.Event().wait(seconds)


ALL = (KillWorker, KillMaster, KillServer, KillPostgres, CrashBackend,
       KillClient, CutClients, CutDatabase, HoldDatabase, HoldClients,
       LoseAnswer, LoseQuestion, StopWorkers, JumpClock, FillWal, Revoke,
       Suspend)
