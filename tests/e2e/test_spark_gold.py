"""Gold of a run on Spark: the same rows in the same table, the same rows of it refused."""

import spark
import touched
from harness import json, unittest


def lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records)


class OnSpark:
    def crisol(self, *arguments, **options):
        if arguments[0] == "run":
            arguments += ("--engine", "spark")
        options["env"] = {**spark.server().environment, **(options.get("env") or {})}
        return super().crisol(*arguments, **options)

    def reasons(self, answer, column="id"):
        run_id = answer.summary["run_id"]
        return {row[0]: row[1] for row in self.quarantine(f"{column}, _failed_rules", where=f"_run_id = '{run_id}'")}

    def test_rows_that_the_key_or_the_columns_do_not_take_are_quarantined(self):
        first = lines({"id": "a", "n": 1}, {"id": "a", "n": 2}, {"id": "b", "n": 3}, {"id": None, "n": 4})
        self.fresh("append")
        self.sql("DELETE FROM gold.demo")
        self.sql("CREATE UNIQUE INDEX mine ON gold.demo (id)")
        answer = self.load(first, "append", silver={"mode": "append"})
        self.assertEqual(self.reasons(answer, "n"), {"2": ["gold:id:key"]})
        answer = self.load(lines({"id": "b", "n": 5}, {"id": "c", "n": 6}), "append", silver={"mode": "append"})
        self.assertEqual(self.reasons(answer), {"b": ["gold:id:key"]})
        self.assertEqual(answer.rows["gold"], 1)
        self.assertEqual(self.silver("n", where=f"_run_id = '{answer.summary['run_id']}'"), [(6,)])


class InPostgreSql(OnSpark, touched.PostgreSql):
    def test_each_mode_over_a_table_that_a_person_has_given_a_key(self):
        self.in_each_mode("ALTER TABLE gold.demo ADD PRIMARY KEY (id)", modes=("overwrite", "follow", "upsert"))

    def test_a_text_that_the_server_cannot_hold_leaves_silver_too(self):
        answer = self.load('{"id": "a\\u0000", "n": 1}\n{"id": "b", "n": 2}\n', "append")
        self.assertEqual(list(self.reasons(answer).values()), [["gold:id:nul"]])
        self.assertEqual(self.values(), ["b|2"])
        self.assertEqual(self.silver("id"), [("b",)])
        self.assertEqual(answer.summary["engine"], "spark")
        said = self.crisol("runs", answer.summary["run_id"], "-d", "pipeline.yml").out
        self.assertRegex(said, r"engine      Spark 4\.3\.0 at sc://127\.0\.0\.1:\d+, application local-\d+, session [0-9a-f-]{36}")
        for written in ("staged", "gold", "silver", "quarantine"):
            self.assertRegex(said, rf", {written} [0-9a-f]{{8}}-[0-9a-f-]{{27}}")


class InADuckDbFile(OnSpark, touched.DuckDb):
    pass


if __name__ == "__main__":
    unittest.main()
