"""Input that means harm, or that a reader must not trust: a clear error within bounded time and memory, never a crash,
and never a file that the dataset did not name."""

import os
import resource
import subprocess
import threading
import time
import unittest

import pyarrow
import pyarrow.parquet

from harness import CRISOL, Case

PATIENCE = 60  # seconds; what is hostile to a reader takes for ever
SANITIZED = "asan" in CRISOL  # AddressSanitizer reserves terabytes of addresses: no limit of memory can be set


class Hostile(Case):
    def refused(self, *arguments, exit, env=None):
        """Runs with at most 8 GB of memory; returns what it printed."""
        def limit():
            if not SANITIZED:
                resource.setrlimit(resource.RLIMIT_DATA, (8 << 30, 8 << 30))

        process = subprocess.run([CRISOL, *arguments], cwd=self.root, text=True, capture_output=True, timeout=PATIENCE,
                                 env={**self.environment, **(env or {})}, stdin=subprocess.DEVNULL, preexec_fn=limit)
        self.assertEqual(process.returncode, exit, process.stderr[-3000:])
        self.assertNotIn("Sanitizer", process.stderr)
        self.assertNotIn("defect", process.stderr)
        return process.stdout + process.stderr

    def good_input(self):
        self.write("in/a.csv", "id,x\n1,5\n")


class Yaml(Hostile):
    """Files of configuration that grow, loop, or say something else than they seem to."""

    def check(self, text, *parts):
        self.write("pipeline.yml", text)
        out = self.refused("check", "pipeline.yml", exit=2)
        for part in parts:
            self.assertIn(part, out)
        return out

    def test_aliases_that_multiply(self):
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
        for place in ("source: { input_format: csv, path: *a11 }", "quality: { rules: *a11 }", "id: *a11",
                      "standardization: { deduplicate: { key: *a11 } }", "output: { silver: { partition_by: *a11 } }"):
            with self.subTest(place=place):
                self.check("\n".join([*lines, place]) + "\n", "error: ", "list")

    def test_merge_keys_that_multiply(self):
        lines = ["m0: &m0 { " + ", ".join(f"k{i}: 1" for i in range(100)) + " }"]
        lines += [f"m{i}: &m{i} {{ <<: [{', '.join([f'*m{i - 1}'] * 9)}], n{i}: 1 }}" for i in range(1, 30)]
        self.check("\n".join(lines) + "\n", "pipeline.yml:")

    def test_a_rule_that_is_aliased_twenty_thousand_times(self):
        self.check("x: &x { name: a, expr: b }\nquality: { rules: [" + ", ".join(["*x"] * 20000) + "] }\n",
                   "a list of more than 10,000 items")

    def test_a_rule_that_is_aliased_as_often_as_may_be(self):
        out = self.check("x: &x { name: a, expr: b }\nquality: { rules: [" + ", ".join(["*x"] * 10000) + "] }\n",
                         'two rules named "a"')
        self.assertEqual(out.count('two rules named "a"'), 1)

    def test_an_alias_to_what_holds_it(self):
        self.check("id: &a [*a]\n", "pipeline.yml:1:9", "an alias to the node that holds it")
        self.check("x: &a\n  <<: *a\n", "pipeline.yml:2:7", "an alias to the node that holds it")

    def test_a_file_of_100_megabytes(self):
        self.check("id: demo\n" + ("# " + "x" * 997 + "\n") * 100_000, "larger than 16 MiB")

    def test_ten_thousand_levels_of_nesting(self):
        self.check("id: " + "[" * 10_000, "nested too deeply")
        self.check("id: " + "{a: " * 10_000, "nested too deeply")

    def test_a_key_a_million_times(self):
        out = self.check("a: 1\n" * 1_000_000, 'key "a" is there twice', "more problems are not shown")
        self.assertLess(len(out), 1_000_000)

    def test_more_keys_than_anybody_needs(self):
        self.check("".join(f"k{i}: 1\n" for i in range(1_000_000)), "a mapping of more than 10,000 keys")

    def test_bytes_that_are_no_text(self):
        for content in (b"id: \xff\xfe\n", b"id: a\0b\n", b"\xff\xfei\0d\0:\0", bytes(range(256))):
            with self.subTest(content=content[:8]):
                self.check(content)

    def test_words_that_yaml_1_1_takes_for_something_else_stay_text(self):
        values = ["no", "on", "yes", "NO", "y", "08", "0o17", "0x1F", "1_000", "12:30", "12:30:45", "1e3", ".5", "~x",
                  "2024-01-02", "null_", "+1", "1.", "-0", "Infinity", ".nan", "<<", "="]
        names = [f"c{i}" for i in range(len(values))]
        self.write("in/a.csv", ",".join(names) + "\n" + ",".join([""] * len(names)) + "\n" + "no," * (len(names) - 1) + "no\n")
        defaults = "".join(f"    - {{ column: {name}, value: {value} }}\n" for name, value in zip(names, values))
        self.write("pipeline.yml", f"""
id: 08
source: {{ input_format: csv, path: in/*.csv, options: {{ header: true, nullValue: no }} }}
standardization:
  defaults:
{defaults}
output: {{ silver: {{ path: out/silver, mode: overwrite }} }}
""")
        answer = self.run_dataset()
        self.assertEqual(answer.summary["dataset"], "08")
        self.assertEqual(self.silver(), [tuple(values)] * 2)


class Schema(Hostile):
    def schema(self, text, exit, *parts, command="check"):
        self.good_input()
        self.write("schema.json", text)
        self.dataset({"schema": {"ref": "schema.json", "mode": "flexible"}})
        out = self.refused(command, "pipeline.yml", exit=exit)
        for part in parts:
            self.assertIn(part, out)

    def test_more_properties_than_a_table_has(self):
        names = ",\n".join(f'"c{i}": {{"type": "string"}}' for i in range(400_000))
        self.schema('{"type": "object", "properties": {' + names + "}}", 2, "an object of more than 10,000 members")

    def test_as_many_properties_as_may_be(self):
        names = ",\n".join(f'"c{i}": {{"type": "string"}}' for i in range(3000))
        self.schema('{"type": "object", "properties": {' + names + "}}", 0, command="run")
        self.assertEqual(len(self.silver_types()), 3004)  # and id, x, _run_id, _ingestion_ts

    def test_a_schema_that_refers_to_itself(self):
        self.schema('{"$defs": {"x": {"anyOf": [{"$ref": "#/$defs/x"}]}}, "properties": {"x": {"$ref": "#/$defs/x"}}}', 2,
                    "schema.json:1:", "refers to itself without end")

    def test_references_that_multiply(self):
        definitions = ", ".join(f'"d{i}": {{"allOf": [{{"$ref": "#/$defs/d{i - 1}"}}, {{"$ref": "#/$defs/d{i - 1}"}}]}}'
                                for i in range(1, 40))
        self.schema(f'{{"$defs": {{"d0": {{}}, {definitions}}}, "properties": {{"x": {{"$ref": "#/$defs/d39"}}}}}}', 2,
                    "over 1000 schemas apply to one value")

    def test_thousands_of_levels(self):
        self.schema('{"properties": {"x": ' + '{"not": ' * 5000 + "{}" + "}" * 5002, 2, "schema.json:1:")

    def test_a_pattern_that_backtracks_for_ever_names_column_and_value(self):
        self.write("in/a.json", "".join('{"id": "' + "a" * 60 + f'{i}!"}}\n' for i in range(10_000)))
        self.write("schema.json", {"properties": {"id": {"type": "string", "pattern": "^(a+)+$"}}})
        self.dataset({"source": {"input_format": "json", "path": "in/a.json", "options": None},
                      "schema": {"ref": "schema.json", "mode": "strict"}})
        out = self.refused("run", "pipeline.yml", exit=1)
        for part in ("schema.json:3:", 'column "id"', 'checking "aaaa', "takes too long"):
            self.assertIn(part, out)


class Files(Hostile):
    """What lies in an input folder was put there by somebody else."""

    def setUp(self):
        super().setUp()
        self.good_input()
        self.write("secret/s.csv", "id,x\nsecret,7\n")
        self.dataset()

    def test_a_link_out_of_the_folder_is_refused(self):
        (self.root / "in/b.csv").symlink_to("../secret/s.csv")
        for path in ("in/*.csv", "in", "in/{a,b}*", "in/[b].csv"):
            with self.subTest(path=path):
                self.dataset({"source": {"path": path}})
                answer = self.run_dataset(exit=3)
                self.assert_refused(answer, "in/b.csv", "a symbolic link out of", str(self.root / "secret/s.csv"))
                self.assertFalse((self.root / "out").exists())

    def test_a_folder_that_is_a_link_out_of_the_pattern_is_refused(self):
        (self.root / "in/b").symlink_to("../secret")
        self.dataset({"source": {"path": "in/*/*.csv"}})
        self.assert_refused(self.run_dataset(exit=3), "in/b/s.csv", "a symbolic link out of")

    def test_a_link_that_stays_in_the_folder_is_read(self):
        (self.root / "in/.b").write_bytes((self.root / "in/a.csv").read_bytes())
        (self.root / "in/b.csv").symlink_to(".b")
        self.assertEqual(self.run_dataset().rows["read"], 2)

    def test_a_link_that_the_dataset_names_is_read(self):
        (self.root / "link.csv").symlink_to("secret/s.csv")
        (self.root / "folder").symlink_to("secret")
        for path in ("link.csv", "folder/*.csv", "folder"):
            with self.subTest(path=path):
                self.dataset({"source": {"path": path}})
                self.assertEqual(self.run_dataset().rows["read"], 1)

    def test_a_link_to_nothing_or_to_itself_is_refused(self):
        for target in ("nothing.csv", "b.csv"):
            with self.subTest(target=target):
                (self.root / "in/b.csv").symlink_to(target)
                self.assert_refused(self.run_dataset(exit=3), "in/b.csv")
                (self.root / "in/b.csv").unlink()

    def test_a_pipe_is_refused_and_not_waited_for(self):
        for name, change in (("b.csv", {}), ("b.csv", {"path": "in"}), ("b.csv", {"path": "in/b.csv"}),
                             ("b.parquet", {"path": "in/b.*", "input_format": "parquet", "options": {"header": None}})):
            with self.subTest(name=name, change=change):
                os.mkfifo(self.root / "in" / name)
                self.dataset({"source": change})
                self.assertIn("is not a regular file", self.refused("run", "pipeline.yml", exit=3))
                os.unlink(self.root / "in" / name)

    def test_a_device_is_refused(self):
        for path in ("/dev/zero", "/dev/stdin"):
            with self.subTest(path=path):
                self.dataset({"source": {"path": path}})
                self.assertIn(path, self.refused("run", "pipeline.yml", exit=3))

    def test_a_directory_that_cannot_be_listed_is_named(self):
        nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        self.root.chmod(0o755)
        for path in ("in/closed/*.csv", "in/closed", "in/*/*.csv"):
            with self.subTest(path=path):
                self.write("in/closed/a.csv", "id,x\n1,5\n")
                self.dataset({"source": {"path": path}})
                (self.root / "in/closed").chmod(0)
                process = self.start("run", "pipeline.yml", "--json", **nobody)
                _, err = process.communicate(timeout=PATIENCE)
                (self.root / "in/closed").chmod(0o755)
                self.assertEqual(process.returncode, 3, err)
                self.assertIn("Permission denied", err)


class Changing(Hostile):
    """A file that changes while it is read: no run may be made of two states of it."""

    def run_with_changes(self, path, change):
        """Changes the file again and again until the run is over."""
        over = threading.Event()

        def keep_changing():
            while not over.is_set():
                change(path)
                time.sleep(0.005)

        thread = threading.Thread(target=keep_changing)
        thread.start()
        try:
            answer = self.run_dataset(exit=3)
        finally:
            over.set()
            thread.join()
        self.assert_refused(answer, path.name, "changed while it was read")
        self.assertFalse((self.root / "out/silver").exists())

    def test_csv_and_json(self):
        for name, line, source in (("a.csv", "1,5\n", {}),
                                   ("a.json", '{"id": 1}\n', {"input_format": "json", "path": "in/*", "options": {"header": None}})):
            for what in ("grows", "is written anew"):
                with self.subTest(name=name, what=what):
                    (self.root / "in").mkdir(exist_ok=True)
                    content = ("id,x\n" if name == "a.csv" else "") + line * 200_000
                    path = self.write(f"in/{name}", content)
                    self.dataset({"source": source})
                    if what == "grows":
                        def change(path, line=line):
                            with path.open("a") as file:
                                file.write(line)
                    else:
                        # In place: a file that is cut first is empty for a moment, and that is a state of its own.
                        def change(path, content=content):
                            with path.open("r+") as file:
                                file.write(content)
                    self.run_with_changes(path, change)
                    path.unlink()

    def test_parquet(self):
        path = self.root / "in/a.parquet"
        path.parent.mkdir()
        pyarrow.parquet.write_table(pyarrow.table({"id": list(range(1_000_000))}), path)
        self.dataset({"source": {"input_format": "parquet", "path": "in/*", "options": None}})
        self.run_with_changes(path, lambda path: os.utime(path))

class LenientBesideStrict(Case):
    """Strict records take a faster way than those that have what the options allow; which way a record goes is not to be seen."""

    RECORDS = [
        ('{"a": 1}', [{"a": "1"}]),
        ('{"a": 2 /* } */, "b": 2}', [{"a": "2", "b": "2"}]),
        ("{'a': 'x,\"c\": 1}', \"d\": 3}", [{"a": 'x,"c": 1}', "d": "3"}]),
        ('{"a": {"q": \'}\'}, "e": 4}', [{"a": '{"q":"}"}', "e": "4"}]),
        ("{\"a\": 1, f: 5}", [{"a": "1", "f": "5"}]),
        ('{"a": "it\\\'s", "g": 6}', [{"a": "it's", "g": "6"}]),
        ('{"a": ["/", "\'", {"a": 1, "a": 2}], "h": 7}', [{"a": '["/","\'",{"a":2}]', "h": "7"}]),
        ('{"a": [ 1 , {} ], // "z": 1}', []),
        ('{"a": 1} {"i": 8}', [{"a": "1"}, {"i": "8"}]),
        ('{"a": "x"y"}', []),
        ('{"a": 9, "j": 9} // }', [{"a": "9", "j": "9"}]),
    ]

    def test_every_record_is_what_it_is_alone(self):
        options = {"header": None, "allowComments": True, "allowUnquotedFieldNames": True, "allowSingleQuotes": True}
        self.write("in/a.jsonl", "".join(text + "\n" for text, _ in self.RECORDS) * 3)
        self.dataset({"source": {"input_format": "jsonl", "path": "in/*.jsonl", "options": options}})
        answer = self.run_dataset()
        good = [record for _, records in self.RECORDS for record in records]
        names = sorted({name for record in good for name in record})
        expected = sorted(tuple(record.get(name) or "" for name in names) for record in good) * 3
        found = [tuple(cell or "" for cell in row) for row in self.silver(", ".join(names))]
        self.assertEqual(sorted(found), sorted(expected))
        self.assertGreaterEqual(answer.rows["malformed"], 6)


if __name__ == "__main__":
    unittest.main()
