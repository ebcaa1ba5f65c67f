#!/usr/bin/env bash
# Minutes of ingest while headway-all and PostgreSQL are killed again and again: what was acknowledged is there, once.
#   churn.sh [SECONDS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/soak/programs.bash
source tests/soak/programs.bash
build_programs
exec python3 tests/soak/churn.py "${1:-300}"
