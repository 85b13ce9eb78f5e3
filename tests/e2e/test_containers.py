"""Runs in process namespaces of their own, as containers have them: each is process 1 there, and they share a state
directory."""

import os
import pathlib
import shutil
import signal
import sys

from harness import CRISOL, json, unittest
from test_locks import HANG, LockCase, subprocess

UNSHARE = ["unshare", "--map-root-user", "--pid", "--fork", "--mount-proc"]


def works():
    return shutil.which("unshare") is not None and subprocess.run([*UNSHARE, "true"], capture_output=True).returncode == 0


@unittest.skipUnless(works(), "this system gives no process namespaces")
class Containers(LockCase):
    def contained(self, *arguments, env=None):
        process = subprocess.Popen([*UNSHARE, CRISOL, *arguments], cwd=self.root, env={**self.environment, **(env or {})},
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        return process

    def spilling_dataset(self, name):
        self.write(f"{name}.yml", {
            "id": name, "source": {"input_format": "csv", "path": "in/*.csv", "options": {"header": True}},
            "standardization": {"deduplicate": {"key": ["id"], "order_by": ["x"]}},
            "output": {"silver": {"path": f"out/{name}", "mode": "overwrite"}}})

    def spills(self):
        return [path for path in (self.root / "state").iterdir() if path.name.startswith("spill-")]

    def test_two_containers_spill_into_one_state_directory(self):
        self.write("env.yml", {"state": "state", "duckdb": {"memory_limit": "60MB", "threads": 2}})
        self.write("in/a.csv", "id,x\n" + "".join(f"{n % 90000},{'x' * 60}{n}\n" for n in range(120000)))
        names = ["left", "right"]
        for name in names:
            self.spilling_dataset(name)
        runs = [self.contained("run", f"{name}.yml", "--env", "env.yml", "--json", "--quiet") for name in names]
        for run in runs:
            out, err = run.communicate(timeout=HANG)
            self.assertEqual(run.returncode, 0, err)
            self.assertEqual(json.loads(out)["rows"]["silver"], 90000)
        self.assertEqual(self.spills(), [])

    def test_what_a_killed_run_has_left_is_removed_by_the_next_command_that_reads_rows(self):
        self.write("env.yml", {"state": "state"})
        self.write("in/a.csv", "id,x\n1,a\n")
        self.spilling_dataset("left")
        for command in (["run", "left.yml"], ["eval", "id = '1'", "-d", "left.yml"]):
            with self.subTest(command=command[0]):
                process = None
                for n in range(1, 40):
                    process = self.stopped(n, "run", "left.yml", "--env", "env.yml")
                    self.assertIsNotNone(process, "this build has no fault points, or no run spills")
                    if (self.root / "state").exists() and self.spills():
                        break
                    self.end(process)
                left, = self.spills()
                self.spilling_dataset("right")
                self.crisol("run", "right.yml", "--env", "env.yml")
                self.assertEqual(self.spills(), [left], "a stopped run is alive")
                process.send_signal(signal.SIGKILL)
                process.communicate()
                self.crisol(*command, "--env", "env.yml")
                self.assertEqual(self.spills(), [])

    def test_check_and_plan_write_nothing(self):
        self.write("env.yml", {"state": "state"})
        self.write("in/a.csv", "id,x\n1,a\n")
        self.spilling_dataset("left")
        for command in ("check", "plan"):
            run = self.contained(command, "left.yml", "--env", "env.yml")
            _, err = run.communicate(timeout=HANG)
            self.assertEqual(run.returncode, 0, err)
        self.assertFalse((self.root / "state").exists())

    def test_a_signal_ends_a_run_that_is_process_1(self):
        self.write("in/a.csv", "id,x\n" + "".join(f"{n},{n}\n" for n in range(1000)))
        self.dataset_with_gold()
        self.run_dataset()
        self.holder()
        process = self.contained("run", "pipeline.yml", "--json")
        while "waiting for it" not in (line := process.stderr.readline()):
            self.assertNotEqual(line, "", "the run did not wait")
        for child in pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGTERM)
        _, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 143, err)

    def test_a_holder_in_another_namespace_is_waited_for_and_said_to_be_out_of_sight(self):
        self.write("in/a.csv", "id,x\n1,a\n")
        self.dataset_with_gold()
        self.run_dataset()
        self.holder(executable=sys.executable)
        process = self.contained("run", "pipeline.yml", "--json", env={"CRISOL_HASTE": "60"})
        _, err = process.communicate(timeout=HANG)
        self.assertEqual(process.returncode, 3, err)
        self.assertIn("cannot be seen from here", err)


del LockCase


if __name__ == "__main__":
    unittest.main()
