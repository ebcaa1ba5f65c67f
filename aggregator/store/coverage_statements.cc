#include "aggregator/store/coverage_statements.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace headway {
namespace {

// Entities that had a deployment since: what is older is not looked at. OFFSET 0 keeps the planner from reading all deployments in place of looking them up.
constexpr char kDeploymentsOfAll[] =
    "(SELECT entity_ref FROM dora.entities WHERE last_finished >= $1::timestamptz AND entity_ref <> '' "
    "UNION ALL SELECT '' COLLATE \"C\") a CROSS JOIN LATERAL (SELECT r.* FROM dora.deployments r "
    "WHERE r.entity_ref = a.entity_ref AND r.finished >= $1::timestamptz AND r.finished < $2::timestamptz OFFSET 0) d";
constexpr char kDeploymentsOfOne[] =
    "(SELECT r.* FROM dora.deployments r WHERE r.entity_ref = $3 AND r.finished >= $1::timestamptz "
    "AND r.finished < $2::timestamptz) d";

// One pass over the deployments of the window, counted in four ways.
constexpr char kDeployments[] =
    "SELECT level, name, deployments, production, resolved, image FROM ("
    "SELECT grouping(source, environment, reason) AS level, coalesce(source, environment, reason) AS name, "
    "count(*) AS deployments, count(*) FILTER (WHERE production) AS production, "
    "count(*) FILTER (WHERE production AND resolved) AS resolved, min(image) AS image, "
    "row_number() OVER (PARTITION BY grouping(source, environment, reason) "
    "ORDER BY count(*) DESC, coalesce(source, environment, reason) COLLATE \"C\") AS place FROM ("
    "SELECT d.source, CASE WHEN d.entity_ref <> '' AND d.tier = 0 THEN d.environment END AS environment, "
    "CASE WHEN d.entity_ref <> '' AND d.tier = 1 AND d.source_revision = '' THEN d.unresolved END AS reason, "
    "CASE WHEN d.entity_ref <> '' AND d.tier = 1 AND d.source_revision = '' THEN d.images[1] END AS image, "
    "d.entity_ref <> '' AND d.tier = 1 AS production, d.source_revision <> '' AS resolved FROM {deployments}) w "
    "GROUP BY GROUPING SETS ((source), (environment), (reason), ())) g "
    "WHERE level = 7 OR name IS NOT NULL AND (level = 3 OR place <= {limit}::int) ORDER BY level, place";

constexpr char kUnmapped[] =
    "SELECT u.source, u.stream, coalesce(k.name, ''), u.deployments, coalesce(k.reason, ''), coalesce(k.next_step, "
    "''), u.streams FROM ("
    "SELECT source, stream, count(*) AS deployments, count(*) OVER () AS streams FROM dora.deployments "
    "WHERE entity_ref = '' AND finished >= $1::timestamptz AND finished < $2::timestamptz GROUP BY 1, 2 "
    "ORDER BY 3 DESC, source COLLATE \"C\", stream COLLATE \"C\" LIMIT {limit}::int) u LEFT JOIN dora.known_streams k "
    "ON "
    "k.object_key = substring(sha256(convert_to('stream' || E'\\n' || u.source || E'\\n' || u.stream, 'UTF8')) FROM 1 "
    "FOR 16) "
    "ORDER BY u.deployments DESC, u.source COLLATE \"C\", u.stream COLLATE \"C\"";

constexpr char kGaps[] =
    "SELECT source, stream, entity_ref, at_least, after, until, count(*) OVER () FROM dora.gaps WHERE {entity} "
    "until >= $1::timestamptz AND until < $2::timestamptz ORDER BY until DESC, source, stream LIMIT {limit}::int";
constexpr char kGapsBySource[] =
    "SELECT source, count(*), sum(at_least) FROM dora.gaps WHERE {entity} "
    "until >= $1::timestamptz AND until < $2::timestamptz GROUP BY 1";

constexpr char kChangesOfAll[] =
    "SELECT count(*), count(*) FILTER (WHERE c.shipped < $2::timestamptz) FROM (SELECT DISTINCT entity_ref FROM "
    "dora.entity_sources WHERE covers = 2 AND latest_event >= $1::timestamptz) a CROSS JOIN LATERAL (SELECT r.shipped "
    "FROM dora.changes r WHERE r.entity_ref = a.entity_ref AND r.latest_at >= $1::timestamptz AND "
    "r.merged >= $1::timestamptz AND r.merged < $2::timestamptz OFFSET 0) c";
constexpr char kChangesOfOne[] =
    "SELECT count(*), count(*) FILTER (WHERE shipped < $2::timestamptz) FROM dora.changes WHERE entity_ref = $3 AND "
    "latest_at >= $1::timestamptz AND merged >= $1::timestamptz AND merged < $2::timestamptz";

constexpr char kSources[] =
    "SELECT k.source, k.covers, s.complete_until, s.last_contact, count(*) OVER () FROM ({named}) k "
    "LEFT JOIN dora.sources s ON s.source = k.source AND s.covers = k.covers "
    "ORDER BY s.last_contact IS NULL, k.source COLLATE \"C\", k.covers LIMIT {sources}";
constexpr char kSourcesOfAll[] =
    "SELECT source, covers FROM dora.sources UNION SELECT source, 1 FROM dora.known_streams WHERE NOT deleted "
    "UNION SELECT source, covers FROM dora.entity_sources";
// Those that watch are listed for every entity: that none of them has seen anything of it is what one wants to know.
constexpr char kSourcesOfOne[] =
    "SELECT source, covers FROM dora.sources WHERE last_contact IS NOT NULL "
    "UNION SELECT source, 1 FROM dora.stream_heads WHERE entity_ref = $1 "
    "UNION SELECT source, covers FROM dora.source_entities WHERE entity_ref = $1 "
    "UNION SELECT source, covers FROM dora.entity_sources WHERE entity_ref = $1";

// A stream whose deployments name their entities themselves belongs to these.
constexpr char kStreamsOfAll[] =
    "SELECT k.source, count(*), count(*) FILTER (WHERE k.entities = '{}' AND h.stream IS NULL) FROM dora.known_streams "
    "k "
    "LEFT JOIN (SELECT DISTINCT source, stream FROM dora.stream_heads) h ON h.source = k.source AND "
    "h.stream = k.stream WHERE NOT k.deleted GROUP BY 1";
constexpr char kStreamsOfOne[] =
    "SELECT source, count(*), 0 FROM (SELECT source, stream FROM dora.known_streams WHERE entities @> ARRAY[$1] AND "
    "declared AND NOT deleted UNION SELECT k.source, k.stream FROM dora.stream_mappings m JOIN dora.known_streams k ON "
    "k.object_key = substring(sha256(convert_to('stream' || E'\\n' || m.source || E'\\n' || m.stream, 'UTF8')) FROM 1 "
    "FOR 16) WHERE m.entity_ref = $1 AND NOT k.deleted AND k.entities @> ARRAY[$1] "
    "UNION SELECT source, stream FROM dora.stream_heads WHERE entity_ref = $1) k GROUP BY 1";

constexpr char kParked[] =
    "SELECT count(*), coalesce((SELECT error FROM dora.parked_units {parked} ORDER BY not_before DESC LIMIT 1), '') "
    "FROM dora.parked_units {parked}";

CoverageStatements MakeStatements(bool of_one) {
  const auto fill = [of_one](absl::string_view sql) {
    return absl::StrReplaceAll(sql, {{"{deployments}", of_one ? kDeploymentsOfOne : kDeploymentsOfAll},
                                     {"{entity}", of_one ? "entity_ref = $3 AND" : ""},
                                     {"{limit}", of_one ? "$4" : "$3"},
                                     {"{named}", of_one ? kSourcesOfOne : kSourcesOfAll},
                                     {"{sources}", absl::StrCat(kMaxListedSources)},
                                     {"{parked}", of_one ? "WHERE kind = 'entity' AND unit = $1" : ""}});
  };
  return {fill(kDeployments),
          fill(kUnmapped),
          fill(kGaps),
          fill(kGapsBySource),
          fill(of_one ? kChangesOfOne : kChangesOfAll),
          fill(kSources),
          fill(of_one ? kStreamsOfOne : kStreamsOfAll),
          fill(kParked)};
}

}  // namespace

const CoverageStatements& CoverageStatements::OfAll() {
  static const CoverageStatements* const statements = new CoverageStatements(MakeStatements(false));
  return *statements;
}

const CoverageStatements& CoverageStatements::OfOne() {
  static const CoverageStatements* const statements = new CoverageStatements(MakeStatements(true));
  return *statements;
}

}  // namespace headway
