"""A MinIO of a test's own: in a temporary directory, on a free port of the loopback, stopped by its process. Beside it
scripts/s3.py, a client apart from crisol's own, for what a test puts there and looks at."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import servers
from harness import Case

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import s3  # noqa: E402

PROGRAM = ROOT / "build" / "deps" / "minio" / "minio"


class Server(s3.Client):
    def __init__(self, access_key="minio", secret_key="minio-s3cr3t-of-the-tests"):
        self.port = servers.free_port()
        super().__init__(f"http://127.0.0.1:{self.port}", access_key, secret_key)
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="crisol-minio-"))
        self.start()

    @property
    def environment(self):
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key,
                "AWS_ENDPOINT_URL": self.endpoint}

    def start(self):
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen(
                [str(PROGRAM), "server", "--quiet", "--address", f"127.0.0.1:{self.port}", str(self.directory / "data")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.directory,
                preexec_fn=servers.dying_with(os.getpid()),
                env={"PATH": os.environ["PATH"], "HOME": str(self.directory), "MINIO_ROOT_USER": self.access_key,
                     "MINIO_ROOT_PASSWORD": self.secret_key, "MINIO_BROWSER": "off", "MINIO_DOMAIN": "s3.localhost"})
        for _ in range(600):
            try:
                if self.call("GET", "", "", check=False)[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError((self.directory / "log").read_text())

    def stop(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        self.stop()
        shutil.rmtree(self.directory)


@servers.shared
def server():
    """One for all tests of a program; stopped when it ends."""
    return Server()


class StoreCase(Case):
    """A bucket of the test's own; silver and quarantine below it are read as files."""

    @classmethod
    def setUpClass(cls):
        cls.store = server()

    def setUp(self):
        super().setUp()
        self.environment |= self.store.environment
        name = hashlib.md5(self.id().encode()).hexdigest()[:16]
        self.bucket = f"b-{name}-{time.monotonic_ns()}"
        self.store.make_bucket(self.bucket)

    def bring(self, prefix):
        """The objects below a prefix of the bucket, as files below the test's directory."""
        directory = self.root / "from-store" / prefix
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        self.store.fetch(self.bucket, prefix + "/", directory)
        return f"from-store/{prefix}"

    def lake(self, columns="* EXCLUDE (_run_id, _ingestion_ts)", where="", prefix="silver"):
        return self.table(self.bring(prefix), columns, where)
