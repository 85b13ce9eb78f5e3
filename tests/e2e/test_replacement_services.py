"""What a run may replace, where lake and inputs are objects and gold is in PostgreSQL: see test_replacement.py."""

import minio
import postgresql
from harness import merged, unittest

MONTHS = {"standardization": {"casts": [{"column": "at", "to": "timestamp", "on_error": "quarantine"}]}}


class Services(minio.StoreCase):
    def setUp(self):
        super().setUp()
        self.database, self.name = postgresql.use_database(self)

    def configure(self, change=None):
        self.dataset(merged(merged(MONTHS, {
            "source": {"path": f"s3a://{self.bucket}/in/*.csv", "incremental": True},
            "output": {"silver": {"path": f"s3a://{self.bucket}/silver", "mode": "overwrite_dynamic",
                                  "partition_by": ["year", "month"], "partition_from": "at"},
                       "gold": {"database_config": "database.yml"}}}), change or {}))

    def deliver(self, name, *days):
        self.store.put(self.bucket, f"in/{name}.csv",
                       "id,at\n" + "".join(f"{name}{i},{day} 00:00:00\n" for i, day in enumerate(days)))

    def gold(self):
        return list(self.database.sql("SELECT id FROM gold.demo ORDER BY 1", self.name))

    def ids(self):
        return [row[0] for row in self.lake("id")]

    def test_months_of_several_objects_and_objects_that_change(self):
        self.configure()
        self.deliver("a", "2024-06-01")
        self.deliver("b", "2024-07-01")
        self.run_dataset()
        self.assertEqual(self.run_dataset().rows["read"], 0)
        self.deliver("c", "2024-06-02")
        answer = self.run_dataset(exit=1)
        self.assert_refused(answer, "--all", "month=06", f"s3://{self.bucket}/in/a.csv")
        self.assertEqual((self.ids(), self.gold()), (["a0", "b0"], ["a0", "b0"]))
        self.assertEqual(self.run_dataset("--all").rows["read"], 3)
        self.deliver("b", "2024-07-01", "2024-07-09")
        self.assert_refused(self.run_dataset(exit=1), "on_changed", "in/b.csv")
        self.assertEqual(self.run_dataset("--set", "source.on_changed=append").rows["read"], 2)
        self.deliver("b", "2024-07-01", "2024-07-09")  # the same bytes again
        self.assertEqual(self.run_dataset().rows["read"], 0)
        self.assertEqual((self.ids(), self.gold()), (["a0", "b0", "b1", "c0"], ["a0", "b0", "b1", "c0"]))

    def test_nothing_replaces_nothing(self):
        self.configure({"source": {"incremental": False}})
        self.deliver("a", "2024-06-01", "2024-06-02")
        self.run_dataset()
        self.deliver("a", "06/2024", "07/2024")
        for mode in ("overwrite_dynamic", "overwrite"):
            answer = self.run_dataset("--set", f"output.silver.mode={mode}", exit=1)
            self.assert_refused(answer, "allow_empty", f"s3://{self.bucket}/silver", "2 rows")
            kept = self.root / ".crisol/refused" / answer.summary["run_id"]
            self.assertEqual(len(list(kept.glob("*.parquet"))), 1)
        self.assertEqual((self.ids(), self.gold()), (["a0", "a1"], ["a0", "a1"]))
        self.deliver("a", "2024-06-01", "2024-06-02")
        filtered = {"source": {"incremental": False}, "output": {"gold": {"business_rules": [{"condition": "id = 'x'"}]}}}
        self.configure(filtered)
        self.assert_refused(self.run_dataset(exit=1), "gold table", "business rules", "allow_empty")
        self.assertEqual(self.gold(), ["a0", "a1"])
        self.assertEqual(self.run_dataset("--set", "output.allow_empty=true").rows["gold"], 0)
        self.assertEqual(self.gold(), [])


if __name__ == "__main__":
    unittest.main()
