#include "ingester/kubernetes/reflector.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingester/kubernetes/api_status.h"

namespace headway::kubernetes {
namespace {

constexpr absl::Duration kBodyWithin = absl::Seconds(10);
constexpr size_t kMaxRefusalBytes = 64 << 10;
// A token that was refused is soon replaced, so a look is worth it more often.
constexpr absl::Duration kLongestWhileUnauthenticated = absl::Seconds(5);

// The beginning of a body that is no more than an explanation.
std::string BodyOf(ApiAnswer& answer) {
  std::string body;
  while (body.size() < kMaxRefusalBytes) {
    const absl::StatusOr<absl::string_view> piece = answer.Read(kBodyWithin);
    if (!piece.ok() || piece->empty()) break;
    body.append(piece->data(), piece->size());
  }
  body.resize(std::min(body.size(), kMaxRefusalBytes));
  return body;
}

}  // namespace

Reflector::Reflector(ReflectorOptions options, KubernetesApi* api, ObjectSink* sink, ReflectorObserver* observer,
                     Timing* timing)
    : options_(std::move(options)),
      api_(api),
      sink_(sink),
      observer_(observer),
      timing_(timing),
      use_watch_list_(options_.use_watch_list) {}

absl::Status Reflector::Step() {
  if (!needs_list_) return Watch(/*with_initial_events=*/false);
  return use_watch_list_ ? Watch(/*with_initial_events=*/true) : List();
}

void Reflector::Run() {
  while (true) {
    const absl::Status status = Step();
    if (absl::IsCancelled(status)) return;
    if (status.ok()) continue;
    // What is too old, and a watch that ended at once, belong to a watch's life: both are mended by what follows.
    if (!IsExpired(status) && !IsTooLarge(status) && !absl::IsAborted(status)) observer_->OnProblem(doing_, status);
    if (!Pause(status)) return;
  }
}

bool Reflector::Pause(const absl::Status& after) {
  absl::Duration pause = back_off_.Next(timing_->Elapsed(), timing_->Fraction());
  if (absl::IsUnauthenticated(after)) pause = std::min(pause, kLongestWhileUnauthenticated);
  return timing_->Sleep(std::max(pause, RetryAfter(after)));
}

// An answer with code 200, or what the other one means.
absl::StatusOr<std::unique_ptr<ApiAnswer>> Reflector::Ask(const std::string& path, absl::Duration within) {
  absl::StatusOr<std::unique_ptr<ApiAnswer>> answer = api_->Get({.path = path, .answer_within = within});
  if (!answer.ok()) return answer.status();
  observer_->OnContact();
  if ((*answer)->code() == 200) return answer;
  return StatusOfAnswer((*answer)->code(), BodyOf(**answer), (*answer)->retry_after());
}

// Whether the server still answers, on a connection of its own: one that has stopped acknowledges on the old one for ever. Being refused is an answer.
absl::Status Reflector::Probe() {
  const absl::StatusOr<std::unique_ptr<ApiAnswer>> answer =
      api_->Get({.path = "/readyz", .answer_within = options_.probe_within, .new_connection = true});
  if (absl::IsCancelled(answer.status())) return answer.status();
  const absl::string_view silent = "the watch is silent, and /readyz ";
  if (!answer.ok()) return absl::UnavailableError(absl::StrCat(silent, "fails: ", answer.status().message()));
  if ((*answer)->code() >= 500) {
    return absl::UnavailableError(absl::StrCat(silent, "answers ", (*answer)->code()));
  }
  observer_->OnContact();
  return absl::OkStatus();
}

// Hands one object on. OK also when it cannot be understood: then it is counted, and *is_whole becomes false.
absl::Status Reflector::TakeObject(ObjectChange change, absl::string_view object, bool* is_whole) {
  absl::Status status = sink_->Take(change, object);
  if (absl::IsCancelled(status)) return status;
  observer_->OnObject(status.ok() ? ObjectOutcome::kTaken : ObjectOutcome::kBroken);
  if (!status.ok()) *is_whole = false;
  return absl::OkStatus();
}

}  // namespace headway::kubernetes
