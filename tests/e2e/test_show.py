"""crisol show: rows of silver, of the quarantine and of gold, for people and for programs."""

import csv
import io
import os
import time

import duckdb

from harness import Case, CRISOL, GOLD_DATABASE, json, signal, subprocess, unittest

CSV = """id,name,amount,day,seen
1,Ana,10.50,2024-01-15,2024-01-15 10:00:00
2,"Bob ""x"", jr",-3,2024-02-01,
3,,7,2024-02-02,2024-01-15 10:00:00.5
4,e\x1b[31mvil,x,2024-02-02,
5,"",8,2024-03-01,
"""
STANDARD = {
    "timezone": "America/Bogota",
    "casts": [{"column": "id", "to": "int"}, {"column": "amount", "to": "decimal(10,2)", "on_error": "null"},
              {"column": "day", "to": "date"}, {"column": "seen", "to": "timestamp"}],
}
RULES = [{"name": "positive", "expr": "amount > 0"}, {"name": "known", "expr": "id <> 4", "on_fail": "warn"}]
PARTITIONS = {"output": {"silver": {"partition_by": ["year", "month"], "partition_from": "day"}}}


class Show(Case):
    def show(self, *arguments, exit=0, dataset="pipeline.yml", **options):
        return self.crisol("show", dataset, *arguments, exit=exit, **options)

    def rows(self, *arguments, **options):
        return [json.loads(line) for line in self.show(*arguments, "--format", "json", **options).out.splitlines()]

    def prepare(self, change=None, run=True):
        self.write("in/a.csv", CSV)
        self.dataset({"standardization": STANDARD, "quality": {"rules": RULES}, **(change or {})})
        return self.run_dataset().summary["run_id"] if run else None


class Silver(Show):
    def test_a_table_has_numbers_to_the_right_and_marks_nulls(self):
        self.prepare()
        lines = self.show("--columns", "id,name,amount").out.splitlines()
        self.assertEqual(lines, ["id  name  amount", "--  ----  ------", " 1  Ana    10.50", " 3  ∅       7.00", " 5          8.00"])

    def test_a_terminal_gets_lines_of_its_width(self):
        self.prepare()
        out = self.show(env={"COLUMNS": "40"}).out
        self.assertLessEqual(max(map(len, out.splitlines()[:-1])), 40)
        self.assertRegex(out.splitlines()[-1], r"^and \d more columns?: .*_ingestion_ts")

    def test_csv_tells_a_null_from_an_empty_text(self):
        self.write("in/a.csv", 'id,name\n1,\n2,""\n3,"a,""b""\nc"\n')
        self.dataset()
        self.run_dataset()
        out = self.show("--format", "csv", "--columns", "id,name").out
        self.assertEqual(out, 'id,name\n1,\n2,""\n3,"a,""b""\nc"\n')

    def test_json_has_an_object_a_line_with_typed_values(self):
        self.prepare()
        first = self.rows()[0]
        run_id, instant = first.pop("_run_id"), first.pop("_ingestion_ts")
        self.assertEqual(first, {"id": 1, "name": "Ana", "amount": 10.5, "day": "2024-01-15", "seen": "2024-01-15T10:00:00-05:00"})
        self.assertRegex(instant, r"^\d{4}-\d\d-\d\dT.*-05:00$")
        self.assertIn(run_id, self.crisol("runs").out)

    def test_nested_values_are_json_in_json_and_csv(self):
        self.write("in/a.json", '{"id":1,"o":{"b":[1,2]},"n":null}\n')
        self.write("s.json", {"type": "object", "properties": {
            "id": {"type": "integer"}, "n": {"type": ["integer", "null"]},
            "o": {"type": "object", "properties": {"b": {"type": "array", "items": {"type": "integer"}}}}}})
        self.dataset({"source": {"input_format": "jsonl", "path": "in/*.json", "options": None},
                      "schema": {"ref": "s.json", "mode": "strict"}})
        self.run_dataset()
        row = self.rows("--columns", "o,n")[0]
        self.assertEqual(row, {"o": {"b": [1, 2]}, "n": None})
        cell = list(csv.reader(io.StringIO(self.show("--format", "csv", "--columns", "o").out)))[1][0]
        self.assertEqual(json.loads(cell), {"b": [1, 2]})
        self.assertIn("{[1, 2]}", self.show("--columns", "o").out)

    def test_infinite_numbers_are_texts_in_json(self):
        self.write("in/a.csv", "x\nNaN\nInfinity\n1e300\n")
        self.dataset({"standardization": {"casts": [{"column": "x", "to": "double"}]}})
        self.run_dataset()
        self.assertEqual([row["x"] for row in self.rows()], ["NaN", "Infinity", 1e300])

    def test_what_a_terminal_obeys_is_made_visible(self):
        self.write("in/a.csv", "id,name\n1,e\x1b[31mvil\u202e\n")
        self.dataset()
        self.run_dataset()
        out = self.show().out
        self.assertNotIn("\x1b", out)
        self.assertIn("e\\x1b[31mvil\\u202e", out)
        self.assertIn("e\x1b[31mvil\u202e", self.show("--format", "csv").out)  # to a program the bytes as they are

    def test_partition_columns_have_their_types(self):
        self.prepare(PARTITIONS)
        self.assertEqual([(row["id"], row["year"], row["month"]) for row in self.rows()], [(1, 2024, 1), (3, 2024, 2), (5, 2024, 3)])
        self.assertEqual([row["id"] for row in self.rows("--where", "month >= 2 AND year = 2024")], [3, 5])

    def test_a_partition_column_of_text_keeps_its_zeros_and_nulls(self):
        self.write("in/a.csv", "id,code\n1,007\n2,\n3,a/b=c\n")
        self.dataset({"output": {"silver": {"partition_by": ["code"]}}})
        self.run_dataset()
        self.assertEqual({row["id"]: row["code"] for row in self.rows()}, {"1": "007", "2": None, "3": "a/b=c"})

    def test_partition_columns_of_every_type_are_those_that_went_in(self):
        self.write("in/a.csv", "id,b,d,t,n,s\n1,true,1.50,2024-01-01 10:00:00,,NULL\n2,false,2.00,2024-07-01 00:00:00.5,-3,a%b c=d/e\n")
        self.dataset({"standardization": {"timezone": "America/New_York", "casts": [
            {"column": c, "to": t} for c, t in (("b", "boolean"), ("d", "decimal(10,2)"), ("t", "timestamp"), ("n", "int"))]},
            "output": {"silver": {"partition_by": ["b", "d", "t", "n", "s"]}}})
        self.run_dataset()
        rows = sorted(self.rows("--columns", "id,b,d,t,n,s"), key=lambda row: row["id"])
        self.assertEqual(rows, [
            {"id": "1", "b": True, "d": 1.5, "t": "2024-01-01T10:00:00-05:00", "n": None, "s": "NULL"},
            {"id": "2", "b": False, "d": 2.0, "t": "2024-07-01T00:00:00.5-04:00", "n": -3, "s": "a%b c=d/e"}])

    def test_names_that_need_quotes_are_found(self):
        self.write("in/a.csv", '"a,b","c","reasons","q""uo","ñ"\n1,2,3,4,5\n')
        self.dataset({"quality": {"rules": [{"name": "c'x", "expr": "`a,b` = '1'"}]}})
        self.run_dataset()
        self.assertEqual(self.rows("--columns", '`a,b`, c,reasons ,q"uo,ñ', "--where", "`a,b` = '1' AND c = 2"),
                         [{"a,b": "1", "c": "2", "reasons": "3", 'q"uo': "4", "ñ": "5"}])

    def test_what_a_function_says_of_a_row_is_told(self):
        self.prepare()
        self.assert_refused(self.show("--where", "url_decode(concat(name, '%zz')) = 'x'", exit=1), "cannot be decoded")
        self.assert_refused(self.show("--where", "sum(id) > 1", exit=2), "aggregate function", "^^^^^^^")

    def test_types_of_several_files_are_united(self):
        for cast, text in (("int", "id,x\n1,1\n"), ("bigint", "id,x,y\n2,99999999999,z\n")):
            self.write("in/a.csv", text)
            self.dataset({"standardization": {"casts": [{"column": "x", "to": cast}]},
                          "output": {"silver": {"mode": "append", "merge_schema": True}}})
            self.run_dataset()
        self.assertEqual(sorted((row["x"], row["y"]) for row in self.rows()), [(1, None), (99999999999, "z")])

    def test_a_lake_below_a_folder_that_looks_like_a_partition(self):
        self.prepare({"output": {"silver": {"path": "out/env=prod/silver", "mode": "overwrite", "partition_by": ["year"],
                                            "partition_from": "day"}}})
        self.assertEqual(list(self.rows()[0]), ["id", "name", "amount", "day", "seen", "year", "_run_id", "_ingestion_ts"])

    def test_where_is_spark_sql_and_its_errors_have_a_caret(self):
        self.prepare()
        self.assertEqual([row["id"] for row in self.rows("--where", "amount > '7.5' AND name RLIKE '^A'")], [1])
        self.assertEqual([row["id"] for row in self.rows("--where", "seen IS NULL", "--columns", "id,name")], [5])
        self.assert_refused(self.show("--where", "amout > 3", exit=2), "--where:1:1", "amout", "^^^^^", "\"amount\"")
        self.assert_refused(self.show("--where", "amount", exit=2), "--where:1:1", "condition")
        self.assert_refused(self.show("--where", "amount >", exit=2), "--where:1:9")

    def test_columns_are_chosen_in_order_and_an_unknown_one_is_answered_with_the_nearest(self):
        self.prepare()
        self.assertEqual(list(self.rows("--columns", "amount, ID")[0]), ["amount", "id"])
        self.assert_refused(self.show("--columns", "amout", exit=2), "no column \"amout\"", "\"amount\"")
        self.assert_refused(self.show("--columns", "id,id", exit=2), "twice")

    def test_ten_rows_unless_told(self):
        self.write("in/a.csv", "id\n" + "".join(f"{i}\n" for i in range(25)))
        self.dataset()
        self.run_dataset()
        answer = self.show()
        self.assertEqual(len(answer.out.splitlines()), 12)
        self.assertIn("-n 0", answer.err)
        self.assertEqual([row["id"] for row in self.rows("-n", "0")], [str(i) for i in range(25)])
        self.assertEqual(len(self.rows("-n", "3")), 3)
        self.assertEqual(len(self.rows("-n25")), 25)
        for wrong in ("-1", "x", "1.5", "", "99999999999999999999"):
            self.assert_refused(self.show("-n", wrong, exit=2), "number of rows")

    def test_a_run_is_chosen_by_what_its_id_begins_with(self):
        self.write("in/a.csv", "id\n1\n")
        self.dataset({"output": {"silver": {"mode": "append"}}})
        first = self.run_dataset().summary["run_id"]
        self.write("in/a.csv", "id\n2\n")
        second = self.run_dataset().summary["run_id"]
        self.assertEqual([row["id"] for row in self.rows("--run", first)], ["1"])
        self.assertEqual([row["id"] for row in self.rows("--run", second)], ["2"])
        self.assert_refused(self.show("--run", "2", exit=2), "several runs")
        self.assert_refused(self.show("--run", second[:-1] + "_", exit=2), "has no run", second)

    def test_a_run_whose_rows_were_replaced_has_none(self):
        first = self.prepare()
        self.run_dataset()
        answer = self.show("--run", first)
        self.assertEqual(answer.out, "")
        self.assertIn("no row", answer.err)

    def test_an_empty_answer_says_so(self):
        self.prepare()
        answer = self.show("--where", "id > 100")
        self.assertEqual(answer.out, "")
        self.assertIn("no row to show in silver", answer.err)
        self.assertEqual(self.show("--where", "id > 100", "--format", "csv", "--columns", "id").out, "id\n")

    def test_silver_that_is_not_there_yet_exits_2(self):
        self.prepare(run=False)
        self.assert_refused(self.show(exit=2), "no silver", "crisol run pipeline.yml")
        self.assertFalse((self.root / "out").exists())

    def test_a_broken_file_of_the_lake_is_an_error_of_the_environment(self):
        self.prepare()
        for content in (b"not parquet", b"", b"PAR1" + bytes(40) + b"PAR1"):
            self.write("out/silver/x.parquet", content)
            self.assert_refused(self.show(exit=3), "x.parquet")

    def test_files_in_folders_of_different_names_are_shown_without_them(self):
        self.dataset()
        (self.root / "out/silver/p=1").mkdir(parents=True)
        for n, name in enumerate(("a.parquet", "p=1/b.parquet")):
            self.query(f"COPY (SELECT {n} AS n) TO '{self.root}/out/silver/{name}'")
        answer = self.show("--format", "csv")
        self.assertEqual(answer.out, "n\n0\n1\n")
        self.assertIn("different names", answer.err)

    def test_types_that_spark_has_not_are_shown_as_text(self):
        self.dataset()
        (self.root / "out/silver").mkdir(parents=True)
        self.query(f"""COPY (SELECT TIME '10:00' AS t, UUID '00000000-0000-0000-0000-000000000001' AS u,
            18446744073709551615::UBIGINT AS n, 'x'::BLOB AS b, [1, NULL] AS l, MAP {{'k': 1}} AS m, {{'z': 'q'}} AS s)
            TO '{self.root}/out/silver/a.parquet'""")
        self.assertEqual(self.rows(), [{"t": "10:00:00", "u": "00000000-0000-0000-0000-000000000001", "n": 18446744073709551615,
                                        "b": "eA==", "l": [1, None], "m": {"k": 1}, "s": {"z": "q"}}])

    def test_show_works_where_the_source_is_gone(self):
        self.prepare()
        (self.root / "in/a.csv").unlink()
        self.assertEqual(len(self.rows()), 3)


class Quarantine(Show):
    def test_reasons_and_places_come_first(self):
        self.prepare({"quality": {"rules": RULES, "quarantine": "out/quarantine"}})
        lines = self.show("--quarantine").out.splitlines()
        self.assertRegex(lines[0], r"^reasons +place +id +name +amount +day +seen +_run_id")
        self.assertRegex(lines[2], r'^positive +in/a\.csv:3 +2 +Bob "x", jr +-3')
        self.assertRegex(lines[3], r"^positive, known +in/a\.csv:5 +4 +e\\x1b\[31mvil +x ")

    def test_reasons_and_places_are_chosen_as_other_columns(self):
        self.prepare({"quality": {"rules": RULES, "quarantine": "out/quarantine"}})
        self.assertRegex(self.show("--quarantine", "--columns", "Place,id,reasons").out, r"^place +id +reasons\n.*\nin/a\.csv:3 +2 +positive\n")
        self.assert_refused(self.show("--quarantine", "--columns", "reasons,reasons", exit=2), "twice")
        self.assert_refused(self.show("--columns", "reasons", exit=2), 'no column "reasons"')

    def test_files_have_all_its_columns_as_they_are(self):
        self.prepare()
        row = self.rows("--quarantine")[1]
        self.assertEqual((row["_failed_rules"], row["_source_line"], row["amount"]), (["positive", "known"], 5, "x"))
        self.show("--quarantine", "-o", "bad.csv")
        with open(self.root / "bad.csv", newline="") as file:
            bad = list(csv.DictReader(file))
        self.assertEqual([(b["id"], b["name"], json.loads(b["_failed_rules"])) for b in bad],
                         [("2", 'Bob "x", jr', ["positive"]), ("4", "e\x1b[31mvil", ["positive", "known"])])
        self.assertEqual({"_run_id", "_source_file", "_source_offset"} - set(bad[0]), set())

    def test_a_rule_chooses_rows_and_an_unknown_one_is_answered_with_the_nearest(self):
        self.prepare()
        self.assertEqual([row["id"] for row in self.rows("--quarantine", "--rule", "known")], ["4"])
        self.assertEqual([row["id"] for row in self.rows("--quarantine", "--rule", "positive", "--where", "id < 4")], ["2"])
        self.assert_refused(self.show("--quarantine", "--rule", "positiv", exit=2), '"positiv"', '"positive"')
        self.assert_refused(self.show("--rule", "positive", exit=2), "--quarantine")

    def test_a_rule_that_no_row_fails_has_none(self):
        self.prepare({"quality": {"rules": [*RULES, {"name": "never", "expr": "id > 0"}]}})
        answer = self.show("--quarantine", "--rule", "never")
        self.assertEqual(answer.out, "")
        self.assertIn("no row", answer.err)

    def test_malformed_records_are_seen_as_they_are(self):
        self.write("in/a.csv", "id,name\n1,a\n2,b,c\n")
        self.dataset()
        self.run_dataset()
        row = self.rows("--quarantine")[0]
        self.assertEqual((row["id"], row["_raw_record"]), (None, "2,b,c"))
        reason = row["_failed_rules"][0]
        self.assertTrue(reason.startswith("malformed:"))
        self.assertEqual(len(self.rows("--quarantine", "--rule", reason)), 1)
        self.assertRegex(self.show("--quarantine").out.splitlines()[2], r"^malformed:\w+ +in/a\.csv:3 .*2,b,c$")

    def test_all_runs_the_latest_first_or_one_of_them(self):
        ids = []
        for i in range(2):
            self.write("in/a.csv", f"id\n{i}\n")
            self.dataset({"quality": {"rules": [{"name": "none", "expr": "false"}]}})
            ids.append(self.run_dataset().summary["run_id"])
        runs = [row["_run_id"] for row in self.rows("--quarantine")]
        self.assertEqual(runs, sorted(ids, reverse=True))
        self.assertEqual([row["_run_id"] for row in self.rows("--quarantine", "--run", ids[0])], [ids[0]])
        self.assert_refused(self.show("--quarantine", "--run", "2", exit=2), "several")
        self.assert_refused(self.show("--quarantine", "--run", "nope", exit=2), "no run")

    def test_a_refused_run_shows_its_rejects(self):
        self.prepare({"quality": {"rules": [{"name": "positive", "expr": "amount > 0", "on_fail": "fail"}]}}, run=False)
        run_id = self.run_dataset(exit=1).summary["run_id"]
        answer = self.show("--quarantine", "--run", run_id, "--columns", "id,_failed_rules", "--format", "json")
        self.assertEqual([json.loads(line)["id"] for line in answer.out.splitlines()], ["2", "4"])
        self.assert_refused(self.show("--quarantine", exit=2), "no quarantine")  # readers see nothing of it

    def test_a_run_without_a_bad_row_leaves_nothing_to_show(self):
        self.write("in/a.csv", "id\n1\n")
        self.dataset()
        run_id = self.run_dataset().summary["run_id"]
        for arguments in ([], ["--run", run_id], ["--format", "json"]):
            answer = self.show("--quarantine", *arguments)
            self.assertEqual(answer.out, "")
            self.assertIn("no row to show in quarantine", answer.err)

    def test_a_quarantine_that_is_not_there_yet_exits_2(self):
        self.prepare(run=False)
        self.assert_refused(self.show("--quarantine", exit=2), "no quarantine", "crisol run")

    def test_kinds_of_rows_exclude_each_other(self):
        self.prepare(run=False)
        self.assert_refused(self.show("--quarantine", "--gold", exit=2), "exclude")


class Source(Show):
    def test_records_are_as_a_run_reads_them(self):
        self.prepare({"standardization": {**STANDARD, "rename": [{"from": "name", "to": "who"}], "casts": []},
                      "quality": {"rules": [{"name": "broken", "expr": "nothing > 0"}]}}, run=False)
        rows = self.rows("--source")  # whatever the rules say of it
        self.assertEqual([row["id"] for row in rows], list("12345"))
        self.assertEqual((rows[0]["name"], rows[0]["amount"], rows[2]["name"], rows[4]["name"]), ("Ana", "10.50", None, ""))
        self.assertEqual((rows[1]["_source_file"], rows[1]["_source_line"]), ("in/a.csv", 3))
        self.assertEqual([row["id"] for row in self.rows("--source", "--where", "amount = 'x'")], ["4"])
        self.assertFalse((self.root / "out").exists())

    def test_malformed_records_are_there_with_their_reason(self):
        self.write("in/a.csv", "id,name\n1,a\n2,b,c\n")
        self.dataset()
        self.assertEqual([(row["id"], row["_malformed"], row["_raw_record"]) for row in self.rows("--source")],
                         [("1", None, None), (None, "too_many_fields", "2,b,c")])

    def test_the_first_rows_are_those_of_the_first_file(self):
        for name in "abc":
            self.write(f"in/{name}.csv", "id,x\n" + "".join(f"{name}{i},{'y' * 50}\n" for i in range(20000)))
        self.dataset()
        self.assertEqual([row["id"] for row in self.rows("--source")], [f"a{i}" for i in range(10)])
        self.assertEqual([row["id"] for row in self.rows("--source", "--where", "id LIKE '%19999'")], ["a19999", "b19999", "c19999"])

    def test_sources_of_several_formats_are_united_by_name(self):
        self.write("in/a.csv", "id,x\n1,7\n")
        self.write("in/b.json", '{"id": 2, "o": {"k": [1]}}\n')
        self.query(f"COPY (SELECT 3 AS id, DATE '2024-01-01' AS d) TO '{self.root}/in/c.parquet'")
        self.dataset({"source": None, "sources": [
            {"name": "one", "input_format": "csv", "path": "in/a.csv", "options": {"header": True}},
            {"name": "two", "input_format": "jsonl", "path": "in/b.json"}, {"name": "three", "input_format": "parquet", "path": "in/c.parquet"}]})
        self.assertEqual([(row["id"], row["x"], row["o"], row["d"]) for row in self.rows("--source", "-n", "0")],
                         [("1", "7", None, None), ("2", None, '{"k":[1]}', None), ("3", None, None, "2024-01-01")])

    def test_what_cannot_be_read_is_told_as_by_a_run(self):
        self.write("in/a.csv.gz", self.write_gzip("whole.gz", "id\n" * 9).read_bytes()[:-9])
        self.dataset({"source": {"path": "in/*.gz"}})
        self.assert_refused(self.show("--source", exit=3), "a.csv.gz")
        self.assert_refused(self.show("--source", "--set", "source.path=nothing.csv", exit=3), "no file matches")
        self.assert_refused(self.show("--source", "--run", "1", exit=2), "--run")


class Gold(Show):
    GOLD = {"output": {"gold": {"enabled": True, "database_config": "database.yml", "add_columns": [
        {"name": "cost", "value": "95.5", "type": "decimal"}]}}}

    def prepare_gold(self, change=None, run=True):
        self.write("in/a.csv", CSV)
        self.dataset_with_gold({"standardization": STANDARD, "quality": {"rules": RULES}, **self.GOLD, **(change or {})})
        return self.run_dataset().summary["run_id"] if run else None

    def test_the_rows_of_a_duckdb_file(self):
        run_id = self.prepare_gold()
        rows = self.rows("--gold", "--where", "cost > 95 AND id >= 3", "--columns", "id,cost,seen,_run_id")
        self.assertEqual(rows[0], {"id": 3, "cost": 95.5, "seen": "2024-01-15T10:00:00.5-05:00", "_run_id": run_id})
        self.assertEqual([row["id"] for row in rows], [3, 5])
        self.assertEqual(len(self.rows("--gold", "--run", run_id, "-n", "0")), 3)
        self.show("--gold", "-o", "rows.parquet")
        self.assertEqual(self.query("SELECT count(*) FROM 'rows.parquet'"), [(3,)])
        self.assertIn("-n 0", self.show("--gold", "-n", "2").err)

    def test_json_columns_are_json(self):
        self.write("in/a.json", '{"id":1,"o":{"b":[1,2]}}\n')
        self.write("s.json", {"type": "object", "properties": {"id": {"type": "integer"}, "o": {"type": "object"}}})
        self.write("database.yml", GOLD_DATABASE)
        self.dataset({"source": {"input_format": "jsonl", "path": "in/*.json", "options": None},
                      "schema": {"ref": "s.json", "mode": "strict"},
                      "output": {"gold": {"enabled": True, "database_config": "database.yml"}}})
        self.run_dataset()
        self.assertEqual(self.rows("--gold", "--columns", "o"), [{"o": {"b": [1, 2]}}])

    def test_a_table_that_people_have_changed(self):
        self.prepare_gold()
        with duckdb.connect(str(self.root / "warehouse.duckdb")) as connection:
            connection.execute("ALTER TABLE gold.demo ADD COLUMN own UUID DEFAULT '00000000-0000-0000-0000-000000000001'")
            connection.execute("ALTER TABLE gold.demo ADD COLUMN big HUGEINT DEFAULT 7")
        row = self.rows("--gold", "-n", "1")[0]
        self.assertEqual((row["own"], row["big"]), ("00000000-0000-0000-0000-000000000001", 7))

    def test_a_reader_that_waits_does_not_hold_the_file(self):
        self.prepare_gold()
        self.write("in/a.csv", CSV + "".join(f"{i},{'x' * 200},1,2024-01-01,\n" for i in range(10, 3000)))
        self.run_dataset()
        reader = self.start("show", "pipeline.yml", "--gold", "-n", "0", "--format", "csv")
        reader.stdout.readline()  # the pipe is full, and nobody reads on
        self.run_dataset()
        self.assertEqual(len(reader.stdout.read().splitlines()), 2993)
        self.assertEqual(reader.wait(timeout=60), 0)
        reader.stdout.close()
        reader.stderr.close()

    def test_what_is_not_there_yet_exits_2(self):
        self.prepare_gold(run=False)
        self.assert_refused(self.show("--gold", exit=2), "no gold table", "crisol run")
        self.assertFalse((self.root / "warehouse.duckdb").exists())
        self.write("other.yml", (self.root / "pipeline.yml").read_text().replace('"demo"', '"other"').replace("out/", "out2/"))
        self.run_dataset()
        self.assert_refused(self.show("--gold", exit=2, dataset="other.yml"), 'no gold table "gold.other"')

    def test_a_dataset_without_gold_exits_2(self):
        self.prepare()
        self.assert_refused(self.show("--gold", exit=2), "has no gold")

    def test_a_file_of_which_nothing_may_be_written_is_read(self):
        self.prepare_gold()
        self.show("--gold", "-n", "0")
        before = sorted(p.name for p in self.root.iterdir())
        os.chmod(self.root / "warehouse.duckdb", 0o444)
        self.assertEqual(len(self.rows("--gold")), 3)
        self.assertEqual(sorted(p.name for p in self.root.iterdir()), before)


class Interrupted(Show):
    def test_a_signal_ends_it_and_leaves_no_file(self):
        self.write("in/a.csv", "id,t\n" + "".join(f"{i},{'x' * 100}\n" for i in range(50000)))
        self.dataset()
        self.run_dataset()
        slow = " + ".join(f"length(sha2(repeat(t, {500 + i}), 512))" for i in range(16)) + " > 1"  # many seconds to the end
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            process = self.start("show", "pipeline.yml", "-n", "0", "-o", "rows.csv", "--where", slow)
            deadline = time.monotonic() + 60
            while not any(name.startswith(".rows") for name in os.listdir(self.root)) and time.monotonic() < deadline:
                time.sleep(0.02)
            process.send_signal(number)
            self.assertIn("interrupted", process.communicate(timeout=60)[1])
            self.assertEqual(process.returncode, code)
            self.assertEqual([name for name in os.listdir(self.root) if "rows" in name], [])


class Beside(Show):
    def test_rows_are_whole_while_runs_replace_them(self):
        self.write("in/a.csv", "id,p\n" + "".join(f"{i},{i % 10}\n" for i in range(1000)))
        self.dataset({"output": {"silver": {"partition_by": ["p"]}}})
        self.run_dataset()
        runs = subprocess.Popen(["bash", "-c", f"for i in 1 2 3; do '{CRISOL}' run pipeline.yml -q > /dev/null || exit 9; done"],
                                cwd=self.root, env=self.environment)
        while runs.poll() is None:
            self.assertEqual(len(self.rows("-n", "0", "--columns", "id")), 1000)
        self.assertEqual(runs.returncode, 0)


class Files(Show):
    def test_a_file_is_written_whole_in_the_form_of_its_ending(self):
        self.prepare()
        for name in ("rows.csv", "rows.json", "rows.parquet", "rows.txt"):
            answer = self.show("-o", name)
            self.assertEqual(answer.out, "")
            self.assertIn("3 rows", answer.err)
        self.assertEqual((self.root / "rows.csv").read_text().splitlines()[0], "id,name,amount,day,seen,_run_id,_ingestion_ts")
        self.assertEqual(len((self.root / "rows.json").read_text().splitlines()), 3)
        self.assertEqual(self.query("SELECT id, amount::VARCHAR, day::VARCHAR FROM 'rows.parquet' ORDER BY id")[0], (1, "10.50", "2024-01-15"))
        self.assertTrue((self.root / "rows.txt").read_text().startswith("id"))
        self.assertEqual([p for p in os.listdir(self.root) if p.startswith(".rows")], [])

    def test_a_file_that_is_there_is_replaced_only_by_whole_rows(self):
        self.prepare()
        self.write("rows.csv", "precious\n")
        self.show("--where", "nothing = 1", "-o", "rows.csv", exit=2)
        self.assertEqual((self.root / "rows.csv").read_text(), "precious\n")
        self.show("-o", "rows.csv")
        self.assertNotIn("precious", (self.root / "rows.csv").read_text())
        self.assertEqual([p for p in os.listdir(self.root) if p.startswith(".rows")], [])

    def test_a_directory_and_what_is_no_place_for_a_file_are_refused(self):
        self.prepare()
        self.assert_refused(self.show("-o", "out", exit=2), "directory")
        self.assert_refused(self.show("-o", "nowhere/rows.csv", exit=2), "no directory")
        self.assert_refused(self.show("-o", "", exit=2), "no file")
        self.assert_refused(self.show("-o", "s3://raw/rows.csv", exit=2), "local")
        self.assert_refused(self.show("--format", "parquet", exit=2), "-o")

    def test_a_link_and_a_device_stay_what_they_are(self):
        self.prepare()
        self.write("real.csv", "")
        os.symlink("real.csv", self.root / "link.csv")
        self.show("-o", "link.csv")
        self.assertTrue((self.root / "link.csv").is_symlink())
        self.assertIn("Ana", (self.root / "real.csv").read_text())
        self.show("-o", "/dev/null", "--format", "csv")
        self.assertFalse(os.path.isfile("/dev/null"))

    def test_a_full_device_is_an_error_of_the_environment(self):
        self.prepare()
        process = subprocess.run(["bash", "-c", f"'{CRISOL}' show pipeline.yml --format csv > /dev/full"], cwd=self.root,
                                 env=self.environment, capture_output=True, text=True)
        self.assertEqual(process.returncode, 3)
        self.assertIn("No space left", process.stderr)
        self.assert_refused(self.show("-o", "/dev/full", "--format", "csv", exit=3), "/dev/full", "No space left")

    def test_a_closed_pipe_ends_it_quietly(self):
        self.write("in/a.csv", "id,text\n" + "".join(f"{i},{'x' * 100}\n" for i in range(20000)))
        self.dataset()
        self.run_dataset()
        process = subprocess.run(["bash", "-c", f"'{CRISOL}' show pipeline.yml -n 0 --format csv | head -1; echo ${{PIPESTATUS[0]}}"],
                                 cwd=self.root, env=self.environment, capture_output=True, text=True)
        self.assertEqual(process.stdout.splitlines()[-1], "0", process.stderr)


if __name__ == "__main__":
    unittest.main()
