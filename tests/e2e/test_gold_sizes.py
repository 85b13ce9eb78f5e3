"""Rows that PostgreSQL finds too large, for an index or for a page: they are quarantined as gold:<column>:size, the others are loaded."""

import random

from harness import json, unittest
from touched import PostgreSql


def noise(length, seed=1):
    """Text that no compression makes smaller than what an index takes."""
    return "".join(random.Random(seed).choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=length))


def lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records)


SMALL, MIDDLE, LONG, PACKED = "small", noise(2500), noise(6000), "z" * 100000


class Sizes(PostgreSql):
    def rows(self, *ids, start=1):
        return lines(*({"id": i, "n": n} for n, i in enumerate(ids, start)))

    def reasons(self, answer):
        run_id = answer.summary["run_id"]
        return {row[0]: row[1] for row in self.quarantine("n, _failed_rules", where=f"_run_id = '{run_id}'")}

    def with_table(self, definition):
        self.sql(f"SET client_min_messages = error; DROP SCHEMA IF EXISTS gold CASCADE; CREATE SCHEMA gold; {definition}")

    def refused(self, definition, ids, left, reasons, mode="append", **more):
        with self.subTest(definition=definition):
            self.with_table(definition)
            answer = self.load(self.rows(*ids), mode, silver={"mode": "append"}, **more)
            self.assertEqual(self.reasons(answer), {str(n): [f"gold:{column}:size"] for n, column in reasons.items()})
            self.assertEqual(self.sql("SELECT n FROM gold.demo ORDER BY 1"), [str(n) for n in left])
            self.assertEqual((answer.rows["gold"], answer.rows["quarantined"]), (len(left), len(reasons)))

    TABLE = "CREATE TABLE gold.demo (id text, n bigint); "

    def test_values_that_an_index_does_not_take(self):
        ids = [SMALL, MIDDLE, LONG, PACKED, noise(20000, 2)]
        for index in ("ALTER TABLE gold.demo ADD PRIMARY KEY (id)", "CREATE INDEX ON gold.demo (n, id)",
                      "CREATE UNIQUE INDEX ON gold.demo (n) INCLUDE (id)", "CREATE INDEX ON gold.demo (lower(id))",
                      "CREATE INDEX \"an odd \"\"index\" ON gold.demo (id) WHERE n > 0"):
            self.refused(self.TABLE + index, ids, [1, 2, 4], {3: "id", 5: "id"})

    def test_what_an_index_takes_stays(self):
        ids = [SMALL, LONG, PACKED, noise(20000, 2)]
        for index in ("CREATE INDEX ON gold.demo USING hash (id)", "CREATE INDEX ON gold.demo (md5(id))", "CREATE INDEX ON gold.demo (n)",
                      "CREATE INDEX ON gold.demo (left(id, 20))", "CREATE INDEX ON gold.demo (id) WHERE n < 0"):
            self.refused(self.TABLE + index, ids, [1, 2, 3, 4], {})

    def test_an_expression_that_makes_more_of_a_value(self):
        self.refused(self.TABLE + "CREATE INDEX ON gold.demo ((lower(id) || upper(id)))", [SMALL, noise(1900), noise(900)], [1, 3],
                     {2: "id"})
        self.refused("CREATE TABLE gold.demo (id text, n bigint, twice text GENERATED ALWAYS AS (lower(id) || upper(id)) STORED); "
                     "CREATE INDEX ON gold.demo (twice)", [SMALL, noise(1900), noise(900)], [1, 3], {2: "id"})

    def test_other_methods_and_types(self):
        self.refused("CREATE TABLE gold.demo (id text, n bigint); ALTER TABLE gold.demo ALTER id SET STORAGE PLAIN",
                     [SMALL, noise(8000), noise(9000)], [1, 2], {3: "id"})
        self.refused("CREATE TABLE gold.demo (id varchar, n numeric(30, 0)); CREATE INDEX ON gold.demo USING brin (id)",
                     [SMALL, noise(9000)], [1], {2: "id"})
        self.refused("CREATE TABLE gold.demo (id text, n bigint) PARTITION BY HASH (n); CREATE TABLE gold.part PARTITION OF gold.demo "
                     "FOR VALUES WITH (MODULUS 1, REMAINDER 0); CREATE INDEX ON gold.demo (id)", [SMALL, LONG], [1], {2: "id"})

    def test_every_mode_and_a_second_run(self):
        for mode in ("append", "overwrite", "follow", "upsert"):
            with self.subTest(mode=mode):
                self.with_table(self.TABLE + "ALTER TABLE gold.demo ADD PRIMARY KEY (id); INSERT INTO gold.demo VALUES ('old', 9)")
                answer = self.load(self.rows("a", LONG, "b"), mode)
                self.assertEqual(self.reasons(answer), {"2": ["gold:id:size"]})
                self.assertEqual(self.sql("SELECT id FROM gold.demo WHERE id <> 'old' ORDER BY 1"), ["a", "b"])
        self.assertEqual(self.reasons(self.load(self.rows("a", LONG, "b"), "upsert")), {"2": ["gold:id:size"]})

    def test_a_row_that_leaves_takes_no_key(self):
        """Two rows of one key: the first is too large, so that the second stays."""
        self.with_table("CREATE TABLE gold.demo (id text, n bigint UNIQUE); CREATE INDEX ON gold.demo (id)")
        answer = self.load(lines({"id": LONG, "n": 1}, {"id": "b", "n": 1}), "append", silver={"mode": "append"})
        self.assertEqual((answer.rows["quarantined"], self.sql("SELECT id FROM gold.demo")), (1, ["b"]))

    def test_many_of_them(self):
        self.with_table(self.TABLE + "CREATE INDEX ON gold.demo (id)")
        ids = [noise(3000, n) if n % 7 == 0 else "y" * 3000 for n in range(300)]
        answer = self.load(self.rows(*ids), "append", silver={"mode": "append"})
        self.assertEqual((answer.rows["quarantined"], answer.rows["gold"]), (43, 257))

    def test_rows_of_many_columns(self):
        names = [f"c{n:04}" for n in range(1100)]
        wide = {"standardization": {"casts": [{"column": name, "to": "bigint"} for name in names]}, "silver": {"mode": "append"}}
        full, empty = {name: 1 for name in names}, {name: (1 if n < 100 else None) for n, name in enumerate(names)}
        for repeat in range(2):   # the table is made, then stands
            answer = self.load(lines({"id": "full", **full}, {"id": "empty", **empty}), "append", **wide)
            self.assertEqual(self.quarantine("id, _failed_rules", where=f"_run_id = '{answer.summary['run_id']}'"),
                             [("full", ["gold:id:size"])])
        self.assertEqual(self.sql("SELECT id FROM gold.demo"), ["empty", "empty"])

    def test_an_index_of_a_single_partition(self):
        parts = ("CREATE TABLE gold.demo (id text, n bigint) PARTITION BY {by}; CREATE TABLE gold.part PARTITION OF gold.demo FOR VALUES "
                 "{values}; CREATE TABLE gold.rest PARTITION OF gold.demo {rest}; CREATE INDEX of_part ON gold.part (id) {where}")
        by_range = {"by": "RANGE (n)", "values": "FROM (3) TO (9)", "rest": "DEFAULT"}
        self.refused(parts.format(**by_range, where=""), [SMALL, LONG, SMALL, LONG], [1, 2, 3], {4: "id"})
        self.refused(parts.format(**by_range, where="WHERE n > 4"), [SMALL, LONG, SMALL, LONG, LONG], [1, 2, 3, 4], {5: "id"})
        self.refused(parts.format(by="HASH (n)", values="WITH (MODULUS 2, REMAINDER 0)",
                                  rest="FOR VALUES WITH (MODULUS 2, REMAINDER 1)", where=""),
                     [SMALL, LONG, LONG], *self.of_hash([1, 2, 3], long=[2, 3]))

    def of_hash(self, numbers, long):
        """The rows that stay, and those that the index of the first of two partitions by hash refuses."""
        self.with_table("CREATE TABLE gold.hashed (n bigint) PARTITION BY HASH (n)")
        first = {int(n) for n in numbers if self.sql(
            f"SELECT satisfies_hash_partition('gold.hashed'::regclass, 2, 0, {n}::bigint)") == ["t"]}
        return [n for n in numbers if n not in first or n not in long], {n: "id" for n in numbers if n in first and n in long}


if __name__ == "__main__":
    unittest.main()
