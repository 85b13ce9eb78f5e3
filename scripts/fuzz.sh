#!/bin/sh
# Runs the fuzz targets one after another: scripts/fuzz.sh [TARGET...], SECONDS_EACH (600) of time for each. An input that
# breaks one is written to build/fuzz/found/; its smallest form goes to tests/fuzz/found/<target>/.
set -eu

cd "$(dirname "$0")/.."
scripts/setup.sh fuzz
scripts/build.sh build/fuzz -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCRISOL_FUZZ=ON -DCRISOL_WERROR=ON
failed=
# shellcheck disable=SC2048 # names of targets
for name in ${*:-csv json yaml schema expr pattern}; do
  corpus=build/fuzz/corpus/$name
  mkdir -p "$corpus" build/fuzz/found
  found=$(ls -d tests/fuzz/found/"$name" 2> /dev/null || :)
  # shellcheck disable=SC2086 # a directory or nothing
  if build/fuzz/tests/fuzz_"$name" -max_total_time="${SECONDS_EACH:-600}" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix=build/fuzz/found/"$name"- \
    "$corpus" tests/fuzz/seeds/"$name" $found > build/fuzz/"$name".log 2>&1; then
    echo "[fuzz] $name: $(grep number_of_executed build/fuzz/"$name".log | tr -dc 0-9) inputs, nothing found"
  else
    tail -n 40 build/fuzz/"$name".log
    failed="$failed $name"
  fi
done
[ -z "$failed" ] || {
  echo "[fuzz] failed:$failed"
  exit 1
}
