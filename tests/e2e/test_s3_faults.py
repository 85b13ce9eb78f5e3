"""An object store that loses, delays and mixes up answers, and a run that is stopped while it publishes there: the lake is
the one or the other run's, whole, and no exit 0 lies."""

import time

import minio
from harness import json, signal, unittest
from s3proxy import Proxy
from test_locks import HANG, LockCase

N = 12   # objects a run writes


def rows(first, letters="abcdefghijkl"):
    return "id,p\n" + "".join(f"{first + i},{letters[i % len(letters)]}\n" for i in range(N))


class FaultCase(LockCase, minio.StoreCase):
    mode = "overwrite"

    def setUp(self):
        super().setUp()
        self.write("database.yml", {"default": {"driver": "duckdb", "path": "warehouse.duckdb"}})
        self.dataset({"quality": {"quarantine": f"s3a://{self.bucket}/quarantine"}, "output": {
            "silver": {"path": f"s3a://{self.bucket}/silver", "mode": self.mode, "partition_by": ["p"]},
            "gold": {"enabled": True, "database_config": "database.yml"}}})
        self.write("in/a.csv", rows(100))
        self.run_dataset()

    def ids(self):
        return sorted(int(row[0]) for row in self.lake("id"))

    def gold_ids(self):
        return sorted(int(row[0]) for row in self.gold("SELECT id FROM gold.demo"))

    def assert_whole(self, first):
        expected = list(range(first, first + N))
        self.assertEqual(self.ids(), expected)
        self.assertEqual(self.gold_ids(), expected)

    def staged(self):
        return [key for key in self.store.keys(self.bucket) if ".crisol" in key]


COPY = r"^PUT /[^?]*/silver/[^?]*\?.*X-Amz-Signature"
DELETE = r"^DELETE /[^?]*/silver/[^?]*\?.*X-Amz-Signature"
STAGE = r"^PUT /[^?]*\.crisol/[^?]*\.parquet$"
JOURNAL = r"^PUT /[^?]*/journal$"


class HeldCase(FaultCase):
    def held(self, proxy, pattern, nth=1, is_before=True, letters="mnopqrstuvwx", first=200, env=None):
        """A run whose requests of this kind, from the n-th on, do not come to the store, or whose answers do not come
        back, until the fault is released."""
        fault = proxy.add(pattern, "hold", nth=nth, times=1000, is_before=is_before)
        self.write("in/a.csv", rows(first, letters))
        process = self.start("run", "pipeline.yml", "--json", env={"AWS_ENDPOINT_URL": proxy.endpoint, **(env or {})})
        self.addCleanup(self.end, process)
        self.wait_until(fault.met.is_set, process, "the request")
        return process, fault


class Stopped(HeldCase):
    """A run is stopped in mid-publication for so long that another one takes over, publishes and ends; then it wakes."""

    HASTE = {"CRISOL_HASTE": "20"}   # a holder is dead after 3 s

    def take_over(self, first):
        """The next run, once the lock of the stopped one counts as dead."""
        end = time.monotonic() + HANG
        while True:
            self.write("in/a.csv", rows(first))
            process = self.start("run", "pipeline.yml", "--json", env=self.HASTE)
            self.addCleanup(self.end, process)
            out, err = process.communicate(timeout=HANG)
            if process.returncode == 0:
                return err
            self.assertEqual(process.returncode, 4, err)
            self.assertIn("another run holds the dataset", err)
            self.assertLess(time.monotonic(), end)
            time.sleep(0.2)

    def check(self, pattern, nth, is_committed, is_late=False):
        """With `is_late` its requests were on their way when it was stopped: no look at the lock could hold them back."""
        with Proxy(self.store.port) as proxy:
            first, fault = self.held(proxy, pattern, nth, env=self.HASTE)
            first.send_signal(signal.SIGSTOP)
            if not is_late:
                fault.release()
                time.sleep(0.3)
            self.assertIn("taken over from a dead one", self.take_over(300))
            self.assert_whole(300)
            fault.release()
            time.sleep(0.5)
            self.assert_whole(300)
            code, out, err = self.goes_on(first)
            self.assertIn(code, (3, 4), err)
            self.assertIn("taken", err)
            self.assertEqual("is committed in the database" in err, is_committed, err)
            self.assertEqual(json.loads(out)["status"], "failed")
            self.assert_whole(300)
            self.assertEqual(self.staged(), [])
        self.write("in/a.csv", rows(400))
        self.run_dataset()
        self.assert_whole(400)

    def test_during_the_deletes_it_deletes_nothing_of_the_later_run(self):
        self.check(DELETE, 2, True)

    def test_deletes_that_arrive_too_late_are_refused_by_the_store(self):
        self.check(DELETE, 2, True, is_late=True)

    def test_during_the_copies_it_copies_nothing_over_the_later_run(self):
        self.check(COPY, 2, True)

    def test_copies_that_arrive_too_late_are_refused_by_the_store(self):
        self.check(COPY, 2, True, is_late=True)

    def test_one_that_is_stopped_before_it_commits_never_does(self):
        self.check(STAGE, 3, False)

    def test_a_run_that_wakes_in_time_goes_on(self):
        with Proxy(self.store.port) as proxy:
            first, fault = self.held(proxy, DELETE, 2)
            first.send_signal(signal.SIGSTOP)
            fault.release()
            code, _, err = self.goes_on(first)
            self.assertEqual(code, 0, err)
            self.assert_whole(200)

    def test_its_lock_is_not_released_for_the_later_one(self):
        """It is stopped when all is done but the release."""
        with Proxy(self.store.port) as proxy:
            first, fault = self.held(proxy, r"^DELETE /[^?]*/lock\?", env=self.HASTE)
            first.send_signal(signal.SIGSTOP)
            self.wait_until(self.is_recovered)
            key = ".silver.crisol/demo/lock"
            self.store.put(self.bucket, key, b"another one's")
            fault.release()
            code, _, err = self.goes_on(first)
            self.assertEqual(code, 0, err)   # what it had to do is done
            self.assertEqual(self.store.get(self.bucket, key), b"another one's")
            self.assert_whole(200)

    def is_recovered(self):
        process = self.start("recover", "pipeline.yml", env=self.HASTE)
        process.communicate(timeout=HANG)
        return process.returncode == 0


class Foreign(HeldCase):
    """Another program writes into the lake while a run goes on."""

    def test_an_object_that_was_put_in_the_place_of_one_to_replace_stays(self):
        with Proxy(self.store.port) as proxy:
            first, fault = self.held(proxy, JOURNAL, is_before=False, letters="abcdefghijkl")
            key, = self.store.keys(self.bucket, "silver/p=b/")
            self.store.put(self.bucket, key, b"theirs")
            fault.release()
            code, _, err = self.goes_on(first)
        self.assertEqual(code, 3, err)
        self.assertIn("changed by another program", err)
        self.assertIn("is committed in the database", err)
        self.assertEqual(self.store.get(self.bucket, key), b"theirs")
        self.store.delete(self.bucket, key)
        self.crisol("recover", "pipeline.yml")
        self.assert_whole(200)

    def test_an_object_that_was_put_in_the_place_of_one_to_delete_stays_with_a_warning(self):
        key, other = self.store.keys(self.bucket, "silver/p=b/")[0], "silver/p=b/more.parquet"
        self.store.put(self.bucket, other, self.store.get(self.bucket, key))
        with Proxy(self.store.port) as proxy:
            first, fault = self.held(proxy, JOURNAL, is_before=False, letters="abcdefghijkl")
            self.store.put(self.bucket, other, b"theirs")
            fault.release()
            code, _, err = self.goes_on(first)
        self.assertEqual(code, 0, err)
        self.assertIn("it stays", err)
        self.assertEqual(self.store.get(self.bucket, other), b"theirs")


# What the store does, to which request; the run works all the same, or ends with 3 and the next one works.
FAULTS = [
    # the lock
    (r"^PUT /[^?]*/lock$", "drop", {}), (r"^PUT /[^?]*/lock$", "drop", {"is_before": True}), (r"^PUT /[^?]*/lock$", "500", {}),
    (r"^DELETE /[^?]*/lock\?", "drop", {}), (r"^DELETE /[^?]*/lock\?", "503", {}), (r"^GET /[^?]*/lock$", "drop", {}),
    # what is staged
    (r"^PUT /[^?]*\.crisol/.*\.parquet$", "drop", {"nth": 3}), (r"^PUT /[^?]*\.crisol/.*\.parquet$", "503", {"nth": 2, "times": 3}),
    (r"^PUT /[^?]*/journal$", "drop", {}), (r"^PUT /[^?]*/journal$", "500", {"is_before": True}),
    (r"^PUT /[^?]*/uploads$", "drop", {}),
    # the copies and the deletes
    (r"^PUT /[^?]*/silver/p%3Dc/[^?]*\?X-Amz", "drop", {}), (r"^PUT /[^?]*/silver/p%3Dc/[^?]*\?X-Amz", "drop", {"is_before": True}),
    (r"^PUT /[^?]*/silver/p%3Dc/[^?]*\?X-Amz", "error200", {"is_before": True}),
    (r"^PUT /[^?]*/silver/p%3Dc/[^?]*\?X-Amz", "500", {}), (r"^PUT /[^?]*/silver/p%3Dc/[^?]*\?X-Amz", "cut", {}),
    (r"^DELETE /[^?]*/silver/p%3D[^?]*\?X-Amz", "drop", {}), (r"^DELETE /[^?]*/silver/p%3D[^?]*\?X-Amz", "429", {"is_before": True}),
    (r"^GET /[^?]*/silver/p%3Dc/", "drop", {}), (r"^GET /[^?]*/silver/p%3Dc/", "503", {"is_before": True}),
    # listings
    (r"^GET /[^/?]*/?\?.*list-type", "cut", {"nth": 2}), (r"^GET /[^/?]*/?\?.*list-type", "drop", {"nth": 3}),
    (r"^GET /[^/?]*/?\?.*list-type", "500", {"nth": 1, "times": 2}),
]


class Answers(FaultCase):
    def test_faults_that_pass_by_themselves_change_nothing(self):
        letters = "abcdefmnopqr"   # some partitions are replaced, some go, some are new
        with Proxy(self.store.port) as proxy:
            first = 200
            for pattern, what, options in FAULTS:
                with self.subTest(f"{what} {pattern} {options}"):
                    fault = proxy.add(pattern, what, **options)
                    self.write("in/a.csv", rows(first, letters if first % 200 == 0 else "abcdefghijkl"))
                    answer = self.crisol("run", "pipeline.yml", env={"AWS_ENDPOINT_URL": proxy.endpoint})
                    self.assertNotIn("error:", answer.err)
                    self.assert_whole(first)
                    self.assertEqual(self.staged(), [])
                    if "GET /[^?]*/lock" not in pattern:
                        self.assertTrue(fault.met.is_set(), "the request was not made")
                    proxy.faults.remove(fault)
                first += 100

    def test_a_store_that_refuses_the_copies_leaves_them_to_the_next_run(self):
        with Proxy(self.store.port) as proxy:
            proxy.add(r"^PUT /[^?]*/silver/p%3Dc/[^?]*\?X-Amz", "403", times=100, is_before=True)
            self.write("in/a.csv", rows(200))
            answer = self.run_dataset(exit=3, env={"AWS_ENDPOINT_URL": proxy.endpoint})
            self.assertIn("is committed in the database", answer.err)
        self.assertEqual(self.gold_ids(), list(range(200, 200 + N)))
        self.write("in/a.csv", rows(300))
        self.run_dataset()
        self.assert_whole(300)


class Journal(HeldCase):
    def test_a_journal_of_the_former_version_is_finished(self):
        with Proxy(self.store.port) as proxy:
            first, fault = self.held(proxy, COPY, 2)
            first.send_signal(signal.SIGKILL)
            first.communicate()
        key, = [key for key in self.staged() if key.endswith("/journal")]
        lines = self.store.get(self.bucket, key).decode().splitlines()
        self.assertEqual((lines[0], lines[-1]), ("version 2", "end"))
        former = [line if line == "end" else " ".join(line.split(" ")[:6]) for line in lines[1:]]
        self.store.put(self.bucket, key, ("\n".join(former) + "\n").encode())
        self.crisol("recover", "pipeline.yml")
        self.assert_whole(200)
        self.assertEqual(self.staged(), [])

    def test_one_of_a_later_version_is_refused(self):
        with Proxy(self.store.port) as proxy:
            first, fault = self.held(proxy, COPY, 2)
            first.send_signal(signal.SIGKILL)
            first.communicate()
        key, = [key for key in self.staged() if key.endswith("/journal")]
        self.store.put(self.bucket, key, b"version 3\nsomething new\n")
        answer = self.run_dataset(exit=3)
        self.assert_refused(answer, "later version of crisol")


del LockCase, FaultCase, HeldCase


if __name__ == "__main__":
    unittest.main()
