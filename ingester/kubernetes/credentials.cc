#include "ingester/kubernetes/credentials.h"

#include <fstream>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace headway::kubernetes {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;
constexpr size_t kMaxTokenBytes = 64 << 10;

absl::StatusOr<std::string> ValueOrFile(const std::string& value, const std::string& file) {
  if (!value.empty() || file.empty()) return value;
  absl::StatusOr<std::string> text = ReadSmallFile(file);
  if (!text.ok()) return absl::UnauthenticatedError(text.status().message());
  return text;
}

class FromSources : public Credentials {
 public:
  explicit FromSources(CredentialSources sources) : sources_(std::move(sources)) {}

  absl::StatusOr<Credential> Get() override {
    const absl::StatusOr<std::string> token = ValueOrFile(sources_.token, sources_.token_file);
    absl::StatusOr<std::string> certificate = ValueOrFile(sources_.certificate_pem, sources_.certificate_file);
    absl::StatusOr<std::string> key = ValueOrFile(sources_.key_pem, sources_.key_file);
    for (const absl::Status& status : {token.status(), certificate.status(), key.status()}) {
      if (!status.ok()) return status;
    }
    Credential credential{std::string(absl::StripAsciiWhitespace(*token)), *std::move(certificate), *std::move(key)};
    const bool wants_token = !sources_.token.empty() || !sources_.token_file.empty();
    if (wants_token && !IsToken(credential.bearer_token)) {
      const std::string where = sources_.token.empty() ? sources_.token_file : "the configuration";
      return absl::UnauthenticatedError(absl::StrCat(where, " holds no token"));
    }
    return credential;
  }

  void Refused(const Credential&) override {}  // files are read again anyway

 private:
  const CredentialSources sources_;
};

}  // namespace

bool IsToken(absl::string_view token) {
  return !token.empty() && token.size() <= kMaxTokenBytes &&
         absl::c_all_of(token, [](unsigned char c) { return absl::ascii_isgraph(c); });
}

absl::StatusOr<std::string> ReadSmallFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text(kMaxFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || !in.eof()) {
    return absl::UnavailableError(absl::StrCat("cannot read ", path, in.good() ? ": longer than a megabyte" : ""));
  }
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

std::shared_ptr<Credentials> MakeCredentials(CredentialSources sources) {
  return std::make_shared<FromSources>(std::move(sources));
}

absl::StatusOr<Cluster> InCluster(const std::string& host, const std::string& port, const std::string& folder) {
  if (host.empty() || port.empty()) {
    return absl::InvalidArgumentError(
        "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set, so this runs in no Pod: name a kubeconfig");
  }
  Cluster cluster;
  const bool is_v6 = absl::StrContains(host, ":");
  cluster.server = absl::StrCat("https://", is_v6 ? "[" : "", host, is_v6 ? "]" : "", ":", port);
  cluster.ca_file = absl::StrCat(folder, "/ca.crt");
  cluster.credentials = MakeCredentials({.token_file = absl::StrCat(folder, "/token")});
  return cluster;
}

}  // namespace headway::kubernetes
