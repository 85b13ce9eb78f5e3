"""A PostgreSQL whose texts are not UTF-8: names that it lacks a character of are refused by name before anything is read; what is only
told, such as messages and summaries, is recorded all the same."""

import postgresql
from harness import Case, merged, unittest


class Encoding(Case):
    ENCODING = "LATIN1"
    GOLD = {"output": {"gold": {"enabled": True, "database_config": "database.yml", "mode": "append"}}}

    @classmethod
    def setUpClass(cls):
        cls.server = postgresql.server()
        cls.server.sql(f"CREATE DATABASE encoded ENCODING '{cls.ENCODING}' TEMPLATE template0 LOCALE 'C'")

    @classmethod
    def tearDownClass(cls):
        cls.server.sql("DROP DATABASE encoded WITH (FORCE)")

    def setUp(self):
        super().setUp()
        self.environment["TEST_PASSWORD"] = self.server.password
        self.sql("SET client_min_messages = error; DROP SCHEMA IF EXISTS gold CASCADE; DROP SCHEMA IF EXISTS metadata CASCADE")
        self.write("database.yml", {"default": {"driver": "postgresql", "host": "127.0.0.1", "port": self.server.port,
                                                "database": "encoded", "user": "admin", "password_env": "TEST_PASSWORD"}})

    def sql(self, text):
        return self.server.sql("SET client_encoding = 'UTF8'; " + text, "encoded")

    def go(self, change=None, name="a.csv", content="id,n\na,1\n", exit=0):
        for path in (self.root / "in").glob("*"):
            path.unlink()
        self.write(f"in/{name}", content)
        self.dataset(merged(self.GOLD, change or {}))
        return self.run_dataset(exit=exit)

    def test_names_that_the_encoding_lacks_a_character_of_are_refused_by_name(self):
        gold = lambda **names: {"output": {"gold": names}}
        self.write("schema.json", {"type": "object", "properties": {"id": {"type": "string", "description": "precio en €"}}})
        rows = [({"id": "d漢"}, 'dataset "d漢"'), (gold(table="t漢"), 'gold table "t漢"'), (gold(schema="s漢"), 'gold schema "s漢"'),
                (gold(add_columns=[{"name": "c", "value": "漢", "type": "string"}]), 'added column "漢"'),
                (gold(add_columns=[{"name": "c漢", "value": "x", "type": "string"}]), 'gold column "c漢"'),
                ({"quality": {"rules": [{"name": "r漢", "expr": "id = 'a'", "on_fail": "warn"}]}}, 'rule "r漢"'),
                ({"output": {"silver": {"path": "out/漢"}}}, "silver path"), ({"schema": {"ref": "schema.json"}}, 'description "precio en €"')]
        for change, found in rows:
            with self.subTest(found=found):
                answer = self.go(change, exit=2)
                self.assert_refused(answer, found, "LATIN1", "ENCODING 'UTF8'")
        for change, options, found in (({}, {"name": "漢.csv"}, "in/漢.csv"), ({}, {"content": "漢,id\n1,a\n"}, 'column "漢"'),
                                       (gold(exclude_columns=["漢"]), {"content": "漢,id\n1,a\n"}, 'column "漢"'),
                                       ({"source": {"incremental": True}, "output": {"silver": {"mode": "append"}}}, {"name": "漢.csv"}, "in/漢.csv")):
            with self.subTest(found=found, change=change):
                self.assert_refused(self.go(change, exit=2, **options), found, "LATIN1", "ENCODING 'UTF8'")
        self.assertEqual(self.files_below("out"), [])

    def test_names_that_it_has_work(self):
        self.go({"id": "dé", "quality": {"rules": [{"name": "señal", "expr": "id = 'a'", "on_fail": "warn"}]}}, name="año.csv",
                content="niño,id\n1,a\n")
        self.assertEqual(self.sql('SELECT niño FROM gold."dé"'), ["1"])
        self.assertEqual(self.sql("SELECT rule_name FROM metadata.quality_results"), ["señal"])
        self.assertIn("dé", self.crisol("runs", "--db", "database.yml").out)

    def test_messages_and_summaries_of_values_that_it_lacks_are_recorded(self):
        fail = {"quality": {"rules": [{"name": "r", "expr": "id = '漢'", "on_fail": "fail"}]}}
        answer = self.go(fail, content="id,n\n漢x,1\n😀,2\n", exit=1)
        self.assertNotIn("could not record", answer.err)
        self.assertEqual(self.sql("SELECT status FROM metadata.pipeline_executions"), ["failed"])
        quarantine = {"quality": {"rules": [{"name": "r", "expr": "id <> '漢x'", "on_fail": "quarantine"}]}}
        answer = self.go(quarantine, content="id,n\n漢x,1\n")
        self.assertEqual(answer.rows["quarantined"], 1)
        shown = self.crisol("runs", answer.summary["run_id"], "--db", "database.yml", "--json").out
        self.assertIn("漢x", answer.out)   # in an alert
        self.assertIn("u6f22x", shown)
        self.go({"quality": {"rules": [{"name": "r", "expr": "id <> 'ñx'", "on_fail": "quarantine"}]}}, content="id,n\nñx,1\n")
        self.assertIn("ñx", self.sql("SELECT summary FROM metadata.pipeline_executions ORDER BY started_at DESC LIMIT 1")[0])
        self.write("schema.json", {"type": "object", "properties": {"id": {"type": "string", "pattern": "^[^€]"}}})
        for _ in range(2):   # the second run asks the first one's schema
            self.go({"schema": {"ref": "schema.json"}})

    def test_a_name_that_comes_from_a_value_is_told(self):
        """The directory of a partition: gold does without the column."""
        change = {"output": {"silver": {"partition_by": ["id"]}, "gold": {"exclude_columns": ["id"]}}}
        answer = self.go(change, content="id,n\n漢,1\nb,2\n", exit=3)
        self.assert_refused(answer, "22P05", "partition", "ENCODING 'UTF8'")
        self.assertEqual(self.files_below("out"), [])


if __name__ == "__main__":
    unittest.main()
