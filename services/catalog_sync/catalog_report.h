// What a catalog or a configuration says of itself as a source: when it was read last, and what keeps it from being read. Said when it changes, and now and then.
#ifndef HEADWAY_SERVICES_CATALOG_SYNC_CATALOG_REPORT_H_
#define HEADWAY_SERVICES_CATALOG_SYNC_CATALOG_REPORT_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "headway/v1/ingest.pb.h"

namespace headway {

// The problem that a failed attempt is. `subject`: what was attempted.
v1::SourceProblem ProblemOf(const absl::Status& status, absl::string_view subject);

// Not thread-safe.
class CatalogReport {
 public:
  // `every`: how long the same is not said again.
  CatalogReport(std::string source, absl::Duration every) : source_(std::move(source)), every_(every) {}

  // Everything was read at `now`, but for the problems (at most 20 are said).
  void Seen(absl::Time now, std::vector<v1::SourceProblem> problems);
  // Nothing was read.
  void Failed(absl::Time now, v1::SourceProblem problem);

  // What is to be said now, if anything.
  std::optional<v1::Observation> Due(absl::Time now) const;
  // It was stored.
  void Said(const v1::Observation& observation, absl::Time now);

 private:
  void SetProblems(absl::Time now, std::vector<v1::SourceProblem> problems);

  const std::string source_;
  const absl::Duration every_;
  absl::Time complete_until_ = absl::UnixEpoch();
  std::map<std::string, absl::Time> since_;  // of each problem, by code and subject
  std::vector<v1::SourceProblem> problems_;
  std::vector<v1::SourceProblem> said_problems_;
  absl::Time said_at_ = absl::InfinitePast();
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_CATALOG_SYNC_CATALOG_REPORT_H_
