// Derives and writes a batch of entities within one transaction, some by appending, the others whole. Throws what the store throws.
#ifndef HEADWAY_AGGREGATOR_ROLLUP_ENTITY_WRITER_H_
#define HEADWAY_AGGREGATOR_ROLLUP_ENTITY_WRITER_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "aggregator/rollup/append.h"
#include "aggregator/rollup/entity_patch.h"
#include "aggregator/rollup/transactions.h"
#include "aggregator/store/entity_store.h"

namespace headway {

// An entity that is locked, as are its graphs, and what is new of it; nullptr where nothing but the derivation is.
struct EntityWork {
  LockedEntity entity;
  const EntityPatch* patch = nullptr;
};

class EntityWriter {
 public:
  EntityWriter(pqxx::transaction_base& tx, WorkerMemory& memory, BatchResult* result)
      : tx_(tx), memory_(memory), result_(*result) {}

  // Entities that CanAppend accepts. Returns those that are to be derived whole after all; nothing of them is written.
  std::vector<EntityWork> Append(std::vector<EntityWork> works);
  void Whole(const std::vector<EntityWork>& works);
  // What belongs to no entity is kept as it is.
  void Unmapped(const EntityPatch& patch);
  void Flush() {
    result_.gaps_changed |= writer_.ChangesGaps();
    writer_.Flush(tx_);
  }

 private:
  using Tails = absl::flat_hash_map<std::string, TimelineTail>;

  Tails LoadTails(std::vector<EntityWork>* works);
  void LoadNumbers(const std::vector<EntityWork>& works, Tails* tails);
  // Fills the reaches of the tails, which have their heads.
  void LoadReaches(std::vector<EntityWork>* works, Tails* tails);
  void ShipChanges(absl::flat_hash_map<std::string, Appended>* appended);
  void Write(const TimelineTail& tail, const Appended& appended);
  void Stage(const std::string& entity_ref, int64_t version, Reach reach);

  pqxx::transaction_base& tx_;
  WorkerMemory& memory_;
  BatchResult& result_;
  DifferenceWriter writer_;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_ROLLUP_ENTITY_WRITER_H_
