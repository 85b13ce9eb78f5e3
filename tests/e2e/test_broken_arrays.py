"""A JSON array that is cut, lacks a comma or goes on behind its end: the records are kept, the rest is malformed with its
place, in every mode and compression."""

import gzip

from harness import Case, unittest

RECORDS = ",".join(f'{{"id": {i}}}' for i in range(1, 60001))
#         name           text                                     place of what is malformed
BROKEN = [("cut", f"[{RECORDS}", lambda t: len(t)), ("cut behind a comma", f"[{RECORDS},\n", lambda t: len(t)),
          ("a comma too few", f"[{RECORDS} {{\"id\": 0}}]", lambda t: len(t) - 10),
          ("a comma too many", f"[{RECORDS},,{{\"id\": 0}}]", lambda t: len(t) - 11),
          ("text behind", f"[{RECORDS}]\nend", lambda t: len(t) - 3)]


class BrokenArrays(Case):
    def read(self, name, content, exit=0, mode="PERMISSIVE"):
        for path in (self.root / "in").glob("*"):
            path.unlink()
        self.write(name, content)
        self.dataset({"source": {"input_format": "json", "path": "in/*", "options": {"header": None, "mode": mode}}})
        return self.run_dataset(exit=exit)

    def test_every_record_is_kept_and_the_rest_has_its_place(self):
        for name, text, place in BROKEN:
            for suffix, pack in (("", lambda data: data), (".gz", gzip.compress)):
                with self.subTest(name=name, suffix=suffix):
                    answer = self.read(f"in/a.json{suffix}", pack(text.encode()))
                    kept = text.count("{")
                    self.assertEqual((answer.rows["passed"], answer.rows["malformed"]), (kept, 1))
                    found = self.quarantine("_failed_rules, _source_offset", f"_run_id = '{answer.summary['run_id']}'")
                    self.assertEqual(found, [(["malformed:invalid_json"], place(text))])

    def test_the_modes_count_it_or_refuse_it(self):
        text = '[{"id": 1},{"id": 2}'
        self.assertEqual(self.read("in/a.json", text, mode="DROPMALFORMED").rows["malformed"], 1)
        self.assert_refused(self.read("in/a.json", text, mode="FAILFAST", exit=1), "1 of 3 records are malformed")

    def test_an_opened_array_alone_is_no_silence(self):
        self.assertEqual(self.read("in/a.json", "[").rows["malformed"], 1)
        self.assert_refused(self.read("in/a.json", "[]", exit=1), "the input is empty")


if __name__ == "__main__":
    unittest.main()
