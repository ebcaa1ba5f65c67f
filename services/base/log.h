// Structured logs: one JSON object a line on stderr, with a constant message and the data in keys. Thread-safe.
//
//   LogInfo("batch stored", {{"records", 1000}, {"seconds", 0.02}});
#ifndef HEADWAY_SERVICES_BASE_LOG_H_
#define HEADWAY_SERVICES_BASE_LOG_H_

#include <concepts>
#include <initializer_list>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace headway {

// A key with a value: text, number, truth, or status (its text).
class LogField {
 public:
  LogField(absl::string_view key, absl::string_view value);
  LogField(absl::string_view key, const char* value) : LogField(key, absl::string_view(value)) {}
  LogField(absl::string_view key, const std::string& value) : LogField(key, absl::string_view(value)) {}
  LogField(absl::string_view key, const absl::Status& value);
  LogField(absl::string_view key, double value);
  template <std::integral I>
  LogField(absl::string_view key, I value) : key_(key), json_(IntegerJson(value)) {}

  absl::string_view key() const { return key_; }
  const std::string& json() const { return json_; }

 private:
  static std::string IntegerJson(bool value) { return value ? "true" : "false"; }
  template <std::integral I>
  static std::string IntegerJson(I value) {
    return std::to_string(value);
  }

  absl::string_view key_;
  std::string json_;
};

using LogFields = std::initializer_list<LogField>;

void LogInfo(absl::string_view message, LogFields fields = {});
void LogWarning(absl::string_view message, LogFields fields = {});
void LogError(absl::string_view message, LogFields fields = {});

// The line that would be written, without its end. `time` is RFC 3339.
std::string LogLine(absl::string_view level, absl::string_view time, absl::string_view message, LogFields fields);

}  // namespace headway

#endif  // HEADWAY_SERVICES_BASE_LOG_H_
