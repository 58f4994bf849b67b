#!/usr/bin/python3
"""What it costs a customer to check everything: processor time of `sluice
pull`, of the same program without its hashes and signatures, and of stock
tools that verify nothing.  Prints `name value unit`; see README.md."""

import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
from figures import (MIB, Instance, make_source, pack_path,  # noqa: E402
                     publish, settle, show, token_of)

ROUNDS = 5
EPISODES = 20  # of 50 MiB
BUILD = pathlib.Path(os.environ.get("SL_BUILDDIR", "."))
PROGRAMS = {"pull": BUILD / "service/bin/sluice/sluice",
            "unverified": BUILD / "tests/bench/sluice_unverified"}


def children_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def spent(command, env):
    before = children_cpu()
    subprocess.run(command, check=True, env=env, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return children_cpu() - before


def fresh(path):
    shutil.rmtree(path, ignore_errors=True)
    settle()
    return path


def stock_command(sluice, target):
    url = sluice.env["SLUICE_URL"] + \
        "/v1/datasets/bulk/batches/1/pack.tar.zst"
    config = sluice.folder / "curl.conf"
    config.touch(mode=0o600)
    config.write_text(f'cacert = "{sluice.env["SLUICE_CA"]}"\noauth2-bearer ='
                      f' "{token_of(sluice, "lab")}"\nsilent\nfail\n')
    target.mkdir()
    return ["bash", "-o", "pipefail", "-c", f"curl -K '{config}' '{url}' | "
            f"zstd -dc | tar x -C '{target}'"]


def measure(sluice, folder):
    times = {"stock": [], "pull": [], "unverified": []}
    for _ in range(ROUNDS):
        for name, program in PROGRAMS.items():
            mirror = fresh(folder / "mirror")
            times[name].append(spent([program, "pull", "bulk", mirror],
                                     sluice.env))
        shutil.rmtree(mirror)
        times["stock"].append(spent(
            stock_command(sluice, fresh(folder / "stock")), sluice.env))
        shutil.rmtree(folder / "stock")
    return times


def main():
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as name:
        folder = pathlib.Path(name)
        with Instance(folder / "instance") as sluice:
            sluice.dataset("bulk")
            make_source(sluice, folder / "source", EPISODES, 50 * MIB)
            publish(sluice, "bulk", folder / "source")
            shutil.rmtree(folder / "source")
            sluice.customer("lab", "bulk")
            gigabytes = pack_path(sluice, "bulk", 1).stat().st_size / 1e9
            # Charged before anything is measured.
            spent([PROGRAMS["pull"], "pull", "bulk", folder / "mirror"],
                  sluice.env)
            times = measure(sluice, folder)
    for kind, values in times.items():
        show(f"cpu_{kind}", statistics.median(values) / gigabytes, "s/GB")
    show("verify_cpu", statistics.median(
        (a - b) / gigabytes for a, b in zip(times["pull"],
                                            times["unverified"])), "s/GB")
    show("verify_cpu_share", statistics.median(
        (a - b) / a for a, b in zip(times["pull"], times["unverified"])),
         "ratio")


if __name__ == "__main__":
    main()
