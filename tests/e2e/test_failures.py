"""Section 4: where silver, gold or the metadata cannot be written, nothing of the run is there, wherever they lie; and
runs of several datasets into one place do not harm one another."""

import json
import subprocess
import unittest

import duckdb
import minio
import postgresql
from harness import CRISOL

ROWS = "id,p\n1,a\n2,b\n3,b\nbroken\n"
OTHERS = "id,p\n4,b\n5,c\nbroken,too,much\n"


class Place(minio.StoreCase):
    """A dataset whose lake and quarantine lie in `store` and whose gold lies in `database`."""

    on_s3 = None

    def setUp(self):
        super().setUp()
        self.write("in/a.csv", ROWS)
        self.lake_path = f"s3a://{self.bucket}/lake" if self.on_s3 else "out/lake"
        self.write("database.yml", {"default": self.make_database()})
        self.dataset(self.change())
        self.run_dataset()

    def change(self, name="demo"):
        return {"id": name, "quality": {"quarantine": f"{self.lake_path}/quarantine/{name}"},
                "output": {"silver": {"path": f"{self.lake_path}/silver/{name}", "mode": "overwrite_dynamic",
                                      "partition_by": ["p"]},
                           "gold": {"enabled": True, "database_config": "database.yml", "table": name}}}

    def outputs(self):
        """All that readers see: files or objects with their bytes, gold's rows, the runs that count as completed."""
        if self.on_s3:
            files = {key: self.store.get(self.bucket, key) for key in self.store.keys(self.bucket, "lake/")
                     if ".crisol" not in key}
        else:
            files = self.snapshot()
        return files, self.rows("SELECT id, p FROM gold.demo ORDER BY id"), self.rows(
            "SELECT execution_id FROM metadata.pipeline_executions WHERE status = 'completed'")

    def staged(self):
        if self.on_s3:
            return [key for key in self.store.keys(self.bucket) if ".crisol" in key]
        return [path for path in self.root.rglob("*.parquet")  # the rejects of data that is refused are kept
                if ".crisol" in str(path) and "/.crisol/refused/" not in str(path)]

    def fails(self, *command):
        """The run fails with one message, changes nothing and leaves nothing behind."""
        before = self.outputs()
        self.write("in/a.csv", OTHERS)
        process = subprocess.run(list(command) or [CRISOL, "run", "pipeline.yml", "--json"],
                                 cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=120)
        self.assertIn(process.returncode, (1, 3), process.stderr)
        self.assertNotIn("defect", process.stderr)
        self.assertNotIn("Sanitizer", process.stderr)
        self.assertIn("error: ", process.stderr)
        self.assertEqual(self.outputs(), before)
        self.assertEqual(self.staged(), [])
        return process.stderr

    def works_again(self):
        self.run_dataset()
        self.assertEqual(self.outputs()[1], [("1", "a"), ("4", "b"), ("5", "c")])

    def test_silver_that_cannot_be_written(self):
        self.fails("bash", "-c", f"ulimit -f 0; exec '{CRISOL}' run pipeline.yml --json 2>&1 | cat >&2; exit ${{PIPESTATUS[0]}}")
        self.works_again()

    def test_gold_that_cannot_be_written(self):
        self.break_table("gold", "demo", "id < '4'")
        self.fails()
        self.mend_table("gold", "demo")
        self.works_again()

    def test_metadata_that_cannot_be_written(self):
        self.break_table("metadata", "run_files", "direction <> 'quarantine'")
        self.fails()
        self.mend_table("metadata", "run_files")
        self.works_again()


class DuckDb:
    def make_database(self):
        return {"driver": "duckdb", "path": "warehouse.duckdb"}

    def rows(self, sql):
        return self.gold(sql)

    def alter(self, *statements):
        with duckdb.connect(str(self.root / "warehouse.duckdb")) as connection:
            for statement in statements:
                connection.execute(statement)

    def break_table(self, schema, table, check):
        """DuckDB cannot add a constraint to a table: another takes its place."""
        with duckdb.connect(str(self.root / "warehouse.duckdb")) as connection:
            columns = connection.execute(
                f"SELECT string_agg('\"' || column_name || '\" ' || data_type, ', ' ORDER BY column_index) FROM "
                f"duckdb_columns() WHERE schema_name = '{schema}' AND table_name = '{table}'").fetchone()[0]
        self.alter(f"CREATE TABLE {schema}.good AS FROM {schema}.{table}", f"DROP TABLE {schema}.{table}",
                   f"CREATE TABLE {schema}.{table} ({columns})", f"INSERT INTO {schema}.{table} FROM {schema}.good",
                   f"CREATE TABLE {schema}.bad ({columns}, CHECK ({check}))",
                   f"INSERT INTO {schema}.bad FROM {schema}.{table} WHERE {check}",
                   f"DROP TABLE {schema}.{table}", f"ALTER TABLE {schema}.bad RENAME TO {table}")

    def mend_table(self, schema, table):
        self.alter(f"DROP TABLE {schema}.{table}", f"ALTER TABLE {schema}.good RENAME TO {table}")


class PostgreSql:
    def make_database(self):
        self.server = postgresql.server()
        self.server.sql("DROP DATABASE IF EXISTS failures WITH (FORCE)")
        self.server.sql("CREATE DATABASE failures")
        return {"driver": "postgresql", "host": "127.0.0.1", "port": self.server.port, "database": "failures",
                "user": "admin", "password": self.server.password}

    def rows(self, sql):
        return [tuple(line.split("|")) for line in self.server.sql(sql, "failures")]

    def break_table(self, schema, table, check):
        self.server.sql(f"ALTER TABLE {schema}.{table} ADD CONSTRAINT broken CHECK ({check}) NOT VALID", "failures")

    def mend_table(self, schema, table):
        self.server.sql(f"ALTER TABLE {schema}.{table} DROP CONSTRAINT broken", "failures")


class OnDiskAndDuckDb(DuckDb, Place):
    on_s3 = False


class OnDiskAndPostgreSql(PostgreSql, Place):
    on_s3 = False


class OnS3AndDuckDb(DuckDb, Place):
    on_s3 = True


class OnS3AndPostgreSql(PostgreSql, Place):
    on_s3 = True

    def test_runs_of_many_datasets_at_once_into_a_new_database(self):
        """Each of them wants to make the schemas and tables first."""
        self.server.sql("DROP SCHEMA gold CASCADE; DROP SCHEMA metadata CASCADE", "failures")
        names = [f"many{n}" for n in range(6)]
        for name in names:
            self.dataset(self.change(name), f"{name}.yml")
        runs = [self.start("run", f"{name}.yml", "--json", "--quiet") for name in names]
        for name, run in zip(names, runs):
            out, err = run.communicate(timeout=120)
            self.assertEqual(run.returncode, 0, err)
            self.assertEqual(json.loads(out)["rows"]["silver"], 3)
            self.assertEqual(self.rows(f"SELECT id, p FROM gold.{name} ORDER BY id"), [("1", "a"), ("2", "b"), ("3", "b")])
            self.assertEqual(len(self.store.keys(self.bucket, f"lake/silver/{name}/")), 2)
        self.assertEqual(self.rows("SELECT count(*), count(DISTINCT dataset_name) FROM metadata.pipeline_executions WHERE "
                                   "status = 'completed'"), [("6", "6")])


class FullDisk(minio.StoreCase):
    def test_a_postgresql_without_space_fails_the_run_and_keeps_the_table(self):
        server = postgresql.Server(largest_file=20 * 1024 * 1024)
        self.addCleanup(server.close)
        self.write("database.yml", {"default": {"driver": "postgresql", "host": "127.0.0.1", "port": server.port,
                                                "database": "postgres", "user": "admin", "password": server.password}})
        self.dataset({"output": {"gold": {"enabled": True, "database_config": "database.yml"}}})
        self.write("in/a.csv", "id,x\n1,2\n")
        self.run_dataset()
        before = self.snapshot()
        self.write("in/a.csv", "id,x\n" + "".join(f"{n},{'x' * 100}{n}\n" for n in range(250_000)))
        answer = self.run_dataset(exit=3)
        self.assert_refused(answer, "gold", "could not extend file")
        self.assertEqual(self.snapshot(), before)
        self.assertEqual(server.sql("SELECT id, x FROM gold.demo"), ["1|2"])
        self.write("in/a.csv", "id,x\n3,4\n")
        self.run_dataset()
        self.assertEqual(server.sql("SELECT id, x FROM gold.demo"), ["3|4"])


del Place


if __name__ == "__main__":
    unittest.main()
