"""A COMMIT without an answer: a proxy between crisol and PostgreSQL loses it, the answer, or the server. What silver, gold
and the ledger say must be one thing in the end, and nothing may be undone while nobody knows."""

import signal
import time

import minio
import pgproxy
import postgresql
from harness import Case, merged, unittest

OLD, NEW = "id,n\na,1\nb,1\n", "id,n\nb,2\nc,2\n"


class Doubt(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = postgresql.server()

    def setUp(self):
        super().setUp()
        self.database = "doubt_" + self.id().rsplit(".", 1)[1][:40].lower()
        self.server.sql(f'CREATE DATABASE "{self.database}"')
        self.addCleanup(self.server.sql, f'DROP DATABASE "{self.database}" WITH (FORCE)')
        self.environment |= {"TEST_PASSWORD": self.server.password}
        self.proxy = pgproxy.Proxy(self.server.port)
        self.addCleanup(self.proxy.close)

    silver_path = "out/silver"

    def prepare(self, mode="overwrite", **gold):
        self.write("database.yml", {"default": {
            "driver": "postgresql", "host": "127.0.0.1", "port": self.proxy.port, "database": self.database, "user": "admin",
            "password_env": "TEST_PASSWORD", "retries": 0, "pool": {"connect_timeout": 10}}})
        self.dataset({"source": {"path": "in/a.csv"},
                      "output": {"silver": {"path": self.silver_path, "mode": mode},
                                 "gold": {"enabled": True, "database_config": "database.yml", **gold}},
                      "quality": {"quarantine": None}})
        self.write("in/a.csv", OLD)
        self.run_dataset()
        self.write("in/a.csv", NEW)

    def silver_ids(self):
        return [row[0] for row in self.silver("id", order="id")]

    def gold_ids(self):
        return self.server.sql("SELECT id FROM gold.demo ORDER BY 1", self.database)

    def statuses(self):
        return self.server.sql("SELECT status FROM metadata.pipeline_executions ORDER BY started_at", self.database)

    def assert_one_truth(self, is_new):
        self.assertEqual(self.gold_ids(), ["b", "c"] if is_new else ["a", "b"])
        self.assertEqual(self.silver_ids(), ["b", "c"] if is_new else ["a", "b"])
        self.assertEqual(self.statuses()[1], "completed" if is_new else "failed")

    def undecided(self, fault):
        self.proxy.arm(fault)
        answer = self.run_dataset(exit=3, env={"CRISOL_HASTE": "30"})
        self.assertTrue(self.proxy.happened.is_set())
        self.assert_refused(answer, "undecided", "crisol recover")
        self.assertIn("undecided", answer.summary["error"])
        self.assertEqual(answer.summary["status"], "failed")
        return answer


class Decided(Doubt):
    """The server can be asked: the run itself learns what became of its COMMIT."""

    def test_what_the_server_has_taken_is_published(self):
        self.prepare()
        for fault in ("answer lost", "answer lost, reset", "answer cut", "answer lost, away"):
            with self.subTest(fault=fault):
                self.proxy.arm(fault)
                self.run_dataset()
                self.assertTrue(self.proxy.happened.is_set())
                self.assert_one_truth(True)

    def test_what_the_server_never_got_is_undone(self):
        for fault in ("COMMIT lost", "COMMIT lost, away", "COMMIT lost, session stays", "COMMIT late"):
            with self.subTest(fault=fault):
                self.server.sql("DROP SCHEMA IF EXISTS gold CASCADE; DROP SCHEMA IF EXISTS metadata CASCADE", self.database)
                self.prepare()
                self.proxy.arm(fault)
                self.run_dataset(exit=3)
                self.assertTrue(self.proxy.happened.is_set())
                self.assert_one_truth(False)
                time.sleep(pgproxy.FAULTS[fault].get("forward", 0))  # the COMMIT arrives, and finds nothing to commit
                self.assert_one_truth(False)
                self.assertIn("no run has died", self.crisol("recover", "pipeline.yml").err)

    def test_a_constraint_that_is_looked_at_by_commit_refuses_the_data(self):
        self.prepare()
        self.server.sql("""CREATE TABLE known (id text PRIMARY KEY); INSERT INTO known VALUES ('a'), ('b');
                           ALTER TABLE gold.demo ADD FOREIGN KEY (id) REFERENCES known DEFERRABLE INITIALLY DEFERRED""",
                        self.database)
        self.assert_refused(self.run_dataset(exit=1), "demo_id_fkey")
        self.assert_one_truth(False)

    def test_a_transaction_that_the_server_refuses_to_commit_is_no_doubt(self):
        self.prepare()
        self.server.sql("""CREATE FUNCTION gold.no() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'not today'; END$$;
                           CREATE CONSTRAINT TRIGGER no AFTER INSERT ON gold.demo DEFERRABLE INITIALLY DEFERRED
                           FOR EACH ROW EXECUTE FUNCTION gold.no()""", self.database)
        answer = self.run_dataset(exit=1)
        self.assertIn("not today", answer.err)
        self.assertNotIn("undecided", answer.err)
        self.assert_one_truth(False)


class Undecided(Doubt):
    """Nobody can be asked: nothing is undone, and who comes next settles it."""

    def test_the_next_run_or_recover_publishes_what_was_committed(self):
        for by in ("run", "recover"):
            with self.subTest(by=by):
                self.server.sql("DROP SCHEMA IF EXISTS gold CASCADE; DROP SCHEMA IF EXISTS metadata CASCADE", self.database)
                self.prepare()
                self.undecided("answer lost, gone")
                self.assertEqual(self.statuses(), ["completed", "completed"])
                self.crisol("recover", "pipeline.yml", exit=3, env={"CRISOL_HASTE": "30"})  # nobody can be asked yet
                self.assertEqual(self.gold_ids(), ["b", "c"])
                self.proxy.heal()
                if by == "recover":
                    self.assertIn("was finished", self.crisol("recover", "pipeline.yml").err)
                else:
                    self.assertIn("was finished", self.run_dataset().err)
                self.assert_one_truth(True)

    def test_the_next_run_or_recover_undoes_what_was_not(self):
        for fault in ("COMMIT lost, gone", "COMMIT lost, session stays, gone", "COMMIT late, gone"):
            with self.subTest(fault=fault):
                self.server.sql("DROP SCHEMA IF EXISTS gold CASCADE; DROP SCHEMA IF EXISTS metadata CASCADE", self.database)
                self.prepare()
                self.undecided(fault)
                is_late = fault.startswith("COMMIT late")
                while is_late and self.statuses()[1] != "completed":  # it arrives before somebody asks: it has happened
                    time.sleep(0.05)
                self.proxy.heal()
                self.crisol("recover", "pipeline.yml")
                self.assert_one_truth(is_late)

    def test_a_signal_ends_the_wait_for_the_answer_and_for_the_ledger(self):
        for fault in ("silence", "silence, COMMIT done", "answer lost, gone"):
            with self.subTest(fault=fault):
                self.server.sql("DROP SCHEMA IF EXISTS gold CASCADE; DROP SCHEMA IF EXISTS metadata CASCADE", self.database)
                self.prepare()
                self.proxy.arm(fault)
                process = self.start("run", "pipeline.yml", "--json")
                self.assertTrue(self.proxy.happened.wait(60))
                process.send_signal(signal.SIGTERM)
                _, err = process.communicate(timeout=60)
                self.assertIn(process.returncode, (0, 143), err)  # 0: it was committed, and there was time to learn that
                if fault.endswith("gone"):
                    self.assertIn("interrupted: it is undecided", err)
                self.proxy.heal()
                self.crisol("recover", "pipeline.yml")
                self.assert_one_truth(fault != "silence")


class InAnObjectStore(minio.StoreCase, Doubt):
    @classmethod
    def setUpClass(cls):
        minio.StoreCase.setUpClass.__func__(cls)
        cls.server = postgresql.server()

    @property
    def silver_path(self):
        return f"s3a://{self.bucket}/silver"

    def silver_ids(self):
        return sorted(row[0] for row in self.lake("id"))

    def test_what_the_server_has_taken_is_published(self):
        self.prepare()
        self.proxy.arm("answer lost, away")
        self.run_dataset()
        self.assert_one_truth(True)

    def test_an_undecided_run_is_finished_by_recover(self):
        self.prepare()
        self.undecided("answer lost, gone")
        self.assertEqual(self.silver_ids(), ["a", "b"])
        self.proxy.heal()
        self.crisol("recover", "pipeline.yml")
        self.assert_one_truth(True)

    def test_an_undecided_run_is_undone_by_the_next_run(self):
        self.prepare()
        self.undecided("COMMIT lost, session stays, gone")
        self.proxy.heal()
        self.write("in/a.csv", OLD)
        self.run_dataset()
        self.assert_one_truth(False)


del Doubt  # has no tests of its own

if __name__ == "__main__":
    unittest.main()
