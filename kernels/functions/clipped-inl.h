// Straight lines between two limits, and what they gate. Without an include guard: a backend includes this inside its
// own namespace.

// Whether slope x + offset - edge > 0, whatever rounds: an fma does not change a sign, and where it cancels it is
// exact.
template <class M, class V>
ACT_FN typename M::Mask IsAbove(M m, V slope, V x, V offset, V edge) {
  const V less = offset - edge;
  return m.Fma(slope, x, less) + SumError(m, offset, m.Neg(edge), less) > m.Set(0);
}

struct Hardtanh {
  enum { kMinVal, kMaxVal };
  static constexpr FunctionInfo kInfo{
      .name = "hardtanh",
      .aliases = "clip",
      .summary = "The identity between two limits.",
      .formula = "min(max(x, min_val), max_val)",
      .derivative = "1 if min_val < x < max_val, else 0",
      .params = {{{{.name = "min_val", .summary = "the least value", .fallback = -1, .learnable = true},
                   {.name = "max_val",
                    .summary = "the largest value, also where it is less than min_val",
                    .fallback = 1,
                    .learnable = true}}}},
      .limits = {-1, 1, 0, 0, 1},
      .reference = "Collobert 2004, Large Scale Machine Learning; its learned limits: Choi et al. 2018, PACT",
      .usage = "binarised networks; as clip, ReLU6 in ONNX models; with learned limits, PACT quantisation"};
  static constexpr Rounding kRounding = Rounding::kOnce;  // the limits', to a narrower type

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    const V raised = m.Select(x > p(kMinVal), x, p(kMinVal));
    return m.Select(raised < p(kMaxVal), raised, p(kMaxVal));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return m.Select(m.And(x > p(kMinVal), x < p(kMaxVal)), m.Set(1), m.Set(0));
  }
  template <class M, class V, class P>
  ACT_FN static V ParamDerivative(M m, V x, const P& p, int which, int segment) {
    const auto is_max = m.Not(m.And(x < p(kMaxVal), p(kMinVal) < p(kMaxVal)));
    const V by_max = m.Select(is_max, m.Set(1), m.Set(0));
    return which == kMaxVal ? by_max : m.Select(x > p(kMinVal), m.Set(0), m.Set(1) - by_max);
  }
};

struct Relu6 {
  static constexpr FunctionInfo kInfo{.name = "relu6",
                                      .summary = "ReLU that goes no higher than 6.",
                                      .formula = "min(max(x, 0), 6)",
                                      .derivative = "1 if 0 < x < 6, else 0",
                                      .limits = {0, 6, 0, 0, 0},
                                      .reference = "Krizhevsky 2010, Convolutional Deep Belief Networks on CIFAR-10",
                                      .usage = "MobileNet and MobileNetV2"};
  static constexpr Rounding kRounding = Rounding::kOnce;  // none; but no choice between x and 0 alone

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    return m.Select(x > m.Set(0), m.Select(x < m.Set(6), x, m.Set(6)), m.Set(0));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return m.Select(m.And(x > m.Set(0), x < m.Set(6)), m.Set(1), m.Set(0));
  }
};

struct Hardsigmoid {
  enum { kAlpha, kBeta };
  static constexpr FunctionInfo kInfo{
      .name = "hardsigmoid",
      .summary = "A sigmoid of straight lines: PyTorch's, and with alpha = 0.2 ONNX's.",
      .formula = "min(max(alpha x + beta, 0), 1)",
      .derivative = "alpha if 0 < alpha x + beta < 1, else 0",
      .params = {{{{.name = "alpha", .summary = "slope", .fallback = 1.0 / 6, .min = 0, .max = 1e6, .learnable = true},
                   {.name = "beta",
                    .summary = "the value at 0",
                    .fallback = 0.5,
                    .min = -1e6,
                    .max = 1e6,
                    .learnable = true}}}},
      .limits = {0, 1, 0, 0, 1.0 / 6},
      .reference = "Courbariaux, Bengio and David 2015, BinaryConnect",
      .usage = "the squeeze-and-excite gates of MobileNetV3"};
  static constexpr Rounding kRounding = Rounding::kOnce;

  // x, but no infinity, which a slope of 0 would make NaN of; the value has its limit long before.
  template <class M, class V>
  ACT_FN static V Finite(M m, V x) {
    using R = Range<typename M::T>;
    return AtMost(m, AtLeast(m, x, -R::kMax), R::kMax);
  }
  template <class M, class V, class P>
  ACT_FN static typename M::Mask IsInside(M m, V x, const P& p) {
    const V finite = Finite(m, x);
    return m.And(IsAbove(m, p(kAlpha), finite, p(kBeta), m.Set(0)),
                 IsAbove(m, m.Neg(p(kAlpha)), finite, m.Neg(p(kBeta)), m.Set(-1)));
  }

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    const V line = m.Fma(p(kAlpha), Finite(m, x), p(kBeta));
    return m.Select(line > m.Set(0), m.Select(line < m.Set(1), line, m.Set(1)), m.Set(0));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return m.Select(IsInside(m, x, p), p(kAlpha), m.Set(0));
  }
  template <class M, class V, class P>
  ACT_FN static V ParamDerivative(M m, V x, const P& p, int which, int segment) {
    return m.Select(IsInside(m, x, p), which == kAlpha ? x : m.Set(1), m.Set(0));
  }
};

struct Hardswish {
  static constexpr FunctionInfo kInfo{.name = "hardswish",
                                      .aliases = "hard_silu",
                                      .summary = "x times PyTorch's hardsigmoid.",
                                      .formula = "x min(max(x + 3, 0), 6) / 6",
                                      .derivative = "(2x + 3) / 6 if -3 <= x <= 3, 0 below, 1 above",
                                      .limits = {0, kInfinity, 0, 1, 0.5},
                                      .reference = "Howard et al. 2019, Searching for MobileNetV3",
                                      .usage = "MobileNetV3"};
  static constexpr Rounding kRounding = Rounding::kFew;
  // Without low parts: the sum is rounded, the product, and the quotient twice; then the product with the upstream.
  static constexpr uint32_t kSlack = 8;

  // The formula between the limits, and outside.
  template <class M, class V>
  ACT_FN static V Between(M m, V x, V y, V above) {
    return m.Select(x > m.Set(3), above, m.Select(x < m.Set(-3), m.Set(0), y));
  }
  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    const Twofold<V> sum = Plus(m, Exactly(m, x), Exactly(m, m.Set(3)));
    const V y = Quotient(m, Times(m, Exactly(m, x), sum), Exactly(m, m.Set(6)));
    return Between(m, x, m.WithSignOf(y, x), x);  // of zeros; and else it is x's, too
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    const Twofold<V> sum = Plus(m, Exactly(m, x + x), Exactly(m, m.Set(3)));
    return Between(m, x, Quotient(m, sum, Exactly(m, m.Set(6))), m.Set(1));
  }
};
