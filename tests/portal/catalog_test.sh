#!/usr/bin/env bash
# The portal's own catalog, kept in step by ./headway up: what is added, changed and removed in a real Backstage arrives. In a data folder and on ports of its own.
# Usage: catalog_test.sh PRESET   (the build to run, which must be there)
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/headway-catalog-XXXXXX")
chmod 755 "$FOLDER"
export HEADWAY_HOME=$FOLDER/home HEADWAY_PRESET=$1
unset HEADWAY_SERVER
PORT=$((20000 + $$ % 20000))

finish() {
  local status=$?
  if ((status != 0)); then tail -n 20 "$HEADWAY_HOME"/log/*.log "$FOLDER/out" 2>/dev/null || true; fi
  "$ROOT/headway" down >/dev/null 2>&1 || true
  rm -rf "$FOLDER"
  exit "$status"
}
trap finish EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

step() { echo "-- $*"; }
instruments() { python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())' "http://127.0.0.1:$((PORT + 90))/metrics"; }

# eventually SECONDS TEXT COMMAND...: a pattern that its output contains by then.
eventually() {
  local end=$((SECONDS + $1)) text=$2
  shift 2
  while ((SECONDS < end)); do
    "$@" >"$FOLDER/out" 2>&1 || true
    if grep -qE -- "$text" "$FOLDER/out"; then return; fi
    sleep 0.5
  done
  fail "no '$text' in what this said: $*"
}

# observed REF: the latest observation of an entity, as text. (6: Observation.entity; the reference is its first field.)
observed() {
  local reference
  reference=$(printf '\\x0a%02x%s' "${#1}" "$(printf %s "$1" | basenc --base16 -w 0)")
  psql -X -A -t -d "host='$HEADWAY_HOME/run' user=postgres dbname=headway" \
    -c "SELECT encode(payload, 'hex') FROM raw.observations WHERE kind = 6 AND position('$reference'::bytea IN payload) > 0 ORDER BY received_at DESC LIMIT 1" |
    tr a-f A-F | basenc --base16 -d -i | protoc -I "$ROOT/proto" --decode=headway.v1.Observation headway/v1/observation.proto | tr "\n" " "
}

step "the catalog of the portal is there without any configuration"
"$ROOT/headway" up --no-sample --port "$PORT" --portal-port "$((PORT + 7))"
eventually 60 'headway_catalog_connected\{source="catalog:portal"\} 1' instruments
# A Backstage that has just begun has not read its own catalog yet: the look after the first one finds it.
eventually 90 'headway_catalog_entities\{source="catalog:portal"\} 1[0-9]' instruments
eventually 10 'github.com/etcd-io/etcd' observed component:default/etcd
grep -q 'system:default/cluster' "$FOLDER/out" || fail "etcd is part of no system"
grep -q 'group:default/platform' "$FOLDER/out" || fail "etcd has no owner"
eventually 10 'group:default/platform' observed user:default/robin
if grep -q Example "$FOLDER/out"; then fail "a person's name was sent"; fi
eventually 10 'group:default/engineering' observed group:default/platform
[[ $(stat -c %a "$HEADWAY_HOME/secrets/catalog.token") == 600 ]] || fail "the token can be read by others"
if grep -rqF "$(cat "$HEADWAY_HOME/secrets/catalog.token")" "$HEADWAY_HOME/log" "$HEADWAY_HOME/portal.yaml"; then fail "the token is in a log or in the configuration"; fi

step "what is added arrives"
catalog=$HEADWAY_HOME/portal/catalog/sample.yaml
cp -p "$catalog" "$FOLDER/sample.yaml"
component() { printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: { name: fresh, annotations: { argocd/app-name: %s } }\nspec: { type: service, lifecycle: experimental, owner: platform }\n' "$1"; }
component one >>"$catalog"
eventually 90 'argocd/app-name.*one' observed component:default/fresh

step "what is changed arrives"
{ cat "$FOLDER/sample.yaml" && component two; } >"$FOLDER/new.yaml"
cat "$FOLDER/new.yaml" >"$catalog"
eventually 90 'argocd/app-name.*two' observed component:default/fresh

step "what is removed arrives"
cat "$FOLDER/sample.yaml" >"$catalog"
eventually 120 'deleted' observed component:default/fresh
eventually 10 'github.com/etcd-io/etcd' observed component:default/etcd
if grep -q deleted "$FOLDER/out"; then fail "etcd is gone too"; fi

step "a token that is refused is a problem, and heals when the right one is there"
cp -p "$HEADWAY_HOME/secrets/catalog.token" "$FOLDER/token"
echo wrong >"$HEADWAY_HOME/secrets/catalog.token"
eventually 60 'headway_catalog_connected\{source="catalog:portal"\} 0' instruments
grep -q '"not in step with the catalog.*answered 401' "$HEADWAY_HOME/log/headway-all.log" || fail "the log does not say why"
cat "$FOLDER/token" >"$HEADWAY_HOME/secrets/catalog.token"
eventually 60 'headway_catalog_connected\{source="catalog:portal"\} 1' instruments
echo "everything behaved"
