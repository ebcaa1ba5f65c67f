// Entry of headway_bench.
#include "tests/bench/command_line.h"

int main(int argc, char** argv) { return headway::bench::Main(argc, argv); }
