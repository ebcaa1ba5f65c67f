// What waits because streams may move or have moved: streams to be resolved again, and deployments of those that did. All of it behind live work. Within a
// transaction of Connection; throws what libpqxx throws.
#ifndef HEADWAY_AGGREGATOR_STORE_STREAM_WORK_H_
#define HEADWAY_AGGREGATOR_STORE_STREAM_WORK_H_

#include <set>
#include <string>
#include <vector>

#include "aggregator/projection/stream_pattern.h"
#include "aggregator/store/stream_store.h"

namespace headway {

// Streams to be resolved again: these; those that have one of the terms; those that one of the patterns fits (of streams that ask mapping rules only, or of
// all); those that an earlier version of the resolver resolved.
void EnqueueStreams(pqxx::transaction_base& tx, const std::vector<ObjectKey>& keys);
void EnqueueStreamsWithTerms(pqxx::transaction_base& tx, const std::set<std::string>& terms);
enum class Asking { kMappingRules, kAnything };
void EnqueueStreamsThatFit(pqxx::transaction_base& tx, const std::vector<StreamPattern>& patterns, Asking asking);
void EnqueueOutdatedStreams(pqxx::transaction_base& tx);

// Deployments of these streams are to be mapped again.
void EnqueueDeploymentsOf(pqxx::transaction_base& tx, const std::set<StreamName>& names);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_STREAM_WORK_H_
