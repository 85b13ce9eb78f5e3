"""Tables that a person alters between two runs: what the tests of test_*touched*.py share."""

import duckdb
import postgresql
from harness import Case

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

    def each(self, rows, modes):
        for touch, *parts in rows:
            with self.subTest(touch=touch):
                self.in_each_mode(touch, modes=modes, exit=2, parts=parts)


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


class DuckDb(Touched):
    """The same for a DuckDB file, with the limits that DuckDB itself has."""

    def setUp(self):
        super().setUp()
        self.write("database.yml", {"default": {"driver": "duckdb", "path": "warehouse.duckdb"}})

    def sql(self, text):
        with duckdb.connect(str(self.root / "warehouse.duckdb")) as connection:
            rows = connection.execute(text).fetchall()
        return ["|".join("∅" if value is None else str(value) for value in row) for row in rows]

    def fresh(self, mode):
        self.sql("DROP SCHEMA IF EXISTS gold CASCADE; CREATE SCHEMA gold; CREATE TABLE gold.demo (id VARCHAR, n BIGINT); "
                 "INSERT INTO gold.demo VALUES ('a', 1), ('b', 2)")

    def values(self):
        return self.sql("SELECT id, n FROM gold.demo ORDER BY ALL")
