#!/usr/bin/python3
"""What metering costs, and how soon a revocation is felt.

Prints `name value unit`; README.md beside this file says how to read them.
Without arguments all figures, else those named."""

import contextlib
import os
import pathlib
import random
import re
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "support")]
from figures import (MIB, bulk_dataset, make_source, publish,  # noqa: E402
                     show, timed, token_of)
from hop import database_hop  # noqa: E402
from instance import Failed, Instance, wait_for  # noqa: E402

METERING_ROUNDS = 9
CHARGES = 8000
CLIENTS = (1, 4, 16)
TRIALS = 200
TRIALS_LOST = 40
SNDBUF = 256 * 1024


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def another_server(sluice, program, *options, **env):
    """A second server on the same data; its port."""
    port, admin = free_port(), free_port()
    log = open(sluice.folder / "another.log", "ab")
    process = subprocess.Popen(
        [program, "--config", sluice.env["SLUICED_CONF"], "--listen",
         f"localhost:{port}", "--admin-listen", f"127.0.0.1:{admin}",
         *options], env=sluice.env | env, stdin=subprocess.DEVNULL, stdout=log,
        stderr=log)
    try:
        wait_for(lambda: subprocess.run(
            ["curl", "-sf", "-o", "/dev/null",
             f"http://127.0.0.1:{admin}/readyz"], check=False).returncode == 0,
            "the other server")
        yield port
    finally:
        process.terminate()
        process.wait()
        log.close()


def grant(sluice, customer="lab"):
    """A licence that holds nothing yet."""
    return sluice.json("sluicectl", "licence", "grant", "--customer",
                       customer, "--dataset", "bulk", "--reason", "test")["id"]


# -- metering_ratio --

def stream(sluice, port):
    """All of the bulk dataset on a new licence, to nowhere; its seconds."""
    licence = grant(sluice)
    return timed(lambda: subprocess.run(
        ["curl", "-K", sluice.folder / "curl.conf", "-o", "/dev/null",
         f"https://localhost:{port}/v1/datasets/bulk/stream"
         f"?licence={licence}"], check=True, stdin=subprocess.DEVNULL))


def metering_ratio(sluice, folder):
    """Bulk throughput with every tranche charged, and with none."""
    bulk_dataset(sluice, folder)
    program = pathlib.Path(os.environ["SL_BUILDDIR"]) / \
        "tests/bench/sluiced_uncharged"
    size = int(sluice.sql(
        "SELECT sum(b.pack_bytes) FROM sluice.batch AS b JOIN sluice.dataset "
        "AS d ON d.id = b.dataset WHERE d.name = 'bulk'")) / 1e6
    with another_server(sluice, sluice_program("sluiced")) as on, \
            another_server(sluice, program) as off, \
            another_server(sluice, program, UNASKED="1") as unasked:
        ports = {"on": on, "off": off, "unasked": unasked}
        rows = ledger_rows(sluice)
        stream(sluice, on)
        show("metering_charges", ledger_rows(sluice) - rows, "per delivery")
        speeds = {name: [] for name in ports}
        for each in range(METERING_ROUNDS):
            # Each is first as often as the others.
            for name in sorted(ports, key=lambda name: (
                    list(ports).index(name) + each) % len(ports)):
                speeds[name].append(size / stream(sluice, ports[name]))
    for name in ports:
        show(f"metering_{name}", statistics.median(speeds[name]), "MB/s")
    for name, other in (("metering_ratio", "off"),
                        ("metering_asking_ratio", "unasked")):
        show(name, statistics.median(
            a / b for a, b in zip(speeds["on"], speeds[other])), "ratio")


def sluice_program(name):
    return pathlib.Path(os.environ["SL_BUILDDIR"]) / \
        f"service/bin/{name}/{name}"


def ledger_rows(sluice):
    return int(sluice.sql("SELECT count(*) FROM sluice.ledger"))


# -- charges per second --

SETUP = """
CREATE SCHEMA bench;
CREATE TABLE bench.licence (n int PRIMARY KEY, id uuid, delivery uuid);
CREATE SEQUENCE bench.ordinal;
INSERT INTO bench.licence
SELECT row_number() OVER (ORDER BY l.id) - 1, l.id, gen_random_uuid()
FROM sluice.licence AS l JOIN sluice.customer AS c ON c.id = l.customer
WHERE c.name = 'meter';
SELECT count(sluice.lease_open(in_delivery => b.delivery,
    in_licence => b.id, in_version => 1,
    in_token => (SELECT t.id FROM sluice.token AS t LIMIT 1),
    in_worker => 'bench', in_peer => '127.0.0.1', in_kind => 'fetch',
    in_seq => 1, in_seconds => 86400))
FROM bench.licence AS b;
"""
# One new segment for each; a licence of those numbered first to last.
CHARGE = r"""
\set n random({first}, {last})
SELECT c.outcome FROM (SELECT b.id, b.delivery, nextval('bench.ordinal')::int
    AS o FROM bench.licence AS b WHERE b.n = :n) AS w
CROSS JOIN LATERAL sluice.charge(w.id, 1, {dataset}, {seq},
    int4multirange(int4range(w.o, w.o + 1)), '', w.delivery) AS c;
"""


def pgbench(sluice, folder, clients, **words):
    """Charges per second, each of a segment that is new."""
    sluice.sql("ALTER SEQUENCE bench.ordinal RESTART")
    script = folder / "charge.sql"
    script.write_text(CHARGE.format(**words))
    program = next(pathlib.Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    rows = ledger_rows(sluice)
    out = sluice.run(program, "-n", "-M", "prepared", "-c", clients, "-j", "1",
                     "-t", CHARGES // clients, "-f", script)
    written = ledger_rows(sluice) - rows
    if written != CHARGES // clients * clients:
        raise Failed(f"{written} of {CHARGES} charges were recorded")
    return float(re.search(r"tps = ([0-9.]+)", out)[1])


def syncs(folder):
    """Syncs per second of the disk, each of a page written over: what one
    charge waits for at least."""
    count = 500
    with open(folder / "syncs", "wb", buffering=0) as file:
        file.write(bytes(MIB))
        os.fdatasync(file.fileno())

        def write():
            for _ in range(count):
                os.pwrite(file.fileno(), bytes(8192), 0)
                os.fdatasync(file.fileno())
        return count / timed(write)


def charges(sluice, folder):
    """sluice.charge by pgbench: on one licence, and on 64."""
    show("charges_disk", syncs(folder), "syncs/s")
    sluice.dataset("metered")
    # Three batches, one for each run.
    make_source(sluice, folder / "metered-source", 6000, 64, "--state-hz", 1,
                "--wrench-hz", 1)
    publish(sluice, "metered", folder / "metered-source")
    sluice.customer("meter", "metered")
    for _ in range(63 + len(CLIENTS)):
        sluice.run("sluicectl", "licence", "grant", "--customer", "meter",
                   "--dataset", "metered", "--reason", "test")
    sluice.sql(SETUP)
    dataset = sluice.sql(
        "SELECT d.id FROM sluice.dataset AS d WHERE d.name = 'metered'")
    for run, clients in enumerate(CLIENTS):
        for name, first, last in (("one", 64 + run, 64 + run), ("64", 0, 63)):
            show(f"charges_{name}_{clients}",
                 pgbench(sluice, folder, clients, first=first, last=last,
                         dataset=dataset, seq=run + 1), "charges/s")


# -- revocation --

class Watcher(threading.Thread):
    """Reads one delivery, as fast as it can or with so many bytes a second,
    and notes when what came."""

    def __init__(self, sluice, port, licence, pace):
        super().__init__(daemon=True)
        self.request = (
            f"GET /v1/datasets/bulk/stream?licence={licence} HTTP/1.1\r\n"
            "Host: localhost\r\nAuthorization: Bearer "
            f"{token_of(sluice, 'lab')}\r\n\r\n").encode()
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SNDBUF)
        raw.settimeout(20)
        raw.connect(("127.0.0.1", port))
        context = ssl.create_default_context(cafile=sluice.env["SLUICE_CA"])
        self.end = context.wrap_socket(raw, server_hostname="localhost")
        self.buffer = bytearray(MIB)
        self.pace = pace
        self.total = 0
        self.arrivals = []
        self.tail = b""

    def run(self):
        self.end.sendall(self.request)
        try:
            while count := self.end.recv_into(self.buffer):
                self.total += count
                self.arrivals.append((time.monotonic(), self.total))
                self.tail = bytes(self.buffer[max(0, count - 8192):count])
                if self.tail.endswith(b"\r\n0\r\n\r\n"):
                    break
                if self.pace:
                    time.sleep(count / self.pace)
        except OSError:
            pass
        self.end.close()

    def after(self, when):
        """(seconds, bytes) of what came after that time."""
        before = max((total for at, total in self.arrivals if at <= when),
                     default=0)
        last = self.arrivals[-1][0] if self.arrivals else when
        return max(0.0, last - when), self.total - before


class Psql:
    """One session of psql that stays open, so that COMMIT has a time."""

    def __init__(self, sluice):
        self.process = subprocess.Popen(
            ["psql", "-XAtq"], env=sluice.env, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, bufsize=1)

    def run(self, text):
        self.process.stdin.write(text + ";\n\\echo done\n")
        self.process.stdin.flush()
        while line := self.process.stdout.readline():
            if line == "done\n":
                return
        raise Failed("psql ended")

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def revoke_once(sluice, port, psql, chooser, pace):
    """(milliseconds, bytes less SO_SNDBUF) after COMMIT has returned, and
    whether the end record said why."""
    licence = grant(sluice)
    watcher = Watcher(sluice, port, licence, pace)
    watcher.start()
    enough = chooser.uniform(8, 400) * MIB if pace is None else \
        chooser.uniform(0.1, 1) * pace
    wait_for(lambda: watcher.total >= enough or not watcher.is_alive(),
             "a delivery under way")
    psql.run("BEGIN")
    psql.run("SELECT sluice.licence_set_status(in_licence => "
             f"'{licence}', in_status => 'revoked', in_reason => 'bench')")
    psql.run("COMMIT")
    committed = time.monotonic()
    watcher.join(30)
    if watcher.is_alive():
        raise Failed("a delivery went on after the revocation")
    seconds, count = watcher.after(committed)
    return seconds * 1000, max(0, count - SNDBUF), \
        b"licence_revoked" in watcher.tail


def trials(sluice, port, count, name, pace=None):
    chooser = random.Random(count)
    psql = Psql(sluice)
    try:
        found = [revoke_once(sluice, port, psql, chooser, pace)
                 for _ in range(count)]
    finally:
        psql.close()
    for index, unit in ((0, "ms"), (1, "bytes")):
        values = [trial[index] for trial in found]
        show(f"{name}_{unit}_median", statistics.median(values), unit)
        show(f"{name}_{unit}_max", max(values), unit)
    show(f"{name}_end_record", sum(trial[2] for trial in found) / count,
         "ratio")


def revocation(sluice, folder):
    """What comes after a revocation's COMMIT, told by NOTIFY or not."""
    bulk_dataset(sluice, folder)
    trials(sluice, int(sluice.env["SLUICE_URL"].rpartition(":")[2]), TRIALS,
           "revocation")
    hop = database_hop(folder / "hop", pathlib.Path(sluice.env["PGHOST"]))
    hop.loses_notices = True
    try:
        with another_server(sluice, sluice_program("sluiced"), "--db",
                            f"host={folder}/hop dbname=postgres user=sluiced"
                            ) as port:
            # So slow that the next charge does not find it first.
            trials(sluice, port, TRIALS_LOST, "revocation_unnotified", 32 * MIB)
    finally:
        hop.close()


FIGURES = (metering_ratio, charges, revocation)


def main():
    wanted = sys.argv[1:] or [figure.__name__ for figure in FIGURES]
    for name in wanted:
        if name not in [figure.__name__ for figure in FIGURES]:
            sys.exit(f"charging.py: no figure {name}")
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as name:
        folder = pathlib.Path(name)
        with Instance(folder / "instance") as sluice:
            for figure in FIGURES:
                if figure.__name__ in wanted:
                    figure(sluice, folder)


if __name__ == "__main__":
    main()
