// Finds requests in the bytes of a connection, however they are cut. What is behind it (Boost.Beast) appears in request_reader.cc only.
#ifndef HEADWAY_SERVICES_GATEWAY_REQUEST_READER_H_
#define HEADWAY_SERVICES_GATEWAY_REQUEST_READER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "services/gateway/http_server.h"

namespace headway::gateway {

// For one request. Not thread-safe.
class RequestReader {
 public:
  enum class Found {
    kNothing,  // more must come
    kHead,     // head() is known
    kEnd,      // the request is whole
    kRefused,  // `on_body` has said no
    kFault,    // this is no HTTP request, or its header is too long: fault()
  };

  // `on_body` is called with the body as it comes; false: enough.
  RequestReader(size_t header_limit_bytes, std::function<bool(absl::string_view)> on_body);
  ~RequestReader();

  // Reads from the beginning of `bytes` and takes off what was used; the rest must be given again, with what comes after it. A head that is whole by itself is
  // found as kHead first, and then, with no more bytes, as kEnd.
  Found Read(absl::string_view* bytes);

  RequestHead head() const;
  bool keep_alive() const;
  bool is_http_1_0() const;
  // Whether the end has been reached, also before it was asked for.
  bool is_whole() const;
  const Answer& fault() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_REQUEST_READER_H_
