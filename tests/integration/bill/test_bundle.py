#!/usr/bin/env python3
"""Data for a customer without a network: a delivery in a file."""

import json
import os
import shutil
import signal
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../pull"))
from customer import Customer, Instance, kill, until  # noqa: E402


def setUpModule():
    global box
    box = Instance("EPISODES=4")


def tearDownModule():
    box.remove()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


class Gap(unittest.TestCase):
    """A dataset of its own with five episodes, a licence, and a customer who
    reaches no server."""

    serial = 0
    payload = "100000"

    def setUp(self):
        self.lab = Customer(box)
        self.addCleanup(self.lab.remove)
        Gap.serial += 1
        self.name = f"gap-{Gap.serial}"
        self.source = os.path.join(self.lab.dir, "source")
        self.file = os.path.join(self.lab.dir, "bundle")
        box.pub("dataset", "create", self.name, "--kind", "subscription",
                "--visibility", "private", "--title", self.name, "--licence",
                "R", "--description", "d")
        self.add(5)
        self.licence = box.grant("lab", self.name)

    def add(self, episodes, start=1):
        box.pub("simulate", "--out", self.source, "--episodes",
                str(episodes), "--start", str(start), "--payload-bytes",
                self.payload)
        box.pub("ingest", self.name, self.source, "--format", "files")
        box.pub("publish", self.name)

    def bundle(self, *words, code=0, licence=None, out=None):
        return box.pub("bundle", self.name, "--licence",
                       licence or self.licence, "--out", out or self.file,
                       *words, code=code)

    def ledger(self):
        return box.sql("SELECT count(*), coalesce(sum(episodes), 0) FROM "
                       f"sluice.ledger WHERE licence = '{self.licence}'")

    def apply(self, *words, code=0, file=None):
        run = self.lab.run("pull", self.name, self.lab.mirror, "--bundle",
                           file or self.file, "--json", *words, code=code)
        return json.loads(run.stdout) if code == 0 else run

    def same_as_pulled(self):
        other = Customer(box)
        self.addCleanup(other.remove)
        other.pull(dataset=self.name)
        subprocess.run(["diff", "-r", "-x", ".sluice", self.lab.mirror,
                        other.mirror], check=True)


class Writes(Gap):
    def test_a_bundle_is_charged_once_and_unpacks_with_stock_tools(self):
        told = json.loads(self.bundle("--json"))
        self.assertEqual(told["customer"], "lab")
        rows = self.ledger()
        self.assertEqual(rows.split("|")[1], "5")
        self.bundle()
        self.assertEqual(self.ledger(), rows)
        out = os.path.join(self.lab.dir, "out")
        os.mkdir(out)
        subprocess.run(["tar", "--zstd", "-xf", self.file, "-C", out],
                       check=True)
        end = json.loads(read(os.path.join(out, ".sluice/end.json")))
        self.assertEqual(end["status"], "complete")
        subprocess.run(["diff", "-r", "-x", ".sluice", "-x", "episodes.jsonl",
                        self.source, out], check=True)

    def test_a_suspended_licence_gives_no_bundle(self):
        box.ctl("licence", "suspend", self.licence, "--reason", "test")
        self.bundle(code=5)
        self.assertFalse(os.path.exists(self.file))
        self.assertFalse(os.path.exists(self.file + ".part"))
        self.assertEqual(self.ledger(), "0|0")

    def test_a_licence_of_another_dataset_is_not_found(self):
        other = box.sql("SELECT l.id FROM sluice.licence l JOIN sluice.dataset"
                        " d ON d.id = l.dataset WHERE d.name = 'demo-kitting'"
                        " LIMIT 1")
        self.bundle(licence=other, code=9)

    def test_a_killed_writer_is_run_again_and_not_charged_again(self):
        self.payload = "3000000"
        self.add(40, start=6)
        env = dict(box.env, SLUICE_DB=box.env["SLUICE_DB_PUBLISHER"])
        writer = subprocess.Popen(
            ["sluice-publish", "bundle", self.name, "--licence", self.licence,
             "--out", self.file], env=env, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        part = self.file + ".part"
        until(lambda: os.path.exists(part) and
              os.path.getsize(part) > 20_000_000 or
              writer.poll() is not None)
        kill(writer)
        self.assertFalse(os.path.exists(self.file))
        self.assertNotEqual(self.ledger(), "0|0")
        self.bundle()
        self.assertEqual(self.ledger().split("|")[1], "45")
        self.apply()
        self.same_as_pulled()
        self.assertEqual(self.ledger().split("|")[1], "45")


if __name__ == "__main__":
    unittest.main()
