#include "services/gateway/metadata_filter.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/gateway/name_patterns.h"

namespace headway::gateway {
namespace {

constexpr absl::string_view kNever[] = {"accept",     "connection", "cookie",     "date",       "expect",
                                        "forwarded",  "host",       "keep-alive", "origin",     "referer",
                                        "server",     "set-cookie", "te",         "trailer",    "upgrade",
                                        "user-agent", "vary",       "via",        "x-grpc-web", "transfer-encoding"};
constexpr absl::string_view kNeverBeginnings[] = {"accept-", "access-control-", "content-", "grpc-", "proxy-",
                                                  "sec-",    "x-forwarded-"};

bool IsMetadataName(absl::string_view name) {
  if (name.empty()) return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '_' || c == '.';
  });
}

bool IsPrintable(absl::string_view value) {
  return std::all_of(value.begin(), value.end(), [](unsigned char c) { return c >= 0x20 && c <= 0x7e; });
}

// Several values of one name may come in one header, separated by commas.
absl::Status AddBinary(const std::string& name, absl::string_view values, Headers* out) {
  for (const absl::string_view part : absl::StrSplit(values, ',')) {
    std::string decoded;
    if (!absl::Base64Unescape(absl::StripAsciiWhitespace(part), &decoded)) {
      return absl::InvalidArgumentError(absl::StrCat("header ", name, ": not base64"));
    }
    out->emplace_back(name, std::move(decoded));
  }
  return absl::OkStatus();
}

}  // namespace

bool MayCross(absl::string_view name) {
  if (!IsMetadataName(name)) return false;
  for (const absl::string_view never : kNever) {
    if (name == never) return false;
  }
  for (const absl::string_view never : kNeverBeginnings) {
    if (absl::StartsWith(name, never)) return false;
  }
  return true;
}

absl::StatusOr<Headers> ToMetadata(const MetadataRules& rules, const Headers& request) {
  Headers metadata;
  for (const auto& [name, value] : request) {
    if (!MatchesAnyName(rules.request, name) || !MayCross(name)) continue;
    if (absl::EndsWith(name, "-bin")) {
      if (absl::Status status = AddBinary(name, value, &metadata); !status.ok()) return status;
    } else if (IsPrintable(value)) {
      metadata.emplace_back(name, value);
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("header ", name, ": holds characters that are not printable ASCII"));
    }
  }
  return metadata;
}

void AddFromMetadata(const MetadataRules& rules, absl::string_view name, absl::string_view value, Headers* out) {
  if (!MatchesAnyName(rules.response, name) || !MayCross(name)) return;
  if (absl::EndsWith(name, "-bin")) {
    out->emplace_back(name, EncodeBinaryValue(value));
  } else if (IsPrintable(value)) {
    out->emplace_back(name, value);
  }
}

std::string EncodeBinaryValue(absl::string_view value) {
  std::string encoded = absl::Base64Escape(value);
  while (!encoded.empty() && encoded.back() == '=') encoded.pop_back();
  return encoded;
}

}  // namespace headway::gateway
