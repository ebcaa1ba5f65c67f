#include "services/gateway/base64_decoder.h"

#include <array>

namespace headway::gateway {
namespace {

constexpr uint8_t kPadding = 64;
constexpr uint8_t kNone = 255;

constexpr std::array<uint8_t, 256> Values() {
  std::array<uint8_t, 256> values{};
  for (uint8_t& value : values) value = kNone;
  for (uint8_t i = 0; i < 26; ++i) {
    values['A' + i] = i;
    values['a' + i] = static_cast<uint8_t>(26 + i);
  }
  for (uint8_t i = 0; i < 10; ++i) values['0' + i] = static_cast<uint8_t>(52 + i);
  values['+'] = 62;
  values['/'] = 63;
  values['='] = kPadding;
  return values;
}

constexpr std::array<uint8_t, 256> kValues = Values();

}  // namespace

bool Base64Decoder::Add(absl::string_view piece, std::string* out) {
  for (const char c : piece) {
    const uint8_t value = kValues[static_cast<unsigned char>(c)];
    if (value == kNone) return false;
    if (value == kPadding) {
      if (characters_ < 2) return false;
      ++padding_;
    } else if (padding_ > 0) {
      return false;  // nothing but padding follows padding in a group
    }
    bits_ = bits_ << 6 | (value & 63);
    if (++characters_ < 4) continue;
    // The bits that padding leaves over must be zero, so that a message has one form only.
    if ((padding_ == 1 && (bits_ >> 6 & 3) != 0) || (padding_ == 2 && (bits_ >> 12 & 15) != 0)) return false;
    out->push_back(static_cast<char>(bits_ >> 16));
    if (padding_ < 2) out->push_back(static_cast<char>(bits_ >> 8));
    if (padding_ < 1) out->push_back(static_cast<char>(bits_));
    bits_ = 0;
    characters_ = padding_ = 0;
  }
  return true;
}

}  // namespace headway::gateway
