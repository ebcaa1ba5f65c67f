#include "aggregator/store/reader_statements.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "aggregator/store/entity_tables.h"

namespace headway {
namespace {

// {entities} says which entities, {refs} names them as rows, {kept} with what is kept of them; every part of a statement does, so that no plan can come to
// read the rows of others.
std::string ForOne(const std::string& sql) {
  return absl::StrReplaceAll(sql, {{"{entities}", "= $1"},
                                   {"{refs}", "ARRAY[$1]"},
                                   {"{kept}", "(SELECT $1::text, $2::timestamptz) k (ref, since)"}});
}
std::string ForSeveral(const std::string& sql) {
  return absl::StrReplaceAll(sql, {{"{entities}", "= ANY ($1::text[])"},
                                   {"{refs}", "$1::text[]"},
                                   {"{kept}", "unnest($1::text[], $2::timestamptz[]) k (ref, since)"}});
}

// One part of a union: what kind of row, of which entity, and the columns as text, as many as every part has.
std::string Part(RowKind kind, absl::string_view ref, absl::Span<const std::string> columns) {
  std::string sql = absl::StrCat("SELECT ", static_cast<int>(kind), " AS kind, ", ref);  // lint: sql of constants
  for (size_t i = 0; i < kRowWidth; ++i) {
    absl::StrAppend(&sql, ", ", i < columns.size() ? absl::StrCat("(", columns[i], ")::text") : "NULL");
  }
  return sql;
}

std::string RowsOf(RowKind kind, const std::string& table, const std::string& columns, const std::string& condition) {
  const std::vector<std::string> names = absl::StrSplit(columns, ", ");
  return absl::StrCat(Part(kind, "entity_ref", names), " FROM ", table,  // lint: sql of constants
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

// The version of statuses is looked up once, whatever the number of rows.
constexpr char kStatusesVersion[] = "coalesce((SELECT version FROM dora.sources_version), 0)";

// From which version on only deployments were appended.
constexpr char kAppendedFrom[] = "CASE WHEN appended_to = version THEN appended_from ELSE version END";

// What waits to be derived again is looked up for each entity: LIMIT keeps the planner from collecting all of it first, as OFFSET 0 does below.
constexpr char kStatesOfRefs[] =
    " FROM unnest({refs}) WITH ORDINALITY u (ref, n) "
    "LEFT JOIN LATERAL (SELECT min(entity_ref) AS ref FROM dora.entity_aliases WHERE alias = u.ref AND "
    "{by_name}) a ON true "
    "LEFT JOIN dora.entities e ON e.entity_ref = coalesce(a.ref, u.ref) "
    "LEFT JOIN LATERAL (SELECT true AS waits FROM dora.entity_work w WHERE w.entity_ref = coalesce(a.ref, u.ref) AND "
    "w.priority > 0 LIMIT 1) w ON true";

constexpr char kSources[] =
    "WITH names AS (SELECT u.ref, u.ref AS name FROM unnest({refs}) u (ref) "
    "UNION SELECT entity_ref, alias FROM dora.entity_aliases WHERE entity_ref {entities}), "
    "declared AS (SELECT n.ref, s.covers, s.source FROM names n CROSS JOIN LATERAL "
    "(SELECT covers, source FROM dora.source_entities WHERE entity_ref = n.name OFFSET 0) s), "
    "repositories AS (SELECT entity_ref AS ref, repository FROM dora.entity_repositories WHERE entity_ref {entities}), "
    "events AS (SELECT entity_ref AS ref, 1::smallint AS covers, source, latest_event FROM dora.stream_heads "
    "WHERE entity_ref {entities} "
    "UNION ALL SELECT entity_ref, covers, source, latest_event FROM dora.entity_sources WHERE entity_ref {entities}), "
    "found AS (SELECT ref, covers, source, latest_event FROM events "
    "UNION ALL SELECT ref, covers, source, NULL FROM declared "
    "UNION ALL SELECT n.ref, 1, m.source, NULL FROM names n CROSS JOIN LATERAL "
    "(SELECT source FROM dora.stream_mappings WHERE entity_ref = n.name UNION ALL SELECT source FROM "
    "dora.known_streams WHERE entities @> ARRAY[n.name]::text[] AND declared OFFSET 0) m "
    "UNION ALL SELECT r.ref, 2, r.repository, NULL FROM repositories r "
    "WHERE NOT EXISTS (SELECT FROM events v WHERE v.ref = r.ref AND v.covers = 2) "
    "AND NOT EXISTS (SELECT FROM declared d WHERE d.ref = r.ref AND d.covers = 2)) "
    "SELECT f.ref, f.covers, f.source, nullif(max(f.latest_event), '-infinity') AS latest, max(s.complete_until) AS "
    "until FROM found f "
    "LEFT JOIN LATERAL (SELECT complete_until FROM dora.sources WHERE source = f.source AND covers = f.covers OFFSET "
    "0) s ON true "
    // Changes come in by repository: without one, no source of changes can tell of the entity.
    "WHERE f.covers <> 2 OR EXISTS (SELECT FROM repositories r WHERE r.ref = f.ref) GROUP BY 1, 2, 3";

// Entities that have the relation to b.ref, under any name of it. OFFSET 0 makes each of them be looked up.
std::string RelatedTo(const char* relation) {
  return absl::StrCat(  // lint: sql of constants
      "CROSS JOIN LATERAL (SELECT b.ref AS name UNION ALL SELECT alias FROM dora.entity_aliases WHERE entity_ref = "
      "b.ref) n CROSS JOIN LATERAL (SELECT entity_ref FROM dora.entity_relations WHERE target_ref = n.name AND "
      "relation = ",
      relation, " OFFSET 0) r");
}

// Cycles end where nothing new is found; the limit stops the search before it has read everything.
std::string PoolSql() {
  return absl::StrCat(  // lint: sql of constants
      "WITH RECURSIVE root AS (SELECT coalesce((SELECT min(entity_ref) FROM dora.entity_aliases WHERE alias = $1), $1) "
      "AS ref), "
      "below (ref) AS (SELECT ref FROM root UNION SELECT r.entity_ref FROM below b ",
      RelatedTo("$2::smallint"),
      "), "
      "nodes AS MATERIALIZED (SELECT ref FROM below LIMIT $4), "
      "owned AS (SELECT DISTINCT r.entity_ref AS ref FROM nodes b ",
      RelatedTo("2"),
      " WHERE $3::boolean LIMIT $4), "
      "found AS (SELECT ref, NOT $3::boolean AS member FROM nodes UNION ALL SELECT ref, true FROM owned) "
      "SELECT f.ref, bool_or(f.member AND f.ref !~ '^(system|domain|group|user|location|template|api):'), "
      "coalesce(min(e.version), 0), coalesce(bool_or(w.waits), false), ",
      kStatusesVersion,
      ", f.ref = (SELECT ref FROM root), coalesce(min(e.appended_from), 0) FROM found f LEFT JOIN LATERAL (SELECT "
      "version, ",
      kAppendedFrom,
      " AS appended_from FROM dora.entities WHERE entity_ref = f.ref OFFSET 0) e ON true "
      "LEFT JOIN LATERAL (SELECT true AS waits FROM dora.entity_work w WHERE w.entity_ref = f.ref AND w.priority > 0 "
      "LIMIT 1) w ON true GROUP BY f.ref");
}

// by_name: the parameter that says whether refs may be aliases.
std::string StatesSql(absl::string_view by_name) {
  return absl::StrCat(Part(RowKind::kState, "u.ref",
                           {"coalesce(a.ref, u.ref)", "coalesce(e.version, 0)", "coalesce(e.title, '')",
                            "coalesce(w.waits, false)", "coalesce(e.last_finished, '-infinity')",
                            absl::StrCat("coalesce(", kAppendedFrom, ", 0)"), kStatusesVersion}),
                      absl::StrReplaceAll(kStatesOfRefs, {{"{by_name}", by_name}}));
}

std::string SourcesSql() {
  return absl::StrCat(  // lint: sql of constants
      Part(RowKind::kSource, "q.ref", {"q.covers", "q.source", "q.latest", "q.until"}), " FROM (", kSources, ") q");
}

std::string AllRowsSql() {
  return absl::StrJoin({StatesSql("$3::boolean"), SourcesSql(),
                        RowsOf(RowKind::kDeployment, "dora.deployments", DeploymentRowColumns(),
                               "finished >= $2::timestamptz AND finished < 'infinity'"),
                        RowsOf(RowKind::kChange, "dora.changes", ChangeColumns(), "latest_at >= $2::timestamptz"),
                        RowsOf(RowKind::kFailure, "dora.failures", FailureColumns(), OfRecentRollOuts("dora.failures")),
                        RowsOf(RowKind::kRework, "dora.rework", ReworkColumns(), OfRecentRollOuts("dora.rework")),
                        RowsOf(RowKind::kGap, "dora.gaps", GapColumns(), "until >= $2::timestamptz"),
                        RowsOf(RowKind::kIncident, "dora.incidents", IncidentRowColumns(), RecentIncidents())},
                       " UNION ALL ");
}

std::string AppendedSql() {
  const std::vector<std::string> deployment = absl::StrSplit(DeploymentRowColumns(), ", ");
  return absl::StrJoin(
      {absl::StrCat(Part(RowKind::kState, "k.ref",
                         {"k.ref", "coalesce(e.version, 0)", "''", "false", "coalesce(e.last_finished, '-infinity')",
                          absl::StrCat("coalesce(", kAppendedFrom, ", 0)"), "0"}),
                    " FROM {kept} LEFT JOIN dora.entities e ON e.entity_ref = k.ref"),
       // Each entity is looked up by itself: the planner does not know how few of an entity's deployments finished just now.
       absl::StrCat(Part(RowKind::kSource, "k.ref", {"1", "h.source", "h.latest"}),
                    " FROM {kept} CROSS JOIN LATERAL (SELECT source, max(latest_event) AS latest FROM "
                    "dora.stream_heads WHERE entity_ref = k.ref GROUP BY source) h"),
       absl::StrCat(Part(RowKind::kDeployment, "k.ref", deployment),
                    " FROM {kept} CROSS JOIN LATERAL (SELECT * FROM dora.deployments WHERE entity_ref = k.ref AND "
                    "finished > k.since AND finished < 'infinity' OFFSET 0) d")},
      " UNION ALL ");
}

ReaderStatements MakeStatements() {
  ReaderStatements all;
  all.appended_of_one = {"read_appended_of_one", ForOne(AppendedSql())};
  all.appended_of_several = {"read_appended_of_several", ForSeveral(AppendedSql())};
  all.rows_of_one = {"read_rows_of_one", ForOne(AllRowsSql())};
  all.rows_of_several = {"read_rows_of_several", ForSeveral(AllRowsSql())};
  all.states = {"read_states", ForSeveral(absl::StrCat(StatesSql("$2::boolean"), " UNION ALL ", SourcesSql()))};
  all.version_of_one = {
      "read_version_of_one",
      absl::StrCat(  // lint: sql of constants
          "SELECT coalesce(a.ref, $1), coalesce(e.version, 0), "
          "EXISTS (SELECT FROM dora.entity_work w WHERE w.entity_ref = coalesce(a.ref, $1) AND w.priority > 0), ",
          kStatusesVersion, ", coalesce(", kAppendedFrom,
          ", 0) FROM "
          "(SELECT min(entity_ref) AS ref FROM dora.entity_aliases WHERE alias = $1) a "
          "LEFT JOIN dora.entities e ON e.entity_ref = coalesce(a.ref, $1)")};
  all.versions = {
      "read_versions",  // lint: sql of constants
      ForSeveral(absl::StrCat("SELECT coalesce(a.ref, u.ref), coalesce(e.version, 0), "
                              "coalesce(w.waits, false), ",
                              kStatusesVersion, ", coalesce(", kAppendedFrom, ", 0)",
                              absl::StrReplaceAll(kStatesOfRefs, {{"{by_name}", "true"}}), " ORDER BY u.n"))};
  all.pool = {"read_pool", PoolSql()};
  all.statuses = {
      "read_statuses",
      "SELECT s.source, s.covers, s.complete_until FROM unnest($1::text[], $2::smallint[]) u (source, covers) "
      "JOIN dora.sources s ON s.source = u.source AND s.covers = u.covers"};
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
  if (connection.HasPrepared(all.versions.name)) return absl::OkStatus();
  for (const Statement* statement :
       {&all.rows_of_one, &all.rows_of_several, &all.appended_of_one, &all.appended_of_several, &all.states, &all.pool,
        &all.statuses, &all.version_of_one, &all.versions}) {
    if (absl::Status status = connection.Prepare(statement->name, statement->sql); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace headway
