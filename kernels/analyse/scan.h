// One look at a block of numbers: what all of a profile is made of.
#pragma once

#include <array>
#include <cstdint>
#include <limits>

namespace actserve::analyse {

// As many numbers as fit the L1 cache twice over; whole words of bits.
inline constexpr int64_t kBlock = 2048;

// What is found. Numbers are held against each other by their bits.
template <class Bits>
struct Scan {
  // By sign and exponent field; in several tables, since the same counter cannot be counted up in each cycle.
  static constexpr int kTables = sizeof(Bits) == 4 ? 4 : 2;
  static constexpr int kFields = sizeof(Bits) == 4 ? 512 : 4096;
  std::array<std::array<uint32_t, kFields>, kTables> fields{};
  int64_t negative_zeros = 0, nans = 0;
  double min = std::numeric_limits<double>::infinity(),
         max = -std::numeric_limits<double>::infinity();  // of the finite
};

// Adds n <= kBlock numbers, at any address, to `scan`, and sets bit i of `zeros` and of `near_zeros` if number i is
// zero, or has a magnitude whose bits are no more than `near_bits`. Words are written whole; bits from n on are 0.
void ScanBlock(const float* numbers, int64_t n, uint32_t near_bits, Scan<uint32_t>& scan, uint64_t* zeros,
               uint64_t* near_zeros);
void ScanBlock(const double* numbers, int64_t n, uint64_t near_bits, Scan<uint64_t>& scan, uint64_t* zeros,
               uint64_t* near_zeros);

}  // namespace actserve::analyse
