"""Names and values that are more than text somewhere: carried faithfully, or refused with an error; never a crash, never SQL."""

import json
import os

import duckdb
import minio
import postgresql
from harness import Case, merged, unittest

NASTY = ["it's", 'say "x"', "a;b", "a--b", "../up", "a/b", "a\nb", "a\tb", "😀", "%s%n", "$1", "a\\b", "`a`", "{a}", "[a]", "a b",
         "'; DROP TABLE x; --", '"; DROP TABLE x; --', "' || '", "*", "~", "#", "a=b", "NULL", "select"]
# What only an object's key and a partition's value may be, beside those.
NASTIER = ["a+b", "%2F", "100%", "a?b", "a&b=c", "a b ", "é", "e\u0301", "\u202egnp.exe", "\u200b", "\x01", "\r", "${HOME}", "$(id)",
           "|sh", "<a>", "a,b", "a:b", "@", "!", "^", "\\x41", "COM1", "-rf", "__", "0" * 200]


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


class Injection(Case):
    database = {"driver": "duckdb", "path": "warehouse.duckdb"}

    def run_with(self, change, exits=(0, 2)):
        """The summary of a run that was published, None of one that was refused with a message."""
        self.write("database.yml", {"default": self.database})
        gold = {"output": {"gold": {"enabled": True, "database_config": "database.yml"}}}
        self.dataset(merged(gold, change))
        process = self.start("run", "pipeline.yml", "--json", "--quiet")
        out, err = process.communicate(timeout=60)
        self.assertIn(process.returncode, exits, err)
        self.assertFalse("Sanitizer" in err, err)
        if process.returncode != 0:
            self.assertIn("error: ", err)
            return None
        return json.loads(out)

    def gold_values(self, schema, table, columns):
        with duckdb.connect(str(self.root / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(f"SELECT {columns} FROM {quoted(schema)}.{quoted(table)}").fetchall()

    def setUp(self):
        super().setUp()
        self.write("in/a.csv", "id,x\n1,5\n")

    def test_ids_of_datasets(self):
        for n, text in enumerate(NASTY):
            with self.subTest(text=text):
                summary = self.run_with({"id": text, "output": {"silver": {"path": f"out/s{n}"}, "gold": {"table": "t"}}})
                if summary:
                    self.assertEqual(summary["dataset"], text)
                    self.assertEqual(self.gold_values("gold", "t", "id, x"), [("1", "5")])

    def test_tables_and_schemas(self):
        for text in NASTY:
            with self.subTest(text=text):
                if self.run_with({"output": {"gold": {"table": text, "schema": text}}}):
                    self.assertEqual(self.gold_values(text, text, "id, x"), [("1", "5")])

    def test_columns(self):
        for n, text in enumerate(NASTY):
            with self.subTest(text=text):
                summary = self.run_with({
                    "standardization": {"rename": [{"from": "x", "to": text}], "casts": [{"column": text, "to": "integer"}],
                                        "defaults": [{"column": text, "value": 0}]},
                    "quality": {"rules": [{"name": text, "expr": "`" + text.replace("`", "``") + "` > 0"}]},
                    "output": {"silver": {"path": f"out/c{n}"}, "gold": {"table": f"c{n}"}}})
                if summary:
                    self.assertEqual(self.gold_values("gold", f"c{n}", quoted(text)), [(5,)])
                    self.assertEqual(summary["rules"][0]["name"], text)

    def test_literals(self):
        literals = [{"name": f"l{n}", "value": text, "type": "string"} for n, text in enumerate(NASTY)]
        self.assertIsNotNone(self.run_with({"output": {"gold": {"add_columns": literals}}}))
        names = ", ".join(literal["name"] for literal in literals)
        self.assertEqual(self.gold_values("gold", "demo", names), [tuple(NASTY)])

    def test_partition_values_and_defaults(self):
        """Each text is the value of a partition, and of another column's default."""
        defaulted = [f"d{n}" for n in range(len(NASTY))]
        lines = [",".join([str(n), quoted(text), *("" for _ in NASTY)]) for n, text in enumerate(NASTY)]
        self.write("in/a.csv", "\n".join([",".join(["id", "p", *defaulted]), *lines, ""]))
        summary = self.run_with({
            "source": {"options": {"multiLine": True}},
            "standardization": {"defaults": [{"column": f"d{n}", "value": text} for n, text in enumerate(NASTY)]},
            "output": {"silver": {"path": "out/p", "partition_by": ["p"]}}})
        self.assertIsNotNone(summary)
        self.assertEqual(len(self.files_below("out/p")), len(NASTY))
        self.assertEqual(len(list((self.root / "out/p").iterdir())), len(NASTY), "each directory is one below the lake")
        self.assertEqual(sorted(self.gold_values("gold", "demo", ", ".join(["p", *defaulted]))), sorted((text, *NASTY) for text in NASTY))
        self.assertEqual([p.name for p in self.root.iterdir() if p.name not in
                          ("in", "out", "pipeline.yml", "database.yml", "warehouse.duckdb", ".crisol")], [])

    def test_names_of_files(self):
        (self.root / "in/a.csv").unlink()
        names = [f"in/{text}.csv" for text in NASTY if "/" not in text]
        for name in names:
            self.write(name, "id,x\n1,5\nbad\n")
        summary = self.run_with({"source": {"path": "in"}})
        self.assertEqual(summary["rows"]["read"], 2 * len(names))
        self.assertEqual(summary["rows"]["malformed"], len(names))
        self.assertEqual(sorted(self.quarantine("_source_file")), sorted((name,) for name in names))

    def test_a_file_whose_name_is_no_text_is_refused_by_name(self):
        os.rename(self.root / "in/a.csv", os.fsencode(self.root) + b"/in/a\xff.csv")
        self.dataset({"source": {"path": "in"}})
        answer = self.crisol("run", "pipeline.yml", exit=3)
        self.assert_refused(answer, 'the name of input "in/a\\xff.csv" is not UTF-8 text', "pipeline.yml:")

    def test_a_nul_in_a_name_is_refused(self):
        for change in ({"id": "a\x00b"}, {"output": {"gold": {"table": "a\x00b"}}}, {"output": {"silver": {"path": "out/a\x00b"}}}):
            with self.subTest(change=change):
                self.assertIsNone(self.run_with(change))


class InPostgreSql(Injection):
    test_literals = test_names_of_files = None   # no server sees them in another way than the file

    @classmethod
    def setUpClass(cls):
        cls.server = postgresql.server()

    def setUp(self):
        super().setUp()
        self.server.sql("DROP DATABASE IF EXISTS injection WITH (FORCE)")
        self.server.sql("CREATE DATABASE injection")
        self.database = {"driver": "postgresql", "host": "127.0.0.1", "port": self.server.port, "database": "injection",
                         "user": "admin", "password": self.server.password}

    def gold_values(self, schema, table, columns):
        rows = self.server.sql(f"SELECT to_json(r) FROM (SELECT {columns} FROM {quoted(schema)}.{quoted(table)}) AS r", "injection")
        return [tuple(json.loads(row).values()) for row in rows]


class InAnObjectStore(minio.StoreCase):
    def test_keys(self):
        texts = [text for text in NASTY + NASTIER if ".." not in text and not text.startswith("_")]
        for text in texts:
            self.store.put(self.bucket, f"in/{text}.csv", "id,x\n1,5\nbad\n")
        self.dataset({"source": {"path": f"s3a://{self.bucket}/in"}})
        answer = self.run_dataset()
        slashed = {text for text in texts if "/" in text}
        found = {row[0] for row in self.quarantine("_source_file")}
        self.assertEqual(found, {f"s3://{self.bucket}/in/{text}.csv" for text in texts if text not in slashed})
        self.assertEqual(answer.rows["malformed"], len(texts) - len(slashed))
        paths = self.gold("SELECT path FROM metadata.run_files WHERE direction = 'input'", ".crisol/ledger.duckdb")
        self.assertEqual({row[0] for row in paths}, found)

    def test_one_key_at_a_time(self):
        for text in [*NASTY[:4], *NASTY[5:9], *NASTIER[:8]]:
            with self.subTest(text=text):
                key = f"one/{text}.csv"
                self.store.put(self.bucket, key, "id,x\n1,5\n")
                self.dataset({"source": {"path": f"s3a://{self.bucket}/{key}"}})
                process = self.start("run", "pipeline.yml", "--json", "--quiet")
                out, err = process.communicate(timeout=60)
                if process.returncode == 0:
                    self.assertEqual(json.loads(out)["rows"]["read"], 1)
                else:
                    self.assertIn(process.returncode, (2, 3), err)
                    self.assertIn("error: ", err)

    def test_partition_values_become_keys_and_come_back(self):
        texts = NASTY + NASTIER
        rows = "".join(json.dumps({"id": n, "p": text}) + "\n" for n, text in enumerate(texts))
        self.write("in/a.json", rows)
        self.dataset({"source": {"input_format": "json", "path": "in/*.json", "options": {"header": None}},
                      "output": {"silver": {"path": f"s3a://{self.bucket}/silver", "partition_by": ["p"],
                                            "mode": "overwrite_dynamic"}}})
        self.run_dataset()
        self.assertEqual(len(self.store.keys(self.bucket, "silver/")), len(texts))
        for key in self.store.keys(self.bucket, "silver/"):
            self.assertNotIn("..", key.split("/"))
        found = sorted((int(number), text) for number, text in self.lake("id, p"))
        self.assertEqual(found, list(enumerate(texts)))


if __name__ == "__main__":
    unittest.main()
