// The integrals of the sigmoid. Without an include guard: a backend includes this inside its own namespace.

// log(1 + exp(z)) / beta for z = beta x in double; good at every magnitude, with no threshold from which it is x.
//   z >= 0: (z + log(1 + w)) / beta, w = exp(-|z|);  below: log(1 + w) / beta
template <class M, class V>
ACT_FN V ScaledSoftplus(M m, V x, Twofold<V> z, V beta) {
  const auto negative = z.high < m.Set(0);
  const Decayed<V> e = Decay(m, m.Abs(z.high), m.Select(negative, m.Neg(z.low), z.low));
  const Twofold<V> log = LogOnePlus(m, e.w);
  const Twofold<V> zero = Exactly(m, m.Set(0));
  const V near = Quotient(m, Plus(m, Choose(m, negative, zero, z), log), Exactly(m, beta));
  // Far down the result is w less half its square, and the power of two comes last.
  const V half = m.Set(0.5) * e.w.high;
  const V tail_high = m.NegFma(e.p.high, half, e.p.high);
  const Twofold<V> tail = {tail_high, m.NegFma(e.p.high, half, e.p.high - tail_high) + e.p.low};
  const V far_down = Scale(m, Quotient(m, tail, Exactly(m, beta)), e.k);
  return m.Select(z.high > m.Set(40), x, m.Select(z.high < m.Set(-20), far_down, near));
}

struct Softplus {
  enum { kBeta };
  static constexpr FunctionInfo kInfo{
      .name = "softplus",
      .summary = "A smooth ReLU, exact at every magnitude: there is no threshold as PyTorch has it.",
      .formula = "log(1 + exp(beta x)) / beta",
      .derivative = "sigmoid(beta x)",
      .params = {{{{.name = "beta", .summary = "steepness", .fallback = 1, .min = 1e-3, .max = 1e3}}}},
      .limits = {0, kInfinity, 0, 1, 0.5},
      .reference =
          "Dugas, Bengio, Bélisle, Nadeau and Garcia 2000, Incorporating Second-Order Functional Knowledge for "
          "Better Option Pricing",
      .usage = "outputs that are to be positive, such as variances; Mamba's step sizes"};

  // beta x, cut far beyond where anything happens.
  template <class M, class V>
  ACT_FN static Twofold<V> Steepened(M m, V x, V beta) {
    const V reach = m.Set(Range<typename M::T>::kExpReach);
    const V product = beta * x;
    const auto far = m.Abs(product) >= reach;
    return {m.Select(far, m.WithSignOf(reach, x), product), m.Select(far, m.Set(0), m.Fma(beta, x, m.Neg(product)))};
  }

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    return ScaledSoftplus(m, x, Steepened(m, x, p(kBeta)), p(kBeta));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    const Twofold<V> z = Steepened(m, x, p(kBeta));
    const SigmoidParts<V> s = Sigmoidal(m, z.high, z.low);
    return Scale(m, Quotient(m, s.n, s.one_plus_w), s.k);
  }
};

struct Logsigmoid {
  static constexpr FunctionInfo kInfo{.name = "logsigmoid",
                                      .summary = "The sigmoid's logarithm.",
                                      .formula = "log(sigmoid(x)) = -softplus(-x)",
                                      .derivative = "sigmoid(-x)",
                                      .limits = {-kInfinity, -0.0, 1, 0, 0.5},
                                      .usage = "losses for two classes and for preferences: SigLIP, DPO"};

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    const V flipped = m.Neg(x);
    return m.Neg(ScaledSoftplus(m, flipped, Softplus::Steepened(m, flipped, m.Set(1)), m.Set(1)));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    const SigmoidParts<V> s = Sigmoidal(m, m.Neg(x), m.Set(0));
    return Scale(m, Quotient(m, s.n, s.one_plus_w), s.k);
  }
};
