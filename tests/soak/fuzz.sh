#!/usr/bin/env bash
# Minutes of fuzzing of what reads observations, with the sanitizers that find what does not crash by itself.
#   fuzz.sh [SECONDS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds=${1:-300}
seed=$(date +%s)

cmake --preset asan-ubsan >/dev/null
cmake --build --preset asan-ubsan --target fuzz_observations
echo "fuzzing for $seconds s, seed $seed"
UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 build/asan-ubsan/tests/soak/fuzz_observations "$seconds" "$seed"
