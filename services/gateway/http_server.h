// HTTP/1.1 on the side of browsers. What is behind it appears in three files only: Asio in http_server.cc and http_connection.cc, Boost.Beast in
// request_reader.cc.
#ifndef HEADWAY_SERVICES_GATEWAY_HTTP_SERVER_H_
#define HEADWAY_SERVICES_GATEWAY_HTTP_SERVER_H_

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/gateway/headers.h"
#include "services/gateway/response_buffer.h"

namespace headway::gateway {

struct HttpLimits {
  int threads = 2;                      // each connection stays on one
  size_t connections = 1024;            // what comes beyond is answered 503
  size_t header_bytes = 16384;          // longer: 431
  size_t high_water_bytes = 256 << 10;  // of one answer that waits to be written; one message more at most
  absl::Duration header_within = absl::Seconds(10);
  absl::Duration body_within = absl::Seconds(60);
  absl::Duration idle = absl::Seconds(90);          // between two requests
  absl::Duration write_stalled = absl::Minutes(2);  // a reader that takes nothing for so long is gone
};

struct RequestHead {
  std::string method;
  std::string target;
  Headers headers;
  std::optional<size_t> body_bytes;  // where it is announced
};

// An answer that is whole: what is refused, health.
struct Answer {
  ResponseHead head;
  std::string body;
};

// One request that goes on. Called on its connection's thread, one call at a time; must not block.
class Exchange {
 public:
  virtual ~Exchange() = default;

  // The body as it comes. An answer: it is refused, and nothing more is called but OnGone.
  virtual std::optional<Answer> OnBody(absl::string_view piece) = 0;
  // The request is whole; from now on `response` is written to.
  virtual std::optional<Answer> OnRequest() = 0;
  // There is room in the response again.
  virtual void OnRoom() = 0;
  // The last call: the answer has been written, or (`lost`) the client is gone, too slow, or the server stops.
  virtual void OnDone(bool lost) = 0;
};

// Thread-safe; called on the connections' threads; must not block.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual std::variant<Answer, std::shared_ptr<Exchange>> OnHead(const RequestHead& head,
                                                                 std::shared_ptr<ResponseBuffer> response) = 0;
  // An answer that the server gave by itself, or a connection that came or went: for instruments.
  virtual void OnAnswered(int status) = 0;
  virtual void OnConnections(size_t count) = 0;
};

// Thread-safe.
class HttpServer {
 public:
  // The handler must outlive it.
  HttpServer(HttpLimits limits, Handler* handler);
  ~HttpServer();  // stops at once

  // Binds "host:port" (an IP address or "localhost"; port 0: any free one) and serves. INVALID_ARGUMENT: not such an address. UNAVAILABLE: it cannot be bound.
  absl::Status Start(const std::string& listen);
  int port() const;
  // Connections close once they have answered; those that idle close now. New ones are still answered.
  void Drain();
  // Takes no more connections, waits until all are closed, and closes what is left then. Blocks; once. Response buffers may be used until this is destroyed.
  void Stop(absl::Duration within);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_HTTP_SERVER_H_
