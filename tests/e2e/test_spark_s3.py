"""Sources in an object store, which executors read through s3a: text by the worker, Parquet by Spark. Silver goes to the store by
crisol's own publication. Where `scripts/spark.sh s3a` has brought Hadoop's S3A."""

import functools

import minio
import servers
import spark
from harness import json, unittest

JARS = spark.ROOT / "build" / "deps" / "spark" / "s3a"


@servers.shared
def server():
    store = minio.server()
    return spark.Server(options=["--jars", ",".join(map(str, sorted(JARS.glob("*.jar"))))], conf={
        "spark.hadoop.fs.s3a.endpoint": store.endpoint, "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.access.key": store.access_key, "spark.hadoop.fs.s3a.secret.key": store.secret_key,
        "spark.hadoop.fs.s3a.endpoint.region": "us-east-1", "spark.sql.adaptive.enabled": False})


class InAStore(minio.StoreCase):
    def setUp(self):
        super().setUp()
        self.environment.update(server().environment)

    def test_text_and_parquet_of_a_store_and_silver_back_to_it(self):
        put = functools.partial(self.store.put, self.bucket)
        put("in/a b%20c.csv", 'id,v\n1,"two\nlines"\n2,x\n3,y,z\n')
        put("in/b.csv", "id,v\n4,\n")
        put("more/a.jsonl", json.dumps({"id": 5, "v": "j"}) + "\n[1]\n")
        self.query(f"COPY (SELECT '6' AS id, 'p' AS v) TO '{self.root}/a.parquet'")
        put("parquet/a.parquet", (self.root / "a.parquet").read_bytes())
        base = f"s3a://{self.bucket}"
        source = [{"name": "cells", "input_format": "csv", "path": f"{base}/in/*.csv", "options": {"header": True}},
                  {"name": "json", "input_format": "jsonl", "path": f"{base}/more/*.jsonl"},
                  {"name": "columns", "input_format": "parquet", "path": f"{base}/parquet/"}]
        self.dataset({"source": None, "sources": source, "standardization": {"casts": [{"column": "id", "to": "int"}]},
                      "quality": {"rules": [{"name": "known", "expr": "v IS NOT NULL", "on_fail": "quarantine"}]},
                      "output": {"silver": {"path": f"{base}/lake/silver"}}})
        rows = {}
        for engine in ("spark", "duckdb"):
            answer = self.crisol("run", "pipeline.yml", "--engine", engine, "--json")
            self.assertEqual((answer.rows["passed"], answer.rows["quarantined"], answer.rows["malformed"]), (4, 1, 2))
            rows[engine] = self.lake("id, v", prefix="lake/silver")
        self.assertEqual(rows["spark"], [(1, "two\nlines"), (2, "x"), (5, "j"), (6, "p")])
        self.assertEqual(rows["duckdb"], rows["spark"])


if __name__ == "__main__":
    unittest.main()
