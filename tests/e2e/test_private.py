"""`private`: columns whose values people do not see, while silver, gold and the quarantine's files keep them."""

import json

import duckdb

from harness import Case, GOLD_DATABASE, merged, unittest

SECRET = "ana@example.com"
ROWS = f"id,mail,n\n1,{SECRET},5\n2,luis@example.com,-5\n3,,7\n"
PRIVATE = {"private": ["mail"], "quality": {"rules": [{"name": "positive", "expr": "n > 0"}]}}


class Private(Case):
    def prepare(self, change=None, text=ROWS):
        self.write("in/a.csv", text)
        self.write("database.yml", GOLD_DATABASE)
        self.dataset(merged(PRIVATE, change or {}))

    def gold(self, **keys):
        return {"output": {"gold": {"enabled": True, "database_config": "database.yml", **keys}}}

    def rows(self, *arguments):
        out = self.crisol("show", "pipeline.yml", "--format", "json", *arguments).out
        return [json.loads(line) for line in out.splitlines()]

    def assert_hidden(self, answer, value=SECRET):
        self.assertNotIn(value, answer.out + answer.err)
        self.assertIn("***", answer.out + answer.err)

    def test_show_masks_values_and_keeps_nulls_in_every_form(self):
        self.prepare(self.gold(add_columns=[{"name": "upper_mail", "expr": "upper(mail)"}, {"name": "twice", "expr": "n * 2"}]))
        self.run_dataset()
        self.assertEqual([row["mail"] for row in self.rows()], ["***", None])
        self.assertEqual([row["mail"] for row in self.rows("--source")], ["***", "***", None])
        self.assertEqual([row["mail"] for row in self.rows("--quarantine")], ["***"])
        self.assertEqual([(row["mail"], row["upper_mail"], row["twice"]) for row in self.rows("--gold")],
                         [("***", "***", 10), (None, None, 14)])
        self.assertEqual([row["id"] for row in self.rows("--where", f"mail = '{SECRET}'")], ["1"])
        for form in ("table", "csv"):
            self.assert_hidden(self.crisol("show", "pipeline.yml", "--format", form))
        self.crisol("show", "pipeline.yml", "-o", "rows.parquet")
        self.assertEqual(self.query("SELECT mail FROM 'rows.parquet' ORDER BY id"), [("***",), (None,)])

    def test_outputs_keep_the_values(self):
        self.prepare(self.gold())
        self.run_dataset()
        self.assertEqual(self.silver("mail", order="id"), [(SECRET,), (None,)])
        self.assertEqual(self.quarantine("mail"), [("luis@example.com",)])
        with duckdb.connect(str(self.root / "warehouse.duckdb")) as connection:
            self.assertEqual(connection.execute("SELECT mail FROM gold.demo ORDER BY id").fetchall(), [(SECRET,), (None,)])

    def test_a_renamed_column_is_private_by_both_names(self):
        self.prepare({"private": ["contact"], "standardization": {"rename": [{"from": "mail", "to": "contact"}]}})
        self.run_dataset()
        self.assertEqual([row["contact"] for row in self.rows()], ["***", None])
        self.assertEqual([row["mail"] for row in self.rows("--source")], ["***", "***", None])

    def test_case_does_not_matter(self):
        self.prepare({"private": ["MAIL"]})
        self.run_dataset()
        self.assertEqual([row["mail"] for row in self.rows()], ["***", None])

    def test_records_as_text_are_private_with_one_of_their_columns(self):
        self.prepare(text=f"id,mail,n\n1,{SECRET},5,6\n2,b,1\n")
        self.run_dataset()
        self.assertEqual(self.rows("--quarantine")[0]["_raw_record"], "***")
        self.assertEqual(self.rows("--source")[0]["_raw_record"], "***")
        self.assert_hidden(self.crisol("run", "pipeline.yml", "--set", "source.options.mode=FAILFAST", exit=1))

    def test_messages_have_no_private_values(self):
        cases = [({"standardization": {"casts": [{"column": "mail", "to": "int"}]}}, 1),
                 ({"quality": {"rules": [{"name": "r", "expr": "mail = 'x'", "on_fail": "fail"}]}}, 1),
                 ({"quality": {"rules": [{"name": "r", "expr": "mail = 'x'", "on_fail": "warn"}]}}, 0),
                 ({"quality": {"rules": [{"name": "r", "expr": "url_decode(concat(mail, '%zz')) = 'x'"}]}}, 1),
                 ({"quality": {"rules": [{"name": "r", "expr": "raise_error(concat('bad ', mail)) IS NULL"}]}}, 1)]
        for change, code in cases:
            with self.subTest(change=change):
                self.prepare(change)
                answer = self.crisol("run", "pipeline.yml", exit=code)
                self.assert_hidden(answer)
                latest = self.crisol("runs").out.splitlines()[1].split()[0]
                self.assertNotIn(SECRET, self.crisol("runs", latest, "--json").out)

    def test_what_a_constraint_of_the_table_says_has_none(self):
        self.prepare(self.gold(mode="append"))
        with duckdb.connect(str(self.root / "warehouse.duckdb")) as connection:
            connection.execute("CREATE SCHEMA gold; CREATE TABLE gold.known (mail VARCHAR PRIMARY KEY)")
            connection.execute("CREATE TABLE gold.demo (id VARCHAR, mail VARCHAR REFERENCES gold.known (mail), n VARCHAR)")
        answer = self.crisol("run", "pipeline.yml", exit=1)
        self.assertIn("foreign key", answer.err)
        self.assert_hidden(answer)

    def test_an_unknown_column_is_refused_with_the_nearest(self):
        self.prepare({"private": ["mial"]})
        answer = self.crisol("check", "pipeline.yml", exit=2)
        self.assertIn('"mial" in private', answer.out)
        self.assertIn('"mail"', answer.out)
        self.crisol("run", "pipeline.yml", exit=2)

    def test_a_partition_of_a_private_column_is_warned_of(self):
        self.prepare({"output": {"silver": {"partition_by": ["mail"]}}})
        self.assertIn("names of folders", self.crisol("check", "pipeline.yml").out)

    def test_tags_are_read(self):
        self.prepare({"tags": ["daily", "sales"]})
        self.crisol("check", "pipeline.yml")
        self.prepare({"tags": {"a": 1}})
        self.assertIn("tags", self.crisol("check", "pipeline.yml", exit=2).out)


if __name__ == "__main__":
    unittest.main()
