#!/bin/sh
# Asks crisol and Spark the same: random expressions, and every documented example: scripts/conformance.sh [OPTION...]
#   SEED=N     the seed, printed by every run; by the clock unless given
#   COUNT=N    so many expressions (20000)
# OPTIONs are those of tests/conformance/conformance.py: --only FUNCTION, --record FILE, --least PERCENT.
# The exit code is 1 where less than 99.7 % agree. docs/conformance.md says how its result is read.
set -eu

cd "$(dirname "$0")/.."
scripts/setup.sh spark
TARGETS=conformance_answer scripts/build.sh build/conformance -DCMAKE_BUILD_TYPE=Release -DCRISOL_TESTS=ON
exec python3 -B tests/conformance/conformance.py --program build/conformance/tests/conformance_answer \
  ${SEED:+--seed "$SEED"} ${COUNT:+--count "$COUNT"} "$@"
