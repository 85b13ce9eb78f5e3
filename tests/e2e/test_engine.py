"""Which engine runs, and what is said of its counts wherever they are made."""

import json
import unittest

from harness import Case


class Choice(Case):
    def setUp(self):
        super().setUp()
        self.write("in/a.csv", "id,x\n1,5\n2,-1\n")
        self.dataset()

    def test_spark_without_an_address_is_refused_by_every_command_that_runs_an_engine(self):
        said = "spark.remote"
        for command in ("run", "plan"):
            self.assertIn(said, self.crisol(command, "pipeline.yml", "--engine", "spark", exit=2).err)
        self.write("config/env.yml", "engine: spark\n")
        for command in ("run", "plan"):
            self.assertIn(said, self.crisol(command, "pipeline.yml", exit=2).err)
        self.assertIn(said, self.crisol("check", "pipeline.yml", exit=2).out)
        self.assertEqual(self.files_below("out"), [])

    def test_a_cluster_that_is_not_there_is_the_environment_s_fault(self):
        self.write("config/env.yml", "engine: spark\nspark: { remote: 'sc://127.0.0.1:9' }\n")
        self.assert_refused(self.run_dataset(exit=3), "sc://127.0.0.1:9")
        self.assertEqual(self.files_below("out"), [])

    def test_the_option_wins_over_the_environment(self):
        self.write("config/env.yml", "engine: spark\n")
        self.assertEqual(self.run_dataset("--engine", "duckdb").rows["silver"], 2)

    def test_the_engine_that_ran_is_in_the_summary_and_in_the_ledger(self):
        self.dataset_with_gold()
        self.assertEqual(self.run_dataset().summary["engine"], "duckdb")
        self.assertEqual(self.gold("SELECT engine FROM metadata.pipeline_executions"), [("duckdb",)])

    def test_a_refused_engine_is_named_as_it_was_asked_for(self):
        answer = self.crisol("run", "pipeline.yml", "--json", "--engine", "spark", exit=2)
        self.assertEqual(json.loads(answer.out)["engine"], "spark")


class Counts(Case):
    def test_a_refused_reading_keeps_what_is_only_counted_among_its_rejects(self):
        self.write("in/a.csv", "id,x\n1,5,6\n2,7\n")
        self.write("in/b.csv", "id,x\n3,8,9\n4,7\n")
        self.dataset({"source": None, "sources": [
            {"input_format": "csv", "path": "in/a.csv", "options": {"header": True, "mode": "DROPMALFORMED"}},
            {"input_format": "csv", "path": "in/b.csv", "options": {"header": True, "mode": "FAILFAST"}}]})
        answer = self.run_dataset(exit=1)
        self.assertIn("1 of 4 records are malformed, and mode is FAILFAST", answer.err)
        self.assertIn("b.csv, line 2", answer.err)
        rejects = self.query("SELECT _raw_record FROM read_parquet(?) ORDER BY _source_file",
                             str(self.root / ".crisol/refused/*/*.parquet"))
        self.assertEqual([raw for raw, in rejects], ["1,5,6", "3,8,9"])

    def test_an_expression_on_a_dataset_meets_the_same_refusals(self):
        self.write("in/a.csv", "id,x\n1,5\n2,many\n")
        self.dataset({"standardization": {"casts": [{"column": "x", "to": "int", "on_error": "fail"}]}})
        for answer in (self.run_dataset(exit=1), self.crisol("eval", "x > 0", "--dataset", "pipeline.yml", exit=1)):
            self.assertIn('1 of 2 values of column "x" cannot be cast to int', answer.err)
            self.assertIn('The first: "many" (in/a.csv, line 3).', answer.err)


if __name__ == "__main__":
    unittest.main()
