#!/usr/bin/env python3
"""Episodes that came as MCAP, exported as a file each: all messages, by time."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE / ".." / ".." / "support"))
from instance import Instance  # noqa: E402

SOURCE = pathlib.Path(os.environ.get("SL_SRCDIR", HERE / "../../.."))
BUILD = pathlib.Path(os.environ.get("SL_BUILDDIR", SOURCE))
TOOL = BUILD / "tests/interop/mcap_tool"
NAME = "bags"


def setUpModule():
    global folder, box, mirror
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sl-export-mcap-"))
    box = Instance(str(folder / "box"))
    box.__enter__()
    box.dataset(NAME)
    box.run("sluice-publish", "simulate", "--format", "mcap", "--episodes",
            "3", "--out", folder / "source")
    box.run("sluice-publish", "ingest", "--format", "mcap", NAME,
            folder / "source")
    box.run("sluice-publish", "publish", NAME)
    box.customer("lab", NAME)
    mirror = folder / "mirror"
    box.run("sluice", "pull", NAME, mirror)


def tearDownModule():
    box.__exit__()
    shutil.rmtree(folder)


def records(path):
    """Messages by topic in the order of the file, and the metadata; our
    reader checks every CRC."""
    out = subprocess.run([TOOL, "stream", path], check=True,
                         capture_output=True, text=True).stdout
    topics, messages, metadata, times = {}, [], [], []
    for line in out.splitlines():
        words = line.split(" ")
        if words[0] == "channel":
            topics[words[1]] = words[3]
        elif words[0] == "message":
            messages.append((topics[words[1]], *words[2:]))
            times.append(int(words[3]))
        elif words[0] == "metadata":
            metadata.append(line)
    return messages, metadata, times


class Mcap(unittest.TestCase):
    def setUp(self):
        self.out = pathlib.Path(tempfile.mkdtemp(dir=folder), "out")

    def export(self, *words):
        return box.json("sluice", "export", "--layout", "mcap", mirror,
                        self.out, *words)

    def test_a_file_has_every_message_of_the_layers_by_time(self):
        told = self.export()
        self.assertEqual((told["episodes"], told["left_out"]), (3, 0))
        joined = sorted(self.out.glob("*.mcap"))
        keys = sorted((mirror / "episodes").iterdir())
        self.assertEqual(len(joined), 3)
        for key in keys:
            path, = (each for each in joined if each.stem[7:] == key.name)
            messages, metadata, times = records(path)
            layers = [records(each) for each in key.glob("*.mcap")]
            self.assertGreater(len(layers), 1)
            self.assertGreater(len(messages), 100)
            self.assertEqual(sorted(messages), sorted(
                each for layer in layers for each in layer[0]))
            self.assertEqual(times, sorted(times))
            self.assertEqual(len(metadata), len(set(metadata)))
            self.assertEqual(
                {each for each in metadata
                 if not each.startswith("metadata sluice ")},
                {each for layer in layers for each in layer[1]})
            index = subprocess.run([TOOL, "index", path], check=True,
                                   capture_output=True, text=True).stdout
            self.assertEqual(sum(line.startswith("message ") for line in
                                 index.splitlines()), len(messages))
            self.assertIn(b"zstd", path.read_bytes())

    def test_a_second_export_makes_nothing_and_another_the_same_bytes(self):
        self.export()
        self.assertEqual(self.export()["written"], 0)
        first = {path.name: path.read_bytes()
                 for path in self.out.glob("*.mcap")}
        self.out = self.out.parent / "again"
        self.export()
        for name, content in first.items():
            self.assertEqual((self.out / name).read_bytes(), content)


class Retraction(unittest.TestCase):
    """Last, for it changes the mirror."""

    def test_a_retracted_episode_leaves_and_the_others_stay(self):
        out = folder / "retracted"
        words = ("sluice", "export", "--layout", "mcap", mirror, out)
        box.json(*words)
        box.run("sluice-publish", "retract", NAME, "2", "--reason", "quality")
        box.run("sluice", "pull", NAME, mirror)
        told = box.json(*words)
        self.assertEqual((told["written"], told["removed"]), (0, 1))
        self.assertEqual(sorted(path.name[:6] for path in
                                out.glob("*.mcap")), ["000001", "000003"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
