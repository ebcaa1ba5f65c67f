#include "services/aggregator/ingest_pool.h"

#include <cmath>

#include "absl/time/clock.h"

namespace headway {
namespace {

constexpr int kAttempts = 3;

// What remains of the deadline, rounded up to a power of two of seconds, so that the server is seldom told a new one.
absl::Duration StatementTimeout(absl::Time deadline) {
  const absl::Duration left = deadline - absl::Now();
  if (left > absl::Hours(1)) return absl::ZeroDuration();
  return absl::Seconds(std::exp2(std::ceil(std::log2(std::max(absl::ToDoubleSeconds(left), 0.125)))));
}

absl::Status OpenIfNeeded(const DatabaseUrl& url, std::unique_ptr<Connection>& connection) {
  if (connection != nullptr && connection->IsOpen()) return absl::OkStatus();
  absl::StatusOr<std::string> text = url();
  if (!text.ok()) return text.status();
  absl::StatusOr<std::unique_ptr<Connection>> opened = Connection::Open(*text);
  if (!opened.ok()) return opened.status();
  connection = *std::move(opened);
  return absl::OkStatus();
}

}  // namespace

IngestPool::IngestPool(IngestPoolOptions options, DatabaseUrl url) : options_(options), url_(std::move(url)) {}

IngestPool::~IngestPool() { Stop(); }

void IngestPool::Start() {
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { Run(); });
}

void IngestPool::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

bool IngestPool::Submit(Job job, bool of_stream) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return false;
  const bool has_room = queue_.size() < options_.max_queued_batches &&
                        (queue_.empty() || queued_bytes_ + job.bytes <= options_.max_queued_bytes);
  if (!has_room && !of_stream) return false;
  queued_bytes_ += job.bytes;
  queue_.push_back(std::move(job));
  return true;
}

void IngestPool::WaitUntilCalm(absl::Duration wait) const {
  absl::MutexLock lock(&mutex_);
  auto is_calm = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return queue_.empty() || stopping_; };
  mutex_.AwaitWithTimeout(absl::Condition(&is_calm), wait);
}

void IngestPool::Run() {
  std::unique_ptr<Connection> connection;
  NoveltyGuess guess;
  while (true) {
    Job job;
    {
      absl::MutexLock lock(&mutex_);
      auto has_work = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !queue_.empty() || stopping_; };
      mutex_.Await(absl::Condition(&has_work));
      if (queue_.empty()) return;
      job = std::move(queue_.front());
      queued_bytes_ -= job.bytes;
      queue_.pop_front();
    }
    absl::Status refused = Refusal(job);
    job.done(refused.ok() ? Handle(job, connection, guess) : refused);
  }
}

absl::Status IngestPool::Refusal(const Job& job) {
  if (job.is_cancelled && job.is_cancelled()) return absl::CancelledError("the caller has gone");
  if (absl::Now() >= job.deadline) return absl::DeadlineExceededError("while waiting for a free thread");
  return absl::OkStatus();
}

absl::Status IngestPool::Handle(const Job& job, std::unique_ptr<Connection>& connection, NoveltyGuess& guess) {
  absl::Status status;
  // A connection that has been idle may turn out to be gone, and a deadlock is over when it is reported: both are worth another attempt, which is harmless.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    status = OpenIfNeeded(url_, connection);
    if (!status.ok()) return status;
    status = connection->SetStatementTimeout(StatementTimeout(job.deadline));
    if (status.ok()) status = job.work(*connection, guess);
    if (!absl::IsUnavailable(status) && !absl::IsAborted(status)) break;
  }
  return status;
}

}  // namespace headway
