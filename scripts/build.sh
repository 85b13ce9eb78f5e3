#!/bin/sh
# Configures and builds one build directory: scripts/build.sh DIRECTORY [CMAKE-OPTION...]
# An unchanged configuration is not configured again; ccache is used where it is installed. TARGETS=NAME builds this alone.
set -eu

cd "$(dirname "$0")/.."
directory=$1
shift

if command -v ccache > /dev/null 2>&1; then
  set -- "$@" -DCMAKE_C_COMPILER_LAUNCHER=ccache
fi
stamp=$directory/.configured
if [ ! -e "$directory/build.ninja" ] || [ "$(cat "$stamp" 2> /dev/null)" != "$*" ]; then
  mkdir -p "$directory"
  cmake -S . -B "$directory" -G Ninja "$@" > "$directory/configure.log" 2>&1 || {
    cat "$directory/configure.log" >&2
    exit 1
  }
  echo "$*" > "$stamp"
fi
cmake --build "$directory" --parallel "${JOBS:-$(nproc)}" ${TARGETS:+--target "$TARGETS"}
