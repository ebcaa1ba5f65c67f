// What EntityWriter does for deployments that arrive late.
#include <set>
#include <utility>

#include "aggregator/rollup/entity_writer.h"
#include "aggregator/store/append_store.h"
#include "aggregator/store/fact_store.h"

namespace headway {
namespace {

std::vector<ObjectKey> RollOutsOf(const std::vector<StoredDeployment>& deployments) {
  std::set<ObjectKey> keys;
  for (const StoredDeployment& deployment : deployments) {
    if (deployment.row.roll_out != ObjectKey{}) keys.insert(deployment.row.roll_out);
  }
  return {keys.begin(), keys.end()};
}

}  // namespace

const EntityPatch& EntityWriter::PatchOf(const EntityWork& work, const Rewinds& rewinds) {
  const auto rewound = rewinds.find(work.entity.entity_ref);
  return rewound == rewinds.end() ? *work.patch : rewound->second.patch;
}

EntityWriter::Rewinds EntityWriter::TakeBack(std::vector<EntityWork>* works, std::vector<EntityWork>* whole) {
  std::vector<std::string> refs;
  std::vector<absl::Time> times;
  for (const EntityWork& work : *works) {
    if (work.fit != Fit::kRewind) continue;
    refs.push_back(work.entity.entity_ref);
    times.push_back(RewindsTo(*work.patch));
  }
  if (refs.empty()) return {};
  std::map<std::string, std::vector<StoredDeployment>> since;
  for (Placed<StoredDeployment>& one : LoadFinishedSince(tx_, refs, times, kMaxTakenBack + 1)) {
    since[one.entity_ref].push_back(std::move(one.stored));
  }
  Rewinds rewinds;
  std::vector<EntityWork> kept;
  for (EntityWork& work : *works) {
    const std::string& ref = work.entity.entity_ref;
    if (work.fit == Fit::kRewind &&
        !headway::TakeBack(*work.patch, std::move(since[ref]), work.entity.end.last_opening, &rewinds[ref])) {
      rewinds.erase(ref);
      whole->push_back(std::move(work));
    } else {
      kept.push_back(std::move(work));
    }
  }
  *works = std::move(kept);
  LoadEvidence(works, &rewinds, whole);
  return rewinds;
}

void EntityWriter::LoadEvidence(std::vector<EntityWork>* works, Rewinds* rewinds, std::vector<EntityWork>* whole) {
  EvidenceAsked asked;
  for (const auto& [ref, rewound] : *rewinds) {
    asked.since_refs.push_back(ref);
    asked.since.push_back(RewindsTo(rewound.patch));
    for (const ObjectKey& roll_out : RollOutsOf(rewound.since)) {
      asked.roll_out_refs.push_back(ref);
      asked.roll_outs.push_back(roll_out);
    }
  }
  for (Placed<FailureRow>& failure : FindFailures(tx_, asked)) {
    rewinds->at(failure.entity_ref).failures.push_back(std::move(failure.stored));
  }
  for (Placed<ReworkRow>& rework : FindRework(tx_, asked)) {
    rewinds->at(rework.entity_ref).rework.push_back(std::move(rework.stored));
  }
  std::vector<EntityWork> kept;
  for (EntityWork& work : *works) {
    const auto rewound = rewinds->find(work.entity.entity_ref);
    if (rewound != rewinds->end() && !KeepEvidence(&rewound->second)) {
      rewinds->erase(rewound);
      whole->push_back(std::move(work));
    } else {
      kept.push_back(std::move(work));
    }
  }
  *works = std::move(kept);
}

void EntityWriter::RewindHeads(const Rewinds& rewinds, Tails* tails) {
  std::vector<std::string> refs;
  std::vector<ObjectKey> keys;
  for (const auto& [ref, rewound] : rewinds) {
    for (const ObjectKey& key : RanBefore(rewound)) {
      refs.push_back(ref);
      keys.push_back(key);
    }
  }
  std::map<std::string, std::vector<StoredDeployment>> ran_before;
  for (Placed<StoredDeployment>& found : FindDeployments(tx_, refs, keys)) {
    ran_before[found.entity_ref].push_back(std::move(found.stored));
  }
  for (const auto& [ref, rewound] : rewinds) headway::RewindHeads(rewound, ran_before[ref], &tails->at(ref));
}

// Most of what is taken back comes out as it was, and is not written.
void EntityWriter::AddDifference(const std::string& entity_ref, const Rewound& rewound, const Appended& appended) {
  StoredEntity before, after;
  before.entity_ref = after.entity_ref = entity_ref;
  for (const auto& [key, deployment] : rewound.patch.known) before.deployments.push_back(deployment);
  before.failures = rewound.failures;
  before.rework = rewound.rework;
  after.deployments = appended.deployments;
  after.failures = appended.failures;
  after.rework = appended.rework;
  writer_.Add(before, after);
}

}  // namespace headway
