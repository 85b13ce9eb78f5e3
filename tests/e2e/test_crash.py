"""Section 4, the commit: a run is killed at every point where it could matter, and the next run leaves what an undisturbed one
would have left. Needs a build with CRISOL_FAULTS (scripts/test.sh makes one).

{local disk, S3} x {DuckDB, PostgreSQL} x {overwrite, overwrite_dynamic, append}. `make test` leaves out, of those that need a
server, what differs from another one in one thing only; CRISOL_CRASH=all (`make crash`) runs all."""

import collections
import os
import pathlib
import shutil
import signal
import tempfile

import minio
import postgresql
from harness import Case, unittest

OLD = "id,p\n1,a\n2,b\n3,b\n"
NEW = "id,p\n4,b\n5,b\n6,c\nbad\n"
OLD_ROWS = [("1", "a"), ("2", "b"), ("3", "b")]
NEW_ROWS = [("4", "b"), ("5", "b"), ("6", "c")]
MODES = {
    "overwrite": NEW_ROWS,
    "overwrite_dynamic": [("1", "a")] + NEW_ROWS,
    "append": OLD_ROWS + NEW_ROWS,
}


ALL = os.environ.get("CRISOL_CRASH") == "all"


class Crash(Case):
    mode = None
    left_out = ()             # tests that run only with CRISOL_CRASH=all
    is_whole_at_once = True   # on a local disk one rename replaces a lake
    first_run = None
    command = "run"

    def setUp(self):
        if not ALL and self._testMethodName in self.left_out:
            self.skipTest("in `make crash`")
        super().setUp()
        saved = tempfile.TemporaryDirectory(prefix="crisol-crash-")
        self.addCleanup(saved.cleanup)
        self.saved = pathlib.Path(saved.name) / "state"

    def set_up_database(self):
        self.write("database.yml", {"default": {"driver": "duckdb", "path": "warehouse.duckdb"}})

    def gold_rows(self):
        return [tuple(row) for row in self.gold("SELECT id, p FROM gold.demo ORDER BY ALL")]

    def status_of(self, run_id):
        return self.gold(f"SELECT status FROM metadata.pipeline_executions WHERE execution_id = '{run_id}'")[0][0]

    def last_run(self):
        return self.gold("SELECT execution_id FROM metadata.pipeline_executions ORDER BY started_at DESC LIMIT 1")[0][0]

    def silver_path(self):
        return "out/silver"

    def quarantine_path(self):
        return "out/quarantine"

    def silver_rows(self):
        return sorted(tuple(row) for row in self.silver("id, p"))

    def quarantine_runs(self):
        return {f.split("/")[0] for f in self.files_below("out/quarantine")}

    def left_overs(self):
        """Staging places of runs that died."""
        return [str(p) for p in self.root.rglob("*") if p.is_dir() and p.name.startswith("20")]

    def begin(self):
        """The state before the run that is killed: made once a test, then put back."""
        if self.first_run:
            self.restore()
        else:
            self.make_state()
            self.save()
        self.write_input()

    def write_input(self):
        self.write("in/a.csv", NEW)

    def make_state(self):
        self.set_up_database()
        self.dataset({"quality": {"quarantine": self.quarantine_path()},
                      "output": {"silver": {"path": self.silver_path(), "mode": self.mode, "partition_by": ["p"]},
                                 "gold": {"enabled": True, "database_config": "database.yml"}}})
        self.write("in/a.csv", OLD)
        self.first_run = self.run_dataset().summary["run_id"]
        self.assertEqual(self.silver_rows(), OLD_ROWS)

    def save(self):
        shutil.copytree(self.root, self.saved, symlinks=True)

    def restore(self):
        for path in self.root.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(self.saved, self.root, symlinks=True, dirs_exist_ok=True)

    def killed(self, n):
        """Whether it was killed at its n-th point; if not, it came to its end."""
        process = self.start(self.command, "pipeline.yml", "--json", env={"CRISOL_FAULT": str(n)})
        _, err = process.communicate(timeout=120)
        self.assertIn(process.returncode, (0, -signal.SIGKILL), err)
        return process.returncode != 0

    def assert_whole(self, rows, what):
        """Each partition is the old one or the new one; of an append each file is there or not."""
        seen = collections.defaultdict(list)
        for row in rows:
            seen[row[1]].append(row)
        for p, found in seen.items():
            old = [row for row in OLD_ROWS if row[1] == p]
            new = [row for row in NEW_ROWS if row[1] == p]
            states = [old, new, sorted(old + new)] if self.mode == "append" else [old, new]
            self.assertIn(found, states, what)
        if self.mode == "overwrite" and self.is_whole_at_once:
            self.assertIn(rows, [OLD_ROWS, NEW_ROWS], what)

    def check_after_kill(self, what):
        self.assert_whole(self.silver_rows(), what)
        self.assertIn(self.gold_rows(), [OLD_ROWS, MODES[self.mode]], what)

    def check_after_recovery(self, killed_run, what):
        completed = killed_run != self.first_run and self.status_of(killed_run) == "completed"
        expected = sorted(MODES[self.mode] + (NEW_ROWS if completed and self.mode == "append" else []))
        self.assertEqual(self.silver_rows(), expected, what)
        self.assertEqual(self.gold_rows(), expected, what)
        self.assertEqual(self.left_overs(), [], what)
        self.assertEqual(len(self.quarantine_runs()), 2 if completed else 1, what)

    def matrix(self):
        kills = 0
        for n in range(1, 100):
            with self.subTest(point=n):
                self.begin()
                if not self.killed(n):
                    break
                kills += 1
                what = f"{self.mode}, killed at point {n}"
                self.check_after_kill(what)
                killed_run = self.last_run()
                self.run_dataset()
                self.check_after_recovery(killed_run, what)
        self.assertGreaterEqual(kills, 10, "this build has no fault points, or they have gone")

    def deaths_in_recovery(self):
        """A run killed in mid-publication, then another one at each point of its recovery."""
        for first in (6, 8, 9):
            for second in range(1, 6):
                with self.subTest(first=first, second=second):
                    self.begin()
                    self.assertTrue(self.killed(first))
                    self.assertTrue(self.killed(second))
                    self.check_after_kill(f"{self.mode}, killed at {first}, then at {second}")
                    self.run_dataset()
                    rows = self.silver_rows()
                    self.assertEqual(rows, self.gold_rows())
                    self.assertEqual(rows, MODES[self.mode])


class Store(Crash, minio.StoreCase):
    """The lake and the quarantine are in an object store, where a partition, not a lake, is replaced at once."""

    is_whole_at_once = False

    def silver_path(self):
        return f"s3a://{self.bucket}/silver"

    def quarantine_path(self):
        return f"s3a://{self.bucket}/quarantine"

    def silver_rows(self):
        return sorted(tuple(row) for row in self.lake("id, p"))

    def quarantine_runs(self):
        return {key.split("/")[1] for key in self.store.keys(self.bucket, "quarantine/")}

    def left_overs(self):
        uploads = [u for p in "abc" for u in self.store.uploads(self.bucket, f"silver/p={p}/part-0.parquet")]
        return super().left_overs() + uploads + [key for key in self.store.keys(self.bucket) if ".crisol" in key]

    def save(self):
        super().save()
        self.objects = {key: self.store.get(self.bucket, key) for key in self.store.keys(self.bucket)}

    def restore(self):
        super().restore()
        for key in self.store.keys(self.bucket):
            self.store.delete(self.bucket, key)
        for key, body in self.objects.items():
            self.store.put(self.bucket, key, body)


class DuckDbDatabase:
    def test_overwrite(self):
        self.mode = "overwrite"
        self.matrix()

    def test_overwrite_dynamic(self):
        self.mode = "overwrite_dynamic"
        self.matrix()

    def test_append(self):
        self.mode = "append"
        self.matrix()


class StoreAndDuckDb(Store, DuckDbDatabase):
    left_out = ("test_overwrite", "test_append")


class DuckDb(Crash, DuckDbDatabase):
    def test_deaths_in_the_recovery_of_a_dynamic_overwrite(self):
        self.mode = "overwrite_dynamic"
        self.deaths_in_recovery()

    def test_recover_does_it_alone_and_without_the_source(self):
        self.mode = "overwrite"
        self.begin()
        next(n for n in range(1, 100) if self.killed(n) and list((self.root / "out").glob(".*.crisol/*/*/journal")))
        killed_run = self.last_run()
        (self.root / "in/a.csv").unlink()
        answer = self.crisol("recover", "pipeline.yml")
        self.assertIn(killed_run, answer.err)
        self.assertEqual(self.status_of(killed_run), "failed")
        self.assertEqual(self.silver_rows(), OLD_ROWS)
        self.assertIn("no run has died", self.crisol("recover", "pipeline.yml").err)

    def test_a_database_that_does_not_know_the_dead_run_is_refused(self):
        self.mode = "overwrite"
        self.begin()
        n = next(n for n in range(1, 100) if self.killed(n) and list((self.root / "out").glob(".*.crisol/*/*/journal")))
        self.assertGreater(n, 1)
        (self.root / "warehouse.duckdb").unlink()
        answer = self.run_dataset(exit=3)
        self.assert_refused(answer, "does not know", "remove")


class PostgreSqlDatabase:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = postgresql.server()

    def set_up_database(self):
        self.server.sql("DROP DATABASE IF EXISTS crash WITH (FORCE); ")
        self.server.sql("CREATE DATABASE crash")
        self.write("database.yml", {"default": {"driver": "postgresql", "host": "127.0.0.1", "port": self.server.port,
                                                "database": "crash", "user": "admin", "password": self.server.password}})

    def save(self):
        super().save()
        self.server.sql("DROP DATABASE IF EXISTS saved WITH (FORCE)")
        self.server.sql("CREATE DATABASE saved TEMPLATE crash")

    def restore(self):
        super().restore()
        self.server.sql("DROP DATABASE IF EXISTS crash WITH (FORCE)")
        self.server.sql("CREATE DATABASE crash TEMPLATE saved")

    def gold(self, sql, path=None):
        return [tuple(line.split("|")) for line in self.server.sql(sql.replace("ORDER BY ALL", "ORDER BY 1, 2"), "crash")]

    def test_overwrite(self):
        self.mode = "overwrite"
        self.matrix()

    def test_overwrite_dynamic(self):
        self.mode = "overwrite_dynamic"
        self.matrix()

    def test_append(self):
        self.mode = "append"
        self.matrix()


class PostgreSql(PostgreSqlDatabase, Crash):
    left_out = ("test_overwrite", "test_append")


class StoreAndPostgreSql(PostgreSqlDatabase, Store):
    left_out = ("test_overwrite", "test_overwrite_dynamic")


if __name__ == "__main__":
    unittest.main()
