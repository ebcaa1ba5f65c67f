// For tests: entities in memory, derived as the worker would.
#ifndef HEADWAY_SERVICES_METRICS_FAKE_ENTITIES_H_
#define HEADWAY_SERVICES_METRICS_FAKE_ENTITIES_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/metrics/entity_source.h"

namespace headway::testing {

// Thread-safe.
class FakeEntities : public EntitySource {
 public:
  // Puts the entity there, or replaces it, under the next version. With sources of all three kinds, without a status.
  void Put(EntityInputs inputs);
  // As a database does that was put back to an earlier state.
  void PutBack(EntityInputs inputs, int64_t version);
  // Puts a deployment there that finished after all others, under the next version.
  void Append(const std::string& entity_ref, DeploymentFact deployment);
  void PutAlias(const std::string& alias, const std::string& entity_ref);
  void SetSources(const std::string& entity_ref, std::vector<DataSource> sources);
  // What belongs to a pool, and what stands between.
  void SetPool(const std::string& entity_ref, std::vector<std::string> members, std::vector<std::string> between = {});
  // How far a source has come (nothing: it is retired); entities stay as they are.
  void SetStatus(const std::string& source, Covers covers, std::optional<absl::Time> until);
  void SetRecomputing(const std::string& entity_ref, bool recomputing);

  // Every call fails with this until it is OK again.
  void FailWith(absl::Status status);
  // Calls wait while it is held.
  void Hold();
  void Release();
  // Calls of any kind that are waiting.
  int held() const;

  struct Calls {
    int versions = 0;
    int rows = 0;
    int appended = 0;
    int inputs = 0;
    int deployments = 0;
    int pools = 0;
    int statuses = 0;
    absl::Time rows_from;
    size_t rows_at_once = 0;  // deployments that one call gave, at most
  };
  Calls calls() const;

  absl::StatusOr<std::vector<EntityState>> LoadVersions(absl::Span<const std::string> entity_refs) override;
  absl::StatusOr<std::vector<LoadedRows>> LoadRows(absl::Span<const std::string> entity_refs, absl::Time from) override;
  absl::StatusOr<std::vector<AppendedRows>> LoadAppended(absl::Span<const KeptEntity> kept) override;
  absl::StatusOr<LoadedPool> LoadPool(const std::string& entity_ref, int max_members) override;
  absl::StatusOr<std::vector<std::optional<absl::Time>>> LoadStatuses(absl::Span<const SourceKey> keys) override;
  absl::StatusOr<LoadedInputs> LoadInputs(const std::string& entity_ref) override;
  absl::StatusOr<std::vector<DeploymentFact>> LoadDeployments(const std::string& entity_ref,
                                                              absl::Span<const ObjectKey> keys) override;
  absl::StatusOr<std::vector<IncidentFact>> LoadIncidents(const std::string& entity_ref,
                                                          absl::Span<const ObjectKey> keys) override;

 private:
  struct Stored {
    EntityState state;
    EntityInputs inputs;
  };

  absl::Status Enter() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Stored StoredOf(const std::string& entity_ref) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::map<std::string, Stored> entities_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string> aliases_ ABSL_GUARDED_BY(mutex_);
  struct Pool {
    std::vector<std::string> members;
    std::vector<std::string> between;
  };
  std::map<std::string, Pool> pools_ ABSL_GUARDED_BY(mutex_);
  std::map<SourceKey, std::optional<absl::Time>> statuses_ ABSL_GUARDED_BY(mutex_);
  int64_t statuses_version_ ABSL_GUARDED_BY(mutex_) = 1;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  bool is_held_ ABSL_GUARDED_BY(mutex_) = false;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  Calls calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace headway::testing

#endif  // HEADWAY_SERVICES_METRICS_FAKE_ENTITIES_H_
