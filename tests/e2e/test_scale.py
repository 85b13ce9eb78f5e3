"""Many of everything: what a run takes grows with its input, and no limit of the machine is met by a number of partitions.

No test here looks at a clock; `make bench-scale` prints how time grows."""

import resource

import pyarrow
import pyarrow.parquet

from harness import CRISOL, Case, subprocess, unittest

SANITIZED = "asan" in CRISOL  # what is freed is kept for a while


class Partitions(Case):
    def input(self, n_partitions, n_rows, n_columns=2):
        names = [f"c{i}" for i in range(n_columns)]
        lines = [",".join(["id", "p", *names])]
        lines += [",".join([str(i), f"k{i % n_partitions}", *[f"text {i}"] * n_columns]) for i in range(n_rows)]
        self.write("in/a.csv", "\n".join(lines) + "\n")

    def run_limited(self, files, *arguments):
        """A run that may have so many files open."""
        process = subprocess.run([CRISOL, "run", "pipeline.yml", "--json", *arguments], cwd=self.root, text=True,
                                 capture_output=True, env=self.environment, timeout=300,
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)))
        self.assertEqual(process.returncode, 0, process.stderr[-3000:])

    def assert_whole(self, n_partitions, n_rows):
        self.assertEqual(len(self.files_below("out/silver")), n_partitions)  # one file a partition
        self.assertEqual(self.silver("count(*), count(DISTINCT id), count(DISTINCT p)"), [(n_rows, n_rows, n_partitions)])
        self.assertEqual(self.silver("count(*)", f"p <> concat('k', id::INT % {n_partitions})"), [(0,)])

    def test_more_partitions_than_files_may_be_open(self):
        self.input(300, 900)
        for mode in ("overwrite_dynamic", "overwrite"):
            with self.subTest(mode=mode):
                self.dataset_with_gold({"output": {"silver": {"mode": mode, "partition_by": ["p"]}}})
                self.run_limited(64)
                self.assert_whole(300, 900)
                self.assertEqual(self.gold("SELECT count(*), count(DISTINCT p) FROM gold.demo"), [(900, 300)])

    def test_more_partitions_than_the_memory_holds_at_once(self):
        self.input(366, 3000, 60)
        self.write("config/env.yml", {"duckdb": {"memory_limit": "100MB"}})
        self.dataset({"output": {"silver": {"mode": "overwrite", "partition_by": ["p"]}}})
        self.run_dataset()
        self.assert_whole(366, 3000)

    def test_one_partition_at_a_time_where_the_memory_holds_no_two(self):
        self.input(20, 200, 400)
        self.write("config/env.yml", {"duckdb": {"memory_limit": "96MB", "threads": 1}})
        self.dataset({"output": {"silver": {"mode": "append", "partition_by": ["p"]}}})
        self.run_dataset()
        self.assert_whole(20, 200)


class Columns(Case):
    def test_more_columns_than_are_supported_are_refused(self):
        names = [f"c{i}" for i in range(40000)]
        self.write("in/a.csv", ",".join(names) + "\n" + ",".join("1" for _ in names) + "\n")
        self.assertIn("the source has 40000 columns, but at most 32768", self.crisol("check", self.dataset(), exit=2).out)
        self.assert_refused(self.run_dataset(exit=2), "the source has 40000 columns", "at most 32768")


class Values(Case):
    def test_a_text_that_one_value_asks_for_has_a_limit(self):
        """Refused before the memory is taken."""
        for expression in ("format_string('%2147483647d', 1)", "format_string('%99999999999999999999s', 'x')",
                           "lpad('a', 2147483647, 'b')",
                           "rpad('a', 2147483647, 'b')", "repeat('abc', 2147483647)", "space(2147483647)",
                           "replace(repeat('a', 1000), 'a', repeat('b', 300000))",
                           "concat_ws(repeat('x', 300000), sequence(1, 1000))"):
            with self.subTest(expression=expression):
                self.assertIn("would make a text of more than", self.crisol("eval", f"length({expression})", exit=1).err)
        self.assertIn("    1|x    ", self.crisol("eval", "format_string('%5d|%-5s', 1, 'x')").out)


    def test_an_array_that_one_value_asks_for_has_a_limit(self):
        for expression in ("sequence(1, 1000000000000)", "array_repeat(1, 1000000000)",
                           "array_repeat(repeat('x', 100000), 100000)",
                           "flatten(array_repeat(array_repeat(repeat('x', 100000), 100), 100))"):
            with self.subTest(expression=expression):
                self.assertIn(" would make an array of more than 10000000 elements, or 268435456 bytes",
                              self.crisol("eval", f"size({expression})", exit=1).err)

    def test_long_texts_are_compared_64_letters_at_a_time_up_to_a_limit(self):
        near = "concat(repeat('año ', 2000), 'x', repeat('año ', 2000))"
        for expression, edits in ((f"levenshtein(repeat('año ', 4000), {near})", 1),
                                  ("levenshtein(repeat('a', 64), repeat('a', 65))", 1), ("levenshtein('', 'abc')", 3),
                                  ("levenshtein(repeat('ab', 64), repeat('ba', 64))", 2),
                                  ("levenshtein(repeat('a', 129), repeat('b', 127))", 129)):
            with self.subTest(expression=expression):
                self.assertEqual(self.crisol("eval", expression).out.split()[-1], str(edits))
        for expression in ("levenshtein(repeat('a', 1000000), repeat('b', 1000000))",
                           "jaro_winkler_similarity(repeat('a', 1000000), repeat('b', 1000000))"):
            with self.subTest(expression=expression):
                self.assertIn("would compare a text of 1000000 characters with one of 1000000",
                              self.crisol("eval", expression, exit=1).err)
        self.assertIn("-1", self.crisol("eval", "levenshtein(repeat('a', 1000000), repeat('b', 1000009), 8)").out)

    def test_elements_are_looked_for_in_a_set(self):
        """One by one, each of these would take 10,000,000,000 comparisons."""
        for expression, count in (("array_union(sequence(1, 100000), sequence(1, 100000))", 100000),
                                  ("array_intersect(sequence(1, 100000), sequence(50001, 150000))", 50000),
                                  ("array_except(sequence(1, 100000), sequence(50001, 150000))", 50000)):
            with self.subTest(expression=expression):
                self.assertEqual(self.crisol("eval", f"size({expression})").out.split()[-1], str(count))
        self.assertIn("false", self.crisol("eval", "arrays_overlap(sequence(1, 100000), sequence(100001, 200000))").out)
        self.assertIn("[0.0, NaN, null, 1.0]", self.crisol(
            "eval", "array_distinct(array(0.0D, -0.0D, CAST('NaN' AS DOUBLE), null, 1.0D, CAST('NaN' AS DOUBLE), null))").out)


class Files(Case):
    def test_files_of_parquet_are_not_kept_in_memory(self):
        table = pyarrow.table({f"c{i}": [f"{i} {row}" for row in range(10)] for i in range(50)})
        pyarrow.parquet.write_table(table, self.write("source/a.parquet", ""))
        peaks = []
        for count in (20, 220):
            for i in range(count):
                path = self.root / f"in{count}" / f"f{i}.parquet"
                path.parent.mkdir(exist_ok=True)
                path.write_bytes((self.root / "source/a.parquet").read_bytes())
            self.dataset({"source": {"input_format": "parquet", "path": f"in{count}/*.parquet", "options": None}})
            answer = self.run_dataset()
            self.assertEqual(answer.rows["silver"], count * 10)
            peaks.append(answer.summary["peak_rss_bytes"])
        if not SANITIZED:
            self.assertLess(peaks[1] - peaks[0], 50 << 20)  # 200 more files


if __name__ == "__main__":
    unittest.main()
