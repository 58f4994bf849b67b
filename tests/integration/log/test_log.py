#!/usr/bin/python3
"""The log signer and the witness against a real PostgreSQL: a batch is visible
when it is logged and witnessed, whatever crashes; nothing makes the signer
sign two roots for one size, nor the witness cosign a log that went back."""

import hashlib
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position,wildcard-import,unused-wildcard-import
from keeper import *  # noqa: E402,F403

DENIED = 5
STEPS = ("check", "tiles", "state", "sign", "store")


def leaf_hash(leaf):
    return hashlib.sha256(b"\0" + leaf).digest()


def tree_root(leaves):
    """RFC 9162, section 2.1.1, by its definition."""
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + tree_root(leaves[:k]) +
                          tree_root(leaves[k:])).digest()


def check_log(name):
    """Every checkpoint has the root of its leaves; the visible one covers what
    is visible, and has its witness."""
    leaves = manifests(name)
    for (_, size), root in roots(name).items():
        check(unbase(root) == tree_root(leaves[:size]),
              f"{name}: the root at {size} is another")
    seen = checkpoint(name)
    visible = int(sql(f"SELECT seq FROM sluice.dataset WHERE name = '{name}'"))
    check(seen["size"] == visible == len(leaves), f"{name}: {seen}")
    check(seen["note"].count(f"\n— {WITNESS} ") == 1, seen["note"])
    return seen


# ---- hostile ----

@test
def without_a_trust_file_nothing_is_logged():
    log_refused("no trust file", GENERAL, "run", "--root", fingerprint())
    refused("no trust file", "witness", "--root", fingerprint(),
            **home("eye"))
    trust(*usual())


@test
def a_home_that_was_not_told_whom_to_trust_signs_nothing():
    seal("told")
    make_root("other")
    for name, user in (("log", "scribe"), ("witness", "eye")):
        words = ("log", "run") if name == "log" else ("witness",)
        refused("not told yet", *words, **home(user))
        refused("none of the 1", *words, "--root", fingerprint("other"),
                code=INTEGRITY, **home(user))
        for bad in ("x", fingerprint()[:-1], fingerprint() + "A"):
            refused("no fingerprint", *words, "--root", bad, **home(user))
        check(roots("told") == {} or name == "witness", "signed")
        check(not os.path.exists(pin_path(user)), "pinned")
        pub(*words, "--root", fingerprint(), **home(user))
        check(read(pin_path(user)).startswith(fingerprint() + " 1 "),
              read(pin_path(user)))
        refused("trusts the root", *words, "--root", fingerprint("other"),
                code=INTEGRITY, **home(user))
    check(log("run", "told")["shown"][0]["seq"] == 1, "not shown")
    check_log("told")


@test
def who_may_install_a_trust_file_does_not_lead_the_signer():
    """Each of these is in the database as if root had said it."""
    seal("led")
    trust(*usual())
    log("run", "told")
    witness("told")
    seen = read(pin_path("scribe"))
    stranger = write_trust(version[0] + 1, *usual(), root="other",
                           signers=("other",))
    signature = read(stranger[1])
    key_id = unbase(signature.splitlines()[1])[2:10][::-1].hex().upper()
    here = copy_database("led")
    sql("SELECT sluice.trust_install({}, convert_to({}, 'UTF8'), "
        "jsonb_build_object('{}', {}), 'test')".format(
            version[0] + 1, quoted(read(stranger[0])), key_id,
            quoted(signature)), user="boss", base="led")
    refuse_trust("of the 1 root signatures", here)
    hostile = "SET session_replication_role = replica; "
    newest = f"WHERE version = {version[0]}"
    sql(hostile + "DELETE FROM sluice.trust_signature WHERE version > "
        f"{version[0]}; DELETE FROM sluice.trust WHERE version > "
        f"{version[0]}", base="led")
    log("run", "told", **here)
    sql(hostile + "UPDATE sluice.trust SET text = text || '\n' " + newest,
        base="led")
    refuse_trust("another text", here)
    sql(hostile + "DELETE FROM sluice.trust_signature " + newest +
        "; DELETE FROM sluice.trust " + newest, base="led")
    refuse_trust("rolled back", here)
    sql(hostile + "DELETE FROM sluice.trust_signature; "
        "DELETE FROM sluice.trust", base="led")
    refuse_trust("rolled back", here)
    check(read(pin_path("scribe")) == seen, "the pin moved")
    check(roots("led") == {}, "signed")
    check(complete("led")[0]["seq"] == 1, "not shown")


def quoted(text):
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def refuse_trust(words, env):
    log_refused(words, INTEGRITY, "run", "led", **env)
    refused(words, "witness", "told", code=INTEGRITY, **(home("eye") | env))


@test
def a_pin_that_was_changed_is_refused():
    path = pin_path("scribe")
    good = read(path)
    for bad in ("", good[:-1], good + good, good.replace(" ", "  "),
                good.replace("SHA256:", "SHA256;")[:60] + "\n"):
        write(path, bad)
        log_refused("is damaged", INTEGRITY, "run")
    root, number, digest = good.split()
    write(path, f"{root} {number} {'0' * 64}\n")
    log_refused("another text", INTEGRITY, "run")
    write(path, f"{root} {int(number) + 1} {digest}\n")
    log_refused("rolled back", INTEGRITY, "run")
    write(path, good)
    log("run")


@test
def new_root_keys_are_followed_when_both_have_signed():
    here = copy_database("moved")
    signer, watcher = (each | here for each in homes("moved"))
    install(*write_trust(version[0] + 1, *usual(), root="other",
                         signers=("root", "other")), **here)
    log("run", "told", "--root", fingerprint("other"), **signer)
    witness("told", **watcher)
    check(read(os.path.join(signer["SLUICE_PUBLISH_HOME"], "trust.pin"))
          .startswith(f"{fingerprint()} {version[0] + 1} "), "not followed")
    # A home that is told of the new root alone begins there.
    os.unlink(os.path.join(signer["SLUICE_PUBLISH_HOME"], "trust.pin"))
    log("run", "told", "--root", fingerprint("other"), **signer)


@test
def only_keys_of_the_trust_file_sign():
    seal("keys")
    log_refused("is not a log key", DENIED, "run", "-k", "second")
    refused("is not a witness key", "witness", "-k", "witness", "--root",
            fingerprint(), code=DENIED, **(home("eye") | {"SLUICE_PUBLISH_HOME":
                                      other_witness()}))
    check(roots("keys") == {}, "signed")
    check(complete("keys")[0]["seq"] == 1, "not shown")
    check_log("keys")


def other_witness():
    folder = fresh("home-stranger")
    pub("key", "generate", "witness", "--offline",
        SLUICE_PUBLISH_HOME=folder)
    return folder


@test
def a_manifest_by_a_key_that_may_not_is_never_logged():
    seal("scope")
    trust(*usual(f"publisher {key('lab', 'default')} others",
                 without=["publisher"]))
    log_refused("scope", INTEGRITY, "run", "scope")
    trust(*usual(f"publisher {key('lab', 'other')} *",
                 without=["publisher"]))
    log_refused("scope", INTEGRITY, "run", "scope")
    trust(*usual(f"publisher {key('lab', 'other')} *",
                 f"revoked {key('lab', 'default')} {zulu(0)} key_compromised",
                 without=["publisher"]))
    log_refused("revoked", INTEGRITY, "run", "scope")
    check(roots("scope") == {}, "signed")
    # Root may vouch for what was sealed by the lost key.
    root = base64.b64encode(tree_root(manifests("scope"))).decode()
    trust(*usual(f"publisher {key('lab', 'other')} *",
                 f"revoked {key('lab', 'default')} {zulu(0)} key_compromised",
                 f"vouch scope 1 1 {root}", without=["publisher"]))
    check(complete("scope")[0]["seq"] == 1, "not shown")
    check_log("scope")
    trust(*usual())


@test
def a_lost_state_stops_the_signer_until_it_is_adopted():
    publish("lost")
    os.unlink(state_path("lost"))
    seal("lost")
    log_refused("no state", GENERAL, "run", "lost")
    check(len(roots("lost")) == 1, "signed without a state")
    check(log("adopt", "lost")["size"] == 1, "not adopted")
    log_refused("there already", CONFLICT, "adopt", "lost")
    check(complete("lost")[0]["seq"] == 2, "not shown")
    check_log("lost")


@test
def a_state_that_was_changed_is_refused():
    publish("state")
    path = state_path("state")
    text = read(path)
    seal("state")
    lines = text.splitlines()
    other = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    for changed in (text[:-1], "", text + "\n", text.replace("\n1\n", "\n01\n"),
                    text.replace("state/1", "keys/1"),
                    "\n".join([lines[0], "1", other, ""]),
                    "\n".join([lines[0], "2", other, ""]),
                    "\n".join([lines[0], "7", other, ""])):
        write(path, changed)
        done = pub("log", "run", "state", code=None, **home("scribe"))
        check(done.returncode != 0, f"accepted: {changed!r}")
    write(path, text)
    check(len(roots("state")) == 1, "signed")
    check(complete("state")[0]["seq"] == 2, "not shown")
    check_log("state")


@test
def tiles_that_were_changed_stop_signer_and_witness():
    publish("tiles")
    seal("tiles")
    folder = place("objects", "tiles", "log", "1", "tile")
    for path in (f"{folder}/0/000.p/1", f"{folder}/entries/000.p/1"):
        good = read(path, "rb")
        for bad in (good[:-1], good + b"\0",
                    bytes([good[0] ^ 1]) + good[1:],
                    good[:-1] + bytes([good[-1] ^ 1]), b""):
            write(path, bad)
            done = pub("log", "run", "tiles", code=None, **home("scribe"))
            check(done.returncode == INTEGRITY, f"{path}: {done.stderr}")
        os.unlink(path)
        done = pub("log", "run", "tiles", code=None, **home("scribe"))
        check(done.returncode != 0, path)
        write(path, good)
    log("run", "tiles")
    path = f"{folder}/0/000.p/2"
    good = read(path, "rb")
    write(path, good[:40] + bytes([good[40] ^ 1]) + good[41:])
    refused("", "witness", "tiles", code=INTEGRITY, **home("eye"))
    write(path, good)
    check(complete("tiles")[0]["seq"] == 2, "not shown")
    check_log("tiles")


@test
def a_database_that_was_rolled_back_gets_no_second_root():
    publish("back")
    subprocess.run(["pg_dump", "-Fc", "-f", place("dump"), "-U", "postgres",
                    "postgres"], check=True, env=environment)
    sql("CREATE DATABASE earlier")
    subprocess.run(["pg_restore", "-d", "earlier", "-U", "postgres",
                    place("dump")], check=True, env=environment,
                   capture_output=True)
    publish("back")
    earlier = {"PGDATABASE": "earlier"}
    log_refused("rolled back", GENERAL, "run", "back", **earlier)
    log_refused("rolled back", GENERAL, "run", **earlier)
    refused("had 2 before", "witness", "back", code=INTEGRITY,
            **(home("eye") | earlier))
    # Another second batch, in the database that does not know of the first.
    change[0] += 1
    write(f"{place('source-back')}/ep/1/state.csv", "otherwise\n")
    get("ingest", "--format", "files", "back", place("source-back"))
    get("publish", "back", **earlier)
    log_refused("signed before", CONFLICT, "run", "back", **earlier)
    rows = sql("SELECT count(*) FROM sluice.checkpoint AS c JOIN "
               "sluice.dataset AS d ON d.id = c.dataset WHERE "
               "d.name = 'back'", base="earlier")
    check(rows == "1", "a second root")
    check_log("back")
    # If nobody has the newer one any more, root lets it go on from here.
    trust(*usual(f"epoch back 2 1 {roots('back')[1, 1]}"), **earlier)
    signer, watcher = (each | earlier for each in homes("earlier"))
    log("run", "back", **signer)
    witness("back", **watcher)
    log("run", "back", **signer)
    row, = log("status", "back", **signer)
    check((row["epoch"], row["size"], row["visible"]) == (2, 2, 2), row)


@test
def a_witness_refuses_a_log_that_has_another_form_and_keeps_the_proof():
    publish("fork")
    path = state_path("fork", user="eye", kind="witness")
    seen = read(path)
    lines = seen.split("\n")
    other = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
    write(path, "\n".join([*lines[:2], other, *lines[3:]]))
    refused("another root", "witness", "fork", code=INTEGRITY, **home("eye"))
    seal("fork")
    log("run", "fork")
    refused("does not continue", "witness", "fork", code=INTEGRITY,
            **home("eye"))
    write(path, seen.replace("\n1\n", "\n5\n"))
    refused("had 5 before", "witness", "fork", code=INTEGRITY, **home("eye"))
    folder = os.path.dirname(path)
    kept = sorted(name for name in os.listdir(folder) if "fork.fork-" in name)
    check(kept == ["fork.fork-1", "fork.fork-2", "fork.fork-3"], kept)
    first = read(os.path.join(folder, "fork.fork-1"))
    check(first.startswith("sluice-fork/v1\n" + lines[0]), first)
    check("\n--\n" in first, first)
    write(path, seen)
    check(complete("fork")[0]["seq"] == 2, "not shown")
    check_log("fork")


# ---- crashes ----

@test
def a_crash_between_any_two_steps_is_made_good_by_the_next_run():
    for count, step in enumerate(STEPS, 1):
        seal("steps")
        log("run", "steps", "--stop-after", step)
        check(len(roots("steps")) ==
              (count if step == "store" else count - 1), step)
        shown = complete("steps")
        check(shown[0]["seq"] == count, f"after {step}: {shown}")
        check_log("steps")


@test
def a_crash_between_publishing_and_logging_is_made_good():
    for count, step in enumerate(("reserve", "write", "sign", "seal"), 1):
        root = place("source-before")
        if count == 1:
            files("source-before", 1)
            pub("dataset", "create", "before")
        write(f"{root}/ep/1/state.csv", f"step {step}\n")
        get("ingest", "--format", "files", "before", root)
        get("publish", "before", "--stop-after", step)
        check(log("run", "before")["shown"] == [], step)
        get("publish", "before")
        complete("before")
        check(len(roots("before")) == count, step)
        check_log("before")


@test
def a_kill_at_any_system_call_never_makes_a_second_root():
    if shutil.which("strace") is None:
        raise Skip("strace is not here")
    for call in ("fsync", "renameat", "rename", "sendto"):
        for when in range(1, 40):
            seal("kill")
            before = roots("kill")
            done = subprocess.run(
                ["strace", "-f", "-qq", "-o", "/dev/null", "-e",
                 f"trace={call}", "-e",
                 f"inject={call}:signal=KILL:when={when}", PUBLISH, "log",
                 "run", "-q", "kill"], env=environment | home("scribe"),
                check=False, capture_output=True, timeout=60)
            between = roots("kill")
            complete("kill")
            after = roots("kill")
            check(len(after) == len(before) + 1, f"{call} {when}: {after}")
            check(between.items() <= after.items(), f"{call} {when}")
            if done.returncode == 0:
                break
    check_log("kill")


# ---- two at once ----

def together(*runs):
    """Start all, wait for all: the completed exit codes."""
    started = [subprocess.Popen([PUBLISH, *words], env=environment | env,
                                stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE)
               for words, env in runs]
    return [(run.wait(), run.stderr.read()) for run in started]


@test
def signers_and_witnesses_at_once_sign_one_root():
    second = fresh("home-scribe-2")
    publish("race")
    shutil.copytree(home("scribe")["SLUICE_PUBLISH_HOME"], second)
    elsewhere = home("scribe") | {"SLUICE_PUBLISH_HOME": second}
    for _ in range(6):
        seal("race")
        ended = together((("log", "run"), home("scribe")),
                         (("log", "run", "race"), home("scribe")),
                         (("log", "run", "race"), elsewhere),
                         (("witness", "race"), home("eye")),
                         (("witness",), home("eye")))
        for code, words in ended:
            check(code in (OK, CONFLICT), words)
        complete("race")
    log("run", "race", **elsewhere)
    check(len(roots("race")) == 7, roots("race"))
    check(read(state_path("race")) ==
          read(os.path.join(second, "log", "race.1")), "states differ")
    check_log("race")


@test
def two_publishers_with_all_keys_make_one_log():
    both = place("home-both")
    shutil.copytree(environment["SLUICE_PUBLISH_HOME"], both)
    for user, name in (("scribe", "log"), ("eye", "witness")):
        shutil.copy(os.path.join(home(user)["SLUICE_PUBLISH_HOME"], "keys",
                                 name + ".key"), os.path.join(both, "keys"))
    shutil.copy(pin_path("scribe"), both)
    sql("GRANT sluice_log, sluice_witness TO lab")
    cosigns_as("lab", WITNESS)
    mine = {"SLUICE_PUBLISH_HOME": both}
    files("source-two", 1)
    pub("dataset", "create", "two")
    for count in range(1, 6):
        write(f"{place('source-two')}/ep/1/state.csv", f"round {count}\n")
        get("ingest", "--format", "files", "two", place("source-two"), **mine)
        run = (("publish", "two"), mine)
        for code, words in together(run, run, run):
            check(code in (OK, CONFLICT), words)
        get("publish", "two", **mine)
        check(len(roots("two")) == count, roots("two"))
        check_log("two")
    sql("REVOKE sluice_log, sluice_witness FROM lab")


@test
def a_witness_that_root_does_not_name_cosigns_nothing():
    """Neither by itself nor as part of the log signer."""
    folder = fresh("home-stale")
    shutil.copytree(home("scribe")["SLUICE_PUBLISH_HOME"], folder)
    shutil.copy(os.path.join(other_witness(), "keys", "witness.key"),
                os.path.join(folder, "keys"))
    sql("GRANT sluice_witness TO scribe")
    publish("stale")
    shutil.copy(state_path("stale"), os.path.join(folder, "log"))
    seal("stale")
    stale = {"SLUICE_PUBLISH_HOME": folder}
    check(log("run", "stale", **stale)["waiting"][0]["witnesses"] == 0,
          "cosigned")
    refused("not a witness key", "witness", "stale", code=DENIED,
            **(home("scribe") | stale))
    sql("REVOKE sluice_witness FROM scribe")
    check(complete("stale")[0]["seq"] == 2, "not shown")
    check_log("stale")


# ---- what it is for ----

@test
def a_batch_is_seen_when_it_is_logged_and_witnessed():
    made = seal("order")
    check(made["waits_for"] == "log" and made["batches"] == [], made)
    check(checkpoint("order") is None, "seen")
    first = log("run", "order")
    check(first["shown"] == [] and first["waiting"] == [
        {"dataset": "order", "seq": 1, "witnesses": 0, "threshold": 1}],
        first)
    check(checkpoint("order") is None, "seen without a witness")
    check(get("publish", "order")["waits_for"] == "log", "not told")
    row, = log("status", "order")
    check((row["size"], row["logged"], row["visible"], row["pending"]) ==
          (1, 1, 0, "logged"), row)
    check(witness("order")[0]["size"] == 1, "not cosigned")
    check(log("run", "order")["shown"][0]["seq"] == 1, "not shown")
    check_log("order")
    again = log("run", "order")
    check(again == {"shown": [], "waiting": []}, again)


@test
def a_later_cosignature_takes_the_place_of_the_earlier():
    publish("fresh")
    first = check_log("fresh")["fresh_us"]
    for _ in range(100):
        witness("fresh")
        if check_log("fresh")["fresh_us"] > first:
            break
    else:
        check(False, "freshness does not move")


@test
def a_new_epoch_goes_on_with_another_key():
    publish("epoch")
    publish("epoch")
    root = roots("epoch")[1, 2]
    trust(*usual(f"log {key('scribe', 'second')}",
                 f"revoked {key('scribe', 'log')} {zulu(0)} key_compromised",
                 f"epoch epoch 2 1 {root}", without=["log"]))
    log_refused("at another size", INTEGRITY, "run", "epoch", "-k", "second")
    trust(*usual(f"log {key('scribe', 'second')}",
                 f"revoked {key('scribe', 'log')} {zulu(0)} key_compromised",
                 f"epoch epoch 2 2 {root}", without=["log"]))
    log_refused("not a log key", DENIED, "run", "epoch")
    log("run", "epoch", "-k", "second")
    witness("epoch")
    seen = check_log("epoch")
    check(seen["epoch"] == 2 and roots("epoch")[2, 2] == root, seen)
    seal("epoch")
    log("run", "epoch", "-k", "second")
    witness("epoch")
    log("run", "epoch", "-k", "second")
    check(check_log("epoch")["size"] == 3, "not shown")
    version_of_all = sorted(roots("epoch"))
    check(version_of_all == [(1, 1), (1, 2), (2, 2), (2, 3)], version_of_all)


@test
def a_new_key_signs_what_the_old_one_had_signed():
    """So that the old one may leave at once; the tree stays the one it is."""
    trust(*usual())
    publish("turn")
    before = roots("turn")
    trust(*usual(f"log {key('scribe', 'second')}"))
    log("run", "turn", "-k", "second")
    seen = check_log("turn")
    check(seen["note"].count("\n— " + ORIGIN + "/turn/1 ") == 2, seen["note"])
    write(place("body"), seen["body"])
    write(place("body.minisig"), seen["minisig"])
    subprocess.run(["minisign", "-q", "-Vm", place("body"), "-P",
                    key("scribe", "second")], check=True,
                   capture_output=True)
    trust(*usual(f"log {key('scribe', 'second')}", without=["log"]))
    log("run", "turn", "-k", "second")
    check(checkpoint("turn")["note"].count("/turn/1 ") == 2, "signed again")
    witness("turn")
    check(roots("turn") == before, "another root")
    # Before it is done, the signer says so to the witness, not to customers.
    trust(*usual())
    publish("late")
    trust(*usual(f"log {key('scribe', 'second')}", without=["log"]))
    refused("no signature by a key of the log", "witness", "late",
            code=INTEGRITY, **home("eye"))
    log("run", "late", "-k", "second")
    witness("late")
    check_log("late")
    trust(*usual())


@test
def what_has_no_room_for_a_key_does_not_keep_the_next_batch():
    trust(*usual())
    publish("worn")
    for number in range(2, 6):
        name = f"log-{number}"
        pub("key", "generate", name, "--offline", **home("scribe"))
        trust(*usual(f"log {key('scribe', name)}"))
        if number < 5:
            log("run", "worn", "-k", name)
    log_refused("the next batch brings another", GENERAL, "run", "worn", "-k",
                "log-5")
    seal("worn")
    log("run", "worn", "-k", "log-5")
    witness("worn")
    log("run", "worn", "-k", "log-5")
    check(check_log("worn")["size"] == 2, "not shown")
    trust(*usual())


@test
def a_login_cosigns_under_its_own_name_only():
    publish("named")
    note = checkpoint("named")["note"]
    cosigns_as("eye", "other.test")
    refused("cosigns as other.test", "witness", "named", code=DENIED,
            **home("eye"))
    cosigns_as("eye", WITNESS)
    check(checkpoint("named")["note"] == note, "cosigned")


@test
def stock_minisign_accepts_the_checkpoint():
    seen = checkpoint("order")
    write(place("body"), seen["body"])
    write(place("body.minisig"), seen["minisig"])
    command = ["minisign", "-q", "-Vm", place("body"), "-P",
               key("scribe", "log")]
    subprocess.run(command, check=True, capture_output=True)
    write(place("body"), seen["body"].replace("\n1\n", "\n2\n"))
    done = subprocess.run(command, check=False, capture_output=True)
    check(done.returncode != 0, "minisign accepts another size")


def teardown():
    subprocess.run([CLUSTER, "stop", place("pg")], check=False,
                   capture_output=True)


setup()
run_all(teardown)
