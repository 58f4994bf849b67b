#!/usr/bin/env python3
"""Which data a training run was given, and what became of them."""

import base64
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../pull"))
import merkle  # noqa: E402
from customer import Customer, Instance  # noqa: E402


def setUpModule():
    global box
    box = Instance("EPISODES=4")


def tearDownModule():
    box.remove()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def append(path, text="x"):
    with open(path, "a") as file:
        file.write(text)


def manifests(lab):
    return [read(name) for name in
            sorted(glob.glob(lab.path(".sluice/batches/*/manifest")))]


class Bill(unittest.TestCase):
    """A dataset of its own with five episodes, and a mirror of it."""

    serial = 0

    def setUp(self):
        self.lab = Customer(box)
        self.addCleanup(self.lab.remove)
        Bill.serial += 1
        self.name = f"bill-{Bill.serial}"
        self.source = os.path.join(self.lab.dir, "source")
        box.pub("dataset", "create", self.name, "--kind", "subscription",
                "--visibility", "private", "--title", self.name, "--licence",
                "R", "--description", "d")
        box.pub("simulate", "--out", self.source, "--episodes", "5")
        self.publish()
        box.grant("lab", self.name)
        self.pull()

    def publish(self):
        box.pub("ingest", self.name, self.source, "--format", "files")
        box.pub("publish", self.name)

    def pull(self):
        return self.lab.pull(dataset=self.name)

    def retract(self, number):
        box.pub("retract", self.name, str(number), "--reason",
                "consent_withdrawn")

    def correct(self):
        """The source's first episode has another annotation."""
        name = sorted(glob.glob(
            os.path.join(self.source, "episodes/*/annotation.jsonl")))[0]
        append(name, '{"t": 1, "note": "second look"}\n')
        self.publish()

    def json(self, *words, code=0):
        return json.loads(self.lab.run(*words, "--json", code=code).stdout)

    def pin(self, name="run-1", *words, code=0):
        return self.lab.run("pin", self.lab.mirror, name, *words, code=code)

    def tree(self, name="tree"):
        return os.path.join(self.lab.dir, name)


class Pins(Bill):
    def test_a_pin_names_what_is_held_and_the_log(self):
        self.pin()
        pin = self.json("pin", "show", self.lab.mirror, "run-1")
        self.assertEqual(pin["dataset"], self.name)
        self.assertEqual([e["number"] for e in pin["episodes"]],
                         [1, 2, 3, 4, 5])
        leaves = [merkle.leaf(text) for text in manifests(self.lab)]
        self.assertEqual(pin["checkpoint"]["size"], len(leaves))
        self.assertEqual(base64.b64decode(pin["checkpoint"]["root"]),
                         merkle.root(leaves))
        verified = self.json("pin", "verify", self.lab.mirror, "run-1")
        self.assertTrue(verified["in_log"])
        listed = self.json("pin", "list", self.lab.mirror)
        self.assertEqual([row["name"] for row in listed], ["run-1"])

    def test_stock_tools_read_a_pin_and_its_signature(self):
        self.pin()
        meta = self.lab.path(".sluice")
        subprocess.run(["sha256sum", "-c", "--strict", "--quiet",
                        "pins/run-1"], cwd=meta, check=True)
        if shutil.which("minisign") is None:
            self.skipTest("minisign is not installed")
        key = self.json("pin", self.lab.mirror, "run-1")["key"]
        subprocess.run(["minisign", "-Vqm", "pins/run-1", "-P", key],
                       cwd=meta, check=True)

    def test_a_pinned_name_is_not_taken_twice(self):
        self.pin()
        self.assertIn("Pinned before", self.pin().stdout)
        self.retract(2)
        self.pull()
        self.assertIn("pin_exists",
                      self.lab.run("pin", self.lab.mirror, "run-1", "--json",
                                   code=None).stderr)

    def test_names_that_would_be_other_files_are_refused(self):
        for name in ("../run", "Run", "run.minisig", "run.checkpoint", "",
                     "a/b"):
            self.pin(name, code=2)
        self.assertFalse(os.path.exists(self.lab.path(".sluice/pins")))

    def test_a_flipped_bit_of_a_pin_is_seen(self):
        self.pin()
        path = self.lab.path(".sluice/pins/run-1")
        text = bytearray(read(path))
        text[len(text) // 2] ^= 1
        with open(path, "wb") as file:
            file.write(text)
        self.lab.run("pin", "verify", self.lab.mirror, "run-1", code=7)
        self.lab.run("affected", self.lab.mirror, code=7)

    def test_a_damaged_or_incomplete_mirror_is_not_pinned(self):
        append(self.lab.path(self.lab.files()[3]))
        self.pin(code=7)
        self.lab.run("repair", self.lab.mirror)
        append(self.lab.path(".sluice/INCOMPLETE"))
        self.pin(code=3)
        self.assertFalse(os.path.exists(self.lab.path(".sluice/pins")))


class Trees(Bill):
    def check(self, tree):
        subprocess.run(["sha256sum", "-c", "--quiet", "--strict",
                        ".sluice/SHA256SUMS"], cwd=tree, check=True)

    def test_a_tree_stays_as_it_was_whatever_is_pulled(self):
        self.pin("run-1", "--tree", self.tree())
        before = self.lab.files()
        self.assertEqual(os.stat(self.lab.path(before[0])).st_nlink, 2)
        self.correct()
        self.retract(5)
        self.pull()
        self.assertNotEqual(self.lab.files(), before)
        self.check(self.tree())
        verified = self.json("pin", "verify", self.lab.mirror, "run-1",
                             "--tree", self.tree())
        self.assertTrue(verified["valid"])
        self.assertFalse(verified["current"])
        self.lab.verify()

    def test_a_tree_that_was_touched_is_told(self):
        self.pin("run-1", "--tree", self.tree(), "--copy")
        files = self.lab.files()
        path = os.path.join(self.tree(), files[0])
        self.assertEqual(os.stat(path).st_nlink, 1)
        with open(path, "r+b") as file:
            file.write(b"\xff")
        os.remove(os.path.join(self.tree(), files[1]))
        open(os.path.join(self.tree(), "mine.txt"), "w").close()
        os.symlink("/etc/passwd", os.path.join(self.tree(), "planted"))
        run = self.lab.run("pin", "verify", self.lab.mirror, "run-1",
                           "--tree", self.tree(), "--json", code=7)
        found = {(row["damage"], row["path"])
                 for row in json.loads(run.stdout)["damage"]}
        self.assertEqual(found, {("changed", files[0]), ("missing", files[1]),
                                 ("extra", "mine.txt"), ("link", "planted")})
        self.lab.verify()

    def test_a_tree_is_not_made_over_files_nor_in_the_mirror(self):
        os.mkdir(self.tree())
        open(os.path.join(self.tree(), "mine.txt"), "w").close()
        run = self.lab.run("pin", self.lab.mirror, "run-1", "--tree",
                           self.tree(), "--json", code=None)
        self.assertIn("tree_exists", run.stderr)
        self.assertEqual(os.listdir(self.tree()), ["mine.txt"])
        run = self.lab.run("pin", self.lab.mirror, "run-1", "--tree",
                           self.lab.path("sub/tree"), "--json", code=None)
        self.assertIn("tree_in_mirror", run.stderr)
        self.lab.verify()
        os.remove(os.path.join(self.tree(), "mine.txt"))
        self.pin("run-1", "--tree", self.tree())
        self.check(self.tree())

    def test_a_mirror_changed_with_size_and_time_kept_gives_no_tree(self):
        path = self.lab.path(self.lab.files()[0])
        info = os.stat(path)
        with open(path, "r+b") as file:
            file.write(b"\xff")
        os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
        self.pin("run-1", "--tree", self.tree(), code=7)
        self.assertFalse(os.path.exists(self.tree()))
        self.assertFalse(os.path.exists(self.tree() + ".sluice-new"))

    def test_what_a_killed_run_left_is_no_hindrance(self):
        left = self.tree() + ".sluice-new"
        os.makedirs(os.path.join(left, "episodes"))
        append(os.path.join(left, "half"))
        self.pin("run-1", "--tree", self.tree())
        self.assertFalse(os.path.exists(left))
        self.check(self.tree())

    @unittest.skipUnless(os.path.isdir("/dev/shm"), "no second file system")
    def test_another_file_system_needs_copy(self):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
            if os.stat(other).st_dev == os.stat(self.lab.mirror).st_dev:
                self.skipTest("it is the same file system")
            tree = os.path.join(other, "tree")
            run = self.lab.run("pin", self.lab.mirror, "run-1", "--tree",
                               tree, "--json", code=10)
            self.assertIn("other_file_system", run.stderr)
            self.assertIn("--copy", run.stderr)
            self.assertEqual(os.listdir(other), [])
            self.pin("run-1", "--tree", tree, "--copy")
            self.check(tree)


class Affected(Bill):
    def test_a_retraction_names_the_runs_that_used_the_episode(self):
        self.pin("first")
        self.retract(2)
        self.pull()
        self.pin("second")
        rows = self.json("affected", self.lab.mirror, code=3)
        self.assertEqual([(row["pin"], row["number"], row["change"],
                           row["reason"]) for row in rows],
                         [("first", 2, "retracted", "consent_withdrawn")])
        self.assertEqual(self.json("affected", self.lab.mirror, "second"), [])
        self.assertEqual(
            self.json("affected", self.lab.mirror, "first", code=3), rows)

    def test_a_revision_is_told_and_can_be_left_out(self):
        self.pin("first")
        self.correct()
        self.pull()
        rows = self.json("affected", self.lab.mirror, code=3)
        self.assertEqual([(row["change"], row["pinned_revision"],
                           row["revision"]) for row in rows],
                         [("revised", 1, 2)])
        self.assertEqual(
            self.json("affected", self.lab.mirror, "--retracted"), [])

    def test_nothing_pinned_is_nothing_affected(self):
        self.assertEqual(self.json("affected", self.lab.mirror), [])
        self.lab.run("affected", self.lab.mirror, "no-such", code=9)
        self.lab.run("affected", self.lab.mirror, "No Such", code=2)
        said = self.lab.run("affected", self.lab.mirror)
        self.assertEqual(said.stdout, "")
        self.assertRegex(said.stderr, r"^0 pins looked at")

    def test_another_key_is_told_from_the_signers(self):
        self.pin("first")
        other = Customer(box)
        self.addCleanup(other.remove)
        shutil.copytree(self.lab.mirror, other.mirror)
        other.run("affected", other.mirror, code=9)


class History(Bill):
    def test_the_log_lists_batches_with_signer_and_place(self):
        self.retract(3)
        self.pull()
        log = self.json("log", self.lab.mirror)
        self.assertEqual([(row["seq"], row["leaf"], row["added"],
                           row["retracted"]) for row in log["batches"]],
                         [(1, 0, 5, 0), (2, 1, 0, 1)])
        self.assertEqual(len({row["key"] for row in log["batches"]}), 1)
        self.assertEqual(len(log["batches"][0]["key"]), 16)
        self.assertEqual(log["checkpoint"]["size"], 2)

    def test_a_diff_tells_what_was_added_revised_and_retracted(self):
        self.correct()
        self.retract(4)
        self.pull()
        diff = self.json("diff", self.lab.mirror, "1", "3")
        rows = {row["number"]: row for row in diff["episodes"]
                if row["number"] > 0}
        self.assertEqual(set(rows), {1, 4})
        self.assertEqual(rows[1]["change"], "revised")
        self.assertIn("annotation", rows[1]["layers"])
        self.assertNotIn("state", rows[1]["layers"])
        self.assertEqual((rows[4]["change"], rows[4]["reason"], rows[4]["seq"]),
                         ("retracted", "consent_withdrawn", 3))
        said = self.lab.run("diff", self.lab.mirror, "0").stdout
        self.assertNotRegex(said, r"(?m)^\S+ +0 ")
        whole = self.json("diff", self.lab.mirror, "0")
        self.assertEqual((whole["added"], whole["retracted"]), (4, 0))
        self.assertEqual(self.json("diff", self.lab.mirror, "3", "3")["added"],
                         0)
        self.lab.run("diff", self.lab.mirror, "1", "9", code=9)
        self.lab.run("diff", self.lab.mirror, "3", "1", code=9)
        self.lab.run("diff", self.lab.mirror, "x", code=2)

    def test_provenance_tells_the_history_and_every_file(self):
        self.correct()
        self.pull()
        told = self.json("provenance", self.lab.mirror, "1")
        self.assertEqual([event["op"] for event in told["history"]],
                         ["add", "revise"])
        self.assertEqual(told["robot"], "ur5e")
        self.assertTrue(all(row["held"] for row in told["files"]))
        same = self.json("provenance", self.lab.mirror, told["id"])
        self.assertEqual(told, same)
        self.lab.run("provenance", self.lab.mirror, "99", code=9)

    def test_provenance_reads_collector_and_consent_from_the_metadata(self):
        name = sorted(glob.glob(
            os.path.join(self.source, "episodes/*/metadata.json")))[1]
        with open(name) as file:
            metadata = json.load(file)
        metadata["provenance"] = {"publisher": "acme",
                                  "collector": "acme-lyon"}
        metadata["operator"] = {"operator_id": "op-17"}
        metadata["consent"] = {"class": "research"}
        with open(name, "w") as file:
            json.dump(metadata, file)
        self.publish()
        self.pull()
        told = self.json("provenance", self.lab.mirror, "2")
        self.assertEqual((told["collector"], told["operator"],
                          told["consent"]),
                         ("acme-lyon", "op-17", "research"))

    def test_a_proof_leads_to_the_checkpoint(self):
        self.retract(1)
        self.correct()
        self.pull()
        proof = os.path.join(self.lab.dir, "proof")
        self.lab.run("provenance", self.lab.mirror, "2", "--proof", proof)
        with open(proof) as file:
            index, hashes, (name, size, top) = merkle.read_proof(file.read())
        leaves = [merkle.leaf(text) for text in manifests(self.lab)]
        self.assertEqual((index, size), (0, len(leaves)))
        self.assertTrue(name.split("/")[-2] == self.name)
        self.assertEqual(
            merkle.climb(index, size, leaves[index], hashes), top)


if __name__ == "__main__":
    unittest.main()
