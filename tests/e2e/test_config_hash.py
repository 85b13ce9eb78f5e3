"""metadata.pipeline_executions.config_hash tells two configurations apart, and no secret: a digest of one that can be guessed would."""

from harness import Case, unittest


class ConfigHash(Case):
    def hash(self, *arguments, env=None):
        run_id = self.run_dataset(*arguments, env=env).summary["run_id"]
        return self.gold(f"SELECT config_hash FROM metadata.pipeline_executions WHERE execution_id = '{run_id}'")[0][0]

    def setUp(self):
        super().setUp()
        self.write("in/a.csv", "id,password\n1,a\n")
        self.dataset_with_gold({"output": {"silver": {"mode": "overwrite"}}})

    def test_the_value_of_an_override_counts_and_its_order_with_the_files(self):
        first = self.hash()
        self.assertEqual(self.hash(), first)
        overwritten = self.hash("--set", "output.silver.mode=append")
        self.assertNotEqual(overwritten, first)
        self.assertNotEqual(self.hash("--set", "output.silver.mode=overwrite"), overwritten)

    def test_a_password_in_a_value_does_not_count(self):
        column = "output.gold.add_columns=[{{name: note, value: 'postgresql://user:{}@host/{}', type: string}}]"
        hashes = {self.hash("--set", column.format(password, "db")) for password in ("pwaa", "pwbb", "secret-0001", "another-longer-one")}
        self.assertEqual(len(hashes), 1)
        self.assertNotIn(self.hash("--set", column.format("pwaa", "other")), hashes)

    def test_what_stands_under_a_key_that_bears_a_secret_does_not_count(self):
        options = "source.options.{}={}"
        for value in ("1234", "9876"):   # no such option: but what is refused is not recorded, and not shown
            answer = self.run_dataset("--set", options.format("password", value), exit=2)
            self.assertNotIn(value, answer.err + answer.out)

    def test_a_secret_of_the_environment_does_not_count_where_the_file_names_it(self):
        self.dataset_with_gold({"output": {"gold": {"add_columns": [{"name": "note", "value": "${MY_TOKEN}", "type": "string"}]}}})
        self.assertEqual(self.hash(env={"MY_TOKEN": "1234"}), self.hash(env={"MY_TOKEN": "9876"}))


if __name__ == "__main__":
    unittest.main()
