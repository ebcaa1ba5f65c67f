# shellcheck shell=bash
# up, down, status, logs.

PORT=7400

# What is to run: "name|address|instruments|role|http" a line. Without a role: no database; without http: no gateway.
plan() {
  if ((SEPARATE)); then
    echo "headway-aggregator|127.0.0.1:$((PORT + 1))|127.0.0.1:$((PORT + 91))|headway_aggregator|"
    echo "headway-metrics|127.0.0.1:$PORT|127.0.0.1:$((PORT + 92))|headway_metrics|"
    echo "headway-gateway|127.0.0.1:$((PORT + 2))|127.0.0.1:$((PORT + 93))||127.0.0.1:$((PORT + 80))"
    if [[ -n $CONFIG ]]; then echo "headway-catalog-sync|127.0.0.1:$((PORT + 3))|127.0.0.1:$((PORT + 94))||"; fi
    if ((WATCHES)); then echo "headway-argocd-watcher|127.0.0.1:$((PORT + 4))|127.0.0.1:$((PORT + 95))||"; fi
  else
    echo "headway-all|127.0.0.1:$PORT|127.0.0.1:$((PORT + 90))|headway_aggregator|127.0.0.1:$((PORT + 80))"
  fi
}

# gateway_arguments HTTP: the gateway's part of a command line.
gateway_arguments() {
  local origin
  if [[ -z $1 ]]; then return; fi
  echo "--http-listen $1"
  for origin in "${ORIGINS[@]}"; do echo "--allow-origin $origin"; done
  if ((SEPARATE)); then echo "--backend 127.0.0.1:$PORT --backend headway.v1.IngestService=127.0.0.1:$((PORT + 1))"; fi
}

# The configuration file: the one that was named, else headway.yaml in the data folder, else, beside a portal, one that names the portal's catalog. Or none.
choose_configuration() {
  if [[ -n $CONFIG ]]; then
    as_service test -r "$CONFIG" || die "user $(service_user) cannot read $CONFIG" "put it where it can be read, for example at $HEADWAY_HOME/headway.yaml"
  elif [[ -e $HEADWAY_HOME/headway.yaml ]]; then
    CONFIG=$HEADWAY_HOME/headway.yaml
  elif ((PORTAL)); then
    CONFIG=$HEADWAY_HOME/portal-catalog.yaml
    make_catalog_token
    write_private "$CONFIG" "$(portal_catalog_configuration)"
  fi
  if [[ -z $CONFIG ]]; then return; fi
  as_service mkdir -p -m 700 "$HEADWAY_HOME/sync"
  local found
  found=$(as_service "$HEADWAY_HOME/bin/headway-catalog-sync" --config "$CONFIG" --check-config) ||
    die "the configuration cannot be used" "deploy/headway.example.yaml explains it"
  if [[ $found != *" 0 Argo CD instances"* ]]; then WATCHES=1; fi
}

# configuration_arguments NAME: its part of the service's command line, an argument a line.
configuration_arguments() {
  if [[ -z $CONFIG ]]; then return; fi
  case $1 in
    headway-all) printf '%s\n' --config "$CONFIG" --state-folder "$HEADWAY_HOME/sync" ;;
    headway-catalog-sync) printf '%s\n' --config "$CONFIG" --state-folder "$HEADWAY_HOME/sync" --ingest "127.0.0.1:$((PORT + 1))" ;;
    headway-argocd-watcher) printf '%s\n' --config "$CONFIG" --ingest "127.0.0.1:$((PORT + 1))" ;;
    headway-metrics) printf '%s\n' --config "$CONFIG" ;;
  esac
}

# configuration_mark NAME: what the configuration is that the service starts with. It sees most changes by itself, but not where its catalog and its Argo CDs are.
configuration_mark() {
  if [[ -n $(configuration_arguments "$1") ]]; then as_service sha256sum "$CONFIG" | cut -c1-32; fi
}

# address_for COMMAND: where what is running takes it.
address_for() {
  local file=$HEADWAY_HOME/run/addresses serve=127.0.0.1:7400 ingest=127.0.0.1:7400
  if [[ -r $file ]]; then read -r serve ingest <"$file"; fi
  case $1 in
    import | artefact | simulate) echo "$ingest" ;;
    *) echo "$serve" ;;
  esac
}

parse_up() {
  DATABASE_URL='' SEPARATE=0 SAMPLE=1 ORIGINS=() PORTAL=1 PORTAL_DATABASE_URL='' CONFIG='' WATCHES=0
  while (($# > 0)); do
    case $1 in
      --database-url) DATABASE_URL=${2:-} && shift ;;
      --database-url=*) DATABASE_URL=${1#*=} ;;
      --port) PORT=${2:-} && shift ;;
      --port=*) PORT=${1#*=} ;;
      --allow-origin) ORIGINS+=("${2:-}") && shift ;;
      --allow-origin=*) ORIGINS+=("${1#*=}") ;;
      --portal-port) PORTAL_PORT=${2:-} && shift ;;
      --portal-port=*) PORTAL_PORT=${1#*=} ;;
      --portal-database-url) PORTAL_DATABASE_URL=${2:-} && shift ;;
      --portal-database-url=*) PORTAL_DATABASE_URL=${1#*=} ;;
      --config) CONFIG=${2:-} && shift ;;
      --config=*) CONFIG=${1#*=} ;;
      --no-portal) PORTAL=0 ;;
      --separate) SEPARATE=1 ;;
      --no-sample) SAMPLE=0 ;;
      -h | --help) usage && exit 0 ;;
      *) usage_error "up has no option '$1'" ;;
    esac
    shift || usage_error "an option lacks its value"
  done
  if [[ -n $CONFIG ]]; then CONFIG=$(realpath -m "$CONFIG"); fi
  local origin
  for origin in "${ORIGINS[@]}"; do
    [[ $origin == '*' || $origin =~ ^https?://[^/[:space:]]+$ ]] || usage_error "--allow-origin takes an origin like https://portal.example.org, not '$origin'"
  done
  if ! [[ $PORT =~ ^[0-9]+$ ]] || ((PORT < 1024 || PORT > 65443)); then usage_error "--port takes a number from 1024 to 65443"; fi
  if ! [[ $PORTAL_PORT =~ ^[0-9]+$ ]] || ((PORTAL_PORT < 1024 || PORTAL_PORT > 65535)); then usage_error "--portal-port takes a number from 1024 to 65535"; fi
  if ((PORTAL)) && [[ -n $DATABASE_URL && -z $PORTAL_DATABASE_URL ]]; then
    note "the portal is left out: it needs a database of its own, --portal-database-url URL"
    PORTAL=0
  fi
}

# The programs as they were built, where the service user can run them.
install_programs() {
  local name built
  for name in headway headway-migrate "${SERVICES[@]}"; do
    built=$(find "$HEADWAY_ROOT/build/$HEADWAY_PRESET/services" -maxdepth 2 -type f -name "$name" -perm -u+x | head -n 1)
    if [[ -z $built ]]; then die "$name was not built" "see $HEADWAY_ROOT/build/$HEADWAY_PRESET.log"; fi
    if cmp -s "$built" "$HEADWAY_HOME/bin/$name"; then continue; fi
    service_stop "$name"
    install -m 755 "$built" "$HEADWAY_HOME/bin/$name"
  done
}

# database_for ROLE: the connection string of a service.
database_for() {
  local url=${DATABASE_URL%$'\n'}
  if [[ -z $url ]]; then
    pg_url "$1"
  elif ((SEPARATE == 0)) || [[ $1 == headway_owner ]]; then
    echo "$url"
  elif [[ $url == postgres*://*\?* ]]; then
    echo "$url&options=-c%20role%3D$1"
  elif [[ $url == postgres*://* ]]; then
    echo "$url?options=-c%20role%3D$1"
  else
    echo "$url options='-c role=$1'"
  fi
}

migrate() {
  local file=$HEADWAY_HOME/secrets/headway_owner.url log=$HEADWAY_HOME/log/migrate.log
  write_private "$file" "$(database_for headway_owner)"
  if ! as_service "$HEADWAY_HOME/bin/headway-migrate" --database-url-file "$file" >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    die "the schema could not be brought up to date" "the whole log: $log"
  fi
}

# Starts what is planned, restarts what runs otherwise than planned, leaves the rest alone.
start_services() {
  local name address instruments role http url file arguments more mark
  while IFS='|' read -r name address instruments role http; do
    file=$HEADWAY_HOME/secrets/$role.url url='' arguments=()
    if [[ -n $role ]]; then
      url=$(database_for "$role")
      arguments=(--database-url-file "$file")
    fi
    arguments+=(--listen "$address" --instruments-listen "$instruments")
    # shellcheck disable=SC2207  # words without spaces, one argument each
    set -f && arguments+=($(gateway_arguments "$http")) && set +f
    mapfile -t more < <(configuration_arguments "$name")
    arguments+=("${more[@]}")
    mark=$(configuration_mark "$name")
    if service_pid "$name" >/dev/null && [[ "${arguments[*]}" == "$(cat "$HEADWAY_HOME/run/$name.arguments" 2>/dev/null)" &&
      "$mark" == "$(cat "$HEADWAY_HOME/run/$name.configuration" 2>/dev/null)" &&
      (-z $role || "$url" == "$(cat "$file" 2>/dev/null)") ]]; then continue; fi
    service_stop "$name"
    require_port "${address##*:}"
    require_port "${instruments##*:}"
    if [[ -n $http ]]; then require_port "${http##*:}"; fi
    if [[ -n $role ]]; then write_private "$file" "$url"; fi
    say "Starting $name"
    service_start "$name" "${arguments[@]}"
    write_private "$HEADWAY_HOME/run/$name.configuration" "$mark"
  done < <(plan)
  while IFS='|' read -r name address instruments role http; do wait_serving "$name" "$address"; done < <(plan)
}

stop_unplanned() {
  local name
  for name in "${SERVICES[@]}"; do
    if ! plan | grep -q "^$name|"; then service_stop "$name"; fi
  done
}

what_to_try() {
  cat <<TEXT

Headway is up (after $SECONDS s).

$(plan | awk -F'|' '{printf "  %-20s gRPC %s, instruments http://%s/metrics\n", $1, $2, $3; if ($5) printf "  %-20s gRPC-web http://%s\n", "", $5}')
$(if ((PORTAL)); then echo "  headway-portal       http://127.0.0.1:$PORTAL_PORT/catalog/default/component/publishing-api"; fi)
$(if [[ -n $CONFIG ]]; then echo "  configuration        $CONFIG"; else echo "  no configuration: cp deploy/headway.example.yaml $HEADWAY_HOME/headway.yaml"; fi)
  data in $HEADWAY_HOME

Try
  ./headway metrics component:default/etcd --window 90d --as-of 2026-08-20
  ./headway metrics component:default/publishing-api --window 30d --as-of 2026-08-01
  ./headway explain component:default/publishing-api change_lead_time --window 30d --as-of 2026-08-01
  ./headway import git PATH --entity component:default/NAME
  ./headway status
  ./headway down
TEXT
}

cmd_up() {
  parse_up "$@"
  require_packages "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}"
  build_preset "$HEADWAY_PRESET" headway headway-migrate "${SERVICES[@]}"
  make_home
  lock_home
  install_programs
  choose_configuration
  stop_unplanned
  if ((PORTAL)); then install_portal; else service_stop headway-portal; fi
  if [[ -z $DATABASE_URL ]]; then
    pg_start
    pg_create_database
    if ((PORTAL)) && [[ -z $PORTAL_DATABASE_URL ]]; then pg_create_portal_database; fi
  fi
  migrate
  start_services
  local ingest=127.0.0.1:$((PORT + SEPARATE))
  write_private "$HEADWAY_HOME/run/addresses" "127.0.0.1:$PORT $ingest"
  if ((PORTAL)); then start_portal "127.0.0.1:$((PORT + 80))"; fi
  if ((SAMPLE)); then load_sample "$ingest" "127.0.0.1:$PORT" "$(database_for headway_owner)"; fi
  if ((PORTAL)); then wait_portal; fi
  what_to_try
}

cmd_check_config() {
  local file=${1:-$HEADWAY_HOME/headway.yaml} program=$HEADWAY_ROOT/build/$HEADWAY_PRESET/services/catalog_sync/headway-catalog-sync
  if (($# > 1)) || [[ $file == -* ]]; then usage_error "check-config takes one file"; fi
  if [[ ! -x $program ]]; then
    require_packages "${BUILD_PACKAGES[@]}" >&2
    (build_preset "$HEADWAY_PRESET" headway-catalog-sync) >&2
  fi
  exec "$program" --config "$file" --check-config
}

cmd_down() {
  if (($# > 0)); then usage_error "down takes no arguments"; fi
  if [[ ! -d $HEADWAY_HOME ]]; then
    note "nothing runs: there is no $HEADWAY_HOME"
    return
  fi
  lock_home
  local name
  for name in headway-portal "${SERVICES[@]}"; do service_stop "$name"; done
  if [[ -d $PG_DATA ]]; then pg_stop; fi
  rm -f "$HEADWAY_HOME/run/addresses"
  say "Headway is down; its data stays in $HEADWAY_HOME"
}

# argument_of SERVICE NAME: of the command line that it was started with.
argument_of() {
  awk -v name="$2" '{for (i = 1; i < NF; ++i) if ($i == name) {print $(i + 1); exit}}' "$HEADWAY_HOME/run/$1.arguments" 2>/dev/null || true
}

cmd_status() {
  local name pid address http serve='' status=0 count=0
  read -r serve _ 2>/dev/null <"$HEADWAY_HOME/run/addresses" || serve=''
  if [[ -z $serve ]]; then
    note "Headway is down. Start it with: ./headway up"
    return 1
  fi
  if [[ -d $PG_DATA ]]; then
    if pid=$(pg_pid); then note "postgresql          runs, process $pid"; else note "postgresql          does not run"; fi
  fi
  for name in "${SERVICES[@]}"; do
    if [[ ! -f $HEADWAY_HOME/run/$name.pid ]]; then continue; fi
    count=$((count + 1))
    address=$(argument_of "$name" --listen)
    http=$(argument_of "$name" --http-listen)
    if ! pid=$(service_pid "$name"); then
      printf '    %-19s has stopped: ./headway logs %s\n' "$name" "$name"
      status=1
    elif serving "$address"; then
      printf '    %-19s serves on %s%s, process %s, %s MB\n' "$name" "$address" "${http:+, gRPC-web on http://$http}" "$pid" \
        "$(awk '/^VmRSS/ {print int($2 / 1024)}' "/proc/$pid/status")"
    else
      printf '    %-19s runs (process %s) but does not serve: ./headway logs %s\n' "$name" "$pid" "$name"
      status=1
    fi
  done
  portal_status || status=1
  note "data                $HEADWAY_HOME, $(du -sh "$HEADWAY_HOME" 2>/dev/null | cut -f1)"
  if ((count == 0)); then status=1; fi
  return "$status"
}

# Of the portal, which speaks HTTP. Nothing where it was left out.
portal_status() {
  local pid address
  if [[ ! -f $HEADWAY_HOME/run/headway-portal.pid ]]; then return 0; fi
  address=$(portal_address)
  if ! pid=$(service_pid headway-portal); then
    note "headway-portal      has stopped: ./headway logs headway-portal"
  elif portal_serving "$address"; then
    note "headway-portal      serves http://$address, process $pid, $(awk '/^VmRSS/ {print int($2 / 1024)}' "/proc/$pid/status") MB"
    return 0
  else
    note "headway-portal      runs (process $pid) but does not serve: ./headway logs headway-portal"
  fi
  return 1
}

cmd_logs() {
  local follow=() files=() name
  if [[ ${1:-} == -f ]]; then
    follow=(-F)
    shift
  fi
  for name in "${@:-*}"; do
    # shellcheck disable=SC2206  # the pattern is meant to expand
    files+=("$HEADWAY_HOME"/log/$name.log)
  done
  if [[ ! -f ${files[0]} ]]; then
    die "there is no log of ${1:-anything} in $HEADWAY_HOME/log" "there are: $(find "$HEADWAY_HOME/log" -name '*.log' -printf '%f ' 2>/dev/null | sed 's/\.log//g')"
  fi
  tail -n 30 "${follow[@]}" "${files[@]}"
}
