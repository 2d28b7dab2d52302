#include "tests/accuracy/scan_simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/accuracy/scan_simd.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace actserve::accuracy::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<double>;
using DI = hn::RebindToSigned<D>;
using V = hn::Vec<D>;
using Mask = hn::Mask<D>;

class Judge {
 public:
  HWY_ATTR Judge(const Units& units, double bound, double worst)
      : mask_(hn::Set(DI(), 0x7FF0000000000000)),
        least_(hn::Set(DI(), static_cast<int64_t>(units.least_bits))),
        bias_(hn::Set(DI(), static_cast<int64_t>(units.inverse_bits))),
        bound_(hn::Set(D(), bound)),
        worst_(hn::Set(D(), worst)) {}

  HWY_ATTR V Inverse(V value) const {
    const auto bits = hn::And(hn::BitCast(DI(), value), mask_);
    return hn::BitCast(D(), hn::Sub(bias_, hn::Max(bits, least_)));
  }

  // The two units are those next to the exact value, the smaller first.
  HWY_ATTR void Add(V low, V high, V result, V distance, V least_unit, V other_unit, Mask wrong) {
    const V one = hn::Set(D(), 1);
    const V difference = hn::IfThenElse(hn::Eq(result, result), distance, hn::Inf(D()));
    const V least = hn::Mul(hn::Sub(difference, bound_), least_unit);
    const V most = hn::Mul(hn::Add(difference, bound_), least_unit);
    const Mask correct = hn::Eq(result, low);
    const Mask unsure_unit = hn::AndNot(correct, hn::Ne(least_unit, other_unit));
    const Mask unsure_one = hn::And(hn::Le(least, one), hn::Gt(most, one));
    const Mask record = hn::Gt(least, worst_);
    const Mask doubtful = hn::Or(hn::Or(hn::Ne(low, high), unsure_unit), hn::Or(unsure_one, record));
    sum.correct += static_cast<int64_t>(hn::CountTrue(D(), hn::AndNot(wrong, correct)));
    sum.wrong += static_cast<int64_t>(hn::CountTrue(D(), wrong));
    sum.over_one += static_cast<int64_t>(hn::CountTrue(D(), hn::Gt(least, one)));
    sum.doubtful += static_cast<int64_t>(hn::CountTrue(D(), doubtful));
  }

  Verdict sum;

 private:
  hn::Vec<DI> mask_, least_, bias_;
  V bound_, worst_;
};

// As JudgeDouble.
HWY_ATTR int64_t SumNarrow(const NarrowScan& scan, int64_t first, std::span<const float> results, double worst,
                           Verdict& sum) {
  const D d;
  const hn::Rebind<float, D> narrow;
  const auto n = static_cast<int64_t>(results.size());
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const double* c = scan.polynomial.c;
  const V bound = hn::Set(d, scan.polynomial.bound), zero = hn::Zero(d);
  const V next = hn::Set(d, 0x1p128), minus_next = hn::Set(d, -0x1p128);
  const V inverse_half = hn::Set(d, 1 / scan.half);
  // As a double's bits; a NaN's, which is doubtful anyway, where neither zero is wrong.
  const bool either = scan.wrong_zero > 0x80000000;
  const auto wrong_zero =
      hn::Set(DI(), either ? int64_t{-1} : static_cast<int64_t>(static_cast<uint64_t>(scan.wrong_zero) << 32));
  const auto bounded = [&](V value) HWY_ATTR {
    const V above = hn::IfThenElse(hn::Gt(value, next), next, value);
    return hn::IfThenElse(hn::Lt(above, minus_next), minus_next, above);
  };
  const auto rounded = [&](V value) HWY_ATTR { return bounded(hn::PromoteTo(d, hn::DemoteTo(narrow, value))); };
  Judge judge(scan.units, scan.polynomial.bound, worst);
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const V u = hn::Mul(hn::Iota(d, static_cast<double>(first + i) - scan.half), inverse_half);
    V p = hn::Set(d, c[kDegree]);
    for (int k = kDegree; k-- > 0;) p = hn::MulAdd(p, u, hn::Set(d, c[k]));
    const V given = hn::PromoteTo(d, hn::LoadU(narrow, results.data() + i));
    const V result = bounded(given);
    const V magnitude = hn::Abs(p);
    const V inner = hn::Max(hn::Sub(magnitude, bound), zero);
    const Mask wrong = hn::RebindMask(d, hn::Eq(hn::BitCast(DI(), given), wrong_zero));
    judge.Add(rounded(hn::Sub(p, bound)), rounded(hn::Add(p, bound)), result, hn::Abs(hn::Sub(result, p)),
              judge.Inverse(inner), judge.Inverse(hn::Add(magnitude, bound)), wrong);
  }
  sum = judge.sum;
  return i;
}

// As JudgePair; needs a product and a sum that are rounded once.
HWY_ATTR int64_t SumPair(const PairScan& scan, std::span<const double> u, std::span<const double> results, double worst,
                         Verdict& sum) {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
  return 0;
#else
  const D d;
  const auto n = static_cast<int64_t>(results.size());
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const PairPolynomial& c = scan.polynomial;
  const V bound = hn::Set(d, c.bound), up = hn::Set(d, scan.up), down = hn::Set(d, scan.down);
  Judge judge(scan.units, c.bound, worst);
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const V at = hn::LoadU(d, u.data() + i);
    V sum_high = hn::Set(d, c.high[kDegree]);
    V rest = hn::Set(d, c.low[kDegree]);
    for (int k = kDegree; k-- > 0;) {
      const V high = hn::Set(d, c.high[k]);
      const V product = hn::Mul(sum_high, at);
      const V product_rest = hn::MulSub(sum_high, at, product);
      sum_high = hn::Add(product, high);
      const V added = hn::Sub(sum_high, product);
      const V sum_rest = hn::Add(hn::Sub(product, hn::Sub(sum_high, added)), hn::Sub(high, added));
      rest = hn::MulAdd(rest, at, hn::Add(hn::Add(product_rest, sum_rest), hn::Set(d, c.low[k])));
    }
    const V high = hn::Add(sum_high, rest);
    const V low = hn::Sub(rest, hn::Sub(high, sum_high));
    const V result = hn::Mul(hn::Mul(hn::LoadU(d, results.data() + i), up), down);
    const V before = hn::BitCast(d, hn::Sub(hn::BitCast(DI(), hn::Abs(high)), hn::Set(DI(), 1)));
    judge.Add(hn::Add(high, hn::Sub(low, bound)), hn::Add(high, hn::Add(low, bound)), result,
              hn::Abs(hn::Sub(hn::Sub(result, high), low)), judge.Inverse(before), judge.Inverse(high),
              hn::MaskFromVec(hn::Zero(d)));
  }
  sum = judge.sum;
  return i;
#endif
}

}  // namespace actserve::accuracy::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace actserve::accuracy {

HWY_EXPORT(SumNarrow);
HWY_EXPORT(SumPair);

int64_t SumNarrow(const NarrowScan& scan, int64_t first, std::span<const float> results, double worst, Verdict& sum) {
  return HWY_DYNAMIC_DISPATCH(SumNarrow)(scan, first, results, worst, sum);
}
int64_t SumPair(const PairScan& scan, std::span<const double> u, std::span<const double> results, double worst,
                Verdict& sum) {
  return HWY_DYNAMIC_DISPATCH(SumPair)(scan, u, results, worst, sum);
}

}  // namespace actserve::accuracy
#endif
