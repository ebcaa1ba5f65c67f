// Commit messages hold what anybody wrote.
#include "ingester/git/commit_message.h"

#include <algorithm>

#include "tests/fuzz/promise.h"

namespace {

void CheckIds(const std::vector<std::string>& ids) {
  using headway::fuzz::Promise;
  for (const std::string& id : ids) {
    Promise(id.size() >= 7 && id.find_first_not_of("0123456789abcdef") == std::string::npos,
            "an id has 7 or more digits in lower-case hexadecimal");
    Promise(std::count(ids.begin(), ids.end(), id) == 1, "an id is named once");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using headway::fuzz::Promise;
  const absl::string_view message(reinterpret_cast<const char*>(data), size);
  const headway::MessageFacts facts = headway::ReadCommitMessage(message);
  Promise(facts.merged_number >= 0 && facts.squashed_number >= 0, "a number is not negative");
  Promise(facts.merged_number == 0 || facts.squashed_number == 0, "a commit is a merge or a squash");
  Promise(facts.revert_title || facts.reverts_numbers.empty(), "numbers are reverted by reverts only");
  for (const int64_t number : facts.reverts_numbers) Promise(number > 0, "a reverted number is from 1");
  CheckIds(facts.reverts);
  CheckIds(facts.cherry_picked_from);
  return 0;
}
