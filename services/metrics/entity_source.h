// Where entities are read from: what the metrics service needs of the store, so that tests can stand in for it.
#ifndef HEADWAY_SERVICES_METRICS_ENTITY_SOURCE_H_
#define HEADWAY_SERVICES_METRICS_ENTITY_SOURCE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "aggregator/store/rows_reader.h"

namespace headway {

// Thread-safe; calls block. Statuses as of RowsReader, whose methods of the same names say what each does. An entity that nothing is known of has version 0.
class EntitySource {
 public:
  virtual ~EntitySource() = default;
  virtual absl::StatusOr<std::vector<EntityState>> LoadVersions(absl::Span<const std::string> entity_refs) = 0;
  virtual absl::StatusOr<std::vector<LoadedRows>> LoadRows(absl::Span<const std::string> entity_refs,
                                                           absl::Time from) = 0;
  virtual absl::StatusOr<std::vector<AppendedRows>> LoadAppended(absl::Span<const KeptEntity> kept) = 0;
  virtual absl::StatusOr<LoadedPool> LoadPool(const std::string& entity_ref, int max_members) = 0;
  virtual absl::StatusOr<std::vector<std::optional<absl::Time>>> LoadStatuses(absl::Span<const SourceKey> keys) = 0;
  virtual absl::StatusOr<LoadedInputs> LoadInputs(const std::string& entity_ref) = 0;
  virtual absl::StatusOr<std::vector<DeploymentFact>> LoadDeployments(const std::string& entity_ref,
                                                                      absl::Span<const ObjectKey> keys) = 0;
  virtual absl::StatusOr<std::vector<IncidentFact>> LoadIncidents(const std::string& entity_ref,
                                                                  absl::Span<const ObjectKey> keys) = 0;
};

// The store's. The reader outlives it.
std::unique_ptr<EntitySource> StoredEntities(RowsReader* reader);

}  // namespace headway

#endif  // HEADWAY_SERVICES_METRICS_ENTITY_SOURCE_H_
