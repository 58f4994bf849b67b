"""The files of tests/golden/v1, made here a second time: fixed keys, fixed
times, and no line of the code that they freeze."""

import copy

import archive
import tree
from key import Key
from play import DATASET, DAY
from provider import ORIGIN, WITNESS, Ask, Provider
from trust import Trust

TIME = 1790812800  # 2026-10-01T00:00:00Z
LATEST = 4070908800  # 2099-01-01T00:00:00Z


class Clock:
    def __init__(self, time):
        self.time = time

    def __call__(self):
        return self.time


def make_provider():
    """Three batches; before the third a root key was replaced and the
    publisher's first key retired."""
    clock = Clock(TIME)
    provider = Provider(DATASET, clock=clock)
    provider.valid_until = LATEST
    provider.chain = [
        Trust(1, provider.roots, threshold=2, origin=ORIGIN, issued=TIME,
              expires=LATEST)
        .publisher(provider.publisher).log(provider.logger)
        .witness(provider.witness, WITNESS)]
    for _ in range(2):
        provider.publish(DATASET)
        clock.time += 60
    return provider, clock


def move_on(provider, clock):
    roots = provider.roots
    more = [roots[0], roots[2], Key("root 3")]
    fresh = Key("publisher 2")
    clock.time += DAY
    provider.trust(issued=clock(), roots=more,
                   signers=[roots[0], roots[2]]) \
        .drop(f"publisher {provider.publisher.text}") \
        .publisher(provider.publisher, DATASET, until=clock()) \
        .publisher(fresh)
    clock.time += 60
    provider.publish(DATASET, key=fresh)


class Golden:
    """`early` and `late` answer as the provider did at two and at three
    batches; `files` is the folder."""

    def __init__(self):
        self.late, clock = make_provider()
        self.files = {}
        # It stops here: its clock is copied with it.
        self.early = copy.deepcopy(self.late)
        self.put_head("head-from-1.tar.zst", self.early,
                      {"from": 1, "trust": 0})
        move_on(self.late, clock)
        self.put_head("head-from-3.tar.zst", self.late,
                      {"from": 3, "known": 2, "epoch": 1, "trust": 1})
        self.put_keys()
        self.put_trust()
        self.put_batches()
        self.put_log()

    def put_head(self, name, provider, query):
        _, _, (data,) = provider.head(Ask(DATASET, query))
        self.files[name] = data
        for path, content in provider.members(Ask(DATASET, query)):
            if "istency" in path:
                self.files["log/consistency-2-3"] = content

    def put_keys(self):
        late = self.late
        for key in (*late.roots, Key("root 3"), late.publisher,
                    Key("publisher 2"), late.logger, late.witness):
            name = key.words.replace(" ", "-")
            self.files[f"keys/{name}.pub"] = key.public_file()

    def put_trust(self):
        for trust in self.late.chain:
            for path, content in trust.members():
                self.files[path.removeprefix(".sluice/")] = content

    def put_batches(self):
        for batch in self.late.batches[DATASET]:
            key = self.late.signers.get((DATASET, batch.seq),
                                        self.late.publisher)
            for path, content in batch.members(key):
                self.files[path.removeprefix(".sluice/")] = content
            self.files[f"batches/{batch.seq:06}/pack.tar.zst"] = batch.pack

    def put_log(self):
        log = self.late.logs[DATASET]
        body = log.body()
        note = self.late.note(body)
        hashes = log.hashes()
        files = {
            "checkpoint": note, "checkpoint.txt": body,
            "checkpoint.minisig": self.late.logger.minisig(
                body, f"sluice-checkpoint {log.name()} {len(hashes)}"),
            "inclusion": log.inclusion(2),
            "tile-0-000.p-3": b"".join(hashes),
            "tile-entries-000.p-3": b"".join(
                len(leaf).to_bytes(2, "big") + leaf for leaf in log.leaves)}
        for index in range(3):
            files[f"tlog-proof-{index}"] = (
                b"c2sp.org/tlog-proof@v1\nindex %d\n" % index
                + tree.proof_text(tree.inclusion(index, hashes))
                + b"\n" + note)
        for name, content in files.items():
            self.files[f"log/{name}"] = content

    def delivery(self):
        """What a fetch of all of batch 3 is answered with."""
        return b"".join(self.late.batches[DATASET][2].chunks) \
            + archive.end(int(self.late.clock()))
