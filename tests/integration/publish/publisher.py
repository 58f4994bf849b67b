"""What the tests of ingest and publish share: the programs, a work folder,
small sources, and a runner that prints one line per test."""

import json
import os
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile

SOURCE = os.environ.get("SL_SRCDIR") or os.path.abspath(
    os.path.join(os.path.dirname(__file__), "..", "..", ".."))
BUILD = os.environ.get("SL_BUILDDIR", SOURCE)
PUBLISH = os.path.join(BUILD, "service", "bin", "sluice-publish",
                       "sluice-publish")
CTL = os.path.join(BUILD, "service", "bin", "sluicectl", "sluicectl")
CLUSTER = os.path.join(SOURCE, "tests", "support", "pg-cluster")
GR1 = os.path.join(SOURCE, "..", "shared", "data", "lerobot",
                   "gr1_pick_n_place_v20")

OK, GENERAL, USAGE, PARTIAL, INTEGRITY, NETWORK, NOT_FOUND, STORAGE, \
    CONFLICT = 0, 1, 2, 3, 7, 8, 9, 10, 11

work = tempfile.mkdtemp(prefix="sluice-publish.",
                        dir=os.environ.get("TMPDIR"))
os.chmod(work, 0o755)
environment = dict(os.environ,
                   SLUICE_PUBLISH_HOME=os.path.join(work, "home"),
                   SLUICE_OBJECTS=os.path.join(work, "objects"))
sys.dont_write_bytecode = True
tests = []


class Skip(Exception):
    pass


def test(function):
    tests.append(function)
    return function


def check(condition, words):
    if not condition:
        raise AssertionError(words)


def pub(*words, code=OK, **env):
    """Run sluice-publish; the completed process."""
    done = subprocess.run([PUBLISH, *words], env=dict(environment, **env),
                          capture_output=True, text=True, check=False,
                          timeout=120)
    if code is not None and done.returncode != code:
        raise AssertionError(
            f"sluice-publish {shlex.join(words)}: exit {done.returncode}, "
            f"not {code}\n{done.stdout}{done.stderr}")
    return done


def trust(**env):
    """A key ceremony, and its trust file installed; env is an admin's."""
    out = place("ceremony")
    pub("ceremony", "--yes", "--roots", "1", "--threshold", "1", "--origin",
        "test.sluice", "--out", out)
    folder = os.path.join(out, "trust", "1")
    signatures = [os.path.join(folder, name) for name in os.listdir(folder)
                  if name.endswith(".minisig")]
    subprocess.run([CTL, "trust", "install", os.path.join(folder, "trust"),
                    *signatures], check=True, capture_output=True,
                   env=dict(environment, **env))


def get(*words, **options):
    return json.loads(pub(*words, "--json", **options).stdout)


def refused(words, *args, code=GENERAL, **options):
    """A refusal of one line (and perhaps a hint) that says `words`."""
    done = pub(*args, code=code, **options)
    lines = [line for line in done.stderr.splitlines()
             if not line.startswith("  ")]
    check(words in done.stderr, f"no word of {words!r} in {done.stderr!r}")
    check(len(lines) <= 2, f"more than a line: {done.stderr!r}")


def place(*parts):
    return os.path.join(work, *parts)


def fresh(name):
    path = place(name)
    shutil.rmtree(path, ignore_errors=True)
    return path


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb" if isinstance(content, bytes) else "w") as file:
        file.write(content)


class Disk:
    """A folder that is a disk of its own, as large as it is told to be."""

    def __init__(self, path, size):
        self.path = path
        self.size = size

    def __enter__(self):
        os.makedirs(self.path, exist_ok=True)
        if os.geteuid() != 0 or self.mount("tmpfs", self.path) != 0:
            raise Skip("cannot mount")
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.path], check=True)

    def mount(self, *words):
        return subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={self.size}", *words],
            capture_output=True, check=False).returncode

    def resize(self, size):
        subprocess.run(["mount", "-o", f"remount,size={size}", self.path],
                       check=True)


def read_lines(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def write_lines(path, lines):
    write(path, "".join(json.dumps(line) + "\n" for line in lines))


def box(kind, body=b""):
    return struct.pack(">I4s", 8 + len(body), kind) + body


def mp4(samples=10, payload=b"x" * 100):
    """The least that is whole: ftyp, moov with one video track, mdat."""
    header = box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, 500))
    handler = box(b"hdlr", struct.pack(">II4s", 0, 0, b"vide"))
    sizes = box(b"stsz", struct.pack(">III", 0, 1, samples))
    track = box(b"trak", box(b"mdia", handler +
                             box(b"minf", box(b"stbl", sizes))))
    return box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", header + track) + \
        box(b"mdat", payload)


def parquet(rows=10, payload=b"y" * 100):
    """PAR1, anything, a thrift footer with num_rows, its length, PAR1."""
    footer = bytes([0x15, 2, 0x19, 0x0c, 0x16, rows * 2, 0])
    return b"PAR1" + payload + footer + struct.pack("<I", len(footer)) + \
        b"PAR1"


def lerobot(name, episodes=4, version="v2.1", camera="observation.images.top"):
    """A small LeRobot dataset of its own making."""
    root = fresh(name)
    info = {"codebase_version": version, "robot_type": "SO-101 Follower",
            "total_episodes": episodes, "chunks_size": 1000, "fps": 20,
            "data_path": "data/chunk-{episode_chunk:03d}/"
                         "episode_{episode_index:06d}.parquet",
            "video_path": "videos/chunk-{episode_chunk:03d}/{video_key}/"
                          "episode_{episode_index:06d}.mp4",
            "features": {camera: {"dtype": "video", "shape": [4, 4, 3]},
                         "action": {"dtype": "float32", "shape": [6]}}}
    write(f"{root}/meta/info.json", json.dumps(info))
    write_lines(f"{root}/meta/episodes.jsonl",
                [{"episode_index": i, "tasks": ["Pick the Cube!"],
                  "length": 10} for i in range(episodes)])
    write_lines(f"{root}/meta/tasks.jsonl",
                [{"task_index": 0, "task": "Pick the Cube!"}])
    write_lines(f"{root}/meta/episodes_stats.jsonl",
                [{"episode_index": i, "stats": {}} for i in range(episodes)])
    for i in range(episodes):
        write(f"{root}/data/chunk-000/episode_{i:06d}.parquet",
              parquet(payload=b"%d" % i * 50))
        write(f"{root}/videos/chunk-000/{camera}/episode_{i:06d}.mp4",
              mp4(payload=os.urandom(5000)))
    return root


def files(name, episodes=3):
    """A small source in the `files` format."""
    root = fresh(name)
    lines = []
    for i in range(1, episodes + 1):
        write(f"{root}/ep/{i}/state.csv", f"t,q\n0,{i}\n")
        write(f"{root}/ep/{i}/notes.jsonl", f'{{"n":{i}}}\n')
        lines.append({"key": f"ep-{i}", "facets": {"task": "sort"},
                      "layers": {"state": [f"ep/{i}/state.csv"],
                                 "annotation": [f"ep/{i}/notes.jsonl"]}})
    write_lines(f"{root}/episodes.jsonl", lines)
    return root


def edit(root, change):
    """Change the list of lines of a `files` source."""
    lines = read_lines(f"{root}/episodes.jsonl")
    write_lines(f"{root}/episodes.jsonl", change(lines))


def run_all(clean=lambda: None):
    """Run every test; the process ends with 1 if one failed."""
    failed = 0
    try:
        for function in tests:
            name = function.__name__.replace("_", " ")
            try:
                function()
                print(f"ok: {name}", flush=True)
            except Skip as reason:
                print(f"skipped: {name}: {reason}", flush=True)
            except (AssertionError, OSError, KeyError, IndexError, ValueError,
                    subprocess.SubprocessError) as error:
                failed += 1
                print(f"FAILED: {name}: {error}", flush=True)
    finally:
        clean()
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(1 if failed else 0)
