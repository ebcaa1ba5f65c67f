// What a request is about: an entity by itself, or for a System, a Domain or a Group the pool of what belongs to it.
#ifndef HEADWAY_SERVICES_METRICS_ASKED_ENTITY_H_
#define HEADWAY_SERVICES_METRICS_ASKED_ENTITY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "aggregator/metrics/answer.h"
#include "services/metrics/entity_cache.h"
#include "services/metrics/entity_source.h"
#include "services/metrics/metric_query.h"

namespace headway {

inline constexpr int kMaxPooled = 2000;

// A System, a Domain or a Group.
bool IsPoolKind(absl::string_view entity_ref);

// The normalised ref of an entity that may be measured. INVALID_ARGUMENT: no ref, or a person; `field` is named in the error.
absl::StatusOr<std::string> CheckMeasured(const std::string& entity_ref, absl::string_view field = "entity_ref");

// One entity, or several pooled; what belongs to it lives as long as what it was made from.
struct Members {
  std::vector<const EntityRows*> rows;
  std::vector<SourceState> sources;
  double derived_share = 1;
};
Members PoolOf(const std::vector<FoundEntity>& found);

struct AskedEntity {
  std::string entity_ref;           // what it is called now
  int64_t version = 0;              // of a pool: of all that it was made from
  int pooled = 0;                   // entities that are pooled, beside itself; 0: it is measured itself
  std::vector<FoundEntity> found;   // not empty
  std::vector<std::string> others;  // whose changes may change the answer, too: what is pooled, and what leads there

  Members members() const { return PoolOf(found); }
};

// NOT_FOUND: nothing is known of it; INVALID_ARGUMENT: it pools more than 2,000. Else statuses of EntityCache. The ref is normalised.
absl::StatusOr<AskedEntity> FindAsked(EntitySource& source, EntityCache& cache, const std::string& entity_ref,
                                      const MetricQuery& query, absl::Time from, const Call& call);

// The refs that explanations are put together from: the entity itself, then what is pooled. Statuses as above, but for NOT_FOUND.
absl::StatusOr<std::vector<std::string>> ListAsked(EntitySource& source, const std::string& entity_ref);

// As EntitySource::LoadVersions, for pools, too.
absl::StatusOr<std::vector<EntityState>> LoadAskedVersions(EntitySource& source,
                                                           absl::Span<const std::string> entity_refs);

absl::Status NothingIsKnownOf(const std::string& entity_ref);

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_ASKED_ENTITY_H_
