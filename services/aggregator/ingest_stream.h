// One client stream of batches. Reads the next batch when the one before is stored, so a fast sender waits for the store.
#ifndef HEADWAY_SERVICES_AGGREGATOR_INGEST_STREAM_H_
#define HEADWAY_SERVICES_AGGREGATOR_INGEST_STREAM_H_

#include "services/aggregator/ingest_service.h"

namespace headway {

// Deletes itself when the call is over.
class IngestStreamReactor : public grpc::ServerReadReactor<v1::IngestRequest> {
 public:
  IngestStreamReactor(IngestServiceImpl& service, grpc::CallbackServerContext* context, v1::IngestResponse* response);

  // Begins; separate from construction because callbacks may come at once.
  void Begin();
  void Drain();

  void OnReadDone(bool ok) override;
  void OnDone() override;

 private:
  void Submit();
  void Stored(absl::StatusOr<v1::IngestResponse> result);
  // Ends the call, once.
  void End(const absl::Status& status);

  IngestServiceImpl& service_;
  grpc::CallbackServerContext* context_;
  v1::IngestResponse* response_;
  const absl::Time started_;
  v1::IngestRequest request_;
  int64_t records_ = 0;  // of all batches before this one
  absl::Mutex mutex_;
  bool storing_ ABSL_GUARDED_BY(mutex_) = false;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  int code_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace headway

#endif  // HEADWAY_SERVICES_AGGREGATOR_INGEST_STREAM_H_
