"""A service with one customer who exports as MCAP, and what is in a file."""

import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE / ".." / ".." / "support"))
from instance import WHY, Instance  # noqa: E402

SOURCE = pathlib.Path(os.environ.get("SL_SRCDIR", HERE / "../../.."))
BUILD = pathlib.Path(os.environ.get("SL_BUILDDIR", SOURCE))
TOOL = BUILD / "tests/interop/mcap_tool"
NS = 1_000_000_000


class Lab:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sl-export-lab-"))
        self.box = Instance(str(self.folder / "box"))
        self.run = self.box.run
        try:
            self.box.__enter__()
        except BaseException:
            shutil.rmtree(self.folder)
            raise

    def close(self):
        self.box.__exit__()
        shutil.rmtree(self.folder)

    def place(self):
        """A new folder."""
        return pathlib.Path(tempfile.mkdtemp(dir=self.folder))

    def mirror(self, name):
        return self.folder / f"{name}-mirror"

    def grant(self, name, *terms):
        if not (self.folder / "box/lab.profile").exists():
            self.box.customer("lab", name, *terms)
        else:
            self.run("sluicectl", "licence", "grant", "--customer", "lab",
                     "--dataset", name, *terms, *WHY)

    def renew(self, name, form, source):
        """What is new in the source, up to the mirror."""
        self.run("sluice-publish", "ingest", "--format", form, name, source)
        self.run("sluice-publish", "publish", name)
        self.run("sluice", "pull", name, self.mirror(name))

    def publish(self, name, form, source, *terms):
        self.box.dataset(name)
        self.run("sluice-publish", "ingest", "--format", form, name, source)
        self.run("sluice-publish", "publish", name)
        self.grant(name, *terms)
        self.run("sluice", "pull", name, self.mirror(name))

    def simulate(self, form, *words):
        out = self.place()
        self.run("sluice-publish", "simulate", "--format", form, "--episodes",
                 "2", "--out", out, *words)
        return out

    def export(self, name, out, *words, code=0):
        """What it printed as JSON (None if it failed), and its words."""
        done = subprocess.run(
            ["sluice", "export", "--layout", "mcap", self.mirror(name), out,
             "--json", *words], env=self.box.env_of("sluice"), check=False,
            capture_output=True, text=True)
        if done.returncode != code:
            raise AssertionError(f"exit {done.returncode}, not {code}: "
                                 f"{done.stdout}{done.stderr}")
        return json.loads(done.stdout) if code == 0 else None, done.stderr


def stream(path):
    return subprocess.run([TOOL, "stream", path], check=True,
                          capture_output=True, text=True).stdout.splitlines()


def topics(path):
    lines = [line.split(" ") for line in stream(path)]
    schemas = {words[1]: words[2] for words in lines if words[0] == "schema"}
    return {words[3]: schemas[words[2]]
            for words in lines if words[0] == "channel"}


def attached(path):
    return [line.split(" ")[3] for line in stream(path)
            if line.startswith("attachment ")]


def record(path, name):
    """A metadata record as our tool prints it."""
    return [line for line in stream(path)
            if line.startswith(f"metadata {name} ")]


def messages(path, topic):
    data = subprocess.run([TOOL, "data", path, topic], check=True,
                          capture_output=True).stdout
    at, found = 0, []
    while at < len(data):
        time, size = struct.unpack_from("<QI", data, at)
        found.append((time, data[at + 12:at + 12 + size]))
        at += 12 + size
    return found


class Cdr:
    def __init__(self, data):
        self.data, self.at = data[4:], 0

    def take(self, form):
        size = struct.calcsize(form)
        self.at += -self.at % size
        self.at += size
        return struct.unpack_from("<" + form, self.data, self.at - size)[0]

    def text(self):
        size = self.take("I")
        self.at += size
        return self.data[self.at - size:self.at - 1].decode()


def joints(data):
    cdr = Cdr(data)
    stamp = cdr.take("I") * NS + cdr.take("I")
    cdr.text()
    names = [cdr.text() for _ in range(cdr.take("I"))]
    return stamp, names, [cdr.take("d") for _ in range(cdr.take("I"))]


def wrench(data):
    cdr = Cdr(data)
    cdr.take("I"), cdr.take("I"), cdr.text()
    return [cdr.take("d") for _ in range(6)]


class Case(unittest.TestCase):
    """With one episode of plain files in a dataset."""

    lab = None  # the module's
    maxDiff = 2000

    def setUp(self):
        self.out = self.lab.place() / "out"

    def names(self):
        return sorted(path.name for path in self.out.glob("*.mcap"))

    def publish(self, name, **layers):
        """An episode of plain files, layer → name and content."""
        own = self.lab.place()
        (own / "state.csv").write_text("t_s,x_0,x_1\n0,1,2\n0.5,3,nan\n")
        lines = {"state": ["state.csv"]}
        for layer, (file, content) in layers.items():
            (own / file).write_bytes(content)
            lines[layer.replace("_", ".")] = [file]
        (own / "episodes.jsonl").write_text(
            json.dumps({"key": "odd", "layers": lines}) + "\n")
        self.lab.publish(name, "files", own)

    def export(self, name):
        told, words = self.lab.export(name, self.out)
        self.assertEqual((told["episodes"], told["left_out"]), (1, 0))
        path, = self.out.glob("*.mcap")
        return path, words

    def export_of(self, name, **layers):
        self.publish(name, **layers)
        path, words = self.export(name)
        found = messages(path, "/state/x")
        self.assertEqual([time - found[0][0] for time, _ in found],
                         [0, NS // 2])
        return path, words
