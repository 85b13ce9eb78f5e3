"""Secrets are never in logs, errors, plans, summaries, metadata or the list of processes."""

import threading

import minio
import postgresql
from harness import unittest

SECRETS = {"s3": "S3cretOfTheStore", "token": "T0kenOfASession", "postgresql": "Passw0rdOfTheWarehouse", "uri": "Passw0rdInAUri"}


class Secrets(minio.StoreCase):
    @classmethod
    def setUpClass(cls):
        cls.store = minio.Server(secret_key=SECRETS["s3"])
        cls.addClassCleanup(cls.store.close)
        cls.server = postgresql.Server(password=SECRETS["postgresql"])
        cls.addClassCleanup(cls.server.close)

    def setUp(self):
        super().setUp()
        for name in self.store.environment:
            self.environment.pop(name)
        self.store.put(self.bucket, "in/a.csv", "id\n" + "".join(f"{i}\n" for i in range(200_000)) + "bad,bad\n")
        self.write("config/env.yml", {"s3": {"endpoint": self.store.endpoint, "access_key_id": self.store.access_key,
                                             "secret_access_key": SECRETS["s3"]}})
        self.database = {"driver": "postgresql", "host": "127.0.0.1", "port": self.server.port, "database": "postgres",
                         "user": "admin", "password": SECRETS["postgresql"]}
        self.write("database.yml", {"default": self.database})
        self.dataset({"source": {"path": f"s3a://{self.bucket}/in/*.csv"},
                      "output": {"silver": {"path": f"s3a://{self.bucket}/silver"},
                                 "gold": {"enabled": True, "database_config": "database.yml"}},
                      "quality": {"quarantine": f"s3a://{self.bucket}/quarantine"}})

    def assert_no_secret(self, text, what):
        for name, secret in SECRETS.items():
            self.assertNotIn(secret, text, f"{name} in {what}")

    def say(self, *arguments, **options):
        answer = self.crisol(*arguments, **options)
        self.assert_no_secret(answer.out + answer.err, " ".join(map(str, arguments)))
        return answer

    def test_a_run_its_metadata_and_what_asks_for_them(self):
        answer = self.say("run", "pipeline.yml", "--json", "--verbose", "--log-format", "json")
        run_id = answer.summary["run_id"]
        self.say("plan", "pipeline.yml", "--sql")
        self.say("check", "pipeline.yml", "--json")
        self.say("runs", run_id, "--json", "--db", "database.yml")
        self.say("db", "check", "--db", "database.yml")
        rows = self.server.sql("SELECT row_to_json(e) FROM metadata.pipeline_executions AS e "
                               "UNION ALL SELECT row_to_json(f) FROM metadata.run_files AS f "
                               "UNION ALL SELECT row_to_json(v) FROM metadata.dataset_versions AS v")
        self.assertGreater(len(rows), 2)
        self.assert_no_secret("\n".join(rows), "metadata")
        for key in self.store.keys(self.bucket, "quarantine/"):
            self.assert_no_secret(self.store.get(self.bucket, key).decode("latin-1"), key)

    def test_the_list_of_processes(self):
        seen = []
        process = self.start("run", "pipeline.yml")

        def watch():
            while process.poll() is None:
                for name in ("cmdline", "environ"):
                    try:
                        with open(f"/proc/{process.pid}/{name}", "rb") as file:
                            seen.append(file.read().decode(errors="replace"))
                    except OSError:
                        pass

        watcher = threading.Thread(target=watch)
        watcher.start()
        _, err = process.communicate(timeout=60)
        watcher.join()
        self.assertEqual(process.returncode, 0, err)
        self.assertGreater(len(seen), 10)
        self.assert_no_secret("\n".join(set(seen)), "ps")

    def test_mistakes_on_the_very_lines_that_hold_secrets(self):
        """Each line is shown with its mistake, and without its secret."""
        env = f"s3:\n  endpoint: {self.store.endpoint}\n  access_key_id: minio\n"
        for text in ("  secret_acces_key: {s3}\n", "  secret_access_key: [{s3}]\n", "  Secret-Access-Key: \"{s3}\"\n",
                     "  session_tokn: {token}\n", "  secret_access_key: {s3}\n  secret_access_key: {s3}\n",
                     "  region: {{ secret: {s3} }}\n", "  secret_access_key: \"{s3}\n", "  endpoint2: http://u:{uri}@host\n",
                     "spark:\n  remote: [\"sc://h/;token={token}\"]\n", "spark: {{ remote: \"sc://h/;token={token}\", bogus: 1 }}\n",
                     "spark:\n  remote: \"sc://h/;token={token}\n", "spark:\n  remot: sc://h/;user_id=u;token={token};x=1\n",
                     "spark:\n  tokn: {token}\n"):
            with self.subTest(text=text):
                self.write("config/env.yml", env + text.format(**SECRETS))
                answer = self.say("run", "pipeline.yml", exit=2)
                self.assertIn("env.yml:", answer.err)
        for change in ({"passwrod": SECRETS["postgresql"]}, {"password": [SECRETS["postgresql"]]},
                       {"database": f"postgresql://admin:{SECRETS['uri']}@127.0.0.1:1/postgres", "prot": 1},
                       {"sslmode": f"postgresql://admin:{SECRETS['uri']}@h/d"}):
            with self.subTest(change=change):
                self.write("config/env.yml", {"s3": {"endpoint": self.store.endpoint}})
                self.write("database.yml", {"default": {**self.database, **change}})
                self.say("run", "pipeline.yml", exit=2)

    def test_a_file_of_settings_in_json_is_no_exception(self):
        self.write("env.json", '{"s3": {"endpoint": "%s",\n"secret_access_key": "%s" "}}' % (self.store.endpoint, SECRETS["s3"]))
        self.assertIn("env.json:2:", self.say("run", "pipeline.yml", "--env", "env.json", exit=2).err)

    def test_servers_that_refuse(self):
        self.write("database.yml", {"default": {**self.database, "password": SECRETS["uri"]}})
        self.say("run", "pipeline.yml", exit=3)
        self.write("database.yml", {"default": {
            "driver": "postgresql", "database": f"postgresql://admin:{SECRETS['uri']}@127.0.0.1:{self.server.port}/postgres"}})
        self.say("run", "pipeline.yml", "--verbose", exit=3)
        self.say("db", "check", "--db", "database.yml", exit=3)
        for change in ({"access_key_id": "nobody"}, {"session_token": SECRETS["token"]}, {"secret_access_key": SECRETS["uri"]}):
            with self.subTest(change=change):
                self.write("config/env.yml", {"s3": {"endpoint": self.store.endpoint, "access_key_id": "minio",
                                                     "secret_access_key": SECRETS["s3"], **change}})
                self.say("run", "pipeline.yml", "--verbose", exit=3)

    def test_parquet_from_a_store_that_refuses(self):
        """DuckDB has the secret by a statement of its own."""
        path = self.root / "a.parquet"
        self.query(f"COPY (SELECT 1 AS id) TO '{path}' (FORMAT parquet)")
        self.store.put(self.bucket, "in/a.parquet", path.read_bytes()[:-20])
        self.dataset({"source": {"path": f"s3a://{self.bucket}/in/a.parquet", "input_format": "parquet", "options": None}})
        self.say("run", "pipeline.yml", "--verbose", exit=3)


if __name__ == "__main__":
    unittest.main()
