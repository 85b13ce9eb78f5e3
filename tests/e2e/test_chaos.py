"""Whatever is done to the files of a sound project, a run ends with an exit code of its own and a message, never with a
crash, a hang or a defect. The changes are random, from a fixed seed: CRISOL_CHAOS sets how many there are."""

import json
import os
import random
import shutil
import subprocess
import unittest

import pyarrow
import pyarrow.parquet

from harness import CRISOL, Case
from test_golden_check import PROJECT

ROUNDS = int(os.environ.get("CRISOL_CHAOS", "120"))
WORDS = ["null", "true", "''", '""', "[]", "{}", "-1", "0", "1e999", "99999999999999999999", "\0", "\x7f", "é", "\ud800", "*", "&a",
         "*a", "<<", "!!int", "- ", ": ", "#", "'", '"', "`", "\\", "\n", "\t", "(", ")", "..", "/", "%", "${HOME}", "amount", "int",
         "decimal(38,38)", "timestamp", "year", "append", "upsert", "fail", "drop", "NaN", "2024-02-30", "CAST(", " OR ", "array()",
         "map(1,2)", "x -> x", "INTERVAL 1 DAY", "$ref", "#/properties/amount", "oneOf", "2147483648", "s3a://raw/in/*", "in/*"]
DATA = {
    "in/a.csv": "Order ID,amount,currency,ordered_at\n" + "".join(
        f"{n},{n}.50,USD,2024-01-{n % 28 + 1:02} 10:00:00\n" for n in range(1, 40)),
    "in/a.json": "".join(json.dumps({"Order ID": str(n), "amount": n, "currency": "EUR", "ordered_at": "2024-02-01 00:00:00",
                                     "more": {"a": [1, {"b": None}]}}) + "\n" for n in range(1, 40)),
}


def change(chance, data):
    """One random change of a file's bytes."""
    at = chance.randrange(len(data) + 1)
    word = chance.choice(WORDS).encode("utf-8", "surrogatepass")
    until = min(len(data), at + chance.choice([0, 1, 3, 10, 200]))
    kind = chance.randrange(7)
    if kind == 0:
        return data[:at] + word + data[at:]
    if kind == 1:
        return data[:at] + word + data[until:]
    if kind == 2:
        return data[:at] + data[until:]
    if kind == 3:
        return data[:at] + bytes([chance.randrange(256)]) + data[at + 1:]
    if kind == 4:
        return data[:until] + data[at:]
    if kind == 5:
        return data[:at]
    lines = data.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


class Chaos(Case):
    def run_once(self, chance):
        files = {**{name: text.encode() for name, text in PROJECT.items()}, **{n: t.encode() for n, t in DATA.items()}}
        source = chance.choice(["csv", "json", "parquet"])
        if source != "csv":
            files["orders.yml"] = files["orders.yml"].replace(b"input_format: csv", b"input_format: " + source.encode())
            files["orders.yml"] = files["orders.yml"].replace(b"in/*.csv", b"in/*." + source.encode())
            files["orders.yml"] = files["orders.yml"].replace(b"  options:\n    header: true\n", b"")
        pyarrow.parquet.write_table(pyarrow.table({"Order ID": ["1", "2"], "amount": ["3.5", None], "currency": ["USD", "x"],
                                                   "ordered_at": ["2024-01-01 00:00:00", ""]}), self.root / "p")
        files["in/a.parquet"] = (self.root / "p").read_bytes()
        names = [f"in/a.{source}"]
        if chance.randrange(3) > 0:
            names += [name for name in files if not name.startswith("in/")]
        for _ in range(chance.choice([1, 1, 2, 5])):
            name = chance.choice(names)
            files[name] = change(chance, files[name])
        for name, data in files.items():
            self.write(name, data)
        if chance.randrange(4) > 0:  # else into the lake and the table that the last one has left
            shutil.rmtree(self.root / "out", ignore_errors=True)
        process = subprocess.run([CRISOL, "run", "orders.yml", "--json"], cwd=self.root, env=self.environment,
                                 stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        err = process.stderr.decode(errors="replace")
        self.assertNotIn("Sanitizer", err)
        self.assertIn(process.returncode, (0, 1, 2, 3), err)
        if process.returncode != 0:
            self.assertIn("error: ", err)
        process.stderr.decode()  # what it says is text
        return process.returncode

    def test_a_changed_project(self):
        first = int(os.environ.get("CRISOL_CHAOS_FIRST", "0"))
        codes = set()
        for seed in range(first, first + ROUNDS):
            with self.subTest(seed=seed):
                codes.add(self.run_once(random.Random(seed)))
        self.assertLessEqual({0, 1, 2}, codes)


if __name__ == "__main__":
    unittest.main()
