"""A run on a cluster that cannot be reached, refuses, dies, freezes or is interrupted: what is said, and that readers see what they
saw before. The server cuts each stream after a second, which must not be noticed."""

import os
import pathlib
import signal
import threading
import unittest

import harness
import servers
import spark
from spark import TOKEN, cluster, server

ROWS = 5_000


class Case(harness.Case):
    def setUp(self):
        super().setUp()
        for name in list(self.environment):
            if name.startswith(("SPARK_", "GRPC_", "SSL_")):
                del self.environment[name]
        self.write("in/a.csv", "id,amount\n1,1.5\n2,x\n")
        self.dataset({"standardization": {"casts": [{"column": "amount", "to": "decimal(18,2)", "on_error": "quarantine"}]}})

    def at(self, remote):
        return {"SPARK_REMOTE": remote, "CRISOL_HASTE": "10"}

    def refused(self, env, exit, *parts, arguments=()):
        answer = self.crisol("run", "pipeline.yml", "--engine", "spark", *arguments, exit=exit, env=env)
        for part in parts:
            self.assertIn(part, answer.err)
        self.assertFalse((self.root / "out").exists() and self.files_below("out"), "something was published")
        return answer


class Addresses(Case):
    def test_without_an_address_the_config_is_wrong(self):
        self.refused({}, 2, "the engine spark has no cluster", "SPARK_REMOTE", "spark.remote")

    def test_an_address_that_is_none_is_shown_at_its_place(self):
        self.write("config/env.yml", {"spark": {"remote": "spark://h:7077"}})
        self.refused({}, 2, "env.yml:3:16", "no sc:// at its beginning")
        self.write("config/env.yml", {"spark": {"remote": "sc://h:99999/;token=s3cret-of-a-file"}})
        self.assertNotIn("s3cret-of-a-file", self.refused({}, 2, "the port \"99999\"").err)
        answer = self.refused(self.at("sc://h/;token=s3cret-of-a-variable;use_ssl=maybe"), 2, "use_ssl=maybe",
                              "while reading the environment variable SPARK_REMOTE")
        self.assertNotIn("s3cret-of-a-variable", answer.err)

    def test_a_cluster_that_nobody_finds_is_of_the_environment(self):
        self.refused(self.at(f"sc://127.0.0.1:{servers.free_port()}"), 3, "could not reach Spark at \"sc://127.0.0.1:")

    def test_check_says_so_too(self):
        answer = self.crisol("check", "pipeline.yml", "--engine", "spark", exit=2)
        self.assertIn("the engine spark has no cluster", answer.err + answer.out)


class Clusters(Case):
    def setUp(self):
        super().setUp()
        self.server = server()
        self.cluster = self.at(self.server.remote)

    def publish(self):
        """A first run, of other rows: what readers see from then on."""
        self.run_dataset()
        self.write("in/a.csv", "id,amount\n" + "".join(f"{i},{i}.5\n" for i in range(ROWS)))
        return self.snapshot()

    def start_on_spark(self):
        """A run that has its session, and statements under way."""
        process = self.start("run", "pipeline.yml", "--engine", "spark", env=self.cluster)
        for line in process.stderr:
            if "Spark 4." in line:
                return process
        self.fail("the run has ended: " + process.communicate()[1])

    def finish(self, process):
        out, err = process.communicate(timeout=120)
        self.assertNotIn("Sanitizer", err)
        return process.returncode, err

    def published_by_the_next_run(self):
        answer = self.crisol("run", "pipeline.yml", "--engine", "spark", "--json", env=self.cluster)
        self.assertEqual(answer.rows["passed"], ROWS)
        self.assertEqual(len(self.table("out/silver", "id")), ROWS)

    def test_a_token_that_is_wrong_is_refused_and_not_shown(self):
        for remote in (f"sc://127.0.0.1:{self.server.port}/;token=wr0ng-token-here", f"sc://127.0.0.1:{self.server.port}"):
            answer = self.refused(self.at(remote), 3, "refuses", "SPARK_CONNECT_AUTHENTICATE_TOKEN", arguments=("--verbose",))
            self.assertNotIn("wr0ng-token-here", answer.err)

    def test_a_run_says_which_application_and_shows_no_token(self):
        answer = self.crisol("run", "pipeline.yml", "--engine", "spark", "--verbose", env=self.cluster)
        self.assertIn("application local-", answer.err)
        self.assertNotIn(TOKEN, answer.err + answer.out)

    def test_an_interrupted_run_publishes_nothing_and_frees_the_cores(self):
        before = self.publish()
        for number, exit in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(signal=number):
                process = self.start_on_spark()
                process.send_signal(number)
                code, err = self.finish(process)
                self.assertEqual(code, exit, err)
                self.assertEqual(self.snapshot(), before)
        self.published_by_the_next_run()

    def test_a_server_that_is_killed_in_mid_run_is_lost_and_nothing_is_published(self):
        before = self.publish()
        process = self.start_on_spark()
        self.server.stop()
        try:
            code, err = self.finish(process)
        finally:
            self.server.start()
        self.assertEqual(code, 3, err)
        self.assertIn("lost Spark at", err)
        self.assertEqual(self.snapshot(), before)
        self.published_by_the_next_run()

    def test_a_frozen_server_is_lost_and_an_interruption_does_not_wait_for_it(self):
        before = self.publish()
        for stop in (False, True):
            with self.subTest(interrupted=stop):
                self.cluster = self.at(self.server.remote + ";grpc_keepalive_time_ms=1500;grpc_keepalive_timeout_ms=1500"
                                       if not stop else self.server.remote)
                process = self.start_on_spark()
                self.server.process.send_signal(signal.SIGSTOP)
                try:
                    if stop:
                        threading.Event().wait(0.3)
                        process.send_signal(signal.SIGINT)
                    code, err = self.finish(process)
                finally:
                    self.server.process.send_signal(signal.SIGCONT)
                self.assertEqual(code, 130 if stop else 3, err)
                self.assertEqual(self.snapshot(), before)


class Executors(Case):
    def test_one_that_is_killed_has_its_tasks_done_by_another(self):
        for name, rows in (("a", 30_000), ("b", 30_000), ("c", 200_000)):
            self.write(f"in/{name}.csv", "id,amount\n" + "".join(f"{name}{i},{i}\n" for i in range(rows)))
        process = self.start("run", "pipeline.yml", "--engine", "spark", env=cluster().environment)
        while process.poll() is None and not any(self.root.glob("out/.silver.crisol/demo/*/spark/staged")):
            threading.Event().wait(0.02)
        executors = [pid for pid in spark.children(cluster().process.pid) if b"CoarseGrainedExecutorBackend" in command_line(pid)]
        self.assertEqual(len(executors), 2)
        os.kill(executors[0], signal.SIGKILL)
        out, err = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual(self.silver("count(*), count(DISTINCT id)"), [(260000, 260000)])


def command_line(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    unittest.main()
