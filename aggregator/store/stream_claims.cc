#include "aggregator/store/stream_claims.h"

#include <algorithm>
#include <set>

#include "aggregator/store/entity_tables.h"
#include "aggregator/store/prepared.h"

namespace headway {

StreamClaims::StreamClaims(pqxx::transaction_base& tx, const std::vector<KnownStream>& streams) {
  LoadMappings(tx, streams);
  LoadClaims(tx, streams);
}

void StreamClaims::LoadMappings(pqxx::transaction_base& tx, const std::vector<KnownStream>& streams) {
  ArrayText sources, names;
  for (const KnownStream& stream : streams) {
    sources.Add(stream.fact.source);
    names.Add(stream.fact.stream);
  }
  if (sources.size() == 0) return;
  for (const pqxx::row& row :
       RunPrepared(tx,
                   "SELECT m.source, m.mapping_id, m.stream, m.entity_ref, m.since FROM unnest($1::text[], $2::text[]) "
                   "u (source, stream) JOIN dora.stream_mappings m ON m.source = u.source AND m.stream = u.stream",
                   sources.Finish(), names.Finish())) {
    StreamMappingFact mapping{
        true, StringOf(row[0]), StringOf(row[1]), StringOf(row[2]), StringOf(row[3]), TimeOf(row[4]), false};
    mappings_[{mapping.source, mapping.stream}].push_back(std::move(mapping));
  }
}

void StreamClaims::LoadClaims(pqxx::transaction_base& tx, const std::vector<KnownStream>& streams) {
  std::set<std::string> terms;
  for (const KnownStream& stream : streams) {
    for (std::string& term : TermsOf(stream.fact)) terms.insert(std::move(term));
  }
  if (terms.empty()) return;
  std::map<std::string, std::vector<std::string>> terms_of;
  for (const pqxx::row& row :
       RunPrepared(tx, "SELECT entity_ref, term FROM dora.entity_claims WHERE term = ANY ($1::text[])",
                   TextArray({terms.begin(), terms.end()}))) {
    terms_of[StringOf(row[0])].push_back(StringOf(row[1]));
  }
  if (terms_of.empty()) return;
  ArrayText refs;
  for (const auto& [ref, found_by] : terms_of) refs.Add(ref);
  std::map<std::string, Labels> annotations;
  for (const pqxx::row& row :
       RunPrepared(tx,
                   "SELECT entity_ref, name, value FROM dora.entity_annotations WHERE entity_ref = ANY ($1::text[]) "
                   "AND name = ANY ($2::text[])",
                   refs.Finish(), TextArray({kAppName, kAppSelector, kAppNamespace, kInstanceName, kKubernetesId}))) {
    annotations[StringOf(row[0])][StringOf(row[1])] = StringOf(row[2]);
  }
  for (const auto& [ref, found_by] : terms_of) {
    const EntityClaims& claims = claims_.emplace(ref, ClaimsOf(ref, annotations[ref])).first->second;
    for (const std::string& term : found_by) by_term_[term].push_back(&claims);
  }
}

absl::Span<const StreamMappingFact> StreamClaims::MappingsOf(const StreamFact& stream) const {
  const auto found = mappings_.find(StreamName{stream.source, stream.stream});
  if (found == mappings_.end()) return {};
  return found->second;
}

std::vector<const EntityClaims*> StreamClaims::ClaimsOn(const StreamFact& stream) const {
  std::vector<const EntityClaims*> claims;
  for (const std::string& term : TermsOf(stream)) {
    const auto found = by_term_.find(term);
    if (found != by_term_.end()) claims.insert(claims.end(), found->second.begin(), found->second.end());
  }
  std::sort(claims.begin(), claims.end());
  claims.erase(std::unique(claims.begin(), claims.end()), claims.end());
  return claims;
}

}  // namespace headway
