"""The customer: a folder, a profile, the real program, and what it keeps."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../serve"))
from instance import make_token  # noqa: E402

BUILD = os.environ.get("SL_BUILDDIR", ".")
PROGRAM = os.path.abspath(os.path.join(BUILD, "service/bin/sluice/sluice"))


class Refusal:
    """How a run ended: exit code, the code of the error, all its words."""

    def __init__(self, run):
        self.exit = run.returncode
        self.said = run.stderr
        self.code = ""
        self.words = ""
        for line in (run.stdout + run.stderr).splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and event.get("event") == "error":
                self.code = event["code"]
                self.words = json.dumps(event)


class Victim:
    def __init__(self, server, pin):
        self.dir = tempfile.mkdtemp(prefix="sluice-victim-")
        self.mirror = os.path.join(self.dir, "mirror")
        self.profile = os.path.join(self.dir, "profile.json")
        self.write_profile({
            "version": 1, "endpoint": server.url,
            "token": make_token("7" * 22), "expires": "2099-01-01T00:00:00Z",
            "root": pin, "ca": server.ca})

    def remove(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    def write_profile(self, profile):
        with open(self.profile, "w") as file:
            json.dump(profile, file)
        os.chmod(self.profile, 0o600)

    def run(self, *words):
        env = dict(os.environ, SLUICE_PROFILE=self.profile,
                   XDG_CONFIG_HOME=os.path.join(self.dir, "config"),
                   XDG_STATE_HOME=os.path.join(self.dir, "state"))
        return subprocess.run([PROGRAM, *words], env=env, text=True,
                              capture_output=True, check=False, timeout=120)

    def pull(self, dataset, *words, mirror=None):
        return self.run("pull", dataset, mirror or self.mirror, "--json",
                        *words)

    def snapshot(self):
        """Every file of the mirror with its content, but for the records of
        attacks and what only says that a pull is due."""
        kept = {}
        for folder, _, names in os.walk(self.mirror):
            for name in names:
                path = os.path.join(folder, name)
                short = os.path.relpath(path, self.mirror)
                with open(path, "rb") as file:
                    kept[short] = file.read()
        return kept

    def tree(self):
        return {path: data for path, data in self.snapshot().items()
                if not path.startswith(".sluice/")}

    def twin(self):
        """Another customer who has done all that this one did."""
        twin = object.__new__(Victim)
        twin.dir = tempfile.mkdtemp(prefix="sluice-victim-")
        twin.mirror = os.path.join(twin.dir, "mirror")
        twin.profile = os.path.join(twin.dir, "profile.json")
        shutil.copytree(self.dir, twin.dir, dirs_exist_ok=True)
        return twin

    def forget_machine(self):
        """What is kept outside of mirrors."""
        shutil.rmtree(os.path.join(self.dir, "state"), ignore_errors=True)
