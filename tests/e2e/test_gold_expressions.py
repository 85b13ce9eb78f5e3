"""Values on which an expression of the gold table fails in PostgreSQL, of a generated column or of an index: their rows are
quarantined as gold:<column>:expression, the others are loaded."""

from harness import json, unittest
from touched import PostgreSql


class Expressions(PostgreSql):
    TABLE = "CREATE TABLE gold.demo (id text, n bigint"

    def rows(self, *pairs):
        return "".join(json.dumps({"id": i, "n": n}) + "\n" for i, n in pairs)

    def refused(self, definition, pairs, reasons, mode="append"):
        """`reasons`: by the text of id."""
        with self.subTest(definition=definition, mode=mode):
            self.sql("SET client_min_messages = error; DROP SCHEMA IF EXISTS gold CASCADE; DROP FUNCTION IF EXISTS odd; "
                     f"CREATE SCHEMA gold; {definition}")
            answer = self.load(self.rows(*pairs), mode, silver={"mode": "append"})
            run_id = answer.summary["run_id"]
            self.assertEqual({row[0]: row[1] for row in self.quarantine("id, _failed_rules", where=f"_run_id = '{run_id}'")},
                             {i: [f"gold:{column}:expression"] for i, column in reasons.items()})
            left = sorted(i for i, _ in pairs if i not in reasons)
            self.assertEqual(self.sql("SELECT id FROM gold.demo ORDER BY 1"), left)
            self.assertEqual((answer.rows["gold"], answer.rows["quarantined"]), (len(left), len(reasons)))

    def test_generated_columns(self):
        pairs = [("1", 1), ("2", 0), ("x", 5), ("4", None), ("2000000000", 9223372036854775807)]
        self.refused(self.TABLE + ", tenth bigint GENERATED ALWAYS AS (10 / n) STORED)", pairs, {"2": "n"})
        self.refused(self.TABLE + ", more bigint GENERATED ALWAYS AS (n + 1) STORED)", pairs, {"2000000000": "n"})
        self.refused(self.TABLE + ", number integer GENERATED ALWAYS AS (id::integer) STORED)", pairs, {"x": "id"})
        self.refused(self.TABLE + ", root double precision GENERATED ALWAYS AS (ln(n)) STORED)", pairs, {"2": "n"})

    def test_generated_columns_whose_type_takes_less(self):
        pairs = [("1", 1), ("long", 2), ("3", 3_000_000_000)]
        self.refused(self.TABLE + ", short varchar(3) GENERATED ALWAYS AS (lower(id)) STORED)", pairs, {"long": "id"})
        self.refused(self.TABLE + ", small integer GENERATED ALWAYS AS (n) STORED)", pairs, {"3": "n"})
        self.refused("DROP DOMAIN IF EXISTS few; CREATE DOMAIN few AS text CHECK (value <> 'long'); " + self.TABLE +
                     ", few few GENERATED ALWAYS AS (lower(id)) STORED)", pairs, {"long": "id"})

    def test_indexes(self):
        pairs = [("1", 1), ("2", 0), ("x", 5), ("4", None)]
        for index, reasons in (("((10 / n))", {"2": "n"}), ("USING hash ((10 % n))", {"2": "n"}), ("(id) WHERE 10 / n > 1", {"2": "id"}),
                               ("((id::integer))", {"x": "id"}), ("((sqrt(n - 1)))", {"2": "n"})):
            self.refused(self.TABLE + f"); CREATE INDEX ON gold.demo {index}", pairs, reasons)
        self.refused(self.TABLE + "); CREATE UNIQUE INDEX ON gold.demo ((10 / n))", pairs, {"2": "n"})

    def test_a_function_that_raises(self):
        self.refused("CREATE FUNCTION odd(n bigint) RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN IF n % 2 = 0 THEN RAISE "
                     "EXCEPTION '% is even', n; END IF; RETURN n; END $$; " + self.TABLE + "); CREATE INDEX ON gold.demo (odd(n))",
                     [("a", 1), ("b", 2), ("c", 3), ("d", 4)], {"b": "n", "d": "n"})

    def test_an_index_of_a_single_partition(self):
        self.refused(self.TABLE + ") PARTITION BY LIST (id); CREATE TABLE gold.a PARTITION OF gold.demo FOR VALUES IN ('a', 'b'); "
                     "CREATE TABLE gold.rest PARTITION OF gold.demo DEFAULT; CREATE INDEX ON gold.a ((10 / n))",
                     [("a", 0), ("b", 1), ("c", 0)], {"a": "n"})

    def test_every_mode(self):
        for mode in ("append", "overwrite", "upsert"):
            self.refused(self.TABLE + ", tenth bigint GENERATED ALWAYS AS (10 / n) STORED)", [("1", 1), ("2", 0)], {"2": "n"}, mode)

    def test_what_takes_every_value_is_not_tried(self):
        self.sql("DROP SCHEMA IF EXISTS gold CASCADE; CREATE SCHEMA gold; " + self.TABLE +
                 ", low text GENERATED ALWAYS AS (lower(id) || 'it''s (10 / 0)') STORED); CREATE INDEX ON gold.demo (upper(left(id, 20))) "
                 "WHERE n > 0 AND id <> '' AND n IS NOT NULL; CREATE INDEX ON gold.demo ((id::varchar(3)), coalesce(n, 5::bigint))")
        self.load(self.rows(("a", 0)), "append", silver={"mode": "append"})
        answer = self.crisol("run", "pipeline.yml", "-v", "--set", "output.silver.mode=append")
        self.assertNotIn("may be refused", answer.err)
        self.assertEqual(self.sql("SELECT DISTINCT low FROM gold.demo"), ["ait's (10 / 0)"])


if __name__ == "__main__":
    unittest.main()
