#include "services/cli/delivery_report.h"

#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/cli/connection.h"

namespace headway {
namespace {

// More than anybody reads; the summary has the number of all.
constexpr int64_t kMostPrinted = 1000;

}  // namespace

void FaultPrinter::Print(const RejectedRecord& record) {
  absl::MutexLock lock(&mutex_);
  if (++printed_ > kMostPrinted) {
    if (printed_ == kMostPrinted + 1) progress_->Print("further refused lines are only counted");
    return;
  }
  progress_->Print(
      absl::StrCat(name_, ":", record.origin, ": ", record.field, record.field.empty() ? "" : ": ", record.reason));
}

int ReportDelivery(const CliContext& context, const DeliveryCounts& counts, int64_t broken, absl::Duration elapsed,
                   const absl::Status& status) {
  const int64_t rejected = counts.rejected + broken;
  *context.out << WithThousands(counts.stored) << " stored, " << WithThousands(counts.duplicates) << " duplicates, "
               << WithThousands(rejected) << " rejected, in "
               << absl::StrFormat("%.1f s", absl::ToDoubleSeconds(elapsed)) << "\n"
               << std::flush;
  if (!status.ok()) {
    ReportError(context, status);
    return kExitFailed;
  }
  return rejected > 0 ? kExitRejected : kExitOk;
}

}  // namespace headway
