#!/usr/bin/env python3
"""How the house stands: src/ (and worker/, the part of it that runs elsewhere) is measured against what docs/architecture.md promises, and what is beyond it is named.

  - at least 95 of 100 prototypes in the public headers (all but *internal.h) have a doc comment of their own
  - no function has more than 80 lines, and half of them have at most 12
  - no folder has more than a fifth of the lines
  - duckdb.h is included in the two folders named duckdb alone
  - one file outside engine/duckdb, the table of engines, includes a header of it; it has less than 4,500 lines
  - the names of the metadata tables stand in ledger/ alone, and the clocks are read in base/clock.c alone
  - a file of C that a comment, or a page for developers, speaks of is there
"""

import pathlib
import re
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
LEAST_DOCUMENTED, LONGEST_FUNCTION, MEDIAN_FUNCTION, BIGGEST_FOLDER = 0.95, 80, 12, 0.20
LARGEST_ENGINE = 4500
CLOCKS = re.compile(r"\b(?:clock_gettime|gettimeofday|time\(NULL\))")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
FILE_NAME = re.compile(r"(?<![\w./<-])(?:\w+/)*[a-z]\w*\.[ch]\b")
FOREIGN = {"auth.c", "b.c", "duckdb.h"}  # of PostgreSQL, of a URL, of DuckDB
PROTOTYPE = re.compile(r"^(?!#|typedef|struct \w+ \{|enum|static|extern|union|/|\s|\})[^\n;{}]*(?:\n[^\n;{}/]*)*?\([^;{}]*\)"
                       r"\s*(?:PRINTF_LIKE\([^)]*\))?[^;{}]*;", re.MULTILINE)


def sources(pattern):
    """The files of src/ and worker/."""
    return sorted([*SRC.rglob(pattern), *(ROOT / "worker").rglob(pattern)])


def short(path):
    return path.relative_to(SRC if path.is_relative_to(SRC) else ROOT)


def folder(path):
    """engine/duckdb and duckdb/functions are rooms of their own."""
    return str(short(path).parent)


def undocumented():
    every, bare = 0, []
    for path in sources("*.h"):
        if "internal" in path.name:
            continue
        text = path.read_text()
        for match in PROTOTYPE.finditer(text):
            every += 1
            if not text[:match.start()].rstrip(" ").endswith("*/\n"):
                bare.append(f"{short(path)}: {match.group().splitlines()[0]}")
    return every, bare


def functions():
    for path in sources("*.c"):
        lines, start = path.read_text().splitlines(), None
        for number, line in enumerate(lines):
            if line == "{":
                start = number
            elif line == "}" and start is not None:
                yield number - start - 1, f"{short(path)}:{start}"
                start = None


def strays(path, text, tables):
    """What has one place in the house, and is met in another."""
    if "#include <duckdb.h>" in text and "duckdb" not in path.parts[len(SRC.parts):-1]:
        yield f"{short(path)} includes duckdb.h"
    if '#include "engine/duckdb/' in text and folder(path) != "engine/duckdb" and path != SRC / "engine/engines.c":
        yield f"{short(path)} includes a header of engine/duckdb"
    if folder(path) != "ledger":
        for name in tables.findall(text):
            yield f"{short(path)} names metadata table {name}"
    if path != SRC / "base/clock.c":
        for call in CLOCKS.findall(text):
            yield f"{short(path)} reads a clock by {call}"


def stale_names():
    """Files that were moved or taken away, and are still spoken of."""
    everything = [path for folder in ("src", "worker", "tests") for path in (ROOT / folder).rglob("*.[ch]")]
    ours = [f"/{path.relative_to(ROOT)}" for path in everything]
    for path in [*sources("*.c"), *sources("*.h"), ROOT / "docs/architecture.md", ROOT / "CONTRIBUTING.md"]:
        text = path.read_text()
        spoken = text if path.suffix == ".md" else "\n".join(COMMENT.findall(text))
        for name in sorted(set(FILE_NAME.findall(spoken)) - FOREIGN):
            if not any(our.endswith(f"/{name}") for our in ours):
                yield f"{path.relative_to(ROOT)} speaks of {name}, which is not there"


def main():
    faults = [*stale_names()]
    every, bare = undocumented()
    share = 1 - len(bare) / every
    print(f"{share:.1%} of {every} public prototypes are documented")
    if share < LEAST_DOCUMENTED:
        faults += bare
    lengths = sorted(functions(), reverse=True)
    median = statistics.median(length for length, _ in lengths)
    print(f"{len(lengths)} functions: median {median:.0f} lines, longest {lengths[0][0]} ({lengths[0][1]})")
    faults += [f"{place}: a function of {length} lines" for length, place in lengths if length > LONGEST_FUNCTION]
    if median > MEDIAN_FUNCTION:
        faults.append(f"the median function has {median} lines")
    names = re.findall(r"^## metadata\.(\w+)$", (SRC.parent / "docs/metadata.md").read_text(), re.MULTILINE)
    tables = re.compile(rf"\b(?:{'|'.join(names)})\b")
    sizes = {}
    for path in [*sources("*.c"), *sources("*.h")]:
        text = path.read_text()
        sizes[folder(path)] = sizes.get(folder(path), 0) + text.count("\n")
        faults += strays(path, text, tables)
    whole = sum(sizes.values())
    for name, lines in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"{lines:6} {lines / whole:6.1%}  {name}")
        if lines > BIGGEST_FOLDER * whole:
            faults.append(f"{name} has more than a fifth of the lines")
    if sizes["engine/duckdb"] >= LARGEST_ENGINE:
        faults.append(f"engine/duckdb has {sizes['engine/duckdb']} lines")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
