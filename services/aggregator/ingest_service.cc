#include "services/aggregator/ingest_service.h"

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "aggregator/store/declared_streams.h"
#include "services/aggregator/ingest_stream.h"
#include "services/aggregator/store_batch.h"
#include "services/runtime/grpc_status.h"

namespace headway {
namespace {

constexpr int kMaxRecords = 10'000;
constexpr size_t kMaxBytes = 4 << 20;
constexpr size_t kMaxStreams = 64;
constexpr size_t kMaxNameBytes = 1 << 10;  // of what is asked for

absl::Status NoRoom() { return absl::ResourceExhaustedError("too many batches at once: retry with back-off"); }

absl::Status CheckList(const v1::ListStreamsRequest& request) {
  if (request.source().empty()) return absl::InvalidArgumentError("source: is required");
  const std::pair<const char*, const std::string&> fields[] = {
      {"source", request.source()}, {"namespace", request.namespace_()}, {"after", request.after()}};
  for (const auto& [name, value] : fields) {
    if (value.size() > kMaxNameBytes) {
      return absl::InvalidArgumentError(absl::StrCat(name, ": is longer than ", kMaxNameBytes, " bytes"));
    }
    if (absl::StrContains(value, '\0')) return absl::InvalidArgumentError(absl::StrCat(name, ": holds a zero byte"));
  }
  return absl::OkStatus();
}

}  // namespace

IngestServiceImpl::IngestServiceImpl(IngestPool& pool, std::function<absl::Status()> database,
                                     std::function<void()> on_stored, Instruments& instruments)
    : pool_(pool),
      database_(std::move(database)),
      on_stored_(std::move(on_stored)),
      unary_(instruments, "IngestService", "Ingest"),
      stream_(instruments, "IngestService", "IngestStream"),
      list_(instruments, "IngestService", "ListStreams"),
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

bool IngestServiceImpl::Store(const v1::IngestRequest& request, grpc::CallbackServerContext* context, bool of_stream,
                              std::function<void(absl::StatusOr<v1::IngestResponse>)> done) {
  auto batch = std::make_shared<BatchToStore>(&request);
  IngestPool::Job job;
  job.bytes = request.ByteSizeLong();
  job.deadline = absl::FromChrono(context->deadline());
  job.is_cancelled = [context] { return context->IsCancelled(); };
  job.work = [batch](Connection& connection, NoveltyGuess& guess) { return batch->Store(connection, guess); };
  job.done = [this, batch, done = std::move(done)](const absl::Status& status) {
    if (!status.ok()) return done(status);
    Count(batch->response());
    if (batch->response().stored() > 0 && on_stored_) on_stored_();
    done(std::move(batch->response()));
  };
  return pool_.Submit(std::move(job), of_stream);
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
  auto done = [response, finish](absl::StatusOr<v1::IngestResponse> result) {
    if (result.ok()) response->Swap(&*result);
    finish(result.status());
  };
  if (!Store(*request, context, /*of_stream=*/false, std::move(done))) finish(NoRoom());
  return reactor;
}

grpc::ServerUnaryReactor* IngestServiceImpl::ListStreams(grpc::CallbackServerContext* context,
                                                         const v1::ListStreamsRequest* request,
                                                         v1::ListStreamsResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto finish = [this, reactor, started = absl::Now()](const absl::Status& status) {
    list_.Finished(static_cast<int>(status.code()), absl::Now() - started);
    reactor->Finish(ToGrpc(status));
  };
  absl::Status status = CheckList(*request);
  if (status.ok()) status = database_();
  if (!status.ok()) {
    finish(absl::IsInvalidArgument(status) ? status : absl::UnavailableError(status.message()));
    return reactor;
  }
  IngestPool::Job job;
  job.bytes = request->ByteSizeLong();
  job.deadline = absl::FromChrono(context->deadline());
  job.is_cancelled = [context] { return context->IsCancelled(); };
  job.work = [request, response](Connection& connection, NoveltyGuess&) {
    absl::StatusOr<v1::ListStreamsResponse> page = LoadDeclaredStreams(connection, *request);
    if (page.ok()) response->Swap(&*page);
    return page.status();
  };
  job.done = finish;
  if (!pool_.Submit(std::move(job))) finish(NoRoom());
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
