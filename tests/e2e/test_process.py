"""A run among others: signals, a second run, what a failure leaves behind."""

import signal
import time

from harness import Case, json, unittest

ROWS = 1500000


class Signals(Case):
    def interrupted(self, number, wait):
        self.crisol("generate", "payments", "in", "--rows", ROWS, "--files", 2)
        self.dataset_with_gold({"quality": {"rules": [
            {"name": f"r{n}", "expr": f"`Payment ID` RLIKE '^PAY-.*[A-Z{n}]$'", "on_fail": "warn"} for n in range(10)]}})
        process = self.start("run", "pipeline.yml", "--json")
        time.sleep(wait)
        self.assertIsNone(process.poll(), "the run ended before the signal")
        sent = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        return process.returncode, time.monotonic() - sent, out, err

    def test_sigint_stops_the_run_and_changes_nothing(self):
        code, seconds, out, err = self.interrupted(signal.SIGINT, 1.0)
        self.assertEqual(code, 130, err)
        self.assertLess(seconds, 2)
        self.assertEqual(self.files_below("out"), [])
        self.assertEqual(json.loads(out)["status"], "failed")
        self.assertIn("interrupted", err)

    def test_sigterm_is_the_same_with_143(self):
        code, seconds, _, err = self.interrupted(signal.SIGTERM, 0.6)
        self.assertEqual(code, 143, err)
        self.assertLess(seconds, 2)
        self.assertEqual(self.files_below("out"), [])

    def test_the_next_run_works(self):
        self.interrupted(signal.SIGINT, 0.7)
        self.write("in/payments_batch_001.csv", "id\n1\n")
        (self.root / "in/payments_batch_002.csv").unlink()
        self.dataset_with_gold()
        self.run_dataset()
        self.assertEqual(self.silver("id"), [("1",)])


class Lock(Case):
    def test_a_second_run_of_the_dataset_exits_4_and_names_the_first(self):
        self.crisol("generate", "payments", "in", "--rows", ROWS, "--files", 2)
        self.dataset({"quality": {"rules": [
            {"name": f"r{n}", "expr": f"`Payment ID` RLIKE '^PAY-.*[A-Z{n}]$'", "on_fail": "warn"} for n in range(10)]}})
        first = self.start("run", "pipeline.yml", "--quiet")
        try:
            deadline = time.monotonic() + 20
            while not list((self.root / "out").glob(".*.crisol/*/lock")) and time.monotonic() < deadline:
                time.sleep(0.02)
            time.sleep(0.2)
            second = self.run_dataset(exit=4)
            self.assertIn(str(first.pid), second.err)
        finally:
            first.send_signal(signal.SIGINT)
            first.communicate()
        self.run_dataset()


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
