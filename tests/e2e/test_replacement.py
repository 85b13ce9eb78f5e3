"""What a run may replace: partitions that tell dates apart, filled lakes and tables, partitions of earlier files."""

import os

from harness import Case, merged, unittest

DERIVED = {"standardization": {"casts": [{"column": "at", "to": "timestamp"}]},
           "output": {"silver": {"mode": "overwrite_dynamic", "partition_from": "at"}}}


class Schemes(Case):
    def check(self, by, mode="overwrite_dynamic", exit=0, header="id,at"):
        self.write("in/a.csv", f"{header}\n1,2024-06-01 00:00:00{',7' * header.count('x')}\n")
        self.dataset(merged(DERIVED, {"output": {"silver": {"mode": mode, "partition_by": by}}}))
        return self.crisol("check", "pipeline.yml", exit=exit)

    def test_parts_of_a_date_that_merge_what_is_apart_are_refused_under_overwrite_dynamic(self):
        cases = [(["month"], "month without year", "[year, month]"), (["day"], "day without year", "[year, month, day]"),
                 (["month", "day"], "month without year", "[year, month, day]"),
                 (["year", "day"], "day without month", "[year, month, day]"),
                 (["hour"], "hour without year", "[year, month, day, hour]"),
                 (["year", "month", "hour"], "hour without day", "[year, month, day, hour]"),
                 (["id", "month"], "month without year", "[id, year, month]")]
        for by, found, mended in cases:
            with self.subTest(by=by):
                answer = self.check(by, exit=2).out
                self.assertIn(found, answer)
                self.assertIn(mended, answer)
                self.assert_refused(self.run_dataset(exit=2), found)
                self.assertIn("warning", self.check(by, mode="append").out)
                self.assertIn(found, self.check(by, mode="overwrite").out)

    def test_parts_that_tell_dates_apart_are_not(self):
        for by in (["year"], ["year", "month"], ["year", "month", "day"], ["year", "month", "day", "hour"], ["date"],
                   ["date", "hour"], ["month", "date"], ["id", "date"], ["year", "id", "month"]):
            with self.subTest(by=by):
                self.assertNotIn("without", self.check(by).out)

    def test_a_column_of_the_source_that_bears_such_a_name_is_none(self):
        self.write("in/a.csv", "id,month\n1,2024-06\n")
        self.dataset({"output": {"silver": {"mode": "overwrite_dynamic", "partition_by": ["month"]}}})
        self.assertNotIn("without", self.crisol("check", "pipeline.yml").out)


if __name__ == "__main__":
    unittest.main()
