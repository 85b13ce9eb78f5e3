#!/usr/bin/env python3
"""A small S3 client of Python's own library, for scripts and tests: makes buckets, copies files, lists keys.

    s3.py mb BUCKET...             makes buckets; those that are there stay
    s3.py cp DIRECTORY s3://B/K    copies a directory's files below a key
    s3.py ls s3://BUCKET/PREFIX    prints the keys below a prefix, one a line

Endpoint and keys are AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
"""

import datetime
import hashlib
import hmac
import http.client
import os
import pathlib
import ssl
import sys
import urllib.parse
import xml.etree.ElementTree as xml

NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


class Client:
    trusted = None  # a file of certificates; None: the system's

    def __init__(self, endpoint, access_key, secret_key):
        self.endpoint, self.access_key, self.secret_key = endpoint, access_key, secret_key
        self.host = urllib.parse.urlsplit(endpoint).netloc

    def connect(self):
        if not self.endpoint.startswith("https:"):
            return http.client.HTTPConnection(self.host, timeout=30)
        return http.client.HTTPSConnection(self.host, timeout=30, context=ssl.create_default_context(cafile=self.trusted))

    def call(self, method, bucket, key, query=None, body=b"", headers=None, check=True):
        path = "/" + bucket + ("/" + urllib.parse.quote(key, safe="/-_.~") if key else "")
        query = "&".join(f"{urllib.parse.quote(k, safe='-_.~')}={urllib.parse.quote(v, safe='-_.~')}"
                         for k, v in sorted((query or {}).items()))
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(body).hexdigest()
        signed = {"host": self.host, "x-amz-content-sha256": digest, "x-amz-date": now, **(headers or {})}
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
        connection = self.connect()
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


def main(arguments):
    if len(arguments) < 2 or arguments[0] not in ("mb", "cp", "ls"):
        sys.exit(__doc__)
    client = Client(os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    command, rest = arguments[0], arguments[1:]
    if command == "mb":
        for bucket in rest:
            status, content = client.call("PUT", bucket, "", check=False)
            if status >= 300 and b"BucketAlreadyOwnedByYou" not in content:
                sys.exit(f"could not make bucket {bucket}: {status} {content.decode(errors='replace')}")
        return
    place = urllib.parse.urlsplit(rest[-1].replace("s3a://", "s3://", 1))
    bucket, key = place.netloc, place.path.strip("/")
    if command == "ls":
        print(*client.keys(bucket, key + "/" if key else ""), sep="\n")
        return
    for path in sorted(pathlib.Path(rest[0]).rglob("*")):
        if path.is_file():
            client.put(bucket, f"{key}/{path.relative_to(rest[0])}".lstrip("/"), path.read_bytes())


if __name__ == "__main__":
    main(sys.argv[1:])
