// ReLU and its leaky forms. Without an include guard: a backend includes this inside its own namespace.

// x > 0 ? x : slope * x, where a slope of 0 takes -inf to 0, as it does every number.
template <class M, class V>
ACT_FN V Leaky(M m, V x, V slope) {
  const V scaled = m.Select(slope == m.Set(0), m.Set(0), slope * x);
  return m.Select(x > m.Set(0), x, scaled);
}

struct Relu {
  static constexpr FunctionInfo kInfo{
      .name = "relu",
      .summary = "Rectified linear unit.",
      .formula = "max(0, x)",
      .derivative = "1 if x > 0, else 0",
      .limits = {0, kInfinity, 0, 1, 0},
      .reference = "Nair and Hinton 2010, Rectified Linear Units Improve Restricted Boltzmann Machines",
      .usage = "convolutional networks since AlexNet; OPT"};
  static constexpr Rounding kRounding = Rounding::kNone;

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    return m.Select(x > m.Set(0), x, m.Set(0));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return m.Select(x > m.Set(0), m.Set(1), m.Set(0));
  }
};

struct LeakyRelu {
  enum { kAlpha };
  static constexpr FunctionInfo kInfo{
      .name = "leaky_relu",
      .summary = "ReLU with a small slope for negative inputs.",
      .formula = "x if x > 0, else alpha x",
      .derivative = "1 if x > 0, else alpha",
      .params = {{{{.name = "alpha",
                    .summary = "slope for x <= 0",
                    .fallback = 0.01,
                    .min = -1e6,
                    .max = 1e6,
                    .learnable = true}}}},
      .limits = {-kInfinity, kInfinity, 0.01, 1, 0.01},
      .reference = "Maas, Hannun and Ng 2013, Rectifier Nonlinearities Improve Neural Network Acoustic Models",
      .usage = "the discriminators of DCGAN and StyleGAN; YOLO up to version 3"};
  static constexpr Rounding kRounding = Rounding::kOnce;

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    return Leaky(m, x, p(kAlpha));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return m.Select(x > m.Set(0), m.Set(1), p(kAlpha));
  }
  template <class M, class V, class P>
  ACT_FN static V ParamDerivative(M m, V x, const P& p, int which, int segment) {
    return m.Select(x > m.Set(0), m.Set(0), x);
  }
};

struct Prelu : LeakyRelu {
  static constexpr FunctionInfo kInfo{
      .name = "prelu",
      .summary = "Leaky ReLU with a learned slope for each channel.",
      .formula = "x if x > 0, else alpha[channel] x",
      .derivative = "1 if x > 0, else alpha[channel]",
      .kind = FunctionKind::kPerChannel,
      .params = {{{{.name = "alpha",
                    .summary = "slope for x <= 0, a number or one for each channel",
                    .min = -1e6,
                    .max = 1e6,
                    .shape = ParamShape::kChannels,
                    .learnable = true,
                    .required = true}}}},
      .limits = {-kInfinity, kInfinity, 0.25, 1, 0.25},  // at alpha = 0.25, where PyTorch starts
      .reference = "He, Zhang, Ren and Sun 2015, Delving Deep into Rectifiers",
      .usage = "face recognition (ArcFace) and super-resolution (SRResNet, FSRCNN)"};
};

struct RRelu {
  enum { kLower, kUpper };
  static constexpr FunctionInfo kInfo{
      .name = "rrelu",
      .summary = "Randomised leaky ReLU as it is once trained: the slope is the mean of the two it was drawn between.",
      .formula = "x if x > 0, else (lower + upper) / 2 x",
      .derivative = "1 if x > 0, else (lower + upper) / 2",
      .params = {{{{.name = "lower", .summary = "least slope", .fallback = 1.0 / 8, .min = -1e6, .max = 1e6},
                   {.name = "upper", .summary = "largest slope", .fallback = 1.0 / 3, .min = -1e6, .max = 1e6}}}},
      .limits = {-kInfinity, kInfinity, 11.0 / 48, 1, 11.0 / 48},
      .reference =
          "Xu, Wang, Chen and Li 2015, Empirical Evaluation of Rectified Activations in Convolutional Network"};

  template <class M, class V, class P>
  ACT_FN static Twofold<V> Slope(M m, const P& p) {
    const V half = m.Set(0.5);
    return Plus(m, Exactly(m, p(kLower) * half), Exactly(m, p(kUpper) * half));
  }
  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    const Twofold<V> slope = Slope<M, V>(m, p);
    // Infinities and what overflows have no low part.
    const V simple = Leaky(m, x, slope.high), most = m.Set(Range<typename M::T>::kMax);
    const V precise = m.Select(x > m.Set(0), x, m.Fma(x, slope.high, x * slope.low));
    return m.Select(m.And(m.Abs(simple) < most, m.Abs(x) <= most), precise, simple);
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    const Twofold<V> slope = Slope<M, V>(m, p);
    return m.Select(x > m.Set(0), m.Set(1), slope.high);
  }
};

struct Identity {
  static constexpr FunctionInfo kInfo{.name = "identity",
                                      .aliases = "linear",
                                      .summary = "x itself.",
                                      .formula = "x",
                                      .derivative = "1",
                                      .limits = {-kInfinity, kInfinity, 1, 1, 1}};
  static constexpr Rounding kRounding = Rounding::kOnce;  // none; but no choice by the sign of x

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    return x;
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return m.Set(1);
  }
};
