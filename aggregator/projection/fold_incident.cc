#include <algorithm>
#include <map>
#include <tuple>

#include "aggregator/projection/entity_ref.h"
#include "aggregator/projection/fold.h"
#include "aggregator/projection/natural_key.h"
#include "services/base/timestamp.h"

namespace headway {
namespace {

struct Event {
  v1::Observation observation;
  Sha256Digest hash{};
  absl::Time at;

  const v1::IncidentEvent& event() const { return observation.incident_event(); }
};

// The events of the incident in the order of the fold. Of several payloads of one event the greatest content hash holds.
std::vector<Event> Events(Payloads payloads) {
  std::map<std::string, Event> by_id;
  for (const std::string& payload : payloads) {
    Event one;
    if (!one.observation.ParseFromString(payload) || !one.observation.has_incident_event()) continue;
    one.hash = ContentHash(payload);
    one.at = ToTime(one.event().occurred_at());
    Event& known = by_id[one.event().event_id()];
    if (!known.observation.has_incident_event() || known.hash < one.hash) known = std::move(one);
  }
  std::vector<Event> events;
  for (auto& [id, event] : by_id) events.push_back(std::move(event));
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return std::make_tuple(a.at, a.event().type(), a.event().event_id()) <
           std::make_tuple(b.at, b.event().type(), b.event().event_id());
  });
  return events;
}

std::vector<IncidentLink> Links(const google::protobuf::RepeatedPtrField<v1::LinkTarget>& targets) {
  std::vector<IncidentLink> links;
  for (const v1::LinkTarget& target : targets) {
    switch (target.target_case()) {
      case v1::LinkTarget::kDeployment:
        links.emplace_back(DeploymentKey(target.deployment().source(), target.deployment().key()));
        break;
      case v1::LinkTarget::kCommit:
        links.emplace_back(CommitRef{target.commit().repository(), target.commit().sha()});
        break;
      case v1::LinkTarget::kChange:
        links.emplace_back(ChangeRef{target.change().repository(), target.change().number()});
        break;
      case v1::LinkTarget::TARGET_NOT_SET:
        break;
    }
  }
  return links;
}

void KeepEarliest(std::optional<absl::Time>& known, absl::Time time) {
  if (!known.has_value() || time < *known) known = time;
}

// Resolutions never overlap: a later RESOLVED takes the place of the one before it, which then held until then.
void Resolve(std::vector<Resolution>& resolutions, absl::Time at) {
  if (!resolutions.empty() && resolutions.back().reopened == absl::InfiniteFuture()) resolutions.back().reopened = at;
  resolutions.push_back({at, absl::InfiniteFuture()});
}

void Reopen(std::vector<Resolution>& resolutions, absl::Time at) {
  if (!resolutions.empty() && resolutions.back().reopened == absl::InfiniteFuture()) resolutions.back().reopened = at;
}

void ApplyEvent(const v1::IncidentEvent& event, absl::Time at, FoldedIncident& folded) {
  IncidentFact& fact = folded.fact;
  if (event.type() == v1::IncidentEvent::OPENED) KeepEarliest(fact.opened, at);
  if (event.has_opened_at()) KeepEarliest(fact.opened, ToTime(event.opened_at()));
  if (event.type() == v1::IncidentEvent::RESOLVED) Resolve(fact.resolutions, at);
  if (event.type() == v1::IncidentEvent::REOPENED) Reopen(fact.resolutions, at);
  if (!event.affected_entity_refs().empty()) {
    folded.affected_entity_refs.clear();
    for (const std::string& ref : event.affected_entity_refs()) {
      if (auto normalised = NormaliseEntityRef(ref)) folded.affected_entity_refs.push_back(*std::move(normalised));
    }
  }
  if (!event.environment().empty()) folded.raw_environment = event.environment();
  if (event.cause() != v1::IncidentEvent::CAUSE_UNSPECIFIED) fact.cause = static_cast<Cause>(event.cause());
  if (!event.caused_by().empty()) fact.caused_by = Links(event.caused_by());
  if (!event.remedied_by().empty()) fact.remedied_by = Links(event.remedied_by());
  if (!event.merged_into().empty()) folded.merged_into = event.merged_into();
  if (!event.title().empty()) fact.title = event.title();
}

}  // namespace

FoldedIncident FoldIncident(Payloads payloads) {
  FoldedIncident folded;
  const std::vector<Event> events = Events(payloads);
  if (events.empty()) return folded;
  folded.exists = true;
  folded.fact.source = events.front().observation.source();
  folded.fact.incident_id = events.front().event().incident_id();
  folded.fact.key = IncidentKey(folded.fact.source, folded.fact.incident_id);
  for (const Event& event : events) ApplyEvent(event.event(), event.at, folded);

  // A resolution that ended at the moment it began was never seen.
  std::vector<Resolution>& resolutions = folded.fact.resolutions;
  resolutions.erase(std::remove_if(resolutions.begin(), resolutions.end(),
                                   [](const Resolution& r) { return r.resolved == r.reopened; }),
                    resolutions.end());
  std::vector<std::string>& refs = folded.affected_entity_refs;
  std::sort(refs.begin(), refs.end());
  refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
  folded.fact.environment = folded.raw_environment;
  return folded;
}

}  // namespace headway
