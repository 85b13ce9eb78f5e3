"""A MinIO of a test's own: in a temporary directory, on a free port of the loopback, stopped by its process. Beside it a small
client for what a test puts there and looks at, which signs by itself, apart from crisol."""

import datetime
import hashlib
import hmac
import http.client
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.parse
import xml.etree.ElementTree as xml

from harness import Case
from postgresql import free_port

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "build" / "deps" / "minio" / "minio"
NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


class Server:
    def __init__(self, access_key="minio", secret_key="minio-s3cr3t-of-the-tests"):
        self.access_key, self.secret_key = access_key, secret_key
        self.port = free_port()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="crisol-minio-"))
        self.start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self):
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key,
                "AWS_ENDPOINT_URL": self.endpoint}

    def start(self):
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen(
                [str(PROGRAM), "server", "--quiet", "--address", f"127.0.0.1:{self.port}", str(self.directory / "data")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.directory,
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

    # --- a client ---------------------------------------------------------------------------------------------------

    def call(self, method, bucket, key, query=None, body=b"", headers=None, check=True):
        path = "/" + bucket + ("/" + urllib.parse.quote(key, safe="/-_.~") if key else "")
        query = "&".join(f"{urllib.parse.quote(k, safe='-_.~')}={urllib.parse.quote(v, safe='-_.~')}"
                         for k, v in sorted((query or {}).items()))
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(body).hexdigest()
        signed = {"host": f"127.0.0.1:{self.port}", "x-amz-content-sha256": digest, "x-amz-date": now, **(headers or {})}
        names = ";".join(sorted(signed))
        canonical = "\n".join([method, path, query, *(f"{k}:{signed[k]}" for k in sorted(signed)), "", names, digest])
        scope = f"{now[:8]}/us-east-1/s3/aws4_request"
        secret = ("AWS4" + self.secret_key).encode()
        for part in scope.split("/"):
            secret = hmac.digest(secret, part.encode(), "sha256")
        text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        signature = hmac.digest(secret, text.encode(), "sha256").hex()
        signed["authorization"] = (f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope},SignedHeaders={names},"
                                   f"Signature={signature}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path + ("?" + query if query else ""), body, signed)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if check and answer.status >= 300:
            raise AssertionError(f"{method} {bucket}/{key}: {answer.status} {content.decode(errors='replace')}")
        return answer.status, content

    def make_bucket(self, bucket):
        self.call("PUT", bucket, "")

    def put(self, bucket, key, content):
        self.call("PUT", bucket, key, body=content if isinstance(content, bytes) else content.encode())

    def get(self, bucket, key):
        return self.call("GET", bucket, key)[1]

    def delete(self, bucket, key):
        self.call("DELETE", bucket, key)

    def keys(self, bucket, prefix=""):
        """All keys, hidden ones too."""
        found, token = [], None
        while True:
            query = {"list-type": "2", "prefix": prefix, **({"continuation-token": token} if token else {})}
            page = xml.fromstring(self.call("GET", bucket, "", query)[1])
            found += [node.text for node in page.iter(NAMESPACE + "Key")]
            token = page.findtext(NAMESPACE + "NextContinuationToken")
            if not token:
                return sorted(found)

    def uploads(self, bucket, key):
        """Uploads of this key that are not completed."""
        page = xml.fromstring(self.call("GET", bucket, "", {"uploads": "", "prefix": key})[1])
        return [node.text for node in page.iter(NAMESPACE + "UploadId")]

    def fetch(self, bucket, prefix, directory):
        """Every object below the prefix as a file below the directory."""
        for key in self.keys(bucket, prefix):
            path = directory / key[len(prefix):].lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.get(bucket, key))


shared = None


def server():
    """One for all tests of a program; stopped when it ends."""
    global shared
    if shared is None:
        shared = Server()
        unittest.addModuleCleanup(close_shared)
    return shared


def close_shared():
    global shared
    if shared is not None:
        shared.close()
        shared = None


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
