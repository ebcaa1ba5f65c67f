// Names from outside as they go into lines that people copy: YAML, regular expressions, JSON, shell. Whatever they hold, they stay a value, on one line. Pure.
#ifndef HEADWAY_SERVICES_CLI_YAML_SNIPPET_H_
#define HEADWAY_SERVICES_CLI_YAML_SNIPPET_H_

#include <string>

#include "absl/strings/string_view.h"

namespace headway {

// A scalar of YAML: plain where that is safe, else in quotes.
std::string YamlText(absl::string_view value);

// A regular expression (RE2) that fits this text only, as a scalar of YAML in single quotes.
std::string YamlExpression(absl::string_view text);

// "in-cluster-payments" of "in-cluster/payments": letters, digits and single hyphens, at most 60; "rule" where nothing is left.
std::string RuleId(absl::string_view name);

// A string of JSON with its quotes, which also holds no single quote, so that it can stand in a shell's.
std::string JsonText(absl::string_view value);

// A word of a shell, in single quotes unless it is plain. Control characters become "?".
std::string ShellText(absl::string_view value);

// For reading: what a terminal would act on is shown as "?".
std::string Printable(absl::string_view text);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_YAML_SNIPPET_H_
