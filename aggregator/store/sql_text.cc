#include "aggregator/store/sql_text.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"

namespace headway {
namespace {

int Digits(absl::string_view text, size_t at, size_t count) {
  int value = 0;
  for (size_t i = at; i < at + count && i < text.size(); ++i) value = value * 10 + (text[i] - '0');
  return value;
}

char HexDigit(int value) { return "0123456789abcdef"[value]; }

int HexValue(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

}  // namespace

std::string TimeText(absl::Time time) {
  if (time == absl::InfiniteFuture()) return "infinity";
  if (time == absl::InfinitePast()) return "-infinity";
  const int64_t micros = absl::ToUnixMicros(time);
  const int64_t fraction = ((micros % 1000000) + 1000000) % 1000000;
  const absl::CivilSecond civil = absl::ToCivilSecond(absl::FromUnixMicros(micros - fraction), absl::UTCTimeZone());
  const int64_t year = civil.year();
  char text[64];
  const int size =
      std::snprintf(text, sizeof(text), "%04lld-%02d-%02d %02d:%02d:%02d.%06lld+00%s",
                    static_cast<long long>(year > 0 ? year : 1 - year), civil.month(), civil.day(), civil.hour(),
                    civil.minute(), civil.second(), static_cast<long long>(fraction), year > 0 ? "" : " BC");
  return std::string(text, size);
}

absl::Time ParseTimeText(absl::string_view text) {
  if (text == "infinity") return absl::InfiniteFuture();
  const size_t dash = text.find('-', 1);
  if (dash == absl::string_view::npos || text[0] == '-') return absl::InfinitePast();
  int64_t year = Digits(text, 0, dash);
  if (absl::EndsWith(text, "BC")) year = 1 - year;
  // yyyy-mm-dd hh:mm:ss[.ffffff]+00
  const absl::CivilSecond civil(year, Digits(text, dash + 1, 2), Digits(text, dash + 4, 2), Digits(text, dash + 7, 2),
                                Digits(text, dash + 10, 2), Digits(text, dash + 13, 2));
  int64_t micros = 0;
  if (dash + 15 < text.size() && text[dash + 15] == '.') {
    int64_t scale = 100000;
    for (size_t i = dash + 16; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i, scale /= 10) {
      micros += (text[i] - '0') * scale;
    }
  }
  return absl::FromCivil(civil, absl::UTCTimeZone()) + absl::Microseconds(micros);
}

std::string BytesText(absl::string_view bytes) {
  std::string text = "\\x";
  text.reserve(2 + bytes.size() * 2);
  for (const char c : bytes) {
    text += HexDigit(static_cast<uint8_t>(c) >> 4);
    text += HexDigit(static_cast<uint8_t>(c) & 15);
  }
  return text;
}

std::string KeyText(const ObjectKey& key) {
  return BytesText(absl::string_view(reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size()));
}

std::string ParseBytesText(absl::string_view text) {
  if (!absl::StartsWith(text, "\\x")) return "";
  std::string bytes((text.size() - 2) / 2, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(HexValue(text[2 + 2 * i]) << 4 | HexValue(text[3 + 2 * i]));
  }
  return bytes;
}

ObjectKey ParseKeyText(absl::string_view text) {
  const std::string bytes = ParseBytesText(text);
  ObjectKey key;
  std::copy_n(bytes.begin(), std::min(bytes.size(), key.bytes.size()), key.bytes.begin());
  return key;
}

void ArrayText::Add(absl::string_view element) {
  Separate();
  text_ += '"';
  for (const char c : element) {
    if (c == '"' || c == '\\') text_ += '\\';
    text_ += c;
  }
  text_ += '"';
}

void ArrayText::AddPlain(absl::string_view element) {
  Separate();
  absl::StrAppend(&text_, element);
}

void ArrayText::AddNull() {
  Separate();
  text_ += "NULL";
}

std::string KeyArray(absl::Span<const ObjectKey> keys) {
  ArrayText text;
  for (const ObjectKey& key : keys) text.Add(KeyText(key));
  return text.Finish();
}

std::string TextArray(const std::vector<std::string>& elements) {
  ArrayText text;
  for (const std::string& element : elements) text.Add(element);
  return text.Finish();
}

std::vector<std::string> ParseTextArray(absl::string_view text) {
  std::vector<std::string> elements;
  if (text.size() <= 2) return elements;
  for (size_t i = 1; i < text.size() - 1; ++i) {
    std::string element;
    if (text[i] == '"') {
      for (++i; text[i] != '"'; ++i) {
        if (text[i] == '\\') ++i;
        element += text[i];
      }
      ++i;
    } else {
      const size_t end = std::min(text.find(',', i), text.size() - 1);
      element = std::string(text.substr(i, end - i));
      if (element == "NULL") element.clear();
      i = end;
    }
    elements.push_back(std::move(element));
  }
  return elements;
}

}  // namespace headway
