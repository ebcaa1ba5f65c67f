# shellcheck shell=bash
# How ./headway speaks to people.

if [[ -t 1 ]]; then
  BOLD=$'\e[1m' PLAIN=$'\e[0m'
else
  BOLD='' PLAIN=''
fi

say() { printf '%s==>%s %s\n' "$BOLD" "$PLAIN" "$*"; }
note() { printf '    %s\n' "$*"; }

# die WHAT [WHAT TO DO]...
die() {
  printf 'headway: %s\n' "$1" >&2
  shift
  if (($# > 0)); then printf '  %s\n' "$@" >&2; fi
  exit 1
}

usage_error() {
  printf 'headway: %s\nTry: ./headway --help\n' "$1" >&2
  exit 2
}
