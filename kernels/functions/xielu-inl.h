// xIELU, of expanded integrals. Without an include guard: a backend includes this inside its own namespace.

// Above 0, a parabola; below, s (exp(x) - 1 - x) + beta (exp(x) - 1), which is
// (beta + s) (exp(x) - 1 - x) + beta x, with fewer terms that cancel. s is the softplus of alpha_n.
struct Xielu {
  enum { kAlphaP, kAlphaN, kBeta };
  static constexpr FunctionInfo kInfo{
      .name = "xielu",
      .summary = "Expanded integral of the exponential linear unit: a parabola above 0, and below it a trainable dip.",
      .formula = "softplus(alpha_p) x^2 + beta x if x > 0, else (beta + softplus(alpha_n)) (exp(x) - 1 - x) + beta x",
      .derivative = "2 softplus(alpha_p) x + beta if x > 0, else (beta + softplus(alpha_n)) (exp(x) - 1) + beta",
      .params = {{{{.name = "alpha_p",
                    .summary = "curvature above 0, as checkpoints have it: before the softplus, by default that to 0.8",
                    .fallback = 0.20338232815265656,
                    .min = -100,
                    .max = 1e6,
                    .learnable = true},
                   {.name = "alpha_n",
                    .summary = "slope far below 0, as checkpoints have it: before the softplus, by default that to 0.3",
                    .fallback = -1.0502254962921143,
                    .min = -100,
                    .max = 1e6,
                    .learnable = true},
                   {.name = "beta", .summary = "slope at 0", .fallback = 0.5, .min = -1e6, .max = 1e6}}}},
      .limits = {kInfinity, kInfinity, -0.3000000302005704, kInfinity, 0.5},
      .reference = "Huang and Schlag 2024, Deriving Activation Functions Using Integration"};
  static constexpr bool kInF64 = true;

  // log(1 + exp(z)) for z >= -100.
  template <class M, class V>
  ACT_FN static Twofold<V> SoftplusOf(M m, V z) {
    const Decayed<V> e = Decay(m, m.Abs(z), m.Set(0));
    const V above = m.Select(z > m.Set(0), z, m.Set(0));
    const Twofold<V> near = Plus(m, Exactly(m, above), LogOnePlus(m, e.w));
    const V half_square = m.Set(0.5) * e.w.high * e.w.high;
    return Choose(m, z < m.Set(-20), Plus(m, e.w, Exactly(m, m.Neg(half_square))), near);
  }
  // exp(x) - 1 and exp(x) - 1 - x, x <= 0.
  template <class V>
  struct Below {
    Twofold<V> expm1, rest;
  };
  template <class M, class V>
  ACT_FN static Below<V> Exponentials(M m, V x) {
    const V a = m.Abs(x);
    const Twofold<V> e = DecayMinusOne(m, Exactly(m, a));
    // Where exp(x) - 1 and x cancel, a series r; of x / 2 where it does not reach x: 2 r + (x/2 + r)^2.
    const auto central = a < m.Set(0.34);
    const V h = m.Select(central, x, x * m.Set(0.5));
    const Twofold<V> exactly_h = Exactly(m, h), tail = Exactly(m, Polynomial<1>(m, h, M::Coefficients::kExp));
    const Twofold<V> series = Plus(m, Exactly(m, m.Set(M::Coefficients::kExp[0])), Times(m, exactly_h, tail));
    const Twofold<V> r = Times(m, Times(m, exactly_h, exactly_h), series), sum = Plus(m, exactly_h, r);
    const Twofold<V> doubled = Plus(m, Times(m, sum, sum), Twofold<V>{r.high + r.high, r.low + r.low});
    const Twofold<V> outer = Choose(m, a > m.Set(0x1p500), Exactly(m, a), Plus(m, Exactly(m, a), e));
    return {e, Choose(m, central, r, Choose(m, a < m.Set(0.68), doubled, outer))};
  }

  // y, but where it is 0 because a b, the larger of its terms, is too small: that with its sign.
  template <class M, class V>
  ACT_FN static V WithSignAtZero(M m, V y, V a, V b) {
    return m.Select(y == m.Set(0), m.Fma(a, b, m.Set(0)), y);
  }

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    const V beta = p(kBeta);
    const auto positive = x > m.Set(0);
    const Twofold<V> scale = SoftplusOf(m, m.Select(positive, p(kAlphaP), p(kAlphaN)));
    const Twofold<V> slope = Plus(m, Times(m, scale, Exactly(m, x)), Exactly(m, beta));
    const V above = Product(m, Exactly(m, x), slope);
    const V simple = x * m.Fma(scale.high, x, beta);  // without low parts, which overflow to NaN
    // Near the largest number, a quarter of it still has low parts.
    const V small_x = x * m.Set(0.25), simple_quarter = small_x * m.Fma(scale.high, x, beta);
    const V quarter = OrInfinite(m, simple_quarter, Product(m, Exactly(m, small_x), slope));
    const V parabola = m.Select(m.Abs(simple) < m.Set(Range<typename M::T>::kMax / 2), above, quarter * m.Set(4));
    const Below<V> b = Exponentials(m, m.Select(positive, m.Set(0), x));
    const V sum = Merged(m, Plus(m, Times(m, scale, b.rest), Times(m, Exactly(m, beta), b.expm1)));
    // Far down, where all else is lost beside s |x|, low parts could overflow.
    const V a = m.Abs(x);
    const V line = OrInfinite(m, a, m.Fma(scale.high, a, scale.low * a));
    const V below = m.Select(a < m.Set(0x1p500), WithSignAtZero(m, sum, beta, x), line);
    return m.Select(positive, parabola, below);
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    const V beta = p(kBeta), a = m.Abs(x);
    const auto positive = x > m.Set(0);
    const Twofold<V> scale = SoftplusOf(m, m.Select(positive, p(kAlphaP), p(kAlphaN)));
    const Twofold<V> twice = {scale.high + scale.high, scale.low + scale.low};
    const V line = Merged(m, Plus(m, Times(m, twice, Exactly(m, x)), Exactly(m, beta)));
    const V simple = m.Fma(twice.high, x, beta);
    const V above = m.Select(m.Abs(simple) < m.Set(Range<typename M::T>::kMax / 2), line, simple);
    const Twofold<V> decay = Times(m, Exactly(m, beta), Decay(m, a, m.Set(0)).w);
    const Twofold<V> e = DecayMinusOne(m, Exactly(m, a));
    const V below = Merged(m, Plus(m, Times(m, scale, e), decay));
    return m.Select(positive, above, WithSignAtZero(m, below, scale.high, e.high));
  }
  template <class M, class V, class P>
  ACT_FN static V ParamDerivative(M m, V x, const P& p, int which, int segment) {
    const SigmoidParts<V> s = Sigmoidal(m, p(which), m.Set(0));
    const V sigmoid = Scale(m, Quotient(m, s.n, s.one_plus_w), s.k);
    const auto positive = x > m.Set(0);
    if (which == kAlphaP) return m.Select(positive, sigmoid * x * x, m.Set(0));
    return m.Select(positive, m.Set(0), sigmoid * Merged(m, Exponentials(m, m.Select(positive, m.Set(0), x)).rest));
  }
};
