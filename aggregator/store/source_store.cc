#include "aggregator/store/source_store.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string>

#include <pqxx/pqxx>

#include "aggregator/store/copy_row.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/entity_touch.h"

namespace headway {
namespace {

using Names = std::set<std::string>;

// What the database holds of one (source, covers).
struct KnownSource {
  std::optional<absl::Time> complete_until;  // absent: there is no status
  std::optional<absl::Time> last_contact;
  std::vector<SourceProblemFact> problems;
  Names entities;
  bool operator==(const KnownSource&) const = default;
};

KnownSource ReadSource(pqxx::transaction_base& tx, const std::string& source, const std::string& covers) {
  KnownSource known;
  for (const pqxx::row& row : tx.exec_params(
           "SELECT complete_until, last_contact FROM dora.sources WHERE source = $1 AND covers = $2", source, covers)) {
    known.complete_until = TimeOf(row[0]);
    known.last_contact = OptionalTime(row[1]);
  }
  for (const pqxx::row& row :
       tx.exec_params("SELECT code, subject, detail, since FROM dora.source_problems WHERE source = $1 AND covers = $2 "
                      "ORDER BY position",
                      source, covers)) {
    known.problems.push_back({static_cast<v1::SourceProblem::Code>(row[0].as<int>()), StringOf(row[1]),
                              StringOf(row[2]), OptionalTime(row[3])});
  }
  for (const pqxx::row& row : tx.exec_params(
           "SELECT entity_ref FROM dora.source_entities WHERE source = $1 AND covers = $2", source, covers)) {
    known.entities.insert(StringOf(row[0]));
  }
  return known;
}

KnownSource KnownFrom(const SourceCondition& condition) {
  if (condition.retired) return {};
  const SourceStatusFact& status = condition.status;
  return {status.complete_until, condition.last_contact, condition.problems,
          Names(status.entity_refs.begin(), status.entity_refs.end())};
}

// Rows to be changed in the three tables.
class SourceTables {
 public:
  void Replace(const std::string& source, const std::string& covers, const KnownSource& was, const KnownSource& now) {
    statuses_.Delete({source, covers});
    if (now.complete_until.has_value()) {
      statuses_.Insert(CopyRow().Text(source).Text(covers).Time(*now.complete_until).Time(now.last_contact));
    }
    if (was.entities != now.entities) {
      entities_.Delete({source, covers});
      for (const std::string& ref : now.entities) entities_.Insert(CopyRow().Text(source).Text(covers).Text(ref));
    }
    if (was.problems == now.problems) return;
    problems_.Delete({source, covers});
    int64_t position = 0;
    for (const SourceProblemFact& problem : now.problems) {
      CopyRow row;
      row.Text(source).Text(covers).Number(position++).Number(problem.code);
      problems_.Insert(row.Text(problem.subject).Text(problem.detail).Time(problem.since));
    }
  }

  bool Flush(pqxx::transaction_base& tx) {
    if (statuses_.empty()) return false;
    statuses_.Flush(tx);
    if (!entities_.empty()) entities_.Flush(tx);
    if (!problems_.empty()) problems_.Flush(tx);
    return true;
  }

 private:
  const std::vector<KeyColumn> keys_ = {{"source", "text"}, {"covers", "smallint"}};
  TableChange statuses_{"dora.sources", keys_, {"source", "covers", "complete_until", "last_contact"}};
  TableChange entities_{"dora.source_entities", keys_, {"source", "covers", "entity_ref"}};
  TableChange problems_{
      "dora.source_problems", keys_, {"source", "covers", "position", "code", "subject", "detail", "since"}};
};

}  // namespace

void WriteSources(pqxx::transaction_base& tx, const std::vector<SourceCondition>& conditions) {
  SourceTables tables;
  Names touched;
  for (const SourceCondition& condition : conditions) {
    const SourceStatusFact& status = condition.status;
    const std::string covers = std::to_string(static_cast<int>(status.covers));
    const KnownSource was = ReadSource(tx, status.source, covers);
    const KnownSource now = KnownFrom(condition);
    if (was == now) continue;
    tables.Replace(status.source, covers, was, now);
    // Only where it says something of an entity for the first time or no more: how far it has come is read with every answer.
    std::set_symmetric_difference(was.entities.begin(), was.entities.end(), now.entities.begin(), now.entities.end(),
                                  std::inserter(touched, touched.end()));
  }
  if (!tables.Flush(tx)) return;
  tx.exec("UPDATE dora.sources_version SET version = version + 1");
  TouchEntities(tx, touched);
}

}  // namespace headway
