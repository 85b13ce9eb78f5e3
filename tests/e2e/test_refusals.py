"""What bad input gets: one clear message with its place, the exit code of section 1, and nothing written."""

import os
import subprocess
import sys

from harness import Case, CRISOL, unittest


class Refusals(Case):
    def refused(self, exit, *parts, **options):
        answer = self.run_dataset(exit=exit, **options)
        self.assert_refused(answer, *parts)
        self.assertEqual(self.files_below("out"), [])
        return answer

    def good_input(self):
        self.write("in/a.csv", "id,x\n1,5\n")


class Input(Refusals):
    def test_empty_files_and_headers_only_hold_no_record(self):
        for text in ("", "\n", "id,x\n"):
            with self.subTest(text=text):
                self.write("in/a.csv", text)
                self.dataset()
                self.refused(1, "a.csv")

    def test_allow_empty_lets_it_be(self):
        self.write("in/a.csv", "id,x\n")
        self.dataset({"source": {"allow_empty": True}})
        self.assertEqual(self.run_dataset().rows["read"], 0)

    def test_what_nothing_names_is_an_unknown_column_even_where_empty_input_is_let_in(self):
        for text in ("", "\n\n", "\ufeff"):
            with self.subTest(text=text):
                self.write("in/a.csv", text)
                self.dataset({"source": {"allow_empty": True}, "quality": {"rules": [{"name": "r", "expr": "x > 0"}]}})
                self.refused(2, '"x"', "The input is empty and has no header", "schema")

    def test_a_glob_that_matches_nothing_is_an_error_of_the_environment(self):
        self.dataset()
        self.refused(3, "in/*.csv")

    def test_a_missing_header_column_is_named_with_the_nearest(self):
        self.write("in/a.csv", "ident,amount\n1,5\n")
        self.dataset({"standardization": {"casts": [{"column": "amuont", "to": "integer"}]}})
        self.refused(2, '"amuont"', '"amount"', "pipeline.yml:")

    def test_a_missing_rename_is_named_with_the_nearest(self):
        self.write("in/a.csv", "Ident,Amount\n1,5\n")
        self.dataset({"standardization": {"rename": [{"from": "ident", "to": "id"}]}})
        self.refused(2, '"ident"', '"Ident"')

    def test_a_wrong_delimiter_shows_as_a_missing_column_with_those_there_are(self):
        self.write("in/a.csv", "id;x\n1;5\n")
        self.dataset({"quality": {"rules": [{"name": "r", "expr": "x > 0"}]}})
        self.refused(2, '"x"', "id;x")

    def test_two_columns_of_one_name_are_refused(self):
        self.write("in/a.csv", "id,id\n1,2\n")
        self.dataset()
        self.refused(2, "a.csv", '"id"')

    def test_a_directory_for_a_file_is_read_for_its_files_or_refused(self):
        (self.root / "in").mkdir()
        self.dataset({"source": {"path": "in"}})
        self.refused(3, "in")

    def run_as_somebody(self):
        """Root may read and write everything: the run is nobody's then."""
        nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        self.dataset()
        self.root.chmod(0o755)
        process = self.start("run", "pipeline.yml", "--json", **nobody)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 3, err)
        return err

    def test_a_file_that_may_not_be_read_is_named(self):
        self.good_input()
        (self.root / "in/a.csv").chmod(0)
        err = self.run_as_somebody()
        self.assertIn("in/a.csv", err)
        self.assertIn("Permission denied", err)

    def test_a_directory_that_may_not_be_written_is_named(self):
        self.good_input()
        (self.root / "out").mkdir(mode=0o555)
        err = self.run_as_somebody()
        self.assertIn("out", err)
        self.assertIn("Permission denied", err)

    def test_a_gzip_file_cut_short_is_an_error_of_the_environment(self):
        path = self.write_gzip("in/a.csv.gz", "id,x\n" + "1,2\n" * 5000)
        path.write_bytes(path.read_bytes()[:-30])
        self.dataset({"source": {"path": "in/a.csv.gz"}})
        self.refused(3, "a.csv.gz")

    def test_bytes_that_are_no_gzip_are_refused(self):
        self.write("in/a.csv.gz", "id,x\n1,2\n")
        self.dataset({"source": {"path": "in/a.csv.gz"}})
        self.refused(3, "a.csv.gz")


class Config(Refusals):
    def test_a_missing_file_is_named(self):
        self.refused(2, "nothing.yml", dataset="nothing.yml")

    def test_a_rule_that_does_not_parse_has_a_caret_under_the_place(self):
        self.good_input()
        self.write("pipeline.yml", "id: demo\nsource:\n  input_format: csv\n  path: in/*.csv\n  options: {header: true}\n"
                   "quality:\n  rules:\n    - name: r\n      expr: \"x > > 0\"\n"
                   "output:\n  silver: {path: out/silver, mode: overwrite}\n")
        answer = self.refused(2, "pipeline.yml:9:18", "x > > 0")
        lines = answer.err.splitlines()
        shown = next(n for n, line in enumerate(lines) if "x > > 0" in line and "|" in line)
        self.assertEqual(lines[shown + 1].index("^"), lines[shown].index("> 0"))

    def test_a_rule_of_the_wrong_type_is_refused(self):
        self.good_input()
        self.dataset({"quality": {"rules": [{"name": "r", "expr": "x || 'a'"}]}})
        self.refused(2, '"r"', "boolean", "string")

    def test_two_columns_renamed_to_one_name_are_refused(self):
        self.good_input()
        self.dataset({"standardization": {"rename": [{"from": "id", "to": "n"}, {"from": "x", "to": "n"}]}})
        self.refused(2, '"n"')

    def test_a_technical_name_is_refused(self):
        for name in ("_run_id", "_ingestion_ts", "_failed_rules", "_raw_record"):
            with self.subTest(name=name):
                self.write("in/a.csv", f"id,{name}\n1,5\n")
                self.dataset()
                self.refused(2, f'"{name}"')

    def test_an_output_inside_the_input_is_refused(self):
        self.good_input()
        self.dataset({"source": {"path": "in/*.csv"}, "output": {"silver": {"path": "in"}}})
        self.refused(2, "/in")
        self.assertEqual(os.listdir(self.root / "in"), ["a.csv"])

    def test_an_output_beside_the_folders_that_a_pattern_matches_is_none_of_them(self):
        self.write("in/a.csv", "id\n1\n")
        for path in ("{in,none}/*.csv", "i[mn]/*.csv", "i*/*.csv", "{i{n,m},x}/*.csv", "{in,out}/*.csv", "*/*.csv"):
            with self.subTest(path=path):
                self.dataset({"source": {"path": path}})
                self.run_dataset()

    def test_an_input_inside_the_output_is_refused(self):
        self.write("out/silver/in/a.csv", "id\n1\n")
        self.dataset({"source": {"path": "out/silver/in/a.csv"}})
        answer = self.run_dataset(exit=2)
        self.assert_refused(answer, "out/silver")
        self.assertEqual(self.files_below("out"), ["silver/in/a.csv"])

    def test_a_quarantine_inside_the_lake_is_refused(self):
        self.good_input()
        self.dataset({"quality": {"quarantine": "out/silver/quarantine"}})
        self.refused(2, "quarantine")

    def test_no_secret_is_printed(self):
        self.good_input()
        self.dataset_with_gold()
        self.write("database.yml", {"default": {"driver": "postgresql", "host": "h", "password": "s3cr3t", "prot": 1}})
        answer = self.refused(2, "prot")
        self.assertNotIn("s3cr3t", answer.err + answer.out)


class DuckDbFile(Refusals):
    def test_a_file_that_is_no_database_is_refused(self):
        self.good_input()
        self.dataset_with_gold()
        self.write("warehouse.duckdb", "this is no database, but a text that is long enough to be read as a header " * 200)
        self.refused(3, "warehouse.duckdb")

    def test_a_file_that_another_program_holds_is_refused_with_its_process(self):
        self.good_input()
        self.dataset_with_gold()
        self.run_dataset()
        before = self.snapshot()
        code = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('open', flush=True); time.sleep(600)"
        holder = subprocess.Popen([sys.executable, "-c", code, str(self.root / "warehouse.duckdb")], stdout=subprocess.PIPE,
                                  text=True)
        try:
            self.assertEqual(holder.stdout.readline(), "open\n")
            answer = self.run_dataset(exit=3, env={"CRISOL_HASTE": "30"})
            self.assert_refused(answer, "warehouse.duckdb", str(holder.pid))
            self.assertEqual(self.snapshot(), before)
        finally:
            holder.kill()
            holder.wait()
            holder.stdout.close()


class Disk(Refusals):
    """A file system of 4 MB; where the test may not mount one, a limit on the size of a file says the same."""

    def test_a_full_disk_leaves_nothing_behind(self):
        self.write("in/a.csv", "id,x\n" + "".join(f"{n},{n * 7919 % 1000003}\n" for n in range(200000)))
        self.dataset()
        command = f"ulimit -f 200; exec '{CRISOL}' run pipeline.yml --json"
        process = subprocess.run(["bash", "-c", command], cwd=self.root, capture_output=True, text=True,
                                 env=self.environment, timeout=120)
        self.assertEqual(process.returncode, 3, process.stderr)
        self.assertIn("silver", process.stderr)
        self.assertEqual(self.files_below("out"), [])
        self.assertEqual([p for p in (self.root / "out").rglob("*.parquet")], [])


if __name__ == "__main__":
    unittest.main()
