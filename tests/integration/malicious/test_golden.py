#!/usr/bin/env python3
"""Format version 1 is frozen: tests/golden/v1 is what a second program makes
of fixed keys, byte for byte, and what the client accepts for ever.

With SL_GOLDEN_NEW set, files that are missing are written."""

import os
import shutil
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from golden import Golden  # noqa: E402
from play import DATASET  # noqa: E402
from server import Server  # noqa: E402
from victim import Victim  # noqa: E402

FOLDER = os.path.join(HERE, "../../golden/v1")
# The witnesses' statement is of 2026.
ANY_AGE = ("--max-age", "36500d")


def read(name):
    with open(os.path.join(FOLDER, name), "rb") as file:
        return file.read()


def present():
    found = set()
    for folder, _, names in os.walk(FOLDER):
        found |= {os.path.relpath(os.path.join(folder, name), FOLDER)
                  for name in names}
    return found - {"README.md"}


class Frozen(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.golden = Golden()
        if "SL_GOLDEN_NEW" not in os.environ:
            return
        for name in set(cls.golden.files) - present():
            path = os.path.join(FOLDER, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(cls.golden.files[name])

    def test_a_second_program_makes_the_same_bytes(self):
        self.assertEqual(present(), set(self.golden.files))
        for name, content in self.golden.files.items():
            with self.subTest(name=name):
                self.assertEqual(read(name), content)

    def answer(self, provider, name):
        """The provider's head is the file."""
        provider.head = lambda ask: (200, "application/zstd", [read(name)])
        self.server.provider = provider

    def test_the_client_accepts_the_frozen_heads(self):
        folder = tempfile.mkdtemp(prefix="sluice-golden-")
        self.addCleanup(shutil.rmtree, folder)
        self.server = Server(folder)
        self.addCleanup(self.server.close)
        early, late = self.golden.early, self.golden.late
        victim = Victim(self.server, early.pin())
        self.addCleanup(victim.remove)
        for provider, name in ((early, "head-from-1.tar.zst"),
                               (late, "head-from-3.tar.zst")):
            self.answer(provider, name)
            run = victim.pull(DATASET, *ANY_AGE)
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        tree = {path for batch in late.batches[DATASET]
                for path in batch.paths()}
        self.assertEqual(set(victim.tree()), tree)
        run = victim.run("verify", victim.mirror)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        kept = victim.snapshot()
        for name in ("checkpoint", "trust/000002/trust"):
            path = name if "/" in name else f"log/{name}"
            self.assertEqual(kept[f".sluice/{path}"], read(path))


if __name__ == "__main__":
    unittest.main(verbosity=2)
