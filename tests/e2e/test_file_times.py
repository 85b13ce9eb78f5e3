"""Times of change that a file system can hold and a person would not expect: before 1970 with a fraction, just 1970, far away."""

import os
import pathlib
import tempfile

import postgresql
from harness import Case, unittest

SECOND = 1_000_000_000
# Seconds and nanoseconds. What a file system cannot hold it clamps itself.
TIMES = [(-1, SECOND // 2), (-2, 999_999_999), (-1, 999_998_001), (0, 0), (0, 1), (0, SECOND // 2), (-1_000_000_000, 750_000_000),
         (-2_147_483_648, 0), (15_032_385_535, 999_999_999)]
# The year 1, 0, 9999, 10000, what the databases end with, what microseconds of 64 bits do, and more.
FAR = [(seconds, 0) for seconds in (-62_135_596_800, -62_135_596_801, 253_402_300_799, 253_402_300_800, 9_224_318_016_000,
                                    -210_866_803_200, 9_223_372_036_855, -9_223_372_036_856, -2**62, 2**62)]


class Times(Case):
    def database(self):
        return {"driver": "duckdb", "path": "warehouse.duckdb"}

    def check(self, source, times):
        """Each file has a time of seconds and nanoseconds; a second run knows them all again."""
        self.write("database.yml", {"default": self.database()})
        for kind, expected in (("incremental", "no new file"), ("whole", "has taken the same files already")):
            for i, (seconds, nanoseconds) in enumerate(times):
                path = pathlib.Path(source) / f"{kind}{i}.csv"
                path.write_text("id\n1\n")
                if nanoseconds:
                    os.utime(path, ns=((seconds * SECOND + nanoseconds,) * 2))
                else:
                    os.utime(path, (0, seconds))
            self.dataset({"id": kind, "source": {"incremental": kind == "incremental", "path": f"{source}/{kind}*.csv"},
                          "output": {"silver": {"path": f"out/{kind}", "mode": "append"},
                                     "gold": {"enabled": True, "database_config": "database.yml"}}})
            self.assertEqual(self.run_dataset().rows["read"], len(times))
            self.assertIn(expected, self.crisol("run", "pipeline.yml").err)

    def test_times_that_any_file_system_holds(self):
        self.write("in/none", "")
        self.check(self.root / "in", TIMES)

    def test_times_of_64_bits(self):
        if not os.access("/dev/shm", os.W_OK):
            self.skipTest("this system has no /dev/shm")
        with tempfile.TemporaryDirectory(prefix="crisol-times-", dir="/dev/shm") as directory:
            probe = pathlib.Path(directory) / "probe"
            probe.write_text("")
            try:
                os.utime(probe, (0, FAR[-1][0]))
            except (OSError, OverflowError):
                self.skipTest("this Python or /dev/shm has no such times")
            self.check(directory, FAR)


class TimesInPostgreSql(Times):
    def database(self):
        server = postgresql.server()
        server.sql("DROP DATABASE IF EXISTS times WITH (FORCE)")
        server.sql("CREATE DATABASE times")
        return {"driver": "postgresql", "host": "127.0.0.1", "port": server.port, "database": "times", "user": "admin",
                "password": server.password}


if __name__ == "__main__":
    unittest.main()
