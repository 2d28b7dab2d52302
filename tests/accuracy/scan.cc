#include "tests/accuracy/scan.h"

#include <algorithm>

// One copy of a loop for each of these instruction sets, chosen when the program starts.
#if defined(__x86_64__)
#define ACT_FOR_EACH_MACHINE __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#else
#define ACT_FOR_EACH_MACHINE
#endif

namespace actserve::accuracy {
namespace {

constexpr uint64_t kNoCode = ~uint64_t{0};

// UlpError's convention for infinities. NaN stays.
inline double Bounded(double result, double next) {
  result = result > next ? next : result;
  return result < -next ? -next : result;
}

inline __attribute__((always_inline)) Verdict JudgePair(const PairPolynomial& polynomial, const Units& units, double u,
                                                         double result, double worst) {
  const PairPolynomial::Pair p = polynomial.At(u);
  const double bound = polynomial.bound;
  const double low = p.high + (p.low - bound);
  const double high = p.high + (p.low + bound);
  // The number before |high|: its unit is that of every value that could round to high, or smaller.
  const double before = std::bit_cast<double>((std::bit_cast<int64_t>(p.high) & 0x7FFFFFFFFFFFFFFF) - 1);
  const double inverse = units.Inverse(before);
  const double difference = std::fabs((result - p.high) - p.low);
  const double least = (difference - bound) * inverse;
  const double most = (difference + bound) * inverse;
  const int64_t correct = result == low;
  const int64_t undecided = low != high;
  const int64_t unsure_unit = units.Inverse(p.high) != inverse;
  const int64_t unsure_one = (least <= 1) & (most > 1);
  const int64_t record = !(least <= worst);
  return {correct, least > 1, undecided | (unsure_unit & ~correct) | unsure_one | record};
}

ACT_FOR_EACH_MACHINE
void SumNarrow(const NarrowScan& scan, double first, const float* results, int64_t n, double worst, Verdict* sum) {
  const DoublePolynomial polynomial = scan.polynomial;
  const Units units = scan.units;
  const double half = scan.half, inverse_half = 1 / half;
  const auto wrong_zero = static_cast<uint32_t>(scan.wrong_zero);
  const double bound = polynomial.bound;
  int64_t correct = 0, over_one = 0, doubtful = 0;
  for (int32_t i = 0; i < static_cast<int32_t>(n); ++i) {
    const double p = polynomial.At((first + i - half) * inverse_half);
    const auto low = static_cast<double>(static_cast<float>(p - bound));
    const auto high = static_cast<double>(static_cast<float>(p + bound));
    const float result = results[i];
    // low and high may be infinite where a result may.
    const Verdict v = JudgeNarrow(p, bound, Bounded(low, 0x1p128), Bounded(high, 0x1p128), Bounded(result, 0x1p128),
                                  units, worst);
    const int64_t wrong = std::bit_cast<uint32_t>(result) == wrong_zero;
    correct += v.correct;
    over_one += v.over_one;
    doubtful += v.doubtful | wrong;
  }
  *sum = {correct, over_one, doubtful};
}

ACT_FOR_EACH_MACHINE
void SumPair(const PairScan& scan, const double* u, const double* results, int64_t n, double worst, Verdict* sum) {
  const PairPolynomial polynomial = scan.polynomial;
  const Units units = scan.units;
  const double up = scan.up, down = scan.down;
  int64_t correct = 0, over_one = 0, doubtful = 0;
  for (int64_t i = 0; i < n; ++i) {
    const Verdict v = JudgePair(polynomial, units, u[i], results[i] * up * down, worst);
    correct += v.correct;
    over_one += v.over_one;
    doubtful += v.doubtful;
  }
  *sum = {correct, over_one, doubtful};
}

}  // namespace

NarrowScan::NarrowScan(const Interpolant& interpolant)
    : type(interpolant.block.type),
      polynomial(interpolant),
      units(type, interpolant.terms_exponent),
      half(interpolant.block.half()),
      wrong_zero(interpolant.sign == 0 ? kNoCode : interpolant.sign < 0 ? 0 : oracle::Encode(-0.0, type)) {}

Verdict NarrowScan::Sum(int64_t first, std::span<const float> results, double worst) const {
  Verdict sum;
  SumNarrow(*this, static_cast<double>(first), results.data(), static_cast<int64_t>(results.size()), worst, &sum);
  return sum;
}

Verdict NarrowScan::One(int64_t at, uint64_t code, double worst) const {
  const double p = polynomial.At((static_cast<double>(at) - half) / half);
  const double next = std::ldexp(1.0, oracle::FormatOf(type).max_exponent + 1);
  Verdict v = JudgeNarrow(p, polynomial.bound, Bounded(oracle::Round(p - polynomial.bound, type), next),
                          Bounded(oracle::Round(p + polynomial.bound, type), next),
                          Bounded(oracle::Decode(code, type), next), units, worst);
  v.doubtful |= code == wrong_zero;
  return v;
}

PairScan::PairScan(const Interpolant& interpolant)
    : polynomial(interpolant),
      units(DataType::kF64, std::max(interpolant.terms_exponent, -4000) + polynomial.scale),
      up(std::ldexp(1.0, polynomial.scale / 2)),
      down(std::ldexp(1.0, polynomial.scale - polynomial.scale / 2)) {}

Verdict PairScan::Sum(std::span<const double> u, std::span<const double> results, double worst) const {
  Verdict sum;
  SumPair(*this, u.data(), results.data(), static_cast<int64_t>(u.size()), worst, &sum);
  return sum;
}

Verdict PairScan::One(double u, double result, double worst) const {
  return JudgePair(polynomial, units, u, result * up * down, worst);
}

}  // namespace actserve::accuracy
