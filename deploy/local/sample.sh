# shellcheck shell=bash
# The sample: histories of real projects, loaded once into each database.

# load_sample ADDRESS DATABASE: DATABASE is any text that names it.
load_sample() {
  local folder files file marker name started
  for folder in "$HEADWAY_ROOT"/tests/data/histories/*/; do
    name=$(basename "$folder")
    files=("$folder"observations.ndjson.gz "$folder"incidents.ndjson.gz)
    if [[ ! -f ${files[0]} ]]; then continue; fi
    marker=$HEADWAY_HOME/sample/$name.$({ echo "$2" && cat "${files[@]}"; } | sha256sum | cut -c1-16)
    if [[ -f $marker ]]; then continue; fi
    started=$SECONDS
    say "Loading the history of $name"
    for file in "${files[@]}"; do
      HEADWAY_SERVER=$1 "$HEADWAY_HOME/bin/headway" import ndjson "$file" ||
        die "the sample could not be loaded" "what was sent stays; ./headway up tries again, ./headway up --no-sample goes without"
    done
    as_service touch "$marker"
    note "loaded in $((SECONDS - started)) s"
  done
}
