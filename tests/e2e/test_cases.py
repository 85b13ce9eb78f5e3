"""crisol test: cases of given rows and expected fates, tried without anything of the dataset being touched."""

import json
import xml.etree.ElementTree as xml

from harness import Case, GOLD_DATABASE, merged, unittest

DATASET = {
    "standardization": {
        "timezone": "America/Bogota",
        "rename": [{"from": "Moneda", "to": "currency"}],
        "casts": [{"column": "amount", "to": "decimal(10,2)", "on_error": "quarantine"}, {"column": "at", "to": "timestamp", "on_error": "null"}],
        "deduplicate": {"key": ["id"], "order_by": ["amount desc"]},
    },
    "quality": {"rules": [
        {"name": "positive", "expr": "amount > 0"},
        {"name": "usual", "expr": "currency IN ('USD', 'COP')", "on_fail": "drop"},
        {"name": "past", "expr": "at <= current_timestamp()", "on_fail": "warn"},
        {"name": "possible", "expr": "id <> '13'", "on_fail": "fail"},
    ]},
    "output": {"silver": {"partition_by": ["year"], "partition_from": "at", "mode": "overwrite_dynamic"},
               "gold": {"enabled": True, "database_config": "nowhere.yml", "exclude_columns": ["_run_id"],
                        "business_rules": [{"condition": "amount < 100", "action": "filter"}],
                        "add_columns": [{"name": "twice", "expr": "amount * 2", "type": "decimal(12,2)"}]}},
}
ROW = {"amount": 1, "Moneda": "USD", "at": "2024-05-01 10:00:00"}
ALL = [{"id": 1}, {"id": 2, "amount": "-1"}, {"id": 2, "amount": 0}, {"id": 3, "Moneda": "EUR"}, {"id": 4, "amount": "x"},
       {"id": 5, "amount": 200, "at": "2030-01-01 00:00:00"}]


class Cases(Case):
    def cases(self, *cases, name="cases_test.yml", **top):
        return self.write(name, {"dataset": "pipeline.yml", "row": ROW, "now": "2025-01-01T00:00:00Z", "cases": list(cases), **top})

    def case(self, given, expect, name="one", **more):
        return {"name": name, "given": given, "expect": expect, **more}

    def prepare(self, change=None):
        self.dataset(merged(DATASET, change or {}))

    def try_one(self, given, expect, exit=0, **more):
        """One case: its status, and what is said of it."""
        self.cases(self.case(given, expect, **more))
        answer = self.crisol("test", "--json", exit=exit)
        [result] = json.loads(answer.out)["results"]
        return result


class Holding(Cases):
    """Each of these is what a run of these rows would make."""

    HOLD = {
        "counts": {"read": 6, "silver": 2, "quarantine": 2, "duplicates": 1, "dropped": 1, "malformed": 0, "warned": 1, "gold": 1},
        "fates": {"fates": ["silver", "duplicate", "quarantine", "dropped", "quarantine", "silver"]},
        "rules by name": {"rules": ["positive", "usual", "past", "cast:amount:decimal(10,2)"]},
        "rules by number": {"rules": {"positive": 1, "usual": 1, "past": 1, "cast:amount:decimal(10,2)": 1}},
        "silver in any order": {"silver": [{"id": 5}, {"id": 1}]},
        "values as the column's type": {"silver": [{"id": "5", "amount": "200.000", "at": "2030-01-01T05:00:00Z"}, {"amount": 1.0, "year": "2024"}]},
        "names without case": {"silver": [{"ID": 5, "CURRENCY": "USD"}, {"Id": 1}]},
        "quarantine as it was read": {"quarantine": [{"id": 4, "amount": "x", "_failed_rules": ["cast:amount:decimal(10,2)"]},
                                                     {"id": 2, "amount": "0", "_failed_rules": ["positive"], "_source_line": 4}]},
        "gold after its rules": {"gold": [{"id": 1, "twice": 2}]},
        "rows that several match": {"silver": [{"currency": "USD"}, {"currency": "USD", "id": 1}]},
    }

    def test_what_a_run_makes_holds(self):
        self.prepare()
        self.cases(*(self.case(ALL, expect, name) for name, expect in self.HOLD.items()))
        answer = self.crisol("test")
        self.assertEqual(answer.out.splitlines()[-1].split(" (")[0], f"{len(self.HOLD)} cases: {len(self.HOLD)} hold")

    def test_a_run_says_the_same(self):
        """The table above is no more than what `run` counts of the same rows."""
        self.prepare({"output": {"gold": {"database_config": "database.yml"}}})
        self.write("database.yml", GOLD_DATABASE)
        lines = [[{**ROW, **row}[key] for key in ("id", "amount", "Moneda", "at")] for row in ALL]
        self.write("in/a.csv", "id,amount,Moneda,at\n" + "".join(",".join(map(str, line)) + "\n" for line in lines))
        rows = self.run_dataset("--set", "output.allow_empty=true").rows
        expected = self.HOLD["counts"]
        self.assertEqual({"read": rows["read"], "silver": rows["passed"], "quarantine": rows["quarantined"], "duplicates": rows["duplicates"],
                          "dropped": rows["dropped"], "malformed": 0, "gold": rows["gold"]}, {k: v for k, v in expected.items() if k != "warned"})

    def test_nothing_of_the_dataset_is_touched_or_needed(self):
        self.prepare()
        self.cases(self.case(ALL, {"silver": 2}))
        before = sorted(str(p) for p in self.root.rglob("*"))
        self.crisol("test", env={"TMPDIR": str(self.write("tmp/x", "").parent)})
        after = sorted(str(p) for p in self.root.rglob("*") if self.root / "tmp" not in (p, *p.parents))
        self.assertEqual(before, after)
        self.assertEqual([p.name for p in (self.root / "tmp").iterdir()], ["x"])

    def test_refused_data(self):
        self.prepare()
        self.cases(self.case([{"id": 13}], {"refused": True}), self.case([{"id": 13}], {"refused": "fail rule \"possible\""}, "part"),
                   self.case([], {"refused": "no record"}, "empty"))
        self.crisol("test")

    def test_data_that_is_refused_before_it_is_read(self):
        self.dataset({"source": {"input_format": "json", "options": None}, "schema": {"ref": "schema.json", "mode": "strict"}})
        self.write("schema.json", {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"], "additionalProperties": False})
        self.cases(self.case([], {"refused": True}), self.case([{"id": 1, "other": 2}], {"refused": "other"}, "a column too many"), row={})
        self.crisol("test")

    def test_a_partition_that_cannot_be_named_refuses_the_data(self):
        self.dataset({"output": {"silver": {"partition_by": ["id"]}}})
        self.cases(self.case([{"id": "x" * 300, "n": 1}], {"refused": "partition"}), self.case([{"id": "x", "n": 1}], {"silver": [{"id": "x"}]}, "short"), row={})
        self.crisol("test")

    def test_text_and_files_are_read_in_the_dialect_of_the_source(self):
        self.prepare({"source": {"options": {"sep": ";", "encoding": "ISO-8859-1"}}})
        self.write("fixtures/a.csv", "id;amount;Moneda;at\n1;2;niño;2024-01-01\n".encode("latin-1"))
        text = "id;amount;Moneda;at\n1;2;USD;2024-01-01\n2;3\n"
        self.cases(self.case({"text": text}, {"silver": 1, "malformed": 1, "fates": ["silver", "malformed"]}),
                   self.case({"file": "fixtures/*.csv"}, {"dropped": 1, "rules": ["usual"]}, "file"),
                   self.case([{"id": "ñ;\"", "Moneda": "COP"}], {"silver": [{"id": "ñ;\"", "currency": "COP"}]}, "rows"))
        self.crisol("test")

    def test_given_values_are_the_sources_whatever_is_secret(self):
        for form in ("csv", "json"):
            self.dataset({"source": {"input_format": form, "options": {"header": True} if form == "csv" else None}})
            rows = [{"id": "${PASSWORD}"}]
            self.cases(self.case(rows, {"silver": rows}), row={})
            with self.subTest(form=form):
                self.crisol("test", "--var", "PASSWORD=correct-horse")

    def test_a_record_that_is_exploded_has_the_fates_of_its_elements(self):
        sku = {"type": "object", "properties": {"sku": {"type": "string"}}}
        self.write("schema.json", {"type": "object", "properties": {"id": {"type": "integer"}, "lines": {"type": "array", "items": sku}}})
        rows = [{"id": 1, "lines": [{"sku": "a"}, {"sku": "bad"}]}, {"id": 2, "lines": []}, {"id": 3, "lines": [{"sku": "c"}]},
                {"id": 3, "lines": [{"sku": "c"}, {"sku": "a"}]}, {"id": 4, "lines": None}]
        types = {"types": {"id": "bigint", "lines": "array<struct<sku:string>>"}, "rows": rows}
        text = {"text": "".join(json.dumps(row) + "\n" for row in rows) + '{"id": 5, "lines": [\n'}
        for form, keeps_empty, given in (("json", False, rows), ("json", True, rows), ("json", False, text), ("parquet", False, types)):
            with self.subTest(form=form, keeps_empty=keeps_empty):
                self.dataset({"source": {"input_format": form, "options": None}, "schema": {"ref": "schema.json", "mode": "flexible"},
                              "standardization": {"explode": {"column": "lines", "as": "line", "keep_empty": keeps_empty},
                                                  "deduplicate": {"key": ["id", "line"]}},
                              "quality": {"rules": [{"name": "good", "expr": "coalesce(line.sku, '') <> 'bad'"}]}})
                empty = "silver" if keeps_empty else "dropped"
                fates = [["silver", "quarantine"], empty, "silver", ["duplicate", "silver"], empty, *(["malformed"] if given is text else [])]
                self.cases(self.case(given, {"fates": fates}), row={})
                self.crisol("test")

    def test_current_timestamp_is_what_now_says(self):
        self.prepare()
        self.cases(self.case([{"id": 1}], {"warned": 0}), self.case([{"id": 1}], {"warned": 1, "rules": ["past"]}, "earlier", now="2020-01-01T00:00:00Z"))
        self.crisol("test")

    def test_nulls_and_empty_texts_differ(self):
        self.prepare({"standardization": {"deduplicate": None, "casts": None}, "quality": {"rules": []}, "output": {"gold": None, "silver": {"partition_by": None, "partition_from": None, "mode": "overwrite"}}})
        self.cases(self.case([{"id": ""}, {"id": None}], {"silver": [{"id": None}, {"id": ""}]}),
                   self.case([{"id": "null"}, {"id": "~"}], {"silver": [{"id": "null"}, {"id": "~"}]}, "quoted"),
                   {"name": "one column", "row": {}, "given": [{"id": None}], "expect": {"silver": [{"id": None}]}})
        self.crisol("test")

    def test_json_rows_keep_their_kinds(self):
        self.dataset({"source": {"input_format": "json", "options": None},
                      "schema": {"ref": "schema.json", "mode": "strict"}})
        self.write("schema.json", {"type": "object", "properties": {
            "id": {"type": "integer"}, "name": {"type": "string"},
            "place": {"type": "object", "properties": {"city": {"type": "string"}, "lat": {"type": "number"}}},
            "tags": {"type": "array", "items": {"type": "string"}}}, "required": ["id"]})
        self.cases(self.case([{"id": 1, "name": "a", "place": {"city": "Cali", "lat": 3.40}, "tags": ["x", "y"]}, {"id": "2", "name": "b"}],
                             {"silver": [{"id": 1, "place": {"lat": 3.4}, "tags": ["x", "y"]}], "rules": ["schema:id:type"], "quarantine": [{"id": "2"}]}),
                   self.case([{"id": 1, "name": "a"}], {"silver": [{"place": None}]}, "a column of other cases is null"), row={})
        self.crisol("test")

    def test_parquet_rows_have_types(self):
        self.dataset({"source": {"input_format": "parquet", "options": None}, "quality": {"rules": [{"name": "big", "expr": "amount > 10 AND size(tags) = 2"}]}})
        self.cases(self.case({"rows": [{"id": 1, "amount": 11, "tags": ["a", "b"]}, {"id": 2, "amount": "10.5", "tags": None}],
                              "types": {"amount": "decimal(10,2)", "tags": "array<string>"}},
                             {"silver": [{"id": 1, "amount": 11, "tags": ["a", "b"]}], "quarantine": 1}), row={})
        self.crisol("test")

    def test_records_within_documents_are_given_as_rows_or_as_text(self):
        self.dataset({"source": {"input_format": "json", "options": {"header": None, "records": "$.data[*]"}}})
        self.cases(self.case([{"id": 1}], {"silver": [{"id": 1}]}), self.case({"text": '{"data": [{"id": 1}, {"id": 2}]}'}, {"silver": 2}, "text"), row={})
        self.crisol("test")

    def test_columns_named_by_position(self):
        self.dataset({"source": {"columns": ["id", "name"], "options": {"header": False}}})
        self.cases(self.case([{"name": "a"}], {"silver": [{"id": None, "name": "a"}]}), self.case({"text": "1,b\n"}, {"silver": [{"id": 1, "name": "b"}]}, "text"), row={})
        self.crisol("test")

    def test_the_silver_of_another_dataset(self):
        self.dataset({"id": "upstream"}, "upstream.yml")
        self.dataset({"source": {"input_format": None, "path": None, "options": None, "dataset": "upstream"}, "quality": {"rules": [{"name": "big", "expr": "id > 1"}]}})
        self.cases(self.case([{"id": 1}, {"id": 2}], {"silver": [{"id": 2}], "quarantine": 1}), row={})
        self.crisol("test")

    def test_columns_that_are_made_and_left_out(self):
        self.dataset({"standardization": {"columns": [{"name": "half", "expr": "CAST(amount AS double) / 2"}], "drop": ["amount"]},
                      "quality": {"rules": [{"name": "positive", "expr": "amount > 0"}]}})
        self.cases(self.case([{"id": 1, "amount": 3}, {"id": 2, "amount": -3}], {"silver": [{"id": 1, "half": 1.5}], "quarantine": [{"amount": -3}]}), row={})
        self.crisol("test")
        self.cases(self.case([{"id": 1, "amount": 3}], {"silver": [{"amount": 3}]}), row={})
        self.assertIn('silver has no column "amount"', self.crisol("test", exit=2).out)

    def test_several_sources(self):
        self.dataset({"source": None, "sources": [
            {"name": "web", "input_format": "csv", "path": "in/*.csv", "options": {"header": True}},
            {"name": "api", "input_format": "json", "path": "in/*.json", "rename": [{"from": "key", "to": "id"}]}]})
        self.cases(self.case({"sources": {"api": [{"key": "2", "extra": 1}], "web": {"text": "id\n1\n"}}}, {"silver": [{"id": 1, "extra": None}, {"id": 2, "extra": "1"}]}),
                   self.case({"sources": {"web": [{"id": "3"}]}}, {"silver": [{"id": 3, "extra": None}]}, "one of them"), row={})
        self.crisol("test")


class Failing(Cases):
    FAIL = {
        "a number": ({"silver": 3}, "cases_test.yml:{line}:{column} silver: expected 3 rows, found 2"),
        "a value": ({"silver": [{"id": 1, "amount": 1.5}, {"id": 5}]}, "        amount: expected 1.5, found 1.00"),
        "a missing row": ({"silver": [{"id": 1}, {"id": 5}, {"id": 9}]}, "    - {id: 9}  at cases_test.yml"),
        "a row too many": ({"silver": [{"id": 1}]}, '    + {id: "5"}'),
        "none": ({"silver": []}, '    + {id: "1", amount: 1.00, currency: USD'),
        "a fate": ({"fates": ["silver"] * 6}, "fates: record 2: expected silver, found duplicate"),
        "too few fates": ({"fates": ["silver"]}, "fates: expected those of 1 record, 6 were read"),
        "a rule that does not fail": ({"rules": ["positive", "usual", "past", "cast:amount:decimal(10,2)", "possible"]}, "rules: possible: expected to fail, no row fails it"),
        "a rule that fails": ({"rules": ["usual", "past", "cast:amount:decimal(10,2)"]}, "rules: positive: not expected, 1 row fails it"),
        "another number of rows": ({"rules": {"positive": 2, "usual": 1, "past": 1, "cast:amount:decimal(10,2)": 1}}, "rules: positive: expected 2 rows, found 1"),
        "gold": ({"gold": [{"id": 1, "twice": 3}]}, "        twice: expected 3, found 2.00"),
        "a list": ({"quarantine": [{"id": 2, "_failed_rules": ["usual"]}, {"id": 4}]}, '        _failed_rules: expected [usual], found ["positive"]'),
        "data that is taken": ({"refused": True}, "refused: expected, the data was taken"),
    }

    def test_what_differs_is_told_row_by_row(self):
        self.prepare()
        for name, (expect, told) in self.FAIL.items():
            with self.subTest(name):
                result = self.try_one(ALL, expect, exit=1)
                self.assertEqual(result["status"], "fails")
                self.assertIn(told.split("{line}")[0].replace("{line}:{column}", ""), result["report"])

    def test_data_that_is_refused_and_should_not_be(self):
        self.prepare()
        self.assertIn('refused: not expected: 1 of 1 rows fail rule "possible"', self.try_one([{"id": 13}], {"silver": 1}, exit=1)["report"])
        self.assertIn('refused: expected "other", found: 1 of 1', self.try_one([{"id": 13}], {"refused": "other"}, exit=1)["report"])

    def test_private_values_are_masked(self):
        self.prepare({"private": ["currency"]})
        result = self.try_one([{"id": 1, "Moneda": "USD"}], {"silver": [{"id": 1, "currency": "COP"}]}, exit=1)
        self.assertIn("currency: expected ***, found ***", result["report"])
        self.assertNotIn("USD", result["report"])

    def test_one_case_that_fails_stops_no_other(self):
        self.prepare()
        self.cases(self.case([{"id": 13}], {"silver": 1}, "refused"), self.case([{"id": 1}], {"nothing": 1, "silver": 1}, "x") and self.case([{"id": 1}], {"silver": 1}, "good"),
                   self.case([{"id": 1}], {"silver": [{"amout": 1}]}, "misspelt"))
        answer = self.crisol("test", "--json", exit=2)
        summary = json.loads(answer.out)
        self.assertEqual([r["status"] for r in summary["results"]], ["fails", "holds", "error"])
        self.assertEqual([summary[k] for k in ("cases", "hold", "fail", "errors")], [3, 1, 1, 1])

    def test_junit(self):
        self.prepare()
        self.cases(self.case(ALL, {"silver": 2}, "good"), self.case(ALL, {"silver": 3}, "bad <&\"\u0007>"), self.case(ALL, {"silver": [{"x": 1}]}, "broken"))
        self.write("other_test.yml", "dataset: pipeline.yml\ncases: 5\n")
        self.crisol("test", "--junit", "report.xml", exit=2)
        root = xml.parse(self.root / "report.xml").getroot()
        self.assertEqual((root.get("tests"), root.get("failures"), root.get("errors")), ("4", "1", "2"))
        suite = root[0]
        self.assertEqual([(case.get("classname"), case.get("name")) for case in suite],
                         [("demo", "good"), ("demo", 'bad <&"\\x07>'), ("demo", "broken")])
        self.assertEqual([[child.tag for child in case] for case in suite], [[], ["failure"], ["error"]])
        self.assertIn("silver: expected 3 rows, found 2", suite[1][0].get("message"))
        self.assertEqual(root[1][0][0].tag, "error")


class Choosing(Cases):
    def test_a_directory_is_searched_and_one_case_chosen(self):
        self.prepare()
        self.cases(self.case(ALL, {"silver": 2}, "one"), self.case(ALL, {"silver": 2}, "two"), name="deep/er/orders_test.yml", dataset="../../pipeline.yml")
        self.cases(self.case(ALL, {"silver": 2}, "three"), name=".hidden/x_test.yml", dataset="../pipeline.yml")
        self.write("deep/not_a_test.txt", "x")
        names = lambda *arguments: [r["name"] for r in json.loads(self.crisol("test", *arguments, "--json").out)["results"]]
        self.assertEqual(names(), ["one", "two"])
        self.assertEqual(names("deep", "--case", "two"), ["two"])
        self.assertEqual(names("deep/er/orders_test.yml", "deep"), ["one", "two"])
        self.assertIn("deep/er/orders_test.yml:", self.crisol("test", "--verbose").out)

    def test_none_is_found(self):
        self.prepare()
        self.assertIn("no file *_test.yml was found", self.crisol("test", exit=1).err)
        self.cases(self.case(ALL, {"silver": 2}))
        self.assertIn('no case is named "two"', self.crisol("test", "--case", "two", exit=1).err)
        self.assertIn("is a dataset, a file of cases was expected", self.crisol("test", "pipeline.yml", exit=2).err)
        self.assertIn("missing_test.yml", self.crisol("test", "missing_test.yml", exit=2).err)

    def test_a_hundred_cases(self):
        self.prepare()
        self.cases(*(self.case([{"id": i}, {"id": i, "amount": i + 2}], {"silver": [{"id": i, "amount": i + 2}], "duplicates": 1}, f"case {i}") for i in range(100, 200)))
        summary = json.loads(self.crisol("test", "--json").out)
        self.assertEqual((summary["cases"], summary["hold"]), (100, 100))


class Recording(Cases):
    """`--record` writes a case that holds as it stands."""

    def prepare_orders(self, change=None):
        self.prepare(merged({"private": ["mail", "card"], "output": {"gold": {"database_config": "database.yml"}},
                             "standardization": {"casts": [{"column": "amount", "to": "decimal(10,2)"}, {"column": "at", "to": "timestamp", "on_error": "quarantine"},
                                                           {"column": "card", "to": "bigint"}]},
                             "quality": {"rules": [{"name": "positive", "expr": "amount > 0"}]}}, change or {}))
        self.write("database.yml", GOLD_DATABASE)
        rows = "".join(f"{i},{i}.5,USD,2024-01-01,ana{i}@example.com,77{i}\n" for i in range(1, 31))
        bad = "".join(f'{i},-1,"a ""${{HOME}}"" b",2024-01-01,eva{i}@example.com,88{i}\n' for i in range(40, 50)) + "50,1,USD,never,x@example.com,5\n1,2\n"
        self.write("in/a.csv", "id,amount,Moneda,at,mail,card\n" + rows + bad)

    def test_the_sources_first_rows_without_a_run(self):
        self.prepare_orders()
        self.crisol("test", "--record", "pipeline.yml")
        text = (self.root / "pipeline_test.yml").read_text()
        self.assertEqual(text.count("        - { id: "), 20)  # ten given, ten of silver
        self.assertNotIn("@example.com", text)
        self.assertNotIn("771", text)
        self.assertIn('mail: "***"', text)
        self.assertEqual(json.loads(self.crisol("test", "--json").out)["hold"], 1)

    def test_what_the_last_run_has_quarantined_is_among_them(self):
        self.prepare_orders()
        self.run_dataset()
        before = self.snapshot()
        (self.root / "recorded").mkdir()
        self.crisol("test", "--record", "pipeline.yml", "-o", "recorded/orders_test.yml")
        text = (self.root / "recorded/orders_test.yml").read_text()
        self.assertIn('rules: { "positive": 3, "cast:at:timestamp": 1 }', text)
        self.assertIn("$${HOME}", text)
        self.assertNotIn("example.com", text)
        self.crisol("test")
        self.assertEqual(before, self.snapshot())

    def test_never_over_a_file(self):
        self.prepare_orders()
        self.write("pipeline_test.yml", "mine")
        self.assertIn("is there already, and is not written over", self.crisol("test", "--record", "pipeline.yml", exit=2).err)
        self.assertIn("must end in _test.yml", self.crisol("test", "--record", "pipeline.yml", "-o", "x.yml", exit=2).err)
        self.assertEqual((self.root / "pipeline_test.yml").read_text(), "mine")
        self.assertIn("one too many", self.crisol("test", "x", "--record", "pipeline.yml", exit=2).err)

    def test_a_source_that_cannot_be_read(self):
        self.prepare({"output": {"gold": None}})
        self.crisol("test", "--record", "pipeline.yml", exit=3)
        self.assertFalse((self.root / "pipeline_test.yml").exists())

    def test_json_with_a_schema_and_parquet(self):
        self.write("schema.json", {"type": "object", "properties": {
            "id": {"type": "integer"}, "code": {"type": "string"}, "place": {"type": "object", "properties": {"city": {"type": "string"}}}}})
        self.write("in/a.json", '{"id": 1, "code": "007", "place": {"city": "${X} \\"a\\""}, "more": [1]}\n{"id": 2, "code": "null"}\n')
        self.dataset({"source": {"input_format": "json", "path": "in/*.json", "options": None}, "schema": {"ref": "schema.json", "mode": "strict"}})
        self.crisol("test", "--record", "pipeline.yml")
        self.assertIn("silver:\n        - {", (self.root / "pipeline_test.yml").read_text())
        self.crisol("test")
        self.run_dataset()
        self.dataset({"id": "second", "source": {"input_format": None, "path": None, "options": None, "dataset": "demo"},
                      "quality": {"quarantine": "out/other_quarantine"}, "output": {"silver": {"path": "out/other"}}}, "second.yml")
        self.crisol("test", "--record", "second.yml")
        self.assertEqual(json.loads(self.crisol("test", "--json").out)["hold"], 2)


class Hostile(Cases):
    """A mistake in a file of cases is told at its place, and is exit code 2."""

    GOOD = '{dataset: pipeline.yml, cases: [{name: a, given: [{id: 1, amount: 1, Moneda: USD, at: 2024-01-01}], expect: {%s}}]}'
    WRONG = {
        "dataset: pipeline.yml\ncaes: []\n": 'x_test.yml:2:1: error: unknown key "caes" in *_test.yml',
        "dataset: pipeline.yml\n": '*_test.yml lacks the key "cases"',
        "cases: []\n": 'lacks the key "dataset"',
        "dataset: none.yml\ncases: []\n": 'x_test.yml:1:10: error: the dataset "none.yml" is not there',
        "- a\n": "the file holds a list",
        "dataset: [": "x_test.yml",
        "dataset: pipeline.yml\ncases: [{name: a, given: [], expect: {}}]\n": "expect says nothing",
        "dataset: pipeline.yml\ncases: [{name: a, given: 5, expect: {silver: 1}}]\n": "x_test.yml:2:26: error: given is",
        "dataset: pipeline.yml\ncases: [{name: a, given: [5], expect: {silver: 1}}]\n": "a row of given is",
        "dataset: pipeline.yml\ncases: [{name: a, given: {}, expect: {silver: 1}}]\n": "given has none of rows, text and file",
        "dataset: pipeline.yml\ncases: [{name: a, given: {rows: [], text: a}, expect: {silver: 1}}]\n": "given has several",
        "dataset: pipeline.yml\ncases: [{name: a, given: {row: []}, expect: {silver: 1}}]\n": 'Did you mean "rows"?',
        "dataset: pipeline.yml\ncases: [{name: a, given: [], expect: {silver: -1}}]\n": 'silver is "-1", a number of rows was expected',
        "dataset: pipeline.yml\ncases: [{name: a, given: [], expect: {silver: {a: 1}}}]\n": "silver is a mapping",
        "dataset: pipeline.yml\ncases: [{name: a, given: [], expect: {dropped: [1]}}]\n": "dropped is a list",
        "dataset: pipeline.yml\ncases: [{name: a, given: [], expect: {fates: [silvr]}}]\n": 'Did you mean "silver"?',
        "dataset: pipeline.yml\ncases: [{name: a, given: [], expect: {refused: true, silver: 0}}]\n": "silver is expected of data that is refused",
        "dataset: pipeline.yml\nnow: tomorrow\ncases: []\n": 'x_test.yml:2:6: error: now is "tomorrow"',
        "dataset: pipeline.yml\ncases: [{name: a, given: [], expect: {silver: 1}}, {name: a, given: [], expect: {silver: 1}}]\n": 'two cases named "a"',
        "dataset: pipeline.yml\ncases: [{name: a, given: {sources: {web: []}}, expect: {silver: 1}}]\n": 'the dataset has no source "web"',
        "dataset: pipeline.yml\ncases: [{name: a, given: {file: 's3://b/x.csv'}, expect: {silver: 1}}]\n": "a case reads local files only",
        "dataset: pipeline.yml\ncases: [{name: a, given: {rows: [], types: {a: txet}}, expect: {silver: 1}}]\n": "txet",
        GOOD % "silver: [{id: 1, amount: ten}]": '"ten" is no value of column "amount", which is decimal(10,2)',
        GOOD % "silver: [{id: 1, amout: 1}]": 'silver has no column "amout"',
        GOOD % "silver: [{id: [1]}]": 'column "id" is string, a list was given',
        GOOD % "rules: [positiv]": 'the dataset has no rule "positiv"',
        "dataset: pipeline.yml\ncases: [{name: a, given: [{ID: 1}], expect: {silver: 1}}]\n": "pipeline.yml",
    }

    def test_mistakes_are_told_at_their_place(self):
        self.prepare()
        for text, told in self.WRONG.items():
            with self.subTest(told):
                self.write("x_test.yml", text)
                answer = self.crisol("test", exit=2)
                self.assertIn(told, answer.out + answer.err)
                self.assertIn("x_test.yml", answer.out + answer.err)

    def test_a_file_that_is_not_there_is_of_the_environment(self):
        self.prepare()
        self.cases(self.case({"file": "nothing.csv"}, {"silver": 1}))
        self.assertIn("nothing.csv", self.crisol("test", exit=3).out)

    def test_files_without_sense(self):
        self.prepare()
        for content in (b"\xff\xfe\x00", b"a: &a [*a]\n", b"{" * 200, b"", b"\x00", b"dataset: ${NOT_SET}\ncases: []\n"):
            with self.subTest(content[:20]):
                self.write("x_test.yml", content)
                answer = self.crisol("test", exit=2)
                self.assertIn("error", answer.err + answer.out)


if __name__ == "__main__":
    unittest.main()
