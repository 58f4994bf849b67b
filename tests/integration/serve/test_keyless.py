#!/usr/bin/env python3
"""sluiced holds no signing key: it never opens one, its login can sign for
nobody, and no code of its own could."""

import ctypes
import os
import signal
import struct
import subprocess
import sys
import threading
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from instance import BUILD, Instance, until  # noqa: E402

KITTING = "/v1/datasets/demo-kitting"
IN_ACCESS, IN_OPEN, IN_NONBLOCK = 0x1, 0x20, 0o4000
# Where sluiced's own code is; what it shares with the signing programs is in
# other folders.
OWN = ("net", "db", "store", "objects", "session", "api", "loop")


def setUpModule():
    global box, homes
    box = Instance("EPISODES=8", "payload=200000")
    publisher = box.env["SLUICE_PUBLISH_HOME"]
    homes = [os.path.join(publisher, "keys")]
    for name in ("default", "log", "witness", "root", "billing"):
        path = os.path.join(homes[0], name + ".key")
        if not os.path.exists(path):
            with open(path, "w", encoding="ascii") as file:
                file.write("not for sluiced\n")
            os.chmod(path, 0o600)
    # Beside the server's files, and where a home would be looked for.
    for folder in ("objects", ".", "home/.config/sluice", "home/keys"):
        path = os.path.join(box.dir, folder, "log.key")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as file:
            file.write("not for sluiced\n")
        homes.append(os.path.dirname(path))


def tearDownModule():
    box.remove()


class Watch:
    """inotify over all signing keys: which were opened or read."""

    def __init__(self):
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self.libc.inotify_init1(IN_NONBLOCK)
        self.paths = {}
        for home in homes:
            for name in os.listdir(home):
                if name.endswith(".key"):
                    path = os.path.join(home, name)
                    number = self.libc.inotify_add_watch(
                        self.fd, path.encode(), IN_OPEN | IN_ACCESS)
                    assert number > 0, path
                    self.paths[number] = path

    def opened(self):
        out = set()
        try:
            data = os.read(self.fd, 65536)
        except BlockingIOError:
            data = b""
        while data:
            number, _, _, length = struct.unpack("iIII", data[:16])
            out.add(self.paths[number])
            data = data[16 + length:]
        return out

    def close(self):
        os.close(self.fd)


def load():
    """What customers do, all kinds of it."""
    for path in (KITTING + "/head?trust=0", KITTING + "/stream?trust=0",
                 KITTING + "/checkpoint", KITTING + "/checkpoint.minisig",
                 KITTING + "/batches/1/inclusion",
                 KITTING + "/batches/1/pack.tar.zst", KITTING,
                 KITTING + "/batches/1/manifest.minisig", "/",
                 "/v1/trust/latest", "/v1/trust/1", "/v1/licences",
                 "/v1/usage", "/datasets/demo-kitting"):
        box.get(path)
    box.fetch("demo-kitting", {"1": "0-3"})


def own_files():
    """Paths that the server's processes have open now."""
    out = set()
    for pid in [box.pid(), *box.workers()]:
        folder = f"/proc/{pid}/fd"
        for name in os.listdir(folder):
            try:
                out.add(os.readlink(os.path.join(folder, name)))
            except OSError:
                pass  # closed meanwhile
    return out


class Keyless(unittest.TestCase):
    def test_no_key_is_opened_from_start_to_stop(self):
        watch = Watch()
        box.stop()
        watch.opened()
        box.start()
        load()
        os.kill(box.pid(), signal.SIGHUP)
        until(lambda: "reload" in box.log(), what="a reload")
        for _ in range(3):
            load()
        os.kill(box.workers()[0], signal.SIGKILL)
        until(lambda: box.admin("/readyz")[0] == 200, what="a new worker")
        load()
        box.stop()
        self.assertEqual(watch.opened(), set())
        with open(next(iter(watch.paths.values())), "rb") as file:
            file.read()
        self.assertEqual(len(watch.opened()), 1, "the watch sees what is read")
        watch.close()
        box.start()

    def test_no_key_is_open_under_load(self):
        stop = threading.Event()

        def go():
            while not stop.is_set():
                load()

        threads = [threading.Thread(target=go) for _ in range(3)]
        for thread in threads:
            thread.start()
        seen = set()
        for _ in range(400):
            seen |= own_files()
        stop.set()
        for thread in threads:
            thread.join()
        self.assertTrue([path for path in seen
                         if path.startswith(box.env["SLUICE_OBJECTS"])],
                        "the load was seen")
        for path in seen:
            self.assertFalse(path.endswith((".key", ".pub")), path)
            self.assertFalse(path.startswith(
                box.env["SLUICE_PUBLISH_HOME"]), path)

    def test_its_login_can_sign_for_nobody(self):
        functions = {
            "publication_log": "NULL, NULL, NULL, NULL, NULL, NULL",
            "cosign": "NULL, NULL, NULL, NULL, NULL, NULL",
            "checkpoint_sign": "NULL, NULL, NULL, NULL, NULL, NULL",
            "witness_login_add": "NULL, NULL, NULL",
            "trust_install": "NULL, NULL, NULL, NULL", "log_pending": "NULL",
            "log_state": "NULL", "publication_show": "NULL",
            "publication_seal": "NULL, NULL, NULL, NULL, NULL, NULL",
            "publication_sign": "NULL", "key_register": "NULL",
            "billing_key_add": "NULL, NULL"}
        for name, arguments in functions.items():
            run = subprocess.run(
                ["psql", "-qAtX", "-d", box.env["SLUICE_DB_SERVER"], "-c",
                 f"SELECT sluice.{name}({arguments})"],
                env=box.env, capture_output=True, text=True, check=False)
            self.assertIn("permission denied for function " + name,
                          run.stderr)
        for table in ("checkpoint", "checkpoint_line", "cosignature",
                      "witness_login", "log_head", "trust",
                      "trust_signature"):
            for command in (f"SELECT * FROM sluice.{table}",
                            f"DELETE FROM sluice.{table}",
                            f"INSERT INTO sluice.{table} DEFAULT VALUES"):
                run = subprocess.run(
                    ["psql", "-qAtX", "-d", box.env["SLUICE_DB_SERVER"],
                     "-c", command],
                    env=box.env, capture_output=True, text=True, check=False)
                self.assertIn("permission denied", run.stderr)

    def test_none_of_its_own_code_can_sign(self):
        files = [os.path.join(BUILD, f"service/{name}/libsl_{name}.a")
                 for name in OWN]
        folder = os.path.join(BUILD, "service/bin/sluiced")
        files += [os.path.join(folder, name) for name in os.listdir(folder)
                  if name.endswith(".o")]
        self.assertGreater(len(files), len(OWN))
        for path in files:
            names = subprocess.run(["nm", "-u", path], check=True,
                                   capture_output=True, text=True).stdout
            for word in ("sl_sign_", "crypto_sign_detached", "sl_note_sign",
                         "sl_note_cosign", "sl_checkpoint_sign",
                         "sl_minisig_sign"):
                self.assertNotIn(" " + word, names, path)


if __name__ == "__main__":
    unittest.main(verbosity=1)
