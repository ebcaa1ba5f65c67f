// What is wrong with a configuration file, each fault as "file:line: field: reason".
#ifndef HEADWAY_SERVICES_CONFIGURATION_FAULTS_H_
#define HEADWAY_SERVICES_CONFIGURATION_FAULTS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace headway {

// Not thread-safe.
class Faults {
 public:
  // `file`: as a person named it.
  explicit Faults(std::string file) : file_(std::move(file)) {}

  // `path`: "environments[0].tier"; may be empty.
  void Add(int line, absl::string_view path, absl::string_view reason);

  bool empty() const { return found_.empty(); }
  // INVALID_ARGUMENT with all faults, one a line, in the order of the file; at most twenty are said.
  absl::Status ToStatus() const;

 private:
  const std::string file_;
  std::vector<std::pair<int, std::string>> found_;  // line and text
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_CONFIGURATION_FAULTS_H_
