"""Section 2, source: inputs in an object store."""

import gzip
import hashlib
import json

import duckdb
import minio
import pyarrow
import pyarrow.parquet
from harness import unittest


class S3Case(minio.StoreCase):
    def read(self, path, change=None, **options):
        self.dataset({"source": {"path": path, **(change or {})}})
        return self.run_dataset(**options)


class Listing(S3Case):
    def test_reads_one_object(self):
        self.store.put(self.bucket, "in/a.csv", "id,v\n1,x\n2,y\n")
        answer = self.read(f"s3a://{self.bucket}/in/a.csv")
        self.assertEqual(answer.rows["read"], 2)
        self.assertEqual(self.silver("id, v"), [("1", "x"), ("2", "y")])

    def test_init_and_profile_look_at_objects(self):
        self.store.put(self.bucket, "in/1.csv", "id;v\n1;1.000,5\n")
        self.store.put(self.bucket, "in/2.csv.gz", gzip.compress("id;v;w\n2;2,5;café\n".encode("cp1252")))
        address = f"s3a://{self.bucket}/in/*"
        self.crisol("init", address, "--id", "made")
        self.assertIn("0 errors, 0 warnings", self.crisol("check", "made.yml").err)
        self.crisol("run", "made.yml")
        found = duckdb.sql(f"SELECT v, w FROM '{self.root}/lake/silver/made/*.parquet' ORDER BY id").fetchall()
        self.assertEqual([(str(v), w) for v, w in found], [("1000.5", None), ("2.5", "café")])
        columns = json.loads(self.crisol("profile", address, "--json").out)["columns"]
        self.assertEqual([(c["name"], c["type"], c["count"]) for c in columns],
                         [("id", "int", 2), ("v", "decimal(18,1)", 2), ("w", "string", 1)])
        self.assertIn("crisol: error: no object matches", self.crisol("profile", f"s3a://{self.bucket}/none/*", exit=3).err)

    def test_s3_and_s3a_are_one_scheme(self):
        self.store.put(self.bucket, "a.csv", "id\n1\n")
        self.assertEqual(self.read(f"s3://{self.bucket}/a.csv").rows["read"], 1)

    def test_quarantined_records_of_compressed_objects_have_their_bytes(self):
        """They are fetched by a second request for the object: of one block, and of several in two members."""
        texts = {"a": "id,v\n1,x\nbad 1,é\n",
                 "b": "id,v\n" + "".join(f"{'bad ' if n % 30000 == 7 else ''}{n},{'y' * 60}\n" for n in range(60000))}
        for name, text in texts.items():
            half = len(text) // 2
            packed = gzip.compress(text[:half].encode()) + gzip.compress(text[half:].encode())
            self.store.put(self.bucket, f"in/{name}.csv.gz", packed)
        self.dataset({"source": {"path": f"s3a://{self.bucket}/in/*"},
                      "quality": {"rules": [{"name": "bad", "expr": "id NOT LIKE 'bad%'"}]}})
        self.run_dataset()
        self.assertEqual(self.quarantine("_raw_record, _raw_form, _source_header", order="_source_file, _source_offset"),
                         [(record, "text", "id,v") for text in texts.values() for record in text.splitlines()
                          if record.startswith("bad ")])

    def test_a_pattern_stays_within_its_level_and_passes_hidden_names_by(self):
        for key in ("in/a.csv", "in/b.csv", "in/c.txt", "in/.hidden.csv", "in/deeper/d.csv", "other/e.csv"):
            self.store.put(self.bucket, key, "id\n" + key + "\n")
        self.read(f"s3a://{self.bucket}/in/*.csv")
        self.assertEqual(self.silver("id"), [("in/a.csv",), ("in/b.csv",)])

    def test_braces_classes_and_question_marks(self):
        for key in ("y=2024/m=01/a.csv", "y=2024/m=02/a.csv", "y=2025/m=01/b.csv", "y=2023/m=01/a.csv"):
            self.store.put(self.bucket, key, "id\n" + key + "\n")
        self.read(f"s3a://{self.bucket}/y={{2024,2025}}/m=0[1]/?.csv")
        self.assertEqual(self.silver("id"), [("y=2024/m=01/a.csv",), ("y=2025/m=01/b.csv",)])

    def test_a_directory_is_its_files_without_hidden_ones(self):
        for key in ("in/a.csv", "in/_SUCCESS", "in/.x", "in/deeper/b.csv"):
            self.store.put(self.bucket, key, "id\n" + key + "\n")
        self.read(f"s3a://{self.bucket}/in")
        self.assertEqual(self.silver("id"), [("in/a.csv",)])

    def test_lists_thousands_of_keys_over_several_pages(self):
        for i in range(1005):
            self.store.put(self.bucket, f"in/{i:05}.csv", f"id\n{i}\n")
        answer = self.read(f"s3a://{self.bucket}/in/*.csv")
        self.assertEqual(answer.rows["read"], 1005)
        self.assertEqual(self.silver("count(DISTINCT id)"), [(1005,)])

    def test_keys_of_all_sorts_are_found_and_named(self):
        names = ["a b", "a+b", "a=b", "50%", "a~b", "é", "日本", "a&b", "a'b", 'a"b', "a;b", "a#b", "a@b,c!", "a%20b", "a[b]"]
        for name in names:
            self.store.put(self.bucket, f"in/{name}.csv", "id\nbad,bad\n")
        self.read(f"s3a://{self.bucket}/in/*.csv")
        found = self.quarantine("_source_file")
        self.assertEqual(sorted(found), sorted([(f"s3://{self.bucket}/in/{name}.csv",) for name in names]))

    def test_one_key_that_looks_like_a_pattern(self):
        self.store.put(self.bucket, "in/a[1].csv", "id\n1\n")
        self.store.put(self.bucket, "in/a1.csv", "id\n2\n")
        self.read(f"s3a://{self.bucket}/in/a[1].csv")
        self.assertEqual(self.silver("id"), [("1",)])

    def test_nothing_that_matches_is_an_error_with_its_place(self):
        answer = self.read(f"s3a://{self.bucket}/in/*.csv", exit=3)
        self.assert_refused(answer, "pipeline.yml:", "no object matches", f"s3a://{self.bucket}/in/*.csv")


class Reading(S3Case):
    def test_a_large_object_is_read_in_pieces_and_loses_nothing(self):
        rows = "".join(f"{i},{'x' * 90}\n" for i in range(250_000))
        self.store.put(self.bucket, "big.csv", "id,v\n" + rows)
        answer = self.read(f"s3a://{self.bucket}/big.csv")
        self.assertEqual(answer.rows["read"], 250_000)
        self.assertEqual(self.silver("count(DISTINCT id), min(length(v)), max(length(v))"), [(250_000, 90, 90)])

    def test_gzip_json_and_json_lines(self):
        self.store.put(self.bucket, "a.csv.gz", gzip.compress(b"id\n1\n") + gzip.compress(b"2\n"))
        self.assertEqual(self.read(f"s3a://{self.bucket}/a.csv.gz").rows["read"], 2)
        self.store.put(self.bucket, "a.json", '[{"id": 1}, {"id": 2, "x": {"y": 3}}]')
        answer = self.read(f"s3a://{self.bucket}/a.json", {"input_format": "json", "options": None})
        self.assertEqual(answer.rows["read"], 2)

    def write_parquet(self, key, sql):
        path = self.root / "local.parquet"
        self.query(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
        self.store.put(self.bucket, key, path.read_bytes())

    def test_parquet(self):
        for name in ("a", "b c+d=e%f~g-é"):
            self.write_parquet(f"in/{name}.parquet", f"SELECT 1 AS id, DECIMAL '1.50' AS amount, '{name}' AS name")
        answer = self.read(f"s3a://{self.bucket}/in/*.parquet", {"input_format": "parquet", "options": None})
        self.assertEqual(answer.rows["read"], 2)
        self.assertEqual(self.silver("name", order="name"), [("a",), ("b c+d=e%f~g-é",)])

    def test_parquet_in_hive_folders(self):
        for number, folder in enumerate(("p=a/q=1", "p=%2F/q=2", "_spark/p=1", "p=a/q=3/more")):
            path = self.root / "one.parquet"
            pyarrow.parquet.write_table(pyarrow.table({"id": [number]}), path)
            self.store.put(self.bucket, f"lake/{folder}/f.parquet", path.read_bytes())
        self.dataset({"source": {"input_format": "parquet", "path": f"s3a://{self.bucket}/lake", "options": None}})
        self.run_dataset()
        self.assertEqual(self.silver(order="id"), [(0, "a", "1"), (1, "/", "2")])

    def test_a_key_is_a_name_and_no_pattern(self):
        names = ["p[1]", "p1", "a*b", "axb", "a?b", "a?s3_region=x", "a#b", "c\\d", "c\\*d", "b{1,2}", "b1", "%41", "A", "[", "n\nl"]
        for i, name in enumerate(names):
            self.write_parquet(f"in/{name}.parquet", f"SELECT {i} AS id")
            self.store.put(self.bucket, f"csv/d[1]/{name}.csv", f"id\n{i}\n")
        self.store.put(self.bucket, "csv/d1/x.csv", "id\n99\n")
        parquet = {"input_format": "parquet", "options": None}
        everything = list(range(len(names)))
        for path, change in (("in/*.parquet", parquet), ("in", parquet), ("csv/d[1]", {}), ("csv/d[1]/*.csv", {})):
            with self.subTest(path):
                self.read(f"s3a://{self.bucket}/{path}", change)
                self.assertEqual(sorted(int(row[0]) for row in self.silver("id")), everything)
        self.read([f"s3a://{self.bucket}/in/{name}.parquet" for name in names], parquet)
        self.assertEqual(sorted(int(row[0]) for row in self.silver("id")), everything)

    def test_names_with_an_underscore_or_a_dot_are_no_data(self):
        self.store.put(self.bucket, "in/a.csv", "id\n1\n")
        for name in ("_SUCCESS", "_x.csv", ".a.csv.crc", "_temporary/a.csv", "_x/a.csv"):
            self.store.put(self.bucket, f"in/{name}", "not,data")
        for path in ("in", "in/*", "in/{*,*/*}"):
            with self.subTest(path):
                self.assertEqual(self.read(f"s3a://{self.bucket}/{path}").rows["read"], 1)
        self.store.put(self.bucket, "in/_named.csv", "id\n1\n2\n")
        self.assertEqual(self.read(f"s3a://{self.bucket}/in/_named.csv").rows["read"], 2)

    def test_what_is_no_parquet_is_an_error_of_the_environment(self):
        self.store.put(self.bucket, "a.parquet", "id\n1\n")
        answer = self.read(f"s3a://{self.bucket}/a.parquet", {"input_format": "parquet", "options": None}, exit=3)
        self.assert_refused(answer, "a.parquet")

    def test_an_empty_object_is_refused_as_an_empty_file_is(self):
        self.store.put(self.bucket, "a.csv", "")
        self.assert_refused(self.read(f"s3a://{self.bucket}/a.csv", exit=1), "the input is empty")

    def test_the_metadata_have_size_and_etag(self):
        self.store.put(self.bucket, "a.csv", "id\n1\n")
        self.dataset_with_gold({"source": {"path": f"s3a://{self.bucket}/a.csv"}})
        self.run_dataset()
        self.assertEqual(self.gold("SELECT path, bytes, etag FROM metadata.run_files WHERE direction = 'input'"),
                         [(f"s3://{self.bucket}/a.csv", 5, hashlib.md5(b"id\n1\n").hexdigest())])

    def test_incremental_takes_new_and_changed_objects_only(self):
        change = {"source": {"path": f"s3a://{self.bucket}/*.csv", "incremental": True, "on_changed": "append"},
                  "output": {"silver": {"mode": "append"}, "gold": {"mode": "append"}}}
        self.dataset_with_gold(change)
        self.store.put(self.bucket, "a.csv", "id\n1\n")
        self.assertEqual(self.run_dataset().rows["read"], 1)
        self.store.put(self.bucket, "b.csv", "id\n2\n")
        self.assertEqual(self.run_dataset().rows["read"], 1)
        self.store.put(self.bucket, "a.csv", "id\n3\n")
        answer = self.run_dataset()
        self.assertEqual(answer.rows["read"], 1)
        self.assertIn("has changed since run", answer.err)
        self.assertEqual(sorted(self.silver("id")), [("1",), ("2",), ("3",)])


class Access(S3Case):
    def setUp(self):
        super().setUp()
        self.store.put(self.bucket, "a.csv", "id\n1\n")
        self.path = f"s3a://{self.bucket}/a.csv"
        for name in self.store.environment:
            self.environment.pop(name)
        self.env = {"endpoint": self.store.endpoint, "access_key_id": self.store.access_key,
                    "secret_access_key": self.store.secret_key}

    def run_with(self, env=None, exit=0, **variables):
        self.write("config/env.yml", {"s3": env or {}})
        self.dataset({"source": {"path": self.path}})
        return self.run_dataset(exit=exit, env=variables)

    def test_credentials_from_env_yml(self):
        self.run_with(self.env)

    def test_the_environment_wins_over_env_yml(self):
        self.run_with({**self.env, "secret_access_key": "wrong", "endpoint": "http://127.0.0.1:1"}, **self.store.environment)

    def test_credentials_from_a_profile_of_the_shared_files(self):
        self.write("credentials", "[default]\naws_access_key_id = no\naws_secret_access_key = no\n"
                                  f"[lake]\naws_access_key_id = minio\naws_secret_access_key={self.store.secret_key}\n")
        self.write("aws-config", f"[profile lake]\nregion = us-east-1\nendpoint_url = {self.store.endpoint}\n")
        files = {"AWS_SHARED_CREDENTIALS_FILE": str(self.root / "credentials"), "AWS_CONFIG_FILE": str(self.root / "aws-config")}
        self.run_with(AWS_PROFILE="lake", **files)
        answer = self.run_with(AWS_PROFILE="pond", exit=2, **files)
        self.assert_refused(answer, "AWS_PROFILE", "pond")

    def test_virtual_host_style(self):
        """*.localhost is the loopback to libcurl; MinIO takes the bucket from the host."""
        self.run_with({**self.env, "endpoint": f"http://s3.localhost:{self.store.port}", "path_style": False})

    def test_a_wrong_secret_is_refused_at_once_and_not_shown(self):
        answer = self.run_with({**self.env, "secret_access_key": "wr0ng-s3cr3t"}, exit=3)
        self.assert_refused(answer, f"s3://{self.bucket}/a.csv", "403", "SignatureDoesNotMatch", "Check")
        self.assertNotIn("wr0ng", answer.err + answer.out)

    def test_an_unknown_access_key(self):
        self.assert_refused(self.run_with({**self.env, "access_key_id": "nobody"}, exit=3), "403", "InvalidAccessKeyId")

    def test_no_credentials_at_all(self):
        answer = self.run_with({"endpoint": self.store.endpoint}, exit=3)
        self.assert_refused(answer, "403", "AccessDenied", "No credentials are given")

    def test_a_bucket_that_is_not_there(self):
        self.path = "s3a://no-such-bucket/in/*.csv"
        self.assert_refused(self.run_with(self.env, exit=3), "no-such-bucket", "404", "NoSuchBucket", "mounts")

    def test_a_server_that_is_not_there(self):
        answer = self.run_with({**self.env, "endpoint": "http://127.0.0.1:1"}, exit=3)
        self.assert_refused(answer, "127.0.0.1:1", "does not answer", "Is the endpoint right")

    def test_half_a_pair_of_keys_and_an_endpoint_that_is_none(self):
        self.assert_refused(self.run_with({**self.env, "secret_access_key": None}, exit=2), "only the access key")
        self.assert_refused(self.run_with({**self.env, "endpoint": "localhost:9000"}, exit=2), "no http://")
        answer = self.run_with({**self.env, "endpoint": "http://user:hunter2@localhost:9000"}, exit=2)
        self.assertNotIn("hunter2", answer.err)


del S3Case

if __name__ == "__main__":
    unittest.main()
