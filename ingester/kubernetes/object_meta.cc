#include "ingester/kubernetes/object_meta.h"

#include <simdjson.h>

#include <cstdint>
#include <cstring>

namespace headway::kubernetes {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr size_t kMaxVersionBytes = 128;
constexpr char kInitialEventsEnd[] = "k8s.io/initial-events-end";

absl::Status Broken(const char* what) { return absl::InvalidArgumentError(what); }

// A text that may be missing, but is nothing else.
bool OptionalText(ondemand::object& object, const char* key, std::string* out) {
  ondemand::value value;
  const simdjson::error_code error = object.find_field_unordered(key).get(value);
  if (error == simdjson::NO_SUCH_FIELD) return true;
  std::string_view text;
  if (error != simdjson::SUCCESS || value.get_string().get(text) != simdjson::SUCCESS) return false;
  out->assign(text.data(), text.size());
  return true;
}

bool OptionalNumber(ondemand::object& object, const char* key, int64_t* out) {
  ondemand::value value;
  const simdjson::error_code error = object.find_field_unordered(key).get(value);
  if (error == simdjson::NO_SUCH_FIELD) return true;
  return error == simdjson::SUCCESS && value.get_int64().get(*out) == simdjson::SUCCESS;
}

WatchEvent::Type TypeOf(std::string_view text) {
  if (text == "ADDED") return WatchEvent::Type::kAdded;
  if (text == "MODIFIED") return WatchEvent::Type::kModified;
  if (text == "DELETED") return WatchEvent::Type::kDeleted;
  if (text == "BOOKMARK") return WatchEvent::Type::kBookmark;
  if (text == "ERROR") return WatchEvent::Type::kError;
  return WatchEvent::Type::kUnknown;
}

bool EndsInitialEvents(ondemand::object& metadata) {
  ondemand::object annotations;
  std::string_view text;
  return metadata.find_field_unordered("annotations").get_object().get(annotations) == simdjson::SUCCESS &&
         annotations.find_field_unordered(kInitialEventsEnd).get_string().get(text) == simdjson::SUCCESS &&
         text == "true";
}

}  // namespace

struct ObjectReader::Parser {
  ondemand::parser parser;
  ondemand::document document;
  std::string padded;

  // Copies the text to where it can be read, and begins. What was read before becomes invalid.
  bool Begin(absl::string_view json, ondemand::object* object) {
    padded.assign(json.data(), json.size());
    padded.append(simdjson::SIMDJSON_PADDING, '\0');
    const simdjson::padded_string_view view(padded.data(), json.size(), padded.size());
    return parser.iterate(view).get(document) == simdjson::SUCCESS &&
           document.get_object().get(*object) == simdjson::SUCCESS;
  }
};

ObjectReader::ObjectReader() : parser_(std::make_unique<Parser>()) {}
ObjectReader::~ObjectReader() = default;

absl::StatusOr<WatchEvent> ObjectReader::ReadEvent(absl::string_view line) {
  ondemand::object event;
  if (!parser_->Begin(line, &event)) return Broken("an event is no JSON object");
  std::string_view type;
  if (event.find_field_unordered("type").get_string().get(type) != simdjson::SUCCESS) {
    return Broken("an event has no type");
  }
  WatchEvent read{TypeOf(type)};
  ondemand::object object;
  std::string_view json;
  if (event.find_field_unordered("object").get_object().get(object) != simdjson::SUCCESS ||
      object.raw_json().get(json) != simdjson::SUCCESS) {
    return Broken("an event has no object");
  }
  // The same bytes in the caller's line, which stay where they are.
  read.object = line.substr(static_cast<size_t>(json.data() - parser_->padded.data()), json.size());
  return read;
}

absl::StatusOr<ObjectMeta> ObjectReader::ReadMeta(absl::string_view json) {
  ondemand::object object;
  if (!parser_->Begin(json, &object)) return Broken("an object is no JSON object");
  ObjectMeta meta;
  if (!OptionalText(object, "kind", &meta.kind)) return Broken("the kind of an object is no text");
  ondemand::object metadata;
  if (object.find_field_unordered("metadata").get_object().get(metadata) != simdjson::SUCCESS) {
    return Broken("an object has no metadata");
  }
  if (!OptionalText(metadata, "name", &meta.name)) return Broken("metadata.name is no text");
  if (!OptionalText(metadata, "resourceVersion", &meta.resource_version) ||
      meta.resource_version.size() > kMaxVersionBytes) {
    return Broken("metadata.resourceVersion is no version");
  }
  meta.ends_initial_events = EndsInitialEvents(metadata);
  return meta;
}

absl::StatusOr<ObjectReader::StatusObject> ObjectReader::ReadStatus(absl::string_view json) {
  ondemand::object object;
  if (!parser_->Begin(json, &object)) return Broken("a status is no JSON object");
  StatusObject status;
  std::string kind;
  int64_t code = 0;
  if (!OptionalText(object, "kind", &kind) || kind != "Status" || !OptionalNumber(object, "code", &code) ||
      !OptionalText(object, "reason", &status.reason) || !OptionalText(object, "message", &status.message)) {
    return Broken("not of kind Status");
  }
  status.code = static_cast<int>(std::min<int64_t>(std::max<int64_t>(code, 0), 999));
  ondemand::object details;
  if (object.find_field_unordered("details").get_object().get(details) != simdjson::SUCCESS) return status;
  if (!OptionalNumber(details, "retryAfterSeconds", &status.retry_after_seconds)) status.retry_after_seconds = 0;
  ondemand::array causes;
  if (details.find_field_unordered("causes").get_array().get(causes) != simdjson::SUCCESS) return status;
  for (auto one : causes) {
    ondemand::object cause;
    if (one.get_object().get(cause) == simdjson::SUCCESS) OptionalText(cause, "reason", &status.cause);
    break;
  }
  return status;
}

absl::StatusOr<ListHead> DecodeListHead(absl::string_view kind_json, absl::string_view metadata_json) {
  const std::string text = "{\"kind\":" + std::string(kind_json.empty() ? "\"\"" : kind_json) +
                           ",\"metadata\":" + std::string(metadata_json.empty() ? "{}" : metadata_json) + "}";
  const simdjson::padded_string padded(text);
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object object;
  ondemand::object metadata;
  ListHead head;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
      document.get_object().get(object) != simdjson::SUCCESS || !OptionalText(object, "kind", &head.kind) ||
      object.find_field_unordered("metadata").get_object().get(metadata) != simdjson::SUCCESS ||
      !OptionalText(metadata, "resourceVersion", &head.resource_version) ||
      !OptionalText(metadata, "continue", &head.continue_token)) {
    return Broken("what a list says of itself cannot be read");
  }
  return head;
}

}  // namespace headway::kubernetes
