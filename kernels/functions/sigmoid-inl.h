// The logistic sigmoid and its kin: all are exp(-|z|) and one division, scaled last so that no tail is lost.
// Without an include guard: a backend includes this inside its own namespace.

// s(z) s(-z) = w / (1 + w)^2, w = exp(-|z|): the sigmoid's derivative, times `factor`, a power of two.
template <class M, class V>
ACT_FN Unscaled<V> SigmoidSlope(M m, V z, V factor) {
  const Decayed<V> e = Decay(m, m.Abs(z), m.Set(0));
  const Twofold<V> one_plus_w = Plus(m, Exactly(m, m.Set(1)), e.w);
  const Twofold<V> quotient = Divide(m, e.p, Times(m, one_plus_w, one_plus_w));
  return {{factor * quotient.high, factor * quotient.low}, e.k};
}

// FarSlope for the sigmoid's derivative, times a power of two: w (1 - 2w) factor, w = exp(z), z <= 0.
template <class M, class V>
ACT_FN Far<V> FarSigmoidSlope(M m, V z, V factor) {
  const FarDecay<V> e = DecayFar(m, z, m.Set(0));
  const Twofold<V> p = Stretch(m, e.p, m.Set(-2) * e.w);
  return {TimesPower(m, Normalised(m, p), e.power * factor), e.rest};
}

struct Sigmoid {
  static constexpr FunctionInfo kInfo{.name = "sigmoid",
                                      .aliases = "logistic",
                                      .summary = "The logistic function.",
                                      .formula = "1 / (1 + exp(-x))",
                                      .derivative = "sigmoid(x) sigmoid(-x)",
                                      .limits = {0, 1, 0, 0, 0.25},
                                      .usage = "gates of LSTM and GRU; outputs for two classes or for several labels"};
  using ValueTable = SigmoidTable;
  using SlopeTable = SigmoidSlopeTable;

  template <class M, class V, class P>
  ACT_FN static Unscaled<V> Value(M m, V x, const P& p) {
    const SigmoidParts<V> s = Sigmoidal(m, x, m.Set(0));
    return {Divide(m, s.n, s.one_plus_w), s.k};
  }
  template <class M, class V, class P>
  ACT_FN static Unscaled<V> Slope(M m, V x, const P& p) {
    return SigmoidSlope(m, x, m.Set(1));
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
    const FarDecay<V> e = DecayFar(m, MinusAtMost(m, x, kFarReach), m.Set(0));
    const Twofold<V> tail = FarSigmoid(m, m.Set(1), e);
    return LeftAndRight(m, x, tail, FineSum(m, m.Set(1), m.Neg(tail.high)), e.rest);
  }
  template <class M, class V>
  ACT_FN static Far<V> FarSlope(M m, V x) {
    return FarSigmoidSlope(m, MinusAtMost(m, x, kFarReach), m.Set(1));
  }
};

struct Tanh {
  static constexpr FunctionInfo kInfo{
      .name = "tanh",
      .summary = "The hyperbolic tangent.",
      .formula = "(exp(x) - exp(-x)) / (exp(x) + exp(-x))",
      .derivative = "1 - tanh(x)^2 = 4 sigmoid(2x) sigmoid(-2x)",
      .limits = {-1, 1, 0, 0, 1},
      .usage = "states of LSTM and GRU; outputs of generators such as DCGAN's; BERT's pooler"};
  using ValueTable = TanhTable;
  using SlopeTable = TanhSlopeTable;

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    const V a = m.Abs(x);
    const Twofold<V> e = DecayMinusOne(m, Exactly(m, a + a));
    return m.WithSignOf(Quotient(m, e, Plus(m, Exactly(m, m.Set(2)), e)), x);
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return Finished(m, SigmoidSlope(m, x + x, m.Set(4)));
  }

  template <class M, class V>
  ACT_FN static Far<V> FarValue(M m, V x) {
    const V a = MinusAtMost(m, x, kFarReach / 2);
    const V w = DecayFar(m, a + a, m.Set(0)).w;
    return {Exactly(m, m.WithSignOf(m.Fma(m.Fma(w, w, m.Neg(w)), m.Set(2), m.Set(1)), x)), m.Set(0)};
  }
  template <class M, class V>
  ACT_FN static Far<V> FarSlope(M m, V x) {
    const V a = MinusAtMost(m, x, kFarReach / 2);
    return FarSigmoidSlope(m, a + a, m.Set(4));
  }
};

// x sigmoid(beta x), with z = beta x kept as a sum of two numbers, since exp(z) turns an error of z into a relative
// one.
struct GatedBySigmoid {
  enum { kBeta };
  static constexpr double kSlopeAtZero = 0.5;
  // beta x, cut to +-kExpReach. For a beta of 0 it is 0, whatever x; for every other an infinite x is beyond reach.
  template <class M, class V>
  ACT_FN static Twofold<V> Steepened(M m, V x, V beta) {
    using R = Range<typename M::T>;
    const V reach = m.WithSignOf(m.Set(R::kExpReach), x);
    const auto endless = m.Abs(x) > m.Set(R::kMax);
    const V finite = m.Select(endless, m.Set(0), x);
    const V product = beta * finite;
    const V high = m.Select(m.And(endless, beta > m.Set(0)), reach, product);
    const auto far = m.Abs(high) >= m.Set(R::kExpReach);
    return {m.Select(far, reach, high), m.Select(far, m.Set(0), m.Fma(beta, finite, m.Neg(product)))};
  }

  template <class M, class V, class P>
  ACT_FN static Unscaled<V> Value(M m, V x, const P& p) {
    const Twofold<V> z = Steepened(m, x, p(kBeta));
    const SigmoidParts<V> s = Sigmoidal(m, z.high, z.low);
    // Far out, where the result is -0, x may be infinite; and below, x n could overflow: half of it is scaled less.
    const auto below = s.k < m.Set(0);
    const V bounded = m.Select(z.high <= m.Set(-Range<typename M::T>::kExpReach), m.Set(-1), x);
    const V factor = m.Select(below, bounded * m.Set(0.5), bounded);
    const Twofold<V> result = Divide(m, Times(m, Exactly(m, factor), s.n), s.one_plus_w);
    return {OrInfinite(m, bounded, result), m.Select(below, s.k + m.Set(1), s.k)};
  }

  // x z' is z itself.
  template <class M, class V, class P>
  ACT_FN static Unscaled<V> Slope(M m, V x, const P& p) {
    using C = typename M::Coefficients;
    const Twofold<V> z = Steepened(m, x, p(kBeta));
    const Twofold<V> u = FromRoot(m, z, C::kSiluRoot, C::kSiluRootLow);
    return NearRootOr(m, GatedSlope(m, z.high < m.Set(0), z, z), u, C::kSiluSlope, C::kSiluSlopeLow);
  }

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    return Finished(m, Value(m, x, p));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return Finished(m, Slope(m, x, p));
  }

  // d/dbeta = x^2 s (1 - s).
  template <class M, class V, class P>
  ACT_FN static V ParamDerivative(M m, V x, const P& p, int which, int segment) {
    const Twofold<V> z = Steepened(m, x, p(kBeta));
    const Decayed<V> e = Decay(m, m.Abs(z.high), m.Select(z.high < m.Set(0), m.Neg(z.low), z.low));
    const V one_plus_w = m.Set(1) + e.w.high;
    const V bounded = m.Select(m.Abs(z.high) >= m.Set(Range<typename M::T>::kExpReach), m.Set(1), x);
    // x 2^(k/2) twice, since x^2 alone could overflow.
    const V half = RoundToInteger(m, e.k * m.Set(0.5));
    const V ratio = bounded * e.p.high / (one_plus_w * one_plus_w);
    return (bounded * PowerOfTwo(m, half)) * (ratio * PowerOfTwo(m, e.k - half));
  }
};

struct Silu : GatedBySigmoid {
  static constexpr FunctionInfo kInfo{
      .name = "silu",
      .aliases = "swish",
      .summary = "Sigmoid linear unit, also called swish.",
      .formula = "x sigmoid(beta x)",
      .derivative = "s + beta x s (1 - s), s = sigmoid(beta x)",
      .params = {{{{.name = "beta", .summary = "steepness", .fallback = 1, .min = 0, .max = 100, .learnable = true}}}},
      .limits = {-0.0, kInfinity, -0.0, 1, 0.5},
      .reference =
          "Elfwing, Uchibe and Doya 2017, Sigmoid-Weighted Linear Units; Ramachandran, Zoph and Le 2017, "
          "Searching for Activation Functions",
      .usage = "EfficientNet; the U-Nets of diffusion models; within SwiGLU, Llama, Mistral and Qwen"};
  using ValueTable = SiluTable;
  using SlopeTable = SiluSlopeTable;

  template <class M, class V>
  ACT_FN static Far<V> FarValue(M m, V x) {
    const V a = MinusAtMost(m, x, kFarReach);
    const FarDecay<V> e = DecayFar(m, a, m.Set(0));
    const Twofold<V> tail = FarSigmoid(m, a, e);
    return LeftAndRight(m, x, tail, FineSum(m, x, tail.high), e.rest);
  }
  template <class M, class V>
  ACT_FN static Far<V> FarSlope(M m, V x) {
    const V a = MinusAtMost(m, x, kFarReach);
    const FarDecay<V> e = DecayFar(m, a, m.Set(0));
    const Twofold<V> tail = FarSigmoidSlope(m, Exactly(m, a), e);
    return LeftAndRight(m, x, tail, FineSum(m, m.Set(1), m.Neg(tail.high)), e.rest);
  }
};

struct QuickGelu : GatedBySigmoid {
  static constexpr FunctionInfo kInfo{
      .name = "quick_gelu",
      .summary = "The sigmoid approximation of gelu: a silu with another steepness.",
      .formula = "x sigmoid(beta x)",
      .derivative = Silu::kInfo.derivative,
      .params =
          {{{{.name = "beta", .summary = "steepness", .fallback = 1.702, .min = 0, .max = 100, .learnable = true}}}},
      .limits = {-0.0, kInfinity, -0.0, 1, 0.5},
      .reference = "Hendrycks and Gimpel 2016, Gaussian Error Linear Units; CLIP's activation",
      .usage = "CLIP"};
};
