"""The names of partitions: one for each value, whatever its type, and the value again for those who read the lake."""

import pyarrow.parquet

from harness import Case, merged, unittest

BY_P = {"source": {"input_format": "parquet", "path": "in/*.parquet", "options": None},
        "output": {"silver": {"mode": "overwrite_dynamic", "partition_by": ["p"]}}}


class Names(Case):
    def values(self, *values, zone="UTC", change=None, exit=0):
        """A run over rows (id, p), p the SQL of each value."""
        rows = ", ".join(f"({i}, {value})" for i, value in enumerate(values))
        (self.root / "in").mkdir(exist_ok=True)
        self.query(f"COPY (SELECT * FROM (VALUES {rows}) t(id, p)) TO '{self.root}/in/a.parquet' (FORMAT parquet)")
        self.dataset(merged(BY_P, merged({"standardization": {"timezone": zone}}, change or {})))
        return self.run_dataset(exit=exit)

    def directories(self):
        """The ids in each directory, counted from the files."""
        found = {}
        for name in self.files_below("out/silver"):
            rows = pyarrow.parquet.ParquetFile(self.root / "out/silver" / name).read().column("id").to_pylist()
            found.setdefault(name.split("/")[0], []).extend(sorted(rows))
        return found

    def read_back(self):
        """What DuckDB gives for p, by id."""
        return dict(self.query(f"SELECT id, p FROM read_parquet('{self.root}/out/silver/*/*.parquet', "
                               "hive_partitioning = true, hive_types_autocast = false)"))

    def test_the_second_of_two_equal_local_times_is_refused(self):
        first, second = "TIMESTAMPTZ '2024-11-03 05:30:00Z'", "TIMESTAMPTZ '2024-11-03 06:30:00Z'"
        self.assert_refused(self.values(first, second, zone="America/New_York", exit=1),
                            "2024-11-03 06:30:00 UTC", "2024-11-03 01:30:00", "America/New_York")
        # alone too: the first one may be another run's
        self.values(second, zone="America/New_York", exit=1)
        self.assertEqual(self.directories(), {})
        self.values(first, "TIMESTAMPTZ '2024-11-03 07:30:00Z'", "NULL", zone="America/New_York")
        self.assertEqual(self.directories(), {"p=2024-11-03 01%3A30%3A00": [0], "p=2024-11-03 02%3A30%3A00": [1],
                                              "p=__HIVE_DEFAULT_PARTITION__": [2]})

    def test_the_hours_of_an_overlap_are_one_partition(self):
        derived = {"output": {"silver": {"partition_by": ["date", "hour"], "partition_from": "p"}}}
        for _ in range(2):
            answer = self.values("TIMESTAMPTZ '2024-11-03 05:30:00Z'", "TIMESTAMPTZ '2024-11-03 06:30:00Z'",
                                 zone="America/New_York", change=derived)
            self.assertEqual(answer.summary["silver"]["partitions"], 1)
            self.assertEqual(self.directories(), {"date=2024-11-03": [0, 1]})

    def test_values_of_every_type_have_a_name_each(self):
        for values, names in (
                (["true", "false", "NULL"], ["true", "false", "__HIVE_DEFAULT_PARTITION__"]),
                (["(-128)::TINYINT", "127"], ["-128", "127"]),
                (["(-9223372036854775808)::BIGINT", "9223372036854775807"],
                 ["-9223372036854775808", "9223372036854775807"]),
                (["1.50::DECIMAL(18, 2)", "-1.50", "0"], ["1.50", "-1.50", "0.00"]),
                (["DATE '12000-01-01'", "DATE '2024-02-29'", "DATE '0001-01-01'", "DATE '0044-03-15 (BC)'"],
                 ["+12000-01-01", "2024-02-29", "0001-01-01", "-0043-03-15"]),
                (["TIMESTAMP '2024-11-03 01:30:00'", "TIMESTAMP '2024-11-03 01:30:00.000001'",
                  "make_timestamp(253402387200000000)"],
                 ["2024-11-03 01%3A30%3A00", "2024-11-03 01%3A30%3A00.000001", "+10000-01-02 00%3A00%3A00"]),
                (["0.1::DOUBLE", "0.30000000000000004", "1e300", "'inf'", "'-inf'", "'nan'"],
                 ["0.1", "0.30000000000000004", "1.0E300", "Infinity", "-Infinity", "NaN"]),
                (["0.1::FLOAT", "16777216::FLOAT", "16777218::FLOAT"], ["0.1", "1.6777216E7", "1.6777218E7"]),
                (["'a'::BLOB", "encode('é')", "'\\x00'::BLOB", "'\\x00\\x00'::BLOB"], ["a", "é", "%00", "%00%00"])):
            with self.subTest(values[0]):
                self.values(*values, change={"output": {"silver": {"mode": "overwrite"}}})
                self.assertEqual(self.directories(), {f"p={name}": [i] for i, name in enumerate(names)})

    def test_a_negative_zero_is_zero(self):
        self.values("'-0.0'::DOUBLE")
        self.values("0.0::DOUBLE")
        self.assertEqual(self.directories(), {"p=0.0": [0]})

    def test_bytes_that_are_no_text_are_refused(self):
        self.assert_refused(self.values("'\\xFF'::BLOB", "'\\xFE'::BLOB", exit=1), '"p"', "UTF-8", "X'FE'")

    def test_every_text_is_what_a_reader_gets_back(self):
        texts = ["k" + chr(code) + "z" for code in range(1, 128)]
        texts += [chr(code) for code in range(1, 128)] + ["NULL", "null", "Null", "nULL", "nil", "A", "a", "é", "e\u0301"]
        texts += ["x ", "x", "x.", ".", "..", "%41", "a+b", "007", "7", "+7", "a%2Fb", "\u202e", "😀", " "]
        texts = list(dict.fromkeys(texts))
        self.values(*("'" + text.replace("'", "''") + "'" for text in texts))
        self.assertEqual(self.read_back(), dict(enumerate(texts)))

    def test_a_nul_has_a_name_too(self):
        self.values("chr(0) || 'a'", "chr(0) || 'b'", "'x' || chr(0)", "'x'", "chr(0)")
        self.assertEqual(self.directories(), {"p=%00a": [0], "p=%00b": [1], "p=x%00": [2], "p=x": [3], "p=%00": [4]})
        self.assertEqual(self.read_back(), {0: "\0a", 1: "\0b", 2: "x\0", 3: "x", 4: "\0"})

    def test_an_empty_value_is_null(self):
        for empty, null in (("''", "NULL"), ("''::BLOB", "NULL")):
            with self.subTest(empty):
                answer = self.values(empty, null, change={"output": {"silver": {"mode": "overwrite"}}})
                self.assertEqual(answer.summary["silver"]["partitions"], 1)
                self.assertEqual(self.directories(), {"p=__HIVE_DEFAULT_PARTITION__": [0, 1]})

    def test_a_partition_that_no_reader_would_find_is_refused(self):
        for value, column in (("{'a': 1}", "p"), ("[1]", "p"), ("MAP {'a': 1}", "p"), ("1", ".p")):
            with self.subTest(value):
                change = {"standardization": {"rename": [{"from": "p", "to": column}]} if column != "p" else {},
                          "output": {"silver": {"partition_by": [column]}}}
                self.assert_refused(self.values(value, change=change, exit=2), f'"{column}"')

    def test_a_partition_is_a_column_once_under_its_own_name(self):
        self.assert_refused(self.values("1", change={"output": {"silver": {"partition_by": ["p", "P"]}}}, exit=2), '"P"', "twice")
        self.values("1", change={"output": {"silver": {"partition_by": ["P"]}}})
        self.assertEqual(self.directories(), {"p=1": [0]})

    def test_partition_from_does_not_give_way_to_a_column(self):
        self.write("in/b.csv", "id,at,Year\n1,2024-05-01,1999\n")
        self.dataset({"source": {"path": "in/b.csv"}, "standardization": {"casts": [{"column": "at", "to": "date"}]},
                      "output": {"silver": {"partition_by": ["year"], "partition_from": "at"}}})
        self.assert_refused(self.run_dataset(exit=2), '"year"', "partition_from")
        (self.root / "in/b.csv").unlink()
        self.write("in/a.csv", "id,at,year\n1,2024-05-01,1999\n")
        csv = {"source": {"path": "in/*.csv"}, "standardization": {"casts": [{"column": "at", "to": "date"}]}}
        for parts in (["year"], ["month", "year"]):
            self.dataset(merged(csv, {"output": {"silver": {"partition_by": parts, "partition_from": "at"}}}))
            self.assert_refused(self.run_dataset(exit=2), '"year"', "partition_from")
        self.dataset(merged(csv, {"output": {"silver": {"partition_by": ["month"], "partition_from": "at"}}}))
        self.run_dataset()
        self.dataset(merged(csv, {"output": {"silver": {"partition_by": ["year"]}}}))
        self.run_dataset()

    def test_gold_follows_the_partitions_that_silver_replaces(self):
        """What stood in a partition's directory is gone from gold, too: the null and the empty text are one."""
        self.write("database.yml", {"default": {"driver": "duckdb", "path": "warehouse.duckdb"}})
        gold = {"output": {"gold": {"enabled": True, "database_config": "database.yml"}}}
        for first, second in ((["NULL", "'x'"], ["''"]), (["''", "'x'"], ["NULL::VARCHAR"]), (["'NULL'", "NULL"], ["NULL::VARCHAR"]),
                              (["'-0.0'::DOUBLE", "1"], ["0.0::DOUBLE"]), (["'nan'::DOUBLE", "1"], ["'nan'::DOUBLE"]),
                              (["''::BLOB", "'a'::BLOB"], ["NULL::BLOB"])):
            with self.subTest(first):
                fresh = {"output": {"silver": {"path": f"out/{abs(hash(str(first)))}"},
                                    "gold": {"table": f"t{abs(hash(str(first)))}"}}}
                self.values(*first, change=merged(gold, fresh))
                self.values(*second, change=merged(gold, fresh))
                lake = self.query(f"SELECT count(*) FROM read_parquet('{self.root}/{fresh['output']['silver']['path']}"
                                  "/*/*.parquet')")
                self.assertEqual(self.gold(f"SELECT count(*) FROM gold.{fresh['output']['gold']['table']}"), lake)
                self.assertEqual(lake, [(2,)])


if __name__ == "__main__":
    unittest.main()
