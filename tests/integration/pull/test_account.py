#!/usr/bin/env python3
"""What a customer does with an account: keys, licences, terms, requests."""

import json
import os
import pty
import stat
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import biller  # noqa: E402
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


class Refusals(Account):
    """Each refusal has its exit code and words that help."""

    def as_customer(self, name, **terms):
        token, _ = box.customer(name)
        self.lab.edit_profile(token=token)
        return biller.grant(box, name, KITTING, **terms)

    def test_terms_are_to_be_accepted_first(self):
        text = "You shall not.\n\033[2J"
        sha = json.loads(box.sql(
            "SELECT sluice.terms_text_add("
            + biller.quoted(text) + ", 'test')"))["sha256"]
        licence = self.as_customer(
            "reader", text={"sha256": sha, "acceptance": "required"})
        run = self.lab.pull(code=5)
        self.assertIn('"terms_not_accepted"', run.stderr)
        self.assertIn("licence accept", run.stderr)
        self.assertFalse(os.path.exists(self.lab.mirror))
        self.assertIn("to accept", self.lab.run("licence", "list").stdout)
        shown = self.lab.run("licence", "terms", licence)
        self.assertIn("You shall not.", shown.stdout)
        self.assertNotIn("\033", shown.stdout)
        self.assertIn(sha, shown.stderr)
        accept = ["licence", "accept", licence]
        self.lab.run(*accept, code=2)
        self.lab.run(*accept, "--yes", code=2)
        self.lab.run(*accept, "--yes", "--name", "Ann", "--sha256", "ab" * 32,
                     code=11)
        self.lab.pull(code=5)
        self.lab.run(*accept, "--yes", "--name", "Ann", "--sha256", sha)
        self.lab.pull()
        self.assertIn("accepted", self.lab.run("licence", "list").stdout)

    def test_a_person_accepts_at_a_terminal(self):
        sha = json.loads(box.sql(
            "SELECT sluice.terms_text_add('Be kind.', 'test')"))["sha256"]
        licence = self.as_customer(
            "person", text={"sha256": sha, "acceptance": "required"})
        for answer, code in (("no\n", 130), ("yes\n", 0)):
            shown, got = self.type_in(["licence", "accept", licence],
                                      "Ann Lee\n" + answer)
            self.assertIn("Be kind.", shown)
            self.assertEqual(got, code)
        self.assertEqual(box.sql("SELECT person FROM sluice.acceptance "
                                 f"WHERE licence = '{licence}'"), "Ann Lee")

    def type_in(self, words, text):
        """The program with a terminal; what it showed, its exit code."""
        command, env = self.lab.command(words)
        pid, fd = pty.fork()
        if pid == 0:
            os.execvpe(command[0], command, env)
        os.write(fd, text.encode())
        shown = b""
        while True:
            try:
                piece = os.read(fd, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        os.close(fd)
        return shown.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def test_field_and_territory_are_5_with_a_hint(self):
        self.as_customer(
            "field", fields={"allow": ["logistics"], "deny": []},
            territory={"networks": ["*"], "countries": ["DE"]})
        run = self.lab.pull("--purpose", "research", code=5)
        self.assertIn('"field_not_allowed"', run.stderr)
        self.assertIn("USE/FIELD", run.stderr)
        run = self.lab.pull("--purpose", "research/logistics@FR", code=5)
        self.assertIn('"territory_not_allowed"', run.stderr)
        self.assertIn("USE@CC", run.stderr)
        self.lab.pull("--purpose", "research/logistics@DE")
        self.lab.pull()

    def test_a_quota_and_a_ceiling_are_6(self):
        self.as_customer("small", quota={
            "episodes": 2, "duration_ms": None, "bytes": None, "per": "total",
            "overage_percent": 0})
        run = self.lab.pull(code=6)
        self.assertIn('"quota_episodes"', run.stderr)
        token, _ = box.customer("capped")
        self.lab.edit_profile(token=token)
        biller.agreement(box, "capped", "frame")
        box.sql("UPDATE sluice.agreement SET ceiling_episodes = 1 "
                "WHERE customer = (SELECT id FROM sluice.customer "
                "WHERE name = 'capped')")
        biller.grant(box, "capped", KITTING, "frame")
        other = Customer(box, self.lab.profile)
        self.addCleanup(other.remove)
        run = other.pull(code=6)
        self.assertIn('"ceiling_episodes"', run.stderr)


class Deletions(Account):
    def certify(self, *words, code=0):
        run = self.lab.run("certify-deletion", self.lab.mirror, "--json",
                           *words, code=code)
        return json.loads(run.stdout) if code == 0 else run

    def removals(self):
        return box.sql("SELECT string_agg(coalesce(episode::text, '*'), ' ') "
                       "FROM sluice.removal WHERE how = 'deletion' AND "
                       f"licence = '{self.licence()['id']}'")

    def setUp(self):
        super().setUp()
        name = self.id().rsplit(".", 1)[1].replace("_", "-")[:40]
        token, _ = box.customer(name, KITTING)
        self.lab.edit_profile(token=token)
        self.login()
        self.lab.pull()

    def test_what_is_there_is_not_certified_as_gone(self):
        before = self.lab.files()
        self.lab.run("certify-deletion", self.lab.mirror, code=2)
        run = self.certify("--yes", code=11)
        self.assertIn('"data_present"', run.stderr)
        self.assertIn("--delete", run.stderr)
        self.assertEqual(self.lab.files(), before)
        self.assertEqual(self.removals(), "")

    def test_everything_is_deleted_and_certified(self):
        done = self.certify("--yes", "--delete")
        self.assertEqual(done["episode"], "*")
        self.assertGreater(done["deleted_files"], 0)
        self.assertEqual(self.lab.files(), [])
        self.assertEqual(self.removals(), "*")
        self.assertEqual(self.certify("--yes")["deleted_files"], 0)
        run = self.lab.run("status", self.lab.mirror, code=3)
        self.assertIn("incomplete", run.stdout)

    def test_files_that_were_removed_by_hand_are_certified(self):
        for name in self.lab.files():
            os.unlink(self.lab.path(name))
        self.certify("--yes")
        self.assertEqual(self.removals(), "*")

    def test_a_recalled_episode_does_not_come_back(self):
        episode = box.sql(
            "SELECT e.id FROM sluice.episode AS e JOIN sluice.dataset AS d "
            f"ON d.id = e.dataset WHERE d.name = '{KITTING}' AND number = 1")
        before = self.lab.files()
        self.assertIn(episode, self.certify(
            "--episode", episode, "--yes", "--delete")["episode"])
        self.assertEqual(self.removals(), episode)
        left = self.lab.files()
        self.assertLess(len(left), len(before))
        self.assertTrue(self.lab.sums_are_good())
        self.lab.pull()
        self.assertEqual(self.lab.files(), left)
        self.lab.pull("--all")
        self.assertEqual(self.lab.files(), left)
        self.lab.verify()
        self.assertIn("certified",
                      self.lab.run("status", self.lab.mirror).stdout)
        self.certify("--episode", "1", "--yes")
        self.certify("--episode", "4711", "--yes", code=9)

    def test_without_a_mirror_a_licence_is_certified_by_word(self):
        licence = self.licence()["id"]
        self.lab.run("certify-deletion", "--licence", licence, "--yes")
        self.assertEqual(self.removals(), "*")
        self.lab.run("certify-deletion", "--yes", code=2)
        self.lab.run("certify-deletion", "--licence", "x", "--yes", code=2)

    def test_status_and_usage_tell_what_an_ended_licence_obliges_to(self):
        licence = self.licence()["id"]
        box.sql("SELECT sluice.licence_amend('%s', %s, NULL, 'test')" % (
            licence, biller.quoted(biller.terms(
                KITTING, on_expiry={"duty": "certify", "days": 30}))))
        self.lab.pull("--no-receipt")
        self.lab.run("receipt", "send", self.lab.mirror)
        self.assertIn("within 30 days",
                      self.lab.run("status", self.lab.mirror).stdout)
        box.sql(f"SELECT sluice.licence_set_status('{licence}', 'revoked', "
                "'test')")
        run = self.lab.run("usage")
        self.assertIn("delete and certify by", run.stderr)
        self.certify("--yes", "--delete")
        self.assertNotIn("delete and certify", self.lab.run("usage").stderr)


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
