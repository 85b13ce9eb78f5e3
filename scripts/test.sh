#!/bin/sh
# Builds and runs tests: scripts/test.sh [all|plain|asan|golden]
#   all     each test once: under AddressSanitizer and UndefinedBehaviorSanitizer those that give these code of their own, plain
#           those that are labelled so (tests/e2e.cmake); prints the line coverage of src/ by both and fails under the threshold
#   plain   every test, in a debug build
#   asan    every test, under the sanitizers
#   golden  runs only the tests that have golden files, and rewrites these
# ONLY=TEXT runs the tests whose name contains it (and fails under no threshold).
set -eu

cd "$(dirname "$0")/.."
scripts/setup.sh test
scripts/minio.sh & # Go compiles one large package alone at its end: meanwhile the C builds take the other processors
minio=$!
trap wait EXIT
jobs=${JOBS:-$(($(nproc) + 2))} # many tests wait for a server or a clock
only=${ONLY:-}
threshold=85

build_plain() {
  scripts/build.sh build/coverage -DCMAKE_BUILD_TYPE=Debug -DCRISOL_COVERAGE=ON -DCRISOL_FAULTS=ON -DCRISOL_WERROR=ON
}

build_asan() {
  scripts/build.sh build/asan -DCMAKE_BUILD_TYPE=Debug -DCRISOL_COVERAGE=ON -DCRISOL_SANITIZE=ON -DCRISOL_FAULTS=ON \
    -DCRISOL_WERROR=ON
}

build_all() {
  build_plain
  build_asan
}

build_golden() {
  build_plain
}

# Whether a build has tests of this choice: one of the two may have none of those that ONLY names.
has_tests() {
  ctest --test-dir "$@" ${only:+-R "$only"} -N | grep -q '^Total Tests: [1-9]'
}

# Only leaks that are seen inside libduckdb are suppressed; a leak is looked for when a process ends by itself.
run_ctest() {
  directory=$1
  shift
  ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 \
    UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 \
    LSAN_OPTIONS="suppressions=$PWD/tests/lsan.supp:print_suppressions=0" \
    ctest --test-dir "$directory" --parallel "$jobs" --output-on-failure --no-tests=error ${only:+-R "$only"} "$@"
}

run_plain() {
  run_ctest build/coverage
}

run_asan() {
  run_ctest build/asan
}

run_all() {
  find build/coverage build/asan -name '*.gcda' -delete
  if [ -z "$only" ]; then
    run_ctest build/coverage -L 'plain|both'
    run_ctest build/asan -LE plain
    python3 scripts/coverage.py --fail-under "$threshold" build/coverage build/asan
    return
  fi
  if has_tests build/coverage -L 'plain|both'; then
    run_ctest build/coverage -L 'plain|both'
  fi
  if has_tests build/asan -LE plain || ! has_tests build/coverage -L 'plain|both'; then
    run_ctest build/asan -LE plain
  fi
}

run_golden() {
  only=golden
  CRISOL_GOLDEN=rewrite run_ctest build/coverage
  git --no-pager diff --stat -- tests/golden docs scripts
}

part=${1:-all}
"build_$part"
wait "$minio"
"run_$part"
