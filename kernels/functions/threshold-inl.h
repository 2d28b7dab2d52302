// Functions that cut off what is small: ReLU with another threshold, and shrinkage towards 0. Without an include guard:
// a backend includes this inside its own namespace.

struct Threshold {
  enum { kThreshold, kValue };
  static constexpr FunctionInfo kInfo{
      .name = "threshold",
      .summary = "The identity above a threshold, and a value of the caller's at and below it.",
      .formula = "x if x > threshold, else value",
      .derivative = "1 if x > threshold, else 0",
      .params = {{{{.name = "threshold", .summary = "what x must exceed"},
                   {.name = "value", .summary = "what takes the place of smaller x", .learnable = true}}}},
      .limits = {0, kInfinity, 0, 1, 0},
      .reference = "PyTorch's torch.nn.Threshold"};
  static constexpr Rounding kRounding = Rounding::kOnce;  // the value's, to a narrower type

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    return m.Select(x > p(kThreshold), x, p(kValue));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return m.Select(x > p(kThreshold), m.Set(1), m.Set(0));
  }
  template <class M, class V, class P>
  ACT_FN static V ParamDerivative(M m, V x, const P& p, int which, int segment) {
    return m.Select(x > p(kThreshold), m.Set(0), m.Set(1));
  }
};

struct FatRelu {
  enum { kThreshold };
  static constexpr FunctionInfo kInfo{
      .name = "fatrelu",
      .aliases = "thresholded_relu",
      .summary = "The identity above a threshold, else 0: ReLU that makes more zeros.",
      .formula = "x if x > threshold, else 0",
      .derivative = "1 if x > threshold, else 0",
      .params = {{{{.name = "threshold", .summary = "what x must exceed", .fallback = 1}}}},
      .limits = {0, kInfinity, 0, 1, 0},
      .reference =
          "Kurtz et al. 2020, Inducing and Exploiting Activation Sparsity for Fast Inference; Konda, Memisevic "
          "and Krueger 2015, Zero-Bias Autoencoders",
      .usage = "sparse inference of trained convolutional networks"};
  static constexpr Rounding kRounding = Rounding::kOnce;  // none; but no choice by the sign of x

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    return m.Select(x > p(kThreshold), x, m.Set(0));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return m.Select(x > p(kThreshold), m.Set(1), m.Set(0));
  }
};

struct ShiftedRelu {
  enum { kShift };
  static constexpr FunctionInfo kInfo{
      .name = "shifted_relu",
      .summary = "ReLU of x less a shift, so that it is 0 for more x.",
      .formula = "max(x - shift, 0)",
      .derivative = "1 if x > shift, else 0",
      .params = {{{{.name = "shift", .summary = "where the result begins to grow", .fallback = 1, .learnable = true}}}},
      .limits = {0, kInfinity, 0, 1, 0},
      .reference = "Mirzadeh et al. 2023, ReLU Strikes Back: Exploiting Activation Sparsity in Large Language Models",
      .usage = "relufied language models"};
  static constexpr Rounding kRounding = Rounding::kOnce;

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    return m.Select(x > p(kShift), x - p(kShift), m.Set(0));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return m.Select(x > p(kShift), m.Set(1), m.Set(0));
  }
  template <class M, class V, class P>
  ACT_FN static V ParamDerivative(M m, V x, const P& p, int which, int segment) {
    return m.Select(x > p(kShift), m.Set(-1), m.Set(0));
  }
};

struct ReluSquared {
  static constexpr FunctionInfo kInfo{.name = "relu_squared",
                                      .aliases = "relu2",
                                      .summary = "ReLU, squared.",
                                      .formula = "max(x, 0)^2",
                                      .derivative = "2 max(x, 0)",
                                      .limits = {0, kInfinity, 0, kInfinity, 0},
                                      .reference = "So et al. 2021, Primer: Searching for Efficient Transformers",
                                      .usage = "Primer; RWKV's channel mixing; Nemotron-4"};
  static constexpr Rounding kRounding = Rounding::kOnce;

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    return m.Select(x > m.Set(0), x * x, m.Set(0));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return m.Select(x > m.Set(0), x + x, m.Set(0));
  }
};
