#!/bin/sh
# Removes the files that `make install PREFIX=...` put there, by the same list: scripts/uninstall.sh PREFIX
set -eu

prefix=$1
rm -f "${DESTDIR:-}$prefix/bin/crisol" \
  "${DESTDIR:-}$prefix/share/bash-completion/completions/crisol" \
  "${DESTDIR:-}$prefix/share/zsh/site-functions/_crisol" \
  "${DESTDIR:-}$prefix/share/fish/vendor_completions.d/crisol.fish"
rm -rf "${DESTDIR:-}$prefix/lib/crisol" "${DESTDIR:-}$prefix/share/doc/crisol"
