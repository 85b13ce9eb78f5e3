"""Use case 2 of the seed: as written its UUID pattern refuses every row; with that mended every planted error is found."""

import shutil

from harness import Case, ROOT, planted, unittest

SEED = "config/datasets/casos_uso/multi_format_extreme.yml"
PLACES = ("config/env.yml", "config/database.yml", "development")
ROWS = 12000


class Events(Case):
    def setUp(self):
        super().setUp()
        shutil.copytree(ROOT / "examples/seed/config", self.root / "config")
        answer = self.crisol("generate", "events", "lake/raw/casos-uso/multi-format", "--rows", ROWS, "--files", 3, "--json")
        self.planted = planted(answer.out)["errors"]

    def mend_the_pattern(self):
        path = self.root / "config/datasets/casos_uso/multi_format_extreme_expectations.yml"
        rules = path.read_text(encoding="utf-8")
        four_groups = "^[A-Z0-9]{8}-[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{12}$"
        self.assertIn(four_groups, rules)
        path.write_text(rules.replace(four_groups, "^[A-Z0-9]{8}(-[A-Z0-9]{4}){3}-[A-Z0-9]{12}$"), encoding="utf-8")

    def test_as_written_every_row_is_quarantined_and_an_alert_says_why(self):
        answer = self.run_dataset(*PLACES, dataset=SEED)
        self.assertEqual(answer.rows["quarantined"], ROWS)
        self.assertEqual(answer.rows["silver"], 0)
        alert = next(a for a in answer.alerts() if "record_id_uuid_format" in a)
        self.assertIn("[A-Z0-9]{8}-[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{12}", alert)
        sample = self.table("lake/raw/quarantine", "min(record_id)")[0][0]
        self.assertRegex(alert, r"[A-F0-9]{8}-[A-F0-9]{4}-[A-F0-9]{4}-[A-F0-9]{4}-[A-F0-9]{12}")
        self.assertEqual(len(sample.split("-")), 2 if sample.startswith("INVALID") else 5)
        self.assertIn("no_row_passed", [a["kind"] for a in answer.summary["alerts"]])
        self.assertEqual(self.gold("SELECT count(*) FROM gold.multi_format_extreme", "lake/warehouse.duckdb"), [(0,)])

    def test_with_the_pattern_mended_every_planted_error_ends_where_its_rule_says(self):
        self.mend_the_pattern()
        answer = self.run_dataset(*PLACES, dataset=SEED)
        rows, errors = answer.rows, self.planted
        self.assertEqual(rows["read"], ROWS)
        self.assertEqual(rows["quarantined"], errors["invalid_id"])
        self.assertEqual(rows["dropped"], errors["spam_action"] + errors["negative_duration"] + errors["excessive_page_views"])
        self.assertEqual(answer.failed("no_spam_actions"), errors["spam_action"])
        self.assertEqual(answer.failed("session_duration_logical"), errors["negative_duration"])
        self.assertEqual(answer.failed("page_views_logical"), errors["excessive_page_views"])
        customers = self.table("lake/silver/multi-format-extreme", "count(*)", where="customer_id LIKE 'INV%'", order="ALL")
        self.assertEqual(customers, [(errors["invalid_user_id"],)], "INV-123 breaks no rule")

    def test_nested_values_keep_their_structure(self):
        self.mend_the_pattern()
        self.run_dataset(*PLACES, dataset=SEED)
        files = [str(self.root / "lake/silver/multi-format-extreme" / f)
                 for f in self.files_below("lake/silver/multi-format-extreme")]
        types = {row[0]: row[1] for row in self.query("DESCRIBE SELECT * FROM read_parquet(?)", files)}
        self.assertTrue(types["geo_location"].startswith("STRUCT("), types["geo_location"])
        self.assertEqual(types["event_metadata"], "MAP(VARCHAR, VARCHAR)")

    def test_append_adds_again_and_names_the_earlier_run(self):
        self.mend_the_pattern()
        first = self.run_dataset(*PLACES, dataset=SEED)
        second = self.run_dataset(*PLACES, dataset=SEED)
        self.assertIn(first.summary["run_id"], second.err)
        count = self.table("lake/silver/multi-format-extreme", "count(*)")[0][0]
        self.assertEqual(count, 2 * first.rows["silver"])
        gold = self.gold("SELECT count(*) FROM gold.multi_format_extreme", "lake/warehouse.duckdb")[0][0]
        self.assertEqual(gold, 2 * first.rows["gold"])


if __name__ == "__main__":
    unittest.main()
