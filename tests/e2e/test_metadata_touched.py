"""Metadata tables that a person has put constraints on: what they refuse is no fault of the data, and changes nothing."""

from harness import unittest
from touched import FIRST, SECOND, DuckDb, PostgreSql


class MetadataInPostgreSql(PostgreSql):
    def refused(self, touch, undo, *parts):
        with self.subTest(touch=touch):
            self.sql(touch)
            before = self.snapshot(), self.values()
            answer = self.load(SECOND, "follow", exit=3)
            self.assert_refused(answer, *parts, "metadata", "take away what the message names")
            self.assertEqual((self.snapshot(), self.values()), before)
            self.sql(undo)
            self.load(FIRST, "follow")

    def test_what_a_person_s_constraint_refuses_is_an_error_of_the_environment(self):
        self.load(FIRST, "follow")
        executions = "ALTER TABLE metadata.pipeline_executions"
        for check in ("status <> 'started'", "status <> 'completed'", "rows_read < 0", "execution_id IS NULL"):
            self.refused(f"{executions} ADD CONSTRAINT mine CHECK ({check}) NOT VALID", f"{executions} DROP CONSTRAINT mine",
                         '"mine"', "23514")
        self.refused("ALTER TABLE metadata.run_files ADD CONSTRAINT few CHECK (bytes < 0) NOT VALID",
                     "ALTER TABLE metadata.run_files DROP CONSTRAINT few", '"few"', "23514")
        self.refused("CREATE TABLE public.known (id text PRIMARY KEY); ALTER TABLE metadata.run_columns ADD CONSTRAINT known "
                     "FOREIGN KEY (column_name) REFERENCES public.known NOT VALID",
                     "ALTER TABLE metadata.run_columns DROP CONSTRAINT known", '"known"', "23503")
        self.refused("CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$; CREATE TRIGGER no "
                     "BEFORE INSERT ON metadata.run_files FOR EACH ROW EXECUTE FUNCTION no()",
                     "DROP TRIGGER no ON metadata.run_files", "not today", "P0001")

    def test_a_key_of_a_person_on_the_datasets_is_named(self):
        self.load(FIRST, "follow")
        self.sql("DELETE FROM metadata.pipeline_executions")
        self.load(FIRST, "follow")
        self.refused("CREATE UNIQUE INDEX once ON metadata.pipeline_executions (dataset_name)", "DROP INDEX metadata.once",
                     '"once"', "23505")


class MetadataInDuckDb(DuckDb):
    def test_a_key_of_a_person_on_the_datasets_is_no_fault_of_the_data(self):
        self.load(FIRST, "follow")
        self.sql("CREATE UNIQUE INDEX once ON metadata.pipeline_executions (dataset_name)")
        before = self.snapshot(), self.values()
        answer = self.load(SECOND, "follow", exit=3)
        self.assert_refused(answer, "dataset_name", "metadata", "take away what the message names")
        self.assertEqual((self.snapshot(), self.values()), before)
        self.sql("DROP INDEX metadata.once")
        self.load(SECOND, "follow")


if __name__ == "__main__":
    unittest.main()
