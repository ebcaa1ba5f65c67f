// What a Connection is made of. Included only by files of the store.
#ifndef HEADWAY_AGGREGATOR_STORE_CONNECTION_RAW_H_
#define HEADWAY_AGGREGATOR_STORE_CONNECTION_RAW_H_

#include <string>
#include <unordered_map>

#include <pqxx/pqxx>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace headway {

struct RawConnection {
  explicit RawConnection(const std::string& url) : connection(url) {}

  pqxx::connection connection;
  bool broken = false;
  absl::Duration statement_timeout = absl::ZeroDuration();
  std::unordered_map<std::string, std::string> prepared;
  absl::Time planned = absl::Now();
};

// Runs what may throw an exception of libpqxx and turns one into a status, "while <doing>: <cause>". Sets *broken when the connection is lost.
absl::Status CatchSqlErrors(absl::string_view doing, bool* broken, absl::FunctionRef<absl::Status()> body);

}  // namespace headway

#endif  // HEADWAY_AGGREGATOR_STORE_CONNECTION_RAW_H_
