"""crisol clean: what old runs have left goes, what later runs ask for stays."""

import shutil
import signal
import time

import duckdb

import minio
import postgresql
from harness import Case, merged, unittest

RULES = {"rules": [{"name": "positive", "expr": "CAST(id AS INT) > 0", "on_fail": "quarantine"}]}


class Cleaning(Case):
    def begin(self, change=None):
        self.dataset(merged({"source": {"incremental": True}, "quality": RULES, "output": {"silver": {"mode": "append"}}},
                            change or {}))

    def runs(self, count, exit=0):
        ids = []
        for _ in range(count):
            self.n = getattr(self, "n", 0) + 1
            self.write(f"in/f{self.n}.csv", f"id\n{self.n}\n-1\n")
            ids.append(self.run_dataset(exit=exit).summary["run_id"])
        self.ids = getattr(self, "ids", []) + ids
        return ids

    def quarantined(self):
        """In the order of their runs: ids of one second are in none."""
        folders = {f.split("/")[0][len("run_id="):] for f in self.files_below("out/quarantine")}
        return [run for run in self.ids if run in folders]

    def ledger(self, sql):
        with duckdb.connect(str(self.root / ".crisol/ledger.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def count(self, table):
        return self.ledger(f"SELECT count(*) FROM metadata.{table}")[0][0]

    def age(self, ids, days=40):
        with duckdb.connect(str(self.root / ".crisol/ledger.duckdb")) as connection:
            for run in ids:
                connection.execute("UPDATE metadata.pipeline_executions SET started_at = started_at - to_days(?) WHERE "
                                   "execution_id = ?", [days, run])


class Clean(Cleaning):
    def test_the_last_runs_by_number_stay_and_older_ones_go(self):
        self.begin()
        ids = self.runs(4)
        before = self.count("pipeline_executions")
        trial = self.crisol("clean", "pipeline.yml", "--keep", 2, "--dry-run")
        self.assertIn("2 old runs: would remove 2 files", trial.out)
        self.assertEqual((self.quarantined(), self.count("quality_results")), (ids, 4))
        answer = self.crisol("clean", "pipeline.yml", "--keep", 2)
        self.assertEqual(answer.out, trial.out.replace("would remove", "removed"))
        self.assertEqual(self.quarantined(), ids[2:])
        self.assertEqual(self.count("quality_results"), 2)
        self.assertEqual(self.count("pipeline_executions"), before)  # each has the last record of an input
        self.assertIn("removed 0 files", self.crisol("clean", "pipeline.yml", "--keep", 2).out)

    def test_by_days_only_what_is_older_goes(self):
        self.begin()
        ids = self.runs(3)
        self.age(ids[:1])
        self.crisol("clean", "pipeline.yml", "--keep", "60d")
        self.assertEqual(self.quarantined(), ids)
        self.crisol("clean", "pipeline.yml", "--keep", "5w")
        self.assertEqual(self.quarantined(), ids[1:])
        self.assertIn("removed 0 files", self.crisol("clean", "pipeline.yml", "--keep", "30d").out)

    def test_the_last_record_of_each_input_stays(self):
        self.begin()
        self.runs(3)
        self.crisol("clean", "pipeline.yml", "--keep", 0)
        self.assertEqual(self.run_dataset().rows["read"], 0)
        self.write("in/f1.csv", "id\n7\n8\n9\n")
        self.assert_refused(self.run_dataset(exit=1), "f1.csv")

    def test_runs_whose_inputs_later_ones_took_go_whole(self):
        self.begin({"source": {"incremental": False}, "output": {"silver": {"mode": "overwrite"}}})
        ids = self.runs(1)
        self.write("in/f1.csv", "id\n-1\n")
        failed = self.run_dataset("--set", "quality.max_rejected=0", exit=1).summary["run_id"]
        self.write("in/f1.csv", "id\n1\n-1\n")
        ids += [self.run_dataset().summary["run_id"] for _ in range(2)]
        self.assertTrue((self.root / ".crisol/refused" / failed).is_dir())
        self.crisol("clean", "pipeline.yml", "--keep", 1)
        self.assertEqual(self.ledger("SELECT execution_id FROM metadata.pipeline_executions"), [(ids[-1],)])
        for table in ("run_files", "run_columns", "quality_results"):
            self.assertEqual(self.ledger(f"SELECT DISTINCT execution_id FROM metadata.{table}"), [(ids[-1],)], table)
        self.assertFalse((self.root / ".crisol/refused" / failed).exists())
        self.crisol("clean", "pipeline.yml", "--keep", 0)
        self.assertEqual(self.count("run_columns"), 1)

    def test_what_incremental_asks_of_partitions_stays(self):
        self.begin({"output": {"silver": {"mode": "overwrite_dynamic", "partition_by": ["id"]}}})
        self.runs(2)
        self.crisol("clean", "pipeline.yml", "--keep", 0)
        self.write("in/g.csv", "id\n1\n")
        answer = self.run_dataset(exit=1)
        self.assert_refused(answer, "--all")
        self.write("in/g.csv", "id\n5\n")
        self.run_dataset()

    def test_other_datasets_and_owners_stay(self):
        self.write("database.yml", {"default": {"driver": "duckdb", "path": "warehouse.duckdb"}})
        gold = {"output": {"gold": {"enabled": True, "database_config": "database.yml", "table": "t"}}}
        self.begin(gold)
        self.runs(2)
        other = merged({"id": "other", "quality": None, "output": {"silver": {"path": "out/other"}, "gold": {"table": "o"}}}, {})
        self.dataset(merged(merged(gold, {"output": {"gold": {"table": "o"}}}), other), name="other.yml")
        self.crisol("run", "other.yml", "-q")
        self.crisol("clean", "pipeline.yml", "--keep", 0)
        self.assertEqual(self.gold("SELECT count(*) FROM metadata.pipeline_executions WHERE dataset_name = 'other'"), [(1,)])
        self.assertEqual(self.gold("SELECT count(*) FROM metadata.gold_tables"), [(2,)])
        self.assertEqual(self.gold("SELECT count(*) FROM gold.t"), [(2,)])

    def test_a_run_that_holds_the_dataset_is_not_disturbed(self):
        self.begin()
        self.runs(1)
        process = self.start("run", "pipeline.yml", env={"CRISOL_FAULT": "2:stop"})
        try:
            for _ in range(600):
                if (self.root / ".crisol").exists() and self.is_stopped(process.pid):
                    break
            self.crisol("clean", "pipeline.yml", "--keep", 0, exit=4)
        finally:
            process.send_signal(signal.SIGKILL)
            process.communicate()

    def is_stopped(self, pid):
        time.sleep(0.05)
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "T"

    def test_a_killed_one_may_be_asked_again(self):
        self.begin()
        ids = self.runs(3)
        saved = self.root.with_name(self.root.name + "-saved")
        shutil.copytree(self.root, saved)
        self.addCleanup(shutil.rmtree, saved)
        kills = 0
        for n in range(1, 50, 2):
            process = self.start("clean", "pipeline.yml", "--keep", 1, env={"CRISOL_FAULT": str(n)})
            _, err = process.communicate(timeout=60)
            killed = process.returncode == -signal.SIGKILL
            self.assertIn(process.returncode, (0, -signal.SIGKILL), err)
            kills += killed
            self.crisol("clean", "pipeline.yml", "--keep", 1)
            self.assertEqual((self.quarantined(), self.count("quality_results")), (ids[2:], 1), n)
            if not killed:
                break
            shutil.rmtree(self.root)
            shutil.copytree(saved, self.root)
        self.assertGreater(kills, 1)

    def test_wrong_words_are_refused(self):
        self.begin()
        for keep in ("x", "30", "-1", "3y", "0d", "", "1d2"):
            if keep != "30":
                self.assert_refused(self.crisol("clean", "pipeline.yml", f"--keep={keep}", exit=2), "--keep")
        self.assert_refused(self.crisol("clean", "pipeline.yml", exit=2), "needs --keep")
        self.assertIn("0 old runs", self.crisol("clean", "pipeline.yml", "--keep", "30d", "--dry-run").out)
        self.assertFalse((self.root / ".crisol").exists())


class InPostgreSql(Cleaning):
    def test_the_same_in_a_server(self):
        server, name = postgresql.use_database(self)
        self.begin({"source": {"incremental": False}, "output": {"silver": {"mode": "overwrite"},
                                                                 "gold": {"enabled": True, "database_config": "database.yml"}}})
        self.runs(1)
        self.ids += [self.run_dataset().summary["run_id"] for _ in range(2)]
        ids = self.ids[1:]
        self.assertIn("2 old runs", self.crisol("clean", "pipeline.yml", "--keep", 1, "--dry-run").out)
        self.crisol("clean", "pipeline.yml", "--keep", 1)
        self.assertEqual(server.sql("SELECT execution_id FROM metadata.pipeline_executions", name), ids[1:])
        self.assertEqual(server.sql("SELECT DISTINCT execution_id FROM metadata.run_files", name), ids[1:])
        self.assertEqual(self.quarantined(), ids[1:])


class InAnObjectStore(minio.StoreCase, Cleaning):
    def test_the_same_in_a_store(self):
        self.begin({"quality": {"quarantine": f"s3a://{self.bucket}/quarantine"}})
        ids = self.runs(3)
        self.assertIn("2 files", self.crisol("clean", "pipeline.yml", "--keep", 1, "--dry-run").out)
        self.assertIn("2 files", self.crisol("clean", "pipeline.yml", "--keep", 1).out)
        found = self.files_below(self.bring("quarantine"))
        self.assertEqual([f.split("/")[0] for f in found], [f"run_id={ids[2]}"])


if __name__ == "__main__":
    unittest.main()
