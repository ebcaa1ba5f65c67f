// Fetches what is at an address: the one way that sources reach the web, with bounds on time and memory. The only folder that includes libcurl for plain requests.
#ifndef HEADWAY_INGESTER_HTTP_HTTP_CLIENT_H_
#define HEADWAY_INGESTER_HTTP_HTTP_CLIENT_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace headway {

struct HttpRequest {
  std::string url;  // http or https
  std::vector<std::pair<std::string, std::string>> headers;
  std::string ca_file;  // authorities that are trusted in place of the system's; empty: the system's
  absl::Duration connect_within = absl::Seconds(10);
  absl::Duration deadline = absl::Seconds(60);  // for all of it
  size_t max_body_bytes = 64 << 20;             // as unpacked
};

struct HttpResponse {
  int status = 0;                              // 200
  std::map<std::string, std::string> headers;  // names in lower case; of several of one name the last
  std::string body;
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;

  // Blocks until the answer is there whole, whatever its status; a redirect is an answer, and not followed. Not thread-safe.
  // UNAVAILABLE: no connection, or it broke, or the other side is not who it should be (may be retried). DEADLINE_EXCEEDED. RESOURCE_EXHAUSTED: the answer is larger
  // than allowed. CANCELLED: to stop was asked for. INVALID_ARGUMENT: the address cannot be used. No message holds a header.
  virtual absl::StatusOr<HttpResponse> Get(const HttpRequest& request) = 0;
};

// Keeps its connection between requests. Proxies of the environment are not used. `stopping` is asked while a request is under way, at least once a second; true
// ends it.
std::unique_ptr<HttpClient> MakeHttpClient(std::function<bool()> stopping);

}  // namespace headway

#endif  // HEADWAY_INGESTER_HTTP_HTTP_CLIENT_H_
