#!/usr/bin/env python3
"""What happens to deliveries when something breaks or someone steps in."""

import os
import signal
import socket
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from instance import CLUSTER, Instance, end_record, read_rest, until  # noqa: E402

STREAM = "/v1/datasets/demo-kitting/stream"
PACK = "/v1/datasets/demo-kitting/batches/2/pack.tar.zst"


def setUpModule():
    global box
    box = Instance("EPISODES=8", "payload=8000000", "workers=2")


def tearDownModule():
    box.remove()


class Faults(unittest.TestCase):
    def setUp(self):
        name = "c%d" % time.monotonic_ns()
        self.name = name
        self.token, self.licence = box.customer(name, "demo-kitting")

    def begin(self, read=100000):
        """A delivery that is under way and cannot end, unread as it is."""
        connection, out = box.begin(STREAM, token=self.token)
        while len(out) < read:
            out += connection.recv(16384)
        return connection, out

    def finish(self, connection, out):
        more, _ = read_rest(connection, out)
        connection.close()
        return more, end_record(more)

    def pull_whole(self):
        answer = box.get(STREAM, token=self.token)
        self.assertEqual(answer.end()["status"], "complete")

    def test_revocation_stops_a_delivery_at_once(self):
        connection, out = self.begin()
        began = time.monotonic()
        box.ctl("licence", "revoke", self.licence, "--reason", "test")
        until(lambda: box.sql("SELECT count(*) FROM sluice.lease WHERE "
                              f"licence = '{self.licence}'") == "0",
              5, "the lease ends")
        self.assertLess(time.monotonic() - began, 3)
        out, end = self.finish(connection, out)
        self.assertLess(len(out), 64000000)
        if end is not None:
            self.assertEqual((end["status"], end["code"]),
                             ("refused", "licence_revoked"))
        again = box.get(STREAM, token=self.token)
        self.assertEqual(again.json()["code"], "licence_revoked")

    def test_a_reader_is_told_that_the_licence_was_suspended(self):
        connection, out = self.begin()
        box.ctl("licence", "suspend", self.licence, "--reason", "test")
        out, end = self.finish(connection, out)
        if end is not None:
            self.assertEqual(end["code"], "licence_suspended")
            self.assertIsNotNone(end["position"])
        box.ctl("licence", "reinstate", self.licence, "--reason", "test")
        self.pull_whole()

    def test_a_busy_licence_is_waited_for(self):
        connection, out = self.begin()
        # Longer than the pool's lock_timeout of 1 s.
        hold = subprocess.Popen(
            ["psql", "-XAtq", "-c", "BEGIN", "-c", "SELECT FROM sluice.licence "
             f"WHERE id = '{self.licence}' FOR UPDATE", "-c",
             "SELECT pg_sleep(2.5)", "-c", "COMMIT"], env=box.env,
            stdout=subprocess.DEVNULL)
        until(lambda: box.sql(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE "
            "'SELECT pg_sleep(2.5)%'") == "1", 5, "the row is held")
        _, end = self.finish(connection, out)
        self.assertEqual(hold.wait(), 0)
        self.assertEqual(end["status"], "complete")

    def test_a_kicked_delivery_ends(self):
        connection, out = self.begin()
        out_text = box.ctl("server", "kick", self.name, "--reason", "test",
                           "--json")
        self.assertIn("1", out_text)
        out, end = self.finish(connection, out)
        self.assertLess(len(out), 64000000)
        if end is not None:
            self.assertEqual(end["status"], "interrupted")
        self.pull_whole()

    def test_an_amended_licence_is_decided_again(self):
        connection, out = self.begin()
        box.sql("SELECT sluice.licence_amend(l.id::text, jsonb_set("
                "v.terms, '{layers}', '[\"state\"]'), NULL, 'test') FROM "
                "sluice.licence l JOIN sluice.licence_version v ON "
                f"v.licence = l.id WHERE l.id = '{self.licence}'")
        out, end = self.finish(connection, out)
        if end is not None:
            self.assertIn(end["code"], ("layer_not_in_scope", ""))

    def read_pack(self, path):
        """Begin a pack, unread; its socket, what came, its length."""
        connection, out = box.begin(path, token=self.token)
        while b"\r\n\r\n" not in out:
            out += connection.recv(4096)
        head = out.split(b"\r\n\r\n")[0].decode()
        self.assertIn(" 200 ", head.splitlines()[0])
        length = int(head.lower().split("content-length: ")[1].split()[0])
        return connection, out, length

    def test_a_pack_under_way_follows_an_amended_licence(self):
        connection, out, length = self.read_pack(PACK)
        box.sql("SELECT sluice.licence_amend(l.id::text, jsonb_set("
                "v.terms, '{layers}', '[\"state\"]'), NULL, 'test') FROM "
                "sluice.licence l JOIN sluice.licence_version v ON "
                f"v.licence = l.id WHERE l.id = '{self.licence}'")
        until(lambda: box.sql("SELECT count(*) FROM sluice.lease WHERE "
                              f"licence = '{self.licence}'") == "0",
              5, "the lease ends")
        more, _ = read_rest(connection, out)
        connection.close()
        self.assertLess(len(more), length)

    def test_a_pack_goes_on_when_it_is_still_covered(self):
        connection, out, length = self.read_pack(PACK)
        before = box.usage(self.licence)
        box.sql("SELECT sluice.licence_amend(l.id::text, jsonb_set("
                "v.terms, '{quota,episodes}', '1000000'), NULL, 'test') "
                "FROM sluice.licence l JOIN sluice.licence_version v ON "
                f"v.licence = l.id WHERE l.id = '{self.licence}'")
        until(lambda: box.sql("SELECT version FROM sluice.lease WHERE "
                              f"licence = '{self.licence}'") == "2",
              5, "the lease is of the new version")
        more, _ = read_rest(connection, out)
        connection.close()
        self.assertGreater(len(more), length)
        self.assertEqual(box.usage(self.licence), before)

    def test_a_retraction_ends_deliveries_under_way(self):
        name = "recalled-%d" % time.monotonic_ns()
        source = os.path.join(box.dir, name)
        box.pub("dataset", "create", name, "--visibility", "public")
        box.pub("simulate", "--out", source, "--episodes", "4",
                "--payload-bytes", "8000000")
        box.pub("ingest", name, source, "--format", "files")
        box.pub("publish", name)
        self.licence = box.grant(self.name, name)
        path = f"/v1/datasets/{name}/batches/1/pack.tar.zst"
        pack, pack_out, length = self.read_pack(path)
        stream, stream_out = box.begin(f"/v1/datasets/{name}/stream",
                                       token=self.token)
        while len(stream_out) < 100000:
            stream_out += stream.recv(16384)
        box.pub("retract", name, "4", "--reason", "consent_withdrawn")
        until(lambda: box.sql("SELECT count(*) FROM sluice.lease WHERE "
                              f"licence = '{self.licence}'") == "0",
              5, "the leases end")
        stream_out, end = self.finish(stream, stream_out)
        if end is not None:
            self.assertEqual((end["status"], end["code"]),
                             ("interrupted", "retracted"))
        self.assertLess(len(stream_out), 32000000)
        more, _ = read_rest(pack, pack_out)
        pack.close()
        self.assertLess(len(more), length)
        answer = box.get(f"/v1/datasets/{name}/stream", token=self.token)
        self.assertEqual(answer.end()["status"], "complete")

    def test_postgresql_dies_in_mid_delivery_and_comes_back(self):
        # More than the head and a chunk.
        connection, out = self.begin(6000000)
        subprocess.run([CLUSTER, "kill", box.dir + "/pg"], check=True)
        out, end = self.finish(connection, out)
        self.assertIsNotNone(end, "an end record says why")
        self.assertEqual((end["status"], end["code"]),
                         ("interrupted", "database_unavailable"))
        self.assertLess(len(out), 60000000)
        until(lambda: box.admin("/readyz")[0] == 503, 10, "not ready")
        self.assertEqual(box.admin("/livez")[0], 200)
        began = time.monotonic()
        answer = box.get("/v1/licences", token=self.token)
        self.assertEqual(answer.status, 503)
        self.assertIn("Retry-After", answer.headers)
        self.assertLess(time.monotonic() - began, 15)
        subprocess.run([CLUSTER, "start", box.dir + "/pg"], check=True,
                       stdout=subprocess.DEVNULL)
        until(lambda: box.admin("/readyz")[0] == 200, 30, "ready again")
        self.check_charged(end["position"])
        self.pull_whole()
        self.check_ledger()

    def check_charged(self, position):
        """Every live segment up to there is held: nothing went out free."""
        self.assertIsNotNone(position)
        sent, held = box.sql(
            "SELECT count(*), count(*) FILTER (WHERE h.ordinals @> s.ordinal) "
            "FROM sluice.dataset d JOIN sluice.segment s ON s.dataset = d.id "
            "JOIN sluice.episode e ON e.dataset = d.id AND "
            "e.number = s.number AND "
            "e.layers ->> s.layer = s.seq || '.' || s.ordinal "
            "LEFT JOIN sluice.held_segments h ON h.dataset = d.id AND "
            f"h.seq = s.seq AND h.licence = '{self.licence}' "
            "WHERE d.name = 'demo-kitting' AND e.number > 0 AND "
            "(s.seq, s.chunk_first) < "
            f"({position['seq']}, {position['chunk']})").split("|")
        self.assertGreater(int(sent), 0)
        self.assertEqual(sent, held)

    def test_a_worker_is_killed_in_mid_delivery(self):
        connection, out = self.begin()
        victims = [row for row in box.sql(
            "SELECT DISTINCT split_part(worker, ':', 2) FROM sluice.lease "
            f"WHERE licence = '{self.licence}'").split()]
        self.assertEqual(len(victims), 1)
        os.kill(int(victims[0]), signal.SIGKILL)
        out, end = self.finish(connection, out)
        self.assertIsNone(end, "no end record: the delivery is incomplete")
        until(lambda: box.admin("/readyz")[0] == 200 and
              int(victims[0]) not in box.workers(), 20, "a new worker")
        self.pull_whole()
        self.check_ledger()

    def check_ledger(self):
        held = box.sql(
            "SELECT sum(upper(r) - lower(r)) FROM sluice.held_episodes h, "
            f"unnest(h.numbers) r WHERE h.licence = '{self.licence}'")
        self.assertEqual(int(held), box.usage(self.licence)[0])

    def test_kills_charge_nothing_twice(self):
        for _ in range(5):
            connection, _ = self.begin()
            victim = box.sql(
                "SELECT DISTINCT split_part(worker, ':', 2) FROM sluice.lease "
                f"WHERE licence = '{self.licence}' LIMIT 1")
            os.kill(int(victim), signal.SIGKILL)
            connection.close()
            until(lambda: box.admin("/readyz")[0] == 200, 20, "ready")
            box.sql(f"DELETE FROM sluice.lease WHERE licence = "
                    f"'{self.licence}'")
        self.pull_whole()
        self.check_ledger()
        used = box.usage(self.licence)
        self.pull_whole()
        self.assertEqual(box.usage(self.licence), used)

    def test_reload_takes_a_new_certificate(self):
        before = box.connect().getpeercert()["serialNumber"]
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
             box.dir + "/key.pem", "-out", box.dir + "/cert.pem", "-days",
             "30", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost,IP:127.0.0.1"],
            check=True, capture_output=True)
        os.kill(box.pid(), signal.SIGHUP)

        def is_new():
            try:
                found = box.connect().getpeercert()["serialNumber"]
            except OSError:
                return False
            return found != before
        until(is_new, 10, "the new certificate")

    def test_term_drains_within_its_time(self):
        connection, out = self.begin()
        began = time.monotonic()
        os.kill(box.pid(), signal.SIGTERM)
        out, end = self.finish(connection, out)
        self.assertEqual((end["status"], end["code"]),
                         ("interrupted", "server_draining"))
        self.assertIsNotNone(end["position"])

        def is_gone():
            try:
                os.kill(box.pid(), 0)
            except ProcessLookupError:
                return True
            with open(f"/proc/{box.pid()}/stat") as file:
                return file.read().rsplit(")", 1)[1].split()[0] == "Z"
        until(is_gone, 15, "the server ends")
        self.assertLess(time.monotonic() - began, 11)
        box.start()
        self.pull_whole()


class Starting(unittest.TestCase):
    def sluiced(self, *words):
        return subprocess.run(
            ["sluiced", "--config", box.env["SLUICED_CONF"], *words],
            env=box.env, capture_output=True, text=True, timeout=60)

    def test_bad_settings_are_named(self):
        for words, text in ((("--workers", "x"), "workers"),
                            (("--cert", "/nonexistent"), "No such file"),
                            (("--cert", "/etc/passwd"), "no PEM"),
                            (("--listen", "localhost"), "listen: "),
                            (("--listen", "localhost:99999"), "not a port"),
                            (("--admin-listen", "x"), "admin_listen: "),
                            (("--objects", "/nonexistent"), "/nonexistent"),
                            (("--log-level", "loud"), "log_level")):
            run = self.sluiced("--check-config", *words)
            self.assertNotEqual(run.returncode, 0, words)
            self.assertIn(text, run.stderr)
        path = box.dir + "/bad.conf"
        with open(path, "w") as file:
            file.write("listen = localhost:1\ncolour = red\n")
        run = subprocess.run(["sluiced", "-n", "-c", path], env=box.env,
                             capture_output=True, text=True)
        self.assertIn("bad.conf:2", run.stderr)
        self.assertEqual(self.sluiced("-n").returncode, 0)

    def test_no_postgresql_is_exit_code_8(self):
        run = self.sluiced("--listen", "127.0.0.1:0", "--admin-listen", "off",
                           "--db", "host=/nonexistent", "--db-wait", "0s")
        self.assertEqual(run.returncode, 8)
        self.assertIn("PostgreSQL", run.stderr)

    def test_a_port_in_use_is_refused(self):
        run = self.sluiced("--admin-listen", "off")
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("listen", run.stderr)

    def test_sockets_of_systemd_are_taken(self):
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        child = subprocess.Popen(
            ["sh", "-c", 'exec 3<&%d; LISTEN_PID=$$ LISTEN_FDS=1 exec sluiced '
             '--config "$0" --admin-listen off' % listener.fileno(),
             box.env["SLUICED_CONF"]], env=box.env,
            pass_fds=(listener.fileno(),), stderr=subprocess.PIPE)
        try:
            until(lambda: b"ready" in child.stderr.readline(), 20, "ready")
            raw = socket.create_connection(("127.0.0.1", port))
            with box.context().wrap_socket(
                    raw, server_hostname="localhost") as connection:
                connection.sendall(b"GET /v1/datasets HTTP/1.1\r\n"
                                   b"Host: a\r\nConnection: close\r\n\r\n")
                self.assertIn(b"200", connection.recv(4096))
        finally:
            child.terminate()
            child.wait(20)
            child.stderr.close()
            listener.close()

    def test_synchronous_commit_off_is_refused(self):
        box.sql("ALTER ROLE sluiced SET synchronous_commit = off")
        try:
            run = self.sluiced("--listen", "127.0.0.1:0", "--admin-listen",
                               "off")
            self.assertNotIn(run.returncode, (0, 8))
            self.assertIn("synchronous_commit", run.stderr)
        finally:
            box.sql("ALTER ROLE sluiced RESET synchronous_commit")


if __name__ == "__main__":
    unittest.main(verbosity=2)
