// The way from a source to IngestService.
#ifndef HEADWAY_SERVICES_INGEST_CLIENT_INGEST_CLIENT_H_
#define HEADWAY_SERVICES_INGEST_CLIENT_INGEST_CLIENT_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "ingester/delivery/observation_sink.h"

namespace headway {

// Thread-safe. The service need not be there yet: the connection is made, and made again, as calls ask for it.
class IngestClient : public ObservationSink {
 public:
  // A page of what a source has declared. Blocks; the statuses of the call, UNIMPLEMENTED from a service that is older than this.
  virtual absl::StatusOr<v1::ListStreamsResponse> ListStreams(const v1::ListStreamsRequest& request) = 0;

  // From any thread: calls that are under way, and all later ones, end with CANCELLED.
  virtual void Cancel() = 0;
};

// `address`: "host:port" or "unix:path". A call takes at most `within`.
std::unique_ptr<IngestClient> MakeIngestClient(const std::string& address, absl::Duration within = absl::Minutes(1));

}  // namespace headway

#endif  // HEADWAY_SERVICES_INGEST_CLIENT_INGEST_CLIENT_H_
