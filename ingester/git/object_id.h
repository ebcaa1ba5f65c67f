// The name of a git object.
#ifndef HEADWAY_INGESTER_GIT_OBJECT_ID_H_
#define HEADWAY_INGESTER_GIT_OBJECT_ID_H_

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace headway {

// A SHA-1 of 20 bytes. A value.
struct ObjectId {
  std::array<uint8_t, 20> bytes{};
  auto operator<=>(const ObjectId&) const = default;

  // 40 lower-case hexadecimal digits.
  std::string Hex() const {
    return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }

  template <typename H>
  friend H AbslHashValue(H h, const ObjectId& id) {
    return H::combine(std::move(h), id.bytes);
  }
};

}  // namespace headway

#endif  // HEADWAY_INGESTER_GIT_OBJECT_ID_H_
