"""RFC 6962 Merkle trees, straight from the definitions of section 2.1."""

import hashlib

from key import text64


def leaf_hash(leaf):
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def split(count):
    """The largest power of two smaller than count."""
    return 1 << (count - 1).bit_length() - 1


def root_of(hashes):
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    at = split(len(hashes))
    return node_hash(root_of(hashes[:at]), root_of(hashes[at:]))


def inclusion(index, hashes):
    """PATH(m, D[n])."""
    if len(hashes) == 1:
        return []
    at = split(len(hashes))
    if index < at:
        return inclusion(index, hashes[:at]) + [root_of(hashes[at:])]
    return inclusion(index - at, hashes[at:]) + [root_of(hashes[:at])]


def subproof(size, hashes, is_whole):
    if size == len(hashes):
        return [] if is_whole else [root_of(hashes)]
    at = split(len(hashes))
    if size <= at:
        return subproof(size, hashes[:at], is_whole) + [root_of(hashes[at:])]
    return subproof(size - at, hashes[at:], False) + [root_of(hashes[:at])]


def consistency(size, hashes):
    """PROOF(m, D[n])."""
    return subproof(size, hashes, True)


def proof_text(proof):
    return "".join(text64(each) + "\n" for each in proof).encode()
