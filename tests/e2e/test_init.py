"""crisol init: a dataset out of files, which check accepts without a warning and run passes with every row; crisol profile: what it saw."""

import gzip

import duckdb

from harness import Case, json, unittest

SPANISH = "Código;Fecha;Año;Importe;Nota\n" + "".join(
    f"{n:05};{n + 10:02}/03/2024;2024;{n}.236,50;café «{n}»\n" for n in range(1, 15))

FILES = {  # name: files, what to look at, rows
    "commas": ({"a.csv": "id,name,amount,day\n1,Ana,10.50,2024-01-15\n2,Bob,-3,2024-02-01\n"}, "a.csv", 2),
    "excel": ({"a.csv": ("\ufeff" + SPANISH).encode()}, "a.csv", 14),
    "latin": ({"a.csv": SPANISH.encode("cp1252")}, "a.csv", 14),
    "wide": ({"a.csv": SPANISH.encode("utf-16")}, "a.csv", 14),
    "tabs": ({"a.txt": "a\tb\n1\tx\n2\ty\n"}, "a.txt", 2),
    "bars": ({"a.csv": "a|b\n1|x\n2|y\n"}, "a.csv", 2),
    "headless": ({"a.csv": "1,2024-01-05,ana@x.org\n2,2024-01-06,bob@x.org\n"}, "a.csv", 2),
    "repeated": ({"a.csv": "id,name,name,\n1,a,b,c\n2,d,e,f\n"}, "a.csv", 2),
    "hostile": ({"a.csv": 'select,"a ""b"" c",日本,_x,1st,a\'b\n1,2,3,4,5,6\n'}, "a.csv", 1),
    "quotes": ({"a.csv": 'id,text\n1,"he said ""no"", twice"\n2,"two\nlines"\n'}, "a.csv", 2),
    "crlf": ({"a.csv": "id,b\r\n1,x\r\n2,y\r\n"}, "a.csv", 2),
    "zipped": ({"a.csv.gz": gzip.compress(b"id,b\n1,x\n2,y\n")}, "a.csv.gz", 2),
    "growing": ({"d/1.csv": "id,a\n1,x\n", "d/2.csv": "id,a,b\n2,y,3\n", "d/3.csv": "id,a,b,c\n3,z,4,2024-01-01\n"}, "d/*.csv", 3),
    "lines": ({"a.jsonl": '{"id":1,"t":"2024-01-01T10:00:00Z","o":{"x":[1]}}\n{"id":2,"t":"2024-01-02T10:00:00Z"}\n'}, "a.jsonl", 2),
    "list": ({"a.json": '[{"id":1,"ok":true},\n {"id":2,"ok":false}]'}, "a.json", 2),
    "pages": ({"p1.json": '{"page":1,"data":[{"id":1,"lines":[{"sku":"a"}]},{"id":2,"lines":[]}]}',
               "p2.json": '{"page":2,"data":[{"id":3,"lines":[{"sku":"b"}]}]}'}, "p*.json", 3),
    "misnamed": ({"a.csv": '{"id":1}\n{"id":2}\n'}, "a.csv", 2),
    "nulls": ({"a.csv": "id,e,f\n1,,\n2,,x\n"}, "a.csv", 2),
    "limits": ({"a.csv": "a,b,c,d\n2147483647,9223372036854775807,99999999999999999999.5,1e5\n-1,-9,0.25,2.5\n"}, "a.csv", 2),
    "enumeration": ({"a.csv": "s,n\n" + "".join(f"{'AB'[n % 2]},{n}\n" for n in range(60))}, "a.csv", 60),
    "quoted enumeration": ({"a.csv": "s,n\n" + "".join(f"{('A ' + chr(39), 'B$')[n % 2]},{n}\n" for n in range(60))}, "a.csv", 60),
}


class Init(Case):
    def files(self, files):
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def passes(self, what, rows, *arguments):
        self.crisol("init", what, "--id", "made", *arguments)
        self.assertIn("0 errors, 0 warnings", self.crisol("check", "made.yml", "--json").err)
        summary = json.loads(self.crisol("run", "made.yml", "--json").out)
        self.assertEqual((summary["rows"]["read"], summary["rows"]["silver"], summary["rows"]["quarantined"]), (rows, rows, 0))
        return summary

    def types(self):
        found = duckdb.sql(f"DESCRIBE SELECT * FROM '{self.root}/lake/silver/made/**/*.parquet'").fetchall()
        return {name: kind for name, kind, *_ in found if not name.startswith("_")}

    def test_files_pass_as_they_stand(self):
        for name, (files, what, _) in FILES.items():
            directory = name.replace(" ", "_")
            self.files({f"in/{directory}/{file}": content for file, content in files.items()})
            self.crisol("init", f"in/{directory}/{what}", "--id", directory)
        self.assertIn("0 errors, 0 warnings", self.crisol("check", ".").err)
        found = {s["dataset"]: s["rows"] for s in map(json.loads, self.crisol("run", ".", "--json").out.splitlines())}
        for name, (_, _, rows) in FILES.items():
            with self.subTest(name):
                made = found[name.replace(" ", "_")]
                self.assertEqual((made["read"], made["silver"], made["quarantined"]), (rows, rows, 0))

    def test_a_spanish_export_keeps_codes_and_finds_dates(self):
        self.files({"a.csv": SPANISH.encode("cp1252")})
        self.passes("a.csv", 14)
        self.assertEqual(self.types(), {"codigo": "VARCHAR", "fecha": "DATE", "ano": "INTEGER", "importe": "DECIMAL(18,2)", "nota": "VARCHAR"})
        self.assertIn("locale: es", (self.root / "made.yml").read_text())

    def test_a_date_that_reads_both_ways_is_a_comment(self):
        self.files({"a.csv": "id,d\n1,01/02/2024\n2,03/04/2024\n"})
        self.passes("a.csv", 2)
        self.assertEqual(self.types()["d"], "VARCHAR")
        self.assertIn("dd/MM/yyyy and by MM/dd/yyyy alike", (self.root / "made.yml").read_text())

    def test_months_that_come_first_are_found(self):
        self.files({"a.csv": "id,d\n1,01/22/2024\n2,03/04/2024\n"})
        self.passes("a.csv", 2)
        self.assertIn("MM/dd/yyyy", (self.root / "made.yml").read_text())
        self.assertEqual(self.types()["d"], "DATE")

    def test_gold_is_made_where_it_is_asked_for(self):
        self.files(FILES["commas"][0])
        self.assertEqual(self.passes("a.csv", 2, "--gold")["rows"]["gold"], 2)

    def test_parquet_passes(self):
        duckdb.sql(f"COPY (SELECT 1 id, 'x' n, 1.5::decimal(9,2) d, [1] l, now() t) TO '{self.root}/a.parquet'")
        self.passes("a.parquet", 1)

    def test_generated_payments_pass_but_for_what_is_malformed(self):
        self.crisol("generate", "payments", "in", "--rows", "3000", "--files", "3")
        self.passes("in/*.csv", 3000)

    def test_a_file_is_never_written_over(self):
        self.files(FILES["commas"][0])
        self.write("made_schema.json", "{}")
        self.assertIn("is there already", self.crisol("init", "a.csv", "--id", "made", exit=2).err)
        self.assertFalse((self.root / "made.yml").exists() or (self.root / "made_expectations.yml").exists())

    def test_what_holds_nothing_is_said(self):
        self.files({"empty.csv": "", "header.csv": "id,name\n", "binary.csv": b"\x7fELF\0\1\2\0\0"})
        self.assertIn("is empty", self.crisol("init", "empty.csv", exit=1).err)
        self.assertIn("no record", self.crisol("init", "header.csv", exit=1).err)
        self.assertIn("no text", self.crisol("init", "binary.csv", exit=1).err)
        self.assertRegex(self.crisol("init", "no_such.csv", exit=3).err, r'\Acrisol: error: no file matches ".*/no_such.csv"\n\Z')


class Profile(Case):
    def test_a_column_has_its_figures(self):
        self.write("a.csv", "id,s,day\n1,x,2024-01-01\n2,x,2024-01-02\n3,,2024-01-03\n")
        columns = {c["name"]: c for c in json.loads(self.crisol("profile", "a.csv", "--json").out)["columns"]}
        self.assertEqual([columns["id"][k] for k in ("type", "count", "nulls", "distinct", "min", "max")], ["int", 3, 0, 3, "1", "3"])
        self.assertEqual([columns["s"][k] for k in ("nulls", "top", "patterns")],
                         [1, [{"value": "x", "count": 2}], [{"pattern": "a", "count": 2}]])
        self.assertEqual([columns["day"][k] for k in ("type", "patterns")], ["date", [{"pattern": "9999-99-99", "count": 3}]])
        self.assertEqual(columns["id"]["quantiles"], {"0.25": 2, "0.5": 2, "0.75": 3, "0.99": 3})
        self.assertIn("9999-99-99", self.crisol("profile", "a.csv").out)

    def test_private_values_are_masked(self):
        self.write("in/a.csv", "id,mail\n1,secret@x.org\n")
        self.dataset({"private": ["mail"]})
        for form in ([], ["--json"]):
            self.assertNotIn("secret", self.crisol("profile", "pipeline.yml", *form).out)


class Help(Case):
    def test_without_a_command_it_says_what_is_here(self):
        self.write("a.csv", "id\n1\n")
        self.assertIn("crisol init a.csv", self.crisol(*[], exit=2).err)
        self.dataset()
        self.assertIn("crisol run pipeline.yml", self.crisol(*[], exit=2).err)

    def test_each_command_has_two_examples(self):
        names = [line.split()[0] for line in self.crisol("help").out.split("Commands:\n")[1].split("\n\n")[0].splitlines()]
        self.assertIn("init", names)
        for name in names:
            examples = self.crisol(name, "--help").out.split("Examples:\n")[1].split("\n\n")[0].splitlines()
            self.assertEqual(len([e for e in examples if "crisol " in e]), 2, name)


if __name__ == "__main__":
    unittest.main()
