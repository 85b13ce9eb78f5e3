#!/bin/sh
# Asks Apache Spark what the cases of a file come to, and shows where the file says otherwise:
#   scripts/oracle/spark.sh tests/cases/expr/temporal.tsv...
# Needs Java 17. PySpark comes into build/oracle by pip; the tests themselves need no Spark.
set -eu

cd "$(dirname "$0")/../.."
version=4.3.0
if [ ! -e build/oracle/bin/python ] || ! build/oracle/bin/python -c 'import pyspark' 2> /dev/null; then
  mkdir -p build
  python3 -m venv build/oracle
  build/oracle/bin/python -m pip install --quiet --disable-pip-version-check "pyspark==$version"
fi
exec build/oracle/bin/python scripts/oracle/spark.py "$@"
