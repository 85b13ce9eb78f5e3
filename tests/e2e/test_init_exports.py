"""Files as programs of several countries export them, through init, check and run as they stand: every row in silver, no value another."""

import datetime
import decimal
import gzip
import json

import duckdb

from harness import Case, unittest

D = decimal.Decimal
DAY = datetime.date
TIME = datetime.datetime

ERP = "Código;Fecha;Creado;Importe;Saldo;Nota\r\n" + "".join(
    f'{n:05};{n:02}/03/2024;{n:02}/03/2024 10:{n:02};{n}.236,50;{n},5-;"café «{n}»"\r\n' for n in range(1, 15))
PAGE = '{"page":1,"data":[{"id":1,"when":"2024-01-05T10:00:00Z","lines":[{"sku":"a","qty":2,"price":1.5}]},{"id":2,"when":"2024-01-05T10:00:00Z","lines":[]}]}'
LATE = b"id;text\n" + b"".join(b"%d;%s\n" % (n, b"plain " * 50) for n in range(4000)) + b"4000;caf\xe9\n"

# name: (files, what init is given, rows in silver, malformed, what the dataset has, what it has not, types of silver, a query and its answer)
EXPORTS = {
    "erp": ({"a.csv": b"sep=;\r\n" + ERP.encode("cp1252")}, "a.csv", 14, 0, ["locale: es", "encoding: windows-1252", 'sep: ";"'], [],
            {"codigo": "VARCHAR", "fecha": "DATE", "creado": "TIMESTAMP WITH TIME ZONE", "importe": "DECIMAL(18,2)", "saldo": "DECIMAL(18,1)",
             "nota": "VARCHAR"},
            "SELECT codigo, fecha, importe, saldo, nota FROM silver WHERE codigo = '00003'",
            [("00003", DAY(2024, 3, 3), D("3236.50"), D("-3.5"), "café «3»")]),
    "excel": ({"a.csv": ("\ufeffsep=;\n" + ERP).encode()}, "a.csv", 14, 0, ["locale: es"], ["encoding"], {"importe": "DECIMAL(18,2)"}, None, None),
    "wide": ({"a.csv": ERP.encode("utf-16")}, "a.csv", 14, 0, ["locale: es", "encoding: UTF-16"], [], {"importe": "DECIMAL(18,2)"}, None, None),
    "latin": ({"a.csv": b"id;text\n1;caf\xe9\n2;\x81\n"}, "a.csv", 2, 0, ["encoding: ISO-8859-1"], [], {},
              "SELECT text FROM silver ORDER BY id", [("café",), ("\x81",)]),
    "late": ({"a.csv": LATE}, "a.csv", 4001, 0, ["encoding: windows-1252"], [], {}, "SELECT text FROM silver WHERE id = 4000", [("café",)]),
    "torn": ({"a.csv": "id;text\n1;café\n2;ño\n".encode() + b"3;\xff\n"}, "a.csv", 2, 1, ["a.csv:4: invalid_text"], ["encoding:"], {}, None, None),
    "french": ({"a.csv": "id;montant;date\n1;1 234,56;5 janvier 2024\n2;7,5;1 août 2024\n"}, "a.csv", 2, 0, ["locale: fr", "d MMMM yyyy"], [],
               {"montant": "DECIMAL(18,2)", "date": "DATE"}, "SELECT montant, date FROM silver ORDER BY id",
               [(D("1234.56"), DAY(2024, 1, 5)), (D("7.50"), DAY(2024, 8, 1))]),
    "swiss": ({"a.csv": "id,betrag,kurs\n1,1'234.50,0.95\n2,7.25,1.05\n"}, "a.csv", 2, 0, ["locale: de_CH"], [], {},
              "SELECT betrag, kurs FROM silver ORDER BY id", [(D("1234.50"), D("0.95")), (D("7.25"), D("1.05"))]),
    "signs": ({"a.csv": 'id,percent,price,loss\n1,12.5%,"$1,234.50",(3.25)\n2,7%,$2.00,1.00\n'}, "a.csv", 2, 0, ["0.00'%'", "$#,##0.00"], [], {},
              "SELECT percent, price, loss FROM silver ORDER BY id", [(D("12.5"), D("1234.50"), D("-3.25")), (D("7.0"), D("2.00"), D("1.00"))]),
    "mixed": ({"a.csv": 'id;eu;us;day;date\n1;1,5;1.5;31/01/2024;01/02/2024\n2;2,5;2.5;01/02/2024;03/04/2024\n'}, "a.csv", 2, 0,
              ["locale: es,", "none of 2 values tells dd/MM/yyyy"], ["  locale: es #"], {"date": "DATE"},
              "SELECT eu, us, date FROM silver ORDER BY id", [(D("1.5"), D("1.5"), DAY(2024, 2, 1)), (D("2.5"), D("2.5"), DAY(2024, 4, 3))]),
    "ids": ({"a.csv": "phone,zip,iban,ip,flag,when\n" + "".join(
        f"+57 300 123 45{n:02},0{n}8001,ES91 2100 {n},10.0.0.{n},{'SÍ' if n % 2 else 'NO'},17000000{n:02}\n" for n in range(1, 9))}, "a.csv", 8, 0,
        ["SÍ".lower(), "timestamp_seconds", "seconds since 1970"], [],
        {"phone": "VARCHAR", "zip": "VARCHAR", "iban": "VARCHAR", "ip": "VARCHAR", "flag": "VARCHAR", "when": "BIGINT"}, None, None),
    "remarks": ({"a.csv": "# made by a program\n# at noon\nid,a\n1,x\n# more\n2,y\n"}, "a.csv", 2, 0, ['comment: "#"'], [], {"id": "INTEGER"}, None, None),
    "apostrophes": ({"a.csv": "'id','a'\n'1','x, y'\n'2','z'\n"}, "a.csv", 2, 0, ['quote: "\'"'], [], {}, "SELECT a FROM silver ORDER BY id", [("x, y",), ("z",)]),
    "backslashes": ({"a.csv": 'id,a\n1,"say \\"no\\", ok"\n2,z\n'}, "a.csv", 2, 0, ["escape:"], [], {}, "SELECT a FROM silver WHERE id = 1", [('say "no", ok',)]),
    "inches": ({"a.csv": 'id,a\n1,5"\n2,"7\n3,"x"y\n'}, "a.csv", 3, 0, ['quote: ""'], [], {}, "SELECT a FROM silver WHERE id = 2", [('"7',)]),
    "hidden": ({"a.csv.gz": gzip.compress("id;a\n1;é\n".encode("utf-16"))}, "a.csv.gz", 1, 0, ["encoding: UTF-16"], [], {},
               "SELECT a FROM silver", [("é",)]),
    "single": ({"a.csv": "n\n1,5\n2,5\n"}, "a.csv", 2, 0, ["locale: es"], [], {"n": "DECIMAL(18,1)"}, None, None),
    "midnight": ({"a.csv": "id,t\n1,15/01/2024\n2,15/01/2024 10:30\n"}, "a.csv", 2, 0, ["dd/MM/yyyy[ HH:mm]"], [], {},
                 "SELECT epoch(t) FROM silver ORDER BY id", [(1705276800,), (1705314600,)]),
    "words": ({"a.csv": "id,n,d\n" + "".join(f"{n},{n}.5,2024-01-{n:02}\n" for n in range(1, 29)) + "29,N/A,0000-00-00\n"}, "a.csv", 29, 0,
              ['such as "N/A" (options.nullValue makes it null)', 'such as "0000-00-00"'], [], {"n": "VARCHAR", "d": "VARCHAR"}, None, None),
    "infinite": ({"a.jsonl": '{"o":{"n":1e400}}\n{"o":{"n":1.5}}\n'}, "a.jsonl", 2, 0, ["left as text"], [], {"o": "VARCHAR"}, None, None),
    "unclosed": ({"a.csv": 'id,a\n"1","x"\n"2","y\n"3","z"\n'}, "a.csv", 2, 1, ["a.csv:3: unclosed_quote"], ['quote: "'], {}, "SELECT a FROM silver ORDER BY id", [("x",), ("z",)]),
    "ragged": ({"a.csv": "id,a\n1,x\n2,y,z\n3,w\n"}, "a.csv", 2, 1, ["1 records are malformed", "a.csv:3: too_many_fields"], [], {}, None, None),
    "grown": ({"0.csv": "", "1.csv": "id;a\n1;1,5\n", "2.csv": "id;a;b\n2;2,5;x\n"}, "*.csv", 2, 0, ['column "b" is new in', "merge_schema: true"], [],
              {"a": "DECIMAL(18,1)"}, None, None),
    "pages": ({"0.json": '{"page":0,"data":[]}', "1.json": PAGE}, "*.json", 2, 0, ['"$.data[*]"', "# explode:"], [], {"when": "TIMESTAMP WITH TIME ZONE"},
              "SELECT lines[1].sku, lines[1].qty, lines[1].price FROM silver ORDER BY id", [("a", 2, 1.5), (None, None, None)]),
    "deep": ({"1.json": '{"meta":{"n":[1]},"result":{"items":[{"id":1},{"id":2}],"errors":[]}}'}, "1.json", 2, 0, ['"$.result.items[*]"'], [], {}, None, None),
    "kinds": ({"a.jsonl": '{"id":1,"v":[1],"zip":"00501"}\n{"id":2,"v":{"x":1},"zip":"10001"}\n'}, "a.jsonl", 2, 0, ["JSON of several types"], [],
              {"v": "VARCHAR", "zip": "VARCHAR"}, None, None),
    "names": ({"a.jsonl": '{"id":1,"v":{"a b":1,"c-d":"x"}}\n'}, "a.jsonl", 1, 0, ["struct<`a b`:bigint,`c-d`:string>"], [], {}, None, None),
}


class Exports(Case):
    def lay_out(self):
        for name, (files, *_) in EXPORTS.items():
            for file, content in files.items():
                path = self.root / "in" / name / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def test_every_export_passes_as_init_has_written_it(self):
        self.lay_out()
        texts = {}
        for name, (_, what, *_) in EXPORTS.items():
            with self.subTest(name):
                # no file is written but those of the dataset: not even for a moment
                said = self.crisol("init", f"in/{name}/{what}", "--id", name, env={"TMPDIR": "/no/such/place"}).err
                self.assertNotIn("warning", said)
                texts[name] = (self.root / f"{name}.yml").read_text()
        said = self.crisol("check", ".").err
        self.assertIn("0 errors, 0 warnings", said)
        self.assertNotIn("warning:", said)
        summaries = {s["dataset"]: s for s in map(json.loads, self.crisol("run", ".", "--json").out.splitlines())}
        for name, (_, _, rows, malformed, has, lacks, types, query, answer) in EXPORTS.items():
            with self.subTest(name):
                found = summaries[name]["rows"]
                self.assertEqual((found["silver"], found["malformed"], found["read"]), (rows, malformed, rows + malformed))
                self.assertEqual(summaries[name]["alerts"], [])
                for text in has:
                    self.assertIn(text, texts[name])
                for text in lacks:
                    self.assertNotIn(text, texts[name])
                silver = f"(SELECT * FROM '{self.root}/lake/silver/{name}/**/*.parquet') silver"
                kinds = {column: kind for column, kind, *_ in duckdb.sql(f"DESCRIBE SELECT * FROM {silver}").fetchall()}
                self.assertEqual({column: kinds[column] for column in types}, types)
                if query:
                    self.assertEqual(duckdb.sql(query.replace("FROM silver", f"FROM {silver}")).fetchall(), answer)

    def test_the_export_of_an_erp_is_in_gold(self):
        self.write("a.csv", "")
        (self.root / "a.csv").write_bytes(EXPORTS["erp"][0]["a.csv"])
        self.crisol("init", "a.csv", "--id", "made", "--gold")
        self.assertIn("0 errors, 0 warnings", self.crisol("check", "made.yml").err)
        self.crisol("run", "made.yml")
        with duckdb.connect(str(self.root / "lake/warehouse.duckdb"), read_only=True) as database:
            self.assertEqual(database.execute("SELECT sum(importe), sum(saldo), max(fecha) FROM gold.made").fetchall(),
                             [(sum(D(f"{n}236.50") for n in range(1, 15)), -sum(D(f"{n}.5") for n in range(1, 15)), DAY(2024, 3, 14))])

    def test_files_of_several_formats_are_refused_by_name(self):
        self.write("in/1.csv", "id\n1\n")
        self.write("in/2.json", '{"id":2}\n')
        self.assertIn("2.json\" is jsonl", self.crisol("init", "in/*", exit=1).err)

    def test_what_stands_above_the_header_is_told(self):
        self.write("a.csv", "Report of 2024\n\nid,a\n1,2\n2,3\n")
        self.assertIn('line above its header, which begins with "id"', self.crisol("init", "a.csv", exit=1).err)
        self.write("b.csv", "Report of 2024,,\nid,a,b\n1,2,3\n")
        self.crisol("init", "b.csv")
        self.assertIn("names 1 of 3 columns: if it is a title", (self.root / "b.yml").read_text())
        self.write("c.json", "[1, 2]")
        self.assertIn("2 are malformed, the first at", self.crisol("init", "c.json", exit=1).err)

    def test_rules_that_are_comments_hold_once_they_are_none(self):
        self.write("a.csv", "id,n,d,x\n" + "".join(f"{n},{n}.5,2024-01-{n:02},{'' if n == 3 else 'x'}\n" for n in range(1, 29)))
        self.crisol("init", "a.csv", "--id", "made")
        path = self.root / "made_expectations.yml"
        text = path.read_text()
        for part in ("`n` BETWEEN 1.5 AND 28.5", "`d` BETWEEN DATE'2024-01-01' AND DATE'2024-01-28'", "x is null in 3.6 % of 28 records"):
            self.assertIn(part, text)
        path.write_text("\n".join("  " + line[4:] if line.startswith(("  # - ", "  #   ")) else line for line in text.splitlines()))
        rules = {rule["name"]: rule["failed"] for rule in json.loads(self.crisol("run", "made.yml", "--json").out)["rules"]}
        self.assertEqual({name: failed for name, failed in rules.items() if failed}, {"x_present": 1})
        self.assertTrue({"n_range", "d_range", "id_range"} <= set(rules))


if __name__ == "__main__":
    unittest.main()
