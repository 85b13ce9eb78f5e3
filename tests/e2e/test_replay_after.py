"""A replay after what may have happened since the rows were quarantined: no row is lost, none is there twice."""

import shutil

from harness import Case, json, merged, unittest

ROWS = [(i, str(i) if i % 3 else f"x{i}", f"p{i % 2}") for i in range(1, 13)]
ALL = [i for i, _, _ in ROWS]
STRICT = {"casts": [{"column": "amount", "to": "int", "on_error": "quarantine"}]}
MENDED = {"standardization": {"casts": [{"column": "amount", "to": "int", "on_error": "null"}]}}


class After(Case):
    def begin(self, mode="append", **change):
        """A first run: four of twelve rows are in quarantine."""
        for name in ("out", ".crisol", "warehouse.duckdb"):
            path = self.root / name
            if path.is_dir():
                shutil.rmtree(path)
            elif path.exists():
                path.unlink()
        self.write("in/a.csv", "id,amount,p\n" + "".join(f"{i},{a},{p}\n" for i, a, p in ROWS))
        self.now = merged({"standardization": STRICT, "output": {"silver": {"mode": mode, "partition_by": ["p"]}}}, change)
        self.change({})
        self.run_dataset()

    def change(self, change, name="pipeline.yml"):
        self.now = merged(self.now, change)
        self.dataset_with_gold(self.now, name)

    def replay(self, dataset="pipeline.yml", exit=0):
        return self.crisol("replay", dataset, "--json", exit=exit).summary

    def open_rows(self, dataset="pipeline.yml"):
        answer = self.crisol("show", dataset, "--quarantine", "--format", "json", "-n", 0)
        return sorted(int(json.loads(line)["id"]) for line in answer.out.splitlines())

    def assert_whole(self, times=1):
        rows = sorted(ALL * times)
        self.assertEqual(sorted(int(row[0]) for row in self.silver("id")), rows)
        self.assertEqual([int(row[0]) for row in self.gold("SELECT id FROM gold.demo ORDER BY CAST(id AS INT)")], rows)
        self.assertEqual(self.open_rows(), [])

    def test_a_full_refresh_has_read_the_rows_again_whatever_the_mode(self):
        for mode in ("append", "overwrite", "overwrite_dynamic"):
            with self.subTest(mode):
                self.begin(mode)
                self.crisol("run", "pipeline.yml", "--full-refresh", "--yes")
                self.change(MENDED)
                self.assertEqual(self.replay()["replay"]["superseded"], 4)
                self.assert_whole()

    def test_what_counts_is_how_the_runs_have_written_not_today_s_mode(self):
        for before, after, times in (("append", "overwrite", 2), ("overwrite", "append", 1), ("overwrite_dynamic", "append", 1)):
            with self.subTest(f"{before}, then {after}"):
                self.begin(before)
                self.run_dataset()
                self.change(merged(MENDED, {"output": {"silver": {"mode": after}}}))
                self.replay()
                self.assert_whole(times)

    def test_rows_of_another_dataset_in_the_same_quarantine_are_none_of_ours(self):
        self.begin()
        self.change({"id": "other", "output": {"silver": {"path": "out/other"}}, **MENDED}, "other.yml")
        self.assertEqual(self.open_rows("other.yml"), [])
        self.assertEqual(self.replay("other.yml")["replay"]["open"], 0)
        self.assertEqual(self.files_below("out/other"), [])
        self.assertEqual(self.open_rows(), [3, 6, 9, 12])

    def test_a_lake_is_not_partitioned_in_two_ways(self):
        self.begin(output={"silver": {"merge_schema": True}})
        standing = self.snapshot()
        for partitions in (None, ["id"], ["p", "id"], ["id", "p"]):
            with self.subTest(partitions):
                self.change({"output": {"silver": {"partition_by": partitions}}, **MENDED})
                for command in ("run", "replay"):
                    answer = self.crisol(command, "pipeline.yml", exit=2)
                    self.assert_refused(answer, "pipeline.yml:", "the lake is partitioned by [p]", "hint: ")
                self.assertEqual(self.snapshot(), standing)
        self.crisol("run", "pipeline.yml", "--full-refresh", "--yes")
        self.assertEqual({f.count("/") for f in self.files_below("out/silver")}, {2})


if __name__ == "__main__":
    unittest.main()
