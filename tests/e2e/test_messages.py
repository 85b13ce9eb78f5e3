"""What a person is told who has made one of the usual mistakes: what was found, what was expected, what to do."""

import bz2
import gzip
import lzma

from harness import Case, merged, unittest

CSV = "id,amount\n1,2.50\n2,3\n"


class Files(Case):
    def refused(self, content, *parts, exit=1, source=None):
        path = self.write("in/a.csv", content)
        self.dataset({"source": source or {}})
        for command in ("check", "run"):
            answer = self.crisol(command, "pipeline.yml", exit=2 if command == "check" else exit)
            for part in (path.name, *parts):
                self.assertIn(part, answer.out + answer.err, command)
        self.assertEqual(self.files_below("out"), [])

    def test_bytes_that_are_no_text_are_told_by_what_they_are(self):
        for what, content, remedy in (
                ("gzip", gzip.compress(CSV.encode()), "end in .gz"),
                ("Zstandard", b"\x28\xb5\x2f\xfd\x04\x00\x01\x00\x00", "end in .zst"),
                ("bzip2", bz2.compress(CSV.encode()), "Decompress"),
                ("bzip2", bz2.compress(b""), "Decompress"),
                ("xz", lzma.compress(CSV.encode()), "Decompress"),
                ("zip", b"PK\x03\x04\x14\x00\x00\x00", "save it as CSV"),
                ("Parquet", b"PAR1\x15\x04\x15\x10", "input_format: parquet"),
                ("Avro", b"Obj\x01\x04\x14", "Avro"),
                ("UTF-16", CSV.encode("utf-16"), "encoding: UTF-16"),
                ("UTF-16LE", CSV.encode("utf-16-le"), "encoding: UTF-16LE"),
                ("UTF-16BE", CSV.encode("utf-16-be"), "encoding: UTF-16BE")):
            for source in ({}, {"input_format": "json", "options": {"header": None}}):
                with self.subTest(what=what, source=source):
                    self.refused(content, f"its bytes are {what}", remedy, source=source)

    def test_what_is_text_though_it_begins_like_something_else_is_read(self):
        for header in ("BZh9", "PK", "PAR1", "Obj", "7z"):
            with self.subTest(header=header):
                self.write("in/a.csv", f"{header},b\n1,2\n")
                self.dataset()
                self.assertEqual(self.run_dataset().rows["silver"], 1)

    def test_utf_16_is_read_where_it_is_asked_for(self):
        self.write("in/a.csv", CSV.encode("utf-16"))
        self.dataset({"source": {"options": {"encoding": "UTF-16"}}})
        self.assertEqual(self.run_dataset().rows["silver"], 2)

    def test_a_header_in_latin_1_is_told_how_to_be_read(self):
        self.refused("año,n\n1,2\n".encode("latin-1"), "invalid_text", "encoding: windows-1252")

    def test_the_second_of_three_files_is_named(self):
        for name in "ac":
            self.write(f"in/{name}.csv", CSV)
        self.write("in/b.csv", gzip.compress(CSV.encode()))
        self.dataset()
        self.assertIn("in/b.csv", self.crisol("run", "pipeline.yml", exit=1).err)
        self.write("in/b.csv", "id,amount\n1,2\n7,many\n")
        self.dataset({"standardization": {"casts": [{"column": "amount", "to": "int"}]}})
        self.assertIn("in/b.csv, line 3", self.crisol("run", "pipeline.yml", exit=1).err)

    def test_csv_that_is_read_as_json_is_said_to_look_like_csv(self):
        for form in ("json", "jsonl"):
            with self.subTest(form=form):
                self.write("in/a.csv", CSV)
                self.dataset({"source": {"input_format": form, "options": {"header": None}}})
                answer = self.run_dataset()
                self.assertEqual(answer.rows["malformed"], 3)
                [alert] = answer.alerts("malformed_everywhere")
                self.assertIn("in/a.csv", alert)
                self.assertIn("input_format: csv", alert)

    def test_json_that_is_read_as_csv_is_said_to_look_like_json(self):
        self.write("in/a.csv", '{"id": 1, "amount": 2}\n{"id": 2, "amount": 3}\n')
        self.dataset({"quality": {"rules": [{"name": "r", "expr": "amount > 0"}]}})
        self.assertIn("input_format: json", self.crisol("check", "pipeline.yml", exit=2).out)


    def test_json_whose_quotes_break_a_header_is_said_to_look_like_json(self):
        self.write("in/a.csv", '[{"id":1,"amount":2}]\n')
        self.dataset()
        for command, code in (("check", 2), ("run", 1)):
            self.assertIn("input_format: json", self.crisol(command, "pipeline.yml", exit=code).out + self.crisol(command, "pipeline.yml", exit=code).err)

    def test_text_that_is_read_as_parquet_is_said_to_look_like_what_it_is(self):
        for text, guess in (("id,amount\n1,2\n", "input_format: csv"), ('{"id": 1}\n', "input_format: json"), ("id\n", "input_format: csv"),
                            ("PAR1" + "x" * 20, "damaged or cut short"), (b"\x00\x01" * 20, "damaged or cut short"),
                            ("", "damaged or cut short")):
            with self.subTest(text=text):
                self.write("in/a.parquet", text)
                self.dataset({"source": {"input_format": "parquet", "path": "in/*.parquet", "options": None}})
                self.assertIn(guess, self.run_dataset(exit=3).err)


class Names(Case):
    def check(self, *parts, exit=2, change=None, content=CSV):
        self.write("in/a.csv", content)
        self.dataset(change or {})
        answer = self.crisol("check", "pipeline.yml", exit=exit)
        for part in parts:
            self.assertIn(part, answer.out)
        return answer.out

    def test_a_forgotten_header_is_thought_of(self):
        for change in ({"quality": {"rules": [{"name": "r", "expr": "amount > 0"}]}},
                       {"standardization": {"casts": [{"column": "amount", "to": "int"}]}},
                       {"standardization": {"rename": [{"from": "amount", "to": "n"}]}},
                       {"standardization": {"deduplicate": {"key": ["id"]}}},
                       {"output": {"silver": {"partition_by": ["id"]}}}):
            with self.subTest(change=change):
                self.check("header: true", change={"source": {"options": {"header": None}}, **change})

    def test_an_empty_file_is_said_to_be_empty(self):
        out = self.check('"in/a.csv"', "is empty", content="", exit=2,
                         change={"quality": {"rules": [{"name": "r", "expr": "amount > 0"}]}})
        self.assertNotIn("unrecognized", out)
        self.assertIn("is empty", self.crisol("run", "pipeline.yml", exit=1).err)

    def test_a_part_of_a_date_is_near_to_what_is_almost_one(self):
        silver = {"partition_by": ["year", "mnth"], "partition_from": "at"}
        self.check('"month"', content="id,at,amount\n1,2024-01-01,2\n", change={
            "standardization": {"casts": [{"column": "at", "to": "date"}]}, "output": {"silver": silver}})

    def test_nested_names_may_have_any_character(self):
        names = ["first-name", "a b", "x:y", "`q`", "'", '"', "a,b>", "é ñ", "<", "struct<", "1a", "%", "\\", "a.b"]
        self.write("schema.json", {"type": "object", "properties": {"o": {"type": "object", "properties": {
            **{name: {"type": "integer"} for name in names},
            "list": {"type": "array", "items": {"type": "object", "properties": {"last-name": {"type": "string"}}}}}}}})
        self.write("in/a.jsonl", [{"o": {**{name: n for n, name in enumerate(names)}, "list": [{"last-name": "x"}]}}][0])
        self.write("database.yml", {"default": {"driver": "duckdb", "path": "warehouse.duckdb"}})
        self.dataset({"source": {"input_format": "json", "path": "in/a.jsonl", "options": {"header": None}},
                      "output": {"gold": {"enabled": True, "database_config": "database.yml"}},
                      "schema": {"ref": "schema.json", "mode": "strict"},
                      "quality": {"rules": [{"name": "r", "expr": "o.`first-name` = 0 AND o.```q``` = 3"}]}})
        for _ in range(2):  # the second run reads the first one's lake and its columns
            answer = self.run_dataset("--set", "output.silver.mode=append")
            self.assertEqual(answer.rows["passed"], 1)
            self.assertEqual(answer.summary["drift"], [])
        [(value,), _] = self.silver("o")
        self.assertEqual(value, {**{name: n for n, name in enumerate(names)}, "list": [{"last-name": "x"}]})
        self.crisol("plan", "pipeline.yml", "--sql")


class Rounds(Case):
    """All mistakes of all layers are found in one round, and none that is not there."""

    def test_mistakes_of_every_layer_are_found_at_once(self):
        self.write("in/a.csv", "id,amount,at\n1,2.50,2024-01-01\n")
        self.write("rules.yml", {"rules": [{"name": "unknown", "expr": "amuont > 0"}, {"name": "syntax", "expr": "amount > ("},
                                           {"name": "type", "expr": "amount + 1"}, {"name": "function", "expr": "lenght(id) > 0"}]})
        self.write("schema.json", '{"type": "object", "properties": {"id": {"type": "strin"}}}')
        self.write("config/env.yml", {"timezoen": "UTC"})
        self.dataset({
            "bogus": 1,
            "standardization": {"casts": [{"column": "amount", "to": "decimall"}, {"column": "att", "to": "date"}],
                                "rename": [{"from": "idd", "to": "key"}],
                                "deduplicate": {"key": ["key", "idx"]}},
            "quality": {"expectations_ref": "rules.yml"}, "schema": {"ref": "schema.json", "mode": "strickt"},
            "output": {"silver": {"mode": "overwritex", "partition_by": ["yaer"], "partition_from": "at"},
                       "gold": {"enabled": True, "database_config": "nowhere.yml", "exclude_columns": ["nothing"],
                                "business_rules": [{"condition": "amount >> 1 = 'x' AND missing > 0", "action": "filter"}]}}})
        out = self.crisol("check", "pipeline.yml", exit=2).out
        for wrong in ("bogus", "decimall", '"att"', '"idd"', '"idx"', '"amuont"', "syntax", "lenght", '"strin"', "strickt",
                      "overwritex", '"yaer"', "nowhere.yml", '"nothing"', '"missing"', "timezoen"):
            self.assertIn(wrong, out)
        self.assertNotIn('unrecognized column "key"', out)  # the rename that would make it is what is wrong
        self.assertEqual(out.count("error:"), 17, out)

    def test_what_a_broken_part_would_have_made_is_no_second_error(self):
        self.write("in/a.csv", "id,amount,at\n1,2.50,2024-01-01\n")
        rules = {"quality": {"rules": [{"name": "r", "expr": "amount > 0 AND id IS NOT NULL"}]}}
        for change in ({"source": {"input_format": "cvs"}}, {"source": {"options": {"heder": True, "header": None}}},
                       {"source": {"options": {"header": "perhaps"}}}, {"source": {"path": None}}, {"source": {"pth": "x", "path": None}},
                       {"standardization": {"rename": [{"from": "at", "too": "x"}]}}, {"output": {"silver": {"mode": None}}},
                       {"output": {"silver": {"mode": "x", "partition_by": ["month"], "partition_from": "at"}}},
                       {"standardization": {"casts": [{"column": "amount", "to": "doubel"}]}},
                       {"standardization": {"casts": [{"colum": "amount", "to": "double"}]}},
                       {"output": {"gold": {"enabled": True}}}, {"output": {"silver": {"path": "s3://b/x", "mode": "x"}}},
                       {"timezone": "Bogota"}):
            with self.subTest(change=change):
                self.dataset({**rules, **change})
                out = self.crisol("check", "pipeline.yml", exit=2).out
                self.assertNotIn("unrecognized", out)
                self.assertNotIn("overwrite_dynamic would", out)

    def test_a_misspelt_key_hides_no_other_mistake(self):
        self.write("in/a.csv", "id,amount,at\n1,2.50,2024-01-01\n")
        rules = [{"name": "r", "expr": "amuont > 0"}, {"name": "f", "expr": "lenght(id) > 0"}]
        gold = {"schema": "pg_x", "mode": "upsert"}
        good = {"standardization": {"casts": [{"column": "amount", "to": "double"}, {"column": "at", "to": "date"}]},
                "quality": {"rules": rules},
                "output": {"silver": {"partition_by": ["year", "mnth"], "partition_from": "at"}, "gold": gold}}
        for change in ({"standardization": {"casts": None, "cats": good["standardization"]["casts"]}}, {"bogus": 1}, {"souce": 1},
                       {"source": {"options": {"header": None, "heder": True}}}, {"source": {"path": None, "pth": "in/*.csv"}},
                       {"quality": {"rules": None, "rulse": rules}}):
            with self.subTest(change=change):
                self.dataset(merged(good, change))
                out = self.crisol("check", "pipeline.yml", exit=2).out
                for wrong in ("unknown key", '"amuont"', '"lenght"', '"mnth"', '"pg_x"', "upsert needs a key"):
                    self.assertIn(wrong, out)

    def test_a_function_that_is_none_is_found_where_the_columns_are_not_known(self):
        self.dataset({"quality": {"rules": [{"name": "f", "expr": "lenght(id) > 0 AND exists(split(id, ','), x -> x > '')"}]}})
        self.assertIn('"lenght"', self.crisol("check", "pipeline.yml", exit=2).out)

    def test_plan_shows_what_it_can_while_a_rule_is_wrong(self):
        self.write("in/a.csv", CSV)
        self.dataset({"quality": {"rules": [{"name": "good", "expr": "id > 0"}, {"name": "bad", "expr": "amuont > 0"}]}})
        answer = self.crisol("plan", "pipeline.yml", exit=2)
        self.assertIn('"amuont"', answer.err)
        for part in ("in/a.csv", "good: ", "bad: amuont > 0  (wrong", "out/silver"):
            self.assertIn(part, answer.out)
        self.assertEqual(self.crisol("plan", "pipeline.yml", "--sql", exit=2).out, "")


class Exclusions(Case):
    """A cast, a schema and a rule that no value of the column's type can pass are errors before anything is read."""

    def check(self, to, schema=None, rule=None, exit=2):
        self.write("in/a.csv", CSV)
        change = {"standardization": {"casts": [{"column": "amount", "to": to, "on_error": "null"}]}}
        if schema is not None:
            self.write("schema.json", {"type": "object", "properties": {"amount": schema}})
            change["schema"] = {"ref": "schema.json", "mode": "strict"}
        if rule is not None:
            change["quality"] = {"rules": [rule]}
        self.dataset(change)
        return self.crisol("check", "pipeline.yml", exit=exit).out

    def test_a_type_of_the_schema_that_the_cast_cannot_have(self):
        kinds = {"boolean": ["boolean"], "int": ["integer", "number"], "decimal(10,2)": ["integer", "number"],
                 "decimal(10,0)": ["integer", "number"], "double": ["integer", "number"], "bigint": ["integer", "number"],
                 "string": ["string"], "date": ["string"], "timestamp": ["string"]}
        for to, allowed in kinds.items():
            for name in ("boolean", "integer", "number", "string", "array", "object"):
                for wanted in (name, [name, "null"]):
                    with self.subTest(to=to, wanted=wanted):
                        out = self.check(to, {"type": wanted}, exit=0 if name in allowed else 2)
                        if name not in allowed:
                            self.assertIn(f'"amount" is cast to {to}', out)
                            self.assertIn('"type"', out)

    def test_a_keyword_that_no_value_of_the_type_passes(self):
        for to, schema, keyword in (
                ("int", {"enum": ["A", "B"]}, "enum"), ("int", {"enum": [1.5]}, "enum"), ("int", {"const": "A"}, "const"),
                ("string", {"enum": [1, 2]}, "enum"), ("boolean", {"enum": ["true"]}, "enum"),
                ("string", {"minLength": 5, "maxLength": 3}, "minLength"), ("double", {"minimum": 5, "maximum": 3}, "minimum"),
                ("double", {"exclusiveMinimum": 5, "maximum": 5}, "minimum"),
                ("date", {"type": "string", "format": "date-time"}, "format"),
                ("timestamp", {"type": "string", "format": "date"}, "format"),
                ("int", {"allOf": [{"type": "string"}]}, "type"), ("int", {"$ref": "#/$defs/s", "$defs": {}}, None)):
            with self.subTest(to=to, schema=schema):
                if keyword is not None:
                    self.assertIn(f'"{keyword}"', self.check(to, schema))

    def test_a_keyword_that_some_value_passes_is_none_of_them(self):
        for to, schema in (
                ("int", {"enum": ["A", 1]}), ("int", {"enum": [1.0]}), ("int", {"enum": ["A", None]}),
                ("decimal(5,2)", {"enum": [1.5]}), ("string", {"pattern": "^x$"}), ("int", {"pattern": "^x$"}),
                ("double", {"minimum": 5, "maximum": 5}), ("double", {"exclusiveMinimum": 0, "exclusiveMaximum": 1}),
                ("int", {"minLength": 5, "maxLength": 3}), ("string", {"minimum": 5, "maximum": 3}),
                ("date", {"type": "string", "format": "date"}), ("timestamp", {"type": "string", "format": "date-time"}),
                ("timestamp", {"type": "string"}), ("int", {"anyOf": [{"type": "string"}, {"type": "integer"}]})):
            with self.subTest(to=to, schema=schema):
                self.check(to, schema, exit=0)

    def test_a_rule_that_no_value_of_the_type_passes(self):
        for to, expr in (("int", "amount > 2147483647"), ("int", "amount = 1.5"), ("decimal(4,2)", "amount >= 100"),
                         ("int", "amount > 1 AND amount < 2"), ("int", "amount = 'many'"), ("int", "amount = NULL"),
                         ("bigint", "amount > 9223372036854775807")):
            with self.subTest(to=to, expr=expr):
                rule = {"name": "r", "expr": expr}
                self.assertIn("is true for no row", self.check(to, rule=rule))
                for allowed in ({"on_fail": "warn"}, {"on_null": "pass"}):
                    self.check(to, rule={**rule, **allowed}, exit=0)
        for to, expr in (("int", "amount > 2147483646"), ("int", "amount >= 1.5"), ("decimal(4,2)", "amount >= 99.99"),
                         ("int", "amount = '5'"), ("double", "amount > 1 AND amount < 2")):
            with self.subTest(to=to, expr=expr):
                self.check(to, rule={"name": "r", "expr": expr}, exit=0)


if __name__ == "__main__":
    unittest.main()
