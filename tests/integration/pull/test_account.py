#!/usr/bin/env python3
"""What a customer does with an account: keys, licences, terms, requests."""

import json
import os
import stat
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


class Account(unittest.TestCase):
    def setUp(self):
        self.lab = Customer(box)
        self.addCleanup(self.lab.remove)

    def login(self, *words, code=0):
        return self.lab.run("login", "--profile-file", self.lab.profile,
                            *words, code=code)

    def json(self, *words):
        return json.loads(self.lab.run(*words, "--json").stdout)

    def licence(self, dataset=KITTING):
        return next(row for row in self.json("licence", "list")
                    if row["dataset"] == dataset)

    def key(self):
        return os.path.join(self.lab.dir, "config/sluice/customer.key")


class Keys(Account):
    def test_login_makes_a_key_once_and_registers_it(self):
        self.login()
        with open(self.key(), "rb") as file:
            first = file.read()
        self.assertEqual(stat.S_IMODE(os.stat(self.key()).st_mode), 0o600)
        self.assertEqual(box.sql(
            "SELECT count(*) > 0 FROM sluice.customer_key"), "t")
        self.login()
        with open(self.key(), "rb") as file:
            self.assertEqual(file.read(), first)

    def test_a_key_that_others_can_read_is_refused(self):
        self.login()
        os.chmod(self.key(), 0o644)
        self.login(code=4)
        self.lab.pull()
        run = self.lab.run("receipt", "send", self.lab.mirror, code=4)
        self.assertIn("customer.key", run.stderr)

    def test_a_pull_sends_a_receipt_that_is_on_the_chain(self):
        self.login()
        self.lab.pull()
        receipt = self.json("receipt", "show", self.lab.mirror)
        kept = json.loads(box.sql(
            "SELECT words FROM sluice.receipt WHERE on_chain "
            "ORDER BY at DESC LIMIT 1"))
        self.assertEqual(receipt, kept)
        self.assertEqual(receipt["customer"], "lab")
        self.assertGreater(receipt["segments"]["verified"], 0)
        self.assertEqual([seq for seq, _ in receipt["retractions"]], [3])

    def test_nothing_new_sends_no_receipt_and_no_receipt_sends_none(self):
        self.login()
        count = "SELECT count(*) FROM sluice.receipt"
        before = int(box.sql(count))
        self.lab.pull("--no-receipt")
        self.lab.run("receipt", "show", self.lab.mirror, code=9)
        self.assertEqual(int(box.sql(count)), before)
        self.lab.pull()
        self.lab.pull()
        self.assertEqual(int(box.sql(count)), before + 1)

    def test_a_receipt_that_fails_is_a_warning(self):
        self.login()
        os.chmod(self.key(), 0o640)
        run = self.lab.run("pull", KITTING, self.lab.mirror)
        self.assertIn("warning: no receipt was sent", run.stderr)


class Heads(Account):
    def book(self):
        folder = self.lab.path(".sluice/ledger")
        name = next(name for name in os.listdir(folder)
                    if name.endswith(".heads"))
        return os.path.join(folder, name)

    def test_pull_and_usage_keep_every_head_once(self):
        self.lab.pull()
        with open(self.book()) as file:
            lines = [line.split() for line in file]
        numbers = [int(line[0]) for line in lines]
        self.assertEqual(len(numbers), len(set(numbers)))
        last = box.sql("SELECT ledger_number || ' ' || "
                       "encode(ledger_head, 'hex') FROM sluice.licence_total "
                       "ORDER BY ledger_number DESC LIMIT 1")
        self.assertIn(last.split(), [line[:2] for line in lines])
        self.lab.pull()
        with open(self.book()) as file:
            self.assertEqual(len(file.readlines()), len(lines))
        self.json("usage")
        own = os.path.join(self.lab.dir, "state/sluice/ledger")
        self.assertIn(os.path.basename(self.book()), os.listdir(own))

    def test_a_forked_ledger_is_7_with_evidence(self):
        self.lab.pull()
        with open(self.book()) as file:
            text = file.read()
        number = text.split()[0]
        with open(self.book(), "w") as file:
            for line in text.splitlines():
                words = line.split()
                words[1] = "ab" * 32
                file.write(" ".join(words) + "\n")
        run = self.lab.pull(code=7)
        self.assertIn('"ledger_fork"', run.stderr)
        folder = os.path.dirname(self.book())
        evidence = [name for name in os.listdir(folder) if ".fork-" in name]
        self.assertEqual(len(evidence), 1)
        with open(os.path.join(folder, evidence[0])) as file:
            fork = json.load(file)
        self.assertEqual(fork["kept"]["head"], "ab" * 32)
        self.assertNotEqual(fork["told"]["head"], "ab" * 32)
        self.assertIn(evidence[0], run.stderr)
        self.assertGreaterEqual(int(number), 1)

    def test_a_receipt_that_is_not_on_the_chain_is_7(self):
        self.login()
        self.lab.pull("--no-receipt")
        with open(self.book()) as file:
            words = file.read().splitlines()[-1].split()
        words[1] = "cd" * 32
        with open(self.book(), "w") as file:
            file.write(" ".join(words) + "\n")
        run = self.lab.run("receipt", "send", self.lab.mirror, "--json",
                           code=7)
        self.assertIn('"ledger_fork"', run.stderr)


class Licences(Account):
    def test_licences_are_listed_shown_and_explained(self):
        licence = self.licence()
        shown = self.json("licence", "show", licence["id"])
        self.assertEqual(shown["customer"], "lab")
        self.assertEqual(self.json("licence", "show", KITTING)["id"],
                         licence["id"])
        answer = self.json("licence", "explain", licence["id"])
        self.assertTrue(answer["allowed"])
        refused = self.json("licence", "explain", licence["id"],
                            "--purpose", "deploy_model")
        self.assertFalse(refused["allowed"])
        self.assertEqual(refused["code"], "use_not_granted")
        text = self.lab.run("licence", "explain", KITTING, "--purpose",
                            "deploy_model").stdout
        self.assertIn("use_not_granted", text)

    def test_a_licence_that_is_not_there_is_9(self):
        run = self.lab.run("licence", "show", "nosuch", code=9)
        self.assertIn("licence list", run.stderr)
        self.lab.run("licence", "explain", KITTING, "--purpose", "x", code=2)

    def test_a_licence_without_terms_has_nothing_to_accept(self):
        run = self.lab.run("licence", "terms", KITTING, code=9)
        self.assertIn("nothing to accept", run.stderr)


class Purposes(Account):
    def test_a_purpose_goes_with_the_mirror_and_into_the_ledger(self):
        token, _ = box.customer("scholar", KITTING)
        self.lab.edit_profile(token=token)
        self.lab.pull("--purpose", "research")
        with open(self.lab.path(".sluice/request.json")) as file:
            wish = json.load(file)["request"]
        self.assertEqual(wish["purpose"], "research")
        self.assertEqual(box.sql(
            "SELECT count(*) > 0 FROM sluice.ledger "
            "WHERE purpose = 'research'"), "t")

    def test_a_use_beyond_the_licence_is_5_with_a_hint(self):
        for words in (["pull", KITTING, self.lab.mirror],
                      ["plan", KITTING, self.lab.mirror]):
            run = self.lab.run(*words, "--purpose", "deploy_model", code=5)
            self.assertIn("--purpose", run.stderr)
        self.assertFalse(os.path.exists(self.lab.mirror))

    def test_a_purpose_that_is_none_is_2(self):
        for text in ("", "fun", "research@Germany", "research/"):
            self.lab.run("pull", KITTING, self.lab.mirror, "--purpose", text,
                         code=2)


class Requests(Account):
    def test_a_request_is_made_once_and_listed(self):
        rival = Customer(box, os.path.join(box.dir, "rival.json"))
        self.addCleanup(rival.remove)
        first = json.loads(rival.run(
            "request", KITTING, "--purpose", "research", "--message",
            "Please.", "--json").stdout)
        again = json.loads(rival.run(
            "request", KITTING, "--purpose", "research", "--message",
            "Please.", "--json").stdout)
        self.assertEqual(first["id"], again["id"])
        rows = json.loads(rival.run("request", "list", "--json").stdout)
        self.assertEqual([row["status"] for row in rows], ["open"])
        self.assertEqual(rows[0]["decides"], "acme")
        self.assertIn("open", rival.run("request", "list").stdout)
        rival.run("request", "nosuch", code=9)
        rival.run("request", code=2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
