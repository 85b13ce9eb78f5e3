"""Section output.silver: modes, Hive partitions, merge_schema, what other readers see."""

import datetime

import polars
import pyarrow.dataset

from harness import Case, unittest


class Silver(Case):
    def rows(self, text, silver=None, exit=0, **more):
        self.write("in/a.csv", text)
        self.dataset({"output": {"silver": silver or {}}, **more})
        return self.run_dataset(exit=exit)


class Modes(Silver):
    def test_overwrite_replaces_all(self):
        self.rows("id\n1\n")
        self.rows("id\n2\n")
        self.assertEqual(self.silver("id"), [("2",)])

    def test_append_adds_and_warns_of_the_same_files(self):
        first = self.rows("id\n1\n", {"mode": "append"})
        second = self.run_dataset()
        self.assertEqual(self.silver("id"), [("1",), ("1",)])
        self.assertIn(first.summary["run_id"], second.err)

    def test_overwrite_dynamic_replaces_only_the_partitions_of_this_run(self):
        silver = {"mode": "overwrite_dynamic", "partition_by": ["p"]}
        self.rows("id,p\n1,a\n2,b\n", silver)
        before = self.snapshot()
        self.rows("id,p\n3,b\n4,c\n", silver)
        self.assertEqual(self.silver("id, p"), [("1", "a"), ("3", "b"), ("4", "c")])
        kept = [path for path in before if "p=a" in path]
        self.assertEqual([self.snapshot()[path] for path in kept], [before[path] for path in kept])

    def test_overwrite_dynamic_without_partitions_replaces_all(self):
        self.rows("id\n1\n", {"mode": "overwrite_dynamic"})
        self.rows("id\n2\n", {"mode": "overwrite_dynamic"})
        self.assertEqual(self.silver("id"), [("2",)])

    def test_no_staging_is_left_behind(self):
        self.rows("id\n1\n")
        left = [p for p in (self.root / "out").rglob("*") if p.is_dir() and p.name.startswith("20")]
        self.assertEqual(left, [])


class Partitions(Silver):
    def directories(self):
        return sorted(f.rsplit("/", 1)[0] for f in self.files_below("out/silver"))

    def test_time_parts_are_padded_and_in_the_dataset_s_zone(self):
        self.rows("t\n2024-01-31 23:30:00\n2024-02-01 05:00:00\n",
                  {"partition_by": ["year", "month", "day", "hour", "date"], "partition_from": "t"},
                  standardization={"timezone": "America/Bogota", "casts": [{"column": "t", "to": "timestamp"}]})
        self.assertEqual(self.directories(), ["year=2024/month=01/day=31/hour=23/date=2024-01-31",
                                              "year=2024/month=02/day=01/hour=05/date=2024-02-01"])

    def test_values_are_escaped_as_hive_does(self):
        values = ["a/b", "a=b", "ñ", "100%", "a b", "NULL", "x:y"]
        self.rows("id,p\n" + "".join(f"{n},{v}\n" for n, v in enumerate(values)), {"partition_by": ["p"]})
        self.assertEqual(self.directories(), sorted(["p=a%2Fb", "p=a%3Db", "p=ñ", "p=100%25", "p=a b", "p=%4EULL", "p=x%3Ay"]))
        self.assertEqual(sorted(row[0] for row in self.silver("p")), sorted(values))

    def test_null_and_the_empty_text_share_the_default_partition_with_a_warning(self):
        answer = self.rows('id,p\n1,\n2,""\n', {"partition_by": ["p"]})
        self.assertEqual(self.directories(), ["p=__HIVE_DEFAULT_PARTITION__"])
        self.assertIn("warning", answer.err)

    def test_a_name_over_255_bytes_is_refused(self):
        answer = self.rows("id,p\n1," + "x" * 254 + "\n", {"partition_by": ["p"]}, exit=1)
        self.assert_refused(answer, '"p"', "255")
        self.assertEqual(self.files_below("out"), [])

    def test_the_literal_default_name_is_refused(self):
        self.assert_refused(self.rows("id,p\n1,__HIVE_DEFAULT_PARTITION__\n", {"partition_by": ["p"]}, exit=1),
                            "__HIVE_DEFAULT_PARTITION__")

    def test_there_is_one_file_a_partition(self):
        self.rows("id,p\n" + "".join(f"{n},{n % 3}\n" for n in range(30000)), {"partition_by": ["p"]})
        self.assertEqual(len(self.files_below("out/silver")), 3)

    def test_many_partitions_are_written_in_one_run(self):
        self.rows("id,p\n" + "".join(f"{n},{n % 400}\n" for n in range(2000)), {"partition_by": ["p"]})
        self.assertEqual(self.query(f"SELECT count(DISTINCT p), count(*) FROM '{self.root}/out/silver/*/*.parquet'"),
                         [(400, 2000)])


class MergeSchema(Silver):
    def test_a_new_column_is_let_in_where_allowed(self):
        self.rows("id\n1\n", {"mode": "append", "merge_schema": True})
        self.rows("id,b\n2,x\n", {"mode": "append", "merge_schema": True})
        self.assertEqual(self.silver("id, b"), [("1", None), ("2", "x")])

    def test_any_difference_is_an_error_otherwise(self):
        self.rows("id\n1\n", {"mode": "append"})
        before = self.snapshot()
        self.assert_refused(self.rows("id,b\n2,x\n", {"mode": "append"}, exit=2), '"b"', "merge_schema")
        self.assertEqual(self.snapshot(), before)

    def test_a_type_that_cannot_be_widened_is_an_error_before_anything_is_written(self):
        self.rows("id\n1\n", {"mode": "append", "merge_schema": True})
        before = self.snapshot()
        answer = self.rows("id\n2\n", {"mode": "append", "merge_schema": True}, exit=2,
                           standardization={"casts": [{"column": "id", "to": "date", "on_error": "null"}]})
        self.assert_refused(answer, '"id"')
        self.assertEqual(self.snapshot(), before)


class Readers(Silver):
    def test_pyarrow_and_polars_read_what_was_written(self):
        self.rows("id,amount,t\n1,1.50,2024-01-31 10:00:00\n", {"partition_by": ["year"], "partition_from": "t"},
                  standardization={"casts": [{"column": "amount", "to": "decimal(10,2)"}, {"column": "t", "to": "timestamp"}]})
        instant = datetime.datetime(2024, 1, 31, 10, tzinfo=datetime.timezone.utc)
        table = pyarrow.dataset.dataset(self.root / "out/silver", partitioning="hive").to_table()
        self.assertEqual([str(table[c][0].as_py()) for c in ("id", "amount", "year")], ["1", "1.50", "2024"])
        self.assertEqual(table["t"][0].as_py(), instant)
        frame = polars.read_parquet(self.root / "out/silver/**/*.parquet", hive_partitioning=True)
        self.assertEqual(frame["t"].to_list(), [instant])
        self.assertEqual(str(frame["amount"].to_list()[0]), "1.50")

    def test_the_compression_is_the_one_asked_for(self):
        for name in ("snappy", "zstd", "gzip", "uncompressed"):
            self.rows("id\n" + "1\n" * 1000, {"compression": name})
            found = self.query(f"SELECT DISTINCT compression FROM parquet_metadata('{self.root}/out/silver/*.parquet')")
            self.assertEqual(found, [(name.upper(),)])

    def test_technical_columns_name_the_run_and_its_instant(self):
        run_id = self.rows("id\n1\n2\n").summary["run_id"]
        self.assertEqual(self.silver("DISTINCT _run_id"), [(run_id,)])
        self.assertEqual(self.silver("count(DISTINCT _ingestion_ts)"), [(1,)])


if __name__ == "__main__":
    unittest.main()
