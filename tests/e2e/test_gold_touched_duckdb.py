"""Gold tables of a DuckDB file that a person has altered."""

from harness import unittest
from touched import DuckDb


class Altered(DuckDb):
    def test_keys_indexes_views_and_comments_of_a_person_survive_every_mode(self):
        table = ("CREATE OR REPLACE TABLE gold.demo (id VARCHAR {}, n BIGINT {}); INSERT INTO gold.demo (id, n) VALUES ('a', 1), ('b', 2)")
        for touch in (table.format("PRIMARY KEY", ""), table.format("UNIQUE", "NOT NULL"), table.format("", "CHECK (n > 0)"),
                      "CREATE UNIQUE INDEX mine ON gold.demo (id)", "CREATE UNIQUE INDEX mine ON gold.demo (id, (n + 1))",
                      "CREATE INDEX mine ON gold.demo (n); CREATE VIEW gold.seen AS SELECT * FROM gold.demo"):
            with self.subTest(touch=touch):
                self.in_each_mode(touch, modes=("overwrite", "follow", "upsert"))
                self.in_each_mode(touch, modes=("append",), second='{"id": "c", "n": 3}\n', left=["a|1", "b|2", "c|3"])
        self.in_each_mode("ALTER TABLE gold.demo ALTER n SET NOT NULL; ALTER TABLE gold.demo ADD COLUMN own INTEGER DEFAULT 7; COMMENT ON "
                          "COLUMN gold.demo.n IS 'mine'", modes=("overwrite", "upsert"), still=[
                              ("SELECT is_nullable, comment FROM duckdb_columns() WHERE table_name = 'demo' AND column_name = 'n'",
                               ["False|mine"])])

    def test_a_table_that_stands_in_another_case_of_its_name_is_that_table(self):
        self.in_each_mode("ALTER TABLE gold.demo RENAME TO other; ALTER TABLE gold.other RENAME TO DEMO",
                          still=[("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'gold'", ["DEMO"])])

    def test_what_cannot_work_is_refused(self):
        small = "CREATE OR REPLACE TABLE gold.demo (id VARCHAR, n INTEGER {}); INSERT INTO gold.demo (id, n) VALUES ('a', 1), ('b', 2); "
        for touch, *parts in (
                ("ALTER TABLE gold.demo RENAME TO old; CREATE VIEW gold.demo AS SELECT * FROM gold.old", "a view", "RENAME TO demo_old"),
                ("CREATE OR REPLACE TABLE gold.demo (id VARCHAR, n BIGINT GENERATED ALWAYS AS (length(id)))", '"n"', "generated"),
                ("CREATE OR REPLACE TABLE gold.demo (id VARCHAR, n BIGINT, own INTEGER NOT NULL)", '"own"', "DROP NOT NULL"),
                (small.format("") + "CREATE INDEX mine ON gold.demo (id)", '"n"', 'index "mine"', 'DROP INDEX gold."mine"'),
                (small.format("CHECK (n > 0)"), '"n"', "CHECK"), (small.format("UNIQUE"), '"n"', "UNIQUE"),
                (small.format(", g INTEGER GENERATED ALWAYS AS (n * 2)"), '"n"', 'generated column "g"', 'DROP COLUMN "g"'),
                ("CREATE TYPE gold.mood AS ENUM ('a', 'b'); CREATE OR REPLACE TABLE gold.demo (id gold.mood, n BIGINT)", '"id"', "ENUM",
                 "ALTER TABLE")):
            with self.subTest(touch=touch):
                self.in_each_mode(touch, modes=("append",), exit=2, parts=parts)
        self.in_each_mode("ALTER TABLE gold.demo ADD COLUMN rowid INTEGER", modes=("follow",), exit=2, parts=['"rowid"', "exclude_columns"])
        self.in_each_mode("ALTER TABLE gold.demo ADD COLUMN rowid INTEGER", modes=("overwrite", "append", "upsert"))

    def test_a_broken_check_refuses_the_data(self):
        self.in_each_mode("CREATE OR REPLACE TABLE gold.demo (id VARCHAR, n BIGINT CHECK (n < 3)); INSERT INTO gold.demo VALUES ('a', 1)",
                          modes=("overwrite",), exit=1, parts=["CHECK", '"demo"', "quality.rules"])

    def test_a_refused_load_keeps_its_rejects(self):
        self.sql("CREATE SCHEMA gold; CREATE TABLE gold.demo (id VARCHAR, n BIGINT CHECK (n < 3))")
        answer = self.load('{"id": "a", "n": 1}\n{"id": "b", "n": 7}\n{"id": "c"\n', "overwrite", exit=1)
        self.assert_refused(answer, "The rejects are in")
        self.assertNotIn("could not keep", answer.err)


if __name__ == "__main__":
    unittest.main()
