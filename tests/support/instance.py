"""One running Sluice for tests and benches: PostgreSQL, sluiced, four roles.

Start it with `sluice-instance`, then run the programs as their users would:

    with Instance(folder) as sluice:
        sluice.dataset("demo")
        sluice.customer("lab", "demo")
        sluice.run("sluice", "pull", "demo", folder / "mirror")
"""

import json
import os
import pathlib
import subprocess
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
DEADLINE_S = 60
WHY = ("--reason", "test")
# Which role in PostgreSQL a program has; the instance's env names them.
DATABASE = {"sluicectl": "SLUICE_DB_ADMIN",
            "sluice-publish": "SLUICE_DB_PUBLISHER"}


class Failed(Exception):
    """A program ended otherwise than it should."""


def wait_for(condition, what, deadline_s=DEADLINE_S):
    """Poll until `condition()` is true."""
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > end:
            raise Failed(f"waited {deadline_s} s for {what}")
        time.sleep(0.02)


class Instance:
    def __init__(self, folder, *options):
        self.folder = pathlib.Path(folder)
        self.options = [str(option) for option in options]

    def __enter__(self):
        try:
            self.set_up()
        except BaseException:
            self.control("stop")
            raise
        return self

    def set_up(self):
        self.control("start", "fixture=none", *self.options)
        self.env = self.read_env()
        self.env.pop("SLUICE_PROFILE")
        self.env["XDG_CONFIG_HOME"] = str(self.folder / "config")
        self.env["XDG_STATE_HOME"] = str(self.folder / "state")
        self.run("sluicectl", "publisher", "add", "acme", "--login", "acme",
                 *WHY)
        self.run("sluice-publish", "key", "generate")
        self.ceremony()

    def ceremony(self):
        """Root keys, the first trust file, installed."""
        out = self.folder / "ceremony"
        self.run("sluice-publish", "ceremony", "--yes", "--roots", "1",
                 "--threshold", "1", "--origin", "test.sluice", "--out", out)
        self.run("sluicectl", "trust", "install", out / "trust/1/trust",
                 *(out / "trust/1").glob("*.minisig"), *WHY)
        self.run("sluicectl", "witness", "add", "witness.test.sluice",
                 "--login", "acme", *WHY)

    def __exit__(self, *_):
        self.control("stop")

    def control(self, verb, *arguments):
        """sluice-instance VERB; its output goes to the folder's log."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "instance.log", "ab") as log:
            done = subprocess.run(
                [HERE / "sluice-instance", verb, self.folder, *arguments],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            text = (self.folder / "instance.log").read_text(errors="replace")
            raise Failed(f"sluice-instance {verb}: {text[-2000:]}")

    def read_env(self):
        """The environment that `. FOLDER/env` makes."""
        out = subprocess.run(
            ["bash", "-c", f". '{self.folder}/env' && env -0"],
            check=True, capture_output=True).stdout
        pairs = (item.partition(b"=") for item in out.split(b"\0") if item)
        return {os.fsdecode(name): os.fsdecode(value)
                for name, _, value in pairs}

    def env_of(self, program):
        database = self.env.get(DATABASE.get(program, ""))
        return self.env | ({"SLUICE_DB": database} if database else {})

    def start(self, *command, **options):
        """A program in the background."""
        return subprocess.Popen(
            [str(word) for word in command], env=self.env_of(command[0]),
            stdin=subprocess.DEVNULL, **options)

    def run(self, *command, code=0):
        """A program to its end; returns what it printed."""
        done = subprocess.run(
            [str(word) for word in command], env=self.env_of(command[0]),
            check=False, capture_output=True, text=True,
            stdin=subprocess.DEVNULL)
        if done.returncode != code:
            raise Failed(f"{' '.join(map(str, command))}: exit "
                         f"{done.returncode}, not {code}\n{done.stdout[-2000:]}"
                         f"{done.stderr[-2000:]}")
        return done.stdout

    def json(self, *command):
        return json.loads(self.run(*command, "--json"))

    def sql(self, text):
        """One value, or rows of `|`-separated fields, as the superuser."""
        return self.run("psql", "-XAtq", "-v", "ON_ERROR_STOP=1",
                        "-c", text).strip()

    def metrics(self):
        """The admin listener's samples without labels summed by name."""
        url = self.env["SLUICE_ADMIN"] + "/metrics"
        sums = {}
        with urllib.request.urlopen(url, timeout=10) as answer:
            for line in answer.read().decode().splitlines():
                if line and not line.startswith("#"):
                    name, _, value = line.rpartition(" ")
                    name = name.partition("{")[0]
                    sums[name] = sums.get(name, 0) + float(value)
        return sums

    def server_pid(self):
        return int(pathlib.Path(self.env["SLUICED_PID_FILE"]).read_text())

    def worker_pids(self):
        pid = self.server_pid()
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(word) for word in text.split()]

    def dataset(self, name, kind="subscription"):
        self.run("sluice-publish", "dataset", "create", name, "--kind", kind,
                 "--title", f"Dataset {name}")

    def customer(self, name, dataset, *terms):
        """Customer, licence and token; logs the `sluice` program in."""
        self.run("sluicectl", "customer", "add", name, *WHY)
        self.run("sluicectl", "licence", "grant", "--customer", name,
                 "--dataset", dataset, *terms, *WHY)
        profile = self.folder / f"{name}.profile"
        self.run("sluicectl", "token", "issue", "--customer", name,
                 "--endpoint", self.env["SLUICE_URL"],
                 "--ca", self.env["SLUICE_CA"], "--out-profile", profile, *WHY)
        self.run("sluice", "login", "--profile-file", profile)
        return profile
