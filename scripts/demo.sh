#!/bin/sh
# `make demo`: both use cases of the seed at their full size, raw -> silver, quarantine, gold, metadata, in demo/.
# PAYMENTS and EVENTS set other numbers of rows.
set -eu

cd "$(dirname "$0")/.."
crisol=$PWD/build/crisol
examples=$PWD/examples
payments=${PAYMENTS:-1000000}
events=${EVENTS:-500000}

title() {
  printf '\n== %s\n' "$*"
}

run() {
  printf '$ crisol %s\n' "$*"
  "$crisol" "$@"
}

# The data is made once: the same numbers of rows give the same files.
generate() {
  kind=$1 rows=$2 directory=$3
  stamp=$directory.rows
  [ "$(cat "$stamp" 2> /dev/null)" != "$rows" ] || return 0
  rm -rf "$directory"
  run generate "$kind" "$directory" --rows "$rows" --files 20
  echo "$rows" > "$stamp"
}

rm -rf demo/config
mkdir -p demo/lake/raw/casos-uso
cp -R examples/seed/config demo/config
cd demo

title "Raw data: $payments payments in 20 CSV files, $events events in 20 JSON files"
generate payments "$payments" lake/raw/casos-uso/payments-high-volume
generate events "$events" lake/raw/casos-uso/multi-format

title "Use case 1, payments, as the seed writes it"
run run config/datasets/casos_uso/payments_high_volume.yml config/env.yml config/database.yml development

title "Use case 2, events, as the seed writes it: its pattern for UUIDs has four groups where a UUID has five"
run run config/datasets/casos_uso/multi_format_extreme.yml config/env.yml config/database.yml development

title "Use case 2 with the pattern mended (examples/events)"
run run "$examples/events/events.yml" --env config/env.yml --db config/database.yml \
  --set "source.path=s3a://raw/casos-uso/multi-format/*.json"

title "What to look at next"
cat << END
  cd demo
  ls lake/silver/payments-high-volume                 silver, one directory a month
  ls lake/raw/quarantine                              rejected rows, with _failed_rules
  ../build/crisol runs                                what ran, and what became of each row
  ../build/crisol plan config/datasets/casos_uso/payments_high_volume.yml --sql
  ../build/crisol eval "add_months(DATE '2024-01-31', 1)"   any Spark SQL expression
  ../build/crisol check config/datasets/casos_uso/*extreme.yml
  The gold tables are in lake/warehouse.duckdb: gold.payments_high_volume, gold.multi_format_extreme, gold.events;
  metadata.pipeline_executions, quality_results, run_files and dataset_versions are beside them.
END
