"""Section 1, the command line: each command, its options, its exit code."""

import datetime
import os
import re

from harness import Case, CRISOL, json, subprocess, unittest

COMMANDS = ["run", "check", "plan", "eval", "init", "profile", "show", "test", "replay", "runs", "lineage", "recover", "clean", "verify", "db",
            "generate", "schema", "help", "version", "completion"]


class Help(Case):
    def test_every_command_has_its_help(self):
        overview = self.crisol("help").out
        self.assertLessEqual(max(map(len, overview.splitlines())), 80)
        listed = overview.split("Commands:\n")[1].split("\n\n")[0].splitlines()
        self.assertEqual([line.split()[0] for line in listed], COMMANDS)
        for command in COMMANDS:
            with self.subTest(command=command):
                self.assertIn(f"  {command}", overview)
                own = self.crisol(command, "--help").out
                self.assertIn(f"Usage: crisol {command}", own)
                self.assertEqual(self.crisol("help", command).out, own)
                for line in own.splitlines():
                    self.assertLessEqual(len(line), 80)
                examples = own.split("Examples:\n")[1].split("\n\n")[0].splitlines()
                self.assertEqual(len(examples), 2)
                for example in examples:
                    self.assertRegex(example, rf"crisol (--)?{command}\b")
                    for option in re.findall(r"--[a-z-]+", example):
                        self.assertIn(option, [*own.split(), "--version"])

    def test_a_missing_command_exits_2(self):
        answer = self.crisol(exit=2)
        self.assertIn("crisol help", answer.err)

    def test_a_misspelt_command_or_option_is_answered_with_the_nearest(self):
        self.assertIn('`crisol run`', self.crisol("rnu", exit=2).err)
        self.assertIn("--quiet", self.crisol("run", "x.yml", "--quite", exit=2).err)

    def test_too_many_or_too_few_arguments_exit_2(self):
        self.crisol("run", exit=2)
        self.crisol("eval", "1", "2", exit=2)
        self.crisol("generate", "payments", exit=2)
        self.crisol("generate", "orders", "dir", exit=2)

    def test_the_version_is_printed(self):
        self.assertRegex(self.crisol("version").out, r"^crisol \d+\.\d+\.\d+")
        self.assertEqual(self.crisol("--version").out, self.crisol("version").out)

    def test_completion_scripts_are_valid_for_bash(self):
        for shell in ("bash", "zsh", "fish"):
            script = self.crisol("completion", shell).out
            self.assertIn("generate", script)
            self.assertIn("--environment", script) if shell != "fish" else self.assertIn("environment", script)
        subprocess.run(["bash", "-n"], input=self.crisol("completion", "bash").out, text=True, check=True)
        self.crisol("completion", "tcsh", exit=2)

    def test_a_closed_pipe_is_no_crash(self):
        process = subprocess.run(["bash", "-c", f"'{CRISOL}' help | true; echo ${{PIPESTATUS[0]}}"], capture_output=True,
                                 text=True)
        self.assertNotIn("134", process.stdout)
        self.assertNotIn("139", process.stdout)


class Eval(Case):
    def test_an_expression_is_answered_with_type_and_value(self):
        cases = [("1 + 1", "int: 2"), ("'a' || NULL", "string: NULL"), ("CAST('x' AS INT)", "int: NULL"),
                 ("DATE '2024-02-29' + INTERVAL 1 YEAR", "date: 2025-02-28"), ("1/0", "double: NULL"),
                 ("'ab' RLIKE '^a.$'", "boolean: true")]
        for expression, expected in cases:
            self.assertEqual(self.crisol("eval", expression).out.strip(), expected)

    def test_an_error_names_the_place(self):
        answer = self.crisol("eval", "1 +", exit=2)
        self.assertIn("1:4", answer.err)
        self.assertIn("^", answer.err)

    def test_an_unknown_function_is_refused_by_name(self):
        self.assertIn("uper", self.crisol("eval", "uper('a')", exit=2).err)
        self.assertIn("upper", self.crisol("eval", "uper('a')", exit=2).err)

    def test_over_a_dataset_it_says_how_many_rows_pass(self):
        self.write("in/a.csv", "id,x\n1,5\n2,-5\n3,\n")
        self.dataset({"standardization": {"casts": [{"column": "x", "to": "integer"}]}})
        out = self.crisol("eval", "x > 0", "-d", "pipeline.yml").out
        self.assertIn("1", out)
        self.assertIn("3", out)

    def test_the_zone_comes_from_env(self):
        self.write("env.yml", {"timezone": "America/Bogota"})
        out = self.crisol("eval", "TIMESTAMP '2024-01-01 00:00:00Z'", "--env", "env.yml").out
        self.assertIn("2023-12-31 19:00:00", out)


class Positions(Case):
    def test_a_dataset_in_the_place_of_another_file_is_no_env_yml(self):
        self.write("in/a.csv", "id\n1\n")
        self.dataset(name="a.yml")
        self.dataset({"id": "b"}, name="b.yml")
        self.write("env.yml", {})
        for command in ("recover", "verify"):
            for files, place in ((("a.yml", "b.yml"), "env.yml"), (("a.yml", "env.yml", "b.yml"), "database.yml")):
                with self.subTest(command=command, files=files):
                    answer = self.crisol(command, *files, exit=2)
                    self.assert_refused(answer, '"b.yml" is a dataset', place)
                    self.assertEqual(answer.err.count("error:"), 1)
        self.assertEqual(self.files_below("out"), [])
        self.crisol("run", "a.yml", "env.yml")


class Plan(Case):
    def test_it_tells_what_would_be_done_and_touches_nothing(self):
        self.write("in/a.csv", "id,x\n1,5\n")
        self.dataset_with_gold({"quality": {"rules": [{"name": "positive", "expr": "x > 0"}]}})
        out = self.crisol("plan", "pipeline.yml").out
        for part in ("in/a.csv", "positive", "out/silver", "gold.demo"):
            self.assertIn(part, out)
        self.assertEqual(sorted(os.listdir(self.root)), ["database.yml", "in", "pipeline.yml"])

    def test_sql_is_what_the_engine_runs(self):
        self.write("in/a.csv", "id,x\n1,5\n")
        self.dataset()
        out = self.crisol("plan", "pipeline.yml", "--sql").out
        self.assertIn("SELECT", out)
        self.assertEqual(sorted(os.listdir(self.root)), ["in", "pipeline.yml"])


class Check(Case):
    def test_a_sound_dataset_is_said_to_be_so(self):
        self.write("in/a.csv", "id,x\n1,5\n")
        self.dataset()
        self.crisol("check", "pipeline.yml")
        self.assertEqual(sorted(os.listdir(self.root)), ["in", "pipeline.yml"])

    def test_several_files_are_checked_in_one_call(self):
        self.write("in/a.csv", "id,x\n1,5\n")
        self.dataset(name="good.yml")
        self.dataset({"outputs": {}}, name="bad.yml")
        self.dataset({"sorce": {}}, name="worse.yml")
        answer = self.crisol("check", "good.yml", "bad.yml", "worse.yml", exit=2)
        self.assertIn("bad.yml:", answer.out)
        self.assertIn('"source"', answer.out)

    def test_where_a_source_cannot_be_reached_the_rest_is_checked(self):
        self.dataset({"quality": {"rules": [{"name": "r", "expr": "x >"}]}})
        answer = self.crisol("check", "pipeline.yml", exit=2)
        self.assertIn("in/*.csv", answer.out)
        self.assertIn("error: ", answer.out)


class Run(Case):
    def setUp(self):
        super().setUp()
        self.write("in/a.csv", "id,x\n1,5\n2,-1\n")
        self.dataset({"quality": {"rules": [{"name": "positive", "expr": "x > 0"}]}})

    def test_set_overrides_a_value_of_the_dataset(self):
        answer = self.run_dataset("--set", "output.silver.path=elsewhere", "--set", "quality.max_rejected=5")
        self.assertEqual(answer.rows["quarantined"], 1)
        self.assertEqual(len(self.files_below("elsewhere")), 1)

    def test_the_table_goes_to_stdout_and_the_log_to_stderr(self):
        answer = self.crisol("run", "pipeline.yml")
        self.assertIn("positive", answer.out)
        self.assertIn("[quality]", answer.err)
        self.assertNotIn("\x1b", answer.out + answer.err)

    def test_quiet_says_nothing_and_json_logs_are_json(self):
        answer = self.crisol("run", "pipeline.yml", "--quiet")
        self.assertEqual((answer.out, answer.err), ("", ""))
        for line in self.crisol("run", "pipeline.yml", "--log-format", "json").err.splitlines():
            self.assertIn("message", json.loads(line))

    def test_relative_paths_are_found_from_the_dataset_s_directory(self):
        self.write("deep/config/pipeline.yml", (self.root / "pipeline.yml").read_text())
        self.run_dataset(dataset="deep/config/pipeline.yml")
        self.assertEqual(len(self.files_below("out/silver")), 1)

    def test_the_environment_s_values_are_replaced(self):
        self.dataset({"source": {"path": "${CRISOL_TEST_IN:-in}/*.csv"}})
        self.run_dataset()
        self.write("other/b.csv", "id,x\n9,9\n")
        self.run_dataset(env={"CRISOL_TEST_IN": "other"})
        self.assertEqual(self.silver("id"), [("9",)])


class Runs(Case):
    def test_past_runs_are_listed_and_one_is_shown_in_full(self):
        self.write("in/a.csv", "id,x\n1,5\n2,-1\n")
        self.dataset({"quality": {"rules": [{"name": "positive", "expr": "x > 0"}]}})
        first = self.run_dataset().summary["run_id"]
        second = self.run_dataset().summary["run_id"]
        listed = self.crisol("runs").out
        self.assertLess(listed.index(second), listed.index(first))
        shown = self.crisol("runs", first).out
        for part in (first, "positive", "in/a.csv", "completed"):
            self.assertIn(part, shown)
        self.assertEqual(json.loads(self.crisol("runs", "--json").out.splitlines()[0])["run_id"], second)

    def test_one_run_has_its_counts_the_version_of_its_schema_and_what_tells_its_files(self):
        self.write("in/a.csv", "id,x\n1,5\n1,5\n2,-1\nbad\n")
        self.write("schema.json", {"properties": {"id": {"type": "string"}}})
        self.dataset({"quality": {"rules": [{"name": "positive", "expr": "x > 0"}]},
                      "standardization": {"deduplicate": {"key": ["id"]}},
                      "schema": {"ref": "schema.json", "mode": "flexible"}})
        run_id = self.run_dataset().summary["run_id"]
        shown = self.crisol("runs", run_id).out
        for line in (r"schema +[0-9a-f]{32}_\d{14}", r"read +4", r"malformed +1", r"duplicates +1", r"quarantined +1", r"passed +1",
                     r"gold +-", r"  input .* in/a.csv  of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC",
                     r"  output .*\.parquet  md5 [0-9a-f]{32}", r"  quarantine .*\.parquet  md5 [0-9a-f]{32}"):
            self.assertRegex(shown, line.replace("in/a.csv", ".*in/a\\.csv"))

    def test_the_list_has_when_and_quarantined_and_fits_80_columns(self):
        self.write("in/a.csv", "id,x\n" + "1,5\n" * 1500 + "2,-1\n" * 12)
        self.dataset({"id": "a_dataset_with_a_long_name" * 3, "quality": {"rules": [{"name": "positive", "expr": "x > 0"}]}})
        self.run_dataset()
        heading, line = self.crisol("runs").out.splitlines()
        self.assertEqual(heading.split(), ["run", "when", "dataset", "status", "read", "quarantined", "gold"])
        self.assertRegex(line, r"^\S+ (now|\d+s ago) +a_dataset_… completed  1\.5k          12     -$")
        self.assertLessEqual(max(len(heading), len(line)), 80)
        entry = json.loads(self.crisol("runs", "--json").out)
        self.assertEqual((entry["read"], entry["quarantined"], entry["gold"]), (1512, 12, None))

    def test_one_run_names_its_places_and_folds_long_lists(self):
        for n in range(25):
            self.write(f"in/{n}.csv", "id\n1\n")
        self.dataset_with_gold()
        run_id = self.run_dataset().summary["run_id"]
        shown = self.crisol("runs", run_id, "--db", "database.yml").out
        self.assertRegex(shown, r"gold +gold\.demo")
        self.assertRegex(shown, r"quarantine +\S+/out/quarantine")
        self.assertRegex(shown, r"silver +\S+/out/silver")
        self.assertIn(f"and 6 more: crisol runs {run_id} --verbose", shown)
        whole = self.crisol("runs", run_id, "--db", "database.yml", "--verbose").out
        self.assertEqual(sum("in/" in line for line in whole.splitlines()), 25)

    def test_an_unknown_run_is_refused(self):
        self.write("in/a.csv", "id,x\n1,5\n")
        self.dataset()
        self.run_dataset()
        err = self.crisol("runs", "20200101T000000Z-00000000", exit=2).err
        self.assertIn("20200101", err)
        self.assertIn("ledger.duckdb", err)

    def test_metadata_are_looked_for_where_the_dataset_has_them(self):
        self.write("in/a.csv", "id\n1\n")
        self.write("far/env.yml", {"state": "far/state"})
        self.dataset_with_gold({"id": "with"}, name="with.yml")
        self.dataset({"id": "without", "output": {"silver": {"path": "out/other"}}}, name="without.yml")
        with_gold = self.run_dataset(dataset="with.yml").summary["run_id"]
        without = self.run_dataset("--env", "far/env.yml", dataset="without.yml").summary["run_id"]
        self.assertIn("no run is recorded yet in", self.crisol("runs").err)
        self.assertIn("(not there yet)", self.crisol("runs").err)
        self.assertIn(with_gold, self.crisol("runs", "-d", "with.yml").out)
        self.assertIn(without, self.crisol("runs", without, "-d", "without.yml", "--env", "far/env.yml").out)
        self.assertIn(with_gold, self.crisol("lineage", "gold.with", "-d", "with.yml").out)
        self.assertIn("warehouse.duckdb", self.crisol("lineage", "gold.other", "-d", "with.yml", exit=2).err)
        self.crisol("runs", "-d", "nothing.yml", exit=2)


class Lineage(Case):
    def test_a_file_and_a_table_are_traced_in_both_directions(self):
        self.write("in/a.csv", "id,x\n1,5\n2,-1\n")
        self.dataset_with_gold({"quality": {"rules": [{"name": "positive", "expr": "x > 0"}]}})
        run_id = self.run_dataset().summary["run_id"]
        silver = self.files_below("out/silver")[0]
        self.write("env.yml", {"mounts": {"s3a://raw": "in"}})
        for name in ("in/a.csv", f"out/silver/{silver}", str(self.root / "in/a.csv"), "s3a://raw/a.csv", "gold.demo", "in",
                     "out/", "out/silver", "s3a://raw", "s3a://raw/", "."):
            with self.subTest(name=name):
                out = self.crisol("lineage", name, "--db", "database.yml", "--env", "env.yml").out
                for part in (run_id, "in/a.csv", silver, "out/quarantine", "gold.demo"):
                    self.assertIn(part, out)
        entry = json.loads(self.crisol("lineage", "gold.demo", "--db", "database.yml", "--json").out)
        self.assertEqual((entry["run_id"], entry["gold_rows"]), (run_id, 1))
        self.assertEqual(sorted(f["direction"] for f in entry["files"]), ["input", "output", "quarantine"])

    def test_what_no_run_knows_is_refused(self):
        self.assertIn('"nothing.csv"', self.crisol("lineage", "nothing.csv", exit=2).err)
        self.write("in/a.csv", "id\n1\n")
        self.dataset()
        self.run_dataset()
        for name in ("i", "in/a", "in/a.csv/", "out/silv", "in/*.csv"):
            with self.subTest(name=name):
                self.crisol("lineage", name, exit=0 if name == "in/a.csv/" else 2)


class Db(Case):
    def test_a_duckdb_file_is_made_ready_and_looked_at(self):
        self.write("database.yml", {"default": {"driver": "duckdb", "path": "w/warehouse.duckdb"}})
        self.assertIn("warehouse.duckdb", self.crisol("db", "check", "--db", "database.yml", exit=3).err)
        self.crisol("db", "init", "--db", "database.yml")
        self.assertIn("0 tables", self.crisol("db", "check", "--db", "database.yml").out)
        self.assertEqual(self.gold("SELECT count(*) FROM metadata.run_files", "w/warehouse.duckdb"), [(0,)])

    def test_what_is_neither_init_nor_check_is_refused(self):
        self.assertIn('"drop"', self.crisol("db", "drop", exit=2).err)
        self.assertIn("database.yml", self.crisol("db", "check", exit=2).err)


class Generate(Case):
    def test_the_same_seed_and_now_give_the_same_bytes(self):
        options = ("--rows", 2000, "--files", 3, "--seed", 7, "--now", "2024-06-01T00:00:00Z")
        for kind in ("payments", "events"):
            self.crisol("generate", kind, "a", *options)
            self.crisol("generate", kind, "b", *options)
            a = {p.name: p.read_bytes() for p in (self.root / "a").iterdir()}
            b = {p.name: p.read_bytes() for p in (self.root / "b").iterdir()}
            self.assertTrue(a == b and len(a) > 0)

    def test_now_defaults_to_yesterday_and_is_printed(self):
        made = json.loads(self.crisol("generate", "payments", "a", "--rows", 100, "--json").out)
        yesterday = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
        self.assertEqual(made["now"][:10], yesterday.strftime("%Y-%m-%d"))

    def test_wrong_numbers_are_refused(self):
        for option, value in (("--rows", "-1"), ("--rows", "many"), ("--errors", "2"), ("--files", "0"), ("--now", "today")):
            self.assertIn(value, self.crisol("generate", "payments", "a", option, value, exit=2).err)


class SchemaCommand(Case):
    def test_it_is_a_json_schema_of_the_dataset_file(self):
        schema = json.loads(self.crisol("schema").out)
        self.assertIn("2020-12", schema["$schema"])
        self.assertIn("source", schema["properties"])


if __name__ == "__main__":
    unittest.main()
