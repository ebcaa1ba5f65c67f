#include "services/metrics/coverage_watch.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "services/base/log.h"

namespace headway {
namespace {

template <typename Enum>
std::string LowerName(const std::string& (*name)(Enum), Enum value) {
  return absl::AsciiStrToLower(name(value));
}

double Since(absl::Time then, absl::Time now) { return std::max(0.0, absl::ToDoubleSeconds(now - then)); }

}  // namespace

CoverageWatch::CoverageWatch(CoverageReader* reader, QueueProgress* progress, const Clock* clock,
                             Instruments& instruments, absl::Duration every)
    : reader_(*reader),
      progress_(*progress),
      clock_(*clock),
      every_(every),
      queue_(instruments.Gauge("queue_items",
                               "Observed objects and entities that wait to be derived, up to 100,000 of each.")),
      stalled_(instruments.Gauge("queue_stalled_seconds",
                                 "For how long the oldest observed object that waits has been the same.")),
      parked_(instruments.Gauge("parked_units", "What is set aside after failing again and again.")) {
  for (int i = v1::SourceStatus::DEPLOYMENTS; i <= v1::SourceStatus::Covers_MAX; ++i) {
    const auto covers = static_cast<v1::SourceStatus::Covers>(i);
    const Instruments::Labels labels = {{"covers", LowerName(&v1::SourceStatus::Covers_Name, covers)}};
    watching_.emplace(
        covers,
        Watching{instruments.Gauge("watching_sources", "Sources that tell when they last heard from what they watch.",
                                   labels),
                 instruments.Gauge("source_silence_seconds",
                                   "Since the source that was silent longest last heard from what it watches.", labels),
                 instruments.Gauge("source_lag_seconds", "How far the source that is furthest behind is complete.",
                                   labels)});
  }
  for (int i = v1::SourceProblem::UNREACHABLE; i <= v1::SourceProblem::Code_MAX; ++i) {
    const auto code = static_cast<v1::SourceProblem::Code>(i);
    problems_[code] = &instruments.Gauge("source_problems", "Problems that sources report now.",
                                         {{"code", LowerName(&v1::SourceProblem::Code_Name, code)}});
  }
}

void CoverageWatch::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void CoverageWatch::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void CoverageWatch::Look() {
  const absl::Time now = clock_.Now();
  const absl::StatusOr<CoverageSigns> signs = reader_.LoadSigns();
  if (!signs.ok()) return;  // readiness tells of it
  for (auto& [covers, gauges] : watching_) {
    const auto found = signs->watching.find(covers);
    const bool any = found != signs->watching.end();
    gauges.sources.Set(any ? static_cast<double>(found->second.sources) : 0);
    gauges.silence.Set(any ? Since(found->second.oldest_contact, now) : 0);
    gauges.lag.Set(any ? Since(found->second.least_complete, now) : 0);
  }
  for (auto& [code, gauge] : problems_) {
    const auto found = signs->problems.find(code);
    gauge->Set(found == signs->problems.end() ? 0 : static_cast<double>(found->second));
  }
  queue_.Set(static_cast<double>(signs->queue.waiting));
  stalled_.Set(absl::ToDoubleSeconds(progress_.See(signs->queue.front, now).value_or(absl::ZeroDuration())));
  parked_.Set(static_cast<double>(signs->parked));
}

void CoverageWatch::Loop() {
  while (true) {
    Look();
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), every_)) return;
  }
}

}  // namespace headway
