// Shrinkage towards 0. Without an include guard: a backend includes this inside its own namespace.

// Outside [-lambd, lambd], x moved towards 0 by `bias`; else 0.
template <class M, class V>
ACT_FN V Shrunk(M m, V x, V lambd, V bias) {
  return m.Select(x > lambd, x - bias, m.Select(x < m.Neg(lambd), x + bias, m.Set(0)));
}
template <class M, class V>
ACT_FN V ShrunkSlope(M m, V x, V lambd) {
  return m.Select(m.And(x <= lambd, x >= m.Neg(lambd)), m.Set(0), m.Set(1));
}

struct Shrink {
  enum { kLambd, kBias };
  static constexpr FunctionInfo kInfo{
      .name = "shrink",
      .summary = "0 near 0, and elsewhere x moved towards 0: ONNX's form of hardshrink and softshrink.",
      .formula = "x - bias if x > lambd, x + bias if x < -lambd, else 0",
      .derivative = "1 if |x| > lambd, else 0",
      .params = {{{{.name = "lambd", .summary = "what |x| must exceed", .fallback = 0.5, .min = 0},
                   {.name = "bias",
                    .summary = "how far x is moved",
                    .fallback = 0,
                    .min = -1e6,
                    .max = 1e6,
                    .learnable = true}}}},
      .limits = {-kInfinity, kInfinity, 1, 1, 0},
      .reference = "Donoho and Johnstone 1994, Ideal Spatial Adaptation by Wavelet Shrinkage"};
  static constexpr Rounding kRounding = Rounding::kOnce;

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    return Shrunk(m, x, p(kLambd), p(kBias));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return ShrunkSlope(m, x, p(kLambd));
  }
  template <class M, class V, class P>
  ACT_FN static V ParamDerivative(M m, V x, const P& p, int which, int segment) {
    return m.Select(x > p(kLambd), m.Set(-1), ShrunkSlope(m, x, p(kLambd)));
  }
};

struct Hardshrink {
  enum { kLambd };
  static constexpr FunctionInfo kInfo{
      .name = "hardshrink",
      .summary = "x where it is not near 0, else 0.",
      .formula = "x if |x| > lambd, else 0",
      .derivative = "1 if |x| > lambd, else 0",
      .params = {{{{.name = "lambd", .summary = "what |x| must exceed", .fallback = 0.5, .min = 0}}}},
      .limits = {-kInfinity, kInfinity, 1, 1, 0},
      .reference = Shrink::kInfo.reference,
      .usage = "wavelet denoising; iterative hard thresholding"};
  static constexpr Rounding kRounding = Rounding::kOnce;  // none; but no choice by the sign of x

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    return Shrunk(m, x, p(kLambd), m.Set(0));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return ShrunkSlope(m, x, p(kLambd));
  }
};

struct Softshrink {
  enum { kLambd };
  static constexpr FunctionInfo kInfo{.name = "softshrink",
                                      .summary = "x moved towards 0, and 0 where that would go beyond.",
                                      .formula = "x - lambd if x > lambd, x + lambd if x < -lambd, else 0",
                                      .derivative = "1 if |x| > lambd, else 0",
                                      .params = {{{{.name = "lambd",
                                                    .summary = "how far x is moved",
                                                    .fallback = 0.5,
                                                    .min = 0,
                                                    .max = 1e6,
                                                    .learnable = true}}}},
                                      .limits = {-kInfinity, kInfinity, 1, 1, 0},
                                      .reference = Shrink::kInfo.reference,
                                      .usage = "sparse coding: the proximal step of ISTA and LISTA"};
  static constexpr Rounding kRounding = Rounding::kOnce;

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    return Shrunk(m, x, p(kLambd), p(kLambd));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return ShrunkSlope(m, x, p(kLambd));
  }
  template <class M, class V, class P>
  ACT_FN static V ParamDerivative(M m, V x, const P& p, int which, int segment) {
    return m.Select(x > p(kLambd), m.Set(-1), ShrunkSlope(m, x, p(kLambd)));
  }
};
