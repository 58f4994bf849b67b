#!/usr/bin/env python3
"""A mirror that someone meddled with, and a server that lies: what the client
says, how it exits, and that the next run goes on."""

import json
import os
import shutil
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from customer import KITTING, Customer, Instance, kill, until  # noqa: E402

OBJECTS = ("manifest", "manifest.minisig", "index.json", "files.sha256",
           "quality.json")


def setUpModule():
    global box
    box = Instance("EPISODES=4", "payload=6000000")


def tearDownModule():
    box.remove()


class Mirror(unittest.TestCase):
    def setUp(self):
        self.lab = Customer(box)
        self.addCleanup(self.lab.remove)

    def one_line(self, run):
        """What was said of the failure: one line, as promised."""
        lines = [line for line in run.stderr.splitlines()
                 if line.startswith("sluice: ")]
        self.assertEqual(len(lines), 1, run.stderr)
        return lines[0]


def flip(path):
    with open(path, "r+b") as file:
        data = file.read()
        # Not in the first line of a signature: that comment is not signed.
        at = len(data) - 2
        file.seek(at)
        file.write(bytes([data[at] ^ 1]))


def cut(path):
    os.truncate(path, os.path.getsize(path) // 2)


def link(path):
    os.unlink(path)
    os.symlink("/etc/passwd", path)


class Batches(Mirror):
    """.sluice/batches is not believed, and mended by pull and repair."""

    def batch(self, seq, name=""):
        return self.lab.path(os.path.join(f".sluice/batches/{seq:06}", name))

    def assert_named(self, path):
        for words, mends in (
                (["verify", self.lab.mirror], "sluice repair"),
                (["status", self.lab.mirror], "sluice repair"),
                (["plan", KITTING, self.lab.mirror], "sluice pull")):
            said = self.one_line(self.lab.run(*words, code=7))
            self.assertIn(path, said)
            self.assertIn(mends, said)

    def assert_mended(self):
        self.lab.verify()
        self.lab.run("status", self.lab.mirror)
        self.lab.run("plan", KITTING, self.lab.mirror)
        self.assertTrue(self.lab.sums_are_good())

    def test_each_damaged_file_is_named_and_fetched_again(self):
        self.lab.pull("--episodes", "1,3")
        self.assert_mended()
        hurts = (flip, cut, os.unlink, link)
        for i, name in enumerate(OBJECTS):
            for j, hurt in enumerate(hurts):
                seq = 1 + (i + j) % 3
                with self.subTest(object=name, hurt=hurt.__name__, seq=seq):
                    hurt(self.batch(seq, name))
                    self.assert_named(f".sluice/batches/{seq:06}/")
                    if (i + j) % 2:
                        self.lab.pull()
                    else:
                        self.lab.run("repair", self.lab.mirror)
                    self.assert_mended()

    def test_folders_that_are_gone_or_made_up_are_put_right(self):
        self.lab.pull("--episodes", "1")
        shutil.rmtree(self.batch(2))
        self.assert_named("000002: not there")
        self.lab.pull()
        self.assert_mended()
        shutil.rmtree(self.lab.path(".sluice/batches"))
        self.assert_named("000001: not there")
        self.lab.run("repair", self.lab.mirror)
        self.assert_mended()
        os.mkdir(self.batch(9))
        self.assert_named("000004: not there")
        self.lab.pull()
        self.assertFalse(os.path.exists(self.batch(9)))
        self.assert_mended()


class Staging(Mirror):
    """What an earlier run staged is proved before it is applied."""

    def begin_and_kill(self):
        """A pull that is killed: whole segments staged, and one in part."""
        process = self.lab.start("pull", KITTING, self.lab.mirror,
                                 "--limit-rate", "20MB", "--jobs", "1")
        until(lambda: len(self.big()) >= 2, what="chunks")
        kill(process)
        return self.big()

    def big(self):
        return [path for path, size in self.staged() if size > 100000]

    def staged(self):
        """Files of batch 1 by ordinal, with sizes."""
        folder = self.lab.path(".sluice/staging/1")
        names = os.listdir(folder) if os.path.isdir(folder) else []
        names.sort(key=lambda name: [int(part) for part in name.split(".")])
        paths = [os.path.join(folder, name) for name in names]
        return [(path, os.path.getsize(path)) for path in paths]

    def assert_pulled(self):
        self.lab.pull()
        self.lab.verify()
        self.assertTrue(self.lab.sums_are_good())
        self.assertFalse(os.path.exists(self.lab.path(".sluice/staging")))

    def test_staged_files_that_changed_are_fetched_again(self):
        for hurt in (flip, cut, os.unlink, link):
            for place in (0, -1):
                with self.subTest(hurt=hurt.__name__, place=place):
                    big = self.begin_and_kill()
                    self.assertGreater(len(big), 1)
                    hurt(big[place])
                    self.assert_pulled()
                    shutil.rmtree(self.lab.mirror)

    def test_changes_are_found_before_a_part_is_applied(self):
        token, _ = box.customer("part", KITTING, "--quota-episodes", "2")
        self.lab.edit_profile(token=token)
        big = self.begin_and_kill()
        flip(big[0])
        self.lab.pull(code=6)
        self.lab.verify()
        self.assertTrue(self.lab.sums_are_good())


if __name__ == "__main__":
    unittest.main(verbosity=2)
