"""Whose a gold table is: the dataset's that made it. One run writes it at a time, whatever its lake; nobody waits behind one
that waits for readers."""

import time

import postgresql
from harness import Case, signal, subprocess, unittest

MANY = 150_000


class Owner(Case):
    """Once for each kind of database: what `use_database` writes, and `gold_rows` asks."""

    def use(self, id, change=None, text="id,n\na,1\nb,2\n", root=".", **gold):
        """A dataset of this id, with a lake of its own."""
        self.use_database()
        self.write(f"{root}/in/{id}.csv", text)
        return self.dataset({
            "id": id, "source": {"path": f"in/{id}.csv"},
            "output": {"silver": {"path": f"out/{id}", "mode": "overwrite", **(change or {})},
                       "gold": {"enabled": True, "database_config": str(self.root / "database.yml"), "table": "t", **gold}},
            "quality": {"quarantine": None}}, f"{root}/{id}.yml")

    def run_of(self, id, exit=0, **options):
        return self.crisol("run", f"{id}.yml", exit=exit, **options)

    def test_another_dataset_is_refused_before_anything_is_read(self):
        self.use("one")
        self.run_of("one")
        self.use("two", text="id,n\nc,3\n")
        answer = self.run_of("two", exit=2)
        self.assert_refused(answer, 'belongs to dataset "one"', "shared: true", "UPDATE metadata.gold_tables")
        self.assertEqual(self.gold_rows(), ["a|1", "b|2"])
        self.assertEqual(self.files_below("out/two"), [])

    def test_ids_that_differ_in_case_are_two(self):
        self.use("one")
        self.run_of("one")
        self.use("One")
        self.assert_refused(self.run_of("One", exit=2), "differ in case")

    def test_a_renamed_dataset_is_told_what_to_do_and_that_helps(self):
        self.use("one")
        self.run_of("one")
        self.use("two")
        hint = self.run_of("two", exit=2).err
        self.sql(hint[hint.index("UPDATE metadata"):].split("\n")[0])
        self.run_of("two")
        self.assert_refused(self.run_of("one", exit=2), 'belongs to dataset "two"')

    def test_a_table_without_an_owner_is_adopted_with_a_warning(self):
        self.use("one")
        self.run_of("one")
        self.sql("DELETE FROM metadata.gold_tables")
        self.use("two")
        self.assertIn("had no owner", self.run_of("two").err)
        self.assertNotIn("owner", self.run_of("two").err)
        self.assert_refused(self.run_of("one", exit=2), 'belongs to dataset "two"')

    def test_a_table_that_was_dropped_belongs_to_who_makes_it_again(self):
        self.use("one")
        self.run_of("one")
        self.sql("DROP TABLE gold.t")
        self.use("two")
        self.run_of("two")
        self.assert_refused(self.run_of("one", exit=2), 'belongs to dataset "two"')

    def test_another_lake_warns(self):
        self.use("one")
        self.assertNotIn("lake", self.run_of("one").err)
        self.use("one", {"path": "out/elsewhere"})
        self.assertIn("out/elsewhere", self.run_of("one").err)
        self.assertNotIn("was last written from", self.run_of("one").err)

    def test_shared_tables_are_written_by_all_that_share_them(self):
        for mode in ({"mode": "append"}, {"mode": "upsert", "key": ["id"]}):
            with self.subTest(mode=mode["mode"]):
                self.use("one", table="t_" + mode["mode"], shared=True, **mode)
                self.use("two", table="t_" + mode["mode"], shared=True, text="id,n\nb,3\nc,4\n", **mode)
                self.use("three", table="t_" + mode["mode"], **mode)
                self.run_of("one")
                self.run_of("two")
                self.run_of("one")
                self.assert_refused(self.run_of("three", exit=2), 'belongs to dataset "one"')
                rows = self.gold_rows("t_" + mode["mode"])
                self.assertEqual(rows, ["a|1", "b|2", "c|4"] if mode["mode"] == "upsert" else
                                 ["a|1", "a|1", "b|2", "b|2", "b|3", "c|4"])
        self.use("one", table="t_append", mode="append")
        self.assert_refused(self.run_of("one", exit=2), 'belongs to dataset "two"')

    def test_an_owner_that_does_not_share_is_not_joined(self):
        self.use("one", mode="append")
        self.run_of("one")
        self.use("two", mode="append", shared=True)
        self.assert_refused(self.run_of("two", exit=2), "does not share it")

    def test_sharing_is_refused_where_rows_are_replaced(self):
        for silver, mode, is_sound in (("overwrite", "follow", False), ("append", "follow", True), ("overwrite", "overwrite", False),
                                       ("overwrite", "append", True)):
            self.use("one", {"mode": silver}, mode=mode, shared=True)
            answer = self.crisol("check", "one.yml", exit=0 if is_sound else 2)
            self.assertEqual("gold.shared is true, but" in answer.out, not is_sound, (silver, mode))

    def test_names_that_the_databases_keep_are_refused(self):
        for schema in ("metadata", "METADATA", "information_schema", "Information_Schema", "pg_catalog", "pg_temp", "PG_own", ""):
            self.use("one", schema=schema)
            self.assertIn("gold.schema", self.crisol("check", "one.yml", exit=2).out, schema)
        self.use("one", schema="${NO_NAME:-}", table="${NO_NAME:-}")
        answer = self.crisol("check", "one.yml", exit=2)
        self.assertIn("gold.schema is empty", answer.out)
        self.assertIn("gold.table is empty", answer.out)
        self.use("one")
        self.run_of("one")
        self.assertIn("gold.schema", self.crisol("run", "one.yml", "--set", "output.gold.schema=metadata", exit=2).err)
        for schema in ("main", "metadata2", "public"):
            self.use("one", schema=schema)
            self.run_of("one")

    def test_tables_from_before_there_were_owners_belong_to_who_made_them(self):
        self.use("one")
        self.run_of("one")
        self.sql("DROP TABLE metadata.gold_tables")
        self.use("two")
        self.assert_refused(self.run_of("two", exit=2), 'belongs to dataset "one"')
        self.assertNotIn("owner", self.run_of("one").err)

    def test_two_folders_with_lakes_of_their_own_write_one_after_another(self):
        """Both at once doubled each id: each deleted what stood, and then inserted."""
        text = "id,n\n" + "".join(f"{n},{n}\n" for n in range(MANY))
        for folder in ("a", "b"):
            self.use("one", root=folder, text=text)
        self.crisol("run", "one.yml", cwd=self.root / "a")
        runs = [self.start("run", "one.yml", cwd=self.root / folder) for folder in ("a", "b")]
        for run in runs:
            _, err = run.communicate(timeout=200)
            self.assertEqual(run.returncode, 0, err)
        self.assertEqual(self.gold_rows(columns="count(*), count(DISTINCT id)"), [f"{MANY}|{MANY}"])


class InADuckDbFile(Owner):
    def use_database(self):
        self.write("database.yml", {"default": {"driver": "duckdb", "path": str(self.root / "warehouse.duckdb")}})

    def sql(self, sql):
        import duckdb
        with duckdb.connect(str(self.root / "warehouse.duckdb")) as connection:
            connection.execute(sql)

    def gold_rows(self, table="t", columns="id, n"):
        return ["|".join(map(str, row)) for row in self.gold(f"SELECT {columns} FROM gold.{table} ORDER BY ALL")]

    def test_names_that_differ_in_case_are_one_table(self):
        self.use("one")
        self.run_of("one")
        self.use("two", table="T", schema="Gold")
        self.assert_refused(self.run_of("two", exit=2), 'belongs to dataset "one"')


class InPostgreSql(Owner):
    @classmethod
    def setUpClass(cls):
        cls.server = postgresql.server()

    def setUp(self):
        super().setUp()
        self.database = "owner_" + self.id().rsplit(".", 1)[1][:50].lower()
        self.server.sql(f'CREATE DATABASE "{self.database}"')
        self.addCleanup(self.server.sql, f'DROP DATABASE "{self.database}" WITH (FORCE)')
        self.environment["TEST_PASSWORD"] = self.server.password

    limit = 60

    def use_database(self):
        self.write("database.yml", {"default": {
            "driver": "postgresql", "host": "127.0.0.1", "port": self.server.port, "database": self.database, "user": "admin",
            "password_env": "TEST_PASSWORD", "lock_timeout": self.limit}})

    def sql(self, sql):
        return self.server.sql(sql, self.database)

    def gold_rows(self, table="t", columns="id, n"):
        return self.sql(f"SELECT {columns} FROM gold.{table} ORDER BY 1, 2")

    def hold(self, sql):
        """A session that keeps its transaction open; closed by the test's end at the latest."""
        holder = subprocess.Popen(
            ["psql", "--no-psqlrc", "-q", "-h", "127.0.0.1", "-p", str(self.server.port), "-U", "admin", "-d", self.database],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**self.environment, "PGPASSWORD": self.server.password,
                                                                            "PGAPPNAME": "a-report"})
        self.addCleanup(holder.communicate)
        self.addCleanup(holder.kill)
        holder.stdin.write(f"BEGIN; {sql}; SELECT 'held';\n")
        holder.stdin.flush()
        while "held" not in holder.stdout.readline():
            pass
        return holder

    def log_until(self, process, words):
        read = ""
        while words not in read:
            line = process.stderr.readline()
            self.assertNotEqual(line, "", read)
            read += line
        return read

    LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('crisol gold \"gold\".\"t\"', 0))"

    def test_who_waits_too_long_for_another_run_exits_4_and_names_it(self):
        self.limit = 1
        self.use("one")
        self.run_of("one")
        self.hold(self.LOCK)
        answer = self.run_of("one", exit=4)
        self.assert_refused(answer, "another run has held gold table", "process", "a-report", "user admin", "waiting for it")
        self.assertEqual(self.sql("SELECT status FROM metadata.pipeline_executions ORDER BY started_at"), ["completed", "failed"])

    def test_who_waits_too_long_for_a_run_that_makes_the_schema_exits_4_and_names_it(self):
        """Such as one that was stopped in the middle: without a limit nobody could load a first table meanwhile."""
        self.limit = 1
        self.use("one")
        self.run_of("one")
        self.sql("DROP SCHEMA gold CASCADE")
        self.hold("SELECT pg_advisory_xact_lock(hashtext('crisol'), hashtext('definitions'))")
        answer = self.run_of("one", exit=4)
        self.assert_refused(answer, 'another run has held gold schema "gold"', "process", "a-report", "user admin", "waiting for it")
        self.assertEqual(self.sql("SELECT status FROM metadata.pipeline_executions ORDER BY started_at"), ["completed", "failed"])

    def test_a_signal_ends_the_wait_for_another_run(self):
        self.use("one")
        self.run_of("one")
        self.hold(self.LOCK)
        process = self.start("run", "one.yml")
        self.log_until(process, "waiting for it")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, err)

    def test_a_migration_is_not_in_the_way_of_readers_while_it_waits_for_one(self):
        self.use("one")
        self.run_of("one")
        reader = self.hold("SELECT count(*) FROM gold.t")
        self.use("one", {"merge_schema": True}, text="id,n,more\na,1,x\n")
        process = self.start("run", "one.yml")
        waiting = self.log_until(process, "in use by")
        self.assertIn("a-report", waiting)
        for _ in range(20):  # one that stood behind the migration would wait as long as that does
            self.sql("SET statement_timeout = '20s'; SELECT count(*) FROM gold.t")
        self.assertIsNone(process.poll())
        reader.stdin.write("COMMIT;\n")
        reader.stdin.flush()
        _, err = process.communicate(timeout=100)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual(self.gold_rows(columns="id, n, more"), ["a|1|x"])

    def test_a_migration_that_waits_too_long_exits_3_and_names_the_reader(self):
        self.limit = 1
        self.use("one")
        self.run_of("one")
        self.hold("SELECT count(*) FROM gold.t WHERE id <> 'a-secret'")
        self.use("one", {"merge_schema": True}, text="id,n,more\na,1,x\n")
        answer = self.run_of("one", exit=3)
        self.assert_refused(answer, "could not be changed", "a-report", "user admin", "idle in transaction", "lock_timeout")
        self.assertNotIn("a-secret", answer.err)
        self.assertNotIn("trying again", answer.err)
        self.assertEqual(self.gold_rows(), ["a|1", "b|2"])

    def test_rows_that_another_writer_has_locked_are_waited_for_in_the_same_way(self):
        self.limit = 1
        self.use("one")
        self.run_of("one")
        self.hold("UPDATE gold.t SET n = '7'")
        answer = self.run_of("one", exit=3)
        self.assert_refused(answer, "could not be written", "a-report")
        self.assertEqual(self.gold_rows(), ["a|1", "b|2"])

    def test_a_reader_of_the_metadata_does_not_stop_their_migration_from_being_tried_again(self):
        self.use("one")
        self.run_of("one")
        reader = self.hold("SELECT count(*) FROM metadata.run_files")
        self.sql("DROP TABLE metadata.gold_tables")
        process = self.start("run", "one.yml")
        time.sleep(1)
        self.sql("SET statement_timeout = '20s'; SELECT count(*) FROM metadata.run_files")
        reader.stdin.write("COMMIT;\n")
        reader.stdin.flush()
        _, err = process.communicate(timeout=100)
        self.assertEqual(process.returncode, 0, err)


del Owner  # has no tests of its own

if __name__ == "__main__":
    unittest.main()
