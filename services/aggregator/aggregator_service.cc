#include "services/aggregator/aggregator_service.h"

#include <algorithm>

#include "aggregator/rollup/worker.h"
#include "services/aggregator/ingest_service.h"
#include "services/base/log.h"
#include "services/runtime/database_watch.h"

namespace headway {
namespace {

WorkerOptions WorkerOptionsFrom(const AggregatorOptions& options, Instruments& instruments) {
  WorkerOptions worker;
  worker.threads = options.workers;
  prometheus::Counter& failures = instruments.Counter("derivation_failures_total", "Batches of derivation that failed.");
  worker.on_error = [&failures](const absl::Status& status) {
    failures.Increment();
    LogWarning("derivation failed", {{"error", status}});
  };
  prometheus::Counter& objects = instruments.Counter("derived_objects_total", "Observed objects taken from the queue.");
  prometheus::Counter& entities =
      instruments.Counter("derived_entities_total", "Times that an entity's rows were written.");
  worker.on_batch = [&objects, &entities](const BatchResult& batch) {
    objects.Increment(static_cast<double>(batch.objects));
    entities.Increment(static_cast<double>(batch.entities));
  };
  return worker;
}

class AggregatorService : public Service {
 public:
  AggregatorService(AggregatorOptions options, Instruments& instruments)
      : watch_(options.database),
        worker_connections_(options.database, static_cast<size_t>(std::max(options.workers, 1))),
        worker_(&worker_connections_, &graphs_, WorkerOptionsFrom(options, instruments)),
        pool_(options.ingest, options.database, [this] { worker_.Wake(); }),
        ingest_(
            pool_, [this] { return watch_.status(); }, instruments) {}

  std::string name() const override { return "aggregator"; }
  std::vector<GrpcService> grpc_services() override { return {{"headway.v1.IngestService", &ingest_}}; }

  absl::Status Start() override {
    watch_.Start();
    worker_.Start();
    pool_.Start();
    return absl::OkStatus();
  }

  absl::Status Ready() override { return watch_.status(); }
  void Drain() override { ingest_.Drain(); }

  void Stop() override {
    // In the order of the data: nothing more comes in, then what is under way is derived. The rest waits in the queue for the next start.
    pool_.Stop();
    worker_.Stop();
    watch_.Stop();
  }

 private:
  DatabaseWatch watch_;
  ConnectionPool worker_connections_;
  GraphCache graphs_;
  Worker worker_;
  IngestPool pool_;
  IngestServiceImpl ingest_;
};

}  // namespace

std::unique_ptr<Service> MakeAggregatorService(AggregatorOptions options, Instruments& instruments) {
  return std::make_unique<AggregatorService>(std::move(options), instruments);
}

}  // namespace headway
