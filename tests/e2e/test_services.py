"""The seed's guide on real services: raw data, silver and quarantine in MinIO, gold and metadata in PostgreSQL, and the same
rows as on the local disk. Also scripts/services.sh and scripts/validate_results.sh."""

import os
import shutil

import minio
import postgresql
from harness import CRISOL, ROOT, planted, subprocess, unittest

DATASET = "config/datasets/casos_uso/payments_high_volume.yml"
PLACES = ("config/env.yml", "config/database.yml", "development")
RAW = "lake/raw/casos-uso/payments-high-volume"
ROWS = 100_000
COLUMNS = "payment_id, customer_id, amount, currency, payment_date, updated_at, merchant_id, year, month"


class Services(minio.StoreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = postgresql.server()

    def setUp(self):
        super().setUp()
        for bucket in ("raw", "silver"):
            status, _ = self.store.call("PUT", bucket, "", check=False)
            self.assertIn(status, (200, 409))
            for key in self.store.keys(bucket):
                self.store.delete(bucket, key)
        self.server.sql("DROP DATABASE IF EXISTS data_warehouse WITH (FORCE)")
        self.server.sql("CREATE DATABASE data_warehouse")
        self.environment |= {"PGHOST": "127.0.0.1", "PGPORT": str(self.server.port), "PGUSER": "admin",
                             "WAREHOUSE_PASSWORD": self.server.password}
        shutil.copytree(ROOT / "examples/seed/config", self.root / "config")

    def lay_out_services(self):
        for name in ("env.yml", "database.yml"):
            shutil.copy(ROOT / "examples/services/config" / name, self.root / "config" / name)

    def test_a_hundred_thousand_payments_are_the_same_as_on_the_local_disk(self):
        made = planted(self.crisol("generate", "payments", RAW, "--rows", ROWS, "--files", 5, "--duplicates", "0.01",
                                   "--json").out)
        local = self.run_dataset(*PLACES, dataset=DATASET)
        silver = self.table("lake/silver/payments-high-volume", COLUMNS)
        gold = self.gold("SELECT payment_id, amount::VARCHAR FROM gold.payments_high_volume ORDER BY ALL", "lake/warehouse.duckdb")

        self.lay_out_services()
        for path in sorted((self.root / RAW).glob("*.csv")):
            self.store.put("raw", f"casos-uso/payments-high-volume/{path.name}", path.read_bytes())
        self.crisol("db", "init", "--db", "config/database.yml", "--environment", "development")
        for _ in range(2):  # a second run leaves the same rows
            answer = self.run_dataset(*PLACES, dataset=DATASET)
            self.assertEqual(answer.rows, local.rows)
            self.assertEqual(answer.rows["read"], ROWS)
            self.assertEqual(answer.rows["duplicates"], made["duplicates"])
            self.bucket = "silver"
            self.assertTrue(self.table(self.bring("payments-high-volume"), COLUMNS) == silver, "silver differs")
            rows = [tuple(line.split("|")) for line in self.server.sql(
                'SELECT payment_id, amount FROM gold.payments_high_volume ORDER BY payment_id COLLATE "C", amount',
                "data_warehouse")]
            self.assertTrue(sorted(rows) == sorted(gold), "gold differs")
        self.assertEqual([key for key in self.store.keys("silver") if ".crisol" in key], [])
        self.validate("ok      rows in gold (gold.payments_high_volume)", "MISSING a completed run of multi_format_extreme", exit=1)

    def validate(self, *parts, exit=0):
        process = subprocess.run([ROOT / "scripts/validate_results.sh", self.root], capture_output=True, text=True,
                                 env={**self.environment, "CRISOL": CRISOL})
        self.assertEqual(process.returncode, exit, process.stdout + process.stderr)
        for part in parts:
            self.assertIn(part, process.stdout)

    def test_the_results_of_both_use_cases_are_validated_on_the_local_disk(self):
        self.crisol("generate", "payments", RAW, "--rows", 5000, "--files", 2)
        self.crisol("generate", "events", "lake/raw/casos-uso/multi-format", "--rows", 2000, "--files", 2)
        self.run_dataset(*PLACES, dataset=DATASET)
        self.run_dataset(*PLACES, dataset="config/datasets/casos_uso/multi_format_extreme.yml")
        self.validate("ok      files in silver", "ok      files in quarantine: 1", "ok      completed runs: 2")


class Script(unittest.TestCase):
    """In a copy of the checkout's scripts, so that servers that somebody works with are left alone."""

    def test_services_are_started_and_stopped(self):
        root = minio.pathlib.Path(minio.tempfile.mkdtemp(prefix="crisol-services-test-"))
        self.addCleanup(shutil.rmtree, root)
        shutil.copytree(ROOT / "scripts", root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        (root / "build/deps").mkdir(parents=True)
        for name in ("minio", "minio.stamp"):
            (root / "build/deps" / name).symlink_to(ROOT / "build/deps" / name)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PG"))}

        def services(word):
            return subprocess.run([root / "scripts/services.sh", word], check=True, capture_output=True, text=True,
                                  env=environment).stdout

        services("up")
        try:
            self.assertIn("up", services("status"))
            look = '. build/services/environment; psql -Atc "SELECT 41 + 1"; python3 scripts/s3.py mb raw; echo $AWS_ENDPOINT_URL'
            out = subprocess.run(["sh", "-c", look], cwd=root, check=True, capture_output=True, text=True, env=environment).stdout
            self.assertEqual(out.split("\n")[0], "42")
            data = (root / "build/services/data").read_text().strip()
        finally:
            services("down")
        self.assertIn("down", services("status"))
        self.assertFalse(os.path.exists(data))
        self.assertFalse((root / "build/services").exists())


if __name__ == "__main__":
    unittest.main()
