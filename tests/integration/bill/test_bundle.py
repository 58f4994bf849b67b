#!/usr/bin/env python3
"""Data for a customer without a network: a delivery in a file."""

import json
import os
import shutil
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


class Applies(Gap):
    def setUp(self):
        super().setUp()
        self.bundle()

    def refused(self, data, code=7):
        """What a pull of these bytes is refused with; nothing lands."""
        wrong = os.path.join(self.lab.dir, "wrong")
        write(wrong, data)
        run = self.apply(code=code, file=wrong)
        self.assertFalse(os.path.isdir(self.lab.mirror) and self.lab.files())
        return json.loads(run.stderr.strip().splitlines()[-1])["code"]

    def test_a_bundle_gives_what_a_pull_gives(self):
        result = self.apply()
        self.assertTrue(result["complete"])
        self.lab.verify()
        self.assertTrue(self.lab.sums_are_good())
        self.same_as_pulled()
        self.assertEqual(self.apply()["received_chunks"], 0)

    def test_no_server_is_asked(self):
        self.lab.edit_profile(endpoint="https://127.0.0.1:1")
        self.assertTrue(self.apply()["complete"])

    def test_an_old_bundle_is_refused_unless_its_age_is_allowed(self):
        run = self.apply("--max-age", "1ms", code=7)
        self.assertIn('"freeze"', run.stderr)
        self.assertIn("--max-age", run.stderr)
        self.assertFalse(os.path.isdir(self.lab.mirror) and self.lab.files())
        self.apply("--max-age", "30d")
        self.lab.verify()

    def test_a_bundle_of_another_root_is_refused(self):
        with open(self.lab.profile) as file:
            root = json.load(file)["root"]
        key = root["keys"][0]
        root["keys"] = [key[:14] + ("A" if key[14] != "A" else "B") + key[15:]]
        self.lab.edit_profile(root=root)
        self.assertIn("trust_", self.refused_as_it_is())

    def refused_as_it_is(self):
        return self.refused(read(self.file))

    def test_later_bundles_bring_what_is_new(self):
        self.apply()
        self.add(2, start=6)
        box.pub("retract", self.name, "2", "--reason", "consent_withdrawn")
        self.bundle("--after", "1")
        result = self.apply()
        self.assertEqual((result["seq_before"], result["seq"]), (1, 3))
        self.same_as_pulled()
        self.lab.verify()

    def test_a_part_is_enough_for_who_wants_a_part(self):
        self.apply("--episodes", "1-2", "--layers", "state")
        self.apply("--episodes", "1-4")
        self.apply("--episodes", "1-1000", "--layers", "*")
        self.same_as_pulled()

    def test_a_bundle_that_begins_too_late_names_the_batch(self):
        self.add(1, start=6)
        self.bundle("--after", "1", out=self.file + "2")
        run = self.apply(code=11, file=self.file + "2")
        self.assertIn("bundle_gap", run.stderr)
        self.assertIn("--after 0", run.stderr)

    def test_a_bundle_without_old_segments_does_not_widen_a_mirror(self):
        self.apply("--episodes", "1")
        self.add(1, start=6)
        self.bundle("--after", "1", out=self.file + "2")
        run = self.apply("--episodes", "1-5", code=9, file=self.file + "2")
        self.assertIn("bundle_lacks", run.stderr)
        self.lab.run("status", self.lab.mirror, code=3)
        self.apply("--episodes", "1", file=self.file + "2")

    def test_an_older_bundle_takes_nothing_back(self):
        self.apply()
        self.add(1, start=6)
        self.bundle("--after", "1", out=self.file + "2")
        self.apply(file=self.file + "2")
        before = self.lab.files()
        self.assertIn("rollback", self.apply(code=7).stderr)
        self.assertEqual(self.lab.files(), before)

    def test_another_datasets_bundle_is_refused(self):
        run = self.lab.run("pull", "demo-kitting", self.lab.mirror, "--bundle",
                           self.file, "--json", code=11)
        self.assertIn("bundle_of_other_dataset", run.stderr)

    def test_a_bundle_for_another_licence_is_refused(self):
        self.apply()
        theirs = box.grant("rival", self.name)
        self.bundle(licence=theirs, out=self.file + "2")
        run = self.apply(code=11, file=self.file + "2")
        self.assertIn("bundle_for_other_licence", run.stderr)
        other = Customer(box)
        self.addCleanup(other.remove)
        run = other.run("pull", self.name, other.mirror, "--bundle",
                        self.file + "2", "--licence", self.licence, "--json",
                        code=11)
        self.assertIn("bundle_for_other_licence", run.stderr)

    def test_a_bundle_cut_off_anywhere_is_refused(self):
        data = read(self.file)
        cuts = [0, 1, 3, 4, 100, len(data) // 3, len(data) // 2,
                len(data) - 2000, len(data) - 24, len(data) - 1]
        for cut in cuts:
            self.assertIn(self.refused(data[:cut]),
                          ("bundle_truncated", "bundle_damaged"), cut)
        self.assertEqual(self.refused(data[:-1]), "bundle_truncated")

    def test_a_flipped_byte_anywhere_is_refused(self):
        data = read(self.file)
        step = max(1, len(data) // 60)
        places = list(range(0, len(data), step)) + [len(data) - 5]
        for place in places:
            wrong = bytearray(data)
            wrong[place] ^= 0x20
            # Bytes of a chunk are found wrong when it is asked for.
            self.assertIn(self.refused(bytes(wrong)),
                          ("bundle_damaged", "bundle_truncated"), place)

    def test_more_behind_the_end_is_refused(self):
        data = read(self.file)
        self.assertEqual(self.refused(data + b"x"), "bundle_damaged")
        self.assertEqual(self.refused(data + data), "bundle_damaged")

    def test_what_is_no_bundle_is_refused(self):
        self.assertEqual(self.refused(b"PK\x03\x04" + bytes(5000)),
                         "bundle_damaged")


class Receipts(Gap):
    def test_a_receipt_goes_back_as_a_file(self):
        self.bundle()
        self.apply()
        file = os.path.join(self.lab.dir, "receipt.json")
        run = self.lab.run("receipt", "send", self.lab.mirror, "--out", file,
                           "--json", code=9)
        self.assertIn("customer_unknown", run.stderr)
        self.lab.run("receipt", "send", self.lab.mirror, "--out", file,
                     "--customer", "lab")
        box.ctl("receipt", "add", file, "--reason", "by courier")
        listed = json.loads(box.ctl("usage", "receipts", "--licence",
                                    self.licence, "--json"))
        self.assertEqual([(row["seq"], row["on_chain"]) for row in listed],
                         [(1, True)])
        box.ctl("receipt", "add", file, "--reason", "again")
        data = read(file)
        write(file, data.replace(b'"seq":1', b'"seq":2'))
        box.ctl("receipt", "add", file, "--reason", "forged", code=7)
        write(file, data)
        os.remove(file + ".pub")
        box.ctl("receipt", "add", file, "--reason", "no key", code=9)


class Killed(Gap):
    payload = "4000000"

    def test_a_killed_pull_goes_on_where_it_was(self):
        self.bundle()
        puller = self.lab.start("pull", self.name, self.lab.mirror,
                                "--bundle", self.file, "-q")
        journal = self.lab.path(".sluice/staging/journal")
        until(lambda: (os.path.exists(journal) and
                       os.path.getsize(journal) > 100) or
              puller.poll() is not None)
        kill(puller)
        result = self.apply()
        self.assertTrue(result["complete"])
        self.same_as_pulled()


if __name__ == "__main__":
    unittest.main()
