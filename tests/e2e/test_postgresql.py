"""Section output.gold in PostgreSQL: the table, its modes, migrations and metadata, in a real server."""

import os
import shutil
import socket
import time

import postgresql
import servers
from harness import Case, ROOT, json, signal, subprocess, unittest

SCHEMA = {"type": "object", "required": ["id"], "properties": {
    "id": {"type": "string", "description": "what names it"}, "n": {"type": ["integer", "null"]},
    "small": {"type": ["integer", "null"], "minimum": 0, "maximum": 100}, "t": {"type": ["string", "null"], "format": "date-time"},
    "tags": {"type": ["object", "null"]}}}
LINE = '{"id": "a", "n": 1, "small": 5, "t": "2024-01-31T10:00:00.123456Z", "tags": {"k": [1, 2.50]}}\n'


class PostgreSql(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = postgresql.server()

    def setUp(self):
        super().setUp()
        self.database = "test_" + self.id().rsplit(".", 1)[1][:50].lower()
        self.sql(f'CREATE DATABASE "{self.database}"', database="postgres")
        self.addCleanup(self.sql, f'DROP DATABASE "{self.database}" WITH (FORCE)', database="postgres")
        self.environment["TEST_PASSWORD"] = self.server.password

    def sql(self, text, database=None):
        return self.server.sql(text, database or self.database)

    def connect(self, **change):
        default = {"driver": "postgresql", "host": "127.0.0.1", "port": self.server.port, "database": self.database,
                   "user": "admin", "password_env": "TEST_PASSWORD"}
        self.write("database.yml", {"default": {**default, **change}})

    def begin_anew(self, sql=""):
        """Neither the gold table nor the lake is there: the next run may partition them otherwise."""
        self.sql(f"DROP SCHEMA IF EXISTS gold CASCADE; {sql}")
        shutil.rmtree(self.root / "out", ignore_errors=True)

    def rows(self, text=LINE, gold=None, silver=None, exit=0, schema=SCHEMA, **more):
        self.write("in/a.jsonl", text)
        if schema:
            self.write("schema.json", schema)
            more["schema"] = {"ref": "schema.json", "mode": "strict"}
        self.connect()
        self.dataset({"source": {"input_format": "jsonl", "path": "in/a.jsonl", "options": None},
                      "output": {"gold": {"enabled": True, "database_config": "database.yml", **(gold or {})},
                                 "silver": silver or {}}, **more})
        answer = self.run_dataset(exit=exit)
        self.assertNotIn(self.server.password, answer.out + answer.err)
        return answer

    def values(self, columns="id, n"):
        return self.sql(f"SELECT {columns} FROM gold.demo ORDER BY 1, 2")

    def columns(self):
        return self.sql("SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute WHERE attrelid = "
                        "'gold.demo'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum")


class Table(PostgreSql):
    def test_columns_come_from_the_schema_with_comments(self):
        self.rows()
        self.assertEqual(self.columns(), [
            "id|text|t", "n|bigint|f", "small|integer|f", "t|timestamp with time zone|f", "tags|jsonb|f", "_run_id|text|f",
            "_ingestion_ts|timestamp with time zone|f"])
        self.assertEqual(self.sql("SELECT col_description('gold.demo'::regclass, 1)"), ["what names it"])

    def test_values_arrive_as_they_are(self):
        self.rows()
        self.assertEqual(self.values("id, n, small, t, tags"),
                         ['a|1|5|2024-01-31 10:00:00.123456+00|{"k": [1, 2.50]}'])

    def test_every_type_is_copied(self):
        casts = [("b", "boolean", "true", "t"), ("i", "integer", "-7", "-7"), ("l", "bigint", "9223372036854775807", None),
                 ("f", "float", "0.5", "0.5"), ("d", "double", "-1.5e300", "-1.5e+300"), ("s", "string", "ñ€😀", None),
                 ("day", "date", "0001-01-01", None), ("last", "date", "9999-12-31", None),
                 ("ts", "timestamp", "1969-12-31 23:59:59.999999", "1969-12-31 23:59:59.999999+00"),
                 ("x", "binary", "ab", "\\x6162")]
        decimals = ["0", "1", "-1", "0.1", "0.00001", "12345.6789", "-9999.99999", "10000", "100000000", "0.12345678901234567890",
                    "-123456789012345678.12345678901234567890"]
        for n, text in enumerate(decimals):
            casts.append((f"dec{n}", "decimal(38,20)", text, None))
        casts += [("wide", "decimal(38,0)", "9" * 38, None), ("tiny", "decimal(38,38)", "0." + "0" * 37 + "1", None),
                  ("odd", "decimal(7,3)", "1234.567", None), ("empty", "integer", None, "∅")]
        record = {name: value for name, _, value, _ in casts}
        self.rows(json.dumps(record, ensure_ascii=False) + "\n", schema=None, standardization={
            "casts": [{"column": name, "to": to} for name, to, _, _ in casts]})
        names = ", ".join(f'"{name}"' for name, *_ in casts if not name.startswith("dec"))
        expected = [shown if shown is not None else value for name, _, value, shown in casts if not name.startswith("dec")]
        self.assertEqual(self.values(names), ["|".join(expected)])
        for n, text in enumerate(decimals):
            self.assertEqual(self.sql(f"SELECT dec{n} = {text}, scale(dec{n}) FROM gold.demo"), ["t|20"], text)

    def test_a_bare_decimal_keeps_its_digits(self):
        self.rows(gold={"add_columns": [{"name": "score", "value": "95.5", "type": "decimal"}]})
        self.assertIn("score|numeric|f", self.columns())
        self.assertEqual(self.values("id, score"), ["a|95.5"])

    def test_names_are_quoted_and_too_long_ones_are_refused(self):
        self.rows('{"a \\"b\\"": 1, "select": 2}\n', schema=None, gold={"table": 'or"der', "schema": "my gold"})
        self.assertEqual(self.sql('SELECT "a ""b""", "select" FROM "my gold"."or""der"'), ["1|2"])
        self.assert_refused(self.rows(schema=None, gold={"table": "x" * 64}, exit=2), "63", "x" * 64)

    def test_a_text_with_a_nul_is_quarantined_and_its_neighbours_are_not(self):
        lines = [r'{"id": "a\u0000b", "n": 1}', r'{"id": "c", "n": 2, "tags": {"k": "x\u0000"}}',
                 r'{"id": "d", "n": 3, "tags": {"k": "\\u0000"}}', r'{"id": "e", "n": 4, "tags": {"\u0000": "\u0001"}}']
        answer = self.rows("".join(line + "\n" for line in lines))
        self.assertEqual(answer.rows["quarantined"], 3)
        self.assertEqual(self.values(), ["d|3"])
        self.assertEqual(self.quarantine("n, _failed_rules"),
                         [("1", ["gold:id:nul"]), ("2", ["gold:tags:nul"]), ("4", ["gold:tags:nul"])])

    def test_many_rows_are_streamed(self):
        self.rows("".join(f'{{"id": "{n}", "n": {n}}}\n' for n in range(100000)))
        self.assertEqual(self.sql("SELECT count(*), sum(n), count(DISTINCT id) FROM gold.demo"), ["100000|4999950000|100000"])


class Modes(PostgreSql):
    def test_follow_replaces_the_partitions_of_this_run(self):
        silver = {"mode": "overwrite_dynamic", "partition_by": ["n"]}
        self.rows('{"id": "a", "n": 1}\n{"id": "b", "n": 2}\n{"id": "d", "n": null}\n', silver=silver)
        self.rows('{"id": "c", "n": 2}\n{"id": "e", "n": null}\n', silver=silver)
        self.assertEqual(self.values(), ["a|1", "c|2", "e|∅"])

    def test_follow_finds_time_partitions_in_the_dataset_s_zone(self):
        for zone in ("America/Bogota", "-05:00"):
            with self.subTest(zone=zone):
                self.sql("DROP SCHEMA IF EXISTS gold CASCADE")
                silver = {"mode": "overwrite_dynamic", "partition_by": ["year", "month", "day", "hour", "date"],
                          "partition_from": "t"}
                gold = {"exclude_columns": ["year", "month", "day", "hour", "date"]}
                change = {"silver": silver, "gold": gold, "standardization": {"timezone": zone}}
                self.rows('{"id": "a", "n": 1, "t": "2024-02-01T04:59:00Z"}\n{"id": "b", "n": 1, "t": "2024-02-01T05:00:00Z"}\n',
                          **change)
                self.rows('{"id": "c", "n": 2, "t": "2024-02-01T05:30:00Z"}\n', **change)
                self.assertEqual(self.values(), ["a|1", "c|2"])

    def test_follow_by_the_parts_of_a_text_is_refused(self):
        answer = self.rows('{"id": "2024-01-01"}\n', schema=None, exit=2, gold={"exclude_columns": ["year"]},
                           silver={"mode": "overwrite_dynamic", "partition_by": ["year"], "partition_from": "id"})
        self.assert_refused(answer, '"id" is string', "Cast it")
        self.assertEqual(self.files_below("out"), [])

    def test_append_overwrite_and_upsert_are_what_they_say(self):
        self.rows('{"id": "a", "n": 1}\n', gold={"mode": "append"})
        self.rows('{"id": "a", "n": 1}\n{"id": "b", "n": 2}\n', gold={"mode": "append"})
        self.assertEqual(self.values(), ["a|1", "a|1", "b|2"])
        self.rows('{"id": "a", "n": 1}\n{"id": "b", "n": 2}\n', gold={"mode": "overwrite"})
        self.rows('{"id": "b", "n": 3}\n{"id": "c", "n": 4}\n', gold={"mode": "upsert", "key": ["id"]})
        self.assertEqual(self.values(), ["a|1", "b|3", "c|4"])
        answer = self.rows('{"id": "b", "n": 5}\n{"id": "b", "n": 6}\n', gold={"mode": "upsert", "key": ["id"]})
        self.assertEqual((self.values(), answer.rows["quarantined"]), (["a|1", "b|5", "c|4"], 1))

    def test_a_failed_run_leaves_table_and_lake_as_they_were(self):
        self.rows('{"id": "a", "n": 1}\n')
        before = self.snapshot()
        self.sql("ALTER TABLE gold.demo ADD CONSTRAINT positive CHECK (n > 0)")
        answer = self.rows('{"id": "b", "n": -1}\n', exit=1)
        self.assert_refused(answer, "positive")
        self.assertEqual(self.values(), ["a|1"])
        self.assertEqual(self.snapshot(), before)
        self.assertEqual(self.sql("SELECT status FROM metadata.pipeline_executions ORDER BY started_at"),
                         ["completed", "failed"])


class Migration(PostgreSql):
    def test_new_columns_are_added_and_widenings_applied(self):
        silver = {"mode": "append", "merge_schema": True}
        cast = {"casts": [{"column": "n", "to": "integer"}]}
        self.rows('{"id": "a", "n": 1}\n', schema=None, silver=silver, standardization=cast)
        self.assertIn("n|integer|f", self.columns())
        cast["casts"][0]["to"] = "bigint"
        self.rows('{"id": "b", "n": 5000000000, "more": "x"}\n', schema=None, silver=silver, standardization=cast)
        self.assertIn("n|bigint|f", self.columns())
        self.assertEqual(self.values("id, n, more"), ["a|1|∅", "b|5000000000|x"])

    def test_a_wider_column_stays_as_it_is(self):
        self.rows('{"id": "a", "n": 1}\n')
        self.sql("ALTER TABLE gold.demo ALTER n TYPE numeric")
        self.rows('{"id": "b", "n": 2}\n')
        self.assertIn("n|numeric|f", self.columns())
        self.assertEqual(self.values(), ["b|2"])

    def test_what_is_unsafe_is_refused_with_the_ddl_to_run(self):
        self.rows('{"id": "a", "n": 1}\n', schema=None)
        before = self.snapshot()
        answer = self.rows('{"id": "a", "n": 1}\n', schema=None, exit=2,
                           standardization={"casts": [{"column": "n", "to": "date", "on_error": "null"}]})
        self.assert_refused(answer, 'ALTER TABLE "gold"."demo" ALTER "n" TYPE date', "text")
        self.assertEqual(self.snapshot(), before)

    def test_what_may_be_null_now_loses_its_not_null(self):
        self.rows()
        schema = json.loads(json.dumps(SCHEMA))
        schema["required"] = []
        schema["properties"]["id"]["type"] = ["string", "null"]
        self.rows('{"id": null, "n": 2}\n', schema=schema)
        self.assertEqual(self.values(), ["∅|2"])


class Connection(PostgreSql):
    def refused(self, exit, *parts, **change):
        self.write("in/a.jsonl", LINE)
        self.dataset({"source": {"input_format": "jsonl", "path": "in/a.jsonl", "options": None},
                      "output": {"gold": {"enabled": True, "database_config": "database.yml"}}})
        self.connect(**change)
        answer = self.run_dataset(exit=exit)
        self.assert_refused(answer, *parts)
        self.assertEqual(self.files_below("out"), [])
        self.assertNotIn("wrong-secret", answer.err + answer.out)

    def test_a_server_that_is_not_there_is_an_error_of_the_environment(self):
        self.refused(3, "127.0.0.1", port=servers.free_port())

    def listen(self):
        """A server that takes connections and never says a word."""
        deaf = socket.socket()
        self.addCleanup(deaf.close)
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        return deaf.getsockname()[1]

    def test_a_server_that_gives_no_answer_is_given_up_in_time(self):
        self.refused(3, "no answer within 1 s", port=self.listen(), pool={"connect_timeout": 1})

    def test_sigint_ends_the_wait_for_a_server_that_gives_no_answer(self):
        self.write("in/a.jsonl", LINE)
        self.dataset({"source": {"input_format": "jsonl", "path": "in/a.jsonl", "options": None},
                      "output": {"gold": {"enabled": True, "database_config": "database.yml"}}})
        self.connect(port=self.listen(), pool={"connect_timeout": 60})
        process = self.start("run", "pipeline.yml")
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=50)
        self.assertEqual(process.returncode, 130, err)

    def test_a_wrong_password_is_refused_and_not_shown(self):
        self.refused(3, "password authentication failed", password="wrong-secret", password_env=None)

    def test_a_database_that_is_not_there_is_named(self):
        self.refused(3, '"nowhere"', database="nowhere")

    def test_a_password_variable_that_is_not_set_is_named(self):
        self.refused(2, "NO_SUCH_VARIABLE", password_env="NO_SUCH_VARIABLE")

    def test_a_uri_and_the_pg_variables_serve_as_well(self):
        self.write("in/a.jsonl", LINE)
        self.dataset({"source": {"input_format": "jsonl", "path": "in/a.jsonl", "options": None},
                      "output": {"gold": {"enabled": True, "database_config": "database.yml"}}})
        uri = f"postgresql://admin:{self.server.password}@127.0.0.1:{self.server.port}/{self.database}"
        self.write("database.yml", {"default": {"driver": "postgresql", "database": uri}})
        answer = self.run_dataset()
        self.assertNotIn(self.server.password, answer.err + answer.out + self.crisol("plan", "pipeline.yml").out)
        self.write("database.yml", {"default": {"driver": "postgresql"}})
        self.run_dataset(env={"PGHOST": "127.0.0.1", "PGPORT": str(self.server.port), "PGUSER": "admin",
                              "PGPASSWORD": self.server.password, "PGDATABASE": self.database})
        self.assertEqual(self.values("id, _run_id IS NOT NULL"), ["a|t"])

    def test_a_pgpass_file_serves_as_well(self):
        self.write("in/a.jsonl", LINE)
        self.dataset({"source": {"input_format": "jsonl", "path": "in/a.jsonl", "options": None},
                      "output": {"gold": {"enabled": True, "database_config": "database.yml"}}})
        self.write("database.yml", {"default": {"driver": "postgresql", "host": "127.0.0.1", "port": self.server.port,
                                                "database": self.database, "user": "admin"}})
        path = self.write("pgpass", f"127.0.0.1:{self.server.port}:{self.database}:admin:{self.server.password}\n")
        path.chmod(0o600)
        self.run_dataset(env={"PGPASSFILE": str(path)})
        self.assertEqual(self.values("id, _run_id IS NOT NULL"), ["a|t"])
        self.assert_refused(self.run_dataset(exit=3, env={"PGPASSFILE": "/dev/null"}), "password")

    def test_readers_are_not_blocked_and_see_the_old_rows_or_the_new_ones(self):
        def lines(n):
            return "".join(f'{{"id": "{i}", "n": {n}}}\n' for i in range(n))

        self.rows(lines(1000), schema=None)
        self.write("in/a.jsonl", lines(300_000))
        process = self.start("run", "pipeline.yml", "--json")
        seen = []
        while process.poll() is None:  # a reader that has to wait for a lock at all is an error of psql
            seen.append(tuple(self.sql("SET lock_timeout = '1ms'; SELECT count(*), min(n), max(n) FROM gold.demo")))
        _, err = process.communicate()
        self.assertEqual(process.returncode, 0, err)
        self.assertGreater(len(seen), 5)
        self.assertLessEqual(set(seen), {("1000|1000|1000",), ("300000|300000|300000",)})

    def test_a_statement_that_the_server_cancels_fails_the_run(self):
        self.sql(f"ALTER DATABASE \"{self.database}\" SET statement_timeout = '1ms'")
        self.rows("".join(f'{{"id": "{n}"}}\n' for n in range(50000)), exit=3)

    def test_sigint_stops_a_run_that_waits_for_a_lock_of_the_server(self):
        self.rows()
        holder = self.start_locker()
        try:
            process = self.start("run", "pipeline.yml", "--json")
            time.sleep(1.5)
            self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 130, err)
        finally:
            holder.kill()
            holder.communicate()
        self.assertEqual(self.values(), ["a|1"])

    def test_a_connection_that_is_cut_in_mid_copy_is_made_anew_and_the_rows_are_sent_again(self):
        self.write("in/a.jsonl", "".join(f'{{"id": "{n}", "n": {n}}}\n' for n in range(400000)))
        self.write("schema.json", SCHEMA)
        self.connect()
        self.dataset({"source": {"input_format": "jsonl", "path": "in/a.jsonl", "options": None}, "schema": {"ref": "schema.json"},
                      "output": {"gold": {"enabled": True, "database_config": "database.yml"}}})
        process = self.start("run", "pipeline.yml", "--json")
        cut = []
        while process.poll() is None and not cut:
            cut = self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY %' AND state = 'active' "
                           f"AND datname = '{self.database}'", database="postgres")
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual(cut, ["t"])
        self.assertIn("trying again", err)
        self.assertEqual(self.sql("SELECT count(*), sum(n) FROM gold.demo"), [f"400000|{sum(range(400000))}"])

    def test_a_server_that_goes_away_for_good_fails_the_run_and_leaves_the_lake_alone(self):
        own = postgresql.Server()
        try:
            self.write("in/a.jsonl", "".join(f'{{"id": "{n}", "n": {n}}}\n' for n in range(400000)))
            self.connect(port=own.port, database="postgres", retries=1)
            self.environment["TEST_PASSWORD"] = own.password
            self.dataset({"source": {"input_format": "jsonl", "path": "in/a.jsonl", "options": None},
                          "output": {"gold": {"enabled": True, "database_config": "database.yml"}}})
            process = self.start("run", "pipeline.yml", "--json")
            while process.poll() is None and "COPY" not in "".join(
                    own.sql("SELECT query FROM pg_stat_activity WHERE query LIKE 'COPY %' AND state = 'active'")):
                pass
            own.stop()
            _, err = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 3, err)
            self.assertEqual(self.files_below("out"), [])
            own.start()
            self.run_dataset()
        finally:
            own.close()

    def start_locker(self):
        holder = subprocess.Popen(["psql", "--no-psqlrc", "-q", "-h", "127.0.0.1", "-p", str(self.server.port), "-U", "admin", "-d",
                                   self.database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                  env={**os.environ, "PGPASSWORD": self.server.password})
        holder.stdin.write("BEGIN; LOCK TABLE gold.demo IN SHARE MODE; SELECT 'held';\n")
        holder.stdin.flush()
        while "held" not in holder.stdout.readline():
            pass
        return holder


class Privileges(PostgreSql):
    """A role that may do what scripts/init_database.sql grants, and nothing else."""

    def setUp(self):
        super().setUp()
        self.role = "role_" + self.database[-40:]
        self.sql(f"CREATE ROLE \"{self.role}\" LOGIN PASSWORD '{self.server.password}'", database="postgres")
        self.addCleanup(self.sql, f'DROP ROLE IF EXISTS "{self.role}"', database="postgres")

    def init_by_script(self):
        script = (ROOT / "scripts/init_database.sql").read_text(encoding="utf-8")
        self.sql(f"\\set role '{self.role}'\n" + script)
        self.addCleanup(self.sql, f'DROP OWNED BY "{self.role}"')

    def connect(self, **change):
        super().connect(user=self.role, **change)

    def test_they_suffice_for_runs_and_migrations(self):
        self.init_by_script()
        self.rows()
        self.rows(LINE.replace('"n": 1', '"n": 1, "more": "x"'), silver={"merge_schema": True}, gold={"mode": "upsert", "key": ["id"]})
        self.assertEqual(self.values("id, n, more"), ["a|1|x"])

    def test_db_check_says_what_is_missing_and_db_init_makes_it(self):
        self.connect()
        answer = self.crisol("db", "check", "--db", "database.yml", exit=3)
        self.assertIn("missing  the metadata tables", answer.out)
        self.assertIn("scripts/init_database.sql", answer.out)
        self.assertIn("permission denied", self.crisol("db", "init", "--db", "database.yml", exit=3).err)
        self.init_by_script()
        self.assertNotIn("  missing", self.crisol("db", "check", "--db", "database.yml").out)
        self.crisol("db", "init", "--db", "database.yml")

    FORMER = ("ALTER TABLE metadata.pipeline_executions DROP lock, DROP process; ALTER TABLE metadata.run_files DROP etag, DROP changed_at, "
              "DROP inputs; DROP TABLE metadata.gold_tables")

    def test_tables_of_a_former_version_are_mended_by_the_script(self):
        self.init_by_script()
        self.sql(self.FORMER)
        self.connect()
        answer = self.crisol("db", "check", "--db", "database.yml", exit=3)
        self.assertIn("to do: ALTER TABLE metadata.run_files ADD COLUMN inputs", answer.out)
        self.init_by_script()
        self.assertNotIn("  missing", self.crisol("db", "check", "--db", "database.yml").out)
        self.rows()

    def test_tables_of_a_former_version_are_mended_by_the_role_that_owns_them(self):
        self.init_by_script()
        self.sql(f'''{self.FORMER}; ALTER SCHEMA metadata OWNER TO "{self.role}"; DO $$DECLARE name text; BEGIN FOR name IN SELECT tablename
                 FROM pg_tables WHERE schemaname = 'metadata' LOOP EXECUTE format('ALTER TABLE metadata.%I OWNER TO "{self.role}"', name);
                 END LOOP; END$$''')
        self.connect()
        self.rows()

    def test_the_script_makes_the_tables_that_db_init_makes(self):
        tables = ("SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = "
                  "'metadata' ORDER BY table_name, ordinal_position")
        self.init_by_script()
        by_script = self.sql(tables)
        self.sql("DROP SCHEMA metadata CASCADE")
        super().connect()
        self.crisol("db", "init", "--db", "database.yml")
        self.assertEqual(self.sql(tables), by_script)


class Seed(PostgreSql):
    def test_the_payments_of_the_seed_end_in_postgresql_with_their_metadata(self):
        shutil.copytree(ROOT / "examples/seed/config", self.root / "config")
        self.crisol("generate", "payments", "lake/raw/casos-uso/payments-high-volume", "--rows", 100000, "--files", 4)
        self.connect()
        shutil.copy(self.root / "database.yml", self.root / "config/database.yml")
        places = ("config/env.yml", "config/database.yml", "default")
        first = self.run_dataset(*places, dataset="config/datasets/casos_uso/payments_high_volume.yml")
        again = self.run_dataset(*places, dataset="config/datasets/casos_uso/payments_high_volume.yml")
        self.assertEqual(first.rows, again.rows)
        self.assertEqual(self.sql("SELECT count(*), count(DISTINCT payment_id) FROM gold.payments_high_volume"),
                         [f"{first.rows['gold']}|{first.rows['gold']}"])
        self.assertEqual(self.sql("SELECT status, rows_read, rows_gold FROM metadata.pipeline_executions"),
                         [f"completed|100000|{first.rows['gold']}"] * 2)
        self.assertEqual(self.sql("SELECT count(*) FROM metadata.dataset_versions"), ["1"])
        listed = self.crisol("runs", "--env", "config/env.yml", "--db", "config/database.yml").out
        self.assertIn(again.summary["run_id"], listed)
        shown = self.crisol("runs", again.summary["run_id"], "--db", "config/database.yml").out
        self.assertIn("amount_range_validation", shown)
        traced = self.crisol("lineage", "gold.payments_high_volume", "--db", "config/database.yml").out
        self.assertLess(traced.index(again.summary["run_id"]), traced.index(first.summary["run_id"]))


if __name__ == "__main__":
    unittest.main()
