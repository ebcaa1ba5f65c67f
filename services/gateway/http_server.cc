#include "services/gateway/http_server.h"

#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "services/base/log.h"
#include "services/gateway/answers.h"
#include "services/gateway/http_connection.h"

namespace headway::gateway {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using Acceptor = asio::basic_socket_acceptor<Tcp, asio::io_context::executor_type>;

constexpr auto kTick = std::chrono::milliseconds(100);
// Connections beyond the limit that are told so at one time; more are closed without a word.
constexpr size_t kRefusedAtOnce = 64;

absl::StatusOr<Tcp::endpoint> ParseAddress(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  int port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(listen.substr(colon + 1), &port) || port < 0 || port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat("\"", listen, "\" is not host:port"));
  }
  std::string host = listen.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  error_code error;
  const asio::ip::address address = asio::ip::make_address(host, error);
  if (error) return absl::InvalidArgumentError(absl::StrCat("\"", host, "\" is not an IP address"));
  return Tcp::endpoint(address, static_cast<uint16_t>(port));
}

// One thread with its connections.
struct Worker {
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard{io.get_executor()};
  asio::steady_timer timer{io};
  ConnectionSet connections;
  std::thread thread;

  void Run() {
    ScheduleTick();
    thread = std::thread([this] { io.run(); });
  }

  void ScheduleTick() {
    timer.expires_after(kTick);
    timer.async_wait([this](error_code error) {
      if (error) return;
      const absl::Time now = absl::Now();
      // A connection that closes leaves the set.
      const std::vector<std::shared_ptr<HttpConnection>> open(connections.open.begin(), connections.open.end());
      for (const auto& connection : open) connection->Tick(now);
      ScheduleTick();
    });
  }

  void CloseAll() {
    const std::vector<std::shared_ptr<HttpConnection>> open(connections.open.begin(), connections.open.end());
    for (const auto& connection : open) connection->Close();
  }
};

}  // namespace

class HttpServer::Impl {
 public:
  Impl(HttpLimits limits, Handler* handler) : limits_(limits), handler_(handler) {}
  ~Impl() { Stop(absl::ZeroDuration()); }

  absl::Status Start(const std::string& listen) {
    const absl::StatusOr<Tcp::endpoint> endpoint = ParseAddress(listen);
    if (!endpoint.ok()) return endpoint.status();
    for (int i = 0; i < limits_.threads; ++i) {
      workers_.push_back(std::make_unique<Worker>());
      workers_.back()->connections = {&limits_, handler_, &draining_, &count_, {}};
    }
    acceptor_ = std::make_unique<Acceptor>(workers_[0]->io);
    error_code error;
    acceptor_->open(endpoint->protocol(), error);
    if (!error) acceptor_->set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_->bind(*endpoint, error);
    if (!error) acceptor_->listen(asio::socket_base::max_listen_connections, error);
    if (error) return absl::UnavailableError(absl::StrCat("cannot listen on ", listen, ": ", error.message()));
    port_ = acceptor_->local_endpoint(error).port();
    Accept();
    for (const auto& worker : workers_) worker->Run();
    return absl::OkStatus();
  }

  int port() const { return port_; }
  void Drain() { draining_ = true; }

  void Stop(absl::Duration within) {
    if (workers_.empty() || stopped_) return;
    Drain();
    asio::post(workers_[0]->io, [this] {
      error_code ignored;
      if (acceptor_) acceptor_->close(ignored);
    });
    const absl::Time until = absl::Now() + within;
    while (count_ > 0 && absl::Now() < until) absl::SleepFor(absl::Milliseconds(10));
    for (const auto& worker : workers_) asio::post(worker->io, [&worker = *worker] { worker.CloseAll(); });
    for (const auto& worker : workers_) {
      asio::post(worker->io, [&worker = *worker] { worker.io.stop(); });
      if (worker->thread.joinable()) worker->thread.join();
    }
    stopped_ = true;
  }

 private:
  void Accept() {
    Worker& worker = *workers_[next_++ % workers_.size()];
    acceptor_->async_accept(worker.io, [this, &worker](error_code error, Socket socket) {
      if (error == asio::error::operation_aborted || !acceptor_->is_open()) return;
      if (error) {
        // Out of descriptors, most likely: others must close first.
        LogWarning("cannot accept a connection", {{"cause", error.message()}});
        retry_ = std::make_unique<asio::steady_timer>(workers_[0]->io, kTick);
        retry_->async_wait([this](error_code) { Accept(); });
        return;
      }
      asio::post(worker.io,
                 [this, &worker, socket = std::move(socket)]() mutable { Serve(worker, std::move(socket)); });
      Accept();
    });
  }

  void Serve(Worker& worker, Socket socket) {
    const size_t count = count_;
    if (count >= limits_.connections + kRefusedAtOnce) return;  // the socket closes
    const auto connection = MakeHttpConnection(std::move(socket), &worker.connections);
    if (count < limits_.connections) {
      connection->Begin();
    } else {
      connection->BeginRefusing(HttpError(503, absl::StatusCode::kUnavailable, "too many connections", ""));
    }
  }

  const HttpLimits limits_;
  Handler* const handler_;
  std::atomic<bool> draining_ = false;
  std::atomic<size_t> count_ = 0;
  bool stopped_ = false;
  // They stay until the end, because a call may wake a connection that has just closed.
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<Acceptor> acceptor_;  // on the first worker's thread
  std::unique_ptr<asio::steady_timer> retry_;
  size_t next_ = 0;
  int port_ = 0;
};

HttpServer::HttpServer(HttpLimits limits, Handler* handler) : impl_(std::make_unique<Impl>(limits, handler)) {}
HttpServer::~HttpServer() = default;
absl::Status HttpServer::Start(const std::string& listen) { return impl_->Start(listen); }
int HttpServer::port() const { return impl_->port(); }
void HttpServer::Drain() { impl_->Drain(); }
void HttpServer::Stop(absl::Duration within) { impl_->Stop(within); }

}  // namespace headway::gateway
