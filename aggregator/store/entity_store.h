// Entities whole: lock, load, and write back what differs. Within a transaction of Connection; throws what libpqxx throws, which the transaction turns
// into a status. No state of its own but what is collected to be written.
#ifndef HEADWAY_AGGREGATOR_STORE_ENTITY_STORE_H_
#define HEADWAY_AGGREGATOR_STORE_ENTITY_STORE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "aggregator/store/graph_cache.h"
#include "aggregator/store/stored_entity.h"

namespace pqxx {
class transaction_base;
}  // namespace pqxx

namespace headway {

// The lock and what an append needs to know.
struct LockedEntity {
  std::string entity_ref;
  int64_t version = 0;
  int derivation_version = 0;
  TimelineEnd end;
  std::string image;                          // as annotation headway.dev/image says
  std::vector<RepositoryInput> repositories;  // declared, sorted by name; without graphs until LoadGraphs
};

// Locks the entities until the transaction ends, making the rows that are missing; sorted by ref, unique. Waits for other workers. With skip_locked
// leaves out what another worker holds, and what has no row.
std::vector<LockedEntity> LockEntities(pqxx::transaction_base& tx, std::vector<std::string> entity_refs,
                                       bool skip_locked = false);

// Everything of the entities (which should be locked), graphs included. Parallel to locked.
std::vector<StoredEntity> LoadEntities(pqxx::transaction_base& tx, GraphCache& graphs,
                                       const std::vector<LockedEntity>& locked);

// Only the facts that a derivation reads, for readers; in the order of the refs.
std::vector<StoredEntity> LoadFacts(pqxx::transaction_base& tx, GraphCache& graphs,
                                    const std::vector<std::string>& entity_refs);

EntityInputs InputsOf(const StoredEntity& entity);

// Gives these entities' repositories their graphs.
void LoadGraphs(pqxx::transaction_base& tx, GraphCache& graphs, const std::vector<LockedEntity*>& entities);

// Holds off the commits of these repositories until the transaction ends (or other derivations, when exclusive); see dora.awaited_commits.
// A derivation that names a commit as awaited and a worker that looks for who awaits it must not pass each other unseen.
void LockGraphs(pqxx::transaction_base& tx, const std::vector<std::string>& repositories, bool exclusive);

// Collects differences of many entities and writes them with a few statements.
class DifferenceWriter {
 public:
  DifferenceWriter();
  ~DifferenceWriter();

  // What is in `after` and not in `before` is written, what is in before alone is deleted. True if anything differs.
  bool Add(const StoredEntity& before, const StoredEntity& after);

  // Pieces, for appends and for what belongs to no entity.
  void InsertDeployment(const std::string& entity_ref, const StoredDeployment& deployment);
  void DeleteDeployment(const std::string& entity_ref, const ObjectKey& key);
  void InsertFailure(const std::string& entity_ref, const FailureRow& failure);
  void InsertRework(const std::string& entity_ref, const ReworkRow& rework);
  void InsertGap(const std::string& entity_ref, const GapRow& gap);
  void Await(const std::string& entity_ref, const AwaitedCommit& commit);  // unless it is there
  void ReplaceHead(const std::string& entity_ref, const StreamHead& head);
  void ReplaceChange(const std::string& entity_ref, const ChangeRow& change);
  void ReplaceIncident(const std::string& entity_ref, const StoredIncident& incident);
  void DeleteIncident(const std::string& entity_ref, const ObjectKey& key);

  // A new version, with what dora.entities says of the time line. appended: all that is new to readers is deployments that finished after all others,
  // and that the sources of streams have come further.
  void Bump(const std::string& entity_ref, int derivation_version, const TimelineEnd& end, bool appended = false);

  bool ChangesGaps() const;

  // Writes all of it and announces the entities on channel headway_entities.
  void Flush(pqxx::transaction_base& tx);

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_ENTITY_STORE_H_
