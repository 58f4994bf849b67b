#!/usr/bin/env python3
"""The log as customers meet it: what proves a head, checkpoints, tiles, proofs
and the trust file, each against trees made in Python; and what no path tells."""

import hashlib
import json
import os
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from instance import Instance, until  # noqa: E402
from logmaker import (WITNESS, Log, entries_of, install_trust,  # noqa: E402
                      leaf_hash, members, node_hash, proof_text, text64,
                      root_of, tiles_of, trust_versions)

KITTING = "/v1/datasets/demo-kitting"
GRASP = "/v1/datasets/demo-grasp"
SECRET = "/v1/datasets/secret"
HELD = "/v1/datasets/held"
LATER = "2099-01-01T01:15:00Z"


def publish(name, visibility, batches, *release):
    source = os.path.join(box.dir, name)
    box.pub("dataset", "create", name, "--kind", "subscription",
            "--visibility", visibility, "--title", name, "--licence", "x",
            "--description", name)
    for batch in range(batches):
        box.pub("simulate", "--out", source, "--episodes", "1", "--start",
                str(batch + 1), "--payload-bytes", "1000")
        box.pub("ingest", name, source, "--format", "files")
        last = batch == batches - 1
        box.pub("publish", name, *(release if last else ()))


def setUpModule():
    global box, kitting, grasp, secret, held, outsider
    box = Instance("EPISODES=2", "payload=1000")
    publish("long", "public", 9)
    publish("secret", "private", 2)
    publish("held", "public", 3, "--release", "early=2020-01-01T00:00:00Z",
            "--release", "standard=" + LATER)
    box.grant("lab", "secret")
    box.grant("lab", "long")
    kitting, grasp, secret, held = (
        Log(box, name) for name in ("demo-kitting", "demo-grasp", "secret",
                                    "held"))
    outsider = box.customer("outsider", "long")[0]
    if not trust_versions(box):
        install_trust(box)


def tearDownModule():
    box.remove()


def climb(leaf, index, size, proof):
    """The root by RFC 9162, section 2.1.3.2."""
    node, last, root = index, size - 1, leaf
    for other in proof:
        if node % 2 == 1 or node == last:
            root = node_hash(other, root)
            while node % 2 == 0 and node != 0:
                node >>= 1
                last >>= 1
        else:
            root = node_hash(root, other)
        node >>= 1
        last >>= 1
    return root if last == 0 else None


class Head(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.log = Log(box, "long")

    def get(self, path, **more):
        answer = box.get(path, **more)
        self.assertEqual(answer.status, 200, (path, answer.body[:300]))
        self.assertEqual(answer.end()["status"], "complete")
        return members(answer.body)

    def head(self, query):
        return self.get("/v1/datasets/long/head?" + query)

    def test_all_comes_in_the_order_of_the_contract(self):
        out = list(self.head("from=9&known=3&trust=0"))
        expected = [".sluice/grant.json"]
        for version, _, signatures in trust_versions(box):
            folder = f".sluice/trust/{version:06}/"
            expected += [folder + "trust"]
            expected += [folder + name + ".minisig" for name in signatures]
        expected += [".sluice/checkpoint", ".sluice/consistency",
                     ".sluice/inclusion"]
        expected += [".sluice/batches/000009/" + name for name in (
            "manifest", "manifest.minisig", "index.json", "files.sha256",
            "quality.json")]
        self.assertEqual(out[:len(expected)], expected)
        self.assertEqual(out[len(expected):], [".sluice/end.json"])

    def test_the_trust_files_after_the_known_one_are_as_installed(self):
        versions = trust_versions(box)
        for known in range(len(versions) + 2):
            out = self.head(f"from=9&trust={known}")
            wanted = {}
            for version, text, signatures in versions[known:]:
                folder = f".sluice/trust/{version:06}/"
                wanted[folder + "trust"] = text
                for name, data in signatures.items():
                    wanted[f"{folder}{name}.minisig"] = data
            self.assertEqual({path: data for path, data in out.items()
                              if path.startswith(".sluice/trust/")}, wanted)

    def test_the_checkpoint_is_the_signed_note_with_its_witness(self):
        self.log.cosign()
        note = self.head("trust=0")[".sluice/checkpoint"].decode()
        body, own, _ = self.log.checkpoint()
        self.assertTrue(note.startswith(own.decode()))
        self.assertIn(f"\n— {WITNESS} ", note)
        self.assertEqual(body.decode(), note.split("\n\n")[0] + "\n")
        self.assertIn(text64(self.log.root), note)

    def test_every_consistency_proof_is_that_of_the_definition(self):
        for known in range(1, 9):
            out = self.head(f"from=9&trust=1&known={known}&epoch=1")
            self.assertEqual(out[".sluice/consistency"],
                             proof_text(self.log.consistency(known)), known)

    def test_there_is_no_consistency_proof_where_none_can_be(self):
        for query in ("", "&known=0", "&known=9", "&known=10",
                      "&known=1152921504606846976", "&known=3&epoch=2",
                      "&known=9223372036854775807"):
            out = self.head("from=9&trust=1" + query)
            self.assertNotIn(".sluice/consistency", out, query)

    def test_the_inclusion_proof_is_of_the_last_batch_that_is_sent(self):
        for query, seq in (("from=1", 9), ("from=5", 9), ("from=9", 9),
                           ("from=10", 9), ("from=1000000", 9)):
            out = self.head(query + "&trust=1")
            self.assertEqual(
                out[".sluice/inclusion"], f"{seq - 1} 9\n".encode()
                + proof_text(self.log.inclusion(seq - 1)), query)

    def test_a_stream_proves_its_own_end(self):
        for until_seq in range(1, 10):
            out = self.get("/v1/datasets/long/stream?after=0&trust=1&until="
                           f"{until_seq}")
            proof = out[".sluice/inclusion"]
            self.assertEqual(proof, f"{until_seq - 1} 9\n".encode()
                             + proof_text(self.log.inclusion(until_seq - 1)))
            manifest = out[f".sluice/batches/{until_seq:06}/manifest"]
            self.assertEqual(climb(
                leaf_hash(manifest), until_seq - 1, 9,
                self.log.inclusion(until_seq - 1)), self.log.root)
            self.assertIn(".sluice/checkpoint", out)

    def test_who_names_nothing_gets_all_of_it(self):
        for path in ("/head", "/stream"):
            out = list(self.get("/v1/datasets/long" + path))
            for name in (".sluice/trust/000001/trust", ".sluice/checkpoint",
                         ".sluice/inclusion"):
                self.assertIn(name, out, path)
            self.assertNotIn(".sluice/consistency", out)

    def test_query_keys_are_judged(self):
        for query in ("trust=x", "trust=-1", "trust=1000000", "trust=1.0",
                      "trust=1&known=x", "trust=1&known=-1",
                      "trust=1&known=9223372036854775808",
                      "trust=1&epoch=0", "trust=1&epoch=x",
                      "trust=1&epoch=99999999999", "trust=1&trust=1",
                      "trusts=1"):
            for path in ("/head?", "/stream?"):
                answer = box.get("/v1/datasets/long" + path + query)
                self.assertEqual(answer.status, 400, path + query)


class Damage(unittest.TestCase):
    """A tile that is not what was signed ends the request."""

    @classmethod
    def setUpClass(cls):
        cls.log = Log(box, "long")
        cls.tile = os.path.join(cls.log.folder(cls.log.epoch),
                                "tile/0/000.p/9")
        with open(cls.tile, "rb") as file:
            cls.good = file.read()

    def tearDown(self):
        os.chmod(os.path.dirname(self.tile), 0o755)
        with open(self.tile, "wb") as file:
            file.write(self.good)
        self.assertEqual(box.get("/v1/datasets/long/head?trust=1&known=3")
                         .status, 200)

    def put(self, data):
        with open(self.tile, "wb") as file:
            file.write(data)

    def check(self, path):
        before = box.log().count("log of long")
        answer = box.get(path)
        self.assertEqual(answer.status, 500, path)
        self.assertEqual(answer.json()["code"], "log_damaged")
        self.assertNotIn(b"tile", answer.body)
        self.assertEqual(box.log().count("log of long"), before + 1)

    def check_all(self):
        for path in ("/head?trust=1", "/head?trust=1&known=3",
                     "/stream?trust=1", "/batches/4/inclusion"):
            self.check("/v1/datasets/long" + path)

    def test_missing(self):
        os.rename(self.tile, self.tile + ".gone")
        self.check_all()
        os.remove(self.tile + ".gone")

    def test_any_hash_changed(self):
        for at in range(0, 9):
            data = bytearray(self.good)
            data[at * 32 + at] ^= 1
            self.put(bytes(data))
            self.check("/v1/datasets/long/head?trust=1&known=8")

    def test_cut_short_or_longer(self):
        for data in (b"", self.good[:-1], self.good[:-32],
                     self.good + bytes(32)):
            self.put(data)
            self.check_all()

    def test_another_tree(self):
        self.put(bytes(len(self.good)))
        self.check_all()

    def test_a_folder_or_link_in_its_place(self):
        os.remove(self.tile)
        os.mkdir(self.tile)
        self.check_all()
        os.rmdir(self.tile)
        copy = self.tile + ".copy"
        with open(copy, "wb") as file:
            file.write(self.good)
        os.symlink(copy, self.tile)
        self.check_all()
        os.remove(self.tile)
        os.remove(copy)


class Checkpoint(unittest.TestCase):
    def test_the_three_forms_are_one_signature(self):
        kitting.cosign()
        body, note, minisig = kitting.checkpoint()
        got = box.get(KITTING + "/checkpoint", token=None)
        self.assertTrue(got.body.startswith(note))
        self.assertIn(WITNESS.encode(), got.body)
        self.assertEqual(
            box.get(KITTING + "/checkpoint.txt", token=None).body, body)
        self.assertEqual(
            box.get(KITTING + "/checkpoint.minisig", token=None).body, minisig)

    def test_stock_minisign_accepts_it(self):
        key = None
        for name, url in (("cp.txt", "/checkpoint.txt"),
                          ("cp.txt.minisig", "/checkpoint.minisig")):
            with open(os.path.join(box.dir, name), "wb") as file:
                file.write(box.get(KITTING + url, token=None).body)
        version = box.get("/v1/trust/latest", token=None).json()["version"]
        text = box.get(f"/v1/trust/{version}", token=None).body.decode()
        results = [subprocess.run(
            ["minisign", "-Vqm", os.path.join(box.dir, "cp.txt"), "-P", key],
            check=False).returncode for key in (
                line.split(" ")[1] for line in text.split("\n")
                if line.startswith("log "))]
        self.assertIn(0, results)

    def test_caches_ask_again(self):
        for name in ("checkpoint", "checkpoint.txt", "checkpoint.minisig"):
            answer = box.get(f"{KITTING}/{name}", token=None)
            self.assertEqual(answer.headers["Cache-Control"],
                             "public, no-cache")
            etag = answer.headers["ETag"]
            again = box.get(f"{KITTING}/{name}", token=None,
                            headers={"If-None-Match": etag})
            self.assertEqual((again.status, again.body), (304, b""))
            part = box.get(f"{KITTING}/{name}", token=None,
                           headers={"Range": "bytes=5-9"})
            self.assertEqual((part.status, part.body),
                             (206, answer.body[5:10]))
            self.assertEqual(part.headers["Content-Range"],
                             f"bytes 5-9/{len(answer.body)}")
            none = box.get(f"{KITTING}/{name}", token=None,
                           headers={"Range": "bytes=90000-"})
            self.assertEqual(none.status, 416)
            head = box.request("HEAD", f"{KITTING}/{name}", token=None)
            self.assertEqual((head.status, head.body), (200, b""))
            self.assertEqual(head.headers["Content-Length"],
                             str(len(answer.body)))

    def test_a_dataset_without_batches_has_no_log(self):
        box.pub("dataset", "create", "empty", "--kind", "prebuilt",
                "--visibility", "public", "--title", "e", "--licence", "x",
                "--description", "e")
        for path in ("/checkpoint", "/checkpoint.txt", "/checkpoint.minisig",
                     "/batches/1/inclusion", "/log/1/tile/0/000.p/1"):
            answer = box.get("/v1/datasets/empty" + path, token=None)
            self.assertEqual((answer.status, answer.json()["code"]),
                             (404, "not_found"), path)


class Tiles(unittest.TestCase):
    def url(self, name, epoch=None, of=KITTING):
        return f"{of}/log/{kitting.epoch if epoch is None else epoch}/{name}"

    def test_every_tile_is_that_of_the_definition_and_for_ever(self):
        for size in range(1, kitting.size + 1):
            for name, data in (tiles_of(kitting.hashes[:size]) |
                               entries_of(kitting.leaves[:size])).items():
                answer = box.get(self.url(name), token=None)
                self.assertEqual((answer.status, answer.body), (200, data),
                                 name)
                self.assertEqual(answer.headers["Cache-Control"],
                                 "public, max-age=31536000, immutable")
                self.assertEqual(answer.headers["Content-Type"],
                                 "application/octet-stream")
                again = box.get(self.url(name), token=None, headers={
                    "If-None-Match": answer.headers["ETag"]})
                self.assertEqual(again.status, 304)
                part = box.get(self.url(name), token=None,
                               headers={"Range": "bytes=1-8"})
                self.assertEqual((part.status, part.body), (206, data[1:9]))

    def test_what_is_not_a_tile_of_the_log_is_404(self):
        size = kitting.size
        for name in (f"tile/0/000.p/{size + 1}", "tile/0/000", "tile/0/001",
                     "tile/1/000.p/1", "tile/0/000.p/0", "tile/0/000.p/256",
                     "tile/0/000.p/01", "tile/0/0", "tile/0/0000",
                     "tile/0/x000/000", "tile/6/000.p/1", "tile/9/000",
                     "tile/00/000.p/1", "tile/-1/000.p/1", "tile/entries/000",
                     f"tile/entries/000.p/{size + 1}", "tile/0/000.p/1.x",
                     "tile", "tile/0", "state", "tile/x/000",
                     "tile/0/x999/x999/x999/x999/999"):
            answer = box.get(self.url(name), token=None)
            self.assertEqual((answer.status, answer.json()["code"]),
                             (404, "not_found"), name)
        for epoch in ("0", "2", "01", "x", "-1", "99999999999999999999"):
            answer = box.get(self.url("tile/0/000.p/1", epoch), token=None)
            self.assertEqual(answer.status, 404, epoch)

    def test_a_tile_that_is_written_but_not_signed_yet_is_404(self):
        path = os.path.join(kitting.folder(kitting.epoch),
                            f"tile/0/000.p/{kitting.size + 1}")
        with open(path, "wb") as file:
            file.write(bytes(32 * (kitting.size + 1)))
        name = f"tile/0/000.p/{kitting.size + 1}"
        self.assertEqual(box.get(self.url(name), token=None).status, 404)
        os.remove(path)

    def test_leaves_of_a_listed_dataset_are_for_its_licensees(self):
        name = list(entries_of(grasp.leaves))[0]
        url = self.url(name, grasp.epoch, GRASP)
        answer = box.get(url)
        self.assertEqual((answer.status, answer.body),
                         (200, entries_of(grasp.leaves)[name]))
        self.assertEqual(answer.headers["Cache-Control"],
                         "private, max-age=31536000, immutable")
        self.assertEqual(box.get(url, token=None).status, 401)
        self.assertEqual(box.get(url, token=outsider).status, 403)
        reader = box.issue("lab", "--name", "reader")
        box.sql("UPDATE sluice.token SET scopes = 1 WHERE name = 'reader'")
        self.assertEqual(box.get(url, token=reader).status, 403)
        hashes = box.get(self.url(list(tiles_of(grasp.hashes))[0],
                                  grasp.epoch, GRASP), token=None)
        self.assertEqual(hashes.status, 200)


class Inclusion(unittest.TestCase):
    def test_a_proof_is_one_that_anybody_can_follow(self):
        for seq in range(1, kitting.size + 1):
            answer = box.get(f"{KITTING}/batches/{seq}/inclusion", token=None)
            self.assertEqual(answer.status, 200)
            lines = answer.body.decode().split("\n")
            self.assertEqual(lines[:2], ["c2sp.org/tlog-proof@v1",
                                         f"index {seq - 1}"])
            end = lines.index("")
            self.assertEqual(
                "".join(line + "\n" for line in lines[2:end]).encode(),
                proof_text(kitting.inclusion(seq - 1)))
            note = "\n".join(lines[end + 1:])
            self.assertEqual(note.split("\n")[2], text64(kitting.root))
            manifest = box.get(f"{KITTING}/batches/{seq}/manifest").body
            self.assertEqual(climb(leaf_hash(manifest), seq - 1, kitting.size,
                                   kitting.inclusion(seq - 1)), kitting.root)

    def test_what_is_no_batch_is_404(self):
        for seq in ("0", str(kitting.size + 1), "x", "-1", "1.0",
                    "4294967297", "99999999999999999999"):
            answer = box.get(f"{KITTING}/batches/{seq}/inclusion", token=None)
            self.assertEqual((answer.status, answer.json()["code"]),
                             (404, "not_found"), seq)


class Unreleased(unittest.TestCase):
    """Batch 3 of `held` is for class early."""

    @classmethod
    def setUpClass(cls):
        cls.slow, _ = box.customer("slow", "held")
        cls.early, licence = box.customer("fast", "held")
        box.sql("SELECT sluice.licence_amend(l.id::text, jsonb_set(v.terms, "
                "'{class}', '\"early\"'), 1, 'x') FROM sluice.licence l JOIN "
                "sluice.licence_version v ON v.licence = l.id WHERE l.id = "
                f"'{licence}'")

    def test_its_leaf_and_proof_are_only_for_who_has_it(self):
        missing = box.get(HELD + "/batches/4/inclusion", token=None).json()
        for path in ("/batches/3/inclusion",
                     f"/log/{held.epoch}/tile/entries/000.p/3"):
            self.assertEqual(box.get(HELD + path, token=self.early).status,
                             200, path)
            for token in (None, self.slow, box.token):
                answer = box.get(HELD + path, token=token)
                self.assertEqual((answer.status, answer.json()["code"]),
                                 (404, "not_found"), path)
                self.assertEqual(answer.json()["detail"], missing["detail"])

    def test_what_is_released_is_for_all(self):
        for token in (None, self.slow, self.early):
            for path in ("/batches/2/inclusion",
                         f"/log/{held.epoch}/tile/entries/000.p/2"):
                answer = box.get(HELD + path, token=token)
                self.assertEqual(answer.status, 200, path)

    def test_a_head_proves_what_it_may_give(self):
        for token, seq in ((self.slow, 2), (self.early, 3)):
            out = members(box.get(HELD + "/head?trust=1", token=token).body)
            self.assertEqual(out[".sluice/inclusion"], (
                f"{seq - 1} 3\n").encode() + proof_text(
                    held.inclusion(seq - 1)))
            self.assertEqual(json.loads(out[".sluice/grant.json"])["seq"], seq)


class Private(unittest.TestCase):
    def test_to_who_may_not_see_it_it_is_not_there(self):
        epoch = secret.epoch
        for path in ("/checkpoint", "/checkpoint.txt", "/checkpoint.minisig",
                     "/batches/1/inclusion", "/batches/9/inclusion",
                     f"/log/{epoch}/tile/0/000.p/2",
                     f"/log/{epoch}/tile/entries/000.p/2", "/log/9/tile/x"):
            for token in (None, outsider):
                answer = box.get(SECRET + path, token=token)
                nothing = box.get("/v1/datasets/nosuch" + path, token=token)
                self.assertEqual((answer.status, nothing.status), (404, 404),
                                 path)
                self.assertEqual(
                    answer.json()["detail"].replace("secret", "?"),
                    nothing.json()["detail"].replace("nosuch", "?"))
                self.assertEqual(answer.json()["code"],
                                 nothing.json()["code"])

    def test_a_customer_has_all_of_it_for_itself(self):
        for path in ("/checkpoint", "/batches/1/inclusion"):
            answer = box.get(SECRET + path)
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.headers["Cache-Control"],
                             "private, no-cache")
        for kind in ("0", "entries"):
            answer = box.get(f"{SECRET}/log/{secret.epoch}/tile/{kind}/000.p/2")
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.headers["Cache-Control"],
                             "private, max-age=31536000, immutable")

    def test_a_bad_token_is_not_none(self):
        answer = box.get(KITTING + "/checkpoint", token="x")
        self.assertEqual(answer.status, 401)


class TrustFile(unittest.TestCase):
    def test_every_version_is_served_as_it_was_installed(self):
        for version, text, signatures in trust_versions(box):
            answer = box.get(f"/v1/trust/{version}", token=None)
            self.assertEqual((answer.status, answer.body), (200, text))
            self.assertEqual(answer.headers["Cache-Control"],
                             "public, max-age=31536000, immutable")
            for name, data in signatures.items():
                answer = box.get(f"/v1/trust/{version}/{name}.minisig",
                                 token=None)
                self.assertEqual((answer.status, answer.body), (200, data))
            part = box.get(f"/v1/trust/{version}", token=None,
                           headers={"Range": "bytes=2-10"})
            self.assertEqual((part.status, part.body), (206, text[2:11]))

    def test_the_latest_is_told(self):
        version, text, signatures = trust_versions(box)[-1]
        answer = box.get("/v1/trust/latest", token=None)
        self.assertEqual(answer.json(), {
            "version": version, "sha256": hashlib.sha256(text).hexdigest(),
            "signatures": sorted(signatures)})
        again = box.get("/v1/trust/latest", token=None, headers={
            "If-None-Match": answer.headers["ETag"]})
        self.assertEqual(again.status, 304)

    def test_what_is_not_there_is_404(self):
        name = list(trust_versions(box)[0][2])[0]
        for path in ("0", "01", "999", "x", "-1", "99999999999", "1/x",
                     "1/" + name, "1/" + name + ".sig", "1/.minisig",
                     "1/0000000000000000.minisig", "999/" + name + ".minisig",
                     "1/" + name.lower() + ".minisig_"):
            answer = box.get("/v1/trust/" + path, token=None)
            self.assertEqual((answer.status, answer.json()["code"]),
                             (404, "not_found"), path)


class Freshness(unittest.TestCase):
    def test_a_subscriber_hears_of_it(self):
        connection, out = box.begin("/v1/events")
        now = int(time.time())
        grasp.cosign(now + 1)
        while b"event: freshness\n" not in out or not out.endswith(b"\n\n"):
            more = connection.recv(4096)
            self.assertTrue(more, "the stream ended")
            out += more.replace(b"\r\n", b"\n")
        connection.close()
        block = next(block for block in out.split(b"\n\n")
                     if b"event: freshness\n" in block)
        data = json.loads(block.split(b"data: ")[1].split(b"\n")[0])
        self.assertEqual(data, {
            "dataset": "demo-grasp", "size": grasp.size,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                  time.gmtime(now + 1))})

    def test_the_operator_sees_what_is_stale(self):
        logs = int(box.sql("SELECT count(*) FROM sluice.log_head"))
        stale = int(box.sql("SELECT (sluice.log_freshness()).stale"))
        self.assertLessEqual(stale, logs)
        until(lambda: box.metric("sluice_logs_stale") == int(box.sql(
            "SELECT (sluice.log_freshness()).stale")), what="the count")
        box.sql("ALTER TABLE sluice.cosignature DISABLE TRIGGER ALL; "
                "UPDATE sluice.cosignature SET time = now() - interval "
                "'25 hours'")
        until(lambda: box.metric("sluice_logs_stale") == logs, what="stale")
        until(lambda: 90000 <= box.metric("sluice_log_age_seconds") < 90600,
              what="the age")


class Page(unittest.TestCase):
    def test_it_shows_the_log_and_its_commands_work(self):
        page = box.request("GET", "/datasets/demo-kitting", token=None,
                           headers={"Accept": "text/html"}).body.decode()
        self.assertIn(text64(kitting.root), page)
        start = page.index("<code>D=") + 6
        text = page[start:page.index("</code>", start)]
        for tag in ('<span class="c">', "</span>"):
            text = text.replace(tag, "")
        for entity, char in (("&amp;", "&"), ("&#39;", "'"), ("&quot;", '"'),
                             ("&lt;", "<"), ("&gt;", ">")):
            text = text.replace(entity, char)
        folder = os.path.join(box.dir, "stock")
        os.makedirs(folder, exist_ok=True)
        run = subprocess.run(
            ["bash", "-eu", "-c", "curl() { command curl --cacert "
             f"'{box.env['SLUICE_CA']}' \"$@\"; }}\n" + text], cwd=folder,
            capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr + text)
        self.assertIn("Signature and comment signature verified", run.stdout)
        self.assertIn(text64(kitting.root), run.stdout)

    def test_the_json_has_it_too(self):
        log = box.get(KITTING, token=None).json()["log"]
        self.assertEqual((log["size"], log["root"], log["epoch"]),
                         (kitting.size, text64(kitting.root), kitting.epoch))


class ZEpoch(unittest.TestCase):
    """Last by its name: the log it leaves is in another epoch."""

    def test_a_new_epoch_goes_on_where_root_says(self):
        log = Log(box, "long")
        old = log.epoch
        point = 4
        install_trust(box, lambda trust: trust.epoch(
            "long", old + 1, point, root_of(log.hashes[:point])))
        log.write(old + 1)
        answer = box.get("/v1/datasets/long/head?from=9&trust=1&known=7"
                         f"&epoch={old}")
        self.assertEqual(answer.status, 200, answer.body)
        out = members(answer.body)
        self.assertIn(f"/long/{old + 1}\n".encode(),
                      out[".sluice/checkpoint"])
        self.assertEqual(out[".sluice/consistency"],
                         proof_text(log.consistency(point)))
        out = members(box.get("/v1/datasets/long/head?from=9&trust=9&known=7"
                              f"&epoch={old + 1}").body)
        self.assertEqual(out[".sluice/consistency"],
                         proof_text(log.consistency(7)))
        for epoch in (old, old + 1):
            answer = box.get(f"/v1/datasets/long/log/{epoch}/tile/0/000.p/4",
                             token=None)
            self.assertEqual(answer.status, 200)


if __name__ == "__main__":
    unittest.main(verbosity=1)
