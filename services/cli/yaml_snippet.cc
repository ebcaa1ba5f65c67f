#include "services/cli/yaml_snippet.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace headway {
namespace {

constexpr size_t kMaxId = 60;

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// YAML reads these as something else than text.
bool IsWord(absl::string_view value) {
  const std::string lower = absl::AsciiStrToLower(value);
  for (const char* word : {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}) {
    if (lower == word) return true;
  }
  return false;
}

bool IsPlain(absl::string_view value) {
  if (value.empty() || !absl::ascii_isalpha(static_cast<unsigned char>(value[0])) || IsWord(value)) return false;
  return std::all_of(value.begin(), value.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.' || c == '/';
  });
}

std::string SingleQuoted(absl::string_view value) {
  return absl::StrCat("'", absl::StrReplaceAll(value, {{"'", "''"}}), "'");
}

}  // namespace

std::string YamlText(absl::string_view value) {
  if (IsPlain(value)) return std::string(value);
  if (std::none_of(value.begin(), value.end(), IsControl)) return SingleQuoted(value);
  return JsonText(value);  // whose strings are YAML's double-quoted ones
}

std::string YamlExpression(absl::string_view text) {
  std::string expression;
  for (const char c : text) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (IsControl(c)) {
      absl::StrAppendFormat(&expression, "\\x%02x", byte);
      continue;
    }
    if (byte < 0x80 && !absl::ascii_isalnum(byte) && c != '_' && c != '-' && c != '/' && c != ':' && c != ' ')
      expression += '\\';
    expression += c;
  }
  return SingleQuoted(expression);
}

std::string RuleId(absl::string_view name) {
  std::string id;
  for (const unsigned char c : name) {
    if (absl::ascii_isalnum(c)) {
      id += static_cast<char>(absl::ascii_tolower(c));
    } else if (!id.empty() && id.back() != '-') {
      id += '-';
    }
  }
  id.resize(std::min(id.size(), kMaxId));
  while (!id.empty() && id.back() == '-') id.pop_back();
  return id.empty() ? "rule" : id;
}

std::string JsonText(absl::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      absl::StrAppend(&text, "\\", std::string(1, c));
    } else if (IsControl(c) || c == '\'') {
      absl::StrAppendFormat(&text, "\\u%04x", static_cast<unsigned char>(c));
    } else {
      text += c;
    }
  }
  return text + "\"";
}

std::string ShellText(absl::string_view value) {
  const bool plain = !value.empty() && value[0] != '-' && std::all_of(value.begin(), value.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || absl::StrContains("-_./:@", static_cast<char>(c));
  });
  if (plain) return std::string(value);
  std::string quoted = Printable(value);
  return absl::StrCat("'", absl::StrReplaceAll(quoted, {{"'", "'\\''"}}), "'");
}

std::string Printable(absl::string_view text) {
  std::string printable(text);
  // The second byte of what some terminals take for an escape sequence of one byte (U+0080 to U+009F) as well.
  for (size_t i = 0; i < printable.size(); ++i) {
    const bool c1 = i > 0 && static_cast<unsigned char>(printable[i - 1]) == 0xc2 &&
                    static_cast<unsigned char>(printable[i]) < 0xa0;
    if (c1) printable[i - 1] = '?';
    if (IsControl(printable[i]) || c1) printable[i] = '?';
  }
  return printable;
}

}  // namespace headway
