"""A provider: keys, trust chain, logs, heads, deliveries.  As made it is
honest; an attack takes it and changes one thing."""

import json
import time

import archive
import tree
from batch import NO_PREVIOUS, Batch, dump, sha256, zulu
from key import Key, text64
from trust import DAY, Trust

ORIGIN = "test.sluice"
WITNESS = "witness.example.org"
LICENCE = "01900000-0000-7000-8000-000000000001"


class Log:
    """The log of one dataset in one epoch; leaves are manifests."""

    def __init__(self, dataset, epoch=1):
        self.dataset = dataset
        self.epoch = epoch
        self.leaves = []

    def hashes(self, size=None):
        return [tree.leaf_hash(leaf) for leaf in self.leaves[:size]]

    def root(self, size=None):
        return tree.root_of(self.hashes(size))

    def name(self):
        return f"{ORIGIN}/{self.dataset}/{self.epoch}"

    def body(self, size=None, root=None, name=None):
        if size is None:
            size = len(self.leaves)
        if root is None:
            root = self.root(size)
        return f"{name or self.name()}\n{size}\n{text64(root)}\n".encode()

    def inclusion(self, index, size=None):
        hashes = self.hashes(size)
        return f"{index} {len(hashes)}\n".encode() + tree.proof_text(
            tree.inclusion(index, hashes))


class Ask:
    """The question of a head: what the client holds."""

    def __init__(self, dataset, query):
        self.dataset = dataset
        self.start = int(query.get("from", 1))
        self.known = int(query.get("known", 0))
        self.epoch = int(query.get("epoch", 0))
        self.trust = int(query.get("trust", 0))
        self.has_trust = "trust" in query


class Provider:
    def __init__(self, *datasets, clock=time.time):
        self.clock = clock
        now = int(clock())
        self.roots = [Key(f"root {i}") for i in range(3)]
        self.publisher = Key("publisher")
        self.logger = Key("log")
        self.witness = Key("witness")
        self.more_witnesses = []  # (key, name)
        self.batches = {dataset: [] for dataset in datasets}
        self.logs = {dataset: Log(dataset) for dataset in datasets}
        self.signers = {}      # (dataset, seq) -> another publisher key
        self.seq = {}          # what grant.json says, if not all
        self.release = None    # of grant.json
        self.stamp = None      # of cosignatures; None is now
        self.chain = [
            Trust(1, self.roots, threshold=2, origin=ORIGIN,
                  issued=now - DAY, expires=now + 300 * DAY)
            .publisher(self.publisher).log(self.logger)
            .witness(self.witness, WITNESS)]
        self.valid_until = now + 300 * DAY  # the licence
        self.change = None     # (members, ask) -> members
        self.refusal = None    # of a fetch: (HTTP status, code)
        self.stream = None     # (ask) -> pieces of a body, instead of a head

    def publish(self, dataset, salt="", published=None, key=None):
        """The next batch, in the log at once."""
        batches = self.batches[dataset]
        previous = sha256(batches[-1].manifest) if batches else NO_PREVIOUS
        batch = Batch(dataset, len(batches) + 1, previous,
                      published or self.clock(), salt)
        batches.append(batch)
        self.logs[dataset].leaves.append(batch.manifest)
        if key is not None:
            self.signers[dataset, batch.seq] = key
        return batch

    def trust(self, **values):
        """Add and return the next version of the trust file."""
        self.chain.append(self.chain[-1].next(**values))
        return self.chain[-1]

    def pin(self):
        return self.chain[0].pin()

    # -- what a head is made of --

    def note(self, body, key=None, name=None):
        """The checkpoint: the log's line, and the witness's."""
        name = name or body.split(b"\n")[0].decode()
        stamp = self.clock() if self.stamp is None else self.stamp
        lines = [(key or self.logger).note_line(name, body)]
        for witness, its_name in [(self.witness, WITNESS),
                                  *self.more_witnesses]:
            lines.append(witness.cosign(its_name, body, stamp))
        return body + b"\n" + b"".join(lines)

    def checkpoint(self, dataset):
        return self.note(self.logs[dataset].body())

    def newest(self, dataset):
        return self.seq.get(dataset, len(self.batches[dataset]))

    def grant(self, dataset):
        return dump({
            "version": 1, "licence": LICENCE, "licence_version": 1,
            "dataset": dataset, "kind": "subscription", "class": "customer",
            "layers": ["*"], "where": "",
            "window": {"from": 1, "until": None},
            "seq": self.newest(dataset), "release": self.release,
            "valid_until": zulu(self.valid_until),
            "ledger": {"number": 0, "head": "0" * 64}})

    def sent(self, ask):
        return [batch for batch in self.batches[ask.dataset]
                if ask.start <= batch.seq <= self.newest(ask.dataset)]

    def consistency(self, ask):
        """From what the client holds; from the statement's size if the
        client is of another epoch."""
        log = self.logs[ask.dataset]
        known = ask.known
        if ask.epoch not in (0, log.epoch):
            for line in self.chain[-1].lines:
                words = line.split(" ")
                if words[:3] == ["epoch", ask.dataset, str(log.epoch)]:
                    known = int(words[3])
        if not 0 < known < len(log.leaves):
            return None
        return tree.proof_text(tree.consistency(known, log.hashes()))

    def inclusion(self, ask):
        sent = self.sent(ask)
        seq = sent[-1].seq if sent else self.newest(ask.dataset)
        log = self.logs[ask.dataset]
        if not 0 < seq <= len(log.leaves):
            return None
        return log.inclusion(seq - 1)

    def trust_members(self, ask):
        """Versions above the client's; it names the one that it has."""
        for trust in self.chain:
            if trust.version > ask.trust:
                yield from trust.members()

    def log_members(self, ask):
        yield ".sluice/checkpoint", self.checkpoint(ask.dataset)
        for name in ("consistency", "inclusion"):
            content = getattr(self, name)(ask)
            if content is not None:
                yield f".sluice/{name}", content

    def batch_members(self, ask):
        for batch in self.sent(ask):
            yield from batch.members(self.signers.get(
                (ask.dataset, batch.seq), self.publisher))

    def members(self, ask):
        members = [(".sluice/grant.json", self.grant(ask.dataset)),
                   *self.trust_members(ask), *self.log_members(ask),
                   *self.batch_members(ask)]
        return self.change(members, ask) if self.change else members

    # -- what goes over the wire: status, type, pieces --

    def head(self, ask):
        if ask.dataset not in self.batches:
            return problem(404, "not_found")
        if self.stream is not None:
            return 200, "application/zstd", self.stream(ask)
        now = int(self.clock())
        data = b"".join(archive.member(path, content, now)
                        for path, content in self.members(ask))
        return 200, "application/zstd", [archive.frames(data)
                                         + archive.end(now)]

    def fetch(self, dataset, body):
        if self.refusal is not None:
            return problem(*self.refusal)
        ask = json.loads(body)
        chunks = []
        for kind in ("segments", "chunks"):
            # A segment of ours is one chunk with the same number.
            for seq, ranges in sorted(ask.get(kind, {}).items(),
                                      key=lambda item: int(item[0])):
                batch = self.batches[dataset][int(seq) - 1]
                for run in ranges.split(","):
                    first, _, last = run.partition("-")
                    chunks += batch.chunks[int(first):
                                           int(last or first) + 1]
        return 200, "application/zstd", [
            b"".join(chunks) + archive.end(int(self.clock()))]


def problem(status, code, title="no"):
    return status, "application/problem+json", [json.dumps(
        {"title": title, "status": status, "code": code}).encode()]
