"""A provider gone bad, with the keys of publisher, log and witness: heads that
are signed with them, and chunks that are not what they must be although the
signed index says so."""

import base64
import hashlib
import json
import os
import struct
import subprocess
import tempfile
import time

SKIPPABLE = struct.pack("<I", 0x184D2A5E)
# An Ed25519 private key in PKCS #8 (RFC 8410) but for its 32 bytes.
PKCS8 = bytes.fromhex("302e020100300506032b657004220420")
BLOCK = 512


def tool(*command, data=b""):
    return subprocess.run(command, input=data, capture_output=True,
                          check=True).stdout


def compress(data):
    """One zstd frame that states its content size and checksum."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return tool("zstd", "-q", "-c", "--check", file.name)


def decompress(data):
    return tool("zstd", "-q", "-d", "-c", data=data)


def blake2b(data):
    return hashlib.blake2b(data, digest_size=32).hexdigest()


class Key:
    """A secret key of the provider."""

    def __init__(self, box, name):
        path = os.path.join(
            box.env["SLUICE_PUBLISH_HOME"], "keys", name + ".key")
        with open(path) as file:
            raw = base64.b64decode(file.read().splitlines()[1])
        self.id = raw[2:10]
        self.seed = raw[10:42]
        self.public = raw[42:74]

    def sign(self, message):
        with tempfile.TemporaryDirectory() as folder:
            key = os.path.join(folder, "key.der")
            text = os.path.join(folder, "text")
            with open(key, "wb") as file:
                file.write(PKCS8 + self.seed)
            with open(text, "wb") as file:
                file.write(message)
            return tool("openssl", "pkeyutl", "-sign", "-rawin", "-keyform",
                        "DER", "-inkey", key, "-in", text)

    def minisig(self, message, comment):
        signature = self.sign(message)
        over = self.sign(signature + comment)
        return b"".join((
            b"untrusted comment: forged\n",
            base64.b64encode(b"Ed" + self.id + signature), b"\n",
            b"trusted comment: ", comment, b"\n",
            base64.b64encode(over), b"\n"))

    def note_line(self, name, kind, signed):
        """Of a signed note (C2SP signed-note); `signed` is what follows the
        key's hash."""
        key_hash = hashlib.sha256(
            name + b"\n" + bytes([kind]) + self.public).digest()[:4]
        return "\N{EM DASH} ".encode() + name + b" " + \
            base64.b64encode(key_hash + signed) + b"\n"


def read_tar(data):
    """(header, content) of each member."""
    at = 0
    while at + BLOCK <= len(data) and data[at] != 0:
        header = data[at:at + BLOCK]
        size = int(header[124:135], 8)
        yield header, data[at + BLOCK:at + BLOCK + size]
        at += BLOCK + -(-size // BLOCK) * BLOCK


def summed(header):
    """The header with its checksum put right."""
    blank = header[:148] + b" " * 8 + header[156:]
    return blank[:148] + b"%06o\0 " % sum(blank) + blank[156:]


def member(header, content):
    header = header[:124] + b"%011o\0" % len(content) + header[136:]
    return summed(header) + content + b"\0" * (-len(content) % BLOCK)


class Forger:
    """Of a dataset with one batch: `forge(frame, decoded)` makes the frame
    that comes instead of a chunk, and says how many decoded bytes the signed
    index shall claim.  `change` is for a Proxy."""

    def __init__(self, box, dataset, forge):
        self.key, self.log, self.witness = (
            Key(box, name) for name in ("default", "log", "witness"))
        folder = os.path.join(box.env["SLUICE_OBJECTS"], dataset)
        batch, = (name for name in os.listdir(folder) if name != "log")
        folder = os.path.join(folder, batch)
        with open(os.path.join(folder, "index.json")) as file:
            self.index = json.load(file)
        rows = self.index["chunks"]
        # A large one, so that a size takes several bytes of the frame header.
        victim = max(range(len(rows)), key=lambda i: rows[i][1])
        at = sum(row[0] for row in rows[:victim])
        with open(os.path.join(folder, "pack.tar.zst"), "rb") as file:
            self.real = file.read()[at:at + rows[victim][0]]
        self.frame, decoded = forge(self.real, decompress(self.real))
        rows[victim] = [len(self.frame), decoded, blake2b(self.frame)]

    def change(self, path, body):
        if "/head" in path:
            return self.change_head(body)
        if path.endswith("/fetch"):
            assert body.count(self.real) == 1
            return body.replace(self.real, self.frame)
        return body

    def change_head(self, body):
        end = body.rfind(SKIPPABLE)
        members = list(read_tar(decompress(body[:end])))
        names = [header[:100].rstrip(b"\0").decode().rpartition("/")[2]
                 for header, _ in members]
        index = json.dumps(self.index, separators=(",", ":"),
                           ensure_ascii=False).encode() + b"\n"
        manifest = members[names.index("manifest")][1].decode()
        manifest = self.manifest(manifest, index,
                                 len(self.frame) - len(self.real))
        forged = {"index.json": index, "manifest": manifest,
                  "manifest.minisig": self.key.minisig(
                      manifest, b"sluice-manifest/v1 forged 1"),
                  "checkpoint": self.checkpoint(
                      members[names.index("checkpoint")][1], manifest)}
        return compress(b"".join(
            member(header, forged.get(name, content))
            for name, (header, content) in zip(names, members))) + body[end:]

    def checkpoint(self, note, manifest):
        """Of a log whose one leaf is this manifest."""
        body, _, lines = note.partition(b"\n\n")
        name = body.splitlines()[0]
        witness = lines.splitlines()[1].split(b" ")[1]
        leaf = hashlib.sha256(b"\0" + manifest).digest()
        body = b"%s\n1\n%s\n" % (name, base64.b64encode(leaf))
        now = int(time.time())
        spoken = struct.pack(">Q", now) + self.witness.sign(
            b"cosignature/v1\ntime %d\n" % now + body)
        return body + b"\n" + \
            self.log.note_line(name, 0x01, self.log.sign(body)) + \
            self.witness.note_line(witness, 0x04, spoken)

    @staticmethod
    def manifest(text, index, more):
        out = []
        for line in text.splitlines():
            if line.startswith("# pack_bytes: "):
                line = "# pack_bytes: %d" % (int(line[14:]) + more)
            elif line.startswith("# bytes: "):
                words = line.split(" ")
                words[2] = "index.json=%d" % len(index)
                line = " ".join(words)
            elif line.startswith("SHA256 (index.json)"):
                line = "SHA256 (index.json) = " + \
                    hashlib.sha256(index).hexdigest()
            out.append(line + "\n")
        return "".join(out).encode()


def parts(frame):
    """Flags, content size, and all after that, of a single segment."""
    flags = frame[4]
    assert flags & 0x20
    size = {0x00: 1, 0x40: 2, 0x80: 4, 0xC0: 8}[flags & 0xC0]
    content = int.from_bytes(frame[5:5 + size], "little")
    return flags, content + (256 if size == 2 else 0), frame[5 + size:]


def with_window(frame, descriptor):
    """The same frame, claiming another window: 2^(10 + exponent) bytes and
    eighths of it (RFC 8878, 3.1.1.1.2)."""
    flags, content, rest = parts(frame)
    return frame[:4] + bytes([0x80 | flags & 0x1F, descriptor]) + \
        struct.pack("<I", content) + rest


def with_claim(frame, content):
    """The same frame, claiming another content size."""
    flags, _, rest = parts(frame)
    return frame[:4] + bytes([0x80 | flags & 0x3F]) + \
        struct.pack("<I", content) + rest
