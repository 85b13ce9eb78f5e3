"""What a worker gives of a file is what the embedded engine has in its stage: the value in silver, the value as read, the bits of
casts and of the schema, unknown keys, place and reason, record by record and bit by bit, for every type and every way in which
text can be malformed."""

import gzip
import os
import shutil
import unittest
import zipfile

import pyarrow
import pyarrow.parquet

from harness import Case, merged
from worker_host import BUILD, Job, Worker, WorkerError, describe

PASSED = 0  # enum row_fate


def arrow_values(array):
    """Python values as worker_host has them."""
    kind = array.type
    if pyarrow.types.is_struct(kind):
        fields = [arrow_values(array.field(i)) for i in range(kind.num_fields)]
        values = [{kind.field(i).name: fields[i][row] for i in range(kind.num_fields)} for row in range(len(array))]
    elif pyarrow.types.is_map(kind):
        ends, entries = array.offsets.to_pylist(), list(zip(arrow_values(array.keys), arrow_values(array.items)))
        values = [entries[a:b] for a, b in zip(ends, ends[1:])]
    elif pyarrow.types.is_list(kind):
        ends, items = array.offsets.to_pylist(), arrow_values(array.values)
        values = [items[a:b] for a, b in zip(ends, ends[1:])]
    elif pyarrow.types.is_decimal(kind):
        values = [None if v is None else int(format(v, "f").replace(".", "")) for v in array.to_pylist()]
    elif pyarrow.types.is_timestamp(kind):
        values = array.cast(pyarrow.timestamp("us", kind.tz)).cast(pyarrow.int64()).to_pylist()
    elif pyarrow.types.is_date(kind):
        values = array.cast(pyarrow.int32()).to_pylist()
    elif pyarrow.types.is_floating(kind):
        values = ["NaN" if v is not None and v != v else v for v in array.to_pylist()]
    else:
        values = array.to_pylist()
    return [None if null else value for null, value in zip(array.is_null().to_pylist(), values)]


def read_rows(path):
    table = pyarrow.parquet.read_table(path)
    columns = {}
    for name in table.column_names:
        column = table.column(name)
        array = column.combine_chunks() if column.num_chunks else pyarrow.array([], column.type)
        columns[name] = arrow_values(array)
    rows = [dict(zip(columns, values)) for values in zip(*columns.values())]
    return sorted(rows, key=lambda row: (row["file"], row["position"]))


class WorkerCase(Case):
    def read(self, change, name="pipeline.yml", distance="", **options):
        """The rows of the worker and of the embedded engine, both by name."""
        self.dataset(change, name)
        job = describe(name, self.root / "job", self.root, distance)
        ours = []
        for line in job.files:
            worker = Worker(job, line, **options)
            rows = worker.rows()
            self.assertEqual(worker.records, len(rows))
            self.assertEqual(sum(worker.malformed), sum(row[job.names.index("reason")] != 0 for row in rows))
            ours += [dict(zip(job.names, row)) for row in rows]
        ours.sort(key=lambda row: (row["file"], row["position"]))
        return ours, read_rows(self.root / "job" / "rows.parquet")

    @staticmethod
    def pair(our, their, name, value):
        """What is to be equal of a column of `rows`; of one that the worker does not have, nothing."""
        if name in our and (name[0] in "vsuc" or name in ("file", "position", "reason") or (name == "line" and value is not None)):
            return our[name], value
        if name in ("raw", "raw_length"):
            return (our[name], value) if their["reason"] else (None, None)
        kept = "q" if their["fate"] != PASSED else "j"
        return (our["r" + name[1:]], value) if name[0] == kept and "r" + name[1:] in our else (None, None)

    def same(self, change, least=1, **options):
        """Compares everything that both have; returns the worker's rows."""
        ours, theirs = self.read(change, **options)
        self.assertEqual(len(ours), len(theirs))
        self.assertGreaterEqual(len(ours), least)
        for our, their in zip(ours, theirs):
            for name, value in their.items():
                found, wanted = self.pair(our, their, name, value)
                if found != wanted or type(found) is not type(wanted):
                    self.fail(f"{name} is {found!r}, expected {wanted!r}, at {our['position']} of file {our['file']}: {our}")
        return ours


# Texts that are, or nearly are, values of some type; each is tried as every type.
TEXTS = ["", " ", "0", "1", "-1", "+7", " 42 ", "127", "128", "-129", "32768", "2147483647", "2147483648", "9223372036854775807",
         "9223372036854775808", "1.5", "1.999999", "-0", "-0.0", "1e3", "1E-7", "1d", "2F", ".5", "5.", "NaN", "nan", "Infinity",
         "-inf", "1e400", "12345678901234567890123456789012345678", "0.000000000000000000000000000000000000012",
         "99999999999999999999.995", "true", "T", "yes", "N", "false ", "maybe", "2024", "2024-2", "2024-02-29", "2023-02-29",
         "2024-1-5", "2024-01-15 10:20:30", "2024-01-15T10:20:30.123456789", "2024-01-15T10:20:30Z", "2024-01-15t10:20:30z",
         "2024-01-15 10:20:30 America/New_York", "2024-01-15 10:20:30+05:30", "2024-03-10 02:30:00 America/New_York", "1500-01-01",
         "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999", "15/01/2024", "15/01/2024 10:20", "31/02/2024", "{}", "[1]", "null",
         "\u0660", "a\u00e9\u4e16\U0001F600", "x" * 300, "2024-01-15 E\u017fT", "10:20"]
TYPES = ["boolean", "int", "bigint", "float", "double", "decimal(10,2)", "decimal(18,0)", "decimal(19,3)",
         "decimal(38,18)", "string", "binary", "date", "timestamp"]


def csv_quoted(text):
    return '"' + text.replace('"', '""') + '"'


class Casts(WorkerCase):
    def texts(self, names, header=True):
        lines = [",".join(names)] if header else []
        lines += [",".join([csv_quoted(text)] * len(names)) for text in TEXTS]
        lines += [",".join([""] * len(names)) or '""']
        return "\n".join(lines) + "\n"

    def test_every_text_as_every_type_in_zones_with_gaps(self):
        names = [f"c{i}" for i in range(len(TYPES))]
        self.write("in/a.csv", self.texts(names))
        for zone in ("UTC", "America/New_York", "Asia/Kathmandu", "+05:30"):
            with self.subTest(zone=zone):
                self.same({"standardization": {"timezone": zone, "casts": [
                    {"column": n, "to": t, "on_error": "null"} for n, t in zip(names, TYPES)]}}, least=len(TEXTS))

    def test_every_treatment_of_what_cannot_be_cast(self):
        self.write("in/a.csv", self.texts(["a", "b", "c", "d"]))
        self.same({"standardization": {"casts": [
            {"column": "a", "to": "int", "on_error": "quarantine"}, {"column": "b", "to": "date", "on_error": "null"},
            {"column": "c", "to": "double", "on_error": "fail"}, {"column": "d", "to": "boolean", "on_error": "skip"}]}})

    def test_hints_with_their_fallback(self):
        self.write("in/a.csv", self.texts(["a", "b", "c", "d"]))
        for zone in ("UTC", "America/New_York"):
            with self.subTest(zone=zone):
                rows = self.same({"standardization": {"timezone": zone, "casts": [
                    {"column": "a", "to": "date", "format_hint": "dd/MM/yyyy", "on_error": "null"},
                    {"column": "b", "to": "timestamp", "format_hint": "dd/MM/yyyy HH:mm", "on_error": "null"},
                    {"column": "c", "to": "timestamp", "format_hint": "yyyy-MM-dd HH:mm:ssXXX", "on_error": "quarantine"},
                    {"column": "d", "to": "timestamp", "format_hint": "yyyy-MM-dd HH:mm:ss VV", "on_error": "null"}]}})
                self.assertTrue(any(row["c0"] & 2 for row in rows), "nothing was read by ISO-8601")

    def test_more_casts_than_a_word_has_bits(self):
        names = [f"c{i}" for i in range(70)]
        self.write("in/a.csv", self.texts(names))
        rows = self.same({"standardization": {"casts": [
            {"column": n, "to": TYPES[i % len(TYPES)], "on_error": "null"} for i, n in enumerate(names)]}})
        self.assertIn("c2", rows[0])

    def test_defaults_of_every_type(self):
        defaults = {"boolean": "true", "int": "70000", "bigint": "5000000000", "float": "1.5",
                    "double": "NaN", "decimal(10,2)": "3.14", "decimal(38,18)": "-0.000000000000000001", "string": "n/a",
                    "binary": "ab", "date": "2024-02-29", "timestamp": "2024-03-10 02:30:00"}
        names = [f"c{i}" for i in range(len(defaults))]
        self.write("in/a.csv", self.texts(names))
        change = {"standardization": {"timezone": "America/New_York", "casts": [
            {"column": n, "to": t, "on_error": "null"} for n, t in zip(names, defaults)],
            "defaults": [{"column": n, "value": v} for n, v in zip(names, defaults.values())]}}
        self.same(change)

    def test_defaults_without_a_cast_are_for_what_is_not_there(self):
        self.write("in/a.csv", "a,b\n,1\nx,\n")
        self.write("in/b.csv", "a\ny\n")
        self.same({"standardization": {"defaults": [{"column": "a", "value": "none"}, {"column": "b", "value": "no b"}]}})

    def test_inferred_types_and_patterns(self):
        self.write("in/a.csv", "i,b,d,t,x,o,p,q\n1,9000000000,1.5,2024-01-15,2024-01-15T10:00:00,true,15/01/2024,15.01.2024 10:20\n"
                               "2,1,2,2024-02-29,2024-01-15 11:00:00,FALSE,29/02/2024,01.02.2024 00:00\n,,,,,,,\n")
        self.same({"source": {"options": {"inferSchema": True}}})
        self.write("in/a.csv", "p,q\n15/01/2024,15.01.2024 10:20\n29/02/2024,01.02.2024 00:00\n,\n")
        self.same({"source": {"options": {"inferSchema": True, "dateFormat": "dd/MM/yyyy",
                                          "timestampFormat": "dd.MM.yyyy HH:mm"}},
                   "standardization": {"timezone": "America/Bogota"}})

    def test_numbers_of_json_as_types(self):
        lines = ['{"a": 1, "b": "1", "c": true, "d": 1e2}', '{"a": 1.0, "b": 2.50, "c": "x", "d": null}', '{"d": {"k": [1, 2]}}',
                 '{"a": "\\u0000", "b": [], "c": {}, "d": "a\\nb"}', '{"a": 123456789012345678901234567890, "b": -0.0}']
        self.write("in/a.jsonl", "\n".join(lines) + "\n")
        self.same({"source": {"input_format": "json", "path": "in/*.jsonl", "options": None}, "standardization": {"casts": [
            {"column": "a", "to": "bigint", "on_error": "null"}, {"column": "b", "to": "decimal(20,2)", "on_error": "null"},
            {"column": "c", "to": "boolean", "on_error": "null"}, {"column": "d", "to": "double", "on_error": "null"}]}})


class Schemas(WorkerCase):
    PROPERTIES = {
        "id": {"type": "integer", "minimum": 1}, "name": {"type": "string", "pattern": "^[A-Z]{2,}$", "maxLength": 5},
        "amount": {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.01}, "ok": {"type": "boolean"},
        "day": {"type": "string", "format": "date"}, "at": {"type": "string", "format": "date-time"},
        "kind": {"enum": ["a", "b", 3]}, "mail": {"type": ["string", "null"], "format": "email"}, "late": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "where": {"type": "object", "properties": {"lat": {"type": "number"}, "at": {"type": "string", "format": "date-time"},
                                                   "deep": {"type": "array", "items": {"type": "integer"}}}},
        "any": {"type": "object"}}
    SCHEMA = {"type": "object", "properties": PROPERTIES, "required": ["id", "name", "mail"]}
    RECORDS = [
        '{"id": 1, "name": "AB", "amount": 1.5, "ok": true, "day": "2024-02-29", "at": "2024-01-15t10:00:00z", "kind": "a",'
        ' "mail": "a@b.co", "tags": ["x", "y"], "where": {"lat": 1.5, "at": "2024-01-15T10:00:00Z", "deep": [1, 2]}, "any": {"k": 1}}',
        '{"id": "1", "name": "ab", "amount": "2", "ok": 1, "day": "x", "at": "2024", "kind": "c", "mail": null, "tags": [1, "x", "x"],'
        ' "where": {"lat": "north", "more": {"a": 1}, "deep": ["x"]}, "any": [1]}',
        '{"id": 0.5, "name": 7, "amount": -1, "tags": "x", "where": 5, "any": "{}"}', "{}", '{"id": null, "name": null}',
        '{"id": 5.0, "name": "TOOLONG", "amount": 0.005, "where": {"lat": null, "deep": null, "lat": 2}}',
        '{"id": 99999999999999999999, "name": "AB\\n", "at": "2024-03-10T02:30:00-05:00", "where": {}, "tags": []}',
        '{"id": 1e2, "late": "", "mail": "", "kind": 3, "where": {"at": "2024-01-15", "deep": []}}']

    def check(self, mode, text, **source):
        self.write("payments.schema.json", self.SCHEMA)
        change = {"source": source, "schema": {"ref": "payments.schema.json", "mode": mode}}
        return self.same(merged(change, {"source": {"path": self.write_input(text, source)}}))

    def write_input(self, text, source):
        name = "in/a.csv" if source.get("input_format", "csv") == "csv" else "in/a.json"
        self.write(name, text)
        return name

    def test_json_is_judged_as_it_was_read(self):
        for mode in ("strict", "flexible"):
            with self.subTest(mode=mode):
                rows = self.check(mode, "\n".join(self.RECORDS) + "\n", input_format="json", options=None)
                self.assertTrue(any(row[f"s{i}"] for row in rows for i in range(11) if f"s{i}" in row))

    def test_csv_is_judged_by_what_its_text_means(self):
        header = "id,name,amount,ok,day,at,kind,mail,late,where,tags"
        lines = ['1,AB,1.5,true,2024-02-29,2024-01-15t10:00:00z,a,a@b.co,x,"{""lat"":1}","[""x""]"',
                 '5.0,ab,-1,1,x,2024,c,,,"{""lat"":""n"",""k"":1}",x', ",,,,,,,,,,", '1e2,"AB\n",0.01,false,0000-01-01,1,3,"","",{},[]']
        for mode in ("strict", "flexible"):
            with self.subTest(mode=mode):
                self.check(mode, "\n".join([header, *lines]) + "\n")

    def test_casts_are_judged_by_their_values(self):
        self.write("payments.schema.json", {"properties": {
            "a": {"type": "integer", "minimum": 2}, "b": {"type": "number", "multipleOf": 0.5}, "c": {"type": "string", "minLength": 3},
            "d": {"type": "string", "format": "date"}, "e": {"type": "string", "format": "date-time"}, "f": {"type": "boolean"},
            "g": {"type": "number", "maximum": 10}, "h": {"type": "string", "pattern": "^[a-z]+$"}}, "required": ["a", "h"]})
        names = ["a", "b", "c", "d", "e", "f", "g", "h"]
        types = ["int", "decimal(10,2)", "string", "date", "timestamp", "boolean", "double", "binary"]
        self.write("in/a.csv", "\n".join([",".join(names), *(",".join([csv_quoted(t)] * len(names)) for t in TEXTS), "," * 7]))
        for default in ({}, {"a": "5", "b": "1.25", "g": "11"}):
            with self.subTest(default=default):
                self.same({"schema": {"ref": "payments.schema.json", "mode": "strict"}, "standardization": {
                    "casts": [{"column": n, "to": t, "on_error": "null"} for n, t in zip(names, types)], "defaults": [{"column": n, "value": v} for n, v in default.items()]}})

    def test_defaults_are_judged_where_there_was_nothing(self):
        self.write("payments.schema.json", {"properties": {"a": {"type": "integer", "minimum": 10}, "b": {"type": "string"}},
                                            "required": ["a", "b"]})
        self.write("in/a.csv", "a,b\n5,x\n,\nx,y\n")
        self.same({"schema": {"ref": "payments.schema.json", "mode": "flexible"},
                   "standardization": {"defaults": [{"column": "a", "value": "3"}, {"column": "b", "value": "none"}]}})

    def test_malformed_records_of_files_that_lack_a_column(self):
        self.write("payments.schema.json", {"properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["a", "b"]})
        for kind, whole, lacking in (("csv", "a,b\n1,x\n2\n", "a\n1\n2,3\n\"x\n"),
                                     ("json", '{"a": 1, "b": "x"}\n{"a": \n', '{"a": 1}\n{broken\n"x"\n')):
            with self.subTest(kind=kind):
                self.write(f"in/a.{kind}", whole)
                self.write(f"in/b.{kind}", lacking)
                rows = self.same({"source": {"input_format": kind, "path": f"in/*.{kind}", "options": {"header": True} if kind == "csv" else None},
                                  "schema": {"ref": "payments.schema.json", "mode": "flexible"}}, least=4)
                self.assertTrue(any(row["reason"] for row in rows if row["file"] == 1))

    def test_a_pattern_without_end_is_an_error_that_names_the_column(self):
        self.write("payments.schema.json", {"properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}})
        self.write("in/a.csv", "a\n" + "a" * 5000 + "!\n")
        self.dataset({"schema": {"ref": "payments.schema.json", "mode": "flexible"}})
        with self.assertRaisesRegex(WorkerError, "against the schema takes too long"):
            describe("pipeline.yml", self.root / "job", self.root)
        job = Job(self.root / "job")
        with self.assertRaisesRegex(WorkerError, 'data: column "a": checking a value against the schema takes too long'):
            Worker(job, job.files[0]).rows()


class Malformed(WorkerCase):
    CSV = (b"id,name,x\n" b"1,a,b\n" b"2,a\n" b"3,a,b,c\n" b'4,"open,b\n' b'5,"a"b,c\n' b"6,\xff\xfe,c\n" b"7,\x00,c\n" b'8,"a\nb",c\n'
           b'9,"",\n' b'10,"q""q",c\r\n' b"\n" b"11,\xc3\xa9,c\r" b"12,\xed\xa0\x80,x\n" b'13,"never closed\n14,a,b\n')

    def test_csv(self):
        self.write("in/a.csv", self.CSV)
        rows = self.same({"standardization": {"casts": [{"column": "id", "to": "int", "on_error": "null"}]}})
        self.assertEqual(len({row["reason"] for row in rows}), 6)

    def test_a_mark_and_other_encodings(self):
        self.write("in/a.csv", b"\xef\xbb\xbfid,name\n1,\xc3\xa9\n2\n")
        self.same({})
        text = "id,name\r\n1,é世\r\n2\r\n"
        for encoding, python in (("UTF-16", "utf-16"), ("UTF-16LE", "utf-16-le"), ("UTF-16BE", "utf-16-be"),
                                 ("windows-1252", "cp1252"), ("ISO-8859-1", "latin-1")):
            with self.subTest(encoding=encoding):
                self.write("in/a.csv", text.encode(python, "replace") + (b"\x00\xd8x" if python == "utf-16-le" else b""))
                self.same({"source": {"options": {"encoding": encoding}}})

    def test_options_of_csv(self):
        self.write("in/a.csv", "# not read\nid;'name';x\n 1 ;'a;b';NA\n2;'it\\'s'; y\n'3';'empty ''';''\n")
        self.same({"source": {"options": {"sep": ";", "quote": "'", "escape": "\\", "comment": "#", "nullValue": "NA",
                                          "emptyValue": "EMPTY", "ignoreLeadingWhiteSpace": True,
                                          "ignoreTrailingWhiteSpace": True}}})
        self.write("in/a.csv", "id||name\n1||a|b\n2||\"x||y\"\n")
        self.same({"source": {"options": {"sep": "||"}}})

    def test_files_without_a_header(self):
        self.write("in/a.csv", "1,a\n2,b,c\n3\n")
        self.write("in/b.csv", "4,d\n")
        self.same({"source": {"options": {"header": False}},
                   "standardization": {"rename": [{"from": "_c0", "to": "id"}, {"from": "_c1", "to": "name"}],
                                       "casts": [{"column": "id", "to": "int", "on_error": "null"}]}})

    def test_columns_that_move_between_files(self):
        self.write("in/a.csv", "id,name,x\n1,a,9\n")
        self.write("in/b.csv", "x,id\n8,2\n")
        self.write("in/c.csv", "name,new,id\nc,n,3\n4\n")
        self.write("in/d.csv", "")
        self.same({"standardization": {"casts": [{"column": "x", "to": "int", "on_error": "null"}]}}, least=4)

    def test_json_lines(self):
        self.write("in/a.json", b'{"a": 1}\n{"a": \n[1]\n"x"\n{"a": "\xff"}\n{"a": 1, "a": 2}\n{"b": "\\ud800"}\n\n  {"c": {"x":1}}  \n'
                                b'{"a": 1} {"a": 2}\n{"d": ' + b"[" * 1100 + b"]" * 1100 + b'}\n{"e": nul}\n{"f": 1,}\n')
        rows = self.same({"source": {"input_format": "json", "path": "in/*.json", "options": None}})
        self.assertGreaterEqual(len({row["reason"] for row in rows}), 5)

    def test_json_in_other_layouts(self):
        text = '[{"a": 1, "b": "x"},\n {"a": 2},\n {"a": [1,\n 2]}, 5, {"a": }, {"c": null}]\n'
        texts = '{"a": 1,\n "b": "x"}\n{"a":\n 2}\n{"c": [1,\n2]} {"a": 3}\n'
        for layout, content in (("array", text), ("texts", texts), ("lines", '{"a": 1}\n{"b": [{"c": 1}]}\n')):
            for known in (layout, "-"):
                with self.subTest(layout=layout, known=known):
                    self.write("in/a.json", content)
                    self.same({"source": {"input_format": "json", "path": "in/*.json", "options": None}}, least=2, layout=known)

    def test_files_of_json_lines_in_parts(self):
        lines = [f'{{"a": {i}, "b": "{"x" * (i * 37 % 700)}"}}' if i % 50 else '{"a": broken' for i in range(12000)]
        lines[100] = '\ufeff{"a": "a mark within"}'
        content = "\ufeff" + "\r\n".join(lines) + "\n\n" + '{"a": 1} {"a": 2}\n'
        self.write("in/a.json", content)
        self.write("in/b.json", "[" + ",\n".join(lines[200:2000]) + "]")
        self.write("in/c.json", "{\n}" + content)
        self.write_gzip("in/d.json.gz", content)
        self.write("in/e.json", "")
        rows = self.same({"source": {"input_format": "json", "path": "in", "options": None}}, least=30000, distance="100000")
        self.assertTrue(rows)
        files = [line.split() for line in (self.root / "job" / "files.0").read_text().splitlines()]
        self.assertGreater(sum(line[0] == "0" for line in files), 2)
        self.assertEqual([sum(line[0] == str(file) for line in files) for file in range(1, 5)], [1, 1, 1, 1])

    def test_large_csv_is_read_in_parts_where_no_quote_can_hold_a_line_end(self):
        line = "{0},caf\u00e9 {0},\ufeff{0}\r\n"
        plain = "\ufeffid,x,y\n" + "".join(line.format(i) + ("# no row\r" if i % 50 == 0 else "") + ("\n" if i % 70 == 0 else "")
                                            for i in range(4000)) + "1,2\n\ufeff1,2,3"
        self.write("in/a.csv", plain)
        self.write("in/b.csv", plain + '\n7,"a\nb",c\n')
        self.write("in/c.csv", plain.replace("id,x,y", "y,x,id"))
        self.write_gzip("in/d.csv.gz", plain)
        self.write("in/e.csv", "id,x,y\n1,2,3\n")
        source = {"source": {"path": "in", "options": {"comment": "#"}}}
        for options, in_parts in (({}, {"0"}), ({"quote": ""}, {"0", "1"})):
            with self.subTest(options=options):
                self.same(merged(source, {"source": {"options": options}}), least=16000, distance="20000")
                files = [line.split()[0] for line in (self.root / "job" / "files.0").read_text().splitlines()]
                self.assertEqual({file for file in files if files.count(file) > 2}, in_parts)

    def test_a_part_that_begins_like_a_byte_order_mark(self):
        record = b"\xff\xfe,x\n" * 3000
        self.write("in/a.csv", b"a,b\n" + record)
        self.same({"source": {"options": {"quote": ""}}}, least=3000, distance="5000")

    def test_options_of_json(self):
        self.write("in/a.json", "{a: 1, 'b': 'it\\'s'} // said\n/* twice */ {\"a\": [1, /* x */ 2], b: {c: 'd'}}\n")
        self.same({"source": {"input_format": "json", "path": "in/*.json", "options": {
            "allowComments": True, "allowUnquotedFieldNames": True, "allowSingleQuotes": True, "header": None}}})

    def test_compressed_files(self):
        self.write("in/a.csv.gz", gzip.compress(self.CSV) + gzip.compress(b"20,x,y\n"))
        self.same({"source": {"path": "in/*.gz"}})

    def test_a_cut_file_and_a_damaged_one_are_errors(self):
        whole = gzip.compress(b"id\n" + b"".join(b"%d\n" % (i * i * 7919) for i in range(20000)))
        self.write("in/a.csv.gz", whole)
        self.dataset({"source": {"path": "in/*.gz"}})
        job = describe("pipeline.yml", self.root / "job", self.root)
        for damage, message in ((whole[:-20], "is cut short"), (whole[:9000] + b"\0" * 99 + whole[9099:], "is corrupt")):
            self.write("in/a.csv.gz", damage)
            line = job.files[0].replace(str(len(whole)), str(len(damage)))
            with self.assertRaisesRegex(WorkerError, f'environment: compressed file ".*a.csv.gz" {message}'):
                Worker(job, line).rows()

    def test_many_rows_over_many_blocks(self):
        lines = [f'{i},"text {i}\nand more",{i % 97}.5,2024-01-{i % 28 + 1:02}' for i in range(30000)]
        self.write("in/a.csv", "id,name,x,d\n" + "\n".join(lines) + '\n"never\n' + "y" * 3000000 + "\n1,2,3,4\n")
        self.same({"standardization": {"casts": [{"column": "x", "to": "decimal(10,1)", "on_error": "null"},
                                                {"column": "d", "to": "date", "on_error": "null"}]}}, least=30000)


    def test_many_columns(self):
        names = [f"c{i}" for i in range(1500)]
        self.write("payments.schema.json", {"properties": {name: {"type": "integer"} for name in names[::2]}})
        self.write("in/a.csv", "\n".join([",".join(names), *(",".join([str(i)] * 1500) for i in range(900)), "short", ""]))
        self.same({"schema": {"ref": "payments.schema.json", "mode": "flexible"}}, least=901)


class Programs(WorkerCase):
    def job(self, lines=5):
        self.write("in/a.csv", "id\n" + "".join(f"{i}\n" for i in range(lines)))
        self.dataset()
        return describe("pipeline.yml", self.root / "job", self.root)

    def test_a_host_that_goes_away_ends_the_worker(self):
        job = self.job()
        worker = Worker(job, job.files[0])
        kind, _ = worker.message()
        self.assertEqual(kind, b"R")
        worker.process.stdin.close()
        self.assertNotEqual(worker.process.wait(timeout=60), 0)
        self.assertEqual(worker.process.stderr.read(), b"")
        worker.process.stdout.close()
        worker.process.stderr.close()
        worker.file.close()

    def test_a_job_that_is_none_is_said(self):
        job = self.job()
        for text in ("", "{", "[]", '{"version": 2}', '{"version": 1}', job.job.replace('"csv"', "7"), job.job.replace('"UTC"', '"Mars"')):
            job.job = text
            with self.subTest(text=text[:30]), self.assertRaisesRegex(WorkerError, "the job of the worker has no sound"):
                Worker(job, job.files[0]).rows()

    def test_a_column_that_came_after_the_plan_is_said(self):
        job = self.job()
        size = len(self.write("in/a.csv", "id,more\n1,2\n").read_bytes())
        with self.assertRaisesRegex(WorkerError, 'the file has a column "more"'):
            Worker(job, f"0 {size} 0 - 0 {size} 0 {self.root}/in/a.csv").rows()

    def test_the_program_in_the_jar_needs_nothing_of_the_machine(self):
        jar = BUILD / "spark" / "crisol-spark.jar"
        if not jar.exists():
            self.skipTest("built without a JDK")
        with zipfile.ZipFile(jar) as archive:
            name = next(entry for entry in archive.namelist() if "/worker-" in entry)
            program = self.write("worker", archive.read(name))
        program.chmod(0o700)
        self.assertNotIn(b"/lib64/ld-linux", program.read_bytes())
        self.assertLess(program.stat().st_size, 4 << 20)
        self.write("in/b.csv", "a\n2024-01-15 10:20:30 America/New_York\n2024-03-10 02:30:00\n")
        change = {"source": {"path": "in/b.csv"}, "standardization": {"timezone": "America/Chicago", "casts": [
            {"column": "a", "to": "timestamp", "on_error": "null"}]}}
        self.same(change, program=program)
        if os.geteuid() == 0 and shutil.which("chroot"):
            bare = self.root / "bare"
            bare.mkdir()
            (bare / "worker").write_bytes(program.read_bytes())
            (bare / "worker").chmod(0o700)
            self.same(change, program=[shutil.which("chroot"), str(bare), "/worker"])


if __name__ == "__main__":
    unittest.main()
