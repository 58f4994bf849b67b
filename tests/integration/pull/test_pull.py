#!/usr/bin/env python3
"""What a customer does with a mirror, against a real server."""

import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from customer import (CLUSTER, KITTING, Customer, Instance, kill,  # noqa: E402
                      until)
from proxy import Proxy  # noqa: E402


def setUpModule():
    global box
    box = Instance("EPISODES=8", "payload=6000000")


def tearDownModule():
    box.remove()


class Mirror(unittest.TestCase):
    def setUp(self):
        self.lab = Customer(box)
        self.addCleanup(self.lab.remove)


class Pulls(Mirror):
    def test_a_pull_gives_the_source_byte_for_byte(self):
        source = os.path.join(self.lab.dir, "source")
        name = "exact-copy"
        box.pub("dataset", "create", name, "--kind", "prebuilt",
                "--visibility", "private", "--title", name, "--licence", "R",
                "--description", "d")
        box.pub("simulate", "--out", source, "--episodes", "5")
        box.pub("ingest", name, source, "--format", "files")
        box.pub("publish", name)
        box.grant("lab", name)
        self.lab.pull(dataset=name)
        subprocess.run(["diff", "-r", "-x", ".sluice", "-x", "episodes.jsonl",
                        source, self.lab.mirror], check=True)
        self.assertTrue(self.lab.sums_are_good())

    def test_a_second_pull_fetches_nothing(self):
        self.lab.pull()
        again = self.lab.pull()
        self.assertEqual(again["received_chunks"], 0)
        self.assertTrue(again["complete"])

    def test_a_plan_changes_nothing_and_tells_the_charge(self):
        run = self.lab.run("plan", KITTING, self.lab.mirror, "--json")
        plan = json.loads(run.stdout)
        self.assertGreater(plan["fetch_chunks"], 0)
        self.assertIn("new", plan["quote"])
        self.assertFalse(os.path.exists(self.lab.mirror))

    def test_a_plan_compares_with_the_folder_that_a_pull_would_take(self):
        command, env = self.lab.command(["pull", KITTING, "-q"])
        subprocess.run(command, env=env, cwd=self.lab.dir, check=True,
                       stdout=subprocess.DEVNULL)
        command, env = self.lab.command(["plan", KITTING, "--json"])
        run = subprocess.run(command, env=env, cwd=self.lab.dir, check=True,
                             capture_output=True)
        self.assertTrue(json.loads(run.stdout)["complete"])

    def test_a_filter_that_matches_nothing_does_not_empty_a_mirror(self):
        self.lab.pull()
        before = self.lab.files()
        for words in (["--where", "task=no-such-task"],
                      ["--episodes", "1000"], ["--layers", "audio"]):
            run = self.lab.pull(*words, code=9)
            self.assertIn('"nothing_matches"', run.stderr)
            self.assertEqual(self.lab.files(), before)
        self.assertEqual(self.lab.pull()["removed_files"], 0)
        self.assertFalse(self.lab.is_incomplete())

    def test_options_that_make_no_sense_are_2(self):
        for words in (["list", "--kind", "free"], ["list", "--facet", "x=y"],
                      ["list", "--facet", "task"],
                      ["list", "--facet", "success=yes"],
                      ["list", "--facet", "task=a", "--facet", "task=b"],
                      ["usage", "--month", "2026"],
                      ["usage", "--licence", "x"], ["pull", KITTING, ""]):
            self.lab.run(*words, code=2)

    def test_status_tells_a_complete_mirror_from_none(self):
        self.lab.run("status", self.lab.mirror, code=9)
        self.lab.pull()
        status = json.loads(
            self.lab.run("status", self.lab.mirror, "--json").stdout)
        self.assertTrue(status["complete"])
        self.assertGreaterEqual(status["seq"], 2)

    def test_one_delivery_and_many_give_the_same(self):
        one = self.lab.pull("--jobs", "1")
        other = Customer(box)
        self.addCleanup(other.remove)
        many = other.pull("--jobs", "8")
        self.assertEqual(one["received_chunks"], many["received_chunks"])
        subprocess.run(["diff", "-r", "-x", ".sluice", self.lab.mirror,
                        other.mirror], check=True)

    def test_a_rate_limit_is_shared_by_what_is_under_way(self):
        started = time.monotonic()
        result = self.lab.pull("--episodes", "1", "--jobs", "16",
                               "--limit-rate", "4MB")
        took = time.monotonic() - started
        self.assertGreater(took, 0.9 * result["received_bytes"] / 4e6 - 0.2)
        # One delivery is enough for so little; a sixteenth would not be.
        self.assertLess(took, 4 * result["received_bytes"] / 4e6)

    def test_login_keeps_the_profile_for_later_commands(self):
        command, env = self.lab.command(
            ["login", "--profile-file", self.lab.profile])
        del env["SLUICE_PROFILE"]
        subprocess.run(command, env=env, check=True, capture_output=True)
        kept = os.path.join(self.lab.dir, "config/sluice/credentials")
        self.assertEqual(os.stat(kept).st_mode & 0o777, 0o600)
        out = subprocess.run(["sluice", "whoami", "--json"], env=env,
                             check=True, capture_output=True).stdout
        self.assertEqual(json.loads(out)["customer"], "lab")
        subprocess.run(["sluice", "logout"], env=env, check=True,
                       capture_output=True)
        run = subprocess.run(["sluice", "whoami"], env=env, check=False,
                             capture_output=True)
        self.assertEqual(run.returncode, 4)


class Selections(Mirror):
    def test_widening_fetches_only_what_is_missing(self):
        narrow = self.lab.pull("--layers", "state")
        self.assertFalse([f for f in self.lab.files() if "wrist" in f])
        wide = self.lab.pull("--layers", "state,video")
        self.assertTrue([f for f in self.lab.files() if "wrist" in f])
        full = Customer(box)
        self.addCleanup(full.remove)
        self.assertEqual(
            narrow["received_chunks"] + wide["received_chunks"],
            full.pull("--layers", "state,video")["received_chunks"])
        self.assertTrue(self.lab.sums_are_good())

    def test_narrowing_removes_files_and_lists_episodes(self):
        self.lab.pull()
        less = self.lab.pull("--episodes", "4-5")
        self.assertEqual(less["episodes"], 2)
        self.assertIn(1, less["left"])
        self.assertEqual(less["received_chunks"], 0)
        self.assertTrue(self.lab.sums_are_good())
        self.lab.verify()

    def test_the_selection_is_remembered(self):
        self.lab.pull("--max-episodes", "2")
        self.assertEqual(self.lab.pull()["episodes"], 2)
        self.assertEqual(self.lab.pull("--max-episodes", "3")["episodes"], 3)
        self.assertGreater(self.lab.pull("--all")["episodes"], 3)

    def test_max_bytes_takes_whole_episodes(self):
        result = self.lab.pull("--max-bytes", "13MB")
        self.assertEqual(result["episodes"], 2)

    def test_a_bad_filter_is_the_command_lines_fault(self):
        self.lab.pull("--where", "colour=red", code=2)
        self.lab.pull("--episodes", "x", code=2)
        for option in ("--where", "--layers", "--episodes"):
            self.lab.pull(option, "", code=2)


class Updates(Mirror):
    def publish(self, name, *simulate):
        box.pub("simulate", "--out", self.source, *simulate)
        box.pub("ingest", name, self.source, "--format", "files")
        box.pub("publish", name)

    def series(self, name):
        self.source = os.path.join(self.lab.dir, "series")
        box.pub("dataset", "create", name, "--kind", "subscription",
                "--visibility", "public", "--title", name, "--licence", "R",
                "--description", "d")
        self.publish(name, "--episodes", "4")
        box.grant("lab", name)

    def test_a_new_batch_brings_only_what_is_new(self):
        self.series("grows")
        first = self.lab.pull(dataset="grows")
        self.publish("grows", "--episodes", "2", "--start", "5")
        second = self.lab.pull(dataset="grows")
        self.assertEqual(second["joined"], [5, 6])
        self.assertLess(second["received_chunks"], first["received_chunks"])
        self.assertTrue(self.lab.sums_are_good())

    def test_a_retracted_episode_is_removed_and_listed(self):
        self.series("shrinks")
        self.lab.pull(dataset="shrinks")
        before = self.lab.files()
        box.pub("retract", "shrinks", "2", "--reason", "consent_withdrawn")
        result = self.lab.pull(dataset="shrinks")
        self.assertEqual(result["retracted"], [2])
        self.assertLess(len(self.lab.files()), len(before))
        self.assertTrue(self.lab.sums_are_good())
        self.lab.verify()

    def test_watch_pulls_when_a_batch_appears_and_runs_the_command(self):
        self.series("watched")
        self.lab.pull(dataset="watched")
        told = os.path.join(self.lab.dir, "told")
        process = self.lab.start(
            "watch", "watched", self.lab.mirror, "--once", "--exec",
            f"echo $SLUICE_SEQ > {told}")
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.publish("watched", "--episodes", "1", "--start", "5")
        self.assertEqual(process.wait(60), 0)
        with open(told) as file:
            self.assertEqual(file.read(), "2\n")

    def test_a_quota_gives_whole_episodes_and_stays_pending(self):
        box.ctl("customer", "add", "small", "--title", "s", "--contact",
                "s@example.org", "--reason", "test")
        box.grant("small", KITTING, "--quota-episodes", "3")
        profile = os.path.join(self.lab.dir, "small.json")
        box.ctl("token", "issue", "--customer", "small", "--out-profile",
                profile, "--endpoint", box.env["SLUICE_URL"], "--ca",
                box.env["SLUICE_CA"], "--reason", "test")
        small = Customer(box, profile)
        self.addCleanup(small.remove)
        small.pull("--jobs", "1", code=6)
        self.assertTrue(small.is_incomplete())
        small.run("status", small.mirror, code=3)
        self.assertTrue(small.sums_are_good())
        small.verify()
        self.assertEqual(small.pull("--max-episodes", "2")["episodes"], 2)
        self.assertFalse(small.is_incomplete())


class Interruptions(Mirror):
    def test_killed_again_and_again_it_goes_on_where_it_was(self):
        rng = random.Random(7)
        staged = 0
        for _ in range(12):
            process = self.lab.start("pull", KITTING, self.lab.mirror,
                                     "--limit-rate", "20MB", "--jobs", "2")
            try:
                process.wait(rng.uniform(0.1, 0.6))
            except subprocess.TimeoutExpired:
                pass
            kill(process)
            run = self.lab.run("status", self.lab.mirror, "--json", code=None)
            if run.returncode == 3:
                now = json.loads(run.stdout)["staged_chunks"]
                self.assertGreaterEqual(now, staged)
                staged = now
        result = self.lab.pull()
        self.assertEqual(result["resumed_chunks"], staged)
        self.assertTrue(self.lab.sums_are_good())
        self.lab.verify()

    def test_ctrl_c_is_130_and_nothing_is_lost(self):
        process = self.lab.start("pull", KITTING, self.lab.mirror,
                                 "--limit-rate", "5MB", "--jobs", "1")
        journal = self.lab.path(".sluice/staging/journal")
        until(lambda: os.path.exists(journal) and
              "chunk" in open(journal).read(), what="a chunk")
        process.send_signal(signal.SIGINT)
        output = process.communicate()[0]
        self.assertEqual(process.returncode, 130)
        self.assertIn("kept for the next run", output)
        self.assertNotRegex(output, r"files, .* in /")
        self.lab.run("status", self.lab.mirror, code=3)
        self.assertGreater(self.lab.pull()["resumed_chunks"], 0)

    def begin_and_kill(self):
        """A pull that is killed with some chunks of a segment staged."""
        process = self.lab.start("pull", KITTING, self.lab.mirror,
                                 "--limit-rate", "10MB", "--jobs", "1")
        staged = self.lab.path(".sluice/staging")
        until(lambda: sum(os.path.getsize(os.path.join(folder, name))
                          for folder, _, names in os.walk(staged)
                          for name in names) > 6000000, what="chunks")
        kill(process)

    def test_staging_that_was_removed_is_fetched_again(self):
        self.begin_and_kill()
        shutil.rmtree(self.lab.path(".sluice/staging"))
        self.lab.pull()
        self.assertTrue(self.lab.sums_are_good())
        self.lab.verify()

    def test_a_changed_digit_in_the_journal_is_not_believed(self):
        self.begin_and_kill()
        path = self.lab.path(".sluice/staging/journal")
        with open(path) as file:
            lines = file.read().splitlines()
        last = lines[-1].split(" ")
        last[2] = str(int(last[2]) + 1)
        with open(path, "w") as file:
            file.write("\n".join(lines[:-1] + [" ".join(last)]) + "\n")
        self.lab.pull()
        self.assertTrue(self.lab.sums_are_good())
        self.lab.verify()

    def test_after_a_restart_of_the_machine_staged_bytes_are_checked(self):
        process = self.lab.start("pull", KITTING, self.lab.mirror,
                                 "--limit-rate", "20MB", "--jobs", "2")
        journal = self.lab.path(".sluice/staging/journal")
        until(lambda: os.path.exists(journal) and
              open(journal).read().count("chunk") > 8, what="chunks")
        kill(process)
        with open(journal) as file:
            text = file.read()
        with open(journal, "w") as file:
            file.write(text.replace("boot=", "boot=other-", 1))
        staging = self.lab.path(".sluice/staging/1")
        largest = max((os.path.join(staging, name)
                       for name in os.listdir(staging)), key=os.path.getsize)
        with open(largest, "r+b") as file:
            file.write(b"lost page")
        result = self.lab.pull()
        self.assertGreater(result["resumed_chunks"], 0)
        self.assertLess(result["resumed_chunks"], text.count("chunk"))
        self.assertTrue(self.lab.sums_are_good())

    def test_a_delivery_that_is_cut_is_asked_for_again(self):
        cuts = {"left": 3}

        def cut(path):
            if not path.endswith("/fetch") or cuts["left"] == 0:
                return None
            cuts["left"] -= 1
            return 9000000

        with Proxy(box, cut=cut) as proxy:
            self.lab.edit_profile(endpoint=proxy.url)
            result = self.lab.pull("--jobs", "1")
        self.assertEqual(cuts["left"], 0)
        self.assertTrue(self.lab.sums_are_good())
        self.assertEqual(result["fetch_chunks"], result["received_chunks"])

    def test_workers_that_die_do_not_end_a_pull(self):
        process = self.lab.start("pull", KITTING, self.lab.mirror,
                                 "--limit-rate", "10MB", "--jobs", "2")
        self.addCleanup(process.kill)
        journal = self.lab.path(".sluice/staging/journal")
        until(lambda: os.path.exists(journal) and
              "chunk" in open(journal).read(), what="a chunk")
        master = open(box.env["SLUICED_PID_FILE"]).read().strip()
        children = open(
            f"/proc/{master}/task/{master}/children").read().split()
        for child in children:
            os.kill(int(child), signal.SIGKILL)
        self.assertEqual(process.wait(90), 0, process.stdout.read())
        process.communicate()
        self.assertTrue(self.lab.sums_are_good())

    def test_a_pull_outlives_the_servers_database(self):
        process = self.lab.start("pull", KITTING, self.lab.mirror,
                                 "--limit-rate", "10MB", "--jobs", "2")
        self.addCleanup(process.kill)
        journal = self.lab.path(".sluice/staging/journal")
        until(lambda: os.path.exists(journal) and
              "chunk" in open(journal).read(), what="a chunk")
        subprocess.run([CLUSTER, "kill", box.dir + "/pg"], check=True)
        try:
            until(lambda: box.admin("/readyz")[0] == 503, 20, "not ready")
        finally:
            subprocess.run([CLUSTER, "start", box.dir + "/pg"], check=True,
                           stdout=subprocess.DEVNULL)
        until(lambda: box.admin("/readyz")[0] == 200, 30, "ready")
        text, _ = process.communicate(timeout=90)
        self.assertIn(process.returncode, (0, 8), text)
        self.assertEqual(self.lab.pull()["fetch_chunks"] > 0,
                         process.returncode == 8)
        self.assertTrue(self.lab.sums_are_good())

    def test_a_full_disk_is_10_and_goes_on_when_there_is_room(self):
        os.mkdir(self.lab.mirror)
        mount = ["mount", "-t", "tmpfs", "-o", "size=200m,nr_inodes=30",
                 "tmpfs", self.lab.mirror]
        if os.geteuid() != 0 or subprocess.run(
                mount, capture_output=True, check=False).returncode != 0:
            self.skipTest("cannot mount")
        self.addCleanup(subprocess.run, ["umount", "-l", self.lab.mirror])
        self.lab.pull(code=10)
        self.assertEqual(self.lab.files(), [])
        subprocess.run(["mount", "-o", "remount,nr_inodes=0",
                        self.lab.mirror], check=True)
        self.lab.pull()
        self.assertTrue(self.lab.sums_are_good())

    def test_too_little_room_is_told_before_anything_is_charged(self):
        os.mkdir(self.lab.mirror)
        mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs",
                 self.lab.mirror]
        if os.geteuid() != 0 or subprocess.run(
                mount, capture_output=True, check=False).returncode != 0:
            self.skipTest("cannot mount")
        self.addCleanup(subprocess.run, ["umount", "-l", self.lab.mirror])
        run = self.lab.pull(code=10)
        self.assertIn("free", run.stderr)


class Damage(Mirror):
    def cut(self, name):
        path = self.lab.path(".sluice/" + name)
        with open(path) as file:
            good = file.read()
        with open(path, "w") as file:
            file.write(good[:len(good) // 2])

    def test_a_pull_mends_what_the_mirror_remembers(self):
        self.lab.pull("--episodes", "1-2")
        before = self.lab.files()
        for name in ("grant.json", "request.json", "state.json"):
            self.cut(name)
            run = self.lab.run("pull", KITTING, self.lab.mirror)
            if name != "grant.json":
                self.assertIn(".sluice/" + name, run.stderr)
            self.assertEqual(self.lab.files(), before)
        self.lab.verify()

    def test_a_lost_state_is_found_again_from_the_files(self):
        self.lab.pull()
        before = self.lab.files()
        os.unlink(self.lab.path(".sluice/state.json"))
        again = self.lab.pull()
        self.assertEqual(again["received_chunks"], 0)
        self.assertTrue(again["complete"])
        self.assertEqual(self.lab.files(), before)
        self.lab.verify()
        os.unlink(self.lab.path(".sluice/state.json"))
        self.lab.pull("--episodes", "1-2")
        self.assertLess(len(self.lab.files()), len(before))
        self.lab.verify()

    def test_a_lost_state_adopts_no_file_that_was_changed(self):
        self.lab.pull()
        os.unlink(self.lab.path(".sluice/state.json"))
        changed = next(f for f in self.lab.files() if f.endswith("state.csv"))
        with open(self.lab.path(changed), "a") as file:
            file.write("mine")
        run = self.lab.pull(code=7)
        self.assertIn(changed, run.stderr)
        self.assertIn("move it away", run.stderr)
        os.unlink(self.lab.path(changed))
        self.lab.pull()
        self.lab.verify()

    def test_what_others_cannot_mend_names_the_command_that_can(self):
        self.lab.pull()
        self.cut("state.json")
        for words in (["verify"], ["repair"], ["status"]):
            run = self.lab.run(*words, self.lab.mirror, code=7)
            self.assertIn("sluice pull", run.stderr)
        self.lab.pull()
        self.cut("request.json")
        run = self.lab.run("status", self.lab.mirror, code=7)
        self.assertIn("--all", run.stderr)
        self.lab.pull("--all")
        self.lab.run("status", self.lab.mirror)

    def test_a_pull_that_is_refused_leaves_no_folder(self):
        folder = os.path.join(self.lab.dir, "nosuch")
        self.lab.run("pull", "nosuch", folder, code=9)
        self.assertFalse(os.path.exists(folder))
        os.mkdir(folder)
        self.lab.run("pull", "nosuch", folder, code=9)
        self.assertEqual(os.listdir(folder), [])

    def test_repair_fetches_only_the_chunks_that_cover_it(self):
        whole = self.lab.pull()
        files = self.lab.files()
        changed = next(f for f in files if "wrist" in f)
        missing = next(f for f in files if f.endswith("state.csv"))
        with open(self.lab.path(changed), "r+b") as file:
            file.seek(5000000)
            file.write(b"damage")
        os.unlink(self.lab.path(missing))
        found = self.lab.verify(code=7)
        self.assertEqual(
            sorted((d["damage"], d["path"]) for d in found["damage"]),
            [("changed", changed), ("missing", missing)])
        run = self.lab.run("repair", self.lab.mirror, "--json")
        repaired = json.loads(run.stdout)
        self.assertEqual(repaired["repaired_files"], 2)
        # Of two chunks with the video one; the state is in one chunk.
        self.assertEqual(repaired["received_chunks"], 2)
        self.assertGreater(whole["received_chunks"], 20)
        self.lab.verify()
        self.assertTrue(self.lab.sums_are_good())

    def test_a_file_that_grew_is_cut_without_fetching(self):
        self.lab.pull("--episodes", "1")
        wrist = next(f for f in self.lab.files() if "wrist" in f)
        with open(self.lab.path(wrist), "ab") as file:
            file.write(b"more")
        run = self.lab.run("repair", self.lab.mirror, "--json")
        self.assertEqual(json.loads(run.stdout)["received_chunks"], 0)
        self.lab.verify()

    def test_wrong_hints_do_not_mislead_a_repair(self):
        self.lab.pull("--episodes", "1")
        wrist = next(f for f in self.lab.files() if "wrist" in f)
        checks = self.lab.path(".sluice/checks")
        for name in os.listdir(checks):
            with open(os.path.join(checks, name), "r+b") as file:
                size = len(file.read())
                file.seek(0)
                file.write(b"\x01" * size)
        with open(self.lab.path(wrist), "r+b") as file:
            file.write(b"damage")
        self.lab.run("repair", self.lab.mirror)
        self.lab.verify()

    def test_verify_names_what_does_not_belong(self):
        self.lab.pull()
        with open(self.lab.path("stray.bin"), "w") as file:
            file.write("x")
        os.symlink("/etc/passwd", self.lab.path("planted"))
        found = self.lab.verify(code=7)
        self.assertEqual(
            sorted((d["damage"], d["path"]) for d in found["damage"]),
            [("extra", "stray.bin"), ("link", "planted")])

    def test_verify_works_without_a_server_and_a_profile(self):
        self.lab.pull()
        command, env = self.lab.command(["verify", self.lab.mirror])
        del env["SLUICE_PROFILE"]
        subprocess.run(command, env=env, check=True, capture_output=True)

    def test_a_planted_link_is_never_followed(self):
        self.lab.pull("--layers", "state")
        wrist = [f for f in self.lab.files() if f.endswith("state.csv")][0]
        target = os.path.join(self.lab.dir, "target")
        path = self.lab.path(wrist.replace("state.csv", "wrist.bin"))
        os.symlink(target, path)
        run = self.lab.pull("--layers", "*", code=7)
        self.assertIn(path + ": expected", run.stderr)
        self.assertIn("move it away", run.stderr)
        self.assertFalse(os.path.exists(target))
        os.unlink(path)
        self.lab.pull()
        self.assertTrue(self.lab.sums_are_good())

    def test_a_folder_that_became_a_link_is_refused(self):
        self.lab.pull("--layers", "state")
        outside = os.path.join(self.lab.dir, "outside")
        folder = os.path.dirname(self.lab.path(
            [f for f in self.lab.files() if f.endswith("state.csv")][0]))
        os.rename(folder, outside)
        os.symlink(outside, folder)
        before = os.listdir(outside)
        self.lab.pull("--layers", "*", code=7)
        self.assertEqual(os.listdir(outside), before)

    def test_a_folder_with_other_files_is_no_place_for_a_mirror(self):
        os.mkdir(self.lab.mirror)
        with open(self.lab.path("mine"), "w") as file:
            file.write("x")
        self.lab.pull(code=11)
        self.assertEqual(os.listdir(self.lab.mirror), ["mine"])

    def test_two_writers_do_not_meet(self):
        self.lab.pull("--layers", "state")
        with open(self.lab.path(".sluice/lock"), "r+") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            run = self.lab.pull(code=11)
        self.assertIn("in use", run.stderr)


class Lies(Mirror):
    """Nothing that is not signed reaches the tree."""

    def assert_nothing_landed(self):
        self.assertEqual(self.lab.files(), [])

    def object(self, seq, name):
        dataset = os.path.join(box.env["SLUICE_OBJECTS"], KITTING)
        for publication in set(os.listdir(dataset)) - {"log"}:
            path = os.path.join(dataset, publication, name)
            manifest = os.path.join(dataset, publication, "manifest")
            if f"# seq: {seq}\n" in open(manifest).read():
                return path
        raise AssertionError("no such batch")

    def flip(self, path, at):
        """Change one byte, and back at the end of the test."""
        def change(value=None):
            os.chmod(path, 0o644)
            with open(path, "r+b") as file:
                file.seek(at)
                old = file.read(1)
                file.seek(at)
                file.write(value or bytes([old[0] ^ 1]))
            return old

        self.addCleanup(change, change())

    def test_every_signed_object_is_checked(self):
        for name in ("manifest", "manifest.minisig", "index.json",
                     "files.sha256", "quality.json"):
            path = self.object(1, name)
            for at in (0, os.path.getsize(path) // 2):
                with self.subTest(object=name, at=at):
                    self.flip(path, at)
                    # The server may notice it as well, and say less.
                    run = self.lab.pull(code=None)
                    self.assertNotEqual(run.returncode, 0)
                    self.assert_nothing_landed()
                    self.doCleanups()
                    self.lab = Customer(box)
                    self.addCleanup(self.lab.remove)

    def test_a_chunk_with_one_byte_changed_is_refused(self):
        path = self.object(1, "pack.tar.zst")
        self.flip(path, os.path.getsize(path) // 2)
        run = self.lab.pull(code=7)
        self.assertIn("chunk", run.stderr)
        self.assert_nothing_landed()
        self.assertTrue(self.lab.is_incomplete())

    def tampered(self, where, at):
        def change(path, body):
            if where not in path:
                return body
            place = at % len(body)
            return body[:place] + bytes([body[place] ^ 0x10]) + \
                body[place + 1:]
        return change

    def test_a_head_with_a_byte_changed_is_refused_or_the_same(self):
        rng = random.Random(3)
        for _ in range(20):
            at = rng.getrandbits(30)
            with Proxy(box, self.tampered("/head", at)) as p:
                self.lab.edit_profile(endpoint=p.url)
                run = self.lab.pull(code=None)
            if run.returncode == 0:
                # Bits that zstd does not look at: what was decoded is what
                # was signed.
                self.lab.verify()
                return
            self.assertEqual(run.returncode, 7, (at, p.calls, run.stderr))
            self.assert_nothing_landed()

    def test_a_delivery_with_any_byte_changed_is_refused(self):
        rng = random.Random(4)
        for _ in range(6):
            with Proxy(box, self.tampered("/fetch", rng.getrandbits(30))) as p:
                self.lab.edit_profile(endpoint=p.url)
                self.lab.pull("--jobs", "1", code=7)
            self.assert_nothing_landed()

    def test_a_server_that_goes_back_in_time_is_caught(self):
        with Proxy(box) as proxy:
            self.lab.edit_profile(endpoint=proxy.url)
            recorded = {}

            def record(path, body):
                recorded[path] = body
                return body

            proxy.change = record
            other = Customer(box, self.lab.profile)
            self.addCleanup(other.remove)
            other.pull("--episodes", "1")
            old = [body for path, body in recorded.items()
                   if "/head" in path][0]
            self.lab.pull("--episodes", "1")
            # The same head again is not what comes after batch 2.
            proxy.change = lambda path, body: \
                old if "/head" in path else body
            self.lab.pull(code=7)

    def test_another_root_than_the_server_s_trusts_nothing(self):
        with open(self.lab.profile) as file:
            pin = json.load(file)["root"]
        key, = pin["keys"]
        # One with another id, and one that only says it is the same.
        for at in (8, 30):
            other = "A" if key[at] != "A" else "B"
            self.lab.edit_profile(
                root=dict(pin, keys=[key[:at] + other + key[at + 1:]]))
            run = self.lab.pull(code=7)
            self.assertIn("trust_mismatch", run.stderr)
        self.lab.edit_profile(root=None)
        self.assertIn("no_root", self.lab.pull(code=7).stderr)
        self.lab.edit_profile(root=pin["keys"])
        self.assertIn("new profile", self.lab.pull(code=None).stderr)
        self.assert_nothing_landed()


class Refusals(Mirror):
    def test_a_wrong_certificate_is_refused(self):
        wrong = os.path.join(self.lab.dir, "wrong.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
             wrong + ".key", "-out", wrong, "-subj", "/CN=localhost"],
            check=True, capture_output=True)
        run = self.lab.pull("--ca", wrong, code=8)
        self.assertIn("certificate", run.stderr)

    def test_a_garbled_token_is_told_without_asking(self):
        with open(self.lab.profile) as file:
            token = json.load(file)["token"]
        middle = "A" if token[20] != "A" else "B"
        self.lab.edit_profile(token=token[:20] + middle + token[21:])
        run = self.lab.pull(code=4)
        self.assertIn("checksum", run.stderr)

    def test_a_profile_that_others_can_read_is_not_used(self):
        os.chmod(self.lab.profile, 0o644)
        self.lab.pull(code=4)

    def test_a_revoked_token_is_4(self):
        profile = os.path.join(self.lab.dir, "short.json")
        out = box.ctl("token", "issue", "--customer", "lab", "--out-profile",
                      profile, "--endpoint", box.env["SLUICE_URL"], "--ca",
                      box.env["SLUICE_CA"], "--reason", "test", "--json")
        token = json.loads(out)
        other = Customer(box, profile)
        self.addCleanup(other.remove)
        other.run("list")
        box.ctl("token", "revoke", token["id"], "--reason", "test")
        until(lambda: other.run("list", code=None).returncode == 4,
              what="the revocation")

    def test_without_a_licence_nothing_comes(self):
        rival = Customer(box, os.path.join(box.dir, "rival.json"))
        self.addCleanup(rival.remove)
        run = rival.pull(code=None)
        self.assertIn(run.returncode, (5, 9), run.stderr)

    def test_a_dataset_that_is_not_there_is_9(self):
        self.lab.pull(dataset="no-such-thing", code=9)

    def test_a_server_that_is_away_is_8(self):
        self.lab.edit_profile(endpoint="https://localhost:1")
        self.lab.pull("--timeout", "1s", code=8)
        self.lab.run("list", code=8)

    def test_every_command_speaks_json(self):
        self.lab.pull()
        for words in (["list"], ["show", KITTING], ["whoami"], ["usage"],
                      ["status", self.lab.mirror],
                      ["verify", self.lab.mirror, "--quick"],
                      ["plan", KITTING, self.lab.mirror]):
            with self.subTest(words=words):
                json.loads(self.lab.run(*words, "--json").stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
