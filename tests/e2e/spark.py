"""A Spark Connect server of a test's own: on a free port of the loopback, in a temporary directory, stopped by its process.
It takes some five seconds to start, fifteen more until its JVM is warm, and 400 MB: all programs that speak to Spark are one
program of ctest (tests/e2e.cmake), so that they share one. Also spark_client, to speak to it with the client of src/engine/spark
and with nothing of crisol above that."""

import atexit
import functools
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import servers

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "spark.sh"
TOKEN = "t0ken-of-the-tests+/="


def children(pid):
    """The processes that this one has started, and those that they have."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(entry.read_text().rpartition(")")[2].split()[1]) == pid:
                found += [int(entry.parent.name), *children(int(entry.parent.name))]
        except OSError:
            pass
    return found


class Server:
    """`master` is Spark's: local-cluster[2,1,1024] has two executors in processes of their own. `conf` is its
    configuration. A server with a token takes no client without it."""

    def __init__(self, master="local[2]", conf=None, token=None, options=(), memory="1g"):
        self.master, self.token, self.options, self.memory = master, token, list(options), memory
        self.conf = {"spark.sql.shuffle.partitions": 2, "spark.default.parallelism": 2, **(conf or {})}
        if token:
            self.conf["spark.connect.authenticate.token"] = token
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="crisol-spark-"))
        self.port = servers.free_port()
        self.start()

    @property
    def remote(self):
        return f"sc://127.0.0.1:{self.port}" + (f"/;token={self.token}" if self.token else "")

    @property
    def environment(self):
        return {"SPARK_REMOTE": self.remote}

    @property
    def log(self):
        return (self.directory / "log").read_text(errors="replace")

    def start(self):
        """On the same port each time, so that a client finds it again."""
        conf = [word for key, value in self.conf.items() for word in ("--conf", f"{key}={value}")]
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen(
                [str(SCRIPT), "serve", str(self.port), str(self.directory), "--conf", f"spark.master={self.master}", *conf,
                 *self.options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=servers.dying_with(os.getpid()),
                env={"PATH": os.environ["PATH"], "HOME": str(self.directory), "SPARK_JAVA_OPTIONS": "quick",
                     "SPARK_MEMORY": self.memory, **{k: v for k, v in os.environ.items() if k.startswith(("JAVA_", "AWS_"))}})
        for _ in range(3600):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(self.log)

    def stop(self):
        """As the system would kill it; executors of their own go with it."""
        family = children(self.process.pid)
        self.process.kill()
        self.process.wait()
        for pid in family:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def close(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


def kept(start):
    """Calls `start` once; what it started is closed when the program ends."""

    @functools.cache
    def once():
        started = start()
        atexit.register(started.close)
        return started

    return once


@kept
def server():
    """It cuts each stream after a second and takes no client without its token, which must not be noticed. Small plans are planned
    once: that takes a third less than adaptively, which cluster() has."""
    return Server(token=TOKEN, conf={"spark.connect.execute.reattachable.senderMaxStreamDuration": "1s",
                                     "spark.sql.adaptive.enabled": False})


@kept
def cluster():
    """Two executors in processes of their own, a core each."""
    return Server(master="local-cluster[2,1,1024]")


class Answer:
    def __init__(self, lines):
        self.is_done = lines[-1] == "ok"
        self.rows = [tuple(line.split("\t")) for line in lines[:-1]] if self.is_done else []
        self.error = dict(line.split("\t", 1) for line in lines[:-1] if "\t" in line) if not self.is_done else {}


class Client:
    """A session of tests/spark/client.c, which says what the commands are."""

    def __init__(self, remote, program=None, env=None):
        program = program or os.environ.get("SPARK_CLIENT") or str(ROOT / "build" / "dev" / "tests" / "spark_client")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("SPARK_", "GRPC_", "SSL_"))}
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True, errors="surrogateescape", env={**environment, "SPARK_REMOTE": remote, **(env or {})})
        self.opened = self.read()
        if self.opened.is_done:
            self.version, self.session, self.application = self.opened.rows[0]

    def read(self):
        lines = []
        while not lines or lines[-1] not in ("ok", "error"):
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError(f"the client ended: {lines} {self.process.stderr.read()}")
            lines.append(line.rstrip("\n"))
        return Answer(lines)

    def send(self, *words):
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        self.process.stdin.flush()

    def ask(self, *words):
        self.send(*words)
        return self.read()

    def must(self, *words):
        answer = self.ask(*words)
        assert answer.is_done, f"{words}: {answer.error}"
        return answer.rows

    def interrupt(self):
        self.process.send_signal(signal.SIGUSR1)

    def close(self):
        """Ends the session; what a sanitizer has said is an error."""
        if self.process.stdin.closed:
            return
        _, self.stderr = self.process.communicate(timeout=60)
        assert self.process.returncode in (0, 2, 3), (self.process.returncode, self.stderr)
        assert "Sanitizer" not in self.stderr, self.stderr
