// One request on its way through libcurl. For curl_api.cc, which drives it.
#ifndef HEADWAY_INGESTER_KUBERNETES_CURL_TRANSFER_H_
#define HEADWAY_INGESTER_KUBERNETES_CURL_TRANSFER_H_

#include <curl/curl.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "ingester/kubernetes/cluster.h"
#include "ingester/kubernetes/kubernetes_api.h"

namespace headway::kubernetes {

// Stays where it is while libcurl holds its address. Not thread-safe.
class CurlTransfer {
 public:
  CurlTransfer();
  ~CurlTransfer();  // must have been removed from its multi handle
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  // Everything about the request. `ca_pem`: empty: what the system trusts.
  absl::Status Prepare(const Cluster& cluster, const std::string& ca_pem, const Credential& credential,
                       const ApiRequest& request);

  CURL* easy() { return easy_; }
  bool has_head() const { return has_head_; }
  int code() const { return code_; }
  absl::Duration retry_after() const { return retry_after_; }

  // What libcurl says at the end.
  void Finished(CURLcode result);
  bool is_finished() const { return is_finished_; }
  // OK: the answer came whole.
  absl::Status result() const;

  bool has_body() const { return !received_.empty(); }
  // What was received since the last time; goes on receiving. Valid until the next call.
  absl::string_view TakeBody();
  // Receives again, where it had paused.
  void Resume();

 private:
  static size_t OnHeader(char* bytes, size_t size, size_t count, void* self);
  static size_t OnBody(char* bytes, size_t size, size_t count, void* self);
  void Header(absl::string_view line);

  template <typename T>
  void Set(CURLoption option, T value) {
    curl_easy_setopt(easy_, option, value);
  }
  void SetTls(const Cluster& cluster, const std::string& ca_pem, const Credential& credential);
  absl::Status SetAddress(const Cluster& cluster, const std::string& path);

  CURL* const easy_;
  curl_slist* headers_ = nullptr;
  curl_slist* connect_to_ = nullptr;
  char error_[CURL_ERROR_SIZE] = "";
  size_t header_bytes_ = 0;
  bool has_head_ = false;
  int code_ = 0;
  absl::Duration retry_after_;
  std::string received_;
  std::string given_;
  bool is_paused_ = false;
  bool is_finished_ = false;
  CURLcode result_ = CURLE_OK;
};

// INVALID_ARGUMENT: no http or https URL with a host, or with a user or a query in it. *is_safe: credentials may go there: TLS, or loopback.
absl::Status CheckServer(const std::string& server, bool* is_safe);

}  // namespace headway::kubernetes

#endif  // HEADWAY_INGESTER_KUBERNETES_CURL_TRANSFER_H_
