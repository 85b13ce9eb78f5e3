#!/bin/sh
# What the seed's guide looks at after a run, for either store and either warehouse: scripts/validate_results.sh [DIRECTORY]
# DIRECTORY (.) holds config/env.yml and config/database.yml of the runs, such as demo or demo-services; ENVIRONMENT
# (development) names the database's environment. Exit 1 where something is missing.
set -eu

home=$(cd "$(dirname "$0")/.." && pwd)
cd "${1:-.}"
environment=${ENVIRONMENT:-development}
crisol=${CRISOL:-$home/build/crisol}
[ -x "$crisol" ] || crisol=$(command -v crisol)
failed=0

# runs_json ARGUMENT...: what the metadata know
runs_json() {
  "$crisol" runs "$@" --json --env config/env.yml --db config/database.yml --environment "$environment"
}

# latest DATASET KEY.KEY: of the dataset's latest completed run
latest() {
  id=$(runs_json | python3 -c '
import json, sys
for run in map(json.loads, sys.stdin):
    if run["dataset"] == sys.argv[1] and run["status"] == "completed":
        print(run["run_id"])
        break' "$1")
  [ -n "$id" ] || return 0
  runs_json "$id" | python3 -c '
import json, sys
value = json.load(sys.stdin)
value = value.get("summary", value)
for key in sys.argv[1].split("."):
    value = value[key]
print(value)' "$2"
}

# count_files PATH: those that a reader sees, in a directory or an object store
count_files() {
  case $1 in
    s3://*) python3 "$home/scripts/s3.py" ls "$1" ;;
    *) find "$1" -type f ;;
  esac | grep -c '\.parquet$' || true
}

count_completed() {
  runs_json | python3 -c 'import json, sys; print(sum(json.loads(line)["status"] == "completed" for line in sys.stdin))'
}

# check TEXT COUNT
check() {
  if [ "${2:-0}" -gt 0 ] 2> /dev/null; then
    printf '  ok      %s: %s\n' "$1" "$2"
  else
    printf '  MISSING %s\n' "$1"
    failed=1
  fi
}

validate() {
  silver=$(latest "$1" silver.path)
  if [ -z "$silver" ]; then
    printf '  MISSING a completed run of %s\n' "$1"
    failed=1
    return 0
  fi
  [ "$2" = no ] || check "files in silver ($silver)" "$(count_files "$silver")"
  [ "$2" = no ] || check "rows in gold ($(latest "$1" gold.table))" "$(latest "$1" gold.rows)"
  check "files in quarantine" "$(count_files "$(latest "$1" quarantine.path)")"
}

echo "Use case 1: payments, high volume"
validate payments_high_volume yes
echo "Use case 2: events, as the seed writes it (its pattern for UUIDs quarantines every row)"
validate multi_format_extreme no
echo "Metadata"
check "completed runs" "$(count_completed)"
exit $failed
