// How regular expressions of rules are compiled, wherever they are checked or used: they come from outside.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_EXPRESSION_OPTIONS_H_
#define HEADWAY_AGGREGATOR_PROJECTION_EXPRESSION_OPTIONS_H_

#include <re2/re2.h>

namespace headway {

// At most 1 MiB for a program, and nothing in the log.
inline re2::RE2::Options ExpressionOptions() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  return options;
}

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_EXPRESSION_OPTIONS_H_
