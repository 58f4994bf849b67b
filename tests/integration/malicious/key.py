"""An Ed25519 key and every form in which a provider's bytes carry it.

Written from RFC 8032, minisign's own description and the C2SP texts
(signed-note, tlog-cosignature), with python3-cryptography; it shares no line
with what it is used to test."""

import base64
import hashlib

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

NOTE_KEY = 0x01      # plain Ed25519 (signed-note)
COSIGNATURE = 0x04   # cosignature/v1 (tlog-cosignature)


def text64(data):
    return base64.b64encode(data).decode()


class Key:
    """Made from words, so that a run can be repeated byte for byte."""

    def __init__(self, words, key_id=None):
        self.words = words
        self.secret = ed25519.Ed25519PrivateKey.from_private_bytes(
            hashlib.sha256(words.encode()).digest())
        self.public = self.secret.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.id = key_id or hashlib.blake2b(
            self.public, digest_size=32).digest()[:8]

    def __deepcopy__(self, _):
        return self

    def sign(self, message):
        return self.secret.sign(message)

    @property
    def text(self):
        """RW…, the second line of a minisign public key."""
        return text64(b"Ed" + self.id + self.public)

    @property
    def name(self):
        """The key id as minisign shows it: a little-endian number."""
        return self.id[::-1].hex().upper()

    def public_file(self):
        return f"untrusted comment: minisign public key {self.name}\n" \
            f"{self.text}\n".encode()

    def minisig(self, message, comment="sluice"):
        """The four lines, algorithm Ed."""
        signature = self.sign(message)
        over = self.sign(signature + comment.encode())
        return (f"untrusted comment: signature from a sluice key\n"
                f"{text64(b'Ed' + self.id + signature)}\n"
                f"trusted comment: {comment}\n{text64(over)}\n").encode()

    def hash(self, name, kind):
        return hashlib.sha256(name.encode() + b"\n" + bytes([kind])
                              + self.public).digest()[:4]

    def vkey(self, name, kind=NOTE_KEY):
        return f"{name}+{self.hash(name, kind).hex()}+" \
            f"{text64(bytes([kind]) + self.public)}"

    def note_line(self, name, body):
        """A signature line of a signed note."""
        packed = self.hash(name, NOTE_KEY) + self.sign(body)
        return f"\u2014 {name} {text64(packed)}\n".encode()

    def cosign(self, name, body, time):
        """A witness's line: it saw `body` at `time`, whole seconds."""
        stamp = int(time)
        message = b"cosignature/v1\ntime %d\n" % stamp + body
        packed = self.hash(name, COSIGNATURE) + stamp.to_bytes(8, "big") \
            + self.sign(message)
        return f"\u2014 {name} {text64(packed)}\n".encode()
