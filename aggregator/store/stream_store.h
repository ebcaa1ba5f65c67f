// Streams and what they belong to (dora.known_streams): written by difference; what moves enqueues its deployments. Within a transaction of Connection, under
// the lock of the rules (exclusively but for LoadStreamTargets); throws what libpqxx throws.
#ifndef HEADWAY_AGGREGATOR_STORE_STREAM_STORE_H_
#define HEADWAY_AGGREGATOR_STORE_STREAM_STORE_H_

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "aggregator/projection/facts.h"
#include "aggregator/projection/stream_resolver.h"

namespace pqxx {
class transaction_base;
}  // namespace pqxx

namespace headway {

struct RuleSet;

using StreamName = std::pair<std::string, std::string>;  // source, stream
using StreamTargets = absl::flat_hash_map<StreamName, StreamTarget>;

// What deployments of these streams are placed by; the words may be left out. A stream that was never seen is resolved now, and remembered.
StreamTargets LoadStreamTargets(pqxx::transaction_base& tx, const RuleSet& rules, const std::set<StreamName>& names);

// Makes the rows that are missing.
void EnsureStreams(pqxx::transaction_base& tx, const std::set<StreamName>& names);

// What is declared of streams now. They are to be resolved again afterwards.
void WriteStreams(pqxx::transaction_base& tx, const std::vector<StreamFact>& streams);

// Resolves these streams again. touch: caches of the entities that they leave and go to are to be looked at again.
void ResolveStreams(pqxx::transaction_base& tx, const RuleSet& rules, const std::vector<ObjectKey>& keys, bool touch);

// Resolves streams behind `after` (null: from the first), at most `limit`. The last of them; nothing: there is none.
std::optional<ObjectKey> ResolveStreamsAfter(pqxx::transaction_base& tx, const RuleSet& rules, const ObjectKey* after,
                                             int limit);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_STREAM_STORE_H_
