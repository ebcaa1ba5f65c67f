// Reads what is derived: for those who answer questions. Every call is one snapshot, and mostly one statement, however many entities are asked for.
// Needs SELECT on schema dora only. Thread-safe: each call leases a connection of the pool and blocks its thread.
//
// Statuses: RESOURCE_EXHAUSTED (no connection became free), UNAVAILABLE (PostgreSQL is out of reach), DEADLINE_EXCEEDED (statement timeout),
// FAILED_PRECONDITION (the schema is missing). All but the last may be retried. An entity that nothing is known of is no error.
#ifndef HEADWAY_AGGREGATOR_STORE_ROWS_READER_H_
#define HEADWAY_AGGREGATOR_STORE_ROWS_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "aggregator/projection/derive.h"
#include "aggregator/projection/entity_rows.h"
#include "aggregator/projection/mapping.h"
#include "aggregator/store/connection_pool.h"
#include "aggregator/store/graph_cache.h"
#include "aggregator/store/stored_entity.h"

namespace headway {

// A source that is mapped to an entity. There is at least one entry for every kind of facts that has a mapped source.
struct DataSource {
  // Observation.source. For a declared repository without a change, and without a status: the repository.
  std::string source;
  Covers covers = Covers::kDeployments;
  std::optional<absl::Time> complete_until;  // as its status says
  std::optional<absl::Time> latest_event;    // of this entity
  bool operator==(const DataSource&) const = default;
};

// An entity, apart from its rows.
struct EntityState {
  std::string entity_ref;  // after aliases: what it is called now
  int64_t version = 0;     // grows with every commit that changes anything of the entity; 0: nothing is known of it
  std::string title;
  bool recomputing = false;         // work on it is waiting, for example since a rule changed
  std::vector<DataSource> sources;  // sorted by (covers, source)
  // Of its deployments, but for pending ones.
  absl::Time last_finished = absl::InfinitePast();
  // Who has kept this version or a later one has all rows but for the deployments that finished after the last_finished of what is kept.
  int64_t appended_from = 0;
  // Grows whenever any source says how far it has come; what was read of that under the same number still holds.
  int64_t statuses_version = 0;
};

// An entity's rows that answer every window that begins at or after `from`.
struct LoadedRows {
  EntityState state;
  absl::Time from;
  EntityRows rows;  // in the order of EntityRows
};

// What a reader has kept of an entity.
struct KeptEntity {
  std::string entity_ref;
  absl::Time last_finished;
};

// What was appended to an entity since. Of use to who has kept state.appended_from or a later version.
struct AppendedRows {
  EntityState state;                       // without title
  std::vector<DeploymentRow> deployments;  // by (finished, key)
};

// The inputs of a derivation, for policies whose rows are not stored.
struct LoadedInputs {
  EntityState state;
  EntityInputs inputs;
  EnvironmentRules environment_rules;  // for the tier of an environment that is asked for by name
};

// What a System, a Domain or a Group pools: what is part of it, of its subdomains and systems, and of their parts; what it and the groups below it own.
struct LoadedPool {
  EntityState self;  // without sources and title, as all here
  std::vector<EntityState>
      members;  // sorted by ref; never systems, domains, groups, users, locations, templates and APIs
  std::vector<EntityState> between;  // what only leads to members: systems, subdomains, groups below
  bool too_many = false;             // more members than asked for, or too much between; what was found is not all
};

// How far sources have come, as their statuses say.
using SourceKey = std::pair<std::string, int>;  // source, covers

// How much work waits behind live work.
struct Backlog {
  int64_t objects = 0;   // objects that wait to be mapped again since a rule changed
  int64_t entities = 0;  // entities that wait to be derived again
  int64_t parked = 0;    // units set aside after failing again and again
};

class RowsReader {
 public:
  // Both outlive the reader. graphs may be shared with other readers and with the worker.
  RowsReader(ConnectionPool* pool, GraphCache* graphs) : pool_(*pool), graphs_(*graphs) {}

  // Parallel to entity_refs. `from` is the earliest time that any window, and any window before, begins at (InfinitePast: everything).
  absl::StatusOr<std::vector<LoadedRows>> LoadRows(absl::Span<const std::string> entity_refs, absl::Time from);

  // Parallel to kept, whose refs are no aliases. Of an entity that comes twice, since the earlier time. Of the sources those that told of a deployment.
  // One statement.
  absl::StatusOr<std::vector<AppendedRows>> LoadAppended(absl::Span<const KeptEntity> kept);

  // Parallel to entity_refs; without sources, title and last_finished. What is in a cache under this version is still right. Does not wait for anything but one lookup.
  absl::StatusOr<std::vector<EntityState>> LoadVersions(absl::Span<const std::string> entity_refs);

  // At most max_members. One statement.
  absl::StatusOr<LoadedPool> LoadPool(const std::string& entity_ref, int max_members);

  // Parallel to the keys; nothing: it has not said.
  absl::StatusOr<std::vector<std::optional<absl::Time>>> LoadStatuses(absl::Span<const SourceKey> keys);

  // Everything of one entity, with its commit graphs.
  absl::StatusOr<LoadedInputs> LoadInputs(const std::string& entity_ref);

  // The facts behind rows, for Explain; in the order of the keys, those that do not exist left out.
  absl::StatusOr<std::vector<DeploymentFact>> LoadDeployments(const std::string& entity_ref,
                                                              absl::Span<const ObjectKey> keys);
  absl::StatusOr<std::vector<IncidentFact>> LoadIncidents(const std::string& entity_ref,
                                                          absl::Span<const ObjectKey> keys);

  absl::StatusOr<Backlog> LoadBacklog();

 private:
  using Body = absl::FunctionRef<absl::Status(pqxx::transaction_base&)>;
  absl::StatusOr<ConnectionPool::Lease> Lease();
  absl::Status Read(absl::string_view doing, Body body);
  // For one statement, which is a snapshot by itself: a transaction would triple the round trips.
  absl::Status ReadOnce(absl::string_view doing, Body body);
  absl::StatusOr<std::vector<LoadedRows>> LoadRows(absl::Span<const std::string> entity_refs, absl::Time from,
                                                   bool by_name);

  ConnectionPool& pool_;
  GraphCache& graphs_;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_ROWS_READER_H_
