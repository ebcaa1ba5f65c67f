// Bodies of gRPC-web requests and the values of their headers. A body means the same however it is cut, and what is read from it is written as it was.
// The first byte of the input chooses: bit 0: text; bits 1 to 7: how long the pieces are.
#include <string>

#include "absl/strings/escaping.h"
#include "services/gateway/grpc_timeout.h"
#include "services/gateway/metadata_filter.h"
#include "services/gateway/percent_encoding.h"
#include "services/gateway/routes.h"
#include "services/gateway/wire_format.h"
#include "tests/fuzz/promise.h"

namespace headway::gateway {
namespace {

using fuzz::Promise;

constexpr size_t kLimit = 4096;

absl::StatusOr<std::string> Decode(const WireFormat& format, absl::string_view body, size_t piece) {
  const auto decoder = format.NewDecoder(kLimit);
  while (!body.empty()) {
    if (absl::Status status = decoder->Add(body.substr(0, piece)); !status.ok()) return status;
    body.remove_prefix(std::min(piece, body.size()));
  }
  return decoder->Finish();
}

void CheckBody(bool text, absl::string_view body, size_t piece) {
  const WireFormat& format = *FindWireFormat(text ? "application/grpc-web-text" : "application/grpc-web");
  const auto whole = Decode(format, body, body.size() + 1);
  const auto cut = Decode(format, body, piece);
  Promise(whole.status().code() == cut.status().code(), "a body means the same however it is cut");
  if (!whole.ok()) {
    Promise(!whole.status().message().empty(), "a refusal says why");
    return;
  }
  Promise(*whole == *cut, "a message is the same however it is cut");
  Promise(whole->size() <= kLimit, "no message is longer than allowed");
  Promise(body.size() <= LongestBody(kLimit) || text, "no body is longer than needed");
  std::string again;
  format.AppendMessage({*whole}, &again);
  Promise(*Decode(format, again, 3) == *whole, "what is written is read again");
  Promise(text || again == body, "a binary body has one form");
}

void CheckValues(const std::string& text) {
  for (const char c : PercentEncode(text)) Promise(c >= 0x20 && c <= 0x7e, "an encoded message is printable");
  if (const auto timeout = ParseGrpcTimeout(text)) Promise(*timeout >= absl::ZeroDuration(), "no time-out is negative");
  const absl::string_view service = ServiceOf(text);
  Promise(service.empty() || text.substr(1, service.size()) == service, "a service stands in its path");
  Promise(service.empty() || text.find_first_of("?#%\r\n ") == std::string::npos,
          "a path of a method holds nothing else");
  const MetadataRules rules{.request = {"*"}, .response = {"*"}};
  const auto metadata = ToMetadata(rules, {{"a", text}, {"a-bin", text}, {text, "b"}});
  if (!metadata.ok()) return;
  Headers headers;
  for (const auto& [name, value] : *metadata) {
    Promise(MayCross(name), "what must not cross does not");
    AddFromMetadata(rules, name, value, &headers);
  }
  for (const auto& [name, value] : headers) {
    Promise(value.find_first_of("\r\n") == std::string::npos, "no value begins another line");
  }
}

}  // namespace
}  // namespace headway::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  headway::gateway::CheckBody(data[0] & 1, rest, 1 + (data[0] >> 1));
  headway::gateway::CheckValues(rest);
  return 0;
}
