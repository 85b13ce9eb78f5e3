"""The pages are true: what they show is what their commands print, and both languages say the same."""

import posixpath
import re

import documents
import minio
import postgresql
from harness import ROOT, unittest

ON_S3, IN_POSTGRESQL = "docs/s3.md", "docs/postgresql.md"


def is_story(page):
    return any(language == "console" for language, _, _ in documents.fences(documents.text_of(page)))


class Languages(documents.Case):
    def test_every_page_of_a_user_is_there_in_both_languages(self):
        ours = {documents.stem(page) for page in documents.pages()}
        theirs = {documents.stem(path) for path in [*ROOT.glob("*.es.md"), *ROOT.glob("docs/*.es.md")]}
        self.assertEqual(ours - theirs, documents.ENGLISH_ONLY, "pages without Spanish, against those in English by intent")
        self.assertEqual(theirs - ours, set(), "Spanish pages without the English one")

    def test_both_languages_have_the_same_sections_and_blocks(self):
        for page in documents.pages():
            if documents.stem(page) not in documents.ENGLISH_ONLY:
                with self.subTest(page):
                    self.assert_equal_pages(page, documents.in_spanish(page))

    def test_links_lead_somewhere_and_in_spanish_to_spanish(self):
        for page in [*documents.pages(), *(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.es.md") if path.parent in (ROOT, ROOT / "docs"))]:
            is_spanish, text = page.endswith(".es.md"), documents.text_of(page)
            for path, anchor in documents.links(text):
                with self.subTest(page, link=f"{path}#{anchor}"):
                    target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page
                    self.assertTrue((ROOT / target).exists())
                    if anchor:
                        self.assertIn(anchor, documents.anchors(documents.text_of(target)))
                    if is_spanish and documents.stem(target) != documents.stem(page):
                        self.assertFalse((ROOT / documents.in_spanish(target)).exists(), "there is a Spanish page")

    def test_commands_and_options_of_all_pages_exist(self):
        overview = self.crisol("help").out.split("Commands:\n")[1].split("\n\n")[0]
        options = {name: set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", self.crisol(name, "--help").out)) | {"--version"}
                   for name in re.findall(r"^  (\w+)", overview, re.MULTILINE)}
        for page in sorted(path for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")] if path.name != "CHANGELOG.md"):
            for command, rest in documents.calls(page.read_text(encoding="utf-8")):
                with self.subTest(page.name, call=f"crisol {command}{rest}"):
                    self.assertIn(command, sorted(options))
                    self.assertEqual(set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", rest)) - options[command], set())

    def test_the_readme_lists_every_page(self):
        for readme, section in ("README.md", "## More\n"), ("README.es.md", "## Más\n"):
            listed = {path for path, _ in documents.links(documents.text_of(readme).split(section)[1])}
            for page in documents.pages()[1:]:
                translated = documents.in_spanish(page)
                own = translated if readme.endswith(".es.md") and (ROOT / translated).exists() else page
                self.assertIn(own, listed, readme)


class Stories(documents.Case):
    """A test a page that has commands, made below."""

    def test_each_has_commands_for_both_languages(self):
        self.assertLessEqual({"README.md", "docs/tutorial.md"}, {page for page in documents.pages() if is_story(page)})


def story(page):
    return lambda self: self.follow(page, documents.in_spanish(page))


for path in documents.pages():
    if is_story(path) and path not in (ON_S3, IN_POSTGRESQL):
        setattr(Stories, f"test_{re.sub(r'[^a-z]', '_', documents.stem(path).lower())}_prints_what_it_shows", story(path))


class OnS3(documents.Case):
    """The page's buckets are in a MinIO of the test's own, which AWS_ENDPOINT_URL names over the page's env.yml."""

    def setUp(self):
        super().setUp()
        self.store = minio.server()
        self.environment |= self.store.environment

    def keep(self, name, content):
        bucket, _, key = name.removeprefix("s3a://").partition("/")
        if name.startswith("s3a://"):
            self.store.put(bucket, key, content)
        else:
            super().keep(name, content)

    def test_the_page_prints_what_it_shows(self):
        for bucket in "shop-raw", "shop-lake":
            self.store.make_bucket(bucket)
        self.follow(ON_S3, documents.in_spanish(ON_S3))


class InPostgresql(documents.Case):
    """The page's server is one of the test's own, which PGHOST and PGPORT name."""

    def test_the_page_prints_what_it_shows(self):
        server = postgresql.server()
        self.environment |= {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": "admin", "PGPASSWORD": server.password}
        self.follow(IN_POSTGRESQL, documents.in_spanish(IN_POSTGRESQL))


if __name__ == "__main__":
    unittest.main()
