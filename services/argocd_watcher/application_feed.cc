#include "services/argocd_watcher/application_feed.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingester/argocd/declare_stream.h"
#include "services/base/log.h"

namespace headway {
namespace {

// Well within what the service takes, and little enough to be stored in some ten milliseconds.
constexpr int kMaxRecords = 2000;
constexpr size_t kMaxBytes = 2 << 20;
constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
constexpr absl::Duration kLongestPause = absl::Seconds(5);
constexpr absl::Duration kAskEvery = absl::Minutes(1);

}  // namespace

ApplicationFeed::ApplicationFeed(ArgoOptions options, std::string name_space, IngestClient* client,
                                 kubernetes::Timing* timing, SourceReport* report, WatchInstruments* instruments)
    : options_(std::move(options)),
      name_space_(std::move(name_space)),
      client_(client),
      timing_(timing),
      report_(report),
      instruments_(instruments) {}

absl::Status ApplicationFeed::Take(kubernetes::ObjectChange change, absl::string_view object) {
  const absl::StatusOr<ArgoApplication> application = decoder_.Decode(object);
  if (!application.ok()) return absl::InvalidArgumentError(application.status().message());
  ArgoObservations observations = ObserveApplication(*application, options_);
  const bool is_gone = change == kubernetes::ObjectChange::kDeleted;
  const std::string stream = observations.stream.stream().stream();
  const std::vector<std::string> notes = std::move(observations.notes);
  v1::Observation gone;
  if (is_gone) gone = ObserveGone(observations.stream);

  std::vector<v1::Observation> news;
  const int64_t unchanged = known_.Update(std::move(observations), &news);
  instruments_->observations[static_cast<size_t>(ObservationOutcome::kUnchanged)]->Increment(
      static_cast<double>(unchanged));
  if (!news.empty() && !notes.empty()) {
    LogInfo("something of an application could not be told",
            {{"application", stream}, {"first", notes[0]}, {"count", notes.size()}});
  }
  if (is_gone) {
    known_.Remove(stream);
    news.push_back(std::move(gone));
  }
  for (v1::Observation& observation : news) {
    if (absl::Status status = Add(std::move(observation)); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ApplicationFeed::Add(v1::Observation observation) {
  batch_bytes_ += observation.ByteSizeLong() + 8;
  *batch_.add_observations() = std::move(observation);
  if (batch_.observations_size() < kMaxRecords && batch_bytes_ < kMaxBytes) return absl::OkStatus();
  return Send();
}

// Whatever the failure is, the batch stays: what is wrong may be an address, a role, or a schema that is being changed, and what was seen must not be lost by it.
absl::Status ApplicationFeed::Send() {
  absl::Duration pause = kFirstPause;
  bool has_failed = false;
  while (!batch_.observations().empty()) {
    const absl::StatusOr<v1::IngestResponse> response = client_->Send(batch_);
    if (response.ok()) {
      Count(*response);
      batch_.clear_observations();
      batch_bytes_ = 0;
      break;
    }
    if (absl::IsCancelled(response.status())) return response.status();
    instruments_->retries.Increment();
    if (!std::exchange(has_failed, true)) {
      LogWarning("observations wait for the store", {{"instance", options_.instance}, {"cause", response.status()}});
    }
    if (!timing_->Sleep(pause * (0.5 + 0.5 * timing_->Fraction()))) return absl::CancelledError("stopping");
    pause = std::min(pause * 2, kLongestPause);
  }
  if (has_failed) LogInfo("observations are stored again", {{"instance", options_.instance}});
  return absl::OkStatus();
}

// What could not be asked when the list was complete is asked again with a later delivery: the watch does not wait for it.
absl::Status ApplicationFeed::Deliver() {
  if (absl::Status status = Send(); !status.ok()) return status;
  if (unretired_.empty() || timing_->Elapsed() < ask_at_) return absl::OkStatus();
  ask_at_ = timing_->Elapsed() + kAskEvery;
  absl::Status status = RetireVanished();
  if (absl::IsCancelled(status)) return status;
  if (status.ok()) {
    unretired_.clear();
  } else {
    LogWarning("what was deleted while nobody watched stays declared until it can be asked for",
               {{"instance", options_.instance}, {"cause", status}});
  }
  return Send();
}

absl::Status ApplicationFeed::ListEnds(bool is_whole, absl::string_view version) {
  if (!is_whole) return absl::OkStatus();
  for (v1::Observation& declaration : known_.TakeUnlisted()) {
    if (absl::Status status = Add(ObserveGone(std::move(declaration))); !status.ok()) return status;
  }
  // What goes from here on is seen.
  if (!std::exchange(has_listed_, true)) unretired_ = std::string(version);
  return Deliver();
}

absl::Status ApplicationFeed::RetireVanished() {
  v1::ListStreamsRequest request;
  request.set_source(absl::StrCat("argocd:", options_.instance));
  request.set_namespace_(name_space_);
  do {
    absl::StatusOr<v1::ListStreamsResponse> page = client_->ListStreams(request);
    if (!page.ok()) return page.status();
    for (v1::StreamDeclaration& stream : *page->mutable_streams()) {
      if (known_.MayBeThere(stream.stream()) || !argocd::WasDeclaredBy(stream, unretired_)) continue;
      v1::Observation declaration;
      declaration.set_source(request.source());
      *declaration.mutable_stream() = std::move(stream);
      if (absl::Status added = Add(ObserveGone(std::move(declaration))); !added.ok()) return added;
    }
    request.set_after(page->next());
  } while (!request.after().empty());
  return absl::OkStatus();
}

void ApplicationFeed::Count(const v1::IngestResponse& response) {
  const auto count = [this](ObservationOutcome outcome, int64_t by) {
    instruments_->observations[static_cast<size_t>(outcome)]->Increment(static_cast<double>(by));
  };
  count(ObservationOutcome::kStored, response.stored());
  count(ObservationOutcome::kDuplicate, response.duplicates());
  count(ObservationOutcome::kRejected, response.rejected());
  if (response.rejected() == 0) return;
  const bool is_named = response.rejections_size() > 0;
  report_->Refused(is_named ? absl::StrCat(response.rejections(0).field(), ": ", response.rejections(0).reason())
                            : "a record was refused");
}

}  // namespace headway
