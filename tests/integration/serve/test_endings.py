#!/usr/bin/env python3
"""Every reason for which a running delivery ends: its coded end record, how soon
it comes, and how little comes before it."""

import json
import os
import sys
import threading
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from instance import Instance, end_record, until  # noqa: E402

STREAM = "/v1/datasets/demo-kitting/stream"
MIB = 1 << 20
# What the sockets of both ends may hold, with the kernel's own share.
SOCKETS = 2 * MIB


def setUpModule():
    global box
    box = Instance("EPISODES=10", "payload=8000000", "workers=2")


def tearDownModule():
    box.remove()


class Reader(threading.Thread):
    """Reads a delivery at an even pace, so that it is under way for seconds; to
    the end of the connection, or else of the body."""

    PACE = 20 * MIB

    def __init__(self, token, to_the_close=False):
        super().__init__(daemon=True)
        self.to_the_close = to_the_close
        self.connection, self.out = box.begin(STREAM, token=token)
        self.out = bytearray(self.out)
        self.ended = None
        self.start()

    def run(self):
        began = time.monotonic()
        try:
            while more := self.connection.recv(65536):
                self.out += more
                if not self.to_the_close and \
                        self.out.endswith(b"\r\n0\r\n\r\n"):
                    break
                ahead = len(self.out) / self.PACE - (time.monotonic() - began)
                if ahead > 0:
                    time.sleep(ahead)
        except OSError:
            pass
        self.ended = time.monotonic()
        self.connection.close()

    def is_under_way(self):
        return len(self.out) > MIB

    def finish(self):
        self.join(30)
        assert not self.is_alive(), "the delivery does not end"
        return end_record(bytes(self.out))


class Endings(unittest.TestCase):
    def setUp(self):
        self.name = "c%d" % time.monotonic_ns()
        self.token, self.licence = box.customer(self.name, "demo-kitting")

    def begin(self):
        reader = Reader(self.token, to_the_close=True)
        until(reader.is_under_way, 20, "the delivery begins")
        return reader

    def check(self, action, status, code, within=1.0):
        """After the action the delivery ends soon, and says why."""
        reader = self.begin()
        action()
        after, read = time.monotonic(), len(reader.out)
        end = reader.finish()
        self.assertIsNotNone(end, bytes(reader.out[-300:]))
        self.assertEqual((end["status"], end["code"]), (status, code))
        self.assertGreater(len(end["text"]), 10)
        self.assertIsNotNone(end["position"])
        self.assertIsNotNone(end["ledger"])
        self.assertLess(reader.ended - after, within)
        if code != "licence_expired":
            self.assertLess(len(reader.out) - read, 4 * MIB + SOCKETS)
        self.assert_charged(end)
        return reader, end

    def assert_charged(self, end):
        """The head in the end record is the ledger's."""
        self.assertEqual(box.sql(
            "SELECT ledger_number || ' ' || encode(ledger_head, 'hex') FROM "
            f"sluice.licence_total WHERE licence = '{self.licence}'"),
            "%d %s" % (end["ledger"]["number"], end["ledger"]["head"]))

    def amend(self, path, value):
        box.sql("SELECT sluice.licence_amend(l.id::text, jsonb_set(v.terms, "
                f"'{path}', '{value}'), NULL, 'test') FROM sluice.licence l "
                "JOIN sluice.licence_version v ON v.licence = l.id AND "
                f"v.version = l.version WHERE l.id = '{self.licence}'")

    def set_status(self, status):
        box.sql(f"SELECT sluice.licence_set_status('{self.licence}', "
                f"'{status}', 'test')")

    def make_agreement(self, **ceiling):
        """The licence is granted anew, under an agreement."""
        ceilings = {"episodes": None, "duration_ms": None, "bytes": None,
                    "money_micro": None}
        ceilings.update(ceiling)
        terms = json.dumps({"from": "2026-01-01T00:00:00Z",
                            "until": "2036-01-01T00:00:00Z",
                            "currency": "EUR", "ceiling": ceilings})
        box.sql(f"SELECT sluice.agreement_add('{self.name}', 'frame', "
                f"'{terms}', 'test')")
        self.set_status("revoked")
        self.licence = box.sql(
            "SELECT sluice.licence_grant(c.name, 'demo-kitting', v.terms, "
            "'frame', 'test') ->> 'id' FROM sluice.licence l JOIN "
            "sluice.customer c ON c.id = l.customer JOIN "
            "sluice.licence_version v ON v.licence = l.id AND v.version = "
            f"l.version WHERE l.id = '{self.licence}'")

    def set_agreement(self, status):
        box.sql(f"SELECT sluice.agreement_set_status('{self.name}', 'frame', "
                f"'{status}', 'test')")

    # ---- the licence ----

    def test_revoked(self):
        self.check(lambda: self.set_status("revoked"), "refused",
                   "licence_revoked")

    def test_suspended(self):
        self.check(lambda: self.set_status("suspended"), "refused",
                   "licence_suspended")

    def test_expired(self):
        ends = box.sql("SELECT to_char((now() + interval '2 s') AT TIME ZONE "
                       "'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
        self.amend("{term,until}", f'"{ends}"')
        # Nobody tells of it: the renewal or the check finds it.
        self.check(lambda: until(lambda: box.sql(
            f"SELECT now() >= '{ends}'::timestamptz") == "t", 5, "the end"),
            "refused", "licence_expired", 2.5)

    def test_the_text_must_be_accepted_now(self):
        name = box.sql("SELECT sluice.terms_text_add('New rules.', 'test') "
                       "->> 'sha256'")
        self.check(lambda: self.amend("{text}", json.dumps(
            {"sha256": name, "acceptance": "required"})),
            "refused", "terms_not_accepted")
        answer = box.request("POST", f"/v1/licences/{self.licence}/accept",
                             {"sha256": name, "name": "Ada"},
                             token=self.token)
        self.assertEqual(answer.status, 200)
        self.assertEqual(Reader(self.token).finish()["status"], "complete")

    def test_the_use_is_not_granted_any_more(self):
        self.amend("{fields}", '{"allow": ["*"], "deny": []}')
        self.check(lambda: self.amend("{fields}",
                                      '{"allow": ["farming"], "deny": []}'),
                   "refused", "field_not_allowed")

    def test_the_network_is_not_allowed_any_more(self):
        self.check(lambda: self.amend("{territory,networks}",
                                      '["10.0.0.0/8"]'),
                   "refused", "territory_not_allowed")

    def test_a_quota_ends_where_it_is_used_up(self):
        self.amend("{quota,episodes}", "3")
        end = Reader(self.token).finish()
        self.assertEqual((end["status"], end["code"]),
                         ("refused", "quota_episodes"))
        self.assertEqual(box.usage(self.licence)[0], 3)
        self.assert_charged(end)

    def test_a_smaller_quota_holds_at_once(self):
        def shrink():
            self.amend("{quota,episodes}", "1")
        reader = self.begin()
        shrink()
        used = box.usage(self.licence)[0]
        end = reader.finish()
        self.assertEqual((end["status"], end["code"]),
                         ("refused", "quota_episodes"))
        self.assertEqual(box.usage(self.licence)[0], used)
        self.assert_charged(end)

    # ---- the agreement ----

    def test_the_agreement_is_suspended_and_goes_on(self):
        self.make_agreement()
        self.check(lambda: self.set_agreement("suspended"), "refused",
                   "agreement_not_active")
        answer = box.get(STREAM + "?licence=" + self.licence,
                         token=self.token)
        self.assertEqual(answer.json()["code"], "agreement_not_active")
        self.set_agreement("active")
        self.assertEqual(Reader(self.token).finish()["status"], "complete")

    def test_the_agreement_is_ended(self):
        self.make_agreement()
        self.check(lambda: self.set_agreement("ended"), "refused",
                   "agreement_not_active")

    def test_a_ceiling_ends_where_it_is_reached(self):
        self.make_agreement(episodes=2)
        end = Reader(self.token).finish()
        self.assertEqual((end["status"], end["code"]),
                         ("refused", "ceiling_episodes"))
        self.assertEqual(box.usage(self.licence)[0], 2)
        self.assert_charged(end)

    def test_a_ceiling_of_money_ends_where_it_is_reached(self):
        self.make_agreement(money_micro=5000000)
        self.amend("{price}", json.dumps({
            "per_episode": 2000000, "per_hour": 0, "per_month": 0,
            "included": {"episodes": 0, "duration_ms": 0}, "cap": None}))
        end = Reader(self.token).finish()
        self.assertEqual((end["status"], end["code"]),
                         ("refused", "ceiling_money"))
        self.assertEqual(box.usage(self.licence)[0], 2)

    # ---- who asks ----

    def test_the_token_is_revoked(self):
        self.check(lambda: box.sql(
            "SELECT sluice.token_revoke(t.id::text, 'test') FROM sluice.token "
            "t JOIN sluice.customer c ON c.id = t.customer WHERE c.name = "
            f"'{self.name}'"), "refused", "token_revoked")

    def test_the_customer_is_disabled(self):
        self.check(lambda: box.sql(
            f"SELECT sluice.customer_set_status('{self.name}', 'disabled', "
            "'test')"), "refused", "customer_disabled")

    def test_kicked(self):
        self.check(lambda: box.sql(
            f"SELECT sluice.session_kick('{self.licence}', 'test')"),
            "interrupted", "killed")
        self.assertEqual(Reader(self.token).finish()["status"], "complete")

    def test_one_that_ends_leaves_the_others_alone(self):
        other, _ = box.customer("o" + self.name[1:], "demo-kitting")
        stays = Reader(other)
        self.check(lambda: self.set_status("revoked"), "refused",
                   "licence_revoked")
        self.assertEqual(stays.finish()["status"], "complete")

    # ---- who does not read ----

    def test_who_does_not_read_is_cut_off_within_half_a_second(self):
        connection, _ = box.begin(STREAM, token=self.token)
        count = ("SELECT count(*) FROM sluice.lease WHERE licence = "
                 f"'{self.licence}'")
        until(lambda: box.sql(count) == "1", 10, "the lease")
        self.set_status("revoked")
        began = time.monotonic()
        until(lambda: box.sql(count) == "0", 5, "the lease ends")
        self.assertLess(time.monotonic() - began, 1.0)
        got = 0
        try:
            while more := connection.recv(65536):
                got += len(more)
        except OSError:
            pass
        connection.close()
        self.assertLess(got, SOCKETS)


if __name__ == "__main__":
    unittest.main(verbosity=2)
