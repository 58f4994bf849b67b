#!/usr/bin/python3
"""Kill the client, or a worker, again and again during pulls; lose nothing.

Oracles in README.md beside this file."""

import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from instance import Failed, Instance, wait_for  # noqa: E402

EPISODES = 24
EPISODE_BYTES = 3 * 1024 * 1024
CHUNK_MAX = 4 * 1024 * 1024
# What the server has sent and the client has not read yet when one of them
# dies: both ends' socket buffers and TLS records under way.
IN_FLIGHT_MAX = 1024 * 1024
JOBS = 2
# Slow enough for a kill to hit a delivery, fast enough for many of them.
RATE = "24M"


def prepare(sluice, source):
    sluice.dataset("killed")
    sluice.run("sluice-publish", "simulate", "--episodes", EPISODES,
               "--payload-bytes", EPISODE_BYTES, "--seed", 5, "--out", source)
    sluice.run("sluice-publish", "ingest", "--format", "files", "killed",
               source)
    sluice.run("sluice-publish", "publish", "killed")
    sluice.customer("lab", "killed")


def delivered_bytes(sluice):
    return sluice.metrics()["sluice_delivery_bytes_total"]


class Rounds:
    """Fresh mirrors, pulled to the end between kills."""

    def __init__(self, sluice, folder, chooser):
        self.sluice = sluice
        self.folder = folder
        self.chooser = chooser
        self.kills = 0
        self.mirrors = 0

    def pull(self, mirror):
        return self.sluice.start(
            "sluice", "pull", "killed", mirror, "--jobs", JOBS,
            "--limit-rate", RATE, "--json",
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def kill_client(self, mirror):
        """One pull, killed at a random moment; True if it was finished."""
        pull = self.pull(mirror)
        try:
            _, errors = pull.communicate(
                timeout=self.chooser.uniform(0.05, 0.9))
        except subprocess.TimeoutExpired:
            pull.kill()
            pull.communicate()
            self.kills += 1
            return False
        if pull.returncode != 0:
            raise Failed(f"pull: exit {pull.returncode}: {errors!r}")
        return True

    def kill_worker(self, mirror):
        """One pull to its end, workers killed under it."""
        pull = self.pull(mirror)
        while True:
            try:
                _, errors = pull.communicate(
                    timeout=self.chooser.uniform(0.1, 0.9))
                break
            except subprocess.TimeoutExpired:
                workers = self.sluice.worker_pids()
                if workers:
                    os.kill(self.chooser.choice(workers), signal.SIGKILL)
                    self.kills += 1
        if pull.returncode not in (0, 8):
            raise Failed(f"pull: exit {pull.returncode}: {errors!r}")
        return pull.returncode == 0

    def run(self, who, count, source):
        once = None
        while self.kills < count:
            mirror = self.folder / f"mirror-{self.mirrors}"
            self.mirrors += 1
            sent = delivered_bytes(self.sluice)
            kills = self.kills
            step = self.kill_client if who == "client" else self.kill_worker
            while not step(mirror):
                pass
            sent = delivered_bytes(self.sluice) - sent
            kills = self.kills - kills
            once = self.check_mirror(mirror, source, sent, kills)
            shutil.rmtree(mirror)
        return once

    def check_mirror(self, mirror, source, sent, kills):
        self.sluice.run("sluice", "verify", mirror)
        subprocess.run(["diff", "-r", "-x", ".sluice", "-x", "episodes.jsonl",
                        source, mirror], check=True)
        stored = int(self.sluice.sql(
            "SELECT sum(s) FROM sluice.segment, unnest(chunk_sizes) s"))
        allowed = stored + kills * JOBS * (CHUNK_MAX + IN_FLIGHT_MAX)
        print(f"mirror {self.mirrors}: {kills} kills, {int(sent)} bytes "
              f"delivered for {stored}, at most {allowed} allowed", flush=True)
        if sent > allowed:
            raise Failed("more than a chunk per delivery and kill was "
                         "fetched again")
        if sent < stored:
            raise Failed("the server counts fewer bytes than the mirror has")


def check_ledger(sluice):
    charged = int(sluice.sql(
        "SELECT used_episodes FROM sluice.licence_total"))
    rows = int(sluice.sql("SELECT sum(episodes) FROM sluice.ledger"))
    print(f"ledger: {rows} episodes charged, {charged} in the total, "
          f"{EPISODES} held")
    if not charged == rows == EPISODES:
        raise Failed("the ledger does not say what is held")
    sluice.run("sluicectl", "db", "check")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("who", choices=("client", "worker"))
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 100000)
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    chooser = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="sluice-kill-") as name:
        folder = pathlib.Path(name)
        with Instance(folder / "instance") as sluice:
            prepare(sluice, folder / "source")
            rounds = Rounds(sluice, folder, chooser)
            rounds.run(options.who, options.kills, folder / "source")
            check_ledger(sluice)
    print(f"{rounds.kills} kills, {rounds.mirrors} mirrors: nothing lost")


if __name__ == "__main__":
    main()
