// The two forms of gRPC-web, binary and text, behind one interface; another encoding of calls (JSON, say) would be another implementation.
//
// A message is five bytes (flag and length, big-endian) and its content, which is never looked into. The answer ends with a frame of flag
// 0x80 that holds the trailers as "name: value" lines. In the text form every frame is base64 of its own.
#ifndef HEADWAY_SERVICES_GATEWAY_WIRE_FORMAT_H_
#define HEADWAY_SERVICES_GATEWAY_WIRE_FORMAT_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/gateway/headers.h"

namespace headway::gateway {

// Takes one request's body in pieces cut anywhere. Not thread-safe. After an error nothing more may be added.
class RequestDecoder {
 public:
  virtual ~RequestDecoder() = default;

  // INVALID_ARGUMENT: not in the format. RESOURCE_EXHAUSTED: longer than a message may be. UNIMPLEMENTED: compressed, or more than one message.
  virtual absl::Status Add(absl::string_view piece) = 0;
  // The message, once all has come. INVALID_ARGUMENT: cut off. UNIMPLEMENTED: no message.
  virtual absl::StatusOr<std::string> Finish() = 0;
  // Bytes that are held now.
  virtual size_t held_bytes() const = 0;
};

// Immutable, thread-safe.
class WireFormat {
 public:
  virtual ~WireFormat() = default;

  // Of the answer.
  virtual absl::string_view content_type() const = 0;
  virtual std::unique_ptr<RequestDecoder> NewDecoder(size_t max_message_bytes) const = 0;
  // Appends a message that comes in pieces.
  virtual void AppendMessage(absl::Span<const absl::string_view> pieces, std::string* out) const = 0;
  // Appends what ends an answer. Names and values must be fit for headers.
  virtual void AppendTrailers(const Headers& trailers, std::string* out) const = 0;
};

// The format of a Content-Type; null where it is none that is understood. The result lives for ever.
const WireFormat* FindWireFormat(absl::string_view content_type);

// The longest body that can hold a message of that size in any format.
size_t LongestBody(size_t message_bytes);

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_WIRE_FORMAT_H_
