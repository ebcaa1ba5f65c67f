#include "ingester/ndjson/line_chunks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace headway {
namespace {

using ::testing::HasSubstr;

class LineChunkReaderTest : public ::testing::Test {
 protected:
  ~LineChunkReaderTest() override { unlink(path_.c_str()); }

  void Write(const std::string& content) { std::ofstream(path_, std::ios::binary) << content; }
  void WriteGzip(const std::string& content) {
    gzFile file = gzopen(path_.c_str(), "wb");
    gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
    gzclose(file);
  }
  std::string Content() {
    std::ifstream in(path_, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }

  // All lines as "number text", and the number of chunks.
  absl::Status ReadAll(LineChunkReader::Limits limits) {
    auto reader = LineChunkReader::Open(path_, limits);
    if (!reader.ok()) return reader.status();
    LineChunk chunk;
    while (true) {
      absl::StatusOr<bool> more = (*reader)->Next(&chunk);
      if (!more.ok()) return more.status();
      if (!*more) break;
      ++chunks_;
      int64_t number = chunk.first_line;
      if (chunk.cut) {
        lines_.push_back(absl::StrCat(number, " cut"));
        continue;
      }
      std::vector<std::string> lines = absl::StrSplit(chunk.text, '\n');
      if (lines.back().empty()) lines.pop_back();
      for (const std::string& line : lines) lines_.push_back(absl::StrCat(number++, " ", line));
    }
    read_ = (*reader)->bytes_read();
    total_ = (*reader)->bytes_total();
    return absl::OkStatus();
  }

  const std::string path_ = absl::StrCat(::testing::TempDir(), "/lines_", getpid());
  std::vector<std::string> lines_;
  int chunks_ = 0;
  int64_t read_ = 0;
  int64_t total_ = 0;
};

TEST_F(LineChunkReaderTest, NumbersLinesThroughChunksOfTheGivenSize) {
  Write("a\nbb\n\nccc\nlast");
  ASSERT_TRUE(ReadAll({.chunk_bytes = 4, .chunk_lines = 2}).ok());
  EXPECT_THAT(lines_, ::testing::ElementsAre("1 a", "2 bb", "3 ", "4 ccc", "5 last"));
  EXPECT_THAT(chunks_, ::testing::Ge(3));
  EXPECT_EQ(total_, 15 - 1);
  EXPECT_EQ(read_, total_);
}

TEST_F(LineChunkReaderTest, ReadsCompressedFilesTheSameWay) {
  std::string content;
  for (int i = 1; i <= 200'000; ++i) absl::StrAppend(&content, "line ", i, "\n");
  WriteGzip(content);
  ASSERT_TRUE(ReadAll({}).ok());
  ASSERT_EQ(lines_.size(), 200'000u);
  EXPECT_EQ(lines_.back(), "200000 line 200000");
  EXPECT_EQ(read_, total_);
  EXPECT_LT(total_, 1'000'000);
}

TEST_F(LineChunkReaderTest, CutsALineThatIsTooLongAndGoesOnAfterIt) {
  Write(absl::StrCat("a\n", std::string(3'000'000, 'x'), "\nb\n"));
  ASSERT_TRUE(ReadAll({.chunk_bytes = 1000, .line_bytes = 100'000}).ok());
  EXPECT_THAT(lines_, ::testing::ElementsAre("1 a", "2 cut", "3 b"));
}

TEST_F(LineChunkReaderTest, TakesALineLongerThanAChunk) {
  const std::string line(50'000, 'x');
  Write(absl::StrCat("a\n", line, "\nb\n"));
  ASSERT_TRUE(ReadAll({.chunk_bytes = 1000, .line_bytes = 100'000}).ok());
  EXPECT_THAT(lines_, ::testing::ElementsAre("1 a", absl::StrCat("2 ", line), "3 b"));
}

TEST_F(LineChunkReaderTest, AnEmptyFileHasNoLines) {
  Write("");
  ASSERT_TRUE(ReadAll({}).ok());
  EXPECT_TRUE(lines_.empty());
}

TEST_F(LineChunkReaderTest, SaysWhenCompressedDataEndTooEarly) {
  std::string content;
  for (int i = 1; i <= 200'000; ++i) absl::StrAppend(&content, "line ", i * 7919, "\n");
  WriteGzip(content);
  const std::string whole = Content();
  Write(whole.substr(0, whole.size() / 2));
  const absl::Status status = ReadAll({});
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
  EXPECT_FALSE(lines_.empty());
}

TEST_F(LineChunkReaderTest, SaysWhatCannotBeRead) {
  EXPECT_TRUE(absl::IsNotFound(ReadAll({})));
  auto folder = LineChunkReader::Open(::testing::TempDir(), {});
  EXPECT_THAT(std::string(folder.status().message()), HasSubstr("Is a directory"));
}

}  // namespace
}  // namespace headway
