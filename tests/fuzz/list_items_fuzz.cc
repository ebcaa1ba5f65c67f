// The answer to a list, in pieces of any size: the same items and the same head whatever the pieces, and a list that nlohmann reads too has the items that it finds.
// The first byte of the input chooses the size of the pieces and of the largest item.
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

#include "ingester/kubernetes/list_splitter.h"
#include "tests/fuzz/promise.h"

namespace headway::kubernetes {
namespace {

using fuzz::Promise;

struct Read {
  bool is_good = true;
  std::vector<std::string> items;
  int64_t passed_over = 0;
  bool has_head = false;
  std::string head;
};

Read ReadIn(absl::string_view body, size_t piece, size_t largest) {
  ListSplitter list(largest);
  Read read;
  const auto take = [&](absl::string_view item) {
    Promise(item.size() <= largest && item.front() == '{', "an item is an object, and no larger than allowed");
    read.items.emplace_back(item);
    return absl::OkStatus();
  };
  for (size_t at = 0; at < body.size() && read.is_good; at += piece) {
    read.is_good = list.Feed(body.substr(at, piece), take).ok();
  }
  read.passed_over = list.too_large() + list.broken();
  const absl::StatusOr<ListHead> head = list.Finish();
  read.has_head = read.is_good && head.ok();
  if (read.has_head) read.head = head->kind + "\n" + head->resource_version + "\n" + head->continue_token;
  return read;
}

// Items by another reader; nothing where it does not read the text or a name comes twice.
bool ItemsByAnother(const std::string& body, std::vector<nlohmann::json>* items) {
  int names = 0;
  const auto count = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    if (depth == 1 && event == nlohmann::json::parse_event_t::key && parsed == "items") ++names;
    return true;
  };
  const nlohmann::json all = nlohmann::json::parse(body, count, /*allow_exceptions=*/false);
  if (!all.is_object() || names != 1 || !all.contains("items") || !all["items"].is_array()) return false;
  for (const nlohmann::json& item : all["items"]) {
    if (item.is_object()) items->push_back(item);
  }
  return true;
}

}  // namespace
}  // namespace headway::kubernetes

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using headway::fuzz::Promise;
  using headway::kubernetes::Read;
  if (size == 0) return 0;
  const std::string body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t largest = size_t{16} << (data[0] & 15);
  const Read whole = headway::kubernetes::ReadIn(body, body.size() + 1, largest);
  const Read pieces = headway::kubernetes::ReadIn(body, 1 + (data[0] >> 4), largest);
  Promise(whole.is_good == pieces.is_good && whole.items == pieces.items && whole.passed_over == pieces.passed_over &&
              whole.head == pieces.head,
          "pieces change nothing");
  std::vector<nlohmann::json> expected;
  // To nlohmann a zero byte ends the text, whatever follows.
  if (body.find('\0') != std::string::npos) return 0;
  if (body.find('\\') != std::string::npos || !headway::kubernetes::ItemsByAnother(body, &expected)) return 0;
  Promise(whole.is_good, "what another reads is read");
  if (whole.passed_over > 0) return 0;
  Promise(whole.items.size() == expected.size(), "there are as many items as another reads");
  for (size_t i = 0; i < expected.size(); ++i) {
    Promise(nlohmann::json::parse(whole.items[i], nullptr, false) == expected[i], "an item is what another reads");
  }
  return 0;
}
