#!/usr/bin/python3
"""What following one new batch of a long log costs on the wire.

Prints `name value unit`; README.md beside this file says how to read them.  The
log of a million is simulated: 999,999 leaves are made up and their tiles put where
sluiced looks; the new batch is published as the first, and moved to the end."""

import base64
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
for name in ("support", "integration/malicious"):
    sys.path.insert(0, os.path.join(HERE, "..", name))
from instance import Failed, Instance  # noqa: E402
from key import Key, text64  # noqa: E402
from tree import leaf_hash, root_of  # noqa: E402

SIZE = 1000000
WIDTH = 256
ORIGIN = "test.sluice"


def show(name, value, unit):
    print(f"{name} {value} {unit}", flush=True)


def quote(data):
    return "'\\x" + data.hex() + "'::bytea"


def move(sluice, dataset):
    """Make the dataset's batch 1 the last of a long log: its rows, and its
    manifest, which keeps its length but for the number.  Returns that and the
    publication."""
    publication, seq = sluice.sql(
        "SELECT p.id, p.seq FROM sluice.publication p JOIN "
        "sluice.dataset d ON d.id = p.dataset WHERE p.state <> 'abandoned' "
        f"AND d.name = '{dataset}'").split("|")
    path = pathlib.Path(sluice.env["SLUICE_OBJECTS"]) / dataset / publication
    text = (path / "manifest").read_text().replace(
        f"# seq: {seq}\n", f"# seq: {SIZE}\n").replace(
            "0" * 64, random.Random(2).randbytes(32).hex())
    (path / "manifest").write_text(text)
    mine = f"dataset = (SELECT id FROM sluice.dataset WHERE name = '{dataset}')"
    sluice.sql("SET session_replication_role = replica; " + "; ".join(
        f"UPDATE sluice.{table} SET seq = {SIZE} WHERE {mine}"
        for table in ("publication", "batch", "batch_object", "segment",
                      "episode_entry")) + f"""
        ; UPDATE sluice.batch_object SET bytes = {len(text)}
        WHERE {mine} AND name = 'manifest'
        ; UPDATE sluice.dataset SET seq = seq * {SIZE},
            standard_seq = standard_seq * {SIZE} WHERE name = '{dataset}'
        ; DELETE FROM sluice.log_head WHERE {mine}
        ; DELETE FROM sluice.checkpoint WHERE {mine}""")
    return text.encode(), publication


def tile_name(level, index, width):
    digits = "%03d" % (index % 1000)
    index //= 1000
    while index > 0:
        digits = "x%03d/%s" % (index % 1000, digits)
        index //= 1000
    return f"tile/{level}/{digits}" + ("" if width == WIDTH else f".p/{width}")


def write_tiles(folder, hashes):
    """All tiles of the tree."""
    level = 0
    while hashes:
        nodes = []
        for at in range(0, len(hashes), WIDTH):
            part = hashes[at:at + WIDTH]
            path = folder / tile_name(level, at // WIDTH, len(part))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"".join(part))
            if len(part) == WIDTH:
                nodes.append(root_of(part))
        hashes = nodes
        level += 1


def log(sluice, dataset, manifest, publication):
    """The log signer's part, and the witness's: what stands for its signature
    is not looked at here, its key is."""
    fill = random.Random(1)
    hashes = [fill.randbytes(32) for _ in range(SIZE - 1)]
    hashes.append(leaf_hash(manifest))
    write_tiles(pathlib.Path(sluice.env["SLUICE_OBJECTS"]) / dataset / "log"
                / "1", hashes)
    root = root_of(hashes)
    name = f"{ORIGIN}/{dataset}/1"
    body = f"{name}\n{SIZE}\n{text64(root)}\n".encode()
    signer, witness = Key("bench log"), Key("bench witness")
    witness.public = base64.b64decode((pathlib.Path(
        sluice.env["SLUICE_PUBLISH_HOME"]) / "keys" / "witness.pub"
        ).read_text().splitlines()[1])[10:]
    note = body + b"\n" + signer.note_line(name, body)
    now = int(time.time())
    line = witness.cosign("witness." + ORIGIN, body, now)
    sluice.sql(f"""
        SELECT sluice.publication_log('{publication}', 1, {SIZE},
            {quote(root)}, convert_from({quote(note)}, 'UTF8'),
            convert_from({quote(signer.minisig(body))}, 'UTF8'));
        INSERT INTO sluice.cosignature (dataset, epoch, size, witness, time,
            line)
        SELECT d.id, 1, {SIZE}, 'witness.{ORIGIN}', to_timestamp({now}),
            convert_from({quote(line)}, 'UTF8')
        FROM sluice.dataset AS d WHERE d.name = '{dataset}';
        SELECT sluice.publication_show('{publication}')""")


def publish(sluice, dataset, episodes):
    source = sluice.folder / dataset
    sluice.dataset(dataset)
    sluice.run("sluice-publish", "simulate", "--out", source, "--episodes",
               episodes, "--payload-bytes", 20000)
    sluice.run("sluice-publish", "ingest", dataset, source, "--format",
               "files")
    # The log signer cannot sign a log that it has not seen from its beginning.
    for key in pathlib.Path(sluice.env["SLUICE_PUBLISH_HOME"]).glob(
            "keys/log.*"):
        key.rename(key.with_suffix(key.suffix + ".away"))
    sluice.run("sluice-publish", "publish", dataset)
    log(sluice, dataset, *move(sluice, dataset))


def compressed(data):
    return len(subprocess.run(["zstd", "-1cq", "--check"], input=data,
                              check=True, capture_output=True).stdout)


def without(data, name):
    """A tar without one member."""
    at, out = 0, b""
    while at + 512 <= len(data) and data[at] != 0:
        size = int(data[at + 124:at + 135], 8)
        end = at + 512 + (size + 511) // 512 * 512
        if not data[at:at + 100].rstrip(b"\0").endswith(name):
            out += data[at:end]
        at = end
    return out + data[at:]


def measure(sluice, dataset, token, suffix):
    trust = sluice.sql("SELECT COALESCE(max(version), 0) FROM sluice.trust")
    body = sluice.folder / "head"
    done = subprocess.run(
        ["curl", "-sSf", "--cacert", sluice.env["SLUICE_CA"], "--oauth2-bearer",
         token, "-o", body, "-w", "%{size_header} %{size_download}",
         f"{sluice.env['SLUICE_URL']}/v1/datasets/{dataset}/head?from={SIZE}"
         f"&known={SIZE - 1}&epoch=1&trust={trust}"],
        check=True, capture_output=True, text=True).stdout.split()
    data = subprocess.run(["zstd", "-dcq", body], check=True,
                          capture_output=True).stdout
    for path in (b".sluice/consistency", b".sluice/inclusion",
                 b".sluice/checkpoint", b"/manifest", b"/index.json"):
        if path not in data:
            raise Failed(f"the head has no {path.decode()}")
    total = sum(int(word) for word in done)
    # What the index adds to the frame that it shares with the others.
    index = compressed(data) - compressed(without(data, b"/index.json"))
    show("follow_total" + suffix, total, "bytes")
    show("follow_bytes" + suffix, total - index, "bytes")


def main():
    with tempfile.TemporaryDirectory(prefix="sluice-follow-") as folder:
        with Instance(pathlib.Path(folder) / "sluice", "workers=1") as sluice:
            for episodes, suffix in ((1, ""), (100, "_100")):
                dataset = f"follow-{episodes}"
                publish(sluice, dataset, episodes)
                profile = sluice.customer(f"lab{episodes}", dataset)
                token = re.search('"token": *"([^"]*)"',
                                  profile.read_text()).group(1)
                measure(sluice, dataset, token, suffix)


if __name__ == "__main__":
    main()
