#!/usr/bin/env python3
"""Which topic a column of an episode comes out on, and as what."""

import json
import struct
import unittest

import parquet_made
from lab import Case, Lab, joints, messages, topics, wrench

JOINTS = "sensor_msgs/msg/JointState"
WRENCH = "geometry_msgs/msg/WrenchStamped"


def setUpModule():
    Case.lab = Lab()
    unittest.addModuleCleanup(Case.lab.close)


class Own(Case):
    """No two columns or files share one."""

    def test_columns_that_would_have_the_same(self):
        table = self.lab.place() / "raw.parquet"
        parquet_made.write(table, {
            "timestamp": ("double", [0.0]), "action.q.x": ("double", [[1.0]]),
            "action.q/x": ("double", [[2.0]])})
        path, words = self.export_of("alike", raw=("raw.parquet",
                                                   table.read_bytes()))
        self.assertNotIn("warning", words)
        for topic, want in ("/action/q/x", 1), ("/action/q/x_2", 2):
            (_, data), = messages(path, topic)
            self.assertIn(struct.pack("<d", want), data)

    def test_annotations_of_two_files(self):
        own = self.lab.place()
        lines = []
        for name in "ann", "bob":
            (own / f"{name}.jsonl").write_text(f'{{"by":"{name}"}}\n')
            lines.append(f"{name}.jsonl")
        (own / "episodes.jsonl").write_text(
            json.dumps({"key": "two", "layers": {"annotation": lines}}) + "\n")
        self.lab.publish("notes", "files", own)
        path, words = self.export("notes")
        self.assertNotIn("warning", words)
        for name in "ann", "bob":
            (_, data), = messages(path, f"/annotation/{name}")
            self.assertEqual(json.loads(data), {"by": name})


class Table(Case):
    """A CSV: what its columns are called decides."""

    def topics_of(self, name, head):
        row = ",".join(str(i) for i in range(head.count(",") + 1))
        path, words = self.export_of(name, raw=(
            "arm.csv", f"{head}\n{row}\n".encode()))
        self.assertNotIn("warning", words)
        return path, {topic: kind for topic, kind in topics(path).items()
                      if topic.startswith("/arm")}

    def test_a_wrench_in_any_order_and_with_units(self):
        path, found = self.topics_of(
            "wrenches", "t_s,torque_z_Nm,torque_y_Nm,torque_x_Nm,force_z_N,"
            "force_y_N,force_x_N")
        self.assertEqual(found, {"/arm": WRENCH})
        (_, data), = messages(path, "/arm")
        self.assertEqual(wrench(data), [6, 5, 4, 3, 2, 1])

    def test_a_wrench_beside_other_columns(self):
        path, found = self.topics_of("beside", "t_s,a,fx,fy,fz,tx,ty,tz,b")
        self.assertEqual(found, {"/arm/a": "sluice.Number",
                                 "/arm/b": "sluice.Number",
                                 "/arm/wrench": WRENCH})
        (_, data), = messages(path, "/arm/wrench")
        self.assertEqual(wrench(data), [2, 3, 4, 5, 6, 7])

    def test_other_units_are_values(self):
        names = ["fx_kN", "fy_kN", "fz_kN", "tx_Nmm", "ty_Nmm", "tz_Nmm"]
        _, found = self.topics_of("units", ",".join(["t_s", *names]))
        self.assertEqual(found, {f"/arm/{name}": "sluice.Number"
                                 for name in names})

    def test_joints_by_their_name_only(self):
        path, found = self.topics_of(
            "numbered", "t_s,leader_0,leader_1,temperature_0,temperature_1")
        self.assertEqual(found, {"/arm/leader": JOINTS,
                                 "/arm/temperature": "sluice.Numbers"})
        (_, data), = messages(path, "/arm/leader")
        self.assertEqual(joints(data)[1:], (["leader_0", "leader_1"], [1, 2]))
        (_, data), = messages(path, "/arm/temperature")
        self.assertEqual(json.loads(data), {"value": [3, 4]})


if __name__ == "__main__":
    unittest.main(verbosity=2)
