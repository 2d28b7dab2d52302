// The numbers that golden cases are made of. Made by integer arithmetic alone, so that they are the same bits wherever
// they are made.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/api/data_type.h"

namespace actserve::golden {

enum class Source {
  // Every code of an 8-bit or 16-bit type, in order. Of a wider one: every exponent with its first, last and some other
  // numbers,
  // subnormal numbers, zeros, infinities, NaNs, multiples of 1/64 and their neighbours, and random bits.
  kEvery,
  kFinite,    // those of kEvery that are finite, in random order
  kModerate,  // of the size that activations have: bell-shaped, of deviations from 0.1 to 18; of 8 bits, any finite
              // ones
  kTies,      // moderate multiples of 1/4, so that many are equal; of 8 bits, any finite ones
};

// The same numbers in every call. Safe from any thread.
const std::vector<uint64_t>& Codes(DataType type, Source source);

// The code of n / 2^scale, truncated to the type; 0 below its normal numbers. The quotient must not be too large.
uint64_t CodeOf(DataType type, int64_t n, int scale);

// Random bits (SplitMix64).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Bits();
  int64_t Below(int64_t limit) { return static_cast<int64_t>(Bits() % static_cast<uint64_t>(limit)); }

 private:
  uint64_t state_;
};

}  // namespace actserve::golden
