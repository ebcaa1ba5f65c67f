#include "services/metrics/entity_source.h"

namespace headway {
namespace {

class Stored : public EntitySource {
 public:
  explicit Stored(RowsReader* reader) : reader_(*reader) {}

  absl::StatusOr<std::vector<EntityState>> LoadVersions(absl::Span<const std::string> entity_refs) override {
    return reader_.LoadVersions(entity_refs);
  }
  absl::StatusOr<std::vector<LoadedRows>> LoadRows(absl::Span<const std::string> entity_refs,
                                                   absl::Time from) override {
    return reader_.LoadRows(entity_refs, from);
  }
  absl::StatusOr<std::vector<AppendedRows>> LoadAppended(absl::Span<const KeptEntity> kept) override {
    return reader_.LoadAppended(kept);
  }
  absl::StatusOr<LoadedPool> LoadPool(const std::string& entity_ref, int max_members) override {
    return reader_.LoadPool(entity_ref, max_members);
  }
  absl::StatusOr<std::vector<std::optional<absl::Time>>> LoadStatuses(absl::Span<const SourceKey> keys) override {
    return reader_.LoadStatuses(keys);
  }
  absl::StatusOr<LoadedInputs> LoadInputs(const std::string& entity_ref) override {
    return reader_.LoadInputs(entity_ref);
  }
  absl::StatusOr<std::vector<DeploymentFact>> LoadDeployments(const std::string& entity_ref,
                                                              absl::Span<const ObjectKey> keys) override {
    return reader_.LoadDeployments(entity_ref, keys);
  }
  absl::StatusOr<std::vector<IncidentFact>> LoadIncidents(const std::string& entity_ref,
                                                          absl::Span<const ObjectKey> keys) override {
    return reader_.LoadIncidents(entity_ref, keys);
  }

 private:
  RowsReader& reader_;
};

}  // namespace

std::unique_ptr<EntitySource> StoredEntities(RowsReader* reader) { return std::make_unique<Stored>(reader); }

}  // namespace headway
