#include "ingester/kubernetes/curl_transfer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace headway::kubernetes {
namespace {

constexpr size_t kMaxAheadBytes = 256 << 10;
constexpr size_t kMaxHeaderBytes = 256 << 10;
constexpr unsigned kUnacknowledgedMs = 30'000;
constexpr long kConnectMs = 10'000;
constexpr long kKeepAliveIdleSeconds = 15;
constexpr long kKeepAliveIntervalSeconds = 5;
constexpr long kReceiveBytes = 128 << 10;

int OnSocket(void*, curl_socket_t socket, curlsocktype) {
  setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnacknowledgedMs, sizeof(kUnacknowledgedMs));
  return CURL_SOCKOPT_OK;
}

curl_blob Copied(const std::string& text) { return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_COPY}; }

std::string PartOf(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return "";
  std::string out(text);
  curl_free(text);
  return out;
}

bool IsLoopback(const std::string& host) {
  in_addr address{};
  const bool is_v4 = inet_pton(AF_INET, host.c_str(), &address) == 1;
  return host == "localhost" || host == "[::1]" || (is_v4 && (ntohl(address.s_addr) >> 24) == 127);
}

}  // namespace

absl::Status CheckServer(const std::string& server, bool* is_safe) {
  CURLU* url = curl_url();
  const bool is_url = curl_url_set(url, CURLUPART_URL, server.c_str(), 0) == CURLUE_OK;
  const std::string scheme = PartOf(url, CURLUPART_SCHEME);
  const std::string host = PartOf(url, CURLUPART_HOST);
  const bool has_more = !PartOf(url, CURLUPART_USER).empty() || !PartOf(url, CURLUPART_PASSWORD).empty() ||
                        !PartOf(url, CURLUPART_QUERY).empty() || !PartOf(url, CURLUPART_FRAGMENT).empty();
  curl_url_cleanup(url);
  if (!is_url || (scheme != "https" && scheme != "http") || host.empty() || has_more) {
    return absl::InvalidArgumentError("the cluster's server is no URL like https://10.0.0.1:6443");
  }
  *is_safe = scheme == "https" || IsLoopback(host);
  return absl::OkStatus();
}

CurlTransfer::CurlTransfer() : easy_(curl_easy_init()) {}

CurlTransfer::~CurlTransfer() {
  curl_easy_cleanup(easy_);
  curl_slist_free_all(headers_);
  curl_slist_free_all(connect_to_);
}

// A server name that the certificate is for stands in the URL, and the connection goes to the real address.
absl::Status CurlTransfer::SetAddress(const Cluster& cluster, const std::string& path) {
  CURLU* url = curl_url();
  curl_url_set(url, CURLUPART_URL, cluster.server.c_str(), 0);
  if (!cluster.tls_server_name.empty()) {
    const std::string host = PartOf(url, CURLUPART_HOST);
    const std::string port = PartOf(url, CURLUPART_PORT);
    const std::string way = absl::StrCat(cluster.tls_server_name, ":", port, ":", host, ":", port);
    connect_to_ = curl_slist_append(connect_to_, way.c_str());
    Set(CURLOPT_CONNECT_TO, connect_to_);
    curl_url_set(url, CURLUPART_HOST, cluster.tls_server_name.c_str(), 0);
  }
  std::string base = PartOf(url, CURLUPART_URL);
  curl_url_cleanup(url);
  while (absl::EndsWith(base, "/")) base.pop_back();
  if (base.empty()) return absl::InvalidArgumentError("the cluster's tls-server-name is no host");
  Set(CURLOPT_URL, absl::StrCat(base, path).c_str());
  return absl::OkStatus();
}

void CurlTransfer::SetTls(const Cluster& cluster, const std::string& ca_pem, const Credential& credential) {
  Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  Set(CURLOPT_SSL_VERIFYPEER, cluster.skip_tls_verify ? 0L : 1L);
  Set(CURLOPT_SSL_VERIFYHOST, cluster.skip_tls_verify ? 0L : 2L);
  if (!ca_pem.empty()) {
    curl_blob blob = Copied(ca_pem);
    Set(CURLOPT_CAINFO_BLOB, &blob);
    Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  if (!credential.certificate_pem.empty()) {
    curl_blob certificate = Copied(credential.certificate_pem);
    curl_blob key = Copied(credential.key_pem);
    Set(CURLOPT_SSLCERT_BLOB, &certificate);
    Set(CURLOPT_SSLCERTTYPE, "PEM");
    Set(CURLOPT_SSLKEY_BLOB, &key);
    Set(CURLOPT_SSLKEYTYPE, "PEM");
  }
}

absl::Status CurlTransfer::Prepare(const Cluster& cluster, const std::string& ca_pem, const Credential& credential,
                                   const ApiRequest& request) {
  if (absl::Status status = SetAddress(cluster, request.path); !status.ok()) return status;
  SetTls(cluster, ca_pem, credential);
  headers_ = curl_slist_append(headers_, "Accept: application/json");
  if (!credential.bearer_token.empty()) {
    headers_ = curl_slist_append(headers_, absl::StrCat("Authorization: Bearer ", credential.bearer_token).c_str());
  }
  Set(CURLOPT_HTTPHEADER, headers_);
  Set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));  // a proxy does not see them
  Set(CURLOPT_USERAGENT, "headway");
  Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  Set(CURLOPT_PROTOCOLS_STR, "http,https");
  Set(CURLOPT_FOLLOWLOCATION, 0L);
  Set(CURLOPT_PROXY, cluster.proxy.c_str());  // empty: none, though the environment may name one
  Set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  Set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  Set(CURLOPT_NOSIGNAL, 1L);
  Set(CURLOPT_ERRORBUFFER, error_);
  Set(CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
  Set(CURLOPT_TCP_KEEPALIVE, 1L);
  Set(CURLOPT_TCP_KEEPIDLE, kKeepAliveIdleSeconds);
  Set(CURLOPT_TCP_KEEPINTVL, kKeepAliveIntervalSeconds);
  Set(CURLOPT_SOCKOPTFUNCTION, OnSocket);
  Set(CURLOPT_BUFFERSIZE, kReceiveBytes);
  Set(CURLOPT_FRESH_CONNECT, request.new_connection ? 1L : 0L);
  Set(CURLOPT_FORBID_REUSE, request.new_connection ? 1L : 0L);
  Set(CURLOPT_HEADERFUNCTION, OnHeader);
  Set(CURLOPT_HEADERDATA, this);
  Set(CURLOPT_WRITEFUNCTION, OnBody);
  Set(CURLOPT_WRITEDATA, this);
  return absl::OkStatus();
}

size_t CurlTransfer::OnHeader(char* bytes, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  transfer.header_bytes_ += size * count;
  if (transfer.header_bytes_ > kMaxHeaderBytes) return 0;
  transfer.Header(absl::StripAsciiWhitespace(absl::string_view(bytes, size * count)));
  return size * count;
}

// Heads with 1xx come before the one that counts; an empty line ends each.
void CurlTransfer::Header(absl::string_view line) {
  constexpr absl::string_view kRetryAfter = "retry-after:";
  if (absl::StartsWith(line, "HTTP/")) {
    retry_after_ = absl::ZeroDuration();
  } else if (line.empty()) {
    long code = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &code);
    if (code < 200) return;
    code_ = static_cast<int>(code);
    has_head_ = true;
  } else if (absl::StartsWithIgnoreCase(line, kRetryAfter)) {
    int64_t seconds = 0;
    if (absl::SimpleAtoi(line.substr(kRetryAfter.size()), &seconds) && seconds > 0) {
      retry_after_ = absl::Seconds(seconds);
    }
  }
}

size_t CurlTransfer::OnBody(char* bytes, size_t size, size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (transfer.received_.size() >= kMaxAheadBytes) {
    transfer.is_paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  transfer.received_.append(bytes, size * count);
  return size * count;
}

absl::string_view CurlTransfer::TakeBody() {
  given_.clear();
  given_.swap(received_);
  return given_;
}

void CurlTransfer::Resume() {
  if (!is_paused_) return;
  is_paused_ = false;
  curl_easy_pause(easy_, CURLPAUSE_CONT);
}

void CurlTransfer::Finished(CURLcode result) {
  is_finished_ = true;
  result_ = result;
}

absl::Status CurlTransfer::result() const {
  if (result_ == CURLE_OK) return absl::OkStatus();
  return absl::UnavailableError(error_[0] != '\0' ? error_ : curl_easy_strerror(result_));
}

}  // namespace headway::kubernetes
