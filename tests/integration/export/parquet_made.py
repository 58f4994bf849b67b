"""Small Parquet files with what our own writer never writes: values and lists
that are NULL, columns within columns.  One page a column, PLAIN, not
compressed; see apache/parquet-format, parquet.thrift and Encodings.md."""

import struct

MAGIC = b"PAR1"
TYPES = {"bool": (0, "<?"), "int64": (2, "<q"), "float": (4, "<f"),
         "double": (5, "<d"), "text": (6, None), "bytes": (6, None),
         "uint32": (1, "<I")}
CONVERTED = {"text": 0, "uint32": 13}
LIST = 3
REQUIRED, OPTIONAL, REPEATED = 0, 1, 2
I32, I64, BINARY, LIST_OF, STRUCT = 5, 6, 8, 9, 12


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def encode(kind, value):
    """A value in Thrift's compact protocol."""
    if kind in (I32, I64):
        return varint(value << 1 if value >= 0 else ~value << 1 | 1)
    if kind == BINARY:
        return varint(len(value)) + value
    if kind == LIST_OF:
        inner, items = value
        head = bytes([len(items) << 4 | inner]) if len(items) < 15 else \
            bytes([0xf0 | inner]) + varint(len(items))
        return head + b"".join(encode(inner, item) for item in items)
    out, last = b"", 0
    for number, inner, item in value:
        out += bytes([number - last << 4 | inner]) + encode(inner, item)
        last = number
    return out + b"\0"


def element(name, repetition, kind=None, children=0, converted=None):
    fields = [] if kind is None else [(1, I32, TYPES[kind][0])]
    fields += [(3, I32, repetition), (4, BINARY, name.encode())]
    fields += [(5, I32, children)] if children else []
    return fields + ([] if converted is None else [(6, I32, converted)])


def levels(values, top):
    if top == 0:
        return b""
    runs = b"".join(varint(1 << 1) + bytes([value]) for value in values)
    return struct.pack("<I", len(runs)) + runs


def plain(kind, values):
    if kind == "bool":
        bits = sum(value << i for i, value in enumerate(values))
        return bits.to_bytes((len(values) + 7) // 8, "little")
    if kind in ("text", "bytes"):
        return b"".join(struct.pack("<I", len(each)) + each
                        for each in values)
    return b"".join(struct.pack(TYPES[kind][1], each) for each in values)


def leaf(path, kind, rows):
    """Path, kind, levels and values; a row is None, a value or a list."""
    converted = CONVERTED.get(kind)
    if not any(isinstance(row, list) for row in rows):
        entries = [(0, 0, None) if row is None else (0, 1, row)
                   for row in rows]
        return [element(path[-1], OPTIONAL, kind, converted=converted)], \
            (path, kind, entries, (0, 1))
    entries = []
    for row in rows:
        if not row:
            entries.append((0, 0 if row is None else 1, None))
        for i, item in enumerate(row or []):
            entries.append((int(i > 0), 2 if item is None else 3, item))
    return [element(path[-1], OPTIONAL, children=1, converted=LIST),
            element("list", REPEATED, children=1),
            element("element", OPTIONAL, kind, converted=converted)], \
        (path + ["list", "element"], kind, entries, (1, 3))


def within(name, members):
    """A column of columns: {member: (kind, rows)}, none of them NULL."""
    schema, found = [element(name, REQUIRED, children=len(members))], []
    for member, (kind, rows) in members.items():
        more, place = leaf([name, member], kind, rows)
        schema += more
        found.append(place)
    return schema, found


def write(path, columns):
    """columns: name → (kind, rows), or {member: (kind, rows)}."""
    schema, leaves, count = [], [], 0
    for name, column in columns.items():
        if isinstance(column, dict):
            more, found = within(name, column)
            count = len(next(iter(column.values()))[1])
        else:
            more, place = leaf([name], *column)
            found, count = [place], len(column[1])
        schema += [more] if isinstance(more, tuple) else more
        leaves += found
    body, chunks = MAGIC, []
    for place, kind, entries, (top_rep, top_def) in leaves:
        page = levels([rep for rep, _, _ in entries], top_rep) + \
            levels([level for _, level, _ in entries], top_def) + \
            plain(kind, [value for _, level, value in entries
                         if level == top_def])
        head = encode(STRUCT, [
            (1, I32, 0), (2, I32, len(page)), (3, I32, len(page)),
            (5, STRUCT, [(1, I32, len(entries)), (2, I32, 0), (3, I32, 3),
                         (4, I32, 3)])])
        size = len(head) + len(page)
        chunks.append([(2, I64, len(body)), (3, STRUCT, [
            (1, I32, TYPES[kind][0]), (2, LIST_OF, (I32, [0, 3])),
            (3, LIST_OF, (BINARY, [part.encode() for part in place])),
            (4, I32, 0), (5, I64, len(entries)), (6, I64, size),
            (7, I64, size), (9, I64, len(body))])])
        body += head + page
    top = sum(1 for _ in columns)
    meta = encode(STRUCT, [
        (1, I32, 1),
        (2, LIST_OF, (STRUCT, [element("schema", REQUIRED, children=top)]
                      + schema)),
        (3, I64, count),
        (4, LIST_OF, (STRUCT, [[(1, LIST_OF, (STRUCT, chunks)),
                                (2, I64, len(body)), (3, I64, count)]]))])
    path.write_bytes(body + meta + struct.pack("<I", len(meta)) + MAGIC)
