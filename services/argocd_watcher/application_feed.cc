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
  return Deliver();
}

absl::Status ApplicationFeed::Insist(absl::FunctionRef<absl::Status()> call,
                                     absl::FunctionRef<bool(const absl::Status&)> is_final) {
  absl::Duration pause = kFirstPause;
  bool has_failed = false;
  while (true) {
    const absl::Status status = call();
    if (absl::IsCancelled(status) || (!status.ok() && is_final(status))) return status;
    if (status.ok()) break;
    instruments_->retries.Increment();
    if (!std::exchange(has_failed, true)) {
      LogWarning("observations wait for the store", {{"instance", options_.instance}, {"cause", status}});
    }
    if (!timing_->Sleep(pause * (0.5 + 0.5 * timing_->Fraction()))) return absl::CancelledError("stopping");
    pause = std::min(pause * 2, kLongestPause);
  }
  if (has_failed) LogInfo("observations are stored again", {{"instance", options_.instance}});
  return absl::OkStatus();
}

// Whatever the failure is, the batch stays: what is wrong may be an address, a role, or a schema that is being changed, and what was seen must not be lost by it.
absl::Status ApplicationFeed::Deliver() {
  if (batch_.observations().empty()) return absl::OkStatus();
  const auto send = [this] {
    const absl::StatusOr<v1::IngestResponse> response = client_->Send(batch_);
    if (response.ok()) Count(*response);
    return response.status();
  };
  if (absl::Status status = Insist(send, [](const absl::Status&) { return false; }); !status.ok()) return status;
  batch_.clear_observations();
  batch_bytes_ = 0;
  return absl::OkStatus();
}

absl::Status ApplicationFeed::ListEnds(bool is_whole, absl::string_view version) {
  if (!is_whole) return absl::OkStatus();
  for (v1::Observation& declaration : known_.TakeUnlisted()) {
    if (absl::Status status = Add(ObserveGone(std::move(declaration))); !status.ok()) return status;
  }
  if (!has_retired_) {
    if (absl::Status status = RetireVanished(version); !status.ok()) return status;
  }
  return Deliver();
}

// What is only tidied up by this must not keep the watch from going on, where the service does not know the question.
absl::Status ApplicationFeed::RetireVanished(absl::string_view version) {
  v1::ListStreamsRequest request;
  request.set_source(absl::StrCat("argocd:", options_.instance));
  request.set_namespace_(name_space_);
  do {
    v1::ListStreamsResponse page;
    const auto ask = [&] {
      absl::StatusOr<v1::ListStreamsResponse> answer = client_->ListStreams(request);
      if (answer.ok()) page = *std::move(answer);
      return answer.status();
    };
    const auto is_final = [](const absl::Status& status) {
      return absl::IsUnimplemented(status) || absl::IsInvalidArgument(status);
    };
    const absl::Status status = Insist(ask, is_final);
    if (absl::IsCancelled(status)) return status;
    if (!status.ok()) {
      LogWarning("applications that were deleted while nobody watched stay declared", {{"cause", status}});
      return absl::OkStatus();
    }
    for (v1::StreamDeclaration& stream : *page.mutable_streams()) {
      if (known_.MayBeThere(stream.stream()) || !argocd::WasDeclaredBy(stream, version)) continue;
      v1::Observation declaration;
      declaration.set_source(request.source());
      *declaration.mutable_stream() = std::move(stream);
      if (absl::Status added = Add(ObserveGone(std::move(declaration))); !added.ok()) return added;
    }
    request.set_after(page.next());
  } while (!request.after().empty());
  has_retired_ = true;
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
