"""A customer who has pulled batches 1 and 2 of two datasets from an honest
provider, whose server then answers as each test wants."""

import shutil
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
from play import DATASET, OTHER, evil  # noqa: E402
from provider import Provider  # noqa: E402
from server import Server  # noqa: E402
from victim import Victim  # noqa: E402


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="sluice-malicious-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.server = Server(cls.folder)
        cls.addClassCleanup(cls.server.close)
        cls.base = Provider(DATASET, OTHER)
        for dataset in (DATASET, OTHER):
            for _ in range(2):
                cls.base.publish(dataset)
        cls.server.provider = cls.base
        cls.customer = Victim(cls.server, cls.base.pin())
        cls.addClassCleanup(cls.customer.remove)
        run = cls.customer.pull(DATASET)
        if run.returncode != 0:
            raise AssertionError(f"the honest one is refused: {run.stderr}")

    def provider(self):
        """The honest one, with one batch more than the customer has."""
        provider = evil(self.base)
        for dataset in (DATASET, OTHER):
            provider.publish(dataset)
        return provider

    def victim(self):
        victim = self.customer.twin()
        self.addCleanup(victim.remove)
        return victim

    def assert_pulls(self, victim, good):
        """The honest provider again."""
        self.server.provider = good
        run = victim.pull(DATASET)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        wanted = {path for batch in good.batches[DATASET]
                  for path in batch.paths()}
        self.assertEqual(set(victim.tree()), wanted)
        run = victim.run("verify", victim.mirror)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
