"""A publisher, a log signer and a witness, each with a home and a login of its
own, and the root keys that speak of them: minisign's, so that stock tools are
on that side."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "publish"))
# pylint: disable=wrong-import-position,wildcard-import,unused-wildcard-import
from publisher import *  # noqa: E402,F403

ORIGIN = "log.test"
WITNESS = "witness.test"
WHY = ("--reason", "test")


def zulu(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def sql(text, user="postgres", base="postgres"):
    done = subprocess.run(
        ["psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-d", base, "-c", text],
        check=True, capture_output=True, text=True,
        env=dict(environment, PGUSER=user))
    return done.stdout.strip()


def setup():
    """A cluster with the schema, one publisher and the first trust file."""
    done = subprocess.run([CLUSTER, "start", place("pg")], check=True,
                          capture_output=True, text=True)
    for word in done.stdout.split():
        name, found, value = word.partition("=")
        if found and name.startswith("PG"):
            environment[name] = value.strip("'\"")
    subprocess.run([CTL, "db", "init"], check=True, capture_output=True,
                   env=dict(environment, SLUICE_PEPPER_FILE=place("pepper"),
                            SLUICE_SQL_DIR=os.path.join(SOURCE, "sql")))
    sql("CREATE ROLE lab LOGIN IN ROLE sluice_publisher; "
        "CREATE ROLE boss LOGIN IN ROLE sluice_admin; "
        "CREATE ROLE scribe LOGIN IN ROLE sluice_log; "
        "CREATE ROLE eye LOGIN IN ROLE sluice_witness")
    subprocess.run([CTL, "publisher", "add", "lab", "--title", "Lab",
                    "--login", "lab", "--reason", "test"], check=True,
                   capture_output=True, env=dict(environment, PGUSER="boss"))
    cosigns_as("eye", WITNESS)
    environment["PGUSER"] = "lab"
    os.mkdir(environment["SLUICE_OBJECTS"])
    pub("key", "generate")
    for user, name in (("scribe", "log"), ("scribe", "second"),
                       ("eye", "witness"), ("lab", "other")):
        pub("key", "generate", name, "--offline", **home(user))
    make_root("root")


def cosigns_as(login, name):
    subprocess.run([CTL, "witness", "add", name, "--login", login, *WHY],
                   check=True, capture_output=True,
                   env=dict(environment, PGUSER="boss"))


def make_root(name):
    subprocess.run(["minisign", "-G", "-W", "-p", place(name + ".pub"), "-s",
                    place(name + ".sec")], check=True, capture_output=True)


def home(user):
    return {"PGUSER": user, "SLUICE_PUBLISH_HOME": place("home-" + user)
            if user != "lab" else environment["SLUICE_PUBLISH_HOME"]}


def key(user, name):
    folder = home(user)["SLUICE_PUBLISH_HOME"]
    with open(os.path.join(folder, "keys", name + ".pub")) as file:
        return file.read().splitlines()[1]


def root_key(name="root"):
    with open(place(name + ".pub")) as file:
        return file.read().splitlines()[1]


def fingerprint(name="root"):
    """What customers and the homes of log and witness are told."""
    text = f"threshold 1\nroot {root_key(name)}\n"
    digest = hashlib.sha256(text.encode()).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


version = [0]
ORDER = ("publisher", "log", "witness", "revoked", "vouch", "epoch")


def write_trust(number, *lines, witnesses=1, root="root", signers=("root",)):
    """A trust file of one root key, and its signatures by stock minisign."""
    now = time.time()
    text = (f"# sluice-trust/v1\n# version: {number}\n"
            f"# issued: {zulu(now)}\n# expires: {zulu(now + 86400)}\n"
            f"# origin: {ORIGIN}\n# threshold: root=1 witness={witnesses}\n"
            f"root {root_key(root)}\n")
    kinds = sorted(lines, key=lambda line: (ORDER.index(line.split()[0]),
                                            line))
    text += "".join(line + "\n" for line in kinds)
    path = place(f"trust-{number}")
    write(path, text)
    signatures = [f"{path}.{signer}.minisig" for signer in signers]
    for signer, signature in zip(signers, signatures):
        subprocess.run(["minisign", "-S", "-l", "-s", place(signer + ".sec"),
                        "-m", path, "-x", signature], check=True,
                       capture_output=True)
    return [path, *signatures]


def install(*files, **env):
    subprocess.run([CTL, "trust", "install", *files, *WHY], check=True,
                   capture_output=True,
                   env=dict(environment, PGUSER="boss", **env))


def trust(*lines, **env):
    """The next trust file, installed; in another database it is not the next
    one here."""
    install(*write_trust(version[0] + 1, *lines), **env)
    if not env:
        version[0] += 1


def usual(*more, without=()):
    """The lines that the tests begin with."""
    lines = {"publisher": f"publisher {key('lab', 'default')} *",
             "log": f"log {key('scribe', 'log')}",
             "witness": f"witness {key('eye', 'witness')} {WITNESS}"}
    return [line for name, line in lines.items() if name not in without] + \
        list(more)


def log(*words, **options):
    return get("log", *words, **(home("scribe") | options))


def witness(*words, **options):
    return get("witness", *words, **(home("eye") | options))


def homes(suffix):
    """Copies of the log's and the witness's homes, for another database."""
    both = []
    for user in ("scribe", "eye"):
        copy = fresh(f"home-{user}-{suffix}")
        shutil.copytree(home(user)["SLUICE_PUBLISH_HOME"], copy)
        both.append({"SLUICE_PUBLISH_HOME": copy})
    return both


def copy_database(name):
    """As it is now; the environment that reaches the copy."""
    sql(f"CREATE DATABASE {name} TEMPLATE postgres", base="template1")
    return {"PGDATABASE": name}


def log_refused(words, code, *args, **env):
    refused(words, "log", *args, code=code, **(home("scribe") | env))


change = [0]


def seal(name):
    """Something new of a dataset, published as far as the seal."""
    root = place("source-" + name)
    if not os.path.exists(root):
        files("source-" + name, 1)
        pub("dataset", "create", name)
    change[0] += 1
    write(f"{root}/ep/1/state.csv", f"change {change[0]}\n")
    get("ingest", "--format", "files", name, root)
    return get("publish", name)


def complete(name):
    """The log signer and the witness in turn, until it is visible."""
    log("run", name)
    witness(name)
    return log("run", name)["shown"]


def publish(name):
    seal(name)
    return complete(name)


def checkpoint(name):
    """Body and note that customers see; None without one."""
    row = sql("SELECT row_to_json(x) FROM sluice.log_checkpoint("
              f"(SELECT id FROM sluice.dataset WHERE name = '{name}')) AS x")
    return json.loads(row) if row else None


def roots(name):
    """{(epoch, size): root} of every checkpoint that there ever was."""
    rows = sql("SELECT epoch, size, encode(root, 'base64') FROM "
               "sluice.checkpoint AS c JOIN sluice.dataset AS d ON "
               f"d.id = c.dataset WHERE d.name = '{name}' ORDER BY 1, 2")
    found = {}
    for line in rows.splitlines():
        epoch, size, root = line.split("|")
        found[int(epoch), int(size)] = root
    return found


def manifests(name):
    rows = sql("SELECT encode(b.manifest, 'hex') FROM sluice.batch AS b "
               "JOIN sluice.dataset AS d ON d.id = b.dataset "
               f"WHERE d.name = '{name}' ORDER BY b.seq")
    return [bytes.fromhex(row) for row in rows.split()]


def state_path(name, epoch=1, user="scribe", kind="log"):
    return os.path.join(home(user)["SLUICE_PUBLISH_HOME"], kind,
                        f"{name}.{epoch}")


def pin_path(user):
    return os.path.join(home(user)["SLUICE_PUBLISH_HOME"], "trust.pin")


def read(path, mode="r"):
    with open(path, mode) as file:
        return file.read()


def unbase(text):
    return base64.b64decode(text, validate=True)
