#include "aggregator/rollup/fold_objects.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "aggregator/projection/fold.h"
#include "aggregator/projection/mapping.h"
#include "aggregator/rollup/revision_search.h"
#include "aggregator/store/stream_store.h"
#include "headway/v1/observation.pb.h"

namespace headway {
namespace {

// A deployment on its way.
struct MovingDeployment {
  ObjectKey key;
  FoldedDeployment folded;
  std::string target;         // entity; '' unmapped. Only if it exists
  bool clues = false;         // see StoredDeployment
  std::set<int64_t> streams;  // of all its payloads: wherever it has ever been, one of these streams was there
};

struct MovingIncident {
  ObjectKey key;
  FoldedIncident folded;
  std::vector<std::string> targets;
};

class Folder {
 public:
  Folder(pqxx::transaction_base& tx, const RuleSet& rules) : tx_(tx), rules_(rules) {}

  void Fold(const WorkObject& object) {
    if (object.kind == ObservationKind::kDeployment) {
      Deployment(object);
    } else if (object.kind == ObservationKind::kIncidentEvent) {
      Incident(object);
    } else {
      Change(object);
    }
  }

  FoldedObjects Finish(const std::vector<std::string>& also_lock) && {
    PlaceDeployments();
    const std::vector<StreamPlace> places = LoadPlaces();
    const std::vector<Placed<StoredIncident>> incidents = FindIncidents(tx_, IncidentKeys());
    Lock(places, incidents, also_lock);
    if (!deployments_.empty()) {
      const absl::flat_hash_map<ObjectKey, Placed<StoredDeployment>> known = FindOld(places);
      FindRevisions(known);
      PatchDeployments(known);
    }
    PatchIncidents(incidents);
    return std::move(result_);
  }

 private:
  void Deployment(const WorkObject& object) {
    MovingDeployment moving;
    moving.key = object.key;
    moving.folded = FoldDeployment(object.payloads);
    if (moving.folded.exists) {
      moving.streams.insert(StreamKey(moving.folded.fact.source, moving.folded.fact.stream));
    }
    // One payload that exists is at one stream only; of several, each may have been the one that held.
    if (object.payloads.size() > 1 || !moving.folded.exists) {
      for (const std::string& payload : object.payloads) {
        v1::Observation observation;
        if (!observation.ParseFromString(payload)) continue;
        moving.streams.insert(StreamKey(observation.source(), observation.deployment().stream()));
      }
    }
    deployments_.push_back(std::move(moving));
  }

  // What rules and streams say of all of them.
  void PlaceDeployments() {
    std::set<StreamName> names;
    for (const MovingDeployment& moving : deployments_) {
      if (moving.folded.exists) names.emplace(moving.folded.fact.source, moving.folded.fact.stream);
    }
    const StreamTargets targets = LoadStreamTargets(tx_, rules_, names);
    for (MovingDeployment& moving : deployments_) {
      if (!moving.folded.exists) continue;
      const StreamTarget& target = targets.at({moving.folded.fact.source, moving.folded.fact.stream});
      ApplyTarget(target, rules_.environments, &moving.folded);
      moving.target = EntityOf(moving.folded, target, rules_.aliases);
    }
  }

  void Incident(const WorkObject& object) {
    MovingIncident moving;
    moving.key = object.key;
    moving.folded = FoldIncident(object.payloads);
    if (moving.folded.exists) {
      rules_.environments.Apply(moving.folded);
      moving.targets = EntitiesOf(moving.folded, rules_.aliases);
      if (moving.targets.empty()) moving.targets = {""};
    }
    incidents_.push_back(std::move(moving));
  }

  void Change(const WorkObject& object) {
    PullRequest pull_request{FoldChange(object.payloads), ""};
    if (!pull_request.change.exists) return;
    // Several sources may tell of one change; the least stands for them.
    for (const std::string& payload : object.payloads) {
      v1::Observation observation;
      if (!observation.ParseFromString(payload)) continue;
      if (pull_request.source.empty() || observation.source() < pull_request.source)
        pull_request.source = observation.source();
    }
    result_.pull_requests.push_back(std::move(pull_request));
  }

  std::vector<StreamPlace> LoadPlaces() {
    std::set<int64_t> keys;
    for (const MovingDeployment& moving : deployments_) keys.insert(moving.streams.begin(), moving.streams.end());
    std::vector<StreamPlace> places = LoadStreamPlaces(tx_, {keys.begin(), keys.end()});
    std::set<StreamPlace> added;
    for (const MovingDeployment& moving : deployments_) {
      if (!moving.folded.exists) continue;
      StreamPlace place{StreamKey(moving.folded.fact.source, moving.folded.fact.stream), moving.target,
                        moving.folded.raw_environment};
      if (!std::binary_search(places.begin(), places.end(), place)) added.insert(std::move(place));
    }
    result_.new_places.assign(added.begin(), added.end());
    return places;
  }

  std::vector<ObjectKey> IncidentKeys() const {
    std::vector<ObjectKey> keys;
    for (const MovingIncident& moving : incidents_) keys.push_back(moving.key);
    return keys;
  }

  void Lock(const std::vector<StreamPlace>& places, const std::vector<Placed<StoredIncident>>& incidents,
            std::vector<std::string> refs) {
    for (const MovingDeployment& moving : deployments_) refs.push_back(moving.target);
    for (const MovingIncident& moving : incidents_)
      refs.insert(refs.end(), moving.targets.begin(), moving.targets.end());
    for (const StreamPlace& place : places) refs.push_back(place.entity_ref);
    for (const Placed<StoredIncident>& incident : incidents) refs.push_back(incident.entity_ref);
    std::erase(refs, "");
    if (!refs.empty()) result_.locked = LockEntities(tx_, std::move(refs));
  }

  // Looks for each deployment at every place of its streams.
  absl::flat_hash_map<ObjectKey, Placed<StoredDeployment>> FindOld(const std::vector<StreamPlace>& places) {
    absl::flat_hash_map<int64_t, std::set<std::string>> by_stream;
    for (const StreamPlace& place : places) by_stream[place.stream_key].insert(place.entity_ref);
    std::vector<std::string> refs;
    std::vector<ObjectKey> keys;
    for (const MovingDeployment& moving : deployments_) {
      std::set<std::string> at;
      for (const int64_t stream : moving.streams) at.insert(by_stream[stream].begin(), by_stream[stream].end());
      for (const std::string& ref : at) {
        refs.push_back(ref);
        keys.push_back(moving.key);
      }
    }
    absl::flat_hash_map<ObjectKey, Placed<StoredDeployment>> old;
    for (Placed<StoredDeployment>& found : FindDeployments(tx_, refs, keys)) {
      const ObjectKey key = found.stored.fact.key;
      old.emplace(key, std::move(found));
    }
    return old;
  }

  void FindRevisions(const absl::flat_hash_map<ObjectKey, Placed<StoredDeployment>>& known) {
    RevisionSearch search(tx_, *rules_.image_tags, result_.locked);
    for (MovingDeployment& moving : deployments_) {
      const auto old = known.find(moving.key);
      if (old != known.end() && old->second.stored.clues) search.Knew(old->second.entity_ref, moving.key);
      if (moving.folded.exists && !moving.target.empty()) moving.clues = search.Add(moving.target, &moving.folded);
    }
    std::move(search).Run(&result_.uses_before, &result_.uses_after);
  }

  void PatchDeployments(const absl::flat_hash_map<ObjectKey, Placed<StoredDeployment>>& known) {
    for (MovingDeployment& moving : deployments_) {
      const auto old = known.find(moving.key);
      if (old != known.end() && (!moving.folded.exists || old->second.entity_ref != moving.target)) {
        EntityPatch& patch = result_.patches[old->second.entity_ref];
        patch.deployments[moving.key] = std::nullopt;
        patch.known[moving.key] = old->second.stored;
      }
      if (!moving.folded.exists) continue;
      StoredDeployment stored;
      stored.fact = std::move(moving.folded.fact);
      stored.observed_environment = std::move(moving.folded.raw_environment);
      stored.clues = moving.clues;
      const bool stays = old != known.end() && old->second.entity_ref == moving.target;
      if (stays && old->second.stored.fact == stored.fact && old->second.stored.clues == stored.clues &&
          old->second.stored.observed_environment == stored.observed_environment)
        continue;
      EntityPatch& patch = result_.patches[moving.target];
      if (stays) patch.known[moving.key] = old->second.stored;
      patch.deployments[moving.key] = std::move(stored);
    }
  }

  void PatchIncidents(const std::vector<Placed<StoredIncident>>& found) {
    absl::flat_hash_map<std::pair<ObjectKey, std::string>, const StoredIncident*> known;
    for (const Placed<StoredIncident>& placed : found)
      known.emplace(std::make_pair(placed.stored.fact.key, placed.entity_ref), &placed.stored);
    for (const MovingIncident& moving : incidents_) {
      StoredIncident stored;
      stored.fact = moving.folded.fact;
      stored.observed_environment = moving.folded.raw_environment;
      for (const std::string& ref : moving.targets) {
        const auto old = known.find({moving.key, ref});
        const bool same = old != known.end() && old->second->fact == stored.fact &&
                          old->second->observed_environment == stored.observed_environment;
        if (!same) result_.patches[ref].incidents[moving.key] = stored;
        if (old != known.end()) known.erase(old);
      }
    }
    for (const auto& [where, incident] : known) result_.patches[where.second].incidents[where.first] = std::nullopt;
  }

  pqxx::transaction_base& tx_;
  const RuleSet& rules_;
  std::vector<MovingDeployment> deployments_;
  std::vector<MovingIncident> incidents_;
  FoldedObjects result_;
};

}  // namespace

FoldedObjects FoldObjects(pqxx::transaction_base& tx, const RuleSet& rules, const std::vector<WorkObject>& objects,
                          const std::vector<std::string>& also_lock) {
  Folder folder(tx, rules);
  for (const WorkObject& object : objects) folder.Fold(object);
  return std::move(folder).Finish(also_lock);
}

}  // namespace headway
