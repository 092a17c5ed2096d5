#!/usr/bin/env bash
# Build Telegraf, the peer that the ingest benchmark is compared with, into the user's cache (half a minute).
set -euo pipefail
cd "$(dirname "$0")"
. ../cache.sh

version=1.37.2
target="$cache/telegraf-$version/telegraf"

if [ ! -x "$target" ]; then
  need telegraf go
  lock telegraf
  echo "building telegraf $version ..." >&2
  # Only the three plug-ins that the benchmark uses; all of them would take many minutes.
  GOBIN="$(dirname "$target")" go install \
    -tags "custom,inputs.mqtt_consumer,outputs.influxdb_v2,parsers.json_v2" \
    "github.com/influxdata/telegraf/cmd/telegraf@v$version"
fi
echo "$target"
