# shellcheck shell=bash
# Sourced by the scripts beside it.

# What runs, as it is released.
build_programs() {
  cmake --preset release >/dev/null
  cmake --build --preset release --target headway headway-migrate headway-all headway-aggregator headway-metrics headway_bench
}
