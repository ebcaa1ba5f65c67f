#include "aggregator/store/entity_notice.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "aggregator/projection/natural_key.h"

namespace headway {
namespace {

// NOTIFY takes at most 8,000 bytes.
constexpr size_t kMaxPayloadBytes = 7000;
constexpr size_t kHashBytes = 16;  // in hexadecimal
constexpr char kEverything[] = "resync";

void SortUnique(std::vector<uint64_t>* hashes) {
  std::sort(hashes->begin(), hashes->end());
  hashes->erase(std::unique(hashes->begin(), hashes->end()), hashes->end());
}

}  // namespace

uint64_t EntityHash(absl::string_view entity_ref) {
  const ObjectKey key = EntityKey(entity_ref);
  uint64_t hash = 0;
  for (int i = 0; i < 8; ++i) hash = hash << 8 | key.bytes[static_cast<size_t>(i)];
  return hash;
}

std::string EncodeEntityNotice(absl::Span<const std::string> entity_refs) {
  std::vector<uint64_t> hashes;
  hashes.reserve(entity_refs.size());
  for (const std::string& ref : entity_refs) hashes.push_back(EntityHash(ref));
  SortUnique(&hashes);
  if (hashes.size() * (kHashBytes + 1) > kMaxPayloadBytes) return kEverything;
  std::string payload;
  for (const uint64_t hash : hashes)
    absl::StrAppend(&payload, payload.empty() ? "" : " ", absl::Hex(hash, absl::kZeroPad16));
  return payload;
}

EntityNotice DecodeEntityNotice(absl::string_view payload) {
  EntityNotice notice;
  for (const absl::string_view word : absl::StrSplit(payload, ' ', absl::SkipEmpty())) {
    uint64_t hash = 0;
    if (word.size() != kHashBytes || !absl::SimpleHexAtoi(word, &hash)) return {.everything = true};
    notice.hashes.push_back(hash);
  }
  SortUnique(&notice.hashes);
  return notice;
}

void Merge(EntityNotice other, EntityNotice* notice) {
  notice->everything = notice->everything || other.everything;
  notice->hashes.insert(notice->hashes.end(), other.hashes.begin(), other.hashes.end());
  SortUnique(&notice->hashes);
}

}  // namespace headway
