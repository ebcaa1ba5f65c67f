// Facts where they lie, for the worker that moves them. Within a transaction of Connection; throws what libpqxx throws.
#ifndef HEADWAY_AGGREGATOR_STORE_FACT_STORE_H_
#define HEADWAY_AGGREGATOR_STORE_FACT_STORE_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "aggregator/projection/fold.h"
#include "aggregator/store/stored_entity.h"

namespace pqxx {
class transaction_base;
}  // namespace pqxx

namespace headway {

// What stands for a stream of a source in dora.streams.
int64_t StreamKey(absl::string_view source, absl::string_view stream);

// A place that deployments of a stream have been seen at.
struct StreamPlace {
  int64_t stream_key = 0;
  std::string entity_ref;  // empty: unmapped
  std::string observed_environment;
  auto operator<=>(const StreamPlace&) const = default;
};
// Sorted.
std::vector<StreamPlace> LoadStreamPlaces(pqxx::transaction_base& tx, const std::vector<int64_t>& stream_keys);
void AddStreamPlaces(pqxx::transaction_base& tx, const std::vector<StreamPlace>& places);

// Those of the deployments that are at one of the entities (parallel arrays: a key may be asked for at several).
std::vector<Placed<StoredDeployment>> FindDeployments(pqxx::transaction_base& tx,
                                                      const std::vector<std::string>& entity_refs,
                                                      const std::vector<ObjectKey>& keys);
// Those of the incidents that affect any entity, wherever; incidents of no entity are at ''.
std::vector<Placed<StoredIncident>> FindIncidents(pqxx::transaction_base& tx, const std::vector<ObjectKey>& keys);

// A pull request as folded and the source that it comes from.
struct PullRequest {
  FoldedChange change;
  std::string source;
};
// Writes what differs. The repositories of which something did, sorted.
std::vector<std::string> WritePullRequests(pqxx::transaction_base& tx, const std::vector<PullRequest>& pull_requests);
// The entities that declare one of the repositories.
std::vector<std::string> EntitiesOfRepositories(pqxx::transaction_base& tx,
                                                const std::vector<std::string>& repositories);
// The entities that await a commit of one of the repositories which has come by now.
std::vector<std::string> EntitiesWhoseCommitsCame(pqxx::transaction_base& tx,
                                                  const std::vector<std::string>& repositories);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_FACT_STORE_H_
