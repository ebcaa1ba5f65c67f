#include "services/runtime/process.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <exception>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "prometheus/exposer.h"
#include "services/base/log.h"

namespace headway {
namespace {

// A full batch is 4 MiB; what is larger is to be refused by the service, which says why, not by the transport.
constexpr int kMaxMessageBytes = 8 << 20;
constexpr size_t kMaxTransportBytes = 96 << 20;
constexpr absl::Duration kHealthInterval = absl::Milliseconds(500);

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

Process::Process(ProcessOptions options, Instruments& instruments, std::vector<std::unique_ptr<Service>> services)
    : options_(std::move(options)), instruments_(instruments), services_(std::move(services)) {}

Process::~Process() { Stop(); }

absl::Status Process::StartServer() {
  grpc::EnableDefaultHealthCheckService(true);
  static const bool reflection = [] {
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    return true;
  }();
  (void)reflection;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options_.listen, grpc::InsecureServerCredentials(), &port_);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  // What is being received, by all connections together. When it is used up, reading waits.
  grpc::ResourceQuota quota("headway");
  builder.SetResourceQuota(quota.Resize(kMaxTransportBytes));
  // Without this two processes could share the port unnoticed, each answering some of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  for (const std::unique_ptr<Service>& service : services_) {
    std::vector<std::string>& names = grpc_names_.emplace_back();
    for (const GrpcService& one : service->grpc_services()) {
      builder.RegisterService(one.service);
      names.push_back(one.name);
    }
  }
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", options_.listen,
                     ": another process may be using it; stop that one, or choose another with --listen"));
  }
  for (const std::vector<std::string>& names : grpc_names_) {
    for (const std::string& name : names) server_->GetHealthCheckService()->SetServingStatus(name, false);
  }
  server_->GetHealthCheckService()->SetServingStatus("", false);
  return absl::OkStatus();
}

absl::Status Process::StartExposer() {
  if (options_.instruments_listen.empty()) return absl::OkStatus();
  try {
    exposer_ = std::make_unique<prometheus::Exposer>(options_.instruments_listen, 1);
    exposer_->RegisterCollectable(instruments_.registry());
  } catch (const std::exception& e) {
    return absl::UnavailableError(absl::StrCat("cannot serve /metrics on ", options_.instruments_listen, ": ", e.what(),
                                               "; choose another with --instruments-listen"));
  }
  return absl::OkStatus();
}

absl::Status Process::Start() {
  absl::Status status = StartExposer();
  if (status.ok()) status = StartServer();
  if (!status.ok()) return status;
  for (const std::unique_ptr<Service>& service : services_) {
    status = service->Start();
    if (!status.ok()) return status;
    ++started_;
  }
  LogInfo("listening", {{"address", options_.listen}, {"port", port_}, {"instruments", options_.instruments_listen}});
  return absl::OkStatus();
}

absl::Status Process::UpdateHealth() {
  absl::Status all = absl::OkStatus();
  for (size_t i = 0; i < started_; ++i) {
    const std::string name = services_[i]->name();
    absl::Status ready = services_[i]->Ready();
    for (const std::string& grpc_name : grpc_names_[i]) {
      server_->GetHealthCheckService()->SetServingStatus(grpc_name, ready.ok());
    }
    auto [before, is_first] = readiness_.try_emplace(name, absl::UnknownError(""));
    if (before->second != ready) {
      if (ready.ok()) {
        LogInfo("ready", {{"service", name}});
      } else {
        LogWarning("not ready", {{"service", name}, {"cause", ready}});
      }
      before->second = ready;
    }
    instruments_.Gauge("ready", "1 while the service can answer.", {{"service", name}}).Set(ready.ok() ? 1 : 0);
    all.Update(ready);
  }
  server_->GetHealthCheckService()->SetServingStatus("", all.ok());
  return all;
}

void Process::Stop() {
  if (stopped_) return;
  stopped_ = true;
  if (server_ != nullptr) {
    for (const std::vector<std::string>& names : grpc_names_) {
      for (const std::string& name : names) server_->GetHealthCheckService()->SetServingStatus(name, false);
    }
    server_->GetHealthCheckService()->SetServingStatus("", false);
  }
  for (size_t i = started_; i > 0; --i) services_[i - 1]->Drain();
  if (server_ != nullptr) {
    server_->Shutdown(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(options_.stop_within));
    server_->Wait();
  }
  for (size_t i = started_; i > 0; --i) services_[i - 1]->Stop();
  server_.reset();
  exposer_.reset();
}

void BlockStopSignals() {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // Changed files are noticed anyway; whoever is used to say so does no harm.
  signal(SIGHUP, SIG_IGN);
}

int RunUntilStopped(Process& process) {
  // Debian's Abseil looks for cycles of locks whenever one is taken, under a lock of all threads. Tests keep that; what runs does without.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  if (absl::Status status = process.Start(); !status.ok()) {
    LogError("cannot start", {{"cause", status}});
    return 1;
  }
  const sigset_t signals = StopSignals();
  const timespec interval = absl::ToTimespec(kHealthInterval);
  int signal = -1;
  while (signal < 0) {
    process.UpdateHealth().IgnoreError();
    signal = sigtimedwait(&signals, nullptr, &interval);
  }
  LogInfo("stopping", {{"signal", signal}});
  // Whoever signals twice wants it to end now.
  struct sigaction at_once = {};
  at_once.sa_handler = [](int) { _exit(1); };
  sigaction(SIGINT, &at_once, nullptr);
  sigaction(SIGTERM, &at_once, nullptr);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  process.Stop();
  LogInfo("stopped");
  return 0;
}

}  // namespace headway
