"""Attacks on batches: other people's, kept back, and without end."""

import archive
from key import Key
from log_plays import CHECKPOINT, CONSISTENCY, INCLUSION
from play import DATASET, DAY, OTHER, edit, evil, now, play, replace
from batch import zulu

THREE = ".sluice/batches/000003/"
ENDLESS = 1 << 40


# -- mix-and-match --

def with_batch(bad, members):
    """Other members where batch 3 belongs."""
    def change(all_members, _):
        out = []
        for path, content in all_members:
            if path.startswith(THREE):
                if path == THREE + "manifest":
                    out += [(THREE + name.rpartition("/")[2], data)
                            for name, data in members]
            else:
                out.append((path, content))
        return out
    bad.change = change
    return bad


@play("mix-and-match", "wrong_batch")
def batch_3_of_another_dataset(good):
    return with_batch(evil(good), list(
        good.batches[OTHER][2].members(good.publisher)))


@play("mix-and-match", "wrong_batch")
def batch_2_again_as_batch_3(good):
    return with_batch(evil(good), list(
        good.batches[DATASET][1].members(good.publisher)))


@play("mix-and-match", "wrong_dataset")
def the_grant_of_another_dataset(good):
    return replace(evil(good), ".sluice/grant.json", good.grant(OTHER))


@play("mix-and-match", "wrong_log")
def the_whole_head_of_another_dataset(good):
    bad = evil(good)
    bad.batches[DATASET] = bad.batches[OTHER]
    bad.logs[DATASET] = bad.logs[OTHER]
    return bad


def swapped(name, of, code):
    def function(good):
        source = good.batches[of[0]][of[1] - 1]
        return replace(evil(good), THREE + name, source.objects[name])
    function.__name__ = f"{name.replace('.', '_')}_of_{of[0]}_batch_{of[1]}"
    play("mix-and-match of objects", code)(function)


# That one has another length than the manifest says.
swapped("index.json", (OTHER, 3), "head_invalid")
swapped("index.json", (DATASET, 2), "object_hash")
swapped("files.sha256", (OTHER, 3), "object_hash")
swapped("files.sha256", (DATASET, 2), "object_hash")


@play("mix-and-match of objects", "object_hash")
def one_byte_of_the_quality_report_differs(good):
    return edit(evil(good), THREE + "quality.json",
                lambda text: text.replace(b"1", b"2"))


@play("mix-and-match of objects", "chunk_damaged")
def chunks_of_another_dataset(good):
    bad = evil(good)
    mine, theirs = bad.batches[DATASET][2], bad.batches[OTHER][2]
    mine.chunks = [theirs.chunks[at][:len(chunk)].ljust(len(chunk), b"\0")
                   for at, chunk in enumerate(mine.chunks)]
    return bad


# -- withholding --

def publish_4(good):
    good.publish(DATASET)
    return evil(good)


@play("withheld batch", "withheld", evidence="3|4")
def the_log_has_a_batch_that_nobody_announced(good):
    bad = publish_4(good)
    bad.seq[DATASET] = 3
    return bad


@play("withheld batch", "withheld")
def nothing_new_but_the_log_grew(good):
    bad = evil(good)
    bad.seq[DATASET] = 2
    return bad


@play("withheld batch", "withheld")
def the_release_was_due_yesterday(good):
    bad = publish_4(good)
    bad.seq[DATASET] = 3
    bad.release = {"seq": 4, "at": zulu(now() - DAY)}
    return bad


@play("withheld batch", "withheld")
def the_release_announced_is_not_the_next(good):
    bad = publish_4(good)
    bad.seq[DATASET] = 3
    bad.release = {"seq": 5, "at": zulu(now() + DAY)}
    return bad


@play("withheld batch", "withheld", evidence="two years")
def the_release_is_announced_for_in_three_years(good):
    bad = publish_4(good)
    bad.seq[DATASET] = 3
    bad.release = {"seq": 4, "at": zulu(now() + 3 * 365 * DAY)}
    return bad


@play("withheld batch", "withheld", evidence="two years")
def the_release_is_announced_for_the_end_of_time(good):
    bad = publish_4(good)
    bad.seq[DATASET] = 3
    bad.release = {"seq": 4, "at": "9999-12-31T23:59:59Z"}
    return bad


def without(bad, prefix):
    def change(members, _):
        return [each for each in members if not each[0].startswith(prefix)]
    bad.change = change
    return bad


@play("withheld batch", "withheld")
def batch_3_is_granted_but_not_sent(good):
    return without(evil(good), THREE)


@play("withheld batch", "withheld")
def batch_3_is_skipped(good):
    return without(publish_4(good), THREE)


def refused(status, code):
    def function(good):
        bad = evil(good)
        bad.refusal = (status, code)
        return bad
    function.__name__ = f"the_fetch_is_answered_{status}_{code}"
    play("withheld batch: the fetch is refused", "withheld")(function)


refused(404, "not_found")
refused(410, "erased")
refused(403, "batch_not_released")


# -- without end --

def claim(name, size):
    """A member that says it has `size` bytes, and comes without end."""
    def stream(bad, ask):
        mtime = now()
        begin = b""
        for path, content in bad.members(ask):
            if path == name:
                break
            begin += archive.member(path, content, mtime)
        else:
            assert name.endswith("/trust"), name
        yield archive.frames(begin + archive.header(name, size, mtime))
        more = archive.frame(b"A" * (1 << 20))
        while True:
            yield more
    return stream


def endless(name, path, size, **options):
    def function(good):
        bad = evil(good)
        bad.stream = lambda ask: claim(path, size)(good, ask)
        return bad
    function.__name__ = name
    play("endless data", "endless", **options)(function)


LONG = 8 ** 11 - 1  # what a tar header can say
endless("a_grant_without_end", ".sluice/grant.json", LONG)
endless("a_checkpoint_without_end", CHECKPOINT, LONG)
endless("a_checkpoint_one_byte_too_long", CHECKPOINT, 8193)
endless("a_proof_without_end", CONSISTENCY, LONG)
endless("a_proof_one_line_too_long", CONSISTENCY, 65 * 45)
endless("an_inclusion_without_end", INCLUSION, LONG)
endless("a_manifest_without_end", THREE + "manifest", LONG)
endless("a_signature_without_end", THREE + "manifest.minisig", LONG)
endless("an_index_longer_than_signed", THREE + "index.json", LONG)
endless("files_longer_than_signed", THREE + "files.sha256", LONG)
endless("a_report_longer_than_signed", THREE + "quality.json", LONG)


@play("endless data", "endless")
def a_trust_file_without_end(good):
    bad = evil(good)
    good_chain = evil(good)
    good_chain.trust(issued=now())
    bad.stream = lambda ask: claim(
        ".sluice/trust/000002/trust", LONG)(good_chain, ask)
    return bad


def pieces(good, start, more):
    """A head up to and with `start`, then members without end."""
    def stream(ask):
        mtime = now()
        begin = b""
        for path, content in good.members(ask):
            begin += archive.member(path, content, mtime)
            if path == start:
                break
        yield archive.frames(begin)
        for path, content in more(ask):
            yield archive.frames(archive.member(path, content, mtime))
    return stream


@play("endless data", "endless")
def trust_files_without_end(good):
    bad = evil(good)

    def more(_):
        trust = good.chain[-1]
        while True:
            trust = trust.next(issued=now())
            yield from trust.members()
    bad.stream = pieces(good, ".sluice/grant.json", more)
    return bad


@play("endless data", "endless")
def signatures_of_a_trust_file_without_end(good):
    bad = evil(good)

    def more(_):
        trust = good.chain[-1].next(issued=now())
        trust.signers = []
        yield from trust.members()
        number = 0
        while True:
            number += 1
            key = Key(f"mallory {number}", number.to_bytes(8, "little"))
            yield (f".sluice/trust/000002/{key.name}.minisig",
                   key.minisig(b"x"))
    bad.stream = pieces(good, ".sluice/grant.json", more)
    return bad


@play("endless data", "endless")
def batches_beyond_the_log_without_end(good):
    bad = evil(good)
    more_batches = evil(good)

    def more(_):
        while True:
            batch = more_batches.publish(DATASET)
            yield from batch.members(good.publisher)
    bad.stream = pieces(good, THREE + "quality.json", more)
    return bad


@play("endless data", "chunk_damaged")
def a_delivery_without_end(good):
    bad = evil(good)
    more = archive.frame(b"A" * (1 << 20))

    def fetch(dataset, body):
        def stream():
            while True:
                yield more
        return 200, "application/zstd", stream()
    bad.fetch = fetch
    return bad


@play("endless data", "delivery_invalid")
def more_chunks_than_were_asked_for(good):
    bad = evil(good)

    def fetch(dataset, body):
        status, kind, (data,) = good.fetch(dataset, body)

        def stream():
            yield b"".join(good.batches[DATASET][2].chunks)
            while True:
                yield data
        return status, kind, stream()
    bad.fetch = fetch
    return bad
