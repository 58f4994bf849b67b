"""Trust files: what root says, and who signs it."""

import base64
import hashlib

from batch import zulu
from key import text64

ORDER = ("root", "publisher", "log", "witness", "billing", "revoked",
         "vouch", "epoch")
DAY = 86400


class Trust:
    """One version.  `lines` are those after the header, any order."""

    def __init__(self, version, roots, threshold=1, witnesses=1,
                 origin="evil.example.org", issued=0, expires=0):
        self.version = version
        self.roots = list(roots)
        self.threshold = threshold
        self.witnesses = witnesses
        self.origin = origin
        self.issued = issued
        self.expires = expires
        self.lines = []
        self.signers = None  # the roots, as many as are needed

    def next(self, **values):
        """The version after this, as it is, but for `values`."""
        more = Trust(self.version + 1, self.roots, self.threshold,
                     self.witnesses, self.origin, self.issued, self.expires)
        more.lines = list(self.lines)
        for name, value in values.items():
            setattr(more, name, value)
        return more

    def add(self, line):
        self.lines.append(line)
        return self

    def drop(self, start):
        self.lines = [line for line in self.lines
                      if not line.startswith(start)]
        return self

    def publisher(self, key, scope="*", until=None):
        return self.add(f"publisher {key.text} {scope}" + (
            "" if until is None else f" until={zulu(until)}"))

    def log(self, key):
        return self.add(f"log {key.text}")

    def witness(self, key, name):
        return self.add(f"witness {key.text} {name}")

    def revoke(self, key, when, reason="key_compromised"):
        for role in ("publisher", "log", "witness"):
            self.drop(f"{role} {key.text}")
        return self.add(f"revoked {key.text} {zulu(when)} {reason}")

    def epoch(self, dataset, number, size, root):
        return self.add(f"epoch {dataset} {number} {size} {text64(root)}")

    def vouch(self, dataset, number, size, root):
        return self.add(f"vouch {dataset} {number} {size} {text64(root)}")

    def text(self):
        lines = [f"root {key.text}" for key in self.roots] + self.lines
        lines.sort(key=lambda line: (ORDER.index(line.split(" ")[0]),
                                     line.encode()))
        return (f"# sluice-trust/v1\n# version: {self.version}\n"
                f"# issued: {zulu(self.issued)}\n"
                f"# expires: {zulu(self.expires)}\n"
                f"# origin: {self.origin}\n# threshold: root="
                f"{self.threshold} witness={self.witnesses}\n"
                + "".join(line + "\n" for line in lines)).encode()

    def members(self):
        """(path, content) in a head."""
        folder = f".sluice/trust/{self.version:06}/"
        text = self.text()
        yield folder + "trust", text
        signers = self.roots[:self.threshold] if self.signers is None \
            else self.signers
        for key in sorted(signers, key=lambda key: key.name):
            yield f"{folder}{key.name}.minisig", key.minisig(
                text, f"sluice-trust/v1 {self.version}")

    def pin(self):
        """What a profile says of it."""
        return {"version": self.version, "threshold": self.threshold,
                "keys": sorted(key.text for key in self.roots)}

    def fingerprint(self):
        text = f"threshold {self.threshold}\n" + "".join(
            f"root {key}\n" for key in sorted(key.text for key in self.roots))
        digest = hashlib.sha256(text.encode()).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
