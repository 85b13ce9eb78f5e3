"""Gold tables that a person has altered: each alteration works in every mode, or is refused with its name and what would help."""

import postgresql
from harness import Case, json, unittest

FIRST = '{"id": "a", "n": 1}\n{"id": "b", "n": 2}\n'
SECOND = '{"id": "b", "n": 2}\n{"id": "c", "n": 3}\n'
# What each mode leaves of FIRST and SECOND.
LEFT = {"overwrite": ["b|2", "c|3"], "follow": ["a|1", "b|2", "c|3"], "append": ["a|1", "b|2", "b|2", "c|3"],
        "upsert": ["a|1", "b|2", "c|3"]}
GOLD = {"overwrite": {"mode": "overwrite"}, "follow": {"mode": "follow"}, "append": {"mode": "append"},
        "upsert": {"mode": "upsert", "key": ["id"]}}
SILVER = {"mode": "overwrite_dynamic", "partition_by": ["n"]}


class Touched(Case):
    """A dataset with columns id and n; `touch` runs SQL of a person between two runs of it."""

    def load(self, text, mode, exit=0, **more):
        self.write("in/a.jsonl", text)
        gold = {"enabled": True, "database_config": "database.yml", "exclude_columns": ["_run_id", "_ingestion_ts"], **GOLD[mode]}
        gold.update(more.pop("gold", {}))
        standard = {"casts": [{"column": "n", "to": "bigint"}]}
        self.dataset({"source": {"input_format": "jsonl", "path": "in/a.jsonl", "options": None},
                      "standardization": more.pop("standardization", standard),
                      "output": {"gold": gold, "silver": more.pop("silver", SILVER)}, **more})
        return self.run_dataset(exit=exit)

    def fresh(self, mode):
        """The table as the first run makes it."""
        raise NotImplementedError

    def in_each_mode(self, touch, modes=tuple(GOLD), second=SECOND, left=None, exit=0, parts=(), still=(), **more):
        """Touches the table of a first run, runs again in each mode, and looks at the rows and at what must still be so."""
        for mode in modes:
            with self.subTest(mode=mode):
                self.fresh(mode)
                self.sql(touch)
                before = self.values()
                answer = self.load(second, mode, exit=exit, **more)
                if exit:
                    self.assert_refused(answer, *parts)
                    self.assertEqual(self.values(), before)
                else:
                    self.assertEqual(self.values(), LEFT[mode] if left is None else left)
                for query, expected in still:
                    self.assertEqual(self.sql(query), expected, query)


class PostgreSql(Touched):
    @classmethod
    def setUpClass(cls):
        cls.server = postgresql.server()

    def setUp(self):
        super().setUp()
        self.database = "touched_" + self.id().rsplit(".", 1)[1][:50].lower()
        self.server.sql(f'CREATE DATABASE "{self.database}"')
        self.addCleanup(self.server.sql, f'DROP DATABASE "{self.database}" WITH (FORCE)')
        self.environment["TEST_PASSWORD"] = self.server.password
        self.connect()

    def connect(self, **change):
        default = {"driver": "postgresql", "host": "127.0.0.1", "port": self.server.port, "database": self.database,
                   "user": "admin", "password_env": "TEST_PASSWORD"}
        self.write("database.yml", {"default": {**default, **change}})

    def sql(self, text):
        return self.server.sql(text, self.database)

    def fresh(self, mode):
        self.sql("SET client_min_messages = error; DROP SCHEMA IF EXISTS gold CASCADE; CREATE SCHEMA gold; "
                 "CREATE TABLE gold.demo (id text, n bigint); INSERT INTO gold.demo VALUES ('a', 1), ('b', 2)")

    def values(self):
        return self.sql("SELECT id, n FROM gold.demo ORDER BY 1, 2")


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


class Refused(PostgreSql):
    """What cannot work, with the name and the statement that would help; and its neighbours, which can."""

    def each(self, rows, modes):
        for touch, *parts in rows:
            with self.subTest(touch=touch):
                self.in_each_mode(touch, modes=modes, exit=2, parts=parts)

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
        self.sql("DROP TABLE other")

    def test_keys_that_are_checked_later_are_checked_before_the_lake_changes(self):
        self.fresh("append")
        self.sql("ALTER TABLE gold.demo ADD CONSTRAINT later UNIQUE (n) DEFERRABLE INITIALLY DEFERRED")
        before = self.snapshot()
        self.assert_refused(self.load('{"id": "c", "n": 1}\n', "append", exit=1), "later")
        self.assertEqual(self.snapshot(), before)

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


if __name__ == "__main__":
    unittest.main()
