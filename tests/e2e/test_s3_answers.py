"""An answer of success is believed when it is the answer to what was asked, and what was staged is looked at before the commit."""

import io

import minio
import pyarrow
import pyarrow.parquet
import s3proxy

from harness import unittest

LIST = r"GET /[^?]*\?.*list-type"


class Answers(minio.StoreCase):
    def setUp(self):
        super().setUp()
        self.store.put(self.bucket, "in/a.csv", "id,p\n1,a\n2,b\n")
        self.store.put(self.bucket, "other/b.csv", "id,p\n7,x\n8,x\n9,x\n")
        self.proxy = s3proxy.Proxy(self.store.port)
        self.addCleanup(self.proxy.server_close)
        self.addCleanup(self.proxy.shutdown)
        self.environment["AWS_ENDPOINT_URL"] = self.proxy.endpoint
        self.dataset({"source": {"path": f"s3a://{self.bucket}/in/*.csv"}, "quality": {"quarantine": "out/quarantine"},
                      "output": {"silver": {"path": f"s3a://{self.bucket}/silver", "mode": "overwrite_dynamic",
                                            "partition_by": ["p"]}}})

    def test_an_answer_to_another_request_is_asked_for_again(self):
        self.run_dataset()
        key = rf"/{self.bucket}/"
        for pattern, what, options in (
                (rf"PUT {key}.*silver.crisol.*part-", "other", {"other": LIST}),
                (rf"PUT {key}.*silver.crisol.*part-", "empty200", {"is_before": True}),
                (rf"PUT {key}.*silver.crisol.*part-", "other", {"other": rf"PUT {key}.*lock"}),
                (rf"PUT {key}silver/p", "empty200", {"is_before": True}),
                (rf"PUT {key}silver/p", "other", {"other": LIST}),
                (LIST, "empty200", {}),
                (rf"{LIST}.*prefix=silver", "other", {"other": rf"{LIST}.*prefix=in"}),
                (rf"{LIST}.*prefix=in", "other", {"other": rf"{LIST}.*prefix=.*silver"}),
                (rf"DELETE {key}", "empty200", {"is_before": True}),
                (rf"GET {key}in/a.csv", "empty200", {})):
            with self.subTest(f"{pattern} {what} {options}"):
                fault = self.proxy.add(pattern, what, **options)
                self.run_dataset()
                self.assertTrue(fault.met.is_set())
                self.assertEqual(self.lake("id, p"), [("1", "a"), ("2", "b")])
                self.assertEqual([k for k in self.store.keys(self.bucket) if ".crisol" in k and not k.endswith("lock")], [])

    def test_what_is_staged_is_looked_at(self):
        """An upload that was answered as it should be, and of which the store has nothing, less, or something else."""
        self.run_dataset()
        before = self.lake("*")
        self.store.put(self.bucket, "in/a.csv", "id,p\n5,a\n6,b\n")
        for change, message in ((lambda key: self.store.delete(self.bucket, key), "is not there"),
                                (lambda key: self.store.put(self.bucket, key, b""), "is not what was uploaded"),
                                (lambda key: self.store.put(self.bucket, key, b"x" * len(self.store.get(self.bucket, key))),
                                 "is not what was uploaded")):
            with self.subTest(message):
                fault = self.proxy.add(rf"{LIST}.*prefix=.silver.crisol%2Fdemo%2F2", "hold", is_before=True)
                process = self.start("run", "pipeline.yml")
                self.assertTrue(fault.met.wait(120))
                change(next(k for k in self.store.keys(self.bucket) if ".crisol" in k and "part-" in k))
                fault.release()
                _, err = process.communicate(timeout=120)
                self.assertEqual(process.returncode, 3, err)
                self.assertIn(message, err)
                self.assertEqual(self.lake("*"), before)

    def test_large_objects_go_by_parts(self):
        buffer = io.BytesIO()
        rows = 120000
        pyarrow.parquet.write_table(pyarrow.table({"id": list(range(rows)), "p": ["a"] * rows,
                                                   "v": [str(i * 7919 % 1000003) * 40 for i in range(rows)]}), buffer,
                                    compression="none", use_dictionary=False)
        self.assertGreater(len(buffer.getvalue()), 17 << 20)
        self.store.put(self.bucket, "in/a.parquet", buffer.getvalue())
        self.dataset({"source": {"input_format": "parquet", "path": f"s3a://{self.bucket}/in/*.parquet", "options": None},
                      "output": {"silver": {"path": f"s3a://{self.bucket}/large", "compression": "uncompressed"}}})
        for pattern, options in ((r"POST .*uploads", {"other": LIST}), (r"PUT .*partNumber=1", {"other": LIST}),
                                 (r"POST .*uploadId", {"other": LIST})):
            with self.subTest(pattern):
                fault = self.proxy.add(pattern, "other", **options)
                self.run_dataset()
                self.assertTrue(fault.met.is_set())
                self.assertEqual(self.lake("count(*)", prefix="large"), [(rows,)])


if __name__ == "__main__":
    unittest.main()
