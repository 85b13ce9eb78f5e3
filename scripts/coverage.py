#!/usr/bin/env python3
"""Line coverage of src/ from gcov: coverage.py [--fail-under PERCENT] [--uncovered FILE] BUILD_DIRECTORY...

A line counts once, however many objects hold it, and is covered where any of them ran it. Lines that cannot be reached
are marked in the source: `BUG(` aborts, by intent never run by a test, is not counted.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def gcov(counters):
    """The line counts of one object, by source file."""
    answer = subprocess.run(
        ["gcov", "--json-format", "--stdout", counters.name],
        cwd=counters.parent, capture_output=True, text=True, check=True)
    lines = collections.defaultdict(dict)
    for document in answer.stdout.splitlines():
        for file in json.loads(document)["files"]:
            path = pathlib.Path(os.path.realpath(counters.parent / file["file"]))
            if path.is_relative_to(ROOT / "src"):
                for line in file["lines"]:
                    counts = lines[path.relative_to(ROOT)]
                    counts[line["line_number"]] = counts.get(line["line_number"], 0) + line["count"]
    return lines


def collect(directories):
    """Hits of every line. Objects without counters (no test ran them) count through their notes."""
    notes = sorted(note for directory in directories for note in directory.resolve().rglob("*.gcno"))
    total = collections.defaultdict(lambda: collections.defaultdict(int))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for lines in pool.map(gcov, notes):
            for path, counts in lines.items():
                for number, count in counts.items():
                    total[path][number] += count
    return total


def without_bugs(path, counts):
    text = (ROOT / path).read_text(encoding="utf-8").splitlines()
    return {n: count for n, count in counts.items() if n > len(text) or "BUG(" not in text[n - 1]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fail-under", type=float, default=0)
    parser.add_argument("--uncovered", help="print the numbers of the lines of FILE that no test ran")
    parser.add_argument("directories", type=pathlib.Path, nargs="+")
    options = parser.parse_args()

    total = {path: without_bugs(path, counts) for path, counts in collect(options.directories).items()}
    if options.uncovered:
        counts = total[pathlib.Path(options.uncovered)]
        print(" ".join(str(n) for n in sorted(counts) if counts[n] == 0))
        return 0

    folders = collections.defaultdict(lambda: [0, 0])
    worst = []
    for path, counts in sorted(total.items()):
        covered = sum(1 for count in counts.values() if count > 0)
        folder = folders[str(path.parent)]
        folder[0] += covered
        folder[1] += len(counts)
        worst.append((covered / len(counts) if counts else 1, len(counts) - covered, str(path)))
    print("\nline coverage of src/ by folder")
    for name, (covered, lines) in sorted(folders.items()):
        print(f"  {100 * covered / lines:5.1f} %  {covered:6d} of {lines:6d}  {name}")
    print("files with the most uncovered lines")
    for share, missing, path in sorted(worst, key=lambda row: -row[1])[:8]:
        print(f"  {100 * share:5.1f} %  {missing:6d} not run     {path}")
    covered = sum(folder[0] for folder in folders.values())
    lines = sum(folder[1] for folder in folders.values())
    percent = 100 * covered / lines if lines else 0
    print(f"line coverage of src/: {percent:.1f} % ({covered} of {lines} lines), at least {options.fail_under:g} % wanted")
    return 0 if percent >= options.fail_under else 1


if __name__ == "__main__":
    sys.exit(main())
