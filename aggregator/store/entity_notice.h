// What the workers tell readers after a commit: which entities changed. A hint, never the truth: readers look at versions. Pure, thread-safe.
#ifndef HEADWAY_AGGREGATOR_STORE_ENTITY_NOTICE_H_
#define HEADWAY_AGGREGATOR_STORE_ENTITY_NOTICE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace headway {

// The channel of LISTEN and NOTIFY.
inline constexpr char kEntityChannel[] = "headway_entities";

struct EntityNotice {
  bool everything = false;       // more than can be named, or not known: look at all
  std::vector<uint64_t> hashes;  // of EntityHash; sorted, unique
};

// The first 8 bytes (big-endian) of the entity's key. The ref is normalised.
uint64_t EntityHash(absl::string_view entity_ref);

// The payload of NOTIFY, at most 7,000 bytes: hashes in hexadecimal, or a word that stands for everything.
std::string EncodeEntityNotice(absl::Span<const std::string> entity_refs);

// What cannot be read says everything.
EntityNotice DecodeEntityNotice(absl::string_view payload);

// Adds what another notice says.
void Merge(EntityNotice other, EntityNotice* notice);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_ENTITY_NOTICE_H_
