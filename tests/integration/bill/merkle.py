"""RFC 6962 in few lines, to hold against ours."""

import base64
import hashlib


def leaf(data):
    return hashlib.sha256(b"\0" + data).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root(hashes):
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return node(root(hashes[:half]), root(hashes[half:]))


def climb(index, size, value, proof):
    """The root that an inclusion proof leads to (RFC 9162, 2.1.3.2)."""
    last = size - 1
    for step in proof:
        if last == 0:
            return None
        if index % 2 == 1 or index == last:
            value = node(step, value)
            while index % 2 == 0 and index != 0:
                index //= 2
                last //= 2
        else:
            value = node(value, step)
        index //= 2
        last //= 2
    return value if last == 0 else None


def read_proof(text):
    """index, hashes, (name, size, root) of a C2SP tlog-proof."""
    head, _, rest = text.partition("\n\n")
    magic, index, *lines = head.split("\n")
    assert magic == "c2sp.org/tlog-proof@v1", magic
    word, number = index.split(" ")
    assert word == "index", index
    name, size, top = rest.split("\n")[:3]
    return (int(number), [base64.b64decode(line) for line in lines],
            (name, int(size), base64.b64decode(top)))
