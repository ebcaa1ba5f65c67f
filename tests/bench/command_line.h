// The command line of headway_bench.
#ifndef HEADWAY_TESTS_BENCH_COMMAND_LINE_H_
#define HEADWAY_TESTS_BENCH_COMMAND_LINE_H_

namespace headway::bench {

// Runs the command that the arguments name and prints its result, one JSON object, to stdout. Returns the exit code.
int Main(int argc, char** argv);

}  // namespace headway::bench

#endif  // HEADWAY_TESTS_BENCH_COMMAND_LINE_H_
