#!/usr/bin/env bash
# Generates src/gen from the project's protos with the protoc that also serves the C++ services.
# Usage: generate.sh [--check]   --check writes nothing, and fails where what is committed differs.
set -euo pipefail

PLUGIN=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
WORKSPACE=$(cd "$PLUGIN/../.." && pwd)
PROTO=$(cd "$WORKSPACE/../proto" && pwd)

generate() {
  mkdir -p "$1"
  protoc --proto_path "$PROTO" --plugin "protoc-gen-es=$WORKSPACE/node_modules/.bin/protoc-gen-es" \
    --es_out "$1" --es_opt target=ts "$PROTO"/headway/v1/*.proto
}

if [[ ${1:-} == --check ]]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  generate "$folder"
  diff -r "$PLUGIN/src/gen" "$folder" || {
    echo "src/gen is not what the protos give: run backstage-plugin/plugins/headway/scripts/generate.sh" >&2
    exit 1
  }
  echo "src/gen is what the protos give"
else
  rm -rf "$PLUGIN/src/gen"
  generate "$PLUGIN/src/gen"
fi
