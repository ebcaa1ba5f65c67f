# shellcheck shell=bash
# The sample: histories of real projects, loaded once into each database.

# Waits until the numbers of the sample have stood still for two seconds; for a minute at most.
wait_derived() {
  local before='' now still=0 attempt
  for ((attempt = 0; attempt < 120 && still < 4; ++attempt)); do
    sleep 0.5
    now=$(for name in "$HEADWAY_ROOT"/tests/data/histories/*/; do
      HEADWAY_SERVER=$1 "$HEADWAY_HOME/bin/headway" metrics "component:default/$(basename "$name")" --format json 2>/dev/null || true
    done | grep -oE '"entityVersion": *"?[0-9]+') || true
    if [[ -n $now && $now == "$before" ]]; then still=$((still + 1)); else still=0; fi
    before=$now
  done
}

# load_sample INGEST METRICS DATABASE: two addresses, and any text that names the database.
load_sample() {
  local folder files file marker name started loaded=0
  for folder in "$HEADWAY_ROOT"/tests/data/histories/*/; do
    name=$(basename "$folder")
    files=("$folder"observations.ndjson.gz "$folder"incidents.ndjson.gz)
    if [[ ! -f ${files[0]} ]]; then continue; fi
    marker=$HEADWAY_HOME/sample/$name.$({ echo "$3" && cat "${files[@]}"; } | sha256sum | cut -c1-16)
    if [[ -f $marker ]]; then continue; fi
    started=$SECONDS
    say "Loading the history of $name"
    for file in "${files[@]}"; do
      HEADWAY_SERVER=$1 "$HEADWAY_HOME/bin/headway" import ndjson "$file" ||
        die "the sample could not be loaded" "what was sent stays; ./headway up tries again, ./headway up --no-sample goes without"
    done
    as_service touch "$marker"
    note "loaded in $((SECONDS - started)) s"
    loaded=1
  done
  if ((loaded)); then wait_derived "$2"; fi
}
