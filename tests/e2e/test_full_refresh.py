"""run --full-refresh: silver and gold are made anew in one commit; what people have made of the table stays. A table without
rows may change in any run."""

import os
import pty
import select
import signal

import minio
import postgresql
from harness import CRISOL, Case, merged, subprocess, unittest

OLD = "id,n,day\na,1,2024-01-01\nb,2,2024-02-01\n"
NEW = "id,n,day\nc,x3,2024-03-01\n"
SILVER = {"path": "out/silver", "mode": "append", "partition_by": ["year", "month"], "partition_from": "day"}


class Refresh(Case):
    def begin(self, change=None, **gold):
        self.write("database.yml", {"default": {"driver": "duckdb", "path": "warehouse.duckdb"}})
        self.configure(change, **gold)

    def configure(self, change=None, n="int", **gold):
        casts = [{"column": "day", "to": "date"}] + ([{"column": "n", "to": n, "on_error": "null"}] if n else [])
        self.dataset(merged({"standardization": {"casts": casts},
                             "output": {"silver": SILVER, "gold": {"enabled": True, "database_config": "database.yml",
                                                                   "exclude_columns": ["_run_id", "_ingestion_ts"], **gold}}},
                            change or {}))

    def sql(self, text):
        return self.gold(text)

    def refresh(self, *arguments, exit=0, **options):
        return self.crisol("run", "pipeline.yml", "--full-refresh", "--yes", *arguments, exit=exit, **options)

    def gold_rows(self, columns="id, n"):
        return [tuple(str(v) for v in row) for row in self.sql(f"SELECT {columns} FROM gold.demo ORDER BY 1")]

    def silver_rows(self):
        return sorted(tuple(map(str, row)) for row in self.silver("id, n"))

    def first(self, **gold):
        self.begin(**gold)
        self.write("in/a.csv", OLD)
        self.run_dataset()


class Anew(Refresh):
    def test_silver_and_gold_hold_what_the_files_say_and_nothing_else(self):
        for mode in ("append", "upsert"):
            with self.subTest(mode=mode):
                key = {"key": ["id"]} if mode == "upsert" else {}
                self.first(mode=mode, **key)
                self.write("in/a.csv", OLD.replace("a,1", "z,9"))
                self.run_dataset()
                self.refresh()
                self.assertEqual(self.silver_rows(), [("b", "2"), ("z", "9")])
                self.assertEqual(self.gold_rows(), [("b", "2"), ("z", "9")])

    def test_a_type_may_change_in_any_way_and_back(self):
        self.first()
        self.configure(n="date")
        self.assertIn("not every value fits", self.crisol("run", "pipeline.yml", "--set", "output.silver.mode=overwrite", exit=2).err)
        for n, rows in ((None, [("a", "1"), ("b", "2")]), ("double", [("a", "1.0"), ("b", "2.0")]),
                        ("boolean", [("a", "True"), ("b", "None")]), ("int", [("a", "1"), ("b", "2")])):
            with self.subTest(n=n):
                self.configure(n=n)
                self.refresh("-q")
                self.assertEqual([(i, self.normal(v)) for i, v in self.gold_rows()], [(i, self.normal(v)) for i, v in rows])

    def normal(self, value):
        """PostgreSQL's client and DuckDB's write some values otherwise."""
        return {"t": "True", "∅": "None", "1.0": "1", "2.0": "2", "true": "True"}.get(value, value)

    def test_new_columns_come_and_old_ones_stay_null(self):
        self.first()
        self.write("in/a.csv", "id,day,m\nc,2024-03-01,5\n")
        self.configure({"standardization": {"casts": [{"column": "day", "to": "date"}]}}, n=None)
        self.refresh("-q")
        self.assertEqual([tuple(map(self.normal, row)) for row in self.gold_rows("id, m, n")], [("c", "5", "None")])

    def test_incremental_takes_all_files_and_later_runs_only_new_ones(self):
        self.begin()
        change = {"source": {"incremental": True}, "output": {"silver": {"mode": "overwrite_dynamic"}}}
        self.configure(change)
        self.write("in/a.csv", OLD)
        self.run_dataset()
        self.write("in/b.csv", NEW.replace("x3", "3"))
        self.assertEqual(self.refresh("--json").rows["read"], 3)
        self.assertEqual(self.run_dataset().rows["read"], 0)
        self.write("in/c.csv", "id,n,day\nd,4,2024-04-01\n")
        self.assertEqual(self.run_dataset().rows["read"], 1)
        self.assertEqual([row[0] for row in self.gold_rows()], ["a", "b", "c", "d"])

    def test_nothing_in_the_place_of_something_is_refused(self):
        self.first()
        self.configure({"quality": {"rules": [{"name": "r", "expr": "false", "on_fail": "drop"}]}})
        self.refresh(exit=1)
        self.assertEqual(self.gold_rows(), [("a", "1"), ("b", "2")])

    def test_a_shared_table_is_refused_by_name(self):
        self.first(mode="append", shared=True)
        self.assert_refused(self.refresh(exit=2), 'gold table "demo" is shared')
        self.assertEqual(len(self.gold_rows()), 2)

    def test_a_table_without_rows_may_change_in_any_run(self):
        rules = {"quality": {"rules": [{"name": "r", "expr": "id = 'none'", "on_fail": "quarantine"}]}}
        self.begin(rules)
        self.write("in/a.csv", OLD)
        self.run_dataset()
        for n in ("date", "boolean", None, "int"):
            with self.subTest(n=n):
                self.configure(rules, n=n)
                self.run_dataset()
        self.configure()
        self.run_dataset("--set", "output.silver.mode=overwrite")
        self.assertEqual(len(self.gold_rows()), 2)

    def test_a_killed_one_is_finished_or_undone(self):
        old, new = [("a", "1"), ("b", "2")], [("c", "None")]
        self.first()
        self.write("in/a.csv", NEW)
        self.configure(n="date")
        n, kills = self.step, 0
        while True:
            process = self.start("run", "pipeline.yml", "--full-refresh", "--yes", "-q", env={"CRISOL_FAULT": str(n)})
            _, err = process.communicate(timeout=60)
            if process.returncode == 0:
                break
            self.assertEqual(process.returncode, -signal.SIGKILL, err)
            kills += 1
            self.crisol("recover", "pipeline.yml", "-q")
            gold, silver = self.gold_rows(), self.silver_rows()
            self.assertEqual([row[0] for row in gold], [row[0] for row in silver], n)
            self.assertIn([(i, self.normal(v)) for i, v in gold], (old, new), n)
            if gold != old:
                self.write("in/a.csv", OLD)
                self.configure()
                self.refresh("-q")
                self.write("in/a.csv", NEW)
                self.configure(n="date")
            n += self.step
        self.assertGreater(kills, 0)
        self.assertEqual([row[0] for row in self.gold_rows()], ["c"])

    step = 5


class InPostgreSql(Anew):
    step = 9
    test_silver_and_gold_hold_what_the_files_say_and_nothing_else = None
    test_incremental_takes_all_files_and_later_runs_only_new_ones = None
    test_nothing_in_the_place_of_something_is_refused = None
    test_a_shared_table_is_refused_by_name = None

    def begin(self, change=None, **gold):
        if not hasattr(self, "server"):
            self.server, self.name = postgresql.use_database(self)
        self.configure(change, **gold)

    def sql(self, text):
        return [line.split("|") for line in self.server.sql(text, self.name)]

    def test_grants_comments_indexes_and_views_stay(self):
        self.first()
        self.sql("CREATE ROLE reader_of_refresh; GRANT SELECT ON gold.demo TO reader_of_refresh; "
                 "COMMENT ON COLUMN gold.demo.id IS 'mine'; CREATE INDEX mine ON gold.demo (n); CREATE VIEW gold.seen AS "
                 "SELECT id FROM gold.demo")
        self.addCleanup(self.server.sql, "DROP ROLE reader_of_refresh")
        self.addCleanup(self.sql, "DROP OWNED BY reader_of_refresh")
        oid = self.sql("SELECT 'gold.demo'::regclass::oid")
        self.configure(n="boolean")
        self.refresh("-q")
        self.assertEqual(self.sql("SELECT 'gold.demo'::regclass::oid"), oid)
        self.assertEqual(self.sql("SELECT has_table_privilege('reader_of_refresh', 'gold.demo', 'SELECT'), "
                                  "col_description('gold.demo'::regclass, 1), to_regclass('gold.mine') IS NOT NULL"),
                         [["t", "mine", "t"]])
        self.assertEqual(self.sql("SELECT * FROM gold.seen ORDER BY 1"), [["a"], ["b"]])

    def test_what_stands_in_the_way_is_named_and_nothing_is_done(self):
        for object, words in (("CREATE VIEW gold.thing AS SELECT n + 1 AS x FROM gold.demo", ["view gold.thing"]),
                              ("CREATE INDEX thing ON gold.demo ((n + 1))", ["cannot get the types"]),
                              ("ALTER TABLE gold.demo ADD CONSTRAINT thing CHECK (n > 0)", ["cannot get the types"])):
            with self.subTest(object=object):
                self.server, self.name = postgresql.use_database(self) if not hasattr(self, "server") else (self.server, self.name)
                self.sql("DROP SCHEMA IF EXISTS gold CASCADE")
                self.first()
                self.sql(object)
                self.configure(n=None)
                self.assert_refused(self.refresh(exit=2), *words)
                self.assertEqual(self.gold_rows(), [("a", "1"), ("b", "2")])


class InAnObjectStore(minio.StoreCase, Refresh):
    def test_a_killed_one_is_finished_or_undone(self):
        silver = {"output": {"silver": {"path": f"s3a://{self.bucket}/silver"}}}
        self.begin(silver)
        self.write("in/a.csv", OLD)
        self.run_dataset()
        self.write("in/a.csv", NEW)
        self.configure(silver, n="date")
        for n in range(4, 100, 9):
            process = self.start("run", "pipeline.yml", "--full-refresh", "--yes", "-q", env={"CRISOL_FAULT": str(n)})
            process.communicate(timeout=60)
            if process.returncode == 0:
                break
            self.crisol("recover", "pipeline.yml", "-q")
            lake = sorted(row[0] for row in self.lake("id"))
            self.assertEqual(lake, [row[0] for row in self.gold_rows()], n)
            self.assertIn(lake, (["a", "b"], ["c"]))
        self.assertEqual(process.returncode, 0)
        self.assertEqual([row[0] for row in self.lake("id")], ["c"])


class Asks(Refresh):
    def test_without_a_terminal_it_needs_yes(self):
        self.first()
        answer = self.crisol("run", "pipeline.yml", "--full-refresh", exit=2)
        self.assert_refused(answer, "no terminal", "--yes")

    def answered(self, text):
        main, other = pty.openpty()
        process = subprocess.Popen([CRISOL, "run", "pipeline.yml", "--full-refresh"], cwd=self.root, env=self.environment,
                                   stdin=other, stdout=subprocess.DEVNULL, stderr=other)
        os.close(other)
        said = b""
        while b"[y/N]" not in said and select.select([main], [], [], 60)[0]:
            said += os.read(main, 4096)
        os.write(main, text)
        code = process.wait(60)
        os.close(main)
        return code, said.decode()

    def test_on_a_terminal_it_asks(self):
        self.first()
        self.write("in/a.csv", OLD.replace("a,1", "z,9"))
        code, said = self.answered(b"n\n")
        self.assertEqual(code, 2)
        self.assertIn("pipeline.yml", said)
        self.assertEqual(self.gold_rows(), [("a", "1"), ("b", "2")])
        self.assertEqual(self.answered(b"y\n")[0], 0)
        self.assertEqual(self.gold_rows(), [("b", "2"), ("z", "9")])


if __name__ == "__main__":
    unittest.main()
