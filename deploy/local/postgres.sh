# shellcheck shell=bash
# The private PostgreSQL: one cluster in the data folder, reachable over a unix socket by its own user only.

PG_DATA=$HEADWAY_HOME/postgres
PG_LOG=$HEADWAY_HOME/log/postgres.log
PG_ROLES=(postgres headway_owner headway_aggregator headway_metrics headway_portal)

# A path of a unix socket holds 107 bytes; PostgreSQL adds /.s.PGSQL.5432 to the folder's.
pg_socket_folder() {
  local folder=$HEADWAY_HOME/run
  if ((${#folder} > 90)); then
    folder=${XDG_RUNTIME_DIR:-/tmp}/headway-$(id -u "$(service_user)")-$(sha256sum <<<"$HEADWAY_HOME" | cut -c1-8)
  fi
  echo "$folder"
}

pg_bin() {
  local version=''
  if [[ -r $PG_DATA/PG_VERSION ]]; then version=$(<"$PG_DATA/PG_VERSION"); fi
  local found
  found=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -name "${version:-[0-9]*}" 2>/dev/null | sort -V | tail -n 1)
  if [[ ! -x $found/bin/postgres ]]; then
    die "PostgreSQL ${version:+$version }is not installed in /usr/lib/postgresql" "apt-get install postgresql${version:+-$version}"
  fi
  echo "$found/bin"
}

# The postmaster's process id, if it is alive and ours: after a crash the file may name anything.
pg_pid() {
  local pid
  if ! pid=$(head -n 1 "$PG_DATA/postmaster.pid" 2>/dev/null) || [[ ! $pid =~ ^[0-9]+$ ]]; then return 1; fi
  if tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "-D $PG_DATA "; then echo "$pid"; else return 1; fi
}

pg_create() {
  local bin=$1 new=$PG_DATA.new user
  if [[ -f $PG_DATA/PG_VERSION ]]; then return; fi
  say "Creating a private PostgreSQL in $PG_DATA"
  rm -rf "$new"
  as_service "$bin/initdb" -D "$new" -U postgres --locale=C.UTF-8 -E UTF8 --data-checksums --auth=peer >"$HEADWAY_HOME/log/initdb.log" 2>&1 ||
    die "initdb failed" "see $HEADWAY_HOME/log/initdb.log"
  echo 'local all all peer map=headway' >"$new/pg_hba.conf"
  echo "include 'headway.conf'" >>"$new/postgresql.conf"
  mv "$new" "$PG_DATA" # a cluster is there whole or not at all
}

# Who may connect as whom: the one user as each role. True where it had to be changed.
pg_identify() {
  local user role lines
  lines=$(for user in "$(service_user)" "$(id -un)"; do
    for role in "${PG_ROLES[@]}"; do printf 'headway "%s" %s\n' "$user" "$role"; done
  done | sort -u)
  [[ $(cat "$PG_DATA/pg_ident.conf" 2>/dev/null) != "$lines" ]] && write_private "$PG_DATA/pg_ident.conf" "$lines"
}

# An eighth of the machine's memory in MB, from 256 to 2048: what PostgreSQL finds there needs no call of the kernel, and no check of its sum.
pg_buffers_mb() { awk '/^MemTotal:/ {mb = int($2 / 8192); print (mb < 256 ? 256 : (mb > 2048 ? 2048 : mb))}' /proc/meminfo; }

# Sized for two processors. Written at each start.
pg_configure() {
  local buffers
  buffers=$(pg_buffers_mb)
  write_private "$PG_DATA/headway.conf" "cluster_name = 'headway'
listen_addresses = ''
unix_socket_directories = '${1//\'/\'\'}'
unix_socket_permissions = 0700
max_connections = 60
shared_buffers = ${buffers}MB
effective_cache_size = $((4 * buffers))MB
work_mem = 8MB
maintenance_work_mem = 64MB
random_page_cost = 1.1
jit = off
synchronous_commit = on
wal_compression = lz4
max_wal_size = 4GB
min_wal_size = 256MB
checkpoint_timeout = 15min
timezone = 'UTC'
log_timezone = 'UTC'
log_min_duration_statement = 5s"
}

pg_start() {
  local bin socket attempt
  bin=$(pg_bin)
  socket=$(pg_socket_folder)
  pg_create "$bin"
  if pg_pid >/dev/null; then
    # One that was started by an earlier version learns of new roles.
    if pg_identify; then kill -HUP "$(pg_pid)" && sleep 0.5; fi
    return
  fi
  pg_identify || true
  as_service mkdir -p -m 700 "$socket"
  if [[ $(stat -c %U "$socket") != "$(service_user)" ]]; then die "$socket belongs to another user" "set HEADWAY_HOME to a shorter path"; fi
  pg_configure "$socket"
  rotate "$PG_LOG"
  rm -f "$PG_DATA/postmaster.pid" # of a server that is gone: pg_pid has looked
  # The children of a postmaster that was killed may take a moment to go.
  for attempt in 1 2 3 4 5; do
    if as_service "$bin/pg_ctl" start -w -t 120 -s -D "$PG_DATA" -l "$PG_LOG" 9>&- >/dev/null 2>&1; then return; fi
    sleep "$attempt"
  done
  tail -n 10 "$PG_LOG" >&2
  die "PostgreSQL does not start" "the whole log: $PG_LOG"
}

pg_stop() {
  if pg_pid >/dev/null; then
    as_service "$(pg_bin)/pg_ctl" stop -w -t 120 -s -m fast -D "$PG_DATA" || die "PostgreSQL does not stop" "see $PG_LOG"
  fi
  local socket
  socket=$(pg_socket_folder)
  if [[ $socket != "$HEADWAY_HOME"/* ]]; then rm -rf "$socket"; fi
}

# pg_url ROLE: how a service connects.
pg_url() {
  local socket
  socket=$(pg_socket_folder)
  socket=${socket//\\/\\\\}
  echo "host='${socket//\'/\\\'}' dbname=headway user=$1"
}

pg_sql() { as_service "$(pg_bin)/psql" -X -q -A -t -v ON_ERROR_STOP=1 -d "host='$(pg_socket_folder)' dbname=postgres user=postgres" -c "$1"; }

# The owner of the database, who migrates. The services' own roles come with the first migration.
pg_create_database() {
  if [[ $(pg_sql "SELECT 1 FROM pg_database WHERE datname = 'headway'") == 1 ]]; then return; fi
  pg_sql "DO \$\$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'headway_owner') THEN CREATE ROLE headway_owner LOGIN CREATEROLE; END IF; END \$\$"
  pg_sql "CREATE DATABASE headway OWNER headway_owner"
}
