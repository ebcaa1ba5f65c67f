#include "services/metrics/metrics_service.h"

#include <atomic>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "aggregator/store/coverage_reader.h"
#include "aggregator/store/entity_listener.h"
#include "aggregator/store/graph_cache.h"
#include "aggregator/store/rows_reader.h"
#include "services/base/log.h"
#include "services/metrics/coverage_answers.h"
#include "services/metrics/coverage_grpc.h"
#include "services/metrics/coverage_watch.h"
#include "services/metrics/entity_cache.h"
#include "services/metrics/entity_source.h"
#include "services/metrics/metrics_answers.h"
#include "services/metrics/metrics_grpc.h"
#include "services/metrics/request_pool.h"
#include "services/metrics/watch_hub.h"
#include "services/runtime/database_watch.h"

namespace headway {
namespace {

// How soon threads that wait see that the service stops.
constexpr absl::Duration kStopLatency = absl::Milliseconds(250);
constexpr absl::Duration kListenRetry = absl::Seconds(1);
// One read of coverage at a time: it may be of everything.
constexpr size_t kMaxQueuedCoverage = 64;

// No statement may keep a thread for longer than the time-out, whatever happens to the server. Prepared statements are planned once: they look rows
// up by their keys whatever the parameters are, and planning over all partitions takes longer than reading, as does compiling. What the connection string sets stands.
DatabaseUrl ForReading(DatabaseUrl url, absl::Duration timeout) {
  const std::string settings = absl::StrCat("-c statement_timeout=", absl::ToInt64Milliseconds(timeout),
                                            " -c plan_cache_mode=force_generic_plan -c jit=off");
  return [url = std::move(url), settings]() -> absl::StatusOr<std::string> {
    absl::StatusOr<std::string> base = url();
    if (!base.ok() || absl::StrContains(*base, "options=")) return base;
    if (!absl::StrContains(*base, "://")) return absl::StrCat(*base, " options='", settings, "'");
    const std::string escaped = absl::StrReplaceAll(settings, {{" ", "%20"}, {"=", "%3D"}});
    return absl::StrCat(*base, absl::StrContains(*base, "?") ? "&" : "?", "options=", escaped);
  };
}

class MetricsService : public Service {
 public:
  MetricsService(MetricsOptions options, Instruments& instruments)
      : clock_(options.clock == nullptr ? SystemClock() : *options.clock),
        database_(options.database),
        // One more for the hub, one for coverage and one for the instruments of it.
        connections_(ForReading(options.database, options.statement_timeout), static_cast<size_t>(options.threads) + 3),
        graphs_(options.graph_bytes),
        reader_(&connections_, &graphs_),
        entities_(StoredEntities(&reader_)),
        cache_(entities_.get(), options.cache_bytes),
        answers_(entities_.get(), &cache_, &clock_),
        hub_({}, BackendOf(), &clock_),
        pool_(options.threads, options.max_queued),
        coverage_reader_(&connections_),
        coverage_(&coverage_reader_, &progress_, &clock_),
        coverage_pool_(1, kMaxQueuedCoverage),
        coverage_watch_(&coverage_reader_, &progress_, &clock_, instruments),
        listener_(options.database),
        grpc_(
            answers_, pool_, hub_, [this] { return database_.status(); }, clock_, instruments,
            std::move(options.default_policies)),
        coverage_grpc_(
            coverage_, coverage_pool_, [this] { return database_.status(); }, instruments),
        cache_bytes_(instruments.Gauge("metrics_cache_bytes", "Bytes of decoded rows that are kept.")),
        cache_hits_(
            instruments.Gauge("metrics_cache_hits", "Entities that were answered from kept rows, since the start.")),
        cache_misses_(
            instruments.Gauge("metrics_cache_misses", "Entities whose rows had to be read, since the start.")),
        cache_extended_(instruments.Gauge("metrics_cache_extended",
                                          "Of the misses: those that only needed what was appended, since the start.")),
        queued_(instruments.Gauge("metrics_queued_requests", "Requests that wait for a thread.")),
        watchers_(instruments.Gauge("metrics_watchers", "Watches that are open.")) {}

  ~MetricsService() override { Stop(); }

  std::string name() const override { return "metrics"; }
  std::vector<GrpcService> grpc_services() override {
    return {{"headway.v1.MetricsService", &grpc_}, {"headway.v1.CoverageService", &coverage_grpc_}};
  }

  absl::Status Start() override {
    database_.Start();
    pool_.Start();
    coverage_pool_.Start();
    coverage_watch_.Start();
    hub_thread_ = std::thread([this] { RunHub(); });
    listen_thread_ = std::thread([this] { Listen(); });
    return absl::OkStatus();
  }

  absl::Status Ready() override {
    const EntityCache::Counts counts = cache_.counts();
    cache_bytes_.Set(static_cast<double>(counts.bytes));
    cache_hits_.Set(static_cast<double>(counts.hits));
    cache_misses_.Set(static_cast<double>(counts.misses));
    cache_extended_.Set(static_cast<double>(counts.extended));
    queued_.Set(static_cast<double>(pool_.queued()));
    watchers_.Set(static_cast<double>(hub_.watchers()));
    return database_.status();
  }

  void Drain() override { hub_.Drain(); }

  void Stop() override {
    stopping_ = true;
    hub_.Drain();
    if (hub_thread_.joinable()) hub_thread_.join();
    if (listen_thread_.joinable()) listen_thread_.join();
    pool_.Stop();
    coverage_pool_.Stop();
    coverage_watch_.Stop();
    database_.Stop();
  }

 private:
  WatchHub::Backend BackendOf() {
    return {.compute = [this](const v1::GetEntityMetricsRequest& request, v1::GetEntityMetricsResponse* out,
                              WatchFacts* facts) { return answers_.Watch(request, {}, out, facts); },
            .versions = [this](absl::Span<const std::string> refs) { return answers_.Versions(refs); },
            .sources_moved =
                [this](int64_t version, const v1::GetEntityMetricsResponse& answer) {
                  return cache_.SourcesMoved(version, answer);
                }};
  }

  void RunHub() {
    while (!stopping_) hub_.WaitUntil(hub_.Step(), kStopLatency);
  }

  void Listen() {
    bool was_heard = true;
    while (!stopping_) {
      const absl::StatusOr<EntityNotice> notice = listener_.Wait(kStopLatency);
      if (notice.ok()) {
        if (notice->everything || !notice->hashes.empty()) hub_.Hear(*notice);
        was_heard = true;
        continue;
      }
      if (std::exchange(was_heard, false))
        LogWarning("cannot hear which entities change", {{"status", notice.status()}});
      for (absl::Time retry = absl::Now() + kListenRetry; !stopping_ && absl::Now() < retry;)
        absl::SleepFor(kStopLatency / 5);
    }
  }

  const Clock& clock_;
  DatabaseWatch database_;
  ConnectionPool connections_;
  GraphCache graphs_;
  RowsReader reader_;
  std::unique_ptr<EntitySource> entities_;
  EntityCache cache_;
  MetricsAnswers answers_;
  WatchHub hub_;
  RequestPool pool_;
  CoverageReader coverage_reader_;
  QueueProgress progress_;
  CoverageAnswers coverage_;
  RequestPool coverage_pool_;
  CoverageWatch coverage_watch_;
  EntityListener listener_;
  MetricsGrpc grpc_;
  CoverageGrpc coverage_grpc_;
  prometheus::Gauge& cache_bytes_;
  prometheus::Gauge& cache_hits_;
  prometheus::Gauge& cache_misses_;
  prometheus::Gauge& cache_extended_;
  prometheus::Gauge& queued_;
  prometheus::Gauge& watchers_;
  std::atomic<bool> stopping_ = false;
  std::thread hub_thread_;
  std::thread listen_thread_;
};

}  // namespace

std::unique_ptr<Service> MakeMetricsService(MetricsOptions options, Instruments& instruments) {
  return std::make_unique<MetricsService>(std::move(options), instruments);
}

}  // namespace headway
