// A bounded set of connections, lent to one thread at a time. Connections are opened when they are first needed; one that broke is dropped when it
// comes back, and the next lease opens another, so that a restart of PostgreSQL heals by itself. Thread-safe.
#ifndef HEADWAY_AGGREGATOR_STORE_CONNECTION_POOL_H_
#define HEADWAY_AGGREGATOR_STORE_CONNECTION_POOL_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "aggregator/store/connection.h"

namespace headway {

// Gives the connection string; called at each connect, so that a rotated password is picked up.
using DatabaseUrl = std::function<absl::StatusOr<std::string>()>;

class ConnectionPool {
 public:
  // Gives the connection back when it goes out of scope. Must not outlive the pool.
  class Lease {
   public:
    Lease(ConnectionPool* pool, std::unique_ptr<Connection> connection)
        : pool_(pool), connection_(std::move(connection)) {}
    ~Lease() {
      if (connection_ != nullptr) pool_->Return(std::move(connection_));
    }
    Lease(Lease&& other) noexcept : pool_(other.pool_), connection_(std::move(other.connection_)) {}
    Lease& operator=(Lease&&) = delete;

    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    ConnectionPool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  ConnectionPool(DatabaseUrl url, size_t size);
  // The same for a fixed connection string.
  ConnectionPool(std::string url, size_t size);
  ~ConnectionPool();  // all leases must be back

  // Waits at most `wait` for one to be free. RESOURCE_EXHAUSTED: none became free; UNAVAILABLE: PostgreSQL is out of reach.
  absl::StatusOr<Lease> Acquire(absl::Duration wait = absl::Seconds(5));

  size_t size() const { return size_; }

 private:
  void Return(std::unique_ptr<Connection> connection);

  const DatabaseUrl url_;
  const size_t size_;
  absl::Mutex mutex_;
  size_t lent_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_CONNECTION_POOL_H_
