// The columns of dora.known_streams: how a row is read. Included only by files of the store; throws what libpqxx throws.
#ifndef HEADWAY_AGGREGATOR_STORE_KNOWN_STREAM_H_
#define HEADWAY_AGGREGATOR_STORE_KNOWN_STREAM_H_

#include <string>
#include <vector>

#include <pqxx/pqxx>

#include "aggregator/projection/facts.h"
#include "aggregator/projection/stream_resolver.h"

namespace headway {

struct KnownStream {
  ObjectKey key;
  StreamFact fact;  // exists: it is declared
  int resolver_version = 0;
  StreamTarget target;
};

// In the order in which the decoders read them from column `at` on.
const char* StreamFactColumns();    // 15
const char* StreamTargetColumns();  // 6: what deployments are placed by
const char* StreamWordsColumns();   // 5: the rest of a target
inline constexpr int kStreamFactColumns = 15;
inline constexpr int kStreamTargetColumns = 6;

// Key and fact. not_counted is set in the target, too.
void DecodeStreamFact(const pqxx::row& row, int at, KnownStream* stream);
void DecodeStreamTarget(const pqxx::row& row, int at, KnownStream* stream);
void DecodeStreamWords(const pqxx::row& row, int at, KnownStream* stream);

// Names and values in turns.
std::vector<std::string> LabelsText(const Labels& labels);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_KNOWN_STREAM_H_
