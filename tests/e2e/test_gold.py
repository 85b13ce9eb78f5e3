"""Section output.gold: the table in a DuckDB file, its modes and migrations, and the metadata beside it."""

import datetime
import hashlib
import pathlib

from harness import Case, json, unittest

SCHEMA = {"type": "object", "required": ["id"], "properties": {
    "id": {"type": "string", "description": "what names it"}, "n": {"type": ["integer", "null"]},
    "small": {"type": ["integer", "null"], "minimum": 0, "maximum": 100}, "t": {"type": ["string", "null"], "format": "date-time"}}}


class Gold(Case):
    def rows(self, text="id,n,small,t\na,1,5,2024-01-31T10:00:00Z\n", gold=None, silver=None, exit=0, schema=SCHEMA, **more):
        self.write("in/a.csv", text)
        if schema:
            self.write("schema.json", schema)
            more["schema"] = {"ref": "schema.json", "mode": "strict"}
        self.dataset_with_gold({"output": {"gold": gold or {}, "silver": silver or {}}, **more})
        return self.run_dataset(exit=exit)

    def columns(self):
        return {row[0]: row[1:] for row in self.gold(
            "SELECT column_name, data_type, is_nullable::VARCHAR, comment FROM duckdb_columns() "
            "WHERE schema_name = 'gold' AND table_name = 'demo'")}

    def values(self, columns="*"):
        return self.gold(f"SELECT {columns} FROM gold.demo ORDER BY ALL")


class Table(Gold):
    def test_a_file_that_is_no_database_is_refused_and_left_alone(self):
        """DuckDB would attach it as views in memory, and gold would be lost."""
        for name, content in (("table.csv", "id\n1\n"), ("table.parquet", "no parquet"), ("text", "hello")):
            self.write("in/a.csv", "id\n1\n")
            self.dataset_with_gold()
            self.write("database.yml", {"default": {"driver": "duckdb", "path": name}})
            self.write(name, content)
            self.assert_refused(self.run_dataset(exit=3), name)
            self.assertEqual((self.root / name).read_text(), content)

    def test_columns_come_from_the_schema_with_comments(self):
        self.rows()
        self.assertEqual(self.columns(), {
            "id": ("VARCHAR", "false", "what names it"), "n": ("BIGINT", "true", None), "small": ("INTEGER", "true", None),
            "t": ("TIMESTAMP WITH TIME ZONE", "true", None), "_run_id": ("VARCHAR", "true", None),
            "_ingestion_ts": ("TIMESTAMP WITH TIME ZONE", "true", None)})

    def test_under_flexible_nothing_is_promised_that_a_row_may_break(self):
        self.write("in/a.csv", "id,small\n,500\n")
        self.write("schema.json", SCHEMA)
        self.dataset_with_gold({"schema": {"ref": "schema.json", "mode": "flexible"}})
        self.run_dataset()
        self.assertEqual(self.columns()["id"][1], "true")
        self.assertEqual(self.columns()["small"][0], "BIGINT")

    def test_columns_are_excluded_and_added(self):
        before = datetime.datetime.now(datetime.timezone.utc)
        answer = self.rows(gold={"exclude_columns": ["_run_id", "_ingestion_ts", "t", "small"], "add_columns": [
            {"name": "source", "value": "batch", "type": "string"},
            {"name": "score", "value": "95.5", "type": "decimal"},
            {"name": "loaded_at", "value": "current_timestamp()", "type": "timestamp"},
            {"name": "row_id", "value": "uuid()", "type": "string"},
            {"name": "twice", "expr": "n * 2", "type": "integer"}]})
        self.assertEqual(list(self.columns()), ["id", "n", "source", "score", "loaded_at", "row_id", "twice"])
        row = self.values("id, n, source, score::VARCHAR, twice")[0]
        self.assertEqual(row, ("a", 1, "batch", "95.5", 2))
        at = self.values("loaded_at")[0][0]
        self.assertTrue(before <= at <= datetime.datetime.now(datetime.timezone.utc), at)
        self.assertRegex(self.values("row_id")[0][0], "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.assertEqual(answer.summary["gold"]["rows"], 1)

    def test_one_instant_a_run_and_one_uuid_a_row(self):
        self.rows("id,n,small,t\na,1,,\nb,2,,\n", gold={"add_columns": [
            {"name": "loaded_at", "value": "current_timestamp()", "type": "timestamp"}, {"name": "u", "value": "uuid()", "type": "string"}]})
        self.assertEqual(self.values("count(DISTINCT loaded_at), count(DISTINCT u)"), [(1, 2)])

    def test_business_rules_filter_in_order_and_warn(self):
        answer = self.rows("id,n,small,t\na,1,,\nb,-1,,\nc,,,\n", gold={"business_rules": [
            {"condition": "n > 0", "action": "warn"}, {"condition": "n IS NOT NULL", "action": "filter"},
            {"condition": "n > 0", "action": "filter"}]})
        self.assertEqual(self.values("id"), [("a",)])
        self.assertEqual(answer.summary["gold"]["filtered"], [
            {"condition": "n > 0", "warned": 2}, {"condition": "n IS NOT NULL", "removed": 1},
            {"condition": "n > 0", "removed": 1}])
        self.assertNotIn("Applied", answer.err)
        self.assertIn("Applied business rule 'n IS NOT NULL': 3 -> 2 rows", self.crisol("run", "pipeline.yml", "--verbose").err)

    def test_names_that_sql_knows_otherwise_are_quoted(self):
        self.write("in/a.csv", 'select,"a ""b"""\n1,2\n')
        self.dataset_with_gold({"output": {"gold": {"table": "order by", "schema": "my gold"}}})
        self.run_dataset()
        self.assertEqual(self.gold('SELECT "select", "a ""b""" FROM "my gold"."order by"'), [("1", "2")])


class Modes(Gold):
    def test_follow_replaces_the_partitions_of_this_run(self):
        silver = {"mode": "overwrite_dynamic", "partition_by": ["n"]}
        self.rows("id,n,small,t\na,1,,\nb,2,,\n", silver=silver)
        self.rows("id,n,small,t\nc,2,,\n", silver=silver)
        self.assertEqual(self.values("id, n"), [("a", 1), ("c", 2)])

    def test_follow_finds_time_partitions_by_their_column(self):
        silver = {"mode": "overwrite_dynamic", "partition_by": ["year", "month"], "partition_from": "t"}
        gold = {"exclude_columns": ["year", "month"]}
        self.rows("id,n,small,t\na,1,,2024-01-31T23:00:00Z\nb,1,,2024-02-01T00:00:00Z\n", silver=silver, gold=gold)
        self.rows("id,n,small,t\nc,1,,2024-02-10T00:00:00Z\n", silver=silver, gold=gold)
        self.assertEqual(self.values("id"), [("a",), ("c",)])

    def test_append_and_overwrite_are_what_they_say(self):
        self.rows(gold={"mode": "append"})
        self.rows(gold={"mode": "append"})
        self.assertEqual(self.values("count(*)"), [(2,)])
        self.rows(gold={"mode": "overwrite"})
        self.assertEqual(self.values("count(*)"), [(1,)])

    def test_upsert_replaces_by_key(self):
        self.rows("id,n,small,t\na,1,,\nb,2,,\n", gold={"mode": "upsert", "key": ["id"]})
        self.rows("id,n,small,t\nb,3,,\nc,4,,\n", gold={"mode": "upsert", "key": ["id"]})
        self.assertEqual(self.values("id, n"), [("a", 1), ("b", 3), ("c", 4)])


class Migration(Gold):
    def test_a_new_column_is_added(self):
        silver = {"mode": "append", "merge_schema": True}
        self.rows("id,n,small,t\na,1,,\n", silver=silver)
        schema = json.loads(json.dumps(SCHEMA))
        schema["properties"]["more"] = {"type": ["string", "null"]}
        self.rows("id,n,small,t,more\nb,1,,,x\n", silver=silver, schema=schema)
        self.assertEqual(self.values("id, more"), [("a", None), ("b", "x")])

    def test_a_schema_has_a_new_version_only_when_it_changes(self):
        self.rows()
        self.rows()
        versions = self.gold("SELECT schema_version FROM metadata.dataset_versions")
        self.assertEqual(len(versions), 1)
        self.assertRegex(versions[0][0], r"^[0-9a-f]{32}_\d{14}$")
        schema = json.loads(json.dumps(SCHEMA))
        schema["properties"]["id"]["description"] = "another"
        self.rows(schema=schema)
        self.assertEqual(self.gold("SELECT count(*) FROM metadata.dataset_versions"), [(2,)])

    def test_a_widening_is_applied(self):
        self.rows(schema=None, standardization={"casts": [{"column": "n", "to": "integer"}]})
        self.assertEqual(self.columns()["n"][0], "INTEGER")
        self.rows(schema=None, standardization={"casts": [{"column": "n", "to": "bigint"}]})
        self.assertEqual(self.columns()["n"][0], "BIGINT")

    def test_anything_else_is_refused_with_the_ddl_to_run(self):
        self.rows(schema=None)
        before = self.values(), self.snapshot()
        answer = self.rows(schema=None, exit=2, standardization={"casts": [{"column": "n", "to": "integer"}]})
        self.assert_refused(answer, "ALTER TABLE", '"n"')
        self.assertEqual((self.values(), self.snapshot()), before)


class Metadata(Gold):
    def test_files_in_and_out_are_recorded_with_size_and_hash(self):
        self.rows()
        files = self.gold("SELECT * FROM metadata.run_files")
        names = [row[0] for row in self.gold("DESCRIBE metadata.run_files")]
        rows = [dict(zip(names, row)) for row in files]
        source = next(row for row in rows if row["direction"] == "input")
        self.assertEqual(source["path"], str(self.root / "in/a.csv"))
        self.assertEqual(source["bytes"], (self.root / "in/a.csv").stat().st_size)
        out = [row for row in rows if row["direction"] == "output"]
        for row in out:
            self.assertEqual(row["md5"], hashlib.md5(pathlib.Path(row["path"]).read_bytes()).hexdigest())

    def test_a_refused_run_is_recorded_as_failed_with_its_reason(self):
        self.rows()
        self.rows(exit=1, quality={"rules": [{"name": "never", "expr": "n > 100", "on_fail": "fail"}]})
        rows = self.gold("SELECT status, error_message FROM metadata.pipeline_executions ORDER BY started_at")
        self.assertEqual([row[0] for row in rows], ["completed", "failed"])
        self.assertIn("never", rows[1][1])

    def test_without_gold_the_state_has_the_metadata(self):
        self.write("in/a.csv", "id\n1\n")
        self.dataset()
        self.run_dataset()
        self.assertEqual(self.gold("SELECT status FROM metadata.pipeline_executions", ".crisol/ledger.duckdb"),
                         [("completed",)])


if __name__ == "__main__":
    unittest.main()
