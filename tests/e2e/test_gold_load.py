"""Rows that gold takes in place of others, and rows that its table refuses, in a real PostgreSQL and a DuckDB file."""

from harness import json, unittest
from test_postgresql import PostgreSql


def lines(*records):
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def casts(**types):
    return {"casts": [{"column": name.strip("_"), "to": to} for name, to in types.items()]}


class Replacing(PostgreSql):
    def upsert(self, *records, key=("id",), exit=0, **more):
        return self.rows(lines(*records), schema=None, exit=exit, gold={"mode": "upsert", "key": list(key)}, **more)

    def test_null_keys_are_replaced_as_others_are(self):
        first = [{"a": a, "b": b, "n": "old"} for a in ("x", None) for b in ("y", None)]
        self.upsert(*first, key=("a", "b"))
        self.upsert(*[{**record, "n": "new"} for record in first[1:]], key=("a", "b"))
        self.assertEqual(self.values("a, b, n"), ["x|y|old", "x|∅|new", "∅|y|new", "∅|∅|new"])

    def test_a_key_of_every_type_is_found_again(self):
        values = {"boolean": "false", "integer": "-1", "bigint": "9007199254740993", "float": "NaN", "double": "-0.0",
                  "string": "é", "date": "2024-02-29", "decimal(20,2)": "1.10", "timestamp": "2024-02-29 00:00:00.000001",
                  "binary": "ab"}
        keys = {f"k{n}": value for n, value in enumerate(values.values())}
        types = {name: to for name, to in zip(keys, values)}
        other = {**keys, "k4": "1"}
        for note in ("old", "new"):
            self.upsert(*[{**record, "n": note} for record in (keys, {**keys, "k3": None, "k5": ""}, other)], key=list(keys),
                        standardization=casts(**types))
        self.assertEqual(self.sql("SELECT n, count(*) FROM gold.demo GROUP BY 1"), ["new|3"])

    def test_keys_follow_a_collation_that_ignores_case(self):
        self.sql("CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false); "
                 "CREATE SCHEMA gold; CREATE TABLE gold.demo (id text COLLATE nocase, n text, _run_id text, "
                 "_ingestion_ts timestamptz); INSERT INTO gold.demo VALUES ('ab', 'old'), ('c', 'old')")
        self.upsert({"id": "AB", "n": "new"})
        self.assertEqual(self.values(), ["AB|new", "c|old"])

    def test_the_key_may_be_spelled_in_another_case(self):
        self.upsert({"id": "a", "n": "old"}, key=("ID",))
        self.upsert({"id": "a", "n": "new"}, key=("Id",))
        self.assertEqual(self.values(), ["a|new"])

    def test_an_upsert_into_a_keyed_table_replaces_rows_and_adds_rows(self):
        for ddl in ("ADD PRIMARY KEY (id)", "ADD UNIQUE (id)", "ADD UNIQUE (id) DEFERRABLE INITIALLY DEFERRED",
                    "ADD UNIQUE (id), ADD UNIQUE (n)"):
            with self.subTest(key=ddl):
                self.sql("DROP SCHEMA IF EXISTS gold CASCADE")
                self.upsert({"id": "a", "n": "1"}, {"id": "b", "n": "2"})
                self.sql(f"ALTER TABLE gold.demo {ddl}")
                self.upsert({"id": "b", "n": "1"}, {"id": "a", "n": "2"}, {"id": "c", "n": "3"})
                self.assertEqual(self.values(), ["a|2", "b|1", "c|3"])

    def test_rows_that_others_refer_to_are_updated_in_place(self):
        self.upsert({"id": "a", "n": "1"}, {"id": "b", "n": "2"})
        self.sql("ALTER TABLE gold.demo ADD PRIMARY KEY (id), ADD COLUMN note text; UPDATE gold.demo SET note = 'kept'; "
                 "CREATE TABLE public.refers (id text REFERENCES gold.demo ON DELETE CASCADE); "
                 "INSERT INTO public.refers VALUES ('a')")
        self.upsert({"id": "a", "n": "3"}, {"id": "c", "n": "4"})
        self.assertEqual(self.values("id, n, note"), ["a|3|kept", "b|2|kept", "c|4|∅"])
        self.assertEqual(self.sql("SELECT id FROM public.refers"), ["a"])

    def test_what_a_person_has_added_to_a_table_survives_every_mode(self):
        modes = [({"mode": "overwrite"}, {}), ({"mode": "append"}, {}), ({"mode": "upsert", "key": ["id"]}, {}),
                 ({}, {"mode": "overwrite_dynamic", "partition_by": ["n"]})]
        for number, (gold, silver) in enumerate(modes):
            with self.subTest(mode=gold or silver):
                self.begin_anew("DROP OWNED BY reader CASCADE; DROP ROLE reader" if number else "")
                self.rows(lines({"id": "a", "n": "1"}), schema=None, gold=gold, silver=silver)
                self.sql("CREATE ROLE reader; GRANT USAGE ON SCHEMA gold TO reader; GRANT SELECT ON gold.demo TO reader; "
                         "CREATE INDEX by_n ON gold.demo (n); "
                         "COMMENT ON TABLE gold.demo IS 'ours'; COMMENT ON COLUMN gold.demo.n IS 'a number'; "
                         "CREATE VIEW gold.seen AS SELECT id, n FROM gold.demo; "
                         "CREATE MATERIALIZED VIEW gold.kept AS SELECT id FROM gold.demo")
                before = self.sql(self.STANDING)
                self.rows(lines({"id": "b", "n": "1"}, {"id": "c", "n": "2"}), schema=None, gold=gold, silver=silver)
                self.assertEqual(self.sql(self.STANDING), before)
                self.assertIn("b|1", self.sql("SET ROLE reader; SELECT id, n FROM gold.demo"))
                self.assertIn("c|2", self.sql("SELECT * FROM gold.seen"))
        self.sql("DROP OWNED BY reader CASCADE; DROP ROLE reader")

    STANDING = ("SELECT c.oid, relname, relkind, relacl::text, obj_description(c.oid), col_description(c.oid, 2), "
                "(SELECT string_agg(attname || attnotnull, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND "
                "attnum > 0 AND NOT attisdropped) FROM pg_class AS c WHERE relnamespace = 'gold'::regnamespace ORDER BY relname")


class Partitions(PostgreSql):
    def follow(self, *records, by, to="timestamp", zone="UTC", **more):
        self.rows(lines(*records), schema=None, gold={"exclude_columns": [name for name in by if name != "n"]},
                  silver={"mode": "overwrite_dynamic", "partition_by": list(by), "partition_from": "t"},
                  standardization={**casts(t=to), "timezone": zone}, **more)

    def test_rows_are_found_by_every_set_of_derived_partitions(self):
        sets = [("year",), ("year", "month", "day", "hour"), ("date",), ("date", "hour"), ("year", "month", "n")]
        old = [{"id": f"old{n}", "n": "x" if n % 2 else None, "t": t} for n, t in enumerate([
            "2024-02-29T10:15:00Z", "2024-02-29T11:15:00Z", "2024-02-28T10:15:00Z", "2024-03-29T10:15:00Z",
            "2023-02-28T10:15:00Z", "2024-02-29T10:59:59.999999Z", None, "0001-01-01T00:00:00Z"])]
        new = [{"id": "new1", "n": None, "t": "2024-02-29T10:00:00Z"}, {"id": "new2", "n": "x", "t": None}]
        expected = {  # of the old rows: those that stay
            ("year",): [4, 7], ("year", "month", "day", "hour"): [1, 2, 3, 4, 7], ("date",): [2, 3, 4, 7],
            ("date", "hour"): [1, 2, 3, 4, 7], ("year", "month", "n"): [1, 3, 4, 5, 6, 7]}
        for by in sets:
            with self.subTest(by=by):
                self.begin_anew()
                self.follow(*old, by=by)
                self.follow(*new, by=by)
                self.assertEqual(self.sql("SELECT id FROM gold.demo ORDER BY 1"),
                                 sorted(["new1", "new2"] + [f"old{n}" for n in expected[by]]))

    def test_days_are_those_of_the_zone_where_they_are_repeated_or_skipped(self):
        # St. John's went from 00:01 back to 23:01 of the day before: two days take turns.
        times = ["2006-10-29T01:59:00Z", "2006-10-29T02:30:30Z", "2006-10-29T02:31:30Z", "2006-10-29T03:29:00Z",
                 "2006-10-29T03:30:30Z", "2006-10-29T04:00:00Z"]
        self.follow(*[{"id": str(n), "t": t} for n, t in enumerate(times)], by=("date",), zone="America/St_Johns")
        day = {"id": "new", "t": "2006-10-29T12:00:00Z"}
        files = self.files_below("out/silver")
        self.assertEqual(files, [f for f in files if "2006-10-28" in f or "2006-10-29" in f])
        silver = dict(self.silver("id, date"))
        self.follow(day, by=("date",), zone="America/St_Johns")
        stay = [str(n) for n in range(6) if str(silver[str(n)]) == "2006-10-28"]
        self.assertEqual(self.sql("SELECT id FROM gold.demo ORDER BY 1"), stay + ["new"])

    def test_dates_far_away_are_found(self):
        by = ("year", "month")
        self.follow({"id": "a", "t": "0001-01-01"}, {"id": "b", "t": "9999-12-31"}, {"id": "c", "t": "+12345-01-01"},
                    by=by, to="date")
        self.follow({"id": "d", "t": "0001-01-31"}, {"id": "e", "t": "9999-12-01"}, {"id": "f", "t": "+12345-01-02"},
                    by=by, to="date")
        self.assertEqual(self.sql("SELECT id FROM gold.demo ORDER BY 1"), ["d", "e", "f"])


class Unfit(PostgreSql):
    """One value never stops all: its row is quarantined with the reason, its neighbours are loaded."""

    def assert_reasons(self, expected, what="id"):
        self.assertEqual({row[0]: row[1] for row in self.quarantine(f"{what}, _failed_rules")}, expected)

    def test_numbers_that_jsonb_refuses(self):
        good = ["1e131071", "-9.9e131071", "0e200000", "1e-16383", "0." + "0" * 16382 + "1", "1" + "0" * 131071, "1E+5"]
        bad = ["1e131072", "1e200000", "1e-16384", "0e-16384", "0." + "0" * 16383 + "1", "1" + "0" * 131072, "-1e999999999999"]
        text = "".join(f'{{"id": "{word}{n}", "tags": {{"k": [{number}]}}}}\n'
                       for word, numbers in (("good", good), ("bad", bad)) for n, number in enumerate(numbers))
        answer = self.rows(text)
        self.assertEqual(self.sql("SELECT id FROM gold.demo ORDER BY 1"), [f"good{n}" for n in range(len(good))])
        self.assert_reasons({f"bad{n}": ["gold:tags:json"] for n in range(len(bad))})
        self.assertEqual(answer.rows["gold"], len(good))

    def test_halves_of_characters_reach_no_table(self):
        values = {"pair": r"\ud83d\ude00", "low": r"\ude00", "high": r"a\ud83d", "slash": r"\\ud83d", "nul": r"\u0000", "one": r"\u0001"}
        self.rows("".join(f'{{"id": "{name}", "tags": {{"k": "{value}"}}}}\n' for name, value in values.items()))
        self.assertEqual(self.sql("SELECT id FROM gold.demo ORDER BY 1"), ["one", "pair", "slash"])
        self.assertEqual(sorted(row[0] for row in self.quarantine("_failed_rules[1]")),
                         ["gold:tags:nul", "malformed:invalid_text", "malformed:invalid_text"])

    def test_numbers_that_are_none_in_typed_values(self):
        import duckdb
        duckdb.sql("SELECT * FROM (VALUES ('a', [1.5::DOUBLE, 'NaN']), ('b', ['Infinity'::DOUBLE]), ('c', [2.5])) AS t(id, x)"
                   ).write_parquet(str(self.root / "in.parquet"))
        self.connect()
        self.dataset({"source": {"input_format": "parquet", "path": "in.parquet", "options": None},
                      "output": {"gold": {"enabled": True, "database_config": "database.yml"}}})
        self.run_dataset()
        self.assertEqual(self.sql("SELECT id, x FROM gold.demo"), ["c|[2.5]"])
        self.assert_reasons({"a": ["gold:x:json"], "b": ["gold:x:json"]})

    def test_nulls_that_a_person_does_not_want(self):
        self.rows(lines({"id": "a", "n": 1, "tags": {}}), schema=None)
        self.sql("ALTER TABLE gold.demo ADD PRIMARY KEY (n)")
        answer = self.rows(lines({"id": "a", "n": 1, "tags": {}}, {"id": "b", "n": None, "tags": {}}), schema=None)
        self.assert_reasons({"b": ["gold:n:null"]})
        self.assertEqual((answer.rows["gold"], self.values()), (1, ["a|1"]))

    def test_times_that_the_server_s_calendar_lacks(self):
        import duckdb
        duckdb.sql("SELECT * FROM (VALUES ('first', DATE '4714-11-24 (BC)', TIMESTAMP '4714-11-24 (BC) 00:00:00', NULL), "
                   "('last', DATE '5874897-12-31', TIMESTAMP '294246-12-31 23:59:59', NULL), "
                   "('early', DATE '4714-11-23 (BC)', NULL, NULL), ('late', DATE '5874898-01-01', NULL, NULL), "
                   "('before', NULL, TIMESTAMP '4714-11-23 (BC) 23:59:59.999999', NULL)) AS t(id, d, t, u)"
                   ).write_parquet(str(self.root / "in.parquet"))
        self.connect()
        self.dataset({"source": {"input_format": "parquet", "path": "in.parquet", "options": None},
                      "output": {"gold": {"enabled": True, "database_config": "database.yml"}}})
        self.run_dataset()
        self.assertEqual(self.sql("SELECT id, d FROM gold.demo ORDER BY 1"), ["first|4714-11-24 BC", "last|5874897-12-31"])
        self.assert_reasons({"early": ["gold:d:range"], "late": ["gold:d:range"], "before": ["gold:t:range"]})

    def test_added_columns_are_looked_at_too(self):
        self.rows(lines({"id": "a", "n": 1}, {"id": "b", "n": 2}), schema=None, gold={
            "add_columns": [{"name": "made", "expr": "concat(id, CASE WHEN n = 1 THEN decode(X'00', 'UTF-8') END)"}]})
        self.assert_reasons({"a": ["gold:made:nul"]})

    def test_texts_that_are_not_in_the_server_s_encoding(self):
        records = [{"id": "plain", "n": 1}, {"id": "ñ", "n": 1}, {"id": "€", "n": 1}, {"id": "日本", "n": 1},
                   {"id": "raw", "tags": {"k": "ñ"}}, {"id": "bad raw", "tags": {"€": 1}}]
        text = lines(*records) + r'{"id": "escaped", "tags": {"k": "\u00f1"}}' + "\n" + r'{"id": "bad", "tags": {"k": "\u20ac"}}' + "\n"
        cases = {"LATIN1": (["escaped", "plain", "raw", "ñ"], {"€", "日本", "bad raw", "bad"}),
                 "LATIN9": (["escaped", "bad", "bad raw", "plain", "raw", "ñ", "€"], {"日本"}),
                 "EUC_JP": (["escaped", "plain", "raw", "ñ", "日本"], {"€", "bad raw", "bad"}),
                 "SQL_ASCII": (["bad raw", "plain", "raw", "ñ", "日本", "€"], {"escaped", "bad"})}
        for encoding, (stay, leave) in cases.items():
            with self.subTest(encoding=encoding):
                self.sql(f'DROP DATABASE "{self.database}" WITH (FORCE)', database="postgres")
                self.sql(f"CREATE DATABASE \"{self.database}\" ENCODING '{encoding}' TEMPLATE template0 LOCALE 'C'",
                         database="postgres")
                self.rows(text, silver={"mode": "overwrite"})
                self.assertEqual(sorted(self.sql("SET client_encoding = 'UTF8'; SELECT id FROM gold.demo")), sorted(stay))
                reasons = {row[0]: row[1] for row in self.quarantine("id, _failed_rules", where=f"_run_id = '{self.last_run()}'")}
                self.assertEqual(set(reasons), leave)
                self.assertEqual({reason.rsplit(":", 1)[1] for found in reasons.values() for reason in found}, {"encoding"})

    def last_run(self):
        return self.sql("SELECT execution_id FROM metadata.pipeline_executions ORDER BY started_at DESC LIMIT 1")[0]


class Keys(PostgreSql):
    """A row that a key of the table does not let in is quarantined; what is right is loaded."""

    def key_reasons(self, what="n"):
        where = f"_run_id = '{self.sql('SELECT execution_id FROM metadata.pipeline_executions ORDER BY started_at DESC LIMIT 1')[0]}'"
        return {row[0]: row[1] for row in self.quarantine(f"{what}, _failed_rules", where=where)}

    def load(self, *records, gold=None, silver=None, **more):
        return self.rows(lines(*records), schema=None, gold=gold, silver=silver, **more)

    def test_of_two_rows_with_one_key_the_first_stays_in_every_mode(self):
        doubled = [{"id": "a", "n": "1"}, {"id": "b", "n": "2"}, {"id": "a", "n": "3"}]
        modes = [({"mode": "overwrite"}, None), ({"mode": "append"}, None), ({"mode": "upsert", "key": ["id"]}, None),
                 ({}, {"mode": "overwrite_dynamic", "partition_by": ["p"]})]
        for gold, silver in modes:
            with self.subTest(mode=gold or silver):
                self.begin_anew()
                self.load({"id": "z", "n": "0", "p": "x"}, gold=gold, silver=silver)
                self.sql("ALTER TABLE gold.demo ADD PRIMARY KEY (id)")
                answer = self.load(*[{**record, "p": "x"} for record in doubled], gold=gold, silver=silver)
                self.assertEqual(self.sql("SELECT id, n FROM gold.demo WHERE id <> 'z' ORDER BY 1"), ["a|1", "b|2"])
                self.assertEqual(self.key_reasons(), {"3": ["gold:id:key"]})
                self.assertEqual((answer.rows["quarantined"], answer.rows["gold"]), (1, 2))

    def test_append_leaves_out_what_stands(self):
        self.load({"id": "a", "n": "1"}, {"id": None, "n": "2"}, gold={"mode": "append"})
        self.sql("ALTER TABLE gold.demo ADD UNIQUE (id)")
        self.load({"id": "a", "n": "3"}, {"id": None, "n": "4"}, {"id": "c", "n": "5"}, gold={"mode": "append"})
        self.assertEqual(self.sql("SELECT n FROM gold.demo ORDER BY 1"), ["1", "2", "4", "5"])
        self.assertEqual(self.key_reasons(), {"3": ["gold:id:key"]})

    def test_follow_leaves_out_what_stands_in_other_partitions(self):
        silver = {"mode": "overwrite_dynamic", "partition_by": ["p"]}
        self.load(*[{"id": i, "n": i + p, "p": p} for i, p in ("a1", "b1", "c2", "d3")], silver=silver)
        self.sql("ALTER TABLE gold.demo ADD PRIMARY KEY (id)")
        # a moves within partition 1; c stands in 2, so that e is alone in 4, and d's own row leaves with partition 3
        self.load({"id": "a", "n": "new", "p": "1"}, {"id": "c", "n": "out", "p": "1"}, {"id": "d", "n": "moved", "p": "1"},
                  {"id": "e", "n": "in", "p": "3"}, silver=silver)
        self.assertEqual(self.values(), ["a|new", "c|c2", "d|moved", "e|in"])
        self.assertEqual(self.key_reasons(), {"out": ["gold:id:key"]})

    def test_a_second_key_beside_that_of_the_upsert(self):
        upsert = {"mode": "upsert", "key": ["id"]}
        self.load({"id": "a", "n": "1"}, {"id": "b", "n": "2"}, gold=upsert)
        self.sql("ALTER TABLE gold.demo ADD UNIQUE (n)")
        self.load({"id": "a", "n": "3"}, {"id": "c", "n": "1"}, {"id": "d", "n": "2"}, {"id": "e", "n": "3"}, gold=upsert)
        self.assertEqual(self.values(), ["a|3", "b|2", "c|1"])
        self.assertEqual(self.key_reasons("id"), {"d": ["gold:n:key"], "e": ["gold:n:key"]})

    def test_keys_of_json_and_of_a_collation_that_ignores_case(self):
        self.sql("CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false); "
                 "CREATE SCHEMA gold; CREATE TABLE gold.demo (id text COLLATE nocase UNIQUE, n text, _run_id text, "
                 "_ingestion_ts timestamptz)")
        self.load({"id": "ab", "n": "1"}, {"id": "AB", "n": "2"}, {"id": "c", "n": "3"})
        self.assertEqual(self.values(), ["ab|1", "c|3"])

    def test_what_a_business_rule_keeps_away_takes_no_key(self):
        gold = {"mode": "overwrite", "business_rules": [{"condition": "n <> '1'", "action": "filter"}]}
        self.load({"id": "z", "n": "0"}, gold=gold)
        self.sql("ALTER TABLE gold.demo ADD PRIMARY KEY (id)")
        answer = self.load({"id": "a", "n": "1"}, {"id": "a", "n": "2"}, gold=gold)
        self.assertEqual((self.values(), answer.rows["silver"]), (["a|2"], 2))

    def test_the_quarantine_has_the_values_as_they_were_read(self):
        self.load({"id": "a", "n": "1"}, gold={"mode": "append"}, standardization=casts(n="integer"))
        self.sql("ALTER TABLE gold.demo ADD UNIQUE (id)")
        self.load({"id": "a", "n": "2.5"}, {"id": "b", "n": "3"}, gold={"mode": "append"},
                  standardization=casts(n="integer"))
        self.assertEqual(self.quarantine("n, _source_line, _failed_rules"), [("2.5", 1, ["gold:id:key"])])

    def test_a_duckdb_file_does_the_same(self):
        def run(*records, mode=None, silver=None):
            self.write("in/a.jsonl", lines(*records))
            self.write("database.yml", {"default": {"driver": "duckdb", "path": "warehouse.duckdb"}})
            self.dataset({"source": {"input_format": "jsonl", "path": "in/a.jsonl", "options": None},
                          "output": {"gold": {"enabled": True, "database_config": "database.yml", **(mode or {})},
                                     "silver": silver or {}}})
            return self.run_dataset()

        import duckdb
        append = {"mode": "append"}
        run({"id": "a", "n": "1"}, {"id": None, "n": "2"}, mode=append)
        with duckdb.connect(str(self.root / "warehouse.duckdb")) as connection:
            connection.execute("CREATE UNIQUE INDEX by_id ON gold.demo (id)")
        run({"id": "a", "n": "3"}, {"id": "b", "n": "4"}, {"id": "b", "n": "5"}, {"id": None, "n": "6"}, mode=append)
        self.assertEqual(self.gold("SELECT n FROM gold.demo ORDER BY 1"), [("1",), ("2",), ("4",), ("6",)])


if __name__ == "__main__":
    unittest.main()
