#!/bin/sh
# Compiles the data source against the stubs and packs it with the workers: make_jar.sh JAVAC JAR SOURCES OUTPUT WORKER...
# The same inputs give the same bytes: entries in the order of their names, and with one time.
set -eu

javac=$1
jar=$2
sources=$3
output=$4
shift 4

work=$output.d
rm -rf "$work"
mkdir -p "$work/stubs" "$work/classes/crisol/spark"
find "$sources/stubs" -name '*.java' | LC_ALL=C sort > "$work/stubs.list"
find "$sources/src" -name '*.java' | LC_ALL=C sort > "$work/sources.list"
"$javac" --release 17 -nowarn -d "$work/stubs" "@$work/stubs.list"
"$javac" --release 17 -g:source,lines -Xlint:all -Werror -cp "$work/stubs" -d "$work/classes" "@$work/sources.list"
for worker; do
  cp "$worker" "$work/classes/crisol/spark/"
done
(cd "$work/classes" && find . -type f | sed 's|^\./||' | LC_ALL=C sort) > "$work/entries.list"
rm -f "$output"
(cd "$work/classes" && "$jar" --create --no-manifest --date=2000-01-01T00:00:00Z --file "$output" "@$work/entries.list")
