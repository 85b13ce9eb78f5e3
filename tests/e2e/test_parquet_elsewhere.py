"""Parquet where it is seldom looked at: broken values and files in an object store, INT96 in a PostgreSQL table under zones with and
without summer time, both zeros inside nested values."""

import datetime
import math
import zoneinfo

import minio
import postgresql
import pyarrow
import pyarrow.parquet
from harness import Case, merged, unittest
from parquet_bytes import BYTE_ARRAY, INT32, INT64, INT96, int96, leaf, write

PARQUET = {"input_format": "parquet", "path": "in/*.parquet", "options": {"header": None}}


class InAnObjectStore(minio.StoreCase):
    def put(self, key, *nodes, **options):
        (self.root / "made").mkdir(exist_ok=True)
        path = self.root / "made" / key
        write(path, list(nodes), **options)
        self.store.put(self.bucket, f"in/{key}", path.read_bytes())

    def put_good(self, key="a.parquet"):
        self.put(key, leaf("id", INT64, list(range(100, 200))), leaf("s", BYTE_ARRAY, [b"v"] * 100, converted="UTF8"))

    def read(self, exit=0, **change):
        self.dataset({"source": merged(PARQUET, {"path": f"s3a://{self.bucket}/in/*.parquet"}), **change})
        return self.run_dataset(exit=exit)

    def test_text_that_is_not_utf_8_is_one_malformed_record(self):
        self.put_good()
        texts = [b"ok", b"caf\xe9", None, b"\xed\xa0\x80", "ñ".encode()]
        self.put("b.parquet", leaf("id", INT64, [1, 2, 3, 4, 5]), leaf("s", BYTE_ARRAY, texts, converted="UTF8"))
        answer = self.read()
        self.assertEqual((answer.rows["read"], answer.rows["malformed"]), (105, 2))
        self.assertEqual(self.silver("id, s", where="id < 100"), [(1, "ok"), (3, None), (5, "ñ")])
        place = f"s3://{self.bucket}/in/b.parquet"
        self.assertEqual(self.quarantine("id, s, _failed_rules, _raw_record, _source_file, _source_offset", order="id"),
                         [(2, None, ["malformed:invalid_text"], '{"s": "caf\\xE9"}', place, 1),
                          (4, None, ["malformed:invalid_text"], '{"s": "\\xED\\xA0\\x80"}', place, 3)])

    def test_only_broken_values(self):
        self.put("b.parquet", leaf("id", INT64, [1, 2]), leaf("s", BYTE_ARRAY, [b"\xff", b"\xfe"], converted="UTF8"))
        answer = self.read()
        self.assertEqual((answer.rows["malformed"], answer.rows["passed"]), (2, 0))

    def test_a_map_with_a_key_twice_is_a_malformed_record(self):
        path = self.root / "m.parquet"
        pairs = pyarrow.array([[("a", 1), ("a", 2)], [("b", 1)]], pyarrow.map_(pyarrow.string(), pyarrow.int64()))
        pyarrow.parquet.write_table(pyarrow.table({"id": [1, 2], "m": pairs}), path)
        self.store.put(self.bucket, "in/m.parquet", path.read_bytes())
        self.read()
        self.assertEqual(self.silver("id"), [(2,)])
        self.assertEqual(self.quarantine("id, _failed_rules"), [(1, ["malformed:map_key"])])

    def test_a_broken_object_among_sound_ones_is_named(self):
        self.put_good()
        content = self.store.get(self.bucket, "in/a.parquet")
        for name, broken in (("empty", b""), ("cut in half", content[:len(content) // 2]), ("text", b"id,s\n1,2\n" * 20),
                             ("a footer of 2 GiB", content[:-8] + b"\xff\xff\xff\x7fPAR1"), ("no mark", content[:-4] + b"XXXX")):
            with self.subTest(name):
                self.store.put(self.bucket, "in/b.parquet", broken)
                answer = self.read(exit=3)
                self.assert_refused(answer, f"s3://{self.bucket}/in/b.parquet")
                self.assertNotIn("SELECT", answer.err)

    def test_a_footer_that_lies_is_named(self):
        columns = leaf("id", INT64, [1, 2, 3]), leaf("s", BYTE_ARRAY, [b"a", b"b", b"c"], converted="UTF8")
        for name, options in (("file, more", {"says": 7}), ("group, fewer", {"n_rows": 2})):
            with self.subTest(name):
                self.put_good()
                self.put("b.parquet", *columns, **options)
                self.assert_refused(self.read(exit=3), f"s3://{self.bucket}/in/b.parquet")


class Int96InPostgreSql(Case):
    """INT96 is an instant: a TIMESTAMPTZ of the same one, whatever the zone of the run, of the server's session or its clocks do."""

    # Instants around both changes of the clocks in New York, and where Bogota and Kolkata have another day than UTC.
    INSTANTS = [datetime.datetime(*parts, tzinfo=datetime.timezone.utc) for parts in (
        (2024, 1, 1, 3), (2024, 3, 10, 6, 30), (2024, 3, 10, 7, 30), (2024, 7, 1, 23, 59, 59), (2024, 11, 3, 5, 30), (2024, 11, 3, 6, 30),
        (1969, 12, 31, 23), (2024, 10, 6, 4, 30))]

    @classmethod
    def setUpClass(cls):
        cls.server = postgresql.server()

    def test_in_every_zone(self):
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        micros = [(instant - epoch) // datetime.timedelta(microseconds=1) for instant in self.INSTANTS]
        stored = [int96(2440588 + m // 86_400_000_000, m % 86_400_000_000 * 1000) for m in micros]
        (self.root / "in").mkdir()
        write(self.root / "in/a.parquet", [leaf("id", INT32, list(range(len(stored)))), leaf("t", INT96, stored)])
        for n, zone in enumerate(("UTC", "America/Bogota", "America/New_York", "Asia/Kolkata", "America/Asuncion")):
            with self.subTest(zone):
                database = f"int96_{n}"
                self.server.sql(f"CREATE DATABASE {database}")
                self.server.sql(f"ALTER DATABASE {database} SET TimeZone = 'Asia/Tokyo'")
                self.write("database.yml", {"default": {"driver": "postgresql", "host": "127.0.0.1", "port": self.server.port,
                                                        "database": database, "user": "admin", "password": self.server.password}})
                self.write("config/env.yml", {"timezone": zone})
                self.dataset({"source": PARQUET, "output": {
                    "silver": {"mode": "overwrite_dynamic", "partition_by": ["date"], "partition_from": "t"},
                    "gold": {"enabled": True, "database_config": "database.yml", "mode": "follow", "add_columns": [
                        {"name": "h", "expr": "hour(t)", "type": "integer"}, {"name": "d", "expr": "to_date(t)", "type": "date"}]}}})
                local = [instant.astimezone(zoneinfo.ZoneInfo(zone)) for instant in self.INSTANTS]
                expected = [f"{m}|{at.hour}|{at.date()}" for m, at in zip(micros, local)]
                for repeat in range(2):   # the second run finds the partitions of the first by their instants
                    self.run_dataset()
                    self.assertEqual(self.server.sql(
                        "SELECT CAST(extract(epoch FROM t) * 1000000 AS bigint), h, d FROM gold.demo ORDER BY id", database), expected)
                self.assertEqual({str(path).split("/")[0] for path in self.files_below("out/silver")},
                                 {f"date={at.date()}" for at in local})
                self.assertEqual(self.server.sql("SELECT data_type FROM information_schema.columns WHERE table_name = 'demo' AND "
                                                 "column_name = 't'", database), ["timestamp with time zone"])
                for old in sorted((self.root / "out").rglob("*"), reverse=True):
                    old.rmdir() if old.is_dir() else old.unlink()


class NestedZeros(Case):
    def signs(self, value):
        """The same value with the sign of each zero told apart."""
        if isinstance(value, float):
            return math.copysign(1.0, value) if value == 0 else value
        if isinstance(value, dict):
            return {key: self.signs(element) for key, element in value.items()}
        return [self.signs(element) for element in value] if isinstance(value, (list, tuple)) else value

    def test_both_zeros_inside_lists_structs_and_maps_stay_what_they_are(self):
        for precision in (pyarrow.float64(), pyarrow.float32()):
            kinds = {
                "l": (pyarrow.list_(precision), [[0.0, -0.0], [-0.0, 0.0, None, 1.0], [], None]),
                "s": (pyarrow.struct([("x", precision), ("y", precision)]),
                      [{"x": 0.0, "y": -0.0}, {"x": -0.0, "y": 0.0}, {"x": None, "y": -0.0}, None]),
                "m": (pyarrow.map_(pyarrow.string(), precision), [[("a", -0.0), ("b", 0.0)], [("a", 0.0), ("b", -0.0)], [], None]),
                "n": (pyarrow.list_(pyarrow.struct([("v", pyarrow.list_(precision))])),
                      [[{"v": [0.0, -0.0]}, {"v": [-0.0]}], [{"v": [0.0]}], [None], None]),
            }
            for dictionary in (True, False):
                with self.subTest(precision=str(precision), dictionary=dictionary):
                    (self.root / "in").mkdir(exist_ok=True)
                    columns = {name: pyarrow.array(values * 50, kind) for name, (kind, values) in kinds.items()}
                    table = pyarrow.table({"id": list(range(200)), **columns})
                    pyarrow.parquet.write_table(table, self.root / "in/a.parquet", use_dictionary=dictionary, row_group_size=64)
                    self.dataset({"source": PARQUET, "quality": {"rules": [{"name": "few", "expr": "id < 100"}]}})
                    self.run_dataset()
                    files = [str(self.root / "out/silver" / name) for name in self.files_below("out/silver")]
                    found = pyarrow.concat_tables([pyarrow.parquet.read_table(name, partitioning=None) for name in files])
                    self.compare(found.sort_by("id").select(["id", *kinds]), table.slice(0, 100), kinds)
                    kept = self.files_below("out/quarantine")
                    found = pyarrow.parquet.read_table(self.root / "out/quarantine" / kept[-1], partitioning=None)
                    self.compare(found.sort_by("id").select(["id", *kinds]), table.slice(100), kinds)

    def compare(self, found, wanted, kinds):
        for name in kinds:
            self.assertEqual(self.signs(found.column(name).to_pylist()), self.signs(wanted.column(name).to_pylist()), name)


if __name__ == "__main__":
    unittest.main()
