"""The official JSON Schema test suite (draft 2020-12) through the pipeline: every group is a column with the group's
schema, every case a record; a valid one must be in silver, an invalid one in the quarantine for its column."""

import json
import pathlib
import re
import unittest

from harness import ROOT, Case

SUITE = ROOT / "build/deps/json-schema-test-suite/tests/draft2020-12"
OPTIONAL = ["bignum", "ecmascript-regex", "float-overflow", "non-bmp-regex",
            *(f"format/{name}" for name in ("date", "date-time", "email", "ipv4", "time", "uri", "uuid"))]

# Where crisol means something else, or a schema stands at another place than in the suite, by file, group and case.
# None stands for all.
EXCEPTIONS = {
    ("format.json", None, None): "a format is asserted; what it holds is tested by optional/format",
    ("ref.json", "naive replacement of $ref with its destination is not correct", None): "as_column() is as naive",
    ("optional/bignum.json", "integer", "a bignum is an integer"): "no integer column holds it",
    ("optional/bignum.json", "integer", "a negative bignum is an integer"): "no integer column holds it",
    ("optional/float-overflow.json", None, None): "no integer column holds 1e308",
}


def is_exception(file, group, case):
    return any(key in EXCEPTIONS for key in ((file, None, None), (file, group, None), (file, group, case)))


def groups():
    paths = [*sorted(SUITE.glob("*.json")), *(SUITE / "optional" / f"{name}.json" for name in OPTIONAL)]
    return [(str(path.relative_to(SUITE)), group) for path in paths for group in json.loads(path.read_text())]


def as_column(schema, column):
    """References start at the top of the file, which is not the top of the group's schema any more."""
    if isinstance(schema, dict):
        schema = {key: value for key, value in schema.items() if key != "$schema"}
    return re.sub(r'"\$ref": "#(?=["/])', f'"$ref": "#/properties/{column}', json.dumps(schema))


class Suite(Case):
    def write_groups(self, columns):
        """One line of the schema a group, so that a problem's line tells the group; one record a case."""
        lines = [f'"{column}": {as_column(group["schema"], column)}' for column, (_, group) in columns.items()]
        self.write("schema.json", '{"type": "object", "properties": {\n' + ",\n".join(lines) + "\n}}")
        cases = [(file, group["description"], column, case)
                 for column, (file, group) in columns.items() for case in group["tests"]]
        self.write("in/cases.json", "".join(json.dumps({"case": number, column: case["data"]}) + "\n"
                                            for number, (_, _, column, case) in enumerate(cases)))
        self.dataset({"source": {"input_format": "json", "path": "in/cases.json", "options": None},
                      "schema": {"ref": "schema.json", "mode": "strict"}})
        return cases

    def supported(self, columns):
        """The groups of whose schemas `check` says nothing, and what it says of the others."""
        self.write_groups(columns)
        answer = self.crisol("check", "pipeline.yml", "--json", exit=2)
        problems = json.loads(answer.out)
        names = list(columns)
        refused = {names[problem["line"] - 2] for problem in problems}
        return {name: group for name, group in columns.items() if name not in refused}, problems

    def setUp(self):
        super().setUp()
        self.assertTrue(SUITE.is_dir(), f"there is no {SUITE}: run scripts/setup.sh test")
        self.columns = {f"g{number}": group for number, group in enumerate(groups())}

    def test_valid_cases_are_in_silver_and_invalid_ones_in_the_quarantine(self):
        columns, _ = self.supported(self.columns)
        cases = self.write_groups(columns)
        self.run_dataset()
        reasons = dict(self.quarantine('"case"::INTEGER, _failed_rules'))
        passed = {row[0] for row in self.silver('"case"::INTEGER')}
        self.assertEqual(len(reasons) + len(passed), len(cases))
        n_exceptions = 0
        for number, (file, group, column, case) in enumerate(cases):
            if is_exception(file, group, case["description"]):
                n_exceptions += 1
                continue
            with self.subTest(file=file, group=group, case=case["description"], data=case["data"]):
                self.assertEqual(number in passed, case["valid"], reasons.get(number))
                for reason in reasons.get(number, []):
                    self.assertTrue(reason.startswith(f"schema:{column}:"), reason)
        self.assertGreater(len(cases) - n_exceptions, 780)

    def test_what_is_not_supported_is_refused_by_name_and_listed_in_the_docs(self):
        documented = (ROOT / "docs/config.md").read_text().split("## What is not supported yet")[1].split("\n## ")[0]
        _, problems = self.supported(self.columns)
        for problem in problems:
            with self.subTest(message=problem["message"]):
                self.assertEqual(pathlib.Path(problem["file"]).name, "schema.json")
                kind = re.fullmatch(r'(?:keyword|format|reference) "(.+)" is not supported|'
                                    r'"(\$id)" is supported at the top of a schema only|'
                                    r'reference "#.*" points to nothing in the file', problem["message"])
                self.assertIsNotNone(kind)
                if problem["message"].startswith(("keyword", '"$id"')):
                    self.assertIn(f"`{kind[1] or kind[2]}`", documented)


if __name__ == "__main__":
    unittest.main()
