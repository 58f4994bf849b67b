#!/usr/bin/env python3
"""Mirrors looked at without a server: what another mirror of the machine has
learnt of trust files counts for all of them."""

import glob
import json
import os
import shutil
import sys
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from case import Case  # noqa: E402
from key import Key  # noqa: E402
from play import DATASET, DAY, OTHER, now  # noqa: E402
from victim import Refusal  # noqa: E402


class Offline(Case):
    """One mirror of DATASET is left as it was; another, of OTHER, pulls what
    root said since."""

    def setUp(self):
        self.mark = self.victim()
        self.good = self.provider()
        self.more = os.path.join(self.mark.dir, "more")

    def pull_more(self):
        self.server.provider = self.good
        run = self.mark.pull(OTHER, mirror=self.more)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def look(self, *words, code):
        end = Refusal(self.mark.run(*words, self.mark.mirror, "--json"))
        self.assertEqual((end.exit, end.code),
                         (7 if code else 0, code), end.said)
        return end

    def look_all(self, code):
        for words in (("verify",), ("status",), ("log",),
                      ("compare", self.mark.mirror)):
            with self.subTest(command=words[0]):
                self.look(*words, code=code)

    def test_a_key_that_another_mirror_knows_as_revoked_counts_no_more(self):
        log = self.good.logs[OTHER]
        self.good.trust(issued=now()).revoke(self.good.publisher, now()) \
            .publisher(Key("publisher 2")) \
            .vouch(OTHER, 1, 3, log.root())
        self.look("verify", code="")
        self.pull_more()
        self.look_all("revoked_key")

    def test_a_revoked_log_key_counts_no_more(self):
        fresh = Key("new log")
        self.good.trust(issued=now()).revoke(self.good.logger, now()) \
            .log(fresh)
        self.good.logger = fresh
        self.pull_more()
        self.look("verify", code="revoked_key")

    def test_a_log_key_that_was_replaced_harms_no_mirror(self):
        fresh = Key("new log")
        self.good.trust(issued=now()) \
            .drop(f"log {self.good.logger.text}").log(fresh)
        self.good.logger = fresh
        self.pull_more()
        run = self.mark.run("verify", self.mark.mirror, "--json")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        trust = json.loads(run.stdout)["trust"]
        self.assertEqual((trust["version"], trust["own_version"]), (2, 1))
        said = self.mark.run("status", self.mark.mirror).stdout
        self.assertIn("another mirror here brought it", said)
        self.assert_pulls(self.mark, self.good)

    def test_a_version_that_is_only_known_by_number_is_asked_for(self):
        self.good.trust(issued=now())
        self.pull_more()
        for kept in glob.glob(os.path.join(
                self.mark.dir, "state/sluice/trust/*/trust/000002")):
            shutil.rmtree(kept)
        self.look("verify", code="trust_rollback")
        said = self.mark.run("verify", self.mark.mirror).stderr
        self.assertIn("`sluice pull`", said)
        self.assert_pulls(self.mark, self.good)

    def test_a_forged_version_on_the_machine_is_not_believed(self):
        self.good.trust(issued=now())
        self.pull_more()
        path, = glob.glob(os.path.join(
            self.mark.dir, "state/sluice/trust/*/trust/000002/trust"))
        with open(path, "a") as file:
            file.write("log RWQ\n")
        self.look("verify", code="trust_rollback")

    def test_expired_trust_is_told_and_takes_nothing_back(self):
        self.good.trust(issued=now(), expires=now() + 4)
        self.assert_pulls(self.mark, self.good)
        time.sleep(max(0, self.good.chain[-1].expires + 1 - time.time()))
        for command in ("verify", "status"):
            run = self.mark.run(command, self.mark.mirror)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertIn("expired at", run.stderr)
            run = self.mark.run(command, self.mark.mirror, "--json")
            self.assertTrue(json.loads(run.stdout)["trust"]["expired"])
        self.assertIn("expired", self.mark.run(
            "status", self.mark.mirror).stdout)
        end = Refusal(self.mark.pull(DATASET))
        self.assertEqual((end.exit, end.code), (7, "trust_expired"))
        self.good.trust(issued=now(), expires=now() + DAY)
        self.assert_pulls(self.mark, self.good)


if __name__ == "__main__":
    unittest.main(verbosity=2)
