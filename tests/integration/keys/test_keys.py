#!/usr/bin/python3
"""The life of keys: ceremony, rotation, retirement, revocation; what trust
files are taken; signing on a machine that has no database."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "support"))
from instance import Instance  # noqa: E402

USAGE, AUTH, INTEGRITY, NOT_FOUND, CONFLICT = 2, 4, 7, 9, 11
WHY = ("--reason", "test")
sluice = None
work = None


class Keys(unittest.TestCase):
    count = 0

    def setUp(self):
        Keys.count += 1
        self.dir = work / f"test-{Keys.count}"
        self.dir.mkdir()

    def pub(self, *words, home=None, code=0, **env):
        """sluice-publish with its database, or, with a home, without."""
        full = sluice.env_of("sluice-publish")
        if home is not None:
            full = {"PATH": full["PATH"], "SLUICE_PUBLISH_HOME": str(home),
                    "PGHOST": "/nowhere"}
        done = subprocess.run(
            ["sluice-publish", *map(str, words)], env=full | env,
            check=False, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=120)
        self.assertEqual(done.returncode, code,
                         f"{words}: {done.stdout}{done.stderr}")
        return done

    def ctl(self, *words, code=0):
        done = subprocess.run(
            ["sluicectl", *map(str, words)], env=sluice.env_of("sluicectl"),
            check=False, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=120)
        self.assertEqual(done.returncode, code,
                         f"{words}: {done.stdout}{done.stderr}")
        return done

    def ceremony(self, roots=3, threshold=2, *words):
        """A service of its own, not installed anywhere; its folder."""
        out = self.dir / "ceremony"
        self.pub("ceremony", "--yes", "--roots", roots, "--threshold",
                 threshold, "--origin", "life.test", "--out", out, *words,
                 home=self.dir / "home")
        return out

    def edit(self, base, *words, out=None, code=0):
        self.pub("trust", "edit", "--trust", base, "--out",
                 out or self.dir / "next", *words, home=self.dir / "home",
                 code=code)

    def sign(self, request, key, code=0, **options):
        return self.pub("sign", "--yes", "--key-file", key, request,
                        home=self.dir / "root-home", code=code, **options)


class Ceremony(Keys):
    def test_root_keys_lie_apart_and_as_many_as_needed_sign(self):
        out = self.ceremony()
        for number in (1, 2, 3):
            key = out / f"root-{number}" / f"root-{number}.key"
            self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        folder = out / "trust" / "1"
        signatures = list(folder.glob("*.minisig"))
        self.assertEqual(len(signatures), 2)
        self.pub("trust", "check", folder / "trust", home=self.dir / "home")
        signatures[0].unlink()
        run = self.pub("trust", "check", folder / "trust",
                       home=self.dir / "home", code=INTEGRITY)
        self.assertIn("1 of the 2 root signatures", run.stderr)

    def test_a_ceremony_is_held_once_and_asks_where_nobody_answers(self):
        self.ceremony(1, 1)
        self.pub("ceremony", "--yes", "--roots", 1, "--origin", "x.test",
                 "--out", self.dir / "ceremony", home=self.dir / "home",
                 code=CONFLICT)
        for words in (["--origin", "x.test"], ["--yes"],
                      ["--yes", "--origin", "X/y"],
                      ["--yes", "--origin", "x", "--roots", 2,
                       "--threshold", 3],
                      ["--yes", "--origin", "x", "--roots", 17]):
            self.pub("ceremony", "--out", self.dir / "other", *words,
                     home=self.dir / "home", code=USAGE)
        self.assertFalse((self.dir / "other").exists())

    def test_stock_tools_take_every_key_and_signature(self):
        out = self.ceremony(1, 1)
        trust = out / "trust" / "1" / "trust"
        signature = next(trust.parent.glob("*.minisig"))
        key = out / "root-1" / "root-1.pub"
        for command in (
                ["minisign", "-qVm", trust, "-x", signature, "-p", key],
                ["signify-openbsd", "-qV", "-m", trust, "-x", signature,
                 "-p", key]):
            if shutil.which(command[0]) is None:
                self.skipTest(f"{command[0]} is not installed")
            subprocess.run(command, check=True)
        pem = self.dir / "log.pem"
        pem.write_text(self.pub("key", "export", "log", "--pem",
                                home=self.dir / "home").stdout)
        subprocess.run(["openssl", "pkey", "-pubin", "-in", pem, "-noout"],
                       check=True)
        vkey = self.pub("key", "export", "log", "--note", "life.test/d/1",
                        home=self.dir / "home").stdout
        self.assertRegex(vkey, r"^life\.test/d/1\+[0-9a-f]{8}\+[A-Za-z0-9+/]")


class Passphrases(Keys):
    def setUp(self):
        super().setUp()
        self.right = self.dir / "right"
        self.right.write_text("correct horse\n")
        self.wrong = self.dir / "wrong"
        self.wrong.write_text("correct mouse\n")
        for path in (self.right, self.wrong):
            path.chmod(0o600)

    def test_a_root_key_under_a_passphrase_signs_with_it_only(self):
        out = self.ceremony(1, 1, "--passphrase-file", self.right)
        key = out / "root-1" / "root-1.key"
        trust = out / "trust" / "1" / "trust"
        self.edit(trust)
        request = self.dir / "next" / "trust" / "2" / "trust"
        run = self.sign(request, key, code=AUTH)
        self.assertIn("under a passphrase", run.stderr)
        run = self.sign(request, key, code=AUTH,
                        SLUICE_PASSPHRASE_FILE=str(self.wrong))
        self.assertIn("the passphrase is wrong", run.stderr)
        self.sign(request, key, SLUICE_PASSPHRASE_FILE=str(self.right))
        self.pub("trust", "check", request, "--after", trust,
                 home=self.dir / "home")

    def test_a_short_passphrase_and_one_that_others_read_are_refused(self):
        short = self.dir / "short"
        short.write_text("1234567\n")
        short.chmod(0o600)
        home = self.dir / "home"
        self.pub("key", "generate", "--offline", "--passphrase-file", short,
                 home=home, code=1)
        self.right.chmod(0o644)
        self.pub("key", "generate", "--offline", "--passphrase-file",
                 self.right, home=home, code=AUTH)
        self.assertEqual(list((home / "keys").iterdir()), [])


class Succession(Keys):
    def setUp(self):
        super().setUp()
        self.out = self.ceremony()
        self.first = self.out / "trust" / "1" / "trust"
        self.roots = [self.out / f"root-{n}" / f"root-{n}.key"
                      for n in (1, 2, 3)]
        self.request = self.dir / "next" / "trust" / "2" / "trust"

    def check(self, code=0, after=None):
        return self.pub("trust", "check", self.request, "--after",
                        after or self.first, home=self.dir / "home",
                        code=code)

    def test_too_few_signatures_and_a_changed_byte_are_refused(self):
        self.edit(self.first)
        self.check(code=INTEGRITY)
        self.sign(self.request, self.roots[2])
        run = self.check(code=INTEGRITY)
        self.assertIn("1 of the 2", run.stderr)
        self.sign(self.request, self.roots[0])
        self.check()
        text = self.request.read_text()
        self.request.write_text(text.replace("witness.life", "witness.wife"))
        self.check(code=INTEGRITY)

    def test_root_keys_change_only_with_both_sides(self):
        home = self.dir / "home"
        for name in ("a", "b"):
            self.pub("key", "generate", name, "--role", "root", home=home)
        old = [self.out / f"root-{n}" / f"root-{n}.pub" for n in (1, 2, 3)]
        words = [word for path in old for word in ("--remove", path)]
        self.edit(self.first, *words, "--add-root", "a", "--add-root", "b")
        new = [home / "keys" / f"{name}.key" for name in ("a", "b")]
        for key in new:
            self.sign(self.request, key)
        self.assertIn("of version 1", self.check(code=INTEGRITY).stderr)
        for key in self.roots[:2]:
            self.sign(self.request, key)
        self.check()
        next(self.request.parent.glob(
            self.key_id(home / "keys" / "b.pub") + ".minisig")).unlink()
        self.assertIn("own root keys", self.check(code=INTEGRITY).stderr)

    def key_id(self, path):
        return path.read_text().split("key ")[1].split()[0]

    def test_a_revoked_root_key_does_not_help_to_revoke_itself(self):
        stolen = self.out / "root-1" / "root-1.pub"
        self.edit(self.first, "--revoke", f"{stolen}:key_compromised")
        self.sign(self.request, self.roots[0])
        self.sign(self.request, self.roots[1])
        self.check(code=INTEGRITY)
        self.sign(self.request, self.roots[2])
        self.check()

    def test_a_threshold_out_of_reach_is_not_written(self):
        roots = [self.out / f"root-{n}" / f"root-{n}.pub" for n in (1, 2)]
        words = [word for path in roots for word in ("--revoke", path)]
        self.edit(self.first, *words, code=1)
        self.assertFalse(self.request.exists())

    def test_an_expired_version_and_one_left_out_are_refused(self):
        self.edit(self.first)
        for key in self.roots[:2]:
            self.sign(self.request, key)
        self.edit(self.request)
        third = self.request.parent.parent / "3" / "trust"
        for key in self.roots[:2]:
            self.sign(third, key)
        self.pub("trust", "check", third, "--after", self.first,
                 home=self.dir / "home", code=INTEGRITY)
        self.pub("trust", "check", third, "--after", self.request,
                 home=self.dir / "home")
        short = self.dir / "short"
        self.edit(self.first, "--expires", "1s", out=short)
        request = short / "trust" / "2" / "trust"
        text = request.read_text()
        issued = text.split("# issued: ")[1].split("\n")[0]
        expires = text.split("# expires: ")[1].split("\n")[0]
        request.write_text(
            text.replace(issued, "2026-01-01T00:00:00Z")
            .replace(expires, "2026-01-02T00:00:00Z"))
        for key in self.roots[:2]:
            self.sign(request, key)
        run = self.pub("trust", "check", request, home=self.dir / "home",
                       code=INTEGRITY)
        self.assertIn("expired", run.stderr)

    def test_what_is_not_understood_is_not_signed(self):
        odd = self.dir / "odd"
        for text in ("", "hello\n", "# sluice-trust/v1\n# version: 2\n",
                     self.first.read_text().replace("root=2", "root=9")):
            odd.write_text(text)
            self.sign(odd, self.roots[0], code=1)
        self.pub("sign", "--key-file", self.roots[0], self.first,
                 home=self.dir / "home", code=USAGE)


class Service(Keys):
    """Against the instance, whose root key is in its folder."""

    def root_key(self):
        return work / "sluice" / "ceremony" / "root-1" / "root-1.key"

    def newest(self):
        return int(self.ctl("trust", "list", "--csv").stdout
                   .strip().split("\n")[-1].split(",")[0])

    def install(self, code=0):
        """Sign what a command left in the home, and install it."""
        folder = (pathlib.Path(sluice.env["SLUICE_PUBLISH_HOME"]) / "trust" /
                  str(self.newest() + 1))
        self.sign(folder / "trust", self.root_key())
        return self.ctl("trust", "install", folder / "trust",
                        *folder.glob("*.minisig"), *WHY, code=code)

    def publish(self, dataset, *words, code=0):
        source = self.dir / f"source-{dataset}"
        self.pub("simulate", "--out", source, "--episodes", 1, "--start",
                 1 + len(list(source.glob("episodes/*"))))
        self.pub("ingest", "--format", "files", dataset, source)
        return self.pub("publish", dataset, *words, code=code)

    def test_a_key_is_rotated_retired_and_revoked(self):
        sluice.dataset("rotating")
        self.publish("rotating")
        sluice.customer("follower", "rotating")
        mirror = self.dir / "mirror"
        sluice.run("sluice", "pull", "rotating", mirror)
        keys = pathlib.Path(sluice.env["SLUICE_PUBLISH_HOME"]) / "keys"
        old = (keys / "default.pub").read_text()
        self.pub("key", "rotate", "default")
        self.assertRegex(self.pub("key", "list").stdout,
                         r"default\.next .* not listed +active")
        self.install()
        self.pub("key", "rotate", "default")
        self.assertNotEqual((keys / "default.pub").read_text(), old)
        self.publish("rotating")
        sluice.run("sluice", "pull", "rotating", mirror)
        name = next(path.stem for path in keys.glob("old-*.pub"))
        self.pub("key", "retire", name)
        self.install()
        sluice.run("sluice", "pull", "rotating", mirror)
        self.assertRegex(self.pub("key", "list").stdout,
                         name + r" .* publisher +retired")
        run = self.pub("key", "revoke", name, "--reason", "key_compromised")
        self.assertIn("--vouch", run.stderr)
        # All up to now is good, says root; the customer follows.
        log, = [row for row in json.loads(
            self.pub("log", "status", "rotating", "--json").stdout)]
        point = "rotating:{epoch}:{logged}:{root}".format(**log)
        version = self.newest() + 1
        shutil.rmtree(pathlib.Path(sluice.env["SLUICE_PUBLISH_HOME"]) /
                      "trust" / str(version))
        self.pub("key", "revoke", name, "--reason", "key_compromised",
                 "--vouch", point)
        self.install()
        sluice.run("sluice", "pull", "rotating", mirror)
        sluice.run("sluice", "verify", mirror)
        self.assertRegex(self.pub("key", "list").stdout,
                         name + r" .* revoked")
        self.publish("rotating")
        # A version once installed is followed, not replaced.
        folder = (pathlib.Path(sluice.env["SLUICE_PUBLISH_HOME"]) / "trust" /
                  str(self.newest() - 1))
        self.ctl("trust", "install", folder / "trust",
                 *folder.glob("*.minisig"), *WHY, code=CONFLICT)

    def test_a_batch_is_signed_on_a_machine_without_database(self):
        sluice.dataset("distant")
        # The machine with the key knows nothing but the key.
        keys = pathlib.Path(sluice.env["SLUICE_PUBLISH_HOME"]) / "keys"
        far = self.dir / "far"
        (far / "keys").mkdir(parents=True)
        key = far / "keys" / "default.key"
        shutil.copy(keys / "default.key", key)
        key.chmod(0o600)
        hidden = keys / "default.hidden"
        (keys / "default.key").rename(hidden)
        self.addCleanup(lambda: hidden.exists() and
                        hidden.rename(keys / "default.key"))
        request = self.dir / "request"
        run = self.publish("distant", "--offline", "--out", request)
        self.assertIn("waits for its signature", run.stdout)
        first = request.read_bytes()
        # Another run tells the request again; nothing is lost or made twice.
        self.publish("distant", "--offline", "--out", request)
        self.assertEqual(request.read_bytes(), first)
        hidden.rename(keys / "default.key")
        run = self.publish("distant", code=CONFLICT)
        self.assertIn("waits for its signature", run.stderr)
        (keys / "default.key").rename(hidden)
        run = self.pub("sign", "--yes", request, home=far)
        self.assertIn("Batch 1 of distant", run.stdout)
        signature = self.dir / "request.minisig"
        bad = self.dir / "bad.minisig"
        lines = signature.read_text().split("\n")
        lines[1] = lines[1][:60] + ("A" if lines[1][60] != "A" else "B") + \
            lines[1][61:]
        bad.write_text("\n".join(lines))
        self.pub("publish", "--signature", bad, "distant", code=INTEGRITY)
        self.pub("key", "generate", "other", "--offline", home=far)
        other = self.dir / "other.minisig"
        self.pub("sign", "--yes", "--key", "other", "--out", other, request,
                 home=far)
        run = self.pub("publish", "--signature", other, "distant",
                       code=INTEGRITY)
        self.assertIn("key", run.stderr)
        run = self.pub("publish", "--signature", signature, "distant")
        self.assertIn("distant batch 1", run.stdout)
        self.pub("publish", "--signature", signature, "distant",
                 code=NOT_FOUND)
        # What was published meanwhile comes next, signed in the same way.
        self.pub("publish", "--offline", "--out", request, "distant")
        self.assertIn(b"# seq: 2\n", request.read_bytes())
        hidden.rename(keys / "default.key")
        run = self.pub("publish", "--discard", "distant")
        self.assertIn("distant batch 2", run.stdout)

    def test_a_key_that_does_not_count_publishes_nothing(self):
        sluice.dataset("uncounted")
        self.pub("key", "generate", "loner")
        run = self.publish("uncounted", "--key", "loner", code=INTEGRITY)
        self.assertIn("no publisher's key", run.stderr)
        self.publish("uncounted")

    def test_what_root_did_not_sign_is_not_installed(self):
        version = self.newest()
        self.pub("trust", "edit", "--expires", "30d", "--out", self.dir)
        request = self.dir / "trust" / str(version + 1) / "trust"
        stranger = self.dir / "stranger.key"
        self.pub("key", "generate", "x", "--role", "root",
                 home=self.dir / "home")
        shutil.copy(self.dir / "home" / "keys" / "x.key", stranger)
        self.sign(request, stranger)
        signature = next(request.parent.glob("*.minisig"))
        run = self.ctl("trust", "install", request, signature, *WHY,
                       code=INTEGRITY)
        self.assertIn("0 of the 1 root signatures", run.stderr)
        self.assertEqual(self.newest(), version)

    def test_a_profile_pins_the_newest_root(self):
        sluice.dataset("pinned")
        self.ctl("customer", "add", "pinner", *WHY)
        profile = self.dir / "profile"
        self.ctl("token", "issue", "--customer", "pinner", "--endpoint",
                 sluice.env["SLUICE_URL"], "--out-profile", profile, *WHY)
        pin = json.loads(profile.read_text())["root"]
        self.assertEqual(pin["version"], self.newest())
        self.assertEqual(pin["threshold"], 1)
        self.assertEqual(
            pin["keys"],
            [(self.root_key().with_suffix(".pub")).read_text()
             .strip().split("\n")[-1]])


def main():
    global sluice, work
    with tempfile.TemporaryDirectory(prefix="sluice-keys.") as folder:
        os.chmod(folder, 0o755)
        work = pathlib.Path(folder)
        with Instance(work / "sluice") as sluice:
            done = unittest.main(verbosity=2, exit=False)
    sys.exit(not done.result.wasSuccessful())


if __name__ == "__main__":
    main()
