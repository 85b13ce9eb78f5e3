"""What the author of data, files and configurations may not do: reach the terminal. Every command is run over names and
values that hold escape sequences, marks of direction, line ends and bytes that are no text; nothing of it comes out as it is."""

import os
import re
import shutil
import unicodedata

import duckdb

from harness import CRISOL, Case, json, subprocess, unittest

EVIL = "\x1b[31m\x1b]0;owned\x07\u009b2J\u202egpj\u2066\u200f\u061c\u200b\b\r\n\u2028fake"
NAME = EVIL.replace("/", "")
ALLOWED = "\n\t"


def hidden(text):
    """The characters that a terminal obeys or does not show."""
    return sorted({f"U+{ord(c):04X}" for c in text if c not in ALLOWED and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Co", "Cn")})


class Terminal(Case):
    def say(self, *arguments, env=None, timeout=120):
        """Runs a command whatever it answers, and looks at every byte of both streams."""
        process = subprocess.run([CRISOL, *arguments], cwd=self.root, capture_output=True, stdin=subprocess.DEVNULL,
                                 env={**self.environment, **(env or {})}, timeout=timeout)
        for stream in (process.stdout, process.stderr):
            text = stream.decode()  # all that is printed is UTF-8
            self.assertEqual(hidden(text), [], f"{arguments}: {text!r}")
            for line in text.split("\n"):
                self.assertFalse(line.startswith("fake"), f"a line was forged: {arguments}: {text!r}")
        self.assertIn(process.returncode, (0, 1, 2, 3), process.stderr)
        self.assertNotIn(b"Sanitizer", process.stderr)
        return process

    def write(self, name, content):
        """YAML takes no C1 characters as they are."""
        return super().write(name, json.dumps(content) if isinstance(content, dict) else content)

    def evil_dataset(self, **change):
        """Everything that may have a name has this one."""
        self.write("in/" + NAME + ".csv", "id,\"" + EVIL.replace('"', "") + "\",n\n1,\"" + EVIL + "\",x\n2,b,3\n")
        self.dataset_with_gold({
            "id": "demo" + NAME,
            "standardization": {"casts": [{"column": "n", "to": "integer", "on_error": "null"}],
                                "defaults": [{"column": EVIL, "value": EVIL}]},
            "quality": {"rules": [{"name": "rule" + EVIL, "expr": f"id <> '2' or id = '{EVIL}'", "on_fail": "quarantine"}]},
            "output": {"silver": {"path": "out/silver" + NAME, "partition_by": [EVIL], "mode": "overwrite_dynamic"},
                       "gold": {"table": "table" + NAME,
                                "business_rules": [{"condition": f"id <> '{EVIL}'", "action": "filter"}]}},
            **change})

    def test_every_command_over_names_that_hold_escape_sequences(self):
        self.evil_dataset()
        for arguments in (("check", "pipeline.yml"), ("check", "pipeline.yml", "--json"), ("plan", "pipeline.yml"),
                          ("plan", "pipeline.yml", "--sql"), ("run", "pipeline.yml"), ("run", "pipeline.yml", "-v"),
                          ("run", "pipeline.yml", "--json"), ("run", "pipeline.yml", "--log-format", "json", "--verbose"),
                          ("eval", f"concat('{EVIL}', id)", "-d", "pipeline.yml"), ("eval", f"'{EVIL}'"),
                          ("runs", "--db", "database.yml"), ("runs", "--db", "database.yml", "--json"),
                          ("lineage", "in/" + NAME + ".csv", "--db", "database.yml"),
                          ("lineage", "in/" + NAME + ".csv", "--db", "database.yml", "--json"),
                          ("db", "check", "--db", "database.yml"), ("recover", "pipeline.yml")):
            with self.subTest(arguments=arguments):
                process = self.say(*arguments)
                if arguments[0] in ("run", "plan", "runs", "lineage"):
                    self.assertEqual(process.returncode, 0, process.stderr.decode())
        runs = [json.loads(line) for line in self.say("runs", "--db", "database.yml", "--json").stdout.decode().splitlines()]
        self.assertEqual(runs[0]["dataset"], "demo" + NAME)  # JSON gives the name back as it is
        self.say("runs", runs[0]["run_id"], "--db", "database.yml")
        self.say("runs", runs[0]["run_id"], "--db", "database.yml", "--json")

    def test_what_is_seen_instead(self):
        self.write("in/a\x1b[1mb\u202e.csv", "id\n1\n")
        self.dataset({"source": {"path": "in/*.csv"}})
        out = self.say("plan", "pipeline.yml").stdout.decode()
        self.assertIn("in/a\\x1b[1mb\\u202e.csv", out)
        self.assertIn("a\\x07\\u0085\\u2066b", self.say("eval", "'a\x07\u0085\u2066b'").stdout.decode())

    def test_mistakes_that_quote_what_they_found(self):
        self.write("in/a.csv", "id,n\n1,2\n")
        for change in ({"source": {"path": f"in/{EVIL}.csv"}}, {"source": {"input_format": EVIL}}, {EVIL: 1},
                       {"source": {"options": {EVIL: 1}}}, {"output": {"silver": {"mode": EVIL}}},
                       {"output": {"silver": {"partition_by": [EVIL]}}}, {"standardization": {"timezone": EVIL}},
                       {"standardization": {"casts": [{"column": EVIL, "to": "date"}]}},
                       {"standardization": {"casts": [{"column": "id", "to": EVIL}]}},
                       {"standardization": {"casts": [{"column": "id", "to": "date", "format_hint": EVIL}]}},
                       {"standardization": {"rename": [{"from": EVIL, "to": "x"}]}},
                       {"standardization": {"deduplicate": {"key": ["id"], "order_by": [EVIL]}}},
                       {"quality": {"rules": [{"name": EVIL, "expr": EVIL}]}},
                       {"quality": {"rules": [{"name": EVIL, "expr": "x" + EVIL}]}},
                       {"quality": {"rules": [{"name": EVIL, "expr": "`" + EVIL + "` = 1"}]}},
                       {"quality": {"rules": [{"name": EVIL, "expr": "rlike(id, '" + EVIL + "(')"}]}},
                       {"schema": {"ref": EVIL, "mode": "strict"}}):
            with self.subTest(change=change):
                self.dataset(change)
                for command in (("check", "pipeline.yml"), ("run", "pipeline.yml", "--log-format", "json")):
                    self.assertIn(self.say(*command).returncode, (0, 2, 3))
        for arguments in ((EVIL,), ("run", EVIL), ("run", "--" + EVIL), ("help", EVIL), ("completion", EVIL), ("db", EVIL),
                          ("runs", EVIL), ("run", "pipeline.yml", "--set", EVIL), ("run", "pipeline.yml", "--set", EVIL + "=1"),
                          ("run", "pipeline.yml", "--environment", EVIL), ("run", "pipeline.yml", "--env", EVIL),
                          ("eval", EVIL), ("eval", "'" + EVIL), ("run", "pipeline.yml", "--log-format", EVIL)):
            with self.subTest(arguments=arguments):
                self.assertIn(self.say(*arguments).returncode, (0, 2, 3))

    def test_data_that_is_refused(self):
        for change in ({"standardization": {"casts": [{"column": "n", "to": "integer"}]}},
                       {"source": {"options": {"mode": "FAILFAST"}}},
                       {"quality": {"rules": [{"name": EVIL, "expr": "n is null", "on_fail": "fail"}]}}):
            with self.subTest(change=change):
                self.write("in/a.csv", f'id,n\n1,"{EVIL}"\n2,3,"{EVIL}"\n')
                self.dataset(change)
                self.assertEqual(self.say("run", "pipeline.yml").returncode, 1)

    def test_names_that_are_no_text(self):
        directory = os.fsencode(self.root) + b"/in"
        os.mkdir(directory)
        for name in (b"a\xff\x1b\x9b.csv", b"\xe2\x80.csv", b"\xc0\xaf.csv"):
            with open(directory + b"/" + name, "wb") as file:
                file.write(b"id,x\xff\n1,\xff\x1b\n")
        self.dataset()
        for command in ("check", "plan", "run"):
            self.say(command, "pipeline.yml")
        shutil.rmtree(directory)

    def test_a_caret_stands_below_what_it_means(self):
        self.write("in/a.csv", "id\n1\n")
        for before, columns in (("\u202e", 6), ("\x1b", 4), ("\u6f22\u5b57", 4), ("e\u0301", 1), ("\U0001f600", 2), ("ab", 2)):
            with self.subTest(before=before):
                process = self.say("eval", f"concat('{before}', nothing)")
                self.assertEqual(process.returncode, 2)
                line, carets = process.stderr.decode().split("\n")[1:3]
                self.assertEqual(re.search(r"\^+", carets).start(), 8 + len("concat('") + columns + len("', "))
                self.assertEqual(len(re.search(r"\^+", carets).group()), len("nothing"))
                self.assertIn("nothing)", line)

    def test_columns_of_tables_stay_in_line(self):
        """Where a name is wide, or was made longer to be seen, what follows it stands where it stands in every row."""
        names = ["plain", "\u6f22\u5b57\u6f22\u5b57", "a\x1b[31mb", "e\u0301e\u0301", "\uff21\uff22", "x\u202ey"]
        for name in names:
            self.write("in/a.csv", "id\n1\n")
            self.dataset_with_gold({"id": name, "output": {"silver": {"path": "out/" + str(names.index(name))},
                                                           "gold": {"table": "t" + str(names.index(name))}}})
            process = self.say("run", "pipeline.yml", "--quiet")
            self.assertEqual(process.returncode, 0, process.stderr.decode())
        lines = self.say("runs", "--db", "database.yml").stdout.decode().rstrip("\n").split("\n")

        def columns(text):
            return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)

        self.assertEqual(len(lines), len(names) + 1)
        self.assertEqual({columns(line[:line.index("completed")]) for line in lines[1:]},
                         {columns(lines[0][:lines[0].index("status")])})

    def test_a_terminal_gets_colors_of_ours_only(self):
        self.evil_dataset()
        script = shutil.which("script")
        if script is None:
            self.skipTest("script(1) is not installed")
        environment = {**self.environment, "TERM": "xterm"}
        environment.pop("NO_COLOR")
        for command in ("run", "plan", "check"):
            process = subprocess.run([script, "-qec", f"{CRISOL} {command} pipeline.yml", "/dev/null"], cwd=self.root,
                                     capture_output=True, env=environment, stdin=subprocess.DEVNULL, timeout=120)
            text = process.stdout.decode()
            rest = re.sub(r"\x1b\[[0-9;]*m|\r\x1b\[K|\r\n", "", text)
            self.assertEqual(hidden(rest), [], repr(text))
            self.assertNotIn("\x1b[31m\x1b]", text)


if __name__ == "__main__":
    unittest.main()
