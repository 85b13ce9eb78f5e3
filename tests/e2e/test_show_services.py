"""crisol show, of a lake in an object store and of gold in PostgreSQL: see test_show.py."""

import json

import minio
import postgresql
from harness import merged, unittest


class Services(minio.StoreCase):
    def setUp(self):
        super().setUp()
        self.database, self.name = postgresql.use_database(self)
        self.write("in/a.csv", "id,p,amount,at\n1,a,10.50,2024-01-01 00:00:00\n2,b,-3,\n3,b/c,,2024-01-02 00:00:00.25\n")
        self.configure()

    def configure(self, change=None):
        self.dataset(merged({
            "standardization": {"casts": [{"column": "id", "to": "int"}, {"column": "amount", "to": "decimal(10,2)"},
                                          {"column": "at", "to": "timestamp"}]},
            "quality": {"quarantine": f"s3a://{self.bucket}/bad", "rules": [{"name": "positive", "expr": "amount > 0", "on_null": "pass"}]},
            "output": {"silver": {"path": f"s3a://{self.bucket}/silver", "partition_by": ["p"]},
                       "gold": {"enabled": True, "database_config": "database.yml",
                                "add_columns": [{"name": "cost", "value": "95.5", "type": "decimal"}]}}}, change or {}))

    def rows(self, *arguments, **options):
        out = self.crisol("show", "pipeline.yml", *arguments, "--format", "json", **options).out
        return [json.loads(line) for line in out.splitlines()]

    def test_silver_and_quarantine_of_an_object_store(self):
        self.assert_refused(self.crisol("show", "pipeline.yml", exit=2), "no silver", f"s3://{self.bucket}/silver")
        self.assert_refused(self.crisol("show", "pipeline.yml", "--quarantine", exit=2), "no quarantine")
        run_id = self.run_dataset().summary["run_id"]
        self.assertEqual([(row["id"], row["p"]) for row in self.rows("--where", "at IS NOT NULL")], [(1, "a"), (3, "b/c")])
        self.assertEqual([row["id"] for row in self.rows("--quarantine", "--run", run_id, "--rule", "positive")], ["2"])
        self.assertIn(f"in/a.csv:3", self.crisol("show", "pipeline.yml", "--quarantine").out)
        self.assertEqual(len(self.rows("--run", run_id)), 2)

    def test_gold_of_a_server(self):
        self.assert_refused(self.crisol("show", "pipeline.yml", "--gold", exit=2), "no gold table", "crisol run")
        run_id = self.run_dataset().summary["run_id"]
        rows = self.rows("--gold", "--columns", "id,amount,at,cost,p")
        self.assertEqual(sorted(rows, key=lambda row: row["id"]), [
            {"id": 1, "amount": 10.5, "at": "2024-01-01T00:00:00Z", "cost": 95.5, "p": "a"},
            {"id": 3, "amount": None, "at": "2024-01-02T00:00:00.25Z", "cost": 95.5, "p": "b/c"}])
        self.assertEqual([row["id"] for row in self.rows("--gold", "--where", "cost > 95 AND amount IS NULL")], [3])
        self.assertEqual(len(self.rows("--gold", "--run", run_id)), 2)
        answer = self.crisol("show", "pipeline.yml", "--gold", "-n", "1")
        self.assertEqual(len(answer.out.splitlines()), 3)
        self.assertIn("-n 0", answer.err)

    def test_columns_of_every_type_of_a_server(self):
        self.run_dataset()
        self.database.sql("""ALTER TABLE gold.demo ADD b bytea DEFAULT 'a\\000b', ADD j jsonb DEFAULT '{"k": [1]}', ADD u uuid
            DEFAULT '00000000-0000-0000-0000-000000000001', ADD t time DEFAULT '10:00', ADD f float8 DEFAULT 'NaN', ADD n numeric
            DEFAULT 'NaN', ADD l text[] DEFAULT '{a,b}', ADD y boolean DEFAULT true, ADD s smallint DEFAULT 7""", self.name)
        row = self.rows("--gold", "-n", "1", "--columns", "b,j,u,t,f,n,l,y,s")[0]
        self.assertEqual(row, {"b": "YQBi", "j": {"k": [1]}, "u": "00000000-0000-0000-0000-000000000001", "t": "10:00:00",
                               "f": "NaN", "n": "NaN", "l": "{a,b}", "y": True, "s": 7})

    def test_dates_that_spark_has_not_are_shown_as_the_server_writes_them(self):
        self.run_dataset()
        self.database.sql("ALTER TABLE gold.demo ADD d date DEFAULT '0044-03-15 BC', ADD i timestamptz DEFAULT '-infinity', "
                          "ADD w date DEFAULT '10000-01-01'", self.name)
        row = self.rows("--gold", "-n", "1", "--columns", "d,i,w")[0]
        self.assertEqual(row, {"d": "0044-03-15 BC", "i": "-infinity", "w": "+10000-01-01"})

    def test_a_role_that_may_only_read_is_enough(self):
        self.run_dataset()
        self.database.sql("DROP ROLE IF EXISTS looker; CREATE ROLE looker LOGIN PASSWORD 'x'; GRANT USAGE ON SCHEMA gold TO looker; "
                          "GRANT SELECT ON gold.demo TO looker", self.name)
        self.addCleanup(self.database.sql, "DROP OWNED BY looker; DROP ROLE looker", self.name)
        self.write("database.yml", {"default": {"driver": "postgresql", "host": "127.0.0.1", "port": self.database.port,
                                                "database": self.name, "user": "looker", "password": "x"}})
        self.assertEqual(len(self.rows("--gold")), 2)

    def test_a_reader_that_waits_keeps_no_run_from_the_table(self):
        self.configure({"output": {"silver": {"partition_by": None}}})
        self.write("in/a.csv", "id,p,amount,at\n" + "".join(f"{i},{'x' * 200},1,\n" for i in range(3000)))
        self.run_dataset()
        reader = self.start("show", "pipeline.yml", "--gold", "-n", "0", "--format", "csv")
        reader.stdout.readline()
        self.run_dataset()
        self.assertEqual(len(reader.stdout.read().splitlines()), 3000)
        self.assertEqual(reader.wait(timeout=60), 0)
        reader.stdout.close()
        reader.stderr.close()

    def test_what_a_server_says_of_a_private_row_is_left_out(self):
        self.configure({"private": ["p"], "output": {"silver": {"partition_by": None}}})
        self.run_dataset()
        self.assertEqual({row["p"] for row in self.rows("--gold")}, {"***"})
        self.database.sql("ALTER TABLE gold.demo ADD CHECK (p <> 'secret-value')", self.name)
        self.write("in/a.csv", "id,p,amount,at\n9,secret-value,1,\n")
        answer = self.run_dataset(exit=1)
        self.assertIn("check constraint", answer.err)
        self.assertNotIn("secret-value", answer.err + answer.out)

    def test_a_server_that_is_gone_is_an_error_of_the_environment(self):
        self.write("database.yml", {"default": {"driver": "postgresql", "host": "127.0.0.1", "port": 1, "database": "x"}})
        self.assertNotIn("defect", self.crisol("show", "pipeline.yml", "--gold", exit=3).err)


if __name__ == "__main__":
    unittest.main()
