// Finds where a JSON value ends, without reading it: quotation marks, escapes and brackets only.
#ifndef HEADWAY_INGESTER_KUBERNETES_VALUE_SCANNER_H_
#define HEADWAY_INGESTER_KUBERNETES_VALUE_SCANNER_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace headway::kubernetes {

// Not thread-safe. Whether the value is well-formed is for its reader to find out; a bracket closes whatever bracket is open.
class ValueScanner {
 public:
  // A new value begins.
  void Reset() { *this = ValueScanner(); }

  // How many of the bytes belong to the value. Fewer than all, or is_whole(): it has ended. A number or literal ends before the byte that ends it.
  size_t Scan(absl::string_view bytes);

  bool is_whole() const { return is_whole_; }

 private:
  size_t ScanString(absl::string_view bytes, size_t from);

  int64_t depth_ = 0;
  bool has_begun_ = false;
  bool is_scalar_ = false;
  bool is_in_string_ = false;
  bool is_escaped_ = false;
  bool is_whole_ = false;
};

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_VALUE_SCANNER_H_
