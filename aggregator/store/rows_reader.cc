#include "aggregator/store/rows_reader.h"

#include <algorithm>
#include <tuple>

#include <pqxx/pqxx>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "aggregator/store/entity_store.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/reader_statements.h"
#include "aggregator/store/rules_store.h"

namespace headway {
namespace {

// Planning takes longer than reading.
constexpr absl::Duration kPlansLast = absl::Minutes(1);

std::vector<EntityState> ReadStates(pqxx::transaction_base& tx, const std::string& refs) {
  std::vector<EntityState> states;
  for (const pqxx::row& row : tx.exec_prepared(ReaderStatements::Get().states.name, refs)) {
    EntityState state;
    state.entity_ref = StringOf(row[1]);
    state.version = row[2].as<int64_t>();
    state.title = StringOf(row[3]);
    state.recomputing = row[4].as<bool>();
    states.push_back(std::move(state));
  }
  return states;
}

// Names that stand for one entity share what was read for it.
std::vector<std::string> RefsOf(const std::vector<EntityState>& states) {
  std::vector<std::string> refs;
  for (const EntityState& state : states) refs.push_back(state.entity_ref);
  std::sort(refs.begin(), refs.end());
  refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
  return refs;
}

void ReadSources(pqxx::transaction_base& tx, std::vector<EntityState>* states) {
  absl::flat_hash_map<std::string, std::vector<DataSource>> sources;
  for (const pqxx::row& row : tx.exec_prepared(ReaderStatements::Get().sources.name, TextArray(RefsOf(*states)))) {
    sources[StringOf(row[0])].push_back(
        {StringOf(row[2]), static_cast<Covers>(row[1].as<int>()), OptionalTime(row[4]), OptionalTime(row[3])});
  }
  for (EntityState& state : *states) state.sources = sources[state.entity_ref];
}

template <typename Take>
void ReadRows(pqxx::transaction_base& tx, const Statement& statement, const std::string& refs, absl::Time from,
              const Take& take) {
  for (const pqxx::row& row : tx.exec_prepared(statement.name, refs, TimeText(from))) take(StringOf(row[0]), row);
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
  std::sort(rows->rework.begin(), rows->rework.end(), [](const auto& a, const auto& b) {
    return std::tie(a.since, a.roll_out, a.deployment, a.reason, a.detail, a.attribution) <
           std::tie(b.since, b.roll_out, b.deployment, b.reason, b.detail, b.attribution);
  });
  std::sort(rows->incidents.begin(), rows->incidents.end(),
            [](const auto& a, const auto& b) { return std::tie(a.opened, a.key) < std::tie(b.opened, b.key); });
}

// Rows of several entities by ref.
absl::flat_hash_map<std::string, EntityRows> ReadAllRows(pqxx::transaction_base& tx,
                                                         const std::vector<std::string>& names, absl::Time from) {
  const bool alone = names.size() == 1;
  const RowStatements& all = alone ? ReaderStatements::Get().one : ReaderStatements::Get().several;
  const std::string refs = alone ? names[0] : TextArray(names);
  absl::flat_hash_map<std::string, EntityRows> rows;
  ReadRows(tx, all.deployments, refs, from, [&](const std::string& ref, const pqxx::row& row) {
    rows[ref].deployments.push_back(DecodeDeploymentRow(row, 1));
  });
  ReadRows(tx, all.changes, refs, from,
           [&](const std::string& ref, const pqxx::row& row) { rows[ref].changes.push_back(DecodeChange(row, 1)); });
  ReadRows(tx, all.failures, refs, from,
           [&](const std::string& ref, const pqxx::row& row) { rows[ref].failures.push_back(DecodeFailure(row, 1)); });
  ReadRows(tx, all.rework, refs, from,
           [&](const std::string& ref, const pqxx::row& row) { rows[ref].rework.push_back(DecodeRework(row, 1)); });
  ReadRows(tx, all.incidents, refs, from, [&](const std::string& ref, const pqxx::row& row) {
    rows[ref].incidents.push_back(DecodeIncidentRow(row, 1));
  });
  for (auto& [ref, one] : rows) Sort(&one);
  return rows;
}

std::string KeyArray(absl::Span<const ObjectKey> keys) {
  ArrayText text;
  for (const ObjectKey& key : keys) text.Add(KeyText(key));
  return text.Finish();
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

absl::Status RowsReader::Read(absl::string_view doing, Body body) {
  absl::StatusOr<ConnectionPool::Lease> connection = pool_.Acquire();
  if (!connection.ok()) return connection.status();
  if (absl::Status status = ReaderStatements::Prepare(**connection); !status.ok()) return status;
  if (absl::Status status = (*connection)->ReplanAfter(kPlansLast); !status.ok()) return status;
  return (*connection)->Snapshot(doing, body);
}

absl::StatusOr<std::vector<LoadedRows>> RowsReader::LoadRows(absl::Span<const std::string> entity_refs,
                                                             absl::Time from) {
  std::vector<LoadedRows> loaded;
  absl::Status status = Read("reading rows", [&](pqxx::transaction_base& tx) {
    std::vector<EntityState> states = ReadStates(tx, TextArray({entity_refs.begin(), entity_refs.end()}));
    ReadSources(tx, &states);
    const absl::flat_hash_map<std::string, EntityRows> rows = ReadAllRows(tx, RefsOf(states), from);
    for (EntityState& state : states) {
      const auto it = rows.find(state.entity_ref);
      loaded.push_back({std::move(state), from, it == rows.end() ? EntityRows() : it->second});
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return loaded;
}

absl::StatusOr<std::vector<EntityState>> RowsReader::LoadVersions(absl::Span<const std::string> entity_refs) {
  std::vector<EntityState> states;
  absl::StatusOr<ConnectionPool::Lease> connection = pool_.Acquire();
  if (!connection.ok()) return connection.status();
  if (absl::Status status = ReaderStatements::Prepare(**connection); !status.ok()) return status;
  if (absl::Status status = (*connection)->ReplanAfter(kPlansLast); !status.ok()) return status;
  // One statement is a snapshot of its own; this is asked before every answer, and a transaction would triple the round trips.
  absl::Status status = (*connection)->Autocommit("reading versions", [&](pqxx::transaction_base& tx) {
    const ReaderStatements& all = ReaderStatements::Get();
    const pqxx::result rows =
        entity_refs.size() == 1
            ? tx.exec_prepared(all.version_of_one.name, entity_refs[0])
            : tx.exec_prepared(all.versions.name, TextArray({entity_refs.begin(), entity_refs.end()}));
    for (const pqxx::row& row : rows) {
      EntityState state;
      state.entity_ref = StringOf(row[1]);
      state.version = row[2].as<int64_t>();
      state.recomputing = row[3].as<bool>();
      states.push_back(std::move(state));
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return states;
}

absl::StatusOr<LoadedInputs> RowsReader::LoadInputs(const std::string& entity_ref) {
  LoadedInputs loaded;
  absl::Status status = Read("reading the facts of an entity", [&](pqxx::transaction_base& tx) {
    std::vector<EntityState> states = ReadStates(tx, TextArray({entity_ref}));
    ReadSources(tx, &states);
    loaded.state = std::move(states[0]);
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
    const std::string ref = ReadStates(tx, TextArray({entity_ref}))[0].entity_ref;
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
    const std::string ref = ReadStates(tx, TextArray({entity_ref}))[0].entity_ref;
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
