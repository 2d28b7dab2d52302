// The exponential linear units. Without an include guard: a backend includes this inside its own namespace.

// scale expm1(-a) with the sign of x, for a = |x| / width.
template <class M, class V>
ACT_FN V ScaledDecayMinusOne(M m, V x, Twofold<V> scale, Twofold<V> a) {
  return m.WithSignOf(Merged(m, Times(m, scale, DecayMinusOne(m, a))), x);  // of zeros, too
}
// scale exp(-a).
template <class M, class V>
ACT_FN V ScaledDecay(M m, Twofold<V> scale, Twofold<V> a) {
  const Decayed<V> e = Decay(m, a.high, a.low);
  return Scale(m, Merged(m, Times(m, scale, e.p)), e.k);
}

struct Elu {
  enum { kAlpha };
  static constexpr FunctionInfo kInfo{
      .name = "elu",
      .summary = "Exponential linear unit: ReLU with a smooth way down to -alpha.",
      .formula = "x if x > 0, else alpha (exp(x) - 1)",
      .derivative = "1 if x > 0, else alpha exp(x)",
      .params = {{{{.name = "alpha",
                    .summary = "how far down it goes",
                    .fallback = 1,
                    .min = 0,
                    .max = 1e6,
                    .learnable = true}}}},
      .limits = {-1, kInfinity, 0, 1, 1},
      .reference =
          "Clevert, Unterthiner and Hochreiter 2015, Fast and Accurate Deep Network Learning by Exponential "
          "Linear Units; its learned alpha: Trottier, Giguère and Chaib-draa 2016, Parametric Exponential "
          "Linear Unit",
      .usage = "linear attention's feature map elu(x) + 1"};

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    const V below = ScaledDecayMinusOne(m, x, Exactly(m, p(kAlpha)), Exactly(m, m.Abs(x)));
    return m.Select(x > m.Set(0), x, below);
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return m.Select(x > m.Set(0), m.Set(1), ScaledDecay(m, Exactly(m, p(kAlpha)), Exactly(m, m.Abs(x))));
  }
  template <class M, class V, class P>
  ACT_FN static V ParamDerivative(M m, V x, const P& p, int which, int segment) {
    return m.Select(x > m.Set(0), m.Set(0), Merged(m, DecayMinusOne(m, Exactly(m, m.Abs(x)))));
  }
};

struct Selu {
  static constexpr FunctionInfo kInfo{
      .name = "selu",
      .summary = "An elu that keeps the mean and the variance of what goes through a network.",
      .formula =
          "scale x if x > 0, else scale alpha (exp(x) - 1); scale = 1.0507009873554805, alpha = "
          "1.6732632423543772",
      .derivative = "scale if x > 0, else scale alpha exp(x)",
      .limits = {-1.7580993408473768, kInfinity, 0, 1.0507009873554805, 1.7580993408473768},
      .reference = "Klambauer, Unterthiner, Mayr and Hochreiter 2017, Self-Normalizing Neural Networks",
      .usage = "self-normalising fully connected networks, together with alpha dropout"};

  // scale, and scale alpha, from the 33 and 32 digits that the authors give.
  template <class M, class V = typename M::V>
  ACT_FN static Twofold<V> ScaleOf(M m) {
    if constexpr (sizeof(typename M::T) == 4) return {m.Set(1.05070102f), m.Set(-3.47926523e-8f)};
    return {m.Set(1.0507009873554805), m.Set(3.9874847667154144e-17)};
  }
  template <class M, class V = typename M::V>
  ACT_FN static Twofold<V> DepthOf(M m) {
    if constexpr (sizeof(typename M::T) == 4) return {m.Set(1.75809932f), m.Set(2.32967174e-8f)};
    return {m.Set(1.7580993408473768), m.Set(1.4153519380084499e-17)};
  }

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    const Twofold<V> scale = ScaleOf(m);
    const V above = OrInfinite(m, x, m.Fma(x, scale.high, x * scale.low));
    return m.Select(x > m.Set(0), above, ScaledDecayMinusOne(m, x, DepthOf(m), Exactly(m, m.Abs(x))));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return m.Select(x > m.Set(0), ScaleOf(m).high, ScaledDecay(m, DepthOf(m), Exactly(m, m.Abs(x))));
  }
};

struct Celu {
  enum { kAlpha };
  static constexpr FunctionInfo kInfo{
      .name = "celu",
      .summary = "An elu whose slope is 1 at 0, whatever its alpha.",
      .formula = "x if x > 0, else alpha (exp(x / alpha) - 1)",
      .derivative = "1 if x > 0, else exp(x / alpha)",
      .params = {{{{.name = "alpha", .summary = "how far down it goes", .fallback = 1, .min = 1e-6, .max = 1e6}}}},
      .limits = {-1, kInfinity, 0, 1, 1},
      .reference = "Barron 2017, Continuously Differentiable Exponential Linear Units",
      .usage = "TorchANI's potentials, with alpha = 0.1"};

  // |x| / alpha; what is infinite has no low part.
  template <class M, class V, class P>
  ACT_FN static Twofold<V> Distance(M m, V x, const P& p) {
    const V a = AtMost(m, m.Abs(x), Range<typename M::T>::kExpReach * typename M::T(1e6));
    return Divide(m, Exactly(m, a), Exactly(m, p(kAlpha)));
  }
  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    const Twofold<V> distance = Distance(m, x, p);
    const V below = ScaledDecayMinusOne(m, x, Exactly(m, p(kAlpha)), distance);
    // So near to 0 the result is x, and the distance may have lost digits, where it is below the normal numbers.
    const auto is_x = distance.high < m.Set(typename M::T(0x1p-60));
    return m.Select(x > m.Set(0), x, m.Select(is_x, x, below));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return m.Select(x > m.Set(0), m.Set(1), ScaledDecay(m, Exactly(m, m.Set(1)), Distance(m, x, p)));
  }
};
