// The normal distribution function. Without an include guard: a backend includes this inside its own namespace.

// Phi(z), z = (x - mu) / sigma. With t = |z|, q = Phi(-t) = exp(-t^2/2) R(t) below mu and 1 - q above; around it,
// 1/2 + z P(z^2).
struct Laplace {
  enum { kMu, kSigma };
  static constexpr FunctionInfo kInfo{
      .name = "laplace",
      .summary = "A normal distribution function, near to squared ReLU: the attention function of Mega.",
      .formula = "(1 + erf((x - mu) / (sigma sqrt(2)))) / 2",
      .derivative = "exp(-((x - mu) / sigma)^2 / 2) / (sigma sqrt(2 pi))",
      .params = {{{{.name = "mu",
                    .summary = "where the value is 1/2; sqrt(1/2) by default",
                    .fallback = 0.7071067811865476,
                    .min = -1e6,
                    .max = 1e6,
                    .learnable = true},
                   {.name = "sigma",
                    .summary = "width; sqrt(1 / (4 pi)) by default",
                    .fallback = 0.28209479177387814,
                    .min = 1e-6,
                    .max = 1e6,
                    .learnable = true}}}},
      .limits = {0, 1, 0, 0, 0.061113709291909075},
      .reference = "Ma et al. 2022, Mega: Moving Average Equipped Gated Attention"};
  static constexpr bool kInF64 = true;

  // z, cut where its exponential is below every number; and exp(-z^2/2).
  template <class V>
  struct Parts {
    Twofold<V> z;
    Decayed<V> e;
  };
  template <class M, class V, class P>
  ACT_FN static Parts<V> Split(M m, V x, const P& p) {
    const V reach = m.Set(M::Coefficients::kGeluReach), half = m.Set(0.5);
    const Twofold<V> distance = Plus(m, Exactly(m, x), Exactly(m, m.Neg(p(kMu))));
    const Twofold<V> z = Divide(m, distance, Exactly(m, p(kSigma)));
    const auto near = m.Abs(z.high) < reach;
    const Twofold<V> cut = {m.Select(near, z.high, m.WithSignOf(reach, distance.high)),
                            m.Select(near, z.low, m.Set(0))};
    const Twofold<V> square = Times(m, cut, cut);
    return {cut, Decay(m, square.high * half, square.low * half)};
  }

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    using C = typename M::Coefficients;
    const Parts<V> g = Split(m, x, p);
    const auto negative = g.z.high < m.Set(0);
    const Twofold<V> t = Choose(m, negative, Negated(m, g.z), g.z);
    const Twofold<V> sum = Plus(m, t, Exactly(m, m.Set(Constants::kPivot)));
    const Twofold<V> s = Divide(m, Plus(m, t, Exactly(m, m.Set(-Constants::kPivot))), sum);
    const V q = Scale(m, Quotient(m, Times(m, g.e.p, Polynomial(m, s, C::kGelu, C::kGeluLow)), sum), g.e.k);
    const V outer = m.Select(negative, q, m.Set(1) - q);
    const Twofold<V> rise = Times(m, g.z, Polynomial(m, Times(m, g.z, g.z), C::kGeluCentral, C::kGeluCentralLow));
    const V central = Merged(m, Plus(m, Exactly(m, m.Set(0.5)), rise));
    return m.Select(t.high < m.Set(0.5), central, outer);
  }

  // The density at x, times `factor`.
  template <class M, class V, class P>
  ACT_FN static V Density(M m, const Parts<V>& g, V factor, const P& p) {
    const Twofold<V> norm = {m.Set(0.3989422804014327), m.Set(-2.49232720227773e-17)};  // 1 / sqrt(2 pi)
    const Twofold<V> n = Times(m, Times(m, g.e.p, norm), Exactly(m, factor));
    return Scale(m, Quotient(m, n, Exactly(m, p(kSigma))), g.e.k);
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return Density(m, Split(m, x, p), m.Set(1), p);
  }
  template <class M, class V, class P>
  ACT_FN static V ParamDerivative(M m, V x, const P& p, int which, int segment) {
    const Parts<V> g = Split(m, x, p);
    return m.Neg(Density(m, g, which == kMu ? m.Set(1) : g.z.high + g.z.low, p));
  }
};
