"""A role of PostgreSQL that lacks something, or a session that ends early: what it is, and the statement that would help."""

from harness import unittest
from touched import FIRST, SECOND, PostgreSql, SILVER


class Privileges(PostgreSql):
    """A role that owns nothing; the table and the metadata tables are another one's."""

    def setUp(self):
        super().setUp()
        self.role = "role_" + self.database[-40:]
        self.server.sql(f"CREATE ROLE \"{self.role}\" LOGIN PASSWORD '{self.server.password}'")
        self.addCleanup(self.server.sql, f'DROP ROLE "{self.role}"')
        self.addCleanup(self.sql, f'DROP OWNED BY "{self.role}"')
        super().connect()
        self.fresh("append")
        self.crisol("db", "init", "--db", "database.yml")
        self.grant("USAGE ON SCHEMA metadata", "SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA metadata",
                   "DELETE ON metadata.gold_tables", "USAGE ON SCHEMA gold", "SELECT, INSERT, DELETE ON gold.demo")
        self.connect(user=self.role, retries=0)

    def grant(self, *what):
        self.sql("; ".join(f'GRANT {one} TO "{self.role}"' for one in what))

    def revoke(self, *what):
        self.sql("; ".join(f'REVOKE {one} FROM "{self.role}"' for one in what))

    def refused(self, mode, *parts, exit=2, **more):
        before = self.values()
        self.assert_refused(self.load(SECOND, mode, exit=exit, **more), *parts)
        self.assertEqual((self.values(), self.files_below("out")), (before, []))

    def test_what_suffices(self):
        self.load(SECOND, "overwrite")
        self.assertEqual(self.values(), ["b|2", "c|3"])
        self.revoke("ALL ON gold.demo")
        self.grant("INSERT (id, n) ON gold.demo")
        self.load(FIRST, "append")
        self.assertEqual(self.values(), ["a|1", "b|2", "b|2", "c|3"])

    def test_each_privilege_that_is_missing_is_named_with_its_grant(self):
        self.revoke("DELETE ON gold.demo")
        self.refused("overwrite", "lacks DELETE", f"GRANT DELETE ON gold.demo TO {self.role}")
        self.revoke("INSERT ON gold.demo")
        self.grant("INSERT (id) ON gold.demo")
        self.refused("append", "lacks INSERT", f"GRANT INSERT ON gold.demo TO {self.role}")
        self.revoke("USAGE ON SCHEMA gold")
        self.refused("append", 'schema "gold"', f"GRANT USAGE ON SCHEMA gold TO {self.role}")
        self.grant("USAGE ON SCHEMA gold")
        self.refused("append", "lacks CREATE", f"GRANT CREATE ON SCHEMA gold TO {self.role}", gold={"table": "other"})
        self.refused("append", 'no schema "else"', f'CREATE SCHEMA "else" AUTHORIZATION {self.role}', gold={"schema": "else"})
        self.revoke("INSERT ON metadata.run_files")
        self.grant("INSERT ON gold.demo")
        self.refused("append", "run_files", "db check", exit=3)

    def test_a_migration_of_a_table_of_another_role_is_refused_with_what_its_owner_runs(self):
        self.refused("append", 'owned by role "admin"', 'ALTER TABLE "gold"."demo" ADD COLUMN "more" text', exit=2,
                     gold={"add_columns": [{"name": "more", "value": "x", "type": "string"}]})

    def test_row_security_is_named_with_its_policies(self):
        self.sql("ALTER TABLE gold.demo ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON gold.demo USING (id = 'a')")
        for mode in ("append", "overwrite"):
            self.refused(mode, "row security", "policy few", f"ALTER ROLE {self.role} BYPASSRLS")
        self.sql("ALTER TABLE gold.demo DISABLE ROW LEVEL SECURITY")
        self.load(SECOND, "overwrite")

    def test_a_session_that_may_not_write_or_wait(self):
        for setting, value, *parts in (("default_transaction_read_only", "on", "25006", "takes no writes"),
                                       ("statement_timeout", "1ms", "57014", "statement_timeout")):
            with self.subTest(setting=setting):
                self.sql(f"ALTER ROLE \"{self.role}\" SET {setting} = '{value}'")
                self.refused("overwrite", *parts, exit=3)
                self.sql(f'ALTER ROLE "{self.role}" RESET {setting}')

    def test_a_session_that_is_ended_when_it_is_idle_waits_all_the_same(self):
        self.sql(f"ALTER ROLE \"{self.role}\" SET idle_in_transaction_session_timeout = '1ms'; "
                 f"ALTER ROLE \"{self.role}\" SET idle_session_timeout = '500ms'")
        self.load("".join(f'{{"id": "{n}", "n": {n % 9}}}\n' for n in range(50000)), "overwrite")
        self.assertEqual(self.sql("SELECT count(*) FROM gold.demo"), ["50000"])

    def test_db_check_names_all_that_is_missing(self):
        self.grant("CREATE ON SCHEMA gold")
        self.assertNotIn("  missing", self.crisol("db", "check", "--db", "database.yml").out)
        self.revoke("INSERT ON metadata.run_files", "UPDATE ON metadata.pipeline_executions", "SELECT ON metadata.run_columns",
                    "CREATE, USAGE ON SCHEMA gold")
        self.sql(f'REVOKE TEMPORARY ON DATABASE "{self.database}" FROM PUBLIC')
        answer = self.crisol("db", "check", "--db", "database.yml", exit=3)
        for part in ("INSERT ON metadata.run_files", "UPDATE ON metadata.pipeline_executions", "SELECT ON metadata.run_columns",
                     "USAGE, CREATE ON SCHEMA gold", f"TEMPORARY ON DATABASE {self.database}", f"TO {self.role}"):
            self.assertIn(part, answer.out)


if __name__ == "__main__":
    unittest.main()
