"""Gold of a run on Spark: the same rows in the same table, the same rows of it refused, and nothing half published when a part of
the cluster goes away."""

import os
import pathlib
import signal
import time

import spark
import touched
from harness import Case, json, unittest


def lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records)


class OnSpark:
    def crisol(self, *arguments, **options):
        if arguments[0] == "run":
            arguments += ("--engine", "spark")
        options["env"] = {**spark.server().environment, **(options.get("env") or {})}
        return super().crisol(*arguments, **options)

    def reasons(self, answer, column="id"):
        run_id = answer.summary["run_id"]
        return {row[0]: row[1] for row in self.quarantine(f"{column}, _failed_rules", where=f"_run_id = '{run_id}'")}

    def test_rows_that_the_key_or_the_columns_do_not_take_are_quarantined(self):
        first = lines({"id": "a", "n": 1}, {"id": "a", "n": 2}, {"id": "b", "n": 3}, {"id": None, "n": 4})
        self.fresh("append")
        self.sql("DELETE FROM gold.demo")
        self.sql("CREATE UNIQUE INDEX mine ON gold.demo (id)")
        answer = self.load(first, "append", silver={"mode": "append"})
        self.assertEqual(self.reasons(answer, "n"), {"2": ["gold:id:key"]})
        answer = self.load(lines({"id": "b", "n": 5}, {"id": "c", "n": 6}), "append", silver={"mode": "append"})
        self.assertEqual(self.reasons(answer), {"b": ["gold:id:key"]})
        self.assertEqual(answer.rows["gold"], 1)
        self.assertEqual(self.silver("n", where=f"_run_id = '{answer.summary['run_id']}'"), [(6,)])


class InPostgreSql(OnSpark, touched.PostgreSql):
    def test_each_mode_over_a_table_that_a_person_has_given_a_key(self):
        self.in_each_mode("ALTER TABLE gold.demo ADD PRIMARY KEY (id)", modes=("overwrite", "follow", "upsert"))

    def test_a_text_that_the_server_cannot_hold_leaves_silver_too(self):
        answer = self.load('{"id": "a\\u0000", "n": 1}\n{"id": "b", "n": 2}\n', "append")
        self.assertEqual(list(self.reasons(answer).values()), [["gold:id:nul"]])
        self.assertEqual(self.values(), ["b|2"])
        self.assertEqual(self.silver("id"), [("b",)])
        self.assertEqual(answer.summary["engine"], "spark")
        said = self.crisol("runs", answer.summary["run_id"], "-d", "pipeline.yml").out
        self.assertRegex(said, r"engine      Spark 4\.3\.0 at sc://127\.0\.0\.1:\d+, application local-\d+, session [0-9a-f-]{36}")


class InADuckDbFile(OnSpark, touched.DuckDb):
    pass


class Losses(Case):
    """Whatever goes away in the middle: exit 3 and nothing published, or the same rows as ever."""

    def setUp(self):
        super().setUp()
        for name in "ab":
            self.write(f"in/{name}.csv", "id,x\n" + "".join(f"{name}{i},{i}\n" for i in range(30000)))
        self.dataset_with_gold({"standardization": {"casts": [{"column": "x", "to": "int"}],
                                                    "deduplicate": {"key": ["id"], "order_by": ["x desc"]}}})

    def launch(self, server):
        return self.start("run", "pipeline.yml", "--json", "--engine", "spark", env=server.environment)

    def end(self, process):
        out, err = process.communicate(timeout=300)
        self.assertNotIn("Sanitizer", err)
        return process.returncode, err

    def wait_for_staging(self):
        for _ in range(3000):
            if any(self.root.glob("out/.silver.crisol/demo/*/spark/staged")):
                return
            time.sleep(0.02)
        self.fail("the stage has not begun")

    def test_a_server_that_is_killed_ends_the_run_with_nothing_published(self):
        server = spark.Server()
        self.addCleanup(server.close)
        process = self.launch(server)
        self.wait_for_staging()
        server.stop()
        code, err = self.end(process)
        self.assertEqual(code, 3, err)
        self.assertEqual(self.files_below("out"), [])
        self.assertEqual(list(self.root.glob("out/.silver.crisol/demo/*/spark")), [])
        server.start()
        code, err = self.end(self.launch(server))
        self.assertEqual(code, 0, err)
        self.assertEqual(len(self.silver("id")), 60000)

    def test_an_executor_that_is_killed_has_its_tasks_done_by_another(self):
        server = spark.Server(master="local-cluster[2,1,1024]")
        self.addCleanup(server.close)
        self.write("in/c.csv", "id,x\n" + "".join(f"c{i},{i}\n" for i in range(200000)))
        process = self.launch(server)
        self.wait_for_staging()
        executors = [pid for pid in spark.children(server.process.pid) if b"CoarseGrainedExecutorBackend" in command_line(pid)]
        self.assertEqual(len(executors), 2)
        os.kill(executors[0], signal.SIGKILL)
        code, err = self.end(process)
        self.assertEqual(code, 0, err)
        self.assertEqual(self.silver("count(*), count(DISTINCT id)"), [(260000, 260000)])

    def test_an_interruption_ends_the_run_and_frees_the_cluster(self):
        process = self.launch(spark.server())
        self.wait_for_staging()
        process.send_signal(signal.SIGINT)
        code, err = self.end(process)
        self.assertEqual(code, 130, err)
        self.assertEqual(self.files_below("out"), [])
        code, err = self.end(self.launch(spark.server()))
        self.assertEqual(code, 0, err)


def command_line(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    unittest.main()
