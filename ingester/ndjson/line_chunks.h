// Reads a text file, compressed or not, as chunks of whole lines.
#ifndef HEADWAY_INGESTER_NDJSON_LINE_CHUNKS_H_
#define HEADWAY_INGESTER_NDJSON_LINE_CHUNKS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct gzFile_s;

namespace headway {

// Some whole lines.
struct LineChunk {
  std::string text;        // lines, each ended by "\n" (the file's last one perhaps not)
  int64_t first_line = 1;  // number of the first
  bool cut = false;  // the line of this chunk (its only one) is longer than the limit, and only its beginning is here
};

// Not thread-safe, but bytes_read() may be called from any thread.
class LineChunkReader {
 public:
  // Bytes and lines of a chunk at most; a line of more than chunk_bytes is a chunk by itself. One of more than line_bytes (not
  // less than chunk_bytes) is cut off, and the rest of it passed over.
  struct Limits {
    size_t chunk_bytes = 1 << 20;
    int chunk_lines = 5000;
    size_t line_bytes = 3 << 20;
  };

  // "-" is the standard input. Decompresses gzip when the content is. NOT_FOUND, PERMISSION_DENIED, or FAILED_PRECONDITION (a folder).
  static absl::StatusOr<std::unique_ptr<LineChunkReader>> Open(const std::string& path, Limits limits);
  ~LineChunkReader();

  // The next lines; false at the end. Blocks on the file. DATA_LOSS: the compressed data are broken or end too early; what was
  // returned before is good.
  absl::StatusOr<bool> Next(LineChunk* chunk);

  // Bytes of the file as it lies on disk: read so far, and in all (0: not known, as of a pipe).
  int64_t bytes_read() const { return bytes_read_.load(std::memory_order_relaxed); }
  int64_t bytes_total() const { return bytes_total_; }

 private:
  struct Close {
    void operator()(gzFile_s* file) const;
  };
  LineChunkReader(std::string path, gzFile_s* file, int64_t total, Limits limits);
  absl::Status Fill();
  bool CutLongLine(LineChunk* chunk);
  size_t WholeLines(int64_t* count) const;

  const std::string path_;
  std::unique_ptr<gzFile_s, Close> file_;
  const int64_t bytes_total_;
  const Limits limits_;
  std::atomic<int64_t> bytes_read_{0};
  std::string pending_;  // read, not yet returned
  int64_t next_line_ = 1;
  bool at_end_ = false;
  bool passing_over_ = false;  // inside of a line that was cut
};

}  // namespace headway

#endif  // HEADWAY_INGESTER_NDJSON_LINE_CHUNKS_H_
