// Single elements of any type, for parameters and other small data; tensors go through the kernels.
#pragma once

#include <algorithm>
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

// What becomes of numbers beyond the largest of an 8-bit floating-point type, as OCP has it; the same for infinities.
enum class Overflow : uint8_t {
  kNonSaturating,  // infinity, or NaN in E4M3, which has none
  kSaturating,     // the largest number
};

// The 8-bit floating-point types, for CPUs and GPUs: so many bits of fraction, the exponent's bias, and the code of the
// largest number.
template <int kFraction, int kBias, int kLargest>
struct F8 {
  static constexpr bool kHasInfinity = ((kLargest + 1) & ((1 << kFraction) - 1)) == 0;
  static constexpr uint8_t kNan = kHasInfinity ? 0x7e : 0x7f;

  // Exact.
  static constexpr double ValueOf(uint8_t code) {
    using Limits = std::numeric_limits<double>;
    const int exponent = (code & 0x7f) >> kFraction, fraction = code & ((1 << kFraction) - 1);
    double magnitude = kHasInfinity && fraction == 0 ? Limits::infinity() : Limits::quiet_NaN();
    if ((code & 0x7f) <= kLargest) {
      const int significand = exponent == 0 ? fraction : fraction + (1 << kFraction);
      const int last_place = (exponent == 0 ? 1 : exponent) - kBias - kFraction;  // a power of two
      magnitude = significand * std::bit_cast<double>(static_cast<uint64_t>(1023 + last_place) << 52);
    }
    return code & 0x80 ? -magnitude : magnitude;
  }

  // The nearest (ties to even), rounded once. NaN becomes the canonical quiet one.
  static constexpr uint8_t Round(double value, Overflow overflow) {
    if (value != value) return kNan;
    const auto bits = std::bit_cast<uint64_t>(value);
    const uint8_t sign = bits >> 63 << 7;
    const int exponent = static_cast<int>(bits >> 52 & 0x7ff) - 1023 + kBias;
    // Below the normal range the fraction moves right instead of the exponent.
    const int shift = 52 - kFraction + (exponent > 0 ? 0 : 1 - exponent);
    if (shift > 53) return sign;  // less than half the smallest
    int code = kLargest + 1;
    if (exponent <= kLargest >> kFraction) {
      const uint64_t significand = (bits & ((uint64_t{1} << 52) - 1)) | uint64_t{1} << 52;
      const uint64_t even = significand >> shift & 1, half = uint64_t{1} << (shift - 1);
      // A carry out of the fraction steps the exponent; the significand brings the 1 that a normal exponent lacks.
      code = static_cast<int>((significand + half - 1 + even) >> shift) +
             (exponent > 0 ? exponent - 1 : 0) * (1 << kFraction);
    }
    if (code <= kLargest) return sign | static_cast<uint8_t>(code);
    if (overflow == Overflow::kSaturating) return sign | kLargest;
    return kHasInfinity ? sign | static_cast<uint8_t>(kLargest + 1) : kNan;
  }
};
using F8E4M3 = F8<3, 7, 0x7e>;   // up to 448
using F8E5M2 = F8<2, 15, 0x7b>;  // up to 57344

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

// The element at an address that need not be aligned, exact; of i8 and u8 the integer.
inline double LoadElement(DataType type, const std::byte* from) {
  switch (type) {
    case DataType::kF64: return LoadUnaligned<double>(from);
    case DataType::kF32: return LoadUnaligned<float>(from);
    case DataType::kF16: return ValueOfF16(LoadUnaligned<uint16_t>(from));
    case DataType::kBF16: return ValueOfBF16(LoadUnaligned<uint16_t>(from));
    case DataType::kF8E4M3: return F8E4M3::ValueOf(static_cast<uint8_t>(*from));
    case DataType::kF8E5M2: return F8E5M2::ValueOf(static_cast<uint8_t>(*from));
    case DataType::kI8: return static_cast<int8_t>(*from);
    case DataType::kU8: return static_cast<uint8_t>(*from);
  }
  return 0;
}

// The nearest integer of i8 or u8, ties to even, the last one where a number is beyond it; of NaN, 0.
template <class Code>
Code RoundToCode(double value) {
  using Limits = std::numeric_limits<Code>;
  if (std::isnan(value)) return 0;
  return static_cast<Code>(std::nearbyint(std::clamp<double>(value, Limits::min(), Limits::max())));
}

// Rounds to the type, once, at an address that need not be aligned. NaN becomes the canonical quiet one. f8 types do
// not saturate.
inline void StoreElement(DataType type, double value, std::byte* to) {
  if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
  switch (type) {
    case DataType::kF64: StoreUnaligned(value, to); break;
    case DataType::kF32: StoreUnaligned(static_cast<float>(value), to); break;
    case DataType::kF16: StoreUnaligned(RoundToF16(value), to); break;
    case DataType::kBF16: StoreUnaligned(RoundToBF16(value), to); break;
    case DataType::kF8E4M3: StoreUnaligned(F8E4M3::Round(value, Overflow::kNonSaturating), to); break;
    case DataType::kF8E5M2: StoreUnaligned(F8E5M2::Round(value, Overflow::kNonSaturating), to); break;
    case DataType::kI8: StoreUnaligned(RoundToCode<int8_t>(value), to); break;
    case DataType::kU8: StoreUnaligned(RoundToCode<uint8_t>(value), to); break;
  }
}

}  // namespace actserve
