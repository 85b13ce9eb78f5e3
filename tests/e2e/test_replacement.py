"""What a run may replace: partitions that tell dates apart, filled lakes and tables, partitions of earlier files."""

import os

import duckdb

from harness import Case, merged, unittest

DERIVED = {"standardization": {"casts": [{"column": "at", "to": "timestamp"}]},
           "output": {"silver": {"mode": "overwrite_dynamic", "partition_from": "at"}}}


class Schemes(Case):
    def check(self, by, mode="overwrite_dynamic", exit=0, header="id,at"):
        self.write("in/a.csv", f"{header}\n1,2024-06-01 00:00:00{',7' * header.count('x')}\n")
        self.dataset(merged(DERIVED, {"output": {"silver": {"mode": mode, "partition_by": by}}}))
        return self.crisol("check", "pipeline.yml", exit=exit)

    def test_parts_of_a_date_that_merge_what_is_apart_are_refused_under_overwrite_dynamic(self):
        cases = [(["month"], "month without year", "[year, month]"), (["day"], "day without year", "[year, month, day]"),
                 (["month", "day"], "month without year", "[year, month, day]"),
                 (["year", "day"], "day without month", "[year, month, day]"),
                 (["hour"], "hour without year", "[year, month, day, hour]"),
                 (["year", "month", "hour"], "hour without day", "[year, month, day, hour]"),
                 (["id", "month"], "month without year", "[id, year, month]")]
        for by, found, mended in cases:
            with self.subTest(by=by):
                answer = self.check(by, exit=2).out
                self.assertIn(found, answer)
                self.assertIn(mended, answer)
                self.assert_refused(self.run_dataset(exit=2), found)
                self.assertIn("warning", self.check(by, mode="append").out)
                self.assertIn(found, self.check(by, mode="overwrite").out)

    def test_parts_that_tell_dates_apart_are_not(self):
        for by in (["year"], ["year", "month"], ["year", "month", "day"], ["year", "month", "day", "hour"], ["date"],
                   ["date", "hour"], ["month", "date"], ["id", "date"], ["year", "id", "month"]):
            with self.subTest(by=by):
                self.assertNotIn("without", self.check(by).out)

    def test_a_column_of_the_source_that_bears_such_a_name_is_none(self):
        self.write("in/a.csv", "id,month\n1,2024-06\n")
        self.dataset({"output": {"silver": {"mode": "overwrite_dynamic", "partition_by": ["month"]}}})
        self.assertNotIn("without", self.crisol("check", "pipeline.yml").out)


class Empty(Case):
    """A delivery of which nothing passes must not replace what stands."""

    GOOD = "id,at\n" + "".join(f"{i},2024-06-0{1 + i % 3} 00:00:00\n" for i in range(1, 7))
    BAD = GOOD.replace("2024-06-0", "06/2024/0")
    CAST = {"standardization": {"casts": [{"column": "at", "to": "timestamp", "on_error": "quarantine"}]}}

    def begin(self, silver="overwrite", gold=None, change=None, by=("date",)):
        self.write("in/a.csv", self.GOOD)
        self.change = merged(self.CAST, {"output": {"silver": {"mode": silver, "partition_by": list(by), **(
            {"partition_from": "at"} if by else {})}}})
        self.change = merged(self.change, change or {})
        if gold is not None:
            self.change = merged(self.change, {"output": {"gold": {"mode": gold, **({"key": ["id"]} if gold == "upsert" else {})}}})
        self.configure = self.dataset_with_gold if gold is not None else self.dataset
        self.configure(self.change)
        self.run_dataset()

    def refused(self, summary):
        root = self.root / ".crisol/refused" / summary["run_id"]
        self.assertEqual(summary["quarantine"], {"path": str(root), "files": 1})
        self.assertEqual([p.name for p in root.parent.iterdir() if p.name.startswith(".")], [])
        return self.query("SELECT id, \"at\", _failed_rules, _source_line FROM read_parquet(?) ORDER BY id", str(root / "*.parquet"))

    def test_every_mode_of_silver_and_gold_refuses_or_adds(self):
        for silver in ("overwrite", "overwrite_dynamic", "append"):
            for gold in (None, "follow", "append", "overwrite", "upsert"):
                with self.subTest(silver=silver, gold=gold):
                    change = {"id": f"{silver}_{gold}", "output": {"silver": {"path": f"out/{silver}/{gold}"}}}
                    self.begin(silver, gold, change)
                    before = self.snapshot()
                    self.write("in/a.csv", self.BAD)
                    replaces = silver != "append" or gold == "overwrite"
                    answer = self.run_dataset(exit=1 if replaces else 0)
                    if not replaces:
                        self.assertEqual(answer.rows["quarantined"], 6)
                        continue
                    self.assertEqual(self.snapshot(), before)
                    self.assert_refused(answer, "allow_empty", ".crisol/refused")
                    rows = self.refused(answer.summary)
                    self.assertEqual(len(rows), 6)
                    self.assertEqual(rows[0], ("1", "06/2024/02 00:00:00", ["cast:at:timestamp"], 2))
                    self.assertEqual(self.files_below(f"out/quarantine/run_id={answer.summary['run_id']}"), [])
                    if gold is not None:
                        self.assertEqual(self.gold_count(f"{silver}_{gold}"), 6)
                    allowed = self.run_dataset("--set", "output.allow_empty=true")
                    self.assertEqual((allowed.rows["silver"], allowed.rows["gold"]), (0, 0))
                    self.assertEqual(len(allowed.alerts("rows_shrink")), 1 if silver == "overwrite" else 0)

    def gold_count(self, table):
        with duckdb.connect(str(self.root / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(f'SELECT count(*) FROM gold."{table}"').fetchone()[0]

    def test_whatever_leaves_nothing_refuses(self):
        rule = lambda on_fail: {"quality": {"rules": [{"name": "none", "expr": "id > 100", "on_fail": on_fail}]}}
        ways = [("a drop", rule("drop"), 6), ("a rule", rule("quarantine"), 6),
                ("a schema", {"schema": {"ref": "schema.json", "mode": "strict"}}, 6),
                ("business rules", {"output": {"gold": {"business_rules": [{"condition": "id > 100"}]}}}, 0)]
        self.write("schema.json", {"type": "object", "properties": {"id": {"type": "string", "pattern": "^x"}}})
        for n, (name, way, n_rejects) in enumerate(ways):
            with self.subTest(way=name):
                change = {"id": f"t{n}", "output": {"silver": {"path": f"out/{n}"}}}
                self.begin("overwrite_dynamic", "follow", change, ("date",) if n % 2 == 0 else ())
                before = self.snapshot()
                self.configure(merged(self.change, way))
                answer = self.run_dataset(exit=1)
                self.assert_refused(answer, "allow_empty", "business rules" if n_rejects == 0 else "lake")
                self.assertEqual(self.snapshot(), before)
                self.assertEqual(self.gold_count(f"t{n}"), 6)
                if n_rejects > 0:
                    self.assertEqual(len(self.refused(answer.summary)), n_rejects)

    def test_a_first_run_and_an_empty_lake_are_not_concerned(self):
        self.write("in/a.csv", self.BAD)
        self.dataset_with_gold(merged(self.CAST, {"output": {"silver": {"mode": "overwrite"}}}))
        for _ in range(2):
            self.assertEqual(self.run_dataset().rows["passed"], 0)

    def test_an_empty_input_that_is_let_in_must_be_let_replace_too(self):
        self.begin(change={"source": {"allow_empty": True}})
        self.write("in/a.csv", "id,at\n")
        self.assert_refused(self.run_dataset(exit=1), "output.allow_empty")
        self.assertEqual(len(self.silver("id")), 6)
        self.assertEqual(self.run_dataset("--set", "output.allow_empty=true").rows["silver"], 0)
        self.assertEqual(self.files_below("out/silver"), [])

    def test_less_than_half_of_a_partition_is_an_alert(self):
        for mode in ("overwrite", "overwrite_dynamic"):
            with self.subTest(mode=mode):
                self.begin(mode, change={"id": mode, "output": {"silver": {"path": f"out/{mode}"}}}, by=("date",))
                self.write("in/a.csv", self.GOOD)
                self.assertEqual(self.run_dataset().alerts("rows_shrink"), [])
                lines = self.GOOD.splitlines()
                self.write("in/a.csv", "\n".join(lines[:4] if mode == "overwrite_dynamic" else lines[:3]) + "\n")
                half = self.run_dataset()
                self.assertEqual(len(half.alerts("rows_shrink")), 0 if mode == "overwrite_dynamic" else 1)
                self.write("in/a.csv", self.GOOD + "9,2024-06-01 00:00:00\n" * 5)
                self.run_dataset()
                self.write("in/a.csv", self.GOOD)
                alert = self.run_dataset().alerts("rows_shrink")
                self.assertEqual(len(alert), 1 if mode == "overwrite_dynamic" else 0, alert)
                if alert:
                    self.assertIn("date=2024-06-01", alert[0])
                self.write("in/a.csv", self.GOOD + "9,2024-06-01 00:00:00\n" * 20)
                self.run_dataset()
                self.write("in/a.csv", self.GOOD)
                self.assert_refused(self.run_dataset("--fail-on-alert", exit=1), "less than half")

    def test_a_lake_that_cannot_be_counted_may_be_replaced_but_not_by_nothing(self):
        self.begin()
        next((self.root / "out/silver").rglob("*.parquet")).write_bytes(b"none")
        self.write("in/b.csv", self.BAD)
        answer = self.run_dataset()
        self.assertIn("could not count", answer.err)
        next((self.root / "out/silver").rglob("*.parquet")).write_bytes(b"none")
        self.write("in/a.csv", self.BAD)
        self.assert_refused(self.run_dataset(exit=1), "allow_empty")


class Rejects(Case):
    """Whatever refuses the data, its rejects are kept, and only they."""

    def test_every_refusal_keeps_what_it_knows(self):
        self.write("in/a.csv", "id,n\n1,a\n2,x\n3\n4,7\n")
        cast = lambda on_error: {"standardization": {"casts": [{"column": "n", "to": "int", "on_error": on_error}]}}
        rule = lambda **rest: {"quality": {"rules": [{"name": "r", "expr": "id > 3", **rest}]}}
        ways = [("fail rule", rule(on_fail="fail"), [("1", ["r"]), ("2", ["r"]), (None, ["malformed:too_few_fields"])]),
                ("max_failed", rule(max_failed=1), [("1", ["r"]), ("2", ["r"]), (None, ["malformed:too_few_fields"])]),
                ("max_failed of a drop", rule(on_fail="drop", max_failed=1),
                 [("1", ["r"]), ("2", ["r"]), (None, ["malformed:too_few_fields"])]),
                ("max_rejected", merged(cast("quarantine"), {"quality": {"max_rejected": "10%"}}),
                 [("1", ["cast:n:int"]), ("2", ["cast:n:int"]), (None, ["malformed:too_few_fields"])]),
                ("fail cast", cast("fail"),
                 [("1", ["cast:n:int"]), ("2", ["cast:n:int"]), (None, ["malformed:too_few_fields"])]),
                ("FAILFAST", {"source": {"options": {"mode": "FAILFAST"}}}, [(None, ["malformed:too_few_fields"])])]
        for name, way, expected in ways:
            with self.subTest(way=name):
                self.dataset(merged(way, {"id": name}))
                answer = self.run_dataset(exit=1)
                directory = self.root / ".crisol/refused" / answer.summary["run_id"]
                self.assertIn(str(directory), answer.err)
                found = self.query("SELECT id, _failed_rules FROM read_parquet(?) ORDER BY _source_line",
                                   str(directory / "*.parquet"))
                self.assertEqual([(i, r) for i, r in found], expected)
                self.assertFalse((self.root / "out/silver").exists())

    def test_nothing_is_kept_where_nothing_was_rejected_or_read(self):
        self.write("in/a.csv", "id\n")
        self.dataset()
        self.run_dataset(exit=1)
        self.assertFalse((self.root / ".crisol/refused").exists() and any((self.root / ".crisol/refused").iterdir()))


class Months(Case):
    """incremental with overwrite_dynamic: the rows of files that a run does not read are not replaced."""

    def begin(self, gold=False, **change):
        configure = self.dataset_with_gold if gold else self.dataset
        configure(merged(DERIVED, {"source": {"incremental": True}, "output": {"silver": {"partition_by": ["year", "month"]}},
                                   **change}))
        self.deliver("a", "2024-06-01")

    def deliver(self, name, *days):
        self.write(f"in/{name}.csv", "id,at\n" + "".join(f"{name}{i},{day} 00:00:00\n" for i, day in enumerate(days)))

    def ids(self):
        return [row[0] for row in self.silver("id")]

    def test_a_month_of_two_daily_files_is_not_replaced_by_the_second(self):
        for gold in (False, True):
            with self.subTest(gold=gold):
                self.begin(gold, id=f"gold{gold}")
                first = self.run_dataset().summary["run_id"]
                self.deliver("b", "2024-06-02")
                before = self.snapshot()
                answer = self.run_dataset(exit=1)
                self.assert_refused(answer, "--all", "month=06", "in/a.csv", first)
                self.assertEqual(self.snapshot(), before)
                self.assertEqual(self.run_dataset("--all").rows["silver"], 2)
                self.assertEqual(self.ids(), ["a0", "b0"])
                os.remove(self.root / "in/b.csv")

    def test_a_month_of_its_own_is_taken(self):
        self.begin()
        self.run_dataset()
        self.deliver("b", "2024-07-01")
        self.assertEqual(self.run_dataset().rows["silver"], 1)
        self.assertEqual(self.ids(), ["a0", "b0"])

    def test_a_changed_file_replaces_its_own_months(self):
        self.begin(source={"incremental": True, "on_changed": "append"})
        self.deliver("b", "2024-07-01", "2024-08-01")
        self.deliver("c", "2024-08-02")
        self.run_dataset()
        self.deliver("a", "2024-06-01", "2024-06-05")
        self.assertEqual(self.run_dataset().rows["silver"], 2)  # run 1 read three files: only a's rows are in June
        self.deliver("b", "2024-07-01", "2024-08-01", "2024-07-03")
        self.assert_refused(self.run_dataset(exit=1), "month=08", "in/c.csv", "--all")
        self.assertEqual(self.ids(), ["a0", "a1", "b0", "b1", "c0"])

    def test_files_that_have_left_the_folder_are_not_forgotten(self):
        self.begin()
        self.run_dataset()
        os.remove(self.root / "in/a.csv")
        self.deliver("b", "2024-06-02")
        self.assert_refused(self.run_dataset(exit=1), "in/a.csv", "--all")

    def test_rows_that_another_program_has_written_are_not_replaced(self):
        self.begin()
        self.run_dataset()
        (self.root / "out/silver/year=2024/month=07").mkdir(parents=True)
        self.query(f"COPY (SELECT 'x' AS id) TO '{self.root}/out/silver/year=2024/month=07/other.parquet'")
        self.deliver("b", "2024-07-02")
        self.assert_refused(self.run_dataset("--set", "output.silver.merge_schema=true", exit=1), "other.parquet", "--all")

    def test_a_ledger_that_does_not_know_which_inputs_takes_all_of_the_run(self):
        self.begin(source={"incremental": True, "on_changed": "append"})
        self.deliver("b", "2024-07-01")
        self.run_dataset()
        with duckdb.connect(str(self.root / ".crisol/ledger.duckdb")) as connection:
            connection.execute("UPDATE metadata.run_files SET inputs = NULL")
        self.deliver("a", "2024-06-01", "2024-06-05")
        self.assert_refused(self.run_dataset(exit=1), "in/b.csv")

    def test_what_would_replace_all_is_refused_before(self):
        for silver, gold, found in (({"mode": "overwrite"}, None, "silver.mode: overwrite "),
                                    ({"mode": "overwrite_dynamic", "partition_by": []}, None, "without partitions"),
                                    ({"mode": "append"}, {"mode": "overwrite"}, "gold.mode: overwrite ")):
            with self.subTest(found=found):
                self.write("in/a.csv", "id\n1\n")
                change = {"source": {"incremental": True}, "output": {"silver": silver}}
                (self.dataset if gold is None else self.dataset_with_gold)(
                    merged(change, {} if gold is None else {"output": {"gold": gold}}))
                self.assert_refused(self.run_dataset(exit=2), found)


if __name__ == "__main__":
    unittest.main()
