#include "aggregator/store/array_literal.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace headway {
namespace {

void AppendElement(absl::string_view value, std::string& out) {
  out += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

}  // namespace

std::string IntegerArrayLiteral(const std::vector<int64_t>& values) {
  return absl::StrCat("{", absl::StrJoin(values, ","), "}");
}

std::string TextArrayLiteral(const std::vector<std::string>& values) {
  std::string out = "{";
  for (const std::string& value : values) {
    if (out.size() > 1) out += ',';
    AppendElement(value, out);
  }
  return out += '}';
}

std::string OptionalTextArrayLiteral(const std::vector<std::optional<std::string>>& values) {
  std::string out = "{";
  for (const std::optional<std::string>& value : values) {
    if (out.size() > 1) out += ',';
    if (value.has_value()) {
      AppendElement(*value, out);
    } else {
      out += "NULL";
    }
  }
  return out += '}';
}

std::string HexBytea(absl::string_view digits) { return absl::StrCat("\\x", digits); }

std::string BytesBytea(absl::string_view bytes) { return HexBytea(absl::BytesToHexString(bytes)); }

std::string HexByteaArrayLiteral(const std::vector<std::string>& digits) {
  std::vector<std::string> values;
  for (const std::string& one : digits) values.push_back(HexBytea(one));
  return TextArrayLiteral(values);
}

}  // namespace headway
