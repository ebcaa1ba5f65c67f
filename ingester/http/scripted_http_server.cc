#include "ingester/http/scripted_http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

namespace headway {
namespace {

constexpr size_t kPart = 64 << 10;

}  // namespace

std::string ScriptedHttpServer::Request::Header(absl::string_view name) const {
  for (const absl::string_view line : absl::StrSplit(head, "\r\n")) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(": ", 1));
    if (absl::EqualsIgnoreCase(parts.first, name)) return std::string(parts.second);
  }
  return "";
}

ScriptedHttpServer::Answer ScriptedHttpServer::Answer::Json(const std::string& body, int status,
                                                            const std::string& more_headers) {
  return {absl::StrCat("HTTP/1.1 ", status,
                       " Status\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ",
                       body.size(), "\r\n", more_headers, "\r\n", body)};
}

ScriptedHttpServer::ScriptedHttpServer(std::function<Answer(const Request&)> answer) : answer_(std::move(answer)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (listener_ < 0 || bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener_, 16) != 0 || getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    std::abort();
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

ScriptedHttpServer::~ScriptedHttpServer() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
  close(listener_);
}

std::string ScriptedHttpServer::url() const { return absl::StrCat("http://127.0.0.1:", port_); }

std::vector<ScriptedHttpServer::Request> ScriptedHttpServer::requests() const {
  absl::MutexLock lock(&mutex_);
  return requests_;
}

bool ScriptedHttpServer::Stopping() const {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

void ScriptedHttpServer::Serve() {
  while (!Stopping()) {
    pollfd ready = {listener_, POLLIN, 0};
    if (poll(&ready, 1, 20) <= 0) continue;
    const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    Converse(connection);
    close(connection);
  }
}

void ScriptedHttpServer::Converse(int connection) {
  Request request;
  char buffer[4096];
  while (request.head.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = recv(connection, buffer, sizeof(buffer), 0);
    if (got <= 0) return;
    request.head.append(buffer, static_cast<size_t>(got));
  }
  const std::vector<std::string> words = absl::StrSplit(request.head, absl::MaxSplits(' ', 2));
  if (words.size() > 1) request.target = words[1];
  {
    absl::MutexLock lock(&mutex_);
    requests_.push_back(request);
  }
  const Answer answer = answer_(request);
  absl::SleepFor(answer.wait);
  while (answer.hang && !Stopping()) {
    pollfd gone = {connection, POLLIN, 0};
    if (poll(&gone, 1, 20) > 0) return;
  }
  for (size_t at = 0; at < answer.bytes.size() && !Stopping();) {
    const size_t part = std::min(kPart, answer.bytes.size() - at);
    const ssize_t sent = send(connection, answer.bytes.data() + at, part, MSG_NOSIGNAL);
    if (sent <= 0) return;
    at += static_cast<size_t>(sent);
    absl::SleepFor(answer.pause);
  }
}

}  // namespace headway
