"""A delivery of which nothing passes, by silver's mode, gold's mode, the kind of database and where the lake is: what replaces must not
vanish. (For a DuckDB file and a local lake see test_replacement.py, too.)"""

import shutil

import duckdb
import minio
import postgresql
from harness import Case, merged, unittest

GOOD = "id,at\n" + "".join(f"{i},2024-06-0{1 + i % 3} 00:00:00\n" for i in range(1, 7))
SILVER = ("overwrite", "overwrite_dynamic", "append")
GOLD = (None, "follow", "append", "overwrite", "upsert")
# Ways in which nothing is left: the delivery, a change of the dataset, and how the run's books name its rows.
WAYS = {
    "a cast": (GOOD.replace("2024-06-0", "06/2024/0"), {}, {"quarantined": 6}),
    "a rule": (GOOD, {"quality": {"rules": [{"name": "r", "expr": "id > 100", "on_fail": "quarantine"}]}}, {"quarantined": 6}),
    "a drop": (GOOD, {"quality": {"rules": [{"name": "r", "expr": "id > 100", "on_fail": "drop"}]}}, {"dropped": 6}),
    "nothing but malformed records": ("id,at\n1\n2\n", {}, {"malformed": 2}),
    "a header alone": ("id,at\n", {"source": {"allow_empty": True}}, {"read": 0}),
}


class Cells:
    """What stands after a run is `count()`: rows of the lake, rows of gold (None: there is none)."""

    goes_on = True   # a right delivery follows

    def configure(self, silver, gold, change=None):
        config = {"id": "demo", "standardization": {"casts": [{"column": "at", "to": "timestamp", "on_error": "quarantine"}]},
                  "source": {"path": self.place("in/*.csv")},
                  "output": {"silver": {"path": self.place("silver"), "mode": silver, "partition_by": ["date"], "partition_from": "at"}}}
        if gold is not None:
            config = merged(config, {"output": {"gold": {"enabled": True, "database_config": "database.yml", "mode": gold,
                                                         **({"key": ["id"]} if gold == "upsert" else {})}}})
        self.dataset(merged(config, change or {}))

    def cell(self, silver, gold, way="a cast", first=False):
        content, change, books = WAYS[way]
        replaces = not first and (silver != "append" or gold == "overwrite")
        with self.subTest(silver=silver, gold=gold, way=way, first=first):
            self.clear()
            self.deliver(GOOD)
            self.configure(silver, gold)
            if not first:
                self.run_dataset()
            before = (0, None if gold is None else 0) if first else (6, None if gold is None else 6)
            self.configure(silver, gold, change)
            self.deliver(content)
            answer = self.run_dataset(exit=1 if replaces else 0)
            self.assertEqual({name: answer.rows[name] for name in books}, books)
            self.assertEqual(self.count(gold), before)
            if replaces:
                self.assert_refused(answer, "allow_empty")
                allowed = self.run_dataset("--set", "output.allow_empty=true")
                self.assertEqual((allowed.rows["silver"], allowed.rows["gold"]), (0, 0))
                # overwrite_dynamic touches no partition: what stands stands
                emptied_gold = gold == "overwrite" or (gold == "follow" and silver == "overwrite")
                after = 0 if silver == "overwrite" else 6, None if gold is None else 0 if emptied_gold else 6
                self.assertEqual(self.count(gold), after)
            if not self.goes_on:
                return
            self.configure(silver, gold)
            self.deliver(GOOD)
            self.run_dataset()   # the next delivery is right again
            lake, table = self.count(gold)
            adds = silver == "append" and not first
            self.assertEqual(lake, 12 if adds else 6)
            if gold is not None:
                doubles = not first and (gold == "append" or (gold == "follow" and silver == "append"))
                self.assertEqual(table, 12 if doubles else 6)


class Local(Cells, Case):
    def setUp(self):
        super().setUp()
        self.write("database.yml", self.database())

    def database(self):
        return {"default": {"driver": "duckdb", "path": "warehouse.duckdb"}}

    def place(self, name):
        return name if name.startswith("in") else f"out/{name}"

    def deliver(self, content):
        self.write("in/a.csv", content)

    def clear(self):
        for name in ("out", "in", ".crisol"):
            shutil.rmtree(self.root / name, ignore_errors=True)
        for path in self.root.glob("warehouse.duckdb*"):
            path.unlink()

    def count(self, gold):
        return len(self.silver("id")), None if gold is None else self.gold_rows()

    def gold_rows(self):
        with duckdb.connect(str(self.root / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute("SELECT count(*) FROM gold.demo").fetchone()[0]

    def test_every_way_in_which_nothing_is_left(self):
        for n, way in enumerate(WAYS):
            if way != "a cast":
                self.cell(SILVER[n % 2], GOLD[1 + n % 4], way)

    def test_a_first_run(self):
        for silver, gold, way in (("overwrite", "follow", "a cast"), ("overwrite_dynamic", "overwrite", "a header alone"),
                                  ("append", "upsert", "a drop"), ("overwrite", None, "a header alone")):
            self.cell(silver, gold, way, first=True)

    def test_gold_stands_where_the_lake_was_taken_away_and_the_reverse(self):
        for silver in ("overwrite", "overwrite_dynamic"):
            for gone in ("lake", "gold"):
                with self.subTest(silver=silver, gone=gone):
                    self.clear()
                    self.deliver(GOOD)
                    self.configure(silver, "follow")
                    self.run_dataset()
                    if gone == "lake":
                        shutil.rmtree(self.root / "out/silver")
                    else:
                        with duckdb.connect(str(self.root / "warehouse.duckdb")) as connection:
                            connection.execute("DELETE FROM gold.demo")
                    self.deliver(WAYS["a cast"][0])
                    self.assert_refused(self.run_dataset(exit=1), "allow_empty", "gold table" if gone == "lake" else "lake")
                    self.assertEqual(self.count("follow"), (0, 6) if gone == "lake" else (6, 0))


class LocalWithPostgreSql(Local):
    """Every mode of silver with every mode of gold."""

    goes_on = False

    @classmethod
    def setUpClass(cls):
        cls.server = postgresql.server()

    def database(self):
        self.name = "nothing_" + self.id().rsplit(".", 1)[1][:40].lower()
        self.server.sql(f'CREATE DATABASE "{self.name}"')
        self.addCleanup(self.server.sql, f'DROP DATABASE "{self.name}" WITH (FORCE)')
        self.environment["TEST_PASSWORD"] = self.server.password
        return {"default": {"driver": "postgresql", "host": "127.0.0.1", "port": self.server.port, "database": self.name,
                            "user": "admin", "password_env": "TEST_PASSWORD"}}

    def clear(self):
        super().clear()
        self.server.sql("SET client_min_messages = error; DROP SCHEMA IF EXISTS gold CASCADE; DROP SCHEMA IF EXISTS metadata CASCADE",
                        self.name)

    def gold_rows(self):
        return int(self.server.sql("SELECT count(*) FROM gold.demo", self.name)[0])

    test_every_way_in_which_nothing_is_left = test_a_first_run = test_gold_stands_where_the_lake_was_taken_away_and_the_reverse = None

    def test_every_mode_of_silver_and_gold(self):
        for silver in SILVER:
            for gold in GOLD[1:]:
                self.cell(silver, gold)

    def test_rows_that_the_table_refuses_are_no_rows(self):
        self.clear()
        self.deliver(GOOD)
        self.configure("overwrite", "follow")
        self.run_dataset()
        self.deliver("id,at\n\0x,2024-06-01 00:00:00\n")
        answer = self.run_dataset(exit=1)
        self.assert_refused(answer, "allow_empty")
        self.assertEqual((answer.rows["quarantined"], self.count("follow")), (1, (6, 6)))


class InStore(Cells, minio.StoreCase):
    def setUp(self):
        super().setUp()
        self.write("database.yml", {"default": {"driver": "duckdb", "path": "warehouse.duckdb"}})

    def place(self, name):
        return f"s3a://{self.bucket}/{self.prefix}/{name}"

    def deliver(self, content):
        self.store.put(self.bucket, f"{self.prefix}/in/a.csv", content)

    def clear(self):
        self.prefix = f"p{getattr(self, 'prefix', 'p0').lstrip('p')}1"
        for path in self.root.glob("warehouse.duckdb*"):
            path.unlink()

    def count(self, gold):
        return len(self.lake("id", prefix=f"{self.prefix}/silver")), None if gold is None else Local.gold_rows(self)

    def test_every_mode_of_silver(self):
        for silver, gold in (("overwrite", "follow"), ("overwrite_dynamic", None), ("append", "overwrite"), ("append", None)):
            self.cell(silver, gold)
        self.cell("overwrite", None, "a header alone")
        self.cell("overwrite_dynamic", "follow", first=True)


if __name__ == "__main__":
    unittest.main()
