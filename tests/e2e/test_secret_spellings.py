"""A password in whichever place and spelling, right or wrong, stays out of everything that is printed or recorded.

Nothing here needs a server: what is looked at are the messages of those who refuse before one is asked, or find none."""

import re

from harness import Case, json, unittest

SECRET = "hUnter2/x@y%zz #1'q"  # with what must be encoded in a URI and quoted in a connection string
PLAIN = "T0pSecretWord"
ENCODED = "hUnter2%2Fx%40y%25zz%20%231%27q"
PIECES = ("hUnter2", "x@y", "y%zz", "zz #1", PLAIN)


class Spellings(Case):
    def setUp(self):
        super().setUp()
        self.write("in/a.csv", "id\n1\n")
        self.dataset({"output": {"gold": {"enabled": True, "database_config": "database.yml"}}})

    def say(self, *arguments, exits=(2, 3), env=None):
        process = self.start(*arguments, env=env or {})
        out, err = process.communicate(timeout=120)
        for secret in PIECES:
            self.assertNotIn(secret, out + err, f"{arguments} printed {out}{err}")
        self.assertIn(process.returncode, exits, out + err)
        self.assertNotIn("defect", err)
        return out + err

    def database(self, **keys):
        self.write("database.yml", json.dumps({"default": {"driver": "postgresql", "retries": 0, **keys}}, indent=1))

    def everywhere(self, exits=(2, 3)):
        """Every command that reads the database's settings."""
        for arguments in (("check", "pipeline.yml"), ("check", "pipeline.yml", "--json"), ("plan", "pipeline.yml"),
                          ("run", "pipeline.yml", "--json", "-v"), ("run", "pipeline.yml", "--log-format", "json"),
                          ("db", "check", "--db", "database.yml"), ("db", "init", "--db", "database.yml")):
            self.say(*arguments, exits=(*exits, 0) if arguments[0] in ("plan", "check") else exits)

    def test_uris_that_libpq_misreads(self):
        for uri in (f"postgresql://u:{SECRET}@127.0.0.1:1/d", f"postgresql://u:{PLAIN}%zz@127.0.0.1:1/d",
                    f"postgresql://u:{PLAIN}/1@127.0.0.1:1/d", f"postgresql://u:{PLAIN}@1@127.0.0.1:1/d",
                    f"postgressql://u:{PLAIN}@127.0.0.1:1/d", f"postgresql:/u:{PLAIN}@127.0.0.1:1/d", f"u:{PLAIN}@127.0.0.1:1/d",
                    f"postgresql//u:{PLAIN}@127.0.0.1:1/d", f"postgresql://u:{PLAIN}@127.0.0.1:port/d",
                    f"postgresql://u:{PLAIN}@127.0.0.1:1/d?pasword={PLAIN}", f"postgresql://127.0.0.1:1/d?user=u&password={PLAIN}&x",
                    f"postgresql://u:{PLAIN}@[::1/d", f"http://u:{PLAIN}@127.0.0.1:1/d", f"postgresql://u:{PLAIN}?@127.0.0.1:1/d",
                    f"POSTGRESQL://u:{PLAIN}@127.0.0.1:1/d"):
            with self.subTest(uri=uri):
                self.database(database=uri)
                self.everywhere()
                self.database(host=uri)
                self.say("run", "pipeline.yml")

    def test_connection_strings_that_libpq_misreads(self):
        for string in (f"host=127.0.0.1 port=1 password=a {PLAIN}", f"host=127.0.0.1 port=1 password='{PLAIN}",
                       f"host=127.0.0.1 port=1 password = {PLAIN} dbnam=x", f"host=127.0.0.1 port=x password={PLAIN}",
                       f"host=127.0.0.1 port=1 pasword={PLAIN}", f"{PLAIN} host=127.0.0.1 port=1 password={PLAIN}",
                       f"host=127.0.0.1 port=1 password={PLAIN} sslmode={PLAIN}"):
            with self.subTest(string=string):
                self.database(database=string)
                self.everywhere()

    def test_strings_that_are_right_reach_no_message(self):
        for keys in ({"database": f"postgresql://u:{ENCODED}@127.0.0.1:1/d"}, {"host": "127.0.0.1", "port": 1, "password": SECRET},
                     {"database": f"host=127.0.0.1 port=1 user=u password={PLAIN}"},
                     {"host": f"{PLAIN}.invalid", "password": PLAIN}):
            with self.subTest(keys=keys):
                self.database(**keys)
                if "host" in keys and PLAIN in keys["host"]:  # a name that is no secret though it is the password, too
                    continue
                self.everywhere(exits=(3,))

    def test_a_password_of_the_environment(self):
        self.database(host="127.0.0.1", port=1, user=PLAIN + "@h", password_env="OF_MINE")
        self.say("run", "pipeline.yml", env={"OF_MINE": PLAIN})
        self.database(host="127.0.0.1", port=1, database=PLAIN + "@h:x")
        self.say("run", "pipeline.yml", env={"PGPASSWORD": PLAIN})

    def test_what_is_set_on_the_command_line(self):
        self.database(host="127.0.0.1", port=1)
        for value in (f"database.default.pasword={PLAIN}", f"output.gold.passwd={PLAIN}", f"database.password:{PLAIN}",
                      f"output.gold.database_config=postgresql://u:{PLAIN}@h/d", f"output.silver.mode.password={PLAIN}",
                      f"={PLAIN}", f"secret {PLAIN}"):
            with self.subTest(value=value):
                out = self.say("run", "pipeline.yml", "--set", value)
                self.say("check", "pipeline.yml", "--set", value, "--json")
                if "." in value and "passw" in value.split("=")[0]:
                    self.assertIn("--set", out)
        self.say("run", "pipeline.yml", "--db", f"postgresql://u:{PLAIN}@h/d")
        self.say("runs", "--db", f"postgresql://u:{PLAIN}@h/d")
        self.say("run", "pipeline.yml", f"--databse=postgresql://u:{PLAIN}@h/d")

    def test_lines_near_a_password_that_are_no_yaml(self):
        for text in ("default:\n  password:\n    \"{s}\n  port: 1\n", "default:\n  password: |\n    {s}\n   x\n",
                     "default: {{host: h, password: {s}, port: [1}}\n", "default:\n  password: {s}: 2\n",
                     "default:\n  pasword: {s}\n", "default:\n  password: &x {s}\n  port: *x\n",
                     "default:\n  passwd: {s}\n  passwd: {s}\n", "default:\n\tpassword: {s}\n",
                     "default:\n  password: '{s}\n  port: 1\n", "default:\n  port: {s}\n  password: {s}\n"):
            with self.subTest(text=text):
                self.write("database.yml", text.format(s=PLAIN))
                self.say("run", "pipeline.yml")
                self.say("check", "pipeline.yml", "--json")

    def test_a_token_of_spark_and_keys_of_a_store(self):
        self.database(host="127.0.0.1", port=1)
        for env in ({"spark": {"token": PLAIN}, "timezone": PLAIN}, {"s3": {"secret_access_key": PLAIN, "region": [PLAIN]}},
                    {"s3": {"session_token": PLAIN}, "mounts": {PLAIN: "x"}}, {"s3": {"endpoint": f"http://u:{PLAIN}@h", "x": 1}}):
            with self.subTest(env=env):
                self.write("config/env.yml", json.dumps(env, indent=1))
                self.say("run", "pipeline.yml")

    def test_short_and_usual_passwords_leave_messages_whole(self):
        for password in ("a", "e", "id", "run", "postgres", "password", "database"):
            with self.subTest(password=password):
                self.database(host="127.0.0.1", port=1, user="postgres", database="postgres", password=password)
                process = self.start("run", "pipeline.yml")
                _, err = process.communicate(timeout=120)
                self.assertEqual(process.returncode, 3)
                self.assertIn("127.0.0.1/postgres", err)
                self.assertNotIn("***", err)

    def test_a_failure_is_recorded_without_it(self):
        self.write("database.yml", {"default": {"driver": "duckdb", "path": "warehouse.duckdb"}})
        self.write("in/a.csv", f"id\n{PLAIN}\n")
        self.write("config/env.yml", {"s3": {"secret_access_key": PLAIN, "access_key_id": "x"}})
        self.dataset({"output": {"gold": {"enabled": True, "database_config": "database.yml"}},
                      "quality": {"rules": [{"name": "r", "expr": f"id <> '{PLAIN}'", "on_fail": "fail"}]}})
        out = self.say("run", "pipeline.yml", "--json", exits=(1,))
        self.assertIsNotNone(json.loads(out[:out.index("\n")])["error"])
        self.assertNotIn(PLAIN, str(self.gold("SELECT error_message, summary FROM metadata.pipeline_executions")))
        self.assertEqual(re.findall(r"\*{4,}", out), [])


if __name__ == "__main__":
    unittest.main()
