"""The Parquet files of a partitioned silver, which crisol writes itself: for every type the values, the schema, the statistics and the
pages, as PyArrow and DuckDB read them, against what the source held and what DuckDB's own COPY makes of the same rows."""

import datetime
import decimal
import math
import struct

import duckdb
import pyarrow
import pyarrow.parquet as parquet
from harness import Case, merged, unittest

UTC = datetime.timezone.utc
DAY = datetime.date
D = decimal.Decimal
LONG = "ñ" * 40  # longer than a bound

# A column each: its type, and values of which every one stands in every partition with every other one's row.
COLUMNS = {
    "boolean": (pyarrow.bool_(), [True, False, None]),
    "tinyint": (pyarrow.int8(), [-128, 127, 0, None]),
    "smallint": (pyarrow.int16(), [-32768, 32767, None]),
    "int": (pyarrow.int32(), [-(2**31), 2**31 - 1, None]),
    "bigint": (pyarrow.int64(), [-(2**63), 2**63 - 1, None]),
    "float": (pyarrow.float32(), [1.5, -0.0, 0.0, math.inf, None]),
    "double": (pyarrow.float64(), [5e-324, -math.inf, 0.0, -0.0, None]),
    "nan": (pyarrow.float64(), [math.nan, 1.0, None]),
    "zeros": (pyarrow.float64(), [-0.0, -0.0]),
    "decimal4": (pyarrow.decimal128(4, 2), [D("-99.99"), D("99.99"), None]),
    "decimal9": (pyarrow.decimal128(9, 0), [D(-999999999), D(999999999)]),
    "decimal18": (pyarrow.decimal128(18, 18), [D("-0.999999999999999999"), D("0.1")]),
    "decimal38": (pyarrow.decimal128(38, 0), [D(-(10**38) + 1), D(10**38 - 1), D(-1), None]),
    "string": (pyarrow.string(), ["", "a", "\x00", "\U0001F600", LONG, LONG + "z", None]),
    "binary": (pyarrow.binary(), [b"", b"\x00\xff", b"\xff" * 70, None]),
    "date": (pyarrow.date32(), [DAY(1, 1, 1), DAY(9999, 12, 31), None]),
    "timestamp": (pyarrow.timestamp("us", "UTC"), [datetime.datetime(1, 1, 1, tzinfo=UTC),
                                                   datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), None]),
    "local": (pyarrow.timestamp("us"), [datetime.datetime(1900, 1, 1, 0, 0, 0, 1), None]),
    "nothing": (pyarrow.int32(), [None]),
    "list": (pyarrow.list_(pyarrow.int32()), [[], [1], [None, 2, 3], None]),
    "lists": (pyarrow.list_(pyarrow.list_(pyarrow.string())), [[[]], [None, ["a", None], []], [["b"] * 20], None, []]),
    "struct": (pyarrow.struct([("a", pyarrow.int64()), ("b", pyarrow.struct([("c", pyarrow.string())]))]),
               [{"a": 1, "b": {"c": "x"}}, {"a": None, "b": None}, {"a": None, "b": {"c": None}}, None]),
    "map": (pyarrow.map_(pyarrow.string(), pyarrow.float64()), [[], [("k", 1.5), ("l", None)], None]),
    "maps": (pyarrow.map_(pyarrow.int32(), pyarrow.list_(pyarrow.struct([("t", pyarrow.date32())]))),
             [[(1, [{"t": DAY(2024, 2, 29)}, None])], [(2, None), (3, [])], None]),
    "structs": (pyarrow.list_(pyarrow.struct([("z", pyarrow.float64()), ("m", pyarrow.map_(pyarrow.string(), pyarrow.bool_()))])),
                [[{"z": -0.0, "m": [("x", True)]}, {"z": 0.0, "m": None}], [None], []]),
}
ROWS = 211
PARTITIONS = ["a", "b", None]
PARQUET = {"source": {"input_format": "parquet", "path": "in/*.parquet", "options": None},
           "output": {"silver": {"partition_by": ["part"]}}}


def exact(value):
    """Two values that differ in a bit differ here: NaN is itself, -0.0 is not 0.0."""
    if isinstance(value, float):
        return struct.pack(">d", value)
    if isinstance(value, list):
        return [exact(v) for v in value]
    if isinstance(value, tuple):
        return tuple(exact(v) for v in value)
    return {k: exact(v) for k, v in value.items()} if isinstance(value, dict) else value


def source_table(rows=ROWS):
    columns = {"row": pyarrow.array(range(rows), pyarrow.int32()),
               "part": pyarrow.array([PARTITIONS[i % len(PARTITIONS)] for i in range(rows)], pyarrow.string())}
    for name, (kind, values) in COLUMNS.items():
        columns[name] = pyarrow.array([values[i // len(PARTITIONS) % len(values)] for i in range(rows)], kind)
    return pyarrow.table(columns)


class SilverFiles(Case):
    def lake(self, table, compression="snappy", change=None):
        (self.root / "in").mkdir(exist_ok=True)
        parquet.write_table(table, self.root / "in" / "a.parquet")
        self.dataset(merged(merged(PARQUET, {"output": {"silver": {"compression": compression}}}), change or {}))
        self.run_dataset()
        return [self.root / "out/silver" / name for name in self.files_below("out/silver")]

    def read_back(self, files):
        tables = [parquet.read_table(f, partitioning=None).drop_columns(["_run_id", "_ingestion_ts"]) for f in files]
        return pyarrow.concat_tables(tables).sort_by("row")

    def test_every_value_of_every_type_comes_back_from_pyarrow(self):
        table = source_table()
        for compression in ("snappy", "zstd", "gzip", "uncompressed"):
            files = self.lake(table, compression)
            self.assertEqual(len(files), len(PARTITIONS))
            found = self.read_back(files)
            for name, (kind, _) in COLUMNS.items():
                self.assertEqual(found.schema.field(name).type, kind, name)
                self.assertEqual(exact(found[name].to_pylist()), exact(table[name].to_pylist()), f"{name} {compression}")
            for file in files:
                metadata = parquet.read_metadata(file)
                self.assertTrue(metadata.created_by.startswith("crisol version "))
                self.assertEqual(metadata.row_group(0).column(0).compression, compression.upper())

    def test_every_value_comes_back_from_duckdb(self):
        table = source_table()
        files = [str(f) for f in self.lake(table)]
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            found = connection.execute('SELECT * EXCLUDE (part, _run_id, _ingestion_ts) FROM read_parquet(?) ORDER BY "row"',
                                       [files]).to_arrow_table()
        for name in COLUMNS:
            self.assertEqual(exact(found[name].to_pylist()), exact(table[name].to_pylist()), name)

    def test_the_schema_is_that_of_duckdbs_copy(self):
        """A compression that this writer lacks is DuckDB's, so that both make a lake of the same rows."""
        schemas = {}
        for compression in ("snappy", "lz4"):
            file = self.lake(source_table(), compression)[0]
            self.assertEqual(parquet.read_metadata(file).created_by.startswith("crisol"), compression == "snappy")
            with duckdb.connect() as connection:
                columns = "name, type, type_length, repetition_type, num_children, converted_type, scale, precision"
                schemas[compression] = connection.execute(f"SELECT {columns} FROM parquet_schema(?) OFFSET 1", [str(file)]).fetchall()
                schemas[compression].append(str(parquet.ParquetFile(file).schema).split("{", 1)[1])
        self.assertEqual(schemas["snappy"], schemas["lz4"])

    def test_a_lake_that_duckdb_began_is_appended_to(self):
        append = {"output": {"silver": {"mode": "append", "merge_schema": True}}}
        self.lake(source_table(), "lz4", append)
        self.lake(source_table(), "snappy", append)
        self.assertEqual(self.silver("count(*), count(DISTINCT _run_id), count(DISTINCT row)"), [(2 * ROWS, 2, ROWS)])

    def test_statistics_hold_every_value(self):
        for file in self.lake(source_table()):
            values = parquet.read_table(file, partitioning=None)
            group = parquet.read_metadata(file).row_group(0)
            by_name = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
            for name in ("decimal4", "decimal9", "decimal18", "decimal38"):
                column = [v for v in values[name].to_pylist() if v is not None]
                statistics, scale = by_name[name].statistics, values.schema.field(name).type.scale
                raw = [int.from_bytes(v, "big", signed=True) if isinstance(v, bytes) else v for v in
                       (statistics.min_raw, statistics.max_raw)]
                self.assertEqual([D(v).scaleb(-scale, decimal.Context(prec=50)) for v in raw], [min(column), max(column)], name)
            for name in ("boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "date", "timestamp", "local"):
                column = [v for v in values[name].to_pylist() if v is not None]
                statistics = by_name[name].statistics
                self.assertEqual((statistics.min, statistics.max), (min(column), max(column)), name)
                self.assertEqual(statistics.null_count, values[name].null_count, name)
            for name in ("string", "binary"):
                column = [v for v in values[name].to_pylist() if v is not None]
                statistics = by_name[name].statistics
                self.assertEqual(statistics.has_min_max, name == "string")  # nothing bounds 64 bytes of 0xFF and more
                self.assertTrue(name != "string" or statistics.min <= min(column) <= max(column) <= statistics.max)
            self.assertFalse(by_name["nan"].statistics.has_min_max)
            self.assertFalse(by_name["nothing"].statistics.has_min_max)
            self.assertEqual(by_name["nothing"].statistics.null_count, values.num_rows)
            zeros = by_name["zeros"].statistics
            self.assertEqual(exact([zeros.min, zeros.max]), exact([-0.0, 0.0]))
            self.assertFalse(by_name["zeros"].has_dictionary_page)  # Spark would not find 0.0 in it
            self.assertTrue(by_name["decimal18"].has_dictionary_page)

    def test_large_partitions_have_row_groups_pages_and_their_index(self):
        rows = 130000
        table = pyarrow.table({"row": pyarrow.array(range(rows), pyarrow.int64()), "part": pyarrow.array(["a"] * (rows - 1) + ["b"]),
                               "text": pyarrow.array([f"{i * 2654435761 % 2**32:08x}-{i}" for i in range(rows)]),
                               "status": pyarrow.array([("new", "paid", None)[i // 1000 % 3] for i in range(rows)])})
        large, small = self.lake(table)
        metadata = parquet.read_metadata(large)
        self.assertEqual([metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)], [122880, rows - 1 - 122880])
        columns = {metadata.row_group(0).column(i).path_in_schema: metadata.row_group(0).column(i) for i in range(3)}
        self.assertTrue(columns["text"].has_column_index and columns["text"].has_offset_index)
        self.assertTrue(columns["status"].has_dictionary_page)
        self.assertFalse(columns["text"].has_dictionary_page)
        self.assertLess(columns["status"].total_compressed_size, 2000)
        self.assertFalse(parquet.read_metadata(small).row_group(0).column(0).has_offset_index)
        found = self.read_back([large, small])
        self.assertEqual(found["text"].to_pylist(), table["text"].to_pylist())
        self.assertEqual(found["status"].to_pylist(), table["status"].to_pylist())
        few = parquet.read_table(large, filters=[("text", "=", table["text"][77777].as_py())], partitioning=None)
        self.assertEqual(few["row"].to_pylist(), [77777])

    def test_the_files_are_hardly_larger_than_duckdbs(self):
        rows = 60000
        mixed = [f"{i * 2654435761 % 2**32:08x}" for i in range(rows)]
        table = pyarrow.table({"row": pyarrow.array(range(rows), pyarrow.int64()), "part": pyarrow.array([str(i % 40) for i in range(rows)]),
                               "id": pyarrow.array([f"{m}-{m[::-1]}" for m in mixed]), "city": pyarrow.array([m[:2] for m in mixed]),
                               "agent": pyarrow.array([f"Mozilla/5.0 (X11; Linux) Version/{m[:3]} Safari/{m[3:5]}" for m in mixed]),
                               "amount": pyarrow.array([D(int(m[:5], 16)) / 100 for m in mixed], pyarrow.decimal128(12, 2)),
                               "n": pyarrow.array([int(m[0], 16) for m in mixed], pyarrow.int32())})
        for compression in ("snappy", "zstd"):
            ours = sum(f.stat().st_size for f in self.lake(table, compression))
            with duckdb.connect() as connection:
                connection.execute(f"COPY (SELECT * FROM read_parquet('{self.root}/out/silver/**/*.parquet')) TO "
                                   f"'{self.root}/{compression}' (FORMAT parquet, PARTITION_BY (part), COMPRESSION {compression})")
            theirs = sum(f.stat().st_size for f in (self.root / compression).rglob("*.parquet"))
            self.assertLess(ours, theirs * 1.05, compression)

    def test_more_partitions_than_are_filled_at_once(self):
        """With little memory the rows are sorted by partition first; descriptors are few whatever the partitions."""
        rows, parts = 12000, 3000
        table = pyarrow.table({"row": pyarrow.array(range(rows), pyarrow.int64()),
                               "part": pyarrow.array([f"p{i * 7 % parts}" for i in range(rows)]),
                               **{f"c{n}": pyarrow.array([f"{n}-{i % 13}" for i in range(rows)]) for n in range(8)}})
        self.write("config/env.yml", {"duckdb": {"memory_limit": "100MB"}})
        files = self.lake(table)
        self.assertEqual(len(files), parts)
        found = self.read_back(files)
        for name in ("row", "c0", "c7"):
            self.assertEqual(found[name].to_pylist(), table[name].to_pylist())


if __name__ == "__main__":
    unittest.main()
