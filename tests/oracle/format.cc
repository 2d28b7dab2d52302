#include "tests/oracle/format.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace actserve::oracle {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

int UlpExponent(long exponent, const Format& format) {
  return static_cast<int>(std::max<long>(exponent, format.min_exponent)) - format.precision + 1;
}

// Numbers of an IEEE-754 format of `bits` bits in all, by its definition.
uint64_t EncodeNarrow(double value, int bits, const Format& format) {
  const int fraction_bits = format.precision - 1;
  const uint64_t exponent_ones = (uint64_t{1} << (bits - 1 - fraction_bits)) - 1;
  const uint64_t sign = std::signbit(value) ? uint64_t{1} << (bits - 1) : 0;
  const double magnitude = std::fabs(value);
  if (std::isinf(value)) return sign | exponent_ones << fraction_bits;
  const double smallest_normal = std::ldexp(1.0, format.min_exponent);
  if (magnitude < smallest_normal) {
    return sign | static_cast<uint64_t>(std::ldexp(magnitude, fraction_bits - format.min_exponent));
  }
  const int exponent = std::ilogb(magnitude);
  const auto significand = static_cast<uint64_t>(std::ldexp(magnitude, fraction_bits - exponent));
  const auto biased = static_cast<uint64_t>(exponent - format.min_exponent);  // the hidden bit adds the missing one
  return sign | ((biased << fraction_bits) + significand);
}

double DecodeNarrow(uint64_t code, int bits, const Format& format) {
  const int fraction_bits = format.precision - 1;
  const uint64_t fraction = code & ((uint64_t{1} << fraction_bits) - 1);
  const uint64_t exponent_ones = (uint64_t{1} << (bits - 1 - fraction_bits)) - 1;
  const uint64_t biased = (code >> fraction_bits) & exponent_ones;
  const double sign = (code >> (bits - 1)) != 0 ? -1.0 : 1.0;
  if (biased == exponent_ones) return fraction != 0 ? std::numeric_limits<double>::quiet_NaN() : sign * kInfinity;
  const uint64_t significand = biased == 0 ? fraction : fraction | uint64_t{1} << fraction_bits;
  const int exponent = format.min_exponent + (biased == 0 ? 0 : static_cast<int>(biased) - 1);
  return sign * std::ldexp(static_cast<double>(significand), exponent - fraction_bits);
}

// The exponent that others keep for infinities has numbers, too.
double DecodeE4M3(uint64_t code) {
  const uint64_t magnitude = code & 0x7f;
  if (magnitude == 0x7f) return std::numeric_limits<double>::quiet_NaN();
  if (magnitude < 0x78) return DecodeNarrow(code, 8, FormatOf(DataType::kF8E4M3));
  return 2 * DecodeE4M3(code - 8);
}

}  // namespace

int UlpExponent(const Real& value, DataType type) {
  const Format format = FormatOf(type);
  const bool regular = value.IsFinite() && !value.IsZero();
  return UlpExponent(regular ? value.Exponent() : format.min_exponent, format);
}

double UlpError(double computed, const Real& exact, DataType type) { return UlpError(computed, exact, type, exact); }

double UlpError(double computed, const Real& exact, DataType type, const Real& scale) {
  if (std::isnan(computed)) return kInfinity;
  Real result = computed;
  if (std::isinf(computed)) {
    const Real next = Real::PowerOfTwo(FormatOf(type).max_exponent + 1);
    result = computed < 0 ? -next : next;
    if (Round(exact, type) == computed) return 0;
  }
  return std::fabs((result - exact).TimesPowerOfTwo(-UlpExponent(scale, type)).ToDouble());
}

// The largest number whose exponent is the largest one: of E4M3, a NaN has the code that it would have otherwise.
Real Largest(DataType type, const Format& format) {
  const int lacking = type == DataType::kF8E4M3 ? 2 : 1;
  return (Real::PowerOfTwo(format.precision) - lacking).TimesPowerOfTwo(format.max_exponent - format.precision + 1);
}

double Round(const Real& value, DataType type) {
  if (value.IsZero() || !value.IsFinite()) return value.ToDouble();
  const Format format = FormatOf(type);
  const int ulp = UlpExponent(value.Exponent(), format);
  const Real rounded = RoundToInteger(value.TimesPowerOfTwo(-ulp)).TimesPowerOfTwo(ulp);
  const bool overflow = Abs(rounded) > Largest(type, format);
  return overflow ? std::copysign(kInfinity, value.ToDouble()) : rounded.ToDouble();
}

double Round(double value, DataType type) {
  if (value == 0 || !std::isfinite(value) || type == DataType::kF64) return value;
  if (IsByte(type)) return Round(Real(value), type);
  const Format format = FormatOf(type);
  const int ulp = UlpExponent(std::ilogb(value), format);
  const double units = std::ldexp(value, -ulp);
  const double rounded = std::ldexp(std::nearbyint(units), ulp);
  return std::fabs(rounded) >= std::ldexp(1.0, format.max_exponent + 1) ? std::copysign(kInfinity, value) : rounded;
}

uint64_t Encode(double value, DataType type) {
  if (std::isnan(value)) {
    switch (type) {
      case DataType::kF64: return 0x7FF8000000000000;
      case DataType::kF32: return 0x7FC00000;
      case DataType::kF16: return 0x7E00;
      case DataType::kBF16: return 0x7FC0;
      case DataType::kF8E4M3: return 0x7F;
      case DataType::kF8E5M2: return 0x7E;
      case DataType::kI8:
      case DataType::kU8: return 0;
    }
  }
  switch (type) {
    case DataType::kF64: return std::bit_cast<uint64_t>(value);
    case DataType::kF32: return std::bit_cast<uint32_t>(static_cast<float>(value));
    case DataType::kF8E4M3: return std::isinf(value) ? 0x7F : EncodeNarrow(value, 8, FormatOf(type));
    case DataType::kF8E5M2: return EncodeNarrow(value, 8, FormatOf(type));
    case DataType::kI8:
    case DataType::kU8: return static_cast<uint8_t>(static_cast<int>(value));
    default: return EncodeNarrow(value, 16, FormatOf(type));
  }
}

double Decode(uint64_t bits, DataType type) {
  switch (type) {
    case DataType::kF64: return std::bit_cast<double>(bits);
    case DataType::kF32: return std::bit_cast<float>(static_cast<uint32_t>(bits));
    case DataType::kF8E4M3: return DecodeE4M3(bits);
    case DataType::kF8E5M2: return DecodeNarrow(bits, 8, FormatOf(type));
    case DataType::kI8: return static_cast<int8_t>(bits);
    case DataType::kU8: return static_cast<uint8_t>(bits);
    default: return DecodeNarrow(bits, 16, FormatOf(type));
  }
}

uint64_t Quantize(const Real& value, DataType type, double scale, int zero_point) {
  const int least = type == DataType::kI8 ? -128 : 0;
  const Real code = RoundToInteger(value / Real(scale)) + zero_point;
  const double clamped = std::clamp(code.ToDouble(), 1.0 * least, 1.0 * least + 255);
  return static_cast<uint8_t>(static_cast<int>(clamped));
}

}  // namespace actserve::oracle
