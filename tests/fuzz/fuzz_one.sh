#!/usr/bin/env bash
# Runs one fuzz target: its corpus first, then for some seconds what it makes of that. What breaks it is kept.
#   fuzz_one.sh PROGRAM SECONDS [FOLDER]
# FOLDER: where inputs that reach new code are collected, and kept; without it they are thrown away.
set -euo pipefail
program=$1 seconds=$2
name=$(basename "$program")
corpus=$(dirname "${BASH_SOURCE[0]}")/corpus/${name%_fuzz}
found=$(dirname "$program")/found/$name
mkdir -p "$found"
if [[ ! -d $corpus || -z $(ls -A "$corpus") ]]; then
  echo "$corpus holds nothing to begin from" >&2
  exit 1
fi
if (($# > 2)); then
  grown=$3
  mkdir -p "$grown"
else
  grown=$(mktemp -d)
  trap 'rm -rf "$grown"' EXIT
fi
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:allocator_may_return_null=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
limits=(-timeout=10 -rss_limit_mb=2048 -max_len=16384 -artifact_prefix="$found/" -verbosity=0 -print_funcs=0)
"$program" "${limits[@]}" -runs=0 "$corpus"
"$program" "${limits[@]}" -max_total_time="$seconds" -reload=0 "$grown" "$corpus"
