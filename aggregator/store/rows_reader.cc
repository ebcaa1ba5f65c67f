#include "aggregator/store/rows_reader.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <pqxx/pqxx>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "aggregator/store/catalog_store.h"
#include "aggregator/store/entity_store.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/reader_statements.h"
#include "aggregator/store/rules_store.h"

namespace headway {
namespace {

// Planning takes longer than reading.
constexpr absl::Duration kPlansLast = absl::Minutes(1);

// Takes the rows of the statements by kind.
class RowCollector {
 public:
  void Take(const pqxx::result& result) {
    for (const pqxx::row& row : result) Take(static_cast<RowKind>(row[0].as<int>()), StringOf(row[1]), row);
  }

  // By the refs that were asked for.
  const EntityState& StateOf(const std::string& ref) const { return states_.at(ref); }
  std::vector<DataSource> SourcesOf(const std::string& ref) const {
    const auto found = sources_.find(ref);
    std::vector<DataSource> sources = found == sources_.end() ? std::vector<DataSource>() : found->second;
    std::sort(sources.begin(), sources.end(), [](const DataSource& a, const DataSource& b) {
      return std::tie(a.covers, a.source) < std::tie(b.covers, b.source);
    });
    return sources;
  }
  EntityRows& RowsOf(const std::string& ref) { return rows_[ref]; }

 private:
  void Take(RowKind kind, const std::string& ref, const pqxx::row& row) {
    switch (kind) {
      case RowKind::kState: {
        EntityState& state = states_[ref];
        state.entity_ref = StringOf(row[2]);
        state.version = row[3].as<int64_t>();
        state.title = StringOf(row[4]);
        state.recomputing = row[5].as<bool>();
        state.last_finished = TimeOf(row[6]);
        state.appended_from = row[7].as<int64_t>();
        state.statuses_version = row[8].as<int64_t>();
        return;
      }
      case RowKind::kSource:
        sources_[ref].push_back(
            {StringOf(row[3]), static_cast<Covers>(row[2].as<int>()), OptionalTime(row[5]), OptionalTime(row[4])});
        return;
      case RowKind::kDeployment:
        rows_[ref].deployments.push_back(DecodeDeploymentRow(row, 2));
        return;
      case RowKind::kChange:
        rows_[ref].changes.push_back(DecodeChange(row, 2));
        return;
      case RowKind::kFailure:
        rows_[ref].failures.push_back(DecodeFailure(row, 2));
        return;
      case RowKind::kRework:
        rows_[ref].rework.push_back(DecodeRework(row, 2));
        return;
      case RowKind::kGap:
        rows_[ref].gaps.push_back(DecodeGap(row, 2));
        return;
      case RowKind::kIncident:
        rows_[ref].incidents.push_back(DecodeIncidentRow(row, 2));
        return;
    }
  }

  absl::flat_hash_map<std::string, EntityState> states_;
  absl::flat_hash_map<std::string, std::vector<DataSource>> sources_;
  absl::flat_hash_map<std::string, EntityRows> rows_;
};

// The entity that a ref stands for, with its sources. by_name: the ref may be an alias.
EntityState ReadState(pqxx::transaction_base& tx, const std::string& ref, bool by_name = true) {
  RowCollector found;
  found.Take(tx.exec_prepared(ReaderStatements::Get().states.name, TextArray({ref}), by_name));
  EntityState state = found.StateOf(ref);
  if (state.entity_ref != ref) return ReadState(tx, state.entity_ref, false);
  state.sources = found.SourcesOf(ref);
  return state;
}

void Sort(EntityRows* rows) {
  std::sort(rows->deployments.begin(), rows->deployments.end(),
            [](const auto& a, const auto& b) { return std::tie(a.finished, a.key) < std::tie(b.finished, b.key); });
  std::sort(rows->changes.begin(), rows->changes.end(), [](const auto& a, const auto& b) {
    return std::tie(a.shipped, a.merged, a.repository, a.number, a.merge_commit) <
           std::tie(b.shipped, b.merged, b.repository, b.number, b.merge_commit);
  });
  std::sort(rows->failures.begin(), rows->failures.end(), [](const auto& a, const auto& b) {
    return std::tie(a.since, a.roll_out, a.deployment, a.cause, a.by, a.detail, a.until, a.attribution) <
           std::tie(b.since, b.roll_out, b.deployment, b.cause, b.by, b.detail, b.until, b.attribution);
  });
  std::sort(rows->gaps.begin(), rows->gaps.end(),
            [](const auto& a, const auto& b) { return std::tie(a.until, a.key) < std::tie(b.until, b.key); });
  std::sort(rows->rework.begin(), rows->rework.end(), [](const auto& a, const auto& b) {
    return std::tie(a.since, a.roll_out, a.deployment, a.reason, a.detail, a.attribution) <
           std::tie(b.since, b.roll_out, b.deployment, b.reason, b.detail, b.attribution);
  });
  std::sort(rows->incidents.begin(), rows->incidents.end(),
            [](const auto& a, const auto& b) { return std::tie(a.opened, a.key) < std::tie(b.opened, b.key); });
}

// Puts what was found in the order of the keys.
template <typename Fact>
std::vector<Fact> InOrderOf(absl::Span<const ObjectKey> keys, absl::flat_hash_map<ObjectKey, Fact> found) {
  std::vector<Fact> facts;
  for (const ObjectKey& key : keys) {
    const auto it = found.find(key);
    if (it != found.end()) facts.push_back(it->second);
  }
  return facts;
}

}  // namespace

absl::StatusOr<ConnectionPool::Lease> RowsReader::Lease() {
  absl::StatusOr<ConnectionPool::Lease> connection = pool_.Acquire();
  if (!connection.ok()) return connection.status();
  if (absl::Status status = ReaderStatements::Prepare(**connection); !status.ok()) return status;
  if (absl::Status status = (*connection)->ReplanAfter(kPlansLast); !status.ok()) return status;
  return connection;
}

absl::Status RowsReader::Read(absl::string_view doing, Body body) {
  absl::StatusOr<ConnectionPool::Lease> connection = Lease();
  if (!connection.ok()) return connection.status();
  return (*connection)->Snapshot(doing, body);
}

absl::Status RowsReader::ReadOnce(absl::string_view doing, Body body) {
  absl::StatusOr<ConnectionPool::Lease> connection = Lease();
  if (!connection.ok()) return connection.status();
  return (*connection)->Autocommit(doing, body);
}

absl::StatusOr<std::vector<LoadedRows>> RowsReader::LoadRows(absl::Span<const std::string> entity_refs,
                                                             absl::Time from) {
  return LoadRows(entity_refs, from, true);
}

absl::StatusOr<std::vector<LoadedRows>> RowsReader::LoadRows(absl::Span<const std::string> entity_refs, absl::Time from,
                                                             bool by_name) {
  const std::vector<std::string> refs(entity_refs.begin(), entity_refs.end());
  const ReaderStatements& all = ReaderStatements::Get();
  RowCollector found;
  absl::Status status = ReadOnce("reading rows", [&](pqxx::transaction_base& tx) {
    found.Take(refs.size() == 1 ? tx.exec_prepared(all.rows_of_one.name, refs[0], TimeText(from), by_name)
                                : tx.exec_prepared(all.rows_of_several.name, TextArray(refs), TimeText(from), by_name));
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  std::vector<std::string> meant;
  for (const std::string& ref : refs) meant.push_back(found.StateOf(ref).entity_ref);
  // Rows are found by the entity's own ref only.
  if (meant != refs) return LoadRows(meant, from, false);
  std::vector<LoadedRows> loaded;
  for (const std::string& ref : refs) {
    LoadedRows& one = loaded.emplace_back(LoadedRows{found.StateOf(ref), from, found.RowsOf(ref)});
    one.state.sources = found.SourcesOf(ref);
    Sort(&one.rows);
  }
  return loaded;
}

absl::StatusOr<std::vector<AppendedRows>> RowsReader::LoadAppended(absl::Span<const KeptEntity> kept) {
  std::map<std::string, absl::Time> earliest;
  for (const KeptEntity& one : kept) {
    absl::Time& since = earliest.try_emplace(one.entity_ref, one.last_finished).first->second;
    since = std::min(since, one.last_finished);
  }
  std::vector<std::string> refs, since;
  for (const auto& [ref, time] : earliest) {
    refs.push_back(ref);
    since.push_back(TimeText(time));
  }
  const ReaderStatements& all = ReaderStatements::Get();
  RowCollector found;
  absl::Status status = ReadOnce("reading what was appended", [&](pqxx::transaction_base& tx) {
    found.Take(refs.size() == 1 ? tx.exec_prepared(all.appended_of_one.name, refs[0], since[0])
                                : tx.exec_prepared(all.appended_of_several.name, TextArray(refs), TextArray(since)));
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  std::vector<AppendedRows> appended;
  appended.reserve(kept.size());
  for (const KeptEntity& one : kept) {
    Sort(&found.RowsOf(one.entity_ref));
    appended.push_back({found.StateOf(one.entity_ref), found.RowsOf(one.entity_ref).deployments});
    appended.back().state.sources = found.SourcesOf(one.entity_ref);
  }
  return appended;
}

absl::StatusOr<std::vector<EntityState>> RowsReader::LoadVersions(absl::Span<const std::string> entity_refs) {
  std::vector<EntityState> states;
  const ReaderStatements& all = ReaderStatements::Get();
  absl::Status status = ReadOnce("reading versions", [&](pqxx::transaction_base& tx) {
    const pqxx::result rows =
        entity_refs.size() == 1
            ? tx.exec_prepared(all.version_of_one.name, entity_refs[0])
            : tx.exec_prepared(all.versions.name, TextArray({entity_refs.begin(), entity_refs.end()}));
    for (const pqxx::row& row : rows) {
      EntityState state;
      state.entity_ref = StringOf(row[0]);
      state.version = row[1].as<int64_t>();
      state.recomputing = row[2].as<bool>();
      state.statuses_version = row[3].as<int64_t>();
      state.appended_from = row[4].as<int64_t>();
      states.push_back(std::move(state));
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return states;
}

absl::StatusOr<LoadedPool> RowsReader::LoadPool(const std::string& entity_ref, int max_members) {
  LoadedPool pool;
  // What only leads to members comes on top of them, and must have an end as well.
  const int limit = max_members * 4;
  const bool is_group = absl::StartsWith(entity_ref, "group:");
  const int down = static_cast<int>(is_group ? Relation::kChildOf : Relation::kPartOf);
  absl::Status status = ReadOnce("reading what belongs together", [&](pqxx::transaction_base& tx) {
    const pqxx::result rows = tx.exec_prepared(ReaderStatements::Get().pool.name, entity_ref, down, is_group, limit);
    for (const pqxx::row& row : rows) {
      EntityState state;
      state.entity_ref = StringOf(row[0]);
      state.version = row[2].as<int64_t>();
      state.recomputing = row[3].as<bool>();
      state.statuses_version = row[4].as<int64_t>();
      state.appended_from = row[6].as<int64_t>();
      if (row[5].as<bool>()) {
        pool.self = std::move(state);
      } else {
        (row[1].as<bool>() ? pool.members : pool.between).push_back(std::move(state));
      }
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  pool.too_many = static_cast<int>(pool.members.size()) > max_members ||
                  static_cast<int>(pool.members.size() + pool.between.size()) >= limit;
  std::sort(pool.members.begin(), pool.members.end(),
            [](const EntityState& a, const EntityState& b) { return a.entity_ref < b.entity_ref; });
  return pool;
}

absl::StatusOr<std::vector<std::optional<absl::Time>>> RowsReader::LoadStatuses(absl::Span<const SourceKey> keys) {
  absl::flat_hash_map<SourceKey, absl::Time> found;
  ArrayText sources, covers;
  for (const auto& [source, covered] : keys) {
    sources.Add(source);
    covers.AddPlain(std::to_string(covered));
  }
  absl::Status status = ReadOnce("reading how far sources have come", [&](pqxx::transaction_base& tx) {
    for (const pqxx::row& row :
         tx.exec_prepared(ReaderStatements::Get().statuses.name, sources.Finish(), covers.Finish())) {
      found.emplace(SourceKey{StringOf(row[0]), row[1].as<int>()}, TimeOf(row[2]));
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  std::vector<std::optional<absl::Time>> statuses;
  for (const SourceKey& key : keys) {
    const auto it = found.find(key);
    statuses.push_back(it == found.end() ? std::nullopt : std::make_optional(it->second));
  }
  return statuses;
}

absl::StatusOr<LoadedInputs> RowsReader::LoadInputs(const std::string& entity_ref) {
  LoadedInputs loaded;
  absl::Status status = Read("reading the facts of an entity", [&](pqxx::transaction_base& tx) {
    loaded.state = ReadState(tx, entity_ref);
    loaded.inputs = InputsOf(LoadFacts(tx, graphs_, {loaded.state.entity_ref})[0]);
    loaded.environment_rules = LoadEnvironmentRules(tx);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return loaded;
}

absl::StatusOr<std::vector<DeploymentFact>> RowsReader::LoadDeployments(const std::string& entity_ref,
                                                                        absl::Span<const ObjectKey> keys) {
  absl::flat_hash_map<ObjectKey, DeploymentFact> found;
  absl::Status status = Read("reading deployments", [&](pqxx::transaction_base& tx) {
    const std::string ref = ReadState(tx, entity_ref).entity_ref;
    const pqxx::row declared = tx.exec_params1(
        "SELECT coalesce(min(repository), '') FROM dora.entity_repositories WHERE entity_ref = $1", ref);
    const std::string sql =
        absl::StrCat("SELECT entity_ref, ", DeploymentColumns(),
                     " FROM dora.deployments WHERE entity_ref = $1 AND deployment_key = ANY ($2::bytea[])");
    for (const pqxx::row& row : tx.exec_params(sql, ref, KeyArray(keys))) {
      DeploymentFact fact = DecodeDeployment(row, 1).fact;
      if (fact.repository.empty()) fact.repository = StringOf(declared[0]);
      found.emplace(fact.key, std::move(fact));
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return InOrderOf(keys, std::move(found));
}

absl::StatusOr<std::vector<IncidentFact>> RowsReader::LoadIncidents(const std::string& entity_ref,
                                                                    absl::Span<const ObjectKey> keys) {
  absl::flat_hash_map<ObjectKey, IncidentFact> found;
  absl::Status status = Read("reading incidents", [&](pqxx::transaction_base& tx) {
    const std::string ref = ReadState(tx, entity_ref).entity_ref;
    const std::string sql =
        absl::StrCat("SELECT entity_ref, ", IncidentColumns(),
                     " FROM dora.incidents WHERE entity_ref = $1 AND incident_key = ANY ($2::bytea[])");
    for (const pqxx::row& row : tx.exec_params(sql, ref, KeyArray(keys))) {
      IncidentFact fact = DecodeIncident(row, 1).fact;
      found.emplace(fact.key, std::move(fact));
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return InOrderOf(keys, std::move(found));
}

absl::StatusOr<Backlog> RowsReader::LoadBacklog() {
  Backlog backlog;
  absl::Status status = Read("reading the backlog", [&](pqxx::transaction_base& tx) {
    const pqxx::row row = tx.exec1(
        "SELECT (SELECT count(*) FROM dora.object_work), (SELECT count(DISTINCT entity_ref) FROM dora.entity_work), "
        "(SELECT count(*) FROM dora.parked_units)");
    backlog = {row[0].as<int64_t>(), row[1].as<int64_t>(), row[2].as<int64_t>()};
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return backlog;
}

}  // namespace headway
