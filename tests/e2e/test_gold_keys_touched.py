"""Unique keys of a person on expressions, on generated columns and on columns that the table fills itself: a row that such a key does
not let in is quarantined, in a DuckDB file as in PostgreSQL."""

from harness import json, unittest
from touched import DuckDb, PostgreSql


def lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records)


class KeyCases:
    """Each row: DDL beside the columns id and n, then the key; over rows of ids a, b, A, c and, on the second run, B, d, D."""

    FIRST = lines(*({"id": i, "n": n} for n, i in enumerate(["a", "b", "A", "c", None, None], 1)))
    SECOND = lines(*({"id": i, "n": n} for n, i in enumerate(["B", "d", "D", None], 11)))
    COLUMNS = "CREATE TABLE gold.demo (id {text}, n bigint{more})"

    def create(self, more, key):
        self.sql("DROP SCHEMA IF EXISTS gold CASCADE")
        self.sql("CREATE SCHEMA gold")
        self.sql(self.COLUMNS.format(text="varchar", more=more))
        self.sql(key)

    def reasons(self, answer):
        run_id = answer.summary["run_id"]
        return {row[0]: row[1] for row in self.quarantine("id, _failed_rules", where=f"_run_id = '{run_id}'")}

    def settled(self, more, key, column="id"):
        reason = [f"gold:{column}:key"]
        plain = {"silver": {"mode": "append"}}
        with self.subTest(more=more, key=key):
            self.create(more, key)
            self.assertEqual(self.reasons(self.load(self.FIRST, "append", **plain)), {"A": reason})
            self.assertEqual(self.reasons(self.load(self.SECOND, "append", **plain)), {"B": reason, "D": reason})
            self.assertEqual(self.values(), ["a|1", "b|2", "c|4", "d|12", "∅|14", "∅|5", "∅|6"])
            # what is replaced is met by nothing
            self.assertEqual(self.reasons(self.load(self.SECOND, "overwrite", **plain)), {"D": reason})
            self.assertEqual(self.values(), ["B|11", "d|12", "∅|14"])
            # of an upsert's rows what meets a row that stays; d is its own row again
            self.assertEqual(self.reasons(self.load(self.FIRST, "upsert", gold={"key": ["n"]}, **plain)), {"A": reason, "b": reason})
            self.assertEqual(self.reasons(self.load(lines({"id": "D", "n": 12}), "upsert", gold={"key": ["n"]}, **plain)), {})
            self.assertEqual(self.values(), ["a|1", "B|11", "c|4", "D|12", "∅|14", "∅|5", "∅|6"])

    def values(self):
        return sorted(self.sql("SELECT id, n FROM gold.demo"), key=lambda row: (row.split("|")[0].lower(), row))

    def test_expressions(self):
        for key in ("((upper(id) || ', '))", "(md5(lower(id)), lower(id))"):
            self.settled("", f"CREATE UNIQUE INDEX mine ON gold.demo {key}")

    def test_what_stands_in_partitions_that_a_run_does_not_touch(self):
        self.create("", "CREATE UNIQUE INDEX mine ON gold.demo (lower(id))")
        self.load(lines({"id": "a", "n": 1}, {"id": "b", "n": 2}), "follow")
        answer = self.load(lines({"id": "B", "n": 1}, {"id": "A", "n": 1}, {"id": "c", "n": 3}), "follow")
        self.assertEqual(self.reasons(answer), {"B": ["gold:id:key"]})
        self.assertEqual(self.values(), ["A|1", "b|2", "c|3"])
        answer = self.load(lines({"id": "C", "n": 1}, {"id": "D", "n": 4}), "follow")   # and so partition 1 stays, too
        self.assertEqual(self.reasons(answer), {"C": ["gold:id:key"]})
        self.assertEqual(self.values(), ["A|1", "b|2", "c|3", "D|4"])

    def test_columns_of_odd_names(self):
        odd = '"x, y""z"'
        rename = {"standardization": {"casts": [{"column": "n", "to": "bigint"}], "rename": [{"from": "id", "to": 'x, y"z'}]}}
        for key in (f"({odd})", f"(lower({odd}))"):
            with self.subTest(key=key):
                self.sql("DROP SCHEMA IF EXISTS gold CASCADE")
                self.sql("CREATE SCHEMA gold")
                self.sql(f"CREATE TABLE gold.demo ({odd} varchar, n bigint)")
                self.sql(f"CREATE UNIQUE INDEX mine ON gold.demo {key}")
                answer = self.load(lines({"id": "a", "n": 1}, {"id": "a", "n": 2}), "append", silver={"mode": "append"}, **rename)
                self.assertEqual((answer.rows["gold"], answer.rows["quarantined"]), (1, 1))

    def test_a_column_that_the_table_fills_is_part_of_a_key(self):
        self.settled(", tenant int DEFAULT 7, low varchar", "CREATE UNIQUE INDEX mine ON gold.demo (tenant, (lower(id)))", column="id")

    def test_a_key_that_has_a_value_of_its_own_in_each_row_lets_all_in(self):
        self.sql("CREATE SEQUENCE public.s" if self.is_server else "CREATE SEQUENCE s")
        self.create(f", own bigint DEFAULT nextval('{'public.s' if self.is_server else 's'}')",
                    "CREATE UNIQUE INDEX mine ON gold.demo (own, (lower(id)))")
        self.assertEqual(self.load(self.FIRST, "append", silver={"mode": "append"}).rows["gold"], 6)


class InDuckDb(KeyCases, DuckDb):
    is_server = False

    def test_a_value_that_an_expression_fails_on(self):
        """DuckDB computes it for the index: the row cannot be let in."""
        for more, key in (("", "((CAST(id AS INTEGER)))"), ("", "(n, (CAST(id AS INTEGER)))"),
                          (", num INTEGER GENERATED ALWAYS AS (CAST(id AS INTEGER))", "(num)")):
            with self.subTest(key=key):
                self.create(more, f"CREATE UNIQUE INDEX mine ON gold.demo {key}")
                answer = self.load(lines(*({"id": i, "n": 1} for i in ("7", "x", "07", None, "8"))), "append", silver={"mode": "append"})
                self.assertEqual(self.reasons(answer), dict.fromkeys(("x", "07"), ["gold:n:key" if key.startswith("(n,") else "gold:id:key"]))
                self.assertEqual(self.sql("SELECT id FROM gold.demo ORDER BY 1"), ["7", "8", "∅"])

    def test_generated_columns(self):
        self.settled(", low varchar GENERATED ALWAYS AS (lower(id))", "CREATE UNIQUE INDEX mine ON gold.demo (low)")
        self.settled(", low varchar GENERATED ALWAYS AS (lower(id)), high varchar GENERATED ALWAYS AS (upper(low))",
                     "CREATE UNIQUE INDEX mine ON gold.demo (high)")


class ReferredTo(DuckDb):
    """DuckDB lets no row be deleted that another table refers to."""

    KEY = "CREATE OR REPLACE TABLE gold.demo (id VARCHAR {}, n BIGINT); INSERT INTO gold.demo VALUES ('a', 1), ('b', 2); "
    CHILD = "CREATE TABLE gold.\"the child\" (who VARCHAR REFERENCES gold.demo(id))"

    def touch(self, key, child, rows="INSERT INTO gold.\"the child\" VALUES ('a'), ('b')"):
        return "; ".join((self.KEY.format(key), child, rows))

    def test_an_upsert_by_the_key_updates_the_rows_in_their_places(self):
        for key in ("PRIMARY KEY", "UNIQUE"):
            with self.subTest(key=key):
                self.in_each_mode(self.touch(key, self.CHILD), modes=("upsert",), second='{"id": "b", "n": 7}\n{"id": "c", "n": 3}\n',
                                  left=["a|1", "b|7", "c|3"], still=[('SELECT count(*) FROM gold."the child"', ["2"])])
        self.in_each_mode(self.touch("UNIQUE", self.CHILD, "INSERT INTO gold.demo VALUES (NULL, 5)"), modes=("upsert",),
                          second='{"id": null, "n": 6}\n', left=["a|1", "b|2", "∅|6"])

    def test_what_deletes_rows_that_are_referred_to_is_refused_with_the_name_of_who_does(self):
        for mode, change in (("overwrite", {}), ("follow", {}), ("follow", {"silver": {"mode": "overwrite"}}),
                             ("upsert", {"gold": {"key": ["n"]}})):
            with self.subTest(mode=mode, change=change):
                self.in_each_mode(self.touch("PRIMARY KEY", self.CHILD), modes=(mode,), exit=2, second='{"id": "b", "n": 2}\n',
                                  parts=['"gold"."the child"', "FOREIGN KEY (who)", "DuckDB", "DROP TABLE"], **change)

    def test_what_an_update_in_its_place_cannot_do_and_a_table_that_refers_to_itself(self):
        second = "CREATE OR REPLACE TABLE gold.demo (id VARCHAR PRIMARY KEY, n BIGINT UNIQUE); INSERT INTO gold.demo VALUES ('a', 1), ('b', 2)"
        self.in_each_mode("; ".join((second, self.CHILD, "INSERT INTO gold.\"the child\" VALUES ('b')")), modes=("upsert",), exit=2,
                          second='{"id": "b", "n": 7}\n', parts=['"gold"."the child"', "FOREIGN KEY (who)", "DROP TABLE"])
        own = ("CREATE OR REPLACE TABLE gold.demo (id VARCHAR PRIMARY KEY, n BIGINT, boss VARCHAR REFERENCES gold.demo (id)); INSERT INTO "
               "gold.demo VALUES ('a', 1, NULL); INSERT INTO gold.demo VALUES ('b', 2, 'a')")
        self.in_each_mode(own, modes=("overwrite",), exit=2, second='{"id": "a", "n": 7}\n', parts=['"gold"."demo"', "FOREIGN KEY (boss)"])
        self.in_each_mode(own, modes=("upsert",), second='{"id": "a", "n": 7}\n', left=["a|7", "b|2"])

    def test_without_a_row_that_refers_every_mode_works(self):
        for rows in ("SELECT 1", "INSERT INTO gold.\"the child\" VALUES (NULL)"):
            self.in_each_mode(self.touch("PRIMARY KEY", self.CHILD, rows), modes=("overwrite", "follow", "upsert"))
        self.in_each_mode(self.touch("PRIMARY KEY", self.CHILD), modes=("append",), second='{"id": "c", "n": 3}\n',
                          left=["a|1", "b|2", "c|3"])


class InPostgreSql(KeyCases, PostgreSql):
    is_server = True

    def test_generated_columns(self):
        low = ", low text GENERATED ALWAYS AS (lower(id)) STORED"
        self.settled(low, "CREATE UNIQUE INDEX mine ON gold.demo (upper(low))")
        self.settled(low, "CREATE UNIQUE INDEX mine ON gold.demo (low) WHERE low <> 'zz'")
        self.settled(low.replace("STORED", "STORED, tenant int NOT NULL DEFAULT 3"), "ALTER TABLE gold.demo ADD UNIQUE (tenant, low)")

    def test_a_primary_key_on_a_generated_column(self):
        """No null may be among its values: what is computed from a null is one."""
        self.create(", low text GENERATED ALWAYS AS (lower(coalesce(id, 'none'))) STORED", "ALTER TABLE gold.demo ADD PRIMARY KEY (low)")
        answer = self.load(self.FIRST, "append", silver={"mode": "append"})
        self.assertEqual(self.reasons(answer), {"A": ["gold:id:key"], None: ["gold:id:key"]})
        self.assertEqual(self.values(), ["a|1", "b|2", "c|4", "∅|5"])



if __name__ == "__main__":
    unittest.main()
