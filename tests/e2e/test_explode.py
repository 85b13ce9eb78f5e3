"""standardization.explode: one row an element of a list, and the books of it."""

import json

import duckdb

from harness import Case, GOLD_DATABASE, merged, unittest

SCHEMA = {"type": "object", "properties": {
    "id": {"type": "integer"},
    "lines": {"type": "array", "items": {"type": "object", "properties": {"sku": {"type": "string"}, "qty": {"type": "integer"}}}}}}


class Lists(Case):
    def start_with(self, *records, explode=None, change=None, schema=SCHEMA):
        self.write("in/a.json", "".join(json.dumps(record) + "\n" for record in records))
        self.write("schema.json", json.dumps(schema))
        self.config = merged({"source": {"input_format": "json", "path": "in/*.json", "options": None},
                              "schema": {"ref": "schema.json", "mode": "flexible"},
                              "standardization": {"explode": {"column": "lines", "as": "line", **(explode or {})}}}, change or {})
        self.config["source"]["options"] = None
        self.dataset(self.config)

    def assert_books(self, rows):
        self.assertEqual(rows["read"] + rows["exploded"],
                         rows["malformed"] + rows["duplicates"] + rows["passed"] + rows["quarantined"] + rows["dropped"])

    def test_a_row_an_element(self):
        self.start_with({"id": 1, "lines": [{"sku": "a", "qty": 1}, {"sku": "b", "qty": 2}]}, {"id": 2, "lines": []},
                        {"id": 3, "lines": None}, {"id": 4}, {"id": 5, "lines": [{"sku": "c", "qty": 3}]})
        rows = self.run_dataset().rows
        self.assertEqual((rows["read"], rows["exploded"], rows["passed"], rows["dropped"]), (5, 1, 3, 3))
        self.assert_books(rows)
        self.assertEqual(self.silver("id, line.sku, line.qty", order="id, line.sku"), [(1, "a", 1), (1, "b", 2), (5, "c", 3)])

    def test_an_empty_list_may_keep_its_row(self):
        self.start_with({"id": 1, "lines": [None, {"sku": "b"}]}, {"id": 2, "lines": []}, {"id": 3}, explode={"keep_empty": True})
        rows = self.run_dataset().rows
        self.assertEqual((rows["read"], rows["exploded"], rows["passed"], rows["dropped"]), (3, 1, 4, 0))
        self.assert_books(rows)
        self.assertEqual(self.silver("id, line.sku", order="id, line.sku NULLS FIRST"), [(1, None), (1, "b"), (2, None), (3, None)])

    def test_a_quarantined_element_says_which_it_is_and_keeps_its_record(self):
        record = {"id": 1, "lines": [{"sku": "a", "qty": 1}, {"sku": "b", "qty": -2}, {"sku": "c", "qty": -3}]}
        self.start_with({"id": 0, "lines": [{"sku": "z", "qty": 9}]}, record, change={
            "quality": {"rules": [{"name": "some", "expr": "line.qty > 0", "on_fail": "quarantine"}]}})
        rows = self.run_dataset().rows
        self.assertEqual((rows["passed"], rows["quarantined"]), (2, 2))
        self.assert_books(rows)
        offset = len(json.dumps({"id": 0, "lines": [{"sku": "z", "qty": 9}]})) + 1
        self.assertEqual(self.quarantine("_element, _source_offset, _raw_record, _failed_rules", order="_element"),
                         [(1, offset, json.dumps(record), ["some"]), (2, offset, json.dumps(record), ["some"])])

    def test_rules_defaults_the_key_and_drops_come_after_it(self):
        self.start_with({"id": 1, "lines": [{"sku": "a", "qty": 1}, {"sku": "a", "qty": 1}]},
                        {"id": 2, "lines": [{"sku": "b", "qty": 5}]}, {"id": None, "lines": [{"sku": "b", "qty": 5}]},
                        change={"standardization": {"deduplicate": {"key": ["id", "line"]},
                                                    "defaults": [{"column": "id", "value": "2"}]},
                                "quality": {"rules": [{"name": "few", "expr": "line.qty < 3", "on_fail": "drop"}]}})
        rows = self.run_dataset().rows
        self.assertEqual((rows["exploded"], rows["duplicates"], rows["passed"], rows["dropped"]), (1, 2, 1, 1))
        self.assert_books(rows)

    def test_malformed_records_are_not_exploded(self):
        self.start_with({"id": 1, "lines": [{"sku": "a"}, {"sku": "b"}]})
        self.write("in/b.json", '{"id": 2, "lines": [\n{"id": 3, "lines": [{"sku": "c"}]}\n')
        rows = self.run_dataset().rows
        self.assertEqual((rows["read"], rows["exploded"], rows["passed"], rows["malformed"]), (3, 1, 3, 1))
        self.assertEqual(self.quarantine("_element"), [(None,)])

    def test_what_the_schema_takes_for_no_list_is_not_lost(self):
        self.start_with({"id": 1, "lines": "none"}, {"id": 2, "lines": [{"sku": "a"}]}, change={"schema": {"mode": "strict"}},
                        schema={**SCHEMA, "properties": {**SCHEMA["properties"], "line": {}}})
        rows = self.run_dataset().rows
        self.assertEqual((rows["passed"], rows["quarantined"], rows["dropped"]), (1, 1, 0))
        self.assertEqual(self.quarantine(), [(["schema:lines:type"],)])

    def test_the_ledger_has_the_rows_that_were_added(self):
        self.start_with({"id": 1, "lines": [{"sku": "a"}, {"sku": "b"}, {"sku": "c"}]})
        self.run_dataset()
        with duckdb.connect(str(self.root / ".crisol/ledger.duckdb"), read_only=True) as connection:
            self.assertEqual(connection.execute("SELECT rows_read, rows_exploded, rows_passed FROM metadata.pipeline_executions").fetchall(),
                             [(1, 2, 3)])

    def test_the_summary_for_people_has_it(self):
        self.start_with({"id": 1, "lines": [{"sku": "a"}, {"sku": "b"}]}, {"id": 2})
        answer = self.crisol("run", "pipeline.yml")
        self.assertIn("exploded", answer.out + answer.err)
        self.assertIn("1 by explode:empty", answer.out + answer.err)

    def test_lists_of_texts_and_of_lists(self):
        self.start_with({"id": 1, "lines": ["a", None, "c"]}, schema={"properties": {
            "id": {"type": "integer"}, "lines": {"type": "array", "items": {"type": "string"}}}})
        self.run_dataset()
        self.assertEqual(self.silver("line", order="line NULLS FIRST"), [(None,), ("a",), ("c",)])

    def test_gold_has_the_elements(self):
        self.write("database.yml", GOLD_DATABASE)
        self.start_with({"id": 1, "lines": [{"sku": "a"}, {"sku": "b"}]},
                        change={"output": {"gold": {"enabled": True, "database_config": "database.yml"}}})
        self.assertEqual(self.run_dataset().rows["gold"], 2)

    def test_many_elements_of_many_records(self):
        self.start_with(*({"id": i, "lines": [{"sku": str(k), "qty": k} for k in range(i % 7)]} for i in range(3000)),
                        change={"standardization": {"deduplicate": {"key": ["id", "line"]}}})
        rows = self.run_dataset().rows
        self.assertEqual((rows["duplicates"], rows["passed"]), (0, sum(i % 7 for i in range(3000))))
        self.assert_books(rows)


class TypedInPlace(Case):
    def start_with(self, lines, on_error="fail", to="array<struct<sku:string,qty:int>>", **standardization):
        self.write("in/a.json", "".join(json.dumps({"id": i, "lines": value}) + "\n" for i, value in enumerate(lines)))
        self.dataset({"source": {"input_format": "json", "path": "in/*.json", "options": None}, "standardization": {
            "casts": [{"column": "lines", "to": to, "on_error": on_error}], **standardization}})

    def test_a_list_without_a_schema_is_exploded(self):
        self.start_with([[{"sku": "a", "qty": 1}, {"sku": "b", "qty": 2}], [], None], explode={"column": "lines", "as": "line"})
        rows = self.run_dataset().rows
        self.assertEqual((rows["passed"], rows["dropped"]), (2, 2))
        self.assertEqual(self.silver("line.sku, line.qty", order="line.sku"), [("a", 1), ("b", 2)])

    def test_a_part_that_does_not_convert_follows_on_error(self):
        lines = [[{"sku": "a", "qty": 1}], [{"sku": "b", "qty": "many"}], [{"sku": "c"}], "none", None]
        self.start_with(lines)
        self.crisol("run", "pipeline.yml", exit=1)
        self.start_with(lines, "null")
        answer = self.run_dataset()
        self.assertEqual(answer.cast("lines")["nulled"], 2)
        self.assertEqual(self.silver("lines[1].sku, lines[1].qty, lines IS NULL", order="id"),
                         [("a", 1, False), ("b", None, False), ("c", None, False), (None, None, True), (None, None, True)])
        self.start_with(lines, "quarantine", explode={"column": "lines", "as": "line"})
        rows = self.run_dataset().rows
        self.assertEqual((rows["passed"], rows["quarantined"], rows["dropped"]), (2, 2, 1))
        self.assertEqual([row[0] for row in self.quarantine("_failed_rules")],
                         [["cast:lines:array<struct<sku:string,qty:int>>"]] * 2)

    def test_maps_structs_and_texts_of_csv(self):
        self.write("in/a.csv", 'id;m;s;xs\n1;{"a":1,"b":2};{"k":{"d":"2024-01-31"}};[1,2]\n')
        self.dataset({"source": {"options": {"header": True, "sep": ";", "quote": ""}}, "standardization": {"casts": [
            {"column": "m", "to": "map<string,int>"}, {"column": "s", "to": "struct<k:struct<d:date>>"}, {"column": "xs", "to": "array<bigint>"}]}})
        self.run_dataset()
        self.assertEqual(self.silver("m['b'], CAST(s.k.d AS VARCHAR), xs"), [(2, "2024-01-31", [1, 2])])

    def test_a_type_that_json_cannot_give_is_refused(self):
        self.start_with([["a"]], to="map<int,string>")
        self.crisol("check", "pipeline.yml", exit=2)
        self.start_with([["a"]], to="array<number>")
        self.crisol("check", "pipeline.yml", exit=2)

    def test_spark_refuses_by_name_that_a_schema_checks_it(self):
        self.start_with([[{"sku": "a"}]])
        self.crisol("check", "pipeline.yml", "--engine", "spark", env={"SPARK_REMOTE": "sc://127.0.0.1:9"})
        self.write("schema.json", '{"properties": {"lines": {"type": "array"}}}')
        self.dataset({"source": {"input_format": "json", "path": "in/*.json", "options": None}, "schema": {"ref": "schema.json", "mode": "strict"},
                      "standardization": {"casts": [{"column": "lines", "to": "array<int>"}]}})
        answer = self.crisol("check", "pipeline.yml", "--engine", "spark", exit=2, env={"SPARK_REMOTE": "sc://127.0.0.1:9"})
        self.assertIn('column "lines" of a cast of JSON cannot be checked by a JSON Schema', answer.err + answer.out)


class OfParquet(Case):
    def test_lists_of_parquet(self):
        (self.root / "in").mkdir()
        duckdb.sql("SELECT i AS id, CASE WHEN i % 3 > 0 THEN range(i % 3) END AS xs FROM range(3000) t(i)").write_parquet(
            str(self.root / "in/a.parquet"))
        self.dataset({"source": {"input_format": "parquet", "path": "in/*.parquet", "options": None},
                      "standardization": {"explode": {"column": "xs", "as": "x"}},
                      "quality": {"rules": [{"name": "r", "expr": "not (id = 2999 and x = 1)", "on_fail": "quarantine"}]}})
        rows = self.run_dataset().rows
        self.assertEqual((rows["read"], rows["exploded"], rows["dropped"], rows["passed"], rows["quarantined"]), (3000, 1000, 1000, 2999, 1))
        self.assertEqual(self.quarantine("id, x, _source_offset, _element"), [(2999, 1, 2999, 1)])


class Config(Case):
    def refused(self, explode, *parts, fields="id,lines", value="1,x"):
        self.write("in/a.csv", f"{fields}\n{value}\n")
        self.dataset({"standardization": {"explode": explode}})
        answer = self.crisol("check", "pipeline.yml", exit=2)
        for part in parts:
            self.assertIn(part, answer.err + answer.out)

    def test_a_column_that_is_no_list_is_refused_with_the_way_to_a_type(self):
        self.refused({"column": "lines", "as": "line"}, "explode takes a list", "array<struct")

    def test_a_map_is_refused(self):
        self.write("in/a.json", '{"m": {"a": "b"}}\n')
        self.write("schema.json", '{"properties": {"m": {"type": "object"}}}')
        self.dataset({"source": {"input_format": "json", "path": "in/*.json", "options": None},
                      "schema": {"ref": "schema.json", "mode": "flexible"},
                      "standardization": {"explode": {"column": "m", "as": "e"}}})
        answer = self.crisol("check", "pipeline.yml", exit=2)
        self.assertIn("A map cannot be exploded", answer.err + answer.out)

    def test_a_misspelt_column_a_name_that_is_there_and_missing_keys(self):
        self.refused({"column": "line", "as": "x"}, "unrecognized column \"line\" in explode", "lines")
        self.refused({"column": "lines", "as": "id"}, "which is there already")
        self.refused({"column": "lines", "as": ""}, "has no name")
        for name in ("_run_id", "_INGESTION_TS", "_failed_rules", "_source_file", "_raw_record", "crisol_partition"):
            self.refused({"column": "lines", "as": name}, "crisol adds")
        self.refused({"column": "lines"}, "as")
        self.refused({"as": "x"}, "column")

    def test_spark_refuses_by_name_that_a_schema_checks_its_element(self):
        self.write("in/a.json", '{"id": 1, "lines": [1]}\n')
        self.write("schema.json", '{"properties": {"lines": {"type": "array", "items": {"type": "integer"}}, "line": {"type": "integer"}}}')
        self.dataset({"source": {"input_format": "json", "path": "in/*.json", "options": None},
                      "schema": {"ref": "schema.json", "mode": "flexible"},
                      "standardization": {"explode": {"column": "lines", "as": "line"}}})
        answer = self.crisol("check", "pipeline.yml", "--engine", "spark", exit=2, env={"SPARK_REMOTE": "sc://127.0.0.1:9"})
        self.assertIn('column "line" of standardization.explode cannot be checked by a JSON Schema', answer.err + answer.out)


if __name__ == "__main__":
    unittest.main()
