// The reflector's lists.
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingester/kubernetes/api_status.h"
#include "ingester/kubernetes/list_splitter.h"
#include "ingester/kubernetes/reflector.h"
#include "ingester/kubernetes/url_query.h"

namespace headway::kubernetes {
namespace {

constexpr absl::Duration kHeadWithin = absl::Seconds(60);  // as long as a server takes for a request
constexpr absl::Duration kSilence = absl::Seconds(30);

}  // namespace

// "0": whatever a cache of the server has. Later nothing older than what was seen; the latest only where the server has told that it cannot do that, since it costs most.
std::string Reflector::ListVersion() const {
  if (is_version_useless_) return "";
  return version_.empty() ? "0" : version_;
}

absl::Status Reflector::List() {
  doing_ = "list";
  bool is_whole = true;
  absl::StatusOr<std::string> version = ListFrom(ListVersion(), &is_whole);
  if ((IsExpired(version.status()) || IsTooLarge(version.status())) && !is_version_useless_) {
    is_version_useless_ = true;
    list_cause_ = ListCause::kExpired;
    is_whole = true;
    version = ListFrom(ListVersion(), &is_whole);
  }
  if (!version.ok()) return version.status();
  return Listed(*version, is_whole);
}

// All pages. Where the server forgets between two of them what it was showing, everything once more in one piece.
absl::StatusOr<std::string> Reflector::ListFrom(const std::string& version, bool* is_whole) {
  const std::string limit = version.empty() || version == "0" || is_divided_ ? absl::StrCat(options_.page_objects) : "";
  absl::StatusOr<ListHead> head;
  std::string token;
  std::string first_version;
  bool is_undivided = false;
  do {
    if (token.empty()) {
      observer_->OnList(list_cause_);
      sink_->ListBegins();
    }
    head = ListPage(WithQuery(options_.path, {{"limit", is_undivided ? "" : limit},
                                              {"resourceVersion", token.empty() ? version : ""},
                                              {"continue", token}}),
                    is_whole);
    if (IsExpired(head.status()) && !token.empty() && !is_undivided) {
      is_undivided = true;
      *is_whole = true;
      token.clear();
      list_cause_ = ListCause::kExpired;
      continue;
    }
    if (!head.ok()) return head.status();
    if (token.empty()) first_version = head->resource_version;
    if (!token.empty() && head->continue_token == token) return absl::DataLossError("a list repeats its page for ever");
    token = head->continue_token;
    if (!token.empty() && version == "0") is_divided_ = true;
  } while (!head.ok() || !token.empty());
  return first_version;
}

absl::StatusOr<ListHead> Reflector::ListPage(const std::string& query, bool* is_whole) {
  absl::StatusOr<std::unique_ptr<ApiAnswer>> answer = Ask(query, kHeadWithin);
  if (!answer.ok()) return answer.status();
  ListSplitter items(options_.max_object_bytes);
  const auto take = [&](absl::string_view item) { return TakeObject(ObjectChange::kPresent, item, is_whole); };
  while (true) {
    const absl::StatusOr<absl::string_view> piece = (*answer)->Read(kSilence);
    if (absl::IsDeadlineExceeded(piece.status())) return absl::UnavailableError("a list stopped coming");
    if (!piece.ok()) return piece.status();
    if (piece->empty()) break;
    observer_->OnContact();
    const absl::Status status = items.Feed(*piece, take);
    if (absl::IsCancelled(status)) return status;
    if (!status.ok()) return absl::DataLossError(status.message());
  }
  for (int64_t i = 0; i < items.too_large(); ++i) observer_->OnObject(ObjectOutcome::kTooLarge);
  for (int64_t i = 0; i < items.broken(); ++i) observer_->OnObject(ObjectOutcome::kBroken);
  if (items.too_large() + items.broken() > 0) *is_whole = false;
  absl::StatusOr<ListHead> head = items.Finish();
  if (!head.ok()) return absl::DataLossError(head.status().message());
  if (head->kind != absl::StrCat(options_.kind, "List")) {
    return absl::DataLossError(absl::StrCat("the API server answered no ", options_.kind, "List"));
  }
  return head;
}

// Everything of a list was taken: now it is what the watch goes on from.
absl::Status Reflector::Listed(const std::string& version, bool is_whole) {
  if (version.empty() || version == "0") return absl::DataLossError("a list came without a resource version");
  if (absl::Status status = sink_->Deliver(); !status.ok()) return status;
  if (absl::Status status = sink_->ListEnds(is_whole, version); !status.ok()) return status;
  version_ = version;
  is_version_useless_ = false;
  needs_list_ = false;
  short_watches_ = 0;
  observer_->OnCaughtUp();
  return absl::OkStatus();
}

}  // namespace headway::kubernetes
