"""Metadata tables that a person has altered, in PostgreSQL and in a DuckDB file."""

from harness import unittest
from touched import FIRST, LEFT, SECOND, DuckDb, PostgreSql

METADATA = [
    ("ALTER TABLE metadata.run_files DROP COLUMN rows", '"run_files" lacks its column "rows"', "ADD COLUMN rows BIGINT"),
    ("ALTER TABLE metadata.quality_results ALTER failed TYPE VARCHAR", '"failed" of metadata table "quality_results"', "TYPE BIGINT"),
    ("ALTER TABLE metadata.pipeline_executions ADD COLUMN own INTEGER; UPDATE metadata.pipeline_executions SET own = 1; "
     "ALTER TABLE metadata.pipeline_executions ALTER own SET NOT NULL", '"own" of metadata table', "ALTER COLUMN own DROP NOT NULL"),
    ("ALTER TABLE metadata.run_columns RENAME TO old; CREATE VIEW metadata.run_columns AS SELECT * FROM metadata.old",
     "metadata.run_columns", "is no table but a VIEW", "RENAME TO run_columns_old"),
]
HARMLESS = ["ALTER TABLE metadata.run_files ADD COLUMN own INTEGER",
            "ALTER TABLE metadata.quality_results DROP COLUMN on_fail; ALTER TABLE metadata.quality_results ADD COLUMN on_fail VARCHAR",
            "DROP TABLE metadata.schema_drift", "CREATE VIEW metadata.seen AS SELECT * FROM metadata.run_files"]


class Metadata(PostgreSql):
    """The metadata tables, altered by a person."""

    def altered(self, touch):
        self.sql("SET client_min_messages = error; DROP SCHEMA IF EXISTS metadata CASCADE")
        self.load(FIRST, "overwrite", quality={"rules": [{"name": "some", "expr": "n > 0", "on_fail": "warn"}]})
        self.sql(touch)

    def test_what_cannot_work_is_refused(self):
        self.fresh("overwrite")
        more = ("ALTER TABLE metadata.run_files ALTER path TYPE varchar(5) USING 'short'", '"path" of metadata table "run_files" is character '
                "varying(5)", "TYPE VARCHAR")
        for touch, *parts in METADATA + [more]:
            with self.subTest(touch=touch):
                self.altered(touch)
                before = self.snapshot()
                self.assert_refused(self.load(SECOND, "overwrite", exit=2), *parts)
                self.assert_refused(self.crisol("db", "init", "--db", "database.yml", exit=2), *parts)
                self.assertEqual((self.values(), self.snapshot()), (["a|1", "b|2"], before))

    def test_what_can_work_works(self):
        self.fresh("overwrite")
        for touch in HARMLESS + ["ALTER TABLE metadata.pipeline_executions ALTER summary TYPE jsonb, ADD PRIMARY KEY (execution_id)"]:
            with self.subTest(touch=touch):
                self.altered(touch)
                self.load(SECOND, "overwrite", quality={"rules": [{"name": "some", "expr": "n > 0", "on_fail": "warn"}]})
                self.assertEqual(self.sql("SELECT rule_name, on_fail, failed, total FROM metadata.quality_results ORDER BY on_fail DESC NULLS LAST LIMIT 1"),
                                 ["some|warn|0|2"])


class DuckDbMetadata(DuckDb):
    def test_the_metadata_tables_altered(self):
        self.fresh("overwrite")
        rules = {"rules": [{"name": "some", "expr": "n > 0", "on_fail": "warn"}]}
        for touch, *parts in METADATA:
            with self.subTest(touch=touch):
                self.sql("DROP SCHEMA IF EXISTS metadata CASCADE")
                self.load(FIRST, "overwrite", quality=rules)
                self.sql(touch)
                self.assert_refused(self.load(SECOND, "overwrite", exit=2), *parts)
        for touch in HARMLESS:
            with self.subTest(touch=touch):
                self.sql("DROP SCHEMA IF EXISTS metadata CASCADE")
                self.load(FIRST, "overwrite", quality=rules)
                self.sql(touch)
                self.load(SECOND, "overwrite", quality=rules)
                self.assertEqual(self.values(), LEFT["overwrite"])


if __name__ == "__main__":
    unittest.main()
