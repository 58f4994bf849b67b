#!/usr/bin/env python3
"""What customers see: rights, deliveries, charges, ranges, events."""

import json
import os
import sys
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from instance import Instance, make_token, read_rest, until  # noqa: E402

KITTING = "/v1/datasets/demo-kitting"
GRASP = "/v1/datasets/demo-grasp"


def setUpModule():
    global box
    box = Instance("EPISODES=6", "payload=100000")


def tearDownModule():
    box.remove()


class Rights(unittest.TestCase):
    def test_a_delivery_without_a_token_is_401(self):
        answer = box.get(KITTING + "/head", token=None)
        self.assertEqual(answer.status, 401)
        self.assertIn("Bearer", answer.headers["WWW-Authenticate"])
        self.assertEqual(answer.json()["code"], "unauthorized")

    def test_a_garbled_token_is_401(self):
        other = "1" if box.token[12] == "0" else "0"
        for token in ("x", box.token[:-1], box.token[:-1] + "!",
                      box.token + "a",
                      box.token[:12] + other + box.token[13:]):
            answer = box.get("/v1/licences", token=token)
            self.assertEqual(answer.status, 401, token)

    def test_a_foreign_token_is_401(self):
        answer = box.get("/v1/licences", token=make_token("A" * 22))
        self.assertEqual((answer.status, answer.json()["code"]),
                         (401, "unauthorized"))

    def test_a_token_that_ended_is_401_and_says_so(self):
        token = box.issue("rival", "--name", "short")
        box.sql("UPDATE sluice.token SET expires = clock_timestamp() - "
                "interval '1 s' WHERE name = 'short'")
        answer = box.get("/v1/licences", token=token)
        self.assertEqual((answer.status, answer.json()["code"]),
                         (401, "token_expired"))

    def test_a_bad_token_is_401_even_where_none_is_needed(self):
        self.assertEqual(box.get("/v1/datasets", token="x").status, 401)

    def test_a_customer_without_a_licence_gets_403(self):
        token, _ = box.customer("nobody")
        answer = box.get(KITTING + "/head", token=token)
        self.assertEqual((answer.status, answer.json()["code"]),
                         (403, "licence_not_found"))

    def test_a_private_dataset_and_none_answer_alike(self):
        box.pub("dataset", "create", "secret", "--visibility", "private")
        for path in ("", "/episodes", "/batches", "/head", "/stream",
                     "/batches/1/manifest"):
            for token in (box.token, None):
                there = box.get("/v1/datasets/secret" + path, token=token)
                gone = box.get("/v1/datasets/nosuch" + path, token=token)
                self.assertEqual(there.status, gone.status, path)
                self.assertIn(there.status, (401, 404))
                same = [json.loads(answer.body.replace(name, b""))
                        for answer, name in ((there, b"secret"),
                                             (gone, b"nosuch"))]
                for document in same:
                    del document["request_id"]
                self.assertEqual(same[0], same[1], path)
        pages = [box.get("/datasets/" + name, token=None).status
                 for name in ("secret", "nosuch")]
        self.assertEqual(pages, [404, 404])

    def test_two_licences_need_a_name(self):
        token, first = box.customer("double", "demo-kitting")
        second = box.grant("double", "demo-kitting")
        answer = box.get(KITTING + "/head", token=token)
        self.assertEqual((answer.status, answer.json()["code"]),
                         (409, "licence_ambiguous"))
        for licence in (first, second):
            self.assertEqual(
                box.get(f"{KITTING}/head?licence={licence}",
                        token=token).status, 200)

    def test_a_suspended_licence_is_refused_with_its_code(self):
        token, licence = box.customer("paused", "demo-kitting")
        box.ctl("licence", "suspend", licence, "--reason", "test")
        answer = box.get(KITTING + "/head", token=token)
        self.assertEqual((answer.status, answer.json()["code"]),
                         (403, "licence_suspended"))

    def test_a_layer_outside_the_licence_is_refused(self):
        token, _ = box.customer("stateonly", "demo-kitting", "--layers",
                                "state")
        answer = box.get(KITTING + "/stream?layers=force", token=token)
        self.assertEqual((answer.status, answer.json()["code"]),
                         (403, "layer_not_in_scope"))


class Requests(unittest.TestCase):
    def test_a_value_that_a_facet_cannot_have_is_named(self):
        for query, text in (("success=yes", "yes"), ("task=UPPER", "UPPER"),
                            ("recorded=2026-1", "2026-1")):
            answer = box.get("/v1/datasets?" + query)
            self.assertEqual(answer.status, 400)
            self.assertIn(text, answer.json()["detail"])

    def test_unknown_and_repeated_query_keys_are_400(self):
        for query in ("x=1", "q=a&q=b", "where=task%3D", "limit=x",
                      "kind=other", "q=%00", "q=%ff", "q=%zz"):
            self.assertEqual(box.get("/v1/datasets?" + query).status, 400,
                             query)

    def test_another_method_is_405_with_allow(self):
        answer = box.request("POST", "/v1/datasets", body={})
        self.assertIn(answer.status, (405, 413))
        answer = box.get(KITTING + "/fetch")
        self.assertEqual(answer.status, 405)
        self.assertEqual(answer.headers["Allow"], "POST")

    def test_bad_fetch_bodies_are_400(self):
        for body in ("", "{", "[]", "{}", '{"segments":{}}',
                     '{"segments":{"1":"0"},"segments":{"1":"1"}}',
                     '{"segments":{"1":"0"},"other":1}',
                     '{"segments":{"x":"0"}}', '{"segments":{"1":"5-2"}}',
                     '{"segments":{"1":NaN}}', '{"segments":{"1":"\xff"}}'):
            answer = box.request(
                "POST", KITTING + "/fetch", body.encode("latin-1"),
                headers={"Content-Type": "application/json"})
            self.assertEqual(answer.status, 400, body)

    def test_another_media_type_is_415(self):
        answer = box.request("POST", KITTING + "/fetch", b"{}",
                             headers={"Content-Type": "text/plain"})
        self.assertEqual(answer.status, 415)

    def test_a_body_that_is_too_long_is_413(self):
        data = (b"POST /v1/datasets/demo-kitting/fetch HTTP/1.1\r\n"
                b"Host: a\r\nContent-Length: 2000000\r\n\r\n")
        self.assertIn(b" 413 ", box.raw(data).split(b"\r\n")[0])

    def test_an_empty_filter_is_not_everything(self):
        for path in (KITTING + "/stream?where=", KITTING + "/stream?layers=",
                     KITTING + "/stream?layers=state&where=",
                     KITTING + "/episodes?where=", "/v1/datasets?where=",
                     "/v1/datasets?task=", "/?task="):
            answer = box.get(path)
            self.assertEqual((answer.status, answer.json()["code"]),
                             (400, "empty_filter"), path)
            self.assertIn(" is empty", answer.json()["detail"])
        self.assertEqual(box.get("/v1/datasets?q=&kind=").status, 200)

    def test_json_is_revalidated_with_its_etag(self):
        first = box.get(KITTING)
        again = box.get(KITTING, headers={
            "If-None-Match": first.headers["ETag"]})
        self.assertEqual((again.status, again.body), (304, b""))

    def test_every_get_has_a_head(self):
        for path in ("/", "/v1/datasets", KITTING, KITTING + "/batches",
                     KITTING + "/head", KITTING + "/stream", "/v1/licences"):
            answer = box.request("HEAD", path)
            self.assertEqual((answer.status, answer.body), (200, b""), path)

    def test_browsers_get_pages_for_errors(self):
        answer = box.get("/datasets/nosuch", token=None,
                         headers={"Accept": "text/html,*/*"})
        self.assertEqual(answer.status, 404)
        self.assertIn("text/html", answer.headers["Content-Type"])
        self.assertIn("default-src 'none'",
                      answer.headers["Content-Security-Policy"])


class Hostile(unittest.TestCase):
    def check(self, data, *statuses):
        answer = box.raw(data)
        line = answer.split(b"\r\n")[0]
        if answer:
            self.assertIn(int(line.split()[1]), statuses, data[:80])
            self.assertEqual(answer.count(b"HTTP/1.1 "), 1, data[:80])
        self.assertEqual(box.get("/v1/datasets").status, 200)

    def test_odd_requests_are_refused_and_the_connection_closed(self):
        host = b"Host: a\r\n"
        get = b"GET /v1/datasets HTTP/1.1\r\n"
        for data in (
                get + b"\r\n",
                get + host + host + b"\r\n",
                get + host + b"Content-Length: 3\r\nContent-Length: 4\r\n"
                b"\r\nabcd",
                get + host + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                get + host + b"Content-Length: +5\r\n\r\nabcde",
                get + host + b"X: a\x00b\r\n\r\n",
                get + host + b"X : a\r\n\r\n",
                get + host + b"X: a\r\n b\r\n\r\n",
                get.replace(b"\r\n", b"\n") + b"Host: a\n\n",
                b"GET /v1/%64atasets HTTP/1.1\r\n" + host + b"\r\n",
                b"GET /v1/../v1/datasets HTTP/1.1\r\n" + host + b"\r\n",
                b"GET //v1/datasets HTTP/1.1\r\n" + host + b"\r\n",
                b"GET http://b/v1/datasets HTTP/1.1\r\n" + host + b"\r\n",
                b"GET /v1/datasets HTTP/9.9\r\n" + host + b"\r\n",
                b"BREW /v1/datasets HTTP/1.1\r\n" + host + b"\r\n",
                b"\x16\x03\x01\x00\xa5\r\n\r\n"):
            self.check(data, 400, 405, 501, 505)

    def test_a_header_of_a_megabyte_is_431(self):
        self.check(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 1000000 +
                   b"\r\n\r\n", 431)

    def test_plain_http_on_the_tls_port_harms_nobody(self):
        import socket
        with socket.create_connection(("127.0.0.1", box.port)) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            plain.settimeout(20)
            try:
                self.assertNotIn(b"200 OK", plain.recv(4096))
            except OSError:
                pass
        self.assertEqual(box.get("/v1/datasets").status, 200)

    def test_who_never_reads_keeps_nobody_waiting(self):
        idle = [box.begin(KITTING + "/stream", receive_bytes=2048)[0]
                for _ in range(12)]
        self.assertEqual(box.get(KITTING).status, 200)
        for connection in idle:
            connection.close()
        until(lambda: box.metric("sluice_deliveries_active") == 0,
              what="deliveries end when their clients go")


class Deliveries(unittest.TestCase):
    def test_a_stream_is_charged_once_and_free_again(self):
        token, licence = box.customer("reader", "demo-kitting")
        first = box.get(KITTING + "/stream", token=token)
        self.assertEqual(first.end()["status"], "complete")
        used = box.usage(licence)
        self.assertGreater(used[0], 0)
        self.assertEqual(first.end()["ledger"]["number"], used[2])
        again = box.get(KITTING + "/stream", token=token)
        self.assertEqual(again.end()["status"], "complete")
        self.assertEqual(box.usage(licence), used)
        self.assertEqual(box.metric("sluice_deliveries_active"), 0)

    def test_fetch_sends_exactly_the_chunks_asked_for(self):
        token, licence = box.customer("chunks", "demo-kitting")
        sizes = json.loads(box.sql(
            "SELECT json_agg(chunk_sizes ORDER BY ordinal) FROM "
            "sluice.segment s JOIN sluice.dataset d ON d.id = s.dataset "
            "WHERE d.name = 'demo-kitting' AND s.seq = 1"))
        answer = box.fetch("demo-kitting", {"1": "0-2,4"}, token=token)
        wanted = sum(sum(sizes[i]) for i in (0, 1, 2, 4))
        at = answer.body.rfind(b"\x5e\x2a\x4d\x18")
        self.assertEqual(at, wanted)
        self.assertEqual(answer.end()["status"], "complete")
        with open(self.pack_path(), "rb") as file:
            pack = file.read()
        first = sum(sum(sizes[i]) for i in range(3))
        self.assertEqual(answer.body[:first], pack[:first])
        held = box.usage(licence)
        chunk = box.fetch("demo-kitting", chunks={"1": "1"}, token=token)
        self.assertEqual(chunk.body.rfind(b"\x5e\x2a\x4d\x18"),
                         sum(sizes, [])[1])
        self.assertEqual(box.usage(licence), held)

    def pack_path(self):
        publication = box.sql(
            "SELECT publication FROM sluice.batch b JOIN sluice.dataset d "
            "ON d.id = b.dataset WHERE d.name = 'demo-kitting' AND b.seq = 1")
        return os.path.join(box.env["SLUICE_OBJECTS"], "demo-kitting",
                            publication, "pack.tar.zst")

    def test_what_does_not_exist_is_refused(self):
        for segments, chunks in (({"1": "99999"}, None), ({"77": "0"}, None),
                                 (None, {"1": "99999"})):
            answer = box.fetch("demo-kitting", segments, chunks)
            self.assertEqual(answer.status, 404)
        answer = box.fetch("demo-grasp", {"1": "0-99999"})
        self.assertEqual((answer.status, answer.end()["code"]),
                         (200, "not_found"))

    def test_a_quota_cuts_the_delivery_and_then_refuses(self):
        token, licence = box.customer("small", "demo-kitting",
                                      "--quota-episodes", "2")
        answer = box.get(KITTING + "/stream", token=token)
        end = answer.end()
        self.assertEqual((end["status"], end["code"]),
                         ("refused", "quota_episodes"))
        self.assertIsNotNone(end["position"])
        self.assertEqual(box.usage(licence)[0], 2)
        last = box.sql("SELECT max(ordinal) FROM sluice.segment WHERE seq = 1")
        refused = box.fetch("demo-kitting", {"1": last}, token=token)
        self.assertEqual((refused.status, refused.json()["code"]),
                         (403, "quota_episodes"))

    def test_a_quote_says_what_a_fetch_would_charge(self):
        token, licence = box.customer("careful", "demo-grasp")
        last = box.sql("SELECT max(ordinal) FROM sluice.segment s JOIN "
                       "sluice.dataset d ON d.id = s.dataset WHERE "
                       "d.name = 'demo-grasp' AND s.seq = 1")
        body = {"segments": {"1": "0-" + last}}
        quote = box.request("POST", GRASP + "/quote", body,
                            token=token).json()
        self.assertEqual(box.usage(licence), (0, 0, 0))
        box.request("POST", GRASP + "/fetch", body, token=token)
        used = box.usage(licence)
        self.assertEqual((quote["new"]["episodes"], quote["new"]["bytes"]),
                         used[:2])
        again = box.request("POST", GRASP + "/quote", body,
                            token=token).json()
        self.assertEqual(again["new"]["episodes"], 0)

    def test_retracted_episodes_are_never_sent(self):
        box.pub("dataset", "create", "withdrawn", "--visibility", "public")
        source = os.path.join(box.dir, "withdrawn")
        box.pub("simulate", "--out", source, "--episodes", "3")
        box.pub("ingest", "withdrawn", source, "--format", "files")
        box.pub("publish", "withdrawn")
        box.pub("retract", "withdrawn", "2", "--reason", "consent_withdrawn")
        token, licence = box.customer("late", "withdrawn")
        answer = box.get("/v1/datasets/withdrawn/stream", token=token)
        self.assertEqual(answer.end()["status"], "complete")
        self.assertEqual(box.usage(licence)[0], 2)
        ordinal = box.sql(
            "SELECT min(ordinal) FROM sluice.segment s JOIN sluice.dataset d "
            "ON d.id = s.dataset WHERE d.name = 'withdrawn' AND s.seq = 1 AND "
            "number = 2")
        refused = box.fetch("withdrawn", {"1": ordinal}, token=token)
        self.assertEqual((refused.status, refused.json()["code"]),
                         (410, "retracted"))
        pack = box.get("/v1/datasets/withdrawn/batches/1/pack.tar.zst",
                       token=token)
        self.assertEqual(pack.status, 410)


class Objects(unittest.TestCase):
    PACK = GRASP + "/batches/1/pack.tar.zst"

    def test_head_304_and_416_never_charge(self):
        token, licence = box.customer("frugal", "demo-grasp")
        head = box.request("HEAD", self.PACK, token=token)
        etag = head.headers["ETag"]
        size = int(head.headers["Content-Length"])
        self.assertEqual(head.status, 200)
        same = box.get(self.PACK, token=token,
                       headers={"If-None-Match": etag})
        self.assertEqual(same.status, 304)
        out = box.get(self.PACK, token=token,
                      headers={"Range": "bytes=%d-" % size})
        self.assertEqual(out.status, 416)
        self.assertEqual(out.headers["Content-Range"], "bytes */%d" % size)
        box.request("HEAD", GRASP + "/stream", token=token)
        self.assertEqual(box.usage(licence), (0, 0, 0))

    def test_a_pack_is_charged_whole_before_its_status_line(self):
        token, licence = box.customer("whole", "demo-grasp")
        answer = box.get(self.PACK, token=token)
        self.assertEqual(answer.status, 200)
        used = box.usage(licence)
        self.assertGreater(used[0], 0)
        import hashlib
        self.assertEqual('"%s"' % hashlib.sha256(answer.body).hexdigest(),
                         answer.headers["ETag"])
        part = box.get(self.PACK, token=token,
                       headers={"Range": "bytes=10-99"})
        self.assertEqual((part.status, part.body),
                         (206, answer.body[10:100]))
        tail = box.get(self.PACK, token=token, headers={
            "Range": "bytes=-5", "If-Range": answer.headers["ETag"]})
        self.assertEqual((tail.status, tail.body), (206, answer.body[-5:]))
        stale = box.get(self.PACK, token=token, headers={
            "Range": "bytes=-5", "If-Range": '"other"'})
        self.assertEqual((stale.status, len(stale.body)),
                         (200, len(answer.body)))
        self.assertEqual(box.usage(licence), used)

    def test_a_pack_beyond_the_quota_is_refused_before_any_byte(self):
        token, licence = box.customer("tight", "demo-grasp",
                                      "--quota-episodes", "1")
        answer = box.get(self.PACK, token=token)
        self.assertEqual((answer.status, answer.json()["code"]),
                         (403, "quota_episodes"))
        self.assertEqual(box.usage(licence), (0, 0, 0))

    def test_small_objects_are_free_for_licensees(self):
        token, licence = box.customer("looker", "demo-kitting")
        for name in ("manifest", "manifest.minisig", "index.json",
                     "files.sha256", "quality.json"):
            answer = box.get(f"{KITTING}/batches/1/{name}", token=token)
            self.assertEqual(answer.status, 200, name)
            self.assertEqual(len(answer.body),
                             int(answer.headers["Content-Length"]))
        self.assertEqual(box.usage(licence), (0, 0, 0))
        for path in ("/batches/1/other", "/batches/0/manifest",
                     "/batches/99/manifest", "/batches/x/manifest"):
            self.assertEqual(box.get(KITTING + path, token=token).status, 404)


class Events(unittest.TestCase):
    def read_event(self, connection, kind, out=b""):
        while True:
            for block in out.split(b"\n\n"):
                if b"event: " + kind + b"\n" in block and b"data: " in block:
                    return block
            more = connection.recv(4096)
            self.assertTrue(more, "the stream ended")
            out += more

    def publish(self):
        source = os.path.join(box.dir, "source")
        count = len([name for name in os.listdir(
            os.path.join(source, "episodes"))]) \
            if os.path.isdir(os.path.join(source, "episodes")) else 50
        box.pub("simulate", "--out", source, "--episodes", "1", "--start",
                str(count + 100))
        box.pub("ingest", "demo-kitting", source, "--format", "files")
        box.pub("publish", "demo-kitting")

    def test_a_subscriber_hears_of_a_batch_and_can_come_back(self):
        connection, out = box.begin("/v1/events")
        self.publish()
        block = self.read_event(connection, b"batch", out)
        connection.close()
        self.assertIn(b'"demo-kitting"', block)
        number = int(block[block.index(b"id: ") + 4:].split(b"\n")[0])
        back = box.connect()
        back.sendall(("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n"
                      f"Authorization: Bearer {box.token}\r\n"
                      f"Last-Event-ID: {number - 1}\r\n\r\n").encode())
        again = self.read_event(back, b"batch")
        back.close()
        self.assertIn(b"id: %d\n" % number, again)

    def check_end(self, connection, out, code, take_away):
        """After take_away() the stream ends soon, and says why."""
        began = time.monotonic()
        take_away()
        out, is_closed = read_rest(connection, out)
        self.assertLess(time.monotonic() - began, 5)
        connection.close()
        self.assertTrue(is_closed)
        end = out[out.index(b"event: end\n"):]
        self.assertIn(b'data: {"code":"%s",' % code, end)
        self.assertNotIn(b"\nid: ", end)

    def test_a_revoked_token_ends_its_stream_only(self):
        token, _ = box.customer("leaver")
        other = box.issue("leaver")
        number = box.sql("SELECT t.id FROM sluice.token t JOIN "
                         "sluice.customer c ON c.id = t.customer WHERE "
                         "c.name = 'leaver' ORDER BY t.created LIMIT 1")
        stays, heard = box.begin("/v1/events", token=other)
        connection, out = box.begin("/v1/events", token=token)
        self.check_end(connection, out, b"token_revoked", lambda: box.ctl(
            "token", "revoke", number, "--reason", "test"))
        self.assertEqual(box.get("/v1/events", token=token).status, 401)
        self.check_end(stays, heard, b"customer_disabled", lambda: box.sql(
            "UPDATE sluice.customer SET status = 'disabled' "
            "WHERE name = 'leaver'"))

    def test_a_stream_ends_when_its_token_expires(self):
        token, _ = box.customer("expiring")
        connection, out = box.begin("/v1/events", token=token)
        self.check_end(connection, out, b"token_expired", lambda: box.sql(
            "UPDATE sluice.token t SET expires = now() FROM sluice.customer c "
            "WHERE c.id = t.customer AND c.name = 'expiring'"))

    def test_a_stranger_hears_nothing_of_it(self):
        token, _ = box.customer("stranger")
        connection, out = box.begin("/v1/events", token=token)
        listener, heard = box.begin("/v1/events")
        self.publish()
        self.read_event(listener, b"batch", heard)
        connection.settimeout(0.3)
        try:
            while True:
                more = connection.recv(4096)
                if not more:
                    break
                out += more
        except OSError:
            pass
        self.assertNotIn(b"event: batch", out)
        connection.close()
        listener.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
