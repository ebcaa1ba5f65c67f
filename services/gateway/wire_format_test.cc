#include "services/gateway/wire_format.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

namespace headway::gateway {
namespace {

using ::testing::HasSubstr;
using Code = absl::StatusCode;

constexpr size_t kLimit = 1000;

std::string Frame(char flag, const std::string& message) {
  std::string frame(1, flag);
  for (int shift = 24; shift >= 0; shift -= 8) frame.push_back(static_cast<char>(message.size() >> shift));
  return frame + message;
}

absl::StatusOr<std::string> Decode(const WireFormat* format, std::initializer_list<absl::string_view> pieces) {
  const auto decoder = format->NewDecoder(kLimit);
  for (const absl::string_view piece : pieces) {
    if (absl::Status status = decoder->Add(piece); !status.ok()) return status;
  }
  return decoder->Finish();
}

const WireFormat* Binary() { return FindWireFormat("application/grpc-web+proto"); }
const WireFormat* Text() { return FindWireFormat("application/grpc-web-text"); }

TEST(FindWireFormat, KnowsBinaryAndTextAndNothingElse) {
  EXPECT_EQ(FindWireFormat("application/grpc-web"), Binary());
  EXPECT_EQ(FindWireFormat("Application/gRPC-Web ; charset=utf-8"), Binary());
  EXPECT_EQ(FindWireFormat("application/grpc-web-text+proto"), Text());
  EXPECT_NE(Binary(), Text());
  for (const char* type :
       {"", "application/grpc", "application/grpc+proto", "application/grpc-web+json", "application/json",
        "application/grpc-web-text+thrift", "text/plain", "application/grpc-webby"}) {
    EXPECT_EQ(FindWireFormat(type), nullptr) << type;
  }
}

TEST(RequestDecoder, ReadsAMessageHoweverItsFrameIsCut) {
  const std::string message("any\0bytes\xff", 10);
  const std::string frame = Frame(0, message);
  const std::string text = absl::Base64Escape(frame);
  const std::string apart = absl::StrCat(absl::Base64Escape(frame.substr(0, 5)), absl::Base64Escape(frame.substr(5)));
  for (size_t at = 0; at <= apart.size(); ++at) {
    if (at <= frame.size()) {
      ASSERT_EQ(*Decode(Binary(), {frame.substr(0, at), frame.substr(at)}), message) << at;
    }
    if (at <= text.size()) {
      ASSERT_EQ(*Decode(Text(), {text.substr(0, at), text.substr(at)}), message) << at;
    }
    ASSERT_EQ(*Decode(Text(), {apart.substr(0, at), apart.substr(at)}), message) << at;
  }
}

TEST(RequestDecoder, TakesAnEmptyMessageAndTheLargest) {
  EXPECT_EQ(*Decode(Binary(), {Frame(0, "")}), "");
  EXPECT_EQ(Decode(Binary(), {Frame(0, std::string(kLimit, 'x'))})->size(), kLimit);
  EXPECT_EQ(Decode(Text(), {absl::Base64Escape(Frame(0, std::string(kLimit, 'x')))})->size(), kLimit);
}

TEST(RequestDecoder, RefusesAMessageThatIsTooLargeBeforeItComes) {
  const absl::Status status = Decode(Binary(), {Frame(0, std::string(kLimit + 1, 'x')).substr(0, 5)}).status();
  EXPECT_EQ(status.code(), Code::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("1001 bytes"));
}

TEST(RequestDecoder, RefusesWhatIsNotExactlyOneMessage) {
  EXPECT_EQ(Decode(Binary(), {""}).status().code(), Code::kUnimplemented);
  EXPECT_EQ(Decode(Binary(), {Frame(0, "a") + Frame(0, "b")}).status().code(), Code::kUnimplemented);
  EXPECT_EQ(Decode(Binary(), {Frame(0, "a"), "b"}).status().code(), Code::kUnimplemented);
  EXPECT_EQ(Decode(Binary(), {Frame(0, "message").substr(0, 9)}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(Decode(Binary(), {std::string("\0\0\0", 3)}).status().code(), Code::kInvalidArgument);
}

TEST(RequestDecoder, RefusesCompressionTrailersAndUnknownFlags) {
  EXPECT_EQ(Decode(Binary(), {Frame(1, "zipped")}).status().code(), Code::kUnimplemented);
  EXPECT_EQ(Decode(Binary(), {Frame('\x80', "a:b\r\n")}).status().code(), Code::kUnimplemented);
  EXPECT_EQ(Decode(Binary(), {Frame(2, "a")}).status().code(), Code::kInvalidArgument);
}

TEST(RequestDecoder, RefusesTextThatIsNoBase64) {
  EXPECT_EQ(Decode(Text(), {"****"}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(Decode(Text(), {absl::Base64Escape(Frame(0, "a")).substr(0, 7)}).status().code(), Code::kInvalidArgument);
}

TEST(WireFormat, WritesFramesAndTrailers) {
  std::string binary, text;
  Binary()->AppendMessage({"ab", "", "c"}, &binary);
  Binary()->AppendTrailers({{"grpc-status", "0"}}, &binary);
  EXPECT_EQ(binary, Frame(0, "abc") + Frame('\x80', "grpc-status:0\r\n"));
  Text()->AppendMessage({"ab", "c"}, &text);
  Text()->AppendTrailers({{"grpc-status", "5"}, {"grpc-message", "no"}}, &text);
  EXPECT_EQ(text, absl::Base64Escape(Frame(0, "abc")) +
                      absl::Base64Escape(Frame('\x80', "grpc-status:5\r\ngrpc-message:no\r\n")));
}

TEST(LongestBody, HoldsTheLargestMessageInText) {
  for (size_t size = 0; size < 10; ++size) {
    EXPECT_GE(LongestBody(size), absl::Base64Escape(Frame(0, std::string(size, 'x'))).size());
  }
}

}  // namespace
}  // namespace headway::gateway
