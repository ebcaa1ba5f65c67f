// Takes a time line back to before what arrived late, so that it and all that finished since can be appended in order: what stood is compared with what
// comes out, and only what differs is written. Costs what finished since, not the entity's history. Pure; the lookups are the caller's. For entities
// without commits: what deployments have reached in a graph cannot be taken back.
#ifndef HEADWAY_AGGREGATOR_ROLLUP_REWIND_H_
#define HEADWAY_AGGREGATOR_ROLLUP_REWIND_H_

#include <vector>

#include "absl/time/time.h"
#include "aggregator/rollup/append.h"
#include "aggregator/rollup/entity_patch.h"
#include "aggregator/store/stored_entity.h"

namespace headway {

// Deployments of one entity that are taken back at most; with more it is derived whole.
inline constexpr int kMaxTakenBack = 2000;

// What is taken back of an entity, as it stands.
struct Rewound {
  EntityPatch patch;  // what is new, and what finished since, to be appended together
  std::vector<StoredDeployment> since;
  std::vector<FailureRow> failures;  // evidence about `since` and their roll-outs
  std::vector<ReworkRow> rework;
};

// From where on the time line is taken back: the earliest finish of what the patch brings or moves.
absl::Time RewindsTo(const EntityPatch& patch);

// Adds what finished since to the patch. False: an incident opened after one of them started and may blame it, or they are
// too many; nothing is to be rewound then.
bool TakeBack(const EntityPatch& patch, std::vector<StoredDeployment> since, absl::Time last_opening, Rewound* rewound);

// Keeps of the evidence what is about what is taken back. False: it holds more than rollbacks, which appending does not derive.
bool KeepEvidence(Rewound* rewound);

// The deployments that ran in the streams before what is taken back.
std::vector<ObjectKey> RanBefore(const Rewound& rewound);

// Sets what runs in the heads to these (those of RanBefore; nothing in streams that began since). What brought it is not known yet.
void RewindHeads(const Rewound& rewound, const std::vector<StoredDeployment>& ran_before, TimelineTail* tail);

// Takes what is taken back out of the runs, which must be those of all running identities as well, and finds what brought these.
void RewindRuns(const Rewound& rewound, TimelineTail* tail);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_ROLLUP_REWIND_H_
