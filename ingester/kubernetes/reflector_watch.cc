// The reflector's watches.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingester/kubernetes/api_status.h"
#include "ingester/kubernetes/line_splitter.h"
#include "ingester/kubernetes/reflector.h"
#include "ingester/kubernetes/url_query.h"

namespace headway::kubernetes {
namespace {

constexpr absl::Duration kHeadWithin = absl::Seconds(30);
// A server sends a bookmark about every minute. One that does not may have forgotten this watch although it is well.
constexpr absl::Duration kLongestSilence = absl::Minutes(3);
constexpr absl::Duration kShortest = absl::Seconds(1);
constexpr int kShortWatches = 5;
// While events keep coming, what was taken is delivered at least so often.
constexpr absl::Duration kDeliverEvery = absl::Milliseconds(200);
constexpr double kShortestWatchSeconds = 300;

}  // namespace

struct Reflector::Stream {
  std::unique_ptr<ApiAnswer> answer;
  LineSplitter lines;
  bool is_initial = false;  // what it brings is a list, until a bookmark says that it was all
  bool is_whole = true;
  std::string seen;         // the version of the last event
  bool is_pending = false;  // something was not delivered yet
  int64_t too_long = 0;
  int64_t events = 0;
  absl::Duration opened;
  absl::Duration heard;
  absl::Duration delivered;
};

// Servers end a watch after a while; that each has another time keeps them from coming back all at once.
std::string Reflector::WatchQuery(bool with_initial_events) {
  const std::string seconds = absl::StrCat(static_cast<int>(kShortestWatchSeconds * (1 + timing_->Fraction())));
  return WithQuery(options_.path, {{"watch", "true"},
                                   {"allowWatchBookmarks", "true"},
                                   {"sendInitialEvents", with_initial_events ? "true" : ""},
                                   {"resourceVersionMatch", with_initial_events ? "NotOlderThan" : ""},
                                   {"resourceVersion", is_version_useless_ ? "" : version_},
                                   {"timeoutSeconds", seconds}});
}

absl::Status Reflector::Open(bool with_initial_events, Stream* stream) {
  doing_ = "watch";
  if (with_initial_events) {
    observer_->OnList(list_cause_);
    sink_->ListBegins();
  }
  absl::StatusOr<std::unique_ptr<ApiAnswer>> answer = Ask(WatchQuery(with_initial_events), kHeadWithin);
  if (!answer.ok()) return answer.status();
  stream->answer = *std::move(answer);
  stream->is_initial = with_initial_events;
  stream->opened = stream->heard = stream->delivered = timing_->Elapsed();
  observer_->OnWatching(true);
  if (!with_initial_events) observer_->OnHealthy();
  return absl::OkStatus();
}

absl::Status Reflector::Watch(bool with_initial_events) {
  Stream stream{.lines = LineSplitter(options_.max_object_bytes)};
  absl::Status ended = Open(with_initial_events, &stream);
  const bool was_open = stream.answer != nullptr;
  if (was_open) {
    ended = Follow(stream);
    observer_->OnWatching(false);
    if (absl::IsCancelled(ended)) return ended;
    // What came before the end counts, however it ended.
    if (absl::Status status = DeliverSeen(stream); absl::IsCancelled(status)) return status;
  }
  if (absl::IsCancelled(ended)) return ended;
  return with_initial_events && needs_list_ ? AfterInitialEvents(ended) : AfterWatch(stream, ended);
}

// OK: the server ended it.
absl::Status Reflector::Follow(Stream& stream) {
  while (true) {
    const absl::StatusOr<absl::string_view> piece =
        stream.answer->Read(stream.is_pending ? absl::ZeroDuration() : options_.silence);
    absl::Status status = piece.status();
    if (absl::IsDeadlineExceeded(status)) {
      status = stream.is_pending ? DeliverSeen(stream) : OnSilence(stream);
    } else if (status.ok()) {
      if (piece->empty()) return absl::OkStatus();
      stream.heard = timing_->Elapsed();
      observer_->OnContact();
      status = stream.lines.Feed(*piece, [&](absl::string_view line) { return OnLine(stream, line); });
      for (; stream.too_long < stream.lines.too_long(); ++stream.too_long) {
        observer_->OnObject(ObjectOutcome::kTooLarge);
        stream.is_whole = false;
      }
      if (status.ok() && stream.is_pending && timing_->Elapsed() - stream.delivered > kDeliverEvery) {
        status = DeliverSeen(stream);
      }
    }
    if (!status.ok()) return status;
  }
}

absl::Status Reflector::OnSilence(Stream& stream) {
  if (timing_->Elapsed() - stream.heard > kLongestSilence) {
    return absl::UnavailableError("the watch is silent: not even a bookmark came");
  }
  if (absl::Status status = Probe(); !status.ok()) return status;
  // A server that knows what was asked for says without delay that it was all.
  return stream.is_initial ? absl::DataLossError("the initial events of the watch have no end") : absl::OkStatus();
}

absl::Status Reflector::OnLine(Stream& stream, absl::string_view line) {
  const absl::StatusOr<WatchEvent> event = reader_.ReadEvent(line);
  if (event.ok() && event->type == WatchEvent::Type::kUnknown) {
    observer_->OnObject(ObjectOutcome::kUnknownType);
    return absl::OkStatus();
  }
  if (event.ok() && event->type != WatchEvent::Type::kError) return OnObject(stream, *event);
  if (event.ok()) {
    if (const absl::optional<absl::Status> error = StatusOfErrorEvent(event->object)) return *error;
  }
  observer_->OnObject(ObjectOutcome::kBroken);
  stream.is_whole = false;
  return absl::OkStatus();
}

absl::Status Reflector::OnObject(Stream& stream, const WatchEvent& event) {
  const bool is_bookmark = event.type == WatchEvent::Type::kBookmark;
  const absl::StatusOr<ObjectMeta> meta = reader_.ReadMeta(event.object);
  if (!meta.ok() || meta->kind != options_.kind || meta->resource_version.empty() ||
      (meta->name.empty() && !is_bookmark)) {
    observer_->OnObject(ObjectOutcome::kBroken);
    stream.is_whole = false;
    return absl::OkStatus();
  }
  ++stream.events;
  stream.is_pending = true;
  stream.seen = meta->resource_version;
  if (!is_bookmark) {
    const bool is_gone = event.type == WatchEvent::Type::kDeleted;
    return TakeObject(is_gone ? ObjectChange::kDeleted : ObjectChange::kPresent, event.object, &stream.is_whole);
  }
  observer_->OnObject(ObjectOutcome::kBookmark);
  return stream.is_initial && meta->ends_initial_events ? EndOfInitialEvents(stream) : absl::OkStatus();
}

absl::Status Reflector::EndOfInitialEvents(Stream& stream) {
  if (absl::Status status = Listed(stream.seen, stream.is_whole); !status.ok()) return status;
  stream.is_initial = false;
  stream.is_pending = false;
  observer_->OnHealthy();
  return absl::OkStatus();
}

absl::Status Reflector::DeliverSeen(Stream& stream) {
  if (!stream.is_pending) return absl::OkStatus();
  if (absl::Status status = sink_->Deliver(); !status.ok()) return status;
  stream.is_pending = false;
  stream.delivered = timing_->Elapsed();
  // The initial events are in no order, so their versions say nothing of how far the watch has come.
  if (stream.is_initial) return absl::OkStatus();
  version_ = stream.seen;
  observer_->OnCaughtUp();
  return absl::OkStatus();
}

// The watch ended, or was refused, before all initial events had come.
absl::Status Reflector::AfterInitialEvents(const absl::Status& ended) {
  if (ended.ok() || absl::IsInvalidArgument(ended) || absl::IsDataLoss(ended)) {
    use_watch_list_ = false;  // the server does not have it
    return absl::OkStatus();
  }
  if (IsExpired(ended) || IsTooLarge(ended)) is_version_useless_ = true;
  return ended;
}

absl::Status Reflector::AfterWatch(const Stream& stream, const absl::Status& ended) {
  if (ended.ok() && timing_->Elapsed() - stream.opened >= kShortest) {
    short_watches_ = 0;
    return ended;
  }
  if (ended.ok()) {
    short_watches_ = stream.events == 0 ? short_watches_ + 1 : 0;
    if (short_watches_ >= kShortWatches) {
      needs_list_ = true;
      list_cause_ = ListCause::kOther;
    }
    return absl::AbortedError("the watch ended at once");
  }
  if (IsExpired(ended) || IsTooLarge(ended) || absl::IsInvalidArgument(ended)) {
    needs_list_ = true;
    list_cause_ = ListCause::kExpired;
    if (!IsExpired(ended)) is_version_useless_ = true;
  } else if (absl::IsNotFound(ended) || absl::IsPermissionDenied(ended)) {
    needs_list_ = true;  // what comes back need not be what was there
    list_cause_ = ListCause::kOther;
  }
  return ended;
}

}  // namespace headway::kubernetes
