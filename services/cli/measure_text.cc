#include "services/cli/measure_text.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace headway {
namespace {

struct Unit {
  int64_t seconds;
  const char* name;
};
constexpr Unit kUnits[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
constexpr int kUnitCount = 4;
constexpr double kDaysPerMonth = 30;

// Two digits that mean something, without an exponent.
std::string Short(double value) {
  if (value == 0) return "0";
  if (std::abs(value) >= 9.95) return absl::StrFormat("%.0f", value);
  return absl::StrFormat(std::abs(value) >= 0.995 ? "%.1f" : "%.2f", value);
}

std::string HumanRate(double per_day) {
  if (per_day == 0) return "0 a day";
  if (per_day >= 1) return absl::StrCat(Short(per_day), " a day");
  if (per_day * 7 >= 1) return absl::StrCat(Short(per_day * 7), " a week");
  return absl::StrCat(Short(per_day * kDaysPerMonth), " in 30 days");
}

std::string WhyNone(const v1::Measure& measure) {
  switch (measure.reason()) {
    case v1::Measure::NO_SOURCE_MAPPED:
      return "no data: no source is mapped";
    case v1::Measure::SOURCE_SILENT:
      return "no data: the source is silent";
    default:
      return measure.n() == 0 ? "no data: no events" : absl::StrCat("no data: too few events (", measure.n(), ")");
  }
}

}  // namespace

std::string HumanSeconds(double seconds, int units) {
  const char* sign = seconds < 0 ? "-" : "";
  seconds = std::abs(seconds);
  if (seconds != 0 && seconds < 1) return absl::StrFormat("%s%.2g s", sign, seconds);
  int64_t left = std::llround(seconds);
  // Rounds to the last unit that is shown; rounding up may reach the next larger one.
  int first = 0;
  while (first < kUnitCount - 1 && left < kUnits[first].seconds) ++first;
  const int last = std::min(first + units, kUnitCount) - 1;
  left = (left + kUnits[last].seconds / 2) / kUnits[last].seconds * kUnits[last].seconds;
  std::string text;
  for (int i = 0; i < kUnitCount; ++i) {
    const int64_t n = left / kUnits[i].seconds;
    left %= kUnits[i].seconds;
    if (n > 0) absl::StrAppend(&text, text.empty() ? "" : " ", n, " ", kUnits[i].name);
  }
  return text.empty() ? "0 s" : absl::StrCat(sign, text);
}

std::string HumanValue(double value, const std::string& unit, int units) {
  if (unit == "seconds") return HumanSeconds(value, units);
  if (unit == "per_day") return HumanRate(value);
  if (unit == "ratio") return absl::StrFormat("%.1f %%", value * 100);
  return value == std::floor(value) ? absl::StrFormat("%.0f", value) : absl::StrFormat("%.1f", value);
}

std::string HumanTime(const google::protobuf::Timestamp& time, absl::TimeZone zone) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S %Z", absl::FromUnixSeconds(time.seconds()), zone);
}

absl::TimeZone ZoneOf(const v1::MetricScope& scope) {
  absl::TimeZone zone;
  return absl::LoadTimeZone(scope.time_zone(), &zone) ? zone : absl::UTCTimeZone();
}

TextTable::Cell ChangeCell(const v1::Measure& measure, const std::string& unit) {
  if (measure.trend() == v1::Measure::TREND_UNSPECIFIED || !measure.has_value() || !measure.has_before()) return {};
  if (measure.trend() == v1::Measure::SAME) return {"same", Style::kFaint};
  const bool better = measure.trend() == v1::Measure::BETTER;
  const double difference = measure.value() - measure.before();
  std::string text;
  if (unit == "ratio") {
    text = absl::StrFormat("%+.1f points", difference * 100);
  } else if (measure.before() != 0) {
    text = absl::StrFormat("%+.0f %%", difference / measure.before() * 100);
  } else {
    text = absl::StrCat("from ", HumanValue(measure.before(), unit, 2));
  }
  return {absl::StrCat(difference >= 0 ? "↑ " : "↓ ", text, better ? " better" : " worse"),
          better ? Style::kGood : Style::kBad};
}

TextTable::Cell ValueCell(const v1::Measure& measure, const std::string& unit) {
  if (measure.availability() != v1::Measure::AVAILABLE) return {WhyNone(measure), Style::kWarning};
  std::string text = absl::StrCat(measure.more_than() ? "more than " : "", HumanValue(measure.value(), unit));
  if (unit == "ratio") absl::StrAppend(&text, " (", measure.count(), " of ", measure.n(), ")");
  if (unit == "seconds" && measure.count() > 0) absl::StrAppend(&text, " (", measure.count(), " still open)");
  return {text, Style::kStrong};
}

}  // namespace headway
