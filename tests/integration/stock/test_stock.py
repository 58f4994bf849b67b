#!/usr/bin/env python3
"""Programs that nobody here wrote accept what is published, and refuse it with
any byte changed: the frozen files of tests/golden/v1, and a real instance."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "../malicious"))
sys.path.insert(0, os.path.join(HERE, "../serve"))
from instance import Instance  # noqa: E402
from key import Key  # noqa: E402
from tools import (SIGNERS, GoNote, Signed, has_go,  # noqa: E402
                   missing, sums_are_good)

DATASET = "demo-kitting"
GOLDEN = os.path.join(HERE, "../../golden/v1")


def setUpModule():
    if missing():
        raise unittest.SkipTest(f"not installed: {' '.join(missing())}")


def key_name(text):
    """The id of RW… as it stands in the names of signatures."""
    return base64.b64decode(text)[2:10][::-1].hex().upper()


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Stock(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sluice-stock-")
        self.addCleanup(shutil.rmtree, self.folder)

    def golden(self, message, key, signature=None):
        """A signed file of the golden folder."""
        return Signed(
            os.path.join(self.folder, message.replace("/", "-")),
            read(os.path.join(GOLDEN, message)),
            read(os.path.join(GOLDEN, signature or message + ".minisig")),
            read(os.path.join(GOLDEN, "keys", key + ".pub")))

    def go(self):
        if not has_go():
            self.skipTest("Go's golang.org/x/mod is not installed")
        return GoNote(self.folder)


class Frozen(Stock):
    def checkpoint(self):
        return self.golden("log/checkpoint.txt", "log",
                           "log/checkpoint.minisig")

    def manifest(self):
        return self.golden("batches/000003/manifest", "publisher-2")

    def test_each_signature_is_accepted_by_each_tool(self):
        signed = [self.checkpoint(), self.manifest(),
                  self.golden("batches/000001/manifest", "publisher"),
                  self.golden("batches/000002/manifest", "publisher")]
        for version, names in ((1, ("root-0", "root-1")),
                               (2, ("root-0", "root-2"))):
            trust = f"trust/{version:06}/trust"
            for name in names:
                key = Key(name.replace("-", " "))
                signed.append(Signed(
                    os.path.join(self.folder, f"{version}-{name}"),
                    read(os.path.join(GOLDEN, trust)),
                    read(os.path.join(
                        GOLDEN, os.path.dirname(trust),
                        f"{key.name}.minisig")), key.public_file()))
        for each in signed:
            for tool in SIGNERS:
                with self.subTest(file=each.folder, tool=tool):
                    self.assertTrue(each.is_accepted_by(tool))

    def test_every_changed_byte_is_refused_by_each_tool(self):
        for each in (self.checkpoint(), self.manifest()):
            for tool in SIGNERS:
                with self.subTest(file=each.folder, tool=tool):
                    self.assertEqual(each.accepted_flips(tool), [])

    def test_sha256sum_takes_a_manifest_as_it_is_and_no_other(self):
        folder = os.path.join(self.folder, "batch")
        shutil.copytree(os.path.join(GOLDEN, "batches/000003"), folder)
        self.assertTrue(sums_are_good(folder))
        path = os.path.join(folder, "manifest")
        text = read(path)
        # The lines before are comments to it.
        for at in range(text.index(b"\nSHA256") + 1, len(text)):
            with open(path, "wb") as file:
                file.write(text[:at] + bytes([text[at] ^ 1]) + text[at + 1:])
            self.assertFalse(sums_are_good(folder), f"byte {at}")

    def test_go_reads_the_checkpoint_and_no_other(self):
        go = self.go()
        body = read(os.path.join(GOLDEN, "log/checkpoint.txt"))
        note = os.path.join(GOLDEN, "log/checkpoint")
        vkey = Key("log").vkey(body.split(b"\n")[0].decode())
        self.assertEqual(go.run(vkey, note), body)
        tried = 255 * len(read(note))
        self.assertEqual(go.run("--flips", vkey, note), b"%d 0\n" % tried)

    def test_go_follows_the_proof_of_each_batch(self):
        go = self.go()
        for index in range(3):
            leaf = read(os.path.join(
                GOLDEN, f"batches/{index + 1:06}/manifest"))
            proof = os.path.join(GOLDEN, f"log/tlog-proof-{index}")
            words = ("--proof", "3", proof, str(index))
            self.assertIsNotNone(go.run(*words, leaf=leaf))
            self.assertIsNone(go.run(*words, leaf=leaf + b"\n"))


class Published(Stock):
    """What a running service hands out."""

    @classmethod
    def setUpClass(cls):
        cls.box = Instance("EPISODES=3")
        cls.addClassCleanup(cls.box.remove)
        cls.trust = cls.get("/v1/trust/1").decode().splitlines()

    @classmethod
    def get(cls, path):
        answer = cls.box.request("GET", path)
        if answer.status != 200:
            raise AssertionError(f"{path}: {answer.status} {answer.body}")
        return answer.body

    @staticmethod
    def of(path):
        return f"/v1/datasets/{DATASET}/{path}"

    def key(self, role):
        """The text of the trust file's first key of that role."""
        return next(line.split(" ")[1] for line in self.trust
                    if line.startswith(role + " "))

    def assert_accepted(self, message, signature, public):
        folder = tempfile.mkdtemp(dir=self.folder)
        signed = Signed(os.path.join(folder, "s"), message, signature,
                        public.encode())
        for tool in SIGNERS:
            self.assertTrue(signed.is_accepted_by(tool), tool)

    def test_manifests(self):
        for seq in (1, 2, 3):
            batch = self.of(f"batches/{seq}/")
            manifest = self.get(batch + "manifest")
            self.assert_accepted(manifest, self.get(
                batch + "manifest.minisig"), self.key("publisher"))
            folder = os.path.join(self.folder, str(seq))
            os.mkdir(folder)
            for name in ("manifest", "index.json", "files.sha256",
                         "quality.json"):
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(self.get(batch + name))
            self.assertTrue(sums_are_good(folder))

    def test_the_checkpoint(self):
        self.assert_accepted(self.get(self.of("checkpoint.txt")),
                             self.get(self.of("checkpoint.minisig")),
                             self.key("log"))

    def test_the_trust_file(self):
        latest = json.loads(self.get("/v1/trust/latest"))
        text = self.get(f"/v1/trust/{latest['version']}")
        self.assertEqual(hashlib.sha256(text).hexdigest(), latest["sha256"])
        self.assertTrue(latest["signatures"])
        for name in latest["signatures"]:
            root = next(line.split(" ")[1] for line in self.trust
                        if line.startswith("root ")
                        and key_name(line.split(" ")[1]) == name)
            self.assert_accepted(text, self.get(
                f"/v1/trust/{latest['version']}/{name}.minisig"), root)

    def head(self, query):
        """Names of a head's members, without .sluice/."""
        head = self.get(self.of(f"head?{query}"))
        names = subprocess.run(["tar", "t", "--zstd"], input=head,
                               capture_output=True, check=True).stdout
        return [name.removeprefix(".sluice/")
                for name in names.decode().splitlines()]

    def assert_head(self, query, versions, proofs, seqs):
        expected = ["grant.json"]
        for version in versions:
            latest = json.loads(self.get("/v1/trust/latest"))
            expected += [f"trust/{version:06}/{name}" for name in (
                "trust", *(f"{key}.minisig" for key in latest["signatures"]))]
        expected += ["checkpoint", *proofs]
        for seq in seqs:
            expected += [f"batches/{seq:06}/{name}" for name in (
                "manifest", "manifest.minisig", "index.json", "files.sha256",
                "quality.json")]
        self.assertEqual(self.head(query), expected + ["end.json"])

    def test_heads_have_the_frozen_order(self):
        """As tests/golden/v1/head-from-1 and head-from-3."""
        self.assert_head("from=1&known=0&epoch=1&trust=0", [1],
                         ["inclusion"], [1, 2, 3])
        self.assert_head("from=3&known=2&epoch=1&trust=1", [],
                         ["consistency", "inclusion"], [3])
        self.assert_head("from=4&known=3&epoch=1&trust=1", [],
                         ["inclusion"], [])

    def test_a_statement(self):
        box = self.box
        billing = os.path.join(box.dir, "billing")
        box.env["SLUICE_BILLING_KEY"] = billing + ".key"
        box.ctl("key", "generate", "--billing", billing + ".key",
                "--reason", "test")
        licence = box.sql("SELECT min(id::text) FROM sluice.licence")
        month = box.sql("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', "
                        "'YYYY-MM')")
        box.ctl("usage", "statement", licence, "--month", month, "--out",
                self.folder)
        name, = [name for name in os.listdir(self.folder)
                 if name.endswith(".json")]
        path = os.path.join(self.folder, name)
        self.assert_accepted(read(path), read(path + ".minisig"),
                             read(billing + ".pub").decode())

    def test_go_reads_checkpoint_and_proofs(self):
        go = self.go()
        body = self.get(self.of("checkpoint.txt"))
        name, size, _ = body.decode().splitlines()
        path = os.path.join(self.folder, "checkpoint")
        with open(path, "wb") as file:
            file.write(self.get(self.of("checkpoint")))
        log = base64.b64decode(self.key("log"))[10:]
        digest = hashlib.sha256(name.encode() + b"\n\1" + log).digest()
        vkey = f"{name}+{digest[:4].hex()}+" \
            f"{base64.b64encode(bytes([1]) + log).decode()}"
        self.assertEqual(go.run(vkey, path), body)
        for seq in range(1, int(size) + 1):
            batch = self.of(f"batches/{seq}/")
            with open(path, "wb") as file:
                file.write(self.get(batch + "inclusion"))
            self.assertIsNotNone(go.run(
                "--proof", size, path, str(seq - 1),
                leaf=self.get(batch + "manifest")))


if __name__ == "__main__":
    unittest.main(verbosity=2)
