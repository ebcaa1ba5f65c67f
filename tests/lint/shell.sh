#!/usr/bin/env bash
# Checks every shell script of the project with shellcheck.
# Exit code 77 (skipped) where shellcheck is not installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

command -v shellcheck >/dev/null || {
  echo "shellcheck is not installed, so nothing was checked: apt-get install shellcheck" >&2
  exit 77
}
mapfile -d '' scripts < <(find . \( -name build -o -name .git -o -name node_modules -o -path ./tests/data -o -path ./deploy/local \) -prune -o -name '*.sh' -print0)
for script in headway .ci/run; do
  if [[ -f $script ]]; then scripts+=("$script"); fi
done
# The parts of ./headway are checked as it sources them: alone, what they define looks unused.
shellcheck --external-sources --check-sourced "${scripts[@]}"
echo "${#scripts[@]} scripts are clean"
