// IngestService over a pool of threads that store and read. No callback blocks.
#ifndef HEADWAY_SERVICES_AGGREGATOR_INGEST_SERVICE_H_
#define HEADWAY_SERVICES_AGGREGATOR_INGEST_SERVICE_H_

#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "headway/v1/ingest.grpc.pb.h"
#include "services/aggregator/ingest_pool.h"
#include "services/base/instruments.h"

namespace headway {

class IngestStreamReactor;

// Thread-safe. Pool and instruments must outlive it.
class IngestServiceImpl : public v1::IngestService::CallbackService {
 public:
  // `database` tells whether the database can be used; where it cannot, calls are answered UNAVAILABLE with its message, without a queue. `on_stored` is called
  // after each batch that stored something, on a thread of the pool.
  IngestServiceImpl(IngestPool& pool, std::function<absl::Status()> database, std::function<void()> on_stored,
                    Instruments& instruments);

  grpc::ServerUnaryReactor* Ingest(grpc::CallbackServerContext* context, const v1::IngestRequest* request,
                                   v1::IngestResponse* response) override;
  grpc::ServerReadReactor<v1::IngestRequest>* IngestStream(grpc::CallbackServerContext* context,
                                                           v1::IngestResponse* response) override;
  grpc::ServerUnaryReactor* ListStreams(grpc::CallbackServerContext* context, const v1::ListStreamsRequest* request,
                                        v1::ListStreamsResponse* response) override;

  // Streams end with UNAVAILABLE: at once where they wait for their sender, else after the batch at hand.
  void Drain();

 private:
  friend class IngestStreamReactor;

  // Why this batch cannot be taken; OK where it can.
  absl::Status Check(const v1::IngestRequest& request) const;
  // Has a batch stored that was checked. The request must stay until `done` was called. False: there is no room, and `done` is never called.
  bool Store(const v1::IngestRequest& request, grpc::CallbackServerContext* context, bool of_stream,
             std::function<void(absl::StatusOr<v1::IngestResponse>)> done);
  void Count(const v1::IngestResponse& response);
  // False: too many streams, or draining.
  bool Enter(IngestStreamReactor* stream);
  void Leave(IngestStreamReactor* stream);

  IngestPool& pool_;
  const std::function<absl::Status()> database_;
  const std::function<void()> on_stored_;
  RpcInstruments unary_;
  RpcInstruments stream_;
  RpcInstruments list_;
  prometheus::Counter& stored_;
  prometheus::Counter& duplicates_;
  prometheus::Counter& rejected_;
  absl::Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_set<IngestStreamReactor*> streams_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_AGGREGATOR_INGEST_SERVICE_H_
