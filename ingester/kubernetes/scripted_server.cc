#include "ingester/kubernetes/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace headway::kubernetes {
namespace {

// The head of the next request; empty: there is none.
std::string ReadHead(int socket) {
  std::string head;
  char c = 0;
  while (head.size() < (1 << 20) && recv(socket, &c, 1, 0) == 1) {
    head += c;
    if (head.size() >= 4 && head.compare(head.size() - 4, 4, "\r\n\r\n") == 0) return head;
  }
  return "";
}

ScriptedRequest Parse(const std::string& head, int connection) {
  const std::vector<std::string> lines = absl::StrSplit(head, "\r\n");
  const std::vector<std::string> first = absl::StrSplit(lines[0], ' ');
  ScriptedRequest request{.path = first.size() > 1 ? first[1] : "", .connection = connection};
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::pair<std::string, std::string> header = absl::StrSplit(lines[i], absl::MaxSplits(": ", 1));
    if (!header.first.empty()) request.headers[absl::AsciiStrToLower(header.first)] = header.second;
  }
  return request;
}

}  // namespace

bool ScriptedConnection::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void ScriptedConnection::Answer(int code, absl::string_view body, absl::string_view more_headers) {
  Send(absl::StrCat("HTTP/1.1 ", code, " Said\r\nContent-Type: application/json\r\nContent-Length: ", body.size(),
                    "\r\n", more_headers, "\r\n", body));
}

void ScriptedConnection::Begin(int code) {
  Send(
      absl::StrCat("HTTP/1.1 ", code, " Said\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"));
}

bool ScriptedConnection::Chunk(absl::string_view bytes) {
  return bytes.empty() || Send(absl::StrCat(absl::Hex(bytes.size()), "\r\n", bytes, "\r\n"));
}

void ScriptedConnection::Break() {
  const linger at_once{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  shutdown(socket_, SHUT_RDWR);
}

bool ScriptedConnection::WaitUntilClosed(absl::Duration within) {
  pollfd wait{socket_, POLLIN | POLLRDHUP, 0};
  return poll(&wait, 1, static_cast<int>(absl::ToInt64Milliseconds(within))) > 0;
}

ScriptedServer::ScriptedServer(Serve serve) : serve_(std::move(serve)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
  listen(listener_, 64);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  accept_ = std::thread([this] { Accept(); });
}

ScriptedServer::~ScriptedServer() {
  std::vector<std::thread> talks;
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
    shutdown(listener_, SHUT_RDWR);
    for (int socket : sockets_) shutdown(socket, SHUT_RDWR);
  }
  accept_.join();
  {
    absl::MutexLock lock(&mutex_);
    talks.swap(talks_);
  }
  for (std::thread& talk : talks) talk.join();
  for (int socket : sockets_) close(socket);
  close(listener_);
}

std::string ScriptedServer::url() const { return absl::StrCat("http://127.0.0.1:", port_); }

void ScriptedServer::Accept() {
  while (true) {
    const int socket = accept(listener_, nullptr, nullptr);
    absl::MutexLock lock(&mutex_);
    if (socket < 0 || is_stopping_) {
      if (socket >= 0) close(socket);
      return;
    }
    sockets_.push_back(socket);
    if (is_frozen_) continue;
    const int connection = static_cast<int>(sockets_.size());
    talks_.emplace_back([this, socket, connection] { Talk(socket, connection); });
  }
}

void ScriptedServer::Talk(int socket, int connection) {
  while (true) {
    const std::string head = ReadHead(socket);
    if (head.empty()) break;
    const ScriptedRequest request = Parse(head, connection);
    {
      absl::MutexLock lock(&mutex_);
      if (is_stopping_ || is_frozen_) return;
      requests_.push_back(request);
    }
    ScriptedConnection talk(socket);
    serve_(request, talk);
  }
  shutdown(socket, SHUT_RDWR);
}

std::vector<ScriptedRequest> ScriptedServer::requests() const {
  absl::MutexLock lock(&mutex_);
  return requests_;
}

std::vector<std::string> ScriptedServer::paths() const {
  std::vector<std::string> paths;
  for (const ScriptedRequest& request : requests()) paths.push_back(request.path);
  return paths;
}

bool ScriptedServer::WaitForRequests(size_t count, absl::Duration within) const {
  const auto are_there = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return requests_.size() >= count; };
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&are_there), within);
}

void ScriptedServer::Freeze() {
  absl::MutexLock lock(&mutex_);
  is_frozen_ = true;
}

}  // namespace headway::kubernetes
