"""Numbers and dates as they are written in a country: standardization.locale, a cast's own, patterns of numbers."""

import json

from harness import Case, unittest

NUMBERS = [  # locale, text, what it is; None: no number
    ("es_CO", "236.705,67", "236705.67"), ("es_CO", "1.234", "1234.00"), ("es_ES", "1.234", "1234.00"), ("es_ES", "1234,5", "1234.50"),
    ("es_CO", "-1.234.567,891", "-1234567.89"), ("es_CO", "+5", "5.00"), ("es_CO", " 7,5 ", "7.50"), ("es_CO", ",5", "0.50"),
    ("es_CO", "1.23", None), ("es_CO", "12.34,5", None), ("es_CO", "1234.567", None), ("es_CO", "1.2345", None), ("es_CO", ".123", None),
    ("es_CO", "1,234.5", None), ("es_CO", "1,2,3", None), ("es_CO", "1..234", None), ("es_CO", "1.234.", None), ("es_CO", "1,5 EUR", None),
    ("es_CO", "1,5E3", None), ("es_CO", "", None), ("es_CO", "-", None), ("es_CO", ",", None), ("es_CO", "- 5", None), ("es_CO", "abc", None),
    ("es_CO", "1234.56", None), ("es_MX", "1,234.56", "1234.56"), ("es_MX", "1.234,56", None), ("es_US", "1,234.5", "1234.50"),
    ("es_419", "1,234.5", "1234.50"), ("es", "1.234,5", "1234.50"), ("es-AR", "1.234,5", "1234.50"), ("es_CR", "1 234,5", "1234.50"),
    ("en", "1,234.5", "1234.50"), ("en_US", "1.234,5", None), ("en_ZA", "1\u00a0234,5", "1234.50"), ("EN_gb", "1,234", "1234.00"),
    ("pt_BR", "1.234,5", "1234.50"), ("pt_PT", "1\u00a0234,5", "1234.50"), ("pt_PT", "1.234,5", None),
    ("fr_FR", "1\u202f234,5", "1234.50"), ("fr_FR", "1\u00a0234\u00a0567,5", "1234567.50"), ("fr", "1 234,5", "1234.50"),
    ("fr", "1 234\u202f567", None), ("fr_CA", "1\u00a0234,5", "1234.50"), ("fr_CH", "1\u202f234,5", "1234.50"), ("fr_LU", "1.234,5", "1234.50"),
    ("de", "1.234,5", "1234.50"), ("de_CH", "1\u2019234.5", "1234.50"), ("de_CH", "1'234.5", "1234.50"), ("de_AT", "1\u00a0234,5", "1234.50"),
    ("it_IT", "1.234,5", "1234.50"), ("it_CH", "1'234.5", "1234.50"), ("it_CH", "1'234\u2019567", None),
]
PATTERNS = [  # locale, pattern, text, what it is
    (None, "#.##0,00", "1.234,5", "1234.50"), (None, "#,##0.00", "1,234.5", "1234.50"), (None, "#.##0,00", "1,234.5", None),
    (None, "# ##0,00", "1 234,5", "1234.50"), (None, "#'#'##0", "#1", None), (None, "0.00", "1234.5", "1234.50"), (None, "0.00", "1,234.5", None),
    (None, "#,##0", "1,234", "1234.00"), ("es_CO", "0,00", "1234,5", "1234.50"), ("es_CO", "0,00", "1.234,5", None),
    ("es_CO", "#.##0,00", "1.234,5", "1234.50"), ("es_CO", "$ #.##0,00", "$ 1.234,5", "1234.50"), ("es_CO", "$ #.##0,00", "1.234,5", None),
    ("es_CO", "$ #.##0,00", "-$ 1.234,5", "-1234.50"), ("de", "#.##0,00 EUR", "1.234,5 EUR", "1234.50"),
    ("es_CO", "#.##0,00;(#.##0,00)", "(1.234,5)", "-1234.50"), ("es_CO", "#.##0,00;(#.##0,00)", "1.234,5", "1234.50"),
    ("es_CO", "0,0%", "12,5%", "0.13"), ("es_CO", "0,0 %", "-150 %", "-1.50"), ("es_CO", "0%", "5%", "0.05"), (None, "'N.'0", "N.5", "5.00"),
]
MONTHS = [  # locale, pattern, text, month
    ("es", "d MMM yyyy", "5 ene 2024", 1), ("es", "d MMM yyyy", "5 ENE. 2024", 1), ("es_MX", "d MMM yyyy", "5 sep 2024", 9),
    ("es", "d MMM yyyy", "5 sept. 2024", 9), ("es", "d 'de' MMMM 'de' yyyy", "5 de Diciembre de 2024", 12), ("es", "d MMM yyyy", "5 jan 2024", None),
    ("en_GB", "d MMMM yyyy", "5 march 2024", 3), ("pt_BR", "d 'de' MMMM 'de' yyyy", "5 de MARÇO de 2024", 3), ("pt", "dd/MMM/yyyy", "05/dez/2024", 12),
    ("fr", "d MMMM yyyy", "5 Août 2024", 8), ("fr", "d MMM yyyy", "5 févr. 2024", 2), ("fr", "d MMMM yyyy", "5 DÉCEMBRE 2024", 12),
    ("de", "d. MMMM yyyy", "5. März 2024", 3), ("de", "d. MMM yyyy", "5. Okt. 2024", 10), ("de_AT", "d. MMMM yyyy", "5. Jänner 2024", 1),
    ("it", "d MMM yyyy", "5 gen 2024", 1), ("it", "d MMM. yyyy", "5 gen. 2024", 1), ("es", "d MMM yyyy", "2024-05-05", 5),
    ("es", "dd/MM/yyyy", "05/06/2024", 6),
]


class Locale(Case):
    def read(self, cases, to):
        """Each case is a column with its own cast: locale, pattern, text, answer."""
        cast = lambda i, locale, pattern: {"column": f"c{i}", "to": to, "on_error": "null",
                                           **({"locale": locale} if locale else {}), **({"format_hint": pattern} if pattern else {})}
        record = {f"c{i}": case[2] for i, case in enumerate(cases)}
        self.write("in/a.jsonl", json.dumps(record, ensure_ascii=False) + "\n")
        self.dataset({"source": {"input_format": "jsonl", "path": "in/*.jsonl", "options": {"header": None}},
                      "standardization": {"casts": [cast(i, *case[:2]) for i, case in enumerate(cases)]}})
        self.run_dataset()
        return self.silver(", ".join(f"c{i}" for i in range(len(cases))))[0]

    def test_numbers_have_the_marks_of_their_country(self):
        cases = [(locale, None, text, answer) for locale, text, answer in NUMBERS]
        for case, found in zip(cases, self.read(cases, "decimal(18,2)")):
            self.assertEqual(None if found is None else str(found), case[3], case)

    def test_patterns_of_numbers(self):
        for case, found in zip(PATTERNS, self.read(PATTERNS, "decimal(18,2)")):
            self.assertEqual(None if found is None else str(found), case[3], case)

    def test_names_of_months_with_or_without_a_dot_in_any_case(self):
        for case, found in zip(MONTHS, self.read(MONTHS, "date")):
            self.assertEqual(None if found is None else found.month, case[3], case)

    def test_every_type_of_number(self):
        cases = [("int", 1234), ("bigint", 1234), ("double", 1234.5), ("float", 1234.5)]
        for to, answer in cases:
            self.assertEqual(self.read([("es_CO", None, "1.234,5", None), ("es_CO", None, "1.23", None)], to), (answer, None))

    def test_the_locale_of_the_dataset_or_its_source_holds_for_all_casts_and_a_casts_own_comes_first(self):
        self.write("in/a.csv", "a;b;c;t\n1.234,5;1,234.5;5 ene 2024;1.5\nx;1;1;1\n")
        casts = [{"column": "a", "to": "double", "on_error": "quarantine"}, {"column": "b", "to": "double", "locale": "en_US"},
                 {"column": "c", "to": "date", "format_hint": "d MMM yyyy", "on_error": "null"}]
        for keys, options in (({"locale": "es_CO"}, {}), ({}, {"locale": "es-CO"})):
            self.dataset({"source": {"options": {"sep": ";", **options}}, "standardization": {"casts": casts, **keys}})
            answer = self.run_dataset()
            self.assertEqual(self.silver("a, b, CAST(c AS VARCHAR), t"), [(1234.5, 1234.5, "2024-01-05", "1.5")])
            self.assertEqual(answer.cast("a")["nulled"], 1)
            self.assertEqual(self.quarantine("_failed_rules, a")[-1], (["cast:a:double"], "x"))
        self.assertIn("cast in es-CO or quarantine", self.crisol("plan", "pipeline.yml").out)

    def test_what_is_no_locale_or_pattern_is_refused_where_it_stands(self):
        self.write("in/a.csv", "a\n1\n")
        cases = [({"locale": "es_XX"}, {}, 'unknown locale "es_XX"', "es_CO"), ({"locale": "xx"}, {}, 'unknown locale "xx"', "pt_BR"),
                 ({}, {"locale": "español"}, "unknown locale", ""), ({}, {"format_hint": "0,00"}, "last group", "locale: es_ES"),
                 ({}, {"format_hint": "\u00a4 0.00"}, "currency sign", ""), ({}, {"format_hint": "0.0E0"}, "exponent", ""),
                 ({}, {"format_hint": "EUR"}, "no digits", ""), ({}, {"format_hint": "'a0"}, "not closed", ""),
                 ({"locale": "es_CO"}, {"format_hint": "#,##0.00"}, "not the locale's", ""),
                 ({}, {"format_hint": "#.#0,0.0"}, "pipeline.yml", ""), ({}, {"to": "string", "locale": "es"}, "locale is for a number", ""),
                 ({}, {"to": "boolean", "format_hint": "0"}, "", "")]
        for standardization, cast, *parts in cases:
            with self.subTest(standardization=standardization, cast=cast):
                self.dataset({"standardization": {"casts": [{"column": "a", "to": "decimal(9,2)", **cast}], **standardization}})
                answer = self.crisol("check", "pipeline.yml", exit=2)
                for part in ("pipeline.yml:", *parts):
                    self.assertIn(part, answer.out)

    def test_spark_takes_it_over_text(self):
        self.write("config/env.yml", "engine: spark\nspark: { remote: 'sc://127.0.0.1:9' }\n")
        self.write("in/a.csv", "a\n1\n")
        self.dataset({"standardization": {"locale": "es", "casts": [{"column": "a", "to": "int"}]}})
        self.crisol("check", "pipeline.yml")


if __name__ == "__main__":
    unittest.main()
