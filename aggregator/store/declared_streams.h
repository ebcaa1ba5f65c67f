// The streams that a source has declared and that are not gone, a page at a time: what waits to be folded, then what is. Blocks its thread.
#ifndef HEADWAY_AGGREGATOR_STORE_DECLARED_STREAMS_H_
#define HEADWAY_AGGREGATOR_STORE_DECLARED_STREAMS_H_

#include "absl/status/statusor.h"
#include "aggregator/store/connection.h"
#include "headway/v1/ingest.pb.h"

namespace headway {

// Memory is that of one page. INVALID_ARGUMENT: `after` is not what a page said; else the statuses of Connection.
absl::StatusOr<v1::ListStreamsResponse> LoadDeclaredStreams(Connection& connection,
                                                            const v1::ListStreamsRequest& request);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_DECLARED_STREAMS_H_
