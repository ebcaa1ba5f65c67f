#include "services/aggregator/gap_gauge.h"

#include <memory>
#include <utility>

#include "aggregator/store/gap_store.h"

namespace headway {
namespace {

// At most so often, however much changes; and this often although nothing is known to have changed.
constexpr absl::Duration kPause = absl::Seconds(2);
constexpr absl::Duration kAnyway = absl::Minutes(5);

absl::StatusOr<GapTotals> Count(const DatabaseUrl& url, std::unique_ptr<Connection>& connection) {
  if (connection == nullptr || !connection->IsOpen()) {
    absl::StatusOr<std::string> text = url();
    if (!text.ok()) return text.status();
    absl::StatusOr<std::unique_ptr<Connection>> opened = Connection::Open(*text);
    if (!opened.ok()) return opened.status();
    connection = *std::move(opened);
  }
  return CountGaps(*connection);
}

}  // namespace

GapGauge::GapGauge(DatabaseUrl url, Instruments& instruments)
    : url_(std::move(url)),
      gaps_(instruments.Gauge("deployment_gaps", "Places in streams of deployments where some are missing.")),
      missed_(instruments.Gauge("deployments_missed_at_least", "Deployments that are missing there, at least.")) {}

GapGauge::~GapGauge() { Stop(); }

void GapGauge::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void GapGauge::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void GapGauge::Changed() {
  absl::MutexLock lock(&mutex_);
  changed_ = true;
}

void GapGauge::Loop() {
  std::unique_ptr<Connection> connection;
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      const auto due = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_ || changed_; };
      mutex_.AwaitWithTimeout(absl::Condition(&due), kAnyway);
      if (stopping_) return;
      changed_ = false;
    }
    const absl::StatusOr<GapTotals> totals = Count(url_, connection);
    if (totals.ok()) {
      gaps_.Set(static_cast<double>(totals->gaps));
      missed_.Set(static_cast<double>(totals->missed_at_least));
    }
    absl::MutexLock lock(&mutex_);
    // What could not be counted is counted later.
    changed_ = changed_ || !totals.ok();
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kPause)) return;
  }
}

}  // namespace headway
