"""A PostgreSQL of a test's own: a cluster in a temporary directory, on a free port of the loopback, stopped by its process."""

import glob
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import tempfile
import time

import servers


def find_program(name):
    """The newest server's program: Debian keeps them out of PATH."""
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda path: int(path.split("/")[4]))
    return found[-1] if found else shutil.which(name)


class Server:
    """initdb refuses to be root: the server is then user postgres's, whose the directory is."""

    def __init__(self, password="s3cr3t-of-the-tests", largest_file=None):
        """`largest_file`: bytes past which the system refuses the server to write, as where its disk is full."""
        self.password = password
        self.largest_file = largest_file
        self.port = servers.free_port()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="crisol-postgresql-"))
        self.account = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        if self.account:
            shutil.chown(self.directory, "postgres", "postgres")
        self.data = self.directory / "data"
        secret = self.directory / "password"
        secret.write_text(password)
        secret.chmod(0o644)
        self.call("initdb", "--pgdata", self.data, "--username", "admin", "--pwfile", secret, "--auth", "scram-sha-256",
                  "--encoding", "UTF8", "--locale", "C", "--no-sync")
        self.start()

    def call(self, program, *arguments, **options):
        subprocess.run([find_program(program), *map(str, arguments)], check=True, capture_output=True, text=True,
                       cwd=self.directory, **self.account, **options)

    def start(self):
        """The server is this program's child, not a daemon of pg_ctl's: it ends when the program does."""
        options = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.directory,
                   "fsync": "off", "max_connections": 20}
        dies = servers.dying_with(os.getpid(), signal.SIGQUIT)

        def prepare():
            dies()
            if self.largest_file:
                resource.setrlimit(resource.RLIMIT_FSIZE, (self.largest_file,) * 2)

        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen(
                [find_program("postgres"), "-D", str(self.data), *(f"--{k}={v}" for k, v in options.items())],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.directory, preexec_fn=prepare, **self.account)
        for _ in range(1200):
            if subprocess.run([find_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode == 0:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError((self.directory / "log").read_text())

    def stop(self, mode="immediate"):
        self.process.send_signal({"immediate": signal.SIGQUIT, "fast": signal.SIGINT}[mode])
        self.process.wait()

    def close(self):
        self.stop()
        shutil.rmtree(self.directory)

    def sql(self, sql, database="postgres", user="admin", password=None):
        """What psql prints: one line a row, `|` between values, nulls as ∅."""
        answer = subprocess.run(
            ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--pset", "null=∅", "--set", "ON_ERROR_STOP=1",
             "--host", "127.0.0.1", "--port", str(self.port), "--username", user, "--dbname", database],
            input="SET TIME ZONE 'UTC';\n" + sql, capture_output=True, text=True,
            env={**os.environ, "PGPASSWORD": password or self.password})
        if answer.returncode != 0:
            raise AssertionError(answer.stderr)
        return answer.stdout.splitlines()


@servers.shared
def server():
    """One for all tests of a program; stopped when it ends."""
    return Server()


def use_database(case):
    """A database of the test's own, which database.yml names as the gold of its datasets; returns the server and the name."""
    shared = server()
    name = "".join(c if c.isalnum() else "_" for c in case.id().split(".", 1)[1].lower())[-60:]
    shared.sql(f'CREATE DATABASE "{name}"')
    case.addCleanup(shared.sql, f'DROP DATABASE "{name}" WITH (FORCE)')
    case.environment["TEST_PASSWORD"] = shared.password
    case.write("database.yml", {"default": {"driver": "postgresql", "host": "127.0.0.1", "port": shared.port, "database": name,
                                            "user": "admin", "password_env": "TEST_PASSWORD"}})
    return shared, name
