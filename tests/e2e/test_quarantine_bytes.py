"""The bytes of every quarantined record, fetched from its place: what `crisol replay` reads again."""

import gzip
import json
import subprocess
import unittest

from harness import Case

NEVER = {"quality": {"rules": [{"name": "bad", "expr": "id NOT LIKE 'bad%'"}]}}


class Bytes(Case):
    def quarantined(self, columns="_raw_record, _raw_form, _source_header", **options):
        return self.quarantine(columns, **options)

    def take(self, content, change=None, name="in/a.csv"):
        self.write(name, content)
        self.dataset({**NEVER, **(change or {})})
        return self.run_dataset()

    def test_a_row_that_fails_a_rule_keeps_its_record_and_the_header_of_its_file(self):
        self.take("id,x\n1,a\nbad 2,b\n3,c\n")
        self.assertEqual(self.quarantined(), [("bad 2,b", "text", "id,x")])
        self.assertEqual(self.quarantined("_raw_length, _raw_cut, _source_offset, _source_line"), [(7, False, 9, 3)])

    def test_quotes_and_line_ends_in_a_value_stay_as_they_stand(self):
        self.take('id,x\n1,"a\nb"\n"bad ""2""","b\r\nc\n"\r\nbad 3,"d,e"\n')
        self.assertEqual(self.quarantined("_raw_record", order="_source_offset"),
                         [('"bad ""2""","b\r\nc\n"',), ('bad 3,"d,e"',)])

    def test_bytes_that_are_no_text_are_escaped_and_backslashes_then_doubled(self):
        self.take(b"id,x\nbad,a\\b\nbad,a\\b\xff\n")
        self.assertEqual(self.quarantined("_raw_record, _raw_form, _failed_rules[1]", order="_source_offset"),
                         [("bad,a\\b", "text", "bad"), ("bad,a\\\\b\\xFF", "escaped", "malformed:invalid_text")])

    def test_a_mark_a_comment_and_blank_lines_are_no_part_of_it(self):
        self.take(b"\xef\xbb\xbf# c\nid,x\n\n# d\nbad,1\n", {"source": {"options": {"comment": "#"}}})
        self.assertEqual(self.quarantined(), [("bad,1", "text", "id,x")])

    def test_without_a_header_there_is_none(self):
        self.write("in/a.csv", "1,a\nbad,b\n")
        self.dataset({"source": {"options": {"header": False}},
                      "quality": {"rules": [{"name": "bad", "expr": "_c0 <> 'bad'"}]}})
        self.run_dataset()
        self.assertEqual(self.quarantined(), [("bad,b", "text", None)])

    def test_each_file_has_its_own_header(self):
        self.write("in/b.csv", "x,id\nq,bad\n")
        self.take("id,x\nbad,1\n")
        self.assertEqual(self.quarantined(order="_source_file"), [("bad,1", "text", "id,x"), ("q,bad", "text", "x,id")])

    def test_other_encodings_are_told_as_text(self):
        for encoding in ("ISO-8859-1", "windows-1252", "UTF-16", "UTF-16LE", "UTF-16BE"):
            with self.subTest(encoding):
                self.root.joinpath("in").mkdir(exist_ok=True)
                self.take("id,é\n1,ü\nbad ñ,ö\n".encode(encoding.replace("windows-", "cp")),
                          {"source": {"options": {"encoding": encoding}}})
                answer = self.query("SELECT _raw_record, _raw_form, _source_header FROM read_parquet(?) ORDER BY "
                                    "_ingestion_ts DESC LIMIT 1", [f"{self.root}/out/quarantine/*/*.parquet"])
                self.assertEqual(answer, [("bad ñ,ö", "text", "id,é")])

    def test_compressed_files(self):
        text = "id,x\n" + "".join(f"{'bad' if n % 700 == 3 else ''}{n},{n}\n" for n in range(5000))
        self.write("in/a.csv.gz", gzip.compress(text[:30000].encode()) + gzip.compress(text[30000:].encode()))
        self.dataset({"source": {"path": "in/*"}, **NEVER})
        self.run_dataset()
        self.assertEqual([r for r, in self.quarantined("_raw_record", order="_source_offset")],
                         [f"bad{n},{n}" for n in range(3, 5000, 700)])
        self.root.joinpath("in/a.csv.gz").unlink()
        self.write("in/a.csv", text)
        packed = subprocess.run(["zstd", "-q", "--rm", str(self.root / "in/a.csv")], capture_output=True)
        if packed.returncode == 0:
            run = self.run_dataset().summary["run_id"]
            self.assertEqual(len(self.query("SELECT 1 FROM read_parquet(?) WHERE starts_with(_raw_record, 'bad')",
                                            [f"{self.root}/out/quarantine/run_id={run}/*.parquet"])), 8)

    def test_json_lines_arrays_and_records_over_lines(self):
        records = [{"id": "1", "x": {"a": 1}}, {"id": "bad", "x": {"a": [1, "é\\n"]}}, {"id": "bad 2", "x": None}]
        lines = [json.dumps(r, ensure_ascii=False) for r in records]
        layouts = {"lines": "\n".join(lines) + "\n", "array": "[\n " + ",\n ".join(lines) + "\n]\n",
                   "texts": "\n".join(json.dumps(r, indent=2, ensure_ascii=False) for r in records)}
        for name, text in layouts.items():
            with self.subTest(name):
                self.take(text, {"source": {"input_format": "json", "path": "in/a.json", "options": None}}, "in/a.json")
                answer = self.query("SELECT _raw_record, _raw_form, _source_header FROM read_parquet(?) "
                                    "WHERE _run_id = (SELECT max(_run_id) FROM read_parquet(?)) ORDER BY _source_offset",
                                    *2 * [f"{self.root}/out/quarantine/*/*.parquet"])
                self.assertEqual([(json.loads(raw), form, header) for raw, form, header in answer],
                                 [(records[1], "text", None), (records[2], "text", None)])

    def test_few_records_far_apart_in_large_files(self):
        """More than a block lies between them, so that they are jumped to; many lie in one block, too."""
        filler = "".join(f"{n},{'y' * 300}\n" for n in range(15000))
        text = "id,x\n" + 'bad 0,"a\nb"\n' + filler + "bad 1,c\nbad 2,d\n" + filler + "bad 3,e"
        self.take(text)
        self.assertEqual([r for r, in self.quarantined("_raw_record", order="_source_offset")],
                         ['bad 0,"a\nb"', "bad 1,c", "bad 2,d", "bad 3,e"])

    def test_every_row_of_many_in_quarantine_has_its_record(self):
        self.take("id,x\n" + "".join(f"bad {n},{'z' * (n % 97)}\n" for n in range(30000)))
        self.assertEqual(self.quarantined("count(*), count(*) FILTER (_raw_record = id || ',' || coalesce(x, ''))", order="ALL"),
                         [(30000, 30000)])

    def test_a_long_record_is_cut_and_marked(self):
        self.take("id,x\nbad," + "é" * (1 << 20) + "\nbad,1\n")
        self.assertEqual(self.quarantined("strlen(_raw_record), _raw_length, _raw_form, _raw_cut", order="_source_offset"),
                         [((1 << 20), 4 + (2 << 20), "text", True), (5, 5, "text", False)])

    def test_the_rejects_of_a_refused_run_have_theirs(self):
        self.write("in/a.csv", "id,x\n1,a\nbad,b\n")
        self.dataset({"quality": {"rules": [{"name": "bad", "expr": "id <> 'bad'", "on_fail": "fail"}]}})
        run = self.run_dataset(exit=1).summary["run_id"]
        self.assertEqual(self.query("SELECT _raw_record, _raw_form FROM read_parquet(?)",
                                    [f"{self.root}/.crisol/refused/{run}/*.parquet"]), [("bad,b", "text")])

    def test_parquet_has_no_bytes_and_its_neighbour_has(self):
        self.query(f"COPY (SELECT 'bad' AS id, 'p' AS x) TO '{self.root}/p.parquet' (FORMAT parquet)")
        self.write("in/a.csv", "id,x\nbad,c\n")
        self.dataset({"source": None, **NEVER,
                      "sources": [{"name": "p", "input_format": "parquet", "path": "p.parquet"},
                                  {"name": "c", "input_format": "csv", "path": "in/a.csv",
                                   "options": {"header": True}}]})
        self.run_dataset()
        self.assertEqual(self.quarantined(order="x"), [("bad,c", "text", "id,x"), (None, None, None)])

    def test_a_column_of_the_source_with_such_a_name_is_refused(self):
        for name in ("_raw_form", "_raw_cut", "_source_header"):
            self.write("in/a.csv", f"id,{name}\n1,2\n")
            self.dataset()
            self.assert_refused(self.run_dataset(exit=2), name)

    def test_show_reads_quarantines_with_and_without_them(self):
        first = self.take("id,x\nbad 1,a\n").summary["run_id"]
        old = next(iter((self.root / "out/quarantine").glob("*/*.parquet")))
        self.query(f"COPY (SELECT * EXCLUDE (_raw_form, _raw_cut, _source_header) FROM '{old}') TO '{old}.new' "
                   "(FORMAT parquet)")
        old.with_suffix(".parquet.new").rename(old)
        self.take("id,x\nbad 2,b\n")
        answer = self.crisol("show", "pipeline.yml", "--quarantine", "--format", "json").out
        rows = [json.loads(line) for line in answer.splitlines()]
        self.assertEqual(sorted((r["id"], r["_raw_form"]) for r in rows), [("bad 1", None), ("bad 2", "text")])
        self.assertEqual({r["_run_id"] for r in rows if r["id"] == "bad 1"}, {first})


if __name__ == "__main__":
    unittest.main()
