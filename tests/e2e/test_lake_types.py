"""The lake's types against those of a run, under merge_schema: whoever reads the lake sees every value as it is."""

import decimal

import pyarrow
import pyarrow.parquet

from harness import Case, merged, unittest

D = decimal.Decimal
PARQUET = {"source": {"input_format": "parquet", "path": "in/*.parquet", "options": None}}


class LakeTypes(Case):
    def parquet(self, **columns):
        (self.root / "in").mkdir(exist_ok=True)
        pyarrow.parquet.write_table(pyarrow.table(columns), self.root / "in/a.parquet")

    def run_with(self, silver=None, exit=0, name="t", **columns):
        self.parquet(**columns)
        self.dataset(merged(PARQUET, {"id": name, "output": {"silver": {
            "mode": "append", "merge_schema": True, "path": f"out/{name}", **(silver or {})}}}))
        return self.run_dataset(exit=exit)

    def types(self, name="t"):
        files = sorted((self.root / "out" / name).rglob("*.parquet"))
        return [pyarrow.parquet.read_schema(f).field(0).type for f in files]

    def values(self, name="t", column="n"):
        """As a reader that takes the first file's type sees them."""
        return sorted((r[0] for r in self.query(f'SELECT "{column}" FROM read_parquet(?)', f"{self.root}/out/{name}/**/*.parquet")),
                      key=str)

    def test_a_narrower_type_is_written_in_the_lake_s(self):
        cases = [(pyarrow.decimal128(18, 2), [D("12.34")], pyarrow.int32(), [7]),
                 (pyarrow.decimal128(18, 2), [D("12.34")], pyarrow.decimal128(10, 2), [D("-5.60")]),
                 (pyarrow.int64(), [5000000000], pyarrow.int32(), [7]),
                 (pyarrow.float64(), [1.5], pyarrow.float32(), [0.25]),
                 (pyarrow.float64(), [1.5], pyarrow.int32(), [2147483647]),
                 (pyarrow.list_(pyarrow.int64()), [[5000000000]], pyarrow.list_(pyarrow.int32()), [[1, None]]),
                 (pyarrow.struct({"a": pyarrow.int64(), "b": pyarrow.string()}), [{"a": 1, "b": "x"}],
                  pyarrow.struct({"b": pyarrow.string(), "a": pyarrow.int16()}), [{"b": "y", "a": 2}]),
                 (pyarrow.struct({"a": pyarrow.int64(), "b": pyarrow.string()}), [{"a": 1, "b": "x"}],
                  pyarrow.struct({"a": pyarrow.int16()}), [{"a": 2}])]
        for number, (wide, first, narrow, second) in enumerate(cases):
            with self.subTest(lake=str(wide), run=str(narrow)):
                name = f"t{number}"
                self.run_with(name=name, n=pyarrow.array(first, wide))
                self.run_with(name=name, n=pyarrow.array(second, narrow))
                types = self.types(name)
                self.assertEqual(types[0], types[1])
                pad = lambda v: {"a": None, "b": None, **v} if isinstance(v, dict) else v
                self.assertEqual(self.values(name), sorted((pad(v) for v in first + second), key=str))

    def test_a_type_whose_values_a_reader_would_change_is_refused(self):
        cases = [(pyarrow.decimal128(18, 2), pyarrow.int64()), (pyarrow.int32(), pyarrow.decimal128(18, 2)),
                 (pyarrow.int32(), pyarrow.float64()), (pyarrow.decimal128(10, 2), pyarrow.decimal128(12, 4)),
                 (pyarrow.float64(), pyarrow.int64()), (pyarrow.string(), pyarrow.int32()), (pyarrow.int32(), pyarrow.string()),
                 (pyarrow.date32(), pyarrow.timestamp("us", "UTC")), (pyarrow.bool_(), pyarrow.int32()),
                 (pyarrow.list_(pyarrow.int32()), pyarrow.list_(pyarrow.string()))]
        names = {"decimal128(18, 2)": "decimal(18,2)", "int64": "bigint", "int32": "int", "double": "double"}
        for number, (lake, run) in enumerate(cases):
            with self.subTest(lake=str(lake), run=str(run)):
                name = f"t{number}"
                self.run_with(name=name, n=pyarrow.array([None], lake))
                before = self.snapshot()
                answer = self.run_with(name=name, exit=2, n=pyarrow.array([None], run))
                self.assert_refused(answer, '"n"', names.get(str(lake), ""), names.get(str(run), ""))
                self.assertEqual(self.snapshot(), before)

    def test_a_wider_type_is_let_in_where_a_narrow_reader_would_notice(self):
        self.run_with(n=pyarrow.array([1], pyarrow.int32()))
        self.run_with(n=pyarrow.array([2], pyarrow.int64()))
        self.assertEqual(self.values(), [1, 2])
        self.run_with(n=pyarrow.array([3], pyarrow.int16()))  # the lake is bigint by now
        self.assertEqual(sorted(str(t) for t in self.types()), ["int32", "int64", "int64"])

    def test_without_merge_schema_a_narrower_type_is_refused(self):
        self.run_with({"merge_schema": False}, n=pyarrow.array([1], pyarrow.int64()))
        answer = self.run_with({"merge_schema": False}, exit=2, n=pyarrow.array([1], pyarrow.int32()))
        self.assert_refused(answer, "is bigint in the lake, this run makes it int", "merge_schema")

    def test_partitions_and_every_writer_keep_the_lake_s_type(self):
        day = pyarrow.array(["a", "b"])
        silver = {"mode": "overwrite_dynamic", "partition_by": ["p"]}
        self.run_with(silver, n=pyarrow.array([D("1.25"), D("2.50")], pyarrow.decimal128(18, 2)), p=day)
        self.run_with(silver, n=pyarrow.array([7], pyarrow.int32()), p=pyarrow.array(["b"]))
        self.assertEqual(self.values(), [D("1.25"), D("7.00")])
        self.assertEqual(len(set(self.types())), 1)

    def test_the_lake_s_spelling_of_a_name_is_kept(self):
        self.run_with(Amount=pyarrow.array([1], pyarrow.int64()))
        self.run_with(amount=pyarrow.array([2], pyarrow.int64()))
        files = sorted((self.root / "out/t").rglob("*.parquet"))
        self.assertEqual([pyarrow.parquet.read_schema(f).names[0] for f in files], ["Amount", "Amount"])
        self.assertEqual(self.values(column="Amount"), [1, 2])

    def test_gold_holds_what_silver_holds(self):
        self.write("database.yml", {"default": {"driver": "duckdb", "path": "warehouse.duckdb"}})
        for array in (pyarrow.array([D("12.34")], pyarrow.decimal128(18, 2)), pyarrow.array([7], pyarrow.int32())):
            self.parquet(n=array)
            self.dataset(merged(PARQUET, {"output": {"silver": {"mode": "append", "merge_schema": True},
                                                     "gold": {"database_config": "database.yml"}}}))
            self.run_dataset()
        self.assertEqual(sorted(r[0] for r in self.gold("SELECT n FROM gold.demo")), [D("7.00"), D("12.34")])
        self.assertEqual(self.silver("n", order="n"), [(D("7.00"),), (D("12.34"),)])


if __name__ == "__main__":
    unittest.main()
