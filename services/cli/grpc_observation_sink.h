// Observations go to a running installation.
#ifndef HEADWAY_SERVICES_CLI_GRPC_OBSERVATION_SINK_H_
#define HEADWAY_SERVICES_CLI_GRPC_OBSERVATION_SINK_H_

#include <memory>

#include "ingester/delivery/observation_sink.h"
#include "services/cli/command.h"

namespace grpc {
class Channel;
}

namespace headway {

// Calls IngestService over the channel. Thread-safe. A call takes at most a minute. The context must outlive this.
std::unique_ptr<ObservationSink> MakeGrpcObservationSink(const CliContext& context,
                                                         std::shared_ptr<grpc::Channel> channel);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_GRPC_OBSERVATION_SINK_H_
