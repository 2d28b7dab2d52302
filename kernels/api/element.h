// Single elements of any type, for parameters and other small data; tensors go through the kernels.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include "kernels/api/data_type.h"

namespace actserve {

// The value of an IEEE-754 binary16, exact.
inline double ValueOfF16(uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int fraction = bits & 1023;
  double magnitude;
  if (exponent == 31) {
    magnitude = fraction == 0 ? HUGE_VAL : std::nan("");
  } else {
    magnitude = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  }
  return bits & 0x8000 ? -magnitude : magnitude;
}

// The value of a bfloat16, exact.
inline double ValueOfBF16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

// The nearest binary16 (ties to even) of a double or, exactly as well, a float. NaN becomes the canonical quiet one.
inline uint16_t RoundToF16(double value) {
  if (std::isnan(value)) return 0x7e00;
  const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const double magnitude = std::fabs(value);
  if (magnitude >= 65520) return sign | 0x7c00;  // half an ulp above the largest
  if (magnitude < 0x1p-14) {                     // a subnormal, or rounding up to the least normal number
    return sign | static_cast<uint16_t>(std::nearbyint(magnitude * 0x1p24));
  }
  int exponent;
  const double fraction = std::frexp(magnitude, &exponent);                         // in [1/2, 1)
  const auto significand = static_cast<uint16_t>(std::nearbyint(fraction * 2048));  // in [1024, 2048]; may carry
  return sign | static_cast<uint16_t>(((exponent + 13) << 10) + significand);
}

// A double in so many bits that rounding to a 16-bit type gives what rounding the double itself would: inexact results
// are made odd (round-to-odd).
inline float RoundToOdd(double value) {
  const auto single = static_cast<float>(value);
  if (static_cast<double>(single) == value || std::isnan(value)) return single;
  auto bits = std::bit_cast<uint32_t>(single);
  if (std::fabs(static_cast<double>(single)) > std::fabs(value)) --bits;
  return std::bit_cast<float>(bits | 1);
}

// The nearest bfloat16 (ties to even) of a double, rounded once. NaN becomes the canonical quiet one.
inline uint16_t RoundToBF16(double value) {
  if (std::isnan(value)) return 0x7fc0;
  const auto bits = std::bit_cast<uint32_t>(RoundToOdd(value));
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

template <class T>
T LoadUnaligned(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class T>
void StoreUnaligned(T value, std::byte* to) {
  std::memcpy(to, &value, sizeof value);
}

// The element at an address that need not be aligned, exact.
inline double LoadElement(DataType type, const std::byte* from) {
  switch (type) {
    case DataType::kF64: return LoadUnaligned<double>(from);
    case DataType::kF32: return LoadUnaligned<float>(from);
    case DataType::kF16: return ValueOfF16(LoadUnaligned<uint16_t>(from));
    case DataType::kBF16: return ValueOfBF16(LoadUnaligned<uint16_t>(from));
  }
  return 0;
}

// Rounds to the type, once, at an address that need not be aligned. NaN becomes the canonical quiet one.
inline void StoreElement(DataType type, double value, std::byte* to) {
  if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
  switch (type) {
    case DataType::kF64: StoreUnaligned(value, to); break;
    case DataType::kF32: StoreUnaligned(static_cast<float>(value), to); break;
    case DataType::kF16: StoreUnaligned(RoundToF16(value), to); break;
    case DataType::kBF16: StoreUnaligned(RoundToBF16(value), to); break;
  }
}

}  // namespace actserve
