#!/usr/bin/python3
"""Faults without end against a whole Sluice; README.md beside this file says
which, and what must hold after each.

A round is drawn from its seed: what customers do, and one to four faults in
the middle of it.  An era is one System, made anew after so many rounds, with
or without clocks that can be set and a small disk for the WAL."""

import argparse
import collections
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "support")]
import faults  # noqa: E402
import oracles  # noqa: E402
import scenarios  # noqa: E402
from instance import Failed, wait_for  # noqa: E402
from system import System, can_mount, can_set_clocks  # noqa: E402

ROUNDS_PER_ERA = 12
ERAS = (None, "clock", None, "wal_disk")


class Report:
    """Counts of what was done, and what was wrong."""

    def __init__(self):
        self.began = time.monotonic()
        self.rounds = 0
        self.faults = collections.Counter()
        self.scenarios = collections.Counter()
        self.codes = collections.Counter()
        self.violations = []

    def show(self):
        seconds = time.monotonic() - self.began
        print(f"{self.rounds} rounds in {seconds:.0f} s")
        for title, counter in (("faults", self.faults),
                               ("scenarios", self.scenarios),
                               ("answers", self.codes)):
            print(title + ": " + ", ".join(
                f"{name} {count}" for name, count in sorted(counter.items())))
        servers = sum(self.faults[name] for name in (
            "kill_worker", "kill_master", "kill_server"))
        cuts = sum(self.faults[name] for name in (
            "cut_clients", "cut_database", "hold_clients", "hold_database",
            "lose_answer", "lose_question"))
        print(f"server kills: {servers}, postmaster kills: "
              f"{self.faults['kill_postmaster']}, cuts: {cuts}")
        print(f"violations: {len(self.violations)}")
        for text in self.violations:
            print("  " + text)


def choose_faults(chooser, system, era, wanted):
    """One to four that go together."""
    able = [fault for fault in faults.ALL if fault.needs in (None, era) and
            (not wanted or fault.name in wanted) and
            fault.is_quick(system)]
    if not able:
        return []
    weights = [fault.weight for fault in able]
    first = chooser.choices(able, weights)[0]
    if first.scenario is not None:
        return [first]
    more = [fault for fault in able if fault.scenario is None]
    weights = [fault.weight for fault in more]
    return [first] + chooser.choices(more, weights,
                                     k=chooser.choice((0, 1, 2, 3, 3)))


def play(system, chooser, chosen, report):
    """One round; the sentences of what was violated."""
    kind = chosen[0].scenario or chooser.choice(scenarios.ALL)
    work = kind(system, chooser)
    report.scenarios[kind.name] += 1
    done = []
    work.start()
    try:
        for fault_class in chosen:
            faults.pause(chooser.uniform(0, 0.35))
            fault = fault_class(system, chooser, work)
            fault.strike()
            report.faults[fault.name] += 1
            done.append(fault)
        work.finish()
    finally:
        work.stop()
    system.start_server()
    found = oracles.all_of(system, work.accounts) + list(work.check())
    for fault in done:
        found += fault.after()
    for account in work.accounts:
        report.codes.update(account.codes)
    return found


def run_round(system, number, era, options, report):
    chooser = random.Random(f"{options.seed} {number}")
    chosen = choose_faults(chooser, system, era, options.faults)
    if not chosen:
        return
    names = "+".join(fault.name for fault in chosen)
    began = time.monotonic()
    try:
        found = play(system, chooser, chosen, report)
    except Failed as error:
        found = [f"failed: {error}"]
    report.rounds += 1
    if options.verbose:
        print(f"round {number}: {names}, {time.monotonic() - began:.2f} s",
              flush=True)
    for text in found:
        text = f"seed {options.seed} round {number} ({names}): {text}"
        print("VIOLATION " + text, flush=True)
        report.violations.append(text)


def leases_end(system):
    """Nobody holds a lease for ever."""
    wait_for(lambda: system.sql("SELECT count(*) FROM sluice.lease WHERE "
                                "expires > clock_timestamp()") == "0",
             "the leases to end", 30)


def run_era(folder, era, numbers, options, report):
    """Rounds against one System until time is up; keeps it if it failed."""
    before = len(report.violations)
    with System(folder, has_clock=era == "clock",
                has_wal_disk=era == "wal_disk") as system:
        for number in numbers:
            if is_over(options, report):
                break
            run_round(system, number, era, options, report)
            if len(report.violations) > before:
                break
        else:
            leases_end(system)
    if len(report.violations) > before:
        print(f"kept: {folder}", flush=True)
    else:
        shutil.rmtree(folder)


def is_over(options, report):
    if options.rounds:
        return report.rounds >= options.rounds
    return time.monotonic() - report.began >= options.seconds


def eras_here(folder):
    """Those that this machine allows."""
    able = {None}
    if can_set_clocks():
        able.add("clock")
    else:
        print("skipped: jump_clock (no libfaketime)")
    if can_mount(folder / "mount"):
        able.add("wal_disk")
    else:
        print("skipped: fill_wal (no right to mount)")
    return able


def soak(folder, options, report):
    able = eras_here(folder)
    number = options.first
    while not is_over(options, report):
        index = number // ROUNDS_PER_ERA
        end = (index + 1) * ROUNDS_PER_ERA
        era = ERAS[index % len(ERAS)]
        if era in able:
            run_era(folder / f"era-{index}", era, range(number, end), options,
                    report)
        number = end
        if options.stop and report.violations:
            break


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=0,
                        help="so many instead of a time")
    parser.add_argument("--seed", default="")
    parser.add_argument("--first", type=int, default=0,
                        help="number of the first round")
    parser.add_argument("--faults", type=lambda text: text.split(","),
                        default=[], help="only these, with commas")
    parser.add_argument("--stop", action="store_true",
                        help="end at the first violation")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    options.seed = options.seed or str(time.time_ns() % 1000000)
    print(f"seed {options.seed}", flush=True)
    report = Report()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-soak-"))
    try:
        soak(folder, options, report)
    finally:
        report.show()
        if not report.violations:
            shutil.rmtree(folder)
    sys.exit(1 if report.violations else 0)


if __name__ == "__main__":
    main()
