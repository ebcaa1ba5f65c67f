// Builds the facts of an entity for tests, in minutes after a fixed moment. Test code only.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_ENTITY_BUILDER_H_
#define HEADWAY_AGGREGATOR_PROJECTION_ENTITY_BUILDER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "aggregator/projection/derive.h"

namespace headway::testing {

// The moment that minutes count from: 2026-03-02T00:00:00Z, a Monday.
absl::Time At(double minutes);

// An object id that starts with the letters of `name` in hexadecimal.
std::string Sha(absl::string_view name);

// A key that spells `name`.
ObjectKey Key(absl::string_view name);

class EntityBuilder {
 public:
  EntityBuilder();

  // A commit of the entity's repository, authored and committed at `minutes`.
  EntityBuilder& Commit(absl::string_view name, std::vector<std::string> parents, double minutes,
                        std::vector<std::string> reverts = {});
  EntityBuilder& CommitOfPaths(absl::string_view name, std::vector<std::string> parents,
                               std::vector<std::string> paths);
  EntityBuilder& PathPrefixes(std::vector<std::string> prefixes);

  // A successful deployment to production that took five minutes; the returned reference holds until the next call.
  DeploymentFact& Deploy(absl::string_view key, absl::string_view revision, double finished,
                         absl::string_view stream = "app");
  // A change merged at `merged` by the commit of this name, first authored an hour before.
  ChangeFact& Change(int64_t number, absl::string_view merge_commit, double merged);
  // An incident of production; no `resolved`: open.
  IncidentFact& Incident(absl::string_view id, double opened, std::optional<double> resolved = std::nullopt);

  const EntityInputs& inputs() const { return inputs_; }
  EntityRows Derive(const DerivePolicies& policies = {}) const { return headway::Derive(inputs_, policies); }

 private:
  std::shared_ptr<CommitGraph> graph_ = std::make_shared<CommitGraph>();
  EntityInputs inputs_;
};

// The row of the deployment with this key.
const DeploymentRow& RowOf(const EntityRows& rows, absl::string_view key);

}  // namespace headway::testing

#endif  // HEADWAY_AGGREGATOR_PROJECTION_ENTITY_BUILDER_H_
