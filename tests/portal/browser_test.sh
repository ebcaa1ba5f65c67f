#!/usr/bin/env bash
# Starts everything with ./headway up, in a data folder and on ports of its own, and tests the portal in Chromium.
# Usage: browser_test.sh PRESET   (the build to run, which must be there)
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/headway-portal-XXXXXX")
chmod 755 "$FOLDER"
export HEADWAY_HOME=$FOLDER/home HEADWAY_PRESET=$1
unset HEADWAY_SERVER
PORT=$((20000 + $$ % 20000))
export PORTAL_URL=http://127.0.0.1:$((PORT + 7)) GATEWAY_URL=http://127.0.0.1:$((PORT + 80))
# Separate processes, so that the gateway can be stopped alone.
export UP_ARGUMENTS="--separate --port $PORT --portal-port $((PORT + 7)) --allow-origin $PORTAL_URL"

finish() {
  local status=$?
  if ((status != 0)); then tail -n 20 "$HEADWAY_HOME"/log/*.log 2>/dev/null || true; fi
  "$ROOT/headway" down >/dev/null 2>&1 || true
  rm -rf "$FOLDER"
  exit "$status"
}
trap finish EXIT

fail() {
  echo "FAILED: $*" >&2
  if [[ -f $FOLDER/out ]]; then tail -n 20 "$FOLDER/out" >&2; fi
  exit 1
}

command -v chromium >/dev/null || {
  echo "chromium is not installed, so nothing was tested: apt-get install chromium" >&2
  exit 77
}

# A port that is taken: says by whom, and what to do.
python3 -m http.server --bind 127.0.0.1 $((PORT + 7)) >/dev/null 2>&1 &
listener=$!
sleep 1
# shellcheck disable=SC2086  # words
if "$ROOT/headway" up $UP_ARGUMENTS >"$FOLDER/out" 2>&1; then fail "up took a port that is taken"; fi
grep -q "port $((PORT + 7)) is taken by process $listener" "$FOLDER/out" || fail "up did not name the process that holds the port"
grep -q -- "--portal-port $((PORT + 8))" "$FOLDER/out" || fail "up did not say what to do about the port"
kill "$listener"
wait "$listener" 2>/dev/null || true

# shellcheck disable=SC2086
"$ROOT/headway" up $UP_ARGUMENTS
"$ROOT/headway" status
started=$SECONDS
# shellcheck disable=SC2086
"$ROOT/headway" up $UP_ARGUMENTS >/dev/null
if ((SECONDS - started > 30)); then fail "a second up took $((SECONDS - started)) s"; fi
echo "a second up took $((SECONDS - started)) s"
for part in say packages node; do
  # shellcheck source=/dev/null
  source "$ROOT/deploy/local/$part.sh"
done
require_node
cd "$ROOT/backstage-plugin/packages/e2e"
node --test --test-reporter=spec portal.test.mjs
python3 "$ROOT/tests/portal/gitops_portal.py" "$ROOT/build/$HEADWAY_PRESET"

"$ROOT/headway" logs headway-portal | grep 'rootHttpRouter' >/dev/null || fail "logs does not know the portal"
# shellcheck disable=SC2086
"$ROOT/headway" up $UP_ARGUMENTS --no-portal >/dev/null
if "$ROOT/headway" status | grep '^ *headway-portal '; then fail "the portal runs in spite of --no-portal"; fi
