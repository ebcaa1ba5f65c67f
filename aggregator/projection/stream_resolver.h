// Which entity and environment a stream belongs to. Pure; a resolver is made once for each set of rules, then read by any number of threads.
//
// The entity, the first that there is: what the stream says itself; explicit mappings; annotations of entities (argocd/app-name before argocd/app-selector
// before backstage.io/kubernetes-id); mapping rules by (order, id); none, with a reason. Mappings and rules may begin at a time: before it holds what would
// hold without them. Several entities that claim one stream: those that also name its namespace or instance come first, then components before other
// kinds; where several remain it is none of them, and the reason says which.
#ifndef HEADWAY_AGGREGATOR_PROJECTION_STREAM_RESOLVER_H_
#define HEADWAY_AGGREGATOR_PROJECTION_STREAM_RESOLVER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "aggregator/projection/entity_claims.h"
#include "aggregator/projection/fold.h"
#include "aggregator/projection/mapping.h"
#include "aggregator/projection/stream_pattern.h"

namespace headway {

// Grows with every change of what the same facts give: streams of an earlier version are resolved again.
inline constexpr int kResolverVersion = 1;

// Numbers are stored.
enum class MappedBy : uint8_t {
  kNothing = 0,
  kSource = 1,
  kMapping = 2,
  kName = 3,
  kSelector = 4,
  kKubernetes = 5,
  kRule = 6,
};

// Deployments that finish at or after this belong to the entity.
struct StreamSpan {
  absl::Time since;
  std::string entity_ref;  // aliases not resolved
  bool operator==(const StreamSpan&) const = default;
};

struct StreamTarget {
  std::vector<StreamSpan> spans;  // by since, neighbours differ; before the first: none
  MappedBy mapped_by = MappedBy::kNothing;
  std::string because;    // how the last of them was found
  std::string reason;     // why (some) deployments belong to none; empty: all belong to one
  std::string next_step;  // what to do about it
  // By the rules with a selector; absent: rules by name decide. An empty name: the one that the deployment has.
  std::optional<EnvironmentRules::Environment> environment;
  bool not_counted = false;
  bool asks_rules = true;  // mapping rules may decide

  // Empty: none.
  std::string EntityAt(absl::Time at) const;
  bool operator==(const StreamTarget&) const = default;
};

// What a deployment takes from its stream: environment, tier, and that it is not counted. Its environment is still as observed.
void ApplyTarget(const StreamTarget& target, const EnvironmentRules& rules, FoldedDeployment* deployment);
// The entity that a deployment belongs to: its own ref, else the stream's; aliases resolved. Empty: unmapped.
std::string EntityOf(const FoldedDeployment& deployment, const StreamTarget& target, const EntityAliases& aliases);

class StreamResolver {
 public:
  StreamResolver() = default;
  // Of each kind the first 1,000 by (order, id) are tried.
  StreamResolver(std::vector<MappingRuleFact> mapping_rules, std::vector<EnvironmentRuleFact> environment_rules);

  // mappings: those of the stream. claims: of entities that it may meet (entity_claims.h); others among them change nothing.
  StreamTarget Resolve(const StreamFact& stream, absl::Span<const StreamMappingFact> mappings,
                       absl::Span<const EntityClaims* const> claims) const;

 private:
  struct MappingRule {
    MappingRuleFact fact;
    StreamPattern pattern;
  };
  struct EnvironmentRule {
    EnvironmentRuleFact fact;
    StreamPattern pattern;
  };

  std::optional<EnvironmentRules::Environment> EnvironmentOf(const StreamFact& stream) const;
  void ApplyRules(const StreamFact& stream, StreamTarget* target) const;

  std::vector<MappingRule> mapping_rules_;          // by (order, id, source)
  std::vector<EnvironmentRule> environment_rules_;  // by (order, id)
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_PROJECTION_STREAM_RESOLVER_H_
