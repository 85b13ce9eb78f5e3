#!/bin/sh
# Brings what a build needs to this checkout: Debian packages where a command or library is missing, libduckdb with its
# header and its extension httpfs, and, with `test`, cmocka, the Python packages of the
# end-to-end tests, the JSON Schema test suite and Apache Spark (MinIO is scripts/minio.sh's). A second call finds all of it there.
#
#   scripts/setup.sh [build|test|lint|fuzz|spark]
#
# `spark` brings Spark alone beside what a build needs: 435 MiB to fetch, and Java. SPARK=0 with `test` leaves it out, and with
# it the tests that need it.
set -eu

cd "$(dirname "$0")/.."
what=${1:-build}
deps=build/deps

say() {
  printf '[setup] %s\n' "$*"
}

die() {
  printf '[setup] error: %s\n' "$*" >&2
  exit 1
}

have_command() {
  command -v "$1" > /dev/null 2>&1
}

have_library() {
  have_command pkg-config && pkg-config --exists "$1"
}

# --- Debian packages -------------------------------------------------------------------------------------------------

# What is looked for, and the package that has it; the names are those of Debian 12 and Ubuntu 22.04 and 24.04.
missing_packages() {
  while read -r kind name package; do
    case $kind in
      command) have_command "$name" ;;
      library) have_library "$name" ;;
      file) [ -e "$name" ] ;;
      server) ls /usr/lib/postgresql/*/bin/"$name" ;;
    esac > /dev/null 2>&1 || printf '%s ' "$package"
  done << END
command cc gcc
file /usr/include/stdio.h libc6-dev
command cmake cmake
command ninja ninja-build
command pkg-config pkg-config
library yaml-0.1 libyaml-dev
library libpcre2-8 libpcre2-dev
library zlib zlib1g-dev
library libzstd libzstd-dev
library libcrypto libssl-dev
library libpq libpq-dev
library libcurl libcurl4-openssl-dev
library expat libexpat1-dev
library libxml-2.0 libxml2-dev
library libprotobuf-c libprotobuf-c-dev
command protoc-c protobuf-c-compiler
file /usr/share/zoneinfo/America/Bogota tzdata
file /etc/ssl/certs/ca-certificates.crt ca-certificates
$([ -e $deps/duckdb.stamp ] || echo command npm npm)
$([ -e $deps/httpfs.stamp ] && [ "$what" = build ] || echo command python3 python3)
$([ -e $deps/httpfs.stamp ] && [ "$what" = build ] || venv_works || echo command python3-venv-is-missing python3-venv)
$([ "$what" = build ] || [ "$what" = spark ] || printf '%s\n' 'library cmocka libcmocka-dev' 'server initdb postgresql' \
  'command psql postgresql-client')
$([ "$what" != lint ] && [ "$what" != fuzz ] || printf '%s\n' 'command clang clang' 'command clang-tidy clang-tidy' \
  'command clang-format clang-format' 'command shellcheck shellcheck')
$(! needs_spark || java_will_do || echo command java-17-is-missing "$(java_package)")
$(! needs_spark || printf '%s\n' 'command python3 python3' "$(venv_works || echo command python3-venv-is-missing python3-venv)")
END
}

needs_spark() {
  [ "$what" = spark ] || { [ "$what" = test ] && [ "${SPARK:-1}" != 0 ]; }
}

# Debian 13 and later have no Java 17 any more.
java_package() {
  # shellcheck disable=SC1091 # the system's own
  case $(. /etc/os-release && echo "${VERSION_CODENAME:-}") in
    trixie | forky | sid) echo openjdk-21-jdk-headless ;;
    *) echo openjdk-17-jdk-headless ;;
  esac
}

# For the server, and for the jar of crisol's own that is a part of the program where there is a JDK.
java_will_do() {
  have_command javac && have_command jar || return 1
  version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p')
  [ "${version:-0}" -ge 17 ]
}

# Debian keeps clang's sanitizers and libFuzzer in a package of their own, named after clang's version.
sanitizers_work() {
  echo 'int main(void) { return 0; }' | clang -fsanitize=address,undefined -x c -o /dev/null - 2> /dev/null
}

venv_works() {
  have_command python3 && python3 -c 'import venv, ensurepip' 2> /dev/null
}

install_packages() { # PACKAGE...
  packages=$*
  [ -n "$packages" ] || return 0
  have_command apt-get || die "these are missing, and there is no apt-get to install them: $packages"
  if [ "$(id -u)" = 0 ]; then
    as_root=
  elif have_command sudo; then
    as_root=sudo
  else
    die "some packages are missing; run this as root, then try again:
  apt-get update && apt-get install -y --no-install-recommends $packages"
  fi
  say "installing $packages"
  # shellcheck disable=SC2086 # a list of words
  $as_root env DEBIAN_FRONTEND=noninteractive sh -c \
    'apt-get update -q && apt-get install -y -q --no-install-recommends "$@"' sh $packages ||
    die "apt-get could not install: $packages"
}

# What is sent to a Spark cluster is in part Java. Without a compiler for it crisol is built all the same, and says so when
# somebody asks for Spark: CRISOL_WITHOUT_JDK=1 leaves it out.
install_jdk() {
  [ -z "${CRISOL_WITHOUT_JDK:-}" ] || return 0
  ! have_command javac || ! have_command jar || return 0
  (install_packages openjdk-17-jdk-headless) ||
    say "no Java compiler: crisol is built without what it sends to Spark"
}

# --- libduckdb -------------------------------------------------------------------------------------------------------

header_package=duckdb@1.4.4
header_sum=844249e61c9517454b8f776638ba6c5ab411d1bddde1892ab72826ea25178c72430e74aa83f5122b171be6abcdace84560f824b5ac94e9d5c2b603ea7269a9a2

# The arm64 package of 1.5.5 was published as r.5 only; the engine in it is the same.
choose_library_package() {
  case $(uname -m) in
    x86_64)
      library_package=@duckdb/node-bindings-linux-x64@1.5.5-r.1
      library_sum=cee847d9576e52cd4dfff4dc87e33963745851de6b36269f9c1269b33d33ede43fc7ff1644356e32579244f61d92f1d36e594019cffc6548c2e05bea49cc70a0
      ;;
    aarch64 | arm64)
      library_package=@duckdb/node-bindings-linux-arm64@1.5.5-r.5
      library_sum=09a7c7d8022f5eda700f29c6dca07fe2e10e1d11a516807b6ae091308c07dc128d2286ec00d5792d2a43277b5fc9108522c2ba7bc013d5eb1e5959eed83bf773
      ;;
    *) die "there is no libduckdb package for $(uname -m); install libduckdb 1.5 and duckdb.h where CMake finds them" ;;
  esac
}

# fetch PACKAGE SHA512 FILE...: puts these files of an npm package into $deps/duckdb, once the archive's sum is checked.
fetch() {
  package=$1 sum=$2
  shift 2
  rm -rf "$deps/download"
  mkdir -p "$deps/download" "$deps/duckdb"
  say "fetching $package"
  archive=$(cd "$deps/download" && npm pack --silent "$package" | tail -n 1)
  [ -n "$archive" ] || die "npm could not fetch $package"
  echo "$sum  $deps/download/$archive" | sha512sum --check --quiet - > /dev/null 2>&1 ||
    die "$package is not what this project was built with: its sha512 is not $sum"
  for file in "$@"; do
    tar -xzf "$deps/download/$archive" -C "$deps/download" "$file"
    mv "$deps/download/$file" "$deps/duckdb/"
  done
  rm -rf "$deps/download"
}

system_duckdb() {
  for root in /usr /usr/local; do
    [ -e $root/include/duckdb.h ] || continue
    for library in $root/lib/libduckdb.so "$root"/lib/*/libduckdb.so; do
      [ ! -e "$library" ] || return 0
    done
  done
  return 1
}

fetch_duckdb() {
  [ ! -e $deps/duckdb.stamp ] || [ "$(cat $deps/duckdb.stamp)" != "$library_package $header_package" ] || return 0
  fetch "$library_package" "$library_sum" package/libduckdb.so package/LICENSE
  fetch "$header_package" "$header_sum" package/src/duckdb/src/include/duckdb.h
  echo "$library_package $header_package" > $deps/duckdb.stamp
}

# The extension is a file of the library's own build; a wheel of PyPI carries it.
fetch_httpfs() {
  [ ! -e $deps/httpfs.stamp ] || ! cmp -s scripts/requirements-httpfs.txt $deps/httpfs.stamp || return 0
  say "fetching DuckDB's extension httpfs"
  rm -rf $deps/download
  python3 -m venv $deps/download
  $deps/download/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --no-deps \
    --require-hashes -r scripts/requirements-httpfs.txt || die "pip could not install scripts/requirements-httpfs.txt"
  find $deps/download -name httpfs.duckdb_extension -exec mv '{}' $deps/duckdb/ ';'
  [ -e $deps/duckdb/httpfs.duckdb_extension ] || die "the wheel of duckdb-extension-httpfs has no extension in it"
  rm -rf $deps/download
  cp scripts/requirements-httpfs.txt $deps/httpfs.stamp
}

# --- Python ----------------------------------------------------------------------------------------------------------

# --require-hashes refuses an archive that is not the one whose sum the file has.
make_venv() {
  stamp=build/venv/requirements.txt
  if [ -e "$stamp" ] && cmp -s scripts/requirements.txt "$stamp"; then
    return 0
  fi
  say "installing the tests' Python packages to build/venv"
  rm -rf build/venv
  python3 -m venv build/venv
  build/venv/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes \
    -r scripts/requirements.txt || die "pip could not install scripts/requirements.txt"
  cp scripts/requirements.txt "$stamp"
}

# pip asks a source archive for its metadata, for which it fetches the archive's own build tools.
fetch_schema_suite() {
  suite=$deps/json-schema-test-suite
  [ ! -e $suite.stamp ] || ! cmp -s scripts/requirements-json-schema-suite.txt $suite.stamp || return 0
  say "fetching the JSON Schema test suite"
  rm -rf $deps/download $suite
  mkdir -p $deps/download
  build/venv/bin/python -m pip download --quiet --disable-pip-version-check --no-binary jsonschema --no-deps \
    --require-hashes --dest $deps/download -r scripts/requirements-json-schema-suite.txt ||
    die "pip could not fetch scripts/requirements-json-schema-suite.txt"
  tar -xzf $deps/download/jsonschema-*.tar.gz -C $deps/download
  mv $deps/download/jsonschema-*/json $suite
  rm -rf $deps/download
  cp scripts/requirements-json-schema-suite.txt $suite.stamp
}

case $what in
  build | test | lint | fuzz | spark) ;;
  *) die "unknown set-up \"$what\", expected build, test, lint, fuzz or spark" ;;
esac
mkdir -p "$deps"
# shellcheck disable=SC2046 # a list of words
install_packages $(missing_packages)
[ "$what" = lint ] || [ "$what" = fuzz ] || install_jdk
[ "$what" != fuzz ] || sanitizers_work || install_packages "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"
if ! system_duckdb; then
  choose_library_package
  fetch_duckdb
  fetch_httpfs
fi
[ "$what" = build ] || [ "$what" = spark ] || make_venv
[ "$what" != test ] || fetch_schema_suite
! needs_spark || scripts/spark.sh
