"""Folders of Parquet files that differ, or lie beside other formats; values that a writer would change; runs one after another."""

import datetime

import pyarrow
import pyarrow.parquet
from harness import Case, GOLD_DATABASE, merged, unittest
from parquet_bytes import INT32, INT96, int96, leaf, write

PARQUET = {"input_format": "parquet", "path": "in/*.parquet", "options": {"header": None}}
INT64_TYPE, TEXT = pyarrow.int64(), pyarrow.string()


class Sources(Case):
    def setUp(self):
        super().setUp()
        (self.root / "in").mkdir()

    def parquet(self, name, columns, **options):
        path = self.root / "in" / name
        pyarrow.parquet.write_table(pyarrow.table(columns), path, **options)
        return path

    def read(self, *arguments, exit=0, source=None, **change):
        self.dataset({"source": merged(PARQUET, source or {}), **change})
        return self.run_dataset(*arguments, exit=exit)

    def test_both_zeros_of_a_column_stay_what_they_are(self):
        zeros = [0.0, -0.0, 1.0, None] * 100
        self.parquet("a.parquet", {"id": list(range(400)), "d": zeros, "f": pyarrow.array(zeros, pyarrow.float32()),
                                 "p": ["x", "y"] * 200})
        for partitions in (None, ["p"]):
            with self.subTest(partitions=partitions):
                self.read(output={"silver": {"mode": "overwrite", "partition_by": partitions}},
                          quality={"rules": [{"name": "few", "expr": "id < 200"}]})
                self.assertEqual(self.silver("count(*), count(*) FILTER (WHERE signbit(d)), count(*) FILTER (WHERE signbit(f))"),
                                 [(200, 50, 50)])
                self.assertEqual(self.silver("count(*)", "signbit(d) <> (id % 4 = 1) OR signbit(f) <> (id % 4 = 1)"), [(0,)])
        self.assertEqual(self.quarantine("count(DISTINCT id)", where="signbit(d) AND signbit(f) AND id % 4 = 1", order="1"), [(50,)])

    def test_files_of_a_folder_are_matched_by_the_names_of_their_columns(self):
        self.parquet("a.parquet", {"id": [1], "t": ["a"], "n": pyarrow.array([1], pyarrow.int32())})
        self.parquet("b.parquet", {"N": pyarrow.array([1 << 40], INT64_TYPE), "id": [2]})
        self.parquet("c.parquet", {"more": [{"x": [1, None]}], "t": ["c"], "id": [3]})
        self.read()
        self.assertEqual(self.silver("id, t, n, more", order="id"),
                         [(1, "a", 1, None), (2, None, 1 << 40, None), (3, "c", None, {"x": [1, None]})])

    def test_types_without_a_common_one_are_refused_with_both_files(self):
        for first, second in ((pyarrow.array([1], INT64_TYPE), pyarrow.array(["1"])),
                              (pyarrow.array([[1]]), pyarrow.array([["1"]])),
                              (pyarrow.array([{"x": 1}]), pyarrow.array([{"x": "1"}])),
                              (pyarrow.array([1], INT64_TYPE), pyarrow.array([1.5]))):
            with self.subTest(first=str(first.type), second=str(second.type)):
                self.parquet("a.parquet", {"c": first})
                self.parquet("b.parquet", {"c": second})
                self.assert_refused(self.read(exit=2), 'column "c" is', "in/a.parquet", "in/b.parquet", "no common type")

    def test_parquet_beside_csv_is_told_from_it(self):
        self.parquet("a.parquet", {"id": [1]})
        self.write("in/b.csv", "id\n2\n")
        self.assert_refused(self.read(exit=3, source={"path": "in/*"}), "in/b.csv", "input_format: csv")
        self.assertEqual(self.read(source={"path": "in/*.parquet"}).rows["passed"], 1)

    def test_nested_values_and_columns_without_any_value(self):
        pairs = pyarrow.list_(pyarrow.struct([("m", pyarrow.map_(TEXT, INT64_TYPE))]))
        self.parquet("a.parquet", {"id": [1, 2, 3], "l": pyarrow.array([[{"m": [("k", 1)]}, None], [], None], pairs),
                                 "none": pyarrow.nulls(3), "nulls": pyarrow.array([None] * 3, TEXT)})
        self.read()
        self.assertEqual(self.silver("id, l, none, nulls", order="id"),
                         [(1, [{"m": {"k": 1}}, None], None, None), (2, [], None, None), (3, None, None, None)])

    def test_many_row_groups_pages_and_full_dictionaries(self):
        columns = {"id": list(range(5000)), "t": [f"text {i}" for i in range(5000)]}
        for version in ("1.0", "2.0"):
            self.parquet(f"v{version}.parquet", columns, row_group_size=100, data_page_size=64, dictionary_pagesize_limit=256,
                       data_page_version=version)
        self.read()
        self.assertEqual(self.silver("count(*), count(DISTINCT t), sum(id)", "t = 'text ' || id"), [(10000, 5000, 2 * 12497500)])

    def test_statistics_that_lie_change_nothing(self):
        path = self.parquet("a.parquet", {"id": list(range(100, 200))}, compression="NONE", use_dictionary=False)
        content = path.read_bytes()
        begin = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
        low, high = (100).to_bytes(8, "little"), (199).to_bytes(8, "little")
        lied = content[begin:-8].replace(low, (900).to_bytes(8, "little")).replace(high, (901).to_bytes(8, "little"))
        self.assertNotEqual(lied, content[begin:-8])
        path.write_bytes(content[:begin] + lied + content[-8:])
        self.read(quality={"rules": [{"name": "from 150", "expr": "id >= 150"}]})
        self.assertEqual(self.silver("count(*), min(id), max(id)"), [(50, 150, 199)])

    def test_int96_is_an_instant_whatever_the_zone_of_the_run(self):
        hour = 3_600_000_000_000
        write(self.root / "in/a.parquet", [leaf("id", INT32, [1, 2]), leaf("t", INT96, [int96(2460311, 3 * hour), int96(2460311, 23 * hour)])])
        for zone, days, hours in (("UTC", ["2024-01-01", "2024-01-01"], [3, 23]), ("America/Bogota", ["2023-12-31", "2024-01-01"], [22, 18]),
                                  ("Asia/Kolkata", ["2024-01-01", "2024-01-02"], [8, 4])):
            with self.subTest(zone):
                self.write("config/env.yml", {"timezone": zone})
                self.write("database.yml", GOLD_DATABASE)
                self.read(output={"silver": {"mode": "overwrite", "partition_by": ["date"], "partition_from": "t"}, "gold": {
                    "enabled": True, "database_config": "database.yml", "mode": "overwrite",
                    "add_columns": [{"name": "h", "expr": "hour(t)", "type": "integer"}, {"name": "d", "expr": "to_date(t)", "type": "date"}]}},
                          quality={"rules": [{"name": "instant", "expr": "t >= TIMESTAMP '2024-01-01T03:00:00Z'"}]})
                self.assertEqual(sorted(self.hive_directories()), sorted({f"date={day}" for day in days}))
                gold = self.gold("SELECT epoch_us(t), h, CAST(d AS VARCHAR) FROM gold.demo ORDER BY id")
                start = int(datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc).timestamp()) * 1_000_000
                self.assertEqual(gold, [(start + n * 3_600_000_000, h, d) for n, h, d in zip((3, 23), hours, days)])

    def hive_directories(self):
        return {part for path in self.files_below("out/silver") for part in str(path).split("/") if part.startswith("date=")}

    def test_an_incremental_run_takes_new_files_alone(self):
        self.parquet("a.parquet", {"id": [1]})
        incremental = {"source": {"incremental": True}, "output": {"silver": {"mode": "append"}}}
        self.assertEqual(self.read(**incremental).rows["read"], 1)
        self.parquet("b.parquet", {"id": [2], "t": ["new"]})
        answer = self.read(source={"incremental": True}, output={"silver": {"mode": "append", "merge_schema": True}})
        self.assertEqual(answer.rows["read"], 1)
        self.assertEqual(self.silver("id, t", order="id"), [(1, None), (2, "new")])
        self.parquet("b.parquet", {"id": [3], "t": ["changed"]})
        self.assert_refused(self.read(exit=1, source={"incremental": True}, output={"silver": {"mode": "append"}}), "in/b.parquet")


if __name__ == "__main__":
    unittest.main()
