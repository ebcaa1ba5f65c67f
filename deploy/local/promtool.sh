# shellcheck shell=bash
# promtool, which tests the alert rules: the system's, otherwise that of Debian's package prometheus, unpacked into the cache. The package is not installed, because
# that would start a server.

PROMTOOL_FOLDER=$HEADWAY_CACHE/promtool

# Prints where it is; 1: nowhere.
find_promtool() {
  command -v promtool || { [[ -x $PROMTOOL_FOLDER/promtool ]] && echo "$PROMTOOL_FOLDER/promtool"; }
}

download_prometheus() {
  (cd "$1" && apt-get -q download prometheus) || { as_root apt-get -q update && (cd "$1" && apt-get -q download prometheus); }
}

# Fetches it where it is missing. Whole or not at all, also when two do it at once.
require_promtool() {
  local new status=0
  if find_promtool >/dev/null; then return; fi
  say "Fetching promtool"
  mkdir -p "$PROMTOOL_FOLDER" 2>/dev/null || die "cannot create $PROMTOOL_FOLDER" "set HEADWAY_CACHE to a folder that you may write to"
  new=$(mktemp -d "$PROMTOOL_FOLDER/new.XXXXXX")
  { download_prometheus "$new" && dpkg -x "$new"/prometheus_*.deb "$new/package" && mv -f "$new/package/usr/bin/promtool" "$PROMTOOL_FOLDER/promtool"; } \
    >"$new/log" 2>&1 || status=$?
  if ((status != 0)); then tail -n 5 "$new/log" >&2; fi
  rm -rf "$new"
  ((status == 0)) || die "promtool could not be fetched" "as root: apt-get update; or install Debian's package prometheus"
}
