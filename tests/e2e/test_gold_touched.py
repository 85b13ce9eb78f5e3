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
        self.sql("DROP SCHEMA IF EXISTS gold CASCADE")
        self.load(FIRST, mode)

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


if __name__ == "__main__":
    unittest.main()
