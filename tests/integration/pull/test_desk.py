#!/usr/bin/env python3
"""The customer's side of what an admin does: links, statements, recalls,
early access.  sluicectl is the real one."""

import datetime
import json
import os
import stat
import sys
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from customer import KITTING, Customer, Instance  # noqa: E402

WHY = ("--reason", "test")


def setUpModule():
    global box
    box = Instance("EPISODES=4", "payload=20000")
    box.billing = os.path.join(box.dir, "billing.key")
    box.ctl("key", "generate", "--billing", box.billing, *WHY)


def tearDownModule():
    box.remove()


class Desk(unittest.TestCase):
    def setUp(self):
        self.lab = Customer(box)
        self.addCleanup(self.lab.remove)
        self.name = self.id().rsplit(".", 1)[1].replace("_", "-")[5:40]
        _, self.licence = box.customer(self.name, KITTING)

    def link(self):
        return box.ctl("token", "issue", "--customer", self.name,
                       "--activation", "--name", "link", "--endpoint",
                       box.env["SLUICE_URL"], *WHY).strip().splitlines()[-1]

    def login(self, link, *words, code=0):
        return self.lab.run("login", "--activate", link, "--ca",
                            box.env["SLUICE_CA"], *words, code=code)

    def kept(self):
        return os.path.join(self.lab.dir, "config/sluice/credentials")

    def use_kept(self):
        """From now on with what login kept."""
        self.lab.profile = self.kept()

    def json(self, *words):
        return json.loads(self.lab.run(*words, "--json").stdout)


class Links(Desk):
    def test_a_link_becomes_a_profile_once(self):
        link = self.link()
        self.login(link)
        self.assertEqual(stat.S_IMODE(os.stat(self.kept()).st_mode), 0o600)
        with open(self.kept()) as file:
            profile = json.load(file)
        self.assertEqual(profile["endpoint"], box.env["SLUICE_URL"])
        self.assertEqual(len(profile["billing"]), 1)
        self.assertTrue(os.path.exists(os.path.join(
            self.lab.dir, "config/sluice/customer.key")))
        self.use_kept()
        self.assertEqual(self.json("whoami")["customer"], self.name)
        self.lab.pull()
        self.assertEqual(self.json("receipt", "show",
                                   self.lab.mirror)["customer"], self.name)
        again = self.login(link, code=None)
        self.assertIn(again.returncode, (1, 9, 11))
        self.assertIn("ask the provider for another", again.stderr)

    def test_links_that_are_none_are_refused(self):
        for link in ("http://localhost/activate#abc", "https://localhost",
                     "https://localhost/activate#", "nonsense"):
            self.login(link, code=2)
        wrong = box.env["SLUICE_URL"] + "/activate#" + "A" * 22
        self.assertIn("ask the provider", self.login(wrong, code=9).stderr)
        self.lab.run("login", "--activate", wrong, "--profile-file", "x",
                     code=2)
        self.assertFalse(os.path.exists(self.kept()))


class Statements(Desk):
    def test_a_statement_of_sluicectl_is_right(self):
        self.login(self.link())
        self.use_kept()
        self.lab.pull()
        self.json("usage")
        month = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m")
        out = os.path.join(self.lab.dir, "out")
        os.mkdir(out)
        box.ctl("usage", "statement", self.licence, "--month", month, "--out",
                out, "--billing-key", box.billing)
        path = next(os.path.join(out, name) for name in os.listdir(out)
                    if name.endswith(".json"))
        words = ["usage", "verify", path, "--mirror", self.lab.mirror]
        found = self.json(*words)
        self.assertTrue(found["verified"])
        self.assertEqual(found["recomputed"], found["charges"])
        self.assertGreater(found["charges"], 0)
        public = box.billing[:-len(".key")] + ".pub"
        self.assertTrue(self.json(*words, "--billing-key",
                                  public)["verified"])


class Recalls(Desk):
    def test_a_recall_is_answered_by_a_certificate(self):
        self.login(self.link())
        self.use_kept()
        self.lab.pull()
        recall = ["dataset", "recall", KITTING, "1", "--json"]

        def mine():
            rows = json.loads(box.ctl(*recall))
            rows = rows.get("holders", rows) if isinstance(rows, dict) else rows
            return next(row for row in rows if row["licence"] == self.licence)
        before = mine()
        self.lab.run("certify-deletion", self.lab.mirror, "--episode", "1",
                     "--delete", "--yes")
        self.assertNotEqual(mine(), before)


class Early(Desk):
    def test_the_next_release_is_told(self):
        name = "early-set"
        later = f"{time.gmtime().tm_year + 1}-01-01T00:00:00Z"
        source = os.path.join(self.lab.dir, "source")
        box.pub("dataset", "create", name, "--kind", "subscription",
                "--visibility", "private", "--title", name, "--licence", "R",
                "--description", "d")
        box.grant(self.name, name)
        for start in (1, 3):
            box.pub("simulate", "--out", source, "--episodes", "2", "--start",
                    str(start))
            box.pub("ingest", name, source, "--format", "files")
            box.pub("publish", name, *([] if start == 1 else [
                "--release", "partner=" + later]))
        token = box.issue(self.name)
        self.lab.edit_profile(token=token)
        result = self.lab.pull(dataset=name)
        self.assertEqual(result["seq"], 1)
        status = self.json("status", self.lab.mirror)
        self.assertEqual(status["release"],
                         {"seq": 2, "at": later})
        text = self.lab.run("status", self.lab.mirror).stdout
        self.assertIn("batch 2 is released to class standard", text)
        self.assertIn(later[:10], self.lab.run("show", name).stdout)
        self.assertIn(later[:10], self.lab.run("licence", "show",
                                                 name).stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
