"""Small valid batches: index, files list, quality, manifest and pack."""

import hashlib
import json
import time

import archive

NO_PREVIOUS = "0" * 64
ZULU = "%Y-%m-%dT%H:%M:%SZ"


def zulu(stamp):
    return time.strftime(ZULU, time.gmtime(stamp))


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def dump(value):
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


class Batch:
    """One new episode: its number is the batch's seq.  `salt` makes another
    batch of the same name."""

    def __init__(self, dataset, seq, previous, published, salt=""):
        self.dataset = dataset
        self.seq = seq
        self.previous = previous
        self.published = int(published)
        self.salt = salt
        self.files = [
            self.file("meta", b'{"episode":%d}\n' % seq),
            self.file("state", f"{dataset} {seq} {salt}\n".encode() * 64)]
        self.chunks = [archive.frame(archive.member(
            path, content, self.published)) for _, path, content in self.files]
        self.pack = b"".join(self.chunks) + archive.END_OF_ARCHIVE
        index = self.index()
        files = "".join(f"{sha256(content)}  {path}\n" for _, path, content
                        in self.files).encode()
        self.objects = {"index.json": index, "files.sha256": files,
                        "quality.json": b'{"version":1}\n'}
        self.manifest = self.make_manifest()

    def file(self, layer, content):
        return layer, f"{layer}/{self.seq:06}{self.salt}.txt", content

    def paths(self):
        return [path for _, path, _ in self.files]

    def index(self):
        word = hashlib.sha256(
            f"{self.dataset} {self.seq}".encode()).hexdigest()
        identity = "-".join((word[:8], word[8:12], "7" + word[13:16],
                             "8" + word[17:20], word[20:32]))
        return dump({
            "version": 1, "dataset": self.dataset, "seq": self.seq,
            "published": zulu(self.published),
            "episodes": [{
                "op": "add", "id": identity, "number": self.seq,
                "revision": 1, "facets": {"duration_ms": 1000},
                "layers": {layer: {"new": at} for at, (layer, _, _)
                           in enumerate(self.files)}}],
            "segments": [{
                "episode": self.seq, "layer": layer,
                "files": [[path, len(content), sha256(content),
                           "text/plain"]], "chunks": [at, 1]}
                for at, (layer, path, content) in enumerate(self.files)],
            "chunks": [[
                len(chunk), len(archive.member(path, content, 0)),
                hashlib.blake2b(chunk, digest_size=32).hexdigest()]
                for chunk, (_, path, content)
                in zip(self.chunks, self.files)]})

    def make_manifest(self):
        content = sum(len(content) for _, _, content in self.files)
        sizes = " ".join(f"{name}={len(data)}" for name, data
                         in self.objects.items())
        sums = "".join(f"SHA256 ({name}) = {sha256(data)}\n" for name, data
                       in self.objects.items())
        return (f"# sluice-manifest/v1\n# dataset: {self.dataset}\n"
                f"# seq: {self.seq}\n# previous: {self.previous}\n"
                f"# published: {zulu(self.published)}\n"
                f"# episodes: added=1 revised=0 retracted=0\n"
                f"# duration_s: 1.000\n# content_bytes: {content}\n"
                f"# pack_bytes: {len(self.pack)}\n# bytes: {sizes}\n"
                f"{sums}").encode()

    def members(self, key):
        """What a head says of it: (path, content)."""
        folder = f".sluice/batches/{self.seq:06}/"
        yield folder + "manifest", self.manifest
        yield folder + "manifest.minisig", key.minisig(
            self.manifest, f"sluice-manifest/v1 {self.dataset} {self.seq}")
        for name, data in self.objects.items():
            yield folder + name, data
