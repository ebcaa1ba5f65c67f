#include "ingester/kubernetes/curl_api.h"

#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "ingester/kubernetes/credentials.h"
#include "ingester/kubernetes/curl_transfer.h"
#include "ingester/kubernetes/timing.h"

namespace headway::kubernetes {
namespace {

constexpr absl::Duration kLongestPoll = absl::Seconds(1);

class CurlApi : public KubernetesApi {
 public:
  CurlApi(Cluster cluster, bool is_safe) : cluster_(std::move(cluster)), is_safe_(is_safe), multi_(curl_multi_init()) {}
  ~CurlApi() override { curl_multi_cleanup(multi_); }

  absl::StatusOr<std::unique_ptr<ApiAnswer>> Get(const ApiRequest& request) override;

  void Cancel() override {
    is_cancelled_ = true;
    curl_multi_wakeup(multi_);
  }

  // Lets transfers go on until `is_enough`, or returns DEADLINE_EXCEEDED or CANCELLED.
  absl::Status Drive(const std::function<bool()>& is_enough, absl::Duration within);

  CURLM* multi() { return multi_; }

 private:
  absl::StatusOr<Credential> CredentialNow();

  const Cluster cluster_;
  const bool is_safe_;  // to send credentials to
  CURLM* const multi_;
  SystemTiming timing_;
  std::atomic<bool> is_cancelled_ = false;
};

class CurlAnswer : public ApiAnswer {
 public:
  explicit CurlAnswer(CurlApi* api) : api_(api) {}
  ~CurlAnswer() override {
    if (is_added_) curl_multi_remove_handle(api_->multi(), transfer_.easy());
  }

  void Add() {
    curl_easy_setopt(transfer_.easy(), CURLOPT_PRIVATE, &transfer_);
    is_added_ = curl_multi_add_handle(api_->multi(), transfer_.easy()) == CURLM_OK;
  }
  CurlTransfer& transfer() { return transfer_; }

  int code() const override { return transfer_.code(); }
  absl::Duration retry_after() const override { return transfer_.retry_after(); }

  absl::StatusOr<absl::string_view> Read(absl::Duration wait) override {
    if (!transfer_.has_body()) {
      transfer_.Resume();
      const absl::Status status = api_->Drive([this] { return transfer_.has_body() || transfer_.is_finished(); }, wait);
      if (!status.ok()) return status;
    }
    // What came before the end is given before the end is.
    if (transfer_.has_body()) return transfer_.TakeBody();
    if (absl::Status status = transfer_.result(); !status.ok()) return status;
    return absl::string_view();
  }

 private:
  CurlApi* const api_;
  CurlTransfer transfer_;
  bool is_added_ = false;
};

absl::Status CurlApi::Drive(const std::function<bool()>& is_enough, absl::Duration within) {
  const absl::Duration until = timing_.Elapsed() + within;
  while (true) {
    int running = 0;
    curl_multi_perform(multi_, &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      CurlTransfer* transfer = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
      if (message->msg == CURLMSG_DONE) transfer->Finished(message->data.result);
    }
    if (is_cancelled_) return absl::CancelledError("stopping");
    if (is_enough()) return absl::OkStatus();
    const absl::Duration remaining = until - timing_.Elapsed();
    if (remaining <= absl::ZeroDuration()) return absl::DeadlineExceededError("no answer in time");
    const absl::Duration wait = std::min(remaining, kLongestPoll) + absl::Milliseconds(1);
    curl_multi_poll(multi_, nullptr, 0, static_cast<int>(absl::ToInt64Milliseconds(wait)), nullptr);
  }
}

absl::StatusOr<Credential> CurlApi::CredentialNow() {
  if (cluster_.credentials == nullptr) return Credential();
  absl::StatusOr<Credential> credential = cluster_.credentials->Get();
  if (credential.ok() && !is_safe_ && *credential != Credential()) {
    return absl::UnauthenticatedError("credentials are not sent without TLS: the cluster's server must be https");
  }
  return credential;
}

absl::StatusOr<std::unique_ptr<ApiAnswer>> CurlApi::Get(const ApiRequest& request) {
  if (is_cancelled_) return absl::CancelledError("stopping");
  const absl::StatusOr<Credential> credential = CredentialNow();
  if (!credential.ok()) return credential.status();
  absl::StatusOr<std::string> ca_pem = cluster_.ca_pem;
  if (ca_pem->empty() && !cluster_.ca_file.empty()) ca_pem = ReadSmallFile(cluster_.ca_file);
  if (!ca_pem.ok()) return ca_pem.status();
  if (ca_pem->empty() && !cluster_.ca_file.empty()) {
    return absl::UnavailableError(absl::StrCat(cluster_.ca_file, " is empty"));
  }

  auto answer = std::make_unique<CurlAnswer>(this);
  CurlTransfer& transfer = answer->transfer();
  if (absl::Status status = transfer.Prepare(cluster_, *ca_pem, *credential, request); !status.ok()) return status;
  answer->Add();
  const absl::Status status =
      Drive([&] { return transfer.has_head() || transfer.is_finished(); }, request.answer_within);
  if (!status.ok()) return status;
  if (!transfer.has_head()) {
    return transfer.result().ok() ? absl::UnavailableError("an answer without a head") : transfer.result();
  }
  if (transfer.code() == 401 && cluster_.credentials != nullptr) cluster_.credentials->Refused(*credential);
  return answer;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KubernetesApi>> MakeCurlApi(Cluster cluster) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised != CURLE_OK) return absl::InternalError("libcurl does not start");
  bool is_safe = false;
  if (absl::Status status = CheckServer(cluster.server, &is_safe); !status.ok()) return status;
  return std::make_unique<CurlApi>(std::move(cluster), is_safe);
}

}  // namespace headway::kubernetes
