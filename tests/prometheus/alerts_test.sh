#!/usr/bin/env bash
# Tests the alert rules in deploy/prometheus: each fires when it should and clears again, stands on instruments that exist, and has an entry in the runbook.
set -euo pipefail

HEADWAY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
for part in say packages node promtool; do
  # shellcheck source=/dev/null
  source "$HEADWAY_ROOT/deploy/local/$part.sh"
done

python3 "$HEADWAY_ROOT/tests/prometheus/alert_names.py" "$HEADWAY_ROOT"

promtool=$(find_promtool) || {
  echo "promtool is not there, so the rules were not evaluated: ./headway test fetches it" >&2
  exit 77
}
cd "$HEADWAY_ROOT/deploy/prometheus"
"$promtool" check rules alerts.yaml
"$promtool" test rules alerts_test.yaml
# A test that cannot fail is none: each rule with an expression that never holds has to be caught.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp alerts_test.yaml "$folder"
mapfile -t lines < <(grep -n '^ *expr: ' alerts.yaml | cut -d: -f1)
for line in "${lines[@]}"; do
  sed "${line}s/expr: .*/expr: vector(1) < 0/" alerts.yaml >"$folder/alerts.yaml"
  if "$promtool" test rules "$folder/alerts_test.yaml" >/dev/null 2>&1; then
    echo "no test notices when the rule in line $line of alerts.yaml never fires" >&2
    exit 1
  fi
done
echo "each of ${#lines[@]} rules is missed when it is gone"
