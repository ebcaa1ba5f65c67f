// Reads how much is seen, over all entities or of one: for GetCoverage, and for the instruments that alerts stand on. Needs SELECT on schema dora only.
// Thread-safe: each call leases a connection of the pool, reads one snapshot, and blocks its thread. Statuses as of RowsReader.
//
// What a read of everything costs follows from the number of entities, streams and sources (a row of each is looked at), and from the deployments, changes
// and gaps of the window; not from how much is stored besides.
#ifndef HEADWAY_AGGREGATOR_STORE_COVERAGE_READER_H_
#define HEADWAY_AGGREGATOR_STORE_COVERAGE_READER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aggregator/store/connection_pool.h"
#include "headway/v1/coverage.pb.h"

namespace headway {

// What is asked.
struct CoverageQuestion {
  absl::Time from;         // inclusive
  absl::Time until;        // exclusive
  std::string entity_ref;  // normalised; may be an alias; empty: all
  int limit = 100;
};

// The queue of observed objects: how much waits, and the oldest that is not set aside.
struct QueueState {
  int64_t waiting = 0;
  std::optional<int64_t> front;
};

struct LoadedCoverage {
  v1::GetCoverageResponse answer;  // all but lag, at, and what the program knows of itself
  QueueState queue;                // of all only
};

// Few numbers, for instruments.
struct CoverageSigns {
  // Of sources that tell when they last heard from what they watch, by what they cover.
  struct Watching {
    int64_t sources = 0;
    absl::Time oldest_contact;
    absl::Time least_complete;
  };
  std::map<v1::SourceStatus::Covers, Watching> watching;
  std::map<v1::SourceProblem::Code, int64_t> problems;
  int64_t parked = 0;
  QueueState queue;
};

class CoverageReader {
 public:
  explicit CoverageReader(ConnectionPool* pool) : pool_(*pool) {}

  absl::StatusOr<LoadedCoverage> Load(const CoverageQuestion& question);
  absl::StatusOr<CoverageSigns> LoadSigns();

 private:
  ConnectionPool& pool_;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_COVERAGE_READER_H_
