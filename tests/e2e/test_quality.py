"""Section quality: rules in Spark SQL, what each action does with a row, thresholds, the quarantine."""

from harness import Case, unittest


class Quality(Case):
    def rows(self, text, rules, exit=0, **quality):
        self.write("in/a.csv", text)
        self.dataset({"standardization": {"casts": [{"column": "x", "to": "integer", "on_error": "null"}]},
                      "quality": {"rules": rules, **quality}})
        return self.run_dataset(exit=exit)


class Rules(Quality):
    def test_only_true_passes_so_null_fails(self):
        answer = self.rows("id,x\n1,5\n2,-5\n3,\n", [{"name": "positive", "expr": "x > 0"}])
        self.assertEqual(answer.failed("positive"), 2)
        self.assertEqual(self.silver("id"), [("1",)])

    def test_on_null_pass_lets_null_pass(self):
        answer = self.rows("id,x\n1,5\n2,-5\n3,\n", [{"name": "positive", "expr": "x > 0", "on_null": "pass"}])
        self.assertEqual(answer.failed("positive"), 1)

    def test_the_first_failing_rule_that_does_not_warn_decides(self):
        rules = [{"name": "w", "expr": "x > 100", "on_fail": "warn"}, {"name": "d", "expr": "x > 1", "on_fail": "drop"},
                 {"name": "q", "expr": "x > 2", "on_fail": "quarantine"}]
        answer = self.rows("id,x\n1,1\n2,2\n3,3\n", rules)
        self.assertEqual((answer.rows["dropped"], answer.rows["quarantined"], answer.rows["warned"]), (1, 1, 1))
        self.assertEqual([answer.failed(n) for n in "wdq"], [3, 1, 2])
        self.assertEqual(self.quarantine("id, _failed_rules"), [("2", ["w", "q"])])

    def test_a_fail_rule_refuses_the_data_and_leaves_everything_as_it_was(self):
        self.rows("id,x\n1,1\n", [])
        before = self.snapshot()
        answer = self.rows("id,x\n1,1\n2,-2\n", [{"name": "positive", "expr": "x > 0", "on_fail": "fail"}], exit=1)
        self.assert_refused(answer, "positive", "1 of 2", "-2", "line 3")
        self.assertEqual(self.snapshot(), before)

    def test_max_failed_is_a_count_or_a_share_of_the_rows(self):
        text = "id,x\n1,1\n2,2\n3,-3\n4,-4\n"
        for allowed, exit in ((1, 1), (2, 0), ("40%", 1), ("50%", 0)):
            with self.subTest(max_failed=allowed):
                self.rows(text, [{"name": "positive", "expr": "x > 0", "on_fail": "warn", "max_failed": allowed}], exit=exit)

    def test_max_rejected_counts_all_rejected_rows(self):
        text = "id,x\n1,1\n2,-2\n3\n"
        rules = [{"name": "positive", "expr": "x > 0", "on_fail": "drop"}]
        self.rows(text, rules, max_rejected="70%")
        answer = self.rows(text, rules, exit=1, max_rejected=1)
        self.assert_refused(answer, "max_rejected")

    def test_a_rule_that_fails_on_every_row_raises_an_alert_with_a_sample(self):
        answer = self.rows("id,x\nabc,1\n", [{"name": "digits", "expr": "id RLIKE '^[0-9]+$'"}])
        alert = answer.alerts("rule_fails_everywhere")[0]
        self.assertIn("^[0-9]+$", alert)
        self.assertIn("abc", alert)
        self.assertEqual(len(answer.alerts("no_row_passed")), 1)

    def test_fail_on_alert_refuses_the_data(self):
        self.write("in/a.csv", "id\nabc\n")
        self.dataset({"quality": {"rules": [{"name": "digits", "expr": "id RLIKE '^[0-9]+$'"}]}})
        self.assert_refused(self.run_dataset("--fail-on-alert", exit=1), "--fail-on-alert", "digits")
        self.assertEqual(self.files_below("out"), [])

    def test_rules_come_from_their_own_file_too(self):
        self.write("rules.yml", {"rules": [{"name": "positive", "expr": "x > 0"}]})
        self.write("in/a.csv", "id,x\n1,1\n2,-2\n")
        self.dataset({"standardization": {"casts": [{"column": "x", "to": "integer"}]},
                      "quality": {"expectations_ref": "rules.yml"}})
        self.assertEqual(self.run_dataset().failed("positive"), 1)

    def test_a_regular_expression_that_backtracks_for_ever_ends_with_rule_and_value_named(self):
        answer = self.rows("id,x\n" + "a" * 60 + "!,1\n", [{"name": "slow", "expr": "id RLIKE '^(a+)+$'"}], exit=1)
        self.assert_refused(answer, '"^(a+)+$"', "aaaa", 'in rule "slow"')
        self.assertNotIn("REGEX_LIMIT", answer.err)

    def test_sixty_five_rules_are_all_counted(self):
        rules = [{"name": f"r{n}", "expr": f"x <> {n}", "on_fail": "warn"} for n in range(65)]
        answer = self.rows("id,x\n1,64\n2,0\n", rules)
        self.assertEqual((answer.failed("r0"), answer.failed("r63"), answer.failed("r64")), (1, 0, 1))
        self.assertEqual(answer.rows["warned"], 2)


class Quarantine(Quality):
    def test_values_are_as_read_with_the_technical_columns(self):
        self.rows('id,x\n1," 7.9 "\n', [{"name": "never", "expr": "x > 100"}])
        answer = self.table("out/quarantine", "id, x, _failed_rules, _source_file, _source_line")
        self.assertEqual(answer, [("1", " 7.9 ", ["never"], "in/a.csv", 2)])
        names = [row[0] for row in self.query(f"DESCRIBE SELECT * FROM '{self.root}/out/quarantine/*/*.parquet'")]
        self.assertEqual(names, ["id", "x", "_failed_rules", "_run_id", "_ingestion_ts", "_source_file", "_source_line",
                                 "_source_offset", "_raw_record", "_raw_length", "_raw_form", "_raw_cut",
                                 "_source_header", "run_id"])

    def test_each_run_has_its_own_directory_that_later_ones_leave_alone(self):
        rules = [{"name": "never", "expr": "x > 100"}]
        first = self.rows("id,x\n1,1\n", rules).summary["run_id"]
        before = self.snapshot()
        second = self.rows("id,x\n1,1\n2,2\n", rules).summary["run_id"]
        directories = {f.split("/")[0] for f in self.files_below("out/quarantine")}
        self.assertEqual(directories, {f"run_id={first}", f"run_id={second}"})
        after = self.snapshot()
        for path, content in before.items():
            if "quarantine" in path:
                self.assertEqual(after[path], content)

    def test_a_long_malformed_record_is_cut_at_one_mebibyte_and_its_length_kept(self):
        record = "x" * (3 << 19)
        self.rows(f"id,x\n1,2,{record}\n", [])
        rows = self.quarantine("strlen(_raw_record), _raw_length")
        self.assertEqual(rows, [(1 << 20, len(record) + 4)])


class RowCount(Quality):
    def test_a_count_under_half_or_over_twice_the_median_of_five_runs_raises_an_alert(self):
        def text(n):
            return "id,x\n" + "".join(f"{i},1\n" for i in range(n))
        for _ in range(5):
            self.assertEqual(self.rows(text(10), []).alerts("row_count"), [])
        self.assertEqual(len(self.rows(text(21), []).alerts("row_count")), 1)
        self.assertEqual(len(self.rows(text(4), []).alerts("row_count")), 1)


if __name__ == "__main__":
    unittest.main()
