"""Measures `crisol run` on the seed's use case 1 against bench/peer_duckdb.py, a program written by hand for DuckDB.

    bench.py --crisol build/crisol [--rows N] [--rounds R] [--large] [--postgresql] [--s3] [--broken] [--strict]

Both read the same files and write silver, quarantine, gold and metadata to fresh directories, in turns. Time is the wall
time of the whole process, memory its peak resident size, both as the kernel tells them. Then the outputs are compared:
another number of rows or another sum is a failure; a time or a size past its target is reported and is one with --strict.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

import duckdb

from broken import MALFORMED, WRONG, break_files

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLACE = ROOT / "build" / "bench"
MIB = 1024 * 1024


def measure(command, directory, log):
    """Wall seconds and peak resident bytes of one process."""
    with open(log, "wb") as out:
        started = time.monotonic()
        process = subprocess.Popen(command, cwd=directory, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{log.read_text(errors='replace')}")
    return seconds, usage.ru_maxrss * 1024


def make_data(crisol, rows):
    directory = PLACE / f"payments-{rows}"
    if not (directory / "done").exists():
        shutil.rmtree(directory, ignore_errors=True)
        files = max(20, rows // 500000)
        subprocess.run([crisol, "generate", "payments", directory, "--rows", str(rows), "--files", str(files), "--quiet"],
                       check=True, stdout=subprocess.DEVNULL)
        (directory / "done").touch()
    return directory


def prepare_crisol(directory, data, memory_limit):
    """The seed's own config, with the raw bucket's folder being the generated data."""
    shutil.copytree(ROOT / "examples" / "seed" / "config", directory / "config")
    raw = directory / "lake" / "raw" / "casos-uso"
    raw.mkdir(parents=True)
    (raw / "payments-high-volume").symlink_to(data)
    if memory_limit:
        with open(directory / "config" / "env.yml", "a", encoding="utf-8") as env:
            env.write(f"\nduckdb:\n  memory_limit: {memory_limit}\n")


def measure_run(crisol, directory):
    """The seed's command, in a directory that its config was laid out in."""
    return measure([crisol, "run", "config/datasets/casos_uso/payments_high_volume.yml", "config/env.yml",
                    "config/database.yml", "development", "--json", "--quiet"], directory, directory / "log")


def run_crisol(crisol, directory, data, memory_limit, server=None):
    prepare_crisol(directory, data, memory_limit)
    if server:
        empty(server)
        (directory / "config/database.yml").write_text(json.dumps({"development": {
            "driver": "postgresql", "host": "127.0.0.1", "port": server.port, "database": "postgres", "user": "admin",
            "password": server.password}}), encoding="utf-8")
    return measure_run(crisol, directory)


def empty(server):
    """What a run before has left, and the server's own work on it, is no part of the next one."""
    server.sql("DROP SCHEMA IF EXISTS gold CASCADE; DROP SCHEMA IF EXISTS metadata CASCADE; CHECKPOINT")


def connection_string(server):
    return f"host=127.0.0.1 port={server.port} dbname=postgres user=admin password={server.password}"


def run_peer(directory, data, memory_limit, server=None):
    limit = ["--memory-limit", memory_limit] if memory_limit else []
    if server:
        empty(server)
        limit += ["--postgresql", connection_string(server)]
    return measure([sys.executable, ROOT / "bench" / "peer_duckdb.py", data, directory / "out", *limit],
                   directory, directory / "log")


def facts(silver, quarantine, gold):
    """What must be equal, however the rows are laid out. `gold`: a DuckDB file, or a row of PostgreSQL's own."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    if isinstance(gold, pathlib.Path):
        connection.execute(f"ATTACH '{gold}' AS gold (READ_ONLY)")
    sums = "count(*), sum(amount), count(reference_number), sum(merchant_id), sum(epoch_us(payment_date)::HUGEINT)"
    return {
        "silver": connection.execute(
            f"SELECT {sums}, count(DISTINCT (year, month)) "
            f"FROM read_parquet('{silver}/**/*.parquet', hive_partitioning = true)").fetchone(),
        "quarantine": connection.execute(
            f"SELECT count(*), sum(len(_failed_rules)) FROM read_parquet('{quarantine}/**/*.parquet')").fetchone(),
        "gold": connection.execute(f"SELECT {sums} FROM gold.gold.payments_high_volume").fetchone()
        if isinstance(gold, pathlib.Path) else gold,
    }


def gold_of(server):
    line = server.sql("SELECT count(*), sum(amount), count(reference_number), sum(merchant_id), "
                      "sum(extract(epoch from payment_date)) FROM gold.payments_high_volume")[0].split("|")
    return (int(line[0]), *line[1:])


def compare(crisol_directory, peer_directory, golds=None):
    crisol_gold, peer_gold = golds or (crisol_directory / "lake/warehouse.duckdb", peer_directory / "out/warehouse.duckdb")
    ours = facts(crisol_directory / "lake/silver/payments-high-volume",
                 crisol_directory / "lake/raw/quarantine/payments-high-volume", crisol_gold)
    theirs = facts(peer_directory / "out/silver", peer_directory / "out/quarantine", peer_gold)
    for what in ours:
        if ours[what] != theirs[what]:
            sys.exit(f"different {what}: crisol wrote {ours[what]}, the peer {theirs[what]}")
    print(f"  both wrote {ours['silver'][0]:,} silver rows in {ours['silver'][-1]} months, "
          f"{ours['quarantine'][0]:,} quarantined, {ours['gold'][0]:,} gold; sums agree")


def summary_of(directory):
    """The JSON line of `--json`; what else the log holds are warnings."""
    for line in (directory / "log").read_text(encoding="utf-8").splitlines():
        if line.startswith("{"):
            return json.loads(line)
    sys.exit("crisol printed no summary")


def rounds(crisol, rows, count, memory_limit, server=None):
    data = make_data(crisol, rows)
    size = sum(file.stat().st_size for file in data.glob("*.csv"))
    for file in data.glob("*.csv"):
        file.read_bytes()  # neither pays for a cold cache
    results, golds = {"crisol": [], "peer": []}, {}
    for number in range(count):
        place = PLACE / "run"
        shutil.rmtree(place, ignore_errors=True)
        (place / "crisol").mkdir(parents=True)
        (place / "peer").mkdir()
        turns = [("crisol", lambda: run_crisol(crisol, place / "crisol", data, memory_limit, server)),
                 ("peer", lambda: run_peer(place / "peer", data, memory_limit, server))]
        for name, run in turns if number % 2 == 0 else reversed(turns):
            results[name].append(run())
            if server:
                golds[name] = gold_of(server)
    print(f"\n{rows:,} payments, {size / MIB:.0f} MiB of CSV, {count} rounds, {os.cpu_count()} cores"
          + (f", memory_limit {memory_limit}" if memory_limit else "") + (", gold in PostgreSQL" if server else ""))
    print(f"  {'':8}{'median s':>10}{'min s':>9}{'rows/s':>12}{'peak MiB':>10}")
    for name, runs in results.items():
        seconds = [run[0] for run in runs]
        peak = max(run[1] for run in runs)
        print(f"  {name:8}{statistics.median(seconds):>10.2f}{min(seconds):>9.2f}"
              f"{rows / statistics.median(seconds):>12,.0f}{peak / MIB:>10.0f}")
    compare(place / "crisol", place / "peer", (golds["crisol"], golds["peer"]) if server else None)
    stages = summary_of(place / "crisol")["seconds"]
    print("  crisol's stages: " + ", ".join(f"{stage} {value:.2f}" for stage, value in stages.items()))
    return results


def claim(text, value, target):
    kept = value <= target
    print(f"  {'kept  ' if kept else 'MISSED'}  {text}: {value:.2f}, at most {target:g} wanted")
    return kept


def measure_postgresql(crisol, options, median, peak):
    sys.path.insert(0, str(ROOT / "tests/e2e"))
    import postgresql
    server = postgresql.Server()
    try:
        runs = rounds(crisol, options.rows, options.rounds, None, server)
    finally:
        server.close()
    kept = [claim("time, crisol / peer", median(runs["crisol"]) / median(runs["peer"]), 0.8),
            claim("peak memory, crisol / peer", peak(runs["crisol"]) / peak(runs["peer"]), 1)]
    shutil.rmtree(PLACE / "run", ignore_errors=True)
    return 0 if all(kept) or not options.strict else 1


def run_on_store(crisol, directory, store):
    """The seed's config without mounts: raw data, silver and quarantine are in the store, gold in a DuckDB file."""
    shutil.copytree(ROOT / "examples" / "seed" / "config", directory / "config")
    shutil.copy(ROOT / "examples" / "services" / "config" / "env.yml", directory / "config" / "env.yml")
    for bucket, prefix in (("silver", ""), ("raw", "quarantine/")):
        for key in store.keys(bucket, prefix):
            store.delete(bucket, key)
    os.environ.update(store.environment)
    (directory / "lake").mkdir()
    return measure_run(crisol, directory)


def measure_s3(crisol, options, median):
    """crisol on a MinIO that is started for it, against crisol on the local disk, in turns."""
    sys.path.insert(0, str(ROOT / "tests/e2e"))
    import minio
    store = minio.Server()
    results = {"S3": [], "disk": []}
    try:
        for bucket in ("raw", "silver"):
            store.make_bucket(bucket)
        data = make_data(crisol, options.rows)
        for file in sorted(data.glob("*.csv")):
            store.put("raw", f"casos-uso/payments-high-volume/{file.name}", file.read_bytes())
        for number in range(options.rounds):
            place = PLACE / "run"
            shutil.rmtree(place, ignore_errors=True)
            for name in results:
                (place / name).mkdir(parents=True)
            turns = [("S3", lambda: run_on_store(crisol, place / "S3", store)),
                     ("disk", lambda: run_crisol(crisol, place / "disk", data, None))]
            for name, run in turns if number % 2 == 0 else reversed(turns):
                results[name].append(run())
            rows = {name: summary_of(place / name)["rows"] for name in results}
            if rows["S3"] != rows["disk"]:
                sys.exit(f"different rows: {rows}")
    finally:
        store.close()
    print(f"\n{options.rows:,} payments, {options.rounds} rounds, {os.cpu_count()} cores: crisol on S3 and on the local disk")
    for name, runs in results.items():
        print(f"  {name:8}{median(runs):>8.2f} s, {max(run[1] for run in runs) / MIB:.0f} MiB at the peak")
    shutil.rmtree(PLACE / "run", ignore_errors=True)
    kept = claim("time, S3 / local disk", median(results["S3"]) / median(results["disk"]), 1.25)
    return 0 if kept or not options.strict else 1


def measure_broken(crisol, options, median):
    """crisol on files of which one record in a hundred is broken, against the same files as they were, in turns."""
    clean = make_data(crisol, options.rows)
    broken = PLACE / f"broken-{options.rows}"
    shutil.rmtree(broken, ignore_errors=True)
    n_malformed, n_wrong = break_files(clean, broken)
    data = {"broken": broken, "clean": clean}
    results = {name: [] for name in data}
    for number in range(options.rounds):
        place = PLACE / "run"
        shutil.rmtree(place, ignore_errors=True)
        for name in data:
            (place / name).mkdir(parents=True)
        for name in data if number % 2 == 0 else reversed(data):
            results[name].append(run_crisol(crisol, place / name, data[name], None))
        rows = {name: summary_of(place / name)["rows"] for name in data}
        if rows["broken"]["read"] != rows["clean"]["read"] or rows["broken"]["malformed"] != n_malformed:
            sys.exit(f"different rows, {n_malformed} are malformed: {rows}")
    print(f"\n{options.rows:,} payments, {options.rounds} rounds, {os.cpu_count()} cores: {n_malformed:,} records malformed in "
          f"{len(MALFORMED)} ways and {n_wrong:,} with a wrong value in {len(WRONG)}, against the same ones unbroken")
    for name, runs in results.items():
        print(f"  {name:8}{median(runs):>8.2f} s, {max(run[1] for run in runs) / MIB:.0f} MiB at the peak")
    shutil.rmtree(PLACE / "run", ignore_errors=True)
    shutil.rmtree(broken)
    kept = claim("time, broken / clean", median(results["broken"]) / median(results["clean"]), 1.2)
    return 0 if kept or not options.strict else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--crisol", type=pathlib.Path, required=True)
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--large", action="store_true", help="10,000,000 rows under memory_limit 1GB as well")
    parser.add_argument("--postgresql", action="store_true", help="gold in a PostgreSQL that is started for it, instead")
    parser.add_argument("--s3", action="store_true", help="crisol on a MinIO that is started for it against the local disk")
    parser.add_argument("--broken", action="store_true", help="one record in a hundred broken, against none")
    parser.add_argument("--strict", action="store_true", help="exit 1 where a target is missed")
    options = parser.parse_args()
    crisol = options.crisol.resolve()
    PLACE.mkdir(parents=True, exist_ok=True)

    def median(runs):
        return statistics.median(run[0] for run in runs)

    def peak(runs):
        return max(run[1] for run in runs)

    print(f"DuckDB {duckdb.__version__} in Python as the peer")
    if options.s3:
        return measure_s3(crisol, options, median)
    if options.broken:
        return measure_broken(crisol, options, median)
    if options.postgresql:
        return measure_postgresql(crisol, options, median, peak)
    small = rounds(crisol, options.rows, options.rounds, None)
    kept = [claim("time, crisol / peer", median(small["crisol"]) / median(small["peer"]), 1),
            claim("peak memory, crisol / peer", peak(small["crisol"]) / peak(small["peer"]), 1)]
    if options.large:
        large = rounds(crisol, 10 * options.rows, 1, "1GB")
        kept += [claim("peak memory, MiB", peak(large["crisol"]) / MIB, 2000 * 1000 * 1000 / MIB),
                 claim("time a row / that of the smaller run", median(large["crisol"]) / median(small["crisol"]) / 10,
                       1.3)]
    shutil.rmtree(PLACE / "run", ignore_errors=True)
    return 0 if all(kept) or not options.strict else 1


if __name__ == "__main__":
    sys.exit(main())
