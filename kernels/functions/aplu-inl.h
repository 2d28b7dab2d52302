// Adaptive piecewise linear units. Without an include guard: a backend includes this inside its own namespace.

struct Aplu {
  enum { kA, kB };
  static constexpr FunctionInfo kInfo{.name = "aplu",
                                      .summary = "Adaptive piecewise linear unit: ReLU and a sum of learned hinges.",
                                      .formula = "max(0, x) + sum_s a_s max(0, b_s - x)",
                                      .derivative = "[x > 0] - sum_s a_s [b_s > x]",
                                      .kind = FunctionKind::kPerChannel,
                                      .params = {{{{.name = "a",
                                                    .summary = "slopes, [segments] or [segments, channels]",
                                                    .min = -1e6,
                                                    .max = 1e6,
                                                    .shape = ParamShape::kSegmentsChannels,
                                                    .learnable = true,
                                                    .required = true},
                                                   {.name = "b",
                                                    .summary = "hinges, [segments] or [segments, channels]",
                                                    .min = -1e6,
                                                    .max = 1e6,
                                                    .shape = ParamShape::kSegmentsChannels,
                                                    .learnable = true,
                                                    .required = true}}}},
                                      .limits = {0, kInfinity, 0, 1, 0},  // where all a_s are 0
                                      .reference =
                                          "Agostinelli, Hoffman, Sadowski and Baldi 2014, Learning Activation "
                                          "Functions to Improve Deep Neural Networks"};

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    const V zero = m.Set(0);
    // Four sums by turns, which halve the rounding errors of one.
    V sums[4] = {m.Select(x > zero, x, zero), zero, zero, zero};
    constexpr int kAtOnce = ACT_UNROLLS ? 4 : 1;  // 4: compilers know which sum it is, and keep all in registers
    for (int first = 0; first < p.segments(); first += kAtOnce) {
      for (int k = 0; k < kAtOnce; ++k) {
        const int s = first + k;
        if (kAtOnce > 1 && s >= p.segments()) continue;
        const V hinge = p(kB, s) - x;
        V& sum = sums[kAtOnce > 1 ? k : s % 4];
        sum = m.Fma(p(kA, s), m.Select(hinge > zero, hinge, zero), sum);
      }
    }
    const V sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    const auto far_below = x < m.Set(-0x1p100f);
    return m.Any(far_below) ? m.Select(far_below, FarBelow(m, x, p), sum) : sum;
  }

  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    const V zero = m.Set(0);
    V sum = m.Select(x > zero, m.Set(1), zero);
    for (int s = 0; s < p.segments(); ++s) sum = sum - m.Select(p(kB, s) > x, p(kA, s), zero);
    return sum;
  }

  template <class M, class V, class P>
  ACT_FN static V ParamDerivative(M m, V x, const P& p, int which, int segment) {
    const V zero = m.Set(0);
    const V hinge = p(kB, segment) - x;
    return m.Select(hinge > zero, which == kA ? hinge : p(kA, segment), zero);
  }

 private:
  // Below every hinge the function is sum a_s b_s - (sum a_s) x: no term overflows where the whole does not, and -inf
  // has its limit, which hangs on the sum of the slopes.
  template <class M, class V, class P>
  ACT_FN static V FarBelow(M m, V x, const P& p) {
    V slope = m.Set(0), slope_low = m.Set(0), offset = m.Set(0);
    for (int s = 0; s < p.segments(); ++s) {
      const V sum = slope + p(kA, s);
      slope_low = slope_low + SumError(m, slope, p(kA, s), sum);
      slope = sum;
      offset = m.Fma(p(kA, s), p(kB, s), offset);
    }
    slope = slope + slope_low;
    return m.Select(slope == m.Set(0), offset, m.NegFma(slope, x, offset));
  }
};
