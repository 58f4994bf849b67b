"""Deliveries: tar members in zstd frames, and how they end."""

import json
import struct

BLOCK = 512
MAGIC_END = 0x184D2A5E
END_OF_ARCHIVE = bytes.fromhex(
    "28b52ffd6400034d00001000000100fb2b8005cdac85f0")
FRAME_MAX = 4 << 20
MAGIC_FRAME = 0xFD2FB528
BLOCK_MAX = 128 << 10
ALL = (1 << 64) - 1
P1, P2, P3, P4, P5 = (
    11400714785074694791, 14029467366897019727, 1609587929392839161,
    9650029242287828579, 2870177450012600261)


def xxh64(data):
    """The checksum of zstd's frames (RFC 8878, 3.1.1), seed 0."""
    def turn(value, bits):
        value &= ALL
        return (value << bits | value >> 64 - bits) & ALL

    def mix(lane, word):
        return turn(lane + word * P2, 31) * P1 & ALL

    at, size = 0, len(data)
    total = P5
    if size >= 32:
        lanes = [P1 + P2 & ALL, P2, 0, -P1 & ALL]
        while at + 32 <= size:
            words = struct.unpack_from("<4Q", data, at)
            lanes = [mix(*pair) for pair in zip(lanes, words)]
            at += 32
        total = sum(turn(lane, bits) for lane, bits
                    in zip(lanes, (1, 7, 12, 18)))
        for lane in lanes:
            total = (total ^ mix(0, lane)) * P1 + P4 & ALL
    total = total + size & ALL
    while at + 8 <= size:
        total ^= mix(0, struct.unpack_from("<Q", data, at)[0])
        total = turn(total, 27) * P1 + P4 & ALL
        at += 8
    if at + 4 <= size:
        total ^= struct.unpack_from("<I", data, at)[0] * P1 & ALL
        total = turn(total, 23) * P2 + P3 & ALL
        at += 4
    for byte in data[at:]:
        total = turn(total ^ byte * P5 & ALL, 11) * P1 & ALL
    total = (total ^ total >> 33) * P2 & ALL
    total = (total ^ total >> 29) * P3 & ALL
    return total ^ total >> 32


def frame(data):
    """One zstd frame (RFC 8878, 3.1.1) of raw blocks, with content size and
    checksum: the same bytes from any version of any program."""
    assert 0 < len(data) <= FRAME_MAX
    out = [struct.pack("<IBI", MAGIC_FRAME, 0xA4, len(data))]
    for at in range(0, len(data), BLOCK_MAX):
        block = data[at:at + BLOCK_MAX]
        is_last = at + BLOCK_MAX >= len(data)
        out += [(len(block) << 3 | is_last).to_bytes(3, "little"), block]
    out.append(struct.pack("<I", xxh64(data) & 0xFFFFFFFF))
    return b"".join(out)


def frames(data):
    return b"".join(frame(data[at:at + FRAME_MAX])
                    for at in range(0, len(data), FRAME_MAX))


def header(path, size, mtime):
    """The one ustar header that there is for path, size and time."""
    assert len(path.encode()) <= 100 and size < 8 ** 11
    head = path.encode().ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2
    head += b"%011o\0%011o\0" % (size, mtime) + b" " * 8 + b"0"
    head = head.ljust(257, b"\0") + b"ustar\00000"
    head = head.ljust(329, b"\0") + b"0000000\0" * 2
    head = head.ljust(BLOCK, b"\0")
    return head[:148] + b"%06o\0 " % sum(head) + head[156:]


def member(path, content, mtime):
    return header(path, len(content), mtime) + content \
        + b"\0" * (-len(content) % BLOCK)


def end(mtime, status="complete", code="", text=""):
    """The end record, as a frame and as a member, and the archive's end."""
    record = json.dumps(
        {"version": 1, "status": status, "code": code, "text": text,
         "position": None, "ledger": None}, separators=(",", ":")).encode()
    return struct.pack("<II", MAGIC_END, len(record)) + record \
        + frame(member(".sluice/end.json", record, mtime)) + END_OF_ARCHIVE
