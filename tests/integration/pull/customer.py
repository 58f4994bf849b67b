"""The customer's side of a test: a folder, a profile and the program."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../serve"))
from instance import (CLUSTER, Instance, make_token,  # noqa: E402,F401
                      until)

KITTING = "demo-kitting"


class Customer:
    def __init__(self, box, profile=None):
        self.box = box
        self.dir = tempfile.mkdtemp(prefix="sluice-pull-")
        self.mirror = os.path.join(self.dir, "mirror")
        self.profile = os.path.join(self.dir, "profile.json")
        shutil.copy(profile or box.env["SLUICE_PROFILE"], self.profile)
        os.chmod(self.profile, 0o600)

    def remove(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    def edit_profile(self, **values):
        with open(self.profile) as file:
            profile = json.load(file)
        profile.update(values)
        with open(self.profile, "w") as file:
            json.dump(profile, file)

    def command(self, words):
        env = dict(self.box.env, SLUICE_PROFILE=self.profile,
                   XDG_CONFIG_HOME=os.path.join(self.dir, "config"),
                   XDG_STATE_HOME=os.path.join(self.dir, "state"))
        env.pop("SSL_CERT_FILE", None)
        return ["sluice", *words], env

    def run(self, *words, code=0):
        """Run sluice, insist on the exit code; the finished process."""
        command, env = self.command(words)
        run = subprocess.run(command, env=env, capture_output=True, text=True,
                             check=False)
        if code is not None and run.returncode != code:
            raise AssertionError(f"sluice {words}: {run.returncode}, not "
                                 f"{code}\n{run.stdout}{run.stderr}")
        return run

    def start(self, *words):
        command, env = self.command(words)
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)

    def pull(self, *words, dataset=KITTING, code=0):
        """Pull with --json; the result, or the process if it failed."""
        run = self.run("pull", dataset, self.mirror, "--json", *words,
                       code=code)
        return json.loads(run.stdout) if code == 0 else run

    def verify(self, code=0):
        run = self.run("verify", self.mirror, "--json", code=code)
        return json.loads(run.stdout)

    def path(self, name):
        return os.path.join(self.mirror, name)

    def files(self):
        """Relative paths of the tree, without .sluice."""
        found = []
        for folder, folders, names in os.walk(self.mirror):
            if folder == self.mirror and ".sluice" in folders:
                folders.remove(".sluice")
            found += [os.path.relpath(os.path.join(folder, name), self.mirror)
                      for name in names]
        return sorted(found)

    def sums_are_good(self):
        """The stock tool agrees, and nothing is missing from the list."""
        with open(self.path(".sluice/SHA256SUMS")) as file:
            listed = sorted(line[66:].rstrip("\n") for line in file)
        run = subprocess.run(
            ["sha256sum", "-c", "--quiet", "--strict", ".sluice/SHA256SUMS"],
            cwd=self.mirror, capture_output=True, check=False)
        return run.returncode == 0 and listed == self.files()

    def is_incomplete(self):
        return os.path.exists(self.path(".sluice/INCOMPLETE"))


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.communicate()
