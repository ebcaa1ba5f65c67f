#include "services/metrics/source_statuses.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "services/base/timestamp.h"

namespace headway {
namespace {

// Sources are few, and what is kept goes whenever one of them speaks.
constexpr size_t kMaxKept = 200'000;

}  // namespace

absl::Status SourceStatuses::Learn(int64_t version, const std::vector<SourceKey>& keys, Known* known) {
  std::vector<SourceKey> missing;
  {
    absl::MutexLock lock(&mutex_);
    if (version > version_ || kept_.size() > kMaxKept) kept_.clear();
    version_ = std::max(version_, version);
    for (const SourceKey& key : keys) {
      const auto it = kept_.find(key);
      if (it != kept_.end()) {
        known->emplace(key, it->second);
      } else {
        missing.push_back(key);
      }
    }
  }
  if (missing.empty()) return absl::OkStatus();
  const absl::StatusOr<std::vector<std::optional<absl::Time>>> loaded = source_.LoadStatuses(missing);
  if (!loaded.ok()) return loaded.status();
  absl::MutexLock lock(&mutex_);
  for (size_t i = 0; i < missing.size(); ++i) {
    known->emplace(missing[i], (*loaded)[i]);
    if (version_ == version) kept_.emplace(missing[i], (*loaded)[i]);
  }
  return absl::OkStatus();
}

absl::Status SourceStatuses::Update(int64_t version, absl::Span<std::vector<SourceState>* const> lists) {
  absl::flat_hash_set<SourceKey> distinct;
  for (const std::vector<SourceState>* list : lists) {
    for (const SourceState& source : *list) distinct.emplace(source.source, source.covers);
  }
  Known known;
  const absl::Status status = Learn(version, {distinct.begin(), distinct.end()}, &known);
  if (!status.ok()) return status;
  for (std::vector<SourceState>* list : lists) {
    for (SourceState& source : *list) {
      const std::optional<absl::Time>& until = known.at({source.source, source.covers});
      if (!until.has_value()) continue;
      source.until = *until;
      source.has_status = true;
    }
  }
  return absl::OkStatus();
}

bool SourceStatuses::Moved(int64_t version, const v1::GetEntityMetricsResponse& answer) {
  std::vector<SourceKey> keys;
  for (const v1::DataUntil& one : answer.coverage().data_until()) keys.emplace_back(one.source(), one.covers());
  Known known;
  if (keys.empty() || !Learn(version, keys, &known).ok()) return false;
  for (const v1::DataUntil& one : answer.coverage().data_until()) {
    const std::optional<absl::Time>& until = known.at({one.source(), one.covers()});
    if (until.has_value() && ToTimestamp(*until).SerializeAsString() != one.until().SerializeAsString()) return true;
  }
  return false;
}

}  // namespace headway
