#include "ingester/ndjson/line_chunks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace headway {
namespace {

constexpr unsigned kReadBytes = 256 << 10;

absl::Status OpenError(const std::string& path, int error) {
  const std::string message = absl::StrCat("cannot read ", path, ": ", strerror(error));
  if (error == ENOENT) return absl::NotFoundError(message);
  if (error == EACCES) return absl::PermissionDeniedError(message);
  return absl::FailedPreconditionError(message);
}

}  // namespace

void LineChunkReader::Close::operator()(gzFile_s* file) const { gzclose(file); }

LineChunkReader::LineChunkReader(std::string path, gzFile_s* file, int64_t total, Limits limits)
    : path_(std::move(path)), file_(file), bytes_total_(total), limits_(limits) {}

LineChunkReader::~LineChunkReader() = default;

absl::StatusOr<std::unique_ptr<LineChunkReader>> LineChunkReader::Open(const std::string& path, Limits limits) {
  // The standard input is duplicated, because closing the reader closes its file.
  const int fd = path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return OpenError(path, errno);
  struct stat about = {};
  if (fstat(fd, &about) != 0 || S_ISDIR(about.st_mode)) {
    const int error = S_ISDIR(about.st_mode) ? EISDIR : errno;
    close(fd);
    return OpenError(path, error);
  }
  gzFile file = gzdopen(fd, "rb");
  if (file == nullptr) {
    close(fd);
    return absl::ResourceExhaustedError(absl::StrCat("no memory to read ", path));
  }
  gzbuffer(file, kReadBytes);
  const int64_t total = S_ISREG(about.st_mode) ? about.st_size : 0;
  const std::string name = path == "-" ? "standard input" : path;
  return std::unique_ptr<LineChunkReader>(new LineChunkReader(name, file, total, limits));
}

absl::Status LineChunkReader::Fill() {
  const size_t before = pending_.size();
  pending_.resize(before + kReadBytes);
  const int got = gzread(file_.get(), pending_.data() + before, kReadBytes);
  pending_.resize(before + (got > 0 ? static_cast<size_t>(got) : 0));
  bytes_read_.store(gzoffset(file_.get()), std::memory_order_relaxed);
  int error = Z_OK;
  const char* message = gzerror(file_.get(), &error);
  // zlib reports data that end too early beside the last bytes that it could read.
  if (got < 0 || error == Z_BUF_ERROR) {
    at_end_ = true;
    return absl::DataLossError(
        absl::StrCat("while reading ", path_, ": ", error == Z_ERRNO ? strerror(errno) : message));
  }
  if (got == 0) at_end_ = true;
  return absl::OkStatus();
}

size_t LineChunkReader::WholeLines(int64_t* count) const {
  size_t end = 0;
  *count = 0;
  while (*count < limits_.chunk_lines) {
    const size_t newline = pending_.find('\n', end);
    // The first line is taken whatever its length: it is shorter than a line may be.
    if (newline == std::string::npos || (newline >= limits_.chunk_bytes && *count > 0)) break;
    end = newline + 1;
    ++*count;
  }
  if (*count == 0 && at_end_ && !pending_.empty()) {
    *count = 1;
    end = pending_.size();
  }
  return end;
}

bool LineChunkReader::CutLongLine(LineChunk* chunk) {
  if (pending_.size() <= limits_.line_bytes) return false;
  const size_t newline = pending_.find('\n');
  if (newline != std::string::npos && newline <= limits_.line_bytes) return false;
  *chunk = {pending_.substr(0, 80), next_line_++, /*cut=*/true};
  passing_over_ = newline == std::string::npos;
  pending_.erase(0, passing_over_ ? pending_.size() : newline + 1);
  return true;
}

absl::StatusOr<bool> LineChunkReader::Next(LineChunk* chunk) {
  while (true) {
    if (passing_over_) {
      const size_t newline = pending_.find('\n');
      passing_over_ = newline == std::string::npos;
      pending_.erase(0, passing_over_ ? pending_.size() : newline + 1);
    }
    if (CutLongLine(chunk)) return true;
    if (at_end_ || pending_.size() >= limits_.chunk_bytes) {
      int64_t lines = 0;
      if (const size_t end = WholeLines(&lines); end > 0) {
        *chunk = {pending_.substr(0, end), next_line_, /*cut=*/false};
        pending_.erase(0, end);
        next_line_ += lines;
        return true;
      }
      if (at_end_) return false;
    }
    if (absl::Status read = Fill(); !read.ok()) return read;
  }
}

}  // namespace headway
