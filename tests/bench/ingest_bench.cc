// How fast observations are acknowledged: deployments through gRPC to the commit, without derivation, against COPY of the very rows that this wrote, into
// the same table of the same PostgreSQL (fsync on) in the same run. Prints one JSON object. Arguments: [records [batch [window]]].
#include <grpcpp/grpcpp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
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

// Processor seconds of the cluster, its ended sessions included, and of this process: comparable also when other work is done on the machine.
double CpuSeconds(const testing::PostgresCluster& cluster) {
  double ticks = 0;
  for (const auto& process : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(process.path() / "stat");
    std::string line;
    if (!std::getline(file, line) || line.rfind(") ") == std::string::npos) continue;
    const std::vector<std::string> fields = absl::StrSplit(line.substr(line.rfind(") ") + 2), ' ');
    const bool is_postmaster = process.path().filename() == std::to_string(cluster.postmaster());
    if (!is_postmaster && fields[1] != std::to_string(cluster.postmaster())) continue;  // fields[1]: the parent
    ticks += std::stod(fields[11]) + std::stod(fields[12]);
    if (is_postmaster) ticks += std::stod(fields[13]) + std::stod(fields[14]);  // of children that have ended
  }
  rusage self{};
  getrusage(RUSAGE_SELF, &self);
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK)) +
         static_cast<double>(self.ru_utime.tv_sec + self.ru_stime.tv_sec) +
         static_cast<double>(self.ru_utime.tv_usec + self.ru_stime.tv_usec) / 1e6;
}

// Returns when all batches are acknowledged, `window` of them under way at a time.
void Send(const std::string& address, const std::vector<v1::IngestRequest>& batches, int window) {
  auto stub = v1::IngestService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  std::atomic<size_t> next{0};
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
}

struct Cost {
  double seconds = 0;
  double cpu_seconds = 0;
};

template <typename Work>
Cost Measure(const testing::PostgresCluster& cluster, Work work) {
  const double cpu = CpuSeconds(cluster);
  const absl::Time begin = absl::Now();
  work();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  absl::SleepFor(absl::Milliseconds(100));  // until sessions that ended are counted
  return {seconds, CpuSeconds(cluster) - cpu};
}

// What COPY of all rows of raw.observations costs, from a file, after emptying it.
Cost Copy(testing::PostgresCluster& cluster, const std::string& database, const char* format) {
  const std::string file = absl::StrCat("/tmp/headway-bench-", getpid());
  auto run = [&](const std::string& sql) { cluster.Execute(database, sql); };
  run(absl::StrCat("COPY (SELECT * FROM raw.observations ORDER BY received_at) TO '", file, "' (FORMAT ", format,
                   ")"));  // lint: sql of constants
  run("TRUNCATE raw.observations");
  run("CHECKPOINT");
  const Cost cost = Measure(cluster, [&] {
    run(absl::StrCat("COPY raw.observations FROM '", file, "' (FORMAT ", format, ")"));  // lint: sql of constants
  });
  std::remove(file.c_str());
  return cost;
}

std::string Json(const std::string& name, const Cost& cost, int records) {
  return absl::StrFormat("\"%s\":{\"per_s\":%.0f,\"cpu_us_per_record\":%.1f}", name, records / cost.seconds,
                         cost.cpu_seconds / records * 1e6);
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
  const Cost sent = Measure(cluster, [&] { Send(address, batches, window); });
  const Cost again = Measure(cluster, [&] { Send(address, batches, window); });
  process.Stop();
  const Cost binary = Copy(cluster, database, "binary");
  const Cost text = Copy(cluster, database, "text");
  absl::PrintF(
      "{\"records\":%d,\"batch\":%d,\"window\":%d,%s,%s,%s,%s,\"ratio_to_binary\":%.2f,\"ratio_to_text\":%.2f}\n",
      records, batch, window, Json("grpc", sent, records), Json("duplicates", again, records),
      Json("copy_binary", binary, records), Json("copy_text", text, records), binary.seconds / sent.seconds,
      text.seconds / sent.seconds);
  return 0;
}

}  // namespace
}  // namespace headway

int main(int argc, char** argv) {
  const int records = argc > 1 ? std::atoi(argv[1]) : 200'000;
  const int batch = argc > 2 ? std::atoi(argv[2]) : 1'000;
  return headway::Main(records, batch, argc > 3 ? std::atoi(argv[3]) : 4);
}
