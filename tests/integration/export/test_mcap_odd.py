#!/usr/bin/env python3
"""MCAP of episodes that are not as one would wish: values that are missing,
files that are not understood, or were damaged before or after they were
published, sources that change."""

import json
import math
import shutil
import subprocess
import unittest

import parquet_made
from lab import (NS, Case, Lab, attached, joints, messages, record, stream,
                 topics, wrench)


def setUpModule():
    global lab
    lab = Case.lab = Lab()
    unittest.addModuleCleanup(lab.close)


def value(data):
    return json.loads(data)["value"]


class Content(Case):
    """What does not fit is attached, or left out, with a word; the rest of its
    episode comes."""

    def test_tables_that_are_not_understood(self):
        path, words = self.export_of(
            "tables", force=("force.csv", b"t_s,fx,fy\n0,1\n"),
            audio=("audio.csv", b"t_s,a\n0,1\n0,x\n"),
            annotation=("notes.jsonl", b'{"start_ns":5}\nnot json\n'),
            depth=("long.csv", b"t_s,a\n0," + 70000 * b"1" + b"\n"),
            raw=("back.csv", b"t_s,a\n1,1\n0,1\n"))
        self.assertEqual(
            sorted(attached(path)),
            ["audio.csv", "back.csv", "force.csv", "long.csv", "notes.jsonl"])
        self.assertEqual(words.count("warning"), 5)
        for text in ("line 2 has 2 fields, not 3", "line 3, field 2",
                     "line 2", "longer than 65536", "runs backwards"):
            self.assertIn(text, words)

    def test_files_of_no_known_kind(self):
        path, words = self.export_of(
            "kinds", raw=("notes.bin", b"abc"),
            video_wrist=("wrist.bin", bytes(17 << 20)))
        self.assertEqual(attached(path), ["notes.bin"])
        self.assertEqual(words.count("warning"), 1)
        self.assertIn("wrist.bin is left out", words)

    def test_values_that_are_null_and_columns_within_columns(self):
        table = lab.place() / "raw.parquet"
        parquet_made.write(table, {
            "timestamp": ("float", [0.0, 0.25, 0.5, 0.75]),
            "observation.state": ("float", [None, [1.0, 2.0], [None, 3.5],
                                            []]),
            "observation.wrench": ("double", [None, [1.0, 2, 3, 4, 5, 6],
                                              [1.0, None, 3, 4, 5, math.nan],
                                              [6.0, 5, 4, 3, 2, 1]]),
            "next.done": ("bool", [None, True, False, None]),
            "index": ("int64", [1, None, 3, -4]),
            "note": ("text", [b"a", None, "\u00e4\"".encode(), b"\xff"]),
            "lists": ("int64", [[1, None], [], None, [2]]),
            "mask": ("uint32", [1, 2, 3, 1 << 31]),
            "image": {"bytes": ("bytes", [b"1", b"2", b"3", b"4"]),
                      "path": ("text", [b"x", b"y", b"z", b"w"])}})
        path, words = self.export_of("null", raw=("raw.parquet",
                                                  table.read_bytes()))
        self.assertEqual(words.count("warning"), 2)
        for name in "image", "mask":
            self.assertIn(f"column {name} is left out", words)
            self.assertNotIn(f"/{name}", topics(path))
        start = messages(path, "/index")[0][0]
        found = [(time - start, joints(data)[2])
                 for time, data in messages(path, "/observation/state")]
        self.assertEqual(found[0], (NS // 4, [1, 2]))
        self.assertEqual((found[1][0], found[1][1][1]), (NS // 2, 3.5))
        self.assertTrue(math.isnan(found[1][1][0]))
        self.assertEqual(len(found), 2)
        found = [wrench(data)
                 for _, data in messages(path, "/observation/wrench")]
        self.assertEqual(found[0], [1, 2, 3, 4, 5, 6])
        self.assertEqual([math.isnan(each) for each in found[1]],
                         [False, True, False, False, False, True])
        self.assertEqual(found[2], [6, 5, 4, 3, 2, 1])
        for topic, want in (("/next/done", [None, True, False, None]),
                            ("/index", [1, None, 3, -4]),
                            ("/note", ["a", None, "\u00e4\"", None]),
                            ("/lists", [[1, None], [], None, [2]]),
                            ("/timestamp", [0, 0.25, 0.5, 0.75])):
            found = messages(path, topic)
            self.assertEqual([time - start for time, _ in found],
                             [i * NS // 4 for i in range(4)], topic)
            self.assertEqual([value(data) for _, data in found], want)

    def test_files_of_one_name_have_topics_of_their_own(self):
        own = lab.place()
        lines = {"state": [], "depth": []}
        for i, side in enumerate(("left", "right")):
            (own / side).mkdir()
            (own / side / "arm.csv").write_text(f"t_s,q_0,q_1\n0,{i},2\n")
            parquet_made.write(own / side / "arm.parquet", {
                "timestamp": ("double", [0.0]), "a": ("int64", [i])})
            lines["state"].append(f"{side}/arm.csv")
            lines["depth"].append(f"{side}/arm.parquet")
        (own / "hand.csv").write_text("t_s,fx,fy,fz,tx,ty,tz\n0,1,2,3,4,5,6\n")
        lines["state"].append("hand.csv")
        (own / "episodes.jsonl").write_text(
            json.dumps({"key": "twins", "layers": lines}) + "\n")
        lab.publish("twins", "files", own)
        path, words = self.export("twins")
        self.assertNotIn("warning", words)
        self.assertEqual(sorted(topics(path)), [
            "/hand", "/left/arm/a", "/left/arm/q", "/left/arm/timestamp",
            "/right/arm/a", "/right/arm/q", "/right/arm/timestamp"])
        for i, side in enumerate(("left", "right")):
            (_, data), = messages(path, f"/{side}/arm/q")
            self.assertEqual(joints(data)[2], [i, 2])
            (_, data), = messages(path, f"/{side}/arm/a")
            self.assertEqual(value(data), i)

    def test_names_that_a_terminal_would_obey(self):
        table = lab.place() / "raw.parquet"
        parquet_made.write(table, {
            "timestamp": ("double", [0.0]), "\x1b]0;a\x07": ("int64", [1]),
            "\x1b[2Jb": ("uint32", [2])})
        path, words = self.export_of("escapes", raw=("raw.parquet",
                                                     table.read_bytes()))
        self.assertIn("column ?[2Jb is left out", words)
        self.assertNotIn("\\u001B", words)
        (_, data), = messages(path, "/?]0;a?")
        self.assertEqual(value(data), 1)
        self.assertNotIn("\x1b", "".join(stream(path)))

    def test_rows_without_a_time(self):
        table = lab.place() / "raw.parquet"
        parquet_made.write(table, {
            "timestamp": ("double", [0.5, None]), "a": ("int64", [1, 2])})
        path, words = self.export_of("timeless", raw=("raw.parquet",
                                                      table.read_bytes()))
        self.assertEqual(attached(path), ["raw.parquet"])
        self.assertIn("no timestamp that never runs backwards, no fps", words)

    def test_a_table_published_damaged_is_attached(self):
        table = lab.place() / "raw.parquet"
        parquet_made.write(table, {
            "timestamp": ("double", [0.5, 1.0]),
            "a": ("text", [b"first", b"second"])})
        data = table.read_bytes()
        at = data.index(b"second") - 4
        path, words = self.export_of("torn", raw=(
            "raw.parquet", data[:at] + b"\xff" + data[at + 1:]))
        self.assertEqual(words.count("warning"), 1)
        self.assertIn("raw.parquet", words)
        self.assertEqual(attached(path), ["raw.parquet"])

    @unittest.skipUnless(shutil.which("ffmpeg"), "needs ffmpeg")
    def test_a_film_published_damaged_ends_where_it_is(self):
        film = lab.place() / "film.mp4"
        subprocess.run(
            ["ffmpeg", "-v", "error", "-f", "lavfi", "-i",
             "testsrc=s=64x48:r=10", "-frames:v", "12", "-pix_fmt", "yuv420p",
             "-c:v", "libx264", "-bf", "0", "-movflags", "faststart", film],
            check=True)
        data = bytearray(film.read_bytes())
        data[-200:] = bytes(200)
        path, words = self.export_of("film", video_top=("top.mp4",
                                                        bytes(data)))
        self.assertIn("what follows in it is left out", words)
        self.assertIn(len(messages(path, "/video/top")), range(2, 12))

    def test_more_files_than_can_be_open_at_once(self):
        own = lab.place()
        names = [f"{i:03}.csv" for i in range(258)]
        for name in names:
            (own / name).write_text("t_s,a\n0,1\n")
        (own / "episodes.jsonl").write_text(
            json.dumps({"key": "many", "layers": {"raw": names}}) + "\n")
        lab.publish("many", "files", own)
        path, words = self.export("many")
        self.assertEqual(attached(path), ["256.csv", "257.csv"])
        self.assertEqual(words.count("more than 256 files"), 2)


class Layers(Case):
    """MCAP together with other files of its episode."""

    def setUp(self):
        super().setUp()
        self.given = min(lab.simulate("mcap").rglob("*.mcap"))

    def test_the_others_count_from_its_first_message(self):
        path, words = self.export_of(
            "mixed", raw=("robot.mcap", self.given.read_bytes()),
            annotation=("notes.jsonl", b'{"start_ns":7,"label":"x"}\n'))
        self.assertNotIn("warning", words)
        want = [line.split(" ")[3] for line in stream(self.given)
                if line.startswith("message ")]
        first = min(map(int, want))
        self.assertEqual(
            [(time, json.loads(data)["label"])
             for time, data in messages(path, "/annotation")
             if b'"x"' in data], [(first + 7, "x")])
        self.assertEqual(messages(path, "/state/x")[0][0], first)
        for topic in topics(self.given):
            mine = [each for each in messages(path, topic)
                    if each[1] != b'{"start_ns":7,"label":"x"}']
            self.assertEqual(mine, messages(self.given, topic))
        times = [int(line.split(" ")[3]) for line in stream(path)
                 if line.startswith("message ")]
        self.assertEqual(times, sorted(times))
        self.assertEqual(len(record(path, "episode")), 1)
        self.assertEqual(record(path, "episode"),
                         record(self.given, "episode"))

    def test_one_published_damaged_is_told_and_the_rest_comes(self):
        data = bytearray(self.given.read_bytes())
        data[len(data) // 2] ^= 0xff
        path, words = self.export_of("broken", raw=("robot.mcap",
                                                    bytes(data)))
        self.assertEqual(words.count("warning"), 1)
        self.assertIn("robot.mcap", words)


class Origins(Case):
    def content(self, path, topic, kind):
        """Times from the first message on, and values."""
        found = messages(path, topic)
        reader = {"sensor_msgs/msg/JointState": lambda data: joints(data)[1:],
                  "geometry_msgs/msg/WrenchStamped": wrench}.get(kind, value)
        return [(time - found[0][0], reader(data)) for time, data in found]

    def test_v3_gives_the_messages_that_v21_gives(self):
        source = lab.simulate("lerobot")
        lab.publish("two", "lerobot", source)
        lab.run("sluice", "export", "--layout", "lerobot-v3",
                lab.mirror("two"), lab.folder / "as-v3")
        lab.publish("three", "lerobot", lab.folder / "as-v3")
        other = lab.place() / "out"
        lab.export("two", self.out)
        _, words = lab.export("three", other)
        self.assertNotIn("warning", words)
        self.assertEqual(len(self.names()), 2)
        for mine, his in zip(sorted(self.out.glob("*.mcap")),
                             sorted(other.glob("*.mcap"))):
            self.assertEqual(topics(mine), topics(his))
            self.assertIn("/observation/wrench", topics(his))
            for topic, kind in topics(mine).items():
                self.assertEqual(self.content(mine, topic, kind),
                                 self.content(his, topic, kind), topic)

    def files(self):
        return {path.name: path.stat().st_mtime_ns
                for path in self.out.glob("*.mcap")}

    def test_a_changed_description_makes_the_files_anew(self):
        source = lab.simulate("lerobot")
        lab.publish("renamed", "lerobot", source)
        lab.export("renamed", self.out)
        before = self.files()
        lab.export("renamed", self.out)
        self.assertEqual(self.files(), before)
        info = json.loads((source / "meta/info.json").read_text())
        state = info["features"]["observation.state"]
        state["names"] = [f"axis{i}" for i in range(state["shape"][0])]
        (source / "meta/info.json").write_text(json.dumps(info))
        lab.renew("renamed", "lerobot", source)
        lab.export("renamed", self.out)
        self.assertEqual(sorted(self.files()), sorted(before))
        self.assertFalse(self.files().items() & before.items())
        for path in self.out.glob("*.mcap"):
            _, data = messages(path, "/observation/state")[0]
            self.assertEqual(joints(data)[1], state["names"])

    def test_an_index_that_no_task_has_gets_no_text(self):
        source = lab.simulate("lerobot")
        tasks = source / "meta/tasks.jsonl"
        count = len(tasks.read_text().splitlines())
        with tasks.open("a") as out:
            out.write(json.dumps({"task_index": count + 1,
                                  "task": "spare"}) + "\n")
        path = source / "meta/episodes.jsonl"
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        lines[0]["tasks"].append("spare")
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        lab.publish("gap", "lerobot", source)
        lab.export("gap", self.out)
        line, = record(self.out / "000001-episode_000000.mcap", "episode")
        self.assertIn(f'"{count + 1}":"spare"', line)
        self.assertNotIn(f'"{count}":"spare"', line)

    def test_a_description_that_only_grows_leaves_the_files(self):
        source = lab.simulate("lerobot")
        lab.publish("grown", "lerobot", source)
        lab.export("grown", self.out)
        before = self.files()
        lab.run("sluice-publish", "simulate", "--format", "lerobot", "--out",
                source, "--start", "3", "--episodes", "1")
        lab.renew("grown", "lerobot", source)
        lab.export("grown", self.out)
        self.assertEqual(len(self.files()), 3)
        self.assertLessEqual(before.items(), self.files().items())


class Mirror(Case):
    """Damaged after it was pulled: no file is made of it, and it is said what
    to do."""

    def setUp(self):
        super().setUp()
        self.name = f"mirror-{self.id().rpartition('.')[2].replace('_', '-')}"
        self.name = self.name[:40].rstrip("-")
        lab.publish(self.name, "files", lab.simulate("files"))

    def spoil(self, path, change):
        path.chmod(0o644)
        data = change(path.read_bytes())
        path.unlink()
        if data is not None:
            path.write_bytes(data)

    def check(self, file, change):
        path, = lab.mirror(self.name).rglob(f"ep-000002/{file}")
        self.spoil(path, change)
        _, words = lab.export(self.name, self.out, code=7)
        self.assertIn(f"ep-000002/{file}", words)
        self.assertIn(f"sluice repair {lab.mirror(self.name)}", words)
        self.assertEqual(self.names(), ["000001-ep-000001.mcap"])
        self.assertEqual(sorted(each.name for each in self.out.iterdir()), [
            ".sluice-export.json", "000001-ep-000001.mcap"])
        lab.run("sluice", "repair", lab.mirror(self.name))
        told, words = lab.export(self.name, self.out)
        self.assertEqual(told["episodes"], 2)
        self.assertNotIn("warning", words)
        self.assertEqual(len(self.names()), 2)

    def test_a_table(self):
        self.check("state.csv", lambda data:
                   data[:len(data) // 2] + b"x" + data[len(data) // 2 + 1:])

    def test_a_table_cut_short(self):
        self.check("wrench.csv", lambda data: data[:len(data) // 2])

    def test_annotations_that_are_gone(self):
        self.check("annotation.jsonl", lambda data: None)

    def test_metadata(self):
        self.check("metadata.json", lambda data: b"{" + data[1:-3] + b"xxx")


if __name__ == "__main__":
    unittest.main(verbosity=2)
