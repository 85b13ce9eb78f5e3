"""One DuckDB file, many that want it: who holds it is waited for and named, and a run holds it only while it writes.

What stops or hurries a run needs a build with CRISOL_FAULTS (scripts/test.sh makes one)."""

import os
import pathlib
import shutil
import signal
import sys
import time

import duckdb
from harness import CRISOL, Case, json, subprocess, unittest

HANG = 120   # seconds: only against a test that never ends


def is_stopped(process):
    return pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"


class LockCase(Case):
    def wait_until(self, is_so, process=None, what="what was waited for"):
        end = time.monotonic() + HANG
        while not is_so():
            self.assertLess(time.monotonic(), end, f"{what} did not happen")
            if process is not None:
                self.assertIsNone(process.poll(), f"the run ended before {what}")
            time.sleep(0.01)

    def stopped(self, n, *arguments, env=None):
        """A run that has stopped itself at its n-th point; None where it has fewer. It is killed at the end."""
        process = self.start(*arguments, env={"CRISOL_FAULT": f"{n}:stop", **(env or {})})
        self.addCleanup(self.end, process)
        self.wait_until(lambda: process.poll() is not None or is_stopped(process))
        return process if process.poll() is None else None

    def end(self, process):
        if process.poll() is None:
            process.kill()
            process.communicate()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()

    def goes_on(self, process):
        process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=HANG)
        return process.returncode, out, err

    def holder(self, read_only=False, executable=sys.executable, env=None):
        """Another program that has the file open until it is killed."""
        program = (f"import duckdb, time; c = duckdb.connect({str(self.root / 'warehouse.duckdb')!r}, "
                   f"read_only={read_only}); print('open', flush=True); time.sleep(1000)")
        process = subprocess.Popen([executable, "-c", program], stdout=subprocess.PIPE, text=True,
                                   env={**os.environ, **(env or {})})
        self.addCleanup(self.end, process)
        self.assertEqual(process.stdout.readline(), "open\n")
        return process

    def is_free(self, read_only=False):
        try:
            duckdb.connect(str(self.root / "warehouse.duckdb"), read_only=read_only).close()
            return True
        except duckdb.Error:
            return False


class DuckDbFile(LockCase):
    def setUp(self):
        super().setUp()
        self.write("in/a.csv", "id,x\n1,a\n2,b\n")
        self.dataset_with_gold()

    def stopped_with_the_file(self):
        """A run that stopped itself while it writes gold."""
        for n in range(1, 40):
            process = self.stopped(n, "run", "pipeline.yml", "--quiet")
            self.assertIsNotNone(process, "this build has no fault points, or no run holds the file")
            if list((self.root / "out").glob(".*.crisol/*/*/silver")) and not self.is_free():
                return process
            self.end(process)

    def stopped_without_the_file(self):
        """A run that stopped itself when it had read its sources."""
        for n in range(1, 40):
            process = self.stopped(n, "run", "pipeline.yml", "--quiet")
            self.assertIsNotNone(process, "this build has no fault points, or a run holds the file to its end")
            if list((self.root / "out").glob(".*.crisol/*/*/silver")):
                self.assertTrue(self.is_free())
                return process
            self.end(process)

    def test_another_program_is_waited_for_then_named_with_exit_3(self):
        self.run_dataset()
        before = self.snapshot()
        holder = self.holder()
        answer = self.run_dataset(exit=3, env={"CRISOL_HASTE": "60"})
        self.assert_refused(answer, f"(PID {holder.pid})", os.path.basename(os.path.realpath(sys.executable)),
                            "waiting for it", "another process", "close that program")
        self.assertEqual(self.snapshot(), before)

    def test_a_program_whose_path_has_the_letters_of_crisol_is_another_program(self):
        python = self.root / "opt/crisol/bin/crisol"
        python.parent.mkdir(parents=True)
        shutil.copy(os.path.realpath(sys.executable), python)
        self.run_dataset()
        holder = self.holder(executable=str(python), env={"PYTHONHOME": sys.base_prefix,
                                                          "PYTHONPATH": os.path.dirname(os.path.dirname(duckdb.__file__))})
        answer = self.run_dataset(exit=3, env={"CRISOL_HASTE": "60"})
        self.assert_refused(answer, f"{python} (PID {holder.pid})", "another process")

    def test_another_run_is_waited_for_then_named_with_exit_4(self):
        first = self.stopped_with_the_file()
        self.dataset_with_gold({"id": "other", "output": {"silver": {"path": "out/other"}}}, "other.yml")
        answer = self.run_dataset(exit=4, dataset="other.yml", env={"CRISOL_HASTE": "60"})
        self.assert_refused(answer, f"(PID {first.pid})", "another run of crisol", "waiting for it")
        self.assertEqual(self.files_below("out/other"), [])
        code, _, err = self.goes_on(first)
        self.assertEqual(code, 0, err)
        self.run_dataset(dataset="other.yml")
        self.assertEqual(self.gold("SELECT id FROM gold.demo ORDER BY id"), [("1",), ("2",)])

    def test_a_renamed_crisol_is_a_crisol(self):
        name = self.root / "etl"
        shutil.copy(CRISOL, name)
        library = os.path.dirname(os.path.realpath(CRISOL))
        first = None
        for n in range(1, 40):
            first = subprocess.Popen([str(name), "run", "pipeline.yml", "--quiet"], cwd=self.root, text=True,
                                     env={**self.environment, "CRISOL_FAULT": f"{n}:stop", "LD_LIBRARY_PATH": library},
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.addCleanup(self.end, first)
            self.wait_until(lambda: first.poll() is not None or is_stopped(first))
            self.assertIsNone(first.poll(), "this build has no fault points, or no run holds the file")
            if list((self.root / "out").glob(".*.crisol/*/*/silver")) and not self.is_free():
                break
            self.end(first)
        answer = self.crisol("runs", "--db", "database.yml", exit=4, env={"CRISOL_HASTE": "60"})
        self.assert_refused(answer, f"{name} (PID {first.pid})", "another run of crisol")

    def test_a_file_that_is_let_go_of_in_time_is_taken(self):
        for read_only in (False, True):
            with self.subTest(read_only=read_only):
                self.run_dataset()
                holder = self.holder(read_only)
                process = self.start("run", "pipeline.yml", "--json")
                self.addCleanup(self.end, process)
                while "waiting for it" not in (line := process.stderr.readline()):
                    self.assertNotEqual(line, "", "the run did not wait")
                self.end(holder)
                out, err = process.communicate(timeout=HANG)
                self.assertEqual(process.returncode, 0, err)
                self.assertEqual(json.loads(out)["rows"]["gold"], 2)

    def test_a_signal_ends_the_wait(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(signal=number):
                self.run_dataset()
                holder = self.holder()
                process = self.start("run", "pipeline.yml", "--json")
                self.addCleanup(self.end, process)
                while "waiting for it" not in (line := process.stderr.readline()):
                    self.assertNotEqual(line, "", "the run did not wait")
                process.send_signal(number)
                out, err = process.communicate(timeout=30)   # a wait that goes on takes a minute
                self.assertEqual(process.returncode, code, err)
                self.end(holder)

    def test_readers_work_while_a_run_reads(self):
        self.run_dataset()
        first = self.stopped_without_the_file()
        self.assertEqual(len(self.gold("SELECT id FROM gold.demo")), 2)
        answer = self.crisol("runs", "--db", "database.yml")
        self.assertIn("started", answer.out)
        self.dataset_with_gold({"id": "other", "output": {"silver": {"path": "out/other"}}}, "other.yml")
        self.run_dataset(dataset="other.yml")
        code, _, err = self.goes_on(first)
        self.assertEqual(code, 0, err)
        self.assertNotIn("started", self.crisol("runs", "--db", "database.yml").out)

    def test_readers_of_the_own_ledger_of_a_dataset_without_gold_work_while_a_run_reads(self):
        self.dataset()
        self.run_dataset()
        for n in range(1, 40):
            first = self.stopped(n, "run", "pipeline.yml", "--quiet")
            self.assertIsNotNone(first)
            if list((self.root / "out").glob(".*.crisol/*/*/silver")):
                break
            self.end(first)
        self.assertIn("started", self.crisol("runs").out)
        code, _, err = self.goes_on(first)
        self.assertEqual(code, 0, err)
        self.assertEqual(self.crisol("runs").out.count("completed"), 2)

    def test_a_file_that_was_replaced_while_a_run_read_is_not_written(self):
        self.run_dataset()
        before = self.snapshot()
        for name, change in (("removed", lambda path: path.unlink()),
                             ("replaced", lambda path: (shutil.copy(path, f"{path}.new"), os.replace(f"{path}.new", path)))):
            with self.subTest(name):
                first = self.stopped_without_the_file()
                change(self.root / "warehouse.duckdb")
                code, _, err = self.goes_on(first)
                self.assertEqual(code, 3, err)
                self.assertIn("removed or replaced", err)
                self.assertEqual((self.root / "warehouse.duckdb").exists(), name == "replaced")
                self.run_dataset()
                self.assertEqual(len(self.gold("SELECT id FROM gold.demo")), 2)
        self.assertEqual(sorted(before)[0].split("/")[:2], ["out", "silver"])

    def test_a_gold_table_that_was_changed_while_a_run_read_is_looked_at_again(self):
        self.run_dataset()
        before = self.snapshot()
        first = self.stopped_without_the_file()
        with duckdb.connect(str(self.root / "warehouse.duckdb")) as connection:
            connection.execute("UPDATE gold.demo SET id = '1'; ALTER TABLE gold.demo ALTER id TYPE INTEGER")
        code, _, err = self.goes_on(first)
        self.assertEqual(code, 2, err)
        self.assertIn("gold column \"id\"", err)
        self.assertEqual(self.snapshot(), before)

    def test_metadata_that_was_removed_while_a_run_read_is_no_defect(self):
        self.run_dataset()
        before = self.snapshot()
        first = self.stopped_without_the_file()
        with duckdb.connect(str(self.root / "warehouse.duckdb")) as connection:
            connection.execute("DROP SCHEMA metadata CASCADE")
        code, _, err = self.goes_on(first)
        self.assertIn(code, (3, 4), err)
        self.assertEqual(self.snapshot(), before)
        self.run_dataset()


if __name__ == "__main__":
    unittest.main()
