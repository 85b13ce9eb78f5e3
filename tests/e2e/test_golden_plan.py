"""`plan --sql` of each dataset in examples/, held against tests/golden/plan; `make golden` rewrites these files."""

import os
import shutil

from harness import Case, ROOT, unittest

GOLDEN = ROOT / "tests/golden/plan"
SEED = "config/datasets/casos_uso"
CSV = ("Payment ID,Customer ID,Payment Amount,Payment Currency,Payment Date,Last Updated,Payment Method,"
       "Transaction Status,Merchant ID,Reference Number\n")
EVENT = ('[{"id": "a", "timestamp": "2024-01-31T10:00:00Z", "user_id": "u", "event_type": "VIEW", "session_duration": 1, '
         '"page_views": 1, "conversion_value": 1.5, "device_type": "TV", "browser_info": {"name": "x"}, '
         '"geo_location": {"country": "CO", "city": "y"}, "metadata": {"k": "v"}}]')


class GoldenPlan(Case):
    def plan(self, example, dataset, *places, raw):
        shutil.copytree(ROOT / "examples" / example, self.root / "project")
        for name, text in raw.items():
            self.write("project/" + name, text)
        for form in ([], ["--sql"]):
            answer = self.crisol("plan", dataset, *places, *form, cwd=self.root / "project")
            self.compare(f"{example}-{os.path.basename(dataset).removesuffix('.yml')}{'.sql' if form else '.txt'}",
                         answer.out.replace(str(self.root / "project"), "."))

    def compare(self, name, text):
        path = GOLDEN / name
        if os.environ.get("CRISOL_GOLDEN") == "rewrite":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.assertEqual(text, path.read_text(encoding="utf-8"))

    def test_payments_of_the_seed(self):
        self.plan("seed", f"{SEED}/payments_high_volume.yml",
                  raw={"lake/raw/casos-uso/payments-high-volume/payments_batch_001.csv": CSV})

    def test_events_of_the_seed(self):
        self.plan("seed", f"{SEED}/multi_format_extreme.yml",
                  raw={"lake/raw/casos-uso/multi-format/events_batch_001.json": EVENT})

    def test_payments_in_corrected_form(self):
        self.plan("payments", "payments.yml", "env.yml", "database.yml", raw={"lake/raw/payments/a.csv": CSV})

    def test_events_in_corrected_form(self):
        self.plan("events", "events.yml", "env.yml", "database.yml", raw={"lake/raw/events/a.json": EVENT})

    def test_three_formats_united(self):
        self.plan("union", "orders.yml", "env.yml", "database.yml", raw={})


if __name__ == "__main__":
    unittest.main()
