"""Measures how the cost of a run grows: n, 2n, 4n of each of rows, files, columns, rules, casts, JSON keys, schema properties and
partitions.

    scale.py --crisol build/crisol [--only rules,columns]

Seconds are the processor's, of the run alone, and the least of two runs. The exponent is that of the growth from n to 4n, beyond
what a run of next to nothing costs: 1 is in proportion, 2 is the square.
"""

import argparse
import json
import math
import pathlib
import resource
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLACE = ROOT / "build" / "bench" / "scale"
FEW = 200  # rows, where rows are not what grows


class Pipeline:
    """A directory with an input and a dataset file; `change` is laid over the smallest dataset."""

    def __init__(self):
        shutil.rmtree(PLACE, ignore_errors=True)
        (PLACE / "in").mkdir(parents=True)
        self.dataset = {"id": "scale", "source": {"input_format": "csv", "path": "in/*", "options": {"header": True}},
                        "output": {"silver": {"path": "silver", "mode": "overwrite"}}}

    def csv(self, names, count, value=lambda row, column: str(row), name="a.csv"):
        with open(PLACE / "in" / name, "w", encoding="utf-8") as out:
            out.write(",".join(names) + "\n")
            for row in range(count):
                out.write(",".join(value(row, column) for column in range(len(names))) + "\n")

    def write(self):
        (PLACE / "scale.yml").write_text(json.dumps(self.dataset), encoding="utf-8")


def columns_of(count):
    return [f"c{i}" for i in range(count)]


def rows(pipeline, n):
    pipeline.csv(["id", "x", "y"], n)


def files(pipeline, n):
    for i in range(n):
        pipeline.csv(["id", "x"], 1, name=f"{i:06}.csv")


def columns(pipeline, n):
    pipeline.csv(columns_of(n), FEW)


def rules(pipeline, n):
    pipeline.csv(["id", "x", "y"], FEW)
    pipeline.dataset["quality"] = {"rules": [
        {"name": f"rule_{i}", "expr": f"cast(x as int) + {i} > y OR id = 'k{i}'", "on_fail": ["quarantine", "warn", "drop"][i % 3]}
        for i in range(n)]}


def casts(pipeline, n):
    pipeline.csv(columns_of(n), FEW)
    pipeline.dataset["standardization"] = {"casts": [
        {"column": name, "to": ["int", "decimal(10,2)", "date"][i % 3], "on_error": "null"} for i, name in enumerate(columns_of(n))]}


def keys(pipeline, n):
    pipeline.dataset["source"] = {"input_format": "jsonl", "path": "in/*"}
    line = json.dumps({name: i for i, name in enumerate(columns_of(n))})
    (PLACE / "in" / "a.jsonl").write_text((line + "\n") * FEW, encoding="utf-8")


def properties(pipeline, n):
    pipeline.csv(columns_of(n), FEW)
    schema = {"type": "object", "properties": {name: {"type": ["integer", "string"], "maxLength": 40} for name in columns_of(n)}}
    (PLACE / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
    pipeline.dataset["schema"] = {"ref": "schema.json", "mode": "strict"}


def partitions(pipeline, n):
    pipeline.csv(["id", "p"], n, lambda row, column: f"k{row}")
    pipeline.dataset["output"]["silver"].update(mode="overwrite_dynamic", partition_by=["p"])


KINDS = [(rows, 500_000), (files, 500), (columns, 1_000), (rules, 400), (casts, 400), (keys, 1_000), (properties, 400),
         (partitions, 1_000)]


def measure(crisol, make, n):
    best = math.inf
    for _ in range(2):
        pipeline = Pipeline()
        make(pipeline, n)
        pipeline.write()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process = subprocess.run([crisol, "run", "scale.yml", "--quiet"], cwd=PLACE, capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if process.returncode != 0:
            sys.exit(f"crisol ended with {process.returncode}:\n{process.stderr}")
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--crisol", type=pathlib.Path, required=True)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    crisol = options.crisol.resolve()
    least = measure(crisol, rows, 1)
    print(f"{'a run of one row':<16} {least:8.2f} s\n{'':16} {'n':>10} {'n':>8}   {'2n':>8}   {'4n':>8}   exponent")
    for make, n in KINDS:
        if options.only and make.__name__ not in options.only.split(","):
            continue
        seconds = [measure(crisol, make, times * n) for times in (1, 2, 4)]
        own = [max(value - least, 0.001) for value in seconds]
        print(f"{make.__name__:<16} {n:>10,} " + " ".join(f"{value:8.2f} s" for value in seconds) +
              f"   {math.log(own[2] / own[0], 4):8.2f}", flush=True)
    shutil.rmtree(PLACE)


if __name__ == "__main__":
    main()
