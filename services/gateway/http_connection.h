// One HTTP connection, for http_server.cc only: this header brings Asio with it.
#ifndef HEADWAY_SERVICES_GATEWAY_HTTP_CONNECTION_H_
#define HEADWAY_SERVICES_GATEWAY_HTTP_CONNECTION_H_

#include <atomic>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <unordered_set>

#include "services/gateway/http_server.h"

namespace headway::gateway {

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

// Lives on its thread: everything is called there, but what is atomic.
class HttpConnection {
 public:
  virtual ~HttpConnection() = default;
  virtual void Begin() = 0;
  // The same with an answer in place of what would be asked.
  virtual void BeginRefusing(Answer answer) = 0;
  // Now and then: times that are over, heads that wait.
  virtual void Tick(absl::Time now) = 0;
  virtual void Close() = 0;
};

// What the connections of one thread share. Used on that thread.
struct ConnectionSet {
  const HttpLimits* limits;
  Handler* handler;
  const std::atomic<bool>* draining;
  std::atomic<size_t>* count;  // of all threads
  std::unordered_set<std::shared_ptr<HttpConnection>> open;
};

// A connection is in the set, and kept by it, from Begin until it is closed.
std::shared_ptr<HttpConnection> MakeHttpConnection(Socket socket, ConnectionSet* set);

}  // namespace headway::gateway

#endif  // HEADWAY_SERVICES_GATEWAY_HTTP_CONNECTION_H_
