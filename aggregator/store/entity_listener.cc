#include "aggregator/store/entity_listener.h"

#include <algorithm>
#include <pqxx/pqxx>
#include <utility>

#include "aggregator/store/connection_raw.h"

namespace headway {

class EntityListener::Receiver : public pqxx::notification_receiver {
 public:
  explicit Receiver(pqxx::connection& connection) : pqxx::notification_receiver(connection, kEntityChannel) {}

  void operator()(const std::string& payload, int) override { Merge(DecodeEntityNotice(payload), &notice_); }

  EntityNotice Take() { return std::exchange(notice_, {}); }

 private:
  EntityNotice notice_;
};

EntityListener::EntityListener(DatabaseUrl url) : url_(std::move(url)) {}

EntityListener::~EntityListener() {
  // UNLISTEN of a lost connection throws.
  bool broken = false;
  (void)CatchSqlErrors("closing the listener", &broken, [&] {
    receiver_.reset();
    connection_.reset();
    return absl::OkStatus();
  });
}

absl::Status EntityListener::Connect() {
  receiver_.reset();
  connection_.reset();
  absl::StatusOr<std::string> url = url_();
  if (!url.ok()) return url.status();
  absl::StatusOr<std::unique_ptr<Connection>> connection = Connection::Open(*url);
  if (!connection.ok()) return connection.status();
  RawConnection& raw = (*connection)->raw();
  absl::Status status = CatchSqlErrors("listening for changed entities", &raw.broken, [&] {
    receiver_ = std::make_unique<Receiver>(raw.connection);
    backend_ = raw.connection.backendpid();
    return absl::OkStatus();
  });
  if (status.ok()) connection_ = *std::move(connection);
  return status;
}

absl::StatusOr<EntityNotice> EntityListener::Wait(absl::Duration wait) {
  if (connection_ == nullptr || !connection_->IsOpen()) {
    if (absl::Status status = Connect(); !status.ok()) return status;
    return EntityNotice{.everything = true};
  }
  RawConnection& raw = connection_->raw();
  EntityNotice notice;
  absl::Status status = CatchSqlErrors("listening for changed entities", &raw.broken, [&] {
    const int64_t micros = std::max<int64_t>(0, absl::ToInt64Microseconds(wait));
    raw.connection.await_notification(static_cast<long>(micros / 1000000), static_cast<long>(micros % 1000000));
    notice = receiver_->Take();
    // libpqxx 6 reconnects by itself.
    if (raw.connection.backendpid() != backend_) {
      backend_ = raw.connection.backendpid();
      notice.everything = true;
    }
    return absl::OkStatus();
  });
  if (!status.ok()) {
    raw.broken = true;
    return status;
  }
  return notice;
}

}  // namespace headway
