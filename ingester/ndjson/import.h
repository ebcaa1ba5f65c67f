// Imports observations from a file of JSON lines, in bounded memory.
#ifndef HEADWAY_INGESTER_NDJSON_IMPORT_H_
#define HEADWAY_INGESTER_NDJSON_IMPORT_H_

#include <atomic>
#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "ingester/delivery/delivery.h"
#include "ingester/ndjson/line_chunks.h"

namespace headway {

struct NdjsonImportOptions {
  // Threads that decode. JSON is decoded at about 80 MB/s by each.
  int decoders = 2;
  // Called for each line that cannot be decoded, with its number as origin; one call at a time.
  std::function<void(const RejectedRecord&)> on_broken = [](const RejectedRecord&) {};
};

// Counts that may be read at any time.
struct NdjsonImportCounts {
  std::atomic<int64_t> lines{0};   // decoded, without empty ones
  std::atomic<int64_t> broken{0};  // of these: could not be decoded
};

// Reads all of `reader`, decodes, and hands over to `delivery` with line numbers as origins; finishes the delivery. Broken lines are
// reported and passed over. Returns the first error of reading or of delivery; what was read before it has still been sent.
absl::Status ImportNdjson(LineChunkReader* reader, Delivery* delivery, const NdjsonImportOptions& options,
                          NdjsonImportCounts* counts);

}  // namespace headway

#endif  // HEADWAY_INGESTER_NDJSON_IMPORT_H_
