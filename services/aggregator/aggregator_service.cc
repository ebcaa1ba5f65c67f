#include "services/aggregator/aggregator_service.h"

#include "services/aggregator/ingest_service.h"
#include "services/runtime/database_watch.h"

namespace headway {
namespace {

class AggregatorService : public Service {
 public:
  AggregatorService(AggregatorOptions options, Instruments& instruments)
      : watch_(options.database),
        pool_(options.ingest, options.database, nullptr),
        ingest_(
            pool_, [this] { return watch_.status(); }, instruments) {}

  std::string name() const override { return "aggregator"; }
  std::vector<GrpcService> grpc_services() override { return {{"headway.v1.IngestService", &ingest_}}; }

  absl::Status Start() override {
    watch_.Start();
    pool_.Start();
    return absl::OkStatus();
  }

  absl::Status Ready() override { return watch_.status(); }
  void Drain() override { ingest_.Drain(); }

  void Stop() override {
    pool_.Stop();
    watch_.Stop();
  }

 private:
  DatabaseWatch watch_;
  IngestPool pool_;
  IngestServiceImpl ingest_;
};

}  // namespace

std::unique_ptr<Service> MakeAggregatorService(AggregatorOptions options, Instruments& instruments) {
  return std::make_unique<AggregatorService>(std::move(options), instruments);
}

}  // namespace headway
