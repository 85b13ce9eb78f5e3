"""crisol.spark.Source in a real Spark: the jar as a session's artifact, rows the same as the worker's own, several executors; what
becomes of a worker that dies, and of one that stalls while its query is interrupted."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import pyarrow.parquet

import test_silver_files
from harness import ROOT, Case
from spark import Client, children, cluster, server
from test_worker import arrow_values
from worker_host import BUILD, Job, Worker, describe

JAR = BUILD / "spark" / "crisol-spark.jar"
JARS = ROOT / "build" / "deps" / "spark" / "jars"
STUBS = ROOT / "spark" / "stubs"
PATIENCE = 120  # seconds, for what takes one


def workers(pid):
    """Processes of the worker below a server."""
    found = []
    for child in children(pid):
        try:
            if pathlib.Path(f"/proc/{child}/exe").readlink().name.startswith("worker"):
                found.append(child)
        except OSError:
            pass
    return found


def parent(pid):
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def wait_for(what, condition):
    for _ in range(PATIENCE * 20):
        answer = condition()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"waited too long for {what}")


class SourceCase(Case):
    def client(self, started):
        client = Client(started.remote)
        self.addCleanup(client.close)
        client.must("artifact", "jars/crisol-spark.jar", JAR)
        return client

    def source(self, client, change, name="s"):
        """A view of the dataset's source."""
        self.dataset(change)
        job = describe("pipeline.yml", self.root / "job", self.root)
        client.must("source", name, self.root / "job")
        return job

    def big(self, client, files=1, lines=400000):
        """A source whose reading takes a while."""
        for file in range(files):
            self.write(f"in/{file}.csv", "id,x\n" + "".join(f"{i},{'y' * 50}\n" for i in range(lines)))
        return self.source(client, {"source": {"path": "in/*.csv"}})

    def rows_of_spark(self, client, job):
        target = self.root / "parquet"
        client.must("set", "spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        client.must("write", "SELECT * FROM s", "parquet", "overwrite", target)
        rows = []
        for path in sorted(target.rglob("*.parquet")):
            table = pyarrow.parquet.read_table(path)
            self.assertEqual(table.column_names, job.names)
            columns = [arrow_values(column.combine_chunks()) for column in table.columns if table.num_rows]
            rows += list(zip(*columns))
        return rows

    def same(self, client, change):
        job = self.source(client, change)
        place = [job.names.index("file"), job.names.index("position")]
        ours = [row for line in job.files for row in Worker(job, line).rows()]
        theirs = self.rows_of_spark(client, job)
        key = lambda row: [row[i] for i in place]
        self.assertEqual(sorted(theirs, key=key), sorted(ours, key=key))
        return ours


class SilverOfOurs(SourceCase):
    """What crisol's own writer of Parquet makes, read by Spark."""

    def test_every_value_of_a_partitioned_silver_comes_back(self):
        table = test_silver_files.source_table()
        (self.root / "in").mkdir()
        pyarrow.parquet.write_table(table, self.root / "in" / "a.parquet")
        self.dataset(test_silver_files.PARQUET)
        self.run_dataset()
        client, target = self.client(server()), self.root / "read"
        lake = f"parquet.`{self.root}/out/silver`"
        client.must("set", "spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        client.must("write", f"SELECT * FROM {lake}", "parquet", "overwrite", target)
        found = pyarrow.concat_tables(pyarrow.parquet.read_table(f) for f in sorted(target.rglob("*.parquet"))).sort_by("row")
        self.assertEqual(found.num_rows, table.num_rows)
        for name in test_silver_files.COLUMNS:
            self.assertEqual(test_silver_files.exact(found[name].to_pylist()), test_silver_files.exact(table[name].to_pylist()), name)
        # statistics, dictionaries and the index of pages take no row away
        for where, expected in {"int = -2147483648": ("int", -2**31), "string = 'a'": ("string", "a"), "tinyint = 0": ("tinyint", 0),
                                "decimal38 = -1": ("decimal38", -1), "zeros = 0.0": ("zeros", 0.0),
                                "boolean = true": ("boolean", True), "date = DATE'9999-12-31'": ("date", test_silver_files.DAY(9999, 12, 31)),
                                "nothing IS NULL": ("nothing", None)}.items():
            name, value = expected
            count = sum(v == value for v in table[name].to_pylist())
            self.assertGreater(count, 0)
            self.assertEqual(client.must("query", f"SELECT count(*) FROM {lake} WHERE {where}"), [(str(count),)], where)
        count = sum(v is not None and v != v for v in table["nan"].to_pylist())
        self.assertEqual(client.must("query", f"SELECT count(*) FROM {lake} WHERE nan > 5"), [(str(count),)])


class Rows(SourceCase):
    SCHEMA = {"properties": {
        "id": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "string"}},
        "where": {"type": "object", "properties": {"lat": {"type": "number"}, "deep": {"type": "array", "items": {
            "type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}}}}},
        "kind": {"type": "object", "additionalProperties": {"type": "integer"}}}}

    def test_every_type_of_a_cast(self):
        types = ["boolean", "int", "bigint", "float", "double", "decimal(10,2)", "decimal(38,18)", "string", "binary", "date",
                 "timestamp"]
        texts = ["", "1", "-7.5", "true", "2024-02-29", "2024-03-10 02:30:00", "2024-01-15T10:00:00Z", "NaN", "x", "1e30",
                 "12345678901234567890.5", "caf\u00e9 \U0001F600"]
        names = [f"c{i}" for i in range(len(types))]
        lines = [*(",".join([text] * len(types)) for text in texts), "1,2"]
        self.write("in/a.csv", "\n".join([",".join(names), *lines * 3, '"open']))
        rows = self.same(self.client(server()), {"standardization": {"timezone": "America/New_York", "casts": [
            {"column": n, "to": t, "on_error": "null"} for n, t in zip(names, types)]}})
        self.assertGreater(len(rows), 20)

    def test_nested_values_of_json(self):
        self.write("payments.schema.json", self.SCHEMA)
        lines = ['{"id": 1, "tags": ["a", null, "b"], "where": {"lat": 1.5, "deep": [{"a": 1, "b": "x"}, {"a": 2}]}, "kind": {"k": 1}}',
                 '{"id": 2, "tags": [], "where": {"deep": []}, "kind": {}}', "{}", '{"id": "x", "tags": 5, "where": 5}', "broken",
                 '{"id": 3, "where": {"deep": [null, {"b": "\\u00e9"}], "lat": null}, "tags": ["' + "z" * 5000 + '"]}']
        self.write("in/a.json", "\n".join(lines * 700) + "\n")
        self.same(self.client(server()), {"source": {"input_format": "json", "path": "in/*.json", "options": None},
                                          "schema": {"ref": "payments.schema.json", "mode": "strict"}})

    def test_names_that_a_path_makes_special(self):
        for name in ("a b.csv", "a%20b.csv", "a%0Ab.csv", "\u00e9?#[x]*{y}.csv", "a\nb.csv", "c:d.csv", "a+b&c=d.csv"):
            self.write(f"in/{name}", "id\n1\n")
        rows = self.same(self.client(server()), {"source": {"path": "in"}})
        self.assertEqual(len(rows), 7)

    def test_on_two_executors(self):
        for i in range(6):
            self.write(f"in/{i}.csv", "id,name\n" + "".join(f"{i}{n},a\n" for n in range(3000)))
        self.assertEqual(len(self.same(self.client(cluster()), {})), 18000)

    def test_no_file_and_an_empty_one(self):
        self.write("in/a.csv", "id\n")
        client = self.client(server())
        self.assertEqual(self.same(client, {}), [])
        (self.root / "job" / "files.0").write_text("")
        client.must("source", "none", self.root / "job")
        self.assertEqual(client.must("count", "SELECT count(*) FROM none"), [("0",)])


class Faults(SourceCase):
    def refused(self, client, sql="SELECT count(*) FROM s"):
        answer = client.ask("count", sql)
        self.assertFalse(answer.is_done)
        return str(answer.error)

    def test_a_file_that_changed_or_went_away(self):
        client = self.client(server())
        self.write("in/a.csv", "id\n1\n")
        self.source(client, {})
        self.write("in/a.csv", "id\n1\n2\n")
        self.assertRegex(self.refused(client), r'crisol environment: file \\*".*/in/a.csv\\*" changed while it was read')
        (self.root / "in/a.csv").unlink()
        self.assertRegex(self.refused(client), r'crisol environment: could not read \\*".*/in/a.csv\\*" on executor .* does not exist')

    def test_an_error_of_the_data_names_the_file(self):
        client = self.client(server())
        self.write("in/a.csv.gz", b"\x1f\x8b not gzip at all, whatever it says")
        self.dataset({"source": {"path": "in/*.gz"}})
        self.write("ok/a.csv", "id\n1\n")
        job = self.source(client, {"source": {"path": "ok/a.csv"}})
        path = self.root / "in/a.csv.gz"
        (self.root / "job" / "files.0").write_text(f"0 {path.stat().st_size} 0 - 0 {path.stat().st_size} 0 file://{path}\n")
        client.must("source", "s", self.root / "job")
        self.assertRegex(self.refused(client), r'crisol environment: compressed file \\*".*a.csv.gz\\*" is corrupt')
        self.assertTrue(job.names)

    def answer_while_killing(self, client, started, sql, victim=lambda pid: pid):
        """A query's answer, one of whose workers (or what `victim` makes of it) is killed. One that a busy machine does not show in
        time is asked again."""
        for _ in range(PATIENCE):
            answers = []
            asking = threading.Thread(target=lambda: answers.append(client.ask("count", sql)))
            asking.start()
            while asking.is_alive():
                try:
                    worker = next(iter(workers(started.process.pid)), None)
                    if worker is not None:
                        os.kill(victim(worker), signal.SIGKILL)
                        wait_for("the worker's end", lambda: not pathlib.Path(f"/proc/{worker}").exists())
                        asking.join(PATIENCE)
                        return answers[0]
                except OSError:
                    pass  # it has just ended
        raise AssertionError("no worker was seen")

    def test_a_worker_that_dies_is_a_failed_task(self):
        client = self.client(server())
        self.big(client)
        answer = self.answer_while_killing(client, server(), "SELECT count(*) FROM s")
        self.assertFalse(answer.is_done)
        self.assertRegex(str(answer.error), r'the worker that read \\*".*/in/0.csv\\*" was killed by signal 9')

    def test_what_is_killed_on_a_cluster_is_tried_again(self):
        client = self.client(cluster())
        self.big(client)
        for what, victim in (("worker", lambda pid: pid), ("executor", parent)):
            with self.subTest(killed=what):
                answer = self.answer_while_killing(client, cluster(), "SELECT count(v1) FROM s", victim)
                self.assertTrue(answer.is_done, answer.error)
                self.assertEqual(answer.rows, [("400000",)])

    def test_workers_that_stall_are_killed_with_their_query(self):
        """Both cores are taken by tasks whose workers stand still, and their threads in a read that never comes back. Once the
        query is interrupted, the next one has the cores."""
        client = self.client(server())
        self.big(client, files=2, lines=200000)
        answers = []
        asking = threading.Thread(target=lambda: answers.append(client.ask("count", "SELECT count(*) FROM s")))
        asking.start()
        stalled = wait_for("two workers", lambda: (found := workers(server().process.pid))[1:] and found)
        for pid in stalled:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(0.3)
        self.assertEqual(workers(server().process.pid), stalled)
        self.assertEqual(answers, [])
        client.interrupt()
        asking.join(PATIENCE)
        self.assertFalse(answers[0].is_done)
        self.assertEqual(client.must("count", "SELECT count(DISTINCT id) FROM range(0, 1000, 1, 2)"), [("1000",)])
        wait_for("the end of the workers", lambda: not workers(server().process.pid))
        self.assertEqual(client.must("count", "SELECT count(*) FROM s"), [("400000",)])

    def test_a_query_that_wants_few_rows_leaves_no_worker(self):
        client = self.client(server())
        self.big(client)
        client.must("query", "SELECT v0 FROM s LIMIT 1")
        wait_for("the end of the workers", lambda: not workers(server().process.pid))


class Jar(unittest.TestCase):
    """The stubs say of Spark, Hadoop and Scala what these have."""

    def javap(self, classpath, names):
        """Name, descriptor and whether it is static, of all public and protected members, by class."""
        done = subprocess.run(["javap", "-protected", "-s", "-cp", classpath, *names], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        members, owner, member = {}, None, None
        for line in done.stdout.splitlines():
            if line.endswith("{"):
                owner = re.search(r"(?:class|interface) ([\w.$]+)", line)[1]
                members[owner] = set()
            elif line.startswith("    descriptor: "):
                members[owner].add((member[1], line.split()[1], " static " in f" {member[0]} "))
            elif line.startswith("  "):
                member = line.split("(")[0], re.split(r"[ .]", line.split("(")[0].split(" = ")[0].rstrip(";"))[-1]
        return members

    def test_the_stubs_are_as_the_real_classes(self):
        with tempfile.TemporaryDirectory() as directory:
            sources = [str(path) for path in STUBS.rglob("*.java")]
            names = [str(pathlib.Path(path).relative_to(STUBS).with_suffix("")).replace("/", ".") for path in sources]
            subprocess.run(["javac", "-nowarn", "-d", directory, *sources], check=True, timeout=PATIENCE)
            stubs, real = self.javap(directory, names), self.javap(f"{JARS}/*", names)
        self.assertEqual(set(stubs), set(names))
        self.assertGreater(sum(map(len, stubs.values())), 70)
        for name, members in stubs.items():
            constructor = name.rsplit(".", 1)[-1]
            used = {member for member in members if member[:2] not in ((constructor, "()V"), ("valueOf", f"(Ljava/lang/String;)L{name};"))}
            self.assertEqual(used - real[name], set(), name)

    def test_it_compiles_against_the_real_classes(self):
        with tempfile.TemporaryDirectory() as directory:
            sources = [str(path) for path in (ROOT / "spark" / "src").rglob("*.java")]
            done = subprocess.run(["javac", "--release", "17", "-Xlint:all,-path,-classfile", "-Werror", "-cp", f"{JARS}/*", "-d",
                                   directory, *sources], capture_output=True, text=True, timeout=PATIENCE, check=False)
            self.assertEqual(done.returncode, 0, done.stderr[-3000:])

    def test_the_same_sources_give_the_same_jar(self):
        with tempfile.TemporaryDirectory() as directory:
            jars = []
            for name in ("a", "b"):
                jar = pathlib.Path(directory) / name / "x.jar"
                jar.parent.mkdir()
                worker = pathlib.Path(directory) / "worker-test"
                worker.write_bytes(b"program")
                subprocess.run([ROOT / "spark" / "make_jar.sh", shutil.which("javac"), shutil.which("jar"), ROOT / "spark", jar, worker],
                               check=True, timeout=PATIENCE)
                jars.append(jar.read_bytes())
            self.assertEqual(*jars)


if __name__ == "__main__":
    unittest.main()
