#include "ingester/ndjson/import.h"

#include <deque>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "ingester/ndjson/observation_json.h"

namespace headway {
namespace {

// Chunks on the way from the reader to the decoders: read ahead, but not far.
class ChunkQueue {
 public:
  explicit ChunkQueue(size_t capacity) : capacity_(capacity) {}

  // False once the queue was given up.
  bool Push(LineChunk chunk) {
    const auto has_room = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return closed_ || chunks_.size() < capacity_; };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&has_room));
    if (closed_) return false;
    chunks_.push_back(std::move(chunk));
    return true;
  }

  std::optional<LineChunk> Pop() {
    const auto has_chunk = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return closed_ || !chunks_.empty(); };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&has_chunk));
    if (chunks_.empty()) return std::nullopt;
    LineChunk chunk = std::move(chunks_.front());
    chunks_.pop_front();
    return chunk;
  }

  // Nothing more comes. What is there is still taken out, unless `drop`.
  void Close(bool drop) {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    if (drop) chunks_.clear();
  }

 private:
  const size_t capacity_;
  absl::Mutex mutex_;
  std::deque<LineChunk> chunks_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

class Importer {
 public:
  Importer(Delivery* delivery, const NdjsonImportOptions& options, NdjsonImportCounts* counts)
      : delivery_(delivery), options_(options), counts_(counts), queue_(2) {}

  absl::Status Run(LineChunkReader* reader) {
    std::vector<std::thread> decoders;
    for (int i = 0; i < options_.decoders; ++i) decoders.emplace_back([this] { DecodeAll(); });
    absl::Status read = ReadAll(reader);
    for (std::thread& decoder : decoders) decoder.join();
    absl::Status delivered = delivery_->Finish();
    return delivered.ok() ? read : delivered;
  }

 private:
  absl::Status ReadAll(LineChunkReader* reader) {
    absl::StatusOr<bool> more = true;
    while (true) {
      LineChunk chunk;
      more = reader->Next(&chunk);
      if (!more.ok() || !*more || !queue_.Push(std::move(chunk))) break;
    }
    queue_.Close(/*drop=*/false);
    return more.status();
  }

  void DecodeAll() {
    while (std::optional<LineChunk> chunk = queue_.Pop()) {
      // The delivery keeps the error; here it only ends the reading.
      if (!DecodeAndSend(*chunk).ok()) queue_.Close(/*drop=*/true);
    }
  }

  absl::Status DecodeAndSend(const LineChunk& chunk) {
    if (chunk.cut) {
      ++counts_->lines;
      Report({chunk.first_line, "json", "the line is longer than 3 MiB"});
      return absl::OkStatus();
    }
    ObservationBatch batch;
    size_t bytes = 0;
    int64_t number = chunk.first_line - 1;
    for (absl::string_view line : absl::StrSplit(chunk.text, '\n')) {
      ++number;
      if (absl::StripAsciiWhitespace(line).empty()) continue;
      if (!Decode(line, number, &batch)) continue;
      bytes += batch.request.observations(batch.request.observations_size() - 1).ByteSizeLong() + 8;
      // A chunk is smaller than a batch, except when decoding makes it longer.
      if (bytes > kMaxBatchBytes - (1 << 20)) {
        bytes = 0;
        if (absl::Status sent = delivery_->Send(std::exchange(batch, {})); !sent.ok()) return sent;
      }
    }
    return delivery_->Send(std::move(batch));
  }

  bool Decode(absl::string_view line, int64_t number, ObservationBatch* batch) {
    ++counts_->lines;
    v1::Observation* observation = batch->request.add_observations();
    std::optional<LineFault> fault = ObservationFromJson(line, observation);
    if (!fault) {
      batch->origins.push_back(number);
      return true;
    }
    batch->request.mutable_observations()->RemoveLast();
    Report({number, std::move(fault->field), std::move(fault->reason)});
    return false;
  }

  void Report(const RejectedRecord& record) {
    ++counts_->broken;
    absl::MutexLock lock(&report_mutex_);
    options_.on_broken(record);
  }

  Delivery* const delivery_;
  const NdjsonImportOptions& options_;
  NdjsonImportCounts* const counts_;
  ChunkQueue queue_;
  absl::Mutex report_mutex_;
};

}  // namespace

absl::Status ImportNdjson(LineChunkReader* reader, Delivery* delivery, const NdjsonImportOptions& options,
                          NdjsonImportCounts* counts) {
  return Importer(delivery, options, counts).Run(reader);
}

}  // namespace headway
