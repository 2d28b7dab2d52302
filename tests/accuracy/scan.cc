#include "tests/accuracy/scan.h"

#include <algorithm>

#include "tests/accuracy/scan_simd.h"

namespace actserve::accuracy {
namespace {

constexpr uint64_t kNoCode = ~uint64_t{0};

Verdict& operator+=(Verdict& sum, const Verdict& v) {
  sum.correct += v.correct;
  sum.over_one += v.over_one;
  sum.doubtful += v.doubtful;
  sum.wrong += v.wrong;
  return sum;
}

// UlpError's convention for infinities. A NaN stays.
double Bounded(double value, double next) {
  value = value > next ? next : value;
  return value < -next ? -next : value;
}

}  // namespace

NarrowScan::NarrowScan(const Interpolant& interpolant)
    : type(interpolant.block.type),
      polynomial(interpolant),
      units(type, interpolant.terms_exponent),
      half(interpolant.block.half()),
      wrong_zero(interpolant.sign == 0  ? kNoCode
                 : interpolant.sign < 0 ? 0
                                        : oracle::Encode(-0.0, type)) {}

Verdict NarrowScan::Sum(int64_t first, std::span<const float> results, double worst) const {
  Verdict sum;
  const int64_t done = SumNarrow(*this, first, results, worst, sum);
  for (auto i = static_cast<size_t>(done); i < results.size(); ++i) {
    sum += One(first + static_cast<int64_t>(i), std::bit_cast<uint32_t>(results[i]), worst);
  }
  return sum;
}

Verdict NarrowScan::One(int64_t at, uint64_t code, double worst) const {
  const double p = polynomial.At((static_cast<double>(at) - half) / half);
  const double next = std::ldexp(1.0, oracle::FormatOf(type).max_exponent + 1);
  const auto rounded = [&](double value) { return Bounded(oracle::Round(value, type), next); };
  Verdict v = JudgeDouble(p, polynomial.bound, rounded(p - polynomial.bound), rounded(p + polynomial.bound),
                          Bounded(oracle::Decode(code, type), next), units, worst);
  if (code == wrong_zero) v.correct = 0, v.wrong = 1;
  return v;
}

PairScan::PairScan(const Interpolant& interpolant)
    : polynomial(interpolant),
      units(DataType::kF64, std::max(interpolant.terms_exponent, -4000) + polynomial.scale),
      up(std::ldexp(1.0, polynomial.scale / 2)),
      down(std::ldexp(1.0, polynomial.scale - polynomial.scale / 2)) {}

Verdict PairScan::Sum(std::span<const double> u, std::span<const double> results, double worst) const {
  Verdict sum;
  const int64_t done = SumPair(*this, u, results, worst, sum);
  for (auto i = static_cast<size_t>(done); i < results.size(); ++i) sum += One(u[i], results[i], worst);
  return sum;
}

Verdict PairScan::One(double u, double result, double worst) const {
  return JudgePair(polynomial.At(u), polynomial.bound, result * up * down, units, worst);
}

}  // namespace actserve::accuracy
