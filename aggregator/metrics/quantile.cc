#include "aggregator/metrics/quantile.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <utility>

namespace headway {
namespace {

// The survival curve as a product of fractions, compared exactly with one half. Neighbouring factors cancel where nothing is censored between them.
class Survival {
 public:
  void Multiply(int64_t numerator, int64_t denominator) {
    approximate_ *= static_cast<double>(numerator) / static_cast<double>(denominator);
    if (!factors_.empty() && factors_.back().first == denominator) {
      factors_.back().first = numerator;
    } else {
      factors_.emplace_back(numerator, denominator);
    }
  }

  // Negative: below one half; zero: equal; positive: above.
  int CompareWithHalf() const {
    // Each factor adds a relative error of about 1e-16; only near one half the exact product is needed.
    constexpr double kSafe = 1e-7;
    if (std::abs(approximate_ - 0.5) > kSafe) return approximate_ < 0.5 ? -1 : 1;
    boost::multiprecision::cpp_int numerator = 2;
    boost::multiprecision::cpp_int denominator = 1;
    for (const auto& [n, d] : factors_) {
      numerator *= n;
      denominator *= d;
    }
    return numerator.compare(denominator);
  }

 private:
  double approximate_ = 1;
  std::vector<std::pair<int64_t, int64_t>> factors_;
};

double Midpoint(int64_t a, int64_t b) { return static_cast<double>(a) + static_cast<double>(b - a) / 2; }

}  // namespace

std::optional<double> Quantile(std::vector<int64_t>* values, double p) {
  if (values->empty()) return std::nullopt;
  const double position = p * static_cast<double>(values->size() - 1);
  const size_t lower = static_cast<size_t>(position);
  const auto nth = values->begin() + static_cast<ptrdiff_t>(lower);
  std::nth_element(values->begin(), nth, values->end());
  const double low = static_cast<double>(*nth);
  const double fraction = position - static_cast<double>(lower);
  if (fraction == 0 || nth + 1 == values->end()) return low;
  const double high = static_cast<double>(*std::min_element(nth + 1, values->end()));
  return low + fraction * (high - low);
}

SurvivalMedian KaplanMeierMedian(std::vector<Observed> observed) {
  if (observed.empty()) return {};
  std::sort(observed.begin(), observed.end(), [](const Observed& a, const Observed& b) {
    return a.time != b.time ? a.time < b.time : a.ended && !b.ended;
  });
  const int64_t longest = observed.back().time;
  Survival survival;
  for (size_t i = 0; i < observed.size();) {
    const int64_t at_risk = static_cast<int64_t>(observed.size() - i);
    const int64_t time = observed[i].time;
    size_t ended = 0;
    for (; i < observed.size() && observed[i].time == time; ++i) ended += observed[i].ended;
    if (ended == 0) continue;
    survival.Multiply(at_risk - static_cast<int64_t>(ended), at_risk);
    const int half = survival.CompareWithHalf();
    if (half > 0) continue;
    if (half < 0) return {static_cast<double>(time), false};
    const auto later = std::find_if(observed.begin() + static_cast<ptrdiff_t>(i), observed.end(),
                                    [](const Observed& o) { return o.ended; });
    if (later != observed.end()) return {Midpoint(time, later->time), false};
    // Exactly half have ended, and the rest is open: the median lies somewhere beyond.
    return {Midpoint(time, longest), longest > time};
  }
  return {static_cast<double>(longest), true};
}

}  // namespace headway
