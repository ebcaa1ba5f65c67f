#include "services/gateway/base64_decoder.h"

#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace headway::gateway {
namespace {

// All at once, or nothing where it is no base64, or cut off.
std::optional<std::string> Decode(absl::string_view text) {
  Base64Decoder decoder;
  std::string out;
  if (!decoder.Add(text, &out) || !decoder.IsWhole()) return std::nullopt;
  return out;
}

TEST(Base64Decoder, DecodesWhatTheStandardEncodes) {
  EXPECT_EQ(Decode(""), "");
  EXPECT_EQ(Decode("Zg=="), "f");
  EXPECT_EQ(Decode("Zm8="), "fo");
  EXPECT_EQ(Decode("Zm9v"), "foo");
  EXPECT_EQ(Decode("+/+/"), "\xfb\xff\xbf");
}

TEST(Base64Decoder, TakesPaddingWhereOneFrameEndsAndTheNextBegins) { EXPECT_EQ(Decode("Zg==Zm8=Zm9vZg=="), "ffofoof"); }

TEST(Base64Decoder, DecodesTheSameHoweverItIsCut) {
  const std::string text = absl::StrCat(absl::Base64Escape("one frame"), absl::Base64Escape(std::string(7, '\0')));
  const std::optional<std::string> whole = Decode(text);
  ASSERT_TRUE(whole);
  for (size_t first = 0; first <= text.size(); ++first) {
    for (size_t second = first; second <= text.size(); ++second) {
      Base64Decoder decoder;
      std::string out;
      ASSERT_TRUE(decoder.Add(text.substr(0, first), &out) && decoder.Add(text.substr(first, second - first), &out) &&
                  decoder.Add(text.substr(second), &out));
      ASSERT_TRUE(decoder.IsWhole());
      ASSERT_EQ(out, *whole);
    }
  }
}

TEST(Base64Decoder, RefusesWhatIsNoBase64) {
  for (const char* text :
       {"Zg=", "Z", "Z===", "====", "=", "Zg=v", "Zg== ", "Zm9\n", "Zm9-", "Zm9_", "Zh==", "Zm9=", "Z*9v"}) {
    EXPECT_FALSE(Decode(text)) << text;
  }
}

}  // namespace
}  // namespace headway::gateway
