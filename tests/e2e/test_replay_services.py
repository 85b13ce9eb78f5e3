"""A replay that is killed is finished or undone like a run: at every point where it could matter, on a local disk and in an object
store, with gold in a DuckDB file and in PostgreSQL. Two replays at once take no row twice. Needs a build with CRISOL_FAULTS."""

import test_crash
from harness import unittest

FIRST = "id,p,v,x\n1,a,5,1\n2,b,5,1\n"
SECOND = "id,p,v,x\n1,b,9,-1\n3,c,1,-1\n4,a,1,-9\n2,a,4,-1\n5,d,1,1\n"
BEFORE = [("1", "a"), ("2", "b"), ("5", "d")]
AFTER = [("1", "b"), ("2", "b"), ("3", "c"), ("5", "d")]  # 1 displaces its row, the second 2 is a duplicate, 4 fails again


class Killed:
    mode = "overwrite_dynamic"
    command = "replay"

    def configure(self, rule):
        self.dataset({"standardization": {"casts": [{"column": "v", "to": "integer"}, {"column": "x", "to": "integer"}],
                                          "deduplicate": {"key": ["id"], "order_by": ["v desc"]}},
                      "quality": {"quarantine": self.quarantine_path(), "rules": [{"name": "x", "expr": rule}]},
                      "output": {"silver": {"path": self.silver_path(), "mode": self.mode, "partition_by": ["p"]},
                                 "gold": {"enabled": True, "database_config": "database.yml"}}})

    def make_state(self):
        self.set_up_database()
        self.configure("x > 0")
        self.write("in/a.csv", FIRST)
        self.first_run = self.run_dataset().summary["run_id"]
        self.write("in/a.csv", SECOND)
        self.run_dataset()
        self.configure("x > -5")
        self.assertEqual(self.silver_rows(), BEFORE)

    def write_input(self):
        """What a replay takes is there already."""

    def replay(self):
        return self.crisol("replay", "pipeline.yml", "--json")

    def check_end(self, what):
        self.assertEqual(self.silver_rows(), AFTER, what)
        self.assertEqual(self.gold_rows(), AFTER, what)
        self.assertEqual(self.left_overs(), [], what)
        open_rows = self.crisol("show", "pipeline.yml", "--quarantine", "--format", "csv", "--columns", "id").out
        self.assertEqual(open_rows, "id\n4\n", what)

    def matrix(self):
        kills = 0
        for n in range(1, 200, 1 if test_crash.ALL else 3):  # `make crash` takes every point
            with self.subTest(point=n):
                self.begin()
                if not self.killed(n):
                    break
                kills += 1
                what = f"killed at point {n}"
                self.assertIn(self.gold_rows(), [BEFORE, AFTER], what)
                self.replay()
                self.check_end(what)
        self.assertGreaterEqual(kills, 5, "this build has no fault points, or they have gone")

    def test_at_one_point_after_another(self):
        self.matrix()


class DuckDb(Killed, test_crash.Crash):
    def test_two_at_once_take_no_row_twice(self):
        self.begin()
        processes = [self.start("replay", "pipeline.yml", "--json") for _ in range(3)]
        codes = []
        for process in processes:
            _, err = process.communicate(timeout=120)
            self.assertIn(process.returncode, (0, 4), err)
            codes.append(process.returncode)
        self.assertIn(0, codes)
        self.check_end("three at once")

    def test_a_run_after_the_death_settles_it_too(self):
        self.begin()
        n = next(n for n in range(1, 100) if self.killed(n) and list((self.root / "out").glob(".*.crisol/*/*/journal")))
        self.assertGreater(n, 1)
        self.crisol("recover", "pipeline.yml")
        self.assertIn(self.silver_rows(), [BEFORE, AFTER])
        self.assertEqual(self.silver_rows(), self.gold_rows())
        self.replay()
        self.check_end("after recover")


class StoreAndDuckDb(Killed, test_crash.Store):
    left_out = ("test_at_one_point_after_another",)


class PostgreSql(Killed, test_crash.PostgreSql):
    left_out = ("test_at_one_point_after_another",)
    test_overwrite = test_overwrite_dynamic = test_append = None


class StoreAndPostgreSql(Killed, test_crash.StoreAndPostgreSql):
    test_overwrite = test_overwrite_dynamic = test_append = None


if __name__ == "__main__":
    unittest.main()
