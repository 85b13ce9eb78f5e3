#!/bin/sh
# Checks what a compiler lets pass: scripts/lint.sh [PART...], all parts but the last unless told.
#   format     clang-format finds nothing to change
#   headers    each header compiles by itself
#   house      scripts/house.py: documented prototypes, lengths of functions, sizes of folders
#   shell      shellcheck over the scripts
#   release    gcc -O2 without a warning (an optimizer sees more)
#   clang      clang without a warning
#   analyzer   gcc -fanalyzer
#   tidy       clang-tidy with .clang-tidy
#   deep       clang's static analyzer, many minutes
set -eu

cd "$(dirname "$0")/.."
scripts/setup.sh lint
jobs=${JOBS:-$(nproc)}
failed=

c_files() {
  git ls-files -z -- 'src/*.[ch]' 'worker/*.[ch]' 'tests/*.[ch]'
}

run_format() {
  c_files | xargs -0 clang-format --dry-run -Werror
}

# A header sees what its folder sees: all of src/, as the order of folders is CMake's to keep.
run_headers() {
  libpq=$(pkg-config --variable=includedir libpq)
  mkdir -p build/lint-messages
  protoc-c --c_out=build/lint-messages --proto_path=src/engine/spark connect.proto status.proto
  git ls-files -z -- 'src/*.h' 'worker/*.h' | xargs -0 -P "$jobs" -I '{}' cc -std=c17 -D_GNU_SOURCE -DCRISOL_VERSION='"0"' -Wall -Wextra \
    -Wno-unused-function -Isrc -I. -isystem build/deps/duckdb -isystem "$libpq" -isystem build/lint-messages -fsyntax-only -x c '{}'
}

run_house() {
  python3 scripts/house.py
}

run_shell() {
  git ls-files -z -- 'scripts/*.sh' .ci/run | xargs -0 shellcheck
}

run_release() {
  scripts/build.sh build/lint-release -DCMAKE_BUILD_TYPE=Release -DCRISOL_WERROR=ON -DCRISOL_TESTS=OFF
}

run_clang() {
  scripts/build.sh build/lint-clang -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DCRISOL_WERROR=ON
}

run_analyzer() {
  scripts/build.sh build/lint-analyzer -DCMAKE_BUILD_TYPE=Debug -DCRISOL_WERROR=ON -DCRISOL_ANALYZER=ON -DCRISOL_TESTS=OFF
}

clang_tidy() {
  scripts/build.sh build/lint-clang -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DCRISOL_WERROR=ON > /dev/null
  git ls-files -z -- 'src/*.c' 'worker/*.c' |
    xargs -0 -P "$jobs" -n 8 clang-tidy --quiet --warnings-as-errors='*' -p build/lint-clang "$@"
}

run_tidy() {
  clang_tidy
}

# Left out: what wants memcpy_s, which glibc has not; what does not see va_start in a function that clang 14 inlines; the order of
# fields, which is that of reading.
run_deep() {
  checks='-*,clang-analyzer-*,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling'
  clang_tidy --checks="$checks,-clang-analyzer-valist.Uninitialized,-clang-analyzer-optin.performance.Padding"
}

for part in "${@:-format headers house shell release clang analyzer tidy}"; do
  # shellcheck disable=SC2086 # the default is a list of words
  for name in $part; do
    log=build/lint-$name.log
    if "run_$name" > "$log" 2>&1; then
      echo "[lint] $name: clean"
    else
      echo "[lint] $name: see below and $log"
      grep -v -E '^\[|^[0-9]+ warnings? generated|^Suppressed|^Use -header-filter' "$log" | tail -n 60
      failed="$failed $name"
    fi
  done
done
if [ -n "$failed" ]; then
  echo "[lint] failed:$failed"
  exit 1
fi
