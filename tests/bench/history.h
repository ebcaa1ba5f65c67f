// Made-up histories of whole entities: a repository with its commit graph, merged pull requests, deployments, incidents. The same
// history as observations for Headway and as rows of simple tables for the base line.
#ifndef HEADWAY_TESTS_BENCH_HISTORY_H_
#define HEADWAY_TESTS_BENCH_HISTORY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "headway/v1/observation.pb.h"

namespace headway::bench {

struct HistoryOptions {
  int64_t entities = 1000;
  int64_t deployments = 200;  // per entity
  int64_t changes = 100;      // per entity; at most as many as deployments
  int64_t incidents = 20;     // per entity
  double days = 365;          // before `end`
  absl::Time end = absl::UnixEpoch();
};

// One entity. Its main branch gets a commit before each deployment, the merge of a pull request (with a commit of its own on a
// branch) or a direct push, so that each deployment is a release. Incidents open within hours of a deployment and last an hour or
// more; every second one names the deployment that caused it.
std::vector<v1::Observation> HistoryOf(const HistoryOptions& options, int64_t entity);

}  // namespace headway::bench

#endif  // HEADWAY_TESTS_BENCH_HISTORY_H_
