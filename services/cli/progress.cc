#include "services/cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace headway {
namespace {

constexpr int kBarWidth = 24;
constexpr char kEraseLine[] = "\r\033[K";

std::string Left(double fraction, absl::Duration elapsed) {
  if (fraction <= 0.01 && elapsed < absl::Seconds(3)) return "";
  const double seconds = absl::ToDoubleSeconds(elapsed) * (1 - fraction) / std::max(fraction, 1e-9);
  if (seconds < 90) return absl::StrFormat("  %.0f s left", seconds);
  if (seconds < 5400) return absl::StrFormat("  %.0f min left", seconds / 60);
  return absl::StrFormat("  %.1f h left", seconds / 3600);
}

}  // namespace

std::string WithThousands(int64_t number) {
  const std::string digits = absl::StrCat(number);
  std::string grouped;
  for (size_t i = 0; i < digits.size(); ++i) {
    const size_t left = digits.size() - i;
    if (i > (number < 0 ? 1u : 0u) && left % 3 == 0) grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

std::string FormatProgress(const ProgressState& state, absl::Duration elapsed) {
  std::string line;
  if (state.bytes_total > 0) {
    const double fraction =
        std::min(1.0, static_cast<double>(state.bytes_done) / static_cast<double>(state.bytes_total));
    const int filled = static_cast<int>(fraction * kBarWidth);
    line = absl::StrFormat("[%s%s] %3.0f %%  %.1f of %.1f MB", std::string(filled, '#'),
                           std::string(kBarWidth - filled, '.'), fraction * 100, state.bytes_done / 1e6,
                           state.bytes_total / 1e6);
    absl::StrAppend(&line, Left(fraction, elapsed));
  } else if (state.bytes_done > 0) {
    line = absl::StrFormat("%.1f MB", state.bytes_done / 1e6);
  }
  const double seconds = std::max(absl::ToDoubleSeconds(elapsed), 0.001);
  absl::StrAppend(&line, line.empty() ? "" : "  ", WithThousands(state.records), " records  ",
                  WithThousands(static_cast<int64_t>(static_cast<double>(state.records) / seconds)), "/s");
  if (state.retries > 0) absl::StrAppend(&line, "  ", state.retries, state.retries == 1 ? " retry" : " retries");
  return line;
}

Progress::Progress(std::ostream& err, std::function<std::string(absl::Duration)> line)
    : err_(err), line_(std::move(line)), terminal_(isatty(STDERR_FILENO) == 1), begin_(absl::Now()), thread_([this] {
        Loop();
      }) {}

Progress::~Progress() { Stop(); }

void Progress::Loop() {
  const absl::Duration pause = terminal_ ? absl::Milliseconds(200) : absl::Seconds(10);
  absl::MutexLock lock(&mutex_);
  while (!mutex_.AwaitWithTimeout(absl::Condition(&stopping_), pause)) Draw();
}

void Progress::Draw() {
  const std::string line = line_(absl::Now() - begin_);
  if (terminal_) {
    err_ << kEraseLine << line << std::flush;
    drawn_ = true;
  } else {
    err_ << line << "\n" << std::flush;
  }
}

void Progress::Erase() {
  if (drawn_) err_ << kEraseLine;
  drawn_ = false;
}

void Progress::Print(absl::string_view line) {
  absl::MutexLock lock(&mutex_);
  Erase();
  err_ << std::string(line) << "\n" << std::flush;
}

void Progress::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
  absl::MutexLock lock(&mutex_);
  Erase();
  err_ << std::flush;
}

void Stage::Report(absl::string_view name, int64_t count) {
  absl::MutexLock lock(&mutex_);
  name_ = std::string(name);
  count_ = count;
}

std::string Stage::Format() const {
  absl::MutexLock lock(&mutex_);
  return count_ == 0 ? name_ : absl::StrCat(name_, " ", WithThousands(count_));
}

}  // namespace headway
