"""Section schema: what a JSON Schema decides of types, rows and columns, strict and flexible."""

from harness import Case, unittest


class Schema(Case):
    def rows(self, lines, properties, exit=0, mode="strict", change=None, **schema):
        self.write("in/a.jsonl", "".join(line + "\n" for line in lines))
        self.write("schema.json", {"type": "object", "properties": properties, **schema})
        self.dataset({"source": {"input_format": "jsonl", "path": "in/a.jsonl", "options": None},
                      "schema": {"ref": "schema.json", "mode": mode}, **(change or {})})
        return self.run_dataset(exit=exit)


class Strict(Schema):
    def test_a_violating_row_is_quarantined_by_column_and_keyword(self):
        cases = [
            ({"type": "integer"}, ["1", "5.0"], ['"x"', "1.5"], "type"),
            ({"type": ["string", "null"]}, ['"a"', "null"], ["1"], "type"),
            ({"type": "string", "pattern": "^a+$"}, ['"aa"'], ['"b"'], "pattern"),
            ({"type": "string", "minLength": 2}, ['"éé"'], ['"é"'], "minLength"),
            ({"type": "string", "maxLength": 2}, ['"éé"'], ['"ééé"'], "maxLength"),
            ({"type": "number", "minimum": 0}, ["0"], ["-0.1"], "minimum"),
            ({"type": "number", "exclusiveMaximum": 1}, ["0.99"], ["1"], "exclusiveMaximum"),
            ({"type": "number", "multipleOf": 0.01}, ["1.15"], ["1.155"], "multipleOf"),
            ({"type": "string", "enum": ["a", "b"]}, ['"a"'], ['"c"'], "enum"),
            ({"type": "string", "format": "uuid"}, ['"123e4567-e89b-12d3-a456-426614174000"'], ['"123"'], "format"),
        ]
        for schema, good, bad, keyword in cases:
            with self.subTest(schema=schema):
                lines = [f'{{"x": {value}}}' for value in good + bad]
                answer = self.rows(lines, {"x": schema})
                self.assertEqual(answer.rows["silver"], len(good))
                self.assertEqual(answer.violations(), {("x", keyword): len(bad)})

    def test_a_text_that_is_no_instant_violates_the_format_and_the_column_s_type(self):
        answer = self.rows(['{"x": "2024-01-31T10:00:00Z"}', '{"x": "yesterday"}'],
                           {"x": {"type": "string", "format": "date-time"}})
        self.assertEqual(answer.violations(), {("x", "type"): 1, ("x", "format"): 1})
        self.assertEqual(answer.rows["quarantined"], 1)

    def test_a_missing_required_value_is_a_violation(self):
        answer = self.rows(['{"id": 1, "x": 1}', '{"id": 2}'], {"id": {"type": "integer"}, "x": {"type": "integer"}},
                           required=["x"])
        self.assertEqual(answer.violations(), {("x", "required"): 1})
        self.assertEqual(self.quarantine(), [(["schema:x:required"],)])

    def test_a_missing_required_column_stops_the_run(self):
        answer = self.rows(['{"id": 1}'], {"id": {"type": "integer"}, "x": {"type": "integer"}}, required=["x"], exit=1)
        self.assert_refused(answer, "schema.json:", '"x"', "requires")
        self.assertEqual(self.files_below("out"), [])

    def test_a_column_that_the_schema_forbids_stops_the_run(self):
        answer = self.rows(['{"id": 1, "surprise": 1}'], {"id": {"type": "integer"}}, additionalProperties=False, exit=1)
        self.assert_refused(answer, '"surprise"')

    def test_columns_take_their_types_from_the_schema(self):
        self.rows(['{"i": 1, "n": 1.5, "b": true, "s": "x", "t": "2024-01-31T10:00:00Z", "o": {"k": 1, "j": {"a": 1}}, '
                   '"p": {"c": "CO"}, "l": [1, 2]}'],
                  {"i": {"type": "integer"}, "n": {"type": "number"}, "b": {"type": "boolean"}, "s": {"type": "string"},
                   "t": {"type": "string", "format": "date-time"}, "o": {"type": "object"},
                   "p": {"type": "object", "properties": {"c": {"type": "string"}}},
                   "l": {"type": "array", "items": {"type": "integer"}}})
        types = self.silver_types()
        self.assertEqual([types[c] for c in "inbstopl"],
                         ["BIGINT", "DOUBLE", "BOOLEAN", "VARCHAR", "TIMESTAMP WITH TIME ZONE", "MAP(VARCHAR, VARCHAR)",
                          "STRUCT(c VARCHAR)", "BIGINT[]"])
        self.assertEqual(self.silver("o, p, l"), [({"k": "1", "j": '{"a":1}'}, {"c": "CO"}, [1, 2])])

    def test_csv_text_is_converted_to_the_schema_s_type(self):
        self.write("in/a.csv", "i,b\n1,true\nx,true\n")
        self.write("schema.json", {"type": "object", "properties": {"i": {"type": "integer"}, "b": {"type": "boolean"}}})
        self.dataset({"schema": {"ref": "schema.json"}})
        answer = self.run_dataset()
        self.assertEqual(self.silver("i, b"), [(1, True)])
        self.assertEqual(answer.violations(), {("i", "type"): 1})

    def test_nested_fields_are_there_for_rules(self):
        answer = self.rows(['{"p": {"c": "CO"}, "m": {"a": 1}}', '{"p": {"c": null}, "m": {}}'],
                           {"p": {"type": "object", "properties": {"c": {"type": ["string", "null"]}}}, "m": {"type": "object"}},
                           change={"quality": {"rules": [{"name": "country", "expr": "p.c IS NOT NULL AND size(m) > 0"}]}})
        self.assertEqual(answer.failed("country"), 1)


class Flexible(Schema):
    def test_violations_warn_and_the_row_stays(self):
        answer = self.rows(['{"x": 5}', '{"x": 50}'], {"x": {"type": "integer", "maximum": 10}}, mode="flexible")
        self.assertEqual(answer.rows["silver"], 2)
        self.assertEqual(answer.violations(), {("x", "maximum"): 1})

    def test_a_value_that_its_column_cannot_hold_is_null_and_raises_an_alert(self):
        answer = self.rows(['{"x": 5}', '{"x": "five"}'], {"x": {"type": "integer"}}, mode="flexible")
        self.assertEqual(self.silver("x", order="x"), [(5,), (None,)])
        self.assertEqual(answer.violations(), {("x", "type"): 1})
        self.assertTrue(any('"x"' in a for a in answer.alerts()))

    def test_unknown_columns_pass_and_missing_ones_are_null(self):
        self.rows(['{"id": 1, "more": "m"}'], {"id": {"type": "integer"}, "x": {"type": "string"}}, mode="flexible",
                  additionalProperties=False)
        self.assertEqual(self.silver("id, more, x"), [(1, "m", None)])

    def test_keys_outside_a_struct_are_counted(self):
        answer = self.rows(['{"p": {"c": "CO", "z": 1}}'], {"p": {"type": "object", "properties": {"c": {"type": "string"}}}},
                           mode="flexible")
        self.assertEqual(answer.violations(), {("p", "unknown keys"): 1})


class Moments(Schema):
    def test_a_date_time_in_lower_case_is_one(self):
        lines = ['{"t": "2024-01-31t10:00:00z"}', '{"t": "2024-01-31T10:00:00.5+01:00"}', '{"t": "2024-01-31t10:00:00+01:00"}',
                 '{"t": "2024-01-31 10:00:00"}']
        for mode, passed in (("strict", 3), ("flexible", 4)):
            with self.subTest(mode=mode):
                answer = self.rows(lines, {"t": {"type": "string", "format": "date-time"}}, mode=mode)
                self.assertEqual(answer.rows["passed"], passed)
                self.assertEqual(self.silver("strftime(t, '%H:%M:%S.%g')")[:3],
                                 [("09:00:00.000",), ("09:00:00.500",), ("10:00:00.000",)])


class Refusals(Schema):
    def test_a_keyword_that_is_not_supported_is_an_error(self):
        answer = self.rows(['{"x": 1}'], {"x": {"type": "integer", "prefixItems": []}}, exit=2)
        self.assert_refused(answer, "schema.json:", '"prefixItems"')

    def test_a_regex_that_does_not_compile_is_an_error(self):
        answer = self.rows(['{"x": "1"}'], {"x": {"type": "string", "pattern": "(["}}, exit=2)
        self.assert_refused(answer, "schema.json:", "pattern")


if __name__ == "__main__":
    unittest.main()
