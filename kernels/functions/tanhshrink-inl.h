// Functions made of the hyperbolic tangent, which itself is among the sigmoids. Without an include guard: a backend
// includes this inside its own namespace.

// tanh(x), and x less that; good to 0. An infinite x has the rest of a large number.
template <class V>
struct TanhParts {
  Twofold<V> tanh, rest;
};
template <class M, class V>
ACT_FN TanhParts<V> SplitByTanh(M m, V x) {
  using C = typename M::Coefficients;
  const V a = AtMost(m, m.Abs(x), 0x1p100);
  const Twofold<V> e = DecayMinusOne(m, Exactly(m, a + a)), exactly_x = Exactly(m, m.WithSignOf(a, x));
  const Twofold<V> t = Divide(m, e, Plus(m, Exactly(m, m.Set(2)), e));  // tanh(-|x|)
  const Twofold<V> outer = Choose(m, x > m.Set(0), Negated(m, t), t);
  // Near 0, where the difference cancels, it is x^3 P(x^2).
  const auto near = a < m.Set(1);
  const Twofold<V> square = Times(m, exactly_x, exactly_x);
  const Twofold<V> series = Polynomial(m, square, C::kTanhshrink, C::kTanhshrinkLow);
  const Twofold<V> cubic = Times(m, Times(m, exactly_x, square), series);
  return {Choose(m, near, Plus(m, exactly_x, Negated(m, cubic)), outer),
          Choose(m, near, cubic, Plus(m, exactly_x, Negated(m, outer)))};
}
template <class M, class V>
ACT_FN Twofold<V> TanhOf(M m, V x) {
  return SplitByTanh(m, x).tanh;
}

struct Tanhshrink {
  static constexpr FunctionInfo kInfo{.name = "tanhshrink",
                                      .summary = "x less its hyperbolic tangent: nothing near 0.",
                                      .formula = "x - tanh(x)",
                                      .derivative = "tanh(x)^2",
                                      .limits = {-kInfinity, kInfinity, 1, 1, 0},
                                      .reference = "PyTorch's torch.nn.Tanhshrink"};

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    // Near 0 it is x^3 / 3, which loses its low parts where it is subnormal: its power of two comes last.
    using T = typename M::T;
    constexpr bool kIsF64 = sizeof(T) == 8;
    constexpr T kTiny = kIsF64 ? T(0x1p-250) : 0, kRaise = kIsF64 ? T(0x1p200) : 1, kLower = kIsF64 ? T(0x1p-600) : 1;
    const auto tiny = m.Abs(x) < m.Set(kTiny);
    const V rest = Merged(m, SplitByTanh(m, m.Select(tiny, x * m.Set(kRaise), x)).rest);
    const V y = m.WithSignOf(m.Select(tiny, rest * m.Set(kLower), rest), x);  // of zeros, too
    return m.Select(m.Abs(x) < m.Set(0x1p100), y, x);
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    const Twofold<V> t = TanhOf(m, x);
    return Merged(m, Times(m, t, t));
  }
};

struct Stan {
  enum { kBeta };
  static constexpr FunctionInfo kInfo{
      .name = "stan",
      .summary = "Self-scalable tanh: a tanh that grows on beyond its limits.",
      .formula = "tanh(x) (1 + beta x)",
      .derivative = "(1 - tanh(x)^2) (1 + beta x) + beta tanh(x)",
      .kind = FunctionKind::kPerChannel,
      .params = {{{{.name = "beta",
                    .summary = "growth, a number or one for each channel",
                    .fallback = 1,
                    .min = -1e6,
                    .max = 1e6,
                    .shape = ParamShape::kChannels,
                    .learnable = true}}}},
      .limits = {kInfinity, kInfinity, -1, 1, 1},
      .reference =
          "Gnanasambandam, Shen, Chung, Yue and Kong 2022, Self-scalable Tanh (Stan): Faster Convergence and Better "
          "Generalization in Physics-informed Neural Networks"};
  static constexpr bool kInF64 = true;

  static constexpr double kReach = 64;  // tanh is 1 long before

  // 1 + beta x. Where that cancels, what is left may be the low part alone.
  template <class M, class V>
  ACT_FN static Twofold<V> Growth(M m, V x, V beta) {
    return Normalised(m, Plus(m, Exactly(m, m.Set(1)), Times(m, Exactly(m, beta), Exactly(m, x))));
  }
  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    const V beta = p(kBeta);
    const V line = m.Fma(beta, m.Abs(x), m.WithSignOf(m.Set(1), x));
    const V outer = m.Select(beta == m.Set(0), m.WithSignOf(m.Set(1), x), line);
    return m.Select(m.Abs(x) < m.Set(kReach), Merged(m, Times(m, TanhOf(m, x), Growth(m, x, beta))), outer);
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    const V beta = p(kBeta), reach = m.Set(Range<typename M::T>::kExpReach), one = m.Set(1);
    const V cut = m.Select(m.Abs(x) < reach, x, m.WithSignOf(reach, x));
    const V a = m.Abs(cut);
    const Decayed<V> e = Decay(m, a + a, m.Set(0));
    const Twofold<V> one_plus_w = Plus(m, Exactly(m, one), e.w);
    const Twofold<V> square = Times(m, one_plus_w, one_plus_w);
    const Twofold<V> slope = Divide(m, {e.w.high * m.Set(4), e.w.low * m.Set(4)}, square);  // of tanh
    const Twofold<V> tanh_part = Times(m, Exactly(m, beta), TanhOf(m, cut));
    const V sum = Merged(m, Plus(m, Times(m, slope, Growth(m, cut, beta)), tanh_part));
    // With nothing to add to, the slope of tanh goes down to the smallest number.
    const V tail = Scale(m, m.Set(4) * Quotient(m, e.p, square), e.k);
    return m.Select(beta == m.Set(0), tail, sum);
  }
  template <class M, class V, class P>
  ACT_FN static V ParamDerivative(M m, V x, const P& p, int which, int segment) {
    return x * Merged(m, TanhOf(m, x));
  }
};
