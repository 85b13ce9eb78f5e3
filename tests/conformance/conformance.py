"""Random expressions, and every documented example, asked of crisol and of Spark: what `make conformance` runs."""

import argparse
import pathlib
import random
import re
import sys
import threading
import time

import compare
import generate
import sessions
import values

HOME = "America/Bogota"  # the zone of tests/cases/expr
ZONES = ["America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe"]  # with gaps and overlaps, of an hour and of half of one
N_ROWS = 20
AT_ONCE = 2000
TIMES = ("date", "timestamp", "timestamp_ntz")
EXAMPLES_SHOWN = 4


def say(*words):
    print(*words, flush=True)


class Run:
    """The two sessions, and what was found."""

    def __init__(self, program, grammar):
        self.program = program
        self.spark = sessions.Spark()
        self.columns = grammar.columns(N_ROWS)
        self.by_name = {values.COLUMNS[kind]: texts for kind, texts in self.columns.items()}

    def zone(self, zone):
        self.spark.use(zone, self.by_name)
        return compare.Both(sessions.Crisol(self.program, zone, self.by_name), self.spark)

    def compare(self, title, zone, nodes, keep=None):
        """Asks for all; prints the count, and the differences by their causes."""
        both, found, started = self.zone(zone), [], time.monotonic()
        for start in range(0, len(nodes), AT_ONCE):
            some = nodes[start:start + AT_ONCE]
            theirs = self.ask_both(both, [node.text() for node in some])
            for node, ours, spark in zip(some, *theirs):
                one = compare.difference(ours, spark)
                if one is not None:
                    found.append((node, one))
                if keep is not None:
                    keep(node, ours, spark, one)
        n_right = len(nodes) - len(found)
        seconds = time.monotonic() - started
        say(f"{title} ({zone}): {n_right} of {len(nodes)} as Spark, {100 * n_right / max(len(nodes), 1):.2f} % ({seconds:.0f} s)")
        if keep is None:
            self.report(compare.reduce_all(both, found, self.columns))
        both.crisol.close()
        return n_right, len(nodes)

    @staticmethod
    def ask_both(both, texts):
        """At the same time, a process each."""
        ours = []
        thread = threading.Thread(target=lambda: ours.extend(both.crisol.answers(texts)))
        thread.start()
        theirs = both.spark.answers(texts)
        thread.join()
        return ours, theirs

    @staticmethod
    def report(found):
        for (name, kind), group in compare.grouped(found):
            say(f"  {len(group)} x {name}: {kind}")
            for node, one in sorted(group, key=lambda pair: len(pair[0].text()))[:EXAMPLES_SHOWN]:
                say(f"      {sessions.escaped(node.text())}\n        Spark  {one.theirs.shown(one.row)}\n        crisol {one.ours.shown(one.row)}")


def reads_zone(node):
    """Whether its value may be another in another zone."""
    return re.search("(?i)time|date|hour|minute|second|current|unix|interval|day|month|year|json|csv|hash", node.text()) is not None or any(
        part.column in TIMES for part in node.nodes())


def split_commas(text):
    """At those that are in no parentheses and no quotes."""
    parts, depth, quote, start = [], 0, None, 0
    i = 0
    while i < len(text):
        c = text[i]
        if quote:
            if c == "\\":
                i += 1
            elif c == quote:
                quote = None
        elif c in "'\"`":
            quote = c
        elif c in "([<{":
            depth += c != "<"
        elif c in ")]}":
            depth -= 1
        elif c == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
        i += 1
    return [*parts, text[start:]]


def documented_examples(described, known):
    """Expressions out of Spark's documentation of what is in crisol's table."""
    found = []
    for name, text in sorted(described.items()):
        if name.lower() not in known:
            continue
        for query in re.findall(r"> SELECT\s+(.*?);\s*$", text, re.MULTILINE | re.DOTALL):
            if re.search(r"(?i)\bFROM\s+(VALUES|\(|range|json_tuple)", query) or re.search(r"(?i)\bOVER\b|\bUNION\b|\bWHERE\b", query):
                continue
            for expression in split_commas(query):
                expression = re.sub(r"(?i)\s+AS\s+\w+\s*$", "", expression.strip())
                found.append(generate.Node(name, expression))
    return found


class Sample:
    """Lines of a case file: constants, with what Spark answered. What differs is a comment there."""

    def __init__(self):
        self.lines, self.n_different = [], 0

    def keep(self, node, ours, theirs, one):
        self.n_different += one is not None
        self.lines.append(f"{'# differs: ' if one is not None else ''}{node.text()}\t{self.answer(ours, theirs)}\n")

    def write(self, path, seed):
        header = f"# random expressions of seed {seed}\twhat Spark 4.3 answered (ANSI off, America/Bogota); ERROR alone: any refusal\n"
        path.write_text(header + "".join(self.lines), encoding="utf-8")
        say(f"{path}: {len(self.lines)} expressions, {self.n_different} of them differ")

    @staticmethod
    def answer(ours, theirs):
        """Both errors have a class: Spark's is written where crisol has the same."""
        if not theirs.raises():
            value = theirs.values[0]
            return f"{theirs.type}: " + ("NULL" if value == "N" else value[1:])
        spark_class = theirs.failure or theirs.values[0][1:]
        our_class = ours.failure or (ours.values[0][1:] if ours.values else "")
        return f"ERROR {spark_class}" if spark_class == our_class else "ERROR"


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="the program of answer.c")
    parser.add_argument("--seed", type=int, default=None, help="by the clock unless given")
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--only", help="a function's name: nothing but calls of it")
    parser.add_argument("--record", type=pathlib.Path, help="writes Spark's answers to COUNT constants, as a case file of tests/cases/expr, and does nothing else")
    parser.add_argument("--least", type=float, default=99.7, help="the share of them that has to agree")
    return parser.parse_args()


def main():
    given = options()
    started = time.monotonic()
    seed = given.seed if given.seed is not None else int(time.time())
    say(f"seed {seed}")
    source = random.Random(seed)
    probe = sessions.Crisol(given.program, HOME, {values.COLUMNS[kind]: [texts[0]] for kind, texts in values.EXTREMES.items()})
    grammar = generate.Grammar(sessions.Crisol.table(given.program), probe, source)
    probe.close()
    say(f"{len(grammar.functions)} functions, {sum(len(function.forms) for function in grammar.functions)} forms ({time.monotonic() - started:.0f} s)")
    if given.only:
        grammar.roots = [(make, what) for make, what in grammar.roots if getattr(what, "name", what) == given.only]
    nodes = grammar.expressions(given.count, is_constant=given.record is not None)
    run = Run(given.program, grammar)
    sample = Sample()
    right, total = run.compare("random expressions", HOME, nodes, sample.keep if given.record else None)
    if given.record:
        sample.write(given.record, seed)
        run.spark.close()
        return 0
    for zone in ZONES if not given.only else []:
        run.compare("of them, what may read the zone", zone, [node for node in nodes if reads_zone(node)][:max(given.count // 10, 500)])
    if not given.only:
        known = {name for function in grammar.functions for name in [function.name, *function.names]} | set(generate.FIXED) | {row[0] for row in generate.LAMBDAS}
        run.compare("documented examples", HOME, documented_examples(run.spark.functions(), known))
    run.spark.close()
    say(f"{time.monotonic() - started:.0f} s in all; again: make conformance SEED={seed} COUNT={given.count}")
    return 0 if 100 * right / max(total, 1) >= given.least else 1


if __name__ == "__main__":
    sys.exit(main())
