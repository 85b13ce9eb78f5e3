"""A DuckDB file that is made, or was left half made: it appears whole, is waited for while it may still become whole, and is named where
it does not."""

import threading

import duckdb
from harness import Case, unittest


class Making(Case):
    def setUp(self):
        super().setUp()
        self.write("in/a.csv", "id,x\n1,a\n2,b\n")
        self.dataset_with_gold()
        self.warehouse = self.root / "warehouse.duckdb"

    def whole(self):
        """The bytes of a database without a table."""
        path = self.root / "empty.duckdb"
        duckdb.connect(str(path)).close()
        return path.read_bytes()

    def test_a_file_that_another_is_making_is_waited_for(self):
        whole = self.whole()
        for length in (0, 1, 100, 4096, 8192, len(whole) - 1):
            with self.subTest(length=length):
                for name in ("warehouse.duckdb", "warehouse.duckdb.wal"):
                    (self.root / name).unlink(missing_ok=True)
                self.warehouse.write_bytes(whole[:length])
                ready = self.root / "ready.duckdb"
                ready.write_bytes(whole)
                timer = threading.Timer(0.7, ready.replace, [self.warehouse])
                timer.start()
                self.addCleanup(timer.join)
                self.assertEqual(self.run_dataset().rows["gold"], 2)
                self.assertEqual(len(self.gold("SELECT id FROM gold.demo")), 2)

    def test_a_file_that_stays_short_is_named_with_what_to_do(self):
        for length in (0, 100, 8192):
            with self.subTest(length=length):
                self.warehouse.write_bytes(self.whole()[:length])
                answer = self.run_dataset(exit=3, env={"CRISOL_HASTE": "60"})
                self.assert_refused(answer, "warehouse.duckdb", f"only {length} bytes long", "Remove it")
                self.assertEqual(self.warehouse.stat().st_size, length)
        self.warehouse.unlink()
        self.run_dataset()

    def test_a_short_file_that_is_no_database_is_left_as_it_is(self):
        self.warehouse.write_text("a note of a person's")
        self.assert_refused(self.run_dataset(exit=3), "warehouse.duckdb")
        self.assertEqual(self.warehouse.read_text(), "a note of a person's")

    def test_a_new_file_leaves_nothing_beside_it(self):
        self.run_dataset()
        self.assertEqual([p.name for p in self.root.iterdir() if "duckdb" in p.name], ["warehouse.duckdb"])

    def test_the_log_of_a_file_that_was_taken_away_is_none_of_the_new_one(self):
        with duckdb.connect(str(self.root / "other.duckdb")) as connection:
            connection.execute("CREATE TABLE t (a INT); CHECKPOINT; INSERT INTO t VALUES (1)")
            (self.root / "warehouse.duckdb.wal").write_bytes((self.root / "other.duckdb.wal").read_bytes())
        self.assertEqual(self.run_dataset().rows["gold"], 2)
        self.assertEqual(len(self.gold("SELECT id FROM gold.demo")), 2)

    def test_a_file_is_made_through_a_link_and_where_its_name_is_long(self):
        (self.root / "elsewhere").mkdir()
        self.warehouse.symlink_to("elsewhere/real.duckdb")
        self.run_dataset()
        self.assertTrue((self.root / "elsewhere/real.duckdb").is_file() and self.warehouse.is_symlink())
        name = "w" * 240
        self.write("database.yml", {"default": {"driver": "duckdb", "path": name}})
        self.run_dataset()
        self.assertTrue((self.root / name).is_file())


if __name__ == "__main__":
    unittest.main()
