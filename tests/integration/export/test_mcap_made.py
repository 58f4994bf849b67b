#!/usr/bin/env python3
"""Episodes that came as LeRobot or as plain files, exported as MCAP: every
value, picture and annotation of the source is in the file."""

import csv
import datetime
import json
import shutil
import struct
import subprocess
import unittest

from lab import (NS, SOURCE, TOOL, Lab, attached, joints, messages, record,
                 stream, topics, wrench)

INTEROP = SOURCE / "tests/interop"
GR1 = SOURCE / "../shared/data/lerobot/gr1_pick_n_place_v20"
# What our films are made of; ffmpeg has these unless it is cut down.
CODECS = {"h264": ("h264", ["libx264", "-bf", "0"]),
          "bframes": ("h264", ["libx264", "-bf", "2"]),
          "h265": ("hevc", ["libx265", "-x265-params",
                            "log-level=none:bframes=0"]),
          "vp9": (None, ["libvpx-vp9"]),
          "av1": ("obu", ["libaom-av1", "-cpu-used", "8"])}


def setUpModule():
    global lab, plain, rows
    lab = Lab()
    unittest.addModuleCleanup(lab.close)
    plain = lab.simulate("files", "--camera")
    rows = lab.simulate("lerobot", "--camera")
    lab.publish("plain", "files", plain)
    lab.publish("rows", "lerobot", rows)


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
        self.out = lab.place() / "out"

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
        self.told, self.words = lab.export("plain", self.out)
        self.path = next(self.out.glob("000001-*.mcap"))
        self.own = plain / "episodes/ep-000001"
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
        lab.publish("again", "mcap", self.out)
        layers = sorted(path.name for path in
                        (lab.mirror("again") / "episodes/ep-000001").iterdir())
        for layer in ("annotation.mcap", "force.mcap", "state.mcap",
                      "video.wrist.mcap"):
            self.assertIn(layer, layers)

    def test_the_same_episodes_give_the_same_bytes(self):
        told, _ = lab.export("plain", self.out)
        self.assertEqual(told["written"], 0)
        again = self.out.parent / "again"
        lab.export("plain", again)
        for path in self.out.glob("*.mcap"):
            self.assertEqual((again / path.name).read_bytes(),
                             path.read_bytes())


class Rows(Base):
    """LeRobot v2.1 of ours, v2.0 of others."""

    def values(self, path, table, *words):
        """By @mcap/core and hyparquet."""
        where = lab.folder / "npm"
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
        told, words = lab.export("rows", self.out)
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
        info = json.loads((rows / "meta/info.json").read_text())
        self.assertEqual(joints(states[0][1])[1],
                         info["features"]["observation.state"]["names"])
        self.same_film(
            path, "/video/wrist",
            next((rows / "videos").rglob("episode_000000.mp4")), "h264",
            "h264")
        self.values(path, rows / "data/chunk-000/episode_000000.parquet",
                    "observation.wrench")

    @unittest.skipUnless(GR1.is_dir(), "no test data beside the source tree")
    def test_every_value_and_picture_of_real_episodes(self):
        lab.publish("gr", "lerobot", GR1)
        told, words = lab.export("gr", self.out)
        self.assertEqual((told["episodes"], told["left_out"]), (5, 0))
        self.assertEqual(words.count("B-frames"), 5)
        _, again = lab.export("gr", self.out)
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


class Films(Base):
    """Of each codec, in a folder of plain files."""

    def export_of(self, name, film, **facets):
        own = lab.place()
        shutil.copy(film, own / "top.mp4")
        (own / "episodes.jsonl").write_text(json.dumps(
            {"key": "odd", "layers": {"video.top": ["top.mp4"]},
             "facets": facets}) + "\n")
        lab.publish(name, "files", own)
        told, words = lab.export(name, self.out)
        self.assertEqual((told["episodes"], told["left_out"]), (1, 0))
        path, = self.out.glob("*.mcap")
        return path, words

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
                path, words = self.export_of(f"film-{name}", film)
                self.assertEqual(attached(path), [])
                self.assertEqual("B-frames" in words, name == "bframes")
                self.same_film(path, "/video/top", film, form,
                               "h264" if name == "bframes" else name)
                times = [time for time, _ in messages(path, "/video/top")]
                self.assertEqual(times, [i * NS // 10 for i in range(12)])

    @unittest.skipUnless(shutil.which("ffmpeg"), "needs ffmpeg")
    def test_pictures_that_an_edit_list_cuts_off_are_before_the_film(self):
        film = self.film("libx264", "-bf", "0")
        cut = film.with_name("cut.mp4")
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-ss", "0.6", "-i",
                        film, "-c", "copy", "-t", "0.4", cut], check=True)
        path, words = self.export_of("film-cut", cut, recorded="2026-01-02T00:00:00Z")
        start = 20455 * 86400 * NS
        times = [(time - start) * 10 // NS
                 for time, _ in messages(path, "/video/top")]
        self.assertEqual(times, [-2, -1, 0, 1, 2, 3])
        self.assertIn("top.mp4 has 2 pictures that its edit list cuts off",
                      words)

    @unittest.skipUnless(shutil.which("ffmpeg"), "needs ffmpeg")
    def test_a_film_of_another_codec_is_attached(self):
        path, words = self.export_of("film-other", self.film("mpeg4"))
        self.assertEqual(attached(path), ["top.mp4"])
        self.assertIn("mp4v", words)


class Then(Base):
    """Last, for they change the mirror."""

    def test_a_licence_without_video_has_no_film(self):
        lab.publish("blind", "lerobot", rows, "--layers", "state")
        told, words = lab.export("blind", self.out)
        self.assertEqual(told["episodes"], 2)
        self.assertNotIn("warning", words)
        for path in self.out.glob("*.mcap"):
            found = topics(path)
            self.assertIn("/observation/state", found)
            self.assertNotIn("/video/wrist", found)

    def test_only_what_is_new_is_made(self):
        lab.export("plain", self.out)
        lab.run("sluice-publish", "simulate", "--out", plain, "--start", "3",
                "--episodes", "1", "--revise", "2")
        lab.renew("plain", "files", plain)
        lab.run("sluice-publish", "retract", "plain", "1", "--reason",
                "quality")
        lab.run("sluice", "pull", "plain", lab.mirror("plain"))
        told, _ = lab.export("plain", self.out)
        self.assertEqual((told["written"], told["removed"]), (2, 1))
        self.assertEqual(sorted(path.name[:6] for path in
                                self.out.glob("*.mcap")), ["000002", "000003"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
