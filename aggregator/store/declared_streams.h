// The streams that a source has declared and that are not gone, a page at a time: what is folded and what waits to be. Blocks its thread.
#ifndef HEADWAY_AGGREGATOR_STORE_DECLARED_STREAMS_H_
#define HEADWAY_AGGREGATOR_STORE_DECLARED_STREAMS_H_

#include "absl/status/statusor.h"
#include "aggregator/store/connection.h"
#include "headway/v1/ingest.pb.h"

namespace headway {

// Statuses: those of Connection.
absl::StatusOr<v1::ListStreamsResponse> LoadDeclaredStreams(Connection& connection,
                                                            const v1::ListStreamsRequest& request);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_DECLARED_STREAMS_H_
