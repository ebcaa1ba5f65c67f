#include "ingester/kubernetes/list_splitter.h"

#include "absl/strings/ascii.h"
#include "ingester/kubernetes/object_meta.h"

namespace headway::kubernetes {
namespace {

constexpr size_t kMaxKeyBytes = 256;
constexpr size_t kMaxHeadBytes = 64 << 10;

absl::Status Unexpected(char c) {
  return absl::InvalidArgumentError(absl::ascii_isprint(c) ? "unexpected '" + std::string(1, c) + "' in a list"
                                                           : "an unexpected byte in a list");
}

}  // namespace

void ListSplitter::Begin(At at, size_t limit) {
  at_ = at;
  limit_ = limit;
  is_over_ = false;
  value_.clear();
  scanner_.Reset();
}

// One byte between values.
absl::Status ListSplitter::Structure(char c) {
  switch (at_) {
    case At::kStart:
      if (c != '{') return Unexpected(c);
      at_ = At::kKey;
      return absl::OkStatus();
    case At::kKey:
      if (c == ',') return absl::OkStatus();
      if (c == '}') at_ = At::kEnd;
      return c == '}' ? absl::OkStatus() : Unexpected(c);
    case At::kColon:
      if (c != ':') return Unexpected(c);
      at_ = At::kValue;
      return absl::OkStatus();
    case At::kItem:
      if (c == ']') at_ = At::kKey;
      return c == ']' || c == ',' ? absl::OkStatus() : Unexpected(c);
    default:
      return Unexpected(c);
  }
}

absl::Status ListSplitter::EndOfValue(Take take) {
  const At was = at_;
  at_ = was == At::kInKey ? At::kColon : was == At::kInItem ? At::kItem : At::kKey;
  if (was == At::kInKey) {
    key_ = is_over_ ? "" : value_;
  } else if (was == At::kInValue) {
    if (key_ == "\"kind\"" && !is_over_) kind_json_ = value_;
    if (key_ == "\"metadata\"" && !is_over_) metadata_json_ = value_;
  } else if (is_over_) {
    ++too_large_;
  } else if (value_.empty() || value_[0] != '{') {
    ++broken_;
  } else {
    return take(value_);
  }
  return absl::OkStatus();
}

// Goes on by a byte, or to the end of a value or of the piece.
absl::Status ListSplitter::Advance(absl::string_view* piece, Take take) {
  const bool is_inside = at_ == At::kInKey || at_ == At::kInValue || at_ == At::kInItem;
  if (!is_inside) {
    const char c = piece->front();
    if (absl::ascii_isspace(c)) {
      piece->remove_prefix(1);
      return absl::OkStatus();
    }
    const bool begins_value = c != ',' && c != ']' && c != '}' && c != ':';
    if (at_ == At::kKey && c == '"') {
      Begin(At::kInKey, kMaxKeyBytes);
    } else if (at_ == At::kValue && key_ == "\"items\"" && c == '[') {
      at_ = At::kItem;
      piece->remove_prefix(1);
      return absl::OkStatus();
    } else if (at_ == At::kValue && begins_value) {
      Begin(At::kInValue, key_ == "\"kind\"" || key_ == "\"metadata\"" ? kMaxHeadBytes : 0);
    } else if (at_ == At::kItem && begins_value) {
      Begin(At::kInItem, max_item_bytes_);
    } else {
      piece->remove_prefix(1);
      return Structure(c);
    }
  }
  const size_t taken = scanner_.Scan(*piece);
  if (!is_over_ && value_.size() + taken > limit_) {
    is_over_ = true;
    value_.clear();
    value_.shrink_to_fit();
  }
  if (!is_over_) value_.append(piece->data(), taken);
  piece->remove_prefix(taken);
  return scanner_.is_whole() ? EndOfValue(take) : absl::OkStatus();
}

absl::Status ListSplitter::Feed(absl::string_view piece, Take take) {
  while (!piece.empty()) {
    if (absl::Status status = Advance(&piece, take); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<ListHead> ListSplitter::Finish() const {
  if (at_ != At::kEnd) return absl::InvalidArgumentError("a list ended too early");
  return DecodeListHead(kind_json_, metadata_json_);
}

}  // namespace headway::kubernetes
