#!/bin/sh
# Both use cases of the seed at their full size, raw -> silver, quarantine, gold, metadata: scripts/demo.sh [services]
#   make demo            in demo/, buckets are directories and the warehouse is a DuckDB file
#   make demo-services   in demo-services/, on a MinIO and a PostgreSQL that are started for it: the seed's guide
# PAYMENTS and EVENTS set other numbers of rows.
set -eu

cd "$(dirname "$0")/.."
crisol=$PWD/build/crisol
examples=$PWD/examples
place=demo
[ "${1:-}" != services ] || place=demo-services
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

run_pipelines() {
  title "Use case 1, payments, as the seed writes it"
  run run config/datasets/casos_uso/payments_high_volume.yml config/env.yml config/database.yml development

  title "Use case 2, events, as the seed writes it: its pattern for UUIDs has four groups where a UUID has five"
  run run config/datasets/casos_uso/multi_format_extreme.yml config/env.yml config/database.yml development

  title "Use case 2 with the pattern mended (examples/events)"
  run run "$examples/events/events.yml" --env config/env.yml --db config/database.yml \
    --set "source.path=s3a://raw/casos-uso/multi-format/*.json" "$@"
}

show_local() {
  cat << END
  cd demo
  ../build/crisol show config/datasets/casos_uso/payments_high_volume.yml --env config/env.yml --db config/database.yml \\
    --environment development --quarantine
  ../build/crisol runs
  ../build/crisol init "lake/raw/casos-uso/payments-high-volume/*.csv" --id mine

  The gold tables are in lake/warehouse.duckdb: gold.payments_high_volume, gold.multi_format_extreme, gold.events;
  metadata.pipeline_executions, quality_results, run_files, schema_drift and dataset_versions are beside them.
END
}

show_services() {
  cat << END
  . build/services/environment; cd demo-services
  ../scripts/s3.py ls s3://silver/payments-high-volume/year=2023/
  psql -c 'SELECT count(*), sum(amount), min(payment_date), max(payment_date) FROM gold.payments_high_volume'
  psql -c "SELECT dataset_name, status, rows_read, rows_quarantined FROM metadata.pipeline_executions"
  ../build/crisol runs
  scripts/services.sh down                            stops both servers and removes their data
END
}

rm -rf "$place/config"
mkdir -p "$place/lake/raw/casos-uso"
cp -R examples/seed/config "$place/config"
if [ $place = demo-services ]; then
  cp examples/services/config/*.yml "$place/config/"
  [ "$(scripts/services.sh status)" = "[services] up" ] || scripts/services.sh up
  # shellcheck disable=SC1091 # services.sh writes it
  . build/services/environment
fi
cd "$place"

title "Raw data: $payments payments in 20 CSV files, $events events in 20 JSON files"
generate payments "$payments" lake/raw/casos-uso/payments-high-volume
generate events "$events" lake/raw/casos-uso/multi-format

if [ $place = demo ]; then
  run_pipelines
  title "Validation"
  ../scripts/validate_results.sh .
  title "Ten rows of gold"
  run show config/datasets/casos_uso/payments_high_volume.yml --env config/env.yml --db config/database.yml \
    --environment development --gold -n 10
  title "What to try next"
  show_local
else
  title "Upload to the bucket raw, and the metadata tables"
  ../scripts/s3.py cp lake/raw/casos-uso s3://raw/casos-uso
  run db init --db config/database.yml --environment development
  run db check --db config/database.yml --environment development
  run_pipelines --set output.silver.path=s3a://silver/events --set quality.quarantine=s3a://raw/quarantine/events
  title "Validation"
  ../scripts/validate_results.sh .
  title "What to look at next"
  show_services
fi
