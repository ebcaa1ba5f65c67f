#include "ingester/ndjson/observation_json.h"

#include <google/protobuf/util/json_util.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace headway {
namespace {

// protobuf says "(deployment.finished_at): invalid value ...", "(deployment) nope: Cannot find field." or, of broken syntax, a
// sentence followed by two lines that point at the place.
LineFault FaultFrom(absl::string_view message) {
  message = message.substr(0, message.find('\n'));
  std::string field;
  // A name of a field may begin with "(" itself.
  const size_t end = message.find(')');
  if (end != absl::string_view::npos && absl::ConsumePrefix(&message, "(")) {
    field = std::string(message.substr(0, end - 1));
    message.remove_prefix(end);
  }
  absl::ConsumePrefix(&message, ":");
  message = absl::StripAsciiWhitespace(message);
  if (absl::string_view name = message; absl::ConsumeSuffix(&name, ": Cannot find field.")) {
    return {field.empty() ? std::string(name) : absl::StrCat(field, ".", name), "there is no such field"};
  }
  if (field.empty()) return {"json", std::string(message)};
  // "Field 'finishedAt', Invalid time format: soon for type ...": the field is named already.
  if (const size_t comma = message.find("', "); absl::ConsumePrefix(&message, "invalid value Field '")) {
    message = message.substr(comma + 3 - std::string("invalid value Field '").size());
    message = message.substr(0, message.rfind(" for type "));
  }
  return {std::move(field), absl::StrReplaceAll(message, {{"type.googleapis.com/", ""}})};
}

}  // namespace

std::optional<LineFault> ObservationFromJson(absl::string_view line, v1::Observation* observation) {
  const auto status =
      google::protobuf::util::JsonStringToMessage(google::protobuf::StringPiece(line.data(), line.size()), observation);
  if (status.ok()) return std::nullopt;
  const auto message = status.message();
  LineFault fault = FaultFrom(absl::string_view(message.data(), message.size()));
  // Whatever a name holds, something is said.
  if (fault.field.empty()) fault.field = "json";
  if (fault.reason.empty()) fault.reason = "is not what an observation holds";
  return fault;
}

std::string ObservationToJson(const v1::Observation& observation) {
  std::string json;
  // Fails only for types that cannot be resolved and for broken UTF-8, which senders make sure of.
  (void)google::protobuf::util::MessageToJsonString(observation, &json);
  return json;
}

}  // namespace headway
