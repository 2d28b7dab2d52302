// Judging one result by a polynomial that is within `bound` of the exact value.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "tests/accuracy/polynomial.h"

namespace actserve::accuracy {

// Each 0 or 1, or a sum of such. Where `doubtful`, the others mean nothing: only the oracle can tell, or the error is a
// new maximum, which it has to confirm.
struct Verdict {
  int64_t correct = 0, over_one = 0, doubtful = 0;
  int64_t wrong = 0;  // a zero of the wrong sign; it is not correct
  double least = 0;   // a lower bound of the error in ULP; not of a sum
};

// The exponents that units of the last place have in a type, as a double's exponent field holds them.
struct Units {
  // `floor`: no unit is smaller than 2^floor.
  Units(DataType type, int floor) {
    const oracle::Format format = oracle::FormatOf(type);
    const int least = std::max(floor + format.precision - 1, format.min_exponent);
    least_bits = static_cast<uint64_t>(least + 1023) << 52;
    // 1 / 2^(e - precision + 1) has the field 1023 - (e - precision + 1), with e the value's exponent.
    inverse_bits = static_cast<uint64_t>(2 * 1023 + format.precision - 1) << 52;  // the difference wraps around
  }
  // 1 / the unit of the last place at a value.
  double Inverse(double value) const {
    const uint64_t bits = std::bit_cast<uint64_t>(value) & 0x7FF0000000000000;
    return std::bit_cast<double>(inverse_bits - (bits < least_bits ? least_bits : bits));
  }

  uint64_t least_bits;
  uint64_t inverse_bits;
};

// The exact value lies within p ± bound. `low` and `high` are those two rounded to the type; `result` is what is
// judged, an infinity as the power of two that follows the largest number; `worst` is the largest error known.
//
// Rounding is monotonic, so the exact value rounds to `low` if `high` is the same; else the case is doubtful. The unit
// is taken at the end nearer to zero, where it is smallest; where it is another one at the other end, only a correct
// result is beyond doubt.
inline Verdict JudgeDouble(double p, double bound, double low, double high, double result, const Units& units,
                           double worst) {
  const double magnitude = std::fabs(p);
  const double inner = magnitude - bound;
  const double least_unit = units.Inverse(inner > 0 ? inner : 0);
  const double greatest_unit = units.Inverse(magnitude + bound);
  const double difference = result == result ? std::fabs(result - p) : HUGE_VAL;  // as UlpError
  const double least = (difference - bound) * least_unit;
  const double most = (difference + bound) * least_unit;
  const bool correct = result == low;
  const bool undecided = low != high || (least_unit != greatest_unit && !correct) || (least <= 1 && most > 1);
  return {correct, least > 1, undecided || least > worst, 0, least};
}

// The same for a value that is the sum of two doubles, rounded to f64 within its normal range.
inline Verdict JudgePair(PairPolynomial::Pair p, double bound, double result, const Units& units, double worst) {
  const double low = p.high + (p.low - bound);
  const double high = p.high + (p.low + bound);
  // Whatever rounds to p.high has the unit of the number before it, or that of itself.
  const double before = std::bit_cast<double>((std::bit_cast<int64_t>(p.high) & 0x7FFFFFFFFFFFFFFF) - 1);
  const double least_unit = units.Inverse(before);
  const double difference = result == result ? std::fabs((result - p.high) - p.low) : HUGE_VAL;
  const double least = (difference - bound) * least_unit;
  const double most = (difference + bound) * least_unit;
  const bool correct = result == low;
  const bool undecided = low != high || (units.Inverse(p.high) != least_unit && !correct) || (least <= 1 && most > 1);
  return {correct, least > 1, undecided || least > worst, 0, least};
}

}  // namespace actserve::accuracy
