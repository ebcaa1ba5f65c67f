// A table for terminals: columns as wide as they need to be, colours only where they are wanted.
#ifndef HEADWAY_SERVICES_CLI_TEXT_TABLE_H_
#define HEADWAY_SERVICES_CLI_TEXT_TABLE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace headway {

enum class Style { kPlain, kStrong, kFaint, kGood, kBad, kWarning };

// The text with the terminal's codes for the style around it; as it is without colours.
std::string Styled(absl::string_view text, Style style, bool colours);

// Columns that the text takes, for UTF-8 without wide or combining characters.
size_t WidthOf(absl::string_view text);

class TextTable {
 public:
  struct Cell {
    std::string text;
    Style style = Style::kPlain;
    bool right = false;  // flush right
  };

  // Missing cells are empty. A row of one cell may be longer than its column: it does not widen it.
  void Add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }

  // Every line ends with a line feed, none with a space. `indent` spaces before each.
  std::string Render(bool colours, size_t indent = 2) const;

 private:
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_TEXT_TABLE_H_
