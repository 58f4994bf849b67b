#!/usr/bin/env python3
"""What a customer sees of root, log and witnesses: first contact, status,
two views compared."""

import json
import os
import shutil
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from customer import KITTING, Customer, Instance  # noqa: E402


def setUpModule():
    global box
    box = Instance("EPISODES=4", "payload=20000")


def tearDownModule():
    box.remove()


class Trust(unittest.TestCase):
    def setUp(self):
        self.lab = Customer(box)
        self.addCleanup(self.lab.remove)

    def login(self, *words, code=0):
        return self.lab.run("login", "--profile-file", self.lab.profile,
                            *words, code=code)

    def status(self):
        return json.loads(
            self.lab.run("status", self.lab.mirror, "--json").stdout)

    def test_login_shows_the_pinned_root(self):
        with open(self.lab.profile) as file:
            key, = json.load(file)["root"]["keys"]
        said = self.login().stdout
        self.assertIn("SHA256:", said)
        self.assertIn(key, said)

    def test_the_first_use_is_trusted_only_when_asked_for(self):
        with open(self.lab.profile) as file:
            root = json.load(file)["root"]
        self.login("--trust-on-first-use", code=2)
        self.lab.edit_profile(root=None)
        self.assertIn("no root keys", self.login().stderr)
        self.assertIn("no_root", self.lab.pull(code=7).stderr)
        said = json.loads(
            self.login("--trust-on-first-use", "--json").stdout)
        self.assertEqual(said["root"], root)

    def test_status_tells_nothing_new_from_silence(self):
        self.lab.pull("--episodes", "1")
        trust = self.status()["trust"]
        self.assertEqual(trust["checkpoint"]["size"], trust["proven"])
        self.assertLess(trust["freshness_age_s"], 3600)
        said = self.lab.run("status", self.lab.mirror).stdout
        self.assertIn("nothing newer", said)
        said = self.lab.run(
            "status", self.lab.mirror, "--max-age", "1ms").stdout
        self.assertIn("silence", said)

    def test_a_raised_age_warns_on_each_run(self):
        for _ in range(2):
            said = self.lab.run("pull", KITTING, self.lab.mirror,
                                "--max-age", "3d", "--episodes", "1")
            self.assertIn("--max-age", said.stderr)
        said = self.lab.pull("--max-age", "1ms", code=7)
        self.assertIn('"freeze"', said.stderr)

    def test_status_after_a_refusal_tells_it(self):
        token, licence = box.customer("gone", KITTING)
        self.lab.edit_profile(token=token)
        self.lab.pull("--episodes", "1")
        box.ctl("licence", "revoke", licence, "--reason", "test")
        self.lab.pull(code=5)
        self.assertEqual(self.status()["refused"], "licence_revoked")

    def test_mirrors_of_one_history_agree(self):
        self.lab.pull("--episodes", "1")
        other = os.path.join(self.lab.dir, "other")
        self.lab.run("pull", KITTING, other, "--episodes", "2")
        self.lab.run("compare", self.lab.mirror, other)
        note = os.path.join(self.lab.dir, "note")
        shutil.copy(self.lab.path(".sluice/log/checkpoint"), note)
        self.lab.run("compare", note, other)

    def test_what_cannot_be_compared_is_told_as_that(self):
        self.lab.pull("--episodes", "1")
        other = os.path.join(self.lab.dir, "other")
        box.pub("dataset", "create", "others", "--kind", "subscription",
                "--visibility", "private", "--title", "o", "--licence", "R",
                "--description", "d")
        source = os.path.join(self.lab.dir, "source")
        box.pub("simulate", "--out", source, "--episodes", "1")
        box.pub("ingest", "others", source, "--format", "files")
        box.pub("publish", "others")
        box.grant("lab", "others")
        self.lab.run("pull", "others", other)
        said = self.lab.run("compare", self.lab.mirror, other, code=2).stderr
        self.assertIn("two views of one dataset", said)
        said = self.lab.run("compare", self.lab.mirror, code=2).stderr
        self.assertIn("give B", said)
        said = self.lab.run("compare", self.lab.mirror,
                            os.path.join(self.lab.dir, "none"), code=9).stderr
        self.assertIn("none", said)

    def test_verify_needs_root_signatures_and_log(self):
        self.lab.pull("--episodes", "1")
        self.lab.verify()
        for name in ("trust/000001/trust", "log/inclusion"):
            path = self.lab.path(os.path.join(".sluice", name))
            os.rename(path, path + ".away")
            self.lab.run("verify", self.lab.mirror, code=7)
            os.rename(path + ".away", path)
        self.lab.verify()


if __name__ == "__main__":
    unittest.main(verbosity=2)
