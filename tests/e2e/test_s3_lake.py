"""Section 4, the commit: silver and quarantine in an object store."""

import time

import minio
import postgresql
from harness import merged, unittest

ROWS = "id,p\n1,a\n2,b\n3,b\n"


class LakeCase(minio.StoreCase):
    def setUp(self):
        super().setUp()
        self.write("in/a.csv", ROWS)

    def to_s3(self, change=None, silver=None):
        self.dataset_with_gold(merged({
            "output": {"silver": {"path": f"s3a://{self.bucket}/silver", "mode": "overwrite_dynamic", "partition_by": ["p"],
                                  **(silver or {})}},
            "quality": {"quarantine": f"s3a://{self.bucket}/quarantine"}}, change or {}))

    def keys(self, prefix="silver/"):
        return self.store.keys(self.bucket, prefix)

    def assert_nothing_left(self):
        """Of crisol's own: neither objects nor uploads nor files."""
        self.assertEqual([key for key in self.store.keys(self.bucket) if ".crisol" in key], [])
        for key in ("silver/p=a/part-0.parquet", "silver/p=b/part-0.parquet"):
            self.assertEqual(self.store.uploads(self.bucket, key), [])
        self.assertEqual(list(self.root.rglob("staging-*")), [])


class Lake(LakeCase):
    def test_a_partition_has_one_object_whose_key_stays(self):
        self.to_s3()
        answer = self.run_dataset()
        self.assertEqual(answer.summary["silver"]["path"], f"s3://{self.bucket}/silver")
        self.assertEqual(self.keys(), ["silver/p=a/part-0.parquet", "silver/p=b/part-0.parquet"])
        self.assertEqual(self.lake("id, p"), [("1", "a"), ("2", "b"), ("3", "b")])
        self.write("in/a.csv", "id,p\n4,b\n5,c\n")
        self.run_dataset()
        self.assertEqual(self.keys(), [f"silver/p={p}/part-0.parquet" for p in "abc"])
        self.assertEqual(self.lake("id, p"), [("1", "a"), ("4", "b"), ("5", "c")])
        self.assert_nothing_left()

    def test_a_replaced_partition_loses_what_others_wrote_there(self):
        self.to_s3()
        self.store.put(self.bucket, "silver/p=b/part-from-spark.parquet", "not read")
        self.store.put(self.bucket, "silver/p=z/_SUCCESS", "")
        self.write("in/a.csv", "id,p\n2,b\n")
        self.to_s3(silver={"merge_schema": True})
        self.store.delete(self.bucket, "silver/p=b/part-from-spark.parquet")
        self.store.put(self.bucket, "silver/p=b/notes.txt", "x")
        self.run_dataset()
        self.assertEqual(self.keys(), ["silver/p=b/part-0.parquet", "silver/p=z/_SUCCESS"])

    def test_overwrite_replaces_the_whole_lake(self):
        self.to_s3(silver={"mode": "overwrite"})
        self.run_dataset()
        self.write("in/a.csv", "id,p\n9,z\n")
        self.run_dataset()
        self.assertEqual(self.keys(), ["silver/p=z/part-0.parquet"])
        self.assert_nothing_left()

    def test_append_adds_objects(self):
        self.to_s3(silver={"mode": "append", "partition_by": []})
        self.run_dataset()
        self.run_dataset()
        self.assertEqual(len(self.keys()), 2)
        self.assertEqual(len(self.lake("id")), 6)

    def test_a_lake_that_is_a_whole_bucket(self):
        self.to_s3(silver={"path": f"s3a://{self.bucket}", "mode": "overwrite"},
                   change={"quality": {"quarantine": "out/quarantine"}})
        self.run_dataset()
        self.run_dataset()
        self.assertEqual(self.keys(""), ["p=a/part-0.parquet", "p=b/part-0.parquet"])

    def test_the_quarantine_goes_there_too(self):
        self.to_s3()
        self.write("in/a.csv", ROWS + "bad\n")
        answer = self.run_dataset()
        self.assertEqual(self.lake("_failed_rules, _raw_record", prefix="quarantine"), [(["malformed:too_few_fields"], "bad")])
        self.assertIn(f"s3://{self.bucket}/quarantine/run_id=", self.crisol("runs", answer.summary["run_id"], "--db", "database.yml").out)

    def test_silver_here_and_quarantine_there_and_the_reverse(self):
        self.write("in/a.csv", ROWS + "bad\n")
        self.dataset({"quality": {"quarantine": f"s3a://{self.bucket}/quarantine"}})
        self.run_dataset()
        self.assertEqual(len(self.silver("id")), 3)
        self.assertEqual(len(self.lake("_raw_record", prefix="quarantine")), 1)
        self.to_s3({"quality": {"quarantine": "out/quarantine"}})
        self.run_dataset()
        self.assertEqual(len(self.lake("id")), 3)
        self.assertEqual(len(self.quarantine()), 1)
        self.assert_nothing_left()

    def test_partition_values_of_all_sorts_come_back(self):
        values = ["a/b", "a=b", "50%", "é", "a b", "007", "a+b", "~", "a'b"]
        self.write("in/a.csv", "id,p\n" + "".join(f"{i},{v}\n" for i, v in enumerate(values)))
        self.to_s3({"output": {"gold": {"enabled": False}}})
        self.run_dataset()
        self.run_dataset()
        self.assertEqual(sorted(p for p, in self.lake("p")), sorted(values))

    def test_the_columns_of_the_lake_are_compared(self):
        self.to_s3({"output": {"gold": {"enabled": False}}})
        self.run_dataset()
        self.write("in/a.csv", "id,p,new\n4,b,x\n")
        answer = self.run_dataset(exit=2)
        self.assert_refused(answer, '"new"', "merge_schema")
        self.to_s3({"output": {"gold": {"enabled": False}}}, silver={"merge_schema": True})
        self.run_dataset()
        self.assertEqual(self.lake("id, p", "new = 'x'"), [("4", "b")])

    def test_a_large_file_goes_in_several_parts(self):
        self.write("in/a.csv", "id,p\n" + "".join(f"{i},{'%032x' % (i * 7919 ** 9 % 2 ** 128)}\n" for i in range(700_000)))
        self.to_s3({"output": {"gold": {"enabled": False}}}, silver={"partition_by": [], "compression": "uncompressed"})
        answer = self.run_dataset()
        self.assertGreater(answer.summary["silver"]["bytes"], 20 * 1024 * 1024)
        self.assertEqual(self.lake("count(*), count(DISTINCT id)"), [(700_000, 700_000)])


class Failures(LakeCase):
    def test_a_refusal_leaves_nothing(self):
        self.to_s3({"quality": {"rules": [{"name": "r", "expr": "id < 2", "on_fail": "fail"}]}})
        self.run_dataset(exit=1)
        self.assertEqual(self.store.keys(self.bucket), [])
        self.assert_nothing_left()

    def test_a_database_that_fails_leaves_the_lake_as_it_was(self):
        self.to_s3()
        self.run_dataset()
        before = self.lake("*")
        self.write("in/a.csv", "id,p\n9,b\n")
        self.write("no-database", "text")
        self.write("database.yml", {"default": {"driver": "duckdb", "path": "no-database"}})
        self.run_dataset(exit=3)
        self.assertEqual(self.lake("*"), before)
        self.assert_nothing_left()

    def test_a_store_that_refuses_leaves_the_database_as_it_was(self):
        self.to_s3()
        self.run_dataset()
        self.write("in/a.csv", "id,p\n9,b\n")
        self.to_s3(silver={"path": "s3a://no-such-bucket/silver"})
        answer = self.run_dataset(exit=3)
        self.assert_refused(answer, "no-such-bucket", "NoSuchBucket")
        self.assertEqual(self.gold("SELECT id FROM gold.demo ORDER BY id"), [("1",), ("2",), ("3",)])

    def test_a_store_that_restarts_in_mid_run_is_waited_for(self):
        store = minio.Server()
        self.addCleanup(store.close)
        self.store, self.environment = store, {**self.environment, **store.environment}
        store.make_bucket(self.bucket)
        store.put(self.bucket, "in/a.csv", "id,p\n" + "".join(f"{i},{i % 50}\n" for i in range(1_000_000)))
        self.to_s3({"source": {"path": f"s3a://{self.bucket}/in/*.csv"}})
        process = self.start("run", "pipeline.yml", "--json")
        while "1 file" not in process.stderr.readline():   # the store was reached: now it is waited for
            self.assertIsNone(process.poll())
        store.stop()
        time.sleep(1)
        self.assertIsNone(process.poll(), "the run ended before the store was stopped")
        store.start()
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual(self.lake("count(*), count(DISTINCT id)"), [(1_000_000, 1_000_000)])

    def test_a_store_that_stays_away_after_the_commit_is_finished_by_recover(self):
        """The process is killed after the database's commit: silver is the old one, then the new one."""
        self.to_s3()
        self.run_dataset()
        self.write("in/a.csv", "id,p\n9,b\n")
        for n in range(1, 100):
            process = self.start("run", "pipeline.yml", env={"CRISOL_FAULT": str(n)})
            process.communicate(timeout=60)
            if self.gold("SELECT count(*) FROM gold.demo WHERE id = '9'") == [(1,)]:
                break
        self.assertEqual(self.lake("id", "p = 'b'"), [("2",), ("3",)])
        self.assertIn("finished", self.crisol("recover", "pipeline.yml").err)
        self.assertEqual(self.lake("id", "p = 'b'"), [("9",)])
        self.assert_nothing_left()


class Lock(LakeCase):
    def lock_key(self):
        return ".silver.crisol/demo/lock"

    def hold(self, machine="elsewhere x", run="20200101T000000Z-00000000"):
        self.store.put(self.bucket, self.lock_key(), f'run {run} of dataset "demo", process 7 on far\n{machine} 7 7\n{run}\n1\n')

    def test_a_second_run_is_told_who_holds_the_dataset(self):
        self.to_s3()
        self.hold()
        answer = self.run_dataset(exit=4)
        self.assert_refused(answer, "process 7 on far", "another run holds the dataset", self.lock_key())
        self.assertEqual(self.store.keys(self.bucket), [self.lock_key()])

    def test_two_runs_at_once_are_one_after_another_or_refused(self):
        self.to_s3({"output": {"gold": {"enabled": False}}}, silver={"mode": "append"})
        self.write("config/env.yml", {"duckdb": {"threads": 1}})
        processes = [self.start("run", "pipeline.yml", cwd=self.directory_of(i)) for i in range(4)]
        exits = [(process.communicate(timeout=120), process.returncode)[1] for process in processes]
        self.assertTrue(set(exits) <= {0, 4}, exits)
        self.assertGreaterEqual(exits.count(0), 1)
        self.assertEqual(len(self.lake("id")), 3 * exits.count(0))
        self.assertEqual([key for key in self.store.keys(self.bucket) if ".crisol" in key], [])

    def directory_of(self, i):
        """A folder of its own: another state, as on another machine."""
        directory = self.root / f"machine-{i}"
        (directory / "in").mkdir(parents=True)
        (directory / "in/a.csv").write_text(ROWS)
        (directory / "pipeline.yml").write_bytes((self.root / "pipeline.yml").read_bytes())
        return directory

    def test_the_lock_of_a_process_that_is_gone_is_taken_over(self):
        self.to_s3()
        process = self.start("run", "pipeline.yml", env={"CRISOL_FAULT": "1"})
        process.communicate(timeout=60)
        self.assertEqual(self.store.keys(self.bucket), [self.lock_key()])
        self.assertIn("taken over", self.run_dataset().err)
        self.assert_nothing_left()


class OtherMachine(LakeCase):
    """Section 4: a run on another machine died; the intent lies with the lake, the decision in the database."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = postgresql.server()

    def test_its_run_is_finished_or_undone(self):
        for n in range(1, 60):
            with self.subTest(point=n):
                self.server.sql("DROP DATABASE IF EXISTS other WITH (FORCE)")
                self.server.sql("CREATE DATABASE other")
                for key in self.store.keys(self.bucket):
                    self.store.delete(self.bucket, key)
                self.to_s3({"source": {"path": f"s3a://{self.bucket}/in/*.csv"}})
                self.write("database.yml", {"default": {
                    "driver": "postgresql", "host": "127.0.0.1", "port": self.server.port, "database": "other",
                    "user": "admin", "password": self.server.password}})
                self.store.put(self.bucket, "in/a.csv", ROWS)
                self.run_dataset()
                self.store.put(self.bucket, "in/a.csv", "id,p\n9,b\n")
                process = self.start("run", "pipeline.yml", env={"CRISOL_FAULT": str(n)})
                process.communicate(timeout=60)
                if process.returncode == 0:
                    break
                committed = self.server.sql("SELECT id FROM gold.demo WHERE id = '9'", "other") == ["9"]
                other = self.root / "other-machine"
                other.mkdir(exist_ok=True)
                for name in ("pipeline.yml", "database.yml"):
                    (other / name).write_bytes((self.root / name).read_bytes())
                self.crisol("recover", "pipeline.yml", cwd=other)
                expected = [("9",)] if committed else [("2",), ("3",)]
                self.assertEqual(self.lake("id", "p = 'b'"), expected, n)
                self.assertEqual(sorted(self.server.sql("SELECT id FROM gold.demo WHERE p = 'b' ORDER BY 1", "other")),
                                 [row[0] for row in expected], n)
                self.assertEqual([key for key in self.store.keys(self.bucket) if ".crisol" in key], [], n)
        self.assertGreater(n, 8)


if __name__ == "__main__":
    unittest.main()
