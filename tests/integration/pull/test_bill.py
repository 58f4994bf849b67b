#!/usr/bin/env python3
"""Does a customer notice what is wrong with a statement?"""

import json
import os
import shutil
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import biller  # noqa: E402
from customer import KITTING, Customer, Instance  # noqa: E402


def setUpModule():
    global box, lab, good
    box = Instance("EPISODES=6", "payload=20000")
    token, _ = box.customer("payer")
    biller.agreement(box, "payer", "frame")
    licence = biller.grant(box, "payer", KITTING, "frame", price=biller.PRICE)
    lab = Customer(box)
    lab.edit_profile(token=token)
    with open(os.path.join(box.env["SLUICE_PUBLISH_HOME"],
                           "keys/default.pub")) as file:
        lab.edit_profile(billing=file.read().splitlines()[1:])
    lab.pull("--jobs", "1", "--episodes", "1-2")
    lab.pull("--episodes", "1-100")
    good = biller.Statement(box, licence, lab.dir)


def tearDownModule():
    lab.remove()
    box.remove()


class Bill(unittest.TestCase):
    def verify(self, statement, *words, code=0, mirror=True):
        path = statement if isinstance(statement, str) else statement.write()
        words = (["--mirror", lab.mirror] if mirror else []) + list(words)
        run = lab.run("usage", "verify", path, "--json", *words, code=code)
        self.text = run.stderr
        return json.loads(run.stdout) if run.stdout else None

    def forget(self):
        """No head was ever kept: what then remains is found by itself."""
        kept = [lab.path(".sluice/ledger"),
                os.path.join(lab.dir, "state/sluice/ledger")]
        for folder in kept:
            if os.path.isdir(folder):
                os.rename(folder, folder + ".away")

        def back():
            for folder in kept:
                shutil.rmtree(folder, ignore_errors=True)
                if os.path.isdir(folder + ".away"):
                    os.rename(folder + ".away", folder)
        self.addCleanup(back)

    def charge(self, statement):
        """The last row, a charge of new episodes."""
        row = statement.rows[-1]
        self.assertEqual(row["kind"], "charge")
        self.assertGreater(row["episodes"], 0)
        return row

    def expect(self, statement, code, field, mirror=True):
        found = self.verify(statement, code=7, mirror=mirror)
        self.assertFalse(found["verified"])
        self.assertEqual(found["difference"]["code"], code)
        self.assertEqual(found["difference"]["field"], field)
        self.assertIn(f'"{code}"', self.text)
        return found["difference"]


class Right(Bill):
    def test_a_right_statement_is_recomputed_whole(self):
        found = self.verify(good)
        self.assertTrue(found["verified"])
        self.assertEqual(found["recomputed"], found["charges"])
        self.assertGreater(found["charges"], 1)
        self.assertGreater(found["heads"], 1)
        self.assertEqual(found["not_held"]["segments"], 0)
        self.assertEqual(found["total"]["currency"], "EUR")
        self.assertNotEqual(found["total"]["amount"], "0.00")

    def test_people_see_the_sums(self):
        run = lab.run("usage", "verify", good.write(), "--mirror", lab.mirror)
        self.assertIn("Total", run.stdout)
        self.assertIn("Right", run.stdout)
        text = lab.run("usage").stdout
        self.assertIn("EUR", text)
        self.assertIn("head", text)

    def test_what_is_charged_and_not_held_is_told(self):
        other = Customer(box)
        self.addCleanup(other.remove)
        shutil.copy(lab.profile, other.profile)
        other.pull("--episodes", "1")
        run = other.run("usage", "verify", good.write(), "--json", "--mirror",
                        other.mirror)
        found = json.loads(run.stdout)
        self.assertTrue(found["verified"])
        self.assertGreater(found["not_held"]["segments"], 0)
        self.assertIn("2", found["not_held"]["episodes"])

    def test_without_a_mirror_amounts_and_chain_are_still_checked(self):
        found = self.verify(good, mirror=False)
        self.assertTrue(found["verified"])
        self.assertEqual(found["recomputed"], 0)


class Forged(Bill):
    def test_another_key_or_text_is_7(self):
        path = good.write()
        with open(path, "ab") as file:
            file.write(b" ")
        self.verify(path, code=7)
        self.assertIn('"bad_signature"', self.text)
        path = good.write()
        lab.run("usage", "verify", path, "--profile",
                box.env["SLUICE_PROFILE"], code=7)
        os.unlink(path + ".minisig")
        self.verify(path, code=9)

    def test_a_row_changed_in_place_is_named_with_both_hashes(self):
        for field, value in (("bytes", 1), ("duration_ms", 7), ("purpose", "research"),
                             ("reason", "x"), ("at", None)):
            bad = good.copy()
            row = bad.rows[0]
            row[field] = value if value is not None else (
                row["at"][:-2] + ("1Z" if row["at"][-2] != "1" else "2Z"))
            bad.sum()
            found = self.verify(bad, code=7)["difference"]
            self.assertEqual(found["row"], 1, field)
            self.assertEqual(found["code"], "row_altered", field)
            self.assertEqual(found["said"], row["hash"])
            self.assertEqual(found["ours"], biller.row_hash(row))

    def test_a_chain_hashed_anew_does_not_fit_the_heads(self):
        bad = good.copy()
        bad.rows[-1]["reason"] = "because"
        bad.chain()
        found = self.expect(bad, "head_differs", "hash")
        self.assertEqual(found["row"], len(bad.rows))
        self.assertEqual(found["ours"], good.rows[-1]["hash"])

    def test_a_row_left_out_is_noticed(self):
        bad = good.copy()
        del bad.rows[0]
        found = self.verify(bad, code=7)["difference"]
        self.assertEqual((found["code"], found["field"], found["ours"]),
                         ("row_missing", "number", "1"))
        bad.chain()
        found = self.verify(bad, code=7)["difference"]
        self.assertIn(found["code"], ("head_differs", "amount_differs"))

    def test_the_last_rows_left_out_are_noticed(self):
        bad = good.copy()
        del bad.rows[-1]
        bad.chain()
        bad.body["issued"] = bad.body["period"]["until"]
        found = self.expect(bad, "rows_missing", "closing")
        self.assertEqual(found["ours"], str(len(good.rows)))


class Wrong(Bill):
    """What the heads do not tell, because none was kept."""

    def setUp(self):
        self.forget()
        self.bad = good.copy()

    def test_counts_that_the_index_does_not_give(self):
        for field in ("bytes", "duration_ms"):
            bad = good.copy()
            row = self.charge(bad)
            row[field] += 1
            if field == "duration_ms":
                row["price"] = "-"
                row["currency"] = "-"
                row["amount_micro"] = 0
            bad.chain()
            found = self.expect(bad, "charge_differs", field)
            self.assertEqual(int(found["said"]), int(found["ours"]) + 1)

    def test_episodes_that_are_not_named(self):
        row = self.charge(self.bad)
        row["numbers"] = "{[%d,%d)}" % (900, 900 + row["episodes"])
        self.bad.chain()
        self.expect(self.bad, "charge_differs", "numbers")

    def test_rows_that_contradict_themselves(self):
        for field, value in (("numbers", "{[3,1000)}"), ("episodes", 77),
                             ("seq", 0), ("kind", "credit")):
            bad = good.copy()
            self.charge(bad)[field] = value
            bad.chain()
            self.verify(bad, code=7)
            self.assertIn('"statement_invalid"', self.text)

    def test_a_segment_that_is_not(self):
        self.charge(self.bad)["ordinals"] = "{[0,60000)}"
        self.bad.chain()
        self.assertIn(self.verify(self.bad, code=7)["difference"]["code"],
                      ("charge_differs", "charged_twice"))

    def test_the_same_charge_twice(self):
        again = dict(self.charge(self.bad))
        again["price"] = again["currency"] = "-"
        again["amount_micro"] = 0
        self.bad.rows.append(again)
        self.bad.chain()
        found = self.expect(self.bad, "charged_twice", "ordinals")
        self.assertEqual(found["row"], len(good.rows) + 1)

    def test_an_amount_that_the_price_does_not_give(self):
        row = self.charge(self.bad)
        row["amount_micro"] += 1
        self.bad.chain()
        found = self.expect(self.bad, "amount_differs", "amount_micro")
        self.assertEqual(int(found["said"]), int(found["ours"]) + 1)

    def test_lines_and_total_that_are_not_the_sums(self):
        self.bad.body["lines"][0]["amount"] = "1000.00"
        found = self.verify(self.bad, code=7)["difference"]
        self.assertEqual((found["row"], found["code"]), (0, "line_differs"))
        self.bad.sum()
        self.bad.body["total"]["amount"] = "0.01"
        self.verify(self.bad, code=7)
        self.assertIn("0.01", self.text)
        self.assertIn('"total_differs"', self.text)

    def test_another_closing(self):
        self.bad.body["closing"]["head"] = "00" * 32
        found = self.verify(self.bad, code=7)["difference"]
        self.assertEqual(found["code"], "closing_differs")

    def test_what_is_no_statement(self):
        self.bad.body["surprise"] = 1
        self.verify(self.bad, code=7)
        run = lab.run("usage", "verify", good.write(), "--mirror", lab.dir,
                      code=9)
        self.assertIn("not a mirror", run.stderr)
        run = lab.run("verify", good.write(), code=9)
        self.assertIn("not a folder, so not a mirror", run.stderr)

    def test_no_billing_key_is_known(self):
        run = lab.run("usage", "verify", good.write(), "--profile",
                      box.env["SLUICE_PROFILE"], code=7)
        self.assertIn("--billing-key", run.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
