"""What the gates share: which files there are, how they are compiled, how an
offence is told.  A gate that finds none exits 0, one that lacks its tool 77
(Automake's "skipped"), all others 1."""

import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.abspath(os.environ.get("SL_SRCDIR") or
                       os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.path.abspath(os.environ.get("SL_BUILDDIR") or ROOT)

FOLDERS = ("include", "catalog", "service", "sql", "deploy", "tests", ".ci")
LIBRARIES = ("libevent_core", "libssl", "libsodium", "libpq", "libzstd",
             "liblz4", "libdeflate",
             "jansson", "libcurl", "check")

_offences = []


def offence(path, line, text):
    where = f"{path}:{line}" if line else path
    print(f"{where}: {text}")
    _offences.append(where)


def finish():
    if _offences:
        print(f"{len(_offences)} offences")
        sys.exit(1)
    sys.exit(0)


def need(tool):
    if shutil.which(tool) is None:
        print(f"{tool} is not installed")
        sys.exit(77)


def files(*endings, folders=FOLDERS):
    """Paths below ROOT with one of these endings (all files if none), without
    what is generated and without the fixtures that are meant to offend."""
    found = []
    for folder in folders:
        for where, below, names in os.walk(os.path.join(ROOT, folder)):
            below[:] = sorted(
                name for name in below
                if name not in ("__pycache__", "build-aux", "node_modules",
                                "selftest", ".deps", ".libs"))
            for name in sorted(names):
                path = os.path.relpath(os.path.join(where, name), ROOT)
                if not endings or name.endswith(endings):
                    found.append(path)
    return found


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8",
              errors="replace") as file:
        return file.read()


def without_comments(text, keep_strings=False):
    """C text with comments, and unless told also the insides of strings,
    replaced by spaces, so that lines and columns stay."""
    def blank(match):
        piece = match.group(0)
        if keep_strings and piece[0] in "\"'":
            return piece
        middle = re.sub(r"[^\n]", " ", piece)
        if piece[0] in "\"'":
            return piece[0] + middle[1:-1] + piece[0]
        return middle

    pattern = (r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'
               r"'(?:\\.|[^'\\\n])*'")
    return re.sub(pattern, blank, text, flags=re.S)


def layer_of(path):
    """"pack" for include/sluice/pack/x.h and service/pack/x.c, "bin/sluiced"
    for a program, None for what belongs to no layer."""
    match = (re.match(r"include/sluice/([^/]+)/", path) or
             re.match(r"service/(bin/[^/]+)/", path) or
             re.match(r"service/([^/]+)/", path))
    if match:
        return match.group(1)
    return "catalog" if path.startswith("catalog/") else None


def folder_of(layer):
    return "catalog" if layer == "catalog" else f"service/{layer}"


def tested_folder(path):
    """A unit test may see the private headers of the folder that it tests."""
    match = re.match(r"tests/(?:unit|fuzz)/([^/]+)/", path)
    return ["-I" + os.path.join(ROOT, folder_of(match.group(1)))] \
        if match else []


def compile_flags(path):
    flags = ["-std=c17", "-D_GNU_SOURCE", "-I" + os.path.join(ROOT, "include"),
             "-I" + os.path.join(ROOT, os.path.dirname(path)), "-I" + BUILD,
             *tested_folder(path), '-DPACKAGE_VERSION="0"', '-DSL_DATA_DIR="/usr/share/sluice"',
             '-DSL_SYSCONF_DIR="/etc/sluice"']
    return flags + package_flags()


_package_flags = None


def package_flags():
    global _package_flags
    if _package_flags is None:
        _package_flags = []
        for library in LIBRARIES:
            done = subprocess.run(["pkg-config", "--cflags", library],
                                  capture_output=True, text=True, check=False)
            _package_flags += [flag for flag in done.stdout.split()
                               if flag not in _package_flags]
    return _package_flags
