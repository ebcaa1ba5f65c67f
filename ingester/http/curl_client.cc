#include <curl/curl.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "ingester/http/http_client.h"

namespace headway {
namespace {

constexpr size_t kMaxHeaderBytes = 64 << 10;

// What the callbacks of one request fill in.
struct Receiving {
  const HttpRequest& request;
  const std::function<bool()>& stopping;
  HttpResponse response;
  size_t header_bytes = 0;
  bool too_large = false;
};

size_t TakeBody(char* data, size_t, size_t size, void* user) {
  auto* receiving = static_cast<Receiving*>(user);
  if (receiving->response.body.size() + size > receiving->request.max_body_bytes) {
    receiving->too_large = true;
    return 0;  // ends the transfer
  }
  receiving->response.body.append(data, size);
  return size;
}

size_t TakeHeader(char* data, size_t, size_t size, void* user) {
  auto* receiving = static_cast<Receiving*>(user);
  receiving->header_bytes += size;
  if (receiving->header_bytes > kMaxHeaderBytes) {
    receiving->too_large = true;
    return 0;
  }
  const absl::string_view line(data, size);
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) return size;
  receiving->response.headers[absl::AsciiStrToLower(absl::StripAsciiWhitespace(line.substr(0, colon)))] =
      std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
  return size;
}

int Watch(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Receiving*>(user)->stopping() ? 1 : 0;
}

absl::Status FromCurl(CURLcode code, const char* detail, const Receiving& receiving) {
  if (receiving.too_large)
    return absl::ResourceExhaustedError(
        absl::StrCat("the answer is larger than ", receiving.request.max_body_bytes, " bytes"));
  const std::string text = detail[0] != '\0' ? detail : curl_easy_strerror(code);
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
      return absl::CancelledError("stopping");
    case CURLE_OPERATION_TIMEDOUT:
      return absl::DeadlineExceededError(text);
    case CURLE_URL_MALFORMAT:
    case CURLE_SSL_CACERT_BADFILE:
      return absl::InvalidArgumentError(text);
    default:
      return absl::UnavailableError(text);
  }
}

class CurlClient : public HttpClient {
 public:
  explicit CurlClient(std::function<bool()> stopping) : stopping_(std::move(stopping)) {
    static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
    (void)global;
    curl_ = curl_easy_init();
  }
  ~CurlClient() override { curl_easy_cleanup(curl_); }
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  absl::StatusOr<HttpResponse> Get(const HttpRequest& request) override {
    if (curl_ == nullptr) return absl::UnavailableError("libcurl cannot be used");
    if (!absl::StartsWith(request.url, "http://") && !absl::StartsWith(request.url, "https://"))
      return absl::InvalidArgumentError("the address is neither http nor https");
    Receiving receiving{request, stopping_, {}};
    char detail[CURL_ERROR_SIZE] = "";
    curl_slist* headers = nullptr;
    for (const auto& [name, value] : request.headers) {
      // A line end would begin another header.
      if (absl::StrCat(name, value).find_first_of("\r\n") != std::string::npos) continue;
      headers = curl_slist_append(headers, absl::StrCat(name, ": ", value).c_str());
    }
    Prepare(request, &receiving, detail, headers);
    const CURLcode code = curl_easy_perform(curl_);
    long status = 0;  // NOLINT: libcurl's type
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
    // Keeps connections, forgets what points at this request.
    curl_easy_reset(curl_);
    curl_slist_free_all(headers);
    if (code != CURLE_OK) return FromCurl(code, detail, receiving);
    receiving.response.status = static_cast<int>(status);
    return std::move(receiving.response);
  }

 private:
  void Prepare(const HttpRequest& request, Receiving* receiving, char* detail, curl_slist* headers) {
    const auto set = [this](CURLoption option, auto value) { curl_easy_setopt(curl_, option, value); };
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_PROXY, "");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_ACCEPT_ENCODING, "gzip");
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(absl::ToInt64Milliseconds(request.connect_within)));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(absl::ToInt64Milliseconds(request.deadline)));
    if (!request.ca_file.empty()) set(CURLOPT_CAINFO, request.ca_file.c_str());
    if (headers != nullptr) set(CURLOPT_HTTPHEADER, headers);
    set(CURLOPT_ERRORBUFFER, detail);
    set(CURLOPT_WRITEFUNCTION, &TakeBody);
    set(CURLOPT_WRITEDATA, static_cast<void*>(receiving));
    set(CURLOPT_HEADERFUNCTION, &TakeHeader);
    set(CURLOPT_HEADERDATA, static_cast<void*>(receiving));
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &Watch);
    set(CURLOPT_XFERINFODATA, static_cast<void*>(receiving));
  }

  const std::function<bool()> stopping_;
  CURL* curl_ = nullptr;
};

}  // namespace

std::unique_ptr<HttpClient> MakeHttpClient(std::function<bool()> stopping) {
  return std::make_unique<CurlClient>(std::move(stopping));
}

}  // namespace headway
