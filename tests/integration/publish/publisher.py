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
import time

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
                    *signatures, "--reason", "test"], check=True,
                   capture_output=True, env=dict(environment, **env))
    subprocess.run([CTL, "witness", "add", "witness.test.sluice", "--login",
                    environment["PGUSER"], "--reason", "test"], check=True,
                   capture_output=True, env=dict(environment, **env))


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


def varint(value):
    out = b""
    while value > 0x7f:
        out += bytes([value & 0x7f | 0x80])
        value >>= 7
    return out + bytes([value])


# Thrift's compact protocol: a field is (id, type, bytes).
I32, I64, BINARY, LIST, STRUCT = 5, 6, 8, 9, 12


def number(key, value, kind=I64):
    return (key, kind, varint(value * 2 if value >= 0 else -value * 2 - 1))


def text(key, value):
    return (key, BINARY, varint(len(value)) + value.encode())


def record(*fields):
    out, last = b"", 0
    for key, kind, content in fields:
        out += bytes([(key - last) << 4 | kind]) + content
        last = key
    return out + b"\0"


def records(key, *items):
    return (key, LIST, bytes([len(items) << 4 | STRUCT]) + b"".join(items))


def table(**columns):
    """A Parquet file of whole numbers and floats: one row group, plain."""
    rows = len(next(iter(columns.values())))
    out, schema, chunks = b"PAR1", [record(
        text(4, "schema"), number(5, len(columns), I32))], []
    for name, values in columns.items():
        kind, letter = (5, "d") if isinstance(values[0], float) else (2, "q")
        body = struct.pack(f"<{rows}{letter}", *values)
        page = record(number(1, 0, I32), number(2, len(body), I32),
                      number(3, len(body), I32), (5, STRUCT, record(
                          number(1, rows, I32), number(2, 0, I32),
                          number(3, 3, I32), number(4, 3, I32)))) + body
        schema.append(record(number(1, kind, I32), number(3, 0, I32),
                             text(4, name)))
        chunks.append(record(number(2, len(out)), (3, STRUCT, record(
            number(1, kind, I32), number(4, 0, I32), number(5, rows),
            number(6, len(page)), number(7, len(page)),
            number(9, len(out))))))
        out += page
    footer = record(number(1, 1, I32), records(2, *schema), number(3, rows),
                    records(4, record(records(1, *chunks), number(3, rows))))
    return out + footer + struct.pack("<I", len(footer)) + b"PAR1"


def parquet(rows=10, episode=0, frames=None, times=None):
    """Rows of one episode as LeRobot has them."""
    return table(episode_index=[episode] * rows,
                 frame_index=frames or list(range(rows)),
                 timestamp=times or [n / 20 for n in range(rows)])


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
              parquet(episode=i))
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


def draft_of(result):
    """What an ingest made, as it is written."""
    with open(os.path.join(result["dir"], "draft.json")) as file:
        return json.load(file)


def settle():
    """Files must be two seconds old to be remembered."""
    deadline = time.time() + 2.2
    while time.time() < deadline:
        time.sleep(0.1)


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
