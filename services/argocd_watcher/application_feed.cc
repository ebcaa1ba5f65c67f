#include "services/argocd_watcher/application_feed.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/base/log.h"

namespace headway {
namespace {

// Well within what the service takes, and little enough to be stored in some ten milliseconds.
constexpr int kMaxRecords = 2000;
constexpr size_t kMaxBytes = 2 << 20;
constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
constexpr absl::Duration kLongestPause = absl::Seconds(5);

}  // namespace

ApplicationFeed::ApplicationFeed(ArgoOptions options, ObservationSink* sink, kubernetes::Timing* timing,
                                 SourceReport* report, WatchInstruments* instruments)
    : options_(std::move(options)), sink_(sink), timing_(timing), report_(report), instruments_(instruments) {}

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
  return Deliver();
}

// Whatever the failure is, the batch stays: what is wrong may be an address, a role, or a schema that is being changed, and what was seen must not be lost by it.
absl::Status ApplicationFeed::Deliver() {
  absl::Duration pause = kFirstPause;
  bool has_failed = false;
  while (!batch_.observations().empty()) {
    const absl::StatusOr<v1::IngestResponse> response = sink_->Send(batch_);
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

absl::Status ApplicationFeed::ListEnds(bool is_whole) {
  if (!is_whole) return absl::OkStatus();
  for (v1::Observation& declaration : known_.TakeUnlisted()) {
    if (absl::Status status = Add(ObserveGone(std::move(declaration))); !status.ok()) return status;
  }
  return Deliver();
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
