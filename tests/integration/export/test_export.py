#!/usr/bin/env python3
"""A LeRobot dataset through the whole of Sluice, exported again: v2.1 and v3,
filtered, after more batches, after a retraction; and v3 taken in."""

import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE / ".." / ".." / "support"))
from instance import WHY, Instance  # noqa: E402

SOURCE = pathlib.Path(os.environ.get("SL_SRCDIR", HERE / "../../.."))
BUILD = pathlib.Path(os.environ.get("SL_BUILDDIR", SOURCE))
GIVEN = SOURCE / "../shared/data/lerobot/gr1_pick_n_place_v20"
TOOL = BUILD / "tests/interop/parquet_tool"
KEY = "observation.images.ego_view"
LENGTHS = [416, 470, 470, 412, 328]
NAME = "arms"


def setUpModule():
    global folder, box
    if not GIVEN.is_dir():
        raise unittest.SkipTest(f"no test data at {GIVEN}")
    folder = tempfile.mkdtemp(prefix="sl-export-")
    box = Instance(os.path.join(folder, "box"))
    box.__enter__()
    box.dataset(NAME)
    take(3)
    take(5)
    box.customer("lab", NAME)
    box.run("sluice", "pull", NAME, mirror())


def tearDownModule():
    box.__exit__()
    shutil.rmtree(folder)


def mirror():
    return os.path.join(folder, "mirror")


def take(count):
    """Publish the first episodes of the source as they stand."""
    source = pathlib.Path(folder, "source")
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(GIVEN, source)
    for kind in ("parquet", "mp4"):
        for path in source.rglob(f"episode_*.{kind}"):
            if int(path.stem[-6:]) >= count:
                path.unlink()
    lines = (source / "meta/episodes.jsonl").read_text().splitlines()
    (source / "meta/episodes.jsonl").write_text(
        "\n".join(lines[:count]) + "\n")
    box.run("sluice-publish", "ingest", "--format", "lerobot", NAME, source)
    box.run("sluice-publish", "publish", NAME)


def table(path):
    """The columns of a Parquet file by their paths."""
    out = subprocess.run([TOOL, "dump", path], check=True,
                         capture_output=True, text=True).stdout
    columns = [json.loads(text + "]}") for text in out.split("]}\n") if text]
    return {"/".join(column["path"]): column["rows"] for column in columns}


def tree(root):
    return {str(path.relative_to(root)): path.stat().st_mtime_ns
            for path in pathlib.Path(root).rglob("*") if path.is_file()}


class Case(unittest.TestCase):
    def setUp(self):
        self.out = tempfile.mkdtemp(dir=folder) + "/out"

    def export(self, layout, *words, code=0):
        """What it printed, or why it failed."""
        done = subprocess.run(
            ["sluice", "export", "--layout", layout, mirror(), self.out,
             *words, "--json"], env=box.env_of("sluice"), check=False,
            capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout) if code == 0 else done.stderr

    def meta(self, name):
        return json.loads(pathlib.Path(self.out, "meta", name).read_text())

    def lines(self, name):
        text = pathlib.Path(self.out, "meta", name).read_text()
        return [json.loads(line) for line in text.splitlines()]

    def check_v3(self, lengths):
        """What the loader of LeRobot v3 needs; returns the tables."""
        info = self.meta("info.json")
        self.assertEqual(info["codebase_version"], "v3.0")
        self.assertEqual(info["total_episodes"], len(lengths))
        self.assertEqual(info["total_frames"], sum(lengths))
        self.assertEqual(info["splits"], {"train": f"0:{len(lengths)}"})
        rows = []
        for path in sorted(pathlib.Path(
                self.out, "meta/episodes").rglob("*.parquet")):
            columns = table(path)
            rows += [dict(zip(columns, row)) for row in zip(
                *columns.values())]
        self.assertEqual([int(row["episode_index"]) for row in rows],
                         list(range(len(lengths))))
        begin = 0
        for row, length in zip(rows, lengths):
            self.assertEqual(int(row["length"]), length)
            self.assertEqual(int(row["dataset_from_index"]), begin)
            begin += length
            self.assertEqual(int(row["dataset_to_index"]), begin)
            data = table(pathlib.Path(self.out, info["data_path"].format(
                chunk_index=int(row["data/chunk_index"]),
                file_index=int(row["data/file_index"]))))
            mine = [i for i, each in enumerate(data["episode_index"])
                    if each == row["episode_index"]]
            self.assertEqual(len(mine), length)
            self.assertEqual([int(data["index"][i]) for i in mine],
                             list(range(begin - length, begin)))
            self.assertEqual([int(data["frame_index"][i]) for i in mine],
                             list(range(length)))
            self.assertTrue(pathlib.Path(self.out, info["video_path"].format(
                video_key=KEY, chunk_index=int(
                    row[f"videos/{KEY}/chunk_index"]),
                file_index=int(row[f"videos/{KEY}/file_index"]))).is_file())
            self.assertEqual(len(row["stats/action/mean"]), 44)
        return rows


def flip(data):
    half = len(data) // 2
    return data[:half] + bytes([data[half] ^ 1]) + data[half + 1:]


class Damage(Case):
    """A file of the mirror that is no longer what was signed becomes nothing
    else, and is named."""

    def check(self, kind, change, *words):
        path = sorted(pathlib.Path(mirror()).rglob(f"episode_*.{kind}"))[1]
        data = change(path.read_bytes())
        path.unlink()
        path.write_bytes(data)
        try:
            done = self.export(*words, code=7)
        finally:
            box.run("sluice", "repair", mirror())
        name = path.relative_to(mirror())
        self.assertIn(f"{name} of {mirror()} is damaged: `sluice repair "
                      f"{mirror()}` fetches it again", done)
        self.export(*words)

    def test_a_changed_table(self):
        self.check("parquet", flip, "lerobot-v2.1")

    def test_a_table_cut_short(self):
        self.check("parquet", lambda data: data[:-10], "lerobot-v3")

    def test_a_changed_table_in_a_shard(self):
        self.check("parquet", flip, "webdataset")

    def test_a_changed_film_in_a_shard(self):
        self.check("mp4", flip, "webdataset")

    def test_a_film_cut_short_in_a_shard(self):
        self.check("mp4", lambda data: data[:-10], "webdataset")

    def test_a_changed_film_that_is_copied(self):
        self.check("mp4", flip, "lerobot-v2.1", "--copy")

    def test_a_film_cut_short_that_is_linked(self):
        self.check("mp4", lambda data: data[:-10], "lerobot-v3")

    def test_a_changed_film_in_an_mcap(self):
        self.check("mp4", flip, "mcap")


class Export(Case):
    def test_v21_has_the_values_of_the_source_and_dense_indices(self):
        told = self.export("lerobot-v2.1")
        self.assertEqual(told["episodes"], 5)
        self.assertEqual(told["frames"], sum(LENGTHS))
        info = self.meta("info.json")
        self.assertEqual(info["codebase_version"], "v2.1")
        self.assertEqual(info["total_videos"], 5)
        self.assertEqual(info["total_chunks"], 1)
        self.assertNotIn("observation.images.egoview", info["features"])
        self.assertEqual([line["length"] for line in
                          self.lines("episodes.jsonl")], LENGTHS)
        self.assertEqual(len(self.lines("episodes_stats.jsonl")), 5)
        begin = 0
        for i, length in enumerate(LENGTHS):
            name = f"data/chunk-000/episode_{i:06d}.parquet"
            before, after = table(GIVEN / name), table(
                pathlib.Path(self.out, name))
            self.assertEqual(after["observation.state"],
                             before["observation.state"])
            self.assertEqual(after["action"], before["action"])
            self.assertEqual(after["task_index"], before["task_index"])
            self.assertEqual(after["index"],
                             [str(begin + n) for n in range(length)])
            begin += length

    def test_v3_has_a_data_file_per_batch_and_films_are_links(self):
        self.export("lerobot-v3")
        self.check_v3(LENGTHS)
        self.assertEqual(sorted(path.name for path in pathlib.Path(
            self.out, "data/chunk-000").iterdir()),
            ["file-000.parquet", "file-001.parquet"])
        film = pathlib.Path(self.out, f"videos/{KEY}/chunk-000/file-003.mp4")
        self.assertTrue(film.samefile(pathlib.Path(
            mirror(), f"videos/chunk-000/{KEY}/episode_000003.mp4")))
        stats = self.meta("stats.json")
        self.assertEqual(stats["action"]["count"], [sum(LENGTHS)])
        self.assertEqual(stats["index"]["max"], [sum(LENGTHS) - 1])
        tasks = table(pathlib.Path(self.out, "meta/tasks.parquet"))
        self.assertEqual(len(tasks["task"]), 6)

    def test_statistics_of_numbers_are_those_of_the_source(self):
        self.export("lerobot-v3")
        mine = self.meta("stats.json")["observation.state"]
        theirs = json.loads((GIVEN / "meta/stats.json").read_text())[
            "observation.state"]
        for name in ("min", "max", "mean", "std"):
            for a, b in zip(mine[name], theirs[name]):
                self.assertAlmostEqual(a, b, places=4, msg=name)

    def test_a_second_export_touches_nothing(self):
        for layout in ("lerobot-v3", "lerobot-v2.1"):
            self.out += layout
            self.export(layout)
            before = tree(self.out)
            told = self.export(layout)
            self.assertEqual((told["written"], told["linked"],
                              told["removed"]), (0, 0, 0), layout)
            after = tree(self.out)
            before.pop(".sluice-export.json")
            after.pop(".sluice-export.json")
            self.assertEqual(after, before)

    def test_a_filter_gives_dense_indices_and_another_removes_files(self):
        where = "task=pick-the-bar-from-the-counter-and-place-it-in-the-plate"
        self.export("lerobot-v3")
        told = self.export("lerobot-v3", "--where", where)
        self.assertEqual(told["episodes"], 1)
        self.assertGreater(told["removed"], 3)
        self.check_v3([412])

    def test_what_an_export_must_not_overwrite_is_left_alone(self):
        os.makedirs(self.out)
        pathlib.Path(self.out, "mine.txt").write_text("mine")
        self.export("lerobot-v3", code=1)
        self.assertEqual(os.listdir(self.out), ["mine.txt"])
        self.out = os.path.join(mirror(), "inside")
        self.export("lerobot-v3", code=1)
        self.assertFalse(os.path.exists(self.out))

    def test_a_layout_that_is_none_is_a_wrong_command_line(self):
        self.export("no-such-layout", code=2)
        self.assertFalse(os.path.exists(self.out))

    def test_an_option_of_another_layout_is_a_wrong_command_line(self):
        self.assertIn("--shard-bytes is for --layout webdataset",
                      self.export("mcap", "--shard-bytes", "1MB", code=2))

    def test_an_export_of_another_dataset_is_left_alone(self):
        self.export("webdataset")
        path = pathlib.Path(self.out, ".sluice-export.json")
        notes = json.loads(path.read_text())
        self.assertEqual(notes["dataset"], NAME)
        notes["dataset"] = "another"
        path.write_text(json.dumps(notes))
        before = tree(self.out)
        self.assertIn("is an export of another: choose another place",
                      self.export("webdataset", code=11))
        self.assertEqual(tree(self.out), before)

    def test_notes_that_are_damaged_are_named(self):
        self.export("webdataset")
        path = os.path.join(self.out, ".sluice-export.json")
        with open(path, "a") as notes:
            notes.write("{")
        self.assertIn(path, self.export("webdataset", code=1))

    def test_a_filter_that_nothing_matches_leaves_what_is_there(self):
        for layout in "lerobot-v2.1", "lerobot-v3", "mcap", "webdataset":
            self.out = tempfile.mkdtemp(dir=folder) + "/out"
            self.export(layout, "--where", "robot=none", code=1)
            self.assertFalse(os.path.exists(self.out))
            self.export(layout)
            before = tree(self.out)
            self.export(layout, "--where", "robot=none", code=1)
            self.assertEqual(tree(self.out), before)

    def test_an_interrupted_export_opens_nowhere_and_is_made_anew(self):
        self.export("lerobot-v3")
        data = pathlib.Path(self.out, "data/chunk-000/file-001.parquet")
        notes = pathlib.Path(self.out, ".sluice-export.json")
        known = json.loads(notes.read_text())
        # As a run leaves it that died while it wrote that file.
        known["files"] = {path: {} for path in known["files"]}
        notes.write_text(json.dumps(known))
        data.write_bytes(data.read_bytes()[:1000])
        pathlib.Path(self.out, "meta/info.json").unlink()
        self.export("lerobot-v3")
        self.check_v3(LENGTHS)

    def test_what_was_exported_as_v3_is_taken_in_again_as_it_was(self):
        self.export("lerobot-v3")
        again = "again"
        box.dataset(again)
        told = box.json("sluice-publish", "ingest", "--format", "lerobot",
                        again, self.out)
        self.assertEqual((told["left_out"], told["warnings"]), ([], []))
        box.run("sluice-publish", "publish", again)
        box.run("sluicectl", "licence", "grant", "--customer", "lab",
                "--dataset", again, *WHY)
        target = os.path.join(folder, "again")
        box.run("sluice", "pull", again, target)
        for i in range(5):
            film = f"videos/chunk-000/{KEY}/episode_{i:06d}.mp4"
            self.assertEqual(pathlib.Path(target, film).read_bytes(),
                             (GIVEN / film).read_bytes())
            rows = f"data/chunk-000/episode_{i:06d}.parquet"
            self.assertEqual(
                table(pathlib.Path(target, rows))["observation.state"],
                table(GIVEN / rows)["observation.state"])
        out = self.out + "-2"
        box.run("sluice", "export", "--layout", "lerobot-v3", target, out)
        # One batch there, two here.
        for name in ("meta/tasks.parquet",):
            self.assertEqual(pathlib.Path(out, name).read_bytes(),
                             pathlib.Path(self.out, name).read_bytes())


class WebDataset(Case):
    def samples(self):
        """Samples as a loader groups them: consecutive members with one
        basename; by shard."""
        shards = {}
        for path in sorted(pathlib.Path(self.out).glob("shard-*.tar")):
            with tarfile.open(path) as tape:
                groups = [(name, {
                    each.name[len(name) + 1:]: tape.extractfile(each).read()
                    for each in members}) for name, members in
                    itertools.groupby(
                        tape, lambda each: each.name.split(".")[0])]
            shards[path.name] = groups
        return shards

    def check(self, numbers):
        names = [name for groups in self.samples().values()
                 for name, _ in groups]
        self.assertEqual(names, [f"{n:06d}-episode_{n - 1:06d}"
                                 for n in numbers])

    def test_samples_are_the_files_of_the_mirror_with_facts(self):
        told = self.export("webdataset")
        self.assertEqual(told["episodes"], 5)
        self.check([1, 2, 3, 4, 5])
        shards = self.samples()
        # One per batch.
        self.assertEqual([len(each) for each in shards.values()], [3, 2])
        for name, sample in sum(shards.values(), []):
            i = int(name[-6:])
            self.assertEqual(sorted(sample), ["json", "state.parquet",
                                              "video.ego_view.mp4"])
            facts = json.loads(sample["json"])
            self.assertEqual(facts["number"], i + 1)
            self.assertEqual(facts["dataset"], NAME)
            self.assertIn("task", facts["facets"])
            for member, path in (
                    ("state.parquet", f"data/chunk-000/episode_{i:06d}.parquet"),
                    ("video.ego_view.mp4",
                     f"videos/chunk-000/{KEY}/episode_{i:06d}.mp4")):
                self.assertEqual(sample[member], pathlib.Path(
                    mirror(), path).read_bytes())
        self.assertEqual(
            pathlib.Path(self.out, "dataset/meta/info.json").read_bytes(),
            pathlib.Path(mirror(), "meta/info.json").read_bytes())

    def test_the_same_episodes_give_the_same_bytes_and_are_not_made_twice(self):
        self.export("webdataset")
        told = self.export("webdataset")
        self.assertEqual((told["written"], told["linked"],
                          told["removed"]), (0, 0, 0))
        first = {path.name: path.read_bytes() for path in
                 pathlib.Path(self.out).glob("*.tar")}
        self.out += "-2"
        self.export("webdataset")
        for name, content in first.items():
            self.assertEqual(pathlib.Path(self.out, name).read_bytes(),
                             content, name)

    def test_shards_end_where_they_are_told_and_old_ones_go(self):
        self.export("webdataset", "--shard-bytes", "1K")
        self.assertEqual(len(self.samples()), 5)
        self.check([1, 2, 3, 4, 5])
        told = self.export("webdataset")
        self.assertEqual(len(self.samples()), 2)
        self.assertEqual(told["removed"], 3)
        self.check([1, 2, 3, 4, 5])


class Withdrawal(Case):
    """Last by its name, for it changes the mirror."""

    def test_batches_append_and_a_retraction_moves_what_follows(self):
        self.export("lerobot-v3")
        before = tree(self.out)
        shards = self.out + "-shards"
        box.run("sluice", "export", "--layout", "webdataset", mirror(), shards)
        first_shard = tree(shards)["shard-000000.tar"]
        box.run("sluice-publish", "retract", NAME, "4", "--reason", "quality")
        box.run("sluice", "pull", NAME, mirror())
        told = self.export("lerobot-v3")
        self.assertEqual(told["episodes"], 4)
        self.check_v3(LENGTHS[:3] + LENGTHS[4:])
        after = tree(self.out)
        first = "data/chunk-000/file-000.parquet"
        self.assertEqual(after[first], before[first])
        second = "data/chunk-000/file-001.parquet"
        self.assertNotEqual(after[second], before[second])
        box.run("sluice", "export", "--layout", "webdataset", mirror(), shards)
        self.assertEqual(tree(shards)["shard-000000.tar"], first_shard)
        with tarfile.open(shards + "/shard-000001.tar") as tape:
            self.assertEqual({name.split(".")[0] for name in tape.getnames()},
                             {"000005-episode_000004"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
