#include "services/aggregator/ingest_service.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/aggregator/ingest_stream.h"
#include "services/runtime/grpc_status.h"

namespace headway {
namespace {

constexpr int kMaxRecords = 10'000;
constexpr size_t kMaxBytes = 4 << 20;
constexpr size_t kMaxStreams = 64;

}  // namespace

IngestServiceImpl::IngestServiceImpl(IngestPool& pool, std::function<absl::Status()> database, Instruments& instruments)
    : pool_(pool),
      database_(std::move(database)),
      unary_(instruments, "IngestService", "Ingest"),
      stream_(instruments, "IngestService", "IngestStream"),
      stored_(instruments.Counter("ingest_records_total", "Records received.", {{"outcome", "stored"}})),
      duplicates_(instruments.Counter("ingest_records_total", "Records received.", {{"outcome", "duplicate"}})),
      rejected_(instruments.Counter("ingest_records_total", "Records received.", {{"outcome", "rejected"}})) {}

absl::Status IngestServiceImpl::Check(const v1::IngestRequest& request) const {
  if (request.observations_size() == 0) return absl::InvalidArgumentError("observations: is empty");
  if (request.observations_size() > kMaxRecords) {
    return absl::InvalidArgumentError(absl::StrCat("observations: has more than ", kMaxRecords, " records"));
  }
  if (request.ByteSizeLong() > kMaxBytes) return absl::InvalidArgumentError("observations: is larger than 4 MiB");
  if (absl::Status status = database_(); !status.ok()) return absl::UnavailableError(status.message());
  return absl::OkStatus();
}

void IngestServiceImpl::Count(const v1::IngestResponse& response) {
  stored_.Increment(static_cast<double>(response.stored()));
  duplicates_.Increment(static_cast<double>(response.duplicates()));
  rejected_.Increment(static_cast<double>(response.rejected()));
}

grpc::ServerUnaryReactor* IngestServiceImpl::Ingest(grpc::CallbackServerContext* context,
                                                    const v1::IngestRequest* request, v1::IngestResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::Time started = absl::Now();
  auto finish = [this, reactor, started](const absl::Status& status) {
    unary_.Finished(static_cast<int>(status.code()), absl::Now() - started);
    reactor->Finish(ToGrpc(status));
  };
  if (absl::Status status = Check(*request); !status.ok()) {
    finish(status);
    return reactor;
  }
  IngestPool::Job job;
  job.request = request;
  job.deadline = absl::FromChrono(context->deadline());
  job.is_cancelled = [context] { return context->IsCancelled(); };
  job.done = [this, response, finish](absl::StatusOr<v1::IngestResponse> result) {
    if (result.ok()) {
      Count(*result);
      response->Swap(&*result);
    }
    finish(result.status());
  };
  if (!pool_.Submit(std::move(job)))
    finish(absl::ResourceExhaustedError("too many batches at once: retry with back-off"));
  return reactor;
}

grpc::ServerReadReactor<v1::IngestRequest>* IngestServiceImpl::IngestStream(grpc::CallbackServerContext* context,
                                                                            v1::IngestResponse* response) {
  auto* stream = new IngestStreamReactor(*this, context, response);
  stream->Begin();
  return stream;
}

bool IngestServiceImpl::Enter(IngestStreamReactor* stream) {
  absl::MutexLock lock(&mutex_);
  if (draining_ || streams_.size() >= kMaxStreams) return false;
  streams_.insert(stream);
  return true;
}

void IngestServiceImpl::Leave(IngestStreamReactor* stream) {
  absl::MutexLock lock(&mutex_);
  streams_.erase(stream);
}

void IngestServiceImpl::Drain() {
  // Under the lock no stream can be deleted (Leave comes first), and ending one only schedules its OnDone.
  absl::MutexLock lock(&mutex_);
  draining_ = true;
  for (IngestStreamReactor* stream : streams_) stream->Drain();
}

}  // namespace headway
