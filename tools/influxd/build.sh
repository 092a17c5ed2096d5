#!/usr/bin/env bash
# Build InfluxDB 2 into the user's cache (6 to 8 minutes on 2 cores); does nothing when it is there already.
set -euo pipefail
cd "$(dirname "$0")"
. ../cache.sh

module=github.com/influxdata/influxdb/v2
version=$(awk -v module="$module" '$1 == module { print substr($2, 2) }' go.mod)
target="$cache/influxd-$version/influxd"

done_already() {
  [ -x "$target" ] || return 1
  echo "$target"
}

# Flux pins an old Rust that rustup would download; the installed one does. Without rustup there is nothing to override.
choose_rust() {
  command -v rustup >/dev/null 2>&1 || return 0
  RUSTUP_TOOLCHAIN=$(rustup show active-toolchain 2>/dev/null | awk 'NR == 1 { print $1 }')
  if [ -z "$RUSTUP_TOOLCHAIN" ]; then
    echo "building influxd needs a Rust toolchain: rustup has none active" >&2
    exit 1
  fi
  export RUSTUP_TOOLCHAIN
}

build() {
  mkdir -p "$(dirname "$target")"
  work=$(mktemp -d "$(dirname "$target")/build.XXXXXX")
  trap 'rm -rf "$work"' EXIT # not local to this function: the trap runs after it
  # Go asks pkg-config for Flux's Rust library; this wrapper builds it at that moment, then asks the real one.
  go build -o "$work/pkg-config" github.com/influxdata/pkg-config
  PKG_CONFIG="$work/pkg-config" RUSTC_WRAPPER="$PWD/rustc-warn.sh" CGO_ENABLED=1 \
    go build -tags sqlite_foreign_keys,sqlite_json -o "$work/influxd" "$module/cmd/influxd"
  mv "$work/influxd" "$target"
}

done_already && exit
lock influxd
done_already && exit
need influxd go cargo gcc pkg-config
choose_rust
echo "building influxd $version, this takes some minutes ..." >&2
build
echo "$target"
