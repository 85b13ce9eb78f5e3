"""`crisol replay`: quarantined rows through today's dataset, from their own bytes, exactly once."""

import csv
import gzip
import io
import json
import unittest

from harness import GOLD_DATABASE, Case

POSITIVE = {"standardization": {"casts": [{"column": "x", "to": "integer", "on_error": "quarantine"}]},
            "quality": {"rules": [{"name": "positive", "expr": "x > 0"}]},
            "output": {"silver": {"mode": "append"}}}


def laid(base, change):
    """As merged, but None stays, to remove a key of the smallest dataset."""
    if not isinstance(base, dict) or not isinstance(change, dict):
        return change
    return {**base, **{key: laid(base.get(key, {}), value) for key, value in change.items()}}


def rule(expr, **more):
    return {"quality": {"rules": [{"name": "positive", "expr": expr, **more}]}}


class Replay(Case):
    def replay(self, *arguments, exit=0, dataset="pipeline.yml"):
        answer = self.crisol("replay", dataset, "--json", *arguments, exit=exit)
        if exit == 0:
            rows = answer.rows
            self.assertEqual(rows["read"] + rows["exploded"], sum(rows[k] for k in
                                               ("malformed", "duplicates", "passed", "quarantined", "dropped")))
        return answer

    def open_rows(self, *arguments):
        answer = self.crisol("show", "pipeline.yml", "--quarantine", "--format", "json", "-n", "0", *arguments).out
        return [json.loads(line) for line in answer.splitlines()]

    def open_ids(self):
        return sorted(row["id"] for row in self.open_rows())

    def ids(self):
        return [row[0] for row in self.silver("id", order="id")]

    def mended(self, **changes):
        """The quarantine as CSV, where the cells of a row, by its id, are changed."""
        self.crisol("show", "pipeline.yml", "--quarantine", "--format", "csv", "-n", "0", "-o", "bad.csv")
        rows = list(csv.DictReader(io.StringIO((self.root / "bad.csv").read_text())))
        for row in rows:
            row.update(changes.get(row["id"], {}))
        out = io.StringIO()
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
        self.write("bad.csv", out.getvalue())

    def start(self, text="id,x\na,1\nb,-2\nc,no\nd,4\n", change=None, name="in/a.csv"):
        self.write(name, text)
        self.change = change or {}
        self.dataset(self.with_rule("x > 0"))
        return self.run_dataset().summary["run_id"]

    def with_rule(self, expr, more=None):
        return laid(laid(laid(POSITIVE, rule(expr)), self.change), more or {})


class Rows(Replay):
    def test_what_passes_is_added_once_and_what_fails_stays_open(self):
        self.start()
        before = self.snapshot()
        self.dataset(self.with_rule("x > -5"))
        answer = self.replay()
        self.assertEqual((answer.rows["read"], answer.rows["passed"], answer.rows["quarantined"]), (2, 1, 1))
        self.assertEqual(answer.summary["replay"], {"dry_run": False, "open": 2, "without_bytes": 0, "superseded": 0,
                                                    "still_open": 1})
        self.assertEqual(self.ids(), ["a", "b", "d"])
        self.assertEqual(self.open_ids(), ["c"])
        after = self.snapshot()
        self.assertEqual({name: after[name] for name in before}, before)
        answer = self.replay()
        self.assertEqual((answer.rows["read"], answer.rows["passed"]), (1, 0))
        self.assertEqual(self.ids(), ["a", "b", "d"])

    def test_a_replay_after_a_replay_changes_nothing(self):
        """The rows are counted in the files of silver and in gold themselves."""
        self.write("database.yml", GOLD_DATABASE)
        self.start(change={"output": {"gold": {"enabled": True, "database_config": "database.yml", "mode": "append"}}})
        count = lambda: (self.silver("count(*), count(DISTINCT id)", order="ALL"),
                         self.gold("SELECT count(*), count(DISTINCT id) FROM gold.demo"))
        self.assertEqual(count(), 2 * ([(2, 2)],))
        self.dataset(self.with_rule("x > -5"))
        self.replay()
        self.assertEqual(count(), 2 * ([(3, 3)],))
        for expr in ("x > -5", "x > -9"):
            before = self.snapshot()
            self.dataset(self.with_rule(expr))
            self.assertEqual(self.replay().rows["passed"], 0)
            self.assertEqual(count(), 2 * ([(3, 3)],))
            self.assertEqual(self.snapshot(), before)
            self.assertEqual(self.open_ids(), ["c"])

    def test_a_row_that_fails_for_another_reason_has_that_and_its_first_place(self):
        run = self.start()
        self.dataset(self.with_rule("x > -5", {"standardization": {"casts": [{"column": "x", "to": "integer",
                                                                              "on_error": "null"}]},
                                               "quality": {"rules": [{"name": "present", "expr": "x IS NOT NULL"}]}}))
        self.replay()
        row, = self.open_rows()
        self.assertEqual((row["_failed_rules"], row["_source_line"], row["_run_id"]), (["present"], 4, run))
        self.assertEqual(len(self.open_rows("--rule", "present")), 1)

    def test_runs_shows_a_replay_as_one_and_counts_of_runs_leave_it_out(self):
        self.start()
        run = self.replay().summary["run_id"]
        listed = [json.loads(line) for line in self.crisol("runs", "-d", "pipeline.yml", "--json").out.splitlines()]
        self.assertEqual([entry["type"] for entry in listed], ["replay", "dataset"])
        self.assertIn("replay demo", self.crisol("runs", run, "-d", "pipeline.yml").out)

    def test_a_dry_run_writes_nothing(self):
        self.start()
        self.dataset(self.with_rule("x > -5"))
        before = self.snapshot()
        answer = self.replay("--dry-run")
        self.assertEqual((answer.rows["passed"], answer.rows["silver"], answer.summary["replay"]["dry_run"]), (1, 0, True))
        self.assertEqual(self.snapshot(), before)
        self.assertEqual(len(self.crisol("runs", "-d", "pipeline.yml", "--json").out.splitlines()), 1)
        self.assertEqual(self.replay().rows["passed"], 1)

    def test_without_a_quarantine_or_an_open_row_there_is_nothing_to_do(self):
        self.start("id,x\na,1\n")
        self.assertEqual(self.replay().rows["read"], 0)
        self.assertEqual(self.replay("--dry-run").rows["read"], 0)
        self.assertEqual(self.ids(), ["a"])

    def test_one_run_or_one_rule(self):
        first = self.start()
        self.write("in/a.csv", "id,x\ne,-7\nf,no\n")
        second = self.run_dataset().summary["run_id"]
        self.dataset(self.with_rule("x > -9"))
        self.assertEqual(self.replay("--rule", "cast:x:int").rows["read"], 2)
        self.assertEqual(self.replay("--run", second).rows["passed"], 1)
        self.assertEqual(self.replay("--run", first, "--rule", "positive").rows["passed"], 1)
        self.assertEqual(self.open_ids(), ["c", "f"])
        self.assert_refused(self.replay("--run", "2001", exit=2), "no rows of a run", "2001")
        self.assert_refused(self.replay("--rule", "positiv", exit=2), "positiv")

    def test_every_run_whose_file_was_read_again_is_superseded(self):
        self.start(change={"output": {"silver": {"mode": "overwrite"}}})
        self.run_dataset()
        self.dataset(self.with_rule("x > -5"))
        self.run_dataset()
        self.assertEqual(self.ids(), ["a", "b", "d"])
        answer = self.replay()
        self.assertEqual((answer.rows["passed"], answer.summary["replay"]["superseded"]), (0, 4))
        self.assertEqual(self.ids(), ["a", "b", "d"])
        self.assertEqual(self.open_ids(), ["c"])

    def test_rows_of_a_file_that_was_replaced_under_its_name_are_not_superseded(self):
        self.write("in/a.csv", "id,x,date\na,1,2024-01-01\nb,-2,2024-01-01\n")
        self.change = {"output": {"silver": {"mode": "overwrite_dynamic", "partition_by": ["date"]}}}
        self.dataset(self.with_rule("x > 0"))
        self.run_dataset()
        self.write("in/a.csv", "id,x,date\nc,1,2024-01-02\nd,-2,2024-01-02\n")
        self.run_dataset()
        self.run_dataset()
        self.dataset(self.with_rule("x > -5"))
        answer = self.replay()
        self.assertEqual((answer.rows["passed"], answer.summary["replay"]["superseded"]), (2, 1))
        self.assertEqual(self.silver("id, CAST(date AS VARCHAR)", order="id"), [("a", "2024-01-01"), ("b", "2024-01-01"),
                                                               ("c", "2024-01-02"), ("d", "2024-01-02")])

    def test_a_run_after_a_replay_takes_new_files_only_and_compares_columns_with_runs(self):
        self.start(change={"source": {"incremental": True}})
        self.dataset(self.with_rule("x > -5"))
        self.replay()
        self.assertEqual(self.run_dataset().rows["read"], 0)
        self.write("in/b.csv", "id,x\ne,1\n")
        answer = self.run_dataset()
        self.assertEqual((answer.rows["read"], answer.summary["drift"]), (1, []))

    def test_broken_records_under_a_mended_dialect(self):
        self.start('id,x\na,1\nb;2\n"c,3\nd,4\n')
        self.assertEqual(len(self.open_rows()), 2)
        self.dataset(self.with_rule("x > 0", {"source": {"options": {"sep": ";"}}}))
        self.assertEqual(self.replay(exit=2).rows["passed"], 0)  # the header has no column x under it
        self.dataset(self.with_rule("x > 0"))
        self.assertEqual(self.replay().rows["malformed"], 2)

    def test_bytes_in_another_encoding(self):
        self.write("in/a.csv", b"id,x\nJos\xe9,1\na\\b\xe9,2\nc,3\n")
        self.change = {}
        self.dataset(self.with_rule("x > 0"))
        self.run_dataset()
        self.dataset(self.with_rule("x > 0", {"source": {"options": {"encoding": "ISO-8859-1"}}}))
        self.assertEqual(self.replay().rows["passed"], 2)
        self.assertEqual(self.ids(), ["José", "a\\bé", "c"])

    def test_a_value_of_every_byte_comes_back_as_it_was(self):
        """As text, where the rule fails it, and told escaped, where it is none in the encoding of its run."""
        every = bytes(range(256))
        record = b'b,-2,"' + every.replace(b'"', b'""') + b'"\n'
        for encoding in ("ISO-8859-1", "UTF-8"):
            with self.subTest(encoding):
                self.write("in/a.csv", b"id,x,v\na,1,\n" + record)
                paths = {"id": encoding[:3].lower(), "quality": {"quarantine": f"out/q_{encoding}"},
                         "output": {"silver": {"path": f"out/{encoding}"}}}
                self.change = laid(paths, {"source": {"options": {"encoding": encoding}}})
                self.dataset(self.with_rule("x > 0"))
                self.run_dataset()
                self.assertEqual(self.table(f"out/q_{encoding}", "_raw_form"),
                                 [("text" if encoding == "ISO-8859-1" else "escaped",)])
                (self.root / "in/a.csv").unlink()
                self.change["source"] = {"options": {"encoding": "ISO-8859-1"}}
                self.dataset(self.with_rule("x > -5"))
                self.assertEqual(self.replay().rows["passed"], 1)
                value, = self.table(f"out/{encoding}", "v", where="id = 'b'")
                self.assertEqual(value[0].encode("latin-1"), every)

    def test_records_over_lines_with_quotes_and_other_encodings(self):
        self.write("in/a.csv", 'id,x\n"a\n""ñ""",-2\nb,-3\n'.encode("utf-16"))
        self.change = {"source": {"options": {"encoding": "UTF-16"}}}
        self.dataset(self.with_rule("x > 0"))
        self.run_dataset(exit=0)
        self.dataset(self.with_rule("x > -5"))
        self.assertEqual(self.replay().rows["passed"], 2)
        self.assertEqual(self.ids(), ['a\n"ñ"', "b"])

    def test_files_of_different_headers_without_headers_and_compressed(self):
        self.write("in/a.csv", "id,x\na,-1\n")
        self.write("in/b.csv", "x,id,y\n-2,b,q\n")
        self.write("in/c.csv.gz", gzip.compress(b"id,x\nc,-3\n"))
        self.change = {"source": {"path": "in/*"}}
        self.dataset(self.with_rule("x > 0"))
        self.run_dataset()
        for name in ("a.csv", "b.csv", "c.csv.gz"):
            (self.root / "in" / name).unlink()
        self.dataset(self.with_rule("x > -5"))
        self.assertEqual(self.replay().rows["passed"], 3)
        self.assertEqual(self.silver("id, x, y", where="x IS NOT NULL", order="id"),
                         [("a", -1, None), ("b", -2, "q"), ("c", -3, None)])

    def test_without_a_header_fields_are_known_by_their_number(self):
        self.write("in/a.csv", "a,1,z\nb,-2,y\n")
        change = {"source": {"options": {"header": False}}, "output": {"silver": {"mode": "append"}},
                  "standardization": {"rename": [{"from": "_c0", "to": "id"}]}}
        self.dataset(laid(change, rule("_c1 > 0")))
        self.run_dataset()
        self.dataset(laid(change, rule("_c1 > -5")))
        self.assertEqual(self.replay().rows["passed"], 1)
        self.assertEqual(self.silver("id, _c1, _c2", order="id"), [("a", "1", "z"), ("b", "-2", "y")])

    def test_json_of_every_layout(self):
        records = [{"id": "a", "x": 1, "y": {"z": [1]}}, {"id": "b", "x": -2}, {"id": "c", "x": -3, "y": {"z": "é"}}]
        texts = {"lines": "\n".join(json.dumps(r, ensure_ascii=False) for r in records),
                 "array": json.dumps(records, indent=1, ensure_ascii=False),
                 "texts": "\n".join(json.dumps(r, indent=1, ensure_ascii=False) for r in records)}
        for name, text in texts.items():
            with self.subTest(name):
                self.change = {"source": {"input_format": "json", "path": f"{name}.json", "options": None},
                               "output": {"silver": {"path": f"out/{name}"}}, "id": name,
                               "quality": {"quarantine": f"out/quarantine_{name}"}}
                self.write(f"{name}.json", text)
                self.dataset(self.with_rule("x > 0"))
                self.run_dataset()
                self.dataset(self.with_rule("x > -5"))
                self.assertEqual(self.replay().rows["passed"], 2)
                self.assertEqual(self.table(f"out/{name}", "id, x, y", order="id"),
                                 [("a", 1, '{"z":[1]}'), ("b", -2, None), ("c", -3, '{"z":"é"}')])

    def test_long_records_and_rows_of_older_files_stay_and_are_counted(self):
        self.start("id,x\nb,-2\n" + "c" * (1 << 20) + "x,-3\n")
        old = next(iter((self.root / "out/quarantine").glob("*/*.parquet")))
        self.dataset(self.with_rule("x > -5"))
        answer = self.replay()
        self.assertEqual((answer.rows["passed"], answer.summary["replay"]["without_bytes"]), (1, 1))
        self.query(f"COPY (SELECT * EXCLUDE (_raw_form, _raw_cut, _source_header) FROM '{old}') TO '{old}.new' "
                   "(FORMAT parquet)")
        old.with_suffix(".parquet.new").rename(old)
        answer = self.replay()
        self.assertEqual((answer.rows["read"], answer.summary["replay"]["without_bytes"]), (0, 1))

    def test_a_quarantine_of_before_there_were_bytes_is_shown_and_counted(self):
        self.start()
        old = next(iter((self.root / "out/quarantine").glob("*/*.parquet")))
        self.query(f"COPY (SELECT * EXCLUDE (_raw_record, _raw_length, _raw_form, _raw_cut, _source_header) FROM "
                   f"read_parquet('{old}', hive_partitioning = false)) TO '{old}.new' (FORMAT parquet)")
        old.with_suffix(".parquet.new").rename(old)
        self.dataset(self.with_rule("x > -5"))
        for further in (0, 1):  # alone, and beside files that have them
            with self.subTest(further=further):
                self.assertEqual(self.open_ids(), ["b", "c", "f"][:2 + further])
                answer = self.replay()
                self.assertEqual((answer.rows["read"], answer.summary["replay"]["open"],
                                  answer.summary["replay"]["without_bytes"]), (further, 2 + further, 2))
                self.assertEqual(self.open_ids(), ["b", "c", "f"][:2 + further])
            self.write("in/a.csv", "id,x\nf,-8\n")
            self.run_dataset()

    def test_drop_and_fail_rules_and_limits_of_today(self):
        self.start()
        self.dataset(self.with_rule("x > 0", rule("x > 0", on_fail="fail")))
        self.assert_refused(self.replay(exit=1), "positive")
        self.assertEqual(self.open_ids(), ["b", "c"])
        self.dataset(self.with_rule("x > 0", {"quality": {"max_rejected": "1%",
                                                          "rules": [{"name": "positive", "expr": "x > 0", "on_fail": "drop"}]}}))
        self.assertEqual(self.replay().rows["dropped"], 1)
        self.assertEqual(self.open_ids(), ["c"])

    def test_spark_is_refused_by_name(self):
        self.start()
        self.write("env.yml", {"spark": {"remote": "sc://127.0.0.1:1"}})
        self.assert_refused(self.replay("--engine", "spark", "--env", "env.yml", exit=2), "spark", "replay")


class Shapes(Replay):
    def test_elements_of_an_exploded_list_are_taken_one_by_one(self):
        self.write("s.json", {"type": "object", "properties": {"id": {"type": "string"}, "lines": {
            "type": "array", "items": {"type": "object", "properties": {"q": {"type": "integer"}}}}}})
        self.write("in/a.json", '{"id":"8","lines":[{"q":1},{"q":-2},{"q":-9}]}\n{"id":"9","lines":[{"q":-1}]}\n')
        change = {"source": {"input_format": "json", "path": "in/a.json", "options": None},
                  "schema": {"ref": "s.json", "mode": "flexible"}, "output": {"silver": {"mode": "append"}},
                  "standardization": {"explode": {"column": "lines", "as": "line"}}}
        self.dataset(laid(change, rule("line.q > 0")))
        self.run_dataset()
        self.dataset(laid(change, rule("line.q > -5")))
        answer = self.crisol("replay", "pipeline.yml", "--json")
        self.assertEqual((answer.rows["read"], answer.rows["exploded"], answer.rows["passed"]), (2, 1, 2))
        self.assertEqual(self.silver("id, line.q", order="ALL"), [("8", -2), ("8", 1), ("9", -1)])
        self.assertEqual([row["_element"] for row in self.open_rows()], [2])
        self.assertEqual(self.replay("--dry-run").rows["read"], 1)
        self.assert_refused(self.replay("--file", "in/a.json", exit=2), "explodes")

    def test_columns_that_the_dataset_makes_and_drops(self):
        self.start("id,x,k\na,1,u\nb,-2,v\n",
                   {"standardization": {"columns": [{"name": "y", "expr": "x * 2"}], "drop": ["k"]}})
        self.dataset(self.with_rule("y > -9"))
        self.assertEqual(self.replay().rows["passed"], 1)
        self.assertEqual(self.silver("*" + " EXCLUDE (_run_id, _ingestion_ts)", order="id"), [("a", 1, 2), ("b", -2, -4)])

    def test_a_key_that_silver_lacks_is_refused(self):
        self.start("id,x,k\na,1,u\nb,-2,v\n", {"standardization": {"deduplicate": {"key": ["k"], "order_by": ["x desc"]},
                                                                   "drop": ["k"]}})
        self.dataset(self.with_rule("x > -9"))
        self.assert_refused(self.replay(exit=2), '"k"', "drop")

    def test_sources_of_several_formats(self):
        self.query(f"COPY (SELECT 'p' AS id, -2 AS x, 3 AS z) TO '{self.root}/p.parquet' (FORMAT parquet)")
        self.write("in/b.json", '{"id":"j","x":-3,"y":2}\n')
        self.start("id,x\na,1\nb,-2\n", {"source": None, "sources": [
            {"name": "c", "input_format": "csv", "path": "in/*.csv", "options": {"header": True}},
            {"name": "j", "input_format": "json", "path": "in/*.json"},
            {"name": "p", "input_format": "parquet", "path": "p.parquet"}]})
        self.dataset(self.with_rule("x > -5"))
        answer = self.replay()
        self.assertEqual((answer.rows["passed"], answer.summary["replay"]["without_bytes"]), (2, 1))
        self.assertEqual(self.silver("id, x, y, z", order="id"),
                         [("a", 1, None, None), ("b", -2, None, None), ("j", -3, "2", None)])
        self.assertEqual(self.open_ids(), ["p"])


class Keys(Replay):
    DEDUPE = {"standardization": {"deduplicate": {"key": ["id"], "order_by": ["v desc"]}}}

    def test_a_standing_row_wins_or_is_displaced_by_order(self):
        self.start("id,x,v\na,1,5\nb,1,5\nc,1,5\n", {**self.DEDUPE, "output": {"silver": {"mode": "append"}}})
        self.write("in/a.csv", "id,x,v\na,-1,9\nb,-1,2\nc,-1,5\nd,-1,1\n")
        self.run_dataset()
        self.dataset(self.with_rule("x > -5"))
        answer = self.replay("--dry-run")
        self.assertEqual((answer.rows["passed"], answer.rows["duplicates"], answer.rows["displaced"]), (2, 2, 1))
        answer = self.replay()
        self.assertEqual((answer.rows["passed"], answer.rows["duplicates"], answer.rows["displaced"]), (2, 2, 1))
        self.assertEqual(self.silver("id, x, v", order="id"),
                         [("a", -1, "9"), ("b", 1, "5"), ("c", 1, "5"), ("d", -1, "1")])
        self.assertEqual((self.open_ids(), self.replay().rows["read"]), ([], 0))

    def test_a_row_that_fails_again_displaces_nothing(self):
        self.start("id,x,v\na,1,5\n", self.DEDUPE)
        self.write("in/a.csv", "id,x,v\na,-9,9\n")
        self.run_dataset()
        self.dataset(self.with_rule("x > -5"))
        answer = self.replay()
        self.assertEqual((answer.rows["quarantined"], answer.rows["displaced"]), (1, 0))
        self.assertEqual(self.silver("id, x, v"), [("a", 1, "5")])

    def test_partitions_and_gold_follow(self):
        change = {"standardization": {"casts": [{"column": "x", "to": "integer"}, {"column": "d", "to": "date"}],
                                      "deduplicate": {"key": ["id"], "order_by": ["d desc"]}},
                  "output": {"silver": {"mode": "overwrite_dynamic", "partition_by": ["year", "month", "day"],
                                        "partition_from": "d"},
                             "gold": {"enabled": True, "database_config": "database.yml"}}}
        self.write("database.yml", GOLD_DATABASE)
        self.start("id,x,d\na,1,2024-01-01\nb,1,2024-01-02\nc,-1,2024-01-02\n", change)
        self.write("in/a.csv", "id,x,d\na,-1,2024-01-03\nb,-1,2024-01-01\ne,1,2024-01-04\n")
        self.run_dataset()
        self.dataset(self.with_rule("x > -5"))
        answer = self.replay()
        self.assertEqual((answer.rows["passed"], answer.rows["duplicates"], answer.rows["displaced"]), (2, 1, 1))
        expected = [("a", -1), ("b", 1), ("c", -1), ("e", 1)]
        self.assertEqual(self.silver("id, x", order="id"), expected)
        self.assertEqual(self.gold("SELECT id, x FROM gold.demo ORDER BY id"), expected)

    def test_gold_under_append_and_upsert_of_its_own(self):
        self.write("database.yml", GOLD_DATABASE)
        for mode in ({"mode": "append"}, {"mode": "overwrite"}, {"mode": "upsert", "key": ["id"]}):
            with self.subTest(mode["mode"]):
                name = mode["mode"]
                gold = {"enabled": True, "database_config": "database.yml", **mode}
                self.start(change={"id": name, "output": {"gold": gold, "silver": {"path": f"out/{name}"}},
                                   "quality": {"quarantine": f"out/q_{name}"}})
                self.dataset(self.with_rule("x > -5"))
                self.assertEqual(self.replay().rows["gold"], 1)
                self.replay()
                self.assertEqual(self.gold(f"SELECT id FROM gold.{name} ORDER BY id"), [("a",), ("b",), ("d",)])


class Mended(Replay):
    def test_a_mended_line_stands_in_the_place_of_its_row(self):
        self.start()
        self.mended(b={"x": "2"}, c={"x": "3"})
        answer = self.replay("--file", "bad.csv")
        self.assertEqual(answer.rows["passed"], 2)
        self.assertEqual(self.silver("id, x", order="id"), [("a", 1), ("b", 2), ("c", 3), ("d", 4)])
        self.assertEqual(self.open_rows(), [])

    def test_what_is_mended_and_still_fails_stays_as_it_was(self):
        self.start()
        self.mended(b={"x": "-7"}, c={"x": "8"})
        self.assertEqual(self.replay("--file", "bad.csv").rows["quarantined"], 1)
        row, = self.open_rows()
        self.assertEqual((row["id"], row["x"]), ("b", "-2"))

    def test_only_the_rows_of_the_file_are_taken_and_only_its_columns_change(self):
        run = self.start("id,x,y\na,1,p\nb,-2,q\nc,-3,r\n")
        self.write("bad.csv", f"_run_id,_source_file,_source_offset,x\n{run},in/a.csv,13,5\n")
        self.assertEqual(self.replay("--file", "bad.csv").rows["passed"], 1)
        self.assertEqual(self.silver("id, x, y", order="id"), [("a", 1, "p"), ("b", 5, "q")])

    def test_nulls_empty_texts_and_line_ends(self):
        self.start('id,x,y\nb,-2,q\n')
        self.mended(b={"x": "2", "y": 'p\n"q",r'})
        self.replay("--file", "bad.csv")
        self.assertEqual(self.silver("x, y"), [(2, 'p\n"q",r')])

    def test_a_broken_record_is_mended_by_its_columns_or_by_itself(self):
        run = self.start("id,x\na,1\nb,2,3\nc\n")
        header = "_run_id,_source_file,_source_offset,id,x,_raw_record\n"
        self.write("bad.csv", header + f'{run},in/a.csv,9,b,2,"b,2,3"\n{run},in/a.csv,15,,,"c,9"\n')
        self.assertEqual(self.replay("--file", "bad.csv").rows["passed"], 2)
        self.assertEqual(self.silver("id, x", order="id"), [("a", 1), ("b", 2), ("c", 9)])

    def test_masked_values_are_the_quarantines_own(self):
        self.start("id,x,mail\nb,-2,b@x.org\n", {"private": ["mail"]})
        self.mended(b={"x": "2"})
        self.assertIn("***", (self.root / "bad.csv").read_text())
        self.assertEqual(self.replay("--file", "bad.csv").rows["passed"], 1)
        self.assertEqual(self.silver("id, x, mail"), [("b", 2, "b@x.org")])

    def test_json_keeps_what_a_value_is(self):
        schema = {"type": "object", "properties": {"id": {"type": "string"}, "x": {"type": "integer"},
                                                   "n": {"type": "object"}}, "required": ["id"]}
        self.write("s.json", schema)
        self.write("in/a.json", '{"id": "12", "x": -2, "n": {"a": 1}}\n{"id": "b", "x": "no", "n": null}\n')
        self.change = {"source": {"input_format": "json", "path": "in/a.json", "options": None},
                       "standardization": None, "schema": {"ref": "s.json", "mode": "strict"}}
        self.dataset(self.with_rule("x > 0"))
        self.run_dataset()
        self.assertEqual(len(self.open_rows()), 2)
        self.mended(**{"12": {"x": "2"}, "b": {"x": "3", "n": '{"a":2}'}})
        self.assertEqual(self.replay("--file", "bad.csv").rows["passed"], 2)
        self.assertEqual(self.silver("id, x", order="id"), [("12", 2), ("b", 3)])

    def test_lines_that_name_no_open_row_are_refused(self):
        run = self.start()
        header = "_run_id,_source_file,_source_offset,x\n"
        good = f"{run},in/a.csv,9,1\n"
        cases = [(good + f"{run},in/a.csv,10,1\n", "bad.csv:3", "not in the quarantine"),
                 (good + good, "bad.csv:3", "mended in line 2"),
                 (good + f"{run},in/a.csv,many,1\n", "bad.csv:3", "name no row"),
                 (good + f"{run},in/a.csv\n", "bad.csv:3", "too_few_fields")]
        for text, *parts in cases:
            with self.subTest(parts[1]):
                self.write("bad.csv", header + text)
                self.assert_refused(self.replay("--file", "bad.csv", exit=2), *parts)
        self.write("bad.csv", "_run_id,x\n")
        self.assert_refused(self.replay("--file", "bad.csv", exit=2), "bad.csv:1", "_source_file")
        self.write("bad.csv", header.replace("x", "xx"))
        self.assert_refused(self.replay("--file", "bad.csv", exit=2), "bad.csv:1", '"xx"')
        self.assert_refused(self.replay("--file", "none.csv", exit=2), "none.csv")
        self.assertEqual(self.ids(), ["a", "d"])
        self.write("bad.csv", header + good)
        self.replay("--file", "bad.csv")
        self.assert_refused(self.replay("--file", "bad.csv", exit=2), "bad.csv:2", "settled already: passed")


if __name__ == "__main__":
    unittest.main()
