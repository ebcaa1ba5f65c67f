#include "services/cli/text_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace headway {
namespace {

constexpr size_t kGap = 3;

const char* CodeOf(Style style) {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kStrong:
      return "\033[1m";
    case Style::kFaint:
      return "\033[2m";
    case Style::kGood:
      return "\033[32m";
    case Style::kBad:
      return "\033[31m";
    case Style::kWarning:
      return "\033[33m";
  }
  return "";
}

}  // namespace

std::string Styled(absl::string_view text, Style style, bool colours) {
  if (!colours || style == Style::kPlain || text.empty()) return std::string(text);
  return absl::StrCat(CodeOf(style), text, "\033[0m");
}

size_t WidthOf(absl::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string TextTable::Render(bool colours, size_t indent) const {
  std::vector<size_t> widths;
  for (const auto& row : rows_) {
    if (row.size() < 2) continue;
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], WidthOf(row[i].text));
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line(indent, ' ');
    size_t pending = 0;  // spaces that are written only if something follows
    for (size_t i = 0; i < row.size(); ++i) {
      const Cell& cell = row[i];
      const size_t width = i < widths.size() ? std::max(widths[i], WidthOf(cell.text)) : WidthOf(cell.text);
      const size_t space = width - WidthOf(cell.text);
      if (cell.right) pending += space;
      if (!cell.text.empty()) {
        absl::StrAppend(&line, std::string(pending, ' '), Styled(cell.text, cell.style, colours));
        pending = 0;
      }
      pending += (cell.right ? 0 : space) + kGap;
    }
    if (line.size() == indent) line.clear();
    absl::StrAppend(&out, line, "\n");
  }
  return out;
}

}  // namespace headway
