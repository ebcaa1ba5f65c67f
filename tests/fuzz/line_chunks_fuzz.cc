// Files of lines: plain, compressed, and compressed badly. What is read are the lines of the file, each once, with its number.
// The first byte of the input chooses: bit 0: compress the rest; bit 1: cut the end off; bits 4 to 7: how small the limits are.
#include "ingester/ndjson/line_chunks.h"

#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/fuzz/promise.h"

namespace headway {
namespace {

using fuzz::Promise;

std::string Gzip(const std::string& text) {
  z_stream stream = {};
  Promise(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib starts");
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

struct Read {
  absl::Status status;
  std::vector<std::string> lines;
};

Read ReadAll(const std::string& content, LineChunkReader::Limits limits) {
  static const int fd = memfd_create("lines", 0);
  Promise(
      ftruncate(fd, 0) == 0 && pwrite(fd, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size()),
      "memory is a file");
  auto reader = LineChunkReader::Open(absl::StrCat("/proc/self/fd/", fd), limits);
  Promise(reader.ok(), "the file opens");
  Read read;
  LineChunk chunk;
  while (true) {
    const absl::StatusOr<bool> more = (*reader)->Next(&chunk);
    if (!more.ok()) read.status = more.status();
    if (!more.ok() || !*more) return read;
    Promise(chunk.first_line == static_cast<int64_t>(read.lines.size()) + 1, "lines are numbered one by one");
    Promise(!chunk.text.empty() || chunk.cut, "a chunk holds something");
    absl::string_view text = chunk.text;
    if (chunk.cut) {
      read.lines.push_back("cut");
      continue;
    }
    absl::ConsumeSuffix(&text, "\n");
    for (absl::string_view line : absl::StrSplit(text, '\n')) read.lines.emplace_back(line);
  }
}

// The lines of a plain text, those too long as "cut".
std::vector<std::string> LinesOf(absl::string_view text, size_t line_bytes) {
  std::vector<std::string> lines;
  if (text.empty()) return lines;
  absl::ConsumeSuffix(&text, "\n");
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    lines.emplace_back(line.size() > line_bytes ? "cut" : line);
  }
  return lines;
}

}  // namespace
}  // namespace headway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using headway::fuzz::Promise;
  if (size == 0) return 0;
  const uint8_t choice = data[0];
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  headway::LineChunkReader::Limits limits;
  limits.chunk_bytes = size_t{16} << (choice >> 4);
  limits.chunk_lines = 1 + (choice >> 4);
  limits.line_bytes = limits.chunk_bytes * 2;
  const bool is_gzip = text.size() >= 2 && text[0] == '\x1f' && text[1] == '\x8b';
  if ((choice & 1) != 0) {
    const std::string packed = headway::Gzip(text);
    const bool cut = (choice & 2) != 0;
    const headway::Read read = headway::ReadAll(cut ? packed.substr(0, packed.size() / 2) : packed, limits);
    const std::vector<std::string> lines = headway::LinesOf(text, limits.line_bytes);
    if (cut) {
      Promise(read.lines.size() <= lines.size(), "a file that ends too early gives no line that is not in it");
      return 0;
    }
    Promise(read.status.ok(), "what gzip packed is unpacked");
    Promise(read.lines == lines, "compression changes no line");
  } else if (!is_gzip) {
    const headway::Read read = headway::ReadAll(text, limits);
    Promise(read.status.ok(), "a plain file is read");
    Promise(read.lines == headway::LinesOf(text, limits.line_bytes), "every line is read once");
  } else {
    headway::ReadAll(text, limits);
  }
  return 0;
}
