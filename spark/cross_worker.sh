#!/bin/sh
# Compiles the worker for another machine: cross_worker.sh COMPILER VERSION SOURCES OUTPUT ARCHIVE...
# SOURCES is the directory that has src/ and worker/; an ARCHIVE is a static library of that machine.
set -eu

compiler=$1
version=$2
sources=$3
output=$4
shift 4

cd "$sources"
# What only crisol itself uses of the ground is left out: S3, and OpenSSL's digests.
files=$(ls src/base/*.c src/value/*.c src/schema/*.c src/reader/*.c worker/*.c |
  grep -v -e /digest.c -e /remote_s3.c -e /parquet_plain.c)
# shellcheck disable=SC2086 # a list of words
exec "$compiler" -std=c17 -O2 -ffunction-sections -fdata-sections -fno-pie -ffile-prefix-map="$sources"/= -D_GNU_SOURCE \
  -DNDEBUG "-DCRISOL_VERSION=\"$version\"" -Isrc -I. -static -no-pie -s -Wl,--gc-sections -Wl,--build-id=none $files "$@" -lm \
  -o "$output"
