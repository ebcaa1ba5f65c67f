#include "ingester/kubernetes/exec_credentials.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "ingester/kubernetes/credentials.h"

namespace headway::kubernetes {
namespace {

using nlohmann::json;

// A plugin that gives what is refused again and again is not asked more often.
constexpr absl::Duration kShortestInterval = absl::Seconds(10);
// What is about to expire is not used any more.
constexpr absl::Duration kMargin = absl::Seconds(10);

struct Issued {
  Credential credential;
  absl::Time expires = absl::InfiniteFuture();
};

std::string TextAt(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

absl::StatusOr<Issued> ParseExecCredential(const std::string& output, const std::string& api_version) {
  const json read = json::parse(output, nullptr, /*allow_exceptions=*/false);
  if (!read.is_object() || TextAt(read, "kind") != "ExecCredential" || TextAt(read, "apiVersion") != api_version ||
      !read.contains("status") || !read["status"].is_object()) {
    return absl::UnauthenticatedError(absl::StrCat("the plugin wrote no ExecCredential of ", api_version));
  }
  const json& status = read["status"];
  Issued issued;
  issued.credential.bearer_token = TextAt(status, "token");
  issued.credential.certificate_pem = TextAt(status, "clientCertificateData");
  issued.credential.key_pem = TextAt(status, "clientKeyData");
  const bool has_certificate = !issued.credential.certificate_pem.empty() && !issued.credential.key_pem.empty();
  if (!IsToken(issued.credential.bearer_token) && !has_certificate) {
    return absl::UnauthenticatedError("the plugin gave neither a token nor a certificate with its key");
  }
  const std::string expires = TextAt(status, "expirationTimestamp");
  std::string error;
  if (!expires.empty() && !absl::ParseTime(absl::RFC3339_full, expires, &issued.expires, &error)) {
    return absl::UnauthenticatedError("status.expirationTimestamp of the plugin is no time");
  }
  return issued;
}

class FromPlugin : public Credentials {
 public:
  FromPlugin(ExecPlugin plugin, std::function<absl::Time()> now) : plugin_(std::move(plugin)), now_(std::move(now)) {
    json spec = {{"interactive", false}};
    const json cluster = json::parse(plugin_.cluster_json, nullptr, false);
    if (cluster.is_object()) spec["cluster"] = cluster;
    const json info = {{"apiVersion", plugin_.api_version}, {"kind", "ExecCredential"}, {"spec", spec}};
    const std::string name = "KUBERNETES_EXEC_INFO=";
    std::erase_if(plugin_.environment, [&](const std::string& one) { return absl::StartsWith(one, name); });
    plugin_.environment.push_back(absl::StrCat(name, info.dump()));
  }

  absl::StatusOr<Credential> Get() override {
    absl::MutexLock lock(&mutex_);
    const absl::Time now = now_();
    const bool is_good = issued_.ok() && now < issued_->expires - kMargin;
    if (is_good && !(is_refused_ && now - asked_ >= kShortestInterval)) return issued_->credential;
    asked_ = now;
    is_refused_ = false;
    const absl::StatusOr<std::string> output = OutputOf(plugin_.command, plugin_.environment, plugin_.within);
    if (output.ok()) {
      issued_ = ParseExecCredential(*output, plugin_.api_version);
    } else {
      issued_ = absl::UnauthenticatedError(output.status().message());
    }
    if (!issued_.ok()) return issued_.status();
    return issued_->credential;
  }

  void Refused(const Credential& credential) override {
    absl::MutexLock lock(&mutex_);
    if (issued_.ok() && issued_->credential == credential) is_refused_ = true;
  }

 private:
  ExecPlugin plugin_;
  const std::function<absl::Time()> now_;
  absl::Mutex mutex_;
  absl::StatusOr<Issued> issued_ ABSL_GUARDED_BY(mutex_) = absl::UnauthenticatedError("not asked yet");
  absl::Time asked_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  bool is_refused_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

std::shared_ptr<Credentials> MakeExecCredentials(ExecPlugin plugin, std::function<absl::Time()> now) {
  return std::make_shared<FromPlugin>(std::move(plugin), std::move(now));
}

}  // namespace headway::kubernetes
