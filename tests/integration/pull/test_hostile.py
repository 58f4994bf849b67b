#!/usr/bin/env python3
"""A mirror that someone meddled with, and a server that lies: what the client
says, how it exits, and that the next run goes on."""

import json
import os
import resource
import shutil
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from customer import (KITTING, Customer, Instance, kill,  # noqa: E402
                      make_token, until)
from forger import (Forger, compress, summed, with_claim,  # noqa: E402
                    with_window)
from proxy import Proxy  # noqa: E402

GRASP = "demo-grasp"

OBJECTS = ("manifest", "manifest.minisig", "index.json", "files.sha256",
           "quality.json")


def setUpModule():
    global box
    box = Instance("EPISODES=4", "payload=6000000")


def tearDownModule():
    box.remove()


class Mirror(unittest.TestCase):
    def setUp(self):
        self.lab = Customer(box)
        self.addCleanup(self.lab.remove)

    def one_line(self, run):
        """What was said of the failure: one line, as promised."""
        lines = [line for line in run.stderr.splitlines()
                 if line.startswith("sluice: ")]
        self.assertEqual(len(lines), 1, run.stderr)
        return lines[0]


def flip(path):
    with open(path, "r+b") as file:
        data = file.read()
        # Not in the first line of a signature: that comment is not signed.
        at = len(data) - 2
        file.seek(at)
        file.write(bytes([data[at] ^ 1]))


def cut(path):
    os.truncate(path, os.path.getsize(path) // 2)


def link(path):
    os.unlink(path)
    os.symlink("/etc/passwd", path)


class Batches(Mirror):
    """.sluice/batches is not believed, and mended by pull and repair."""

    def batch(self, seq, name=""):
        return self.lab.path(os.path.join(f".sluice/batches/{seq:06}", name))

    def assert_named(self, path):
        for words, mends in (
                (["verify", self.lab.mirror], "sluice repair"),
                (["status", self.lab.mirror], "sluice repair"),
                (["plan", KITTING, self.lab.mirror], "sluice pull")):
            said = self.one_line(self.lab.run(*words, code=7))
            self.assertIn(path, said)
            self.assertIn(mends, said)

    def assert_mended(self):
        self.lab.verify()
        self.lab.run("status", self.lab.mirror)
        self.lab.run("plan", KITTING, self.lab.mirror)
        self.assertTrue(self.lab.sums_are_good())

    def test_each_damaged_file_is_named_and_fetched_again(self):
        self.lab.pull("--episodes", "1,3")
        self.assert_mended()
        hurts = (flip, cut, os.unlink, link)
        for i, name in enumerate(OBJECTS):
            for j, hurt in enumerate(hurts):
                seq = 1 + (i + j) % 3
                with self.subTest(object=name, hurt=hurt.__name__, seq=seq):
                    hurt(self.batch(seq, name))
                    self.assert_named(f".sluice/batches/{seq:06}/")
                    if (i + j) % 2:
                        self.lab.pull()
                    else:
                        self.lab.run("repair", self.lab.mirror)
                    self.assert_mended()

    def test_folders_that_are_gone_or_made_up_are_put_right(self):
        self.lab.pull("--episodes", "1")
        shutil.rmtree(self.batch(2))
        self.assert_named("000002: not there")
        self.lab.pull()
        self.assert_mended()
        shutil.rmtree(self.lab.path(".sluice/batches"))
        self.assert_named("000001: not there")
        self.lab.run("repair", self.lab.mirror)
        self.assert_mended()
        os.mkdir(self.batch(9))
        self.assert_named("000004: not there")
        self.lab.pull()
        self.assertFalse(os.path.exists(self.batch(9)))
        self.assert_mended()


class Staging(Mirror):
    """What an earlier run staged is proved before it is applied."""

    def begin_and_kill(self):
        """A pull that is killed: whole segments staged, and one in part."""
        process = self.lab.start("pull", KITTING, self.lab.mirror,
                                 "--limit-rate", "20MB", "--jobs", "1")
        until(lambda: len(self.big()) >= 2, what="chunks")
        kill(process)
        return self.big()

    def big(self):
        return [path for path, size in self.staged() if size > 100000]

    def staged(self):
        """Files of batch 1 by ordinal, with sizes."""
        folder = self.lab.path(".sluice/staging/1")
        names = os.listdir(folder) if os.path.isdir(folder) else []
        names.sort(key=lambda name: [int(part) for part in name.split(".")])
        paths = [os.path.join(folder, name) for name in names]
        return [(path, os.path.getsize(path)) for path in paths]

    def assert_pulled(self):
        self.lab.pull()
        self.lab.verify()
        self.assertTrue(self.lab.sums_are_good())
        self.assertFalse(os.path.exists(self.lab.path(".sluice/staging")))

    def test_staged_files_that_changed_are_fetched_again(self):
        for hurt in (flip, cut, os.unlink, link):
            for place in (0, -1):
                with self.subTest(hurt=hurt.__name__, place=place):
                    big = self.begin_and_kill()
                    self.assertGreater(len(big), 1)
                    hurt(big[place])
                    self.assert_pulled()
                    shutil.rmtree(self.lab.mirror)

    def test_changes_are_found_before_a_part_is_applied(self):
        token, _ = box.customer("part", KITTING, "--quota-episodes", "2")
        self.lab.edit_profile(token=token)
        big = self.begin_and_kill()
        flip(big[0])
        self.lab.pull(code=6)
        self.lab.verify()
        self.assertTrue(self.lab.sums_are_good())


def re_tar(name, change):
    """Change the first tar header of a chunk; the checksum is right again."""
    def forge(_, decoded):
        header = summed(change(decoded[:512]))
        return compress(header + decoded[512:]), len(decoded)
    forge.__name__ = name
    return forge


class Forgeries(Mirror):
    """What a publisher gone bad signs, or one whose key was stolen."""

    def assert_refused(self, forge, word):
        forger = Forger(box, GRASP, forge)
        with Proxy(box, forger.change) as proxy:
            self.lab.edit_profile(endpoint=proxy.url)
            run = self.lab.run("pull", GRASP, self.lab.mirror, "--jobs", "1",
                               code=7)
            said = self.one_line(run)
            self.assertIn(word, said)
            self.assertIn("batch 1, chunk", said)
        self.assertEqual(self.lab.files(), [])
        self.assertTrue(self.lab.is_incomplete())
        # What was signed once cannot be taken back; a new mirror is fine.
        self.lab.edit_profile(endpoint=box.env["SLUICE_URL"])
        shutil.rmtree(self.lab.mirror)
        self.lab.pull(dataset=GRASP)
        self.assertTrue(self.lab.sums_are_good())
        shutil.rmtree(self.lab.mirror)

    def test_the_forger_himself_makes_what_is_accepted(self):
        forger = Forger(box, GRASP, lambda frame, decoded:
                        (compress(decoded), len(decoded)))
        with Proxy(box, forger.change) as proxy:
            self.lab.edit_profile(endpoint=proxy.url)
            self.lab.pull("--jobs", "1", dataset=GRASP)
        self.assertTrue(self.lab.sums_are_good())

    def test_a_window_of_more_than_8_mib_is_refused(self):
        for descriptor in (0x69, 0x70, 0x98):  # 9, 16 and 512 MiB
            with self.subTest(descriptor=descriptor):
                self.assert_refused(
                    lambda frame, decoded, wide=descriptor:
                    (with_window(compress(decoded), wide), len(decoded)),
                    "window")

    def test_more_or_fewer_bytes_than_the_index_says_are_refused(self):
        def longer(_, decoded):
            return compress(decoded + bytes(512)), len(decoded)

        def shorter(_, decoded):
            return compress(decoded[:-512]), len(decoded)

        def liar(_, decoded):
            frame = compress(decoded + bytes(1 << 20))
            return with_claim(frame, len(decoded)), len(decoded)

        for forge in (longer, shorter, liar):
            with self.subTest(forge=forge.__name__):
                self.assert_refused(forge, "chunk")

    def test_a_tar_header_that_the_index_does_not_make_is_refused(self):
        for forge in (
                re_tar("setuid", lambda head:
                       head[:100] + b"0004755\0" + head[108:]),
                re_tar("link", lambda head: head[:156] + b"2" + head[157:]),
                re_tar("name", lambda head: b"../up\0" + head[6:])):
            with self.subTest(forge=forge.__name__):
                self.assert_refused(forge, "tar header")


class Failures(Mirror):
    """Each ends with its own exit code and one line, and the next run goes
    on."""

    def assert_goes_on(self):
        self.assertEqual(self.lab.files(), [])
        self.lab.edit_profile(endpoint=box.env["SLUICE_URL"])
        self.lab.pull()
        self.assertTrue(self.lab.sums_are_good())

    def test_bodies_without_an_end_are_8_in_the_end(self):
        for where, keep in (("/fetch", 3000000), ("/head", 500)):
            with self.subTest(where=where):
                with Proxy(box, lambda path, body, where=where, keep=keep:
                           body[:keep] if where in path else body) as proxy:
                    self.lab.edit_profile(endpoint=proxy.url)
                    run = self.lab.run("pull", KITTING, self.lab.mirror,
                                       "--timeout", "1s", code=8)
                    self.assertIn("before its end", run.stderr)
                self.assert_goes_on()
                shutil.rmtree(self.lab.mirror)

    def test_a_connection_that_always_breaks_is_8_in_the_end(self):
        with Proxy(box, cut=lambda path: 3000000 if "/fetch" in path
                   else None) as proxy:
            self.lab.edit_profile(endpoint=proxy.url)
            self.lab.run("pull", KITTING, self.lab.mirror, "--timeout", "1s",
                         "--jobs", "1", code=8)
        self.assert_goes_on()

    def token(self, **values):
        with open(self.lab.profile) as file:
            good = json.load(file)
        self.lab.edit_profile(**values)
        said = self.one_line(self.lab.run("pull", KITTING, self.lab.mirror,
                                          code=4))
        self.lab.edit_profile(token=good["token"], expires=good["expires"])
        self.assert_goes_on()
        shutil.rmtree(self.lab.mirror)
        return said

    def test_tokens_that_are_no_good_are_4(self):
        self.assertIn("expired", self.token(expires="2020-01-01T00:00:00Z"))
        self.token(token=make_token("7" * 22))
        ended = box.issue("lab", "--name", "ended")
        box.sql("UPDATE sluice.token SET expires = clock_timestamp() - "
                "interval '1 s' WHERE name = 'ended'")
        self.assertIn("expired", self.token(token=ended))

    def test_a_file_size_limit_is_10_and_one_line(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, 2 << 20))

        command, env = self.lab.command(["pull", KITTING, self.lab.mirror])
        run = subprocess.run(command, env=env, preexec_fn=limit, text=True,
                             capture_output=True, check=False)
        self.assertEqual(run.returncode, 10, run.stderr)
        self.assertIn("too large", self.one_line(run))
        self.assert_goes_on()


if __name__ == "__main__":
    unittest.main(verbosity=2)
