"""What the end-to-end tests share: a directory of their own, a dataset, a run of crisol, and readers of what it wrote.

A dataset is written as JSON, which is YAML: a test says only what differs from the smallest one.
"""

import copy
import gzip
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

import duckdb

CRISOL = os.environ.get("CRISOL") or str(pathlib.Path(__file__).resolve().parents[2] / "build" / "crisol")
ROOT = pathlib.Path(__file__).resolve().parents[2]
# The tests were written for the embedded engine; CRISOL_TEST_ENGINE=spark with a SPARK_REMOTE runs them on a cluster, by hand.
ENGINE = os.environ.get("CRISOL_TEST_ENGINE")

# The keys of `run --json` are a contract: what is missing or new here is a change of it.
SUMMARY_KEYS = [
    "run_id", "dataset", "environment", "engine", "status", "rows", "rules", "schema", "casts", "drift", "silver", "quarantine",
    "gold", "alerts", "seconds", "peak_rss_bytes", "error",
]
ROW_KEYS = ["read", "exploded", "malformed", "duplicates", "passed", "quarantined", "dropped", "warned", "silver", "gold"]

BASE = {
    "id": "demo",
    "source": {"input_format": "csv", "path": "in/*.csv", "options": {"header": True}},
    "output": {"silver": {"path": "out/silver", "mode": "overwrite"}},
    "quality": {"quarantine": "out/quarantine"},
}
GOLD_DATABASE = {"default": {"driver": "duckdb", "path": "warehouse.duckdb"}}


def merged(base, change):
    """A deep copy of base with change laid over it; None removes a key, lists replace lists."""
    if not isinstance(base, dict) or not isinstance(change, dict):
        return copy.deepcopy(change)
    answer = copy.deepcopy(base)
    for key, value in change.items():
        if value is None:
            answer.pop(key, None)
        else:
            answer[key] = merged(answer.get(key, {}), value)
    return answer


class Answer:
    """What one call of crisol said."""

    def __init__(self, process):
        self.exit = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    @property
    def summary(self):
        return json.loads(self.out)

    @property
    def rows(self):
        return self.summary["rows"]

    def alerts(self, kind=None):
        return [alert["message"] for alert in self.summary["alerts"] if kind in (None, alert["kind"])]

    def failed(self, rule):
        return next(entry["failed"] for entry in self.summary["rules"] if entry["name"] == rule)

    def cast(self, column):
        return next(entry for entry in self.summary["casts"] if entry["column"] == column)

    def violations(self):
        return {(v["column"], v["keyword"]): v["failed"] for v in self.summary["schema"]["violations"]}


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="crisol-e2e-")
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name).resolve()
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PG", "CRISOL_"))}
        self.environment["NO_COLOR"] = "1"

    # --- files --------------------------------------------------------------------------------------------------------

    def write(self, name, content):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, (dict, list)):
            content = json.dumps(content, indent=2, ensure_ascii=False)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def write_gzip(self, name, content):
        return self.write(name, gzip.compress(content.encode()))

    def dataset(self, change=None, name="pipeline.yml"):
        return self.write(name, merged(BASE, change or {}))

    def dataset_with_gold(self, change=None, name="pipeline.yml"):
        self.write("database.yml", GOLD_DATABASE)
        gold = {"output": {"gold": {"enabled": True, "database_config": "database.yml"}}}
        return self.dataset(merged(gold, change or {}), name)

    def files_below(self, name):
        """The files that a reader of this directory sees: what is hidden or begins with `_` is none."""
        root = self.root / name
        return sorted(str(p.relative_to(root)) for p in root.rglob("*")
                      if p.is_file() and not any(part.startswith((".", "_")) for part in p.relative_to(root).parts))

    def snapshot(self):
        """Every file of the outputs with its bytes, to see that nothing changed."""
        return {str(p.relative_to(self.root)): p.read_bytes() for p in sorted((self.root / "out").rglob("*"))
                if p.is_file() and not any(part.startswith(".") for part in p.relative_to(self.root).parts)}

    # --- crisol -------------------------------------------------------------------------------------------------------

    def start(self, *arguments, **options):
        return subprocess.Popen([CRISOL, *map(str, arguments)], cwd=options.pop("cwd", self.root),
                                env={**self.environment, **options.pop("env", {})}, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def crisol(self, *arguments, exit=0, env=None, cwd=None, timeout=300):
        if ENGINE and arguments[0] == "run" and "--engine" not in arguments:
            arguments += ("--engine", ENGINE)
        process = subprocess.run([CRISOL, *map(str, arguments)], cwd=cwd or self.root, text=True, capture_output=True,
                                 env={**self.environment, **(env or {})}, stdin=subprocess.DEVNULL, timeout=timeout)
        self.assertEqual(process.returncode, exit, f"crisol {' '.join(map(str, arguments))}\n{process.stderr}")
        self.assertFalse("Sanitizer" in process.stderr, process.stderr[-6000:])
        return Answer(process)

    def run_dataset(self, *arguments, exit=0, dataset="pipeline.yml", env=None):
        """`crisol run --json`; what is published has balanced books and all the keys of the contract."""
        answer = self.crisol("run", dataset, "--json", *arguments, exit=exit, env=env)
        if answer.out:
            summary = answer.summary
            self.assertEqual([key for key in summary if key != "cluster"], SUMMARY_KEYS)  # `cluster`: of a run on Spark alone
            self.assertEqual(list(summary["rows"]), ROW_KEYS)
            self.assertEqual(summary["status"], "completed" if exit == 0 else "failed")
            self.assertEqual(summary["error"] is None, exit == 0)
        if exit == 0:
            rows = answer.rows
            self.assertEqual(rows["read"] + rows["exploded"], sum(rows[k] for k in
                                               ("malformed", "duplicates", "passed", "quarantined", "dropped")))
            self.assertEqual(rows["silver"], rows["passed"])
        return answer

    def assert_refused(self, answer, *parts):
        """One clear message that has these parts, and no sign of a crash."""
        for part in parts:
            self.assertIn(part, answer.err)
        self.assertNotIn("defect", answer.err)

    # --- what was written ---------------------------------------------------------------------------------------------

    def query(self, sql, *parameters):
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(f"SET file_search_path = '{self.root}'")
            return connection.execute(sql, parameters).fetchall()

    def table(self, path, columns="*", where="", order=""):
        """Rows of a directory of Parquet files, as plain Python values, ordered by all columns unless told."""
        files = [str(self.root / path / f) for f in self.files_below(path)]
        if not files:
            return []
        order = order or "ALL"
        where = f"WHERE {where}" if where else ""
        return self.query(f"SELECT {columns} FROM read_parquet(?, union_by_name = true, hive_partitioning = true) {where} "
                          f"ORDER BY {order}", files)

    def silver(self, columns="* EXCLUDE (_run_id, _ingestion_ts)", where="", order=""):
        return self.table("out/silver", columns, where, order)

    def silver_types(self):
        files = [str(self.root / "out/silver" / f) for f in self.files_below("out/silver")]
        return {row[0]: row[1] for row in self.query("DESCRIBE SELECT * FROM read_parquet(?)", files)}

    def quarantine(self, columns="_failed_rules", where="", order="_source_file, _source_line"):
        return self.table("out/quarantine", columns, where, order)

    def gold(self, sql, path="warehouse.duckdb"):
        with duckdb.connect(str(self.root / path), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(sql).fetchall()


def planted(text):
    """The counts that `generate --json` printed."""
    return json.loads(text)


__all__ = ["Case", "ROOT", "CRISOL", "json", "merged", "planted", "re", "signal", "subprocess", "unittest"]
