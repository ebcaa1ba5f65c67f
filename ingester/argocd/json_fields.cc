#include "ingester/argocd/json_fields.h"

#include <algorithm>
#include <string_view>

namespace headway::argocd {
namespace {

std::string_view Std(absl::string_view text) { return {text.data(), text.size()}; }

// Of a field that occurs twice the first counts, as everywhere here.
template <typename T>
std::optional<T> Get(const JsonObject& object, absl::string_view field) {
  T value;
  if (object.at_key(Std(field)).get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

}  // namespace

std::optional<JsonObject> ObjectAt(const JsonObject& object, absl::string_view field) {
  return Get<simdjson::dom::object>(object, field);
}

std::optional<simdjson::dom::array> ArrayAt(const JsonObject& object, absl::string_view field) {
  return Get<simdjson::dom::array>(object, field);
}

absl::string_view TextAt(const JsonObject& object, absl::string_view field) {
  const std::string_view text = Get<std::string_view>(object, field).value_or("");
  return {text.data(), text.size()};
}

bool IsName(absl::string_view text, size_t limit) {
  return !text.empty() && text.size() <= limit &&
         std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::string NameAt(const JsonObject& object, absl::string_view field, size_t limit) {
  const absl::string_view text = TextAt(object, field);
  return IsName(text, limit) ? std::string(text) : "";
}

bool TrueAt(const JsonObject& object, absl::string_view field) { return Get<bool>(object, field).value_or(false); }

std::optional<int64_t> NumberAt(const JsonObject& object, absl::string_view field) {
  return Get<int64_t>(object, field);
}

std::optional<absl::Time> TimeAt(const JsonObject& object, absl::string_view field) {
  absl::Time time;
  std::string error;
  const absl::string_view text = TextAt(object, field);
  if (text.size() > 64 || !absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return std::nullopt;
  if (time < absl::UnixEpoch() || time >= absl::FromUnixSeconds(253'402'300'800)) return std::nullopt;
  return time;
}

std::vector<std::string> NamesAt(const JsonObject& object, absl::string_view field, size_t most) {
  std::vector<std::string> names;
  const auto list = ArrayAt(object, field);
  if (!list.has_value()) return names;
  for (const simdjson::dom::element element : *list) {
    std::string_view text;
    if (names.size() >= most) break;
    if (element.get(text) == simdjson::SUCCESS && IsName({text.data(), text.size()})) names.emplace_back(text);
  }
  return names;
}

}  // namespace headway::argocd
