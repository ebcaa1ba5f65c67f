#!/usr/bin/env bash
# The base line of the benchmark of the Argo CD watcher, with the packages that it needs.
#   run.sh KUBECONFIG INGEST_ADDRESS NAMESPACE SOURCE    or    run.sh install
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
HEADWAY_ROOT=$(cd "$HERE/../../.." && pwd)
for part in say packages node; do
  # shellcheck source=/dev/null
  source "$HEADWAY_ROOT/deploy/local/$part.sh"
done
require_node
require_modules "$HERE" informer
if [[ $1 == install ]]; then exit; fi
exec node "$HERE/watcher.mjs" "$MODULES" "$HEADWAY_ROOT/proto" "$@"
