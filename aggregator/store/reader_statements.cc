#include "aggregator/store/reader_statements.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "aggregator/store/entity_tables.h"

namespace headway {
namespace {

// {entities} says which entities; every part of a statement does, so that no plan can come to read the rows of others.
constexpr char kOne[] = "= $1";
constexpr char kSeveral[] = "= ANY ($1::text[])";

std::string RowsSql(const std::string& table, const std::string& columns, const std::string& condition) {
  return absl::StrCat("SELECT entity_ref, ", columns, " FROM ", table,  // lint: sql of constants
                      " r WHERE entity_ref {entities} AND ", condition);
}

// Evidence of roll-outs of which some is recent.
std::string OfRecentRollOuts(const std::string& table) {
  return absl::StrCat("r.roll_out IN (SELECT o.roll_out FROM ", table,  // lint: sql of constants
                      " o WHERE o.entity_ref {entities} AND o.latest_at >= $2::timestamptz)");
}

// What happened in the window, and what failed a roll-out that did.
std::string RecentIncidents() {
  return absl::StrCat(
      "(opened IS NULL OR opened >= $2::timestamptz OR last_transition >= $2::timestamptz OR incident_key IN "
      "(SELECT r.by_key FROM dora.failures r WHERE r.entity_ref {entities} AND ",
      OfRecentRollOuts("dora.failures"), "))");
}

RowStatements RowsOf(const std::string& suffix, const std::string& entities) {
  const auto make = [&](const std::string& name, const std::string& sql) {
    return Statement{absl::StrCat("read_", name, suffix), absl::StrReplaceAll(sql, {{"{entities}", entities}})};
  };
  return {.deployments = make("deployments", RowsSql("dora.deployments", DeploymentRowColumns(),
                                                     "finished >= $2::timestamptz AND finished < 'infinity'")),
          .changes = make("changes", RowsSql("dora.changes", ChangeColumns(), "latest_at >= $2::timestamptz")),
          .failures = make("failures", RowsSql("dora.failures", FailureColumns(), OfRecentRollOuts("dora.failures"))),
          .rework = make("rework", RowsSql("dora.rework", ReworkColumns(), OfRecentRollOuts("dora.rework"))),
          .incidents = make("incidents", RowsSql("dora.incidents", IncidentRowColumns(), RecentIncidents()))};
}

ReaderStatements MakeStatements() {
  ReaderStatements all;
  all.one = RowsOf("_of_one", kOne);
  all.several = RowsOf("", kSeveral);
  // What waits to be derived again is looked up for each entity: LIMIT keeps the planner from collecting all of it first, as OFFSET 0 does below.
  constexpr char kRecomputing[] =
      "LEFT JOIN LATERAL (SELECT true AS waits FROM dora.entity_work w WHERE w.entity_ref = coalesce(a.ref, u.ref) AND "
      "w.priority > 0 LIMIT 1) w ON true ";
  constexpr char kNamed[] =
      "FROM unnest($1::text[]) WITH ORDINALITY u (ref, n) "
      "LEFT JOIN LATERAL (SELECT min(entity_ref) AS ref FROM dora.entity_aliases WHERE alias = u.ref) a ON true "
      "LEFT JOIN dora.entities e ON e.entity_ref = coalesce(a.ref, u.ref) ";
  all.states = {"read_states",
                absl::StrCat("SELECT u.n, coalesce(a.ref, u.ref), coalesce(e.version, 0), coalesce(e.title, ''), "
                             "coalesce(w.waits, false) ",
                             kNamed, kRecomputing, "ORDER BY u.n")};
  all.versions = {"read_versions",
                  absl::StrCat("SELECT u.n, coalesce(a.ref, u.ref), coalesce(e.version, 0), coalesce(w.waits, false) ",
                               kNamed, kRecomputing, "ORDER BY u.n")};
  all.version_of_one = {
      "read_version_of_one",
      "SELECT 1, coalesce(a.ref, $1), coalesce(e.version, 0), "
      "EXISTS (SELECT FROM dora.entity_work w WHERE w.entity_ref = coalesce(a.ref, $1) AND w.priority > 0) "
      "FROM (SELECT min(entity_ref) AS ref FROM dora.entity_aliases WHERE alias = $1) a "
      "LEFT JOIN dora.entities e ON e.entity_ref = coalesce(a.ref, $1)"};
  all.sources = {
      "read_sources",
      "WITH names AS (SELECT u.ref, u.ref AS name FROM unnest($1::text[]) u (ref) "
      "UNION SELECT entity_ref, alias FROM dora.entity_aliases WHERE entity_ref = ANY ($1::text[])), "
      "declared AS (SELECT n.ref, s.covers, s.source FROM names n CROSS JOIN LATERAL "
      "(SELECT covers, source FROM dora.source_entities WHERE entity_ref = n.name OFFSET 0) s), "
      "repositories AS (SELECT entity_ref AS ref, repository FROM dora.entity_repositories WHERE entity_ref = ANY "
      "($1::text[])), "
      "events AS (SELECT entity_ref AS ref, 1::smallint AS covers, source, latest_event FROM dora.stream_heads "
      "WHERE entity_ref = ANY ($1::text[]) "
      "UNION ALL SELECT entity_ref, covers, source, latest_event FROM dora.entity_sources WHERE entity_ref = ANY "
      "($1::text[])), "
      "found AS (SELECT ref, covers, source, latest_event FROM events "
      "UNION ALL SELECT ref, covers, source, NULL FROM declared "
      "UNION ALL SELECT n.ref, 1, m.source, NULL FROM names n CROSS JOIN LATERAL "
      "(SELECT source FROM dora.stream_mappings WHERE entity_ref = n.name OFFSET 0) m "
      "UNION ALL SELECT r.ref, 2, r.repository, NULL FROM repositories r "
      "WHERE NOT EXISTS (SELECT FROM events v WHERE v.ref = r.ref AND v.covers = 2) "
      "AND NOT EXISTS (SELECT FROM declared d WHERE d.ref = r.ref AND d.covers = 2)) "
      "SELECT f.ref, f.covers, f.source, nullif(max(f.latest_event), '-infinity'), max(s.complete_until) FROM found f "
      "LEFT JOIN LATERAL (SELECT complete_until FROM dora.sources WHERE source = f.source AND covers = f.covers OFFSET "
      "0) s ON true "
      // Changes come in by repository: without one, no source of changes can tell of the entity.
      "WHERE f.covers <> 2 OR EXISTS (SELECT FROM repositories r WHERE r.ref = f.ref) GROUP BY 1, 2, 3 "
      "ORDER BY 1, 2, f.source COLLATE \"C\""};
  return all;
}

}  // namespace

const ReaderStatements& ReaderStatements::Get() {
  static const ReaderStatements* const statements = new ReaderStatements(MakeStatements());
  return *statements;
}

absl::Status ReaderStatements::Prepare(Connection& connection) {
  const ReaderStatements& all = Get();
  // Before every answer: the last one stands for all.
  if (connection.HasPrepared(all.sources.name)) return absl::OkStatus();
  for (const RowStatements* rows : {&all.one, &all.several}) {
    for (const Statement* statement :
         {&rows->deployments, &rows->changes, &rows->failures, &rows->rework, &rows->incidents}) {
      if (absl::Status status = connection.Prepare(statement->name, statement->sql); !status.ok()) return status;
    }
  }
  for (const Statement* statement : {&all.states, &all.versions, &all.version_of_one, &all.sources}) {
    if (absl::Status status = connection.Prepare(statement->name, statement->sql); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace headway
