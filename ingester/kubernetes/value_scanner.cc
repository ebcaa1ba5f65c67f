#include "ingester/kubernetes/value_scanner.h"

#include "absl/strings/ascii.h"

namespace headway::kubernetes {

// Returns where to go on: behind the string's end, or the end of the bytes.
size_t ValueScanner::ScanString(absl::string_view bytes, size_t from) {
  for (size_t i = from; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (is_escaped_) {
      is_escaped_ = false;
    } else if (c == '\\') {
      is_escaped_ = true;
    } else if (c == '"') {
      is_in_string_ = false;
      if (depth_ == 0) is_whole_ = true;
      return i + 1;
    }
  }
  return bytes.size();
}

size_t ValueScanner::Scan(absl::string_view bytes) {
  size_t i = 0;
  while (i < bytes.size() && !is_whole_) {
    if (is_in_string_) {
      i = ScanString(bytes, i);
      continue;
    }
    const char c = bytes[i];
    if (is_scalar_) {
      if (c == ',' || c == ']' || c == '}' || absl::ascii_isspace(c)) {
        is_whole_ = true;
        return i;
      }
    } else if (c == '"') {
      is_in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if (c == '}' || c == ']') {
      if (--depth_ <= 0) is_whole_ = true;
    } else if (!has_begun_) {
      is_scalar_ = true;
    }
    has_begun_ = true;
    ++i;
  }
  return i;
}

}  // namespace headway::kubernetes
