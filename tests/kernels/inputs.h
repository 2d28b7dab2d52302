// The inputs that kernels are tested with.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/api/data_type.h"

namespace actserve::testing {

// Small, fast, and the same everywhere (SplitMix64).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Bits();
  double Uniform(double low, double high);
  double Normal();
  int64_t Below(int64_t limit) { return static_cast<int64_t>(Bits() % static_cast<uint64_t>(limit)); }

 private:
  uint64_t state_;
};

// True where the environment asks for the long tests (ACTSERVE_SLOW_TESTS=1): samples are then 100 times as large.
bool SlowTests();

// The codes of a 16-bit type, in order: numbers, infinities and NaNs; all, or one in every `thinning`.
std::vector<uint64_t> AllCodes(int thinning = 1);

// Codes of f32 or f64 numbers, all finite: ±0, neighbours of every power of two (subnormal ones too) and of the largest
// number; every neighbourhood of `points` and their negatives, densely near, geometrically further off; and a random
// sample of every exponent and both signs, with more of it where functions are neither flat nor straight.
// `thinning` divides the sample and the neighbourhoods.
std::vector<uint64_t> SampleCodes(DataType type, std::span<const double> points, int thinning = 1);

// `count` values of mixed size and sign for tests where any will do; representable in every type; fixed by the seed.
std::vector<double> MixedValues(int64_t count, uint64_t seed = 1);

}  // namespace actserve::testing
