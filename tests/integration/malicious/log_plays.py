"""Attacks on the log: its checkpoints, proofs and witnesses."""

import os
import struct

import tree
from key import COSIGNATURE, Key, text64
from play import DATASET, DAY, HOUR, MINUTE, OTHER, edit, evil, now, play, \
    replace
from provider import ORIGIN, WITNESS

CHECKPOINT = ".sluice/checkpoint"
CONSISTENCY = ".sluice/consistency"
INCLUSION = ".sluice/inclusion"
NAME = f"{ORIGIN}/{DATASET}/1"


def cut_back(bad, count):
    """The dataset as it was at `count` batches."""
    del bad.batches[DATASET][count:]
    del bad.logs[DATASET].leaves[count:]
    return bad


def rewrite(bad, count):
    """Other batches from 2 on, all signed by the real keys."""
    cut_back(bad, 1)
    while len(bad.batches[DATASET]) < count:
        bad.publish(DATASET, salt="b")
    return bad


def with_body(good, **values):
    """Another checkpoint body, signed by log and witness."""
    body = good.logs[DATASET].body(**values)
    return replace(evil(good), CHECKPOINT, good.note(body))


# -- rollback --

@play("rollback of the log", "rollback", evidence="1")
def the_log_shrinks_to_1(good):
    return cut_back(evil(good), 1)


@play("rollback of the log", "rollback")
def the_log_is_empty(good):
    bad = cut_back(evil(good), 0)
    return bad


@play("rollback of the log", "rollback")
def an_old_checkpoint_comes_with_new_batches(good):
    bad = evil(good)
    old = good.note(good.logs[DATASET].body(size=1))
    replace(bad, CHECKPOINT, old)
    edit(bad, CONSISTENCY, lambda _: None)
    return bad


@play("rollback of the log", "rollback")
def the_grant_says_that_batch_1_is_the_newest(good):
    bad = evil(good)
    bad.seq[DATASET] = 1
    return bad


# -- fork --

@play("fork: equal size, another root", "fork", evidence="fork-1")
def another_batch_2(good):
    return rewrite(evil(good), 2)


@play("fork: equal size, another root", "fork", evidence="fork-1")
def another_root_of_the_same_batches(good):
    return cut_back(with_body(good, size=2, root=os.urandom(32)), 2)


@play("fork: not a continuation", "fork", evidence="fork-1")
def three_batches_of_another_history(good):
    return rewrite(evil(good), 3)


@play("fork: not a continuation", "fork", evidence="fork-1")
def a_root_that_the_proof_does_not_give(good):
    return with_body(good, root=os.urandom(32))


@play("fork: not a continuation", "fork", evidence="fork-1")
def a_proof_of_garbage(good):
    return replace(evil(good), CONSISTENCY,
                   tree.proof_text([os.urandom(32)]))


@play("fork: not a continuation", "fork", evidence="fork-1")
def a_proof_with_one_hash_too_many(good):
    return edit(evil(good), CONSISTENCY, lambda text: text
                + tree.proof_text([bytes(32)]))


@play("fork: not a continuation", "fork", evidence="fork-1")
def a_proof_of_nothing(good):
    return replace(evil(good), CONSISTENCY, b"")


@play("fork: not a continuation", "fork", evidence="fork-1")
def no_proof(good):
    return replace(evil(good), CONSISTENCY, None)


@play("fork: not a continuation", "fork", evidence="fork-1")
def a_proof_from_another_size(good):
    hashes = good.logs[DATASET].hashes()
    return replace(evil(good), CONSISTENCY, tree.proof_text(
        tree.consistency(1, hashes)))


# -- freeze --

@play("freeze: old freshness", "freeze", evidence="25 h")
def the_witness_was_here_25_hours_ago(good):
    bad = evil(good)
    bad.stamp = now() - 25 * HOUR
    return bad


@play("freeze: old freshness", "freeze")
def the_witness_was_here_a_year_ago(good):
    bad = cut_back(evil(good), 2)
    bad.stamp = now() - 365 * DAY
    return bad


@play("freeze: old freshness", "freeze", is_first=True)
def stale_at_the_first_contact(good):
    bad = evil(good)
    bad.stamp = now() - 25 * HOUR
    return bad


@play("freeze: old freshness", "freeze", words=("--max-age", "1h"))
def older_than_the_customer_wants_it(good):
    bad = evil(good)
    bad.stamp = now() - 2 * HOUR
    return bad


@play("time of the future", "future")
def a_witness_11_minutes_ahead(good):
    bad = evil(good)
    bad.stamp = now() + 11 * MINUTE
    return bad


@play("time of the future", "future")
def a_witness_of_the_year_9999(good):
    bad = evil(good)
    bad.stamp = 253370764800
    return bad


@play("time of the future", "bad_checkpoint")
def a_witness_at_the_end_of_time(good):
    bad = evil(good)
    bad.stamp = (1 << 64) - 1
    return bad


# -- witnesses --

def with_lines(good, *lines):
    """The log's line, then these instead of the witness's."""
    body = good.logs[DATASET].body()
    return replace(evil(good), CHECKPOINT, body + b"\n"
                   + good.logger.note_line(NAME, body)
                   + b"".join(line(body) for line in lines))


@play("missing witnesses", "unwitnessed")
def no_witness_line(good):
    return with_lines(good)


@play("missing witnesses", "unwitnessed")
def a_line_of_an_unknown_witness(good):
    return with_lines(good, lambda body: Key("mallory").cosign(
        "mallory.example.org", body, now()))


@play("missing witnesses", "unwitnessed")
def another_key_with_the_name_of_the_witness(good):
    return with_lines(good, lambda body: Key("mallory").cosign(
        WITNESS, body, now()))


@play("missing witnesses", "unwitnessed")
def the_key_of_the_witness_with_another_name(good):
    return with_lines(good, lambda body: good.witness.cosign(
        "mallory.example.org", body, now()))


@play("missing witnesses", "unwitnessed")
def the_log_witnesses_itself(good):
    return with_lines(good, lambda body: good.logger.cosign(
        WITNESS, body, now()))


@play("missing witnesses", "unwitnessed")
def the_witness_signed_without_a_time(good):
    return with_lines(good, lambda body: good.witness.note_line(
        WITNESS, body))


@play("missing witnesses", "unwitnessed")
def two_are_needed_and_one_signed_twice(good):
    second = Key("witness 2"), "second.example.org"
    good.trust(witnesses=2, issued=now()).witness(*second)
    bad = evil(good)
    good.more_witnesses.append(second)
    body = good.logs[DATASET].body()
    lines = good.logger.note_line(NAME, body)
    for stamp in (now() - 5, now()):
        lines += good.witness.cosign(WITNESS, body, stamp)
    return replace(bad, CHECKPOINT, body + b"\n" + lines)


@play("missing witnesses", "unwitnessed")
def two_are_needed_and_one_signed_with_two_keys(good):
    """The name is the witness; it is about to change its key."""
    second = Key("witness 2"), "second.example.org"
    new_key = Key("new witness"), WITNESS
    good.trust(witnesses=2, issued=now()).witness(*second).witness(*new_key)
    bad = evil(good)
    bad.more_witnesses.append(new_key)
    good.more_witnesses.append(second)
    return bad


@play("missing witnesses", "unwitnessed")
def two_are_needed_and_one_key_signed_under_two_names(good):
    second, third = "second.example.org", "third.example.org"
    fresh = Key("witness 3")
    good.trust(witnesses=2, issued=now()).witness(
        Key(good.witness.words, key_id=b"other id"), second).witness(
        fresh, third)
    bad = evil(good)
    bad.more_witnesses.append((good.witness, second))
    good.more_witnesses.append((fresh, third))
    return bad


@play("forged freshness", "bad_signature")
def a_later_time_on_an_old_line(good):
    def line(body):
        stamp = now() - 30 * HOUR
        message = b"cosignature/v1\ntime %d\n" % stamp + body
        packed = good.witness.hash(WITNESS, COSIGNATURE) + struct.pack(
            ">Q", now()) + good.witness.sign(message)
        return f"\u2014 {WITNESS} {text64(packed)}\n".encode()
    return with_lines(good, line)


@play("forged freshness", "bad_signature")
def the_line_of_an_older_checkpoint(good):
    return with_lines(good, lambda body: good.witness.cosign(
        WITNESS, good.logs[DATASET].body(size=2), now()))


# -- who signs checkpoints, and for which log --

def signed_by(good, key, name=None):
    body = good.logs[DATASET].body()
    return replace(evil(good), CHECKPOINT, good.note(body, key, name))


@play("checkpoint without the log's signature", "checkpoint_unsigned")
def a_checkpoint_by_another_key(good):
    return signed_by(good, Key("mallory"))


@play("checkpoint without the log's signature", "checkpoint_unsigned")
def a_checkpoint_by_the_publisher(good):
    return signed_by(good, good.publisher)


@play("checkpoint without the log's signature", "checkpoint_unsigned")
def a_checkpoint_under_another_name(good):
    return signed_by(good, good.logger, f"{ORIGIN}/{OTHER}/1")


@play("checkpoint without the log's signature", "checkpoint_unsigned")
def only_the_witness_signed(good):
    body = good.logs[DATASET].body()
    return replace(evil(good), CHECKPOINT, body + b"\n"
                   + good.witness.cosign(WITNESS, body, now()))


@play("checkpoint changed after it was signed", "bad_signature")
def a_greater_size_under_old_signatures(good):
    old = good.logs[DATASET].body(size=2)
    new = good.logs[DATASET].body()
    return replace(evil(good), CHECKPOINT, good.note(old).replace(old, new))


@play("checkpoint of another log", "wrong_log")
def the_checkpoint_of_another_dataset(good):
    return replace(evil(good), CHECKPOINT, good.checkpoint(OTHER))


@play("checkpoint of another log", "wrong_log")
def the_checkpoint_of_another_service(good):
    return with_body(good, name=f"other.sluice/{DATASET}/1")


@play("new epoch without root", "epoch_unproven")
def epoch_2_without_a_statement(good):
    return with_body(good, name=f"{ORIGIN}/{DATASET}/2")


@play("new epoch without root", "epoch_unproven")
def epoch_3_where_root_stated_epoch_2(good):
    log = good.logs[DATASET]
    good.trust(issued=now()).epoch(DATASET, 2, 3, log.root())
    bad = with_body(good, name=f"{ORIGIN}/{DATASET}/3")
    log.epoch = 2
    return bad


def bad_note(name, change):
    def function(good):
        return edit(evil(good), CHECKPOINT, change)
    function.__name__ = name
    play("malformed checkpoint", "bad_checkpoint")(function)


bad_note("a_zero_before_the_size",
         lambda note: note.replace(b"\n3\n", b"\n03\n", 1))
bad_note("a_sign_before_the_size",
         lambda note: note.replace(b"\n3\n", b"\n+3\n", 1))
bad_note("a_size_beyond_64_bits",
         lambda note: note.replace(b"\n3\n", b"\n18446744073709551619\n", 1))
bad_note("a_fourth_line", lambda note: note.replace(b"=\n", b"=\nmore\n", 1))
bad_note("lines_that_end_as_on_windows",
         lambda note: note.replace(b"\n", b"\r\n"))
bad_note("no_empty_line", lambda note: note.replace(b"\n\n", b"\n", 1))
bad_note("nothing_after_the_body", lambda note: note.split(b"\n\n")[0] + b"\n")
bad_note("a_byte_of_zero", lambda note: note + b"\0")
bad_note("no_text_at_all", lambda note: b"")


@play("malformed checkpoint", "head_invalid")
def a_head_without_a_checkpoint(good):
    return replace(evil(good), CHECKPOINT, None)


# -- is the batch in the log? --

@play("batch that is not in the log", "not_in_log")
def another_batch_3_than_the_logged_one(good):
    bad = evil(good)
    del bad.batches[DATASET][2:]
    leaves = list(bad.logs[DATASET].leaves)
    bad.publish(DATASET, salt="b")
    bad.logs[DATASET].leaves = leaves
    return bad


@play("batch that is not in the log", "not_in_log")
def a_batch_that_was_never_logged(good):
    bad = evil(good)
    bad.logs[DATASET].leaves.pop()
    return bad


@play("batch that is not in the log", "not_in_log")
def no_proof_of_inclusion(good):
    return replace(evil(good), INCLUSION, None)


@play("batch that is not in the log", "not_in_log")
def a_proof_of_another_batch(good):
    return replace(evil(good), INCLUSION, good.logs[DATASET].inclusion(0))


@play("batch that is not in the log", "not_in_log")
def a_proof_against_another_size(good):
    return replace(evil(good), INCLUSION,
                   good.logs[DATASET].inclusion(1, size=2))


@play("batch that is not in the log", "not_in_log")
def a_proof_of_hashes_made_up(good):
    return replace(evil(good), INCLUSION, b"2 3\n" + tree.proof_text(
        [os.urandom(32)]))


@play("batch that is not in the log", "not_in_log")
def a_proof_of_a_batch_that_never_comes(good):
    """What came is signed, and no proof speaks of it."""
    bad = another_batch_3_than_the_logged_one(good)
    return replace(bad, INCLUSION, b"9 10\n")


@play("batch that is not in the log", "not_in_log", is_first=True)
def a_first_history_and_a_proof_of_a_batch_that_never_comes(good):
    bad = a_history_that_is_not_the_logs(good)
    return replace(bad, INCLUSION, b"9 10\n")


@play("batch that is not in the log", "not_in_log", is_first=True)
def a_history_that_is_not_the_logs(good):
    """A first contact: the leaves before the last differ."""
    bad = evil(good)
    leaves = list(bad.logs[DATASET].leaves)
    rewrite(bad, 3)
    bad.logs[DATASET].leaves = leaves
    return bad
