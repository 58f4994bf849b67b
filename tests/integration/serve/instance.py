"""A running Sluice for one test program, and the ways to talk to it.

Everything is real: PostgreSQL, sluiced, TLS.  Nothing sleeps: until() polls.
"""

import binascii
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import time

SOURCE = os.environ.get("SL_SRCDIR", os.path.abspath(
    os.path.join(os.path.dirname(__file__), "../../..")))
BUILD = os.environ.get("SL_BUILDDIR", SOURCE)
TOOL = os.path.join(SOURCE, "tests/support/sluice-instance")
CLUSTER = os.path.join(SOURCE, "tests/support/pg-cluster")
END_MAGIC = b"\x5e\x2a\x4d\x18"


def until(check, seconds=20, what="condition"):
    """Poll until check() is true; its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("never came: " + what)
        time.sleep(0.02)


def make_token(body):
    """A token with a right checksum, issued by nobody."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    text = "slc_live_" + body
    check = binascii.crc32(text.encode())
    tail = ""
    for _ in range(6):
        check, digit = divmod(check, 62)
        tail = digits[digit] + tail
    return text + tail


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        try:
            self.body = response.read()
            self.is_whole = True
        except http.client.IncompleteRead as error:
            self.body = error.partial
            self.is_whole = False

    def json(self):
        return json.loads(self.body)

    def end(self):
        return end_record(self.body)


def end_record(body):
    """The JSON of a delivery's end record; None if it has none."""
    at = body.rfind(END_MAGIC)
    if at < 0:
        return None
    (length,) = struct.unpack("<I", body[at + 4:at + 8])
    return json.loads(body[at + 8:at + 8 + length])


class Instance:
    def __init__(self, *settings):
        self.dir = tempfile.mkdtemp(prefix="sluice-serve-")
        self.settings = settings
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self):
        run = subprocess.run([TOOL, "start", self.dir, "build=" + BUILD,
                              *self.settings], capture_output=True, text=True)
        if run.returncode != 0:
            for name in ("make.log", "log"):
                path = os.path.join(self.dir, name)
                if os.path.exists(path):
                    print(open(path).read())
            raise AssertionError(run.stderr)
        self.env = dict(os.environ)
        dump = subprocess.run(
            ["bash", "-c", '. "$0/env" && env -0', self.dir],
            capture_output=True, check=True).stdout
        for line in dump.split(b"\0"):
            if b"=" in line:
                key, value = line.decode().split("=", 1)
                self.env[key] = value
        self.port = int(self.env["SLUICE_URL"].rsplit(":", 1)[1])
        self.admin_port = int(self.env["SLUICE_ADMIN"].rsplit(":", 1)[1])
        self.token = ""
        if os.path.exists(self.env["SLUICE_TOKEN_FILE"]):
            self.token = self.read("SLUICE_TOKEN_FILE").strip()

    def stop(self):
        subprocess.run([TOOL, "stop", self.dir], check=False)

    def remove(self):
        self.stop()
        if "SL_KEEP" in os.environ:
            print("kept", self.dir)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)

    # ---- programs ----

    def run(self, program, role, *words, code=0):
        env = dict(self.env, SLUICE_DB=self.env[role])
        run = subprocess.run([program, *words], env=env, text=True,
                             capture_output=True)
        if run.returncode != code:
            raise AssertionError(f"{program} {words}: {run.returncode}\n"
                                 f"{run.stdout}{run.stderr}")
        return run.stdout

    def ctl(self, *words, code=0):
        return self.run("sluicectl", "SLUICE_DB_ADMIN", *words, code=code)

    def pub(self, *words, code=0):
        return self.run("sluice-publish", "SLUICE_DB_PUBLISHER", *words,
                        code=code)

    def sql(self, text):
        return subprocess.run(["psql", "-qAtX", "-c", text], env=self.env,
                              capture_output=True, text=True,
                              check=True).stdout.strip()

    def customer(self, name, dataset=None, *terms):
        """A new customer; (token, licence id)."""
        self.ctl("customer", "add", name, "--title", name, "--contact",
                 name + "@example.org", "--reason", "test")
        licence = None
        if dataset is not None:
            licence = self.grant(name, dataset, *terms)
        return self.issue(name), licence

    def grant(self, name, dataset, *terms):
        out = self.ctl("licence", "grant", "--customer", name, "--dataset",
                       dataset, "--reason", "test", "--json", *terms)
        return json.loads(out)["id"]

    def issue(self, name, *words):
        profile = os.path.join(self.dir, "profile-%d.json" % time.time_ns())
        self.ctl("token", "issue", "--customer", name, "--out-profile",
                 profile, "--endpoint", self.env["SLUICE_URL"], "--ca",
                 self.env["SLUICE_CA"], "--reason", "test", *words)
        with open(profile) as file:
            return json.load(file)["token"]

    # ---- the server ----

    def pid(self):
        return int(self.read("SLUICED_PID_FILE"))

    def workers(self):
        """The master's children: the workers, and last the admin process."""
        kids = subprocess.run(["pgrep", "-P", str(self.pid())],
                              capture_output=True, text=True).stdout.split()
        return [int(kid) for kid in kids]

    def log(self):
        return self.read("SLUICED_LOG")

    def read(self, name):
        with open(self.env[name]) as file:
            return file.read()

    def context(self):
        return ssl.create_default_context(cafile=self.env["SLUICE_CA"])

    def connect(self, receive_bytes=None, source=None):
        """A TLS socket to the server, from an address if one is given."""
        raw = socket.socket()
        if source is not None:
            raw.bind((source, 0))
        if receive_bytes is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        raw.settimeout(20)
        raw.connect(("127.0.0.1", self.port))
        return self.context().wrap_socket(raw, server_hostname="localhost")

    def request(self, method, path, body=None, token="", headers=None):
        connection = http.client.HTTPSConnection(
            "localhost", self.port, context=self.context(), timeout=30)
        fields = dict(headers or {})
        if token == "":
            token = self.token
        if token is not None:
            fields["Authorization"] = "Bearer " + token
        if isinstance(body, dict):
            body = json.dumps(body)
            fields["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body, fields)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def fetch(self, dataset, segments=None, chunks=None, token="", **more):
        body = dict(more)
        if segments is not None:
            body["segments"] = segments
        if chunks is not None:
            body["chunks"] = chunks
        return self.request("POST", f"/v1/datasets/{dataset}/fetch", body,
                            token=token)

    def raw(self, data):
        """Send bytes, read to the end; what came."""
        connection = self.connect()
        try:
            connection.sendall(data)
        except OSError:
            pass
        out = b""
        try:
            while True:
                more = connection.recv(65536)
                if not more:
                    break
                out += more
        except (OSError, ssl.SSLError):
            pass
        connection.close()
        return out

    def begin(self, path, token="", receive_bytes=8192):
        """A GET whose answer is read by hand: (socket, bytes so far)."""
        token = token or self.token
        connection = self.connect(receive_bytes)
        connection.sendall((f"GET {path} HTTP/1.1\r\nHost: localhost\r\n"
                            f"Authorization: Bearer {token}\r\n\r\n").encode())
        return connection, connection.recv(4096)

    def admin(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port,
                                                timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def metric(self, name):
        _, text = self.admin("/metrics")
        found = re.search("^" + re.escape(name) + r" (\d+)$", text, re.M)
        return int(found.group(1))

    def usage(self, licence):
        """(episodes, bytes, ledger rows) of a licence."""
        row = self.sql("SELECT used_episodes, used_bytes, ledger_number FROM "
                       f"sluice.licence_total WHERE licence = '{licence}'")
        return tuple(int(word) for word in row.split("|"))


def read_rest(connection, out=b""):
    """(bytes, was it closed properly by the peer?)"""
    out = bytearray(out)
    try:
        while True:
            more = connection.recv(65536)
            if not more:
                return bytes(out), True
            out += more
            if out.endswith(b"\r\n0\r\n\r\n"):
                return bytes(out), True
    except (OSError, ssl.SSLError):
        return bytes(out), False
