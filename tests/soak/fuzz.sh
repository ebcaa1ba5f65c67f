#!/usr/bin/env bash
# Minutes of every fuzz target, with the sanitizers. What they find is kept in build/fuzz/tests/fuzz/found, and what reaches new code in build/fuzz/corpus.
#   fuzz.sh [SECONDS OF EACH]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds=${1:-300}

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz
for program in build/fuzz/tests/fuzz/*_fuzz; do
  name=$(basename "$program")
  echo "$name for $seconds s"
  tests/fuzz/fuzz_one.sh "$program" "$seconds" "build/fuzz/corpus/${name%_fuzz}" 2>&1 | grep -v -E '^#[0-9]+.(NEW|REDUCE|pulse|RELOAD)' | tail -n 40
done
