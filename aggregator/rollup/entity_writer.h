// Derives and writes a batch of entities within one transaction, some by appending, the others whole. Throws what the store throws.
#ifndef HEADWAY_AGGREGATOR_ROLLUP_ENTITY_WRITER_H_
#define HEADWAY_AGGREGATOR_ROLLUP_ENTITY_WRITER_H_

#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "aggregator/rollup/append.h"
#include "aggregator/rollup/entity_patch.h"
#include "aggregator/rollup/rewind.h"
#include "aggregator/rollup/transactions.h"
#include "aggregator/store/entity_store.h"

namespace headway {

// An entity that is locked, as are its graphs, and what is new of it; nullptr where nothing but the derivation is.
struct EntityWork {
  LockedEntity entity;
  const EntityPatch* patch = nullptr;
  Fit fit = Fit::kWhole;
};

class EntityWriter {
 public:
  EntityWriter(pqxx::transaction_base& tx, WorkerMemory& memory, BatchResult* result)
      : tx_(tx), memory_(memory), result_(*result) {}

  // Entities whose patches fit to be appended, or by a rewind. Returns those that are to be derived whole after all; nothing of them is written.
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

  using Rewinds = std::map<std::string, Rewound>;

  // Takes back what finished since; moves works for which that cannot be to *whole. The patches of the others are then those of the rewinds.
  Rewinds TakeBack(std::vector<EntityWork>* works, std::vector<EntityWork>* whole);
  void LoadEvidence(std::vector<EntityWork>* works, Rewinds* rewinds, std::vector<EntityWork>* whole);
  Tails LoadTails(std::vector<EntityWork>* works, const Rewinds& rewinds);
  void LoadNumbers(const std::vector<EntityWork>& works, Tails* tails);
  void RewindHeads(const Rewinds& rewinds, Tails* tails);
  void AddDifference(const std::string& entity_ref, const Rewound& rewound, const Appended& appended);
  // What is to be appended: with a rewind also what is taken back.
  static const EntityPatch& PatchOf(const EntityWork& work, const Rewinds& rewinds);
  // Fills the reaches of the tails, which have their heads.
  void LoadReaches(std::vector<EntityWork>* works, Tails* tails);
  void ShipChanges(absl::flat_hash_map<std::string, Appended>* appended);
  void Write(const TimelineTail& tail, const Appended& appended, const Rewound* rewound);
  void Stage(const std::string& entity_ref, int64_t version, Reach reach);

  pqxx::transaction_base& tx_;
  WorkerMemory& memory_;
  BatchResult& result_;
  DifferenceWriter writer_;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_ROLLUP_ENTITY_WRITER_H_
