"""Every type of Parquet as docs/types.md has it: kept, converted exactly, or refused, in every place where it may end up."""

import datetime
import decimal
import uuid

import postgresql
import pyarrow
import pyarrow.parquet
from harness import Case, ROOT, merged, unittest
from parquet_bytes import (BOOLEAN, BYTE_ARRAY, DOUBLE, FIXED, FLOAT, INT32, INT64, INT96, REPEATED, REQUIRED, group, int96, leaf,
                           logical, logical_decimal, logical_time, write)

PARQUET = {"input_format": "parquet", "path": "in/*.parquet", "options": {"header": None}}
UTC = datetime.timezone.utc
NOON = datetime.datetime(2024, 1, 1, 12, 0, 0, 123456)
MICROS = int(NOON.replace(tzinfo=UTC).timestamp()) * 1_000_000 + 123456
MILLIS = MICROS // 1000
DAY = (NOON.date() - datetime.date(1970, 1, 1)).days
UUID = uuid.UUID("0c1e8a52-3b7d-4f4e-9a34-5be3ad6f1c22")
UTC_NOON = NOON.replace(tzinfo=UTC)
UTC_NOON_MS = UTC_NOON.replace(microsecond=123000)


def integer_type(bits, signed):
    return logical(10, b"\x13" + bytes([bits]) + (b"\x11" if signed else b"\x12") + b"\x00")


# name: how it is written, the type in silver as DuckDB shows it, the value there, the type in PostgreSQL, the partition's name.
KEPT = {
    "boolean": (leaf("c", BOOLEAN, [True]), "BOOLEAN", True, "boolean", "true"),
    "int32": (leaf("c", INT32, [-7]), "INTEGER", -7, "integer", "-7"),
    "int64": (leaf("c", INT64, [-7]), "BIGINT", -7, "bigint", "-7"),
    "float": (leaf("c", FLOAT, [1.5]), "FLOAT", 1.5, "real", "1.5"),
    "double": (leaf("c", DOUBLE, [1.5]), "DOUBLE", 1.5, "double precision", "1.5"),
    "byte_array": (leaf("c", BYTE_ARRAY, [b"ab"]), "BLOB", b"ab", "bytea", None),
    "fixed": (leaf("c", FIXED, [b"ab"], length=2), "BLOB", b"ab", "bytea", None),
    "int96": (leaf("c", INT96, [int96(2440588 + DAY, (12 * 3600 * 10**6 + 123456) * 1000 + 999)]), "TIMESTAMP WITH TIME ZONE",
              UTC_NOON, "timestamp with time zone", "2024-01-01 12%3A00%3A00.123456"),
    "int_8": (leaf("c", INT32, [-128], converted="INT_8"), "TINYINT", -128, "smallint", "-128"),
    "int_16": (leaf("c", INT32, [-32768], converted="INT_16"), "SMALLINT", -32768, "smallint", "-32768"),
    "int_32": (leaf("c", INT32, [5], converted="INT_32"), "INTEGER", 5, "integer", "5"),
    "int_64": (leaf("c", INT64, [5], converted="INT_64"), "BIGINT", 5, "bigint", "5"),
    "uint_8": (leaf("c", INT32, [255], converted="UINT_8"), "SMALLINT", 255, "smallint", "255"),
    "uint_16": (leaf("c", INT32, [65535], converted="UINT_16"), "INTEGER", 65535, "integer", "65535"),
    "uint_32": (leaf("c", INT32, [-1], converted="UINT_32"), "BIGINT", 2**32 - 1, "bigint", "4294967295"),
    "uint_64": (leaf("c", INT64, [-1], converted="UINT_64"), "DECIMAL(20,0)", decimal.Decimal(2**64 - 1), "numeric(20,0)",
                "18446744073709551615"),
    "logical uint_64": (leaf("c", INT64, [-1], logical=integer_type(64, False)), "DECIMAL(20,0)", decimal.Decimal(2**64 - 1),
                        "numeric(20,0)", "18446744073709551615"),
    "logical uint_32": (leaf("c", INT32, [-1], logical=integer_type(32, False)), "BIGINT", 2**32 - 1, "bigint", "4294967295"),
    "logical uint_16": (leaf("c", INT32, [65535], logical=integer_type(16, False)), "INTEGER", 65535, "integer", "65535"),
    "logical uint_8": (leaf("c", INT32, [255], logical=integer_type(8, False)), "SMALLINT", 255, "smallint", "255"),
    "logical int_8": (leaf("c", INT32, [-128], logical=integer_type(8, True)), "TINYINT", -128, "smallint", "-128"),
    "logical date": (leaf("c", INT32, [DAY], logical=logical(6)), "DATE", NOON.date(), "date", "2024-01-01"),
    "logical decimal": (leaf("c", INT64, [-12345], logical=logical_decimal(18, 2)), "DECIMAL(18,2)", decimal.Decimal("-123.45"),
                        "numeric(18,2)", "-123.45"),
    "logical enum": (leaf("c", BYTE_ARRAY, [b"RED"], logical=logical(4)), "VARCHAR", "RED", "text", "RED"),
    "logical json": (leaf("c", BYTE_ARRAY, [b"[1]"], logical=logical(12)), "VARCHAR", "[1]", "text", "%5B1%5D"),
    "logical bson": (leaf("c", BYTE_ARRAY, [b"\x05\x00"], logical=logical(13)), "BLOB", b"\x05\x00", "bytea", None),
    "utf8": (leaf("c", BYTE_ARRAY, [b"caf\xc3\xa9"], converted="UTF8"), "VARCHAR", "café", "text", "café"),
    "string": (leaf("c", BYTE_ARRAY, [b"x"], logical=logical(1)), "VARCHAR", "x", "text", "x"),
    "enum": (leaf("c", BYTE_ARRAY, [b"RED"], converted="ENUM"), "VARCHAR", "RED", "text", "RED"),
    "json": (leaf("c", BYTE_ARRAY, [b'{"a": 1}'], converted="JSON"), "VARCHAR", '{"a": 1}', "text", "%7B%22a%22%3A 1}"),
    "json that is none": (leaf("c", BYTE_ARRAY, [b"{a"], logical=logical(12), converted="JSON"), "VARCHAR", "{a", "text", "%7Ba"),
    "bson": (leaf("c", BYTE_ARRAY, [b"\x05\x00"], converted="BSON"), "BLOB", b"\x05\x00", "bytea", None),
    "date": (leaf("c", INT32, [DAY], converted="DATE"), "DATE", NOON.date(), "date", "2024-01-01"),
    "decimal of int32": (leaf("c", INT32, [-12345], converted="DECIMAL", precision=9, scale=2), "DECIMAL(9,2)",
                         decimal.Decimal("-123.45"), "numeric(9,2)", "-123.45"),
    "decimal of int64": (leaf("c", INT64, [-12345], converted="DECIMAL", precision=18, scale=2), "DECIMAL(18,2)",
                         decimal.Decimal("-123.45"), "numeric(18,2)", "-123.45"),
    "decimal of bytes": (leaf("c", BYTE_ARRAY, [(-12345).to_bytes(3, "big", signed=True)], converted="DECIMAL", precision=38,
                              scale=2), "DECIMAL(38,2)", decimal.Decimal("-123.45"), "numeric(38,2)", "-123.45"),
    "decimal of fixed": (leaf("c", FIXED, [(-12345).to_bytes(16, "big", signed=True)], length=16, precision=38, scale=2,
                              converted="DECIMAL", logical=logical_decimal(38, 2)), "DECIMAL(38,2)", decimal.Decimal("-123.45"),
                         "numeric(38,2)", "-123.45"),
    "timestamp_millis": (leaf("c", INT64, [MILLIS], converted="TIMESTAMP_MILLIS"), "TIMESTAMP WITH TIME ZONE", UTC_NOON_MS,
                         "timestamp with time zone", "2024-01-01 12%3A00%3A00.123"),
    "timestamp_micros": (leaf("c", INT64, [MICROS], converted="TIMESTAMP_MICROS"), "TIMESTAMP WITH TIME ZONE", UTC_NOON,
                         "timestamp with time zone", "2024-01-01 12%3A00%3A00.123456"),
    "instant, millis": (leaf("c", INT64, [MILLIS], logical=logical_time(8, True, "millis")), "TIMESTAMP WITH TIME ZONE",
                        UTC_NOON_MS, "timestamp with time zone", "2024-01-01 12%3A00%3A00.123"),
    "instant, micros": (leaf("c", INT64, [MICROS], logical=logical_time(8, True, "micros")), "TIMESTAMP WITH TIME ZONE", UTC_NOON,
                        "timestamp with time zone", "2024-01-01 12%3A00%3A00.123456"),
    "local, millis": (leaf("c", INT64, [MILLIS], logical=logical_time(8, False, "millis")), "TIMESTAMP",
                      NOON.replace(microsecond=123000), "timestamp without time zone", "2024-01-01 12%3A00%3A00.123"),
    "local, micros": (leaf("c", INT64, [MICROS], logical=logical_time(8, False, "micros")), "TIMESTAMP", NOON,
                      "timestamp without time zone", "2024-01-01 12%3A00%3A00.123456"),
    "time_millis": (leaf("c", INT32, [3723004], converted="TIME_MILLIS"), "VARCHAR", "01:02:03.004", "text", "01%3A02%3A03.004"),
    "time_micros": (leaf("c", INT64, [3723000004], converted="TIME_MICROS"), "VARCHAR", "01:02:03.000004", "text",
                    "01%3A02%3A03.000004"),
    "time in utc": (leaf("c", INT64, [3723000000], logical=logical_time(7, True, "micros")), "VARCHAR", "01:02:03", "text",
                    "01%3A02%3A03"),
    "local time": (leaf("c", INT32, [3723000], logical=logical_time(7, False, "millis")), "VARCHAR", "01:02:03", "text",
                   "01%3A02%3A03"),
    "uuid": (leaf("c", FIXED, [UUID.bytes], length=16, logical=logical(14)), "VARCHAR", str(UUID), "text", str(UUID)),
    "float16": (leaf("c", FIXED, [b"\x00\x3e"], length=2, logical=logical(15)), "FLOAT", 1.5, "real", "1.5"),
    "null": (leaf("c", INT32, [None], logical=logical(11)), "INTEGER", None, "integer", None),
}

# name: how it is written, and what the message says of its type.
REFUSED = {
    "decimal over 38 digits": (leaf("c", FIXED, [b"\x00" * 21], length=21, converted="DECIMAL", precision=50, scale=2),
                               "DECIMAL(50,2)"),
    "timestamp of nanoseconds": (leaf("c", INT64, [1], logical=logical_time(8, False, "nanos")), "TIMESTAMP(NANOS)"),
    "instant of nanoseconds": (leaf("c", INT64, [1], logical=logical_time(8, True, "nanos")), "TIMESTAMP(NANOS)"),
    "time of nanoseconds": (leaf("c", INT64, [1], logical=logical_time(7, False, "nanos")), "TIME(NANOS)"),
    "interval": (leaf("c", FIXED, [b"\x01" * 12], length=12, converted="INTERVAL"), "INTERVAL"),
    "geometry": (leaf("c", BYTE_ARRAY, [b"\x01\x01\x00\x00\x00" + b"\x00" * 16], logical=logical(17)), "GEOMETRY"),
    "geography": (leaf("c", BYTE_ARRAY, [b"\x01\x01\x00\x00\x00" + b"\x00" * 16], logical=logical(18)), "GEOGRAPHY"),
    "variant": (group("c", [leaf("metadata", BYTE_ARRAY, [b"\x11\x00\x00"], repetition=REQUIRED),
                            leaf("value", BYTE_ARRAY, [b"\x0c\x01"], repetition=REQUIRED)], logical=logical(16)), "VARIANT"),
}


def renamed(node, name):
    copy = node.__class__(name, node.repetition, node.children, node.physical, node.values, node.levels)
    copy.extra = node.extra
    return copy


def column_names():
    return {name: f"c{i}" for i, name in enumerate(KEPT)}


class ParquetCase(Case):
    def setUp(self):
        super().setUp()
        (self.root / "in").mkdir()

    def parquet(self, *nodes, name="a.parquet", **options):
        return write(self.root / "in" / name, list(nodes), **options)

    def read(self, *arguments, exit=0, source=None, **change):
        self.dataset({"source": merged(PARQUET, source or {}), **change})
        return self.run_dataset(*arguments, exit=exit)

    def all_kept(self):
        names = column_names()
        self.parquet(*[renamed(node, names[name]) for name, (node, *_) in KEPT.items()])
        return names



class Types(ParquetCase):

    # --- the table of docs/types.md -----------------------------------------------------------------------------------------------

    def test_silver_has_every_type_exactly(self):
        names = self.all_kept()
        self.read()
        types = self.silver_types()
        row = dict(zip(types, self.silver(", ".join(types))[0]))
        for name, (_, expected_type, value, *_) in KEPT.items():
            self.assertEqual((types[names[name]], row[names[name]]), (expected_type, value), name)

    def test_gold_in_duckdb_has_every_type_as_silver(self):
        names = self.all_kept()
        self.write("database.yml", {"default": {"driver": "duckdb", "path": "warehouse.duckdb"}})
        self.read(output={"gold": {"enabled": True, "database_config": "database.yml"}})
        found = self.gold("SELECT * EXCLUDE (_run_id, _ingestion_ts) FROM gold.demo")[0]
        types = [row[0] for row in self.gold("SELECT data_type FROM duckdb_columns() WHERE table_name = 'demo' ORDER BY column_index")]
        for (name, (_, expected_type, value, *_)), cell, found_type in zip(KEPT.items(), found, types):
            self.assertEqual((found_type, cell), (expected_type, value), name)
        self.assertEqual(len(found), len(names))

    def test_a_rule_compares_and_casts_every_type(self):
        names = self.all_kept()
        literals = {"byte_array": "X'6162'", "fixed": "X'6162'", "bson": "X'0500'", "logical bson": "X'0500'", "null": None}
        rules = []
        for name, (_, found_type, value, *_) in KEPT.items():
            literal = literals.get(name, repr(value))
            if isinstance(value, (datetime.datetime, datetime.date)):
                kind = {"DATE": "DATE", "TIMESTAMP": "TIMESTAMP_NTZ"}.get(found_type, "TIMESTAMP")
                zone = "Z" if kind == "TIMESTAMP" else ""
                literal = f"{kind}'{value.isoformat().replace('+00:00', '')}{zone}'"
            elif isinstance(value, (int, float, decimal.Decimal)):
                literal = str(value).lower()
            column = names[name]
            rules.append({"name": column, "expr": f"{column} IS NULL" if literal is None else
                          f"{column} = {literal} AND CAST({column} AS STRING) IS NOT NULL"})
        rows = self.read(quality={"rules": rules}).rows
        self.assertEqual(rows["passed"], 1, self.table("out/quarantine", "_failed_rules") if rows["passed"] == 0 else "")

    def test_a_partition_is_named_as_spark_names_it(self):
        names = self.all_kept()
        parts = {name: part for name, (*_, part) in KEPT.items() if part is not None}
        self.read(output={"silver": {"partition_by": [names[name] for name in parts]}})
        path = self.files_below("out/silver")[0].split("/")[:-1]
        self.assertEqual(path, [f"{names[name]}={part}" for name, part in parts.items()])

    def test_a_list_a_struct_and_a_map_hold_every_type(self):
        columns, expected = [], {}
        for i, (name, (node, found_type, value, *_)) in enumerate(KEPT.items()):
            if value is None:
                continue
            item = renamed(node, "element")
            item.levels = [(0, 3)]
            columns.append(group(f"l{i}", [group("list", [item], REPEATED)], converted="LIST"))
            columns.append(group(f"s{i}", [renamed(node, "f")]))
            columns[-1].children[0].levels = [(0, 2)]
            key = leaf("key", BYTE_ARRAY, [b"k"], repetition=REQUIRED, converted="UTF8", levels=[(0, 2)])
            value_node = renamed(node, "value")
            value_node.levels = [(0, 3)]
            columns.append(group(f"m{i}", [group("key_value", [key, value_node], REPEATED)], converted="MAP"))
            expected |= {f"l{i}": (f"{found_type}[]", [value]), f"s{i}": (f"STRUCT(f {found_type})", {"f": value}),
                         f"m{i}": (f"MAP(VARCHAR, {found_type})", {"k": value})}
        self.parquet(*columns)
        self.read()
        types = self.silver_types()
        row = dict(zip(types, self.silver(", ".join(types))[0]))
        for column, (found_type, value) in expected.items():
            self.assertEqual((types[column], row[column]), (found_type, value), column)

    def test_what_no_type_of_spark_holds_is_refused_by_its_name(self):
        for name, (node, shown) in REFUSED.items():
            with self.subTest(name):
                self.parquet(leaf("id", INT32, [1]), node)
                answer = self.read(exit=2)
                self.assert_refused(answer, 'column "c"', "in/a.parquet", shown)

    def test_what_is_refused_is_refused_in_a_list_too(self):
        for name, (node, shown) in REFUSED.items():
            if node.children is not None:
                continue
            with self.subTest(name):
                item = renamed(node, "element")
                item.levels = [(0, 3)]
                self.parquet(leaf("id", INT32, [1]), group("c", [group("list", [item], REPEATED)], converted="LIST"))
                self.assert_refused(self.read(exit=2), 'column "c"', shown)

    def test_the_page_on_types_names_what_is_tested(self):
        page = (ROOT / "docs/types.md").read_text()
        for _, shown in REFUSED.values():
            self.assertIn(shown.split("(")[0], page)

    # --- timestamps ---------------------------------------------------------------------------------------------------------------

    def test_int96_is_an_instant_wherever_it_stands(self):
        noon = [NOON]
        pyarrow.parquet.write_table(
            pyarrow.table({"a": pyarrow.array(noon, pyarrow.timestamp("us")), "l": [noon], "s": [{"x": NOON, "y": noon}],
                           "m": pyarrow.array([[("k", NOON)]], pyarrow.map_(pyarrow.string(), pyarrow.timestamp("us")))}),
            self.root / "in/a.parquet", use_deprecated_int96_timestamps=True)
        self.write("config/env.yml", {"timezone": "America/Bogota"})
        rule = "hour(a) = 7 AND hour(l[0]) = 7 AND hour(s.x) = 7 AND hour(s.y[0]) = 7 AND hour(m['k']) = 7"
        self.read(quality={"rules": [{"name": "seven", "expr": rule}]},
                  output={"silver": {"partition_by": ["date", "hour"], "partition_from": "a"}})
        self.assertRegex(self.files_below("out/silver")[0], "^date=2024-01-01/hour=07/")
        self.assertEqual(self.silver("a, l[1], s.x, s.y[1], m['k']"), [(UTC_NOON,) * 5])

    def test_a_cast_of_int96_is_in_the_zone(self):
        self.parquet(renamed(KEPT["int96"][0], "c"))
        self.write("config/env.yml", {"timezone": "America/Bogota"})
        self.read(standardization={"casts": [{"column": "c", "to": "string"}]})
        self.assertEqual(self.silver("c"), [("2024-01-01 07:00:00.123456",)])

    def test_int96_beside_other_timestamps_of_the_same_column(self):
        self.parquet(renamed(KEPT["int96"][0], "c"), name="a.parquet")
        self.parquet(renamed(KEPT["instant, micros"][0], "c"), leaf("new", INT32, [1]), name="b.parquet")
        self.parquet(renamed(KEPT["timestamp_millis"][0], "c"), name="c.parquet")
        self.read()
        self.assertEqual(sorted(self.silver("c, new"), key=str),
                         sorted([(UTC_NOON, None), (UTC_NOON, 1), (UTC_NOON_MS, None)], key=str))

    def test_an_instant_beside_a_local_time_is_refused(self):
        self.parquet(renamed(KEPT["int96"][0], "c"), name="a.parquet")
        self.parquet(renamed(KEPT["local, micros"][0], "c"), name="b.parquet")
        self.assert_refused(self.read(exit=2), '"c"', "timestamp", "timestamp_ntz", "a.parquet", "b.parquet")

    def test_nanoseconds_are_a_bigint_where_that_is_asked_for(self):
        most, least = 2**63 - 1, -2**63
        self.parquet(leaf("a", INT64, [1, most, least, None], logical=logical_time(8, True, "nanos")),
                   leaf("b", INT64, [1, most, least, None], logical=logical_time(8, False, "nanos")))
        for spelling in ("nanosAsLong", "NANOSASLONG"):
            self.read(source={"options": {spelling: True}})
            self.assertEqual(self.silver_types()["a"], "BIGINT")
            self.assertEqual(sorted(self.silver("a, b"), key=str), sorted([(1, 1), (most, most), (least, least), (None, None)], key=str))

    def test_times_out_of_range_are_records_that_are_malformed(self):
        highest = 2**63 - 1
        self.parquet(leaf("id", INT32, [1, 2, 3]), leaf("c", INT64, [highest, -highest - 1, 5], converted="TIMESTAMP_MILLIS"))
        self.parquet(leaf("id", INT32, [4, 5, 6]), leaf("c", INT64, [highest, -highest - 1, 5], converted="TIMESTAMP_MICROS"),
                   name="b.parquet")
        self.parquet(leaf("id", INT32, [7, 8]), leaf("d", INT32, [2**31 - 1, 0], converted="DATE"), name="c.parquet")
        self.parquet(leaf("id", INT32, [9, 10]), leaf("c", INT96, [int96(2440588 + 106751991, 0), int96(2440588, 0)]),
                   name="d.parquet")
        self.assertEqual(self.read().rows["malformed"], 6)
        self.assertEqual(self.silver("id"), [(3,), (6,), (8,), (10,)])
        self.assertEqual(self.quarantine("id, _failed_rules[1]", order="id"),
                         [(i, "malformed:out_of_range") for i in (1, 2, 4, 5, 7, 9)])
        self.assertEqual(self.quarantine("_raw_record", where="id = 1"), [(f'{{"c": {highest}}}',)])

    # --- the calendar of old writers ----------------------------------------------------------------------------------------------

    def old(self, metadata, name="a.parquet"):
        self.parquet(leaf("d", INT32, [-141428, -141427, -682945, 0], converted="DATE"),
                   leaf("t", INT64, [-141428 * 86400 * 10**6 + 5, -141427 * 86400 * 10**6, -682945 * 86400 * 10**6, 0],
                        converted="TIMESTAMP_MICROS"),
                   leaf("i", INT96, [int96(2440588 - 141428, 0), int96(2440588 - 141427, 0), int96(2440588 - 682945, 0),
                                     int96(2440588, 0)]), metadata=metadata, name=name)

    def dates(self):
        return self.silver("CAST(d AS VARCHAR), CAST(t AS VARCHAR), CAST(i AS VARCHAR)", order="d")

    def test_dates_of_spark_2_are_rebased_as_spark_3_does(self):
        old = [("0100-03-01", "0100-03-01 00:00:00+00"), ("1582-10-04", "1582-10-04 00:00:00.000005+00"),
               ("1582-10-15", "1582-10-15 00:00:00+00"), ("1970-01-01", "1970-01-01 00:00:00+00")]
        plain = [("0100-02-28", "0100-02-28 00:00:00+00"), ("1582-10-14", "1582-10-14 00:00:00.000005+00"), *old[2:]]
        version, date_key, int96_key = (f"org.apache.spark.{key}" for key in ("version", "legacyDateTime", "legacyINT96"))
        for metadata, has_old, has_old_int96 in ((None, False, False), ({version: "4.0.1"}, False, False),
                                                 ({version: "2.4.5"}, True, True), ({version: "3.0.1"}, False, True),
                                                 ({version: "3.5.0", date_key: ""}, True, False),
                                                 ({version: "3.5.0", int96_key: ""}, False, True)):
            with self.subTest(metadata):
                self.old(metadata)
                self.read()
                dates = old if has_old else plain
                instants = [t.replace(".000005", "") for _, t in (old if has_old_int96 else plain)]
                self.assertEqual(self.dates(), [(d, t, i) for (d, t), i in zip(dates, instants)])

    def test_files_of_spark_are_read_as_it_reads_them(self):
        """tests/cases/parquet: by Spark 4.0.1 in America/Bogota, one row a day, with outputTimestampType INT96 or
        TIMESTAMP_MICROS and, "legacy", datetimeRebaseModeInWrite or int96RebaseModeInWrite LEGACY."""
        self.write("config/env.yml", {"timezone": "America/Bogota"})
        days = ["0001-01-02", "1500-02-28", "1582-10-04", "1883-01-01", "1969-12-31", "2024-01-31"]
        rule = ("l = -7 AND d9 = -1.23 AND d38 = -1.23 AND text = 'café' AND bytes = X'00FF' AND list[0] = map['k'] AND "
                "list[0] = struct.x AND date_format(list[0], 'HH:mm:ss') = '10:11:12'")
        for name in ("int96", "int96-legacy", "micros", "micros-legacy"):
            with self.subTest(name):
                (self.root / "in/a.parquet").write_bytes((ROOT / f"tests/cases/parquet/spark-{name}.parquet").read_bytes())
                self.read(standardization={"casts": [{"column": c, "to": "string"} for c in ("date", "ts", "ntz")]},
                          quality={"rules": [{"name": "same", "expr": rule}]})
                time = "10:11:12.123456"
                self.assertEqual(self.silver("date, ts, ntz", order="date"),
                                 [(day, f"{day} {time}", f"{day} {time}") for day in days])

    # --- files of one source --------------------------------------------------------------------------------------------------

    def test_a_column_takes_the_wider_type_of_its_files(self):
        self.parquet(leaf("c", INT32, [255], converted="UINT_8"), name="a.parquet")
        self.parquet(leaf("c", INT32, [-1], converted="UINT_32"), name="b.parquet")
        self.parquet(leaf("c", INT32, [-5]), name="c.parquet")
        self.parquet(leaf("c", INT32, [None], logical=logical(11)), name="d.parquet")
        self.read()
        self.assertEqual(self.silver_types()["c"], "BIGINT")
        self.assertEqual(self.silver("c"), [(-5,), (255,), (2**32 - 1,), (None,)])

    def test_types_that_no_type_holds_are_refused_with_both_files(self):
        for a, b in (("uint_64", "int64"), ("int32", "utf8"), ("decimal of int64", "double"), ("uuid", "fixed"),
                     ("date", "local, micros"), ("byte_array", "utf8"), ("int64", "double")):
            with self.subTest(f"{a}, {b}"):
                self.parquet(renamed(KEPT[a][0], "c"), name="a.parquet")
                self.parquet(renamed(KEPT[b][0], "c"), name="b.parquet")
                self.assert_refused(self.read(exit=2), 'column "c"', "in/a.parquet", "in/b.parquet")

    def test_structs_are_united_by_their_fields(self):
        for name, fields in (("a", [leaf("a", INT32, [1], levels=[(0, 2)]), leaf("b", INT32, [2], converted="UINT_8", levels=[(0, 2)])]),
                             ("b", [leaf("b", INT64, [3], levels=[(0, 2)]),
                                    leaf("x", BYTE_ARRAY, [b"t"], converted="UTF8", levels=[(0, 2)])])):
            self.parquet(group("s", fields), name=f"{name}.parquet")
        self.read()
        self.assertEqual(sorted(self.silver("s.a, s.b, s.x"), key=str), sorted([(1, 2, None), (None, 3, "t")], key=str))

    # --- old layouts ---------------------------------------------------------------------------------------------------------------

    def test_old_layouts_of_lists_and_maps(self):
        def items(name):
            return leaf(name, INT32, [1, 2], repetition=REQUIRED, levels=[(0, 2), (1, 2)])
        two_level = group("a", [leaf("array", INT32, [1, 2], repetition=REPEATED, levels=[(0, 2), (1, 2)])], converted="LIST")
        tuples = group("b", [group("b_tuple", [items("x")], REPEATED)], converted="LIST")
        bag = group("c", [group("bag", [leaf("array_element", INT32, [1, 2], levels=[(0, 3), (1, 3)])], REPEATED)],
                    converted="LIST")
        bare = leaf("d", INT32, [1, 2], repetition=REPEATED, levels=[(0, 1), (1, 1)])
        old_map = group("e", [group("map", [leaf("key", INT32, [1, 2], repetition=REQUIRED, levels=[(0, 2), (1, 2)]),
                                            leaf("value", INT32, [3, 4], levels=[(0, 3), (1, 3)])], REPEATED,
                                    converted="MAP_KEY_VALUE")], converted="MAP")
        older_map = group("f", [group("map", [leaf("key", INT32, [1, 2], repetition=REQUIRED, levels=[(0, 2), (1, 2)]),
                                              leaf("value", INT32, [3, 4], levels=[(0, 3), (1, 3)])], REPEATED)],
                          converted="MAP_KEY_VALUE")
        self.parquet(two_level, tuples, bag, bare, old_map, older_map, n_rows=1)
        self.read()
        self.assertEqual(self.silver("a, b, c, d, e, f"),
                         [([1, 2], [{"x": 1}, {"x": 2}], [1, 2], [1, 2], {1: 3, 2: 4}, {1: 3, 2: 4})])


class PostgreSql(ParquetCase):
    @classmethod
    def setUpClass(cls):
        cls.server = postgresql.server()

    def test_gold_in_postgresql_has_every_type(self):
        names = self.all_kept()
        self.environment["TEST_PASSWORD"] = self.server.password
        self.server.sql("CREATE DATABASE types")
        self.addCleanup(self.server.sql, "DROP DATABASE types WITH (FORCE)")
        self.write("database.yml", {"default": {"driver": "postgresql", "host": "127.0.0.1", "port": self.server.port,
                                                "database": "types", "user": "admin", "password_env": "TEST_PASSWORD"}})
        self.dataset({"source": PARQUET, "output": {"gold": {"enabled": True, "database_config": "database.yml"}}})
        self.run_dataset()
        self.run_dataset()
        types = self.server.sql("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'gold.demo'::regclass "
                                "AND attnum > 0 ORDER BY attnum", database="types")
        for (name, (_, _, value, expected_type, _)), found_type in zip(KEPT.items(), types):
            self.assertEqual(found_type, expected_type, name)
            column = names[name]
            literal = "NULL" if value is None else f"'\\x{value.hex()}'" if isinstance(value, bytes) else f"'{value}'"
            self.assertEqual(self.server.sql(f"SELECT count(*) FROM gold.demo WHERE {column} IS NOT DISTINCT FROM {literal}",
                                             database="types"), ["1"], name)


if __name__ == "__main__":
    unittest.main()
