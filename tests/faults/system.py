"""What is under fault: one Sluice whose processes can be killed and stopped,
whose two hops can be cut, and, where asked for, whose clocks can be set and
whose WAL lies on a disk that can be filled."""

import json
import os
import pathlib
import shutil
import signal
import ssl
import subprocess

from hop import database_hop, tcp_hop
from instance import HERE, Failed, Instance, wait_for
from shelf import Shelf

FAKETIME = pathlib.Path("/usr/lib/x86_64-linux-gnu/faketime/"
                        "libfaketimeMT.so.1")
WAL_DISK_MIB = 40
LEASE_S = 2
# What customers are told while a clock is wrong.
TIME_CODES = {"licence_not_yet_valid", "licence_expired", "token_expired"}


def process_state(pid):
    """The letter of /proc, or "" when there is no such process."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[0]


def is_gone(pid):
    return process_state(pid) in ("", "Z", "X")


def send_signal(pid, number):
    """False if it is gone already."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def sweep_clocks():
    """libfaketime names what its processes share by their pid, leaves it behind
    when they are killed, and ends a process that finds its name taken."""
    for path in pathlib.Path("/dev/shm").glob("*faketime_*"):
        pid = path.name.rpartition("_")[2]
        if pid.isdigit() and not pathlib.Path("/proc", pid).exists():
            path.unlink(missing_ok=True)


class System(Instance):
    """Two datasets: `small`, many segments that are quick to send, and `big`,
    which a customer needs seconds for."""

    def __init__(self, folder, has_clock=False, has_wal_disk=False):
        super().__init__(folder, "workers=2")
        self.has_clock = has_clock
        self.has_wal_disk = has_wal_disk
        self.server = None
        self.killed = set()  # worker pids that died by our hand
        self.pulls = []
        self.agreements = 0
        # Refusals that pass by themselves here.
        self.passing = TIME_CODES if has_clock else set()

    # ---- making it ----

    def __enter__(self):
        super().__enter__()
        try:
            self.prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def prepare(self):
        self.end_server(signal.SIGTERM)
        for which in ("server", "postgres"):
            self.set_clock(which, 0)
        if self.has_clock or self.has_wal_disk:
            self.cluster("stop")
            if self.has_wal_disk:
                self.move_wal()
            self.cluster("start")
        pg = pathlib.Path(self.env["PGHOST"])
        self.database_hop = database_hop(self.folder / "hop", pg)
        port = int(self.env["SLUICE_URL"].rpartition(":")[2])
        self.client_hop, self.hop_port = tcp_hop(port)
        self.env["SLUICE_URL"] = f"https://localhost:{self.hop_port}"
        self.tls = ssl.create_default_context(cafile=self.env["SLUICE_CA"])
        self.lease_options = self.find_lease_options()
        self.publish("small", 40, 6000)
        self.publish("big", 6, 8 << 20)
        self.shelves = {name: Shelf(self, name) for name in ("small", "big")}
        self.start_server()
        self.token = self.make_customer()

    def find_lease_options(self):
        if "--lease-seconds" in self.run("sluiced", "--help"):
            return ["--lease-seconds", str(LEASE_S)]
        return []

    @property
    def lease_s(self):
        return LEASE_S if self.lease_options else 15

    def publish(self, name, episodes, payload):
        source = self.folder / f"{name}-source"
        self.dataset(name)
        self.run("sluice-publish", "simulate", "--out", source, "--episodes",
                 episodes, "--payload-bytes", payload, "--state-hz", 1,
                 "--wrench-hz", 1)
        self.run("sluice-publish", "ingest", "--format", "files", name,
                 source)
        self.run("sluice-publish", "publish", name)

    def make_customer(self):
        profile = self.customer("lab", "small")
        return json.loads(profile.read_text())["token"]

    def grant(self, dataset, *terms):
        """A new licence of the customer; its id."""
        return json.loads(self.run(
            "sluicectl", "licence", "grant", "--customer", "lab", "--dataset",
            dataset, *terms, "--reason", "test", "--json"))["id"]

    def agree(self, ceiling):
        """A new agreement of the customer with that ceiling; its name."""
        self.agreements += 1
        name = f"agreement-{self.agreements}"
        terms = {"from": "2020-01-01T00:00:00Z",
                 "until": "2040-01-01T00:00:00Z", "currency": "EUR",
                 "ceiling": {"episodes": None, "duration_ms": None,
                             "bytes": None, "money_micro": None} | ceiling}
        self.sql(f"SELECT sluice.agreement_add('lab', '{name}', "
                 f"'{json.dumps(terms)}', 'test')")
        return name

    def grant_priced(self, dataset, agreement, per_episode):
        """A licence under it, with a price for each episode; its id."""
        price = {"per_episode": per_episode, "per_hour": 0, "per_month": 0,
                 "included": {"episodes": 0, "duration_ms": 0}, "cap": None}
        return self.sql(
            "SELECT sluice.licence_grant(c.name, d.name, jsonb_set(v.terms, "
            f"'{{price}}', '{json.dumps(price)}'), '{agreement}', 'test') "
            "->> 'id' FROM sluice.licence AS l JOIN sluice.licence_version "
            "AS v ON v.licence = l.id AND v.version = 1 JOIN sluice.customer "
            "AS c ON c.id = l.customer JOIN sluice.dataset AS d ON d.id = "
            f"l.dataset WHERE d.name = '{dataset}' AND l.agreement IS NULL "
            "ORDER BY l.created LIMIT 1")

    def __exit__(self, *_):
        for pull in self.pulls:
            if pull.poll() is None:
                pull.kill()
                pull.wait()
        self.end_server(signal.SIGKILL)
        for hop in ("client_hop", "database_hop"):
            if hasattr(self, hop):
                getattr(self, hop).close()
        super().__exit__()
        if self.has_wal_disk:
            subprocess.run(["umount", self.wal_disk], check=False,
                           stderr=subprocess.DEVNULL)

    # ---- the server ----

    def start_server(self):
        """Start it, unless it runs, and wait until it is ready."""
        wait_for(self.try_server, "the server")

    def try_server(self):
        if self.server is None or self.server.poll() is not None:
            env = self.env | self.clock_env("server")
            with open(self.env["SLUICED_LOG"], "ab") as log:
                self.server = subprocess.Popen(
                    ["sluiced", "--config", self.env["SLUICED_CONF"], "--db",
                     f"host={self.folder}/hop dbname=postgres user=sluiced",
                     "--drain", "1s", *self.lease_options],
                    env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            pathlib.Path(self.env["SLUICED_PID_FILE"]).write_text(
                str(self.server.pid))
        return self.is_ready()

    def is_ready(self):
        return subprocess.run(
            ["curl", "-sf", "-m", "2", "-o", "/dev/null",
             self.env["SLUICE_ADMIN"] + "/readyz"],
            check=False, stdin=subprocess.DEVNULL).returncode == 0

    def wait_ready(self):
        wait_for(self.is_ready, "readiness")

    def all_pids(self):
        """Master, workers, and the admin process, which comes last."""
        try:
            return [self.server_pid()] + self.worker_pids()
        except OSError:
            return []

    def serving_pids(self):
        return self.all_pids()[1:-1]

    def end_server(self, number):
        """With SIGKILL all of its processes die at once, as with a machine."""
        pids = self.all_pids()
        for pid in pids:
            if number == signal.SIGKILL or pid == pids[0]:
                send_signal(pid, number)
        self.killed.update(pids)
        if self.server is not None:
            self.server.wait()
        wait_for(lambda: all(is_gone(pid) for pid in pids), "its end")

    # ---- PostgreSQL ----

    def cluster(self, verb):
        env = os.environ | self.clock_env("postgres")
        done = subprocess.run(
            [HERE / "pg-cluster", verb, self.folder / "pg"], env=env,
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=False)
        self.cluster_words = done.stderr
        return done.returncode == 0

    def start_cluster(self):
        if not self.cluster("start"):
            raise Failed("PostgreSQL does not start: " + self.cluster_words +
                         self.pg_log()[-2000:])

    def is_database_up(self):
        return subprocess.run(
            ["psql", "-XAtqc", "SELECT 1"], env=self.env, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL).returncode == 0

    def restore_cluster(self):
        """After it stopped by itself, wholly or for a moment."""
        wait_for(lambda: self.cluster("start") and self.is_database_up(),
                 "PostgreSQL")

    def run_quietly(self, *command):
        """Whatever comes of it."""
        subprocess.run(
            command, env=self.env, stdin=subprocess.DEVNULL, check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def pg_log(self):
        return (self.folder / "pg" / "log").read_text(errors="replace")

    def server_log(self):
        return pathlib.Path(
            self.env["SLUICED_LOG"]).read_text(errors="replace")

    # ---- its clocks ----

    def clock_env(self, which):
        if not self.has_clock:
            return {}
        sweep_clocks()
        return {"LD_PRELOAD": str(FAKETIME), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "FAKETIME_TIMESTAMP_FILE": str(self.clock_file(which))}

    def clock_file(self, which):
        return self.folder / f"clock-{which}"

    def set_clock(self, which, offset_s):
        fresh = self.clock_file(which).with_suffix(".new")
        fresh.write_text(f"{offset_s:+d}\n")
        fresh.chmod(0o644)
        fresh.rename(self.clock_file(which))

    # ---- its WAL's disk ----

    @property
    def wal_disk(self):
        return self.folder / "wal"

    def move_wal(self):
        """To a small disk, in small segments, so that it soon is full."""
        data = self.folder / "pg" / "data"
        owner = data.stat()
        tool = next(pathlib.Path("/usr/lib/postgresql").glob(
            "*/bin/pg_resetwal"))
        subprocess.run(
            ["setpriv", "--reuid", str(owner.st_uid), "--clear-groups",
             "--inh-caps", "+dac_override", "--ambient-caps", "+dac_override",
             tool, "--wal-segsize=1", "-D", data], check=True, cwd="/",
            capture_output=True)
        self.wal_disk.mkdir()
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o",
             f"size={WAL_DISK_MIB}m,mode=0700,uid={owner.st_uid}", "tmpfs",
             self.wal_disk], check=True)
        target = self.wal_disk / "pg_wal"
        subprocess.run(["cp", "-a", data / "pg_wal", target], check=True)
        shutil.rmtree(data / "pg_wal")
        (data / "pg_wal").symlink_to(target)
        with open(data / "postgresql.conf", "a", encoding="ascii") as conf:
            conf.write("min_wal_size = 2MB\nmax_wal_size = 16MB\n"
                       "wal_recycle = off\n")

    # ---- customers ----

    def start_pull(self, dataset, mirror, licence):
        pull = self.start(
            "sluice", "pull", dataset, mirror, "--licence", licence, "--json",
            "--jobs", 4, "--verbose", "--timeout", "20s", stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE)
        self.pulls.append(pull)
        return pull


def can_set_clocks():
    return FAKETIME.exists()


def can_mount(folder):
    """May we mount a tmpfs here?"""
    folder.mkdir()
    options = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]
    if subprocess.run(options, check=False, capture_output=True).returncode:
        return False
    subprocess.run(["umount", folder], check=True)
    return True
