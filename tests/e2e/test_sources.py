"""Section source: what each format gives, and that no record is lost beside a malformed one."""

import gzip
import shutil

import pyarrow
import pyarrow.parquet

from harness import Case, ROOT, unittest


class Csv(Case):
    def rows(self, text, options=None, exit=0):
        self.write("in/a.csv", text)
        self.dataset({"source": {"options": options or {}}})
        return self.run_dataset(exit=exit)

    def test_text_is_kept_as_it_stands(self):
        self.rows('id,text\n007,"a ""quoted"", text"\n 8 ,"two\nlines"\n')
        self.assertEqual(self.silver(order="id DESC"), [("007", 'a "quoted", text'), (" 8 ", "two\nlines")])

    def test_an_empty_field_is_null_and_an_empty_quoted_one_is_the_empty_text(self):
        self.rows('id,a,b\n1,,""\n')
        self.assertEqual(self.silver(), [("1", None, "")])

    def test_line_ends_and_a_byte_order_mark_are_no_data(self):
        self.rows("\ufeffid,a\r\n1,x\r\n\r\n2,y\r\n")
        self.assertEqual(self.silver(), [("1", "x"), ("2", "y")])

    def test_the_dialect_is_the_options_one(self):
        self.rows("id|a\n# no data\n1|'x|y'\n2|NA\n",
                  {"sep": "|", "quote": "'", "comment": "#", "nullValue": "NA"})
        self.assertEqual(self.silver(), [("1", "x|y"), ("2", None)])

    def test_blanks_around_values_are_trimmed_where_asked(self):
        self.rows("id,a\n 1 , x \n", {"ignoreLeadingWhiteSpace": "true", "ignoreTrailingWhiteSpace": True})
        self.assertEqual(self.silver(), [("1", "x")])

    def test_latin_1_is_decoded(self):
        self.rows("id,name\n1,Bogotá\n".encode("latin-1"), {"encoding": "ISO-8859-1"})
        self.assertEqual(self.silver(), [("1", "Bogotá")])

    def test_without_a_header_columns_are_numbered(self):
        self.rows("1,x\n2,y\n", {"header": "false"})
        self.assertEqual(self.silver("_c0, _c1"), [("1", "x"), ("2", "y")])

    def test_infer_schema_finds_the_types(self):
        self.rows("i,l,d,b,t,s\n1,5000000000,1.5,true,2024-01-31 10:00:00,x\n2,1,2,false,2024-02-01 00:00:00,7\n",
                  {"inferSchema": "true"})
        types = self.silver_types()
        self.assertEqual([types[c] for c in "ildbts"],
                         ["INTEGER", "BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMP WITH TIME ZONE", "VARCHAR"])

    def test_infer_schema_knows_dates_by_the_options_patterns(self):
        self.rows("d,t\n31/01/2024,31/01/2024 10:00\n01/02/2024,01/02/2024 11:30\n",
                  {"inferSchema": "true", "dateFormat": "dd/MM/yyyy", "timestampFormat": "dd/MM/yyyy HH:mm"})
        types = self.silver_types()
        self.assertEqual([types[c] for c in "dt"], ["DATE", "TIMESTAMP WITH TIME ZONE"])
        self.assertEqual(self.silver("d::VARCHAR, t::VARCHAR"), [("2024-01-31", "2024-01-31 10:00:00+00"),
                                                                 ("2024-02-01", "2024-02-01 11:30:00+00")])

    def test_a_malformed_record_is_quarantined_with_its_text_and_harms_no_neighbour(self):
        answer = self.rows('id,a\n1,x\n2,y,z\n3\n4,"open\n5,v\n')
        self.assertEqual(answer.rows["malformed"], 3)
        self.assertEqual([row[0] for row in self.silver("id")], ["1", "5"])
        self.assertEqual(
            self.quarantine("_failed_rules[1], _raw_record, _source_line, _source_offset, id"),
            [("malformed:too_many_fields", "2,y,z", 3, 9, None), ("malformed:too_few_fields", "3", 4, 15, None),
             ("malformed:unclosed_quote", '4,"open', 5, 17, None)])

    def test_bytes_that_are_no_text_are_quarantined_escaped(self):
        self.rows(b"id,a\n1,\xff\xfe\n2,ok\n")
        self.assertEqual(self.silver(), [("2", "ok")])
        self.assertEqual(self.quarantine("_raw_record, _failed_rules[1]"), [("1,\\xFF\\xFE", "malformed:invalid_text")])

    def test_dropmalformed_only_counts(self):
        answer = self.rows("id,a\n1,x\n2\n", {"mode": "DROPMALFORMED"})
        self.assertEqual(answer.rows["malformed"], 1)
        self.assertEqual(self.files_below("out/quarantine"), [])

    def test_failfast_refuses_the_data_and_names_the_place(self):
        answer = self.rows("id,a\n1,x\n2\n", {"mode": "FAILFAST"}, exit=1)
        self.assert_refused(answer, "in/a.csv, line 3")
        self.assertEqual(self.files_below("out"), [])

    def test_compressed_files_are_read_whole(self):
        self.write("in/a.csv.gz", gzip.compress(b"id,a\n1,x\n") + gzip.compress(b"2,y\n"))
        self.dataset({"source": {"path": "in/*.gz"}})
        self.run_dataset()
        self.assertEqual(self.silver(), [("1", "x"), ("2", "y")])

    def test_zstandard_is_read(self):
        self.query(f"COPY (SELECT 1 AS id, 'x' AS a) TO '{self.root}/a.csv.zst' (FORMAT csv, HEADER, COMPRESSION zstd)")
        self.dataset({"source": {"path": "a.csv.zst"}})
        self.run_dataset()
        self.assertEqual(self.silver(), [("1", "x")])

    def test_files_are_matched_by_header_and_a_lacking_column_is_null(self):
        self.write("in/a.csv", "id,a,b\n1,x,y\n")
        self.write("in/b.csv", "b,id\nz,2\n")
        self.dataset()
        answer = self.run_dataset()
        self.assertEqual(self.silver("id, a, b"), [("1", "x", "y"), ("2", None, "z")])
        self.assertIn('"a"', answer.err)
        self.assertIn("b.csv", answer.err)

    def test_a_list_of_paths_is_read_as_one(self):
        self.write("one/a.csv", "id\n1\n")
        self.write("two/b.csv", "id\n2\n")
        self.dataset({"source": {"path": ["one/a.csv", "two/*.csv"]}})
        self.run_dataset()
        self.assertEqual(self.silver(), [("1",), ("2",)])


class Json(Case):
    def rows(self, text, options=None, name="in/a.json", input_format="json", exit=0):
        self.write(name, text)
        self.dataset({"source": {"input_format": input_format, "path": name, "options": None}})
        if options:
            self.dataset({"source": {"input_format": input_format, "path": name, "options": {"header": None, **options}}})
        return self.run_dataset(exit=exit)

    def test_every_layout_gives_the_same_rows(self):
        layouts = {
            "array": '[{"id": 1, "a": "x"}, {"id": 2, "a": "y"}]',
            "lines": '{"id": 1, "a": "x"}\n{"id": 2, "a": "y"}\n',
            "one after another": '{"id": 1,\n "a": "x"} {"id": 2,\n "a": "y"}',
        }
        for layout, text in layouts.items():
            for multi_line in ("true", "false"):
                with self.subTest(layout=layout, multiLine=multi_line):
                    self.rows(text, {"multiLine": multi_line})
                    self.assertEqual(self.silver("id, a"), [("1", "x"), ("2", "y")])

    def test_one_object_is_one_record(self):
        self.rows('{"id": 1}')
        self.assertEqual(self.silver(), [("1",)])

    def test_nested_values_are_json_text(self):
        self.rows('{"id": 1, "o": {"b": [1, 2.50], "a": null}}')
        self.assertEqual(self.silver("o"), [('{"b":[1,2.50],"a":null}',)])

    def test_keys_keep_their_case_and_the_last_of_two_counts(self):
        self.rows('{"id": 1, "n": 1, "n": 2}')
        self.assertEqual(self.silver("n"), [("2",)])

    def test_numbers_keep_every_digit(self):
        self.rows('{"id": 12345678901234567890.123456789012345678900}')
        self.assertEqual(self.silver(), [("12345678901234567890.123456789012345678900",)])

    def test_comments_and_bare_names_are_read_where_allowed(self):
        self.rows("// made by hand\n[{id: 1, /* note */ 'a': 'x'}]",
                  {"allowComments": "true", "allowUnquotedFieldNames": "true"})
        self.assertEqual(self.silver("id, a"), [("1", "x")])

    def test_malformed_records_are_quarantined_with_their_text(self):
        answer = self.rows('{"id": 1}\n{"id": }\n[3]\n{"id": 4}\n', input_format="jsonl", name="in/a.jsonl")
        self.assertEqual(answer.rows["malformed"], 2)
        self.assertEqual(self.silver(), [("1",), ("4",)])
        self.assertEqual(self.quarantine("_raw_record, _source_line"), [('{"id": }', 2), ("[3]", 3)])


class Parquet(Case):
    def test_types_are_kept(self):
        self.write("in/x", "")
        pyarrow.parquet.write_table(
            pyarrow.table({"id": pyarrow.array([1, None], pyarrow.int64()), "names": [["a"], []]}), self.root / "in/a.parquet")
        self.dataset({"source": {"input_format": "parquet", "path": "in/a.parquet", "options": None}})
        self.run_dataset()
        self.assertEqual(self.silver(order="id"), [(1, ["a"]), (None, [])])
        self.assertEqual(self.silver_types()["names"], "VARCHAR[]")

    def test_a_quarantined_row_is_named_by_its_number(self):
        self.write("in/x", "")
        pyarrow.parquet.write_table(pyarrow.table({"id": [1, 2, 3]}), self.root / "in/a.parquet")
        self.dataset({"source": {"input_format": "parquet", "path": "in/a.parquet", "options": None},
                      "quality": {"rules": [{"name": "not_two", "expr": "id <> 2"}]}})
        self.run_dataset()
        rows = self.table("out/quarantine", "id, _failed_rules, parse_filename(_source_file)", order="ALL")
        self.assertEqual(rows, [(2, ["not_two"], "a.parquet")])

    def test_a_broken_file_is_an_error_of_the_environment(self):
        self.write("in/a.parquet", "PAR1 and nothing more")
        self.dataset({"source": {"input_format": "parquet", "path": "in/a.parquet", "options": None}})
        self.assert_refused(self.run_dataset(exit=3), "a.parquet")


class Union(Case):
    def test_sources_of_three_formats_are_united_by_column_name(self):
        self.write("in/a.csv", "ID,amount\n1,1.50\n")
        self.write("in/b.jsonl", '{"id": 2, "extra": {"k": true}}\n')
        pyarrow.parquet.write_table(pyarrow.table({"id": ["3"], "amount": ["2.25"]}), self.root / "in/c.parquet")
        self.dataset({
            "source": None,
            "sources": [
                {"name": "till", "input_format": "csv", "path": "in/a.csv", "options": {"header": True},
                 "rename": [{"from": "ID", "to": "id"}]},
                {"name": "web", "input_format": "jsonl", "path": "in/b.jsonl"},
                {"name": "archive", "input_format": "parquet", "path": "in/c.parquet"},
            ],
            "standardization": {"casts": [{"column": "amount", "to": "decimal(10,2)"}]},
        })
        self.run_dataset()
        rows = [(a, None if b is None else str(b), c) for a, b, c in self.silver("id, amount, extra")]
        self.assertEqual(rows, [("1", "1.50", None), ("2", None, '{"k":true}'), ("3", "2.25", None)])

    def test_the_example_of_three_formats_runs(self):
        shutil.copytree(ROOT / "examples/union", self.root / "union")
        answer = self.crisol("run", "orders.yml", "--env", "env.yml", "--db", "database.yml", "--json", cwd=self.root / "union")
        self.assertEqual(answer.summary["status"], "completed")


if __name__ == "__main__":
    unittest.main()
