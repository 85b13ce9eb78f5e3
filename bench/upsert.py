"""Measures what replacing rows of a gold table costs in PostgreSQL: n, 2n and 4n rows into as many that stand.

    upsert.py --crisol build/crisol [--rows N] [--strict]

A plain load of the same rows into an empty table is what each is compared with: an upsert into a table without a key, one
into a table with a primary key, and `follow` over partitions by day that are all touched again. The server keeps an index
for a key whoever loads: so there is a plain load into an empty table with a primary key, too, and the last column compares
the upsert with that, its like. What the server itself takes for the same replacement is measured, too: a DELETE and an
INSERT by hand, of rows that it has already. Seconds are those of the gold stage and of the one that settles the table's keys before it,
as the run's summary tells them. A growth of 4 from n to 4n is linear.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLACE = ROOT / "build" / "bench" / "upsert"
sys.path.insert(0, str(ROOT / "tests/e2e"))
import postgresql  # noqa: E402

DAYS = 600
PLAIN, PLAIN_KEYED, KEYED = "plain load", "plain load, primary key", "upsert, primary key"
BY_HAND = "by hand, primary key"


def write_rows(path, count):
    with open(path, "w", encoding="utf-8") as out:
        out.write("id,at,amount,note\n")
        for n in range(count):
            day = n % DAYS
            out.write(f"ORDER-{n:09},20{20 + day // 300}-{1 + day % 300 // 25:02}-{1 + day % 25:02}T{n % 24:02}:00:00Z,"
                      f"{n % 100000}.{n % 100:02},note {n}\n")


def write_dataset(server, gold, silver):
    (PLACE / "database.yml").write_text(json.dumps({"default": {
        "driver": "postgresql", "host": "127.0.0.1", "port": server.port, "database": "postgres", "user": "admin",
        "password": server.password}}), encoding="utf-8")
    (PLACE / "orders.yml").write_text(json.dumps({
        "id": "orders", "source": {"input_format": "csv", "path": "rows.csv", "options": {"header": True}},
        "standardization": {"casts": [{"column": "at", "to": "timestamp"}, {"column": "amount", "to": "decimal(18,2)"}]},
        "output": {"silver": {"path": "silver", **silver},
                   "gold": {"enabled": True, "database_config": "database.yml", **gold}}}), encoding="utf-8")


def run(crisol, count):
    process = subprocess.run([crisol, "run", "orders.yml", "--json", "--quiet"], cwd=PLACE, capture_output=True, text=True)
    if process.returncode != 0:
        sys.exit(f"crisol ended with {process.returncode}:\n{process.stderr}")
    summary = json.loads(process.stdout)
    if summary["rows"]["gold"] != count:
        sys.exit(f"{summary['rows']['gold']} of {count} rows are in gold")
    return summary["seconds"]["gold"] + summary["seconds"]["deduplicate"]   # nothing else is deduplicated here


def fresh(server):
    shutil.rmtree(PLACE / "silver", ignore_errors=True)
    shutil.rmtree(PLACE / ".crisol", ignore_errors=True)
    server.sql("DROP SCHEMA IF EXISTS gold CASCADE; DROP SCHEMA IF EXISTS metadata CASCADE; CHECKPOINT")


def replace_by_hand(server):
    """Seconds of the server alone for what an upsert of all rows does, with the plan that suits it best."""
    server.sql("CREATE TABLE gold.staged AS SELECT * FROM gold.orders; ANALYZE gold.staged; CHECKPOINT")
    begin = time.monotonic()
    server.sql("BEGIN; SET LOCAL work_mem = '64MB'; SET LOCAL enable_nestloop = off; DELETE FROM gold.orders AS old USING gold.staged AS "
               "new WHERE old.id = new.id; INSERT INTO gold.orders SELECT * FROM gold.staged; COMMIT")
    return time.monotonic() - begin


def measure(crisol, server, count):
    """Seconds by what is done."""
    write_rows(PLACE / "rows.csv", count)
    overwrite, upsert = {"mode": "overwrite"}, {"mode": "upsert", "key": ["id"]}
    daily = {"mode": "overwrite_dynamic", "partition_by": ["date"], "partition_from": "at"}
    seconds = {}
    fresh(server)
    write_dataset(server, overwrite, {"mode": "overwrite"})
    seconds[PLAIN] = run(crisol, count)
    write_dataset(server, upsert, {"mode": "overwrite"})
    seconds["upsert, no key"] = run(crisol, count)
    fresh(server)
    write_dataset(server, overwrite, {"mode": "overwrite"})
    run(crisol, count)
    server.sql("TRUNCATE gold.orders; ALTER TABLE gold.orders ADD PRIMARY KEY (id); CHECKPOINT")
    seconds[PLAIN_KEYED] = run(crisol, count)
    server.sql("CHECKPOINT")
    write_dataset(server, upsert, {"mode": "overwrite"})
    seconds[KEYED] = run(crisol, count)
    seconds[BY_HAND] = replace_by_hand(server)
    fresh(server)
    write_dataset(server, {"exclude_columns": ["date"]}, daily)
    run(crisol, count)
    server.sql("CHECKPOINT")
    seconds["partitions by day"] = run(crisol, count)
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--crisol", type=pathlib.Path, required=True)
    parser.add_argument("--rows", type=int, default=125000)
    parser.add_argument("--strict", action="store_true", help="exit 1 where a target is missed")
    options = parser.parse_args()
    PLACE.mkdir(parents=True, exist_ok=True)
    server = postgresql.Server()
    try:
        sizes = [options.rows * factor for factor in (1, 2, 4)]
        results = [measure(options.crisol.resolve(), server, size) for size in sizes]
    finally:
        server.close()
        shutil.rmtree(PLACE, ignore_errors=True)
    print(f"{'gold, s':26}" + "".join(f"{size:>10,}" for size in sizes) + "    4n / n   / plain load   / its like")
    is_kept = True
    for what, first in results[0].items():
        last = results[2][what]
        ratio = last / results[2][PLAIN]
        like = results[2][PLAIN_KEYED if what in (KEYED, PLAIN_KEYED, BY_HAND) else PLAIN]
        is_kept = is_kept and (ratio <= 3 or what == BY_HAND)
        print(f"{what:26}" + "".join(f"{result[what]:>10.2f}" for result in results)
              + f"{last / first:>10.1f}{ratio:>15.2f}{last / like:>13.2f}")
    print(f"{'kept' if is_kept else 'MISSED'}: each costs at most three times a plain load")
    return 0 if is_kept or not options.strict else 1


if __name__ == "__main__":
    sys.exit(main())
