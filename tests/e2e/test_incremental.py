"""source.incremental: files that a completed run has taken are left out, changed ones are taken again and said so."""

import hashlib
import os
import time as time_of_day

import duckdb

from harness import Case, merged, unittest


class Incremental(Case):
    def begin(self, **silver):
        self.dataset({"source": {"incremental": True}, "output": {"silver": {"mode": "append", **silver}}})
        self.write("in/a.csv", "id\n1\n")
        self.write("in/b.csv", "id\n2\n")

    def ids(self):
        return [row[0] for row in self.silver("id")]

    def test_only_new_files_are_taken(self):
        self.begin()
        self.assertEqual(self.run_dataset().rows["read"], 2)
        self.write("in/c.csv", "id\n3\n")
        answer = self.run_dataset()
        self.assertEqual(answer.rows["read"], 1)
        self.assertIn("2 of 3 files were taken by earlier runs", answer.err)
        self.assertEqual(self.ids(), ["1", "2", "3"])

    def test_without_a_new_file_there_is_nothing_to_do(self):
        self.begin()
        self.run_dataset()
        before = self.snapshot()
        answer = self.run_dataset()
        self.assertEqual(answer.rows["read"], 0)
        self.assertIn("no new file", answer.err)
        self.assertEqual(self.snapshot(), before)

    def test_a_run_without_a_new_file_has_a_summary_like_any_other(self):
        for gold in (False, True):
            change = {"source": {"incremental": True}, "output": {"silver": {"mode": "append"}},
                      "quality": {"rules": [{"name": "r", "expr": "id > 0", "on_fail": "drop"}]},
                      "standardization": {"casts": [{"column": "id", "to": "int"}]}}
            (self.dataset_with_gold if gold else self.dataset)(merged({"id": f"gold{gold}"}, change))
            self.write("in/a.csv", "id\n1\n")
            self.run_dataset()
            summary = self.run_dataset().summary
            self.assertEqual(set(summary["rows"].values()), {0})
            self.assertEqual(summary["silver"]["path"], str(self.root / "out" / "silver"))
            self.assertEqual(summary["alerts"], [])
            table = self.crisol("run", "pipeline.yml")
            self.assertIn("completed", table.out)
            self.assertIn("0 files", table.out)
            self.assertEqual(self.crisol("run", "pipeline.yml", "--quiet").out, "")
            runs = self.crisol("runs", *(["--db", "database.yml"] if gold else [])).out
            self.assertIn(summary["run_id"], runs)
            self.assertNotIn("started", runs)

    def test_runs_without_a_new_file_are_no_measure_for_the_next(self):
        self.begin()
        for i in range(5):
            self.write(f"in/{i}.csv", "id\n1\n2\n3\n4\n")
            self.run_dataset()
        for _ in range(5):
            self.run_dataset()
        self.write("in/last.csv", "id,new\n1,2\n")
        answer = self.run_dataset("--set", "output.silver.merge_schema=true")
        self.assertEqual(len(answer.alerts("row_count")), 1)
        self.assertEqual([(c["compared_with"], c["column"]) for c in answer.summary["drift"]], [("run", "new")])

    def test_one_of_two_sources_without_a_new_file_is_left_out(self):
        self.dataset({"source": None, "output": {"silver": {"mode": "append"}}, "sources": [
            {"input_format": "csv", "path": "in/*.csv", "options": {"header": True}, "incremental": True},
            {"input_format": "json", "path": "in/*.json", "incremental": True}]})
        self.write("in/a.csv", "id\n1\n")
        self.write("in/a.json", '{"id": 2, "more": 3}\n')
        self.assertEqual(self.run_dataset().rows["read"], 2)
        self.write("in/b.json", '{"id": 4, "more": 3}\n')
        self.assertEqual(self.run_dataset().rows["read"], 1)
        self.write("in/b.csv", "id,only\n5,x\n")
        self.assertEqual(self.run_dataset("--set", "output.silver.merge_schema=true").rows["read"], 1)
        self.write("in/c.json", '{"id": 6, "more": 3}\n')
        self.assertEqual(self.run_dataset().rows["read"], 1)
        self.assertEqual(self.ids(), ["1", "2", "4", "5", "6"])

    def test_a_source_without_a_new_file_keeps_its_columns_in_every_format(self):
        folder = str(self.root / "in")
        os.makedirs(folder)
        other = {"csv": lambda n: self.write(f"in/{n}.csv", f"id,own\n{n},7\n"),
                 "json": lambda n: self.write(f"in/{n}.json", f'{{"id": "{n}", "own": "7"}}'),
                 "parquet": lambda n: self.query(f"COPY (SELECT '{n}' AS id, '7' AS own) TO '{folder}/{n}.parquet'")}
        for form, make in other.items():
            with self.subTest(form=form):
                self.dataset({"id": form, "source": None, "sources": [
                    {"input_format": form, "path": f"in/*.{form}", "incremental": True,
                     "options": {"header": True, "inferSchema": True} if form == "csv" else {}},
                    {"input_format": "jsonl", "path": f"in/*.{form}.jsonl", "incremental": True}],
                    "output": {"silver": {"mode": "append", "path": f"out/{form}"}},
                    "quality": {"rules": [{"name": "own", "expr": "own IS NULL OR own = 7", "on_fail": "fail"}]}})
                make(1)
                self.write(f"in/1.{form}.jsonl", '{"id": "2"}\n')
                self.assertEqual(self.run_dataset().rows["read"], 2)
                self.write(f"in/2.{form}.jsonl", '{"id": "3"}\n')
                self.assertEqual(self.run_dataset().rows["passed"], 1)
                make(2)
                self.assertEqual(self.run_dataset().rows["passed"], 1)

    def test_all_takes_them_again(self):
        self.begin()
        self.run_dataset()
        self.assertEqual(self.run_dataset("--all").rows["read"], 2)
        self.assertEqual(self.ids(), ["1", "1", "2", "2"])

    # --- files that have changed ----------------------------------------------------------------------------------------

    def change(self, name="in/a.csv", content="id\n9\n", time=None):
        path = self.write(name, content)
        if time is not None:
            os.utime(path, (time, time))

    def test_a_file_that_has_changed_refuses_the_data(self):
        self.begin()
        first = self.run_dataset().summary["run_id"]
        before = self.snapshot()
        self.change(content="id\n1\n2\n")
        self.write("in/c.csv", "id\n3\n")
        answer = self.run_dataset(exit=1)
        self.assert_refused(answer, "in/a.csv", first, "on_changed: append", "skip", "--all")
        self.assertEqual(self.ledger("SELECT status FROM metadata.pipeline_executions ORDER BY started_at DESC")[0], ("failed",))
        self.assertEqual(self.snapshot(), before)
        self.assertEqual(self.run_dataset("--all").rows["read"], 4)

    def test_or_is_taken_again_or_left_out(self):
        self.begin()
        first = self.run_dataset().summary["run_id"]
        self.change()
        skipped = self.run_dataset("--set", "source.on_changed=skip")
        self.assertEqual(skipped.rows["read"], 0)
        self.assertIn("left out", skipped.err)
        taken = self.run_dataset("--set", "source.on_changed=append")
        self.assertEqual(taken.rows["read"], 1)
        self.assertIn(first, taken.err)
        self.assertEqual(self.ids(), ["1", "2", "9"])
        self.assertEqual(self.run_dataset().rows["read"], 0)

    def test_changed_is_what_the_bytes_say(self):
        cases = [("touched", "id\n1\n", 2000000000, False), ("touched into the past", "id\n1\n", 1, False),
                 ("other bytes", "id\n7\n", None, True), ("grown", "id\n1\n2\n", 1500000000, True),
                 ("shrunk", "id\n", 1500000000, True), ("emptied", "", 1500000000, True),
                 ("same size and time", "id\n8\n", 1500000000, True)]
        for settled in (False, True):
            for name, *_ in cases:
                self.change(f"{name}/a.csv", "id\n1\n", 1500000000)
            if settled:  # the files' last change is well before the run: their times alone may be trusted
                time_of_day.sleep(2.5)
            for name, content, time, is_changed in cases:
                with self.subTest(name=name, settled=settled):
                    self.dataset({"id": f"{name} {settled}", "source": {"path": f"{name}/*.csv", "incremental": True},
                                  "output": {"silver": {"mode": "append"}}})
                    self.run_dataset()
                    self.assertEqual(self.run_dataset().rows["read"], 0)
                    self.change(f"{name}/a.csv", content, time)
                    if is_changed:
                        self.assert_refused(self.run_dataset(exit=1), f"{name}/a.csv")
                    else:
                        self.assertEqual(self.run_dataset().rows["read"], 0)

    def test_a_ledger_without_digests_is_taken_by_size_and_time(self):
        self.begin()
        self.run_dataset()
        self.ledger("ALTER TABLE metadata.run_files DROP COLUMN md5", "ALTER TABLE metadata.run_files DROP COLUMN inputs",
                    "ALTER TABLE metadata.run_files DROP COLUMN changed_at",
                    "ALTER TABLE metadata.run_files ADD COLUMN md5 VARCHAR")
        self.assertEqual(self.run_dataset().rows["read"], 0)
        self.change(time=1500000000)
        self.assert_refused(self.run_dataset(exit=1), "in/a.csv")

    def ledger(self, *statements):
        with duckdb.connect(str(self.root / ".crisol/ledger.duckdb")) as connection:
            for statement in statements:
                answer = connection.execute(statement).fetchall()
            return answer

    def test_the_bytes_of_every_input_are_known_afterwards(self):
        self.begin()
        self.run_dataset()
        self.run_dataset("--all")
        rows = self.ledger("SELECT md5 FROM metadata.run_files WHERE direction = 'input'")
        expected = [hashlib.md5((self.root / f"in/{name}.csv").read_bytes()).hexdigest() for name in "ab"]
        self.assertEqual(sorted(row[0] for row in rows), sorted(expected * 2))

    def test_a_renamed_file_is_new_and_said_to_be_like_the_one_before(self):
        self.begin()
        first = self.run_dataset().summary["run_id"]
        os.rename(self.root / "in/a.csv", self.root / "in/z.csv")
        answer = self.run_dataset()
        self.assertEqual(answer.rows["read"], 1)
        for part in ("in/z.csv", "in/a.csv", first, "same bytes"):
            self.assertIn(part, answer.err)

    def test_another_spelling_of_a_path_is_the_same_file(self):
        self.begin()
        self.run_dataset()
        os.symlink(self.root / "in", self.root / "linked")
        for path in ("./in/*.csv", "in/../in/*.csv", "linked/*.csv", str(self.root / "in/*.csv")):
            with self.subTest(path=path):
                self.assertEqual(self.run_dataset("--set", f"source.path={path}").rows["read"], 0)

    def test_what_a_failed_run_took_is_still_new(self):
        self.begin()
        self.dataset({"source": {"incremental": True}, "output": {"silver": {"mode": "append"}},
                      "quality": {"rules": [{"name": "never", "expr": "id > 100", "on_fail": "fail"}]}})
        self.run_dataset(exit=1)
        self.begin()
        self.assertEqual(self.run_dataset().rows["read"], 2)

    def test_an_overwrite_would_lose_the_files_before_and_is_refused(self):
        self.begin(mode="overwrite")
        self.assert_refused(self.run_dataset(exit=2), "overwrite", "append")


if __name__ == "__main__":
    unittest.main()
