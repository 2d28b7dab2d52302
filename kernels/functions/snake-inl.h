// Snake. Without an include guard: a backend includes this inside its own namespace.

// Numbers of half-turns: an angle over pi, less its integer. Arithmetic is in double, and keeps low parts whatever
// M::kFine: roots of the derivative are told from what is near to them by those.

template <class M, class V>
ACT_FN Twofold<V> AddTo(M m, Twofold<V> sum, V b) {
  const V high = sum.high + b;
  return {high, SumError(m, sum.high, b, high) + sum.low};
}
// What is left of a number below 2^90 without its integer, at most 1/2.
template <class M, class V>
ACT_FN V Fraction(M m, V x) {
  const V large = m.Set(0x1.8p92);
  const V below = x - ((x + large) - large);  // less multiples of 2^40
  return below - RoundToInteger(m, below);
}
template <class M, class V>
ACT_FN Twofold<V> Fraction(M m, Twofold<V> x) {
  return Normalised(m, Twofold<V>{x.high - RoundToInteger(m, x.high), x.low});
}

// v 2^exponent radians in half-turns, after Payne and Hanek: of the product with 1 / pi, only as much is computed as is
// not a multiple of 1. The exponent is 0 where |v| < 1/2.
template <class M, class V>
ACT_FN Twofold<V> HalfTurns(M m, V v, V exponent) {
  using C = TurnCoefficients;
  const V a = m.Abs(v);
  const auto is_large = a >= m.Set(0.5);
  // a 2^exponent = f 2^53 2^i 2^(34 j - 54), with a whole f 2^53 and 0 <= i < 34
  V k;
  const V f = m.SplitExponent(m.Select(is_large, a, m.Set(1)), k);
  const V n = k + exponent + m.Set(1);
  const V j = RoundToInteger(m, (n - m.Set(16.5)) * m.Set(1.0 / 34));
  const V whole = f * PowerOfTwo(m, m.NegFma(j, m.Set(34), n) + m.Set(53));
  const V position = j + m.Set(Range<double>::kRounder);
  const V c0 = m.OneOf(C::kInversePi0, position), c1 = m.OneOf(C::kInversePi1, position);
  const V c2 = m.OneOf(C::kInversePi2, position), c3 = m.OneOf(C::kInversePi3, position);
  const V p0 = whole * c0, p1 = whole * c1, p2 = whole * c2;
  const V low0 = m.Fma(whole, c0, m.Neg(p0)), low1 = m.Fma(whole, c1, m.Neg(p1)), low2 = m.Fma(whole, c2, m.Neg(p2));
  Twofold<V> sum = {Fraction(m, p0), m.Set(0)};
  sum = AddTo(m, sum, Fraction(m, low0));
  sum = AddTo(m, sum, Fraction(m, p1));
  sum = AddTo(m, sum, low1);
  sum = AddTo(m, sum, p2);
  sum.low = sum.low + m.Fma(whole, c3, low2);
  const Twofold<V> large = Choose(m, v < m.Set(0), Negated(m, sum), sum);
  // 1 / pi
  const V inverse = m.Set(0.3183098861837907), small = v * inverse;
  const V small_low = m.Fma(v, inverse, m.Neg(small)) + v * m.Set(-1.9678676675182486e-17);
  return Fraction(m, Choose(m, is_large, large, {small, small_low}));
}

// sin(angle)^2 and cos(angle)^2, of an angle in half-turns, at most 1/2.
template <class V>
struct Squares {
  Twofold<V> sine, cosine;
};
template <class M, class V>
ACT_FN Squares<V> SineAndCosineSquared(M m, Twofold<V> turns) {
  using C = typename M::Coefficients;
  const Twofold<V> a = Choose(m, turns.high < m.Set(0), Negated(m, turns), turns);
  const auto beyond = a.high > m.Set(0.25);  // of 45 degrees
  const Twofold<V> q = Normalised(m, Choose(m, beyond, AddTo(m, Negated(m, a), m.Set(0.5)), a));
  const V pi = m.Set(3.141592653589793), r = q.high * pi;
  const V r_low = m.Fma(q.high, pi, m.Neg(r)) + m.Fma(q.low, pi, q.high * m.Set(1.2246467991473532e-16));
  const Twofold<V> angle = Normalised(m, Twofold<V>{r, r_low});
  const Twofold<V> square = Times(m, angle, angle);
  const Twofold<V> sine = Times(m, square, Polynomial(m, square, C::kSineSquared, C::kSineSquaredLow));
  const Twofold<V> cosine = Plus(m, Exactly(m, m.Set(1)), Negated(m, sine));
  return {Choose(m, beyond, cosine, sine), Choose(m, beyond, sine, cosine)};
}

struct Snake {
  enum { kA };
  static constexpr FunctionInfo kInfo{
      .name = "snake",
      .summary = "x and a wave on it, of a learned frequency: for what is periodic, such as sound.",
      .formula = "x + sin(a x)^2 / a",
      .derivative = "1 + sin(2 a x); at +-inf, where it has no limit, its mean",
      .kind = FunctionKind::kPerChannel,
      .params = {{{{.name = "a",
                    .summary = "frequency, a number or one for each channel; with 0 the function is x",
                    .fallback = 1,
                    .min = -1e6,
                    .max = 1e6,
                    .shape = ParamShape::kChannels,
                    .learnable = true}}}},
      .limits = {-kInfinity, kInfinity, 1, 1, 1},
      .reference = "Ziyin, Hartwig and Ueda 2020, Neural Networks Fail to Learn Periodic Functions and How to Fix It"};
  static constexpr bool kInF64 = true;

  // a x in half-turns, exact before it is reduced.
  template <class M, class V>
  ACT_FN static Twofold<V> Angle(M m, V x, V a) {
    const auto huge = m.And(m.Abs(x) > m.Set(0x1p960), m.Abs(a) > m.Set(1));  // the product may overflow
    const V smaller = m.Select(huge, x * m.Set(0x1p-64), x), exponent = m.Select(huge, m.Set(64), m.Set(0));
    const V product = a * smaller;
    const Twofold<V> turns = HalfTurns(m, product, exponent);
    if constexpr (!M::kFine) return turns;  // the product of two floats is exact
    const Twofold<V> rest = HalfTurns(m, m.Fma(a, smaller, m.Neg(product)), exponent);
    const Twofold<V> sum = AddTo(m, turns, rest.high);
    return Fraction(m, Normalised(m, Twofold<V>{sum.high, sum.low + rest.low}));
  }

  // sin(a x)^2 / a. Not by 1 / a, which overflows sooner.
  template <class M, class V>
  ACT_FN static Twofold<V> Wave(M m, Twofold<V> square, V a) {
    const V wave = square.high / a;
    return {wave, (m.NegFma(wave, a, square.high) + square.low) / a};
  }

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    const V a = p(kA);
    const Twofold<V> wave = Wave(m, SineAndCosineSquared(m, Angle(m, x, a)).sine, a);
    const V y = Merged(m, Plus(m, Exactly(m, x), wave));
    return m.Select(a == m.Set(0), x, OrInfinite(m, x, y));
  }
  // 2 sin(a x + pi / 4)^2, which does not cancel.
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    const Twofold<V> turned = Fraction(m, Normalised(m, AddTo(m, Angle(m, x, p(kA)), m.Set(0.25))));
    const V slope = m.Set(2) * Merged(m, SineAndCosineSquared(m, turned).sine);
    return m.Select(m.Abs(x) > m.Set(Range<double>::kMax), m.Set(1), slope);
  }
  // (x sin(2 a x) - sin(a x)^2 / a) / a, which has no limit; x^2 where a is 0.
  template <class M, class V, class P>
  ACT_FN static V ParamDerivative(M m, V x, const P& p, int which, int segment) {
    const V a = p(kA);
    const Twofold<V> angle = Angle(m, x, a);
    const Squares<V> squares = SineAndCosineSquared(m, angle);
    const Twofold<V> root = SquareRoot(m, Times(m, squares.sine, squares.cosine));  // |sin(2 a x)| / 2
    const Twofold<V> sine = Choose(m, angle.high < m.Set(0), Negated(m, root), root);
    const Twofold<V> rise = Times(m, Exactly(m, x + x), sine);
    const V slope = Merged(m, Plus(m, rise, Negated(m, Wave(m, squares.sine, a)))) / a;
    const auto endless = m.Abs(x) > m.Set(Range<double>::kMax);
    const V bounded = m.Select(endless, m.Set(std::numeric_limits<double>::quiet_NaN()), slope);
    return m.Select(a == m.Set(0), x * x, bounded);
  }
};
