"""An input without a record, nor a header that would name its columns, where source.allow_empty lets it in: alone, beside
others, and of every format of text. Its columns are then those that the dataset and its schema name."""

import gzip

from harness import Case, merged, unittest

# Texts without a record in which nothing names a column, by format.
BLANK = {
    "csv": ["", "\n", "\r\n \r\n".replace(" ", ""), "\ufeff", "\ufeff\n\n"],
    "json": ["", "\n", " \n\t\n", "\ufeff", "[]", " [ ] \n", "\ufeff[]"],
    "jsonl": ["", "\n\n", "\ufeff"],
}
FILLED = {"csv": "id,n\n1,5\n", "json": '{"id": "1", "n": "5"}\n', "jsonl": '{"id": "1", "n": "5"}\n'}
SPEAKS_OF_COLUMNS = {
    "standardization": {"casts": [{"column": "n", "to": "int"}], "rename": [{"from": "ident", "to": "id"}],
                        "defaults": [{"column": "n", "value": 0}],
                        "deduplicate": {"key": ["id"], "order_by": ["seen desc"]}},
    "quality": {"rules": [{"name": "positive", "expr": "n > 0"}, {"name": "named", "expr": "id IS NOT NULL"}]},
    "output": {"silver": {"partition_by": ["region"]}},
}
SCHEMA = {"type": "object", "required": ["id", "amount"], "additionalProperties": False,
          "properties": {"id": {"type": "string"}, "amount": {"type": "number"}}}


class EmptyInput(Case):
    def made(self, form, change=None):
        options = {"header": True} if form == "csv" else {"multiLine": True}
        dataset = {"id": "demo", "source": {"input_format": form, "path": "in/*", "options": options, "allow_empty": True},
                   "output": {"silver": {"path": "out/silver", "mode": "append"}}}
        self.write("pipeline.yml", merged(dataset, change or {}))

    def each(self):
        for form, texts in BLANK.items():
            for text in texts:
                with self.subTest(form=form, text=text):
                    for old in (self.root / "in").glob("*"):
                        old.unlink()
                    yield form, text

    def test_alone_it_has_the_columns_that_the_dataset_names(self):
        for form, text in self.each():
            self.write("in/a.txt", text)
            self.made(form, SPEAKS_OF_COLUMNS)
            self.assertEqual(self.run_dataset().rows["read"], 0)
        self.assertEqual(self.files_below("out/silver"), [])

    def test_alone_it_has_the_columns_of_the_schema_those_that_are_required_too(self):
        self.write("schema.json", SCHEMA)
        for mode in ("strict", "flexible"):
            self.write("in/a.txt", "")
            self.made("csv", {"schema": {"ref": "schema.json", "mode": mode},
                              "quality": {"rules": [{"name": "positive", "expr": "amount > 0"}]}})
            self.assertEqual(self.run_dataset().rows["read"], 0)

    def test_compressed_it_is_no_other(self):
        self.write("in/a.csv.gz", gzip.compress(b""))
        self.made("csv", SPEAKS_OF_COLUMNS)
        self.assertEqual(self.run_dataset().rows["read"], 0)

    def test_beside_a_file_that_has_columns_it_adds_nothing(self):
        for form, text in self.each():
            if form == "json" and "[" in text:
                continue
            self.write("in/a.txt", text)
            self.write("in/b.txt", FILLED[form])
            self.made(form, {"standardization": {"casts": [{"column": "n", "to": "int"}]},
                             "output": {"silver": {"mode": "overwrite"}}})
            self.assertEqual(self.run_dataset().rows["silver"], 1)
            self.assertEqual(self.silver("id, n"), [("1", 5)])
            self.made(form, {"standardization": {"casts": [{"column": "m", "to": "int"}]}})
            self.assert_refused(self.run_dataset(exit=2), '"m"')

    def test_beside_another_source_its_own_renames_find_no_column(self):
        self.write("in/a.csv", "")
        self.write("other/b.csv", "id,n\n1,5\n")
        self.made("csv", {"source": None, "sources": [
            {"name": "empty", "input_format": "csv", "path": "in/*.csv", "options": {"header": True}, "allow_empty": True,
             "rename": [{"from": "number", "to": "n"}]},
            {"name": "filled", "input_format": "csv", "path": "other/*.csv", "options": {"header": True}}]})
        self.run_dataset()
        self.assertEqual(self.silver("id, n"), [("1", "5")])

    def test_a_lake_and_a_table_that_stand_are_not_touched(self):
        self.write("database.yml", {"default": {"driver": "duckdb", "path": "warehouse.duckdb"}})
        change = {"standardization": {"casts": [{"column": "n", "to": "int"}]},
                  "output": {"gold": {"enabled": True, "database_config": "database.yml"}}}
        self.made("csv", change)
        self.write("in/a.txt", "id,n,more\n1,5,x\n")
        self.run_dataset()
        self.write("in/a.txt", "")
        self.assertEqual(self.run_dataset().rows["read"], 0)
        self.assertEqual(self.silver("id, n, more"), [("1", 5, "x")])
        self.assertEqual(self.gold("SELECT id, n, more FROM gold.demo"), [("1", 5, "x")])
        self.write("in/a.txt", "id,n,more\n2,6,y\n")
        self.run_dataset()
        self.assertEqual(self.silver("id, n, more"), [("1", 5, "x"), ("2", 6, "y")])

    def test_records_without_a_key_are_records(self):
        self.write("in/a.txt", "{}\n")
        self.made("json", {"standardization": {"casts": [{"column": "n", "to": "int"}]}})
        self.assert_refused(self.run_dataset(exit=2), '"n"')

    def test_without_allow_empty_it_is_refused_data(self):
        for form, text in self.each():
            self.write("in/a.txt", text)
            self.made(form, merged(SPEAKS_OF_COLUMNS, {"source": {"allow_empty": False}}))
            self.assert_refused(self.run_dataset(exit=1), "a.txt", "allow_empty")


if __name__ == "__main__":
    unittest.main()
