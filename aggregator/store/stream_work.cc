#include "aggregator/store/stream_work.h"

#include <pqxx/pqxx>

#include "absl/strings/str_cat.h"
#include "aggregator/projection/natural_key.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/fact_store.h"
#include "aggregator/store/known_stream.h"
#include "aggregator/store/prepared.h"

namespace headway {
namespace {

constexpr int kPiece = 5000;

// The unit of an object that is a stream of its own is the start of its key.
constexpr char kUnit[] = "('x' || encode(substring(o.key FROM 1 FOR 8), 'hex'))::bit(64)::bigint";

// Objects of one kind, from a query that gives their keys.
std::string Enqueue(ObservationKind kind, const std::string& keys) {
  return absl::StrCat("INSERT INTO dora.object_work (unit, kind, stream_id, object_key) SELECT ", kUnit, ", ",
                      static_cast<int>(kind), ", ", kUnit, ", o.key FROM (", keys,  // lint: sql of constants
                      ") o ORDER BY o.key");
}

}  // namespace

void EnqueueStreams(pqxx::transaction_base& tx, const std::vector<ObjectKey>& keys) {
  if (keys.empty()) return;
  ArrayText text;
  for (const ObjectKey& key : keys) text.Add(KeyText(key));
  RunPrepared(tx, Enqueue(ObservationKind::kStream, "SELECT unnest($1::bytea[]) AS key"), text.Finish());
}

void EnqueueStreamsWithTerms(pqxx::transaction_base& tx, const std::set<std::string>& terms) {
  if (terms.empty()) return;
  RunPrepared(tx,
              Enqueue(ObservationKind::kStream,
                      "SELECT object_key AS key FROM dora.known_streams WHERE terms && $1::text[] AND declared"),
              TextArray({terms.begin(), terms.end()}));
}

void EnqueueStreamsThatFit(pqxx::transaction_base& tx, const std::vector<StreamPattern>& patterns, Asking asking) {
  const std::string sql = absl::StrCat(  // lint: sql of constants
      "SELECT ", StreamFactColumns(), " FROM dora.known_streams WHERE object_key > $1::bytea",
      asking == Asking::kMappingRules ? " AND asks_rules" : "", " ORDER BY object_key LIMIT ", kPiece);
  std::string after = "\\x";
  while (!patterns.empty()) {
    const pqxx::result rows = RunPrepared(tx, sql, after);
    std::vector<ObjectKey> fitting;
    for (const pqxx::row& row : rows) {
      KnownStream stream;
      DecodeStreamFact(row, 0, &stream);
      for (const StreamPattern& pattern : patterns) {
        if (!pattern.Fits(stream.fact)) continue;
        fitting.push_back(stream.key);
        break;
      }
    }
    EnqueueStreams(tx, fitting);
    if (static_cast<int>(rows.size()) < kPiece) return;
    after = StringOf(rows[rows.size() - 1][0]);
  }
}

void EnqueueOutdatedStreams(pqxx::transaction_base& tx) {
  RunPrepared(
      tx,
      Enqueue(ObservationKind::kStream, "SELECT object_key AS key FROM dora.known_streams WHERE resolver_version < $1"),
      kResolverVersion);
}

void EnqueueDeploymentsOf(pqxx::transaction_base& tx, const std::set<StreamName>& names) {
  if (names.empty()) return;
  ArrayText keys, sources, streams;
  for (const auto& [source, stream] : names) {
    keys.AddPlain(std::to_string(StreamKey(source, stream)));
    sources.Add(source);
    streams.Add(stream);
  }
  // What belongs to nobody has an index by stream; what belongs to an entity is among its own.
  RunPrepared(
      tx,
      Enqueue(
          ObservationKind::kDeployment,
          "SELECT d.deployment_key AS key FROM unnest($1::bigint[], $2::text[], $3::text[]) u (stream_key, source, "
          "stream) JOIN dora.streams s ON s.stream_key = u.stream_key AND s.entity_ref <> '' "
          "CROSS JOIN LATERAL (SELECT deployment_key FROM dora.deployments WHERE entity_ref = s.entity_ref AND source "
          "= "
          "u.source AND stream = u.stream OFFSET 0) d "
          "UNION SELECT d.deployment_key FROM unnest($2::text[], $3::text[]) u (source, stream) "
          "CROSS JOIN LATERAL (SELECT deployment_key FROM dora.deployments WHERE entity_ref = '' AND source = u.source "
          "AND stream = u.stream OFFSET 0) d"),
      keys.Finish(), sources.Finish(), streams.Finish());
}

}  // namespace headway
