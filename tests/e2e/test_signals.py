"""A signal ends crisol wherever it waits. A test's limit is for what hangs; that the program was not cut short is seen from
what it still said: its summary, its record of the failure."""

import os
import signal
import socket
import time

import minio
import postgresql
import stall
from harness import CRISOL, Case, json, subprocess, unittest

HANG = 60  # seconds
EXITS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 143}


class Signals(Case):
    def interrupt(self, process, number=signal.SIGINT):
        process.send_signal(number)
        out, err = process.communicate(timeout=HANG)
        self.assertEqual(process.returncode, EXITS[number], err)
        self.assertFalse("Sanitizer" in err, err)
        return out, err

    def until(self, condition, process):
        deadline = time.monotonic() + HANG
        while not condition():
            self.assertIsNone(process.poll(), "it has ended by itself")
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def gold_in(self, port, text="id,n\na,1\n", **database):
        self.write("in/a.csv", text)
        self.write("database.yml", {"default": {"driver": "postgresql", "host": "127.0.0.1", "port": port, "database": "postgres",
                                                "user": "admin", "password_env": "TEST_PASSWORD", "pool": {"connect_timeout": 600},
                                                **database}})
        self.dataset({"output": {"gold": {"enabled": True, "database_config": "database.yml"}}})


class Everywhere(Signals):
    def test_commands_that_wait_for_a_server_that_never_speaks(self):
        self.environment["TEST_PASSWORD"] = "x"
        for words in (["run", "pipeline.yml"], ["recover", "pipeline.yml"], ["runs", "--db", "database.yml"],
                      ["lineage", "gold.demo", "--db", "database.yml"], ["db", "check", "--db", "database.yml"],
                      ["db", "init", "--db", "database.yml"]):
            for number in EXITS:
                with self.subTest(command=words[0], number=number):
                    deaf = stall.Proxy(0)
                    self.addCleanup(deaf.close)
                    self.gold_in(deaf.port)
                    process = self.start(*words)
                    self.until(deaf.stalled.is_set, process)
                    _, err = self.interrupt(process, number)
                    self.assertIn("error: interrupted", err)
                    self.assertNotIn("does not end", err)

    def test_a_name_that_is_not_found_in_time(self):
        """The name server is one that never answers: getaddrinfo cannot be interrupted."""
        resolver = self.write("resolv.conf", "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n")
        nsswitch = self.write("nsswitch.conf", "hosts: dns\n")
        wrapped = ["unshare", "--mount", "sh", "-c",
                   f"mount --bind {resolver} /etc/resolv.conf && mount --bind {nsswitch} /etc/nsswitch.conf && exec \"$@\"", "sh"]
        if subprocess.run([*wrapped, "true"], capture_output=True).returncode != 0 or not self.hears_names():
            self.skipTest("no name server can be put in place here")
        self.environment |= {"TEST_PASSWORD": "x", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
        self.gold_in(5432, host="warehouse.nowhere.example")
        self.environment["AWS_ENDPOINT_URL"] = "http://store.nowhere.example"
        self.dataset({"source": {"path": "s3a://bucket/in/*.csv"}}, "remote.yml")
        for words in (["runs", "--db", "database.yml"], ["check", "remote.yml"]):
            with self.subTest(command=words[0]), socket.socket(type=socket.SOCK_DGRAM) as deaf:
                deaf.bind(("127.0.0.1", 53))
                deaf.settimeout(HANG)
                process = subprocess.Popen([*wrapped, CRISOL, *words], cwd=self.root, env=self.environment, text=True,
                                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                deaf.recv(512)
                _, err = self.interrupt(process)
                self.assertNotIn("does not end", err)

    @staticmethod
    def hears_names():
        with socket.socket(type=socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("127.0.0.1", 53))
            except OSError:
                return False
        return True

    def test_a_file_that_nobody_writes_ends_it_all_the_same(self):
        """Nothing but the alarm ends an open() that waits."""
        os.mkfifo(self.root / "pipeline.yml")
        for words in (["check", "pipeline.yml"], ["run", "pipeline.yml"], ["recover", "pipeline.yml"]):
            with self.subTest(command=words[0]):
                process = self.start(*words)
                time.sleep(1)  # to be in it, and not on the way to it, where it ends as well
                _, err = self.interrupt(process, signal.SIGTERM)
                self.assertIn("error: interrupted", err)

    def test_nohup_is_respected(self):
        deaf = stall.Proxy(0)
        self.addCleanup(deaf.close)
        self.environment["TEST_PASSWORD"] = "x"
        self.gold_in(deaf.port)
        process = subprocess.Popen(["nohup", CRISOL, "run", "pipeline.yml"], cwd=self.root, env=self.environment,
                                   text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.until(deaf.stalled.is_set, process)
        process.send_signal(signal.SIGHUP)
        time.sleep(1)
        self.assertIsNone(process.poll())
        self.interrupt(process)


class FrozenServer(Signals):
    """A PostgreSQL that is stopped, in part or whole, while it is used; it goes on at the end of the test."""

    MANY = "id,n\n" + "".join(f"{n},{n}\n" for n in range(300_000))

    def setUp(self):
        super().setUp()
        self.server = postgresql.Server()
        self.frozen = []
        self.addCleanup(self.server.close)
        self.addCleanup(self.thaw)
        self.environment["TEST_PASSWORD"] = self.server.password
        self.gold_in(self.server.port)
        self.run_dataset()

    def freeze(self, pid):
        os.kill(pid, signal.SIGSTOP)
        self.frozen.append(pid)

    def thaw(self):
        while self.frozen:
            try:
                os.kill(self.frozen.pop(), signal.SIGCONT)
            except ProcessLookupError:
                pass

    def backend(self, condition):
        found = self.server.sql(f"SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'crisol %' AND {condition}")
        return int(found[0]) if found else None

    def freeze_in_copy(self):
        self.write("in/a.csv", self.MANY)
        process = self.start("run", "pipeline.yml", "--json")
        found = []

        def is_copying():
            found[:] = [self.backend("query LIKE 'COPY %' AND state = 'active'")]
            return found[0] is not None

        self.until(is_copying, process)
        self.freeze(found[0])
        return process

    def assert_failed_cleanly(self, out, err):
        self.assertEqual(json.loads(out)["status"], "failed")
        self.assertIn("interrupted: nothing was published", err)
        self.assertEqual(self.silver("id"), [("a",)])

    def test_a_backend_that_is_frozen_in_mid_copy(self):
        self.assert_failed_cleanly(*self.interrupt(self.freeze_in_copy()))
        self.thaw()  # before anything is asked: it may have been stopped with a lock that all need
        self.write("in/a.csv", "id,n\nb,2\n")
        self.run_dataset()
        self.assertEqual(self.server.sql("SELECT id FROM gold.demo"), ["b"])

    def test_a_server_that_is_frozen_whole(self):
        process = self.freeze_in_copy()
        self.freeze(self.server.process.pid)
        self.assert_failed_cleanly(*self.interrupt(process, signal.SIGTERM))

    def test_a_server_that_takes_no_cancellation(self):
        """libpq's PQcancel connects, and waits for an answer that the postmaster does not give."""
        holder = subprocess.Popen(["psql", "--no-psqlrc", "-q", "-h", "127.0.0.1", "-p", str(self.server.port), "-U", "admin",
                                   "postgres"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                  env={**self.environment, "PGPASSWORD": self.server.password})
        self.addCleanup(holder.communicate)
        self.addCleanup(holder.kill)
        holder.stdin.write("BEGIN; LOCK TABLE gold.demo IN SHARE MODE; SELECT 'held';\n")
        holder.stdin.flush()
        while "held" not in holder.stdout.readline():
            pass
        process = self.start("run", "pipeline.yml", "--json")
        self.until(lambda: self.backend("wait_event_type = 'Lock'"), process)
        self.freeze(self.server.process.pid)
        self.assert_failed_cleanly(*self.interrupt(process))

    def test_a_second_signal_ends_it_at_once(self):
        process = self.freeze_in_copy()
        self.freeze(self.server.process.pid)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=HANG)
        self.assertIn(process.returncode, (130, 143))
        self.thaw()
        self.write("in/a.csv", "id,n\nb,2\n")
        self.run_dataset()
        self.assertEqual(self.server.sql("SELECT id FROM gold.demo"), ["b"])


class SilentStore(minio.StoreCase, Signals):
    """An object store that stops answering at some request, or in the middle of an answer."""

    def setUp(self):
        super().setUp()
        self.store.put(self.bucket, "in/a.csv", "id,n\n" + "a,1\n" * 200_000)
        self.store.put(self.bucket, "old/part.parquet", "x")

    def test_at_every_kind_of_request(self):
        points = [("connect", {}), ("list", {"asked": b"list-type=2"}), ("read", {"asked": b"/in/a.csv"}),
                  ("mid-body", {"answered": 60_000}), ("lock", {"asked": b"/lock"}), ("upload", {"asked": b".parquet"}),
                  ("copy", {"asked": b"x-amz-copy-source"}), ("delete", {"asked": b"DELETE /"})]
        for name, when in points:
            with self.subTest(at=name):
                proxy = stall.Proxy(self.store.port, **when)
                self.addCleanup(proxy.close)
                self.environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{proxy.port}"
                self.dataset({"id": name, "source": {"path": f"s3a://{self.bucket}/in/*.csv"},
                              "output": {"silver": {"path": f"s3a://{self.bucket}/{name}"}}, "quality": {"quarantine": None}})
                process = self.start("run", "pipeline.yml", "--json")
                self.until(proxy.stalled.is_set, process)
                process.send_signal(signal.SIGINT)
                _, err = process.communicate(timeout=HANG)
                self.assertIn(process.returncode, (0, 130) if name == "delete" else (130,), err)  # 0: all was published
                self.assertNotIn("does not end", err)
                self.environment["AWS_ENDPOINT_URL"] = self.store.endpoint
                self.crisol("recover", "pipeline.yml")
                self.run_dataset()

    def test_check_plan_and_eval(self):
        for words in (["check", "pipeline.yml"], ["plan", "pipeline.yml"], ["eval", "n > 0", "-d", "pipeline.yml"]):
            with self.subTest(command=words[0]):
                proxy = stall.Proxy(self.store.port, asked=b"/in/a.csv")
                self.addCleanup(proxy.close)
                self.environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{proxy.port}"
                self.dataset({"source": {"path": f"s3a://{self.bucket}/in/*.csv"}})
                process = self.start(*words)
                self.until(proxy.stalled.is_set, process)
                _, err = self.interrupt(process, signal.SIGTERM)
                self.assertIn("error: interrupted", err)

    def test_parquet_that_the_engine_reads(self):
        proxy = stall.Proxy(self.store.port, asked=b"a.parquet")
        self.addCleanup(proxy.close)
        self.environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{proxy.port}"
        self.store.put(self.bucket, "in/a.parquet", "PAR1")
        self.dataset({"source": {"input_format": "parquet", "path": f"s3a://{self.bucket}/in/*.parquet", "options": None}})
        process = self.start("run", "pipeline.yml")
        self.until(proxy.stalled.is_set, process)
        self.interrupt(process)


del Signals  # has no tests of its own

if __name__ == "__main__":
    unittest.main()
