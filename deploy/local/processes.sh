# shellcheck shell=bash
# Services as background processes: started, recognised, stopped.

SERVICES=(headway-all headway-aggregator headway-metrics headway-gateway headway-catalog-sync headway-argocd-watcher)

# rotate FILE: keeps one older log once it is large.
rotate() {
  if [[ -f $1 ]] && (($(stat -c %s "$1") > 20000000)); then mv -f "$1" "$1.1"; fi
}

# The process id of a service, if it runs: the number in the file may have been given to another process since.
service_pid() {
  local pid
  pid=$(cat "$HEADWAY_HOME/run/$1.pid" 2>/dev/null) || return 1
  if [[ $pid =~ ^[0-9]+$ && $(tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | head -n 1) == "$HEADWAY_HOME/bin/$1" ]]; then
    echo "$pid"
  else
    return 1
  fi
}

# service_start NAME ARGUMENT...
service_start() {
  local name=$1 log=$HEADWAY_HOME/log/$1.log pid
  shift
  rotate "$log"
  as_service touch "$log"
  (
    exec 9>&- </dev/null >>"$log" 2>&1
    trap '' HUP
    as_service_exec setsid "$HEADWAY_HOME/bin/$name" "$@"
  ) &
  pid=$!
  write_private "$HEADWAY_HOME/run/$name.pid" "$pid"
  write_private "$HEADWAY_HOME/run/$name.arguments" "$*"
}

# service_stop NAME: lets it finish what it has in hand.
service_stop() {
  local pid waited
  if pid=$(service_pid "$1"); then
    kill -TERM "$pid"
    for ((waited = 0; waited < 300; ++waited)); do
      if ! service_pid "$1" >/dev/null; then break; fi
      sleep 0.1
    done
    if service_pid "$1" >/dev/null; then
      note "$1 has not stopped within 30 s: it is killed (nothing that was acknowledged is lost)"
      kill -KILL "$pid"
    fi
  fi
  rm -f "$HEADWAY_HOME/run/$1.pid" "$HEADWAY_HOME/run/$1.arguments" "$HEADWAY_HOME/run/$1.configuration"
}

# serving ADDRESS
serving() { as_service "$HEADWAY_HOME/bin/headway" health --server "$1" >/dev/null 2>&1; }

# wait_serving NAME ADDRESS
wait_serving() {
  local started=$SECONDS
  while ! serving "$2"; do
    if ! service_pid "$1" >/dev/null; then
      tail -n 5 "$HEADWAY_HOME/log/$1.log" >&2
      die "$1 has stopped" "the whole log: ./headway logs $1"
    fi
    if ((SECONDS - started > 90)); then
      tail -n 5 "$HEADWAY_HOME/log/$1.log" >&2
      die "$1 is not ready after 90 s" "the whole log: ./headway logs $1"
    fi
    sleep 0.1
  done
}

# port_holder PORT: says who listens there; fails when nobody does.
port_holder() {
  local port inode uid fd pid
  printf -v port ':%04X' "$1"
  read -r inode uid < <(awk -v port="$port" '$4 == "0A" && substr($2, length($2) - 4) == port {print $10, $8; exit}' /proc/net/tcp /proc/net/tcp6 2>/dev/null) || return 1
  fd=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" 2>/dev/null | head -n 1) || true
  if [[ -n $fd ]]; then
    pid=$(cut -d/ -f3 <<<"$fd")
    echo "process $pid ($(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c1-100))"
  else
    echo "a process of user $(getent passwd "$uid" | cut -d: -f1 || true) (id $uid)"
  fi
}

# require_port PORT [OPTION]: the option that chooses another.
require_port() {
  local holder free=$((${PORT:?} + 100))
  if [[ ${2:-} == --portal-port ]]; then free=$(($1 + 1)); fi
  if holder=$(port_holder "$1"); then
    die "port $1 is taken by $holder" "stop that, or choose another: ./headway up ${2:---port} $free"
  fi
}
