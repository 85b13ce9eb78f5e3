"""source.columns: the columns of CSV files by their position, in the place of a header or over one that repeats names."""

from harness import Case, unittest

HEADERLESS = {"columns": ["id", "amount", "paid_at"], "options": {"header": False}}


class Headerless(Case):
    def test_the_columns_of_files_without_a_header_are_named_by_position(self):
        self.write("in/a.csv", "1,2.5,2024-01-01\n2,3,2024-01-02\n")
        self.write("in/b.csv", "3,4,2024-01-03\n")
        self.dataset({"source": HEADERLESS, "standardization": {"casts": [{"column": "amount", "to": "decimal(10,2)"}]}})
        self.assertEqual(self.run_dataset().rows["passed"], 3)
        self.assertEqual([str(row[1]) for row in self.silver(order="id")], ["2.50", "3.00", "4.00"])

    def test_types_are_inferred_of_named_columns(self):
        self.write("in/a.csv", "1,2.5,2024-01-01\n2,3,2024-01-02\n")
        self.dataset({"source": {"columns": HEADERLESS["columns"], "options": {"header": False, "inferSchema": True}}})
        self.run_dataset()
        types = self.silver_types()
        self.assertEqual([types[name] for name in HEADERLESS["columns"]], ["INTEGER", "DOUBLE", "DATE"])

    def test_a_name_may_be_renamed_and_a_blank_file_has_the_columns(self):
        self.write("in/a.csv", "")
        self.write("in/b.csv", "1,2,x\n")
        self.dataset({"source": {**HEADERLESS, "rename": [{"from": "id", "to": "payment"}]},
                      "quality": {"rules": [{"name": "one", "expr": "payment = '1'", "on_fail": "quarantine"}]}})
        self.assertEqual(self.run_dataset().rows["passed"], 1)

    def test_only_blank_files_with_named_columns_may_be_empty(self):
        self.write("in/a.csv", "")
        self.dataset({"source": {**HEADERLESS, "allow_empty": True},
                      "quality": {"rules": [{"name": "one", "expr": "paid_at > ''", "on_fail": "quarantine"}]}})
        self.assertEqual(self.run_dataset().rows["read"], 0)

    def test_a_record_of_another_length_is_malformed(self):
        self.write("in/a.csv", "1,2\n1,2,3\n1,2,3,4\n")
        self.dataset({"source": HEADERLESS})
        rows = self.run_dataset().rows
        self.assertEqual((rows["passed"], rows["malformed"]), (1, 2))

    def test_another_number_of_names_than_of_fields_is_refused_at_its_place(self):
        self.write("in/a.csv", "1,2,3,4\n1,2,3,4\n")
        self.dataset({"source": HEADERLESS})
        for command in ("check", "run"):
            answer = self.crisol(command, "pipeline.yml", exit=2)
            self.assertIn("source.columns names 3 columns, but the records of \"in/a.csv\" have 4 fields", answer.err + answer.out)
            self.assertRegex(answer.err + answer.out, r"pipeline\.yml:\d+:\d+: error")

    def test_a_second_run_takes_only_the_new_files_of_an_incremental_source(self):
        self.write("in/a.csv", "1,2,3\n")
        self.dataset({"source": {**HEADERLESS, "incremental": True}, "output": {"silver": {"mode": "append"}}})
        self.run_dataset()
        self.write("in/b.csv", "2,3,4\n")
        self.assertEqual(self.run_dataset().rows["read"], 1)
        self.assertEqual(self.run_dataset().rows["read"], 0)
        self.assertEqual([row[0] for row in self.silver(order="id")], ["1", "2"])

    def test_one_column(self):
        self.write("in/a.csv", "x\n\n \ny\n")
        self.dataset({"source": {"columns": ["id"], "options": {"header": False}}})
        self.assertEqual(self.run_dataset().rows["read"], 3)


class OverAHeader(Case):
    def test_a_header_that_repeats_names_is_passed_over(self):
        self.write("in/a.csv", "id,v,v\n1,2,3\n")
        self.dataset({"source": {"columns": ["id", "first", "second"]}})
        self.run_dataset()
        self.assertEqual(self.silver("id, first, second"), [("1", "2", "3")])

    def test_a_file_with_fewer_columns_lacks_the_last_ones(self):
        self.write("in/a.csv", "id,v\n1,2\n")
        self.write("in/b.csv", "id,v,v\n3,4,5\n")
        self.dataset({"source": {"columns": ["id", "first", "second"]}})
        answer = self.run_dataset()
        self.assertEqual(self.silver("id, first, second", order="id"), [("1", "2", None), ("3", "4", "5")])
        self.assertIn("second", str(answer.summary["drift"]))

    def test_a_file_with_more_columns_is_refused(self):
        self.write("in/a.csv", "id,v,v,w\n1,2,3,4\n")
        self.dataset({"source": {"columns": ["id", "first", "second"]}})
        answer = self.crisol("check", "pipeline.yml", exit=2)
        self.assertIn("source.columns names 3 columns, but the header of \"in/a.csv\" has 4", answer.err + answer.out)

    def test_the_refusal_of_a_repeated_name_tells_the_way_out(self):
        self.write("in/a.csv", "id,v,v\n1,2,3\n")
        self.dataset()
        answer = self.crisol("check", "pipeline.yml", exit=2)
        self.assertIn("source.columns", answer.err + answer.out)
        self.assertNotIn("looks like a record", answer.err + answer.out)


class MissingHeader(Case):
    def test_values_that_repeat_are_guessed_to_be_a_record(self):
        self.write("in/a.csv", "1,0,0,2024-01-01\n2,0,0,2024-01-02\n")
        self.dataset()
        answer = self.crisol("check", "pipeline.yml", exit=2)
        self.assertIn("looks like a record", answer.err + answer.out)
        self.assertIn("header: false", answer.err + answer.out)

    def test_an_unknown_column_is_explained_by_it(self):
        self.write("in/a.csv", "1,2.5,2024-01-01\n2,3,2024-01-02\n")
        self.dataset({"quality": {"rules": [{"name": "r", "expr": "amount > 0", "on_fail": "quarantine"}]}})
        answer = self.crisol("check", "pipeline.yml", exit=2)
        self.assertIn("looks like a record", answer.err + answer.out)

    def test_a_run_warns_of_it(self):
        self.write("in/a.csv", "ann@example.com,2.5\nbob@example.com,3\n")
        self.dataset()
        self.assertIn("looks like a record", self.crisol("run", "pipeline.yml").err)

    def test_years_and_days_are_names(self):
        self.write("in/a.csv", "country,2019,2020,2021\nCO,1,2,3\n")
        self.write("in/b.csv", "country,1/22/20,1/23/20,1/24/20\nCO,1,2,3\n")
        for name in ("a", "b"):
            self.dataset({"source": {"path": f"in/{name}.csv"}})
            self.assertNotIn("looks like a record", self.crisol("run", "pipeline.yml").err)


class Config(Case):
    def refused(self, source, *parts):
        self.write("in/a.csv", "a,b\n1,2\n")
        self.dataset({"source": source})
        answer = self.crisol("check", "pipeline.yml", exit=2)
        for part in parts:
            self.assertIn(part, answer.err + answer.out)

    def test_a_name_stands_once(self):
        self.refused({"columns": ["a", "a"]}, "two columns are named \"a\"")

    def test_a_name_is_not_empty(self):
        self.refused({"columns": ["a", ""]}, "the name of column 2 is empty")

    def test_the_list_is_not_empty(self):
        self.refused({"columns": []}, "columns is an empty list")

    def test_only_csv_has_columns_by_position(self):
        self.write("in/a.json", '{"a":1}\n')
        self.refused({"input_format": "json", "path": "in/*.json", "columns": ["a"], "options": None}, "rename")


if __name__ == "__main__":
    unittest.main()
