#include "services/gateway/wire_format.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/gateway/base64_decoder.h"

namespace headway::gateway {
namespace {

constexpr size_t kPrefixBytes = 5;
constexpr uint8_t kCompressed = 0x01;
constexpr uint8_t kTrailers = 0x80;

class BinaryDecoder : public RequestDecoder {
 public:
  explicit BinaryDecoder(size_t max_message_bytes) : max_message_bytes_(max_message_bytes) {}

  absl::Status Add(absl::string_view piece) override {
    while (prefix_.size() < kPrefixBytes && !piece.empty()) {
      prefix_.push_back(piece.front());
      piece.remove_prefix(1);
      if (prefix_.size() < kPrefixBytes) continue;
      if (absl::Status status = ReadPrefix(); !status.ok()) return status;
    }
    if (piece.size() > length_ - message_.size())
      return absl::UnimplementedError("the body: a call takes exactly one message");
    absl::StrAppend(&message_, piece);
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Finish() override {
    if (prefix_.empty())
      return absl::UnimplementedError("the body: a call takes exactly one message, and there is none");
    if (prefix_.size() < kPrefixBytes || message_.size() < length_)
      return absl::InvalidArgumentError("the body: its frame is cut off");
    return std::move(message_);
  }

  size_t held_bytes() const override { return message_.size(); }

 private:
  absl::Status ReadPrefix() {
    const auto flag = static_cast<uint8_t>(prefix_[0]);
    if (flag == kCompressed) return absl::UnimplementedError("the body: compressed messages are not supported");
    if (flag == kTrailers) return absl::UnimplementedError("the body: trailers in a request are not supported");
    if (flag != 0) return absl::InvalidArgumentError("the body: the first byte of its frame is no known flag");
    for (size_t i = 1; i < kPrefixBytes; ++i) length_ = length_ << 8 | static_cast<uint8_t>(prefix_[i]);
    if (length_ > max_message_bytes_) {
      return absl::ResourceExhaustedError(
          absl::StrCat("the body: a message of ", length_, " bytes, at most ", max_message_bytes_, " are allowed"));
    }
    return absl::OkStatus();
  }

  const size_t max_message_bytes_;
  std::string prefix_;
  size_t length_ = 0;  // of the message; known once the prefix is whole
  std::string message_;
};

class TextDecoder : public RequestDecoder {
 public:
  explicit TextDecoder(size_t max_message_bytes) : binary_(max_message_bytes) {}

  absl::Status Add(absl::string_view piece) override {
    bytes_.clear();
    // What comes first is refused first, however the body is cut.
    const bool is_base64 = base64_.Add(piece, &bytes_);
    if (absl::Status status = binary_.Add(bytes_); !status.ok()) return status;
    return is_base64 ? absl::OkStatus() : absl::InvalidArgumentError("the body: not base64");
  }

  absl::StatusOr<std::string> Finish() override {
    if (!base64_.IsWhole()) return absl::InvalidArgumentError("the body: its base64 is cut off");
    return binary_.Finish();
  }

  size_t held_bytes() const override { return binary_.held_bytes() + bytes_.capacity(); }

 private:
  Base64Decoder base64_;
  std::string bytes_;
  BinaryDecoder binary_;
};

void AppendPrefix(uint8_t flag, size_t length, std::string* out) {
  out->push_back(static_cast<char>(flag));
  for (int shift = 24; shift >= 0; shift -= 8) out->push_back(static_cast<char>(length >> shift));
}

void AppendFrame(uint8_t flag, absl::Span<const absl::string_view> pieces, std::string* out) {
  size_t length = 0;
  for (const absl::string_view piece : pieces) length += piece.size();
  // Grows by more than one frame where there are many, so that each byte is not moved again and again.
  if (out->capacity() < out->size() + kPrefixBytes + length)
    out->reserve(std::max(out->size() + kPrefixBytes + length, 2 * out->capacity()));
  AppendPrefix(flag, length, out);
  for (const absl::string_view piece : pieces) out->append(piece.data(), piece.size());
}

std::string Lines(const Headers& trailers) {
  std::string lines;
  for (const auto& [name, value] : trailers) absl::StrAppend(&lines, name, ":", value, "\r\n");
  return lines;
}

class Binary : public WireFormat {
 public:
  absl::string_view content_type() const override { return "application/grpc-web+proto"; }
  std::unique_ptr<RequestDecoder> NewDecoder(size_t max_message_bytes) const override {
    return std::make_unique<BinaryDecoder>(max_message_bytes);
  }
  void AppendMessage(absl::Span<const absl::string_view> pieces, std::string* out) const override {
    AppendFrame(0, pieces, out);
  }
  void AppendTrailers(const Headers& trailers, std::string* out) const override {
    AppendFrame(kTrailers, {Lines(trailers)}, out);
  }
};

class Text : public WireFormat {
 public:
  absl::string_view content_type() const override { return "application/grpc-web-text+proto"; }
  std::unique_ptr<RequestDecoder> NewDecoder(size_t max_message_bytes) const override {
    return std::make_unique<TextDecoder>(max_message_bytes);
  }
  void AppendMessage(absl::Span<const absl::string_view> pieces, std::string* out) const override {
    std::string frame;
    AppendFrame(0, pieces, &frame);
    absl::StrAppend(out, absl::Base64Escape(frame));
  }
  void AppendTrailers(const Headers& trailers, std::string* out) const override {
    std::string frame;
    AppendFrame(kTrailers, {Lines(trailers)}, &frame);
    absl::StrAppend(out, absl::Base64Escape(frame));
  }
};

}  // namespace

const WireFormat* FindWireFormat(absl::string_view content_type) {
  static const auto& binary = *new Binary;
  static const auto& text = *new Text;
  const std::string type =
      absl::AsciiStrToLower(absl::StripAsciiWhitespace(content_type.substr(0, content_type.find(';'))));
  if (type == "application/grpc-web" || type == "application/grpc-web+proto") return &binary;
  if (type == "application/grpc-web-text" || type == "application/grpc-web-text+proto") return &text;
  return nullptr;
}

size_t LongestBody(size_t message_bytes) { return (message_bytes + kPrefixBytes + 2) / 3 * 4 + 4; }

}  // namespace headway::gateway
