// How fast observations are acknowledged: deployments through gRPC to the commit, without derivation, against COPY of the very rows that this wrote, into
// the same table of the same PostgreSQL (fsync on) in the same run. Prints one JSON object. Arguments: [records [batch [window]]].
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "aggregator/store/postgres_fixture.h"
#include "headway/v1/ingest.grpc.pb.h"
#include "services/aggregator/aggregator_service.h"
#include "services/runtime/process.h"

namespace headway {
namespace {

v1::Observation Deployment(int i) {
  v1::Observation observation;
  observation.set_source("argocd:production");
  v1::Deployment& deployment = *observation.mutable_deployment();
  deployment.set_key(absl::StrCat("apps/service-", i % 1000, "/", i));
  deployment.set_entity_ref(absl::StrCat("component:default/service-", i % 1000));
  deployment.set_stream(absl::StrCat("service-", i % 1000));
  deployment.set_environment("production");
  deployment.set_source_revision(absl::StrCat(absl::Hex(i, absl::kZeroPad16), "00000000000000000000000a"));
  deployment.add_images(absl::StrCat("registry.example/service-", i % 1000, ":", i));
  deployment.mutable_started_at()->set_seconds(1'700'000'000 + i);
  deployment.mutable_finished_at()->set_seconds(1'700'000'060 + i);
  deployment.set_phase(v1::Deployment::SUCCEEDED);
  return observation;
}

// Seconds until all batches are acknowledged, `window` of them under way at a time.
double Send(const std::string& address, const std::vector<v1::IngestRequest>& batches, int window) {
  auto stub = v1::IngestService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  std::atomic<size_t> next{0};
  const absl::Time begin = absl::Now();
  std::vector<std::thread> senders;
  for (int i = 0; i < window; ++i) {
    senders.emplace_back([&] {
      for (size_t n = next++; n < batches.size(); n = next++) {
        grpc::ClientContext context;
        v1::IngestResponse response;
        grpc::Status status = stub->Ingest(&context, batches[n], &response);
        if (!status.ok() || response.rejected() > 0) {
          fprintf(stderr, "not stored: %s\n", status.error_message().c_str());
          std::exit(1);
        }
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  return absl::ToDoubleSeconds(absl::Now() - begin);
}

// Seconds of COPY of all rows of raw.observations, from a file, after emptying it.
double Copy(testing::PostgresCluster& cluster, const std::string& database, const char* format) {
  const std::string file = absl::StrCat("/tmp/headway-bench-", getpid());
  auto run = [&](const std::string& sql) { cluster.Execute(database, sql); };
  run(absl::StrCat("COPY (SELECT * FROM raw.observations ORDER BY received_at) TO '", file, "' (FORMAT ", format,
                   ")"));  // lint: sql of constants
  run("TRUNCATE raw.observations");
  run("CHECKPOINT");
  const absl::Time begin = absl::Now();
  run(absl::StrCat("COPY raw.observations FROM '", file, "' (FORMAT ", format, ")"));  // lint: sql of constants
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  std::remove(file.c_str());
  return seconds;
}

int Main(int records, int batch, int window) {
  testing::PostgresCluster cluster(/*fsync=*/true);
  const std::string database = cluster.CreateDatabase();
  const std::string url = cluster.Url(database);
  Instruments instruments;
  std::vector<std::unique_ptr<Service>> services;
  services.push_back(MakeAggregatorService({[url]() -> absl::StatusOr<std::string> { return url; }, 0}, instruments));
  Process process({"127.0.0.1:0"}, instruments, std::move(services));
  if (!process.Start().ok()) return 1;
  while (!process.UpdateHealth().ok()) absl::SleepFor(absl::Milliseconds(20));

  std::vector<v1::IngestRequest> batches;
  for (int i = 0; i < records; ++i) {
    if (i % batch == 0) batches.emplace_back();
    *batches.back().add_observations() = Deployment(i);
  }
  const std::string address = absl::StrCat("127.0.0.1:", process.port());
  cluster.Execute(database, "CHECKPOINT");
  const double sent = Send(address, batches, window);
  const double again = Send(address, batches, window);
  process.Stop();
  const double binary = Copy(cluster, database, "binary");
  const double text = Copy(cluster, database, "text");
  printf(
      "{\"records\":%d,\"batch\":%d,\"window\":%d,\"grpc_per_s\":%.0f,\"duplicates_per_s\":%.0f,\"copy_binary_per_s\":%"
      ".0f,"
      "\"copy_text_per_s\":%.0f,\"ratio_to_binary\":%.2f,\"ratio_to_text\":%.2f}\n",
      records, batch, window, records / sent, records / again, records / binary, records / text, binary / sent,
      text / sent);
  return 0;
}

}  // namespace
}  // namespace headway

int main(int argc, char** argv) {
  const int records = argc > 1 ? std::atoi(argv[1]) : 200'000;
  const int batch = argc > 2 ? std::atoi(argv[2]) : 1'000;
  return headway::Main(records, batch, argc > 3 ? std::atoi(argv[3]) : 4);
}
