#!/usr/bin/env bash
# Tests backstage-plugin/ without a browser.
# Usage: workspace_test.sh source   types, lint, format, lockfile, what is generated, API reports, size of the card
#        workspace_test.sh unit     jest
set -euo pipefail

HEADWAY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
for part in say packages node workspace; do
  # shellcheck source=/dev/null
  source "$HEADWAY_ROOT/deploy/local/$part.sh"
done

test_source() {
  say "Types"
  workspace_yarn tsc
  say "Lint"
  workspace_yarn lint
  say "Format"
  workspace_yarn format
  say "Lockfile"
  # Which registry serves a package is a matter of the machine: the lockfile must not name one.
  if grep -nE 'https?://|__archiveUrl' yarn.lock | grep -vE '^[0-9]+:# '; then die "yarn.lock names a host"; fi
  workspace_yarn install --immutable --mode=skip-build >/dev/null || die "yarn.lock is not what package.json asks for"
  say "Generated code"
  plugins/headway/scripts/generate.sh --check
  say "API reports"
  workspace_yarn api-reports --ci || die "an API report is not what the code gives: run \`yarn api-reports\` in backstage-plugin"
  say "Size of the card"
  node plugins/headway/scripts/bundle-size.mjs 40
}

require_workspace
cd "$WORKSPACE"
case ${1:-} in
  source) test_source ;;
  unit) CI=true DEBUG_PRINT_LIMIT=0 workspace_yarn test --no-watch --maxWorkers=2 ;;
  *) die "usage: workspace_test.sh source|unit" ;;
esac
