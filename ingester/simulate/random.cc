#include "ingester/simulate/random.h"

#include <algorithm>
#include <iterator>

namespace headway {
namespace {

// Quantiles of a log-normal distribution (sigma 1) in thousandths of its median, at 0, 5, 10, ... 100 %. The ends are cut off.
constexpr int64_t kQuantiles[] = {100,  193,  278,  355,  431,  510,  592,  680,  776,  882,  1000,
                                  1134, 1288, 1470, 1689, 1963, 2320, 2819, 3602, 5180, 12000};
constexpr int64_t kSteps = static_cast<int64_t>(std::size(kQuantiles)) - 1;

uint64_t Mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace

Random::Random(uint64_t seed, uint64_t stream) : state_(Mix(seed) ^ Mix(stream + 0x632be59bd9b4e019u)) {}

uint64_t Random::Next() { return Mix(state_ += 0x9e3779b97f4a7c15u); }

int64_t Random::Below(int64_t bound) {
  // The high half of a product; its unevenness is below one in 2^44 for the bounds used here.
  return static_cast<int64_t>((static_cast<unsigned __int128>(Next()) * static_cast<uint64_t>(bound)) >> 64);
}

int64_t Random::Skewed(int64_t median) {
  const int64_t at = Below(kSteps * 1000);
  const int64_t low = kQuantiles[at / 1000];
  const int64_t high = kQuantiles[at / 1000 + 1];
  const int64_t per_mille = low + (high - low) * (at % 1000) / 1000;
  return std::max<int64_t>(1, median * per_mille / 1000);
}

int Random::Pick(std::initializer_list<int64_t> weights) {
  int64_t sum = 0;
  for (int64_t weight : weights) sum += weight;
  int64_t at = Below(sum);
  int index = 0;
  for (int64_t weight : weights) {
    if (at < weight) break;
    at -= weight;
    ++index;
  }
  return index;
}

std::string Random::Hex(int digits) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(static_cast<size_t>(digits));
  uint64_t bits = 0;
  for (int i = 0; i < digits; ++i) {
    if (i % 16 == 0) bits = Next();
    hex += kDigits[bits & 15];
    bits >>= 4;
  }
  return hex;
}

}  // namespace headway
