#include "ingester/git/people.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"

namespace headway {
namespace {

constexpr absl::string_view kBotNames[] = {
    "dependabot", "dependabot-preview", "renovate", "greenkeeper", "greenkeeperio", "github-actions", "github actions",
    "imgbot",     "allcontributors",    "mergify",  "snyk",        "pyup"};
constexpr absl::string_view kBotEndings[] = {"-bot", " bot", "_bot", "-robot", " robot", "-ci", " ci", "[bot]"};

bool IsBotName(absl::string_view name) {
  for (absl::string_view bot : kBotNames) {
    if (name == bot) return true;
  }
  for (absl::string_view ending : kBotEndings) {
    if (absl::EndsWith(name, ending)) return true;
  }
  return false;
}

// "49699333+dependabot@users.noreply.github.com" -> "dependabot@users.noreply.github.com", in lower case.
std::string Address(absl::string_view email) {
  const std::string lower = absl::AsciiStrToLower(absl::StripAsciiWhitespace(email));
  const size_t plus = lower.find('+');
  if (plus == std::string::npos || !absl::EndsWith(lower, "@users.noreply.github.com")) return lower;
  return lower.substr(plus + 1);
}

}  // namespace

bool IsBot(absl::string_view name, absl::string_view email) {
  const std::string address = Address(email);
  return absl::StrContains(address, "[bot]@") || IsBotName(absl::AsciiStrToLower(absl::StripAsciiWhitespace(name))) ||
         IsBotName(absl::string_view(address).substr(0, address.find('@')));
}

std::string AuthorHash(absl::string_view key, absl::string_view email) {
  const std::string address = Address(email);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(address.data()),
       address.size(), digest, &size);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), 16));
}

}  // namespace headway
