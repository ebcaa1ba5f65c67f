#include "tests/bench/history_command.h"

#include <fstream>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/bench/deployments.h"
#include "tests/bench/send.h"

namespace headway::bench {
namespace {

constexpr int kBatch = 1000;

std::string Text(const google::protobuf::Timestamp& time) {
  return absl::FormatTime(absl::RFC3339_full, absl::FromUnixMicros(time.seconds() * 1000000 + time.nanos() / 1000),
                          absl::UTCTimeZone());
}

class Tables {
 public:
  explicit Tables(const std::string& folder)
      : deployments_(folder + "/deployments.tsv"),
        changes_(folder + "/pull_requests.tsv"),
        incidents_(folder + "/incidents.tsv") {}

  void Write(const std::string& entity, const std::vector<v1::Observation>& history) {
    std::map<std::string, std::string> opened;
    for (const v1::Observation& observation : history) {
      if (observation.has_deployment()) {
        const v1::Deployment& row = observation.deployment();
        deployments_ << ++deployment_count << '\t' << entity << '\t' << row.source_revision() << '\t'
                     << Text(row.started_at()) << '\t' << Text(row.finished_at()) << "\tsucceeded\n";
      } else if (observation.has_change()) {
        const v1::Change& row = observation.change();
        changes_ << ++change_count << '\t' << entity << '\t' << row.number() << '\t'
                 << Text(row.first_commit_authored_at()) << '\t' << Text(row.opened_at()) << '\t'
                 << Text(row.merged_at()) << '\t' << row.merge_commit_sha() << '\n';
      } else if (observation.has_incident_event()) {
        const v1::IncidentEvent& row = observation.incident_event();
        std::string& begin = opened[row.incident_id()];
        if (row.type() == v1::IncidentEvent::OPENED) {
          begin = Text(row.occurred_at());
        } else {
          incidents_ << ++incident_count << '\t' << entity << '\t' << begin << '\t' << Text(row.occurred_at()) << '\n';
        }
      }
    }
  }

  int64_t deployment_count = 0;
  int64_t change_count = 0;
  int64_t incident_count = 0;

 private:
  std::ofstream deployments_;
  std::ofstream changes_;
  std::ofstream incidents_;
};

void SendShare(const HistoryOptions& options, int senders, int number, Sender& sender, int64_t& count) {
  v1::IngestRequest batch;
  const auto flush = [&] {
    if (batch.observations_size() == 0) return;
    count += batch.observations_size();
    sender.Send(batch);
    batch.Clear();
  };
  for (int64_t entity = number; entity < options.entities; entity += senders) {
    for (v1::Observation& observation : HistoryOf(options, entity)) {
      batch.add_observations()->Swap(&observation);
      if (batch.observations_size() == kBatch) flush();
    }
  }
  flush();
}

}  // namespace

nlohmann::json SendHistories(const std::string& server, int senders, const HistoryOptions& options) {
  std::vector<std::unique_ptr<Sender>> connections;
  for (int i = 0; i < senders; ++i) connections.push_back(std::make_unique<Sender>(server, i));
  std::vector<int64_t> counts(static_cast<size_t>(senders));
  const absl::Time began = absl::Now();
  std::vector<std::thread> threads;
  for (int i = 0; i < senders; ++i) {
    const auto at = static_cast<size_t>(i);
    threads.emplace_back([&, i, at] { SendShare(options, senders, i, *connections[at], counts[at]); });
  }
  for (std::thread& thread : threads) thread.join();
  nlohmann::json result = Sum(connections);
  int64_t sent = 0;
  for (const int64_t count : counts) sent += count;
  result["sent"] = sent;
  result["seconds"] = absl::ToDoubleSeconds(absl::Now() - began);
  return result;
}

nlohmann::json WriteTables(const std::string& folder, const HistoryOptions& options) {
  Tables tables(folder);
  for (int64_t entity = 0; entity < options.entities; ++entity)
    tables.Write(EntityRef(entity), HistoryOf(options, entity));
  return {{"deployments", tables.deployment_count},
          {"pull_requests", tables.change_count},
          {"incidents", tables.incident_count}};
}

}  // namespace headway::bench
