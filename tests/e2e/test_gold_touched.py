"""Gold tables that a person has altered: each alteration works in every mode, or is refused with its name and what would help."""

from harness import json, unittest
from touched import FIRST, SECOND, PostgreSql, SILVER


class Keys(PostgreSql):
    NOT_NULL = ("SELECT attnotnull FROM pg_attribute WHERE attrelid = 'gold.demo'::regclass AND attname = 'id'", ["t"])

    def test_a_primary_key_of_a_person_works_in_every_mode(self):
        for key in ("PRIMARY KEY (id)", "PRIMARY KEY (id, n)", "PRIMARY KEY (id) DEFERRABLE INITIALLY DEFERRED"):
            with self.subTest(key=key):
                self.in_each_mode(f"ALTER TABLE gold.demo ADD {key}", modes=("overwrite", "follow", "upsert"), still=[self.NOT_NULL])
        self.in_each_mode("ALTER TABLE gold.demo ADD PRIMARY KEY (id)", modes=("append",), second='{"id": "c", "n": 3}\n',
                          left=["a|1", "b|2", "c|3"], still=[self.NOT_NULL])

    def test_unique_keys_of_a_person_work_in_every_mode(self):
        for key in ("ALTER TABLE gold.demo ADD UNIQUE (n)", "CREATE UNIQUE INDEX ON gold.demo (lower(id))",
                    "CREATE UNIQUE INDEX ON gold.demo (id) WHERE n > 1", "ALTER TABLE gold.demo ADD EXCLUDE (n WITH =)",
                    "ALTER TABLE gold.demo ADD UNIQUE NULLS NOT DISTINCT (id)"):
            with self.subTest(key=key):
                self.in_each_mode(key, modes=("overwrite", "follow", "upsert"))


    DOUBLES = '{"id": "b", "n": 2}\n{"id": "c", "n": 3}\n{"id": "c", "n": 3}\n'

    def test_keys_on_expressions_or_of_some_rows_quarantine_what_they_refuse(self):
        for key in ("(id) WHERE n > 2", "(id, (n + 1))", "((id || 'x')) NULLS NOT DISTINCT WHERE n > 1"):
            with self.subTest(key=key):
                self.in_each_mode(f"CREATE UNIQUE INDEX ON gold.demo {key}", modes=("overwrite", "follow", "upsert"), second=self.DOUBLES)
                self.fresh("append")
                self.sql(f"CREATE UNIQUE INDEX ON gold.demo {key}")
                self.load('{"id": "c", "n": 3}\n{"id": "d", "n": 5}\n', "append")
                answer = self.load('{"id": "c", "n": 3}\n{"id": "e", "n": 7}\n', "append")
                self.assertEqual((answer.rows["quarantined"], answer.rows["gold"]), (1, 1))
                self.assertEqual(self.values(), ["a|1", "b|2", "c|3", "d|5", "e|7"])

    def test_columns_of_a_key_on_an_expression_may_bear_any_name(self):
        self.sql("CREATE SCHEMA gold; CREATE TABLE gold.demo (file text, position bigint, part0 text)")
        self.sql("CREATE UNIQUE INDEX ON gold.demo (lower(file), (position + 1), part0)")
        plain = {"silver": {"mode": "append"}, "standardization": {"casts": [{"column": "position", "to": "bigint"}]}}
        record = '{"file": "%s", "position": "1", "part0": "p"}\n'
        self.assertEqual(self.load(record % "a" + record % "A" + record % "b", "append", **plain).rows["quarantined"], 1)
        self.assertEqual(self.load(record % "B" + record % "c", "append", **plain).rows["quarantined"], 1)
        self.assertEqual(self.sql("SELECT file FROM gold.demo ORDER BY 1"), ["a", "b", "c"])

    def test_keys_are_settled_before_a_column_is_widened(self):
        for key in ("UNIQUE NULLS NOT DISTINCT (n)", "PRIMARY KEY (n)"):
            with self.subTest(key=key):
                self.in_each_mode(f"ALTER TABLE gold.demo ALTER n TYPE int; ALTER TABLE gold.demo ADD {key}",
                                  modes=("overwrite", "follow", "upsert"), second=self.DOUBLES)
        self.in_each_mode("ALTER TABLE gold.demo ALTER id TYPE varchar(9); ALTER TABLE gold.demo ADD UNIQUE NULLS NOT DISTINCT (id)",
                          modes=("overwrite", "follow", "upsert"), second=self.DOUBLES)


class Survive(PostgreSql):
    def test_what_a_person_has_set_survives_every_mode(self):
        touch = ("ALTER TABLE gold.demo ALTER n SET NOT NULL, ALTER n SET DEFAULT 5; CREATE INDEX mine ON gold.demo (n); COMMENT ON TABLE "
                 "gold.demo IS 'ours'; COMMENT ON COLUMN gold.demo.n IS 'mine'; GRANT SELECT ON gold.demo TO pg_monitor; CREATE VIEW "
                 "gold.seen AS SELECT * FROM gold.demo")
        self.in_each_mode(touch, still=[
            ("SELECT attnotnull, atthasdef FROM pg_attribute WHERE attrelid = 'gold.demo'::regclass AND attname = 'n'", ["t|t"]),
            ("SELECT obj_description('gold.demo'::regclass), col_description('gold.demo'::regclass, 2)", ["ours|mine"]),
            ("SELECT count(*) FROM pg_indexes WHERE indexname = 'mine'", ["1"]),
            ("SELECT has_table_privilege('pg_monitor', 'gold.demo', 'SELECT')", ["t"]),
            ("SELECT count(*) > 1 FROM gold.seen", ["t"])])

    def test_what_the_schema_no_longer_requires_is_relaxed_and_a_person_s_is_not(self):
        schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "n": {"type": ["integer", "null"]}}}
        strict = {"schema": {"ref": "schema.json", "mode": "strict"}, "standardization": {}}
        self.write("schema.json", schema)
        self.load(FIRST, "append", **strict)
        self.sql("ALTER TABLE gold.demo ALTER n SET NOT NULL")
        schema["required"], schema["properties"]["id"]["type"] = [], ["string", "null"]
        self.write("schema.json", schema)
        self.load('{"id": null, "n": 3}\n', "append", **strict)
        self.assertEqual(self.values(), ["a|1", "b|2", "∅|3"])
        self.assertEqual(self.sql("SELECT attname FROM pg_attribute WHERE attrelid = 'gold.demo'::regclass AND attnum > 0 AND attnotnull"), ["n"])


class Refused(PostgreSql):
    """What cannot work, with the name and the statement that would help; and its neighbours, which can."""

    def test_what_holds_in_every_mode(self):
        self.sql("CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.own := 1; RETURN NEW; END'")
        self.each([
            ("ALTER TABLE gold.demo ADD own int; UPDATE gold.demo SET own = n; ALTER TABLE gold.demo ADD PRIMARY KEY (own)", '"own"', 'ALTER TABLE "gold"."demo" ALTER "own" DROP NOT NULL'),
            ("CREATE RULE lost AS ON INSERT TO gold.demo DO INSTEAD NOTHING", "rule lost", "DROP RULE lost ON gold.demo"),
            ("CREATE RULE kept AS ON DELETE TO gold.demo DO INSTEAD NOTHING", "rule kept", "DROP RULE kept ON gold.demo"),
            ("ALTER TABLE gold.demo DROP n; ALTER TABLE gold.demo ADD n bigint GENERATED ALWAYS AS (length(id)) STORED",
             '"n"', 'ALTER TABLE "gold"."demo" ALTER "n" DROP EXPRESSION'),
        ], modes=("overwrite", "append"))

    def test_a_name_that_something_else_bears(self):
        for make, kind in (("VIEW gold.demo AS SELECT * FROM gold.old", "a view"),
                           ("MATERIALIZED VIEW gold.demo AS SELECT * FROM gold.old", "a materialized view"),
                           ("SEQUENCE gold.demo", "a sequence"), ("TYPE gold.demo AS (id text, n bigint)", "a composite type"),
                           ("INDEX demo ON gold.old (id)", "an index"), ("DOMAIN gold.demo AS text", 'domain "demo"'),
                           ("TYPE gold.demo AS ENUM ('a')", 'type "demo"'),
                           ("FOREIGN TABLE gold.demo (id text, n bigint) SERVER far", "a foreign table")):
            with self.subTest(kind=kind):
                self.fresh("append")
                self.sql("DROP SERVER IF EXISTS far CASCADE; DROP FOREIGN DATA WRAPPER IF EXISTS none CASCADE; "
                         "CREATE FOREIGN DATA WRAPPER none; CREATE SERVER far FOREIGN DATA WRAPPER none; "
                         f"ALTER TABLE gold.demo RENAME TO old; CREATE {make}")
                before = self.sql("SELECT id, n FROM gold.old ORDER BY 1"), self.snapshot()
                self.assert_refused(self.load(SECOND, "append", exit=2), '"demo"', kind, "RENAME TO demo_old")
                self.assertEqual((self.sql("SELECT id, n FROM gold.old ORDER BY 1"), self.snapshot()), before)

    def test_what_holds_where_rows_are_replaced(self):
        rows = [
            ("ALTER TABLE gold.demo ADD UNIQUE (id); DROP TABLE IF EXISTS other; CREATE TABLE other (id text CONSTRAINT refers "
             "REFERENCES gold.demo (id) ON DELETE CASCADE)", "foreign key refers of table other",
             "ALTER TABLE other DROP CONSTRAINT refers, ADD CONSTRAINT refers FOREIGN KEY (id) REFERENCES gold.demo(id) DEFERRABLE"),
            ("DROP PUBLICATION IF EXISTS sent; CREATE PUBLICATION sent FOR TABLE gold.demo", "publication sent",
             "ALTER TABLE gold.demo REPLICA IDENTITY FULL"),
        ]
        self.each(rows, modes=("overwrite", "follow"))
        for touch, *_ in rows:
            self.in_each_mode(touch, modes=("append",), second='{"id": "c", "n": 3}\n', left=["a|1", "b|2", "c|3"])

    def test_a_widening_that_something_of_a_person_holds_back(self):
        integer = "ALTER TABLE gold.demo ALTER n TYPE int; "
        self.each([
            (integer + "CREATE VIEW gold.seen AS SELECT n FROM gold.demo", '"demo" has to widen column n', "view gold.seen", "DROP VIEW gold.seen"),
            (integer + "CREATE MATERIALIZED VIEW gold.seen AS SELECT n FROM gold.demo", "DROP MATERIALIZED VIEW gold.seen"),
            (integer + "ALTER TABLE gold.demo ADD twice int GENERATED ALWAYS AS (n * 2) STORED", "column n", "twice"),
            (integer + "DROP TABLE IF EXISTS parent; CREATE TABLE parent (n int); ALTER TABLE gold.demo INHERIT parent",
             "inherits column n from parent", "ALTER TABLE parent ALTER COLUMN n TYPE"),
        ], modes=("append",))

    def test_types_that_do_not_take_every_value(self):
        for kind, column in (("character(5)", "id"), ("numeric(18,2)", "n"), ("real", "n"), ("money", "n"), ("numeric(20,-1)", "n"),
                             ("bigint[]", "n")):
            with self.subTest(kind=kind):
                using = f"ARRAY[{column}]" if "[" in kind else column
                self.in_each_mode(f"ALTER TABLE gold.demo ALTER {column} TYPE {kind} USING {using}::{kind}", modes=("append",), exit=2,
                                  parts=[f'"{column}"', kind, "ALTER TABLE", "USING CAST"])
        self.in_each_mode("CREATE TYPE gold.mood AS ENUM ('a', 'b'); ALTER TABLE gold.demo ALTER id TYPE gold.mood USING id::gold.mood",
                          modes=("append",), exit=2, parts=["mood"])

    def test_types_that_take_every_value_are_left_as_they_are(self):
        for kind, column in (("varchar", "id"), ("numeric", "n"), ("numeric(19,0)", "n"), ("numeric(30,0)", "n"), ("gold.whole", "n"),
                             ("gold.word", "id")):
            with self.subTest(kind=kind):
                domains = "CREATE DOMAIN gold.whole AS bigint CHECK (VALUE > 0); CREATE DOMAIN gold.word AS text NOT NULL; "
                self.in_each_mode(f"{domains}ALTER TABLE gold.demo ALTER {column} TYPE {kind}", modes=("append", "upsert"),
                                  left=None, still=[(f"SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = "
                                                     f"'gold.demo'::regclass AND attname = '{column}'",
                                                     [kind.replace("varchar", "character varying")])])

    def test_columns_named_as_system_columns(self):
        for name in ("xmin", "ctid", "tableoid", "cmin", "xmax", "cmax"):
            answer = self.load(f'{{"id": "a", "{name}": "1"}}\n', "append", exit=2, silver={"partition_by": []}, standardization={})
            self.assert_refused(answer, f'"{name}"', "system column", "rename")
        self.load('{"id": "a", "XMIN": "1"}\n', "append", silver={"partition_by": []}, standardization={})

    def test_more_columns_than_a_table_takes(self):
        record = {f"c{n}": 1 for n in range(1600)}
        wide = {"silver": {"partition_by": []}, "standardization": {}}
        self.assert_refused(self.load(json.dumps({"id": "a", **record}) + "\n", "append", exit=2, **wide), "1600", "exclude_columns")
        self.fresh("append")
        self.sql("ALTER TABLE gold.demo " + ", ".join(f"ADD x{n} int" for n in range(1500)) + "; ALTER TABLE gold.demo "
                 + ", ".join(f"DROP x{n}" for n in range(1500)))
        more = {"id": "a", "n": 1, **{f"c{n}": 1 for n in range(99)}}
        self.assert_refused(self.load(json.dumps(more) + "\n", "append", exit=2, silver={**SILVER, "merge_schema": True}), "1601", "1600")


if __name__ == "__main__":
    unittest.main()
