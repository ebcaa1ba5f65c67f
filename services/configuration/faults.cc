#include "services/configuration/faults.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace headway {
namespace {

constexpr size_t kSaid = 20;

}  // namespace

void Faults::Add(int line, absl::string_view path, absl::string_view reason) {
  found_.emplace_back(line, absl::StrCat(file_, ":", line, ": ", path, path.empty() ? "" : ": ", reason));
}

absl::Status Faults::ToStatus() const {
  std::vector<std::pair<int, std::string>> sorted = found_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string text;
  for (size_t i = 0; i < sorted.size() && i < kSaid; ++i)
    absl::StrAppend(&text, text.empty() ? "" : "\n", sorted[i].second);
  if (sorted.size() > kSaid) absl::StrAppend(&text, "\n", file_, ": and ", sorted.size() - kSaid, " more");
  return absl::InvalidArgumentError(text);
}

}  // namespace headway
