#!/bin/sh
# `make bench` and `make bench-large`: scripts/bench.sh [large]; ROWS and ROUNDS set other numbers.
set -eu

cd "$(dirname "$0")/.."
scripts/setup.sh test
scripts/build.sh build -DCMAKE_BUILD_TYPE=Release -DCRISOL_TESTS=OFF
set -- ${1:+--$1}
exec build/venv/bin/python -B bench/bench.py --crisol build/crisol --rows "${ROWS:-1000000}" \
  --rounds "${ROUNDS:-5}" "$@"
