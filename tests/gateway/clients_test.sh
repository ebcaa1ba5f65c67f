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

require_modules "$HERE" gateway-tests
exec node "$HERE/run.mjs" "$1" "$MODULES" "${@:2}"
