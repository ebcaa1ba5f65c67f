#include "aggregator/store/gap_store.h"

#include <pqxx/pqxx>

#include "absl/container/flat_hash_map.h"
#include "aggregator/store/entity_tables.h"
#include "aggregator/store/fact_store.h"
#include "aggregator/store/prepared.h"

namespace headway {
namespace {

// One at a time for each stream: what another transaction adds to it is to be seen.
void LockStreams(pqxx::transaction_base& tx, const std::vector<NumberedStream>& streams) {
  ArrayText keys;
  for (const auto& [source, stream] : streams) keys.AddPlain(std::to_string(StreamKey(source, stream)));
  RunPrepared(tx,
              "SELECT pg_advisory_xact_lock(1751474287, h.h) FROM (SELECT DISTINCT hashint8(k) AS h FROM "
              "unnest($1::bigint[]) k ORDER BY 1 OFFSET 0) h",
              keys.Finish());
}

}  // namespace

bool WriteUnmappedGaps(pqxx::transaction_base& tx, const std::vector<NumberedStream>& streams) {
  if (streams.empty()) return false;
  LockStreams(tx, streams);
  ArrayText sources, names;
  for (const auto& [source, stream] : streams) {
    sources.Add(source);
    names.Add(stream);
  }
  std::vector<NumberedDeployment> numbered;
  for (const pqxx::row& row :
       RunPrepared(tx,
                   "SELECT d.deployment_key, d.source, d.stream, d.synced, d.sequence FROM unnest($1::text[], "
                   "$2::text[]) u (source, stream) JOIN dora.deployments d ON d.entity_ref = '' AND d.source = "
                   "u.source AND d.stream = u.stream AND d.sequence IS NOT NULL AND d.synced IS NOT NULL AND d.phase "
                   "<> 1",
                   sources.Finish(), names.Finish())) {
    numbered.push_back({ParseKeyText(StringOf(row[0])), StringOf(row[1]), StringOf(row[2]), TimeOf(row[3]),
                        row[4].as<int64_t>(), false});
  }
  absl::flat_hash_map<ObjectKey, GapRow> old;
  for (const pqxx::row& row :
       RunPrepared(tx,
                   "SELECT g.deployment_key, g.source, g.stream, g.after, g.until, g.at_least, g.in_scope FROM "
                   "unnest($1::text[], $2::text[]) u (source, stream) JOIN dora.gaps g ON g.entity_ref = '' AND "
                   "g.source = u.source AND g.stream = u.stream",
                   sources.Finish(), names.Finish())) {
    GapRow gap = DecodeGap(row, 0);
    old.emplace(gap.key, std::move(gap));
  }
  TableChange table = GapsTable();
  for (const GapRow& gap : FindGaps(std::move(numbered))) {
    const auto was = old.find(gap.key);
    const bool same = was != old.end() && was->second == gap;
    if (!same && was != old.end()) table.Delete({"", KeyText(gap.key)});
    if (!same) table.Insert(EncodeGap("", gap));
    if (was != old.end()) old.erase(was);
  }
  for (const auto& [key, gap] : old) table.Delete({"", KeyText(key)});
  const bool differs = !table.empty();
  table.Flush(tx);
  return differs;
}

absl::StatusOr<GapTotals> CountGaps(Connection& connection) {
  GapTotals totals;
  absl::Status status = connection.Autocommit("counting gaps", [&](pqxx::transaction_base& tx) {
    const pqxx::row row = tx.exec1("SELECT count(*), coalesce(sum(at_least), 0)::bigint FROM dora.gaps");
    totals = {row[0].as<int64_t>(), row[1].as<int64_t>()};
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return totals;
}

}  // namespace headway
