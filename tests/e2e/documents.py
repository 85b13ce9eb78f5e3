"""Documents that run: the files that a page names in its fences are written, and its commands must print what it shows.

A fence is ```yaml sales.yml (a file of that name; of a page on S3 also an object, s3a://bucket/key), ```console (commands after "$ ",
each followed by what it prints on both of its outputs) or any other, which is only shown. A line "[…]" stands for any lines."""

import os
import pathlib
import re
import subprocess

import harness

# Made from the code's tables, or for those who work on crisol: in English alone.
ENGLISH_ONLY = {"architecture", "config", "conformance", "functions", "licenses", "metadata", "types"}
FENCE = re.compile(r"^```(\w*)[ ]?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def pages():
    """The English pages that a user reads, by their paths."""
    return ["README.md", *sorted(str(path.relative_to(harness.ROOT)) for path in (harness.ROOT / "docs").glob("*.md")
                                 if not path.name.endswith(".es.md"))]


def stem(path):
    return pathlib.Path(path).name.split(".")[0]


def in_spanish(path):
    return path.removesuffix(".md") + ".es.md"


def text_of(path):
    return (harness.ROOT / path).read_text(encoding="utf-8")


def headings(page):
    return [(len(marks), text) for marks, text in re.findall(r"^(#+) (.*)$", FENCE.sub("", page), re.MULTILINE)]


def fences(page):
    return FENCE.findall(page)


def anchors(page):
    """What a link into the page may say behind its #, as GitHub makes it of headings."""
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for _, text in headings(page)}


def links(page):
    """The links to files of the project: (path, anchor)."""
    found = re.findall(r"\]\(([^)\s#:]*)(?:#([^)\s]*))?\)", FENCE.sub("", page))
    return [(path, anchor) for path, anchor in found if path or anchor]


def calls(page):
    """The calls of crisol in its fences and between backquotes: (command, the rest up to the shell's next word)."""
    shell = [text for language, _, text in fences(page) if language in ("sh", "console", "")]
    spoken = re.findall(r"`(crisol [^`]*)`", FENCE.sub("", page))
    return re.findall(r"\bcrisol ([a-z]+)(?![\w:])([^\n\\|;&>#`)]*)", "\n".join([*shell, *spoken]))


def without_comments(fence):
    """Those of a shell, which are translated."""
    language, name, text = fence
    return language, name, re.sub(r"\s+# .*", "", text) if language == "sh" else text


def without_accidents(text):
    """What differs from run to run, and from machine to machine, is masked."""
    text = re.sub(r"\d{8}T\d{6}Z-[0-9a-f]{8}", "RUN", text)
    text = re.sub(r"\d{8}T\d{6}Z-[0-9a-f]+", "RUN", text)
    text = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", "TIME", text)
    text = re.sub(r"\b[\d.]+ s\b", "N s", text)
    text = re.sub(r"(?<=RUN) +(\d+\w+ ago|now)\b *", " AGO ", text)
    text = re.sub(r"[\d.]+ ([KM]i)?B\b", "N KiB", text)
    text = re.sub(r"(?m)^  (seconds|memory) .*\n( {14}\S.*\n)*", "", text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def is_shown(expected, found):
    """Whether the lines are these, where "[…]" is any number of them."""
    pattern = r"\n".join(r"(?:.*(?:\n|$))*?" if line.strip() == "[…]" else re.escape(line) for line in expected.splitlines())
    return re.fullmatch(pattern.replace(r"(?:.*(?:\n|$))*?\n", r"(?:.*\n)*?"), found) is not None


def commands(block):
    return re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)


class Case(harness.Case):
    """A folder in which a page is read from its beginning to its end."""

    def follow(self, *paths):
        """Runs the first page; with CRISOL_GOLDEN=rewrite its outputs, but those with a "[…]", are written anew into all."""
        page = text_of(paths[0])
        self.reached = {}
        for language, name, text in fences(page):
            if language == "console":
                for command, expected in commands(text):
                    self.obey(paths, command, expected)
            elif name:
                encoding = "iso-8859-1" if name.endswith(" latin-1") else "utf-8"
                self.keep(name.removesuffix(" latin-1"), text.encode(encoding))

    def keep(self, name, content):
        self.write(name, content)

    def obey(self, paths, command, expected):
        folder = pathlib.Path(harness.CRISOL).resolve().parent
        environment = {**self.environment, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
        answer = subprocess.run(["sh", "-c", command], cwd=self.root, env=environment, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=300)
        printed = answer.stdout.decode("utf-8").replace(str(self.root), "/home/ana/shop")
        self.assertEqual(answer.returncode, 0, f"{paths[0]}: $ {command}\n{printed}")
        if os.environ.get("CRISOL_GOLDEN") == "rewrite" and "[…]" not in expected:
            return self.rewrite(paths, command, expected, printed)
        shown, found = without_accidents(expected), without_accidents(printed)
        self.assertTrue(is_shown(shown, found), f"{paths[0]}: $ {command}\n--- shown\n{shown}\n--- printed\n{found}")

    def rewrite(self, paths, command, expected, printed):
        for path in paths:
            page = text_of(path)
            start = page.index(f"$ {command}\n{expected}", self.reached.get(path, 0)) + len(f"$ {command}\n")
            self.reached[path] = start + len(printed)
            (harness.ROOT / path).write_text(page[:start] + printed + page[start + len(expected):], encoding="utf-8")

    def assert_equal_pages(self, ours, theirs):
        """Two languages of one page: the same order of headings, the same blocks."""
        ours, theirs = text_of(ours), text_of(theirs)
        self.assertEqual([level for level, _ in headings(ours)], [level for level, _ in headings(theirs)])
        self.assertEqual(*([without_comments(fence) for fence in fences(page)] for page in (ours, theirs)))
