// Values as PostgreSQL reads and writes them in text: times, keys and arrays. Inline in COPY lines and array parameters, where libpqxx 6 has no conversion.
// Pure, thread-safe.
#ifndef HEADWAY_AGGREGATOR_STORE_SQL_TEXT_H_
#define HEADWAY_AGGREGATOR_STORE_SQL_TEXT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "aggregator/projection/facts.h"

namespace headway {

// timestamptz in UTC, exact to the microsecond; infinities as such.
std::string TimeText(absl::Time time);
// What a session in UTC writes (ISO style). InfinitePast where it is not understood: it never is not, as the column's type is timestamptz.
absl::Time ParseTimeText(absl::string_view text);

// bytea, "\x..." in hexadecimal.
std::string BytesText(absl::string_view bytes);
std::string KeyText(const ObjectKey& key);
// The bytes of "\x...".
std::string ParseBytesText(absl::string_view text);
ObjectKey ParseKeyText(absl::string_view text);

// Builds an array literal, "{...}", element by element. Every element is quoted.
class ArrayText {
 public:
  void Add(absl::string_view element);
  // For numbers, booleans, times and keys' hexadecimal, which need no escaping beyond quotes.
  void AddPlain(absl::string_view element);
  void AddNull();
  // An array of the elements so far.
  std::string Finish() const { return text_ + "}"; }
  size_t size() const { return size_; }

 private:
  void Separate() { text_ += size_++ == 0 ? "" : ","; }
  std::string text_ = "{";
  size_t size_ = 0;
};

std::string TextArray(const std::vector<std::string>& elements);
std::string KeyArray(absl::Span<const ObjectKey> keys);
// Elements of an array literal; NULL becomes empty.
std::vector<std::string> ParseTextArray(absl::string_view text);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_SQL_TEXT_H_
