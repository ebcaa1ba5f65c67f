#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregator/projection/blame.h"

namespace headway {
namespace {

class ReworkFinder {
 public:
  explicit ReworkFinder(const BlameInputs& in) : in_(in), entries_(in.timeline.entries), links_(in) {}

  std::vector<ReworkRow> Find() {
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].Counts() && entries_[i].kind == Kind::kRollback) {
        Add(static_cast<int>(i), ReworkReason::kRollback, "", entries_[i].finished, Attribution::kAlways);
      }
    }
    for (const ChangeFact& change : in_.inputs.changes) {
      if (!change.hotfix || !change.touches_entity) continue;
      const Shipment shipment = in_.shipping.OfChange(change);
      if (shipment.entry < 0) continue;
      Add(shipment.entry, ReworkReason::kHotfix, absl::StrCat(change.repository, "#", change.number),
          entries_[shipment.entry].finished, shipment.baseline ? Attribution::kOnlyAll : Attribution::kAlways);
    }
    for (size_t r = 0; r < in_.inputs.repositories.size(); ++r) Reverts(static_cast<int>(r));
    for (const IncidentFact& incident : in_.inputs.incidents) Remedies(incident);
    return std::move(rows_);
  }

 private:
  void Add(int entry, ReworkReason reason, std::string detail, absl::Time since, Attribution attribution) {
    const RollOut& roll_out = in_.roll_outs.all[in_.roll_outs.of[entry]];
    ReworkRow row;
    row.roll_out = entries_[roll_out.members.front()].fact->key;
    row.deployment = entries_[entry].fact->key;
    row.reason = reason;
    row.detail = std::move(detail);
    row.since = since;
    row.attribution = attribution;
    rows_.push_back(std::move(row));
  }

  void Reverts(int repository) {
    for (const RevertPair& pair : in_.shipping.Reverts(repository)) {
      const Shipment target = in_.shipping.OfNode(repository, pair.target);
      const Shipment revert = in_.shipping.OfNode(repository, pair.revert);
      if (revert.entry < 0 || revert.baseline) continue;
      const bool ran_before = target.baseline || (target.entry >= 0 && target.entry < revert.entry);
      if (!ran_before) continue;
      Add(revert.entry, ReworkReason::kRevert, in_.inputs.repositories[repository].graph->Sha(pair.revert),
          entries_[revert.entry].finished, Attribution::kAlways);
    }
  }

  void Remedies(const IncidentFact& incident) {
    if (!incident.opened.has_value()) return;
    for (const IncidentLink& link : incident.remedied_by) {
      const auto [entry, attribution] = links_.Resolve(link);
      if (entry < 0) continue;
      Add(entry, ReworkReason::kRemedy, incident.incident_id, std::max(*incident.opened, entries_[entry].finished),
          attribution);
    }
  }

  const BlameInputs& in_;
  const std::vector<TimelineEntry>& entries_;
  const LinkResolver links_;
  std::vector<ReworkRow> rows_;
};

}  // namespace

std::vector<ReworkRow> FindRework(const BlameInputs& in) { return ReworkFinder(in).Find(); }

}  // namespace headway
