"""The README is true: its own pipeline prints what it shows, and README.es.md says the same."""

import documents
from harness import unittest


class Readme(documents.Case):
    def test_its_own_pipeline_prints_what_it_shows(self):
        self.follow("README.md", "README.es.md")
        self.crisol("check", "orders.yml")

    def test_both_languages_have_the_same_sections_and_examples(self):
        self.assert_equal_pages("README.md", "README.es.md")


if __name__ == "__main__":
    unittest.main()
