// Mish. Without an include guard: a backend includes this inside its own namespace.

// x tanh(softplus(x)) = x e (e + 2) / (e (e + 2) + 2), e = exp(x); with w = exp(-|x|), for x < 0 it is
// x w (2 + w) / (2 + 2w + w^2), and above x (1 + 2w) / (1 + 2w + 2w^2).
struct Mish {
  static constexpr FunctionInfo kInfo{
      .name = "mish",
      .summary = "A smooth self-regularised activation.",
      .formula = "x tanh(log(1 + exp(x)))",
      .derivative = "e (4 (x + 1) + e (4x + 6) + 4 e^2 + e^3) / (2 + 2e + e^2)^2, e = exp(x)",
      .limits = {-0.0, kInfinity, -0.0, 1, 0.6},
      .reference = "Misra 2019, Mish: A Self Regularized Non-Monotonic Activation Function",
      .usage = "YOLOv4's backbone"};
  using ValueTable = MishTable;
  using SlopeTable = MishSlopeTable;

  template <class M, class V>
  ACT_FN static Twofold<V> Numerator(M m, typename M::Mask negative, Twofold<V> w) {
    const Twofold<V> twice{w.high + w.high, w.low + w.low};
    return Choose(m, negative, Plus(m, Exactly(m, m.Set(2)), w), Plus(m, Exactly(m, m.Set(1)), twice));
  }
  template <class M, class V>
  ACT_FN static Twofold<V> Denominator(M m, typename M::Mask negative, Twofold<V> w) {
    const Twofold<V> twice{w.high + w.high, w.low + w.low};
    const Twofold<V> one_more = Plus(m, Exactly(m, m.Set(1)), w);
    const Twofold<V> one = Exactly(m, m.Set(1)), two = Exactly(m, m.Set(2));
    const Twofold<V> product = Times(m, Choose(m, negative, w, twice), Choose(m, negative, Plus(m, two, w), one_more));
    return Plus(m, Choose(m, negative, two, one), product);
  }

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    using R = Range<typename M::T>;
    const Decayed<V> e = Decay(m, m.Abs(x), m.Set(0));
    const auto negative = x < m.Set(0);
    const V bounded = AtLeast(m, x, -R::kExpReach);
    const Twofold<V> factor = Choose(m, negative, Times(m, Exactly(m, bounded), e.p), Exactly(m, x));
    const Twofold<V> n = Times(m, factor, Numerator(m, negative, e.w));
    const V y = Scale(m, Quotient(m, n, Denominator(m, negative, e.w)), m.Select(negative, e.k, m.Set(0)));
    return OrInfinite(m, bounded, y);
  }

  // Above 0: ((4x + 4) w^3 + (4x + 6) w^2 + 4 w + 1) / (1 + 2w + 2w^2)^2.
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    using T = typename M::T;
    using R = Range<T>;
    using C = typename M::Coefficients;
    const V y = AtMost(m, AtLeast(m, x, -R::kExpReach), R::kExpReach);
    const Decayed<V> e = Decay(m, m.Abs(y), m.Set(0));
    const auto negative = x < m.Set(0);
    const Twofold<V> one = Exactly(m, m.Set(1)), four = Exactly(m, m.Set(4)), four_y = Exactly(m, y * m.Set(4));
    const Twofold<V> a = Plus(m, four_y, four), b = Plus(m, four_y, Exactly(m, m.Set(6)));
    // The same steps for both, with other coefficients.
    Twofold<V> sum = Plus(m, Times(m, Choose(m, negative, Plus(m, four, e.w), a), e.w), b);
    sum = Plus(m, Times(m, sum, e.w), Choose(m, negative, a, four));
    const Twofold<V> below = Times(m, sum, e.p), above = Plus(m, Times(m, sum, e.w), one);
    const Twofold<V> d = Denominator(m, negative, e.w);
    const Unscaled<V> slope = {Divide(m, Choose(m, negative, below, above), Times(m, d, d)),
                               m.Select(negative, e.k, m.Set(0))};
    const Twofold<V> u = FromRoot(m, Exactly(m, y), C::kMishRoot, C::kMishRootLow);
    return Finished(m, NearRootOr(m, slope, u, C::kMishSlope, C::kMishSlopeLow));
  }

  // By series in w = exp(-|x|) < 0.011: x (w - w^2/2 + w^4/4 - ...) below 0, x (1 - 2 w^2 + 4 w^3 - 4 w^4 + ...) above.
  template <class M, class V>
  ACT_FN static Far<V> FarValue(M m, V x) {
    const V a = MinusAtMost(m, x, kFarReach);
    const FarDecay<V> e = DecayFar(m, a, m.Set(0));
    const V tail = Product(m, Exactly(m, a), Stretch(m, e.p, e.w * m.Set(-0.5))) * e.power;
    const V above = m.NegFma(a * (e.w * e.w), m.Fma(e.w, m.Set(4), m.Set(-2)), x);
    return LeftAndRight(m, x, Exactly(m, tail), Exactly(m, above), e.rest);
  }
  template <class M, class V>
  ACT_FN static Far<V> FarSlope(M m, V x) {
    const V a = MinusAtMost(m, x, kFarReach);
    const FarDecay<V> e = DecayFar(m, a, m.Set(0));
    const V w = e.w;
    // w (1 + a - w (a + 1/2 - w^2 (a + 1/4 - w (5/4 a + 1/4))))
    const V factor = a + m.Set(1);
    const V rest = m.NegFma(w, m.Fma(a, m.Set(1.25), m.Set(0.25)), a + m.Set(0.25));
    const V factor_low = ((a - factor) + m.Set(1)) - w * m.NegFma(w * w, rest, a + m.Set(0.5));
    const V tail = m.Fma(factor, e.p.high, m.Fma(factor, e.p.low, factor_low * (e.p.high + e.p.low))) * e.power;
    const V above = m.NegFma(w, m.NegFma(w, m.Fma(a, m.Set(16), m.Set(4)), m.Fma(a, m.Set(12), m.Set(4))),
                             m.Fma(a, m.Set(4), m.Set(2)));
    return LeftAndRight(m, x, Exactly(m, tail), Exactly(m, m.NegFma(w * w, above, m.Set(1))), e.rest);
  }
};
