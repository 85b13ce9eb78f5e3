"""The tutorial is true: its files and commands, in its order, print what it shows, in both languages."""

import documents
from harness import unittest


class Tutorial(documents.Case):
    def test_its_commands_print_what_it_shows(self):
        self.follow("docs/tutorial.md", "docs/tutorial.es.md")

    def test_both_languages_have_the_same_sections_and_blocks(self):
        self.assert_equal_pages("docs/tutorial.md", "docs/tutorial.es.md")


if __name__ == "__main__":
    unittest.main()
