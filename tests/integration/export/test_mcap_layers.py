#!/usr/bin/env python3
"""MCAP together with other files of its episode, and MCAP that others wrote."""

import json
import unittest

import mcap_made
from lab import NS, Case, Lab, messages, record, topics

# Behind the last second that a message of ours can say.
FUTURE = (1 << 32) * NS


def setUpModule():
    Case.lab = Lab()
    unittest.addModuleCleanup(Case.lab.close)


class Layers(Case):
    def test_messages_that_no_index_leads_to_are_counted(self):
        path, words = self.export_of("outside", raw=(
            "robot.mcap", mcap_made.write([10], outside=[20, 30])))
        self.assertEqual(words.count("warning"), 1)
        self.assertIn("robot.mcap: 1 of its 3 messages", words)
        self.assertEqual(len(messages(path, "/robot")), 1)

    def test_channels_that_only_a_chunk_defines(self):
        path, words = self.export_of("within", raw=(
            "robot.mcap", mcap_made.write([10, 20], in_summary=False)))
        self.assertNotIn("warning", words)
        self.assertEqual(messages(path, "/robot"), [(10, b"{}"), (20, b"{}")])

    def test_a_time_that_no_clock_shows_is_not_the_beginning(self):
        for name, time in (("far", FUTURE), ("last", (1 << 64) - 1)):
            with self.subTest(name):
                self.setUp()
                path, words = self.export_of(name, raw=(
                    "robot.mcap", mcap_made.write([time])))
                self.assertEqual(words.count("warning"), 1)
                self.assertIn("robot.mcap", words)
                self.assertEqual(messages(path, "/state/x")[0][0], 0)
                self.assertEqual(messages(path, "/robot"), [(time, b"{}")])


class Original(Case):
    """What --keep-original keeps stands for the layers that are cut from it."""

    def test_it_gives_what_is_in_no_layer_that_is_held(self):
        source = self.lab.simulate("mcap")
        self.lab.box.dataset("kept")
        self.lab.run("sluice-publish", "ingest", "--format", "mcap",
                     "--keep-original", "kept", source)
        self.lab.run("sluice-publish", "publish", "kept")
        self.lab.grant("kept", "--layers", "raw,state")
        self.lab.run("sluice", "pull", "kept", self.lab.mirror("kept"))
        held = {path.name for path in self.lab.mirror("kept").rglob("*.mcap")}
        self.assertEqual(held, {"original.mcap", "state.mcap"})
        _, words = self.lab.export("kept", self.out)
        self.assertNotIn("warning", words)
        for mine, given in zip(sorted(self.out.glob("*.mcap")),
                               sorted(source.rglob("*.mcap"))):
            self.assertEqual(topics(mine), topics(given))
            self.assertIn("/annotation", topics(mine))
            for topic in topics(given):
                self.assertEqual(messages(mine, topic),
                                 messages(given, topic))
            self.assertEqual(record(mine, "episode"),
                             record(given, "episode"))

    def test_the_layers_stand_for_one_without_an_index(self):
        own = self.lab.place()
        (own / "one").mkdir()
        for name in "original", "robot":
            (own / f"one/{name}.mcap").write_bytes(
                mcap_made.write([10, 20], is_indexed=name == "robot"))
        (own / "episodes.jsonl").write_text(json.dumps(
            {"key": "odd", "layers": {"raw": ["one/original.mcap"],
                                      "state": ["one/robot.mcap"]}}) + "\n")
        self.lab.publish("halved", "files", own)
        path, words = self.export("halved")
        self.assertEqual(words.count("original.mcap"), 1)
        self.assertEqual(len(messages(path, "/robot")), 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
