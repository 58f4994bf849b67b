#!/usr/bin/env python3
"""Programs that nobody here wrote accept what is published, and refuse it with
any byte changed: the frozen files of tests/golden/v1, and a real instance."""

import os
import shutil
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "../malicious"))
from key import Key  # noqa: E402
from tools import (SIGNERS, GoNote, Signed, has_go,  # noqa: E402
                   missing, sums_are_good)

GOLDEN = os.path.join(HERE, "../../golden/v1")


def setUpModule():
    if missing():
        raise unittest.SkipTest(f"not installed: {' '.join(missing())}")


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


if __name__ == "__main__":
    unittest.main(verbosity=2)
