"""Section standardization: rename, casts with on_error, defaults, deduplication, in this order."""

import datetime

import pyarrow
import pyarrow.parquet

from harness import Case, unittest

UTC = datetime.timezone.utc


def instant(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


class Standardization(Case):
    def rows(self, text, standardization, exit=0, **more):
        self.write("in/a.csv", text)
        self.dataset({"standardization": standardization, **more})
        return self.run_dataset(exit=exit)

    def cast_all(self, values, to, exit=0, **cast):
        lines = "".join(f'{n},"{value}"\n' for n, value in enumerate(values))
        return self.rows("n,x\n" + lines, {"casts": [{"column": "x", "to": to, **cast}]}, exit=exit)

    def cast_column(self):
        return [row[0] for row in self.silver("x", order="CAST(n AS INTEGER)")]


class Casts(Standardization):
    def test_each_type_reads_text_as_spark_does(self):
        cases = [
            ("string", ["x"], ["x"]),
            ("boolean", ["true", "F", "yes", "0"], [True, False, True, False]),
            ("integer", [" 7 ", "7.9", "-7.9"], [7, 7, -7]),
            ("int", ["7"], [7]),
            ("long", ["5000000000"], [5000000000]),
            ("bigint", ["-1"], [-1]),
            ("double", ["1.5", "1e3", "Infinity"], [1.5, 1000.0, float("inf")]),
            ("float", ["0.5"], [0.5]),
            ("date", ["2024-01-31", "2024-1-5"], [datetime.date(2024, 1, 31), datetime.date(2024, 1, 5)]),
            ("timestamp", ["2024-01-31 10:00:00", "2024-01-31T10:00:00.5-05:00"],
             [instant("2024-01-31T10:00:00"), instant("2024-01-31T15:00:00.5")]),
            ("binary", ["ab"], [b"ab"]),
        ]
        for to, texts, expected in cases:
            with self.subTest(to=to):
                self.cast_all(texts, to)
                self.assertEqual(self.cast_column(), expected)

    def test_a_decimal_rounds_half_up(self):
        self.cast_all(["2.345", "-2.345", "2.3449"], "decimal(10,2)")
        self.assertEqual([str(x) for x in self.cast_column()], ["2.35", "-2.35", "2.34"])

    def test_a_null_stays_null_and_is_not_counted(self):
        answer = self.rows("n,x\n1,\n2,5\n", {"casts": [{"column": "x", "to": "integer", "on_error": "null"}]})
        self.assertEqual(answer.cast("x")["nulled"], 0)

    def test_on_error_null_counts_what_became_null(self):
        answer = self.cast_all(["1", "one", "2"], "integer", on_error="null")
        self.assertEqual(self.cast_column(), [1, None, 2])
        self.assertEqual(answer.cast("x")["nulled"], 1)

    def test_on_error_fail_is_the_default_and_names_the_first_bad_values(self):
        answer = self.cast_all(["1", "one", "two"], "integer", exit=1)
        self.assert_refused(answer, '"one"', "in/a.csv", "line 3")
        self.assertEqual(self.files_below("out"), [])

    def test_on_error_quarantine_keeps_the_value_as_it_was_read(self):
        answer = self.cast_all(["1", "one"], "integer", on_error="quarantine")
        self.assertEqual(answer.rows["quarantined"], 1)
        self.assertEqual(self.quarantine("x, _failed_rules, _source_line"), [("one", ["cast:x:int"], 3)])

    def test_on_error_skip_leaves_out_a_cast_that_cannot_exist(self):
        self.write("in/x", "")
        pyarrow.parquet.write_table(pyarrow.table({"x": [["a"]]}), self.root / "in/a.parquet")
        self.dataset({"source": {"input_format": "parquet", "path": "in/a.parquet", "options": None},
                      "standardization": {"casts": [{"column": "x", "to": "integer", "on_error": "skip"}]}})
        answer = self.run_dataset()
        self.assertEqual(self.silver(), [(["a"],)])
        self.assertIn("warning", answer.err)

    def test_a_cast_that_nulls_over_half_of_a_column_raises_an_alert(self):
        answer = self.cast_all(["1", "a", "b"], "integer", on_error="null")
        self.assertEqual(len(answer.alerts("cast_nulls_most")), 1)
        self.assertIn('"x"', answer.alerts("cast_nulls_most")[0])


class Hints(Standardization):
    def test_a_hint_is_a_java_pattern(self):
        self.cast_all(["31/01/2024 05:06 PM", "01/02/2024 12:00 AM"], "timestamp", format_hint="dd/MM/yyyy hh:mm a")
        self.assertEqual(self.cast_column(), [instant("2024-01-31T17:06:00"), instant("2024-02-01T00:00:00")])

    def test_what_does_not_match_is_tried_as_iso_8601_and_counted(self):
        answer = self.cast_all(["31/01/2024", "2024-02-01", "1 Feb"], "date", format_hint="dd/MM/yyyy", on_error="null")
        self.assertEqual(self.cast_column(), [datetime.date(2024, 1, 31), datetime.date(2024, 2, 1), None])
        self.assertEqual((answer.cast("x")["by_iso"], answer.cast("x")["nulled"]), (1, 1))

    def test_times_without_an_offset_are_in_the_dataset_s_zone(self):
        self.rows("n,x\n1,2024-01-31 10:00:00\n2,2024-01-31 10:00:00Z\n",
                  {"timezone": "America/Bogota", "casts": [{"column": "x", "to": "timestamp"}]})
        self.assertEqual(self.cast_column(), [instant("2024-01-31T15:00:00"), instant("2024-01-31T10:00:00")])

    def test_a_gap_moves_forward_and_an_overlap_takes_the_earlier_offset(self):
        self.rows("n,x\n1,2024-03-10 02:30:00\n2,2024-11-03 01:30:00\n",
                  {"timezone": "America/New_York", "casts": [{"column": "x", "to": "timestamp"}]})
        self.assertEqual(self.cast_column(), [instant("2024-03-10T07:30:00"), instant("2024-11-03T05:30:00")])


class RenameAndDefaults(Standardization):
    def test_a_column_takes_its_new_name(self):
        self.rows("The Id,b\n1,x\n", {"rename": [{"from": "The Id", "to": "id"}]})
        self.assertEqual(self.silver("id, b"), [("1", "x")])

    def test_names_can_be_swapped(self):
        self.rows("a,b\n1,2\n", {"rename": [{"from": "a", "to": "b"}, {"from": "b", "to": "a"}]})
        self.assertEqual(self.silver("a, b"), [("2", "1")])

    def test_a_default_fills_nulls_after_the_casts(self):
        self.rows("n,x\n1,\n2,zz\n3,5\n", {"casts": [{"column": "x", "to": "integer", "on_error": "null"}],
                                           "defaults": [{"column": "x", "value": 0}]})
        self.assertEqual(self.cast_column(), [0, 0, 5])


class Deduplication(Standardization):
    def kept(self, text, deduplicate, **more):
        answer = self.rows(text, {"deduplicate": deduplicate, **more})
        return answer, self.silver()

    def test_one_row_a_key_stays_by_the_order(self):
        answer, rows = self.kept("id,v\n1,a\n1,c\n1,b\n2,x\n", {"key": ["id"], "order_by": ["v desc"]})
        self.assertEqual(rows, [("1", "c"), ("2", "x")])
        self.assertEqual(answer.rows["duplicates"], 2)

    def test_nulls_come_last_unless_told(self):
        _, rows = self.kept("id,v\n1,\n1,b\n", {"key": ["id"], "order_by": ["v desc"]})
        self.assertEqual(rows, [("1", "b")])
        _, rows = self.kept("id,v\n1,\n1,b\n", {"key": ["id"], "order_by": ["v desc nulls first"]})
        self.assertEqual(rows, [("1", None)])

    def test_a_full_tie_keeps_the_first_row_of_the_first_file(self):
        self.write("in/b.csv", "id,v,w\n1,a,third\n")
        _, rows = self.kept("id,v,w\n1,a,first\n1,a,second\n", {"key": ["id"], "order_by": ["v"]})
        self.assertEqual(rows, [("1", "a", "first")])

    def test_null_keys_are_equal_and_raise_an_alert(self):
        answer, rows = self.kept("id,v\n,a\n,b\n", {"key": ["id"], "order_by": ["v"]})
        self.assertEqual(rows, [(None, "a")])
        self.assertEqual(len(answer.alerts("null_key")), 1)

    def test_a_row_that_a_cast_quarantines_takes_no_key(self):
        _, rows = self.kept("id,v\n1,x\n1,2\n", {"key": ["id"], "order_by": ["v desc"]},
                            casts=[{"column": "v", "to": "integer", "on_error": "quarantine"}])
        self.assertEqual(rows, [("1", 2)])


if __name__ == "__main__":
    unittest.main()
