"""Measures `crisol run --engine spark` against bench/peer_spark.py, the same use case written by hand in PySpark.

    spark.py --crisol build/crisol [--rows N] [--rounds R]

Each has Spark on local[2] to itself, from a cold start: the peer in a process of its own, crisol with a Connect server that is
started for the run and whose time counts. In turns; wall and processor seconds of all their processes. Then the outputs are
compared: another number of rows of silver, quarantine or gold, or another sum, is a failure.
"""

import argparse
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import time

import duckdb

from bench import PLACE, ROOT, make_data, prepare_crisol

sys.path.insert(0, str(ROOT / "tests" / "e2e"))
import servers  # noqa: E402

SPARK = ROOT / "build" / "deps" / "spark"
PR_SET_CHILD_SUBREAPER = 36  # of linux/prctl.h


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def end(process, log):
    """Waits for a process, and for what it has left behind, which becomes this program's child."""
    if process.wait() not in (0, 143):
        sys.exit(f"{process.args} ended with {process.returncode}:\n{log.read_text(errors='replace')[-3000:]}")


def reap():
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass


def run_peer(directory, data):
    libraries = [str(SPARK), *map(str, SPARK.rglob("py4j-*.zip"))]
    env = {**os.environ, "SPARK_HOME": str(SPARK), "PYTHONPATH": ":".join(libraries), "SPARK_LOCAL_IP": "127.0.0.1"}
    log = directory / "log"
    started = time.monotonic()
    with open(log, "wb") as out:
        process = subprocess.Popen([sys.executable, ROOT / "bench/peer_spark.py", f"{data}/*.csv", directory / "out"], cwd=directory,
                                   stdout=out, stderr=out, env=env)
    end(process, log)
    return time.monotonic() - started


def run_crisol(crisol, directory, data):
    prepare_crisol(directory, data, None)
    port = servers.free_port()
    server_log, log = directory / "server.log", directory / "log"
    started = time.monotonic()
    with open(server_log, "wb") as out:
        server = subprocess.Popen([ROOT / "scripts/spark.sh", "serve", str(port), directory / "server", "--conf",
                                   "spark.sql.shuffle.partitions=4"], stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    while subprocess.run([ROOT / "scripts/spark.sh", "answers", str(port)], check=False).returncode != 0:
        time.sleep(0.1)
        assert server.poll() is None, server_log.read_text()
    with open(log, "wb") as out:
        process = subprocess.Popen([crisol, "run", "config/datasets/casos_uso/payments_high_volume.yml", "config/env.yml",
                                    "config/database.yml", "development", "--engine", "spark", "--json", "--quiet"], cwd=directory,
                                   stdout=out, stderr=subprocess.STDOUT, env={**os.environ, "SPARK_REMOTE": f"sc://127.0.0.1:{port}"})
    end(process, log)
    seconds = time.monotonic() - started
    server.terminate()
    end(server, server_log)
    return seconds


def outputs(directory, is_crisol):
    """Rows of silver, quarantine and gold, and the sum of the amounts."""
    if is_crisol:
        silver, bad = f"{directory}/lake/silver/**/*.parquet", f"{directory}/lake/raw/quarantine/**/*.parquet"
    else:
        silver, bad = f"{directory}/out/silver/**/*.parquet", f"{directory}/out/quarantine/*.parquet"
    with duckdb.connect() as connection:
        answer = [*connection.execute("SELECT count(*), sum(amount) FROM read_parquet(?)", [silver]).fetchone(),
                  connection.execute("SELECT count(*) FROM read_parquet(?)", [bad]).fetchone()[0]]
        if is_crisol:
            connection.execute(f"ATTACH '{directory}/lake/warehouse.duckdb' AS w (READ_ONLY)")
            gold = "w.gold.payments_high_volume"
        else:
            gold = f"read_parquet('{directory}/out/gold/*.parquet')"
        return answer + [connection.execute(f"SELECT count(*) FROM {gold}").fetchone()[0]]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--crisol", required=True, type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    servers.LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    crisol = options.crisol.resolve()
    data = make_data(crisol, options.rows)
    taken = {"crisol": [], "peer": []}
    for number in range(options.rounds):
        for name in taken:
            directory = PLACE / f"spark-{name}"
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir(parents=True)
            before = processor_seconds()
            seconds = run_crisol(crisol, directory, data) if name == "crisol" else run_peer(directory, data)
            reap()
            measured = seconds, processor_seconds() - before
            taken[name].append(measured)
            print(f"round {number + 1}: {name} {measured[0]:.1f} s, {measured[1]:.1f} s of processors", flush=True)
    both = {name: outputs(PLACE / f"spark-{name}", name == "crisol") for name in taken}
    if both["crisol"] != both["peer"]:
        sys.exit(f"the outputs differ: {both}")
    best = {name: [min(values) for values in zip(*runs)] for name, runs in taken.items()}
    print(f"{options.rows:,} payments on local[2]: crisol {best['crisol'][0]:.1f} s, PySpark by hand {best['peer'][0]:.1f} s "
          f"({best['crisol'][0] / best['peer'][0]:.2f}, at most 1.20 wanted); processors {best['crisol'][1]:.1f} s and "
          f"{best['peer'][1]:.1f} s; spread {statistics.pstdev([run[0] for run in taken['crisol']]):.1f} s")


if __name__ == "__main__":
    main()
