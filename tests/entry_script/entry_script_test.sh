#!/usr/bin/env bash
# ./headway as a person uses it: up, status, down, and what goes wrong in between. In a data folder and on ports of its own.
# Usage: entry_script_test.sh PRESET   (the build to run, which must be there)
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/headway-entry-XXXXXX")
chmod 755 "$FOLDER"
export HEADWAY_HOME=$FOLDER/home HEADWAY_PRESET=$1
unset HEADWAY_SERVER
PORT=$((20000 + $$ % 20000))
LISTENER=''

headway() { "$ROOT/headway" "$@"; }

finish() {
  local status=$?
  if ((status != 0)); then tail -n 20 "$HEADWAY_HOME"/log/*.log "$FOLDER/out" 2>/dev/null || true; fi
  if [[ -n $LISTENER ]]; then kill "$LISTENER" 2>/dev/null || true; fi
  headway down >/dev/null 2>&1 || true
  rm -rf "$FOLDER"
  exit "$status"
}
trap finish EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# expect CODE TEXT COMMAND...: its exit code, and a pattern that its output contains.
expect() {
  local code=$1 text=$2 got=0
  shift 2
  "$@" >"$FOLDER/out" 2>&1 || got=$?
  if ((got != code)); then fail "exit code $got, not $code: $*"; fi
  grep -qE -- "$text" "$FOLDER/out" || fail "no '$text' in what this said: $*"
}

# eventually TEXT COMMAND...: the same within ten seconds, with exit code 0.
eventually() {
  local text=$1 attempt
  shift
  for ((attempt = 0; attempt < 50; ++attempt)); do
    if "$@" >"$FOLDER/out" 2>&1 && grep -qE -- "$text" "$FOLDER/out"; then return; fi
    sleep 0.2
  done
  fail "no '$text' within ten seconds in what this said: $*"
}

# roles FOLDER DATABASE: who is connected, as PostgreSQL sees it.
roles() {
  psql -X -A -t -d "host='$1/run' user=postgres dbname=postgres" \
    -c "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = '$2' ORDER BY 1" | tr '\n' ' '
}

# A process that is no zombie: those have an empty command line.
alive() { [[ -n $(tr -d '\0' 2>/dev/null <"/proc/$1/cmdline") ]]; }

# wait_gone PID
wait_gone() {
  local attempt
  for ((attempt = 0; attempt < 100; ++attempt)); do
    if ! alive "$1"; then return; fi
    sleep 0.1
  done
  fail "process $1 is still there"
}

# What the gateway answers to a call with an empty message.
gateway_says() {
  exec 3<>"/dev/tcp/127.0.0.1/$((PORT + 80))"
  printf 'POST /headway.v1.%s HTTP/1.0\r\ncontent-type: application/grpc-web\r\ncontent-length: 5\r\n\r\n\0\0\0\0\0' "$1" >&3
  tr -d '\0' <&3
  exec 3>&-
}

pid_of() { cat "$HEADWAY_HOME/run/$1.pid"; }
postmaster() { head -n 1 "$HEADWAY_HOME/postgres/postmaster.pid"; }
step() { echo "-- $*"; }

step "says how it is used, and refuses what it does not know"
expect 0 'Examples' headway --help
expect 2 "no command 'frobnicate'|frobnicate" headway frobnicate
expect 2 "no option '--frobnicate'" headway up --frobnicate
expect 2 'takes a number' headway up --port eighty
expect 2 'lacks its value' headway up --port
expect 2 'takes an origin' headway up --allow-origin portal
expect 2 'portal-port takes a number' headway up --portal-port 80
expect 1 'is down' headway status
expect 0 'nothing runs' headway down

step "names the process that holds the port"
python3 -c "
import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', $PORT)); s.listen(); time.sleep(600)" &
LISTENER=$!
sleep 1
expect 1 "port $PORT is taken by process $LISTENER .*python3" headway up --no-sample --no-portal --port "$PORT"
kill "$LISTENER"
wait "$LISTENER" 2>/dev/null || true
LISTENER=''

step "starts, serves, and says where"
expect 0 'Headway is up' headway up --no-sample --no-portal --port "$PORT"
expect 0 "headway-all +serves on 127.0.0.1:$PORT, gRPC-web on http://127.0.0.1:$((PORT + 80))" headway status
eventually 'grpc-status:0' gateway_says MetricsService/GetMetricCatalog
eventually 'grpc-status: ?(0|3)' gateway_says IngestService/Ingest
expect 0 'is serving' headway health
[[ $(stat -c %U "/proc/$(pid_of headway-all)") != root ]] || fail "a service runs as root"
[[ $(stat -c %a "$HEADWAY_HOME") == 700 ]] || fail "the data folder is open to others"

step "takes observations, and keeps them over a restart"
echo '{"source":"entry-script","entity":{"entityRef":"component:default/kept","repositories":[{"repository":"example.org/kept"}]}}' >"$FOLDER/one.ndjson"
expect 0 '.' headway import ndjson "$FOLDER/one.ndjson"
eventually 'kept' headway metrics component:default/kept
expect 0 'data stays' headway down
expect 1 'is down' headway status
expect 0 'Headway is up' headway up --no-sample --no-portal --port "$PORT"
eventually 'kept' headway metrics component:default/kept

step "leaves alone what runs as it should, and is quick"
before=$(pid_of headway-all) cluster=$(postmaster) started=$SECONDS
expect 0 'Headway is up' headway up --no-sample --no-portal --port "$PORT"
[[ $(pid_of headway-all) == "$before" && $(postmaster) == "$cluster" ]] || fail "a second up restarted something"
((SECONDS - started < 30)) || fail "a second up took $((SECONDS - started)) s"

step "recovers from a service that was killed"
kill -KILL "$before"
wait_gone "$before"
expect 1 'headway-all +has stopped' headway status
expect 0 'Headway is up' headway up --no-sample --no-portal --port "$PORT"
expect 0 'serves' headway status

step "recovers from a PostgreSQL that was killed"
cluster=$(postmaster)
kill -KILL "$cluster"
wait_gone "$cluster"
expect 0 'Headway is up' headway up --no-sample --no-portal --port "$PORT"
eventually 'kept' headway metrics component:default/kept

step "does not touch a process that has the number of a service that is gone"
service=$(pid_of headway-all)
sleep 600 &
bystander=$!
kill -KILL "$service"
wait_gone "$service"
echo "$bystander" >"$HEADWAY_HOME/run/headway-all.pid"
expect 0 'data stays' headway down
alive "$bystander" || fail "down killed a bystander"
kill "$bystander"

step "runs every service as its own process with its own database role"
expect 0 'Headway is up' headway up --no-sample --no-portal --separate --port "$PORT"
expect 0 "headway-aggregator +serves on 127.0.0.1:$((PORT + 1))" headway status
expect 0 "headway-metrics +serves on 127.0.0.1:$PORT" headway status
expect 0 "headway-gateway +serves on 127.0.0.1:$((PORT + 2)), gRPC-web on http://127.0.0.1:$((PORT + 80))" headway status
eventually 'grpc-status:0' gateway_says MetricsService/GetMetricCatalog
eventually 'grpc-status: ?(0|3)' gateway_says IngestService/Ingest
eventually 'kept' headway metrics component:default/kept
expect 0 '.' headway import ndjson "$FOLDER/one.ndjson"
[[ $(roles "$HEADWAY_HOME" headway) == "headway_aggregator headway_metrics " ]] || fail "roles in use: $(roles "$HEADWAY_HOME" headway)"

step "changes from separate processes to one"
expect 0 'Headway is up' headway up --no-sample --no-portal --port "$PORT"
[[ ! -e $HEADWAY_HOME/run/headway-metrics.pid && ! -e $HEADWAY_HOME/run/headway-gateway.pid ]] || fail "headway-metrics still runs beside headway-all"

step "takes a configuration: checks it, keeps in step with its catalog, and starts what it asks for"
mkdir -p "$FOLDER/catalog"
printf 'kind: Component\nmetadata: { name: from-folder, annotations: { github.com/project-slug: acme/shop } }\n' >"$FOLDER/catalog/catalog-info.yaml"
printf 'catalog: { folder: { path: catalog, every: 1s } }\nenvironments: [{ id: live, match: live, teir: production }]\n' >"$FOLDER/headway.yaml"
expect 2 'headway.yaml:2: environments\[0\].teir: is no setting' headway check-config "$FOLDER/headway.yaml"
expect 1 'the configuration cannot be used' headway up --no-sample --no-portal --port "$PORT" --config "$FOLDER/headway.yaml"
sed -i 's/teir/tier/; s/match: live/match: shop/' "$FOLDER/headway.yaml"
expect 0 'is good: a catalog, 0 mapping rules, 1 environment rules' headway check-config "$FOLDER/headway.yaml"
for separate in "" --separate; do
  expect 0 "configuration +$FOLDER/headway.yaml" headway up --no-sample --no-portal ${separate:+"$separate"} --port "$PORT" --config "$FOLDER/headway.yaml"
  eventually 'from-folder' headway metrics component:default/from-folder
done
expect 0 "headway-catalog-sync +serves on 127.0.0.1:$((PORT + 3))" headway status
printf -- '---\nkind: Component\nmetadata: { name: added-later }\n' >>"$FOLDER/catalog/catalog-info.yaml"
eventually 'added-later' headway metrics component:default/added-later
before=$(pid_of headway-catalog-sync)
expect 0 'Headway is up' headway up --no-sample --no-portal --separate --port "$PORT" --config "$FOLDER/headway.yaml"
[[ $(pid_of headway-catalog-sync) == "$before" ]] || fail "a second up restarted the catalog sync"
echo 'policies: { minimum_events: 7 }' >>"$FOLDER/headway.yaml"
eventually '"minimumEvents": *7' headway metrics component:default/kept --format json
expect 0 'Headway is up' headway up --no-sample --no-portal --port "$PORT"
[[ ! -e $HEADWAY_HOME/run/headway-catalog-sync.pid ]] || fail "headway-catalog-sync still runs without a configuration"

step "uses an existing PostgreSQL, also by separate processes, each in its role"
private=$HEADWAY_HOME
psql -X -q -d "host='$private/run' user=postgres dbname=postgres" -c 'CREATE DATABASE existing'
export HEADWAY_HOME=$FOLDER/other
for separate in "" --separate; do
  expect 0 'Headway is up' headway up --no-sample --no-portal ${separate:+"$separate"} --port $((PORT + 200)) --database-url "host=$private/run user=postgres dbname=existing"
  expect 0 '.' headway import ndjson "$FOLDER/one.ndjson"
  eventually 'kept' headway metrics component:default/kept
done
[[ ! -e $HEADWAY_HOME/postgres ]] || fail "a private PostgreSQL was created beside the existing one"
expect 0 'data stays' headway down
export HEADWAY_HOME=$private

step "leaves nothing behind"
cluster=$(postmaster) service=$(pid_of headway-all)
expect 0 'data stays' headway down
wait_gone "$cluster"
wait_gone "$service"
[[ -z $(find "$HEADWAY_HOME/run" -type s -o -name '*.pid') ]] || fail "sockets or process ids are left in $HEADWAY_HOME/run"

step "runs in a folder whose path is too long for a socket"
HEADWAY_HOME=$FOLDER/$(printf 'long%.0s' {1..30})/home
mkdir -p "$HEADWAY_HOME"
chmod 755 "$(dirname "$HEADWAY_HOME")"
expect 0 'Headway is up' headway up --no-sample --no-portal --port "$PORT"
expect 0 'data stays' headway down
[[ -z $(find "${XDG_RUNTIME_DIR:-/tmp}" -maxdepth 1 -name "headway-*-$(sha256sum <<<"$HEADWAY_HOME" | cut -c1-8)") ]] || fail "the short socket folder is left"
echo "everything behaved"
