#!/usr/bin/env bash
# Checks that the C++ code is as .clang-format wants it; with --fix, makes it so.
# Exit code 77 (skipped) where clang-format is not installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

tool=$(command -v clang-format-14 || command -v clang-format) || {
  echo "clang-format is not installed, so nothing was checked: apt-get install clang-format" >&2
  exit 77
}
mode=(--dry-run -Werror)
if [[ ${1:-} == --fix ]]; then mode=(-i); fi
folders=()
for folder in aggregator ingester services tests; do
  if [[ -d $folder ]]; then folders+=("$folder"); fi
done
find "${folders[@]}" -path tests/data -prune -o \( -name '*.h' -o -name '*.cc' \) -print0 | xargs -0 -r -n 20 -P 2 "$tool" "${mode[@]}"
