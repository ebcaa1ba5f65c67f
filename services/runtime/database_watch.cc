#include "services/runtime/database_watch.h"

#include "aggregator/store/migrations.h"

namespace headway {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(500);

absl::Status Look(const DatabaseUrl& url, std::unique_ptr<Connection>& connection) {
  if (connection == nullptr || !connection->IsOpen()) {
    absl::StatusOr<std::string> text = url();
    if (!text.ok()) return text.status();
    absl::StatusOr<std::unique_ptr<Connection>> opened = Connection::Open(*text);
    if (!opened.ok()) return opened.status();
    connection = *std::move(opened);
  }
  return CheckSchema(*connection);
}

}  // namespace

DatabaseWatch::DatabaseWatch(DatabaseUrl url) : url_(std::move(url)) {}

DatabaseWatch::~DatabaseWatch() { Stop(); }

void DatabaseWatch::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void DatabaseWatch::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

absl::Status DatabaseWatch::status() const {
  absl::MutexLock lock(&mutex_);
  return status_;
}

bool DatabaseWatch::WaitUntilReady(absl::Duration wait) const {
  absl::MutexLock lock(&mutex_);
  auto done = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return status_.ok() || stopping_; };
  mutex_.AwaitWithTimeout(absl::Condition(&done), wait);
  return status_.ok() && !stopping_;
}

void DatabaseWatch::Loop() {
  std::unique_ptr<Connection> connection;
  while (true) {
    absl::Status status = Look(url_, connection);
    absl::MutexLock lock(&mutex_);
    status_ = status;
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kInterval)) return;
  }
}

}  // namespace headway
