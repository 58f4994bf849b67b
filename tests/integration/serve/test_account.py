#!/usr/bin/env python3
"""What a customer does about its own account: licences, the text of their
terms, receipts, requests, activation, the ledger; and what it may not."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from instance import Instance  # noqa: E402

STREAM = "/v1/datasets/demo-kitting/stream"
NOBODYS = "00000000-0000-4000-8000-000000000000"
ZERO = "0" * 64


def setUpModule():
    global box
    box = Instance("EPISODES=6", "payload=20000")


def tearDownModule():
    box.remove()


def sign(key, text):
    """A minisign file ("Ed", not pre-hashed) over the text."""
    def raw(message):
        path = os.path.join(key, "m-%d" % time.monotonic_ns())
        with open(path, "wb") as file:
            file.write(message)
        out = subprocess.run(
            ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey",
             key + "/key.pem", "-in", path], check=True, capture_output=True)
        os.unlink(path)
        return out.stdout

    def words(data):
        return base64.b64encode(data).decode()

    signature = raw(text)
    comment = b"receipt"
    return ("untrusted comment: test\n" +
            words(b"Ed" + key_id(key) + signature) +
            "\ntrusted comment: receipt\n" +
            words(raw(signature + comment)) + "\n")


def key_id(key):
    return hashlib.sha256(key.encode()).digest()[:8]


def make_key(name):
    """A folder with an Ed25519 key; (folder, its minisign text)."""
    folder = os.path.join(box.dir, "key-" + name)
    os.makedirs(folder)
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out",
                    folder + "/key.pem"], check=True, capture_output=True)
    der = subprocess.run(["openssl", "pkey", "-in", folder + "/key.pem",
                          "-pubout", "-outform", "DER"], check=True,
                         capture_output=True).stdout
    text = base64.b64encode(b"Ed" + key_id(folder) + der[-32:]).decode()
    return folder, text


class Account(unittest.TestCase):
    def setUp(self):
        self.name = "c%d" % time.monotonic_ns()
        self.token, self.licence = box.customer(self.name, "demo-kitting")
        self.path = "/v1/licences/" + self.licence

    def get(self, path, status=200, code=None, token=None):
        answer = box.get(path, token=token or self.token)
        return self.judge(answer, status, code)

    def post(self, path, body, status=200, code=None, token=None):
        answer = box.request("POST", path, body, token=token or self.token)
        return self.judge(answer, status, code)

    def judge(self, answer, status, code):
        self.assertEqual(answer.status, status, answer.body)
        if code is not None:
            self.assertEqual(answer.json()["code"], code)
            self.assertEqual(answer.headers["Content-Type"],
                             "application/problem+json")
        return answer

    def amend(self, path, value):
        box.sql("SELECT sluice.licence_amend(l.id::text, jsonb_set(v.terms, "
                f"'{path}', '{value}'), NULL, 'test') FROM sluice.licence l "
                "JOIN sluice.licence_version v ON v.licence = l.id AND "
                f"v.version = l.version WHERE l.id = '{self.licence}'")

    def bind_text(self, text):
        """The licence demands that this text is accepted; its hash."""
        with open(os.path.join(box.dir, "terms.sql"), "w") as file:
            file.write("SELECT sluice.terms_text_add($t$" + text +
                       "$t$, 'test') ->> 'sha256';")
        name = subprocess.run(
            ["psql", "-qAtX", "-f", file.name], env=box.env, check=True,
            capture_output=True, text=True).stdout.strip()
        self.amend("{text}", json.dumps(
            {"sha256": name, "acceptance": "required"}))
        return name


class Licences(Account):
    def test_a_licence_says_all_that_its_holder_may_know(self):
        shown = self.get(self.path).json()
        self.assertEqual(shown["id"], self.licence)
        self.assertEqual(shown["terms"]["dataset"], "demo-kitting")
        self.assertEqual(shown["agreement"], None)
        self.assertEqual(shown["release"], None)
        self.assertEqual(shown["acceptance"], None)

    def test_others_and_none_are_404_alike(self):
        other, _ = box.customer("o" + self.name[1:], "demo-kitting")
        for tail in ("", "/explain", "/terms"):
            first = self.get(self.path + tail, 404, token=other).json()
            second = self.get(f"/v1/licences/{NOBODYS}{tail}", 404,
                              "licence_not_found", token=other).json()
            self.assertEqual(first["code"], second["code"])
        body = {"sha256": ZERO, "name": "Eve"}
        self.post(self.path + "/accept", body, 404, "licence_not_found", other)
        for bad in ("x", self.licence.upper(), self.licence + "0",
                    "%2e%2e", "' OR 1=1--"):
            answer = box.get("/v1/licences/" + bad.replace(" ", "+"),
                             token=self.token)
            self.assertIn(answer.status, (400, 404), bad)
        self.get(self.path + "/", 400)
        self.get(self.path + "/explain/x", 404)

    def test_a_token_for_one_licence_does_not_see_the_next(self):
        second = box.grant(self.name, "demo-grasp")
        narrow = box.issue(self.name, "--licence", self.licence,
                           "--name", "narrow")
        ids = [row["id"] for row in
               self.get("/v1/licences", token=narrow).json()["licences"]]
        self.assertEqual(ids, [self.licence])
        self.assertEqual(len(self.get("/v1/licences").json()["licences"]), 2)
        self.get("/v1/licences/" + second, 404, "licence_not_found", narrow)
        self.get("/v1/usage?licence=" + second, 404, token=narrow)
        self.get("/v1/usage/rows?licence=" + second, 404, token=narrow)
        self.get("/v1/receipts?licence=" + second, 404, token=narrow)

    def test_all_of_it_needs_a_token_with_the_scope(self):
        for method, path in (("GET", self.path), ("GET", "/v1/receipts"),
                             ("POST", "/v1/keys"), ("GET", "/v1/requests"),
                             ("POST", "/v1/receipts"), ("POST", "/v1/requests"),
                             ("POST", self.path + "/accept"),
                             ("GET", "/v1/usage/rows"),
                             ("GET", self.path + "/explain")):
            answer = box.request(method, path, token=None)
            self.assertEqual(answer.status, 401, path)
            self.assertIn("WWW-Authenticate", answer.headers)
        box.sql("UPDATE sluice.token SET scopes = 2 WHERE customer = (SELECT "
                f"id FROM sluice.customer WHERE name = '{self.name}')")
        self.get(self.path, 403, "scope_missing")
        self.post("/v1/keys", {"key": "x"}, 403, "scope_missing")


class Explain(Account):
    def ask(self, query=""):
        return self.get(self.path + "/explain" + query).json()

    def test_a_licence_that_serves_is_allowed(self):
        answer = self.ask()
        self.assertTrue(answer["allowed"])
        self.assertEqual((answer["code"], answer["failed"]), ("", []))
        self.assertEqual(answer["licence"], self.licence)
        self.assertEqual(answer["version"], 1)
        self.assertIn("T", answer["valid_until"])
        self.assertTrue(answer["obligations"])

    def test_every_failed_check_is_listed_the_first_gives_the_code(self):
        self.amend("{layers}", '["state"]')
        self.amend("{use}", '"research"')
        box.ctl("licence", "suspend", self.licence, "--reason", "test")
        answer = self.ask("?layers=video&purpose=deploy_model")
        self.assertFalse(answer["allowed"])
        self.assertEqual(answer["code"], "licence_suspended")
        self.assertEqual([row["code"] for row in answer["failed"]],
                         ["licence_suspended", "layer_not_in_scope",
                          "use_not_granted"])
        self.assertEqual(answer["sentence"], "The licence is suspended.")
        self.assertEqual(answer["version"], 3)

    def test_a_quota_that_is_used_up_denies_what_is_new(self):
        self.amend("{quota,episodes}", "0")
        self.assertEqual(self.ask()["code"], "quota_episodes")

    def test_a_purpose_is_one_word_escaped_or_not(self):
        self.amend("{territory,countries}", '["DE"]')
        for purpose, allowed in (("research@DE", True),
                                 ("research%2Flogistics%40DE", True),
                                 ("research@FR", False), ("research", False)):
            answer = self.ask("?purpose=" + purpose)
            self.assertEqual(answer["allowed"], allowed, purpose)

    def test_bad_questions_are_400(self):
        for query, code in (("layers=", "empty_filter"),
                            ("layers=nonsense", "bad_layers"),
                            ("purpose=world_domination", "bad_purpose"),
                            ("seq=-1", "bad_query"),
                            ("seq=99999999999", "bad_query"),
                            ("seq=1&seq=2", None),
                            ("licence=x", "unknown_query_key")):
            self.get(self.path + "/explain?" + query, 400, code)

    def test_a_batch_to_come_is_not_released(self):
        self.assertEqual(self.ask("?seq=999")["code"], "batch_not_released")


class Terms(Account):
    def test_a_licence_without_a_text_has_none(self):
        self.get(self.path + "/terms", 404, "terms_text_not_found")
        self.post(self.path + "/accept", {"sha256": ZERO, "name": "A"}, 404,
                  "terms_text_not_found")

    def test_nothing_is_delivered_before_the_text_is_accepted(self):
        text = "Be kind to robots.\nNo §2.\n"
        name = self.bind_text(text)
        self.get(STREAM, 403, "terms_not_accepted")
        answer = self.get(self.path + "/terms")
        self.assertEqual(answer.body.decode(), text)
        self.assertEqual(answer.headers["ETag"], f'"{name}"')
        self.assertEqual(answer.headers["Content-Type"],
                         "text/plain; charset=utf-8")
        self.assertEqual(hashlib.sha256(answer.body).hexdigest(), name)
        known = box.get(self.path + "/terms", token=self.token,
                        headers={"If-None-Match": f'"{name}"'})
        self.assertEqual((known.status, known.body), (304, b""))
        self.post(self.path + "/accept", {"sha256": ZERO, "name": "Ada"}, 409,
                  "terms_changed")
        self.get(STREAM, 403, "terms_not_accepted")
        body = {"sha256": name, "name": "Ada Löwe"}
        first = self.post(self.path + "/accept", body).json()
        self.assertEqual((first["sha256"], first["name"]), (name, "Ada Löwe"))
        self.assertEqual(self.post(self.path + "/accept", body).json()["at"],
                         first["at"])
        self.assertEqual(self.get(STREAM).end()["status"], "complete")
        self.assertEqual(self.get(self.path).json()["acceptance"]["name"],
                         "Ada Löwe")

    def test_bad_acceptances_are_400(self):
        name = self.bind_text("Another text.")
        path = self.path + "/accept"
        for body in ("", "{", "[]", "{}", '{"sha256":1,"name":"A"}',
                     '{"sha256":"%s"}' % name,
                     '{"sha256":"%s","name":""}' % name,
                     '{"sha256":"%s","name":"A\\nB"}' % name,
                     '{"sha256":"%s","name":"A\\u0000"}' % name,
                     '{"sha256":"%s","name":"%s"}' % (name, "A" * 201),
                     '{"sha256":"%s","name":"A","x":1}' % name,
                     '{"sha256":"%s","name":"A","name":"B"}' % name,
                     '{"sha256":"%s","name":"A"}' % name.upper(),
                     '{"sha256":"%s","name":"A"}' % name[:-1]):
            answer = box.request(
                "POST", path, body, token=self.token,
                headers={"Content-Type": "application/json"})
            self.judge(answer, 400, "bad_body")
        answer = box.request("POST", path, "sha256=x", token=self.token)
        self.judge(answer, 415, "unsupported_media_type")
        answer = box.request(
            "POST", path, "x" * 40000, token=self.token,
            headers={"Content-Type": "application/json"})
        self.assertEqual(answer.status, 413)
        self.get(path, 405, "method_not_allowed")
        self.get(STREAM, 403, "terms_not_accepted")


class Receipts(Account):
    def setUp(self):
        super().setUp()
        self.key, self.text = make_key(self.name)

    def head(self):
        total = self.get("/v1/usage").json()["totals"][0]
        return total["ledger"]

    def receipt(self, **changes):
        body = {"version": 1, "type": "receipt", "customer": self.name,
                "licence": self.licence, "dataset": "demo-kitting", "seq": 2,
                "ledger": self.head(),
                "segments": {"verified": 1, "bytes": 2}, "retractions": [],
                "deletions": [], "at": "2026-11-21T01:15:00Z"}
        body.update(changes)
        return json.dumps(body, separators=(",", ":")) + "\n"

    def send(self, text, status=200, code=None, key=None):
        return self.post("/v1/receipts", {
            "receipt": text,
            "minisig": sign(key or self.key, text.encode())}, status, code)

    def test_a_receipt_on_the_chain_is_taken(self):
        self.get(STREAM)
        self.post("/v1/keys", {"key": self.text})
        text = self.receipt()
        first = self.send(text).json()
        self.assertEqual((first["number"], first["on_chain"]), (1, True))
        self.assertEqual(self.send(text).json(), first)
        listed = self.get("/v1/receipts").json()["receipts"]
        self.assertEqual(len(listed), 1)
        self.assertEqual(listed[0]["licence"], self.licence)
        self.assertTrue(listed[0]["on_chain"])
        self.assertEqual(box.sql(
            "SELECT words = $t$" + text + "$t$ FROM sluice.receipt WHERE "
            f"licence = '{self.licence}'"), "t")

    def test_another_head_is_409_with_the_servers_row_and_kept(self):
        self.get(STREAM)
        head = self.head()
        self.assertGreater(head["number"], 0)
        self.post("/v1/keys", {"key": self.text})
        wrong = {"number": head["number"], "head": "ab" * 32}
        answer = self.send(self.receipt(ledger=wrong), 409,
                           "head_mismatch").json()
        self.assertEqual(answer["number"], 1)
        self.assertEqual(answer["row"], head)
        beyond = {"number": head["number"] + 5, "head": head["head"]}
        answer = self.send(self.receipt(ledger=beyond), 409,
                           "head_mismatch").json()
        self.assertEqual(answer["row"], head)
        listed = self.get("/v1/receipts").json()["receipts"]
        self.assertEqual([row["on_chain"] for row in listed], [False, False])

    def test_a_signature_that_is_not_right_keeps_nothing(self):
        other, other_text = make_key("x" + self.name)
        text = self.receipt()
        self.send(text, 400, "unknown_key")
        self.post("/v1/keys", {"key": self.text})
        self.send(text, 400, "unknown_key", key=other)
        minisig = sign(self.key, text.encode())
        changed = text.replace('"verified":1', '"verified":2')
        self.post("/v1/receipts", {"receipt": changed, "minisig": minisig},
                  400, "bad_signature")
        hashed = minisig.replace("\nRW", "\nRU", 1)  # "Ed" as "ED"
        for bad in ("", "x", minisig + "\n", hashed, minisig[:-10],
                    minisig * 2, "A" * 5000):
            self.post("/v1/receipts", {"receipt": text, "minisig": bad}, 400,
                      "bad_signature")
        lines = minisig.split("\n")
        lines[2] = "trusted comment: another"
        self.post("/v1/receipts",
                  {"receipt": text, "minisig": "\n".join(lines)}, 400,
                  "bad_signature")
        # Another's key is registered, but not for this customer.
        stranger, _ = box.customer("s" + self.name[1:], "demo-kitting")
        self.post("/v1/keys", {"key": other_text}, token=stranger)
        self.send(text, 400, "unknown_key", key=other)
        self.assertEqual(self.get("/v1/receipts").json()["receipts"], [])

    def test_receipts_that_are_none_are_400(self):
        self.post("/v1/keys", {"key": self.text})
        for changes in ({"version": 2}, {"type": "invoice"}, {"seq": -1},
                        {"customer": "somebody"}, {"x": 1},
                        {"dataset": "../etc"}, {"ledger": {"number": 0}},
                        {"retractions": [["1", "x"]]},
                        {"deletions": [{"episode": "?", "at": "never"}]},
                        {"dataset": "demo-grasp"}):
            self.send(self.receipt(**changes), 400, "bad_receipt")
        self.send("{}", 400, "bad_receipt")
        self.send(self.receipt(licence=NOBODYS), 404, "licence_not_found")
        for body in ({}, {"receipt": "x"}, {"minisig": "x"},
                     {"receipt": 1, "minisig": 2},
                     {"receipt": "x", "minisig": "y", "z": 0}):
            self.post("/v1/receipts", body, 400, "bad_body")
        self.get("/v1/receipts?licence=x", 400, "bad_query")

    def test_a_large_receipt_is_taken_and_a_larger_is_413(self):
        self.post("/v1/keys", {"key": self.text})
        gone = [[1, "00000000-0000-4000-8000-%012x" % number]
                for number in range(40000)]
        self.send(self.receipt(retractions=gone))
        out = box.raw(b"POST /v1/receipts HTTP/1.1\r\nHost: localhost\r\n"
                      b"Content-Type: application/json\r\n"
                      b"Content-Length: 6500000\r\n\r\n{")
        self.assertIn(b" 413 ", out.split(b"\r\n")[0])

    def test_keys_are_ed25519_and_nobody_elses(self):
        first = self.post("/v1/keys", {"key": self.text}).json()
        self.assertEqual(first["status"], "active")
        self.post("/v1/keys", {"key": self.text})
        stranger, _ = box.customer("s" + self.name[1:])
        self.post("/v1/keys", {"key": self.text}, 409, "key_exists", stranger)
        for bad in ("", "RW", self.text[:-1], self.text + "=", "R" * 56,
                    base64.b64encode(b"Ed" + bytes(40)).decode()[:-2]):
            self.post("/v1/keys", {"key": bad}, 400, "bad_key")
        for body in ({}, {"key": None}, {"key": 1}, {"key": self.text, "a": 1}):
            self.post("/v1/keys", body, 400, "bad_body")
        for number in range(15):
            _, text = make_key("%s-%d" % (self.name, number))
            self.post("/v1/keys", {"key": text})
        _, text = make_key(self.name + "-last")
        self.post("/v1/keys", {"key": text}, 429, "too_many_keys")


class Requests(Account):
    def ask(self, status=200, code=None, **changes):
        body = {"kind": "access", "dataset": "demo-grasp",
                "purpose": "research", "message": "Please.\nThank you."}
        body.update(changes)
        return self.post("/v1/requests", body, status, code).json()

    def test_a_request_is_kept_once_and_its_answer_read(self):
        first = self.ask()
        self.assertEqual((first["status"], first["dataset"]),
                         ("open", "demo-grasp"))
        self.assertEqual(self.ask()["id"], first["id"])
        box.sql(f"SELECT sluice.request_reject('{first['id']}', 'Not yet.')")
        listed = self.get("/v1/requests").json()["requests"]
        self.assertEqual([(row["status"], row["answer"]) for row in listed],
                         [("rejected", "Not yet.")])
        self.assertNotIn("decided_by", listed[0])
        self.ask(kind="collection", dataset=None, message="Cloth folding.")
        other, _ = box.customer("o" + self.name[1:])
        self.assertEqual(
            self.get("/v1/requests", token=other).json()["requests"], [])

    def test_what_cannot_be_seen_cannot_be_asked_for(self):
        box.sql("UPDATE sluice.dataset SET visibility = 'private' WHERE "
                "name = 'demo-grasp'")
        hidden = self.ask(404)
        none = self.ask(404, dataset="no-such-thing")
        self.assertEqual(hidden["code"], none["code"])
        box.sql("UPDATE sluice.dataset SET visibility = 'public' WHERE "
                "name = 'demo-grasp'")

    def test_bad_requests_are_400(self):
        for changes in ({"kind": "gift"}, {"kind": 1}, {"dataset": None},
                        {"purpose": "x" * 201}, {"purpose": "a\nb"},
                        {"message": "x" * 4001}, {"message": "\u0007"},
                        {"message": None}, {"more": True}):
            self.ask(400, "bad_body", **changes)
        self.ask(404, "not_found", dataset="../../etc/passwd")

    def test_open_requests_have_a_bound(self):
        for number in range(20):
            self.ask(message="number %d" % number)
        self.ask(429, "too_many_requests", message="one more")

    def test_who_writes_without_end_is_slowed_down(self):
        for _ in range(400):
            answer = box.request("POST", "/v1/requests", {},
                                 token=self.token)
            if answer.status == 429:
                break
        self.assertEqual(answer.json()["code"], "rate_limited")
        self.assertIn("Retry-After", answer.headers)
        self.get(self.path)


class Activation(Account):
    def make_code(self, expires="now() + interval '1 day'"):
        """A code as an admin's tool would make it."""
        code = "slc_once_" + os.urandom(16).hex()
        with open(box.env["SLUICE_PEPPER_FILE"], "rb") as file:
            pepper = file.read()
        mac = subprocess.run(
            ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt",
             "hexkey:" + pepper.hex(), "-r"], input=code.encode(),
            capture_output=True, check=True).stdout.split()[0].decode()
        box.sql(f"SELECT sluice.activation_add('{self.name}', NULL, 'laptop', "
                f"'\\x{mac}', 7, (extract(epoch FROM now() + interval '1 day')"
                " * 1e6)::bigint, NULL, 'test')")
        box.sql(f"UPDATE sluice.activation SET expires = {expires} WHERE "
                f"code_mac = '\\x{mac}'")
        return code

    def setUp(self):
        super().setUp()
        # Every test has an address of its own, so a limit of its own.
        Activation.count = getattr(Activation, "count", 1) + 1
        self.source = "127.0.1.%d" % Activation.count

    def activate(self, body, status=200, code=None):
        data = json.dumps(body).encode()
        connection = box.connect(source=self.source)
        connection.sendall(
            b"POST /v1/activate HTTP/1.1\r\nHost: localhost:%d\r\n"
            b"Content-Type: application/json\r\nConnection: close\r\n"
            b"Content-Length: %d\r\n\r\n" % (box.port, len(data)) + data)
        out = b""
        while more := connection.recv(65536):
            out += more
        connection.close()
        head, body = out.split(b"\r\n\r\n", 1)
        self.assertEqual(int(head.split()[1]), status, out)
        answer = json.loads(body)
        if code is not None:
            self.assertEqual(answer["code"], code)
        return answer

    def test_a_code_becomes_a_profile_once(self):
        code = self.make_code()
        profile = self.activate({"code": code})
        self.assertEqual(profile["endpoint"],
                         "https://localhost:%d" % box.port)
        self.assertTrue(profile["root"])
        self.assertEqual(profile["billing"], [])
        self.assertEqual(self.get(self.path, token=profile["token"])
                         .json()["id"], self.licence)
        self.assertEqual(self.get(STREAM, token=profile["token"])
                         .end()["status"], "complete")
        self.activate({"code": code}, 409, "activation_used")
        self.assertNotIn(profile["token"], box.log())
        self.assertNotIn(code, box.log())

    def test_a_lost_answer_is_given_again_to_who_has_the_nonce(self):
        asked = {"code": self.make_code(), "nonce": os.urandom(16).hex()}
        tokens = [self.activate(asked)["token"] for _ in range(3)]
        self.assertEqual(len(set(tokens)), 3)
        for token in tokens[:2]:
            answer = self.get(self.path, 401, token=token)
            self.assertEqual(answer.json()["code"], "token_revoked")
        self.get(self.path, token=tokens[2])
        for other in ({}, {"nonce": os.urandom(16).hex()}):
            self.activate({"code": asked["code"], **other}, 409,
                          "activation_used")
        for nonce in ("", "x" * 15, "x" * 129, 5, None):
            self.activate({**asked, "nonce": nonce}, 400, "bad_body")
        self.get(self.path, token=tokens[2])
        self.assertNotIn(asked["nonce"], box.log())

    def test_the_client_asks_again_for_what_it_did_not_get(self):
        home = os.path.join(box.dir, "lost")
        os.makedirs(home + "/sluice", 0o700)
        kept = home + "/sluice/activation"
        code = self.make_code()
        with open(kept, "w", opener=lambda path, flags: os.open(
                path, flags, 0o600)) as file:
            file.write("0123456789abcdef" * 2)
        first = self.activate({"code": code,
                               "nonce": "0123456789abcdef" * 2})
        subprocess.run(
            ["sluice", "login", "--activate", box.env["SLUICE_URL"] +
             "/activate#" + code, "--ca", box.env["SLUICE_CA"]],
            env=dict(box.env, XDG_CONFIG_HOME=home), check=True,
            capture_output=True)
        self.assertFalse(os.path.exists(kept))
        with open(home + "/sluice/credentials") as file:
            token = json.load(file)["token"]
        self.get(self.path, token=token)
        self.get(self.path, 401, token=first["token"])

    def test_what_is_no_code_or_too_old_gives_nothing(self):
        self.activate({"code": self.make_code("now() - interval '1 s'")}, 409,
                      "activation_expired")
        self.activate({"code": "slc_once_" + "0" * 32}, 404,
                      "activation_not_found")
        for body in ({}, {"code": ""}, {"code": 5}, {"code": "x" * 200},
                     {"code": "x" * 20 + "\n"}, {"code": "x" * 20, "a": 1}):
            self.activate(body, 400, "bad_body")

    def test_a_disabled_customer_has_no_activation(self):
        code = self.make_code()
        box.sql("UPDATE sluice.customer SET status = 'disabled' WHERE "
                f"name = '{self.name}'")
        self.activate({"code": code}, 404, "activation_not_found")

    def test_a_browser_is_told_what_the_link_is_for(self):
        page = box.get("/activate", token=None)
        self.assertEqual(page.status, 200)
        self.assertIn("sluice login --activate &#39;https://localhost:"
                      f"{box.port}/activate#", page.body.decode()
                      .replace("'", "&#39;"))
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertEqual(box.get("/activate?code=x", token=None).status, 400)

    def test_guessing_is_slowed_down_for_its_address_only(self):
        # Each worker counts for itself, and forgets a little every second.
        for _ in range(400):
            data = {"code": "guess-" + os.urandom(8).hex()}
            try:
                self.activate(data, 429, "rate_limited")
                break
            except AssertionError:
                continue
        else:
            self.fail("400 guesses, and none was refused as too many")
        self.source = "127.0.2.1"
        self.activate({"code": self.make_code()})


class Usage(Account):
    def rows(self, query=""):
        return self.get("/v1/usage/rows?licence=" + self.licence +
                        query).json()

    def test_rows_lead_to_the_head_that_usage_shows(self):
        self.get(STREAM)
        usage = self.get("/v1/usage").json()
        total = usage["totals"][0]
        self.assertEqual(total["ledger"]["number"], len(self.rows()["rows"]))
        self.assertIn("amount_micro", total)
        previous = ZERO
        for row in self.rows()["rows"]:
            self.assertEqual(row["previous"], previous)
            text = "\n".join(str(row[key]) for key in (
                "licence", "number", "at", "kind", "licence_version",
                "dataset", "seq", "ordinals", "numbers", "episodes",
                "duration_ms", "bytes", "purpose", "currency", "price",
                "amount_micro", "reference", "reason"))
            text = "sluice-ledger/v1\n" + text + "\n"
            previous = hashlib.sha256(
                bytes.fromhex(previous) + text.encode()).hexdigest()
            self.assertEqual(row["hash"], previous)
        self.assertEqual(previous, total["ledger"]["head"])

    def test_pages_go_on_after_a_number(self):
        self.get(STREAM)
        count = len(self.rows()["rows"])
        self.assertEqual(len(self.rows("&after=1")["rows"]), count - 1)
        self.assertEqual(self.rows("&after=%d" % 2**60),
                         {"licence": self.licence, "rows": [], "next": None})

    def test_bad_questions_are_refused(self):
        self.get("/v1/usage/rows", 400, "bad_query")
        self.get("/v1/usage/rows?licence=" + NOBODYS, 404,
                 "licence_not_found")
        for query in ("after=-1", "after=x", "after=9223372036854775808",
                      "month=2026-11"):
            self.get(f"/v1/usage/rows?licence={self.licence}&{query}", 400)
        other, _ = box.customer("o" + self.name[1:])
        self.get("/v1/usage/rows?licence=" + self.licence, 404,
                 "licence_not_found", other)


if __name__ == "__main__":
    unittest.main(verbosity=2)
