"""Use case 1 of the seed, as written: every planted error ends where the contract says."""

import csv
import shutil

from harness import Case, ROOT, planted, unittest

DATASET = "config/datasets/casos_uso/payments_high_volume.yml"
PLACES = ("config/env.yml", "config/database.yml", "development")
RAW = "lake/raw/casos-uso/payments-high-volume"
ROWS = 60000


class Payments(Case):
    """One generated input and two runs of it, looked at from all sides."""

    def setUp(self):
        super().setUp()
        shutil.copytree(ROOT / "examples/seed/config", self.root / "config")

    def generate(self, *options):
        answer = self.crisol("generate", "payments", RAW, "--rows", ROWS, "--files", 4, "--json", *options)
        return planted(answer.out)

    def run_payments(self, **options):
        return self.run_dataset(*PLACES, dataset=DATASET, **options)

    def raw(self):
        for path in sorted((self.root / RAW).glob("*.csv")):
            with open(path, newline="", encoding="utf-8") as file:
                yield from csv.DictReader(file)

    def test_every_planted_error_is_counted_where_it_ends(self):
        made = self.generate()
        answer = self.run_payments()
        rows, errors = answer.rows, made["errors"]
        quarantined = ("invalid_payment_id", "invalid_customer_id", "negative_amount", "invalid_merchant_id")
        self.assertEqual(rows["read"], ROWS)
        self.assertEqual(rows["malformed"], 0)
        self.assertEqual(rows["duplicates"], 0)
        self.assertEqual(rows["quarantined"], sum(errors[kind] for kind in quarantined))
        self.assertEqual(rows["dropped"], errors["invalid_currency"])
        self.assertEqual(rows["warned"], errors["future_date"])
        reasons = dict(self.table("lake/raw/quarantine", "_failed_rules[1] AS reason, count(*)", order="ALL",
                                  where="TRUE GROUP BY ALL"))
        self.assertEqual(sorted(reasons.values()), sorted(errors[kind] for kind in quarantined))
        self.assertAlmostEqual(rows["gold"] / rows["passed"], 0.6, delta=0.02)

    def test_planted_duplicates_are_removed_and_the_latest_row_stays(self):
        made = self.generate("--duplicates", "0.05", "--errors", "0")
        answer = self.run_payments()
        self.assertGreater(made["duplicates"], 0)
        self.assertEqual(answer.rows["duplicates"], made["duplicates"])
        latest = {}
        for row in self.raw():
            key = (row["Payment ID"], row["Customer ID"])
            if key not in latest or row["Last Updated"] > latest[key]:
                latest[key] = row["Last Updated"]
        kept = self.table("lake/silver/payments-high-volume",
                          "payment_id, customer_id, strftime(updated_at - INTERVAL 5 HOUR, '%Y-%m-%d %H:%M:%S')")
        self.assertTrue({(a, b): c for a, b, c in kept} == latest, "another row of a key was kept")

    def test_a_second_run_leaves_the_same_rows(self):
        self.generate("--duplicates", "0.02")
        silver = ("lake/silver/payments-high-volume", "* EXCLUDE (_run_id, _ingestion_ts)")
        gold = ("SELECT * EXCLUDE (processed_at, batch_id) FROM gold.payments_high_volume ORDER BY ALL", "lake/warehouse.duckdb")
        first = self.run_payments().rows
        before = self.table(*silver), self.gold(*gold)
        second = self.run_payments().rows
        self.assertEqual(first, second)
        self.assertTrue((self.table(*silver), self.gold(*gold)) == before, "the rows differ")

    def test_silver_has_a_directory_a_month_in_the_dataset_s_zone(self):
        self.generate()
        self.run_payments()
        months = {f.rsplit("/", 1)[0] for f in self.files_below("lake/silver/payments-high-volume")}
        for month in months:
            self.assertRegex(month, r"^year=\d{4}/month=\d{2}$")
        self.assertEqual(len(months), len(self.files_below("lake/silver/payments-high-volume")))
        expected = set()
        rejected = {row[0] for row in self.table("lake/raw/quarantine", "payment_id")}
        for row in self.raw():
            if row["Payment ID"] not in rejected and row["Payment Currency"] != "INVALID":
                expected.add("year=%s/month=%s" % (row["Payment Date"][:4], row["Payment Date"][5:7]))
        self.assertEqual(months, expected)

    def test_gold_is_made_from_the_schema_and_the_casts(self):
        self.generate()
        self.run_payments()
        columns = dict(self.gold("SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = 'gold' AND "
                                 "table_name = 'payments_high_volume'", "lake/warehouse.duckdb"))
        self.assertEqual(columns["amount"], "DECIMAL(18,2)")
        self.assertEqual(columns["payment_date"], "TIMESTAMP WITH TIME ZONE")
        self.assertNotIn("_run_id", columns)
        self.assertIn("processed_at", columns)

    def test_past_the_memory_limit_the_engine_spills_and_the_rows_are_the_same(self):
        self.crisol("generate", "payments", RAW, "--rows", 400000, "--files", 4)
        plenty = self.run_payments().rows
        with open(self.root / "config/env.yml", "a", encoding="utf-8") as env:
            env.write("\nduckdb:\n  memory_limit: 100MB\n  temp_directory: spill/here\n")
        self.assertEqual(self.run_payments().rows, plenty)
        self.assertEqual(list((self.root / "spill/here").iterdir()), [], "what was spilled is removed")

    def test_the_metadata_tells_of_both_runs(self):
        self.generate()
        first = self.run_payments().summary
        second = self.run_payments().summary
        rows = self.gold("SELECT execution_id, dataset_name, status, engine FROM metadata.pipeline_executions "
                         "ORDER BY started_at", "lake/warehouse.duckdb")
        self.assertEqual(rows, [(first["run_id"], "payments_high_volume", "completed", "duckdb"),
                                (second["run_id"], "payments_high_volume", "completed", "duckdb")])
        self.assertEqual(self.gold("SELECT count(*) FROM metadata.dataset_versions", "lake/warehouse.duckdb"), [(1,)])
        rules = dict(self.gold(f"SELECT rule_name, failed FROM metadata.quality_results WHERE execution_id = "
                               f"'{second['run_id']}'", "lake/warehouse.duckdb"))
        self.assertEqual(rules, {rule["name"]: rule["failed"] for rule in second["rules"]})


if __name__ == "__main__":
    unittest.main()
