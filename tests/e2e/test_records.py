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
