"""`standardization.columns`, which makes columns of others, and `standardization.drop`, which ends columns after the rules."""

import json

from harness import Case, GOLD_DATABASE, unittest

ROWS = "id,price,qty,country\n1,2.50,3,co\n2,oops,4,mx\n3,1.00,x,co\n"


class Columns(Case):
    def prepare(self, columns, change=None, text=ROWS, **standardization):
        self.write("in/a.csv", text)
        self.dataset({**(change or {}), "standardization": {"columns": columns, **standardization}})

    def made(self, expr, text=ROWS, **keys):
        self.prepare([{"name": "made", "expr": expr, **keys}], text=text)
        self.run_dataset()
        return [row[0] for row in self.silver("made", order="id")]

    # --- values -------------------------------------------------------------------------------------------------------

    def test_each_sees_casts_defaults_and_those_before_it(self):
        self.prepare([{"name": "total", "expr": "price * qty"}, {"name": "twice", "expr": "total * 2"},
                      {"name": "label", "expr": "concat(upper(country), '-', CAST(twice AS string))"}],
                     casts=[{"column": "price", "to": "decimal(10,2)", "on_error": "null"},
                            {"column": "qty", "to": "int", "on_error": "null"}],
                     defaults=[{"column": "qty", "value": "1"}])
        self.run_dataset()
        self.assertEqual([tuple(map(str, row)) for row in self.silver("total, twice, label", order="id")],
                         [("7.50", "15.00", "CO-15.00"), ("None", "None", "None"), ("1.00", "2.00", "CO-2.00")])

    def test_a_name_that_is_there_is_replaced_in_its_place_and_may_read_itself(self):
        self.prepare([{"name": "price", "expr": "replace(price, '.', ',')"}, {"name": "PRICE", "expr": "concat('$', price)"},
                      {"name": "last", "expr": "price"}])
        self.run_dataset()
        self.assertEqual(list(self.silver_types()), ["id", "price", "qty", "country", "last", "_run_id", "_ingestion_ts"])
        self.assertEqual(self.silver("price, last", order="id")[0], ("$2,50", "$2,50"))

    def test_the_casts_of_a_replaced_column_are_before_and_its_own_type_after(self):
        self.prepare([{"name": "price", "expr": "price * 100", "type": "int", "on_error": "null"}],
                     casts=[{"column": "price", "to": "decimal(10,2)", "on_error": "null"}])
        answer = self.run_dataset()
        self.assertEqual(self.silver("price", order="id"), [(250,), (None,), (100,)])
        self.assertEqual([(c["column"], c["to"], c["nulled"]) for c in answer.summary["casts"]],
                         [("price", "int", 0), ("price", "decimal(10,2)", 1)])

    def test_types_are_those_of_the_expression_unless_one_is_given(self):
        cases = [("1", {}, "INTEGER"), ("NULL", {}, "VARCHAR"), ("current_date() IS NULL", {}, "BOOLEAN"),
                 ("split(country, 'o')", {}, "VARCHAR[]"), ("named_struct('a', 1)", {}, "STRUCT(a INTEGER)"),
                 ("id", {"type": "bigint"}, "BIGINT"), ("'2024-01-02'", {"type": "date"}, "DATE"),
                 ("1.50", {"type": "decimal(9,1)"}, "DECIMAL(9,1)"), ("id", {"type": "string"}, "VARCHAR")]
        self.prepare([{"name": f"m{i}", "expr": expr, **keys} for i, (expr, keys, _) in enumerate(cases)])
        self.run_dataset()
        types = self.silver_types()
        for i, (expr, _, expected) in enumerate(cases):
            self.assertEqual(types[f"m{i}"], expected, expr)

    def test_many_in_a_chain_and_many_side_by_side(self):
        columns = [{"name": "m0", "expr": "length(country)"}]
        columns += [{"name": f"m{i}", "expr": f"m{i - 1} + 1", "type": "bigint", "on_error": "null"} for i in range(1, 70)]
        columns += [{"name": f"s{i}", "expr": f"m0 * {i}"} for i in range(100)]
        self.prepare(columns)
        answer = self.run_dataset()
        self.assertEqual(self.silver("m69, s99", order="id")[0], (71, 198))
        self.assertEqual(len(answer.summary["casts"]), 69)

    # --- casts of made columns ------------------------------------------------------------------------------------------

    def test_on_error_of_a_type_does_what_a_cast_does(self):
        for on_error, rows in (("null", [3, 4, None]), ("skip", [3, 4, None]), ("quarantine", [3, 4])):
            with self.subTest(on_error=on_error):
                self.prepare([{"name": "n", "expr": "trim(qty)", "type": "int", "on_error": on_error}])
                answer = self.run_dataset()
                self.assertEqual([row[0] for row in self.silver("n", order="id")], rows)
                self.assertEqual(answer.cast("n")["nulled"], 1)
        self.assertEqual(self.quarantine("_failed_rules, n, qty"), [(["cast:n:int"], "x", "x")])

    def test_the_usual_on_error_refuses_the_data_and_shows_the_values(self):
        self.prepare([{"name": "n", "expr": "concat(qty, '0')", "type": "int"}])
        self.assert_refused(self.run_dataset(exit=1), '1 of 3 values of column "n" cannot be cast to int', "x0", "a.csv, line 4")

    def test_casts_that_are_read_and_made_have_bits_of_their_own_past_a_word(self):
        names = [f"c{i}" for i in range(30)]
        text = "id," + ",".join(names) + "\n1," + ",".join("x" for _ in names) + "\n"
        casts = [{"column": name, "to": "int", "on_error": "null"} for name in names]
        columns = [{"name": f"m{i}", "expr": "concat(id, 'y')", "type": "int", "on_error": "null"} for i in range(40)]
        self.prepare(columns, text=text, casts=casts)
        answer = self.run_dataset()
        self.assertEqual([c["nulled"] for c in answer.summary["casts"]], [1] * 70)

    # --- who sees what --------------------------------------------------------------------------------------------------

    def test_rules_keys_orders_and_partitions_may_use_made_columns(self):
        self.prepare([{"name": "region", "expr": "upper(country)"}, {"name": "rank", "expr": "CAST(id AS int)"},
                      {"name": "at", "expr": "make_date(2020 + rank, 1, 1)"}],
                     {"quality": {"rules": [{"name": "known", "expr": "region <> 'MX'"}]},
                      "output": {"silver": {"partition_by": ["region", "year"], "partition_from": "at"}}},
                     deduplicate={"key": ["region"], "order_by": ["rank desc"]})
        answer = self.run_dataset()
        self.assertEqual((answer.rows["duplicates"], answer.rows["quarantined"], answer.rows["passed"]), (1, 1, 1))
        self.assertEqual(self.files_below("out/silver")[0].rsplit("/", 1)[0], "region=CO/year=2023")

    def test_a_dropped_column_serves_rules_partitions_and_business_rules_and_is_only_in_the_quarantine(self):
        self.write("database.yml", GOLD_DATABASE)
        self.prepare([{"name": "total", "expr": "qty + 1", "type": "int", "on_error": "null"}],
                     {"quality": {"rules": [{"name": "has qty", "expr": "total IS NOT NULL"}]},
                      "output": {"silver": {"partition_by": ["country"]},
                                 "gold": {"enabled": True, "database_config": "database.yml", "mode": "overwrite",
                                          "business_rules": [{"condition": "qty > 3", "action": "filter"}]}}},
                     drop=["qty", "total", "country"])
        answer = self.run_dataset()
        self.assertEqual(list(self.silver_types()), ["id", "price", "_run_id", "_ingestion_ts", "country"])  # the folder's name
        self.assertEqual(self.gold("SELECT id, price FROM gold.demo"), [("2", "oops")])
        self.assertEqual([row[0] for row in self.gold("SELECT column_name FROM information_schema.columns WHERE table_name = "
                                                      "'demo'")], ["id", "price", "_run_id", "_ingestion_ts"])
        self.assertEqual(answer.rows["gold"], 1)
        self.assertEqual(self.quarantine("id, qty, country, total"), [("3", "x", "co", None)])

    def test_a_malformed_record_has_no_made_values(self):
        self.prepare([{"name": "made", "expr": "'here'"}], text="id,n\n1,2\n3,4,5\n")
        self.run_dataset()
        self.assertEqual(self.quarantine("made"), [(None,)])

    def test_the_schema_judges_made_columns_and_does_not_miss_dropped_ones(self):
        schema = {"type": "object", "additionalProperties": False, "required": ["id", "total"],
                  "properties": {"id": {"type": "string"}, "total": {"type": "integer", "minimum": 10},
                                 "price": {"type": ["number", "null"]}, "qty": {"type": ["integer", "null"]}}}
        self.write("schema.json", schema)
        self.prepare([{"name": "total", "expr": "qty * 3"}],
                     {"schema": {"ref": "schema.json", "mode": "strict"}}, drop=["country", "qty", "price"])
        answer = self.run_dataset()
        self.assertEqual(self.silver(), [("2", 12)])  # qty is an integer by the schema, which gives types to dropped ones too
        self.assertEqual(answer.violations(), {("total", "minimum"): 1, ("total", "required"): 1})
        self.assertEqual(self.quarantine(), [(["schema:total:minimum"],), (["schema:total:required"],)])
        answer = self.crisol("check", "pipeline.yml", "--set", "standardization.drop=[country,qty,price,id]", exit=2)
        self.assertIn('column "id" is dropped, but the schema requires it', answer.out)

    def test_show_plan_and_the_books_know_them(self):
        self.prepare([{"name": "price", "expr": "upper(price)"}, {"name": "size", "expr": "length(price)"}], drop=["qty"])
        out = self.crisol("plan", "pipeline.yml").out
        for line in ("price        string, replaced below", "price        string, made: upper(price)",
                     "size         int, made: length(price)", "qty          string, dropped after the rules"):
            self.assertIn(line, out)
        self.run_dataset()
        rows = [json.loads(line) for line in self.crisol("show", "pipeline.yml", "--where", "size > 3", "--columns", "id,price,size",
                                                         "--format", "json").out.splitlines()]
        self.assertEqual(rows, [{"id": "1", "price": "2.50", "size": 4}, {"id": "2", "price": "OOPS", "size": 4},
                                {"id": "3", "price": "1.00", "size": 4}])
        self.assertIn("1 of", self.crisol("eval", "size > 4", "-d", "pipeline.yml").out.replace("0 of", "1 of"))

    def test_what_is_made_is_no_drift_and_a_second_run_finds_the_lake_as_it_is(self):
        change = {"output": {"silver": {"mode": "append", "merge_schema": False}}}
        self.prepare([{"name": "m", "expr": "1"}], change, drop=["qty"])
        self.run_dataset()
        self.run_dataset()
        self.prepare([{"name": "m", "expr": "1"}, {"name": "more", "expr": "2"}], change, drop=["qty"])
        self.assert_refused(self.run_dataset(exit=2), 'silver column "more" is not in the lake')
        self.prepare([{"name": "m", "expr": "1"}], change, drop=["qty", "price"])
        self.assert_refused(self.run_dataset(exit=2), 'silver column "price" of the lake is not in')
        change["output"]["silver"]["merge_schema"] = True
        self.prepare([{"name": "more", "expr": "2"}], change, drop=["qty", "price"])
        answer = self.run_dataset()
        self.assertEqual(answer.summary["drift"], [])
        self.assertEqual(self.silver("m, more, price", where="id = '1'", order="more"),
                         [(None, 2, None), (1, None, "2.50"), (1, None, "2.50")])

    def test_what_is_made_of_private_columns_is_masked(self):
        self.prepare([{"name": "part", "expr": "substr(country, 1, 1)"}, {"name": "again", "expr": "upper(part)"},
                      {"name": "free", "expr": "length(id)"}],
                     {"private": ["country"], "quality": {"rules": [{"name": "r", "expr": "again <> 'M'"}]}}, drop=["country"])
        answer = self.crisol("run", "pipeline.yml")
        self.assertIn("again '***'", answer.err + answer.out)
        rows = [json.loads(line) for line in self.crisol("show", "pipeline.yml", "--format", "json").out.splitlines()]
        self.assertEqual([(r["part"], r["again"], r["free"]) for r in rows], [("***", "***", 1)] * 2)
        self.assertEqual(self.silver("part", order="id"), [("c",), ("c",)])

    def test_an_empty_input_has_them_too(self):
        self.prepare([{"name": "m", "expr": "length(id)"}], {"source": {"allow_empty": True},
                     "output": {"allow_empty": True}}, text="id,n\n", drop=["n"])
        self.run_dataset()
        self.assertIn("m", self.silver_types())

    def test_parquet_and_json_sources(self):
        self.query(f"COPY (SELECT 1 AS id, [1, 2] AS list) TO '{self.root}/a.parquet'")
        self.prepare([{"name": "first", "expr": "list[0]"}, {"name": "id", "expr": "id + 1"}],
                     {"source": {"input_format": "parquet", "path": "a.parquet", "options": {"header": None}}}, drop=["list"])
        self.run_dataset()
        self.assertEqual(self.silver("id, first"), [(2, 1)])
        self.write("a.jsonl", '{"id": 1, "user": {"mail": "a@b"}}\n')
        self.prepare([{"name": "mail", "expr": "get_json_object(user, '$.mail')"}],
                     {"source": {"input_format": "jsonl", "path": "a.jsonl", "options": {"header": None}}}, drop=["user"])
        self.run_dataset()
        self.assertEqual(self.silver(), [("1", "a@b")])

    # --- what is wrong --------------------------------------------------------------------------------------------------

    def test_check_names_what_is_wrong_and_where(self):
        made = {"name": "m", "expr": "length(country)"}
        gold = {"output": {"gold": {"enabled": True, "database_config": "database.yml", "mode": "upsert", "key": ["qty"],
                                    "add_columns": [{"name": "g", "expr": "qty + 1"}]}}}
        self.write("database.yml", GOLD_DATABASE)
        cases = [
            ([{"name": "a", "expr": "contry"}], {}, {}, 'unrecognized column "contry"', "country"),
            ([{"name": "a", "expr": "b"}, {"name": "b", "expr": "1"}], {}, {}, 'unrecognized column "b"', "made further down"),
            ([{"name": "a", "expr": "a + 1"}], {}, {}, 'unrecognized column "a"', "is made by this expression"),
            ([{"name": "_run_id", "expr": "1"}], {}, {}, "has the name of one that crisol adds", ""),
            ([{"name": "", "expr": "1"}], {}, {}, "has no name", ""),
            ([{"name": "a", "expr": "1 +"}], {}, {}, "pipeline.yml:", "expr"),
            ([{"name": "a", "expr": "interval 1 day"}], {}, {}, "is an interval", ""),
            ([{"name": "a", "expr": "sum(id)"}], {}, {}, "sum", ""),
            ([{"name": "a", "expr": "array(1)", "type": "int"}], {}, {}, "cannot", "int"),
            ([{"name": "a", "expr": "1", "on_error": "null"}], {}, {}, 'on_error of column "a" without a type', ""),
            ([{"name": "a", "expr": "1", "type": "number"}], {}, {}, "number", ""),
            ([{"name": "a"}], {}, {}, "expr", ""),
            ([made], {"casts": [{"column": "m", "to": "int"}]}, {}, "made by standardization.columns", "type"),
            ([made], {"defaults": [{"column": "m", "value": "1"}]}, {}, "made by standardization.columns", "coalesce"),
            ([made], {"drop": ["contry"]}, {}, 'unrecognized column "contry" in standardization.drop', "country"),
            ([made], {"drop": ["qty", "qty"]}, {}, "two drops of", "qty"),
            ([made], {"drop": ["qty"]}, gold, 'column "qty" in gold.key is dropped', 'reads "qty", which standardization.drop'),
        ]
        for columns, standardization, change, *parts in cases:
            with self.subTest(columns=columns, standardization=standardization):
                self.prepare(columns, change, **standardization)
                answer = self.crisol("check", "pipeline.yml", exit=2)
                for part in ("pipeline.yml:", *parts):
                    self.assertIn(part, answer.out)
        self.prepare([{"name": "a", "expr": "array(1)", "type": "int", "on_error": "skip"}])
        self.run_dataset()
        self.assertEqual(self.silver_types()["a"], "INTEGER[]")

    def test_an_expression_that_fails_at_a_row_refuses_the_data(self):
        self.prepare([{"name": "a", "expr": "raise_error(concat('bad ', id))"}])
        self.assert_refused(self.run_dataset(exit=1), "bad")

    def test_the_schema_cannot_judge_made_columns_on_spark(self):
        self.write("schema.json", {"type": "object", "properties": {"m": {"type": "integer"}}})
        self.write("config/env.yml", "engine: spark\nspark: { remote: 'sc://127.0.0.1:9' }\n")
        self.prepare([{"name": "m", "expr": "1"}], {"schema": {"ref": "schema.json", "mode": "flexible"}})
        answer = self.crisol("check", "pipeline.yml", exit=2)
        self.assertIn('column "m" of standardization.columns cannot be checked by a JSON Schema with engine: spark', answer.out)


if __name__ == "__main__":
    unittest.main()
