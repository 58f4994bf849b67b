"""Attacks on trust: the chain of trust files, and keys that count no more."""

from batch import zulu
from key import Key
from log_plays import CHECKPOINT
from play import DATASET, DAY, HOUR, OTHER, edit, evil, now, play, replace
from trust import Trust


def rename(bad, old, new):
    """Call members that begin with `old` otherwise."""
    def members(all_members, _):
        return [(path.replace(old, new), content)
                for path, content in all_members]
    bad.change = members
    return bad


# -- which version --

@play("rollback of the trust file", "trust_rollback")
def an_old_version_comes_again(good):
    good.trust(issued=now())
    bad = evil(good)
    bad.trust_members = lambda ask: [
        *good.chain[0].members(), *good.chain[1].members(),
        *good.chain[0].members()]
    return bad


@play("rollback of the trust file", "trust_rollback", is_second_mirror=True)
def a_new_mirror_is_shown_an_old_version(good):
    good.trust(issued=now())
    bad = evil(good)
    bad.chain.pop()
    return bad


@play("rollback of the trust file", "trust_rollback")
def a_version_that_was_issued_before_the_one_before(good):
    bad = evil(good)
    bad.trust(issued=good.chain[0].issued - 1)
    return bad


@play("gap in the trust files", "trust_gap")
def version_3_after_version_1(good):
    bad = evil(good)
    bad.trust(issued=now())
    bad.trust(issued=now())
    del bad.chain[1]
    return bad


@play("gap in the trust files", "trust_gap", is_first=True)
def a_chain_that_begins_at_2(good):
    bad = evil(good)
    bad.trust(issued=now())
    del bad.chain[0]
    return bad


@play("another trust file of the same version", "trust_mismatch")
def version_1_with_other_bytes(good):
    bad = evil(good)
    other = Trust(1, good.roots, threshold=2, origin=good.chain[0].origin,
                  issued=now(), expires=now() + DAY)
    other.lines = list(good.chain[0].lines)
    bad.trust_members = lambda ask: other.members()
    return bad


@play("another trust file of the same version", "trust_mismatch",
      is_second_mirror=True)
def a_new_mirror_is_shown_another_version_2(good):
    good.trust(issued=now())
    bad = evil(good)
    bad.chain.pop()
    bad.trust(issued=now() - HOUR)
    return bad


@play("another trust file of the same version", "trust_mismatch",
      is_first=True)
def other_root_keys_than_pinned(good):
    bad = evil(good)
    bad.roots = [Key("mallory 1"), Key("mallory 2"), Key("mallory 3")]
    bad.chain[0].roots = bad.roots
    return bad


@play("another trust file of the same version", "trust_mismatch",
      is_first=True)
def a_lower_threshold_than_pinned(good):
    bad = evil(good)
    bad.chain[0].threshold = 1
    return bad


@play("the folder says another version", "trust_gap")
def the_text_is_of_version_3_in_the_folder_of_2(good):
    bad = evil(good)
    bad.trust(issued=now())
    bad.trust(issued=now())
    del bad.chain[1]
    return rename(bad, ".sluice/trust/000003/", ".sluice/trust/000002/")


# -- who signed it --

def signed(name, code, make):
    """A version 2 that is signed by what `make` says."""
    def function(good):
        bad = evil(good)
        make(bad)
        return bad
    function.__name__ = name
    play("trust file below its threshold", code)(function)


signed("signed_by_one_of_two", "trust_threshold",
       lambda bad: bad.trust(issued=now(), signers=bad.roots[:1]))
signed("signed_by_nobody", "trust_threshold",
       lambda bad: bad.trust(issued=now(), signers=[]))
signed("signed_by_strangers", "trust_threshold",
       lambda bad: bad.trust(issued=now(), signers=[Key("m1"), Key("m2")]))
signed("signed_by_publisher_and_log", "trust_threshold",
       lambda bad: bad.trust(issued=now(),
                             signers=[bad.publisher, bad.logger]))


def new_roots(bad, signers):
    fresh = [Key("new root 1"), Key("new root 2")]
    bad.trust(issued=now(), roots=fresh, signers=signers(bad.roots, fresh))


signed("new_roots_signed_by_the_new_ones_only", "trust_threshold",
       lambda bad: new_roots(bad, lambda old, new: new))
signed("new_roots_signed_by_the_old_ones_only", "trust_threshold",
       lambda bad: new_roots(bad, lambda old, new: old[:2]))
signed("new_roots_signed_by_one_of_each", "trust_threshold",
       lambda bad: new_roots(bad, lambda old, new: [old[0], new[0]]))


@play("one key counted twice", "bad_signature")
def one_key_signs_under_two_names(good):
    bad = evil(good)
    trust = bad.trust(issued=now(), signers=bad.roots[:1])
    twin = Key(bad.roots[0].words, key_id=bad.roots[1].id)
    trust.signers = [bad.roots[0], twin]
    return bad


@play("one key counted twice", "head_invalid")
def one_signature_comes_twice(good):
    bad = evil(good)
    bad.trust(issued=now(), signers=[bad.roots[0], bad.roots[0]])
    return bad


@play("one key counted twice", "trust_threshold")
def one_signature_in_two_files(good):
    bad = evil(good)
    trust = bad.trust(issued=now(), signers=bad.roots[:1])
    (name, text), (first, signature) = trust.members()
    second = first.replace(bad.roots[0].name, bad.roots[1].name)
    bad.trust_members = lambda ask: [(name, text)] + sorted(
        [(first, signature), (second, signature)])
    return bad


@play("trust file changed after it was signed", "bad_signature")
def a_key_was_added_later(good):
    bad = evil(good)
    trust = bad.trust(issued=now())
    path, text = next(iter(trust.members()))
    signatures = list(trust.members())[1:]
    trust.publisher(Key("mallory"))
    bad.trust_members = lambda ask: [(path, trust.text()), *signatures]
    return bad


@play("root key that was revoked", "trust_threshold")
def a_revoked_root_key_still_signs(good):
    """Version 2 revokes a root key; version 3 is signed with it."""
    gone, second, third = good.roots
    good.trust(issued=now(), roots=[second, third], threshold=2).add(
        f"revoked {gone.text} {zulu(now())} key_compromised")
    good.chain[-1].signers = [gone, second, third]
    # Two of version 1 must sign, and the revoked one does not count.
    good.chain[-1].signers = [second, third]
    bad = evil(good)
    bad.trust(issued=now(), signers=[gone, second])
    return bad


# -- how long it counts --

@play("expired trust file", "trust_expired", is_first=True)
def version_1_has_expired(good):
    good.chain[0].expires = now() - HOUR
    bad = evil(good)
    good.trust(issued=now(), expires=now() + DAY)
    return bad


@play("expired trust file", "trust_expired")
def the_newest_version_has_expired(good):
    good.trust(issued=good.chain[0].issued, expires=now() - HOUR)
    bad = evil(good)
    good.trust(issued=now(), expires=now() + DAY)
    return bad


# -- malformed --

def bad_text(name, change):
    def function(good):
        bad = evil(good)
        trust = bad.trust(issued=now())
        text = change(trust.text())
        trust.text = lambda: text
        return bad
    function.__name__ = name
    play("malformed trust file", "bad_trust")(function)


bad_text("an_unknown_line", lambda text: text + b"zombie yes\n")
bad_text("lines_out_of_order", lambda text: b"".join(
    text.splitlines(True)[:6] + text.splitlines(True)[6:][::-1]))
bad_text("a_line_twice", lambda text: text + text.splitlines(True)[-1])
bad_text("no_last_newline", lambda text: text[:-1])
bad_text("a_threshold_of_zero", lambda text: text.replace(
    b"root=2", b"root=0"))
bad_text("a_threshold_out_of_reach", lambda text: text.replace(
    b"root=2", b"root=9"))
bad_text("another_magic_line", lambda text: text.replace(b"/v1", b"/v2", 1))


# -- keys of publishers --

def by(bad, key):
    bad.signers[DATASET, 3] = key
    return bad


@play("revoked publisher key", "revoked_key")
def batch_3_by_a_revoked_key(good):
    """Root vouches for what was there before, and names a new key."""
    log = good.logs[DATASET]
    good.trust(issued=now()).revoke(good.publisher, now()).publisher(
        Key("publisher 2")).vouch(DATASET, 1, 2, log.root(2))
    bad = by(evil(good), good.publisher)
    by(good, Key("publisher 2"))
    return bad


@play("revoked publisher key", "revoked_key", is_first=True)
def old_batches_by_a_revoked_key_without_a_vouch(good):
    good.trust(issued=now()).revoke(good.publisher, now()).publisher(
        Key("publisher 2"))
    bad = evil(good)
    good.trust().vouch(DATASET, 1, 3, good.logs[DATASET].root())
    return bad


@play("retired publisher key", "retired_key")
def published_after_the_key_retired(good):
    old = good.batches[DATASET][1].published
    good.trust(issued=now()).drop(f"publisher {good.publisher.text}") \
        .publisher(good.publisher, until=old).publisher(Key("publisher 2"))
    late = good.batches[DATASET].pop()
    good.logs[DATASET].leaves.pop()
    good.publish(DATASET, published=late.published + 10)
    bad = evil(good)
    by(good, Key("publisher 2"))
    return bad


@play("publisher of another dataset", "key_out_of_scope")
def a_key_for_another_dataset_signs_this_one(good):
    good.trust(issued=now()).publisher(Key("ur5e publisher"), OTHER)
    return by(evil(good), Key("ur5e publisher"))


@play("unknown publisher", "unknown_key")
def a_key_that_no_trust_file_names(good):
    return by(evil(good), Key("mallory"))


@play("unknown publisher", "unknown_key")
def the_log_key_signs_a_batch(good):
    return by(evil(good), good.logger)


@play("unknown publisher", "unknown_key")
def a_root_key_signs_a_batch(good):
    return by(evil(good), good.roots[0])


@play("unknown publisher", "bad_signature")
def another_key_with_the_publishers_id(good):
    return by(evil(good), Key("mallory", key_id=good.publisher.id))


# -- keys of logs and witnesses --

def replaced(good, role):
    """Version 2 revokes the key of the log or the witness and names a new
    one; the honest provider uses it."""
    old = getattr(good, role)
    fresh = Key(f"new {role}")
    trust = good.trust(issued=now()).revoke(old, now())
    if role == "logger":
        trust.log(fresh)
    else:
        trust.witness(fresh, "witness.example.org")
    bad = evil(good)
    setattr(good, role, fresh)
    return bad


@play("revoked log key", "revoked_key")
def a_checkpoint_by_a_revoked_log_key(good):
    return replaced(good, "logger")


@play("revoked witness key", "unwitnessed")
def freshness_by_a_revoked_witness_key(good):
    return replaced(good, "witness")


@play("revoked log key", "revoked_key")
def the_revocation_itself_is_under_a_checkpoint_of_that_key(good):
    """Only the checkpoint is old; the trust file is honest."""
    bad = evil(good)
    note = good.checkpoint(DATASET)
    fresh = Key("new log")
    for side in (good, bad):
        side.trust(issued=now()).revoke(good.logger, now()).log(fresh)
    good.logger = fresh
    return edit(bad, CHECKPOINT, lambda _: note)


@play("epoch statement that is not of this log", "epoch_unproven")
def root_is_quoted_with_another_root_hash(good):
    """Even root's own statement must fit what the customer holds."""
    log = good.logs[DATASET]
    good.trust(issued=now()).epoch(DATASET, 2, 2, b"\1" * 32)
    log.epoch = 2
    bad = evil(good)
    good.trust().epoch(DATASET, 3, 3, log.root())
    log.epoch = 3
    return bad
