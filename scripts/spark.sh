#!/bin/sh
# Apache Spark 4.3 for the tests and for development, out of PyPI's pyspark (435 MiB to fetch, 460 MiB on disk; Java 17 or later):
#   scripts/spark.sh                                brings it to build/deps/spark
#   scripts/spark.sh s3a                            brings what it needs for s3a:// to build/deps/spark/s3a, by Maven (22 MB)
#   scripts/spark.sh answers PORT                   whether a server takes connections there
#   scripts/spark.sh serve PORT DIRECTORY [OPTION...]   becomes a Connect server on this port of the loopback, with what it writes
#                                                   below DIRECTORY; OPTIONs are spark-submit's, such as --master 'local[2]'
#   scripts/spark.sh java DIRECTORY FILE.java       becomes a program in Java that uses Spark in its own process; ANSI is off
# SPARK_JAVA_OPTIONS is for its JVM: `quick` stands for those that make it start in half the time and compute slower.
set -eu

cd "$(dirname "$0")/.."
home=$PWD/build/deps/spark
archive=$home/classes.jsa

say() {
  printf '[spark] %s\n' "$*"
}

die() {
  printf '[spark] error: %s\n' "$*" >&2
  exit 1
}

# What Spark's own scripts tell Java 17 and later to open; an option that a JVM does not know is passed over.
java_options() {
  for package in java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util java.util.concurrent \
    java.util.concurrent.atomic jdk.internal.ref sun.nio.ch sun.nio.cs sun.security.action sun.util.calendar; do
    printf ' --add-opens=java.base/%s=ALL-UNNAMED' "$package"
  done
  printf ' %s' --add-opens=java.security.jgss/sun.security.krb5=ALL-UNNAMED -XX:+IgnoreUnrecognizedVMOptions \
    -Djdk.reflect.useDirectMethodHandle=false -Dio.netty.tryReflectionSetAccessible=true --enable-native-access=ALL-UNNAMED
}

serve() {
  port=$1 directory=$2
  shift 2
  [ -e "$home/jars" ] || die "Spark is not here; scripts/setup.sh spark brings it"
  mkdir -p "$directory/conf" "$directory/tmp"
  printf '%s\n' 'rootLogger.level = warn' 'rootLogger.appenderRef.stdout.ref = console' 'appender.console.type = Console' \
    'appender.console.name = console' 'appender.console.target = SYSTEM_ERR' 'appender.console.layout.type = PatternLayout' \
    'appender.console.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex' > "$directory/conf/log4j2.properties"
  options=${SPARK_JAVA_OPTIONS:-}
  [ "$options" != quick ] || options='-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'
  [ ! -e "$archive" ] || options="$options -XX:SharedArchiveFile=$archive"
  cd "$directory"
  # shellcheck disable=SC2046,SC2086 # lists of words
  exec env SPARK_HOME="$home" SPARK_SCALA_VERSION=2.13 LC_ALL=C.UTF-8 SPARK_LOCAL_IP=127.0.0.1 SPARK_CONF_DIR="$directory/conf" SPARK_LOCAL_DIRS="$directory/tmp" \
    java -cp "$home/jars/*" $options $(java_options) "-Xmx${SPARK_MEMORY:-1g}" -Djava.io.tmpdir="$directory/tmp" \
    "-Dlog4j2.configurationFile=$directory/conf/log4j2.properties" org.apache.spark.deploy.SparkSubmit \
    --class org.apache.spark.sql.connect.service.SparkConnectServer \
    --conf spark.ui.enabled=false --conf spark.driver.host=127.0.0.1 --conf spark.driver.bindAddress=127.0.0.1 \
    --conf spark.connect.grpc.binding.address=127.0.0.1 --conf "spark.connect.grpc.binding.port=$port" \
    --conf "spark.sql.warehouse.dir=$directory/warehouse" --conf spark.sql.catalogImplementation=in-memory \
    --conf "spark.master=local[2]" "$@" spark-internal
}

# For a program that asks many small things: it starts and is compiled quickly, and what it writes is below DIRECTORY.
java_program() {
  directory=$1 source=$2
  [ -e "$home/jars" ] || die "Spark is not here; scripts/setup.sh spark brings it"
  mkdir -p "$directory/classes" "$directory/tmp"
  # Without an appender Spark would take its own configuration.
  printf '%s\n' 'rootLogger.level = off' 'rootLogger.appenderRef.stdout.ref = console' 'appender.console.type = Console' \
    'appender.console.name = console' > "$directory/log4j2.properties"
  javac -nowarn -cp "$home/jars/*" -d "$directory/classes" "$source"
  # shellcheck disable=SC2046 # a list of words
  exec env LC_ALL=C.UTF-8 SPARK_LOCAL_IP=127.0.0.1 SPARK_LOCAL_DIRS="$directory/tmp" \
    java -cp "$directory/classes:$home/jars/*" -XX:+UseSerialGC -Xss16m $(java_options) \
    "-Xmx${SPARK_MEMORY:-2g}" -Djava.io.tmpdir="$directory/tmp" "-Dlog4j2.configurationFile=file:$directory/log4j2.properties" \
    -Dspark.ui.enabled=false -Dspark.driver.host=127.0.0.1 -Dspark.driver.bindAddress=127.0.0.1 -Dspark.sql.ansi.enabled=false \
    "-Dspark.sql.warehouse.dir=$directory/warehouse" -Dspark.sql.catalogImplementation=in-memory \
    -Dspark.sql.datetime.java8API.enabled=true "$(basename "$source" .java)"
}

is_listening() {
  python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)' "$1" 2> /dev/null
}

# An archive of the classes that a start loads (Java's class data sharing): with it a server starts in half the time.
make_archive() {
  say "looking at the classes that it loads, for quick starts"
  work=$home/work
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  rm -rf "$work" "$archive" "$archive.new"
  mkdir -p "$work"
  SPARK_JAVA_OPTIONS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ArchiveClassesAtExit=$archive.new" \
    "$0" serve "$port" "$work" > "$work/log" 2>&1 &
  server=$!
  tries=1200
  until is_listening "$port"; do
    tries=$((tries - 1))
    if [ "$tries" = 0 ] || ! kill -0 "$server" 2> /dev/null; then
      cat "$work/log" >&2
      kill -9 "$server" 2> /dev/null || true
      die "the server does not start"
    fi
    sleep 0.1
  done
  kill "$server"
  wait "$server" || true # 143
  mv "$archive.new" "$archive" || say "this JVM makes no such archive: servers will start slowly"
  rm -rf "$work"
}

install() {
  stamp=$home.stamp
  [ ! -e "$stamp" ] || ! cmp -s scripts/requirements-spark.txt "$stamp" || return 0
  say "fetching PyPI's pyspark"
  rm -rf "$home" "$stamp"
  mkdir -p "$home/download"
  python3 -m venv "$home/pip"
  "$home/pip/bin/python" -m pip download --quiet --disable-pip-version-check --no-binary pyspark --no-deps \
    --require-hashes --dest "$home/download" -r scripts/requirements-spark.txt ||
    die "pip could not fetch scripts/requirements-spark.txt"
  tar -xzf "$home"/download/pyspark-*.tar.gz -C "$home/download" --no-same-owner --exclude '*/connect-repl' --exclude '*/deps/examples' \
    --exclude '*/deps/data'
  mv "$home"/download/pyspark-*/deps/* "$home"/download/pyspark-*/pyspark "$home/"
  rm -rf "$home/download" "$home/pip"
  make_archive
  cp scripts/requirements-spark.txt "$stamp"
}

s3a() {
  say "fetching Hadoop's connector to S3"
  rm -rf "$home/s3a"
  mvn -q -B -f scripts/spark-s3a.xml dependency:copy-dependencies -DoutputDirectory="$home/s3a.new" ||
    die "Maven could not fetch what scripts/spark-s3a.xml names"
  mv "$home/s3a.new" "$home/s3a"
}

case ${1:-install} in
  install) install ;;
  s3a) s3a ;;
  answers) is_listening "$2" ;;
  serve)
    shift
    serve "$@"
    ;;
  java)
    shift
    java_program "$@"
    ;;
  *)
    sed -n '2,9p' "$0" | cut -c3-
    exit 2
    ;;
esac
