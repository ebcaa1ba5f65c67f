// Base64 as grpc-web-text sends it: in pieces cut anywhere, with padding also inside, where one encoded frame ends and the next begins. Pure.
#ifndef HEADWAY_SERVICES_GATEWAY_BASE64_DECODER_H_
#define HEADWAY_SERVICES_GATEWAY_BASE64_DECODER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace headway::gateway {

// Not thread-safe. The standard alphabet; each group of four characters stands for itself.
class Base64Decoder {
 public:
  // Decodes one more piece, after what is in `out`. False: this is not base64, and nothing more may be added.
  bool Add(absl::string_view piece, std::string* out);
  // Whether all that came was whole groups.
  bool IsWhole() const { return characters_ == 0; }

 private:
  uint32_t bits_ = 0;   // of the group that is not complete
  int characters_ = 0;  // of it, padding included
  int padding_ = 0;     // of it
};

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_BASE64_DECODER_H_
