"""`run --samples`: rows of each failing rule in the summary of a run."""

from harness import Case, unittest

RULES = [{"name": "ordered", "expr": "first <= last"}, {"name": "positive", "expr": "n > 0", "on_fail": "warn"}, {"name": "fine", "expr": "true"}]


class Samples(Case):
    def prepare(self, change=None):
        self.write("in/a.csv", "id,first,last,n\n" + "".join(f"{i},{9 if i % 2 else 1},5,{i - 3}\n" for i in range(12)) + "12,9,x,1\n")
        self.dataset({"standardization": {"casts": [{"column": c, "to": "int", "on_error": "null"} for c in ("first", "last", "n")]},
                      "quality": {"rules": RULES}, **(change or {})})

    def lines(self, *arguments):
        out = self.crisol("run", "pipeline.yml", *arguments).out
        rules = out.split("rules ")[1].split("\n\n")[0].splitlines()[1:]
        return [line.strip() for line in rules]

    def test_three_rows_of_each_failing_rule_with_values_and_places(self):
        self.prepare()
        self.assertEqual([line for line in self.lines() if "a.csv" in line], [
            "first '9', last '5'  a.csv:3", "first '9', last '5'  a.csv:5", "first '9', last '5'  a.csv:7",
            "n '-3'  a.csv, byte 16", "n '-2'  a.csv:3", "n '-1'  a.csv, byte 34"])

    def test_as_many_as_are_asked_for(self):
        self.prepare()
        for samples, shown in (("0", 0), ("1", 2), ("5", 9), ("1000", 11)):
            self.assertEqual(len([line for line in self.lines("--samples", samples) if "a.csv" in line]), shown)
        for wrong in ("-1", "x", "", "1001", "1.5"):
            self.assert_refused(self.crisol("run", "pipeline.yml", "--samples", wrong, exit=2), "--samples")

    def test_what_a_cast_made_null_is_shown_as_it_was_read(self):
        self.prepare()
        self.assertIn("first '9', last 'x'  a.csv:14", self.lines("--samples", "100"))

    def test_rows_that_a_cast_has_quarantined_are_not_judged_and_not_shown(self):
        cast = {"column": "n", "to": "int", "on_error": "quarantine"}
        self.write("in/a.csv", "id,n\n1,-1\n2,x\n3,1\n")
        for on_fail in ("quarantine", "warn", "drop"):
            rule = {"name": "positive", "expr": "n > 0", "on_fail": on_fail}
            self.dataset({"standardization": {"casts": [cast]}, "quality": {"rules": [rule]}})
            rules = self.run_dataset("--samples", "9").summary["rules"]
            self.assertEqual((rules[0]["failed"], [row["values"]["n"] for row in rules[0]["samples"]]), (1, ["-1"]))

    def test_json_has_them_where_they_are_asked_for(self):
        self.prepare()
        self.assertEqual(self.run_dataset().summary["rules"][0], {"name": "ordered", "on_fail": "quarantine", "failed": 7})
        rules = self.run_dataset("--samples", "2").summary["rules"]
        self.assertEqual(rules[0]["samples"][0], {"values": {"first": "9", "last": "5"}, "file": "in/a.csv", "line": 3, "position": 25})
        self.assertEqual([len(rule["samples"]) for rule in rules], [2, 2, 0])

    def test_the_metadata_keep_none(self):
        self.prepare()
        run_id = self.run_dataset("--samples", "2").summary["run_id"]
        self.assertNotIn("samples", self.crisol("runs", run_id, "--json").out)

    def test_private_values_are_masked_and_others_are_not(self):
        self.prepare({"private": ["first"]})
        self.assertIn("first '***', last '5'  a.csv:3", self.lines())
        self.assertEqual(self.run_dataset("--samples", "1").summary["rules"][0]["samples"][0]["values"], {"first": "***", "last": "5"})

    def test_a_rule_that_reads_no_column_has_places(self):
        self.prepare({"quality": {"rules": [{"name": "none", "expr": "false"}]}})
        self.assertIn("a.csv:2", self.lines())

    def test_rows_of_parquet_have_numbers(self):
        self.query(f"COPY (SELECT 1 AS n UNION ALL SELECT -1) TO '{self.root}/a.parquet'")
        self.dataset({"source": {"input_format": "parquet", "path": "a.parquet", "options": None},
                      "quality": {"rules": [{"name": "positive", "expr": "n > 0"}]}})
        self.assertIn("n '-1'  a.parquet, row 2", self.lines())

    def test_hostile_values_are_made_visible(self):
        self.write("in/a.csv", "id,x\n1,\x1b[31m\u202eevil\n")
        self.dataset({"quality": {"rules": [{"name": "none", "expr": "x = 'y'"}]}})
        self.assertIn("x '\\x1b[31m\\u202eevil'  a.csv:2", self.lines())


if __name__ == "__main__":
    unittest.main()
