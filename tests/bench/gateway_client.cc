// gRPC-web as a load generator needs it: many connections in one thread, each with a request that is always the same.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "services/gateway/wire_format.h"
#include "tests/bench/call_command.h"
#include "tests/gateway/echo.pb.h"

namespace headway::bench {
namespace {

std::string RequestOf(const CallOptions& options, const char* method) {
  test::v1::EchoRequest message;
  message.set_payload(std::string(static_cast<size_t>(options.payload), 'x'));
  message.set_count(static_cast<int>(options.count));
  std::string body;
  gateway::FindWireFormat("application/grpc-web")->AppendMessage({message.SerializeAsString()}, &body);
  return absl::StrCat("POST /headway.test.v1.EchoService/", method, " HTTP/1.1\r\nhost: ", options.gateway,
                      "\r\ncontent-type: application/grpc-web+proto\r\nx-grpc-web: 1\r\ncontent-length: ", body.size(),
                      "\r\n\r\n", body);
}

class WebConnection {
 public:
  WebConnection(const std::string& address, std::string request) : request_(std::move(request)) {
    const std::vector<std::string> parts = absl::StrSplit(address, ':');
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    int port = 0;
    if (parts.size() != 2 || !absl::SimpleAtoi(parts[1], &port) ||
        inet_pton(AF_INET, parts[0].c_str(), &to.sin_addr) != 1) {
      Fail(absl::StrCat("--gateway takes ADDRESS:PORT, not ", address));
    }
    to.sin_port = htons(static_cast<uint16_t>(port));
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) != 0) Fail("nobody answers at " + address);
  }
  ~WebConnection() { close(socket_); }

  void Send() {
    started_ = absl::Now();
    answer_.clear();
    is_chunked_ = false;
    if (send(socket_, request_.data(), request_.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request_.size())) {
      Fail("the gateway closed a connection");
    }
  }

  // Reads what is there. True: the answer is whole. Blocks where there is nothing.
  bool Receive() {
    char bytes[65536];
    const ssize_t count = recv(socket_, bytes, sizeof(bytes), 0);
    if (count <= 0) Fail("the gateway closed a connection");
    answer_.append(bytes, static_cast<size_t>(count));
    received_ += count;
    return IsWhole();
  }

  // Drops what has come but its end, so that a long answer takes no memory.
  void Forget() {
    if (answer_.size() > 1 << 16) answer_.erase(0, answer_.size() - 4096);
  }

  void CheckOutcome() const {
    if (!absl::StrContains(answer_, "grpc-status:0")) Fail("a call failed: " + answer_.substr(0, 1000));
  }

  int socket() const { return socket_; }
  absl::Time started() const { return started_; }
  int64_t received() const { return received_; }

 private:
  bool IsWhole() {
    if (is_chunked_) return absl::EndsWith(answer_, "\r\n0\r\n\r\n");
    const size_t end = answer_.find("\r\n\r\n");
    const size_t length_at = answer_.find("content-length: ");
    if (end == std::string::npos) return false;
    is_chunked_ = length_at > end;
    if (is_chunked_) return absl::EndsWith(answer_, "\r\n0\r\n\r\n");
    const size_t line_end = answer_.find("\r\n", length_at);
    size_t length = 0;
    if (!absl::SimpleAtoi(absl::string_view(answer_).substr(length_at + 16, line_end - length_at - 16), &length))
      return false;
    return answer_.size() >= end + 4 + length;
  }

  int socket_ = -1;
  const std::string request_;
  std::string answer_;
  bool is_chunked_ = false;
  int64_t received_ = 0;
  absl::Time started_;
};

}  // namespace

void CallByGateway(const CallOptions& options, absl::Time begin, absl::Time end, Distribution* spans) {
  const int poll = epoll_create1(0);
  std::vector<std::unique_ptr<WebConnection>> connections;
  for (int i = 0; i < options.connections; ++i) {
    connections.push_back(std::make_unique<WebConnection>(options.gateway, RequestOf(options, "Echo")));
    epoll_event event = {EPOLLIN, {connections.back().get()}};
    epoll_ctl(poll, EPOLL_CTL_ADD, connections.back()->socket(), &event);
  }
  for (const auto& connection : connections) connection->Send();
  for (int open = options.connections; open > 0;) {
    epoll_event events[64];
    const int count = epoll_wait(poll, events, 64, 30'000);
    if (count <= 0) Fail("calls without an answer after 30 s");
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<WebConnection*>(events[i].data.ptr);
      if (!connection.Receive()) continue;
      connection.CheckOutcome();
      const absl::Time now = absl::Now();
      if (connection.started() >= begin) spans->Add(now - connection.started());
      now < end ? connection.Send() : void(--open);
    }
  }
  close(poll);
}

int64_t StreamByGateway(const CallOptions& options) {
  WebConnection connection(options.gateway, RequestOf(options, "Stream"));
  connection.Send();
  while (!connection.Receive()) connection.Forget();
  connection.CheckOutcome();
  if (connection.received() < options.count * options.payload) Fail("a stream ended early");
  return options.count;
}

}  // namespace headway::bench
