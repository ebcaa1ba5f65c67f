#include "services/argocd_watcher/instance_watch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingester/kubernetes/curl_api.h"
#include "ingester/kubernetes/reflector.h"
#include "services/argocd_watcher/application_feed.h"

namespace headway {
namespace {

constexpr absl::Duration kReportEvery = absl::Minutes(1);
// How often the gauges move, and how soon a report that could not be sent is sent again.
constexpr absl::Duration kLookEvery = absl::Seconds(5);
// What comes and goes is not told more often.
constexpr absl::Duration kShortestBetween = absl::Seconds(2);

std::string PathOf(const std::string& name_space) {
  const std::string where = name_space.empty() ? "" : absl::StrCat("namespaces/", name_space, "/");
  return absl::StrCat("/apis/argoproj.io/v1alpha1/", where, "applications");
}

}  // namespace

// One namespace, or all.
class InstanceWatch::Reflecting {
 public:
  Reflecting(std::unique_ptr<kubernetes::KubernetesApi> api, const std::string& name_space, const ArgoOptions& options,
             IngestClient* client, SourceReport* report, kubernetes::ReflectorObserver* observer,
             WatchInstruments* instruments)
      : api_(std::move(api)),
        feed_(options, name_space, client, &timing_, report, instruments),
        reflector_({.path = PathOf(name_space), .kind = "Application", .max_object_bytes = kMaxApplicationBytes},
                   api_.get(), &feed_, observer, &timing_) {}

  void Start() {
    thread_ = std::thread([this] { reflector_.Run(); });
  }
  void Cancel() {
    timing_.Stop();
    api_->Cancel();
  }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  kubernetes::SystemTiming timing_;
  const std::unique_ptr<kubernetes::KubernetesApi> api_;
  ApplicationFeed feed_;
  kubernetes::Reflector reflector_;
  std::thread thread_;
};

InstanceWatch::InstanceWatch(WatchedInstance instance, IngestClient* client, Instruments& instruments)
    : instance_(std::move(instance)),
      client_(client),
      instruments_(instruments, instance_.name),
      report_(absl::StrCat("argocd:", instance_.name), &SystemClock(), &instruments_) {}

InstanceWatch::~InstanceWatch() {
  Cancel();
  Stop();
}

absl::Status InstanceWatch::Add(const std::string& name_space) {
  absl::StatusOr<std::unique_ptr<kubernetes::KubernetesApi>> api = kubernetes::MakeCurlApi(instance_.cluster);
  if (!api.ok()) return api.status();
  ArgoOptions options;
  options.instance = instance_.name;
  kubernetes::ReflectorObserver* observer =
      report_.AddWatch(name_space.empty() ? "in all namespaces" : absl::StrCat("in namespace ", name_space));
  reflecting_.push_back(
      std::make_unique<Reflecting>(*std::move(api), name_space, options, client_, &report_, observer, &instruments_));
  return absl::OkStatus();
}

absl::Status InstanceWatch::Start() {
  const std::vector<std::string> everywhere = {""};
  for (const std::string& name_space : instance_.namespaces.empty() ? everywhere : instance_.namespaces) {
    if (absl::Status status = Add(name_space); !status.ok()) return status;
  }
  for (const std::unique_ptr<Reflecting>& one : reflecting_) one->Start();
  reporting_ = std::thread([this] { KeepReporting(); });
  return absl::OkStatus();
}

// A report about every minute, and at once when a problem begins or ends. One that cannot be sent is replaced by the next.
void InstanceWatch::KeepReporting() {
  absl::Duration due = timing_.Elapsed() + kShortestBetween;  // time to say that all is well from the beginning
  while (timing_.Sleep(kShortestBetween)) {
    const bool has_changed = report_.AwaitChange(std::min(kLookEvery, due - timing_.Elapsed()));
    report_.UpdateGauges();
    if (!has_changed && timing_.Elapsed() < due) continue;
    v1::IngestRequest request;
    *request.add_observations() = report_.Report();
    const absl::StatusOr<v1::IngestResponse> response = client_->Send(request);
    due = timing_.Elapsed() + (response.ok() ? kReportEvery : kLookEvery);
  }
}

void InstanceWatch::Cancel() {
  timing_.Stop();
  report_.Stop();
  for (const std::unique_ptr<Reflecting>& one : reflecting_) one->Cancel();
}

void InstanceWatch::Stop() {
  for (const std::unique_ptr<Reflecting>& one : reflecting_) one->Join();
  if (reporting_.joinable()) reporting_.join();
}

}  // namespace headway
