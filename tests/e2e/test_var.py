"""--var NAME=VALUE: what ${NAME} is in the files of a configuration."""

from harness import Case, unittest


class Variables(Case):
    def begin(self, path="out/${DAY:-none}"):
        self.write("in/a.csv", "id\n1\n")
        self.dataset({"output": {"silver": {"path": path}}})

    def test_it_stands_for_its_name_and_beats_the_environment_and_the_default(self):
        self.begin()
        for arguments, env, place in (([], {}, "none"), ([], {"DAY": "env"}, "env"),
                                      (["--var", "DAY=given"], {"DAY": "env2"}, "given"),
                                      (["--var=DAY=a=b"], {}, "a=b"), (["--var", "DAY=x", "--var", "DAY=y"], {}, "y"),
                                      (["--var", "DAY="], {"DAY": "env3"}, "none")):
            with self.subTest(arguments=arguments):
                self.crisol("run", "pipeline.yml", "-q", *arguments, env=env)
                self.assertEqual(len(self.files_below(f"out/{place}")), 1)
        self.assertFalse((self.root / "out/env2").exists())

    def test_a_name_that_no_file_has_is_refused_with_the_nearest(self):
        self.begin()
        for command in ("run", "check", "plan", "recover", "replay", "show", "verify"):
            with self.subTest(command=command):
                answer = self.crisol(command, "pipeline.yml", "--var", "DAYY=1", exit=2)
                self.assert_refused(answer, "--var DAYY", "Did you mean DAY?")
        self.assertEqual(self.files_below("out"), [])

    def test_profile_and_test_read_it_in_the_files_they_look_at(self):
        self.begin("out/${DAY}")
        self.write("pipeline_test.yml", {"dataset": "pipeline.yml", "cases": [
            {"name": "one", "given": [{"id": "${ID}"}], "expect": {"silver": [{"id": "7"}]}}]})
        self.crisol("test", "--var", "DAY=1", "--var", "ID=7")
        self.assertIn("id", self.crisol("profile", "pipeline.yml", "--var", "DAY=1").out)
        for command, variables in (("test", ["DAY=1", "ID=7", "IDD=1"]), ("profile", ["DAY=1", "DAI=1"])):
            with self.subTest(command=command):
                words = [word for variable in variables for word in ("--var", variable)]
                self.assert_refused(self.crisol(command, "pipeline_test.yml" if command == "test" else "pipeline.yml", *words, exit=2),
                                    f"--var {variables[-1][:-2]}")

    def test_rows_are_taken_in_again_with_it(self):
        self.write("in/a.csv", "id\n1\n2\n")
        rules = {"quality": {"rules": [{"name": "r", "expr": "id <> ${BAD}"}]}, "output": {"silver": {"path": "out/silver"}}}
        self.dataset(rules)
        self.crisol("run", "pipeline.yml", "-q", "--var", "BAD=2")
        self.assertEqual(self.silver("id"), [("1",)])
        self.crisol("replay", "pipeline.yml", "-q", "--var", "BAD=3")
        self.assertEqual(self.silver("id", order="id"), [("1",), ("2",)])

    def test_what_is_no_assignment_is_refused_and_its_value_is_not_shown(self):
        self.begin()
        for word in ("DAY", "=x", "D-Y=x", "A B=x"):
            self.assert_refused(self.crisol("run", "pipeline.yml", "--var", word, exit=2), "is not NAME=VALUE")

    def test_it_reaches_the_rules_env_yml_and_database_yml(self):
        self.write("in/a.csv", "id\n1\n")
        self.write("rules.yml", {"rules": [{"name": "r", "expr": "id = '${ID}'", "on_fail": "quarantine"}]})
        self.write("env.yml", {"state": "${STATE}"})
        self.write("database.yml", {"default": {"driver": "duckdb", "path": "${FILE}"}})
        self.dataset({"quality": {"expectations_ref": "rules.yml"},
                      "output": {"gold": {"enabled": True, "database_config": "database.yml"}}})
        variables = ["--var", "ID=1", "--var", "STATE=st", "--var", "FILE=gold.duckdb"]
        self.crisol("run", "pipeline.yml", "--env", "env.yml", *variables, "-q")
        self.assertTrue((self.root / "gold.duckdb").exists())
        listed = self.crisol("runs", "--db", "database.yml", "--var", "FILE=gold.duckdb")
        self.assertIn("demo", listed.out)

    def test_a_secret_is_hidden_and_is_no_part_of_the_hash(self):
        self.write("in/a.csv", "id\n1\n")
        self.write("database.yml", {"default": {"driver": "postgresql", "host": "127.0.0.1", "port": 1, "user": "u",
                                                "database": "d", "password": "${DB_PASSWORD}"}})
        self.dataset({"output": {"gold": {"enabled": True, "database_config": "database.yml"}},
                      "source": {"path": "in/${DB_PASSWORD}"}})
        answer = self.crisol("run", "pipeline.yml", "--var", "DB_PASSWORD=hunter2secret", exit=3)
        self.assertNotIn("hunter2secret", answer.err + answer.out)

    def test_a_variable_that_is_missing_names_the_option(self):
        self.begin("out/${DAY}")
        self.assert_refused(self.crisol("run", "pipeline.yml", exit=2), '"DAY" is not set', "--var DAY=VALUE")


if __name__ == "__main__":
    unittest.main()
