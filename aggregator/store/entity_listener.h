// Hears which entities changed: LISTEN on one connection of its own. Used by one thread at a time.
#ifndef HEADWAY_AGGREGATOR_STORE_ENTITY_LISTENER_H_
#define HEADWAY_AGGREGATOR_STORE_ENTITY_LISTENER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aggregator/store/connection_pool.h"
#include "aggregator/store/entity_notice.h"

namespace headway {

class EntityListener {
 public:
  explicit EntityListener(DatabaseUrl url);
  ~EntityListener();

  // What changed since the call before; waits at most `wait` for something. After each connect it says everything, since what was told meanwhile is lost.
  // UNAVAILABLE: PostgreSQL is out of reach; call again, after a pause of the caller's.
  absl::StatusOr<EntityNotice> Wait(absl::Duration wait);

 private:
  class Receiver;

  absl::Status Connect();

  const DatabaseUrl url_;
  // The receiver goes before its connection.
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Receiver> receiver_;
  int backend_ = 0;  // process of the server; another one means that the connection was opened anew
};

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_ENTITY_LISTENER_H_
