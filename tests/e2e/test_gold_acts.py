"""Gold tables of PostgreSQL that act by themselves when rows are written: triggers, children, partitions, keys that wait."""

from harness import unittest
from touched import GOLD, LEFT, SECOND, PostgreSql


class Acts(PostgreSql):
    def test_triggers_that_keep_drop_or_change_rows(self):
        def trigger(when, body, for_each="ROW"):
            return (f"CREATE FUNCTION gold.act() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$; CREATE TRIGGER acts {when} "
                    f"ON gold.demo FOR EACH {for_each} EXECUTE FUNCTION gold.act()")

        told = ("the trigger acts", "ALTER TABLE \"gold\".\"demo\" DISABLE TRIGGER")
        self.each([(trigger("BEFORE DELETE", "RETURN NULL;"), "stayed", *told)], modes=("overwrite", "follow", "upsert"))
        self.each([(trigger("BEFORE INSERT", "IF NEW.id = 'c' THEN RETURN NULL; END IF; RETURN NEW;"), "1 row of the run", *told),
                   (trigger("BEFORE INSERT", "NEW.id := upper(NEW.id); RETURN NEW;"), "2 rows of the run", *told),
                   (trigger("AFTER INSERT", "UPDATE gold.demo SET n = 9; RETURN NULL;", "STATEMENT"), "of the run", *told),
                   (trigger("AFTER INSERT", "DELETE FROM gold.demo WHERE id = 'c'; RETURN NULL;", "STATEMENT"), "1 row", *told)],
                  modes=("overwrite", "append", "upsert"))
        for harmless in (trigger("BEFORE INSERT OR DELETE", "RETURN coalesce(NEW, OLD);"),
                         trigger("AFTER INSERT OR DELETE", "RETURN NULL;"),
                         "ALTER TABLE gold.demo ADD own int NOT NULL DEFAULT 0; ALTER TABLE gold.demo ALTER own DROP DEFAULT; "
                         + trigger("BEFORE INSERT", "NEW.own := 7; RETURN NEW;"),
                         trigger("BEFORE DELETE", "RETURN NULL;") + "; ALTER TABLE gold.demo DISABLE TRIGGER acts"):
            with self.subTest(harmless=harmless):
                self.in_each_mode(harmless)

    def test_children_and_partitions(self):
        child = "CREATE TABLE gold.child () INHERITS (gold.demo); INSERT INTO gold.child VALUES ('z', 9)"
        kept = [("SELECT id FROM gold.child", ["z"]), ("SELECT id FROM ONLY gold.demo WHERE id = 'z'", [])]
        left = {mode: rows + ["z|9"] for mode, rows in LEFT.items()}
        for mode in GOLD:
            self.in_each_mode(child, modes=(mode,), left=left[mode], still=kept)
            self.in_each_mode(
                "DROP TABLE gold.demo; CREATE TABLE gold.demo (id text, n bigint) PARTITION BY LIST (n); CREATE TABLE gold.one PARTITION "
                "OF gold.demo FOR VALUES IN (1, 2); CREATE TABLE gold.rest PARTITION OF gold.demo FOR VALUES IN (3); INSERT INTO "
                "gold.demo VALUES ('a', 1), ('b', 2)", modes=(mode,))
        self.fresh("append")
        self.sql("DROP TABLE gold.demo; CREATE TABLE gold.demo (id text, n bigint) PARTITION BY LIST (n)")
        self.assert_refused(self.load(SECOND, "append", exit=1), "no partition", "PARTITION OF")

    def test_identity_columns_take_the_dataset_s_values(self):
        for how in ("ALWAYS", "BY DEFAULT"):
            with self.subTest(how=how):
                self.in_each_mode(f"ALTER TABLE gold.demo ALTER n SET NOT NULL, ALTER n ADD GENERATED {how} AS IDENTITY, ADD UNIQUE "
                                  "(id) DEFERRABLE, ADD more int DEFAULT 1", modes=("overwrite", "upsert"))
        self.in_each_mode("ALTER TABLE gold.demo ADD own int GENERATED ALWAYS AS IDENTITY, ADD twice bigint GENERATED ALWAYS AS (n * 2) "
                          "STORED", modes=("append",))

    def test_foreign_keys_that_wait_for_the_new_rows(self):
        refers = ("ALTER TABLE gold.demo ADD UNIQUE (id); DROP TABLE IF EXISTS other; CREATE TABLE other (id text CONSTRAINT refers "
                  "REFERENCES gold.demo (id){}); INSERT INTO other VALUES ('b')")
        self.in_each_mode(refers.format(" DEFERRABLE"), modes=("overwrite", "follow", "upsert"))
        self.in_each_mode(refers.format(""), modes=("overwrite",), exit=1, parts=["refers", "DEFERRABLE"])
        self.in_each_mode(refers.format(" DEFERRABLE"), modes=("overwrite",), second='{"id": "c", "n": 3}\n', exit=1, parts=["refers"])
        self.in_each_mode(refers.format(" ON DELETE CASCADE"), modes=("upsert",), still=[("SELECT id FROM other", ["b"])])
        self.sql("DROP TABLE other")

    def test_keys_that_are_checked_later_are_checked_before_the_lake_changes(self):
        self.fresh("append")
        self.sql("ALTER TABLE gold.demo ADD CONSTRAINT later EXCLUDE (n WITH =) DEFERRABLE INITIALLY DEFERRED")
        before = self.snapshot()
        self.assert_refused(self.load('{"id": "c", "n": 1}\n', "append", exit=1), "later")
        self.assertEqual(self.snapshot(), before)


if __name__ == "__main__":
    unittest.main()
