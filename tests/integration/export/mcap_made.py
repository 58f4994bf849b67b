"""Small MCAP files with what our own writer never writes: see the MCAP
specification, "Records"."""

import struct

MAGIC = b"\x89MCAP0\r\n"
CHANNEL = struct.pack("<HH", 1, 0)


def text(value):
    return struct.pack("<I", len(value)) + value


def record(opcode, content):
    return bytes([opcode]) + struct.pack("<Q", len(content)) + content


def message(time):
    return record(5, struct.pack("<HIQQ", 1, 0, time, time) + b"{}")


def write(inside, outside=(), in_summary=True, is_indexed=True):
    """Messages of one channel, by their times: in one chunk, and behind it
    without one, where no index leads to them."""
    channel = record(4, CHANNEL + text(b"/robot") + text(b"json") +
                     struct.pack("<I", 0))
    held = channel + b"".join(map(message, inside))
    out = MAGIC + record(1, text(b"") + text(b"test"))
    begin = len(out)
    span = struct.pack("<QQ", min(inside), max(inside))
    size = struct.pack("<Q", len(held))
    out += record(6, span + size + struct.pack("<I", 0) + text(b"") + size +
                  held)
    length = len(out) - begin
    out += b"".join(map(message, outside))
    out += record(0xf, struct.pack("<I", 0))
    summary = len(out)
    times = [*inside, *outside]
    out += channel if in_summary else b""
    if is_indexed:
        out += record(8, span + struct.pack("<QQIQ", begin, length, 0, 0) +
                      text(b"") + 2 * size)
    out += record(0xb, struct.pack("<QHIIIIQQI", len(times), 0, 1, 0, 0, 1,
                                   min(times), max(times), 0))
    return out + record(2, struct.pack("<QQI", summary, 0, 0)) + MAGIC
