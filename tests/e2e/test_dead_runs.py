"""Runs that were killed before they could record their end: no one keeps them as started, and no live one is taken for dead."""

import os
import pathlib
import shutil
import signal

import duckdb
import postgresql
from harness import json, unittest
from test_locks import LockCase, is_stopped


class Dead(LockCase):

    def database(self):
        return {"driver": "duckdb", "path": "warehouse.duckdb"}

    def setUp(self):
        super().setUp()
        self.write("in/a.csv", "id,p\n1,a\n2,b\n")
        self.write("database.yml", {"default": self.database()})
        self.write_dataset("pipeline.yml")

    def write_dataset(self, name, silver=None, change=None):
        self.dataset({"output": {"silver": {"path": silver or "out/silver"}, "gold": {
            "enabled": True, "database_config": "database.yml", **(change or {})}}}, name)

    def status(self):
        """Of all runs, the oldest first, with what is recorded of the failed ones."""
        return [tuple(row) for row in self.gold("SELECT status, coalesce(error_message, '') FROM "
                                                "metadata.pipeline_executions ORDER BY started_at, execution_id")]

    def shown(self):
        lines = self.crisol("runs", "--db", "database.yml", "--json").out.splitlines()
        return [json.loads(line)["status"] for line in lines]

    def started(self, *arguments, cwd=None):
        """A run that stopped itself when the ledger had its row, before it published."""
        before = len(self.status()) if self.is_there() else 0
        for n in sorted([*range(1, 30)] * 2):   # what another one has left adds points, once
            process = self.start(*(arguments or ("run", "pipeline.yml")), env={"CRISOL_FAULT": f"{n}:stop"}, cwd=cwd or self.root)
            self.addCleanup(self.end, process)
            self.wait_until(lambda: process.poll() is not None or is_stopped(process))
            self.assertIsNone(process.poll(), "this build has no fault points")
            if self.is_there() and len(self.status()) > before and self.status()[-1][0] == "started":
                return process
            self.end(process)
            before = len(self.status()) if self.is_there() else 0

    def is_there(self):
        return (self.root / "warehouse.duckdb").exists() and self.is_free(read_only=True) and bool(
            self.gold("SELECT 1 FROM information_schema.tables WHERE table_name = 'pipeline_executions'"))

    def kill(self, process):
        process.send_signal(signal.SIGKILL)
        process.communicate()

    def test_the_next_run_records_them_as_failed(self):
        for _ in range(2):   # the second one buries the first
            self.kill(self.started())
        self.run_dataset()
        self.assertEqual([status for status, _ in self.status()].count("started"), 0)
        self.assertEqual(self.status()[-1][0], "completed")
        for status, message in self.status()[:-1]:
            self.assertEqual(status, "failed")
            self.assertIn("the process died", message)

    def test_recover_records_them_as_failed(self):
        self.kill(self.started())
        self.assertEqual(self.status()[-1][0], "started")
        answer = self.crisol("recover", "pipeline.yml")
        self.assertIn("did not come to its end", answer.err)
        self.assertEqual(self.status()[-1][0], "failed")
        self.assertIn("crisol recover", self.status()[-1][1])

    def test_runs_shows_them_as_failed_and_records_nothing(self):
        process = self.started()
        self.assertEqual(self.shown()[0], "started")
        self.kill(process)
        self.assertEqual(self.shown()[0], "failed")
        self.assertIn("the process is gone", self.crisol("runs", "--db", "database.yml", "--json").out)
        self.assertEqual(self.status()[-1][0], "started")

    def test_a_live_run_of_the_same_id_with_another_lake_stays(self):
        """It is stopped, too: which no look at a clock would tell from a dead one."""
        live = self.started()
        self.write_dataset("other.yml", "out/other-lake", {"table": "other"})
        self.run_dataset(dataset="other.yml")
        self.assertEqual(self.status()[0][0] if len(self.status()) == 2 else self.status()[-2][0], "started")
        self.assertIn("started", self.shown())
        code, _, err = self.goes_on(live)
        self.assertEqual(code, 0, err)
        self.assertNotIn("started", [status for status, _ in self.status()])

    def test_a_dead_run_of_the_same_id_with_another_lake_is_buried_too(self):
        self.kill(self.started())
        self.write_dataset("other.yml", "out/other-lake", {"table": "other"})
        self.run_dataset(dataset="other.yml")
        self.assertNotIn("started", [status for status, _ in self.status()])

    def test_a_run_whose_end_cannot_be_told_stays(self):
        """As one on another machine: its process is out of sight, and the lock that it had is none of ours."""
        self.kill(self.started())
        self.alter("UPDATE metadata.pipeline_executions SET process = 'another-machine pid:[1] 1 1', "
                   "lock = '/nowhere/lock 0123456789abcdef' WHERE status = 'started'")
        self.run_dataset()
        self.assertIn("started", [status for status, _ in self.status()])
        self.assertIn("started", self.shown())

    def test_one_of_another_machine_that_had_our_lock_is_buried(self):
        self.kill(self.started())
        self.alter("UPDATE metadata.pipeline_executions SET process = 'another-machine pid:[1] 1 1' WHERE status = 'started'")
        self.run_dataset()
        self.assertNotIn("started", [status for status, _ in self.status()])

    def test_a_ledger_of_a_former_version_is_brought_up_to_date(self):
        self.run_dataset()
        self.alter("ALTER TABLE metadata.pipeline_executions DROP COLUMN silver_mode")   # before layout 6
        self.run_dataset()
        self.assertEqual(self.shown(), ["completed"] * 2)
        self.alter(*(f"ALTER TABLE metadata.pipeline_executions DROP COLUMN {column}" for column in ("silver_mode", "rows_exploded", "lock", "process")),
                   "UPDATE metadata.pipeline_executions SET status = 'started'")
        self.assertEqual(self.shown(), ["started"] * 2)
        self.run_dataset()
        self.assertEqual(self.shown(), ["completed", "failed", "failed"])   # whoever has the lock knows that those are gone

    def alter(self, *statements):
        with duckdb.connect(str(self.root / "warehouse.duckdb")) as connection:
            for statement in statements:
                connection.execute(statement)


class DeadInPostgreSql(Dead):
    def database(self):
        self.server = postgresql.server()
        self.server.sql("DROP DATABASE IF EXISTS dead WITH (FORCE)")
        self.server.sql("CREATE DATABASE dead")
        return {"driver": "postgresql", "host": "127.0.0.1", "port": self.server.port, "database": "dead", "user": "admin",
                "password": self.server.password}

    def gold(self, sql):
        return [(line + "|").split("|")[:2] for line in self.server.sql(sql, "dead")]

    def is_there(self):
        return bool(self.server.sql("SELECT 1 FROM information_schema.tables WHERE table_name = 'pipeline_executions'", "dead"))

    def alter(self, *statements):
        for statement in statements:
            self.server.sql(statement, "dead")


class LocalLock(LockCase):
    """The lock is a file beside the lake."""

    def setUp(self):
        super().setUp()
        self.write("in/a.csv", "id,p\n1,a\n2,b\n")
        self.dataset({"output": {"silver": {"partition_by": ["p"], "mode": "overwrite_dynamic"}}})
        self.run_dataset()
        self.write("in/a.csv", "id,p\n3,a\n4,b\n")

    def stopped_in_publication(self):
        """A run that stopped itself after its first rename."""
        for n in range(1, 40):
            process = self.stopped(n, "run", "pipeline.yml")
            self.assertIsNotNone(process, "this build has no fault points")
            if sorted(self.silver("id")) not in ([("1",), ("2",)], [("3",), ("4",)]):
                return process
            self.end(process)
            self.crisol("recover", "pipeline.yml")

    def test_a_stopped_run_keeps_its_lock(self):
        first = self.stopped_in_publication()
        self.run_dataset(exit=4)
        self.crisol("recover", "pipeline.yml", exit=4)
        code, _, err = self.goes_on(first)
        self.assertEqual(code, 0, err)
        self.assertEqual(self.silver("id"), [("3",), ("4",)])

    def test_a_run_whose_lock_was_removed_takes_no_further_step(self):
        for is_replaced in (False, True):
            with self.subTest(is_replaced=is_replaced):
                first = self.stopped_in_publication()
                lock, = (self.root / "out").glob(".*.crisol/*/lock")
                lock.unlink()
                if is_replaced:
                    lock.write_text("another run\n")
                before = self.silver("id")
                code, _, err = self.goes_on(first)
                self.assertEqual(code, 4, err)
                self.assertIn("lock of this run was removed", err)
                self.assertEqual(self.silver("id"), before)
                answer = self.crisol("recover", "pipeline.yml")
                self.assertIn("was taken back", answer.err)
                self.assertEqual(self.silver("id"), [("1",), ("2",)])

    def test_a_partition_that_another_program_replaced_meanwhile_is_not_taken(self):
        for n in range(1, 40):
            first = self.stopped(n, "run", "pipeline.yml")
            self.assertIsNotNone(first)
            if list((self.root / "out").glob(".*.crisol/*/*/journal")):
                break
            self.end(first)
        partition = self.root / "out/silver/p=b"
        shutil.move(partition, self.root / "away")
        partition.mkdir()
        (partition / "theirs.parquet").write_bytes((next((self.root / "away").iterdir())).read_bytes())
        code, _, err = self.goes_on(first)
        self.assertEqual(code, 3, err)
        self.assertIn("changed by another program", err)
        self.assertEqual(os.listdir(partition), ["theirs.parquet"])
        self.assertEqual(self.silver("id"), [("1",), ("2",)])
        self.assertEqual([p for p in pathlib.Path(self.root / "out").glob(".*.crisol/*/*") if p.is_dir()], [])

    def test_two_lakes_with_one_quarantine_do_not_remove_what_the_other_stages(self):
        self.write("in/a.csv", "id,p\n3,a\nbroken\n")
        for n in range(1, 40):
            first = self.stopped(n, "run", "pipeline.yml")
            self.assertIsNotNone(first)
            if list((self.root / "out").rglob("quarantine.parquet")):
                break
            self.end(first)
        self.dataset({"output": {"silver": {"path": "out/other", "partition_by": ["p"]}}}, "other.yml")
        self.run_dataset(dataset="other.yml")
        code, _, err = self.goes_on(first)
        self.assertEqual(code, 0, err)
        self.assertEqual(len(self.quarantine("_run_id", order="_run_id")), 2)


del LockCase


if __name__ == "__main__":
    unittest.main()
