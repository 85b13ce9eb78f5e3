#!/bin/sh
# Throw-away servers on the loopback, for development: scripts/services.sh up|down|status [spark]
# `up` starts PostgreSQL and MinIO on free ports and writes what a program needs to find them to build/services/environment:
#   . build/services/environment           AWS_*, PG* and WAREHOUSE_PASSWORD
# `up spark` starts a Spark Connect server in the same way (scripts/setup.sh spark brings it):
#   . build/services-spark/environment     SPARK_REMOTE
#   SPARK_MASTER='local-cluster[2,1,1024]'   before it: two executors in processes of their own, instead of local[2]
#   SPARK_OPTIONS='--conf key=value'         more of spark-submit's options
# `down` stops all of it by process ids and removes its data; `down spark` Spark alone.
set -eu

cd "$(dirname "$0")/.."
place=$PWD/build/services
spark_place=$PWD/build/services-spark

say() {
  printf '[services] %s\n' "$*"
}

die() {
  printf '[services] error: %s\n' "$*" >&2
  exit 1
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# initdb refuses to be root: the server is then user postgres's.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid postgres --regid postgres --clear-groups env HOME="$data" "$@"
  else
    "$@"
  fi
}

is_running() {
  [ -s "$1" ] && kill -0 "$(head -n 1 "$1")" 2> /dev/null
}

# wait_for SECONDS COMMAND...
wait_for() {
  tries=$(($1 * 10))
  shift
  until "$@" > /dev/null 2>&1; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 1
    sleep 0.1
  done
}

start_postgresql() {
  bin=$(find /usr/lib/postgresql -path '*/bin/initdb' 2> /dev/null | sort -V | tail -n 1)
  [ -n "$bin" ] || bin=$(command -v initdb) || die "PostgreSQL is not installed; run scripts/setup.sh test"
  bin=$(dirname "$bin")
  printf '%s' "$WAREHOUSE_PASSWORD" > "$data/password"
  [ "$(id -u)" != 0 ] || chown postgres:postgres "$data" "$data/password"
  (
    cd "$data"
    as_postgres "$bin/initdb" --pgdata "$data/postgresql" --username postgres --pwfile "$data/password" \
      --auth scram-sha-256 --encoding UTF8 --locale C --no-sync > "$data/initdb.log" 2>&1
    rm -f "$data/password"
    as_postgres "$bin/pg_ctl" start --wait --pgdata "$data/postgresql" --log "$data/postgresql.log" \
      --options "-c listen_addresses=127.0.0.1 -c port=$PGPORT -c unix_socket_directories=$data" > /dev/null
  )
  PGPASSWORD=$WAREHOUSE_PASSWORD psql -q -h 127.0.0.1 -p "$PGPORT" -U postgres -d postgres -c 'CREATE DATABASE data_warehouse'
}

start_minio() {
  scripts/minio.sh
  mkdir "$data/minio"
  (
    cd "$data/minio"
    MINIO_ROOT_USER=$AWS_ACCESS_KEY_ID MINIO_ROOT_PASSWORD=$AWS_SECRET_ACCESS_KEY MINIO_BROWSER=off HOME=$data/minio \
      exec "$OLDPWD/build/deps/minio/minio" server --quiet --address "127.0.0.1:$minio_port" "$data/minio/data"
  ) > "$data/minio.log" 2>&1 < /dev/null &
  echo $! > "$place/minio.pid"
  wait_for 30 python3 scripts/s3.py mb raw silver || die "MinIO does not answer; see $data/minio.log"
}

up() {
  ! is_running "$place/minio.pid" || die "they are up; scripts/services.sh down stops them"
  rm -rf "$place"
  mkdir -p "$place"
  data=$(mktemp -d "${TMPDIR:-/tmp}/crisol-services-XXXXXX")
  chmod 755 "$data"
  echo "$data" > "$place/data"
  minio_port=$(free_port)
  AWS_ACCESS_KEY_ID=minio AWS_SECRET_ACCESS_KEY=minio12345 AWS_ENDPOINT_URL=http://127.0.0.1:$minio_port
  PGPORT=$(free_port) WAREHOUSE_PASSWORD=postgres
  export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_ENDPOINT_URL PGPORT WAREHOUSE_PASSWORD
  start_postgresql
  start_minio
  cat > "$place/environment" << END
export AWS_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY
export AWS_ENDPOINT_URL=$AWS_ENDPOINT_URL
export PGHOST=127.0.0.1 PGPORT=$PGPORT PGUSER=postgres PGDATABASE=data_warehouse PGPASSWORD=$WAREHOUSE_PASSWORD
export WAREHOUSE_PASSWORD=$WAREHOUSE_PASSWORD
END
  say "up: PostgreSQL on port $PGPORT, MinIO on port $minio_port; \`. build/services/environment\` to use them"
}

down() {
  [ -s "$place/data" ] || return 0
  data=$(cat "$place/data")
  for pid_file in "$place/minio.pid" "$data/postgresql/postmaster.pid"; do
    is_running "$pid_file" || continue
    pid=$(head -n 1 "$pid_file")
    # PostgreSQL: SIGINT is its fast shutdown
    if [ "$pid_file" = "$place/minio.pid" ]; then kill "$pid"; else kill -INT "$pid"; fi
    wait_for 30 sh -c "! kill -0 $pid" || die "process $pid does not end"
  done
  rm -rf "$data" "$place"
  say "down"
}

# `serve` becomes the server, so that its process id is this job's.
up_spark() {
  ! is_running "$spark_place/pid" || die "Spark is up; scripts/services.sh down spark stops it"
  rm -rf "$spark_place"
  mkdir -p "$spark_place"
  data=$(mktemp -d "${TMPDIR:-/tmp}/crisol-spark-XXXXXX")
  echo "$data" > "$spark_place/data"
  port=$(free_port)
  # shellcheck disable=SC2086 # a list of words
  scripts/spark.sh serve "$port" "$data" --conf "spark.master=${SPARK_MASTER:-local[2]}" ${SPARK_OPTIONS:-} \
    > "$data/log" 2>&1 < /dev/null &
  echo $! > "$spark_place/pid"
  if ! wait_for 120 sh -c "scripts/spark.sh answers $port || ! kill -0 $!" || ! is_running "$spark_place/pid"; then
    die "Spark does not start; see $data/log"
  fi
  echo "export SPARK_REMOTE=sc://127.0.0.1:$port" > "$spark_place/environment"
  say "up: Spark on port $port; \`. build/services-spark/environment\` to use it"
}

# An executor ends by itself when its driver is gone.
down_spark() {
  [ -s "$spark_place/data" ] || return 0
  data=$(cat "$spark_place/data")
  if is_running "$spark_place/pid"; then
    pid=$(cat "$spark_place/pid")
    kill "$pid"
    wait_for 30 sh -c "! kill -0 $pid" || kill -9 "$pid"
  fi
  rm -rf "$data" "$spark_place"
  say "Spark down"
}

status() {
  if is_running "$1"; then say "up"; else say "down"; fi
}

case ${1:-}/${2:-} in
  up/) up ;;
  up/spark) up_spark ;;
  down/)
    down_spark
    down
    ;;
  down/spark) down_spark ;;
  status/) status "$place/minio.pid" ;;
  status/spark) status "$spark_place/pid" ;;
  *)
    sed -n '2,10p' "$0" | cut -c3-
    exit 2
    ;;
esac
