// What a fuzz target says when a promise is broken: like assert(), in every build, with the promise in the message.
#ifndef HEADWAY_TESTS_FUZZ_PROMISE_H_
#define HEADWAY_TESTS_FUZZ_PROMISE_H_

#include <cstdio>
#include <cstdlib>

namespace headway::fuzz {

// Ends the process, so that the fuzzer keeps the input, unless `holds`.
inline void Promise(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace headway::fuzz

#endif  // HEADWAY_TESTS_FUZZ_PROMISE_H_
