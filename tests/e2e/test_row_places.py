"""Expressions over where a row is: numbers of rows, numbers by chance with a seed, and what is known of the row's file."""

import os
import unittest

from harness import Case

# What Spark 4.3.0 answers for the rows 0, 1, 2, 3, 999, 2047, 2048, 2999 of one partition: rand(7), randn(7), randstr(4, 7).
SPARK = {0: (0.28188121484885875, -1.773755556110447, "6Ogz"), 1: (0.45998819035056326, -0.32537852999017897, "59i3"),
         2: (0.7690971666031955, 1.1637571325924414, "TI1A"), 3: (0.6631414615273216, 0.7055334021927279, "yJ6a"),
         999: (0.2653564397259307, -0.22962216106105438, "q80I"), 2047: (0.3404935385089297, -0.5573305886033147, "ZLYr"),
         2048: (0.27629775881622787, -0.655701091780083, "WzjB"), 2999: (0.7768960071843456, -1.5481314259800376, "DeN3")}


class RowPlaces(Case):
    def columns(self, *exprs, **change):
        self.dataset({**change, "standardization": {"columns": [{"name": f"m{i}", "expr": expr} for i, expr in enumerate(exprs)],
                                                    **change.get("standardization", {})}})

    def test_numbers_by_chance_are_spark_s_whatever_the_threads(self):
        half = 1500
        self.write("in/a.csv", "id\n" + "".join(f"{i}\n" for i in range(half)))
        self.write("in/b.csv", "id\n" + "".join(f"{i}\n" for i in range(half, 3000)))
        self.columns("CAST(monotonically_increasing_id() AS STRING)", "rand(7)", "randn(7)", "randstr(4, 7)", "rand()")
        found = []
        for threads in (1, 4):
            self.write("config/env.yml", f"duckdb: {{threads: {threads}}}\n")
            self.run_dataset()
            found.append(self.silver("CAST(id AS INT) AS id, m0, m1, m2, m3", order="id"))
            self.assertEqual(len({row[0] for row in self.silver("m4")}), 3000)
        self.assertEqual(found[0], found[1])
        self.assertEqual([row[1] for row in found[0]], [str(i) for i in range(3000)])
        for i, values in SPARK.items():
            self.assertEqual(found[0][i][2:], values, i)

    def test_a_row_is_drawn_once_and_the_same_in_rules_columns_and_gold(self):
        self.write("in/a.csv", "id\n" + "".join(f"{i}\n" for i in range(3000)))
        self.dataset_with_gold({
            "standardization": {"columns": [{"name": "m", "expr": "rand(7)"}]},
            "quality": {"rules": [{"name": "sample", "expr": "rand(7) < 0.5 AND m = rand(7)", "on_fail": "drop"}]},
            "output": {"gold": {"add_columns": [{"name": "again", "expr": "rand(7)"}]}}})
        answer = self.run_dataset()
        self.assertEqual(self.silver("count(*), min(m) >= 0, max(m) < 0.5"), [(answer.rows["passed"], True, True)])
        self.assertTrue(1400 < answer.rows["passed"] < 1600, answer.rows)

    def test_elements_and_malformed_records_have_numbers_of_their_own(self):
        self.write("in/a.jsonl", '{"id":"1","l":["a","b"]}\n{"id":\n{"id":"2","l":["c"]}\n')
        self.dataset({"source": {"input_format": "json", "path": "in/*.jsonl", "options": None},
                      "standardization": {"explode": {"column": "l", "as": "e"}, "casts": [{"column": "l", "to": "array<string>"}],
                                          "columns": [{"name": "n", "expr": "monotonically_increasing_id()"}]}})
        self.run_dataset()
        self.assertEqual(self.silver("e, n", order="n"), [("a", 0), ("b", 1), ("c", 3)])

    def test_a_row_knows_its_file(self):
        self.write("in/sp ace/a b%é.csv", "id\n1\n2\n")
        self.write("in/b.csv", "id\n3\n")
        os.utime(self.root / "in/b.csv", (1700000000.5, 1700000000.5))
        self.columns("input_file_name()", "_metadata.file_path", "_metadata.file_name", "_metadata.file_size",
                     "input_file_block_start()", "input_file_block_length()",
                     "CAST(_metadata.file_modification_time AS STRING)", "_metadata",
                     source={"path": ["in/sp ace/*.csv", "in/*.csv"]})
        self.run_dataset()
        rows = self.silver("m0, m1, m2, m3, m4, m5, m6", order="id")
        place = f"{self.root.resolve()}/in"
        self.assertEqual(rows[0][:6], (f"file://{place}/sp%20ace/a%20b%25é.csv", f"file:{place}/sp%20ace/a%20b%25é.csv",
                                       "a%20b%25é.csv", 7, 0, 7))
        self.assertEqual(rows[1], rows[0])
        self.assertEqual(rows[2][:6], (f"file://{place}/b.csv", f"file:{place}/b.csv", "b.csv", 5, 0, 5))
        self.assertTrue(rows[2][6].endswith(":20.5"), rows[2])

    def test_a_rule_that_names_the_file_is_counted_on_a_dataset(self):
        self.write("in/a.csv", "id\n1\n2\n")
        self.write("in/b.csv", "id\n3\n")
        self.dataset({})
        answer = self.crisol("eval", "input_file_name() LIKE '%/b.csv'", "-d", "pipeline.yml")
        self.assertEqual(answer.out, "1 of 3 rows pass\n")
        answer = self.crisol("eval", "monotonically_increasing_id() = 2", "-d", "pipeline.yml")
        self.assertEqual(answer.out, "1 of 3 rows pass\n")

    def test_a_variant_lives_within_an_expression(self):
        self.write("in/a.csv", "id,v\n1,'{\"a\": 5, \"b\": [1.50]}'\n2,'{\"a\": \"x\"}'\n3,oops\n")
        self.columns("try_variant_get(try_parse_json(v), '$.a', 'int')", "to_json(try_parse_json(v))",
                     source={"options": {"header": True, "quote": "'"}})
        self.run_dataset()
        self.assertEqual(self.silver("m0, m1", order="id"), [(5, '{"a":5,"b":[1.5]}'), (None, '{"a":"x"}'), (None, None)])
        self.columns("array(try_parse_json(v))", source={"options": {"header": True, "quote": "'"}})
        answer = self.crisol("check", "pipeline.yml", exit=2)
        self.assertIn('column "m0" is a variant, which no file holds', answer.out + answer.err)

    def test_a_column_called_metadata_is_itself(self):
        self.write("in/a.csv", "id,_metadata\n1,x\n")
        self.columns("_metadata", "input_file_block_start()")
        self.run_dataset()
        self.assertEqual(self.silver("m0, m1"), [("x", 0)])

    def test_what_a_cluster_would_answer_otherwise_is_refused_there_by_name(self):
        self.write("in/a.csv", "id\n1\n")
        self.columns("rand(7)")
        answer = self.crisol("check", "--engine", "spark", "pipeline.yml", exit=2, env={"SPARK_REMOTE": "sc://127.0.0.1:1"})
        self.assertIn("numbers by chance with a seed are not the same", answer.out + answer.err)


if __name__ == "__main__":
    unittest.main()
