#include "services/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace headway {
namespace {

std::string Quoted(absl::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      absl::StrAppend(&out, "\\", absl::string_view(&c, 1));
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&out, "\\u%04x", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out += '"';
}

spdlog::logger& Logger() {
  static spdlog::logger* logger = [] {
    auto* made = new spdlog::logger("headway", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    return made;
  }();
  return *logger;
}

void Write(spdlog::level::level_enum level, absl::string_view name, absl::string_view message, LogFields fields) {
  const std::string time = absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone());
  Logger().log(level, LogLine(name, time, message, fields));
}

}  // namespace

LogField::LogField(absl::string_view key, absl::string_view value) : key_(key), json_(Quoted(value)) {}

LogField::LogField(absl::string_view key, const absl::Status& value)
    : key_(key), json_(Quoted(absl::StrCat(absl::StatusCodeToString(value.code()), ": ", value.message()))) {}

LogField::LogField(absl::string_view key, double value)
    : key_(key), json_(std::isfinite(value) ? absl::StrCat(value) : "null") {}

std::string LogLine(absl::string_view level, absl::string_view time, absl::string_view message, LogFields fields) {
  std::string line = absl::StrCat("{\"time\":\"", time, "\",\"level\":\"", level, "\",\"message\":", Quoted(message));
  for (const LogField& field : fields) absl::StrAppend(&line, ",", Quoted(field.key()), ":", field.json());
  return line += '}';
}

void LogInfo(absl::string_view message, LogFields fields) { Write(spdlog::level::info, "info", message, fields); }
void LogWarning(absl::string_view message, LogFields fields) { Write(spdlog::level::warn, "warning", message, fields); }
void LogError(absl::string_view message, LogFields fields) { Write(spdlog::level::err, "error", message, fields); }

}  // namespace headway
