// Connections to the gateway's HTTP server, byte by byte as they come: the server answers with what HTTP allows, and lets go of every connection.
// The first byte of the input says how long the pieces are that it is sent in; 0: all at once.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "services/gateway/answers.h"
#include "services/gateway/http_server.h"
#include "services/gateway/routes.h"
#include "services/gateway/wire_format.h"
#include "tests/fuzz/promise.h"

namespace headway::gateway {
namespace {

using fuzz::Promise;

// Says the message back.
class Echo : public Exchange {
 public:
  Echo(const WireFormat* format, std::shared_ptr<ResponseBuffer> response)
      : format_(*format), response_(std::move(response)), decoder_(format->NewDecoder(4096)) {}

  std::optional<Answer> OnBody(absl::string_view piece) override {
    Promise(!is_whole_ && !is_done_, "a body comes before its end");
    const absl::Status status = decoder_->Add(piece);
    return status.ok() ? std::nullopt : std::optional(TrailersOnly(format_, status, ""));
  }
  std::optional<Answer> OnRequest() override {
    Promise(!std::exchange(is_whole_, true) && !is_done_, "a request ends once");
    const auto message = decoder_->Finish();
    if (!message.ok()) return TrailersOnly(format_, message.status(), "");
    response_->Start(HeadOf(format_, {}, ""));
    response_->Append([&](std::string* out) { format_.AppendMessage({*message}, out); });
    response_->End([&](std::string* out) { format_.AppendTrailers({{"grpc-status", "0"}}, out); });
    return std::nullopt;
  }
  void OnRoom() override { Promise(!is_done_, "there is no room after the end"); }
  void OnDone(bool) override { Promise(!std::exchange(is_done_, true), "an exchange is done once"); }

 private:
  const WireFormat& format_;
  const std::shared_ptr<ResponseBuffer> response_;
  const std::unique_ptr<RequestDecoder> decoder_;
  bool is_whole_ = false, is_done_ = false;
};

class Echoes : public Handler {
 public:
  std::variant<Answer, std::shared_ptr<Exchange>> OnHead(const RequestHead& head,
                                                         std::shared_ptr<ResponseBuffer> response) override {
    if (ServiceOf(head.target).empty()) return HttpError(404, absl::StatusCode::kUnimplemented, "not here", "");
    if (head.method != "POST") return HttpError(405, absl::StatusCode::kUnimplemented, "POST", "");
    const WireFormat* format = FindWireFormat(Find(head.headers, "content-type"));
    if (format == nullptr) return HttpError(415, absl::StatusCode::kUnimplemented, "grpc-web", "");
    return std::make_shared<Echo>(format, std::move(response));
  }
  void OnAnswered(int status) override { Promise(status >= 200 && status < 600, "an answer has a code"); }
  void OnConnections(size_t count) override { connections = count; }

  std::atomic<size_t> connections = 0;
};

int Connect(int port) {
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Promise(connect(client, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0, "the server takes connections");
  return client;
}

// Less than what the server waits by itself for a client that it has refused.
constexpr int kPatienceMs = 3000;

// Nothing: the server did not close.
std::optional<std::string> ReadToTheEnd(int client) {
  std::string answer;
  char bytes[4096];
  while (true) {
    pollfd readable = {client, POLLIN, 0};
    if (poll(&readable, 1, kPatienceMs) != 1) return std::nullopt;
    const ssize_t count = read(client, bytes, sizeof(bytes));
    if (count <= 0) return answer;
    answer.append(bytes, static_cast<size_t>(count));
  }
}

// False: the server did not close when the client did.
bool Ask(int port, absl::string_view request, size_t piece) {
  const int client = Connect(port);
  if (piece == 0) piece = request.size() + 1;
  while (!request.empty()) {
    const absl::string_view part = request.substr(0, piece);
    // A server that has refused does not read for ever.
    if (send(client, part.data(), part.size(), MSG_NOSIGNAL) < 0) break;
    request.remove_prefix(part.size());
  }
  pollfd readable = {client, POLLIN, 0};
  poll(&readable, 1, 1);
  shutdown(client, SHUT_WR);
  const std::optional<std::string> answer = ReadToTheEnd(client);
  close(client);
  if (!answer) return false;
  Promise(answer->empty() || absl::StartsWith(*answer, "HTTP/1.1 "), "an answer is HTTP");
  return true;
}

bool AreLetGo(const std::atomic<size_t>& connections) {
  for (int i = 0; i < kPatienceMs && connections > 0; ++i) usleep(1000);
  return connections == 0;
}

}  // namespace
}  // namespace headway::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using headway::gateway::HttpServer;
  static auto& echoes = *new headway::gateway::Echoes;
  static auto& server = *[] {
    headway::gateway::HttpLimits limits;
    limits.threads = 1;
    limits.header_bytes = 2048;
    auto* started = new HttpServer(limits, &echoes);
    headway::fuzz::Promise(started->Start("127.0.0.1:0").ok(), "the server starts");
    return started;
  }();
  if (size == 0) return 0;
  const absl::string_view request(reinterpret_cast<const char*>(data) + 1, size - 1);
  // Asked again, since a machine may stand still for seconds, but hardly twice for the same request.
  const auto ask = [&] { return headway::gateway::Ask(server.port(), request, data[0]); };
  headway::fuzz::Promise(ask() || ask(), "the server closes when the client does");
  headway::fuzz::Promise(headway::gateway::AreLetGo(echoes.connections), "every connection is let go of");
  return 0;
}
