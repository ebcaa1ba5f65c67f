#include "services/gateway/gateway_flags.h"

#include <CLI/CLI.hpp>

#include "absl/strings/ascii.h"

namespace headway {
namespace {

void AddLowerCase(const std::vector<std::string>& names, std::vector<std::string>* to) {
  for (const std::string& name : names) to->push_back(absl::AsciiStrToLower(name));
}

}  // namespace

void GatewayFlags::AddTo(CLI::App& app) {
  const auto add = [&app](const char* name, auto& value, const char* help) {
    return app.add_option(name, value, help)->group("Gateway");
  };
  add("--http-listen", listen_, "host:port where browsers call with gRPC-web; empty: no gateway")
      ->capture_default_str();
  add("--backend", backends_,
      "ADDRESS, or SERVICES=ADDRESS as in headway.v1.*=127.0.0.1:7400; only what is named can be called");
  add("--allow-origin", origins_, "Origin whose pages may call, as in https://portal.example.org; *: every one");
  add("--allow-request-metadata", request_metadata_,
      "Header that is handed to backends, besides the usual; a * may end it");
  add("--allow-response-metadata", response_metadata_,
      "Metadata that is handed to browsers, besides the usual; a * may end it");
  add("--max-message-bytes", rules_.max_message_bytes, "Of one message, in both directions")
      ->capture_default_str()
      ->check(CLI::Range(1024, 1 << 30));
  add("--max-held-bytes", rules_.max_held_bytes, "Of all requests that have not come whole")->capture_default_str();
  add("--max-in-flight", rules_.max_in_flight, "Calls at one time")->capture_default_str();
  add("--max-connections", http_.connections, "HTTP connections at one time")->capture_default_str();
  add("--max-header-bytes", http_.header_bytes, "Of one request")
      ->capture_default_str()
      ->check(CLI::Range(1024, 1 << 20));
  const auto add_seconds = [&add](const char* name, double& value, const char* help) {
    add(name, value, help)->capture_default_str()->check(CLI::Range(0.001, 1e7));
  };
  add_seconds("--max-deadline", max_deadline_s_, "Seconds that a call may last");
  add_seconds("--header-timeout", header_s_, "Seconds for a request's header to come");
  add_seconds("--body-timeout", body_s_, "Seconds for its body");
  add_seconds("--idle-timeout", idle_s_, "Seconds that a connection may idle");
  add_seconds("--stalled-timeout", stalled_s_, "Seconds after which a reader that takes nothing is given up");
  add_seconds("--drain-timeout", drain_s_, "Seconds that calls have to end when the gateway stops");
  add("--http-threads", http_.threads, "Threads that serve connections")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
}

absl::StatusOr<GatewayOptions> GatewayFlags::Options(const std::string& backend) const {
  GatewayOptions options;
  options.listen = listen_;
  options.rules = rules_;
  options.http = http_;
  options.rules.max_deadline = absl::Seconds(max_deadline_s_);
  options.http.header_within = absl::Seconds(header_s_);
  options.http.body_within = absl::Seconds(body_s_);
  options.http.idle = absl::Seconds(idle_s_);
  options.http.write_stalled = absl::Seconds(stalled_s_);
  options.drain_within = absl::Seconds(drain_s_);
  for (const std::string& text : backends_.empty() ? std::vector<std::string>{backend} : backends_) {
    absl::StatusOr<gateway::Route> route = gateway::ParseRoute(text);
    if (!route.ok()) return route.status();
    options.rules.routes.push_back(*std::move(route));
  }
  options.rules.cors.origins = origins_;
  AddLowerCase(request_metadata_, &options.rules.metadata.request);
  AddLowerCase(response_metadata_, &options.rules.metadata.response);
  options.rules.cors.request_headers = options.rules.metadata.request;
  return options;
}

}  // namespace headway
