#!/usr/bin/env python3
"""Episodes that came as LeRobot or as plain files, exported as MCAP: every
value, picture and annotation of the source is in the file."""

import csv
import datetime
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
from instance import Instance  # noqa: E402

SOURCE = pathlib.Path(os.environ.get("SL_SRCDIR", HERE / "../../.."))
BUILD = pathlib.Path(os.environ.get("SL_BUILDDIR", SOURCE))
TOOL = BUILD / "tests/interop/mcap_tool"
INTEROP = SOURCE / "tests/interop"
GR1 = SOURCE / "../shared/data/lerobot/gr1_pick_n_place_v20"
NS = 1_000_000_000
# What our films are made of; ffmpeg has these unless it is cut down.
CODECS = {"h264": ("h264", ["libx264", "-bf", "0"]),
          "bframes": ("h264", ["libx264", "-bf", "2"]),
          "h265": ("hevc", ["libx265", "-x265-params",
                            "log-level=none:bframes=0"]),
          "vp9": (None, ["libvpx-vp9"]),
          "av1": ("obu", ["libaom-av1", "-cpu-used", "8"])}


def setUpModule():
    global folder, box
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sl-export-made-"))
    box = Instance(str(folder / "box"))
    box.__enter__()
    make("plain", "files")
    make("rows", "lerobot")


def tearDownModule():
    box.__exit__()
    shutil.rmtree(folder)


def grant(name, *terms):
    if not (folder / "box/lab.profile").exists():
        box.customer("lab", name, *terms)
    else:
        box.run("sluicectl", "licence", "grant", "--customer", "lab",
                "--dataset", name, *terms, "--reason", "test")


def publish(name, form, source, *terms):
    box.dataset(name)
    box.run("sluice-publish", "ingest", "--format", form, name, source)
    box.run("sluice-publish", "publish", name)
    grant(name, *terms)
    box.run("sluice", "pull", name, folder / f"{name}-mirror")


def make(name, form):
    box.run("sluice-publish", "simulate", "--format", form, "--camera",
            "--episodes", "2", "--out", folder / f"{name}-source")
    publish(name, form, folder / f"{name}-source")


def export(name, out, *words):
    """What it printed as JSON, and its warnings."""
    done = subprocess.run(
        ["sluice", "export", "--layout", "mcap", str(folder / f"{name}-mirror"),
         str(out), "--json", *words], env=box.env_of("sluice"), check=True,
        capture_output=True, text=True)
    return json.loads(done.stdout), done.stderr


def stream(path):
    return subprocess.run([TOOL, "stream", path], check=True,
                          capture_output=True, text=True).stdout.splitlines()


def topics(path):
    lines = [line.split(" ") for line in stream(path)]
    schemas = {words[1]: words[2] for words in lines if words[0] == "schema"}
    return {words[3]: schemas[words[2]]
            for words in lines if words[0] == "channel"}


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


def picture(data):
    """Bytes and format of a foxglove.CompressedVideo."""
    at, fields = 0, {}
    while at < len(data):
        key, at = data[at] >> 3, at + 1
        size = shift = 0
        while True:
            byte, at = data[at], at + 1
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        fields[key], at = data[at:at + size], at + size
    return fields[3], fields[4].decode()


def frames(*source):
    """A hash of each picture that ffmpeg decodes."""
    text = subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", *map(str, source), "-an",
         "-fps_mode", "passthrough", "-f", "framemd5", "-"], check=True,
        capture_output=True, text=True).stdout
    return [line.rpartition(",")[2].strip() for line in text.splitlines()
            if line and not line.startswith("#")]


def ivf(pictures):
    """VP9 has no form of its own without a container."""
    head = struct.pack("<4sHH4sHHIIII", b"DKIF", 0, 32, b"VP90", 64, 48, 10, 1,
                       len(pictures), 0)
    return head + b"".join(struct.pack("<IQ", len(each), i) + each
                           for i, each in enumerate(pictures))


class Base(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        self.out = pathlib.Path(tempfile.mkdtemp(dir=folder)) / "out"

    def same_film(self, path, topic, film, form, name):
        found = [picture(data) for _, data in messages(path, topic)]
        pictures = [data for data, _ in found]
        self.assertEqual({form for _, form in found}, {name})
        raw = self.out.parent / "raw"
        raw.write_bytes(ivf(pictures) if form is None else b"".join(pictures))
        want = frames("-i", film)
        self.assertGreater(len(want), 4)
        self.assertEqual(len(pictures), len(want))
        words = ("-i", raw) if form is None else ("-f", form, "-i", raw)
        self.assertEqual(frames(*words), want)


class Files(Base):
    """What `simulate -f files --camera` writes."""

    def setUp(self):
        super().setUp()
        self.told, self.words = export("plain", self.out)
        self.path = next(self.out.glob("000001-*.mcap"))
        self.own = folder / "plain-source/episodes/ep-000001"
        self.start = int(1e9 * datetime.datetime.fromisoformat(
            json.loads((self.own / "metadata.json").read_text())
            ["recorded_at"].replace("Z", "+00:00")).timestamp())

    def test_all_of_it_is_there_and_by_time(self):
        self.assertEqual((self.told["episodes"], self.told["left_out"]),
                         (2, 0))
        self.assertNotIn("warning", self.words)
        self.assertEqual(topics(self.path), {
            "/state/leader": "sensor_msgs/msg/JointState",
            "/state/follower": "sensor_msgs/msg/JointState",
            "/state/gripper_command": "sluice.Number",
            "/state/gripper_m": "sluice.Number",
            "/wrench": "geometry_msgs/msg/WrenchStamped",
            "/annotation": "sluice.Annotation",
            "/video/wrist": "foxglove.CompressedVideo"})
        times = [int(line.split(" ")[3]) for line in stream(self.path)
                 if line.startswith("message ")]
        self.assertEqual(times, sorted(times))
        self.assertEqual(times[0], self.start)

    def test_every_number_of_the_tables(self):
        rows = list(csv.DictReader(
            (self.own / "state.csv").read_text().splitlines()))
        for group in "leader", "follower":
            found = messages(self.path, f"/state/{group}")
            names = [f"{group}_{i}" for i in range(6)]
            self.assertEqual(len(found), len(rows))
            for (time, data), row in zip(found, rows):
                self.assertEqual(
                    joints(data),
                    (time, names, [float(row[name]) for name in names]))
                self.assertEqual(
                    time, self.start + round(float(row["t_s"]) * NS))
        found = messages(self.path, "/state/gripper_m")
        self.assertEqual([json.loads(data)["value"] for _, data in found],
                         [float(row["gripper_m"]) for row in rows])
        rows = list(csv.reader(
            (self.own / "wrench.csv").read_text().splitlines()))[1:]
        found = messages(self.path, "/wrench")
        self.assertEqual([wrench(data) for _, data in found],
                         [[float(value) for value in row[1:]] for row in rows])

    def test_annotations_and_metadata(self):
        lines = (self.own / "annotation.jsonl").read_text().splitlines()
        found = messages(self.path, "/annotation")
        self.assertEqual(sorted(data.decode() for _, data in found),
                         sorted(lines))
        for time, data in found:
            self.assertEqual(time,
                             self.start + json.loads(data)["start_ns"])
        line, = record(self.path, "episode")
        self.assertIn(" key= ep-000001", line)
        self.assertIn(" success= ", line)
        self.assertIn('"schema_version":"1.0"', line)

    @unittest.skipUnless(shutil.which("ffmpeg"), "needs ffmpeg")
    def test_the_film_decodes_to_the_same_pictures(self):
        self.same_film(self.path, "/video/wrist", self.own / "wrist.mp4",
                       "h264", "h264")

    def test_what_is_exported_can_be_ingested(self):
        box.dataset("again")
        box.run("sluice-publish", "ingest", "--format", "mcap", "again",
                self.out)
        box.run("sluice-publish", "publish", "again")
        grant("again")
        box.run("sluice", "pull", "again", folder / "again-mirror")
        layers = sorted(path.name for path in
                        (folder / "again-mirror/episodes/ep-000001").iterdir())
        for layer in ("annotation.mcap", "force.mcap", "state.mcap",
                      "video.wrist.mcap"):
            self.assertIn(layer, layers)

    def test_the_same_episodes_give_the_same_bytes(self):
        told, _ = export("plain", self.out)
        self.assertEqual(told["written"], 0)
        again = self.out.parent / "again"
        export("plain", again)
        for path in self.out.glob("*.mcap"):
            self.assertEqual((again / path.name).read_bytes(),
                             path.read_bytes())


class Rows(Base):
    """LeRobot v2.1 of ours, v2.0 of others."""

    def values(self, path, table, *words):
        """By @mcap/core and hyparquet."""
        where = folder / "npm"
        if not shutil.which("npm") or not shutil.which("node"):
            self.skipTest("npm or node is not installed")
        if not where.exists():
            where.mkdir()
            for name in "package.json", "package-lock.json", "export.mjs", \
                    "mcap.mjs":
                shutil.copy(INTEROP / name, where)
            done = subprocess.run(
                ["npm", "install", "--no-audit", "--no-fund",
                 "--ignore-scripts", "--save-exact", "hyparquet@1.31.5"],
                cwd=where, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                shutil.rmtree(where)
                self.skipTest("the npm packages cannot be installed")
        done = subprocess.run(["node", "export.mjs", path, table, *words],
                              cwd=where, capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = subprocess.run(["node", "mcap.mjs", TOOL, where, path],
                              cwd=where, capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_value_of_a_simulated_episode(self):
        told, words = export("rows", self.out)
        self.assertEqual((told["episodes"], told["left_out"]), (2, 0))
        self.assertNotIn("warning", words)
        path = self.out / "000001-episode_000000.mcap"
        found = topics(path)
        self.assertEqual(found["/observation/state"],
                         "sensor_msgs/msg/JointState")
        self.assertEqual(found["/action"], "sensor_msgs/msg/JointState")
        self.assertEqual(found["/observation/wrench"],
                         "geometry_msgs/msg/WrenchStamped")
        states = messages(path, "/observation/state")
        times = [time - states[0][0] for time, _ in states]
        self.assertEqual(times, [i * NS // 25 for i in range(len(times))])
        info = json.loads(
            (folder / "rows-source/meta/info.json").read_text())
        self.assertEqual(joints(states[0][1])[1],
                         info["features"]["observation.state"]["names"])
        self.same_film(
            path, "/video/wrist", next((folder / "rows-source/videos").rglob(
                "episode_000000.mp4")), "h264", "h264")
        self.values(path, folder / "rows-source/data/chunk-000/"
                    "episode_000000.parquet", "observation.wrench")

    @unittest.skipUnless(GR1.is_dir(), "no test data beside the source tree")
    def test_every_value_and_picture_of_real_episodes(self):
        publish("gr", "lerobot", GR1)
        told, words = export("gr", self.out)
        self.assertEqual((told["episodes"], told["left_out"]), (5, 0))
        self.assertEqual(words.count("B-frames"), 5)
        _, again = export("gr", self.out)
        self.assertEqual(again.count("B-frames"), 5)
        for number in range(5):
            name = f"episode_{number:06}"
            path = self.out / f"{number + 1:06}-{name}.mcap"
            film = GR1 / ("videos/chunk-000/observation.images.ego_view/"
                          f"{name}.mp4")
            self.same_film(path, "/video/ego_view", film, "h264", "h264")
            line, = record(path, "episode")
            self.assertIn(" tasks= {", line)
        for number in range(5):
            name = f"episode_{number:06}"
            self.values(self.out / f"{number + 1:06}-{name}.mcap",
                        GR1 / f"data/chunk-000/{name}.parquet")


class Odd(Base):
    """What does not fit is attached, or left out, with a word; the rest of its
    episode comes."""

    def source(self, **layers):
        own = self.out.parent / "source"
        own.mkdir()
        (own / "state.csv").write_text("t_s,x_0,x_1\n0,1,2\n0.5,3,nan\n")
        lines = {"state": ["state.csv"]}
        for layer, (name, content) in layers.items():
            (own / name).write_bytes(content)
            lines[layer.replace("_", ".")] = [name]
        (own / "episodes.jsonl").write_text(
            json.dumps({"key": "odd", "layers": lines}) + "\n")
        return own

    def export_of(self, name, **layers):
        publish(name, "files", self.source(**layers))
        told, words = export(name, self.out)
        self.assertEqual((told["episodes"], told["left_out"]), (1, 0))
        path, = self.out.glob("*.mcap")
        found = messages(path, "/state/x")
        self.assertEqual([time for time, _ in found], [0, NS // 2])
        return path, words

    def attached(self, path):
        return [line.split(" ")[3] for line in stream(path)
                if line.startswith("attachment ")]

    def test_tables_that_are_not_understood(self):
        path, words = self.export_of(
            "tables", force=("force.csv", b"t_s,fx,fy\n0,1\n"),
            audio=("audio.csv", b"t_s,a\n0,1\n0,x\n"),
            annotation=("notes.jsonl", b'{"start_ns":5}\nnot json\n'),
            depth=("long.csv", b"t_s,a\n0," + 70000 * b"1" + b"\n"),
            raw=("back.csv", b"t_s,a\n1,1\n0,1\n"))
        self.assertEqual(
            sorted(self.attached(path)),
            ["audio.csv", "back.csv", "force.csv", "long.csv", "notes.jsonl"])
        self.assertEqual(words.count("warning"), 5)
        for text in ("line 2 has 2 fields, not 3", "line 3, field 2",
                     "line 2", "longer than 65536", "runs backwards"):
            self.assertIn(text, words)

    def test_files_of_no_known_kind(self):
        path, words = self.export_of(
            "kinds", raw=("notes.bin", b"abc"),
            video_wrist=("wrist.bin", bytes(17 << 20)))
        self.assertEqual(self.attached(path), ["notes.bin"])
        self.assertEqual(words.count("warning"), 1)
        self.assertIn("wrist.bin is left out", words)

    def film(self, *codec):
        path = self.out.parent / "film.mp4"
        subprocess.run(
            ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i",
             "testsrc=s=64x48:r=10", "-frames:v", "12", "-g", "4", "-pix_fmt",
             "yuv420p", "-c:v", *codec, path], check=True)
        return path

    @unittest.skipUnless(shutil.which("ffmpeg"), "needs ffmpeg")
    def test_a_film_of_each_codec(self):
        for name, (form, codec) in CODECS.items():
            with self.subTest(name):
                self.setUp()
                film = self.film(*codec)
                path, words = self.export_of(
                    f"film-{name}", video_top=("top.mp4", film.read_bytes()))
                self.assertEqual(self.attached(path), [])
                self.assertEqual("B-frames" in words, name == "bframes")
                self.same_film(path, "/video/top", film, form,
                               "h264" if name == "bframes" else name)
                times = [time for time, _ in messages(path, "/video/top")]
                self.assertEqual(times, [i * NS // 10 for i in range(12)])

    @unittest.skipUnless(shutil.which("ffmpeg"), "needs ffmpeg")
    def test_a_film_of_another_codec_is_attached(self):
        path, words = self.export_of(
            "film-other", video_top=("top.mp4",
                                     self.film("mpeg4").read_bytes()))
        self.assertEqual(self.attached(path), ["top.mp4"])
        self.assertIn("mp4v", words)


class Then(Base):
    """Last, for they change the mirror."""

    def test_a_licence_without_video_has_no_film(self):
        publish("blind", "lerobot", folder / "rows-source", "--layers",
                "state")
        told, words = export("blind", self.out)
        self.assertEqual(told["episodes"], 2)
        self.assertNotIn("warning", words)
        for path in self.out.glob("*.mcap"):
            found = topics(path)
            self.assertIn("/observation/state", found)
            self.assertNotIn("/video/wrist", found)

    def test_only_what_is_new_is_made(self):
        export("plain", self.out)
        source = folder / "plain-source"
        box.run("sluice-publish", "simulate", "--out", source, "--start", "3",
                "--episodes", "1", "--revise", "2")
        box.run("sluice-publish", "ingest", "--format", "files", "plain",
                source)
        box.run("sluice-publish", "publish", "plain")
        box.run("sluice-publish", "retract", "plain", "1", "--reason",
                "quality")
        box.run("sluice", "pull", "plain", folder / "plain-mirror")
        told, _ = export("plain", self.out)
        self.assertEqual((told["written"], told["removed"]), (2, 1))
        self.assertEqual(sorted(path.name[:6] for path in
                                self.out.glob("*.mcap")), ["000002", "000003"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
