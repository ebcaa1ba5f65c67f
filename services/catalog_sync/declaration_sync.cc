#include "services/catalog_sync/declaration_sync.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "ingester/delivery/delivery.h"
#include "services/base/log.h"

namespace headway {
namespace {

// Small, so that a refusal of a whole batch costs little, and the derivation of one is not long.
constexpr size_t kBatchRecords = 1000;
constexpr size_t kBatchBytes = 1 << 20;
constexpr absl::Duration kGiveUpAfter = absl::Seconds(30);

prometheus::Counter& Events(Instruments& instruments, const std::string& source, const char* outcome) {
  return instruments.Counter("catalog_events_total", "Entities and rules that were sent.",
                             {{"source", source}, {"outcome", outcome}});
}

}  // namespace

DeclarationSync::DeclarationSync(DeclarationSyncOptions options, ObservationSink* sink, Instruments& instruments)
    : options_(std::move(options)),
      sink_(sink),
      stored_(Events(instruments, options_.source, "stored")),
      duplicates_(Events(instruments, options_.source, "duplicate")),
      rejected_(Events(instruments, options_.source, "rejected")),
      set_(options_.missing_before_gone) {
  const absl::Status loaded = LoadDeclaredSet(options_.state_file, &set_);
  if (absl::IsInvalidArgument(loaded))
    LogWarning("what was sent before is not known: everything is sent again", {{"cause", loaded}});
}

absl::Status DeclarationSync::Deliver(const std::vector<v1::Observation>& observations,
                                      const std::vector<std::string>& keys) {
  DeliveryOptions options;
  options.window = 1;
  options.give_up_after = kGiveUpAfter;
  options.sleep = options_.sleep;
  options.on_rejected = [&](const RejectedRecord& record) {
    if (record.origin < 0 || static_cast<size_t>(record.origin) >= keys.size()) return;
    refused_[keys[static_cast<size_t>(record.origin)]] = absl::StrCat(record.field, ": ", record.reason);
  };
  Delivery delivery(sink_, std::move(options));
  ObservationBatch batch;
  size_t bytes = 0;
  for (size_t i = 0; i < observations.size() && !options_.stopping(); ++i) {
    bytes += observations[i].ByteSizeLong();
    *batch.request.add_observations() = observations[i];
    batch.origins.push_back(static_cast<int64_t>(i));
    if (batch.origins.size() < kBatchRecords && bytes < kBatchBytes) continue;
    if (absl::Status status = delivery.Send(std::exchange(batch, {})); !status.ok()) return status;
    bytes = 0;
  }
  if (absl::Status status = delivery.Send(std::move(batch)); !status.ok()) return status;
  const absl::Status status = delivery.Finish();
  stored_.Increment(static_cast<double>(delivery.counts().stored));
  duplicates_.Increment(static_cast<double>(delivery.counts().duplicates));
  rejected_.Increment(static_cast<double>(delivery.counts().rejected));
  if (options_.stopping()) return absl::CancelledError("stopping");
  return status;
}

absl::Status DeclarationSync::Send(absl::Span<const Declared> all,
                                   const std::function<bool(const std::vector<std::string>& files)>& may_be_hidden) {
  const DeclaredChanges changes = set_.Compare(options_.source, all, options_.clock->Now(), may_be_hidden);
  if (changes.observations.empty()) return absl::OkStatus();
  std::vector<std::string> keys;
  for (const DeclaredChanges::Item& item : changes.items) {
    keys.push_back(item.key.substr(item.key.find(' ') + 1));
    refused_.erase(keys.back());
  }
  if (absl::Status status = Deliver(changes.observations, keys); !status.ok()) return status;
  set_.Take(changes);
  LogInfo("declarations sent", {{"source", options_.source},
                                {"added", changes.added},
                                {"changed", changes.changed},
                                {"gone", changes.gone},
                                {"repeated", changes.repeated},
                                {"refused", refused_.size()}});
  // What cannot be remembered is sent again after a restart, no more.
  if (absl::Status saved = SaveDeclaredSet(options_.state_file, set_); !saved.ok())
    LogWarning("what was sent cannot be remembered", {{"cause", saved}});
  return absl::OkStatus();
}

absl::Status DeclarationSync::SendOne(const v1::Observation& observation) {
  v1::IngestRequest request;
  *request.add_observations() = observation;
  const absl::StatusOr<v1::IngestResponse> response = sink_->Send(request);
  if (!response.ok()) return response.status();
  if (response->rejected() == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(response->rejections_size() > 0 ? response->rejections(0).reason() : "refused");
}

}  // namespace headway
