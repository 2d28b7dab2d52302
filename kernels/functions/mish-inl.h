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
      .reference = "Misra 2019, Mish: A Self Regularized Non-Monotonic Activation Function"};
  using ValueTable = MishTable;
  using SlopeTable = MishSlopeTable;

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    using R = Range<typename M::T>;
    const Decayed<V> e = Decay(m, m.Abs(x), m.Set(0));
    const auto negative = x < m.Set(0);
    const V one = m.Set(1), two = m.Set(2), w = e.w;
    const V n = m.Select(negative, two + w, m.Fma(two, w, one));
    const V d = m.Select(negative, m.Fma(w, two + w, two), m.Fma(two * w, one + w, one));
    const V factor = m.Select(negative, AtLeast(m, x, -R::kExpReach) * e.p, x);
    return Scale(m, factor * (n / d), m.Select(negative, e.k, m.Set(0)));
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
    const V one = m.Set(1), two = m.Set(2), four = m.Set(4), w = e.w;
    const V a = m.Fma(four, y, four), b = m.Fma(four, y, m.Set(6));
    const V below = m.Fma(m.Fma(four + w, w, b), w, a);
    const V above = m.Fma(m.Fma(m.Fma(a, w, b), w, four), w, one);
    const V d = m.Select(negative, m.Fma(w, two + w, two), m.Fma(two * w, one + w, one));
    const V ratio = m.Select(negative, e.p * below, above) / (d * d);
    const V scaled = Scale(m, ratio, m.Select(negative, e.k, m.Set(0)));
    const V u = (y - m.Set(C::kMishRoot)) - m.Set(C::kMishRootLow);
    return m.Select(m.Abs(u) < m.Set(Constants::kNearRoot), u * Polynomial(m, u, C::kMishSlope), scaled);
  }
};
