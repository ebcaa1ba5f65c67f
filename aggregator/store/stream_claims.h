// What entities and mappings say of some streams, read for all of them at once. Included only by files of the store; throws what libpqxx throws.
#ifndef HEADWAY_AGGREGATOR_STORE_STREAM_CLAIMS_H_
#define HEADWAY_AGGREGATOR_STORE_STREAM_CLAIMS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "aggregator/projection/entity_claims.h"
#include "aggregator/projection/fold.h"
#include "aggregator/store/known_stream.h"
#include "aggregator/store/stream_store.h"

namespace headway {

class StreamClaims {
 public:
  StreamClaims(pqxx::transaction_base& tx, const std::vector<KnownStream>& streams);

  // Valid as long as this.
  absl::Span<const StreamMappingFact> MappingsOf(const StreamFact& stream) const;
  // Of entities that have a term in common with the stream; each once.
  std::vector<const EntityClaims*> ClaimsOn(const StreamFact& stream) const;

 private:
  void LoadMappings(pqxx::transaction_base& tx, const std::vector<KnownStream>& streams);
  void LoadClaims(pqxx::transaction_base& tx, const std::vector<KnownStream>& streams);

  absl::flat_hash_map<StreamName, std::vector<StreamMappingFact>> mappings_;
  std::map<std::string, EntityClaims> claims_;  // by entity
  absl::flat_hash_map<std::string, std::vector<const EntityClaims*>> by_term_;
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_STREAM_CLAIMS_H_
