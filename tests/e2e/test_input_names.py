"""A name that was found is a name, whatever is in it; a file with several names is one input; what is no data is none."""

import os

import pyarrow
import pyarrow.parquet

from harness import Case, merged, unittest

STRANGE = ["p[1]", "a*b", "a?b", "b{1,2}", "c\\d", "~", "$x", "q'r", 'q"r', "n\nl", "%41", "h#i", " s ", "[", "]x[", "[!a]",
           "[a-z]", "**", "é[", "{}", "{", "x,y", "a;b", "a&b=c", "-x", "`x`", "(x)", "a|b", "!x"]
# what each would match, were it a pattern
DECOYS = ["p1", "axb", "b1", "b2", "A", "c", "zz"]


class Files(Case):
    def put(self, name, *ids, format="csv"):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if format == "csv":
            path.write_text("id\n" + "".join(f"{i}\n" for i in ids))
        elif format == "json":
            path.write_text("".join(f'{{"id": {i}}}\n' for i in ids))
        else:
            pyarrow.parquet.write_table(pyarrow.table({"id": list(ids)}), path)

    def ids(self, path, format="csv", exit=0, **change):
        source = {"input_format": format, "path": path}
        if format != "csv":
            source["options"] = None
        self.dataset(merged({"source": source}, change))
        answer = self.run_dataset(exit=exit)
        self.said = answer.err
        return answer if exit else sorted(int(row[0]) for row in self.silver("id"))


class Names(Files):
    def test_a_path_that_is_there_is_that_file(self):
        for format in ("csv", "json", "parquet"):
            for i, name in enumerate(STRANGE):
                self.put(f"raw/{name}.{format}", i, format=format)
            for name in DECOYS:
                self.put(f"raw/{name}.{format}", 1000, format=format)
            self.assertEqual(self.ids([f"raw/{name}.{format}" for name in STRANGE], format), list(range(len(STRANGE))))
            for i, name in enumerate(STRANGE[:4]):
                self.assertEqual(self.ids(f"raw/{name}.{format}", format), [i])
                self.assertEqual(self.ids(f"raw//.//{name}.{format}", format), [i])

    def test_what_a_pattern_or_a_folder_finds_is_read_as_it_is_called(self):
        for format in ("csv", "parquet"):
            for i, name in enumerate(STRANGE + DECOYS):
                self.put(f"{format}/{name}.{format}", i, format=format)
            for path in (f"{format}/*", f"{format}/*.{format}", format, f"{{{format},none}}/*.{format}"):
                with self.subTest(path):
                    self.assertEqual(self.ids(path, format), list(range(len(STRANGE + DECOYS))))

    def test_a_name_that_begins_with_a_tilde_is_no_home(self):
        for format in ("csv", "parquet"):
            self.put(f"~.{format}", 7, format=format)
            self.put(f"~/x.{format}", 8, format=format)
            self.assertEqual(self.ids(f"~.{format}", format), [7])
            self.assertEqual(self.ids(f"~/*.{format}", format), [8])

    def test_folders_have_such_names_too(self):
        folders = ["d[1]", "d*", "e{a,b}", "f?"]
        for format in ("csv", "parquet"):
            for i, name in enumerate(folders):
                self.put(f"{format}/{name}/a[1].{format}", i, format=format)
            self.put(f"{format}/d1/a1.{format}", 1000, format=format)
            self.put(f"{format}/ea/a1.{format}", 1000, format=format)
            for path in ("", f"/*.{format}", f"/a[1].{format}", "/a[[]*"):
                with self.subTest(path):
                    self.assertEqual(self.ids([f"{format}/{name}{path}" for name in folders], format), [0, 1, 2, 3])

    def test_the_folder_of_the_dataset_and_of_a_mount_is_no_pattern(self):
        self.put("work[1]/raw/a.csv", 1)
        self.put("work1/raw/b.csv", 2)
        self.dataset({"source": {"path": "raw/*.csv"}}, name="work[1]/conf/d.yml")
        self.assertEqual(self.run_dataset(dataset="work[1]/conf/d.yml").rows["read"], 1)
        self.write("config/env.yml", {"mounts": {"s3a://raw": "./work[1]/raw"}})
        self.dataset({"source": {"path": "s3a://raw/*.csv"}})
        self.assertEqual(self.run_dataset().rows["read"], 1)
        self.put("work[1]/p[1].csv", 1)  # beside the dataset's folder, seen from elsewhere
        self.dataset({"source": {"path": "p[1].csv"}}, name="work[1]/conf/d.yml")
        self.assertEqual(self.run_dataset(dataset="work[1]/conf/d.yml").rows["read"], 1)

    def test_a_backslash_beside_a_wildcard_is_refused_by_name(self):
        self.put("raw/c\\*d.parquet", 1, format="parquet")
        self.assert_refused(self.ids("raw/c\\*d.parquet", "parquet", exit=3), "c\\*d.parquet", "backslash")

    def test_a_name_that_is_no_text_is_refused_by_name(self):
        os.makedirs(self.root / "raw")
        (self.root / os.fsdecode(b"raw/\xff.csv")).write_text("id\n1\n")
        self.assert_refused(self.ids("raw/*.csv", exit=3), "UTF-8")

    def test_outputs_have_such_names_too(self):
        for name in ("lake[1]*{a,b}", "q'r\"", "#%41 ", "~x", "back\\slash$"):
            with self.subTest(name):
                self.put("in/a.csv", 1, 2)
                self.write("database.yml", {"default": {"driver": "duckdb", "path": f"{name}/w [1]'\".duckdb"}})
                (self.root / name).mkdir(exist_ok=True)
                self.dataset({"output": {"silver": {"path": f"{name}/silver", "mode": "append", "partition_by": ["id"]},
                                         "gold": {"enabled": True, "database_config": "database.yml"}},
                              "quality": {"quarantine": f"{name}/quarantine",
                                          "rules": [{"name": "r", "expr": "id <> 2", "on_fail": "quarantine"}]}})
                for run in range(2):
                    self.assertEqual(self.run_dataset().rows["silver"], 1)
                self.assertEqual(len(self.files_below(f"{name}/silver")), 2)
                self.assertEqual(len(self.files_below(f"{name}/quarantine")), 2)
                self.assertEqual(self.gold("SELECT count(*) FROM gold.demo", f"{name}/w [1]'\".duckdb"), [(2,)])


class OneInput(Files):
    def test_two_spellings_of_a_file_are_one_input(self):
        self.put("raw/a.csv", 1)
        os.symlink("raw", self.root / "linked")
        os.symlink("a.csv", self.root / "raw/z.csv")
        os.link(self.root / "raw/a.csv", self.root / "hard.csv")
        for paths in (["raw/a.csv", "./raw/a.csv"], ["raw/a.csv", "linked/a.csv"], ["raw/a.csv", "hard.csv"],
                      ["raw/*.csv"], [str(self.root / "raw/a.csv"), "raw/../raw/a.csv"], ["raw//a.csv", "raw/a.csv"]):
            with self.subTest(paths):
                self.assertEqual(self.ids(paths), [1])
                self.assertEqual(self.said.count("read once"), 1, self.said)
        self.assertEqual(self.ids(["raw/a.csv", "raw/a.*"]), [1])
        self.assertNotIn("read once", self.said)

    def test_many_names_are_said_once(self):
        for i in range(20):
            self.put(f"raw/{i}.csv", i)
            os.link(self.root / f"raw/{i}.csv", self.root / f"raw/copy-{i}.csv")
        self.assertEqual(self.ids("raw/*.csv"), list(range(20)))
        self.assertEqual(self.said.count("read once"), 1)
        self.assertIn("20 inputs", self.said)

    def test_parquet_too(self):
        self.put("raw/p=1/a.parquet", 1, format="parquet")
        os.link(self.root / "raw/p=1/a.parquet", self.root / "raw/p=1/b.parquet")
        self.assertEqual(self.ids("raw", "parquet"), [1])
        self.assertIn("read once", self.said)

    def test_two_sources_of_one_file_read_it_once(self):
        self.put("raw/a.csv", 1)
        csv = {"input_format": "csv", "options": {"header": True}}
        sources = [{"name": "one", "path": "raw/a.csv", **csv}, {"name": "two", "path": "./raw/*.csv", **csv}]
        self.dataset({"source": None, "sources": sources})
        answer = self.run_dataset()
        self.assertEqual(answer.rows["read"], 1)
        self.assertIn("an input of two sources", answer.err)
        sources[1]["rename"] = [{"from": "id", "to": "other"}]  # that is meant
        self.dataset({"source": None, "sources": sources})
        answer = self.run_dataset()
        self.assertEqual(answer.rows["read"], 2)
        self.assertIn("twice", answer.err)


class NoData(Files):
    def test_names_with_an_underscore_or_a_dot_are_no_data(self):
        for format in ("csv", "parquet"):
            self.put(f"{format}/a.{format}", 1, format=format)
            for name in ("_SUCCESS", f"_metadata.{format}", f".a.{format}.crc", f".hidden.{format}", f"_x.{format}"):
                self.write(f"{format}/{name}", "not data")
            self.write(f"{format}/_temporary/0/a.{format}", "not data")
            for path in (format, f"{format}/*", f"{format}/*.{format}", f"{format[0]}*/a.{format}"):
                with self.subTest(path):
                    self.assertEqual(self.ids(path, format), [1])
        self.put("in/_named.csv", 5)
        self.put("in/_dir/b.csv", 6)
        for path, ids in (("in/_named.csv", [5]), ("in/_*.csv", [5]), ("in/_dir/*.csv", [6]), ("in/_dir", [6])):
            with self.subTest(path):
                self.assertEqual(self.ids(path), ids)
        self.assert_refused(self.ids("in/*.csv", exit=3), "no file matches")

    def test_folders_of_partitions_follow_the_same_rule(self):
        self.put("raw/p=1/a.parquet", 1, format="parquet")
        for folder in ("_p=2", ".p=3", "p=1/_q=1"):
            self.put(f"raw/{folder}/a.parquet", 9, format="parquet")
        self.assertEqual(self.ids("raw", "parquet"), [1])


class Folders(Files):
    def values(self, folder, exit=0, path="raw"):
        self.put(f"raw/{folder}/a.parquet", 1, format="parquet")
        self.dataset({"source": {"input_format": "parquet", "path": path, "options": None}})
        answer = self.run_dataset(exit=exit)
        return answer if exit else self.silver("p")[0][0]

    def test_a_folder_with_a_nul_is_decoded(self):
        self.assertEqual(self.values("p=a%00b"), "a\0b")

    def test_a_folder_that_is_no_text_is_refused_by_name(self):
        self.assert_refused(self.values("p=%FF", exit=3), "p=%FF", "UTF-8")

    def test_a_column_that_is_no_text_is_refused_by_name(self):
        self.assert_refused(self.values("%FF=1", exit=3), "%FF=1")

    def test_two_folders_of_one_name_are_refused_by_name(self):
        self.assert_refused(self.values("p=1/P=2", exit=3), "P=2")

    def test_special_characters_in_folders(self):
        for folder, value in (("p=[1]", "[1]"), ("p=%5B1%5D", "[1]"), ("p=*", "*"), ("p={a,b}", "{a,b}"), ("p='\"", "'\""),
                              ("p=a=b", "a=b"), ("p=~", "~"), ("p=#", "#"), ("p= ", " ")):
            with self.subTest(folder):
                self.assertEqual(self.values(folder), value)
                (self.root / "raw" / folder / "a.parquet").unlink()
                (self.root / "raw" / folder).rmdir()


if __name__ == "__main__":
    unittest.main()
