// GELU, exact and in the tanh form. Without an include guard: a backend includes this inside its own namespace.

// x Phi(x), Phi the normal distribution function. With t = |x|, q = Phi(-t) = exp(-t^2/2) R(t):  -t q for x < 0, and
// x - t q above; never 1 + erf, which loses every digit of the tail. Around 0, x (1/2 + x P(x^2)).
struct Gelu {
  static constexpr FunctionInfo kInfo{.name = "gelu",
                                      .aliases = "gelu_erf",
                                      .summary = "Gaussian error linear unit, the exact form.",
                                      .formula = "x Phi(x) = x (1 + erf(x / sqrt(2))) / 2",
                                      .derivative = "Phi(x) + x exp(-x^2 / 2) / sqrt(2 pi)",
                                      .limits = {-0.0, kInfinity, -0.0, 1, 0.5},
                                      .reference = "Hendrycks and Gimpel 2016, Gaussian Error Linear Units",
                                      .usage = "ViT, RoBERTa, Whisper"};
  static constexpr double kSlopeAtZero = 0.5;
  using ValueTable = GeluTable;
  using SlopeTable = GeluSlopeTable;

  // What value and derivative share: t cut where its exponential is below every number, exp(-t^2/2), and
  // s = (t - kPivot) / (t + kPivot), which polynomials approximate the rest in.
  template <class V>
  struct Parts {
    V t;
    Twofold<V> s, t_plus_pivot;
    Decayed<V> e;
  };
  template <class M, class V>
  ACT_FN static Parts<V> Split(M m, V x) {
    const V half = m.Set(0.5);
    const V t = AtMost(m, m.Abs(x), M::Coefficients::kGeluReach);
    const V square = t * t;
    const V square_low = m.Fma(t, t, m.Neg(square));
    const Twofold<V> sum = Plus(m, Exactly(m, t), Exactly(m, m.Set(Constants::kPivot)));
    const Twofold<V> difference = Plus(m, Exactly(m, t), Exactly(m, m.Set(-Constants::kPivot)));
    Decayed<V> e = Decay(m, square * half, square_low * half);
    e.k = m.Select(t < m.Set(M::Coefficients::kGeluReach), e.k, m.Set(2 * Range<typename M::T>::kMinExponent));
    return {t, Divide(m, difference, sum), sum, e};
  }

  template <class M, class V>
  ACT_FN static Unscaled<V> BelowOrAbove(M m, V x, Unscaled<V> below, Twofold<V> above) {
    const auto negative = x < m.Set(0);
    return {Choose(m, negative, below.y, above), m.Select(negative, below.k, m.Set(0))};
  }
  // Phi(x) around 0.
  template <class M, class V>
  ACT_FN static Twofold<V> Central(M m, V x, V t) {
    using C = typename M::Coefficients;
    const Twofold<V> rise =
        Times(m, Exactly(m, x), Polynomial(m, Exactly(m, t * t), C::kGeluCentral, C::kGeluCentralLow));
    return Plus(m, rise, Exactly(m, m.Set(0.5)));
  }
  // -t q and Phi(-t) - t exp(-t^2/2) / sqrt(2 pi).
  template <class M, class V>
  ACT_FN static Unscaled<V> ValueBelow(M m, const Parts<V>& g) {
    using C = typename M::Coefficients;
    const Twofold<V> n = Times(m, Times(m, Exactly(m, g.t), g.e.p), Polynomial(m, g.s, C::kGelu, C::kGeluLow));
    return {Negated(m, Divide(m, n, g.t_plus_pivot)), g.e.k};
  }
  template <class M, class V>
  ACT_FN static Unscaled<V> SlopeBelow(M m, const Parts<V>& g) {
    using C = typename M::Coefficients;
    const Twofold<V> slope = Times(m, FromRoot(m, Exactly(m, g.t), C::kGeluRoot, C::kGeluRootLow),
                                   Polynomial(m, g.s, C::kGeluSlope, C::kGeluSlopeLow));
    return {Times(m, g.e.p, slope), g.e.k};
  }
  template <class M, class V, class P>
  ACT_FN static Unscaled<V> Value(M m, V x, const P& p) {
    const Parts<V> g = Split(m, x);
    const Unscaled<V> below = ValueBelow(m, g);
    const Unscaled<V> outer = BelowOrAbove(m, x, below, FineSum(m, x, FinishedFinely(m, below)));
    const auto is_central = g.t < m.Set(0.5);
    return {Choose(m, is_central, Times(m, Exactly(m, x), Central(m, x, g.t)), outer.y),
            m.Select(is_central, m.Set(0), outer.k)};
  }
  template <class M, class V, class P>
  ACT_FN static Unscaled<V> Slope(M m, V x, const P& p) {
    const Unscaled<V> below = SlopeBelow(m, Split(m, x));
    return BelowOrAbove(m, x, below, FineSum(m, m.Set(1), Negated(m, FinishedFinely(m, below))));
  }
  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    const Parts<V> g = Split(m, x);
    const V central = Product(m, Exactly(m, x), Central(m, x, g.t));
    const Unscaled<V> below = ValueBelow(m, g);
    const Unscaled<V> outer = BelowOrAbove(m, x, below, Exactly(m, x + Finished(m, below)));
    return m.Select(g.t < m.Set(0.5), central, Finished(m, outer));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    const Unscaled<V> below = SlopeBelow(m, Split(m, x));
    return Finished(m, BelowOrAbove(m, x, below, Exactly(m, m.Set(1) - Finished(m, below))));
  }

  // Phi(-t) t = exp(-t^2/2) (1 - u P(u)) / sqrt(2 pi) with u = 1 / t^2, after Laplace; what divides is in the exponent.
  template <class V>
  struct FarParts {
    V t, u, series;  // t < 0
    FarDecay<V> e;
  };
  template <class M, class V>
  ACT_FN static FarParts<V> SplitFar(M m, V x) {
    using C = typename M::Coefficients;
    const V t = MinusAtMost(m, x, 20.8f);  // kFarReach
    const V half = t * m.Set(-0.5);
    const V square = t * half;
    const V log = m.Set(-C::kLogSqrtTwoPi);
    const V a = square + log;
    const V a_low = ((square - a) + log) + (m.Fma(t, half, m.Neg(square)) - m.Set(C::kLogSqrtTwoPiLow));
    const V u = m.Set(-0.5) / square;
    return {t, u, u * Polynomial(m, u, C::kGeluFar), DecayFar(m, a, a_low)};
  }
  template <class M, class V>
  ACT_FN static Far<V> FarValue(M m, V x) {
    const FarParts<V> g = SplitFar(m, x);
    const Twofold<V> p = Stretch(m, g.e.p, m.Neg(g.series));
    const Twofold<V> tail = TimesPower(m, Negated(m, Normalised(m, p)), g.e.power);
    return LeftAndRight(m, x, tail, FineSum(m, x, tail.high), g.e.rest);
  }
  template <class M, class V>
  ACT_FN static Far<V> FarSlope(M m, V x) {
    const FarParts<V> g = SplitFar(m, x);
    const Twofold<V> p = Stretch(m, g.e.p, m.Fma(g.u, g.series, m.Neg(g.u)));
    const Twofold<V> tail = TimesPower(m, FineProduct(m, Exactly(m, g.t), p), g.e.power);
    return LeftAndRight(m, x, tail, FineSum(m, m.Set(1), m.Neg(tail.high)), g.e.rest);
  }
};

// x sigmoid(z) with z = C1 x + C3 x^3 kept as a sum of two numbers.
struct GeluTanh {
  static constexpr FunctionInfo kInfo{
      .name = "gelu_tanh",
      .summary = "GELU by the tanh approximation, as GPT-2 and PyTorch's approximate=\"tanh\".",
      .formula = "x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2",
      .derivative = "s + x s (1 - s) z', s = sigmoid(z), z = 2 sqrt(2 / pi) (x + 0.044715 x^3)",
      .limits = {-0.0, kInfinity, -0.0, 1, 0.5},
      .reference = "Hendrycks and Gimpel 2016, Gaussian Error Linear Units",
      .usage = "GPT-2; within GeGLU, T5 1.1 and Gemma"};
  static constexpr double kSlopeAtZero = 0.5;
  using ValueTable = GeluTanhTable;
  using SlopeTable = GeluTanhSlopeTable;

  static constexpr double kReach = 27;        // where z is beyond kExpReach: both tails are constant from there
  static constexpr float kFarthest = 13.99f;  // where -z is kFarReach

  template <class V>
  struct Argument {
    V x, high, low;      // x cut to the reach, and z of that
    V slope, slope_low;  // x z'
  };
  template <class M, class V>
  ACT_FN static Argument<V> Cubic(M m, V x, typename M::T reach) {
    using C = typename M::Coefficients;
    const V c1 = m.Set(C::kGeluTanhC1), c1_low = m.Set(C::kGeluTanhC1Low);
    const V c3 = m.Set(C::kGeluTanhC3), c3_low = m.Set(C::kGeluTanhC3Low);
    const V y = AtMost(m, AtLeast(m, x, -reach), reach);
    const V square = y * y;
    const V square_low = m.Fma(y, y, m.Neg(square));
    const V cubic = c3 * square;
    const V cubic_low = m.Fma(c3, square, m.Neg(cubic)) + m.Fma(c3, square_low, c3_low * square);
    const V factor = c1 + cubic;
    const V factor_low = SumError(m, c1, cubic, factor) + (cubic_low + c1_low);
    const V high = y * factor;
    const V twice = cubic + cubic, twice_low = cubic_low + cubic_low;
    const V rate = factor + twice;  // z' = C1 + 3 C3 x^2
    const V rate_low = SumError(m, factor, twice, rate) + (factor_low + twice_low);
    const V slope = y * rate;
    return {y, high, m.Fma(y, factor, m.Neg(high)) + y * factor_low, slope,
            m.Fma(y, rate, m.Neg(slope)) + y * rate_low};
  }

  template <class M, class V, class P>
  ACT_FN static Unscaled<V> Value(M m, V x, const P& p) {
    const Argument<V> z = Cubic(m, x, kReach);
    const SigmoidParts<V> s = Sigmoidal(m, z.high, z.low);
    const V bounded = m.Select(x < m.Set(0), z.x, x);
    const Twofold<V> n = Times(m, Exactly(m, bounded), s.n);
    return {OrInfinite(m, bounded, Divide(m, n, s.one_plus_w)), s.k};
  }

  template <class M, class V, class P>
  ACT_FN static Unscaled<V> Slope(M m, V x, const P& p) {
    using C = typename M::Coefficients;
    const Argument<V> z = Cubic(m, x, kReach);
    const Unscaled<V> slope = GatedSlope(m, x < m.Set(0), Twofold<V>{z.high, z.low}, Twofold<V>{z.slope, z.slope_low});
    const Twofold<V> u = FromRoot(m, Exactly(m, z.x), C::kGeluTanhRoot, C::kGeluTanhRootLow);
    return NearRootOr(m, slope, u, C::kGeluTanhSlope, C::kGeluTanhSlopeLow);
  }

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    return Finished(m, Value(m, x, p));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return Finished(m, Slope(m, x, p));
  }

  template <class M, class V>
  ACT_FN static Far<V> FarValue(M m, V x) {
    const Argument<V> z = Cubic(m, m.Neg(m.Abs(x)), kFarthest);
    const FarDecay<V> e = DecayFar(m, z.high, z.low);
    const Twofold<V> tail = TimesPower(m, FineProduct(m, Exactly(m, z.x), Stretch(m, e.p, m.Neg(e.w))), e.power);
    return LeftAndRight(m, x, tail, FineSum(m, x, tail.high), e.rest);
  }
  template <class M, class V>
  ACT_FN static Far<V> FarSlope(M m, V x) {
    const Argument<V> z = Cubic(m, m.Neg(m.Abs(x)), kFarthest);
    const FarDecay<V> e = DecayFar(m, z.high, z.low);
    const Twofold<V> tail = FarSigmoidSlope(m, Twofold<V>{z.slope, z.slope_low}, e);
    return LeftAndRight(m, x, tail, FineSum(m, m.Set(1), m.Neg(tail.high)), e.rest);
  }
};
