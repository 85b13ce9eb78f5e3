"""The client of Spark Connect against a real server, which cuts each stream after a second and takes no client without its
token: statements, results, errors, interruptions, and a network and servers that fail."""

import http.server
import os
import pathlib
import shutil
import signal
import socket
import ssl
import tempfile
import threading
import unittest
import uuid

import servers
import spark
from certificates import Certificates
from spark import TOKEN, server


class Relay(servers.Listener):
    """A relay to a server: as it is, behind TLS, or one whose connections break. Bytes go through unread: HTTP/2 without TLS
    is the same as within it."""

    def __init__(self, port, context=None):
        self.target, self.context, self.pairs, self.lock = port, context, [], threading.Lock()
        super().__init__()

    def serve(self, near):
        try:
            if self.context:
                near = self.context.wrap_socket(near, server_side=True)
            far = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            near.close()
            return
        with self.lock:
            self.pairs.append((near, far))
        threading.Thread(target=self.pump, args=(far, near), daemon=True).start()
        self.pump(near, far)

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except (OSError, ValueError):
            pass
        Relay.end(source, sink)

    @staticmethod
    def end(*sockets):
        for each in sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        """Ends all connections that stand."""
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            self.end(*pair)
        return len(pairs)

    def close(self):
        self.listener.close()
        self.cut()


class Case(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = server()

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="crisol-spark-test-"))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)

    def client(self, remote=None, **env):
        client = spark.Client(remote or self.server.remote, env=env)
        self.addCleanup(client.close)
        return client

    def relay(self, context=None):
        relay = Relay(self.server.port, context)
        self.addCleanup(relay.close)
        return relay


class Statements(Case):
    def test_the_session_knows_version_and_application(self):
        client = self.client()
        self.assertEqual(client.version, "4.3.0")
        self.assertTrue(client.application.startswith("local-"), client.application)

    def test_cells_of_every_flat_type(self):
        rows = self.client().must("query", """
            SELECT CAST(c1 AS TINYINT), CAST(c1 AS SMALLINT), CAST(c1 AS INT), CAST(c1 AS BIGINT), CAST(c1 / 3D AS FLOAT), CAST(c1 AS DOUBLE) / 3,
              CAST(c1 AS DECIMAL(38,2)) / 100, c1 > 0, CAST(c1 AS STRING), CAST(concat('<', c1, '>') AS BINARY), date_add(DATE'1970-01-01', c1),
              timestamp_micros(c1), CAST(timestamp_micros(c1) AS TIMESTAMP_NTZ), CAST(NULL AS VOID)
            FROM VALUES (-128), (0), (127), (CAST(NULL AS INT)) AS t(c1) ORDER BY c1 NULLS FIRST""".replace("\n", " "))
        self.assertEqual(rows, [
            ("∅",) * 14,
            ("-128", "-128", "-128", "-128", "-42.666668", "-42.666666666666664", "-1.280000", "false",
             "-128", "<-128>", "-128", "-128", "-128", "∅"),
            ("0", "0", "0", "0", "0", "0", "0.000000", "false", "0", "<0>", "0", "0", "0", "∅"),
            ("127", "127", "127", "127", "42.333332", "42.333333333333336", "1.270000", "true", "127", "<127>", "127", "127", "127", "∅"),
        ])

    def test_extremes_and_numbers_that_are_none(self):
        rows = self.client().must("query", "SELECT CAST('NaN' AS DOUBLE), CAST('-Infinity' AS DOUBLE), CAST('Infinity' AS FLOAT), "
                                  "9223372036854775807, -9223372036854775807 - 1, 99999999999999999999999999999999999999BD, "
                                  "-99999999999999999999999999999999.999999BD, 1e300D, 0.1D, 'á€😀', ''")
        self.assertEqual(rows, [("NaN", "-Infinity", "Infinity", "9223372036854775807", "-9223372036854775808", "9" * 38,
                                 "-" + "9" * 32 + ".999999", "1e+300", "0.1", "á€😀", "")])

    def test_results_of_many_batches_are_whole(self):
        client = self.client()
        rows = client.must("query", "SELECT id, repeat('x', 300) FROM range(0, 60000, 1, 4) ORDER BY id")
        self.assertEqual(len(rows), 60000)
        self.assertEqual([int(row[0]) for row in rows], list(range(60000)))
        self.assertEqual(client.must("query", "SELECT 1 WHERE false"), [])

    def test_nested_columns_are_refused_by_name(self):
        error = self.client().ask("query", "SELECT 1 AS a, array(1) AS things").error
        self.assertIn('the result\'s column "things" has a type that is not taken from Spark', error["message"])

    def test_counts(self):
        client = self.client()
        self.assertEqual(client.must("count", "SELECT count(*) FROM range(12345)"), [("12345",)])
        self.assertIn("gives no number", client.ask("count", "SELECT 'x'").error["message"])

    def test_columns_with_their_types_as_ddl(self):
        rows = self.client().must("schema", "SELECT 1Y AS a, 1.50 AS b, DATE'2024-01-01' AS c, INTERVAL '1' MONTH AS d, "
                                  "map('k', array(named_struct('x y', 1, 'z', current_timestamp()))) AS e, NULL AS f, "
                                  "CAST('a' AS VARCHAR(3)) AS g, X'00' AS `tick``name`")
        self.assertEqual(rows, [("a", "TINYINT"), ("b", "DECIMAL(3,2)"), ("c", "DATE"), ("d", "INTERVAL MONTH"),
                                ("e", "MAP<STRING, ARRAY<STRUCT<`x y`: INT, `z`: TIMESTAMP>>>"), ("f", "VOID"), ("g", "STRING"),
                                ("tick`name", "BINARY")])

    def test_the_ddl_of_a_schema_is_what_spark_reads(self):
        client = self.client()
        sql = "SELECT map('k', array(named_struct('x y', 1, 'z``', DATE'2024-01-01'))) AS e, TIMESTAMP_NTZ'2024-01-01' AS f"
        (_, first), (_, second) = client.must("schema", sql)
        self.assertEqual(client.must("schema", f"SELECT CAST(NULL AS {first}) AS e, CAST(NULL AS {second}) AS f"),
                         [("e", first), ("f", second)])

    def test_configuration_is_the_sessions_own(self):
        client, other = self.client(), self.client()
        client.must("set", "spark.sql.session.timeZone", "America/Bogota")
        self.assertEqual(client.must("get", "spark.sql.session.timeZone"), [("America/Bogota",)])
        self.assertNotEqual(other.must("get", "spark.sql.session.timeZone"), [("America/Bogota",)])
        self.assertEqual(client.must("get", "no.such.entry"), [("∅",)])

    def test_a_session_whose_id_is_given_is_joined_and_stays(self):
        remote = self.server.remote + f";session_id={uuid.uuid4()}"
        first = self.client(remote)
        first.must("execute", "CREATE TEMPORARY VIEW kept AS SELECT 42 AS answer")
        first.close()
        self.assertEqual(self.client(remote).must("query", "SELECT * FROM kept"), [("42",)])
        self.assertEqual(self.client().ask("query", "SELECT * FROM kept").error["class"], "TABLE_OR_VIEW_NOT_FOUND")

    def test_text_that_is_not_utf_8_is_named_before_it_is_sent(self):
        client = self.client()
        for words in (("query", "SELECT '\udcff'"), ("view", "v", "parquet", "", "/no/such/\udcff.parquet"),
                      ("schema", "SELECT 1 AS `\udcff`"), ("set", "spark.app.name", "\udcff")):
            error = client.ask(*words).error
            self.assertEqual(error["kind"], "config")
            self.assertIn("Spark takes no text that is not UTF-8", error["message"])
        error = client.ask("query", "SELECT 'hidden', 'a/\udcff/b' FROM x").error
        self.assertEqual(error["message"], 'Spark takes no text that is not UTF-8: "a/\\xff/b"')
        self.assertEqual(client.must("query", "SELECT 1"), [("1",)])

    def test_rows_are_written_and_read_again(self):
        client = self.client()
        sql = "SELECT id, id % 3 AS p, concat('v', id) AS v FROM range(30)"
        client.must("write", sql, "parquet", "error", self.root / "lake", "p")
        self.assertEqual(sorted(p.name for p in (self.root / "lake").glob("p=*")), ["p=0", "p=1", "p=2"])
        again = client.ask("write", sql, "parquet", "error", self.root / "lake", "p").error
        self.assertEqual(again["class"], "PATH_ALREADY_EXISTS")
        self.assertIn(f'could not write to "{self.root}/lake"', again["message"])
        client.must("write", sql, "parquet", "append", self.root / "lake", "p")
        client.must("view", "lake", "parquet", "", self.root / "lake")
        self.assertEqual(client.must("count", "SELECT count(DISTINCT v) + 100 * count(*) FROM lake"), [("6030",)])
        client.must("write", "SELECT 7L AS id", "parquet", "overwrite", self.root / "lake")
        client.must("view", "lake", "parquet", "", self.root / "lake")
        self.assertEqual(client.must("query", "SELECT * FROM lake"), [("7",)])

    def test_a_view_of_files_with_a_schema_and_options(self):
        (self.root / "in.csv").write_text("a,b\n1,x\n2,y\n")
        client = self.client()
        client.must("view", "raw", "csv", "a BIGINT, b STRING", self.root / "in.csv")
        self.assertEqual(client.must("query", "SELECT a + 1, b FROM raw ORDER BY a"), [("2", "x"), ("3", "y")])

    def test_artifacts_of_one_chunk_and_of_many_arrive(self):
        client = self.client()
        for name, size in (("small", 70_000), ("large", 3_500_000), ("edge", 1024 * 1024), ("none", 0)):
            path = self.root / name
            path.write_bytes(os.urandom(size))
            for _ in range(2):  # the same bytes again are no error: a call may be made twice
                client.must("artifact", f"files/{name}", path)
        (self.root / "small").write_bytes(b"other")
        self.assertIn("files/small", client.ask("artifact", "files/small", self.root / "small").error["message"])


class Errors(Case):
    def test_spark_says_its_class_and_message_without_the_statement(self):
        client = self.client()
        for sql, error_class, state, message in (
                ("SELECT 'c0nfidential', nope FROM range(1)", "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703", "`nope` cannot be resolved"),
                ("SELECT 'c0nfidential' FRM x y z", "PARSE_SYNTAX_ERROR", "42601", "Syntax error at or near"),
                ("SELECT 'c0nfidential' FROM no_such_table", "TABLE_OR_VIEW_NOT_FOUND", "42P01", "`no_such_table` cannot be found"),
                ("SELECT raise_error('a reason') FROM range(1)", "USER_RAISED_EXCEPTION", "P0001", "a reason"),
                ("SELECT CAST(id AS STRING) + 1 FROM range(1) WHERE 1 / (id - id) > 0", "DIVIDE_BY_ZERO", "22012", "Division by zero")):
            with self.subTest(sql=sql):
                client.must("set", "spark.sql.ansi.enabled", "true")
                error = client.ask("query", sql).error
                self.assertEqual((error["kind"], error["class"], error["sqlstate"], error["lost"]),
                                 ("environment", error_class, state, "0"))
                self.assertIn(message, error["message"])
                self.assertIn(f"({error_class}, SQLSTATE {state})", error["message"])
                self.assertNotIn("c0nfidential", "".join(error.values()))
                self.assertNotIn("\n", error["message"])
        self.assertEqual(client.must("query", "SELECT 1"), [("1",)])

    def test_what_has_failed_a_task_is_the_root(self):
        (self.root / "no.parquet").write_text("a\n")
        client = self.client()
        client.must("view", "broken", "parquet", "a INT", self.root)
        error = client.ask("query", "SELECT * FROM broken").error
        self.assertEqual(error["class"], "FAILED_READ_FILE.NO_HINT")
        self.assertIn("is not a Parquet file", error["root"])
        self.assertEqual(error["context"], "because of: " + error["root"])
        error = client.ask("query", "SELECT reflect('java.lang.Integer', 'parseInt', concat('no', id)) FROM range(1)").error
        self.assertIn("Job aborted due to stage failure: Task", error["message"])
        self.assertIn("java.lang.reflect.InvocationTargetException (org.apache.spark.SparkException)", error["message"])

    def test_a_wrong_token_is_refused_and_not_shown(self):
        for remote in (f"sc://127.0.0.1:{self.server.port}/;token=wr0ng-token", f"sc://127.0.0.1:{self.server.port}"):
            error = self.client(remote).opened.error
            self.assertEqual(error["kind"], "environment")
            self.assertIn("refuses", error["message"])
            self.assertIn("SPARK_CONNECT_AUTHENTICATE_TOKEN", error["hint"])
            self.assertNotIn("wr0ng-token", "".join(error.values()))

    def test_the_token_may_be_a_variable(self):
        client = self.client(f"sc://127.0.0.1:{self.server.port}", SPARK_CONNECT_AUTHENTICATE_TOKEN=TOKEN)
        self.assertEqual(client.must("query", "SELECT 1"), [("1",)])

    def test_an_address_that_nobody_listens_at_is_told_at_once(self):
        for host in ("127.0.0.1", "[::1]", "no-such-host.invalid"):
            error = self.client(f"sc://{host}:{servers.free_port()}").opened.error
            self.assertEqual(error["kind"], "environment")
            self.assertIn("could not reach Spark at \"sc://" + host, error["message"])
            self.assertIn("SPARK_REMOTE", error["hint"])

    def test_a_proxy_is_not_asked_for_the_loopback(self):
        nobody = f"http://127.0.0.1:{servers.free_port()}"
        client = self.client(http_proxy=nobody, https_proxy=nobody, all_proxy=nobody)
        self.assertEqual(client.must("query", "SELECT 1"), [("1",)])

    def test_another_server_is_named_as_none(self):
        handler = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
        other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.addCleanup(other.server_close)
        self.addCleanup(other.shutdown)
        threading.Thread(target=other.serve_forever, daemon=True).start()
        error = self.client(f"sc://127.0.0.1:{other.server_address[1]}").opened.error
        self.assertEqual(error["kind"], "environment")
        self.assertIn("Spark", error["message"])


class Streams(Case):
    def sleeping(self, seconds, path):
        """A statement that takes so long and leaves a row each time that it is run."""
        return ("write", f"SELECT id, reflect('java.util.concurrent.locks.LockSupport', 'parkNanos', {seconds}000000000L) AS n "
                "FROM range(1)", "parquet", "append", path)

    def runs_of(self, client, path):
        client.must("view", "made", "parquet", "", path)
        return client.must("count", "SELECT count(*) FROM made")

    def test_a_stream_that_the_server_cuts_is_asked_for_again(self):
        client = self.client(CLIENT_DEBUG="1")
        client.must(*self.sleeping(3, self.root / "made"))
        self.assertEqual(self.runs_of(client, self.root / "made"), [("1",)])
        client.close()
        self.assertGreaterEqual(client.stderr.count("asking for the rest"), 2)

    def test_a_connection_that_breaks_is_mended_and_nothing_runs_twice(self):
        relay = self.relay()
        client = self.client(f"sc://127.0.0.1:{relay.port}/;token={TOKEN}")
        client.send(*self.sleeping(3, self.root / "made"))
        n_cut = 0
        for _ in range(5):
            threading.Event().wait(0.4)
            n_cut += relay.cut()
        self.assertTrue(client.read().is_done)
        self.assertGreater(n_cut, 0)
        self.assertEqual(self.runs_of(client, self.root / "made"), [("1",)])

    def test_calls_over_connections_that_break_are_made_again(self):
        relay = self.relay()
        client = self.client(f"sc://127.0.0.1:{relay.port}/;token={TOKEN}")
        (self.root / "artifact").write_bytes(os.urandom(3_000_000))
        ends = threading.Event()

        def cut():  # more and more rarely, so that a slow machine comes through as well
            for i in range(16):
                if ends.wait(0.2 * 1.25 ** i):
                    break
                relay.cut()

        cutter = threading.Thread(target=cut)
        cutter.start()
        try:
            for i in range(8):
                client.must("set", "spark.sql.shuffle.partitions", i + 1)
                self.assertEqual(client.must("get", "spark.sql.shuffle.partitions"), [(str(i + 1),)])
                self.assertEqual(client.must("schema", f"SELECT {i}L AS a"), [("a", "BIGINT")])
                self.assertEqual(client.must("query", f"SELECT sum(id) FROM range({i + 1})"), [(str(i * (i + 1) // 2),)])
            client.must("artifact", "files/sent-in-pieces", self.root / "artifact")
        finally:
            ends.set()
            cutter.join()

    def test_a_statement_tells_how_many_of_its_tasks_are_done(self):
        client = self.client()
        client.must("set", "spark.connect.progress.reportInterval", "200ms")  # the server cuts the stream before its own 2 s
        client.must("query", "SELECT count(*) FROM (SELECT reflect('java.util.concurrent.locks.LockSupport', 'parkNanos', 600000000L) "
                    "AS n FROM range(0, 12, 1, 12))")
        [(done, known)] = client.must("progress")
        self.assertEqual(done, known)
        self.assertGreaterEqual(int(known), 12)

    def test_a_silent_server_is_asked_whether_it_is_there(self):
        client = self.client(self.server.remote + ";grpc_keepalive_time_ms=150", CLIENT_DEBUG="1")
        client.must(*self.sleeping(3, self.root / "made"))
        self.assertEqual(self.runs_of(client, self.root / "made"), [("1",)])
        client.close()
        self.assertIn("it does not answer; asking for the rest", client.stderr)

    def test_an_interrupted_statement_ends_and_leaves_the_cores_free(self):
        client, other = self.client(), self.client()
        for _ in range(2):
            client.send("query", "SELECT count(*) FROM range(0, 1000000000000, 1, 8) WHERE id % 7 = rand()")
            threading.Event().wait(0.5)
            client.interrupt()
            error = client.read().error
            self.assertEqual(error["kind"], "interrupted")
            # both cores: were they taken for hours, this would not end
            self.assertEqual(other.must("count", "SELECT count(*) FROM range(0, 1000, 1, 4)"), [("1000",)])
            self.assertEqual(client.must("query", "SELECT 1"), [("1",)])


class Encrypted(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.certificates = Certificates()
        cls.addClassCleanup(cls.certificates.close)

    def context(self, protocol):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificates.certificate, self.certificates.key)
        context.set_alpn_protocols([protocol])
        return context

    def encrypted(self):
        return self.relay(self.context("h2"))

    def test_tls_is_spoken_and_its_connection_is_used_again(self):
        relay = self.encrypted()
        client = self.client(f"sc://127.0.0.1:{relay.port}/;use_ssl=true;token={TOKEN}",
                             SSL_CERT_FILE=str(self.certificates.ca))
        for i in range(5):
            self.assertEqual(client.must("query", f"SELECT {i}"), [(str(i),)])
        self.assertLessEqual(len(relay.pairs), 3)

    def test_another_server_behind_tls_is_named_as_none(self):
        handler = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
        other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.addCleanup(other.server_close)
        self.addCleanup(other.shutdown)
        threading.Thread(target=other.serve_forever, daemon=True).start()
        relay = Relay(other.server_address[1], self.context("http/1.1"))
        self.addCleanup(relay.close)
        error = self.client(f"sc://127.0.0.1:{relay.port}/;use_ssl=true", SSL_CERT_FILE=str(self.certificates.ca)).opened.error
        self.assertEqual(error["kind"], "environment")
        self.assertIn("HTTP status 501, of a server or proxy that is not Spark Connect", error["message"])

    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        relay = self.encrypted()
        error = self.client(f"sc://127.0.0.1:{relay.port}/;use_ssl=true").opened.error
        self.assertEqual(error["kind"], "environment")
        self.assertIn("could not connect to Spark", error["message"])
        self.assertIn("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", error["hint"])

    def test_a_certificates_file_that_is_not_there_is_a_fault_of_the_configuration(self):
        error = self.client("sc://127.0.0.1:1/;use_ssl=true", SSL_CERT_FILE="/no/such.pem").opened.error
        self.assertEqual(error["kind"], "config")
        self.assertIn("/no/such.pem", error["message"])

    def test_encrypted_to_a_server_that_is_not_and_the_other_way_round(self):
        plain = self.client(f"sc://127.0.0.1:{self.encrypted().port}").opened.error
        self.assertEqual(plain["kind"], "environment")
        self.assertIn("use_ssl", plain["hint"])
        wrapped = self.client(f"sc://127.0.0.1:{self.server.port}/;use_ssl=true").opened.error
        self.assertEqual(wrapped["kind"], "environment")
        self.assertIn("TLS", wrapped["message"])


class ServersThatDie(Case):
    def test_a_server_that_is_frozen_is_lost_and_the_next_run_finds_it_when_it_wakes(self):
        client = self.client(self.server.remote + ";grpc_keepalive_time_ms=1500;grpc_keepalive_timeout_ms=1500", CRISOL_HASTE="20")
        self.assertEqual(client.must("query", "SELECT 1"), [("1",)])
        self.server.process.send_signal(signal.SIGSTOP)
        try:
            error = client.ask("query", "SELECT 1").error
        finally:
            self.server.process.send_signal(signal.SIGCONT)
        self.assertEqual((error["kind"], error["lost"]), ("environment", "1"))
        self.assertIn("it does not answer", error["message"])
        self.assertEqual(self.client().must("query", "SELECT 1"), [("1",)])

    def test_a_frozen_server_does_not_keep_an_interrupted_client(self):
        client = self.client()
        self.assertEqual(client.must("query", "SELECT 1"), [("1",)])
        self.server.process.send_signal(signal.SIGSTOP)
        try:
            client.send("query", "SELECT 1")
            threading.Event().wait(0.3)
            client.interrupt()
            error = client.read().error  # before the 80 s of the keepalive
        finally:
            self.server.process.send_signal(signal.SIGCONT)
        self.assertEqual(error["kind"], "interrupted")

    def test_a_server_that_is_killed_is_lost_and_one_that_comes_back_has_no_session(self):
        client, idle = self.client(CRISOL_HASTE="10"), self.client()
        client.send("query", "SELECT count(*) FROM range(0, 1000000000000, 1, 8) WHERE id % 7 = rand()")
        threading.Event().wait(0.5)
        self.server.stop()
        error = client.read().error
        self.assertEqual((error["kind"], error["lost"]), ("environment", "1"))
        self.assertIn("lost Spark at", error["message"])
        self.server.start()
        error = idle.ask("query", "SELECT 1").error
        self.assertEqual((error["kind"], error["lost"]), ("environment", "1"))
        self.assertIn("lost the session with Spark", error["message"])
        self.assertEqual(self.client().must("query", "SELECT 1"), [("1",)])


if __name__ == "__main__":
    unittest.main()
