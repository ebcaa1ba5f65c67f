# shellcheck shell=bash
# The data folder, and the user that everything runs as: never root.
#
#   bin/        the programs that run (copies: a build does not disturb them)
#   postgres/   the private PostgreSQL's data
#   run/        its socket, process ids, and where the services listen
#   secrets/    connection strings (readable by the owner only)
#   log/        what the services and PostgreSQL say
#   sample/     which sample histories are loaded
#   sync/       which entities and rules were sent
#   headway.yaml   the configuration, if a person put one there (deploy/headway.example.yaml)
#   portal/     Backstage with the plugin, as it was built

HOME=${HOME:-$(getent passwd "$EUID" | cut -d: -f6)}
HEADWAY_PRESET=${HEADWAY_PRESET:-release}
if [[ -z ${HEADWAY_HOME:-} ]]; then
  if ((EUID == 0)); then
    HEADWAY_HOME=/var/lib/headway # a root home is closed to the user postgres
  else
    HEADWAY_HOME=${XDG_DATA_HOME:-$HOME/.local/share}/headway
  fi
fi
HEADWAY_HOME=$(realpath -m "$HEADWAY_HOME")
readonly HEADWAY_HOME HEADWAY_PRESET

service_user() { if ((EUID == 0)); then echo postgres; else id -un; fi; }

# as_service COMMAND...: as the user that owns the data folder, with a clean environment.
as_service() { (as_service_exec "$@"); }

# The same in place of the calling shell, which keeps its process id. In the data folder, or in SERVICE_FOLDER.
as_service_exec() {
  local clean=(env -i "HOME=$HEADWAY_HOME" "PATH=$PATH" LANG=C.UTF-8 TZ=UTC)
  cd "${SERVICE_FOLDER:-$HEADWAY_HOME}" || exit 1
  if ((EUID == 0)); then exec setpriv --reuid postgres --regid postgres --init-groups "${clean[@]}" "$@"; fi
  exec "${clean[@]}" "$@"
}

# Makes the folders; says what to do where they cannot be.
make_home() {
  local created
  mkdir -p "$HEADWAY_HOME" 2>/dev/null || die "cannot create $HEADWAY_HOME" "set HEADWAY_HOME to a folder that you may write to"
  if ((EUID == 0)); then chown postgres:postgres "$HEADWAY_HOME"; fi
  chmod 700 "$HEADWAY_HOME" 2>/dev/null || die "$HEADWAY_HOME belongs to another user" "set HEADWAY_HOME to a folder of your own"
  as_service test -w "$HEADWAY_HOME" 2>/dev/null || die "user $(service_user) cannot reach $HEADWAY_HOME" \
    "PostgreSQL does not run as root, so it needs a folder that $(service_user) can get to" \
    "leave HEADWAY_HOME unset (then it is /var/lib/headway), or open the folders above it: chmod o+x"
  for created in bin run secrets log sample; do
    as_service mkdir -p -m 700 "$HEADWAY_HOME/$created"
  done
}

# One `up` or `down` at a time. The lock goes when this process does; processes that stay get no copy of descriptor 9.
lock_home() {
  exec 9>"$HEADWAY_HOME/.lock"
  flock -w 600 9 || die "another ./headway has been working on $HEADWAY_HOME for ten minutes"
}

# write_private FILE TEXT
write_private() {
  # shellcheck disable=SC2016  # the inner shell expands these
  as_service bash -c 'umask 077; printf "%s\n" "$2" > "$1.new" && mv "$1.new" "$1"' bash "$1" "$2"
}
