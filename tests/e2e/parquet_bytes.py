"""Parquet files byte by byte: what pyarrow does not write (old annotations, old layouts of lists, broken footers).

A file has one row group, one plain page a column. Columns and groups are described by `leaf` and `group`:

    write(path, [leaf("id", INT64, [1, 2]), group("s", [leaf("a", INT32, [1, 2])])])

Values are given by column with None for null; for what lies in lists, the levels are given beside the values.
"""

import struct
import zlib

BOOLEAN, INT32, INT64, INT96, FLOAT, DOUBLE, BYTE_ARRAY, FIXED = range(8)
REQUIRED, OPTIONAL, REPEATED = range(3)
CONVERTED = {name: i for i, name in enumerate(
    "UTF8 MAP MAP_KEY_VALUE LIST ENUM DECIMAL DATE TIME_MILLIS TIME_MICROS TIMESTAMP_MILLIS TIMESTAMP_MICROS UINT_8 UINT_16 "
    "UINT_32 UINT_64 INT_8 INT_16 INT_32 INT_64 JSON BSON INTERVAL".split())}
STOP, TRUE, FALSE, I32, I64, BINARY, LIST, STRUCT = 0, 1, 2, 5, 6, 8, 9, 12


# --- Thrift's compact protocol ------------------------------------------------------------------------------------------------

def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def zigzag(value):
    return varint(value * 2 if value >= 0 else -value * 2 - 1)


def binary(value):
    value = value.encode() if isinstance(value, str) else value
    return varint(len(value)) + value


def thrift(fields):
    """{id: (type, value)}; a struct's value is bytes already, a list's is (type, [bytes])."""
    out, last = b"", 0
    for number, (kind, value) in sorted(fields.items()):
        if kind in (TRUE, FALSE):
            kind, value = (TRUE if value else FALSE), None
        out += bytes([(number - last) << 4 | kind]) if number - last < 16 else bytes([kind]) + zigzag(number)
        last = number
        if kind in (I32, I64):
            out += zigzag(value)
        elif kind == BINARY:
            out += binary(value)
        elif kind == LIST:
            element, items = value
            head = bytes([len(items) << 4 | element]) if len(items) < 15 else bytes([0xF0 | element]) + varint(len(items))
            out += head + b"".join(items)
        elif kind == STRUCT:
            out += value
    return out + b"\x00"


def logical(number, inner=b"\x00"):
    """A member of the union LogicalType: STRING 1, ENUM 4, DECIMAL 5, DATE 6, TIME 7, TIMESTAMP 8, INTEGER 10, UNKNOWN 11,
    JSON 12, BSON 13, UUID 14, FLOAT16 15, VARIANT 16, GEOMETRY 17, GEOGRAPHY 18."""
    return thrift({number: (STRUCT, inner)})


def logical_time(number, adjusted, unit):
    units = {"millis": 1, "micros": 2, "nanos": 3}
    return logical(number, thrift({1: (TRUE, adjusted), 2: (STRUCT, thrift({units[unit]: (STRUCT, b"\x00")}))}))


def logical_decimal(precision, scale):
    return logical(5, thrift({1: (I32, scale), 2: (I32, precision)}))


# --- the description ----------------------------------------------------------------------------------------------------------

class Node:
    def __init__(self, name, repetition, children=None, physical=None, values=None, levels=None, **extra):
        self.name, self.repetition, self.children = name, repetition, children
        self.physical, self.values, self.levels, self.extra = physical, values, levels, extra

    def element(self):
        fields = {3: (I32, self.repetition), 4: (BINARY, self.name)}
        if self.children is None:
            fields[1] = (I32, self.physical)
            if "length" in self.extra:
                fields[2] = (I32, self.extra["length"])
        else:
            fields[5] = (I32, len(self.children))
        if self.extra.get("converted") is not None:
            fields[6] = (I32, CONVERTED[self.extra["converted"]])
        for key, number in (("scale", 7), ("precision", 8)):
            if key in self.extra:
                fields[number] = (I32, self.extra[key])
        if "logical" in self.extra:
            fields[10] = (STRUCT, self.extra["logical"])
        return thrift(fields)


def leaf(name, physical, values, repetition=OPTIONAL, levels=None, **extra):
    """`levels`: (repetition, definition) of each value or null, where the column lies in lists. `dictionary`: all values are one, and
    stand once in the file, of which the footer does not tell. `unpacked`: the size that the page says it has."""
    return Node(name, repetition, None, physical, values, levels, **extra)


def group(name, children, repetition=OPTIONAL, **extra):
    return Node(name, repetition, children, **extra)


def flatten(nodes, path=(), repeated=0, defined=0):
    for node in nodes:
        r = repeated + (node.repetition == REPEATED)
        d = defined + (node.repetition != REQUIRED)
        if node.children is None:
            yield node, (*path, node.name), r, d
        else:
            yield from flatten(node.children, (*path, node.name), r, d)


def elements(nodes):
    for node in nodes:
        yield node.element()
        yield from elements(node.children or [])


# --- pages --------------------------------------------------------------------------------------------------------------------

def plain(physical, values):
    if physical == BOOLEAN:
        bits = sum(1 << i for i, value in enumerate(values) if value)
        return bits.to_bytes((len(values) + 7) // 8, "little")
    if physical == BYTE_ARRAY:
        return b"".join(struct.pack("<I", len(v)) + v for v in values)
    if physical in (FIXED, INT96):
        return b"".join(values)
    return b"".join(struct.pack({INT32: "<i", INT64: "<q", FLOAT: "<f", DOUBLE: "<d"}[physical], v) for v in values)


def level_bytes(levels, highest):
    if highest == 0:
        return b""
    width = highest.bit_length()
    runs = b"".join(varint(1 << 1) + level.to_bytes((width + 7) // 8, "little") for level in levels)
    return struct.pack("<I", len(runs)) + runs


def int96(day, nanos):
    """Nanoseconds of a Julian day; 1970-01-01 is day 2440588."""
    return struct.pack("<qi", nanos, day)


def dictionary_pages(node, repeated, defined):
    """A page of the value that all rows share, and one of as many references to it as there are rows."""
    n_rows = len(node.values)
    value = plain(node.physical, node.values[:1])
    first = thrift({1: (I32, 2), 2: (I32, len(value)), 3: (I32, len(value)), 7: (STRUCT, thrift({1: (I32, 1), 2: (I32, 0)}))})
    levels = varint(n_rows << 1) + b"\x01"  # one run: all of them are there
    data = struct.pack("<I", len(levels)) + levels + b"\x01" + varint(n_rows << 1) + b"\x00"
    then = thrift({1: (I32, 0), 2: (I32, len(data)), 3: (I32, len(data)),
                   5: (STRUCT, thrift({1: (I32, n_rows), 2: (I32, 8), 3: (I32, 3), 4: (I32, 3)}))})
    return first + value + then + data, n_rows


def page(node, repeated, defined, crc_error=False):
    if node.extra.get("dictionary"):
        return dictionary_pages(node, repeated, defined)
    levels = node.levels or [(0, defined if v is not None else defined - 1) for v in node.values]
    values = [v for v in node.values if v is not None]
    data = (level_bytes([r for r, _ in levels], repeated) + level_bytes([d for _, d in levels], defined) +
            plain(node.physical, values))
    crc = zlib.crc32(data) ^ (1 if crc_error else 0)
    head = {1: (I32, 0), 2: (I32, node.extra.get("unpacked", len(data))), 3: (I32, len(data)), 4: (I32, crc - (1 << 32) if crc >> 31 else crc),
            5: (STRUCT, thrift({1: (I32, len(levels)), 2: (I32, 0), 3: (I32, 3), 4: (I32, 3)}))}
    return thrift(head) + data, len(levels)


def write(path, nodes, n_rows=None, metadata=None, created_by="crisol tests", says=None, crc_error=False, codec=0):
    """`says`: the number of rows in the footer, where it lies about that of the row group."""
    out = b"PAR1"
    chunks, total = [], 0
    leaves = list(flatten(nodes))
    for node, names, repeated, defined in leaves:
        content, n_values = page(node, repeated, defined, crc_error)
        meta = thrift({1: (I32, node.physical), 2: (LIST, (I32, [zigzag(0)])), 3: (LIST, (BINARY, [binary(n) for n in names])),
                       4: (I32, codec), 5: (I64, n_values), 6: (I64, len(content)), 7: (I64, len(content)), 9: (I64, len(out))})
        chunks.append(thrift({2: (I64, len(out)), 3: (STRUCT, meta)}))
        total += len(content)
        out += content
    n_rows = len(leaves[0][0].values) if n_rows is None else n_rows
    row_group = thrift({1: (LIST, (STRUCT, chunks)), 2: (I64, total), 3: (I64, n_rows)})
    root = thrift({4: (BINARY, "schema"), 5: (I32, len(nodes))})
    footer = {1: (I32, 1), 2: (LIST, (STRUCT, [root, *elements(nodes)])), 3: (I64, n_rows if says is None else says),
              4: (LIST, (STRUCT, [row_group])), 6: (BINARY, created_by)}
    if metadata:
        footer[5] = (LIST, (STRUCT, [thrift({1: (BINARY, k), 2: (BINARY, v)}) for k, v in metadata.items()]))
    content = thrift(footer)
    path.write_bytes(out + content + struct.pack("<I", len(content)) + b"PAR1")
    return path
