"""Raw data as the world makes it: what is read comes back as it was, or is refused by name."""

import datetime
import decimal

import polars
import pyarrow
import pyarrow.dataset
import pyarrow.parquet

from harness import Case, json, unittest

UTC = datetime.timezone.utc


class PartitionValues(Case):
    VALUES = ["NULL", "007", "-0", "a/b", "a=b", "50%", "é", "a b", "%41", "x:y", "{z}", "*", "'q'", '"d"', "#", "..", "1e3", "true"]

    def setUp(self):
        super().setUp()
        rows = "".join(json.dumps({"n": n, "p": value}, ensure_ascii=False) + "\n" for n, value in enumerate(self.VALUES))
        self.write("in/a.jsonl", rows + '{"n": 99, "p": null}\n')
        self.dataset({"source": {"input_format": "jsonl", "path": "in/a.jsonl", "options": None},
                      "output": {"silver": {"partition_by": ["p"], "mode": "overwrite_dynamic"}}})
        self.run_dataset()
        self.expected = {str(n): value for n, value in enumerate(self.VALUES)} | {"99": None}

    def test_duckdb_reads_them_as_they_were(self):
        files = [str(self.root / "out/silver" / f) for f in self.files_below("out/silver")]
        rows = self.query("SELECT n, p FROM read_parquet(?, hive_partitioning = true, hive_types = {'p': VARCHAR})", files)
        self.assertEqual(dict(rows), self.expected)

    def test_pyarrow_reads_them_as_they_were(self):
        scheme = pyarrow.dataset.partitioning(pyarrow.schema([("p", pyarrow.string())]), flavor="hive")
        table = pyarrow.dataset.dataset(self.root / "out/silver", partitioning=scheme).to_table()
        self.assertEqual(dict(zip(table["n"].to_pylist(), table["p"].to_pylist())), self.expected)

    def test_polars_reads_them_as_they_were(self):
        frame = polars.scan_parquet(str(self.root / "out/silver") + "/", hive_partitioning=True,
                                    hive_schema={"p": polars.String}, glob=False).collect()
        self.assertEqual(dict(frame.select("n", "p").iter_rows()), self.expected)

    def test_crisol_reads_them_as_they_were(self):
        self.dataset({"id": "again", "source": {"input_format": "parquet", "path": "out/silver", "options": None},
                      "standardization": {"rename": [{"from": "_run_id", "to": "its_run"}, {"from": "_ingestion_ts", "to": "its_ts"}]},
                      "output": {"silver": {"path": "out/again"}}})
        self.run_dataset()
        self.assertEqual(dict(self.table("out/again", "n, p")), self.expected)

    def test_a_second_run_replaces_each_and_merges_none(self):
        before = self.files_below("out/silver")
        self.run_dataset()
        self.assertEqual(len(self.files_below("out/silver")), len(before))
        self.assertEqual(len(before), len(self.VALUES) + 1)


class PartitionFolders(Case):
    """A folder of Parquet whose files lie in Hive folders: those are columns of text."""

    def parquet(self, name, **columns):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pyarrow.parquet.write_table(pyarrow.table(columns), path)

    def read(self, path="in", exit=0, **change):
        self.dataset({"source": {"input_format": "parquet", "path": path, "options": None}, **change})
        return self.run_dataset(exit=exit)

    def test_they_are_columns_behind_those_of_the_files(self):
        self.parquet("in/year=2024/month=01/a.parquet", id=[1])
        self.parquet("in/year=2024/month=02/a.parquet", id=[2])
        self.parquet("in/year=__HIVE_DEFAULT_PARTITION__/month=a%2Fb/a.parquet", id=[3])
        self.read()
        self.assertEqual(self.silver(order="id"), [(1, "2024", "01"), (2, "2024", "02"), (3, None, "a/b")])

    def test_rules_casts_and_partitions_take_them(self):
        self.parquet("in/day=2024-01-31/a.parquet", id=[1, 2])
        self.parquet("in/day=none/a.parquet", id=[3])
        answer = self.read(standardization={"casts": [{"column": "day", "to": "date", "on_error": "quarantine"}]},
                           quality={"rules": [{"name": "first", "expr": "id = 1 OR day < '2024-01-01'"}]},
                           output={"silver": {"partition_by": ["day"], "mode": "overwrite_dynamic"}})
        self.assertEqual(self.files_below("out/silver")[0].split("/")[0], "day=2024-01-31")
        self.assertEqual(answer.failed("first"), 1)
        self.assertEqual(self.quarantine("id, day", order="id"), [(2, "2024-01-31"), (3, "none")])

    def test_hidden_folders_and_others_are_passed_by(self):
        self.parquet("in/p=1/a.parquet", id=[1])
        for folder in ("_temporary/p=2", ".p=3", "p=1/deeper", "plain"):
            self.parquet(f"in/{folder}/a.parquet", id=[9])
        self.read()
        self.assertEqual(self.silver(), [(1, "1")])

    def test_a_folder_s_value_wins_over_the_file_s(self):
        self.parquet("in/p=1/a.parquet", P=["x"], id=[1])
        self.read()
        self.assertEqual(self.silver(), [("1", 1)])

    def test_a_pattern_names_files_only(self):
        self.parquet("in/p=1/a.parquet", id=[1])
        self.read("in/*/*.parquet")
        self.assertEqual(self.silver(), [(1,)])

    def test_folders_of_other_names_are_refused(self):
        self.parquet("in/p=1/a.parquet", id=[1])
        for name in ("in/q=1/a.parquet", "in/p=2/q=1/a.parquet", "in/a.parquet"):
            with self.subTest(name=name):
                self.parquet(name, id=[2])
                self.assert_refused(self.read(exit=3), "in/p=1/a.parquet", name, "folders of the same names")
                (self.root / name).unlink()


class ParquetFiles(Case):
    def write_parquet(self, name, table, **options):
        (self.root / "in").mkdir(exist_ok=True)
        pyarrow.parquet.write_table(table, self.root / "in" / name, **options)

    def read(self, exit=0, **change):
        self.dataset({"source": {"input_format": "parquet", "path": "in/*.parquet", "options": None}, **change})
        return self.run_dataset(exit=exit)

    def test_compatible_schemas_are_united(self):
        self.write_parquet("a.parquet", pyarrow.table({"id": pyarrow.array([1], pyarrow.int32()), "a": ["x"]}))
        self.write_parquet("b.parquet", pyarrow.table({"b": [1.5], "id": pyarrow.array([5000000000], pyarrow.int64())}))
        self.read()
        self.assertEqual(self.silver("id, a, b"), [(1, "x", None), (5000000000, None, 1.5)])

    def test_types_arrive_as_they_are(self):
        moment = datetime.datetime(2024, 1, 31, 10, 0, 0, 123456)
        self.write_parquet("a.parquet", pyarrow.table({
            "utc": pyarrow.array([moment], pyarrow.timestamp("us", tz="UTC")),
            "local": pyarrow.array([moment], pyarrow.timestamp("us")),
            "amount": pyarrow.array([decimal.Decimal("12345678901234567890.123456")], pyarrow.decimal128(38, 6)),
            "word": pyarrow.array(["x"]).dictionary_encode(),
            "day": [datetime.date(1, 1, 1)],
            "nested": [{"a": [{"b": 1}], "m": "y"}],
            "bytes": [b"\x00\xff"],
        }))
        self.read()
        row = dict(zip(["utc", "local", "amount", "word", "day", "nested", "bytes"],
                       self.silver("utc, local, amount, word, day, nested, bytes")[0]))
        self.assertEqual(row["utc"], moment.replace(tzinfo=UTC))
        self.assertEqual(row["local"], moment)
        self.assertEqual(row["amount"], decimal.Decimal("12345678901234567890.123456"))
        self.assertEqual((row["word"], row["day"], row["bytes"]), ("x", datetime.date(1, 1, 1), b"\x00\xff"))
        self.assertEqual(row["nested"], {"a": [{"b": 1}], "m": "y"})

    def test_int96_timestamps_are_instants(self):
        moment = datetime.datetime(2024, 1, 31, 10, tzinfo=UTC)
        self.write_parquet("a.parquet", pyarrow.table({"t": pyarrow.array([moment], pyarrow.timestamp("us", tz="UTC"))}),
                           use_deprecated_int96_timestamps=True)
        self.read(standardization={"timezone": "America/Bogota"})
        self.assertEqual(self.silver("CAST(t AS TIMESTAMP)")[0][0].replace(tzinfo=UTC), moment)

    def test_a_file_cut_short_is_refused(self):
        self.write_parquet("a.parquet", pyarrow.table({"id": list(range(1000))}))
        path = self.root / "in/a.parquet"
        path.write_bytes(path.read_bytes()[:-20])
        self.assert_refused(self.read(exit=3), "a.parquet")


class JsonValues(Case):
    def read(self, lines, exit=0, **change):
        self.write("in/a.jsonl", lines if isinstance(lines, (str, bytes)) else "".join(line + "\n" for line in lines))
        self.dataset({"source": {"input_format": "jsonl", "path": "in/a.jsonl", "options": None}, **change})
        return self.run_dataset(exit=exit)

    def test_mixed_types_in_one_column_are_their_texts(self):
        self.read(['{"n": 1, "x": 1}', '{"n": 2, "x": "1"}', '{"n": 3, "x": true}', '{"n": 4, "x": [1, "a"]}',
                   '{"n": 5, "x": null}', '{"n": 6}', '{"n": 7, "x": -0}', '{"n": 8, "x": 1e400}'])
        self.assertEqual([row[0] for row in self.silver("x", order="CAST(n AS INTEGER)")],
                         ["1", "1", "true", '[1,"a"]', None, None, "-0", "1e400"])

    def test_a_key_that_first_appears_in_row_30000_is_a_column(self):
        self.read("".join(f'{{"n": {n}}}\n' for n in range(30000)) + '{"n": 30000, "late": "x"}\n')
        self.assertEqual(self.silver("late", where="late IS NOT NULL"), [("x",)])

    def test_numbers_past_64_bits_are_exact_in_a_decimal_and_null_in_a_bigint(self):
        cast = {"casts": [{"column": "d", "to": "decimal(38,0)"}, {"column": "l", "to": "bigint", "on_error": "null"}]}
        self.read(['{"d": 9223372036854775808, "l": 9223372036854775808}', '{"d": 9007199254740993, "l": 9007199254740993}'],
                  standardization=cast)
        self.assertEqual([(int(d), l) for d, l in self.silver("d, l", order="d")],
                         [(9007199254740993, 9007199254740993), (9223372036854775808, None)])

    def test_nan_is_no_json(self):
        answer = self.read(['{"n": 1}', '{"n": NaN}'])
        self.assertEqual(answer.rows["malformed"], 1)

    def test_lone_surrogates_harm_no_neighbour(self):
        answer = self.read([r'{"n": 1, "x": "a\ud83d"}', '{"n": 2, "x": "b"}', r'{"n": 3, "x": "\ud83d\ude00"}'])
        self.assertEqual(answer.rows["read"], 3)
        self.assertEqual([row[0] for row in self.silver("x", where="n <> '1'")], ["b", "😀"])

    def test_ten_thousand_levels_are_malformed_and_harm_no_neighbour(self):
        answer = self.read(['{"n": 1}', '{"n": ' + "[" * 10000 + "]" * 10000 + "}", '{"n": 3}'])
        self.assertEqual((answer.rows["read"], answer.rows["malformed"]), (3, 1))
        self.assertEqual(self.silver("n"), [("1",), ("3",)])

    def test_two_hundred_keys_of_which_some_are_rare(self):
        lines = [json.dumps({"n": n, **{f"k{k}": k for k in range(200) if n % (k + 1) == 0}}) for n in range(400)]
        self.read(lines)
        rows = self.silver("count(*), count(k0), count(k199)")
        self.assertEqual(rows, [(400, 400, 2)])

    def test_a_column_that_no_cast_names_is_judged_by_the_schema_on_its_raw_value(self):
        self.write("schema.json", {"type": "object", "properties": {"x": {"type": "integer"}}})
        answer = self.read(['{"x": "abc"}', '{"x": 5.0}', '{"x": 1}'], schema={"ref": "schema.json", "mode": "strict"})
        self.assertEqual(self.silver("x"), [(1,), (5,)])
        self.assertEqual(self.quarantine("x, _failed_rules"), [("abc", ["schema:x:type"])])
        self.assertEqual(answer.violations(), {("x", "type"): 1})


class CsvFiles(Case):
    def read(self, text, **options):
        self.write("in/a.csv", text)
        self.dataset({"source": {"options": options}})
        return self.run_dataset()

    def test_a_field_of_50_mb_is_one_value(self):
        size = 50 * 1000 * 1000
        self.read('id,x\n1,"' + "y" * size + '"\n2,z\n')
        self.assertEqual(self.silver("id, length(x)"), [("1", size), ("2", 1)])

    def test_a_backslash_before_the_closing_quote_is_data(self):
        self.read('id,path\n1,"C:\\"\n2,x\n')
        self.assertEqual(self.silver("id, path"), [("1", "C:\\"), ("2", "x")])

    def test_a_header_may_be_quoted_behind_a_byte_order_mark_and_hold_a_line_end(self):
        self.read('\ufeff"a\nb",c\n1,2\n')
        self.assertEqual(self.silver('"a\nb", c'), [("1", "2")])

    def test_carriage_returns_alone_end_lines_and_the_last_line_needs_none(self):
        self.read("id,x\r1,a\r2,b")
        self.assertEqual(self.silver(), [("1", "a"), ("2", "b")])

    def test_a_nul_byte_is_data(self):
        self.read(b"id,x\n1,a\x00b\n")
        self.assertEqual(self.silver("strlen(x)"), [(3,)])

    def test_utf_16_and_windows_1252_are_decoded(self):
        self.read("id,x\n1,ñ€\n".encode("utf-16"), encoding="UTF-16")
        self.assertEqual(self.silver("x"), [("ñ€",)])
        self.read("id,x\n1,ñ€\n".encode("windows-1252"), encoding="windows-1252")
        self.assertEqual(self.silver("x"), [("ñ€",)])

    def test_a_file_that_is_malformed_throughout_ends_with_every_record_kept(self):
        answer = self.read("id,x\n" + "only one field\n" * 50000)
        self.assertEqual(answer.rows["malformed"], 50000)
        self.assertEqual(self.quarantine("count(*), count(DISTINCT _source_line)", order="ALL"), [(50000, 50000)])


class Drift(Case):
    def run_with(self, text, exit=0, casts=(), merge=True):
        self.write("in/a.csv", text)
        self.dataset({"standardization": {"casts": list(casts)},
                      "output": {"silver": {"mode": "append", "merge_schema": merge}}})
        return self.run_dataset(exit=exit)

    def test_new_missing_and_reordered_columns_are_told(self):
        self.run_with("id,a\n1,x\n")
        answer = self.run_with("b,id\ny,2\n")
        self.assertIn('"b"', answer.err)
        self.assertIn('"a"', answer.err)
        self.assertEqual(self.silver("id, a, b"), [("1", "x", None), ("2", None, "y")])

    def test_a_widened_column_goes_together_and_a_narrowed_one_too(self):
        self.run_with("id,n\n1,5\n", casts=[{"column": "n", "to": "integer"}])
        self.run_with("id,n\n2,5000000000\n", casts=[{"column": "n", "to": "bigint"}])
        self.run_with("id,n\n3,7\n", casts=[{"column": "n", "to": "integer"}])
        self.assertEqual(self.silver("id, n"), [("1", 5), ("2", 5000000000), ("3", 7)])

    def test_what_cannot_go_together_is_refused_with_both_types_named(self):
        self.run_with("id,n\n1,5\n", casts=[{"column": "n", "to": "integer"}])
        before = self.snapshot()
        answer = self.run_with("id,n\n1,2024-01-01\n", casts=[{"column": "n", "to": "date"}], exit=2)
        self.assert_refused(answer, '"n" is int', "date")
        self.assertEqual(self.snapshot(), before)


if __name__ == "__main__":
    unittest.main()
