// Runs of neighbouring numbers.
#pragma once

#include <cstdint>

#include "tests/oracle/format.h"

namespace actserve::accuracy {

// 2^log2_count numbers of one sign and one exponent, which are therefore equally spaced: the codes from `first`, a
// multiple of their count, on. `u` maps them to [-1, 1): code first + i has u = (i - count/2) / (count/2), exactly.
struct Block {
  DataType type;
  uint64_t first;
  int log2_count;  // at least 1

  int64_t count() const { return int64_t{1} << log2_count; }
  double half() const { return static_cast<double>(count()) / 2; }
  double U(int64_t i) const { return (static_cast<double>(i) - half()) / half(); }
  oracle::Real At(double u) const {
    const uint64_t middle = first + static_cast<uint64_t>(count() / 2);
    const double x = oracle::Decode(middle, type);
    const double step = oracle::Decode(middle + (log2_count > 1 ? 1 : 0), type) - x;
    return oracle::Real(x) + (log2_count > 1 ? oracle::Real(step) : x - oracle::Real(oracle::Decode(first, type))) *
                                 oracle::Real(half()) * oracle::Real(u);
  }
  Block Half(int which) const {
    return {type, first + static_cast<uint64_t>(which) * static_cast<uint64_t>(count() / 2), log2_count - 1};
  }
};

// The numbers of one sign and exponent field, zero among them.
constexpr int FractionBits(DataType type) { return oracle::FormatOf(type).precision - 1; }
constexpr int ExponentFields(DataType type) {  // of finite numbers
  return oracle::FormatOf(type).max_exponent - oracle::FormatOf(type).min_exponent + 2;
}
constexpr uint64_t SignBit(DataType type) { return uint64_t{1} << (8 * SizeOf(type) - 1); }
constexpr Block Binade(DataType type, bool negative, int field) {
  const int bits = FractionBits(type);
  return {type, (negative ? SignBit(type) : 0) | static_cast<uint64_t>(field) << bits, bits};
}

}  // namespace actserve::accuracy
