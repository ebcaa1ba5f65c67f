// Random numbers that are the same everywhere and for ever: whole numbers and fixed arithmetic only.
#ifndef HEADWAY_INGESTER_SIMULATE_RANDOM_H_
#define HEADWAY_INGESTER_SIMULATE_RANDOM_H_

#include <cstdint>
#include <initializer_list>
#include <string>

namespace headway {

// SplitMix64. The standard library's distributions differ between its versions, and floating point between machines; neither is used.
class Random {
 public:
  // Different streams of one seed have nothing to do with one another.
  explicit Random(uint64_t seed, uint64_t stream = 0);

  uint64_t Next();
  // 0 to bound - 1, evenly. bound > 0.
  int64_t Below(int64_t bound);
  // low to high, both included.
  int64_t Between(int64_t low, int64_t high) { return low + Below(high - low + 1); }
  // True in `per_mille` of 1,000 cases.
  bool Chance(int64_t per_mille) { return Below(1000) < per_mille; }
  // A time or a size as people's work gives them: half of the values are below the median, most within a third and three times of it,
  // and a few are ten times as large. At least 1.
  int64_t Skewed(int64_t median);
  // Index of one of the weights, by their share.
  int Pick(std::initializer_list<int64_t> weights);
  // Lower-case hexadecimal digits.
  std::string Hex(int digits);

 private:
  uint64_t state_;
};

}  // namespace headway

#endif  // HEADWAY_INGESTER_SIMULATE_RANDOM_H_
