"""options.records: the records of JSON as APIs send it, in pages and envelopes, and what lies around them."""

import gzip
import json

from harness import Case, unittest

PAGES = {"input_format": "json", "path": "in/*.json", "options": {"header": None, "records": "$.data[*]"}}


def page(*rows, **around):
    return json.dumps({**around, "data": list(rows)})


class Records(Case):
    def test_the_records_of_pages_are_rows(self):
        self.write("in/a.json", json.dumps({"data": [{"id": 1, "n": "a"}, {"id": 2, "n": "b"}], "next": "x"}, indent=2))
        self.write("in/b.json", page({"id": 3}) + "\n" + page() + "\n" + page({"id": 4}) + "\n")
        self.write("in/c.json", "[" + page({"id": 5}) + ",\n" + page({"id": 6}) + "]")
        self.write_gzip("in/d.json.gz", page({"id": 7}))
        self.dataset({"source": {**PAGES, "path": "in/*"}, "standardization": {"casts": [{"column": "id", "to": "int"}]}})
        rows = self.run_dataset().rows
        self.assertEqual((rows["read"], rows["passed"], rows["malformed"]), (7, 7, 0))
        self.assertEqual(self.silver("id, n", order="id")[:3], [(1, "a"), (2, "b"), (3, None)])

    def test_a_document_without_the_path_is_malformed_and_kept_with_its_bytes(self):
        self.write("in/a.json", page({"id": 1}) + '\n{"rows":[1]}\n' + page({"id": 2}, "x", {"id": 3}) + "\n")
        self.dataset({"source": PAGES})
        rows = self.run_dataset().rows
        self.assertEqual((rows["read"], rows["passed"], rows["malformed"]), (5, 3, 2))
        self.assertEqual(self.quarantine("_failed_rules, _raw_record, _source_line"),
                         [(["malformed:no_records"], '{"rows":[1]}', 2), (["malformed:not_an_object"], '"x"', 3)])

    def test_a_quarantined_record_has_its_own_place_and_bytes(self):
        text = '{"meta": 1,\n "data": [\n  {"id": 1},\n  {"id": "ñ"}\n]}\n'
        self.write("in/a.json", text)
        self.dataset({"source": PAGES, "standardization": {"casts": [{"column": "id", "to": "int", "on_error": "quarantine"}]}})
        self.run_dataset()
        place = len(text.encode().split(b'{"id": "')[0])
        self.assertEqual(self.quarantine("_source_line, _source_offset, _raw_record"), [(4, place, '{"id": "ñ"}')])

    def test_a_long_record_is_kept_up_to_a_mebibyte(self):
        self.write("in/a.json", page({"id": "x" * 2_000_000}, {"id": "1"}))
        self.dataset({"source": PAGES, "quality": {"rules": [{"name": "short", "expr": "length(id) < 9", "on_fail": "quarantine"}]}})
        self.run_dataset()
        self.assertEqual(self.quarantine("length(_raw_record), _raw_length, _raw_cut"), [(1 << 20, 2_000_010, True)])

    def test_records_longer_than_a_block_over_lines_are_read(self):
        rows = [{"id": i, "text": "y" * 1000, "lines": [{"q": i}]} for i in range(5000)]
        self.write("in/a.json", json.dumps({"data": rows, "count": 5000}, indent=1))
        self.dataset({"source": PAGES})
        self.assertEqual(self.run_dataset().rows["passed"], 5000)

    def test_only_empty_pages_are_an_empty_input(self):
        self.write("in/a.json", page(next=None))
        self.dataset({"source": PAGES})
        self.crisol("run", "pipeline.yml", exit=1)
        self.dataset({"source": {**PAGES, "allow_empty": True}})
        self.assertEqual(self.run_dataset().rows["read"], 0)

    def test_a_truncated_document_is_one_malformed_record(self):
        self.write("in/a.json", page({"id": 1}) + "\n")
        self.write("in/b.json", json.dumps({"data": [{"id": 2}, {"id": 3}]}, indent=1)[:-20])
        self.dataset({"source": PAGES})
        rows = self.run_dataset().rows
        self.assertEqual((rows["passed"], rows["malformed"]), (1, 1))

    def test_a_second_run_takes_only_new_pages(self):
        self.write("in/a.json", page({"id": 1}))
        self.dataset({"source": {**PAGES, "incremental": True}, "output": {"silver": {"mode": "append"}}})
        self.run_dataset()
        self.write("in/b.json", page({"id": 2}))
        self.assertEqual(self.run_dataset().rows["read"], 1)

    def test_every_malformed_document_is_refused_under_failfast(self):
        self.write("in/a.json", page({"id": 1}) + '\n{"rows":[1]}\n')
        self.dataset({"source": {**PAGES, "options": {"header": None, "records": "$.data[*]", "mode": "FAILFAST"}}})
        self.crisol("run", "pipeline.yml", exit=1)


class Around(Case):
    COLUMNS = [{"name": "next", "expr": "_document.next"}, {"name": "page", "expr": "_document.meta.page", "type": "int"}]

    def test_what_lies_around_a_record_is_read_by_expressions_and_stays_out_of_silver(self):
        self.write("in/a.json", page({"id": 1}, {"id": 2}, next="x", meta={"page": 1, "size": 2}) + "\n" +
                   page({"id": 3}, next=None, meta={"page": 2}) + "\n")
        self.dataset({"source": PAGES, "standardization": {"columns": self.COLUMNS}})
        self.run_dataset()
        self.assertEqual(self.silver(order="id"), [("1", "x", 1), ("2", "x", 1), ("3", None, 2)])

    def test_rules_see_it_and_the_quarantine_keeps_what_was_asked(self):
        self.write("in/a.json", page({"id": 1}, status="ok", long="y" * 100) + "\n" + page({"id": 2}, status="bad", long="y") + "\n")
        self.dataset({"source": PAGES, "quality": {"rules": [{"name": "ok", "expr": "_document.status = 'ok'", "on_fail": "quarantine"}]}})
        self.assertEqual(self.run_dataset().rows["passed"], 1)
        self.assertEqual(self.quarantine("id, _document, _failed_rules"), [("2", '{"status":"bad"}', ["ok"])])
        self.assertEqual(self.silver(), [("1",)])

    def test_records_within_records_see_the_element_that_they_lie_in(self):
        self.write("in/a.json", json.dumps({"t": "T", "orders": [{"id": 1, "lines": [{"s": "a"}, {"s": "b"}]}, {"id": 2, "lines": [{"s": "c"}]}]}))
        self.dataset({"source": {**PAGES, "options": {"header": None, "records": "$.orders[*].lines[*]"}}, "standardization": {
            "columns": [{"name": "order", "expr": "_document.orders.id", "type": "int"}, {"name": "t", "expr": "_document.t"}]}})
        self.run_dataset()
        self.assertEqual(self.silver("s, \"order\", t", order="s"), [("a", 1, "T"), ("b", 1, "T"), ("c", 2, "T")])

    def test_a_key_that_no_document_has_is_an_error_with_the_keys(self):
        self.write("in/a.json", page({"id": 1}, next="x"))
        self.dataset({"source": PAGES, "standardization": {"columns": [{"name": "n", "expr": "_document.nxt"}]}})
        answer = self.crisol("check", "pipeline.yml", exit=2)
        self.assertIn("nxt", answer.err + answer.out)

    def test_arrays_beside_the_records_are_json_and_gold_and_a_strict_schema_lack_the_document(self):
        self.write("in/a.json", page({"id": 1}, tags=["a", "b"]))
        self.write("database.yml", {"default": {"driver": "duckdb", "path": "warehouse.duckdb"}})
        self.write("schema.json", {"type": "object", "properties": {"id": {"type": "integer"}, "tag": {"type": "string"}}, "additionalProperties": False})
        self.dataset({"source": PAGES, "schema": {"ref": "schema.json", "mode": "strict"},
                      "standardization": {"columns": [{"name": "tag", "expr": "get_json_object(_document.tags, '$[1]')"}]},
                      "output": {"gold": {"enabled": True, "database_config": "database.yml"}}})
        self.run_dataset()
        self.assertEqual(self.gold("SELECT id, tag FROM gold.demo"), [(1, "b")])
        self.assertNotIn("_document", str(self.gold("DESCRIBE gold.demo")))

    def test_a_record_with_a_key_of_that_name_is_refused(self):
        self.write("in/a.json", page({"_document": 1}, x=1))
        self.dataset({"source": PAGES, "standardization": {"columns": [{"name": "x", "expr": "_document.x"}]}})
        self.crisol("check", "pipeline.yml", exit=2)

    def test_files_whose_documents_differ(self):
        self.write("in/a.json", page({"id": 1}, a="1", m={"k": "v"}))
        self.write("in/b.json", page({"id": 2}, b="2", m=None))
        self.dataset({"source": PAGES, "standardization": {"columns": [
            {"name": "a", "expr": "_document.a"}, {"name": "b", "expr": "_document.b"}, {"name": "k", "expr": "_document.m.k"}]}})
        self.run_dataset()
        self.assertEqual(self.silver(order="id"), [("1", "1", None, "v"), ("2", None, "2", None)])


class Paths(Case):
    def refused(self, path, *parts):
        self.write("in/a.json", page({"id": 1}))
        self.dataset({"source": {**PAGES, "options": {"header": None, "records": path}}})
        answer = self.crisol("check", "pipeline.yml", exit=2)
        for part in parts:
            self.assertIn(part, answer.err + answer.out)
        self.assertRegex(answer.err + answer.out, r"pipeline\.yml:\d+:\d+: error")

    def test_paths_that_are_none_are_refused(self):
        self.refused("data[*]", "does not begin with $", "$.data[*]")
        self.refused("$..data[*]", "two points")
        self.refused("$.data[0]", "neither [*] nor a key in quotes")
        self.refused("$.data[*", "lacks a closing bracket")
        self.refused("$.*", "[*]")
        self.refused("$['a", "quote that is not closed")
        self.refused("$.", "no name behind a point")
        self.refused("$data", "neither .name nor [*]")
        self.refused("$" + ".a" * 33, "more than 32 steps")

    def test_csv_has_no_records_within_documents(self):
        self.write("in/a.csv", "a\n1\n")
        self.dataset({"source": {"options": {"records": "$.data[*]"}}})
        self.crisol("check", "pipeline.yml", exit=2)

    def test_keys_in_quotes(self):
        self.write("in/a.json", json.dumps({"my data.x": {"rows": [{"id": 1}]}}))
        self.dataset({"source": {**PAGES, "options": {"header": None, "records": "$['my data.x'].rows[*]"}}})
        self.assertEqual(self.run_dataset().rows["passed"], 1)


if __name__ == "__main__":
    unittest.main()
