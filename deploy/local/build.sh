# shellcheck shell=bash
# Configuring and building, with progress.

# As many compilers as there are processors, but no more than memory holds (1.2 GB each).
build_jobs() {
  local processors memory_kib jobs
  processors=$(nproc)
  memory_kib=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
  jobs=$((memory_kib / 1258291))
  if ((jobs > processors)); then jobs=$processors; fi
  echo $((jobs > 1 ? jobs : 1))
}

# Passes ninja's "[12/345] ..." on: on a terminal as one line that moves, elsewhere one line for every tenth part.
show_progress() {
  local line total='' tenth=0 moved=0
  while IFS= read -r line; do
    if ! [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\ (.*) ]]; then continue; fi
    if [[ ${BASH_REMATCH[2]} != "$total" ]]; then total=${BASH_REMATCH[2]} tenth=0; fi # configuring again counts by itself
    if [[ -t 1 ]]; then
      printf '\r\e[K    %s of %s %s' "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "${BASH_REMATCH[3]:0:60}"
      moved=1
    elif ((10 * BASH_REMATCH[1] / BASH_REMATCH[2] > tenth)); then
      tenth=$((10 * BASH_REMATCH[1] / BASH_REMATCH[2]))
      printf '    %s of %s\n' "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
    fi
  done
  if ((moved)); then printf '\r\e[K'; fi
}

# build_preset PRESET [TARGET...]
build_preset() {
  local preset=$1 folder=$HEADWAY_ROOT/build/$1 log=$HEADWAY_ROOT/build/$1.log targets=() started=$SECONDS
  shift
  if (($# > 0)); then targets=(--target "$@"); fi
  mkdir -p "$HEADWAY_ROOT/build" 2>/dev/null || true
  [[ -w $HEADWAY_ROOT/build ]] || die "cannot write to $HEADWAY_ROOT/build" "it was built by another user: remove it, or use a clone of your own"
  cd "$HEADWAY_ROOT" || exit 1
  if [[ ! -f $folder/build.ninja ]] || ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$HEADWAY_ROOT" "$folder/CMakeCache.txt"; then
    say "Configuring ($preset)"
    if ! cmake --preset "$preset" --fresh >"$log" 2>&1; then
      tail -n 20 "$log" >&2
      die "configuring failed" "the whole log: $log"
    fi
  fi
  say "Building ($preset)"
  if ! NINJA_STATUS='[%f/%t] ' cmake --build --preset "$preset" -j "$(build_jobs)" "${targets[@]}" 2>&1 | tee "$log" | show_progress; then
    grep -v -E '^\[[0-9]+/[0-9]+\] (Building|Linking|Generating)' "$log" | tail -n 40 >&2
    die "building failed" "the whole log: $log"
  fi
  if ((SECONDS - started > 5)); then note "built in $((SECONDS - started)) s"; fi
}
