"""The mistakes that people make in the files of a dataset, and what `crisol check` says of each.

A case changes a sound project; tests/golden/check/<case>.txt has the exit code and the text. `make golden` rewrites these
files: read the difference aloud.
"""

import os

from harness import Case, ROOT, unittest

GOLDEN = ROOT / "tests/golden/check"

PROJECT = {
    "orders.yml": """\
id: orders

source:
  input_format: csv
  path: in/*.csv
  options:
    header: true

standardization:
  timezone: America/Bogota
  rename:
    - { from: "Order ID", to: order_id }
  casts:
    - { column: amount, to: "decimal(10,2)", on_error: quarantine }
    - { column: ordered_at, to: timestamp, format_hint: "yyyy-MM-dd HH:mm:ss" }
  defaults:
    - { column: currency, value: USD }
  deduplicate:
    key: [order_id]
    order_by: ["ordered_at desc"]

quality:
  expectations_ref: rules.yml
  quarantine: out/quarantine

schema:
  ref: schema.json
  mode: strict

output:
  silver:
    path: out/silver
    mode: overwrite_dynamic
    partition_by: [year, month]
    partition_from: ordered_at
  gold:
    database_config: config/database.yml
    environment: development
    exclude_columns: [_run_id]
    add_columns:
      - { name: loaded_at, value: "current_timestamp()", type: timestamp }
    business_rules:
      - { condition: "amount > 0", action: filter }
""",
    "rules.yml": """\
rules:
  - name: amount_is_positive
    expr: "amount > 0"
    on_fail: quarantine
  - name: currency_is_known
    expr: "currency IN ('USD', 'EUR')"
    on_fail: drop
""",
    "schema.json": """\
{
  "type": "object",
  "required": ["order_id", "amount"],
  "properties": {
    "order_id": { "type": "string", "pattern": "^[0-9]+$" },
    "amount": { "type": "number", "minimum": 0 },
    "currency": { "type": "string", "enum": ["USD", "EUR"] },
    "ordered_at": { "type": "string", "format": "date-time" }
  }
}
""",
    "config/env.yml": """\
timezone: UTC
duckdb: { memory_limit: 2GB }
mounts:
  "s3a://raw": ./in
""",
    "config/database.yml": """\
default: &default
  driver: duckdb
  path: out/warehouse.duckdb
development:
  <<: *default
""",
    "in/a.csv": "Order ID,amount,currency,ordered_at\n1,9.50,USD,2024-01-31 10:00:00\n",
}

D, R, S, E, B = "orders.yml", "rules.yml", "schema.json", "config/env.yml", "config/database.yml"

# name of the case: changes, each (file, what stands there, what stands there instead); None for the new text removes the file
CASES = {
    "sound": [],
    # keys
    "a-misspelt-key-at-the-top": [(D, "standardization:", "standarization:")],
    "a-misspelt-key-of-the-source": [(D, "input_format:", "input_fromat:")],
    "a-misspelt-key-of-a-cast": [(D, "on_error: quarantine", "onerror: quarantine")],
    "a-misspelt-key-of-a-rule": [(R, "on_fail: drop", "on_failure: drop")],
    "a-misspelt-key-of-env": [(E, "memory_limit", "memory")],
    "a-misspelt-key-of-a-database": [(B, "path:", "pth:")],
    "a-misspelt-reader-option": [(D, "header: true", "heeader: true")],
    "a-reader-option-of-another-format": [(D, "header: true", "allowComments: true")],
    "a-key-in-the-wrong-place": [(D, "id: orders\n", "id: orders\npartition_by: [year]\n")],
    "a-key-given-twice": [(D, "  quarantine: out/quarantine", "  quarantine: out/quarantine\n  quarantine: out/other")],
    "a-required-key-is-missing": [(D, "    mode: overwrite_dynamic\n", "")],
    "the-id-is-missing": [(D, "id: orders\n\n", "")],
    "source-and-sources": [(D, "standardization:", "sources:\n  - { input_format: csv, path: b.csv }\n\nstandardization:")],
    # values
    "a-misspelt-value": [(D, "on_error: quarantine", "on_error: quarantin")],
    "a-misspelt-mode": [(D, "mode: overwrite_dynamic", "mode: overwrite_dinamic")],
    "a-misspelt-action": [(R, "on_fail: drop", "on_fail: dorp")],
    "a-word-where-a-boolean-is-meant": [(D, "header: true", "header: maybe")],
    "a-list-where-one-value-is-meant": [(D, "ref: schema.json", "ref: [schema.json]")],
    "a-value-where-a-list-is-meant": [(D, "rules.yml\n", "rules.yml\n  rules: amount > 0\n")],
    "a-type-that-is-none": [(D, 'to: "decimal(10,2)"', "to: number")],
    "a-decimal-of-50-digits": [(D, "decimal(10,2)", "decimal(50,2)")],
    "a-scale-over-the-precision": [(D, "decimal(10,2)", "decimal(2,10)")],
    "a-zone-that-is-none": [(D, "America/Bogota", "America/Bogotá")],
    "a-share-over-100-percent": [(R, "on_fail: drop", "on_fail: drop\n    max_failed: 120%")],
    "a-memory-limit-that-is-none": [(E, "2GB", "2 gigas")],
    "a-separator-of-five-bytes": [(D, "header: true", 'header: true\n    sep: "|||||"')],
    "an-encoding-that-is-none": [(D, "header: true", "header: true\n    encoding: utf-9")],
    "a-variable-that-is-not-set": [(D, "out/silver", "${LAKE_DIRECTORY}/silver")],
    # YAML and JSON
    "a-tab-in-yaml": [(D, "  input_format", "\tinput_format")],
    "a-bracket-left-open": [(D, "partition_by: [year, month]", "partition_by: [year, month")],
    "a-quote-left-open": [(R, '"amount > 0"', '"amount > 0')],
    "an-indentation-that-differs": [(D, "  path: in/*.csv", " path: in/*.csv")],
    "an-alias-without-an-anchor": [(B, "*default", "*defalt")],
    "a-comma-too-many-in-json": [(S, '["USD", "EUR"] },', '["USD", "EUR",] },')],
    "a-file-that-is-not-there": [(D, "ref: schema.json", "ref: schemas.json")],
    # columns that are made, and dropped
    "a-made-column-before-what-it-reads": [(D, "  deduplicate:", """  columns:
    - { name: twice, expr: "once * 2" }
    - { name: once, expr: "amount + 1" }
  deduplicate:""")],
    "a-misspelt-key-of-a-made-column": [(D, "  deduplicate:", '  columns:\n    - { name: twice, exp: "amount * 2" }\n  deduplicate:')],
    "a-made-column-that-the-schema-cannot-take": [(D, "  deduplicate:", """  columns:
    - { name: currency, expr: "length(currency)" }
  deduplicate:""")],
    "a-locale-that-is-none": [(D, "timezone: America/Bogota", "timezone: America/Bogota\n  locale: es_CL_x")],
    "a-pattern-of-numbers-that-is-not-the-locales": [(D, '"decimal(10,2)", on', '"decimal(10,2)", locale: es_CO, format_hint: "#,##0.00", on')],
    "a-column-misspelt-in-drop": [(D, "quality:", "  drop: [amuont]\n\nquality:")],
    "a-dropped-column-that-the-schema-requires": [(D, "quality:", "  drop: [amount]\n\nquality:")],
    "a-default-that-is-not-of-its-type": [(D, "column: currency, value: USD", "column: amount, value: none")],
    # columns
    "a-column-misspelt-in-a-rule": [(R, "amount > 0", "amuont > 0")],
    "a-column-misspelt-in-a-cast": [(D, "column: amount", "column: ammount")],
    "a-column-misspelt-in-a-default": [(D, "column: currency", "column: curency")],
    "a-column-misspelt-in-a-rename": [(D, '"Order ID"', '"Order Id"')],
    "a-column-misspelt-in-the-key": [(D, "key: [order_id]", "key: [order]")],
    "a-column-misspelt-in-the-order": [(D, '"ordered_at desc"', '"orderd_at desc"')],
    "an-order-that-is-none": [(D, '"ordered_at desc"', '"ordered_at descending"')],
    "a-column-misspelt-in-partition-by": [(D, "[year, month]", "[year, mont]")],
    "a-column-misspelt-in-partition-from": [(D, "partition_from: ordered_at", "partition_from: order_at")],
    "a-month-without-its-year": [(D, "[year, month]", "[month]")],
    "a-part-of-a-date-without-its-column": [(D, "    partition_from: ordered_at\n", "")],
    "a-part-of-a-date-from-a-text": [(D, "partition_from: ordered_at", "partition_from: currency")],
    "a-column-misspelt-in-exclude-columns": [(D, "[_run_id]", "[_runid]")],
    "a-column-misspelt-in-a-business-rule": [(D, '"amount > 0"', '"amonut > 0"')],
    "an-added-column-that-is-there-already": [(D, "name: loaded_at", "name: amount")],
    "two-columns-renamed-to-one-name": [(D, "to: order_id }", 'to: order_id }\n    - { from: amount, to: currency }')],
    "a-header-with-one-name-twice": [("in/a.csv", "amount,currency", "amount,amount")],
    "a-file-without-its-header": [("in/a.csv", "Order ID,amount,currency,ordered_at\n", "")],
    "fewer-columns-named-than-the-files-have": [(D, "  path: in/*.csv\n", "  path: in/*.csv\n  columns: [order_id, amount, currency]\n")],
    "another-separator-than-the-file-s": [(D, "header: true", 'header: true\n    sep: ";"')],
    "a-required-column-that-the-source-lacks": [("in/a.csv", "amount", "value"), (D, "column: amount", "column: value"),
                                                (R, "amount >", "value >"), (D, "amount > 0", "value > 0")],
    # expressions
    "a-rule-that-does-not-parse": [(R, "amount > 0", "amount > > 0")],
    "a-rule-with-a-quote-left-open": [(R, "('USD', 'EUR')", "('USD', 'EUR)")],
    "a-rule-with-a-parenthesis-left-open": [(R, "('USD', 'EUR')", "('USD', 'EUR'")],
    "a-rule-that-is-no-boolean": [(R, "amount > 0", "amount * 2")],
    "a-rule-that-adds-text-and-a-date": [(R, "amount > 0", "ordered_at + currency > 0")],
    "a-function-that-is-misspelt": [(R, "amount > 0", "lenght(currency) = 3")],
    "a-function-with-too-many-arguments": [(R, "amount > 0", "length(currency, 3) = 3")],
    "a-function-of-an-aggregate": [(R, "amount > 0", "sum(amount) > 0")],
    "a-double-equals-of-another-language": [(R, "amount > 0", "currency === 'USD'")],
    "a-regular-expression-that-is-none": [(R, "amount > 0", "currency RLIKE '[A-Z'")],
    "a-rule-that-looks-at-no-column": [(R, "amount > 0", "'amount' > 0")],
    "a-rule-that-no-row-can-pass": [(R, "amount > 0", "amount > 100 AND amount < 10")],
    "a-rule-that-every-row-passes": [(R, "currency IN ('USD', 'EUR')", "currency <> 'USD' OR currency <> 'EUR'")],
    "a-rule-that-compares-with-null": [(R, "amount > 0", "amount <> NULL")],
    "a-business-rule-with-exchanged-bounds": [(D, '"amount > 0"', '"amount BETWEEN 100 AND 1"')],
    "a-cast-narrower-than-the-schema": [(D, "decimal(10,2)", "decimal(5,2)"),
                                        (S, '"minimum": 0', '"minimum": 0, "maximum": 99999.99')],
    "a-cast-that-nothing-in-the-schema-fits": [(D, "decimal(10,2)", "int"), (S, '"minimum": 0', '"minimum": 3000000000')],
    "a-reader-option-in-two-spellings": [(D, "header: true", "header: true\n    Header: false")],
    "two-rules-of-one-name": [(R, "currency_is_known", "amount_is_positive")],
    "an-added-column-without-a-value": [(D, 'value: "current_timestamp()", ', "")],
    "a-literal-that-is-not-of-its-type": [(D, 'value: "current_timestamp()", type: timestamp', "value: soon, type: timestamp")],
    # patterns
    "week-years-for-years": [(D, "yyyy-MM-dd", "YYYY-MM-dd")],
    "days-of-the-year-for-days": [(D, "yyyy-MM-dd", "yyyy-MM-DD")],
    "minutes-for-months": [(D, "yyyy-MM-dd", "yyyy-mm-dd")],
    "hours-of-twelve-without-a-half": [(D, "HH:mm", "hh:mm")],
    "a-letter-that-no-pattern-has": [(D, "HH:mm:ss", "HH:mm:ss b")],
    "minutes-beside-the-day-and-no-month": [(D, "yyyy-MM-dd", "dd.mm.yyyy")],
    "a-quote-left-open-in-a-pattern": [(D, "yyyy-MM-dd HH", "yyyy-MM-dd'T HH")],
    # schema
    "a-keyword-that-is-misspelt": [(S, '"minimum"', '"minimun"')],
    "a-keyword-that-is-not-supported": [(S, '"minimum": 0', '"contentEncoding": "base64"')],
    "a-type-of-schema-that-is-none": [(S, '"number"', '"decimal"')],
    "a-pattern-that-does-not-compile": [(S, '"^[0-9]+$"', '"^[0-9+$"')],
    "a-format-that-is-misspelt": [(S, '"date-time"', '"datetime"')],
    "a-required-column-not-among-the-properties": [(S, '["order_id", "amount"]', '["order_id", "ammount"]')],
    # outputs and databases
    "gold-follows-but-lacks-the-partition-s-column": [(D, "[_run_id]", "[_run_id, ordered_at, year, month]")],
    "an-upsert-without-a-key": [(D, "    environment: development\n", "    environment: development\n    mode: upsert\n")],
    "an-environment-that-is-misspelt": [(D, "environment: development", "environment: developement")],
    "a-driver-that-is-misspelt": [(B, "driver: duckdb", "driver: duckbd")],
    "an-output-within-the-input": [(D, "out/silver", "in")],
    "a-path-without-a-bucket": [(D, "in/*.csv", "s3a:///*.csv")],
    "a-pattern-that-matches-nothing": [(D, "in/*.csv", "inn/*.csv")],
    "mistakes-in-all-files-at-once": [(D, "header: true", "heeader: true"), (R, "on_fail: drop", "on_fail: dorp"),
                                      (S, '"minimum"', '"minimun"'), (E, "memory_limit", "memory"),
                                      (B, "path:", "pth:")],
}


class GoldenCheck(Case):
    def check(self, name):
        for file, text in PROJECT.items():
            for place, old, new in CASES[name]:
                if place == file:
                    self.assertIn(old, text, f"{name}: nothing to change")
                    text = text.replace(old, new, 1)
            self.write(file, text)
        process = self.start("check", "orders.yml")
        out, err = process.communicate(timeout=60)
        self.assertFalse("Sanitizer" in err, err)
        self.assertIn(process.returncode, (0, 2), err)
        found = f"exit {process.returncode}\n{out}{err}".replace(str(self.root), "<project>")
        path = GOLDEN / f"{name}.txt"
        if os.environ.get("CRISOL_GOLDEN") == "rewrite":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(found, encoding="utf-8")
        self.assertEqual(found, path.read_text(encoding="utf-8"))


for case in CASES:
    setattr(GoldenCheck, "test_" + case.replace("-", "_"), lambda self, name=case: self.check(name))


class Files(unittest.TestCase):
    def test_every_golden_file_is_of_a_case(self):
        self.assertEqual({path.stem for path in GOLDEN.iterdir()}, set(CASES))


if __name__ == "__main__":
    unittest.main()
