// The elementary functions that formulas are built from, for any MathPolicy. Without an include guard: a backend
// includes this, after its policy, inside its own namespace.

// What depends on the type's exponent range.
template <class T>
struct Range {};
template <>
struct Range<float> {
  static constexpr float kMinExponent = -126, kBias = 127, kRounder = 0x1.8p23f, kExpReach = 170, kTiny = 0x1p-100f,
                         kLift = 50, kMax = 0x1.fffffep127f;
};
template <>
struct Range<double> {
  static constexpr double kMinExponent = -1022, kBias = 1023, kRounder = 0x1.8p52, kExpReach = 1400, kTiny = 0x1p-900,
                          kLift = 128, kMax = 0x1.fffffffffffffp1023;
};

// c[0] + c[1] x + ..., by Horner's rule with fma.
template <size_t I = 0, class M, class V, class T, size_t N>
ACT_FN V Polynomial(M m, V x, const T (&c)[N]) {
  if constexpr (I + 1 == N) {
    return m.Set(c[I]);
  } else {
    return m.Fma(Polynomial<I + 1>(m, x, c), x, m.Set(c[I]));
  }
}

// min(x, limit) and max(x, limit) that keep NaN.
template <class M, class V>
ACT_FN V AtMost(M m, V x, typename M::T limit) {
  return m.Select(x > m.Set(limit), m.Set(limit), x);
}
template <class M, class V>
ACT_FN V AtLeast(M m, V x, typename M::T limit) {
  return m.Select(x < m.Set(limit), m.Set(limit), x);
}

// y, but an infinite x itself, which steps on the way to y would make a NaN of.
template <class M, class V>
ACT_FN V OrInfinite(M m, V x, V y) {
  return m.Select(m.Abs(x) > m.Set(Range<typename M::T>::kMax), x, y);
}

// The nearest integer (ties to even), for |x| < 2^22 (float) or 2^51 (double).
template <class M, class V>
ACT_FN V RoundToInteger(M m, V x) {
  const V rounder = m.Set(Range<typename M::T>::kRounder);
  return (x + rounder) - rounder;
}

// 2^k, exact, for integers k among the exponents of normal numbers.
template <class M, class V>
ACT_FN V PowerOfTwo(M m, V k) {
  using R = Range<typename M::T>;
  return m.LowBitsToExponent(k + m.Set(R::kRounder + R::kBias));
}

// x 2^k rounded once, also where the result is subnormal, for integers k down to twice kMinExponent and |x| such that
// x 2^(k/2) is normal.
template <class M, class V>
ACT_FN V Scale(M m, V x, V k) {
  const V half = RoundToInteger(m, k * m.Set(0.5f));
  return x * PowerOfTwo(m, half) * PowerOfTwo(m, k - half);
}

// a + b = sum + error exactly (Knuth), where nothing overflows.
template <class M, class V>
ACT_FN V SumError(M m, V a, V b, V sum) {
  const V b_part = sum - a;
  return (a - (sum - b_part)) + (b - b_part);
}

// high + low, |low| of about an ULP of high: a number in more bits than V has. Where M::kFine is false, results need
// fewer bits than V has, and low parts are left alone.
template <class V>
struct Twofold {
  V high, low;
};
template <class M, class V>
ACT_FN Twofold<V> Exactly(M m, V high) {
  return {high, m.Set(0)};
}
template <class M, class V>
ACT_FN Twofold<V> Plus(M m, Twofold<V> a, Twofold<V> b) {
  const V sum = a.high + b.high;
  if constexpr (!M::kFine) return Exactly(m, sum);
  return {sum, SumError(m, a.high, b.high, sum) + (a.low + b.low)};
}
template <class M, class V>
ACT_FN Twofold<V> Times(M m, Twofold<V> a, Twofold<V> b) {
  const V product = a.high * b.high;
  if constexpr (!M::kFine) return Exactly(m, product);
  return {product, m.Fma(a.high, b.high, m.Neg(product)) + m.Fma(a.high, b.low, a.low * b.high)};
}
template <class M, class V>
ACT_FN Twofold<V> Choose(M m, typename M::Mask mask, Twofold<V> yes, Twofold<V> no) {
  return {m.Select(mask, yes.high, no.high), m.Select(mask, yes.low, no.low)};
}
template <class M, class V>
ACT_FN Twofold<V> Negated(M m, Twofold<V> a) {
  return {m.Neg(a.high), m.Neg(a.low)};
}
// The same number with a low part that is small, where `high` may have cancelled.
template <class M, class V>
ACT_FN Twofold<V> Normalised(M m, Twofold<V> a) {
  const V high = a.high + a.low;
  return {high, (a.high - high) + a.low};
}
// a + b, where |a| >= |b|.
template <class M, class V>
ACT_FN Twofold<V> FineSum(M m, V a, V b) {
  return Normalised(m, Twofold<V>{a, b});
}
template <class M, class V>
ACT_FN Twofold<V> FineSum(M m, V a, Twofold<V> b) {
  const Twofold<V> sum = FineSum(m, a, b.high);
  return {sum.high, sum.low + b.low};
}
template <class M, class V>
ACT_FN Twofold<V> Divide(M m, Twofold<V> n, Twofold<V> d) {
  if constexpr (!M::kFine) return Exactly(m, n.high / d.high);
  const V inverse = m.Set(1) / d.high;
  const V quotient = n.high * inverse;
  const V rest = m.NegFma(quotient, d.high, n.high) + m.NegFma(quotient, d.low, n.low);
  return {quotient, rest * inverse};
}
template <class M, class V>
ACT_FN V Merged(M m, Twofold<V> a) {
  if constexpr (!M::kFine) return a.high;
  return a.high + a.low;
}
// a b, rounded once or nearly so; a may be infinite.
template <class M, class V>
ACT_FN V Multiplied(M m, V a, Twofold<V> b) {
  const V product = a * b.high;
  if constexpr (!M::kFine) return product;
  const V fine = m.WithSignOf(m.Fma(a, b.high, a * b.low), product);  // which parts that vanish may not have
  return m.Select(fine == fine, fine, product);                       // infinity times no low part
}
// a b: rounded once or nearly so, and what that took away.
template <class M, class V>
ACT_FN Twofold<V> FineProduct(M m, Twofold<V> a, Twofold<V> b) {
  const V rest = m.Fma(a.high, b.low, a.low * b.high);
  const V product = m.Fma(a.high, b.high, rest);
  return {product, m.Fma(a.high, b.high, m.Neg(product)) + rest};
}
template <class M, class V>
ACT_FN V Product(M m, Twofold<V> a, Twofold<V> b) {
  return FineProduct(m, a, b).high;
}
template <class M, class V>
ACT_FN Twofold<V> OrInfinite(M m, V x, Twofold<V> y) {
  return Choose(m, m.Abs(x) > m.Set(Range<typename M::T>::kMax), Exactly(m, x), y);
}
// Of a >= 0, not near the ends of the range.
template <class M, class V>
ACT_FN Twofold<V> SquareRoot(M m, Twofold<V> a) {
  const V root = m.Sqrt(a.high);
  if constexpr (!M::kFine) return Exactly(m, root);
  const V rest = m.NegFma(root, root, a.high) + a.low;
  return {root, m.Select(root > m.Set(0), rest / (root + root), m.Set(0))};
}
// n / d, no worse than 0.51 ULP where n and d are good.
template <class M, class V>
ACT_FN V Quotient(M m, Twofold<V> n, Twofold<V> d) {
  return Merged(m, Divide(m, n, d));
}
// Where the first coefficients, which say most of the sum, have low parts.
template <size_t I = 0, class M, class V, class T, size_t N, size_t L>
ACT_FN Twofold<V> Polynomial(M m, Twofold<V> x, const T (&c)[N], const T (&low)[L]) {
  if constexpr (I == L || !M::kFine) {
    return Exactly(m, Polynomial<I>(m, x.high, c));
  } else {
    return Plus(m, Times(m, Polynomial<I + 1>(m, x, c, low), x), Twofold<V>{m.Set(c[I]), m.Set(low[I])});
  }
}
// A result before its power of 2 is applied: y 2^k, where y 2^(k/2) is normal.
template <class V>
struct Unscaled {
  Twofold<V> y;
  V k;
};
template <class M, class V>
ACT_FN V Finished(M m, Unscaled<V> a) {
  return Scale(m, Merged(m, a.y), a.k);
}
// The same in more digits.
template <class M, class V>
ACT_FN Twofold<V> FinishedFinely(M m, Unscaled<V> a) {
  if constexpr (!M::kFine) return Exactly(m, Finished(m, a));
  const Twofold<V> y = Normalised(m, a.y);
  return {Scale(m, y.high, a.k), Scale(m, y.low, a.k)};
}
// factor y 2^k, where y 2^k alone may be subnormal or less: the power of 2 comes in between and last. Where factor y is
// tiny, more than that comes in between, so that no low part is lost to subnormal numbers: what a result is off by is
// half a unit of its last place, less than half as much again where it is subnormal, and twice what y is off by.
template <class M, class V>
ACT_FN V Finished(M m, V factor, Unscaled<V> a) {
  using R = Range<typename M::T>;
  const auto is_tiny = m.And(m.Abs(factor * a.y.high) < m.Set(R::kTiny), a.k > m.Set(R::kMinExponent));
  const V first = RoundToInteger(m, a.k * m.Set(0.5f)) + m.Select(is_tiny, m.Set(R::kLift), m.Set(0));
  return Multiplied(m, factor * PowerOfTwo(m, first), a.y) * PowerOfTwo(m, a.k - first);
}
// x - root, for a root known to more bits than T has.
template <class M, class V, class T = typename M::T>
ACT_FN Twofold<V> FromRoot(M m, Twofold<V> x, T root, T root_low) {
  return Plus(m, Plus(m, Exactly(m, x.high), Exactly(m, m.Set(-root))), Exactly(m, x.low - m.Set(root_low)));
}

// A number p 2^k with p in [0.7, 1.5] and an integer k, which may be out of the type's range.
template <class V>
struct Scaled {
  Twofold<V> p;
  V k;
};

// high + low = k ln2 + exact + rest, |exact + rest| <= ln2 / 2, after Cody and Waite: the product of k and kLn2 is
// exact, and so is what it leaves of `high`.
template <class V>
struct Remainder {
  V k, exact, rest;
};
template <class M, class V>
ACT_FN Remainder<V> RemainderOfLn2(M m, V high, V low) {
  using C = typename M::Coefficients;
  const V k = RoundToInteger(m, high * m.Set(C::kLog2E));
  return {k, m.NegFma(k, m.Set(C::kLn2), high), m.NegFma(k, m.Set(C::kLn2Low), low)};
}

// exp(high + low) = 2^k (1 + expm1_r).
template <class V>
struct Reduced {
  Twofold<V> expm1_r;
  V k;
};
template <class M, class V>
ACT_FN Reduced<V> ReduceExp(M m, V high, V low) {
  const auto [k, exact, rest] = RemainderOfLn2(m, high, low);
  const V r = exact + rest;
  const V r_low = (exact - r) + rest;
  const V tail = m.Fma(r * r, Polynomial(m, r, M::Coefficients::kExp), r_low);
  const V expm1_r = r + tail;
  return {{expm1_r, (r - expm1_r) + tail}, k};
}

// exp(high + low), |low| <= ulp(high), |high| <= 2^20. p.high has at most 1 ULP of error, and p a fraction of that.
template <class M, class V>
ACT_FN Scaled<V> Exp(M m, V high, V low) {
  const Reduced<V> e = ReduceExp(m, high, low);
  const V one = m.Set(1);
  const V p = one + e.expm1_r.high;
  return {{p, ((one - p) + e.expm1_r.high) + e.expm1_r.low}, e.k};
}

// exp(-a) for a = high + low >= 0, as p 2^k, and as a number w that is only good to the smallest normal number: good
// enough for 1 + w. `a` is cut at kExpReach, where p 2^k is far below every number of the type; from there on k is the
// least that Scale takes, so that few factors could bring p 2^k back.
template <class V>
struct Decayed {
  Twofold<V> p;
  V k;
  Twofold<V> w;
};
template <class M, class V>
ACT_FN Decayed<V> Decay(M m, V high, V low) {
  using R = Range<typename M::T>;
  const auto far = high >= m.Set(R::kExpReach);
  const Scaled<V> e = Exp(m, m.Neg(m.Select(far, m.Set(R::kExpReach), high)), m.Neg(m.Select(far, m.Set(0), low)));
  const V power = PowerOfTwo(m, AtLeast(m, e.k, R::kMinExponent));
  return {e.p, m.Select(far, m.Set(2 * R::kMinExponent), e.k), {e.p.high * power, e.p.low * power}};
}

// expm1(-a) for a = high + low >= 0.
template <class M, class V>
ACT_FN Twofold<V> DecayMinusOne(M m, Twofold<V> a) {
  const auto near = a.high < m.Set(64);  // -1 long before
  const Reduced<V> e = ReduceExp(m, m.Neg(m.Select(near, a.high, m.Set(64))), m.Neg(m.Select(near, a.low, m.Set(0))));
  const V power = PowerOfTwo(m, e.k);
  return Plus(m, Plus(m, Exactly(m, m.Set(-1)), Exactly(m, power)),
              Twofold<V>{e.expm1_r.high * power, e.expm1_r.low * power});
}

// sigmoid(z) = n / (1 + w) 2^k with w = exp(-|z|): n = 1, k = 0 for z >= 0, and n 2^k = w below.
template <class V>
struct SigmoidParts {
  Twofold<V> n;
  V k;
  Twofold<V> one_plus_w;
};
template <class M, class V>
ACT_FN SigmoidParts<V> Sigmoidal(M m, V z, V z_low) {
  const auto negative = z < m.Set(0);
  const Decayed<V> e = Decay(m, m.Abs(z), m.Select(negative, m.Neg(z_low), z_low));
  const Twofold<V> one = Exactly(m, m.Set(1));
  return {Choose(m, negative, e.p, one), m.Select(negative, e.k, m.Set(0)), Plus(m, one, e.w)};
}

// f'(x) for f(x) = x sigmoid(z), with w = exp(-|z|) and y = x z':  w (1 + y + w) / (1 + w)^2 where z is negative, and
// (1 + w + y w) / (1 + w)^2.
template <class M, class V>
ACT_FN Unscaled<V> GatedSlope(M m, typename M::Mask negative, Twofold<V> z, Twofold<V> y) {
  const Decayed<V> e = Decay(m, m.Abs(z.high), m.Select(negative, m.Neg(z.low), z.low));
  const Twofold<V> one = Exactly(m, m.Set(1));
  const Twofold<V> one_plus_w = Plus(m, one, e.w);
  const Twofold<V> sum = Plus(m, one_plus_w, Choose(m, negative, y, Times(m, y, e.w)));
  const Twofold<V> n = Times(m, Choose(m, negative, e.p, one), sum);
  return {Divide(m, n, Times(m, one_plus_w, one_plus_w)), m.Select(negative, e.k, m.Set(0))};
}

// A derivative: near its root, which is u away, u P(u), else `elsewhere`.
template <class M, class V, class T, size_t N, size_t L>
ACT_FN Unscaled<V> NearRootOr(M m, Unscaled<V> elsewhere, Twofold<V> u, const T (&c)[N], const T (&low)[L]) {
  const auto near = m.Abs(u.high) < m.Set(Constants::kNearRoot);
  return {Choose(m, near, Times(m, u, Polynomial(m, u, c, low)), elsewhere.y), m.Select(near, m.Set(0), elsewhere.k)};
}

// log(1 + a) = k ln2 + f + rest for a >= 0 in double, k an integer; the last is small beside the sum.
//   1 + a = 2^k (1 + f), s = f / (2 + f), log(1 + f) = 2s + s^3 P(s^2) = f - s (f - s^2 P(s^2))
template <class V>
struct LogParts {
  V k, f, rest;
};
template <class M, class V>
ACT_FN LogParts<V> LogOnePlusParts(M m, Twofold<V> a) {
  using C = typename M::Coefficients;
  const V u = m.Set(1) + a.high;
  const V u_error = SumError(m, m.Set(1), a.high, u) + a.low;
  V k;
  const V fraction = m.SplitExponent(u, k);
  const V correction = u_error / u;
  const V f = fraction - m.Set(1);
  const V s = f / (m.Set(2) + f);
  const V square = s * s;
  const V tail = s * (f - square * Polynomial(m, square, LogCoefficients::kLog));
  return {k, f, m.Fma(k, m.Set(C::kLn2Low), correction) - tail};
}
// In double: no worse than 1 ULP.
template <class M, class V>
ACT_FN V LogOnePlus(M m, V a) {
  const auto [k, f, rest] = LogOnePlusParts(m, Exactly(m, a));
  const V result = m.Fma(k, m.Set(M::Coefficients::kLn2), f + rest);
  return m.Select(a < m.Set(0x1p-54), a, m.Select(a == a, m.Select(a > m.Set(Range<double>::kMax), a, result), a));
}
// For a finite a, and better than a double.
template <class M, class V>
ACT_FN Twofold<V> LogOnePlus(M m, Twofold<V> a) {
  const auto [k, f, rest] = LogOnePlusParts(m, a);
  const V whole = k * m.Set(M::Coefficients::kLn2);
  const V sum = whole + f;
  const V low = SumError(m, whole, f, sum) + rest;  // not small beside the sum
  const V high = sum + low;
  return {high, (sum - high) + low};
}

// f(x), or f'(x), beyond the cells of f's table in f32: y 2^k, which may be below every number of the type. k is 0
// where nothing decays, or not far. y.high is y, rounded; y.low need be known of activations of gated functions only.
template <class V>
struct Far {
  Twofold<V> y;
  V k;
};
// exp(-a) = p 2^k, and itself as w, good to kLeast. Its power of 2 is split: power, of no less than kLeast, and 2^rest.
template <class V>
struct FarDecay {
  static constexpr float kLeast = -60;
  Twofold<V> p;  // high in [0.7, 1.42]; low is not small, but good to an ULP of high
  V power, rest, w;
};
// For a = -(high + low) <= kFarReach, from where 2^rest is 0 in two steps: no upstream could bring that back.
inline constexpr float kFarReach = 217.5f;
template <class M, class V>
ACT_FN FarDecay<V> DecayFar(M m, V high, V low) {
  const auto [k, exact, rest] = RemainderOfLn2(m, high, low);
  const V r = exact + rest;
  const V one = m.Set(1);
  const V sum = one + exact;
  const V sum_low = ((one - sum) + exact) + rest;
  const V p_low = m.Fma(r * r, Polynomial(m, r, M::Coefficients::kExp), sum_low);
  const V cut = m.Max(k, m.Set(FarDecay<V>::kLeast));
  const V power = PowerOfTwo(m, cut);
  return {{sum, p_low}, power, k - cut, (sum + p_low) * power};
}
// max(-|x|, -reach), but NaN for NaN.
template <class M, class V>
ACT_FN V MinusAtMost(M m, V x, typename M::T reach) {
  return m.Max(m.Set(-reach), m.Neg(m.Abs(x)));
}
// a (1 + c), for a small c.
template <class M, class V>
ACT_FN Twofold<V> Stretch(M m, Twofold<V> a, V c) {
  return {a.high, m.Fma(a.high + a.low, c, a.low)};
}
// Of a function with a decaying tail on the left, tail 2^k, and `above` on the right.
template <class M, class V>
ACT_FN Far<V> LeftAndRight(M m, V x, Twofold<V> tail, Twofold<V> above, V k) {
  const auto left = x < m.Set(0);
  return {Choose(m, left, tail, above), m.Select(left, k, m.Set(0))};
}
template <class M, class V>
ACT_FN Twofold<V> TimesPower(M m, Twofold<V> a, V power) {
  return {a.high * power, a.low * power};
}
// a sigmoid(-|x|) = a w / (1 + w), less e.rest, for w = exp(-|x|) < 0.0015.
template <class M, class V>
ACT_FN Twofold<V> FarSigmoid(M m, V a, const FarDecay<V>& e) {
  return TimesPower(m, FineProduct(m, Exactly(m, a), Stretch(m, e.p, m.Fma(e.w, e.w, m.Neg(e.w)))), e.power);
}
// f'(-|x|), less e.rest, for f(x) = x sigmoid(z): (1 + y + w) w / (1 + w)^2, y = x z' < 0, w = exp(-|z|) < 0.01.
template <class M, class V>
ACT_FN Twofold<V> FarSigmoidSlope(M m, Twofold<V> y, const FarDecay<V>& e) {
  const V factor = y.high + m.Set(1);
  const V factor_low = ((y.high - factor) + m.Set(1)) + y.low;
  // (factor + w) (1 - 2w + 3w^2 - 4w^3 + 5w^4), without what is far below an ULP
  const V c = e.w * m.Fma(e.w, m.Fma(e.w, m.Fma(e.w, m.Set(5), m.Set(-4)), m.Set(3)), m.Set(-2));
  const V w = m.Fma(e.w, c, e.w);
  const Twofold<V> p = Stretch(m, e.p, c);
  const V rest = m.Fma(factor, p.low, (factor_low + w) * (e.p.high + e.p.low));
  const V slope = m.Fma(factor, p.high, rest);
  return TimesPower(m, {slope, m.Fma(factor, p.high, m.Neg(slope)) + rest}, e.power);
}
