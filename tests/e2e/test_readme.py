"""The README is true: its own pipeline prints what it shows, and README.es.md says the same."""

from harness import ROOT, Case, re, unittest


def sections(name):
    return re.findall(r"^#+ .*$", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)


def blocks(name):
    """The text between fences, in order."""
    return re.findall(r"^```\w*\n(.*?)^```$", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def without_accidents(text):
    """What differs from run to run, and from machine to machine, is masked."""
    text = re.sub(r"\d{8}T\d{6}Z-[0-9a-f]{8}", "RUN", text)
    text = re.sub(r"completed in [\d.]+ s", "completed in N s", text)
    text = re.sub(r"(files?), [\d.]+ KiB", r"\1, N KiB", text)
    return re.sub(r"(?m)^  (seconds|memory) .*\n( {14}\S.*\n)*", "", text).strip()


class Readme(Case):
    def test_both_languages_have_the_same_sections_and_examples(self):
        self.assertEqual(len(sections("README.md")), len(sections("README.es.md")))
        english, spanish = blocks("README.md"), blocks("README.es.md")
        self.assertEqual(len(english), len(spanish))
        for ours, theirs in zip(english, spanish):
            if not ours.startswith("make "):  # whose comments are translated
                self.assertEqual(ours, theirs)

    def test_its_own_pipeline_prints_what_it_shows(self):
        shown = {}
        for block in blocks("README.md"):
            if block.startswith("order_id,"):
                self.write("orders.csv", block)
            elif block.startswith("id: orders"):
                self.write("orders.yml", block)
            elif block.startswith("$ crisol"):
                for command, output in re.findall(r"^\$ (crisol .*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
                    shown[command] = output
        self.crisol("check", "orders.yml")
        answer = self.crisol("run", "orders.yml")
        printed = re.sub(r"\[source\] dataset .*\n|\[metadata\] .*\n", "", answer.err) + answer.out
        self.assertEqual(without_accidents(printed), without_accidents(shown["crisol run orders.yml"]))
        for expression, *options in (("amount > 20", "-d", "orders.yml"), ("date_add(DATE '2024-02-28', 2)",)):
            command = " ".join(["crisol eval", f'"{expression}"', *options])
            self.assertEqual(self.crisol("eval", expression, *options).out, shown[command], command)


if __name__ == "__main__":
    unittest.main()
