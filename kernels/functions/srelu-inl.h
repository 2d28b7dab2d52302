// S-shaped ReLU. Without an include guard: a backend includes this inside its own namespace.

struct Srelu {
  enum { kTLeft, kALeft, kTRight, kARight };
  static constexpr FunctionInfo kInfo{
      .name = "srelu",
      .summary = "S-shaped ReLU: three straight lines, whose bends and outer slopes are learned.",
      .formula =
          "t_right + a_right (x - t_right) if x >= t_right, else t_left + a_left (x - t_left) if x <= t_left, else x",
      .derivative = "a_right if x >= t_right, else a_left if x <= t_left, else 1",
      .kind = FunctionKind::kPerChannel,
      .params = {{{{.name = "t_left",
                    .summary = "the left bend, a number or one for each channel",
                    .fallback = 0,
                    .min = -1e6,
                    .max = 1e6,
                    .shape = ParamShape::kChannels,
                    .learnable = true},
                   {.name = "a_left",
                    .summary = "slope to the left of it",
                    .fallback = 0.2,
                    .min = -1e6,
                    .max = 1e6,
                    .shape = ParamShape::kChannels,
                    .learnable = true},
                   {.name = "t_right",
                    .summary = "the right bend",
                    .fallback = 1,
                    .min = -1e6,
                    .max = 1e6,
                    .shape = ParamShape::kChannels,
                    .learnable = true},
                   {.name = "a_right",
                    .summary = "slope to the right of it",
                    .fallback = 1,
                    .min = -1e6,
                    .max = 1e6,
                    .shape = ParamShape::kChannels,
                    .learnable = true}}}},
      .limits = {-kInfinity, kInfinity, 0.2, 1, 0.2},
      .reference =
          "Jin, Xu, Feng, Wei, Xiong and Yan 2016, Deep Learning with S-Shaped Rectified Linear Activation Units"};
  static constexpr bool kInF64 = true;

  // Which of the outer lines holds x, where one does: its bend and its slope.
  template <class M, class V>
  struct Line {
    typename M::Mask right, left;
    V bend, slope;
  };
  template <class M, class V, class P>
  ACT_FN static Line<M, V> LineOf(M m, V x, const P& p) {
    const auto right = x >= p(kTRight);
    return {right, m.And(m.Not(right), x <= p(kTLeft)), m.Select(right, p(kTRight), p(kTLeft)),
            m.Select(right, p(kARight), p(kALeft))};
  }
  // a on the right, b on the left, c between.
  template <class M, class V>
  ACT_FN static V Pick(M m, const Line<M, V>& line, V a, V b, V c) {
    return m.Select(line.right, a, m.Select(line.left, b, c));
  }

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    const Line<M, V> line = LineOf(m, x, p);
    const Twofold<V> bend = Exactly(m, line.bend), slope = Exactly(m, line.slope);
    // For infinities and what overflows; and where low parts are not wanted, it rounds less often.
    V y = m.Fma(line.slope, x - line.bend, line.bend);
    if constexpr (M::kFine) {
      const V precise = Merged(m, Plus(m, bend, Times(m, slope, Plus(m, Exactly(m, x), Negated(m, bend)))));
      const auto has_low = m.And(m.Abs(y) < m.Set(Range<typename M::T>::kMax / 4), m.Not(precise == m.Set(0)));
      y = m.Select(has_low, precise, y);
    }
    y = m.Select(line.slope == m.Set(0), line.bend, y);
    return Pick(m, line, y, y, x);
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    const Line<M, V> line = LineOf(m, x, p);
    return Pick(m, line, line.slope, line.slope, m.Set(1));
  }
  template <class M, class V, class P>
  ACT_FN static V ParamDerivative(M m, V x, const P& p, int which, int segment) {
    const Line<M, V> line = LineOf(m, x, p);
    const bool is_bend = which == kTLeft || which == kTRight;
    const V y = is_bend ? m.Set(1) - line.slope : x - line.bend, zero = m.Set(0);
    return which == kTRight || which == kARight ? Pick(m, line, y, zero, zero) : Pick(m, line, zero, y, zero);
  }
};
