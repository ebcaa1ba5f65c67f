#include "services/metrics/page_token.h"

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "aggregator/projection/natural_key.h"

namespace headway {
namespace {

constexpr char kVersion = 1;
constexpr size_t kNumberBytes = 8;
constexpr size_t kFixedBytes = 1 + 3 * kNumberBytes;
constexpr size_t kCheckBytes = 4;

void AppendNumber(uint64_t value, std::string* out) {
  for (int shift = 56; shift >= 0; shift -= 8) out->push_back(static_cast<char>(value >> shift & 0xff));
}

uint64_t NumberAt(absl::string_view bytes, size_t at) {
  uint64_t value = 0;
  for (size_t i = 0; i < kNumberBytes; ++i) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

// Tells a damaged token; it protects nothing.
std::string CheckOf(absl::string_view body) {
  const Sha256Digest digest = Sha256(body);
  return std::string(digest.begin(), digest.begin() + kCheckBytes);
}

}  // namespace

uint64_t FingerprintOf(const v1::ExplainMetricRequest& request) {
  v1::ExplainMetricRequest common = request;
  common.clear_page_size();
  common.clear_page_token();
  common.mutable_scope()->clear_as_of();
  const Sha256Digest digest = Sha256(common.SerializeAsString());  // no maps: the bytes are the same everywhere
  return NumberAt(absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()), 0);
}

std::string EncodePageToken(const PageToken& token) {
  std::string body(1, kVersion);
  AppendNumber(token.request, &body);
  AppendNumber(static_cast<uint64_t>(absl::ToUnixMicros(token.as_of)), &body);
  AppendNumber(static_cast<uint64_t>(token.after.at_micros), &body);
  body += token.after.identity;
  return absl::WebSafeBase64Escape(body + CheckOf(body));
}

absl::StatusOr<PageToken> DecodePageToken(absl::string_view text) {
  const absl::Status invalid = absl::InvalidArgumentError("page_token: it is not one that an answer gave");
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(text, &bytes) || bytes.size() < kFixedBytes + kCheckBytes) return invalid;
  const absl::string_view body = absl::string_view(bytes).substr(0, bytes.size() - kCheckBytes);
  if (body[0] != kVersion || CheckOf(body) != absl::string_view(bytes).substr(body.size())) return invalid;
  PageToken token;
  token.request = NumberAt(body, 1);
  token.as_of = absl::FromUnixMicros(static_cast<int64_t>(NumberAt(body, 1 + kNumberBytes)));
  token.after.at_micros = static_cast<int64_t>(NumberAt(body, 1 + 2 * kNumberBytes));
  token.after.identity = std::string(body.substr(kFixedBytes));
  return token;
}

}  // namespace headway
