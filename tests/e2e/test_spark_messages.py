"""The own descriptions of Spark's and gRPC's messages against Spark's: every field has the same name, number, type and label."""

import pathlib
import subprocess
import tempfile
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
OURS = ROOT / "src" / "engine" / "spark"
MESSAGE, ENUM, INT32, REPEATED = 11, 14, 5, 3

# Spark has a message of its own for each type without a parameter, and for each map's entry; Any is in google.protobuf.
PLAIN = "spark.connect.DataType.Plain"
ENTRIES = ("spark.connect.MapEntry", "google.rpc.MetadataEntry")


def fields(data):
    """(number, value) of each field of a message on the wire; of a varint the number, of bytes the bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        elif key & 7 == 2:
            length = varint()
            at += length
            yield key >> 3, data[at - length:at]
        else:
            at += {1: 8, 5: 4}[key & 7]


def all_of(data, number):
    return [value for n, value in fields(data) if n == number]


def text(data, number):
    return (all_of(data, number) or [b""])[0].decode()


def describe(directory, *names):
    """{message: {field: (number, type, label, name of the message that it holds)}} and which messages are a map's entries,
    out of what protoc makes of the files."""
    with tempfile.TemporaryDirectory() as scratch:
        out = pathlib.Path(scratch) / "set"
        subprocess.run(["protoc-c", f"--descriptor_set_out={out}", "--include_imports", f"--proto_path={directory}", *names], check=True)
        data = out.read_bytes()
    messages, entries = {}, set()

    def take(message, prefix):
        name = f"{prefix}.{text(message, 1)}"
        messages[name] = {text(f, 1): (all_of(f, 3)[0], all_of(f, 5)[0], all_of(f, 4)[0], text(f, 6).lstrip("."))
                          for f in all_of(message, 2)}
        if any(7 in dict(fields(options)) for options in all_of(message, 7)):
            entries.add(name)
        for nested in all_of(message, 3):
            take(nested, name)

    for file in all_of(data, 1):
        for message in all_of(file, 4):
            take(message, text(file, 2))
    return messages, entries


class Messages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as scratch:
            [jar] = (ROOT / "build/deps/spark/jars").glob("spark-connect_*.jar")
            with zipfile.ZipFile(jar) as archive:
                names = [n for n in archive.namelist() if n.endswith(".proto") and n.startswith(("spark/", "google/rpc/", "google/protobuf/"))]
                archive.extractall(scratch, names)
            cls.theirs, cls.entries = describe(scratch, "spark/connect/base.proto", "google/rpc/status.proto",
                                               "google/rpc/error_details.proto")
        cls.ours, _ = describe(OURS, "connect.proto", "status.proto")

    def same_message(self, ours, theirs):
        if ours in ENTRIES:
            return theirs in self.entries
        if ours == PLAIN:
            return theirs.startswith("spark.connect.DataType.")
        return ours == theirs or (ours == "google.rpc.Any" and theirs == "google.protobuf.Any")

    def test_every_field_is_sparks(self):
        n = 0
        for name, ours in self.ours.items():
            if name in (PLAIN, *ENTRIES):
                continue
            theirs = self.theirs["google.protobuf.Any" if name == "google.rpc.Any" else name]
            for field, (number, kind, label, message) in ours.items():
                with self.subTest(message=name, field=field):
                    n += 1
                    self.assertIn(field, theirs)
                    their_number, their_kind, their_label, their_message = theirs[field]
                    self.assertEqual(number, their_number)
                    self.assertEqual(kind, INT32 if their_kind == ENUM else their_kind)
                    self.assertEqual(label == REPEATED, their_label == REPEATED)
                    if kind == MESSAGE:
                        self.assertTrue(self.same_message(message, their_message), (message, their_message))
        self.assertGreater(n, 150)

    def test_a_maps_entry_is_a_key_and_a_value_of_text(self):
        for name in ENTRIES:
            self.assertEqual({field: row[:2] for field, row in self.ours[name].items()}, {"key": (1, 9), "value": (2, 9)})

    def test_types_without_a_parameter_need_none(self):
        kinds = self.theirs["spark.connect.DataType"]
        for field, (_, _, _, message) in self.ours["spark.connect.DataType"].items():
            if message == PLAIN:
                theirs = self.theirs[kinds[field][3]]
                self.assertLessEqual(set(theirs), {"type_variation_reference", "collation"}, field)


if __name__ == "__main__":
    unittest.main()
