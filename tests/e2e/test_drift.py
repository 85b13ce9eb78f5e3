"""Schema drift: between the files of a source, since the last run, against the gold table; reported, or refused."""

import datetime
import unittest

import pyarrow
import pyarrow.parquet

from harness import GOLD_DATABASE, Case

PARQUET = {"source": {"input_format": "parquet", "path": "in/*.parquet", "options": None}}
INT, LONG = pyarrow.int32(), pyarrow.int64()


def changes(answer, scope):
    """(change, column, old type, new type) of what was compared with `scope`."""
    return [(d["change"], d["column"], d["old_type"], d["new_type"]) for d in answer.summary["drift"]
            if d["compared_with"] == scope]


class DriftCase(Case):
    def parquet(self, name, **columns):
        path = self.root / "in" / name
        path.parent.mkdir(exist_ok=True)
        pyarrow.parquet.write_table(pyarrow.table(columns), path)


class BetweenFiles(DriftCase):
    def test_the_same_columns_are_no_drift(self):
        self.write("in/a.csv", "id,x\n1,2\n")
        self.write("in/b.csv", "id,x\n3,4\n")
        self.dataset()
        self.assertEqual(self.run_dataset().summary["drift"], [])

    def test_csv_headers(self):
        self.write("in/a.csv", "id,x,y\n1,2,3\n")
        self.write("in/b.csv", "id,y,x\n4,5,6\n")
        self.write("in/c.csv", "id,x,z\n7,8,9\n")
        self.write("in/d.csv", "z,id,x\n10,11,12\n")
        self.dataset()
        answer = self.run_dataset()
        self.assertEqual(changes(answer, "files"), [("reordered", "x", None, None), ("new", "z", None, None),
                                                    ("missing", "y", None, None)])
        self.assertEqual([(d["file"], d["files"]) for d in answer.summary["drift"]],
                         [("in/b.csv", 1), ("in/c.csv", 2), ("in/c.csv", 2)])
        self.assertIn("2 of 4 files lack column \"y\" (it is null there), the first is \"in/c.csv\"", answer.err)
        self.assertEqual(self.silver(order="id::INT"), [("1", "2", "3", None), ("4", "6", "5", None),
                                                        ("7", "8", None, "9"), ("11", "12", None, "10")])

    def test_json_keys_without_their_order(self):
        self.write("in/a.json", '{"id": 1, "x": 2}\n')
        self.write("in/b.json", '{"x": 3, "id": 4}\n')
        self.write("in/c.json", '{"late": 5, "id": 6}\n')
        self.dataset({"source": {"input_format": "json", "path": "in/*.json", "options": None}})
        self.assertEqual(changes(self.run_dataset(), "files"),
                         [("new", "late", None, None), ("missing", "x", None, None)])

    def test_parquet_columns_and_types(self):
        self.parquet("a.parquet", id=pyarrow.array([1], INT), amount=pyarrow.array([5_000_000_000], LONG), old=["x"])
        self.parquet("b.parquet", amount=pyarrow.array([6], INT), id=pyarrow.array([2], LONG), young=[True])
        self.dataset(PARQUET)
        self.assertEqual(changes(self.run_dataset(), "files"), [
            ("narrowed", "amount", "bigint", "int"), ("widened", "id", "int", "bigint"), ("new", "young", None, None),
            ("missing", "old", None, None), ("reordered", "id", None, None)])
        self.assertEqual(self.silver_types()["id"], "BIGINT")

    def test_a_parquet_column_without_any_value_goes_with_every_type(self):
        self.parquet("a.parquet", id=[1], note=pyarrow.nulls(1), names=pyarrow.array([[]], pyarrow.list_(pyarrow.null())))
        self.parquet("b.parquet", id=[2], note=["x"], names=[["n"]])
        self.dataset(PARQUET)
        self.run_dataset()
        self.assertEqual(self.silver(order="id"), [(1, None, []), (2, "x", ["n"])])

    def test_parquet_types_that_no_type_holds_are_refused_before_anything_is_written(self):
        moment = datetime.datetime(2024, 1, 2)
        cases = {
            ("int", "string"): (pyarrow.array([1], INT), ["x"]),
            ("bigint", "double"): (pyarrow.array([2**53 + 1], LONG), [0.5]),
            ("date", "timestamp_ntz"): ([moment.date()], pyarrow.array([moment], pyarrow.timestamp("us"))),
            ("timestamp_ntz", "timestamp"): (pyarrow.array([moment], pyarrow.timestamp("us")),
                                             pyarrow.array([moment], pyarrow.timestamp("us", tz="UTC"))),
            ("boolean", "int"): ([True], pyarrow.array([1], INT)),
            ("array<int>", "array<string>"): (pyarrow.array([[1]], pyarrow.list_(INT)), [["x"]]),
            ("struct<a:int>", "struct<a:string>"): (
                pyarrow.array([{"a": 1}], pyarrow.struct([("a", INT)])), [{"a": "x"}]),
        }
        self.dataset(PARQUET)
        for (first, second), (a, b) in cases.items():
            with self.subTest(first=first, second=second):
                self.parquet("a.parquet", v=a)
                self.parquet("b.parquet", v=b)
                parts = ["pipeline.yml:", f'column "v" is {first} in "in/a.parquet" and {second} in "in/b.parquet"']
                self.assert_refused(self.run_dataset(exit=2), *parts)
                for part in parts:
                    self.assertIn(part, self.crisol("check", "pipeline.yml", exit=2).out)
                self.assertFalse((self.root / "out").exists())

    def test_structs_of_which_one_has_more_fields_are_united(self):
        self.parquet("a.parquet", v=[{"a": 1}])
        self.parquet("b.parquet", v=[{"b": "x", "a": 2}])
        self.dataset(PARQUET)
        self.run_dataset()
        self.assertEqual(self.silver(order="v.a"), [({"a": 1, "b": None},), ({"a": 2, "b": "x"},)])


class SinceTheLastRun(DriftCase):
    def test_the_first_run_has_nothing_to_compare_with(self):
        self.write("in/a.csv", "id\n1\n")
        self.dataset()
        self.assertEqual(self.run_dataset().summary["drift"], [])

    def test_every_kind_of_change_in_every_mode(self):
        for mode in ("overwrite", "append", "overwrite_dynamic"):
            with self.subTest(mode=mode):
                self.parquet("a.parquet", id=pyarrow.array([1], INT), gone=["x"], n=pyarrow.array([1], LONG), b=[True])
                path = f"out/{mode}"
                dataset = {**PARQUET, "id": mode, "output": {"silver": {"path": path, "mode": mode, "merge_schema": True}}}
                self.dataset(dataset)
                self.run_dataset()
                self.assertEqual(self.run_dataset().summary["drift"], [])
                self.parquet("a.parquet", n=pyarrow.array([1], INT), id=pyarrow.array([1], LONG), new=["y"], b=[False])
                self.assertEqual(changes(self.run_dataset(), "run"), [
                    ("narrowed", "n", "bigint", "int"), ("widened", "id", "int", "bigint"), ("new", "new", None, None),
                    ("missing", "gone", None, None), ("reordered", "id", None, None)])

    def test_another_type_altogether_is_a_change_where_nothing_of_the_old_stays(self):
        self.parquet("a.parquet", v=["x"])
        self.dataset(PARQUET)
        self.run_dataset()
        self.parquet("a.parquet", v=[1.5])
        self.assertEqual(changes(self.run_dataset(), "run"), [("changed", "v", "string", "double")])

    def test_a_failed_run_is_not_the_last_one(self):
        self.write("in/a.csv", "id,x\n1,2\n")
        self.dataset()
        self.run_dataset()
        self.write("in/a.csv", "id,x,y\n")
        self.run_dataset(exit=1)
        self.write("in/a.csv", "id,x,y\n1,2,3\n")
        self.assertEqual(changes(self.run_dataset(), "run"), [("new", "y", None, None)])

    def test_merge_schema_false_refuses_it(self):
        self.parquet("a.parquet", id=pyarrow.array([1], INT))
        silver = {"path": "out/silver", "mode": "append"}
        self.dataset({**PARQUET, "output": {"silver": silver}})
        self.run_dataset()
        before = self.snapshot()
        self.parquet("a.parquet", id=pyarrow.array([1], LONG))
        self.assert_refused(self.run_dataset(exit=2), 'silver column "id" is int in the lake, this run makes it bigint')
        self.assertEqual(self.snapshot(), before)


class AgainstTheGoldTable(DriftCase):
    def test_what_the_table_gains_lacks_and_holds_already(self):
        self.parquet("a.parquet", id=pyarrow.array([1], INT), n=pyarrow.array([1], LONG), old=["x"])
        self.write("database.yml", GOLD_DATABASE)
        self.dataset({**PARQUET, "output": {"gold": {"enabled": True, "database_config": "database.yml"}}})
        self.assertEqual(changes(self.run_dataset(), "gold"), [])
        self.parquet("a.parquet", n=pyarrow.array([1], INT), id=pyarrow.array([2], LONG), new=["y"])
        self.assertEqual(changes(self.run_dataset(), "gold"), [
            ("narrowed", "n", "BIGINT", "INTEGER"), ("widened", "id", "INTEGER", "BIGINT"), ("new", "new", None, None),
            ("missing", "old", None, None)])
        self.assertEqual(changes(self.run_dataset(), "gold"), [("narrowed", "n", "BIGINT", "INTEGER"),
                                                               ("missing", "old", None, None)])


class Report(DriftCase):
    def drifted(self):
        self.write("in/a.csv", "id,x\n1,2\n")
        self.dataset()
        self.run_dataset()
        self.write("in/b.csv", "id,y\n1,2\n")

    def test_the_summary_has_a_block_of_it(self):
        self.drifted()
        out = self.crisol("run", "pipeline.yml").out
        self.assertIn('  drift\n'
                      '  files       column "y" is new in 1 file, the first is b.csv\n'
                      '  files       column "x" is missing in 1 file, the first is b.csv\n'
                      '  last run    column "y" is new\n', out)

    def test_a_long_one_is_cut_in_the_summary_and_whole_in_runs(self):
        self.drifted()
        self.write("in/b.csv", ",".join(["id", *(f"c{i}" for i in range(30))]) + "\n" + ",".join(["1"] * 31) + "\n")
        out = self.crisol("run", "pipeline.yml").out
        run_id = out.split("run ")[1].split()[0]
        self.assertIn(f"  and 49 more: crisol runs {run_id}\n", out)
        shown = self.crisol("runs", run_id).out
        self.assertEqual(shown.count("  new  "), 60)
        self.assertIn(f"  files      missing    x  in 1 file, the first is {self.root}/in/b.csv\n", shown)

    def test_it_is_kept_in_the_metadata(self):
        self.drifted()
        self.run_dataset()
        self.assertEqual(self.gold("SELECT compared_with, change, column_name, old_type, new_type, path, files FROM "
                                   "metadata.schema_drift", ".crisol/ledger.duckdb"),
                         [("files", "new", "y", None, None, f"{self.root}/in/b.csv", 1),
                          ("files", "missing", "x", None, None, f"{self.root}/in/b.csv", 1),
                          ("run", "new", "y", None, None, None, 0)])


if __name__ == "__main__":
    unittest.main()
