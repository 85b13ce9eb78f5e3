#!/bin/sh
# `make bench`, `make bench-large`, `make bench-postgresql`, `make bench-upsert`, `make bench-scale`, `make bench-s3`,
# `make bench-broken`, `make bench-spark`: scripts/bench.sh [large|postgresql|upsert|scale|s3|broken|spark]; ROWS and ROUNDS set other numbers.
set -eu

cd "$(dirname "$0")/.."
scripts/setup.sh test
scripts/build.sh build -DCMAKE_BUILD_TYPE=Release -DCRISOL_TESTS=OFF
if [ "${1:-}" = s3 ]; then
  scripts/minio.sh
fi
if [ "${1:-}" = postgresql ] || [ "${1:-}" = spark ]; then
  build/venv/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes \
    -r bench/requirements.txt
fi
if [ "${1:-}" = upsert ]; then
  exec build/venv/bin/python -B bench/upsert.py --crisol build/crisol --rows "${ROWS:-125000}"
fi
if [ "${1:-}" = spark ]; then
  exec build/venv/bin/python -B bench/spark.py --crisol build/crisol --rows "${ROWS:-1000000}" --rounds "${ROUNDS:-3}"
fi
if [ "${1:-}" = scale ]; then
  exec build/venv/bin/python -B bench/scale.py --crisol build/crisol --only "${ONLY:-}"
fi
set -- ${1:+--$1}
exec build/venv/bin/python -B bench/bench.py --crisol build/crisol --rows "${ROWS:-1000000}" \
  --rounds "${ROUNDS:-5}" "$@"
