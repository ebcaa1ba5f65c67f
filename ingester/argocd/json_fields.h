// Reading JSON that may hold anything: a field that is missing or of another type is no field.
#ifndef HEADWAY_INGESTER_ARGOCD_JSON_FIELDS_H_
#define HEADWAY_INGESTER_ARGOCD_JSON_FIELDS_H_

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace headway::argocd {

// The limits of what an observation may hold.
inline constexpr size_t kNameBytes = 512;
inline constexpr size_t kTextBytes = 1'024;
inline constexpr size_t kPathBytes = 4'096;

using JsonObject = simdjson::dom::object;

std::optional<JsonObject> ObjectAt(const JsonObject& object, absl::string_view field);
// Of the elements only those that are objects count; nothing else is looked at.
std::optional<simdjson::dom::array> ArrayAt(const JsonObject& object, absl::string_view field);
// Empty: no text. The view lasts as long as the document.
absl::string_view TextAt(const JsonObject& object, absl::string_view field);
// A text without control characters of at most `limit` bytes; empty otherwise.
std::string NameAt(const JsonObject& object, absl::string_view field, size_t limit = kNameBytes);
bool TrueAt(const JsonObject& object, absl::string_view field);
std::optional<int64_t> NumberAt(const JsonObject& object, absl::string_view field);
// RFC 3339, between the years 1970 and 9999.
std::optional<absl::Time> TimeAt(const JsonObject& object, absl::string_view field);

// Whether it may stand in a name: not empty, not too long, no control character.
bool IsName(absl::string_view text, size_t limit = kNameBytes);
// The texts of a list that are names, at most `most`, in their order.
std::vector<std::string> NamesAt(const JsonObject& object, absl::string_view field, size_t most);

}  // namespace headway::argocd

#endif  // HEADWAY_INGESTER_ARGOCD_JSON_FIELDS_H_
