// One look at a block of elements: what all of a profile is made of.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "kernels/api/data_type.h"

namespace actserve::analyse {

// Elements of a block: whole words of bits, as many as 63 vectors of bytes have, and few enough for the L1 cache.
inline constexpr int64_t kBlock = int64_t{63} * 64;

// What is found. Exponents are those of 2^e <= |x| < 2^(e+1); the first and the last have what is smaller and larger.
struct Scan {
  static constexpr int kLeastExponent = -32, kExponents = 64;
  using Histogram = std::array<int64_t, kExponents>;
  Histogram positive{}, negative{};  // finite and not zero
  int64_t nans = 0, infinities = 0;
  double min = std::numeric_limits<double>::infinity(),
         max = -std::numeric_limits<double>::infinity();  // of the finite
};

// The bits of the largest magnitude that is not above `near_zero`, which is finite and not negative. Of a type that can
// be scanned, here and below: kF64, kF32 or kBF16.
uint64_t NearBits(DataType type, double near_zero);

// Adds n <= kBlock elements, at any address, to `scan`, and sets bit i of `zeros` and of `near_zeros` if element i is
// zero, or has a magnitude whose bits are no more than `near_bits`. Words are written whole; bits from n on are 0.
void ScanBlock(DataType type, const std::byte* elements, int64_t n, uint64_t near_bits, Scan& scan, uint64_t* zeros,
               uint64_t* near_zeros);

}  // namespace actserve::analyse
