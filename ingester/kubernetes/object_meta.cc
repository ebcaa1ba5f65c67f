#include "ingester/kubernetes/object_meta.h"

#include <simdjson.h>

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "ingester/kubernetes/value_scanner.h"

namespace headway::kubernetes {
namespace {

namespace dom = simdjson::dom;

constexpr size_t kMaxVersionBytes = 128;
constexpr char kInitialEventsEnd[] = "k8s.io/initial-events-end";

absl::Status Broken(const char* what) { return absl::InvalidArgumentError(what); }

// A text that may be missing, but is nothing else.
bool OptionalText(const dom::object& object, const char* key, std::string* out) {
  dom::element value;
  if (object.at_key(key).get(value) != simdjson::SUCCESS) return true;
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return false;
  out->assign(text.data(), text.size());
  return true;
}

bool OptionalNumber(const dom::object& object, const char* key, int64_t* out) {
  dom::element value;
  if (object.at_key(key).get(value) != simdjson::SUCCESS) return true;
  return value.get(*out) == simdjson::SUCCESS;
}

absl::string_view WithoutSpaceBefore(absl::string_view text) { return absl::StripLeadingAsciiWhitespace(text); }

// The bytes of a member of a well-formed object; empty: there is none. (The parser tells what a value is, not where it was.)
absl::string_view MemberOf(absl::string_view json, absl::string_view key_json) {
  json = WithoutSpaceBefore(json).substr(1);
  ValueScanner scanner;
  while (true) {
    json = WithoutSpaceBefore(json);
    if (absl::ConsumePrefix(&json, ",")) continue;
    if (json.empty() || json[0] != '"') return "";
    scanner.Reset();
    const absl::string_view key = json.substr(0, scanner.Scan(json));
    json = WithoutSpaceBefore(json.substr(key.size()));
    absl::ConsumePrefix(&json, ":");
    json = WithoutSpaceBefore(json);
    scanner.Reset();
    const absl::string_view value = json.substr(0, scanner.Scan(json));
    if (key == key_json) return value;
    json.remove_prefix(value.size());
  }
}

WatchEvent::Type TypeOf(std::string_view text) {
  if (text == "ADDED") return WatchEvent::Type::kAdded;
  if (text == "MODIFIED") return WatchEvent::Type::kModified;
  if (text == "DELETED") return WatchEvent::Type::kDeleted;
  if (text == "BOOKMARK") return WatchEvent::Type::kBookmark;
  if (text == "ERROR") return WatchEvent::Type::kError;
  return WatchEvent::Type::kUnknown;
}

bool EndsInitialEvents(const dom::object& metadata) {
  dom::object annotations;
  std::string_view text;
  return metadata.at_key("annotations").get(annotations) == simdjson::SUCCESS &&
         annotations.at_key(kInitialEventsEnd).get(text) == simdjson::SUCCESS && text == "true";
}

}  // namespace

// The whole text is parsed before anything is read of it, so nothing depends on what else is wrong with it.
struct ObjectReader::Parser {
  dom::parser parser;
  std::string padded;

  // What was read before becomes invalid.
  bool Parse(absl::string_view json, dom::object* object) {
    padded.assign(json.data(), json.size());
    padded.append(simdjson::SIMDJSON_PADDING, '\0');
    return parser.parse(padded.data(), json.size(), /*realloc_if_needed=*/false).get(*object) == simdjson::SUCCESS;
  }
};

ObjectReader::ObjectReader() : parser_(std::make_unique<Parser>()) {}
ObjectReader::~ObjectReader() = default;

absl::StatusOr<WatchEvent> ObjectReader::ReadEvent(absl::string_view line) {
  dom::object event;
  if (!parser_->Parse(line, &event)) return Broken("an event is no JSON object");
  std::string_view type;
  if (event.at_key("type").get(type) != simdjson::SUCCESS) return Broken("an event has no type");
  WatchEvent read{TypeOf(type), MemberOf(line, "\"object\"")};
  if (read.object.empty() || read.object[0] != '{') return Broken("an event has no object");
  return read;
}

absl::StatusOr<ObjectMeta> ObjectReader::ReadMeta(absl::string_view json) {
  dom::object object;
  if (!parser_->Parse(json, &object)) return Broken("an object is no JSON object");
  ObjectMeta meta;
  if (!OptionalText(object, "kind", &meta.kind)) return Broken("the kind of an object is no text");
  dom::object metadata;
  if (object.at_key("metadata").get(metadata) != simdjson::SUCCESS) return Broken("an object has no metadata");
  if (!OptionalText(metadata, "name", &meta.name)) return Broken("metadata.name is no text");
  if (!OptionalText(metadata, "resourceVersion", &meta.resource_version) ||
      meta.resource_version.size() > kMaxVersionBytes) {
    return Broken("metadata.resourceVersion is no version");
  }
  meta.ends_initial_events = EndsInitialEvents(metadata);
  return meta;
}

absl::StatusOr<ObjectReader::StatusObject> ObjectReader::ReadStatus(absl::string_view json) {
  dom::object object;
  if (!parser_->Parse(json, &object)) return Broken("a status is no JSON object");
  StatusObject status;
  std::string kind;
  int64_t code = 0;
  if (!OptionalText(object, "kind", &kind) || kind != "Status" || !OptionalNumber(object, "code", &code) ||
      !OptionalText(object, "reason", &status.reason) || !OptionalText(object, "message", &status.message)) {
    return Broken("not of kind Status");
  }
  status.code = static_cast<int>(std::clamp<int64_t>(code, 0, 999));
  dom::object details;
  if (object.at_key("details").get(details) != simdjson::SUCCESS) return status;
  if (!OptionalNumber(details, "retryAfterSeconds", &status.retry_after_seconds)) status.retry_after_seconds = 0;
  dom::array causes;
  dom::object cause;
  if (details.at_key("causes").get(causes) != simdjson::SUCCESS) return status;
  if (causes.at(0).get(cause) == simdjson::SUCCESS) OptionalText(cause, "reason", &status.cause);
  return status;
}

absl::StatusOr<ListHead> DecodeListHead(absl::string_view kind_json, absl::string_view metadata_json) {
  const std::string text = "{\"kind\":" + std::string(kind_json.empty() ? "\"\"" : kind_json) +
                           ",\"metadata\":" + std::string(metadata_json.empty() ? "{}" : metadata_json) + "}";
  dom::parser parser;
  dom::object object;
  dom::object metadata;
  ListHead head;
  if (parser.parse(text).get(object) != simdjson::SUCCESS || !OptionalText(object, "kind", &head.kind) ||
      object.at_key("metadata").get(metadata) != simdjson::SUCCESS ||
      !OptionalText(metadata, "resourceVersion", &head.resource_version) ||
      !OptionalText(metadata, "continue", &head.continue_token)) {
    return Broken("what a list says of itself cannot be read");
  }
  return head;
}

}  // namespace headway::kubernetes
