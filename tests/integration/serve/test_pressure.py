#!/usr/bin/env python3
"""Many connections, slow ones, and a server that starts before PostgreSQL."""

import os
import resource
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from instance import (CLUSTER, Instance, make_token,  # noqa: E402
                      read_rest, until)  # noqa: E402

IDLE_COUNT = 2000
DRIBBLER_COUNT = 40
# sluiced's deadline for a handshake and for a head, and how late it may be.
DEADLINE_S = 10
LATE_S = 30
# Uploads at once, what each announces, and how much of it comes.
UPLOAD_COUNT = 60
UPLOAD_BYTES = 6 << 20
UPLOAD_SENT = 5 << 20
# What the workers may grow by meanwhile: their budget of bodies is 64 MiB.
UPLOADS_MAX_BYTES = 80 << 20


def setUpModule():
    global box
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    box = Instance("EPISODES=4", "payload=100000", "workers=2")


def tearDownModule():
    box.remove()


def plain():
    return socket.create_connection(("127.0.0.1", box.port))


def dribble(ends):
    """A header that never ends, a byte now and then; how it was ended."""
    began = time.monotonic()
    answer = b""
    with box.connect() as one:
        one.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        one.settimeout(0.5)
        while time.monotonic() - began < DEADLINE_S + LATE_S:
            try:
                more = one.recv(4096)
                answer += more
                if not more:
                    break
            except TimeoutError:
                pass
            except OSError:
                break
            try:
                one.sendall(b"x")
            except OSError:
                pass
    ends.append((time.monotonic() - began, answer))


class Crowd(unittest.TestCase):
    """The tests share the wait for the deadline."""

    @classmethod
    def setUpClass(cls):
        if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < \
                2 * IDLE_COUNT + 100:
            raise unittest.SkipTest("too few descriptors")
        cls.ends = []
        cls.dribblers = [
            threading.Thread(target=dribble, args=(cls.ends,))
            for _ in range(DRIBBLER_COUNT)]
        for thread in cls.dribblers:
            thread.start()
        cls.silent = [plain() for _ in range(IDLE_COUNT)]
        cls.began = time.monotonic()

    @classmethod
    def tearDownClass(cls):
        for one in cls.silent:
            one.close()
        for thread in cls.dribblers:
            thread.join()

    def check_service(self):
        answer = box.get("/v1/datasets/demo-kitting/stream")
        self.assertEqual(answer.end()["status"], "complete")

    def test_connections_without_a_byte_harm_nobody_and_end(self):
        self.check_service()
        with selectors.DefaultSelector() as selector:
            for one in self.silent:
                selector.register(one, selectors.EVENT_READ)
            while selector.get_map():
                self.assertLess(time.monotonic() - self.began,
                                DEADLINE_S + LATE_S, "some stay")
                for key, _ in selector.select(1):
                    selector.unregister(key.fileobj)

    def test_idle_tls_connections_harm_nobody(self):
        context = box.context()
        with context.wrap_socket(plain(),
                                 server_hostname="localhost") as first:
            first.sendall(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
            first.recv(100)
            session = first.session
        crowd = []
        self.addCleanup(lambda: [one.close() for one in crowd])
        for _ in range(IDLE_COUNT):
            crowd.append(context.wrap_socket(
                plain(), server_hostname="localhost", session=session))
        until(lambda: box.metric("sluice_connections_open") >= IDLE_COUNT,
              what="all are counted")
        self.check_service()
        self.assertEqual(box.admin("/readyz")[0], 200)

    def test_headers_that_dribble_in_are_ended_by_the_deadline(self):
        self.check_service()
        for thread in self.dribblers:
            thread.join()
        self.assertEqual(len(self.ends), DRIBBLER_COUNT)
        for took, answer in self.ends:
            self.assertGreater(took, DEADLINE_S - 1)
            self.assertLess(took, DEADLINE_S + LATE_S)
            self.assertTrue(answer.startswith(b"HTTP/1.1 408 "), answer)

    def test_a_low_limit_of_descriptors_bounds_the_connections(self):
        child = subprocess.Popen(
            ["bash", "-c", 'ulimit -n 300; exec sluiced --config "$0" --listen '
             "127.0.0.1:0 --admin-listen off", box.env["SLUICED_CONF"]],
            env=box.env, stderr=subprocess.PIPE, text=True)
        try:
            for line in child.stderr:
                if "open files" in line:
                    break
            self.assertIn("the limit of 300 open files allows 86", line)
        finally:
            child.terminate()
            child.communicate(timeout=20)


def upload_head(token):
    name = "" if token is None else f"Authorization: Bearer {token}\r\n"
    return (f"POST /v1/receipts HTTP/1.1\r\nHost: localhost\r\n{name}"
            "Content-Type: application/json\r\n"
            f"Content-Length: {UPLOAD_BYTES}\r\n\r\n").encode()


class LargeBodies(unittest.TestCase):
    """Large bodies that stop before their end."""

    def resident(self):
        """Of all workers, in bytes."""
        total = 0
        for worker in box.workers():
            with open(f"/proc/{worker}/statm") as file:
                total += int(file.read().split()[1])
        return total * resource.getpagesize()

    def upload(self, token):
        """(a connection that sent what it could, the status line or b"")"""
        one = box.connect()
        self.addCleanup(one.close)
        one.settimeout(10)
        answer = b""
        try:
            one.sendall(upload_head(token))
            one.sendall(b" " * UPLOAD_SENT)
        except OSError:
            pass
        one.settimeout(0.05)
        try:
            answer = one.recv(4096)
        except OSError:
            pass
        return one, answer

    def crowd(self, token):
        """How much the workers grew by, and the answers."""
        before = self.resident()
        uploads = [self.upload(token) for _ in range(UPLOAD_COUNT)]
        grown = self.resident() - before
        return grown, [answer for _, answer in uploads]

    def test_without_a_token_nothing_is_kept(self):
        for token in (None, make_token("A" * 22)):
            grown, _ = self.crowd(token)
            self.assertLess(grown, UPLOADS_MAX_BYTES)
        self.assertEqual(box.get("/v1/datasets").status, 200)

    def test_the_head_alone_is_refused_without_a_token(self):
        for token in (None, make_token("A" * 22)):
            with box.connect() as one:
                one.sendall(upload_head(token))
                answer, _ = read_rest(one)
                self.assertTrue(answer.startswith(b"HTTP/1.1 401 "), answer)
                self.assertIn(b"\r\nConnection: close\r\n", answer)

    def test_who_asks_before_the_body_is_told_by_the_head(self):
        def ask(token):
            with box.connect() as one:
                one.sendall(upload_head(token).replace(
                    b"Content-Type", b"Expect: 100-continue\r\nContent-Type"))
                return one.recv(4096)
        self.assertEqual(ask(box.token), b"HTTP/1.1 100 Continue\r\n\r\n")
        self.assertTrue(ask(None).startswith(b"HTTP/1.1 401 "))

    def test_with_a_token_they_have_a_budget(self):
        grown, answers = self.crowd(box.token)
        self.assertLess(grown, 2 * UPLOADS_MAX_BYTES)  # two workers
        refused = [answer for answer in answers if answer]
        self.assertGreater(len(refused), UPLOAD_COUNT // 2)
        for answer in refused:
            self.assertTrue(answer.startswith(b"HTTP/1.1 503 "), answer)
            self.assertIn(b"\r\nRetry-After: ", answer)
            self.assertIn(b'"server_busy"', answer)


class NoDatabase(unittest.TestCase):
    def has_ended(self):
        try:
            with open(f"/proc/{box.pid()}/stat") as file:
                return file.read().rsplit(")", 1)[1].split()[0] == "Z"
        except FileNotFoundError:
            return True

    def end_all(self):
        """No server any more, and no PostgreSQL."""
        if not self.has_ended():
            os.kill(box.pid(), signal.SIGTERM)
        until(self.has_ended, 20, "its end")
        subprocess.run([CLUSTER, "kill", box.dir + "/pg"], check=True)

    def status_of(self, path):
        """The status line of the admin listener's answer, "" if none came."""
        try:
            with socket.create_connection(
                    ("127.0.0.1", box.admin_port), 2) as probe:
                probe.settimeout(2)
                probe.sendall(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % path)
                return probe.recv(100).decode().split("\r\n")[0]
        except OSError:
            return ""

    def is_ready(self):
        return " 200 " in self.status_of(b"/readyz")

    def test_it_is_waited_for_at_the_start(self):
        self.end_all()
        with subprocess.Popen(
                ["sluiced", "--config", box.env["SLUICED_CONF"], "--db-wait",
                 "60s"], env=box.env, stderr=subprocess.PIPE,
                text=True) as child:
            self.addCleanup(child.kill)
            self.assertIn("waiting for PostgreSQL: ", child.stderr.readline())
            until(lambda: " 503 " in self.status_of(b"/readyz"), 10, "503")
            self.assertIn(" 200 ", self.status_of(b"/livez"))
            subprocess.run([CLUSTER, "start", box.dir + "/pg"], check=True,
                           stdout=subprocess.DEVNULL)
            drain = threading.Thread(target=child.stderr.read)
            drain.start()
            until(self.is_ready, 60, "ready")
            self.assertEqual(box.get("/v1/datasets").status, 200)
            child.terminate()
            self.assertEqual(child.wait(20), 0)
            drain.join()

    def test_it_can_be_stopped_while_it_waits(self):
        self.end_all()
        with subprocess.Popen(
                ["sluiced", "--config", box.env["SLUICED_CONF"], "--db-wait",
                 "60s"], env=box.env, stderr=subprocess.PIPE,
                text=True) as child:
            self.addCleanup(child.kill)
            self.assertIn("waiting for PostgreSQL: ", child.stderr.readline())
            until(lambda: " 503 " in self.status_of(b"/readyz"), 10, "503")
            child.terminate()
            self.assertEqual(child.wait(20), 0)
            self.assertEqual(self.status_of(b"/readyz"), "")
        subprocess.run([CLUSTER, "start", box.dir + "/pg"], check=True,
                       stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    unittest.main(verbosity=2)
