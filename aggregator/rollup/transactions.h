// What a worker does in one transaction: takes a batch of work and leaves derived rows that follow from everything that was committed when it read. For use
// by the worker and the rebuild; throws what the store throws, which the transaction turns into a status.
#ifndef HEADWAY_AGGREGATOR_ROLLUP_TRANSACTIONS_H_
#define HEADWAY_AGGREGATOR_ROLLUP_TRANSACTIONS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "aggregator/rollup/queue_front.h"
#include "aggregator/rollup/reach_cache.h"
#include "aggregator/store/graph_cache.h"
#include "aggregator/store/rules_store.h"
#include "aggregator/store/work_queue.h"

namespace headway {

// What one worker keeps between transactions. Not thread-safe, but for the graphs.
struct WorkerMemory {
  GraphCache* graphs = nullptr;
  std::shared_ptr<const RuleSet> rules;
  ReachCache reaches;
  QueueFront fronts[2];      // of Lane::kLive and Lane::kRules
  bool exhaustive = false;   // looks at the whole queue each time
  bool allow_append = true;  // false: entities are always derived whole, as a check
  bool enqueue = true;       // false: whoever calls derives every entity afterwards anyway
};

// What a transaction did.
struct BatchResult {
  int64_t objects = 0;             // folded
  int64_t entities = 0;            // written
  int64_t appended = 0;            // of these, by append alone
  bool more = false;               // work was left
  bool gaps_changed = false;       // gaps were written
  std::vector<std::string> units;  // that were taken: what is at fault when it fails
};

// Objects of one lane. result is filled as far as it came, also when it throws.
void WorkOnObjects(pqxx::transaction_base& tx, WorkerMemory& memory, Lane lane, int limit, WorkShare share,
                   BatchResult* result);

// Entities that wait, derived whole.
void WorkOnEntities(pqxx::transaction_base& tx, WorkerMemory& memory, int limit, BatchResult* result);

// Folds these objects (whose payloads are there, and whose units are locked) and derives these entities whole, whether or not anything is new; writes what
// differs. For rules: applies them.
void Refold(pqxx::transaction_base& tx, WorkerMemory& memory, const std::vector<WorkObject>& objects,
            const std::vector<std::string>& entity_refs, BatchResult* result);
// What was reported of images.
void ApplyArtefacts(pqxx::transaction_base& tx, const std::vector<WorkObject>& objects);
// What commits of repositories of manifests name.
void ApplyManifests(pqxx::transaction_base& tx, const std::vector<WorkObject>& objects);
void ReapplyRules(pqxx::transaction_base& tx, WorkerMemory& memory, const std::vector<WorkObject>& objects);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_ROLLUP_TRANSACTIONS_H_
