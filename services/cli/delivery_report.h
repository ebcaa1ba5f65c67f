// What importing commands tell at their end, and about records that were refused.
#ifndef HEADWAY_SERVICES_CLI_DELIVERY_REPORT_H_
#define HEADWAY_SERVICES_CLI_DELIVERY_REPORT_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "ingester/delivery/delivery.h"
#include "services/cli/command.h"
#include "services/cli/progress.h"

namespace headway {

// Prints refused records as "file:line: field: reason", the first thousand of them. Thread-safe.
class FaultPrinter {
 public:
  explicit FaultPrinter(std::string name) : name_(std::move(name)) {}
  // Where to print. Until this is called nothing may be refused.
  void PrintTo(Progress* progress) { progress_ = progress; }
  void Print(const RejectedRecord& record);

 private:
  const std::string name_;
  Progress* progress_ = nullptr;
  absl::Mutex mutex_;
  int64_t printed_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Prints the summary, and the error if there is one. Returns the exit code. `broken` records never reached the delivery.
int ReportDelivery(const CliContext& context, const DeliveryCounts& counts, int64_t broken, absl::Duration elapsed,
                   const absl::Status& status);

}  // namespace headway

#endif  // HEADWAY_SERVICES_CLI_DELIVERY_REPORT_H_
