#!/usr/bin/env python3
"""What is no attack is no refusal: rotations, retirements, witnesses, early
access, new epochs; and the way back after a log key was stolen."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tree  # noqa: E402
from batch import zulu  # noqa: E402
from case import Case  # noqa: E402
from key import Key  # noqa: E402
from play import DATASET, DAY, HOUR, edit, evil, now, replace  # noqa: E402
from victim import Refusal  # noqa: E402


class Honest(Case):
    def test_a_batch_more(self):
        self.assert_pulls(self.victim(), self.provider())

    def test_nothing_new(self):
        self.assert_pulls(self.victim(), evil(self.base))

    def test_ten_batches_one_at_a_time(self):
        victim, provider = self.victim(), evil(self.base)
        for _ in range(10):
            provider.publish(DATASET)
            self.assert_pulls(victim, provider)

    def test_a_publisher_is_replaced(self):
        victim, good = self.victim(), self.provider()
        fresh = Key("publisher 2")
        good.trust(issued=now()) \
            .drop(f"publisher {good.publisher.text}") \
            .publisher(good.publisher, until=now() + HOUR).publisher(fresh)
        good.publish(DATASET, key=fresh)
        self.assert_pulls(victim, good)

    def test_a_stolen_publisher_key_is_revoked_and_its_batches_vouched(self):
        victim, good = self.victim(), self.provider()
        fresh = Key("publisher 2")
        good.trust(issued=now()).revoke(good.publisher, now()) \
            .publisher(fresh) \
            .vouch(DATASET, 1, 3, good.logs[DATASET].root())
        good.publish(DATASET, key=fresh)
        self.assert_pulls(victim, good)

    def test_all_roots_are_replaced(self):
        victim, good = self.victim(), self.provider()
        fresh = [Key("root b"), Key("root c")]
        good.trust(issued=now(), roots=fresh,
                   signers=good.roots[1:] + fresh)
        good.trust(issued=now())
        self.assert_pulls(victim, good)

    def test_a_chain_through_an_expired_version(self):
        victim, good = self.victim(), self.provider()
        good.trust(expires=now() - HOUR)
        good.trust(issued=now(), expires=now() + DAY)
        self.assert_pulls(victim, good)

    def test_a_second_witness_is_demanded(self):
        victim, good = self.victim(), self.provider()
        second = Key("witness 2"), "second.example.org"
        good.trust(witnesses=2, issued=now()).witness(*second)
        good.more_witnesses.append(second)
        self.assert_pulls(victim, good)

    def test_lines_of_unknown_witnesses_do_no_harm(self):
        victim, good = self.victim(), self.provider()
        good.more_witnesses.append((Key("who"), "who.example.org"))
        self.assert_pulls(victim, good)

    def test_a_batch_that_is_released_tomorrow(self):
        victim, good = self.victim(), self.provider()
        good.publish(DATASET)
        later = evil(good)
        good.seq[DATASET] = 3
        good.release = {"seq": 4, "at": zulu(now() + DAY)}
        self.server.provider = good
        run = victim.pull(DATASET)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(len(victim.tree()), 6)
        self.assert_pulls(victim, later)

    def test_an_old_statement_passes_with_a_loud_flag_only(self):
        victim, good = self.victim(), self.provider()
        good.stamp = now() - 30 * HOUR
        self.server.provider = good
        end = Refusal(victim.pull(DATASET))
        self.assertEqual((end.exit, end.code), (7, "freeze"))
        run = victim.pull(DATASET, "--max-age", "48h")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("max-age", run.stderr)


class FastForward(Case):
    """Whoever has the keys of log and witness can sign a log of as many leaves
    as he likes that continues the real one: the rest of the tree is made of
    hashes."""

    def steal(self, good, levels):
        """A provider with such a checkpoint, and proofs that hold."""
        size = 1 << levels
        bad = evil(good)
        log = bad.logs[DATASET]
        # The first two leaves are a perfect subtree, and every node to its
        # right is anything.
        proof = [bytes([level]) * 32 for level in range(levels - 1)]
        root = log.root(2)
        for right in proof:
            root = tree.node_hash(root, right)
        body = log.body(size=size, root=root)
        replace(bad, ".sluice/checkpoint", good.note(body))
        edit(bad, ".sluice/consistency",
             lambda _: tree.proof_text(proof))
        leaf = tree.leaf_hash(log.leaves[0])
        edit(bad, ".sluice/inclusion", lambda _: b"1 %d\n" % size
             + tree.proof_text([leaf, *proof]))
        bad.seq[DATASET] = 2
        bad.release = {"seq": 3, "at": zulu(now() + DAY)}
        return bad

    def test_what_a_stolen_log_key_did_is_mended_by_root(self):
        victim, good = self.victim(), self.provider()
        bad = self.steal(good, 30)
        self.server.provider = bad
        before = victim.tree()
        victim.pull(DATASET)  # batch 3 is announced for tomorrow
        self.assertEqual(victim.tree(), before)
        # Without root nothing moves any more: the real log is behind.
        self.server.provider = good
        end = Refusal(victim.pull(DATASET))
        self.assertEqual((end.exit, end.code), (7, "rollback"))
        # Root ends the epoch, and takes the key away.
        log, old = good.logs[DATASET], good.logger
        good.logger = Key("new log")
        good.trust(issued=now()).revoke(old, now()).log(good.logger) \
            .epoch(DATASET, 2, 3, log.root())
        log.epoch = 2
        good.publish(DATASET)
        self.assert_pulls(victim, good)
        # The thief cannot come back.
        self.server.provider = bad
        end = Refusal(victim.pull(DATASET))
        self.assertEqual(end.exit, 7, end.said)
        self.assertIn(end.code, ("revoked_key", "wrong_log",
                                 "checkpoint_unsigned", "rollback"))
        self.assert_pulls(victim, good)

    def test_more_batches_than_a_dataset_can_have_are_refused(self):
        victim, good = self.victim(), self.provider()
        for levels in (31, 60):
            self.server.provider = self.steal(good, levels)
            end = Refusal(victim.pull(DATASET))
            self.assertEqual((end.exit, end.code), (7, "bad_checkpoint"))
        self.assert_pulls(victim, good)

    def test_a_new_epoch_must_keep_what_the_customer_holds(self):
        victim, good = self.victim(), self.provider()
        bad = evil(good)
        del bad.batches[DATASET][1:]
        del bad.logs[DATASET].leaves[1:]
        while len(bad.batches[DATASET]) < 3:
            bad.publish(DATASET, salt="b")
        log = bad.logs[DATASET]
        # Root was made to sign an epoch of another history.
        bad.trust(issued=now()).epoch(DATASET, 2, 3, log.root())
        log.epoch = 2
        self.server.provider = bad
        before = victim.tree()
        end = Refusal(victim.pull(DATASET))
        self.assertEqual(end.exit, 7, end.said)
        self.assertIn(end.code, ("fork", "not_in_log", "epoch_moved"))
        self.assertEqual(victim.tree(), before)


if __name__ == "__main__":
    unittest.main(verbosity=2)
