#include "aggregator/store/connection_pool.h"

namespace headway {

ConnectionPool::ConnectionPool(DatabaseUrl url, size_t size) : url_(std::move(url)), size_(size) {}

ConnectionPool::ConnectionPool(std::string url, size_t size)
    : ConnectionPool([url = std::move(url)]() -> absl::StatusOr<std::string> { return url; }, size) {}

ConnectionPool::~ConnectionPool() = default;

absl::StatusOr<ConnectionPool::Lease> ConnectionPool::Acquire(absl::Duration wait) {
  std::unique_ptr<Connection> connection;
  {
    absl::MutexLock lock(&mutex_);
    auto has_room = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return lent_ < size_; };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&has_room), wait)) {
      return absl::ResourceExhaustedError("while waiting for a database connection: all are in use");
    }
    ++lent_;
    if (!idle_.empty()) {
      connection = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (connection == nullptr || !connection->IsOpen()) {
    absl::StatusOr<std::string> url = url_();
    absl::StatusOr<std::unique_ptr<Connection>> opened = url.ok() ? Connection::Open(*url) : url.status();
    if (!opened.ok()) {
      absl::MutexLock lock(&mutex_);
      --lent_;
      return opened.status();
    }
    connection = *std::move(opened);
  }
  return Lease(this, std::move(connection));
}

void ConnectionPool::Return(std::unique_ptr<Connection> connection) {
  const bool reusable = connection->IsOpen();
  if (!reusable) connection.reset();  // closes outside of the lock
  absl::MutexLock lock(&mutex_);
  --lent_;
  if (reusable) {
    idle_.push_back(std::move(connection));
  } else {
    // What broke one connection has most likely broken them all.
    idle_.clear();
  }
}

}  // namespace headway
