"""A run among others: signals, a second run, what a failure leaves behind."""

import pathlib
import shutil
import signal
import sys
import time

from harness import Case, json, subprocess, unittest

ROWS = 1500000


class Running(Case):
    def await_lock(self):
        """Until a run holds its dataset; the limit is for one that hangs."""
        deadline = time.monotonic() + 120
        while not any(lock.stat().st_size for lock in (self.root / "out").glob(".*.crisol/*/lock")):
            self.assertLess(time.monotonic(), deadline, "no run took the lock")
            time.sleep(0.02)


class Signals(Running):
    def interrupted(self, number):
        """A run that gets the signal once it holds its lock: seconds say nothing on a busy machine."""
        self.crisol("generate", "payments", "in", "--rows", ROWS, "--files", 2)
        self.dataset_with_gold({"quality": {"rules": [
            {"name": f"r{n}", "expr": f"`Payment ID` RLIKE '^PAY-.*[A-Z{n}]$'", "on_fail": "warn"} for n in range(10)]}})
        process = self.start("run", "pipeline.yml", "--json")
        self.await_lock()
        self.assertIsNone(process.poll(), "the run ended before the signal")
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def test_sigint_stops_the_run_and_changes_nothing(self):
        code, out, err = self.interrupted(signal.SIGINT)
        self.assertEqual(code, 130, err)
        self.assertEqual(self.files_below("out"), [])
        self.assertEqual(json.loads(out)["status"], "failed")
        self.assertIn("interrupted", err)

    def test_sigterm_is_the_same_with_143(self):
        code, _, err = self.interrupted(signal.SIGTERM)
        self.assertEqual(code, 143, err)
        self.assertEqual(self.files_below("out"), [])

    def test_the_next_run_works(self):
        self.interrupted(signal.SIGINT)
        self.write("in/payments_batch_001.csv", "id\n1\n")
        (self.root / "in/payments_batch_002.csv").unlink()
        self.dataset_with_gold()
        self.run_dataset()
        self.assertEqual(self.silver("id"), [("1",)])


class Lock(Running):
    def test_a_second_run_of_the_dataset_exits_4_and_names_the_first(self):
        self.crisol("generate", "payments", "in", "--rows", ROWS, "--files", 2)
        self.dataset({"quality": {"rules": [
            {"name": f"r{n}", "expr": f"`Payment ID` RLIKE '^PAY-.*[A-Z{n}]$'", "on_fail": "warn"} for n in range(10)]}})
        first = self.start("run", "pipeline.yml", "--quiet")
        try:
            self.await_lock()
            second = self.run_dataset(exit=4)
            self.assertIn(str(first.pid), second.err)
        finally:
            first.send_signal(signal.SIGINT)
            first.communicate()
        self.run_dataset()


class Servers(unittest.TestCase):
    def test_a_server_dies_with_the_program_that_started_it_however_that_ends(self):
        code = ("import {module}, sys; s = {module}.Server(); print(s.process.pid, s.directory, flush=True); "
                "sys.stdin.read()")
        for module in ("postgresql", "minio"):
            with self.subTest(module=module):
                owner = subprocess.Popen([sys.executable, "-c", code.format(module=module)], text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                pid, directory = owner.stdout.readline().split()
                self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
                owner.kill()
                owner.communicate()
                deadline = time.monotonic() + 60
                while is_running(pid):
                    self.assertLess(time.monotonic(), deadline, f"process {pid} has outlived its owner")
                    time.sleep(0.05)


def is_running(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Together(Case):
    def test_runs_of_two_datasets_into_one_duckdb_file_wait_for_each_other(self):
        self.write("in/a.csv", "id\n" + "".join(f"{n}\n" for n in range(200000)))
        names = [f"set{n}" for n in range(3)]
        for name in names:
            self.dataset_with_gold({"id": name, "output": {"silver": {"path": f"out/{name}"}}}, name=f"{name}.yml")
        processes = [self.start("run", f"{name}.yml", "--quiet") for name in names]
        for process in processes:
            _, err = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, err)
        for name in names:
            self.assertEqual(self.gold(f"SELECT count(*) FROM gold.{name}"), [(200000,)])


if __name__ == "__main__":
    unittest.main()
