#include "services/aggregator/aggregator_service.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "aggregator/rollup/worker.h"
#include "services/aggregator/gap_gauge.h"
#include "services/aggregator/ingest_service.h"
#include "services/base/log.h"
#include "services/runtime/database_watch.h"

namespace headway {
namespace {

// Says the same failure at most every ten seconds: while PostgreSQL is away, all workers fail again and again. Thread-safe.
class FailureLog {
 public:
  void Add(const absl::Status& status) {
    {
      absl::MutexLock lock(&mutex_);
      const absl::Time now = absl::Now();
      if (status.code() == last_ && now < quiet_until_) return;
      last_ = status.code();
      quiet_until_ = now + absl::Seconds(10);
    }
    LogWarning("derivation failed, will be tried again", {{"cause", status}});
  }

 private:
  absl::Mutex mutex_;
  absl::StatusCode last_ ABSL_GUARDED_BY(mutex_) = absl::StatusCode::kOk;
  absl::Time quiet_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

// At most this long a worker holds back after a batch while senders wait for a thread: what is put off is still derived within the second.
constexpr absl::Duration kHoldBack = absl::Milliseconds(250);

WorkerOptions WorkerOptionsFrom(const AggregatorOptions& options, const IngestPool& senders, GapGauge& gaps,
                                Instruments& instruments) {
  WorkerOptions worker;
  worker.threads = options.workers;
  prometheus::Counter& failures =
      instruments.Counter("derivation_failures_total", "Batches of derivation that failed.");
  worker.on_error = [&failures, log = std::make_shared<FailureLog>()](const absl::Status& status) {
    failures.Increment();
    log->Add(status);
  };
  prometheus::Counter& objects = instruments.Counter("derived_objects_total", "Observed objects taken from the queue.");
  prometheus::Counter& entities =
      instruments.Counter("derived_entities_total", "Times that an entity's rows were written.");
  worker.on_batch = [&objects, &entities, &senders, &gaps](const BatchResult& batch) {
    if (batch.gaps_changed) gaps.Changed();
    objects.Increment(static_cast<double>(batch.objects));
    entities.Increment(static_cast<double>(batch.entities));
    senders.WaitUntilCalm(kHoldBack);
  };
  return worker;
}

class AggregatorService : public Service {
 public:
  AggregatorService(AggregatorOptions options, Instruments& instruments)
      : watch_(options.database),
        worker_connections_(options.database, static_cast<size_t>(std::max(options.workers, 1))),
        graphs_(options.graph_bytes),
        gaps_(options.database, instruments),
        pool_(options.ingest, options.database),
        worker_(&worker_connections_, &graphs_, WorkerOptionsFrom(options, pool_, gaps_, instruments)),
        ingest_(
            pool_, [this] { return watch_.status(); }, [this] { worker_.Wake(); }, instruments) {}

  std::string name() const override { return "aggregator"; }
  std::vector<GrpcService> grpc_services() override { return {{"headway.v1.IngestService", &ingest_}}; }

  absl::Status Start() override {
    watch_.Start();
    pool_.Start();
    return absl::OkStatus();
  }

  absl::Status Ready() override {
    absl::Status database = watch_.status();
    // Before the schema is there workers could only fail; after that they heal by themselves.
    if (database.ok() && !std::exchange(working_, true)) {
      worker_.Start();
      gaps_.Start();
    }
    return database;
  }

  void Drain() override { ingest_.Drain(); }

  void Stop() override {
    // In the order of the data: nothing more comes in, then what is under way is derived. The rest waits in the queue for the next start.
    pool_.Stop();
    worker_.Stop();
    gaps_.Stop();
    watch_.Stop();
  }

 private:
  DatabaseWatch watch_;
  ConnectionPool worker_connections_;
  GraphCache graphs_;
  GapGauge gaps_;  // told by the worker
  IngestPool pool_;
  Worker worker_;
  bool working_ = false;
  IngestServiceImpl ingest_;
};

}  // namespace

std::unique_ptr<Service> MakeAggregatorService(AggregatorOptions options, Instruments& instruments) {
  return std::make_unique<AggregatorService>(std::move(options), instruments);
}

}  // namespace headway
