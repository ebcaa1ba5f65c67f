#!/usr/bin/env bash
# An installation of its own for a measurement: what `./headway up` starts, out of programs that are already built.
#
#   installation.sh up | start | down     HEADWAY_HOME, HEADWAY_PRESET and BENCH_PORT say where, which build, and at which port
set -euo pipefail

HEADWAY_ROOT=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
: "${HEADWAY_HOME:?}" "${BENCH_PORT:?}"
for part in say home packages build postgres processes sample up; do
  # shellcheck source=/dev/null
  source "$HEADWAY_ROOT/deploy/local/$part.sh"
done
# Read by what was sourced.
# shellcheck disable=SC2034
PORT=$BENCH_PORT DATABASE_URL='' SEPARATE=0 ORIGINS=()

case ${1:-} in
  up)
    make_home
    install_programs
    pg_start
    pg_create_database
    migrate
    start_services
    ;;
  start) # what was killed
    pg_start
    start_services
    ;;
  postgres) pg_start ;;
  down) cmd_down ;;
  *) usage_error "installation.sh takes up, start, postgres or down" ;;
esac
