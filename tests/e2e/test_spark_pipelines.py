"""The same pipelines on both engines. `crisol verify` runs each on DuckDB and on a Spark Connect server of the test's own, and
compares counts, columns, types and rows (EXCEPT ALL both ways) of silver, quarantine and gold; what the rows are is said here
once more, so that two engines which both do nothing are no success."""

import json
import re
import shutil

import harness
import spark

HOSTILE_CSV = (
    b"id,amount,when,note\n"
    b"1,10.50,2024-03-10 02:30:00,plain\n"            # in the gap of America/New_York
    b"2,1e3,2024-11-03 01:30:00,\"a \"\"quoted\"\" one\"\n"  # in the overlap
    b"3,\"1,000\",2024-01-01 00:00:00,\"two\nlines\"\n"
    b"4,7\n"                                           # too few fields
    b"5,7,2024-01-01 00:00:00,x,y\n"                   # too many
    b"6,7,2024-01-01 00:00:00,\"never closed\n"
    b"7,7,2024-01-01 00:00:00,\"closed\" and more\n"
    b"8,7,2024-01-01 00:00:00,\xff\xfe\n"              # no text
    b"9,NaN,not a date,\"\"\n"
    b"10,-0.0,2024-01-01T10:00:00Z,\n"
    b"11, 12.5 ,0001-01-01 00:00:00,CUST-000001\n"
    b"12,99999999999999999999,9999-12-31 23:59:59,\xe2\x82\xac\n"
)
HOSTILE_JSON = (
    b'{"id": 1, "tags": ["a", "b"], "geo": {"lat": 4.6, "lon": -74.1}, "n": 1}\n'
    b'{"id": 2, "tags": [], "geo": {"lat": 1e2}, "n": "text", "extra": {"deep": [1, {"x": null}]}}\n'
    b'{"id": 3, "tags": null, "geo": null, "n": 3.7}\n'
    b'{"id": 4, "id": 5, "tags": ["last key wins"]}\n'
    b'{"id": 6, "tags": [1, true, {"a": 1}]\n'          # no object's end
    b'[1, 2, 3]\n'
    b'"a text"\n'
    b'{"id": 7, "n": 12345678901234567890123456789}\n'
    b'{"id": 8, "n": "\\u0000", "tags": ["\\ud83d\\ude00"]}\n'
)


class SparkPipelines(harness.Case):
    def setUp(self):
        super().setUp()
        self.environment.update(spark.server().environment)
        self.environment.pop("NO_COLOR", None)

    def verify(self, dataset, *arguments, silver, quarantine, gold=None, exit=0):
        if gold is not None:
            self.write("database.yml", harness.GOLD_DATABASE)
            dataset.setdefault("output", {}).setdefault("gold", {}).update(enabled=True, database_config="database.yml")
        self.dataset(dataset)
        answer = self.crisol("verify", "pipeline.yml", "--quiet", *arguments, exit=exit)
        said = f"{silver:,} rows of silver, {quarantine:,} of the quarantine" + ("" if gold is None else f", {gold:,} of gold")
        self.assertIn(f"Both engines give the same: {said};", answer.out)
        return answer

    # --- columns that are made ---------------------------------------------------------------------------------------

    def test_columns_that_are_made_replaced_and_dropped(self):
        self.write("in/a.csv", "id,price,qty,country\n1,2.50,3,co\n2,oops,4,mx\n3,1.00,x,co\n3,9.00,1,co\n4,1,2,co,more\n")
        answer = self.verify({"standardization": {
            "casts": [{"column": "price", "to": "decimal(10,2)", "on_error": "null"}],
            "defaults": [{"column": "price", "value": "0"}],
            "columns": [{"name": "total", "expr": "price * qty", "type": "decimal(12,2)", "on_error": "null"},
                        {"name": "price", "expr": "price * 100", "type": "int", "on_error": "quarantine"},
                        {"name": "Price", "expr": "price + 1"},
                        {"name": "count", "expr": "trim(qty)", "type": "int", "on_error": "quarantine"},
                        {"name": "region", "expr": "upper(country)"},
                        {"name": "nothing", "expr": "NULL"},
                        {"name": "parts", "expr": "filter(array(price, count), price -> price > 1)"}],
            "deduplicate": {"key": ["id"], "order_by": ["price desc"]}, "drop": ["country", "qty"]},
            "quality": {"rules": [{"name": "known", "expr": "country IN ('co') AND price > 0"}]},
            "output": {"silver": {"partition_by": ["region"]},
                       "gold": {"business_rules": [{"condition": "qty < 3", "action": "filter"}]}}},
            silver=2, quarantine=3, gold=1)
        self.assertEqual(answer.exit, 0)

    # --- text ----------------------------------------------------------------------------------------------------------

    def test_hostile_csv_with_every_kind_of_malformed_record(self):
        self.write("in/a.csv", HOSTILE_CSV)
        self.verify({"standardization": {"timezone": "America/New_York", "casts": [
            {"column": "id", "to": "int"},
            {"column": "amount", "to": "decimal(18,2)", "on_error": "null"},
            {"column": "when", "to": "timestamp", "on_error": "quarantine"}]}}, silver=6, quarantine=6)

    def test_dialects(self):
        self.write("in/a.csv", "id;text\n1;'a;b'\n2;'it\\'s'\n# no row\n3;NULL\n4;''\n5;  blanks  \n".encode("windows-1252"))
        self.verify({"source": {"options": {"sep": ";", "quote": "'", "escape": "\\", "comment": "#", "nullValue": "NULL",
                                            "emptyValue": "(empty)", "encoding": "windows-1252",
                                            "ignoreLeadingWhiteSpace": True, "ignoreTrailingWhiteSpace": True}},
                     "quality": {"rules": [{"name": "has text", "expr": "text IS NOT NULL", "on_fail": "quarantine"}]}},
                    silver=4, quarantine=1)

    def test_files_whose_columns_differ_and_compressed_ones(self):
        self.write("in/a.csv", "id,x\n1,a\n2,b\n")
        self.write("in/b.csv", "x,new,id\nc,n,3\n")
        self.write_gzip("in/c.csv.gz", "id\n4\n")
        self.verify({"source": {"path": ["in/*.csv", "in/*.gz"]}}, silver=4, quarantine=0)

    def test_casts_with_hints_fallbacks_and_defaults(self):
        self.write("in/a.csv", "id,d,t,b,f,bin\n1,05/11/2024,05.11.2024 13:45:10,true,1.5,abc\n2,2024-11-06,2024-11-06T01:02:03+02:00,YES,x,\n"
                               "3,99/99/2024,,maybe,Infinity,z\n4,,05.11.2024 25:00:00,0,-0.0,\n")
        casts = [{"column": "id", "to": "bigint"}, {"column": "d", "to": "date", "format_hint": "dd/MM/yyyy", "on_error": "null"},
                 {"column": "t", "to": "timestamp", "format_hint": "dd.MM.yyyy HH:mm:ss", "on_error": "null"},
                 {"column": "b", "to": "boolean", "on_error": "null"}, {"column": "f", "to": "double", "on_error": "null"},
                 {"column": "bin", "to": "binary"}]
        self.verify({"standardization": {"timezone": "Europe/Madrid", "casts": casts, "defaults": [
            {"column": "f", "value": "9.5"}, {"column": "d", "value": "1999-12-31"}, {"column": "bin", "value": "none"}]}},
            silver=4, quarantine=0)

    def test_every_numeric_type(self):
        values = ["0", "-1", "127", "128", "32768", "2147483648", "9223372036854775807", "9223372036854775808", "1.5", "1e2",
                  " 7 ", "abc", "", "0x10", "1.005", "99999999999999999999999999999999999999"]
        types = ["int", "bigint", "float", "double", "decimal(38,10)", "decimal(5,0)"]
        columns = [f"v{i}" for i in range(len(types))]
        self.write("in/a.csv", ",".join(["id", *columns]) + "\n"
                   + "".join(",".join([str(i), *[value] * len(types)]) + "\n" for i, value in enumerate(values)))
        self.verify({"standardization": {"casts": [{"column": column, "to": to, "on_error": "null"} for column, to in zip(columns, types)]}},
                    silver=len(values), quarantine=0)

    def test_hostile_json_lines_with_nested_values(self):
        self.write("in/a.jsonl", HOSTILE_JSON)
        schema = {"type": "object", "properties": {
            "id": {"type": "integer"}, "tags": {"type": ["array", "null"], "items": {"type": "string"}},
            "geo": {"type": ["object", "null"], "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}}},
            "n": {"type": ["number", "string", "null"]}, "extra": {"type": "object"}}}
        self.write("schema.json", schema)
        self.verify({"source": {"input_format": "jsonl", "path": "in/*.jsonl", "options": {"header": None}},
                     "schema": {"ref": "schema.json", "mode": "flexible"}}, silver=6, quarantine=3)

    def test_json_arrays_and_objects_over_lines(self):
        self.write("in/a.json", '[{"id": 1, "v": {"a": 1}},\n {"id": 2, /* c */ v: \'x\'},\n {"id": 3}]')
        self.write("in/b.json", '{\n "id": 4,\n "v": [1, 2]\n}\n{"id": 5}')
        self.verify({"source": {"input_format": "json", "path": "in/*.json",
                                "options": {"header": None, "multiLine": True, "allowComments": True, "allowUnquotedFieldNames": True}}},
                    silver=5, quarantine=0)

    # --- text as a country writes it, and lists --------------------------------------------------------------------------

    def test_numbers_and_months_of_a_locale_and_patterns_of_numbers(self):
        self.write("in/a.csv", "id;amount;day;at;price;plain\n1;1.234,50;3 ene. 2024;3 de enero de 2024;1.234,5-;1\n"
                               "2;1,234.50;4 sept 2024;4 de Septiembre de 2024;12;x\n3;12.34,5;2024-05-06;;99.999,9;2,5\n"
                               "4;;x;2024-05-06T07:08:09Z;;\n5;-0,5;31 dic 1999;31 de diciembre de 1999;1,25;-3\n")
        casts = [{"column": "amount", "to": "decimal(12,2)", "on_error": "null"},
                 {"column": "day", "to": "date", "format_hint": "d MMM yyyy", "on_error": "null"},
                 {"column": "at", "to": "timestamp", "format_hint": "d 'de' MMMM 'de' yyyy", "on_error": "quarantine"},
                 {"column": "price", "to": "double", "format_hint": "#.##0,00", "on_error": "null"},
                 {"column": "plain", "to": "int", "locale": "en", "on_error": "null"}]
        self.verify({"source": {"options": {"sep": ";"}}, "standardization": {
            "locale": "es_CO", "timezone": "America/Bogota", "casts": casts, "defaults": [{"column": "price", "value": "7"}]}},
            silver=5, quarantine=0)

    def test_a_pattern_of_numbers_without_a_locale(self):
        self.write("in/a.csv", "id,v\n1,\"1.234,50 EUR\"\n2,\"1234.50\"\n3,\"(1.000,00) EUR\"\n")
        self.verify({"standardization": {"casts": [
            {"column": "v", "to": "decimal(10,2)", "format_hint": "#.##0,00 EUR", "on_error": "quarantine"}]}}, silver=1, quarantine=2)

    def test_nested_casts_of_json_and_of_cells_of_csv(self):
        self.write("in/a.csv", 'id,v,m\n1,"[{""a"": 1, ""b"": ""x""}]","{""k"": 1.5}"\n2,"[{""a"": ""no"", ""b"": ""y""}]",[]\n'
                               '3,,"{""k"": ""x""}"\n4,broken,\n5,"[null, {""a"": 2, ""c"": 3}]","{}"\n')
        self.write("more/b.jsonl", '{"id": 6, "v": [{"a": 7, "b": "z"}, {"a": 8}], "m": {"k": 1}}\n{"id": 7, "v": {"a": 9}, "m": null}\n')
        source = [{"name": "cells", "input_format": "csv", "path": "in/*.csv", "options": {"header": True}},
                  {"name": "json", "input_format": "jsonl", "path": "more/*.jsonl"}]
        casts = [{"column": "v", "to": "array<struct<a:int,b:string>>", "on_error": "null"},
                 {"column": "m", "to": "map<string,double>", "on_error": "quarantine"}]
        self.verify({"source": None, "sources": source, "standardization": {"casts": casts}}, silver=5, quarantine=2)

    def test_lists_that_are_exploded(self):
        lines = [{"id": 1, "lines": [{"sku": "a", "qty": 1}, {"sku": "b", "qty": -2}]}, {"id": 2, "lines": []}, {"id": 3},
                 {"id": 4, "lines": "none"}, {"id": 5, "lines": [None, {"sku": "c"}]}, {"id": 1, "lines": [{"sku": "a", "qty": 1}]}]
        self.write("in/a.jsonl", "".join(json.dumps(line) + "\n" for line in lines) + '{"id": 6, "lines": [1\n')
        self.write("schema.json", {"type": "object", "properties": {"id": {"type": "integer"}, "lines": {
            "type": "array", "items": {"type": "object", "properties": {"sku": {"type": "string"}, "qty": {"type": "integer"}}}}}})
        for keep_empty, silver, quarantine in ((False, 4, 2), (True, 6, 2)):
            with self.subTest(keep_empty=keep_empty):
                self.verify({"source": {"input_format": "jsonl", "path": "in/*.jsonl", "options": None},
                             "schema": {"ref": "schema.json", "mode": "flexible"},
                             "standardization": {"explode": {"column": "lines", "as": "line", "keep_empty": keep_empty},
                                                 "defaults": [{"column": "id", "value": "9"}],
                                                 "columns": [{"name": "qty", "expr": "line.qty + 1", "type": "int"}],
                                                 "deduplicate": {"key": ["id", "line"]}, "drop": ["lines"]},
                             "quality": {"rules": [{"name": "some", "expr": "line.qty > 0", "on_fail": "quarantine", "on_null": "pass"}]}},
                            silver=silver, quarantine=quarantine)

    def test_lists_of_parquet_that_are_exploded(self):
        self.query(f"COPY (SELECT unnest(range(3)) AS id, [1, NULL, 3] AS v UNION ALL SELECT 3, []) TO '{self.root}/a.parquet'")
        self.verify({"source": {"input_format": "parquet", "path": "a.parquet", "options": None}, "standardization": {
            "casts": [{"column": "id", "to": "int"}], "explode": {"column": "v", "as": "n", "keep_empty": True}},
            "quality": {"rules": [{"name": "known", "expr": "n IS NOT NULL", "on_fail": "quarantine"}]}}, silver=6, quarantine=4)

    def test_large_silver_without_partitions_is_of_several_files(self):
        for name in "ab":
            self.write(f"in/{name}.csv", "id,v\n" + "".join(f"{name}{i},{i % 7}\n" for i in range(2000)))
        self.write("config/env.yml", {"spark": {"config": {"spark.sql.files.maxPartitionBytes": "8k", "spark.sql.files.openCostInBytes": 0}}})
        dataset = {"quality": {"rules": [{"name": "few", "expr": "v < 6", "on_fail": "drop"}]}}
        self.dataset(dataset)
        answer = self.crisol("run", "pipeline.yml", "--env", "config/env.yml", "--engine", "spark", "--json")
        names = [path.name for path in (self.root / "out/silver").iterdir()]
        self.assertGreater(len(names), 1)
        self.assertEqual((answer.summary["silver"]["files"], answer.rows["silver"]), (len(names), answer.rows["passed"]))
        stem = f"part-{answer.summary['run_id']}"
        self.assertEqual(sorted(names), sorted([f"{stem}.parquet", *(f"{stem}-{i}.parquet" for i in range(1, len(names)))]))
        self.assertEqual(self.silver("count(DISTINCT id)"), [(answer.rows["passed"],)])

    def test_the_silver_of_another_dataset(self):
        self.write("in/a.csv", "id,day,country\n1,2024-01-02,CO\n2,2024-02-03,PE\n3,,a/b\n4,2024-02-04,\n")
        upstream = {"id": "orders", "output": {"silver": {"path": "lake/orders", "mode": "overwrite", "partition_by": ["year", "month", "country"],
                                                           "partition_from": "day"}},
                    "standardization": {"casts": [{"column": "id", "to": "bigint"}, {"column": "day", "to": "date", "on_error": "null"}]}}
        self.dataset(upstream, "orders.yml")
        self.crisol("run", "orders.yml", "--quiet")
        self.verify({"source": {"dataset": "orders", "input_format": None, "path": None, "options": None},
                     "standardization": {"casts": [{"column": "id", "to": "string"}]},
                     "quality": {"rules": [{"name": "known", "expr": "country IS NOT NULL AND day > '2024-01-31'", "on_fail": "quarantine"}]}},
                    silver=1, quarantine=3)

    def test_columns_by_position_beside_records_of_documents(self):
        self.write("in/a.csv", "a,a,b\n1,2.5,x\n2,oops,y\n3\n")
        self.write("in/b.csv", "a,a,b\n4,1,z\n")
        self.write("pages/a.json", json.dumps({"page": {"n": 1, "of": 2}, "data": [{"id": 5, "amount": 1.5}, {"id": 6, "note": ["n", 1]}]}, indent=1)
                   + json.dumps({"page": {"n": 2}, "data": [{"id": 7, "amount": "no"}]}) + '{"rows": [1]}')
        source = [{"name": "cells", "input_format": "csv", "path": "in/*.csv", "columns": ["id", "amount", "note"], "options": {"header": True}},
                  {"name": "pages", "input_format": "json", "path": "pages/*.json", "options": {"records": "$.data[*]"}}]
        self.verify({"source": None, "sources": source, "standardization": {
            "casts": [{"column": "id", "to": "int"}, {"column": "amount", "to": "decimal(9,2)", "on_error": "quarantine"}],
            "columns": [{"name": "page", "expr": "_document.page.n", "type": "int"}]}}, silver=4, quarantine=4)

    def test_what_was_quarantined_there_is_replayed_here(self):
        self.write("in/a.csv", 'id,amount\n1,5\n2,"7\n x"\n3,-1\n4,\\\n5,x,y\n')
        dataset = {"standardization": {"casts": [{"column": "id", "to": "int"}]},
                   "quality": {"rules": [{"name": "number", "expr": "amount RLIKE '^[0-9]+$'", "on_fail": "quarantine"}]}}
        self.dataset(dataset)
        answer = self.crisol("run", "pipeline.yml", "--engine", "spark", "--json")
        self.assertEqual((answer.rows["passed"], answer.rows["quarantined"], answer.rows["malformed"]), (1, 3, 1))
        self.assertEqual(self.quarantine("_raw_record, _raw_length, _raw_form, _raw_cut, _source_header", where="id IS NOT NULL", order="id"),
                         [('2,"7\n x"', 8, "text", False, "id,amount"), ("3,-1", 4, "text", False, "id,amount"), ("4,\\", 3, "text", False, "id,amount")])
        dataset["quality"]["rules"][0]["expr"] = "amount RLIKE '^-?[0-9]+'"
        self.dataset(dataset)
        refused = self.crisol("replay", "pipeline.yml", "--engine", "spark", exit=2)
        self.assertIn('engine "spark" does not replay quarantined rows', refused.err)
        self.crisol("replay", "pipeline.yml", "--quiet")
        self.assertEqual(self.silver("id, amount", order="id"), [(1, "5"), (2, "7\n x"), (3, "-1")])

    # --- schema ----------------------------------------------------------------------------------------------------------

    def test_a_strict_schema_with_every_keyword(self):
        rows = [{"code": "AB-1", "n": 5, "day": "2024-02-30"}, {"code": "CUST-000001\n", "n": 11, "day": "2024-02-28"},
                {"code": "ABC-12", "n": 10, "day": "2024-02-29", "kind": "c"}, {"n": 3.5, "code": "AB-9"},
                {"code": "AB-2", "n": 4, "kind": "a", "list": [1, 1]}, {"code": "AB-3", "n": 6, "list": [1, 2]}]
        self.write("in/a.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
        self.write("schema.json", {"type": "object", "required": ["code"], "properties": {
            "code": {"type": "string", "pattern": "^[A-Z]{2,4}-[0-9]+$", "maxLength": 11},
            "n": {"type": "integer", "minimum": 4, "exclusiveMaximum": 11, "multipleOf": 2},
            "day": {"type": "string", "format": "date"}, "kind": {"enum": ["a", "b", None]},
            "list": {"type": "array", "uniqueItems": True, "minItems": 1}}})
        self.verify({"source": {"input_format": "jsonl", "path": "in/*.jsonl", "options": {"header": None}},
                     "schema": {"ref": "schema.json", "mode": "strict"}}, silver=1, quarantine=5)

    # --- rules ---------------------------------------------------------------------------------------------------------

    def test_two_hundred_rules_over_columns_with_the_names_of_the_engines_own(self):
        self.write("in/a.csv", "file,position,fate,v0,reason,schema\n" + "".join(f"{i},{i % 7},{i % 3},x{i},r,s\n" for i in range(60)))
        rules = [{"name": f"rule {i}", "expr": f"CAST(file AS INT) <> {i} AND CAST(position AS INT) >= {i % 3 - 1}",
                  "on_fail": ("quarantine", "drop", "warn")[i % 3]} for i in range(200)]
        answer = self.dataset({"quality": {"rules": rules}})
        self.crisol("verify", answer, "--quiet")

    def test_rules_in_spark_sql_of_many_kinds(self):
        self.write("in/a.csv", "id,name,amount,at\n1,Ana,10.5,2024-01-31 10:00:00\n2,bob,,2024-02-29 23:59:59\n3,,3,\n4,Ñandú,-1,2023-12-31 00:00:00\n")
        rules = ["name RLIKE '^[A-Z]'", "size(split(name, 'n')) > 1", "add_months(CAST(at AS DATE), 1) > DATE '2024-02-01'",
                 "CAST(amount AS DECIMAL(10,2)) BETWEEN 0 AND 100", "exists(split(name, ''), x -> x = 'a')",
                 "to_json(struct(name, amount)) LIKE '%\"name\"%'", "at <= current_timestamp()", "date_format(at, 'E') IN ('Wed', 'Thu')",
                 "CASE WHEN amount IS NULL THEN TRUE ELSE amount > 0 END", "try_cast(amount AS INT) <=> 3 OR id <> '3'",
                 "element_at(map('a', 1), 'a') = 1", "array_contains(array(1, 2), CAST(id AS INT))", "CAST(at AS DATE) <= current_date"]
        self.verify({"standardization": {"timezone": "America/Bogota"}, "quality": {"rules": [
            {"name": f"r{i}", "expr": expr, "on_fail": "warn", "on_null": "pass" if i % 2 else "fail"} for i, expr in enumerate(rules)]}},
            silver=4, quarantine=0)

    # --- deduplication -------------------------------------------------------------------------------------------------------

    def test_ties_across_files_and_null_keys(self):
        self.write("in/b.csv", "k,v,n\n1,a,1\n2,b,\n,c,3\n,d,3\n3,e,9\n")
        self.write("in/a.csv", "k,v,n\n1,f,1\n2,g,5\n3,h,9\n-0.0,i,1\n")
        for order in (["n desc"], ["n asc nulls first"], ["v desc", "n desc"]):
            with self.subTest(order):
                self.verify({"standardization": {"casts": [{"column": "n", "to": "int"}], "deduplicate": {"key": ["k"], "order_by": order}}},
                            silver=5, quarantine=0)

    def test_sources_of_several_formats_are_united(self):
        self.write("in/z.csv", "ID,v\n1,csv\n2,csv\n")
        self.write("in/a.jsonl", '{"id": "1", "v": "json", "more": 1}\n{"id": "3"}\n')
        source = [{"name": "first", "input_format": "csv", "path": "in/*.csv", "options": {"header": True}, "rename": [{"from": "ID", "to": "id"}]},
                  {"name": "second", "input_format": "jsonl", "path": "in/*.jsonl"}]
        self.verify({"source": None, "sources": source, "standardization": {"deduplicate": {"key": ["id"], "order_by": []}}},
                    silver=3, quarantine=0)

    # --- silver ------------------------------------------------------------------------------------------------------------

    def test_partition_values_of_every_spelling(self):
        values = ["", "NULL", "a/b", "100%", "ñ", "a=b", " x ", "plain", "q'uote", "b\\s", "__x"]
        self.write("in/a.csv", "id,p,n\n" + "".join(f'{i},"{v}",{i % 3}\n' for i, v in enumerate(values)) + "99,,7\n")
        self.verify({"output": {"silver": {"partition_by": ["p", "n"], "mode": "overwrite_dynamic"}}}, silver=12, quarantine=0)

    def test_partitions_by_time_in_a_zone_and_types(self):
        self.write("in/a.csv", "id,at,d,x,b\n1,2024-01-01 04:59:59,2024-01-01,1.50,true\n2,2024-12-31 23:00:00,,2,false\n3,,2023-02-28,,\n")
        casts = [{"column": "at", "to": "timestamp"}, {"column": "d", "to": "date"}, {"column": "x", "to": "decimal(10,2)"}, {"column": "b", "to": "boolean"}]
        for by in (["year", "month", "day", "hour"], ["date"], ["x"], ["b"], ["d"]):
            with self.subTest(by):
                self.verify({"standardization": {"timezone": "America/Bogota", "casts": casts},
                             "output": {"silver": {"partition_by": by, "mode": "append", "partition_from": "at" if by[0] in ("year", "date") else None}}},
                            silver=3, quarantine=0)

    # --- gold -----------------------------------------------------------------------------------------------------------------

    def test_gold_with_added_columns_and_business_rules(self):
        self.write("in/a.csv", "id,amount,kind\n1,10.50,a\n2,0,b\n3,5,\n4,7.25,a\n")
        gold = {"exclude_columns": ["kind"], "add_columns": [
            {"name": "version", "value": "v1", "type": "string"}, {"name": "score", "value": "95.5", "type": "decimal"},
            {"name": "made", "value": "current_timestamp()", "type": "timestamp"}, {"name": "uid", "value": "uuid()", "type": "string"},
            {"name": "double_amount", "expr": "amount * 2", "type": "decimal(20,2)"}],
            "business_rules": [{"condition": "amount > 0", "action": "filter"}, {"condition": "kind = 'a'", "action": "warn"}]}
        self.verify({"standardization": {"casts": [{"column": "id", "to": "int"}, {"column": "amount", "to": "decimal(18,2)"}]},
                     "output": {"gold": gold}}, silver=4, quarantine=0, gold=3)

    def test_gold_of_nested_values(self):
        self.write("in/a.jsonl", '{"id": 1, "m": {"a": [1, 2], "b": null}, "l": [1.5, 2]}\n{"id": 2, "m": {}, "l": []}\n{"id": 3}\n')
        self.write("schema.json", {"type": "object", "properties": {"id": {"type": "integer"}, "m": {"type": "object"},
                                                                   "l": {"type": "array", "items": {"type": "number"}}}})
        self.verify({"source": {"input_format": "jsonl", "path": "in/*.jsonl", "options": {"header": None}}, "schema": {"ref": "schema.json", "mode": "flexible"}},
                    silver=3, quarantine=0, gold=3)

    # --- what is refused -------------------------------------------------------------------------------------------------------

    def test_data_that_both_refuse(self):
        self.write("in/a.csv", "id\n1\nx\n")
        for dataset in ({"standardization": {"casts": [{"column": "id", "to": "int"}]}},
                        {"quality": {"rules": [{"name": "r", "expr": "id = '1'", "on_fail": "fail"}]}},
                        {"quality": {"rules": [{"name": "r", "expr": "id = '1'", "on_fail": "drop", "max_failed": 0}]}}):
            with self.subTest(dataset):
                self.dataset(dataset)
                self.assertIn("the data is refused", self.crisol("verify", "pipeline.yml", "--quiet").out)

    def test_nothing_is_left_of_a_verification(self):
        self.write("in/a.csv", "id\n1\n")
        self.verify({}, silver=1, quarantine=0)
        self.assertEqual(sorted(p.name for p in self.root.iterdir()), ["in", "out", "pipeline.yml"])
        self.assertEqual(list((self.root / "out").iterdir()), [])

    # --- Parquet ---------------------------------------------------------------------------------------------------------------

    def test_parquet_keeps_its_types(self):
        self.query("COPY (SELECT CAST(i AS INTEGER) AS id, CAST(i * 1.5 AS DECIMAL(10,2)) AS amount, TIMESTAMPTZ '2024-03-10 02:30:00+00' + to_hours(CAST(i AS INTEGER)) "
                   "AS at, [i, i + 1] AS list, {'a': i, 'b': 'x'} AS s, CASE WHEN i = 2 THEN 'y' END AS t, DATE '2024-01-31' + CAST(i AS INTEGER) AS d, "
                   "CAST('b' || i AS BLOB) AS bin, i::DOUBLE / 3 AS f FROM range(4) r(i)) TO 'in/a.parquet'".replace("'in/", f"'{self.root}/")
                   .replace("a.parquet", "a b%.parquet"))
        self.query(f"COPY (SELECT CAST(9 AS INTEGER) AS id, 'new' AS more) TO '{self.root}/c.parquet'")
        self.verify({"source": {"input_format": "parquet", "path": ["a b%.parquet", "c.parquet"], "options": {"header": None}},
                     "standardization": {"timezone": "America/New_York", "casts": [
                         {"column": "amount", "to": "int"}, {"column": "t", "to": "date", "on_error": "null"}],
                         "defaults": [{"column": "more", "value": "none"}]},
                     "quality": {"rules": [{"name": "r", "expr": "f < 0.5 OR id = 9", "on_fail": "quarantine"}]},
                     "output": {"silver": {"partition_by": ["hour"], "partition_from": "at", "mode": "append"}}}, silver=3, quarantine=2)

    def test_parquet_in_folders_beside_csv(self):
        (self.root / "in/p=x%2Fy/q=1").mkdir(parents=True)
        self.query(f"COPY (SELECT 1 AS id, 'a' AS v) TO '{self.root}/in/p=x%2Fy/q=1/a.parquet'")
        (self.root / "in/p=__HIVE_DEFAULT_PARTITION__/q=2").mkdir(parents=True)
        self.query(f"COPY (SELECT 2 AS id, 'b' AS v) TO '{self.root}/in/p=__HIVE_DEFAULT_PARTITION__/q=2/b.parquet'")
        self.write("more.csv", "id,v\n3,c\n")
        source = [{"name": "files", "input_format": "parquet", "path": "in"},
                  {"name": "more", "input_format": "csv", "path": "more.csv", "options": {"header": True}}]
        self.verify({"source": None, "sources": source}, silver=3, quarantine=0)

    def test_what_spark_cannot_do_is_said_by_check(self):
        self.query(f"COPY (SELECT 1 AS id) TO '{self.root}/a.parquet'")
        self.write("schema.json", {"type": "object", "properties": {"id": {"type": "integer"}}})
        self.dataset({"source": {"input_format": "parquet", "path": "a.parquet", "options": {"header": None}}, "schema": {"ref": "schema.json", "mode": "strict"}})
        for command in ("check", "run"):
            answer = self.crisol(command, "pipeline.yml", "--engine", "spark", exit=2)
            self.assertIn("cannot be checked by a JSON Schema with engine: spark", answer.out + answer.err)

    def test_an_entry_of_the_session_that_changes_what_a_statement_means_is_refused(self):
        self.write("in/a.csv", "id,v\n1,abc\n")
        self.write("config/env.yml", {"spark": {"config": {"spark.sql.shuffle.partitions": 3, "spark.sql.ansi.enabled": True}}})
        dataset = {"quality": {"rules": [{"name": "r", "expr": "CAST(v AS INT) IS NULL", "on_fail": "quarantine"}]}}
        self.dataset(dataset)
        for command in ("check", "run"):
            answer = self.crisol(command, "pipeline.yml", "--env", "config/env.yml", "--engine", "spark", exit=2)
            self.assertRegex(answer.out + answer.err, r'env\.yml:\d+:\d+: .*sets spark\.sql\.ansi\.enabled to "true", which has to be "false"')
        self.write("config/env.yml", {"spark": {"config": {"spark.sql.shuffle.partitions": 3, "spark.sql.ansi.enabled": False}}})
        self.verify(dataset, "--env", "config/env.yml", silver=1, quarantine=0)


class UseCases(harness.Case):
    """Those of the seed, planned adaptively, as a cluster does it by default."""

    def setUp(self):
        super().setUp()
        self.environment.update(spark.server().environment)
        shutil.copytree(harness.ROOT / "examples/seed/config", self.root / "config")
        with open(self.root / "config/env.yml", "a", encoding="utf-8") as env:
            env.write("\nspark: { config: { spark.sql.adaptive.enabled: true } }\n")

    def verify(self, name):
        answer = self.crisol("verify", f"config/datasets/casos_uso/{name}.yml", "config/env.yml", "config/database.yml", "development", "--quiet")
        said = re.search(r"Both engines give the same: ([0-9,]+) rows of silver, ([0-9,]+) of the quarantine, ([0-9,]+) of gold;", answer.out)
        return [int(number.replace(",", "")) for number in said.groups()]

    def test_payments(self):
        answer = self.crisol("generate", "payments", "lake/raw/casos-uso/payments-high-volume", "--rows", 50000, "--files", 2, "--duplicates",
                             "0.02", "--json")
        errors = harness.planted(answer.out)["errors"]
        silver, quarantine, gold = self.verify("payments_high_volume")
        self.assertLessEqual(silver + quarantine + errors["invalid_currency"], 50000)
        self.assertGreater(quarantine, 1000)
        self.assertAlmostEqual(gold / silver, 0.6, delta=0.02)

    def test_events(self):
        answer = self.crisol("generate", "events", "lake/raw/casos-uso/multi-format", "--rows", 20000, "--files", 2, "--json")
        rules = self.root / "config/datasets/casos_uso/multi_format_extreme_expectations.yml"
        four_groups = "^[A-Z0-9]{8}-[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{12}$"
        rules.write_text(rules.read_text(encoding="utf-8").replace(four_groups, "^[A-Z0-9]{8}(-[A-Z0-9]{4}){3}-[A-Z0-9]{12}$"), encoding="utf-8")
        silver, quarantine, _ = self.verify("multi_format_extreme")
        self.assertEqual(quarantine, harness.planted(answer.out)["errors"]["invalid_id"])
        self.assertGreater(silver, 15000)
