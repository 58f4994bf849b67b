"""The log of a running instance's datasets, made and checked in Python.

Trees, tiles and notes come from the definitions (RFC 6962, C2SP), by the
provider of ../malicious, which shares no line with the programs.  A dataset that
is not logged yet gets its log here; one that is keeps its own."""

import base64
import io
import os
import subprocess
import sys
import tarfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../malicious"))
from key import Key, text64  # noqa: E402
from tree import (consistency, inclusion, leaf_hash, node_hash,  # noqa: E402
                  proof_text, root_of)
from trust import Trust  # noqa: E402

WIDTH = 256
ORIGIN = "test.sluice"
WITNESS = "witness.test"
root_key, log_key, witness_key = (Key(words) for words in (
    "root of the serve tests", "log of the serve tests",
    "witness of the serve tests"))


def quote(data):
    """Bytes as an SQL literal."""
    return "'\\x" + data.hex() + "'::bytea"


def tile_name(level, index, width):
    digits = "%03d" % (index % 1000)
    index //= 1000
    while index > 0:
        digits = "x%03d/%s" % (index % 1000, digits)
        index //= 1000
    return f"tile/{level}/{digits}" + (
        "" if width == WIDTH else f".p/{width}")


def tiles_of(hashes):
    """{name: bytes} of all tiles of a tree of this size."""
    out = {}
    level = 0
    while hashes:
        for at in range(0, len(hashes), WIDTH):
            part = hashes[at:at + WIDTH]
            out[tile_name(level, at // WIDTH, len(part))] = b"".join(part)
        hashes = [root_of(hashes[at:at + WIDTH]) for at in
                  range(0, len(hashes) // WIDTH * WIDTH, WIDTH)]
        level += 1
    return out


def entries_of(leaves):
    out = {}
    for at in range(0, len(leaves), WIDTH):
        part = leaves[at:at + WIDTH]
        out[tile_name("entries", at // WIDTH, len(part))] = b"".join(
            len(leaf).to_bytes(2, "big") + leaf for leaf in part)
    return out


class Log:
    """One dataset's log, as it must be."""

    def __init__(self, box, name):
        self.box = box
        self.name = name
        rows = box.sql(
            "SELECT translate(encode(b.manifest, 'base64'), E'\\n', '') FROM "
            "sluice.batch b JOIN sluice.dataset d ON d.id = b.dataset WHERE "
            f"d.name = '{name}' AND b.visible_at IS NOT NULL ORDER BY b.seq")
        self.leaves = [base64.b64decode(row) for row in rows.split()]
        self.hashes = [leaf_hash(leaf) for leaf in self.leaves]
        self.size = len(self.leaves)
        self.root = root_of(self.hashes)
        found = box.sql("SELECT c.epoch FROM sluice.checkpoint c JOIN "
                        "sluice.dataset d ON d.id = c.dataset WHERE d.name = "
                        f"'{name}' ORDER BY c.epoch DESC LIMIT 1")
        self.epoch = int(found or 1)
        if not found:
            self.write(1)

    def body(self, epoch):
        return (f"{ORIGIN}/{self.name}/{epoch}\n{self.size}\n"
                f"{text64(self.root)}\n").encode()

    def folder(self, epoch):
        return os.path.join(self.box.env["SLUICE_OBJECTS"], self.name, "log",
                            str(epoch))

    def write(self, epoch):
        """Tiles and checkpoint of this epoch."""
        self.epoch = epoch
        for size in range(1, self.size + 1):
            for name, data in (tiles_of(self.hashes[:size]) |
                               entries_of(self.leaves[:size])).items():
                path = os.path.join(self.folder(epoch), name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as file:
                    file.write(data)
        body = self.body(epoch)
        note = body + b"\n" + log_key.note_line(
            body.split(b"\n")[0].decode(), body)
        self.box.sql(
            "SELECT sluice.publication_log(p.id, %d, %d, %s, "
            "convert_from(%s, 'UTF8'), convert_from(%s, 'UTF8')) FROM "
            "sluice.publication p JOIN sluice.dataset d ON d.id = p.dataset "
            "WHERE d.name = '%s' AND p.seq = %d AND p.state <> 'abandoned'" % (
                epoch, self.size, quote(self.root), quote(note),
                quote(log_key.minisig(body)), self.name, self.size))

    def cosign(self, when=None, key=witness_key, name=WITNESS):
        when = int(time.time() if when is None else when)
        body = self.checkpoint()[0]
        line = key.cosign(name, body, when)
        # The database takes no witness that its trust file does not have.
        return self.box.sql(
            "INSERT INTO sluice.cosignature (dataset, epoch, size, witness, "
            f"time, line) SELECT d.id, {self.epoch}, {self.size}, '{name}', "
            f"to_timestamp({when}), convert_from({quote(line)}, 'UTF8') "
            f"FROM sluice.dataset d WHERE d.name = '{self.name}' "
            "ON CONFLICT (dataset, epoch, size, witness, key_hash) DO UPDATE "
            "SET time = EXCLUDED.time, line = EXCLUDED.line; "
            "SELECT sluice.event_add('freshness', d.id, NULL, "
            f"jsonb_build_object('dataset', d.name, 'size', {self.size}, "
            f"'time', sluice.words(to_timestamp({when})))) "
            f"FROM sluice.dataset d WHERE d.name = '{self.name}'")

    def checkpoint(self):
        """(body, log's note, minisign file) as they are kept."""
        row = self.box.sql(
            "SELECT encode(convert_to(c.body, 'UTF8'), 'hex'), "
            "encode(convert_to(c.note, 'UTF8'), 'hex'), "
            "encode(convert_to(c.minisig, 'UTF8'), 'hex') "
            "FROM sluice.checkpoint c JOIN sluice.dataset d "
            f"ON d.id = c.dataset WHERE d.name = '{self.name}' AND "
            f"c.epoch = {self.epoch} AND c.size = {self.size}")
        return tuple(bytes.fromhex(word) for word in row.split("|"))

    def inclusion(self, index):
        return inclusion(index, self.hashes)

    def consistency(self, size):
        return consistency(size, self.hashes)


def trust_versions(box):
    """[(version, text, {key id: minisign file})] that are installed."""
    return [(int(version), bytes.fromhex(text), dict(
        (name, bytes.fromhex(data)) for name, data in (
            word.split("=") for word in signatures.split(","))))
        for version, text, signatures in (
            row.split("|") for row in box.sql(
                "SELECT t.version, encode(t.text, 'hex'), string_agg("
                "s.key_id || '=' || encode(convert_to(s.minisig, 'UTF8'), "
                "'hex'), ',' ORDER BY s.key_id) FROM sluice.trust t JOIN "
                "sluice.trust_signature s ON s.version = t.version "
                "GROUP BY t.version ORDER BY t.version").split())]


def install_trust(box, change=lambda trust: trust):
    """One more version, for the server to tell of; its own check is the
    client's."""
    version = int(box.sql("SELECT COALESCE(max(version), 0) + 1 "
                          "FROM sluice.trust"))
    now = int(time.time())
    trust = change(Trust(version, [root_key], origin=ORIGIN, issued=now,
                         expires=now + 86400).log(log_key).witness(
                             witness_key, WITNESS))
    text = trust.text()
    box.sql("SELECT sluice.trust_install(%d, %s, jsonb_build_object('%s', "
            "convert_from(%s, 'UTF8')), 'test')" % (
                version, quote(text), root_key.name,
                quote(root_key.minisig(text))))


def members(body):
    """{path: bytes} of a head, in order; frames end before the end record."""
    data = subprocess.run(["zstd", "-dcq"], input=body, check=True,
                          capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {entry.name: archive.extractfile(entry).read()
                for entry in archive if entry.isfile()}


__all__ = ["Log", "install_trust", "leaf_hash", "log_key", "members",
           "node_hash", "proof_text", "tile_name", "tiles_of", "entries_of",
           "trust_versions", "witness_key", "text64", "root_of", "WITNESS"]
