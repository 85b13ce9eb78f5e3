"""What was written is counted from the files themselves, before the commit. A run is stopped where its files are staged, which
needs a build with CRISOL_FAULTS (scripts/test.sh makes one), and a file is exchanged for another one."""

import time

import pyarrow
import pyarrow.parquet

from harness import Case, signal, unittest

HANG = 120


class Books(Case):
    def setUp(self):
        super().setUp()
        self.write("in/a.csv", "id,p\n" + "".join(f"{i},{i % 2}\n" for i in range(10)))
        self.dataset({"output": {"silver": {"partition_by": ["p"]}},
                      "quality": {"rules": [{"name": "low", "expr": "id < 8", "on_fail": "quarantine"}]}})

    def stopped_with(self, pattern):
        """A run that has stopped itself where such a file is staged, and the file."""
        for n in range(1, 60):
            process = self.start("run", "pipeline.yml", "--json", env={"CRISOL_FAULT": f"{n}:stop"})
            end = time.monotonic() + HANG
            while process.poll() is None and "\nState:\tT" not in self.status(process):
                self.assertLess(time.monotonic(), end)
                time.sleep(0.01)
            found = sorted((self.root / "out").rglob(pattern))
            if process.poll() is None and found:
                return process, found[0]
            process.kill()
            process.communicate()
        self.fail("no run has stopped with such a file")

    def status(self, process):
        try:
            with open(f"/proc/{process.pid}/status") as file:
                return file.read()
        except OSError:
            return ""

    def ends(self, process):
        process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=HANG)
        return process.returncode, err

    def test_files_of_other_rows_are_not_published(self):
        for pattern in (".silver.crisol/*/*/silver/p=1/part-*.parquet", "quarantine.parquet"):
            for change in (lambda table: table.slice(1), lambda table: pyarrow.concat_tables([table, table])):
                with self.subTest(pattern):
                    process, path = self.stopped_with(pattern)
                    pyarrow.parquet.write_table(change(pyarrow.parquet.ParquetFile(path).read()), path)
                    code, err = self.ends(process)
                    self.assertEqual(code, 5, err)
                    self.assertIn("was written with", err)
                    self.assertEqual(self.files_below("out"), [])

    def test_a_file_that_is_cut_is_not_published(self):
        process, path = self.stopped_with(".silver.crisol/*/*/silver/p=0/part-*.parquet")
        path.write_bytes(path.read_bytes()[:-20])
        code, err = self.ends(process)
        self.assertEqual(code, 3, err)
        self.assertIn("no whole Parquet file", err)
        self.assertEqual(self.files_below("out"), [])

    def test_the_numbers_are_those_of_the_files(self):
        answer = self.run_dataset()
        rows = {name: pyarrow.parquet.ParquetFile(self.root / "out/silver" / name).metadata.num_rows
                for name in self.files_below("out/silver")}
        self.assertEqual(answer.rows["silver"], sum(rows.values()))
        self.assertEqual(len(rows), 2)


if __name__ == "__main__":
    unittest.main()
