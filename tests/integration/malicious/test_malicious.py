#!/usr/bin/env python3
"""A provider that lies, over real TLS, and the real client.

Every play (log_plays, trust_plays, batch_plays) meets a customer who has
pulled from the honest provider before.  The client must end with exit 7 and
the code of that attack, say why, leave the tree as it was, keep nothing that
harms, and go on with the honest provider afterwards.  The table at the end
counts them."""

import os
import re
import shutil
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import batch_plays  # noqa: E402,F401
import log_plays  # noqa: E402,F401
import trust_plays  # noqa: E402,F401
from case import Case  # noqa: E402
from play import DATASET, PLAYS  # noqa: E402
from victim import Refusal  # noqa: E402

CHECKPOINT = ".sluice/log/checkpoint"
# After these no new checkpoint may be kept.
ABOUT_CHECKPOINTS = {
    "rollback", "fork", "freeze", "future", "unwitnessed", "wrong_log",
    "checkpoint_unsigned", "epoch_unproven", "bad_checkpoint"}
# No lie makes the client take more than this.
RECEIVED_MAX = 64 << 20


def has_contradiction(path):
    """Are there two roots for one size?  A proof that does not hold says
    nothing of the log: anybody could have written it."""
    with open(path, encoding="utf-8") as file:
        parts = file.read().split("--\n")
    sizes = [part.split("\n\n")[0].splitlines()[-2] for part in parts[:2]]
    return sizes[0] == sizes[1]


class Attacks(Case):
    def prepare(self, play):
        """The customer before the attack."""
        victim = self.victim()
        if play.is_first or play.is_second_mirror:
            shutil.rmtree(victim.mirror)
        if play.is_first:
            victim.forget_machine()
        return victim

    def assert_unharmed(self, victim, before, good, code):
        after = victim.snapshot()
        self.assertEqual(victim.tree(), {
            path: data for path, data in before.items()
            if not path.startswith(".sluice/")}, "the tree changed")
        self.assertEqual(after.get(".sluice/state.json"),
                         before.get(".sluice/state.json"))
        if code in ABOUT_CHECKPOINTS:
            self.assertEqual(after.get(CHECKPOINT), before.get(CHECKPOINT))
        elif CHECKPOINT in after:
            body = after[CHECKPOINT].split(b"\n\n")[0].split(b"\n")
            name, size = body[0].decode(), int(body[1])
            self.assertEqual(
                after[CHECKPOINT].split(b"\n\n")[0] + b"\n",
                good.logs[DATASET].body(size, name=name))

    def assert_evidence(self, victim, play, end):
        self.assertTrue(end.said.strip(), "nothing was said")
        if play.evidence is not None:
            self.assertRegex(end.said, re.compile(play.evidence, re.I))
        for path in set(re.findall(r"\.sluice/log/fork-\d+", end.said)):
            path = os.path.join(victim.mirror, path)
            run = victim.run("compare", path)
            self.assertEqual(run.returncode, 7 if has_contradiction(path)
                             else 3, run.stdout + run.stderr)

    def meet(self, play):
        """Run one play; its code if it was detected as it should be."""
        victim = self.prepare(play)
        good = self.provider()
        bad = play.function(good)
        if play.is_second_mirror:
            self.server.provider = good
            run = victim.pull(DATASET,
                              mirror=os.path.join(victim.dir, "first"))
            self.assertEqual(run.returncode, 0, run.stderr)
        before = victim.snapshot()
        self.server.provider = bad
        self.server.sent_bytes = 0
        self.server.calls.clear()
        end = Refusal(victim.pull(DATASET, *play.words))
        self.assertEqual(end.exit, 7, f"exit {end.exit}: {end.said}")
        self.assertEqual(end.code, play.code, end.said)
        if end.code in ABOUT_CHECKPOINTS - {"unwitnessed"}:
            # Asking again would hear the same; a witness may be on its way.
            self.assertEqual(len(self.server.calls), 1, self.server.calls)
        self.assertLess(self.server.sent_bytes, RECEIVED_MAX)
        self.assert_unharmed(victim, before, good, end.code)
        self.assert_evidence(victim, play, end)
        self.assert_pulls(victim, good)
        return end.code

    def test_every_play_is_detected_with_its_code(self):
        rows = {}
        for play in PLAYS:
            row = rows.setdefault(play.attack, [set(), 0, 0])
            row[2] += 1
            with self.subTest(attack=play.attack, play=play.name):
                row[0].add(self.meet(play))
                row[1] += 1
        self.show(rows)

    @staticmethod
    def show(rows):
        print(f"\n{'attack':<46} {'code':<34} detected")
        for attack, (codes, found, count) in sorted(rows.items()):
            print(f"{attack:<46} {' '.join(sorted(codes)):<34} "
                  f"{found:>3} of {count:>3}")
        print(f"{'all':<81} {sum(row[1] for row in rows.values()):>3} of "
              f"{sum(row[2] for row in rows.values()):>3}", flush=True)


if __name__ == "__main__":
    if os.environ.get("PLAY"):
        PLAYS[:] = [play for play in PLAYS
                    if re.search(os.environ["PLAY"], play.name)]
    unittest.main(verbosity=2)
