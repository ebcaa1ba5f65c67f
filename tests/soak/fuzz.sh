#!/usr/bin/env bash
# Minutes of every fuzz target, with the sanitizers, as many at a time as there are processors. What they find is kept in build/fuzz/tests/fuzz/found, and
# what reaches new code in build/fuzz/corpus.
#   fuzz.sh [SECONDS OF EACH]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export seconds=${1:-180}

fuzz() {
  local name log
  name=$(basename "$1")
  log=build/fuzz/$name.log
  if tests/fuzz/fuzz_one.sh "$1" "$seconds" "build/fuzz/corpus/${name%_fuzz}" >"$log" 2>&1; then
    echo "$name: nothing found in $seconds s"
  else
    tail -n 40 "$log"
    echo "$name: FAILED; the input is in build/fuzz/tests/fuzz/found/$name"
    return 1
  fi
}
export -f fuzz

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz
# shellcheck disable=SC2016 # for the shell that xargs starts
# xargs goes on when one fails, and says so in its exit code.
printf '%s\0' build/fuzz/tests/fuzz/*_fuzz | xargs -0 -n 1 -P "$(nproc)" bash -c 'fuzz "$1"' bash
