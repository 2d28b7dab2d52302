// The binary formats of results, and how far a computed result is from the exact one.
#pragma once

#include <cstdint>

#include "kernels/api/data_type.h"
#include "tests/oracle/real.h"

namespace actserve::oracle {

struct Format {
  int precision;     // bits of the significand, the hidden one included
  int min_exponent;  // of the smallest normal number, as a power of two
  int max_exponent;  // of the largest finite number
};

constexpr Format FormatOf(DataType type) {
  switch (type) {
    case DataType::kF64: return {53, -1022, 1023};
    case DataType::kF32: return {24, -126, 127};
    case DataType::kF16: return {11, -14, 15};
    case DataType::kBF16: return {8, -126, 127};
    case DataType::kF8E4M3: return {4, -6, 8};
    case DataType::kF8E5M2: return {3, -14, 15};
    case DataType::kI8:
    case DataType::kU8: break;  // integers
  }
  return {};
}

// One unit in the last place of `type` at `value` is 2^UlpExponent: the distance of neighbouring numbers there, in the
// subnormal range that of subnormal numbers. The one of 0 is the smallest subnormal number.
int UlpExponent(const Real& value, DataType type);

// |computed - exact| in units of the last place at `exact`. `computed` is a number of `type`. An infinity counts as the
// number that would follow the largest finite one, and is without error where `exact` rounds to it. Infinity for a NaN.
double UlpError(double computed, const Real& exact, DataType type);
// The same in units of the last place at `scale`, such as the largest term of a sum that cancels.
double UlpError(double computed, const Real& exact, DataType type, const Real& scale);

// The number of `type` nearest to `value`, ties to even; overflow gives an infinity. Not for i8 and u8.
double Round(const Real& value, DataType type);
double Round(double value, DataType type);  // a NaN stays one

// The bits of a number of `type`, and back. A NaN becomes the canonical one: positive, quiet, payload zero. What F8E4M3
// has no code for, its infinities, becomes a NaN, too. i8 and u8 are integers within their range here.
uint64_t Encode(double value, DataType type);
double Decode(uint64_t bits, DataType type);

// The integer of i8 or u8 that stands for `value`: value / scale, rounded to nearest even, + zero_point, saturated.
uint64_t Quantize(const Real& value, DataType type, double scale, int zero_point);

}  // namespace actserve::oracle
