"""A PostgreSQL for tests of sluicectl, and what they all say: run a command,
expect a refusal, look whether anything changed."""

import functools
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile

SOURCE = os.environ.get("SL_SRCDIR") or os.path.abspath(
    os.path.join(os.path.dirname(__file__), "..", "..", ".."))
BUILD = os.environ.get("SL_BUILDDIR", SOURCE)
CTL = os.path.join(BUILD, "service", "bin", "sluicectl", "sluicectl")
CLUSTER = os.path.join(SOURCE, "tests", "support", "pg-cluster")

OK, GENERAL, USAGE, AUTH, DENIED, INTEGRITY, NETWORK, NOT_FOUND, STORAGE, \
    CONFLICT = 0, 1, 2, 4, 5, 7, 8, 9, 10, 11
WHY = ["--reason", "a test"]
NOBODY = "01932c07-209e-7b1d-8f0a-0123456789ab"

tests = []
work = tempfile.mkdtemp(prefix="sluice-admin.", dir=os.environ.get("TMPDIR"))
os.chmod(work, 0o755)
environment = dict(os.environ, SLUICE_SQL_DIR=os.path.join(SOURCE, "sql"),
                   SLUICE_PEPPER_FILE=os.path.join(work, "pepper"))
environment.pop("SLUICE_DB", None)


def test(function):
    tests.append(function)
    return function


def ctl(*words, code=OK, login="admin", env=None):
    """Run sluicectl; the completed process."""
    run_in = dict(environment, PGUSER=login, **(env or {}))
    done = subprocess.run([CTL, *words], env=run_in, capture_output=True,
                          text=True, check=False, timeout=60)
    if done.returncode != code:
        raise AssertionError(
            f"sluicectl {shlex.join(words)}: exit {done.returncode}, not "
            f"{code}\n{done.stdout}{done.stderr}")
    return done


def get(*words, **options):
    return json.loads(ctl(*words, "--json", **options).stdout)


def refused(code, name, *words, **options):
    """A refusal: this code, this name in JSON, one line for people, and not a
    row changed."""
    before = snapshot()
    done = ctl(*words, code=code, **options)
    lines = [line for line in done.stderr.strip().split("\n")
             if "warning: " not in line]
    assert lines[0].startswith("sluicectl: "), done.stderr
    assert len(lines) <= 2, done.stderr
    assert done.stdout == "", done.stdout
    lines = ctl("--json", *words, code=code, **options).stderr.splitlines()
    event = [json.loads(line) for line in lines][-1]
    assert event["event"] == "error" and event["exit"] == code, event
    assert event["code"] == name, f"{event['code']}, not {name}"
    assert snapshot() == before, f"{shlex.join(words)} changed something"


def sql(text, login="postgres"):
    return subprocess.run(
        ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-U", login, "-c", text],
        env=environment, capture_output=True, text=True, check=True).stdout


@functools.cache
def tables():
    return sql("select string_agg(format('%I.%I', schemaname, tablename), "
               "' ' order by tablename) from pg_tables "
               "where schemaname = 'sluice'").split()


def snapshot():
    """Every row of every table."""
    return sql("".join(
        f"select '{name}', x::text from {name} as x order by 2;"
        for name in tables()))


def main():
    failed = 0
    started = subprocess.run([CLUSTER, "start", work], capture_output=True,
                             text=True, check=False)
    if started.returncode != 0:
        print(started.stderr)
        return 99
    for name, value in re.findall(r"(PG\w+)=(\S+)", started.stdout):
        environment[name] = value
    try:
        for function in tests:
            try:
                function()
                print(f"ok   {function.__name__}")
            except (AssertionError, subprocess.SubprocessError, KeyError,
                    IndexError, ValueError) as error:
                failed += 1
                print(f"FAIL {function.__name__}: {error!r}"
                      .replace("\\n", "\n"))
    finally:
        subprocess.run([CLUSTER, "stop", work], check=False)
        shutil.rmtree(work, ignore_errors=True)
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0
