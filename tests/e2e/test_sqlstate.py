"""Whatever SQLSTATE a server answers with, crisol says whose fault it is and what to do; it is never a defect of crisol."""

import postgresql
from harness import Case, unittest

# A state of each class of PostgreSQL's appendix A, and some of none, with the exit code of a run that meets it.
STATES = {
    "01000": 3, "08006": 3, "09000": 2, "0A000": 2, "0L000": 3,
    "0P000": 3, "20000": 2, "21000": 1, "22000": 1, "23000": 1,     "23505": 1, "25006": 3, "25P03": 3, "27000": 2, "28000": 3,
    "2D000": 2, "2F000": 2, "38000": 2, "39000": 2, "3D000": 3, "3F000": 3,
    "40001": 3, "40002": 1, "42000": 2, "42501": 3, "42601": 3, "42703": 2,     "44000": 1, "45000": 3, "53000": 3, "53100": 3, "54000": 1, "54011": 2, "55000": 2, "55P03": 3,
    "57014": 3, "57P01": 3, "72000": 3, "F0000": 3, "HV000": 3, "P0001": 1, "P0002": 2, "XX000": 3,     "ZZ999": 3,
}
BOOM = """
CREATE TABLE public.say (state text);
CREATE FUNCTION public.boom() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM public.say) THEN
    RAISE EXCEPTION 'as was asked for' USING ERRCODE = (SELECT state FROM public.say);
  END IF;
  RETURN NULL;
END $$;
CREATE SCHEMA gold;
CREATE TABLE gold.demo (id text);
CREATE TRIGGER boom AFTER INSERT ON gold.demo FOR EACH STATEMENT EXECUTE FUNCTION public.boom();
"""


class SqlState(Case):
    def setUp(self):
        super().setUp()
        self.server = postgresql.server()
        self.database = "state_" + self.id().rsplit(".", 1)[1][:50].lower()
        self.server.sql(f'CREATE DATABASE "{self.database}"')
        self.addCleanup(self.server.sql, f'DROP DATABASE "{self.database}" WITH (FORCE)')
        self.environment["TEST_PASSWORD"] = self.server.password
        self.write("database.yml", {"default": {"driver": "postgresql", "host": "127.0.0.1", "port": self.server.port, "retries": 0,
                                                "database": self.database, "user": "admin", "password_env": "TEST_PASSWORD"}})
        self.write("in/a.csv", "id\na\n")
        self.dataset({"output": {"gold": {"enabled": True, "database_config": "database.yml", "mode": "append",
                                          "exclude_columns": ["_run_id", "_ingestion_ts"]}}})
        self.sql(BOOM)

    def sql(self, text):
        return self.server.sql(text, self.database)

    def assert_told(self, answer, state, what="as was asked for"):
        self.assert_refused(answer, state, what, "hint: ")
        for word in ("SELECT", "INSERT", "SQL statement", "CONTEXT"):
            self.assertNotIn(word, answer.err.split("hint: ")[0])
        self.assertNotIn("trying again", answer.err)

    def test_a_trigger_of_the_gold_table_raises_each(self):
        for state, exit in STATES.items():
            with self.subTest(state=state):
                self.sql(f"DELETE FROM public.say; INSERT INTO public.say VALUES ('{state}')")
                self.assert_told(self.run_dataset(exit=exit), state)
                self.assertEqual(self.files_below("out"), [])
        self.assertEqual(self.sql("SELECT count(*) FROM gold.demo"), ["0"])

    def test_a_trigger_of_a_metadata_table_raises_some(self):
        self.run_dataset()
        self.sql("CREATE TRIGGER boom AFTER INSERT ON metadata.run_files FOR EACH STATEMENT EXECUTE FUNCTION public.boom()")
        self.sql("DROP TRIGGER boom ON gold.demo")
        for state in ("0A000", "23505", "42703", "P0001", "XX000"):
            with self.subTest(state=state):
                self.sql(f"DELETE FROM public.say; INSERT INTO public.say VALUES ('{state}')")
                before = self.snapshot()
                # the record of the run is no data: what is refused there is the environment's fault
                self.assert_told(self.run_dataset(exit=3 if STATES[state] == 1 else STATES[state]), state)
                self.assertEqual(self.snapshot(), before)

    def test_an_event_trigger_keeps_the_metadata_tables_from_being_made(self):
        self.sql("CREATE FUNCTION public.bar() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'as was asked for' "
                 "USING ERRCODE = (SELECT state FROM public.say); END $$; INSERT INTO public.say VALUES ('P0001'); "
                 "CREATE EVENT TRIGGER bar ON ddl_command_start EXECUTE FUNCTION public.bar()")
        for state in ("P0001", "42501", "0A000", "XX000"):
            with self.subTest(state=state):
                self.sql(f"UPDATE public.say SET state = '{state}'")
                self.assert_told(self.crisol("db", "init", "--db", "database.yml", exit=STATES[state]), state)
                self.assert_told(self.run_dataset(exit=STATES[state]), state)


if __name__ == "__main__":
    unittest.main()
