#!/bin/sh
# Builds and runs all tests: scripts/test.sh coverage|sanitize|asan|golden...
#   coverage   a debug build with gcov counters; prints the line coverage of src/ and fails under the threshold
#   sanitize   under AddressSanitizer and UndefinedBehaviorSanitizer, those that give these code of their own (tests/e2e.cmake)
#   asan       the same, every test
#   golden     runs only the tests that have golden files, and rewrites these
# ONLY=TEXT runs the tests whose name contains it (and measures no coverage).
set -eu

cd "$(dirname "$0")/.."
scripts/setup.sh test
scripts/minio.sh & # Go compiles one large package alone at its end: meanwhile the C builds take the other processors
minio=$!
trap wait EXIT
jobs=${JOBS:-$(($(nproc) + 2))} # many tests wait for a server or a clock
only=${ONLY:-}
threshold=85

run_ctest() {
  directory=$1
  shift
  ctest --test-dir "$directory" --parallel "$jobs" --output-on-failure --no-tests=error ${only:+-R "$only"} "$@"
}

build_coverage() {
  scripts/build.sh build/coverage -DCMAKE_BUILD_TYPE=Debug -DCRISOL_COVERAGE=ON -DCRISOL_FAULTS=ON -DCRISOL_WERROR=ON
}

run_coverage() {
  find build/coverage -name '*.gcda' -delete
  run_ctest build/coverage
  if [ -z "$only" ]; then
    python3 scripts/coverage.py --fail-under "$threshold" build/coverage
  fi
}

build_asan() {
  scripts/build.sh build/asan -DCMAKE_BUILD_TYPE=Debug -DCRISOL_SANITIZE=ON -DCRISOL_FAULTS=ON -DCRISOL_WERROR=ON
}

# Only leaks that are seen inside libduckdb are suppressed; a leak is looked for when a process ends by itself.
run_asan() {
  ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 \
    UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
    LSAN_OPTIONS="suppressions=$PWD/tests/lsan.supp:print_suppressions=0" \
    run_ctest build/asan "$@"
}

build_sanitize() {
  build_asan
}

run_sanitize() {
  run_asan -LE once
}

build_golden() {
  build_coverage
}

run_golden() {
  only=golden
  CRISOL_GOLDEN=rewrite run_ctest build/coverage
  git --no-pager diff --stat -- tests/golden docs scripts
}

for part in "$@"; do
  "build_$part"
done
wait "$minio"
for part in "$@"; do
  "run_$part"
done
