#!/usr/bin/env bash
# Ten minutes of 10,000 deployments/s, evenly and by Zipf's law: derived numbers keep up, memory stays.
#   keep_up.sh [SECONDS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/soak/programs.bash
source tests/soak/programs.bash
build_programs
exec tests/bench/run keep-up --seconds "${1:-600}"
