#!/usr/bin/env python3
"""A batch that is held back from a class of licences: no path tells of it or
gives it away; and what a token for one licence is told of another."""

import calendar
import io
import json
import os
import random
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from instance import Instance  # noqa: E402

DATASET = "/v1/datasets/held"
LATER = "2099-01-01T01:15:00Z"


def setUpModule():
    global box
    box = Instance("EPISODES=2", "payload=2000")
    source = os.path.join(box.dir, "held")
    box.pub("dataset", "create", "held", "--kind", "subscription",
            "--visibility", "public", "--title", "Held back",
            "--licence", "x", "--description", "Later.")
    for start, release in ((1, ()), (4, (
            "--release", "early=2020-01-01T00:00:00Z",
            "--release", "standard=" + LATER))):
        box.pub("simulate", "--out", source, "--episodes", "3", "--start",
                str(start), "--payload-bytes", "2000")
        box.pub("ingest", "held", source, "--format", "files")
        box.pub("publish", "held", *release)


def tearDownModule():
    box.remove()


class Facets(unittest.TestCase):
    """The server judges a filter as the client does: by what it may see."""

    TASKS = ("pick", "pour", "place")
    EPISODES = range(1, 7)

    def write(self, tasks):
        os.makedirs(self.source, exist_ok=True)
        lines = []
        for number in self.EPISODES:
            with open(f"{self.source}/{number}.csv", "w") as file:
                file.write(f"{number}\n")
            lines.append({"key": str(number), "facets": {
                "task": tasks[number],
                "duration_ms": 1000}, "layers": {
                    "state": [f"{number}.csv"]}})
        with open(self.source + "/episodes.jsonl", "w") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)

    def publish(self, *release):
        box.pub("ingest", "facets", self.source, "--format", "files")
        box.pub("publish", "facets", *release)

    def mirror(self, kind):
        """The episodes that a client gets, which is all that it selects."""
        folder = tempfile.mkdtemp(prefix=kind, dir=box.dir)
        subprocess.run(["sluice", "pull", "facets", folder, "--profile",
                        self.profiles[kind], "-q"],
                       env=box.env, check=True)
        return {int(name[:-4]) for name in os.listdir(folder)
                if name.endswith(".csv")}

    def licence(self, kind):
        _, licence = box.customer("facets-" + kind, "facets", "--where",
                                  "task=pick|pour")
        self.profiles[kind] = os.path.join(box.dir, kind + ".json")
        box.ctl("token", "issue", "--customer", "facets-" + kind, "--name",
                "pull", "--out-profile", self.profiles[kind], "--endpoint",
                box.env["SLUICE_URL"], "--ca", box.env["SLUICE_CA"],
                "--reason", "test")
        if kind == "early":
            box.sql("SELECT sluice.licence_amend(l.id::text, jsonb_set("
                    "v.terms, '{class}', '\"early\"'), 1, 'x') FROM "
                    "sluice.licence l JOIN sluice.licence_version v ON "
                    f"v.licence = l.id WHERE l.id = '{licence}'")

    def test_a_revision_that_others_have_first_changes_no_filter(self):
        self.source = os.path.join(box.dir, "facets-source")
        box.pub("dataset", "create", "facets", "--visibility", "public",
                "--title", "Facets")
        rng = random.Random(4)
        tasks = {number: self.TASKS[number % 3] for number in self.EPISODES}
        seen = {"standard": dict(tasks)}
        self.write(tasks)
        self.publish()
        self.profiles = {}
        self.licence("standard")
        self.licence("early")
        for _ in range(3):
            for number in rng.sample(self.EPISODES, 4):
                tasks[number] = rng.choice(self.TASKS)
            self.write(tasks)
            self.publish("--release", "early=2020-01-01T00:00:00Z",
                         "--release", "standard=" + time.strftime(
                             "%Y-%m-%dT00:00:00Z",
                             time.gmtime(time.time() + 300 * 86400)))
            seen["early"] = dict(tasks)
            for kind in self.profiles:
                wanted = {number for number in self.EPISODES
                          if seen[kind][number] != "place"}
                self.assertEqual(self.mirror(kind), wanted, kind)


class Early(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.token, cls.licence = box.customer("slow", "held")
        cls.early, cls.early_licence = box.customer("fast", "held")
        box.sql("SELECT sluice.licence_amend(l.id::text, jsonb_set(v.terms, "
                "'{class}', '\"early\"'), 1, 'x') FROM sluice.licence l JOIN "
                "sluice.licence_version v ON v.licence = l.id WHERE l.id = "
                f"'{cls.early_licence}'")
        index = box.get(DATASET + "/batches/2/index.json", token=cls.early)
        cls.index = index.json()
        cls.secrets = [episode["id"] for episode in cls.index["episodes"]
                       if episode["op"] == "add"]

    def get(self, path, status=200, token=None):
        answer = box.get(path, token=token or self.token)
        self.assertEqual(answer.status, status, (path, answer.body))
        return answer

    def test_who_has_early_access_gets_it(self):
        self.assertEqual(len(self.secrets), 3)
        answer = self.get(DATASET + "/stream", token=self.early)
        self.assertEqual(answer.end()["status"], "complete")
        self.assertEqual(box.usage(self.early_licence)[0], 6)

    def test_no_page_and_no_list_tells_of_it(self):
        paths = ["/", "/datasets/held", "/v1/datasets", DATASET,
                 DATASET + "/episodes", DATASET + "/episodes?limit=200"]
        paths += ["%s/batches?%s" % (DATASET, query) for query in (
            "", "cursor=2", "cursor=3", "cursor=999999999&limit=200")]
        for token in (None, self.token, self.early):
            for path in paths:
                answer = box.get(path, token=token)
                self.assertEqual(answer.status, 200, path)
                for secret in self.secrets:
                    self.assertNotIn(secret.encode(), answer.body, path)
                if "/batches" in path:
                    self.assertNotIn(2, [row["seq"] for row in
                                         answer.json()["batches"]], path)
        self.assertEqual(self.get(DATASET).json()["episodes"], 3)

    def test_a_stream_and_a_head_end_before_it(self):
        for path in ("/stream", "/stream?until=2", "/stream?after=1",
                     "/head", "/head?from=2"):
            answer = self.get(DATASET + path)
            self.assertEqual(answer.end()["status"], "complete", path)
            for secret in self.secrets:
                self.assertNotIn(secret.encode(), answer.body, path)
        self.assertEqual(box.usage(self.licence)[0], 3)

    def test_its_objects_are_404_as_those_of_no_batch(self):
        for name in ("manifest", "manifest.minisig", "index.json",
                     "files.sha256", "quality.json", "pack.tar.zst"):
            held = self.get(f"{DATASET}/batches/2/{name}", 404).json()
            none = self.get(f"{DATASET}/batches/3/{name}", 404).json()
            for answer in (held, none):
                answer.pop("request_id", None)
                answer.pop("instance", None)
            self.assertEqual(held, none, name)
            head = box.request("HEAD", f"{DATASET}/batches/2/{name}",
                               token=self.token)
            self.assertEqual(head.status, 404, name)

    def test_its_segments_are_not_fetched_nor_quoted(self):
        before = box.usage(self.licence)
        for wants in ({"segments": {"2": "0"}}, {"chunks": {"2": "0"}},
                      {"segments": {"1": "0", "2": "0-2"}},
                      {"segments": {"1": "0"}, "chunks": {"2": "0"}}):
            answers = []
            for batch in ("2", "3"):
                body = json.loads(json.dumps(wants).replace('"2"',
                                                            f'"{batch}"'))
                answer = box.request("POST", DATASET + "/fetch", body,
                                     token=self.token)
                answers.append((answer.status, answer.json()["code"]))
                if "chunks" in wants:
                    continue
                answer = box.request("POST", DATASET + "/quote", body,
                                     token=self.token)
                answers.append((answer.status, answer.json()["code"]))
            self.assertEqual(set(answers), {(404, "not_found")}, wants)
        self.assertEqual(box.usage(self.licence), before)

    def test_its_event_waits(self):
        def events(token):
            connection, out = box.begin("/v1/events?after=0", token=token)
            while b"\n\n" not in out.split(b"\r\n\r\n", 1)[-1]:
                out += connection.recv(65536)
            connection.settimeout(1)
            try:
                while more := connection.recv(65536):
                    out += more
            except OSError:
                pass
            connection.close()
            return out

        self.assertIn(b'"seq":2', events(self.early).replace(b" ", b""))
        self.assertNotIn(b'"seq":2', events(self.token).replace(b" ", b""))


class Release(unittest.TestCase):
    """Time passes, and nobody does anything: the workers release it."""

    def setUp(self):
        source = os.path.join(box.dir, "soon")
        box.pub("dataset", "create", "soon", "--kind", "subscription",
                "--visibility", "public", "--title", "Soon", "--licence", "x",
                "--description", "Soon.")
        self.token, self.licence = box.customer("waits", "soon")
        self.at = time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                time.gmtime(time.time() + 12))
        for start, release in ((1, ()), (4, (
                "--release", "early=2020-01-01T00:00:00Z",
                "--release", "standard=" + self.at))):
            box.pub("simulate", "--out", source, "--episodes", "1", "--start",
                    str(start), "--payload-bytes", "2000")
            box.pub("ingest", "soon", source, "--format", "files")
            box.pub("publish", "soon", *release)

    def grant(self):
        answer = box.get("/v1/datasets/soon/head", token=self.token)
        tar = subprocess.run(["zstd", "-dc"], input=answer.body,
                             capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
            return json.load(archive.extractfile(".sluice/grant.json"))

    def test_a_batch_comes_when_it_is_time_and_is_told_once(self):
        grant = self.grant()
        self.assertEqual((grant["class"], grant["seq"], grant["release"]),
                         ("standard", 1, {"seq": 2, "at": self.at}))
        page = box.get("/datasets/soon", token=None).body.decode()
        self.assertIn("early access", page.lower())
        shown = box.get("/v1/licences/" + self.licence,
                        token=self.token).json()
        self.assertEqual(shown["release"], {"seq": 2, "at": self.at})
        self.assertLess(time.time(), calendar.timegm(
            time.strptime(self.at, "%Y-%m-%dT%H:%M:%SZ")), "too slow")
        connection, out = box.begin("/v1/events", token=self.token)
        connection.settimeout(20)
        while b"event: batch" not in out:
            out += connection.recv(65536)
        connection.settimeout(2.5)
        try:
            while more := connection.recv(65536):
                out += more
        except OSError:
            pass
        connection.close()
        self.assertEqual(out.count(b"event: batch"), 1)
        grant = self.grant()
        self.assertEqual((grant["seq"], grant["release"]), (2, None))
        box.get("/v1/datasets/soon/stream", token=self.token)
        self.assertEqual(box.usage(self.licence)[0], 2)
        self.assertEqual(
            box.get("/v1/datasets/soon", token=None).json()["seq"], 2)


class Page(unittest.TestCase):
    def page(self, token=None):
        answer = box.get("/datasets/held", token=token,
                         headers={"Accept": "text/html"})
        self.assertEqual(answer.status, 200)
        return answer.body.decode()

    def test_it_names_price_notices_and_how_to_ask(self):
        plain = self.page()
        self.assertNotIn("Notices", plain)
        self.assertNotIn("<dt>Price</dt>", plain)
        self.assertIn("sluice request held", plain)
        price = {"per_episode": 2500, "per_hour": 12000000,
                 "per_month": 100000000, "currency": "EUR",
                 "included": {"episodes": 10, "duration_ms": 7200000},
                 "cap": 500000000}
        box.sql(f"SELECT sluice.price_set('held', '{json.dumps(price)}', 'x')")
        for kind, text in (("delay", "Late by a week."),
                           ("deprecation", "<b>Gone</b> & over"),
                           ("schema", "New topic."), ("info", "Hello.")):
            box.sql(f"SELECT sluice.notice_add('held', '{kind}', '{text}', "
                    f"{1800000000000000 if kind == 'delay' else 'NULL'}, 'x')")
        page = self.page()
        for words in ("0.0025 EUR per episode", "12.00 EUR per recorded hour",
                      "100.00 EUR per month", "At most 500.00 EUR a month",
                      "10 episodes and 2.0 h a month included",
                      "Late by a week.", "Schema change", "Deprecation",
                      "15 Jan 2027", "Early access",
                      "&lt;b&gt;Gone&lt;/b&gt; &amp; over"):
            self.assertIn(words, page)
        shown = box.get(DATASET, token=None).json()
        self.assertEqual(shown["price"], price)
        self.assertEqual(shown["release"], {"seq": 2, "at": LATER})
        self.assertEqual([row["kind"] for row in shown["notices"]],
                         ["info", "schema", "deprecation", "delay"])
        box.sql("SELECT sluice.notice_remove('held', 1, 'x')")
        self.assertNotIn("Late by a week.", self.page())

    def test_a_licensee_is_not_asked_to_ask(self):
        token, _ = box.customer("licensee", "held")
        page = self.page(token)
        self.assertNotIn("Request access", page)
        self.assertIn("sluice pull held", page)


class Narrow(unittest.TestCase):
    def test_a_token_for_one_licence_is_not_told_of_another(self):
        _, licence = box.customer("narrow", "held")
        other = box.grant("narrow", "held")
        token = box.issue("narrow", "--licence", licence, "--name", "one")
        answer = box.get(DATASET, token=token)
        self.assertIn(licence.encode(), answer.body)
        self.assertNotIn(other.encode(), answer.body)
        answer = box.get("/datasets/held", token=token)
        self.assertNotIn(other.encode(), answer.body)

    def test_what_is_left_of_a_monthly_quota_is_of_the_month(self):
        token, licence = box.customer("monthly", "held")
        box.sql("SELECT sluice.licence_amend(l.id::text, jsonb_set(v.terms, "
                "'{quota}', '{\"episodes\":2,\"duration_ms\":null,"
                "\"bytes\":null,\"per\":\"month\",\"overage_percent\":0}'), 1,"
                " 'x') FROM sluice.licence l JOIN sluice.licence_version v ON "
                f"v.licence = l.id WHERE l.id = '{licence}'")
        box.sql("UPDATE sluice.licence_total SET used_episodes = 5 WHERE "
                f"licence = '{licence}'")
        answer = box.request("POST", DATASET + "/quote", {
            "segments": {"1": "0"}}, token=token)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json()["remaining"]["episodes"], 2)


if __name__ == "__main__":
    unittest.main()
