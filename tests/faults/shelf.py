"""What was published, as a customer's own program would know it: the chunks and
segments of each batch, from its index."""

import json
import pathlib


class Segment:
    def __init__(self, seq, ordinal, entry):
        self.key = (seq, ordinal)
        self.episode = entry["episode"]
        self.bytes = sum(file[1] for file in entry["files"])
        first, count = entry["chunks"]
        self.chunks = range(first, first + count)

    @property
    def is_free(self):
        return self.episode == 0


class Shelf:
    """All batches of one dataset."""

    def __init__(self, system, dataset):
        self.dataset = dataset
        self.segments = {}
        self.chunks = {}
        self.durations = {}
        rows = system.sql(
            "SELECT p.seq, p.id FROM sluice.publication p JOIN sluice.dataset"
            f" d ON d.id = p.dataset WHERE d.name = '{dataset}'")
        for row in rows.splitlines():
            seq, _, publication = row.partition("|")
            self.read(int(seq), pathlib.Path(system.env["SLUICE_OBJECTS"]) /
                      dataset / publication / "index.json")

    def read(self, seq, path):
        index = json.loads(path.read_text())
        for ordinal, entry in enumerate(index["segments"]):
            segment = Segment(seq, ordinal, entry)
            self.segments[segment.key] = segment
        for number, (stored, _, digest) in enumerate(index["chunks"]):
            self.chunks[seq, number] = (stored, digest)
        for entry in index["episodes"]:
            if "facets" in entry:
                self.durations[entry["number"]] = \
                    entry["facets"].get("duration_ms", 0)

    def priced(self):
        """The segments that cost."""
        return [s for s in self.segments.values() if not s.is_free]

    def total(self):
        """(episodes, milliseconds, bytes) of all of it, charged once."""
        priced = self.priced()
        episodes = {segment.episode for segment in priced}
        return (len(episodes), sum(self.durations[n] for n in episodes),
                sum(segment.bytes for segment in priced))
