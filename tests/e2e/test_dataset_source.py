"""source: {dataset: NAME}: the silver of another dataset is read, as rows, without what crisol adds to them."""

import minio
from harness import BASE, Case, merged, unittest


class Source(Case):
    def upstream(self, change=None):
        self.write("in/orders.csv", "id,day,country\n1,2024-01-02,CO\n2,2024-02-03,PE\n")
        base = {"id": "orders", "source": {"path": "in/orders.csv"}, "quality": None,
                "standardization": {"casts": [{"column": "id", "to": "bigint"}, {"column": "day", "to": "date"}]},
                "output": {"silver": {"path": "lake/orders", "mode": "overwrite_dynamic",
                                      "partition_by": ["year", "month", "country"], "partition_from": "day"}}}
        return self.write("orders.yml", merged(merged(BASE, base), change or {}))

    def downstream(self, change=None, name="report.yml"):
        base = {"id": "report", "source": None, "quality": None}
        body = merged(BASE, base)
        body["source"] = {"dataset": "orders"}
        return self.write(name, merged(body, change or {}))

    def columns(self, path="out/silver"):
        rows = self.query(f"describe select * from read_parquet('{self.root / path}/**/*.parquet', hive_partitioning=false)")
        return {row[0]: row[1] for row in rows}



class DatasetSource(Source):
    def test_technical_columns_and_derived_partitions_are_left_out_and_types_stay(self):
        self.upstream({"schema": None})
        self.downstream()
        self.crisol("run", "orders.yml", "-q")
        self.crisol("run", "report.yml", "-q")
        self.assertEqual({k: v for k, v in self.columns().items() if k[0] != "_"},
                         {"id": "BIGINT", "day": "DATE", "country": "VARCHAR"})
        self.assertEqual(self.query(f"select id, country from read_parquet('{self.root}/out/silver/*.parquet') order by 1"),
                         [(1, "CO"), (2, "PE")])

    def test_a_partition_s_column_has_its_type_again(self):
        self.upstream({"output": {"silver": {"partition_by": ["id"], "partition_from": None, "mode": "overwrite"}}})
        self.downstream()
        self.crisol("run", "orders.yml", "report.yml", "-q")
        self.assertEqual(self.columns()["id"], "BIGINT")

    def test_a_column_that_has_the_name_of_a_part_of_a_date_is_kept(self):
        self.upstream({"standardization": {"rename": [{"from": "country", "to": "month"}]},
                       "output": {"silver": {"partition_by": ["month"], "partition_from": None, "mode": "overwrite"}}})
        self.downstream()
        self.crisol("run", "orders.yml", "report.yml", "-q")
        self.assertIn("month", self.columns())

    def test_the_rest_of_a_dataset_applies_to_it(self):
        self.upstream()
        self.downstream({"standardization": {"rename": [{"from": "country", "to": "land"}]},
                         "quality": {"rules": [{"name": "co", "expr": "land = 'CO'", "on_fail": "drop"}]}})
        self.crisol("run", "orders.yml", "-q")
        self.assertEqual(self.crisol("run", "report.yml", "--json").summary["rows"]["dropped"], 1)
        self.assertIn("country", self.crisol("show", "report.yml", "--source").out)
        self.assertNotIn("_run_id", self.crisol("show", "report.yml", "--source").out)

    def test_it_is_united_with_files(self):
        self.upstream()
        self.write("in/more.csv", "id,country\n9,AR\n")
        body = merged(BASE, {"id": "report", "source": None, "quality": None})
        body["sources"] = [{"dataset": "orders"}, {"input_format": "csv", "path": "in/more.csv", "options": {"header": True}}]
        self.write("report.yml", body)
        self.crisol("run", "orders.yml", "report.yml", "-q")
        self.assertEqual(self.query(f"select id, country from read_parquet('{self.root}/out/silver/*.parquet') order by 1"),
                         [("1", "CO"), ("2", "PE"), ("9", "AR")])

    def test_what_has_no_silver_yet_is_said_and_is_no_error_of_check(self):
        self.upstream()
        self.downstream()
        answer = self.crisol("run", "report.yml", exit=3)
        self.assert_refused(answer, 'dataset "orders" has no silver yet', "crisol run ", "orders.yml", "report.yml:")
        self.assertIn("has no silver yet", self.crisol("check", "report.yml").out)
        self.crisol("run", "orders.yml", "report.yml", "-q")

    def test_a_source_is_files_or_a_dataset(self):
        self.upstream()
        self.downstream({"source": {"path": "in/orders.csv"}})
        self.assertIn('source has both "dataset" and "path"', self.crisol("check", "report.yml", exit=2).out)
        self.downstream({"source": {"dataset": None}})
        self.assertIn('lacks the key "input_format"', self.crisol("check", "report.yml", exit=2).out)
        self.downstream({"source": {"dataset": "order"}})
        answer = self.crisol("check", "report.yml", exit=2).out
        self.assertIn('there is no dataset "order"', answer)
        self.assertIn('"orders"', answer)

    def test_it_is_found_elsewhere_by_the_selection_or_by_with(self):
        self.upstream()
        self.crisol("run", "orders.yml", "-q")
        self.downstream(name="other/report.yml")
        self.crisol("check", "other/report.yml", exit=2)
        self.crisol("run", "other/report.yml", "--with", "orders.yml", "-q")
        self.crisol("run", "other/report.yml", "orders.yml", "-q")
        self.write("other/copy.yml", (self.root / "orders.yml").read_text().replace("lake/orders", "lake/copy"))
        answer = self.crisol("run", "other/report.yml", exit=3)
        self.assertIn("lake/copy", answer.err)

    def test_its_own_silver_is_refused(self):
        self.upstream()
        self.downstream({"id": "orders"})
        self.assertNotEqual(self.crisol("check", "report.yml", exit=2).out, "")

    def test_incremental_takes_new_files_only(self):
        self.upstream({"output": {"silver": {"mode": "append", "partition_by": None, "partition_from": None}}})
        self.downstream({"source": {"incremental": True}, "output": {"silver": {"mode": "append"}}})
        for n in (2, 4):
            self.crisol("run", "orders.yml", "-q")
            self.assertEqual(self.crisol("run", "report.yml", "--json").rows["read"], 2)
            self.assertEqual(self.query(f"select count(*) from read_parquet('{self.root}/out/silver/*.parquet')"), [(n,)])


class InAnObjectStore(minio.StoreCase, Source):
    def test_silver_is_read_from_s3(self):
        self.upstream({"output": {"silver": {"path": f"s3a://{self.bucket}/orders"}}})
        self.downstream()
        self.assertIn("no object", self.crisol("run", "report.yml", exit=3).err)
        self.crisol("run", "orders.yml", "report.yml", "-q")
        self.assertEqual({k for k in self.columns() if k[0] != "_"}, {"id", "day", "country"})


if __name__ == "__main__":
    unittest.main()
