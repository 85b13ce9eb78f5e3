"""Encrypted connections to the real services: certificates are checked, and what cannot be trusted is refused."""

import shutil
import unittest

import minio
import postgresql
import pyarrow
import pyarrow.parquet
from certificates import Certificates
from harness import Case


class Encrypted(Case):
    @classmethod
    def setUpClass(cls):
        cls.certificates = Certificates()
        cls.addClassCleanup(cls.certificates.close)


class PostgreSql(Encrypted):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = postgresql.Server()
        cls.addClassCleanup(cls.server.close)
        for path, name in ((cls.certificates.key, "server.key"), (cls.certificates.certificate, "server.crt")):
            target = cls.server.data / name
            shutil.copy(path, target)
            target.chmod(0o600)
            if cls.server.account:
                shutil.chown(target, "postgres", "postgres")
        cls.server.sql("ALTER SYSTEM SET ssl = on")
        hba = cls.server.data / "pg_hba.conf"
        hba.write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")
        cls.server.stop("fast")
        cls.server.start()

    def run_with(self, sslmode, exit=0, env=None):
        self.write("in/a.csv", "id\n1\n")
        self.write("database.yml", {"default": {"driver": "postgresql", "host": "127.0.0.1", "port": self.server.port,
                                                "database": "postgres", "user": "admin", "password": self.server.password,
                                                "sslmode": sslmode}})
        self.dataset({"output": {"gold": {"enabled": True, "database_config": "database.yml"}}})
        return self.run_dataset(exit=exit, env=env)

    def test_a_connection_is_encrypted_where_the_server_can(self):
        for mode in ("prefer", "require"):
            with self.subTest(mode=mode):
                self.run_with(mode)
        self.assertEqual(self.server.sql("SELECT id FROM gold.demo"), ["1"])

    def test_one_that_must_not_be_is_refused_by_a_server_that_wants_it(self):
        self.assert_refused(self.run_with("disable", exit=3), "no encryption")

    def test_a_certificate_is_checked_where_that_is_asked(self):
        for mode in ("verify-ca", "verify-full"):
            with self.subTest(mode=mode):
                self.assert_refused(self.run_with(mode, exit=3), "root")
                self.run_with(mode, env={"PGSSLROOTCERT": str(self.certificates.ca)})


class ObjectStore(Encrypted):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = minio.Server()
        cls.addClassCleanup(cls.store.close)
        cls.store.make_bucket("tls")
        cls.store.put("tls", "in/a.csv", "id,x\n1,2\n")
        path = cls.certificates.directory / "a.parquet"
        pyarrow.parquet.write_table(pyarrow.table({"id": [7]}), path)
        cls.store.put("tls", "in/a.parquet", path.read_bytes())
        cls.store.stop()
        certificates = cls.store.directory / ".minio/certs"  # where MinIO looks below HOME
        certificates.mkdir(parents=True, exist_ok=True)
        shutil.copy(cls.certificates.key, certificates / "private.key")
        shutil.copy(cls.certificates.certificate, certificates / "public.crt")
        cls.store.endpoint = cls.store.endpoint.replace("http:", "https:")
        cls.store.trusted = cls.certificates.ca
        cls.store.start()

    def run_from(self, name, exit=0, trusted=True, silver="out/silver"):
        kind = name.split(".")[-1]
        self.dataset({"source": {"input_format": kind, "path": f"s3a://tls/in/{name}",
                                 "options": {"header": True if kind == "csv" else None}},
                      "output": {"silver": {"path": silver}}})
        env = {**self.store.environment, **({"AWS_CA_BUNDLE": str(self.certificates.ca)} if trusted else {})}
        return self.run_dataset(exit=exit, env=env)

    def test_text_is_read_and_a_lake_is_written(self):
        self.assertEqual(self.run_from("a.csv", silver="s3a://tls/silver").rows["silver"], 1)
        self.assertEqual(len(self.store.keys("tls", "silver/")), 1)

    def test_parquet_is_read(self):
        self.run_from("a.parquet")
        self.assertEqual(self.silver("id"), [(7,)])

    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        for name in ("a.csv", "a.parquet"):
            with self.subTest(name=name):
                answer = self.run_from(name, exit=3, trusted=False)
                self.assert_refused(answer, "certificate")
                self.assertFalse((self.root / "out").exists())


if __name__ == "__main__":
    unittest.main()
