#!/usr/bin/env bash
# Stock gRPC-web clients against the gateway.
#   clients_test.sh BUILD_FOLDER node|chromium [PART OF A CASE'S NAME]
# Exit code 77 (skipped) where there is no Chromium.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
HEADWAY_ROOT=$(cd "$HERE/../.." && pwd)
for part in say packages node; do
  # shellcheck source=/dev/null
  source "$HEADWAY_ROOT/deploy/local/$part.sh"
done
if [[ $2 == chromium ]] && ! command -v chromium >/dev/null; then
  echo "chromium is not installed, so nothing was tested: apt-get install chromium" >&2
  exit 77
fi
require_node

# The packages, in a folder that is named by what is in it.
modules=$HEADWAY_CACHE/npm/gateway-tests-$(cat "$HERE/package.json" "$HERE/package-lock.json" | sha256sum | cut -c1-16)
mkdir -p "$modules"
exec 8>"$modules/.lock"
flock -w 300 8
if [[ ! -f $modules/.whole ]]; then
  cp "$HERE/package.json" "$HERE/package-lock.json" "$modules/"
  npm ci --prefix "$modules" --no-audit --no-fund --loglevel=error
  touch "$modules/.whole"
fi
exec 8>&-
exec node "$HERE/run.mjs" "$1" "$modules/node_modules" "${@:2}"
