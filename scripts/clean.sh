#!/bin/sh
# Removes everything below build/ but what set-up fetched (build/deps, build/venv).
set -eu

cd "$(dirname "$0")/.."
[ -d build ] || exit 0
find build -mindepth 1 -maxdepth 1 ! -name deps ! -name venv -exec rm -rf {} +
