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

// The number of `type` nearest to `value`, ties to even; overflow gives an infinity.
double Round(const Real& value, DataType type);
double Round(double value, DataType type);  // a NaN stays one

// The bits of a number of `type`, and back. A NaN becomes the canonical one: positive, quiet, payload zero.
uint64_t Encode(double value, DataType type);
double Decode(uint64_t bits, DataType type);

}  // namespace actserve::oracle
