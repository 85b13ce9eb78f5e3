"""An authority of the tests' own, and a certificate of it for 127.0.0.1."""

import pathlib
import shutil
import subprocess
import tempfile


class Certificates:
    """An authority of its own, and a certificate of it for 127.0.0.1; `ca` is for whom trusts it."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="crisol-tls-"))
        self.ca, self.key, self.certificate = (self.directory / n for n in ("ca.crt", "private.key", "public.crt"))
        request = self.directory / "request"
        names = self.directory / "names"
        names.write_text("subjectAltName=IP:127.0.0.1\n")
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=crisol-tests",
                     "-keyout", self.directory / "ca.key", "-out", self.ca)
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", self.key, "-out", request)
        self.openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.directory / "ca.key", "-CAcreateserial",
                     "-days", "2", "-extfile", names, "-out", self.certificate)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    def close(self):
        shutil.rmtree(self.directory)
