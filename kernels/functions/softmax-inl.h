// Softmax and its logarithm along a row, at any temperature. Without an include guard: a backend includes this inside
// its own namespace. How formulas see a row is said in math/policy.h.

// (x - max) / temperature as a sum of two numbers, since exp turns an error of its argument into a relative one.
template <class M>
struct RowShift {
  using T = typename M::T;
  using V = typename M::V;
  T max, inverse, inverse_low;

  ACT_FN RowShift(T row_max, T temperature) : max(row_max), inverse(1 / temperature) {
    inverse_low = std::fma(-inverse, temperature, T{1}) / temperature;
  }

  ACT_FN void Apply(M m, V x, V& high, V& low) const {
    const V difference = x - m.Set(max);
    const V error = SumError(m, x, m.Set(-max), difference);
    const V shifted = difference * m.Set(inverse);
    low = m.Fma(difference, m.Set(inverse), m.Neg(shifted)) +
          m.Fma(difference, m.Set(inverse_low), error * m.Set(inverse));
    // A difference that overflows may be finite once it is divided; an infinite one has no lower part.
    const V half = m.Set(0.5);
    const auto overflows = m.Abs(difference) > m.Set(Range<T>::kMax);
    high = m.Select(overflows, (x * half - m.Set(max / 2)) * m.Set(inverse) * m.Set(2), shifted);
    low = m.Select(m.Abs(low) < m.Abs(high), low, m.Set(0));
  }

  // exp of the above, times 2^raise; NaN in a row with NaN, +inf or nothing but -inf.
  ACT_FN V Exp(M m, V x, T raise) const {
    V high, low;
    Apply(m, x, high, low);
    const Decayed<V> e = Decay(m, m.Neg(high), m.Neg(low));
    return Scale(m, e.p.high, e.k + m.Set(raise));
  }
};

// Probabilities e / sum, of exponentials and their sum that are both raised by 2^kRaise, so that probabilities too
// small for the type still count when they meet a large factor.
template <class M>
struct RaisedProbability {
  using T = typename M::T;
  using V = typename M::V;
  static constexpr T kRaise = 64;
  T sum;

  // e / sum * factor / divisor, where no step overflows and only the last may be subnormal.
  ACT_FN V Times(M m, V e, V factor, V divisor) const {
    const V raised = e / m.Set(sum * T{0x1p-64}), lower = m.Set(0x1p-64f), half_way = m.Set(0x1p-32f);
    return m.Select(raised < m.Set(1), raised * factor * half_way / divisor * half_way,
                    raised * lower * factor / divisor);
  }
  ACT_FN V Times(M m, V e, V factor) const { return Times(m, e, factor, m.Set(1)); }
};

struct Softmax {
  enum { kTemperature };
  static constexpr FunctionInfo kInfo{
      .name = "softmax",
      .summary = "Exponentials along an axis, normalised to sum to 1.",
      .formula = "exp(x_i / temperature) / sum_j exp(x_j / temperature)",
      .derivative = "dx_i = y_i (dy_i - sum_j y_j dy_j) / temperature",
      .kind = FunctionKind::kRowwise,
      .params = {{{{.name = "temperature", .summary = "divides the inputs", .fallback = 1, .min = 1e-6, .max = 1e6}}}},
      .reference = "Bridle 1990, Probabilistic Interpretation of Feedforward Classification Network Outputs"};

  template <class M, class Row>
  ACT_FN static void Evaluate(M m, Row& row) {
    using V = typename M::V;
    const V sum = m.Set(Exponentials(m, row));
    row.Map([=](auto& at) ACT_LAMBDA { return at.y() / sum; });
  }

  template <class M, class Row>
  ACT_FN static void Gradient(M m, Row& row) {
    using T = typename M::T;
    using V = typename M::V;
    const UpstreamScale<M> scale(m, row);
    const RaisedProbability<M> probability{static_cast<T>(Exponentials(m, row, RaisedProbability<M>::kRaise))};
    const double mean =
        row.Sum([=](auto& at) ACT_LAMBDA { return probability.Times(m, at.y(), at.upstream() * m.Set(scale.down)); });
    const V temperature = m.Set(row.param(kTemperature));
    const V high = m.Set(static_cast<T>(mean)), low = m.Set(static_cast<T>(mean - static_cast<T>(mean)));
    row.Map([=](auto& at) ACT_LAMBDA {
      const V deviation = (at.upstream() * m.Set(scale.down) - high) - low;
      return probability.Times(m, at.y(), deviation, temperature) * m.Set(scale.up);
    });
  }

  // Leaves exp((x - max) / temperature) 2^raise in the outputs; returns their sum.
  template <class M, class Row>
  ACT_FN static double Exponentials(M m, Row& row, typename M::T raise = 0) {
    const RowShift<M> shift(row.Max([](auto& at) ACT_LAMBDA { return at.x(); }), row.param(kTemperature));
    return row.Sum([=](auto& at) ACT_LAMBDA {
      const auto e = shift.Exp(m, at.x(), raise);
      at.Store(e);
      return e;
    });
  }
};

struct LogSoftmax {
  enum { kTemperature };
  static constexpr FunctionInfo kInfo{
      .name = "log_softmax",
      .summary = "The logarithm of softmax.",
      .formula = "x_i / temperature - log(sum_j exp(x_j / temperature))",
      .derivative = "dx_i = (dy_i - softmax_i sum_j dy_j) / temperature",
      .kind = FunctionKind::kRowwise,
      .params = {{{{.name = "temperature", .summary = "divides the inputs", .fallback = 1, .min = 1e-6, .max = 1e6}}}}};

  template <class M, class Row>
  ACT_FN static void Evaluate(M m, Row& row) {
    using T = typename M::T;
    using V = typename M::V;
    const T max = row.Max([](auto& at) ACT_LAMBDA { return at.x(); });
    const RowShift<M> shift(max, row.param(kTemperature));
    // The largest contribute 1 each, exactly; summed apart from the others, they leave log1p its small argument.
    const double others = row.Sum([=](auto& at) ACT_LAMBDA {
      const V x = at.x();
      return m.Select(x == m.Set(max), m.Set(0), shift.Exp(m, x, 0));
    });
    const double largest =
        row.Sum([=](auto& at) ACT_LAMBDA { return m.Select(at.x() == m.Set(max), m.Set(1), m.Set(0)); });
    typename M::Wide wide;
    const double log_sum =
        wide.First(LogOnePlus(wide, wide.Set(largest - 1 + others))) + (max - max);  // NaN if max is infinite
    const V high = m.Set(static_cast<T>(log_sum)), low = m.Set(static_cast<T>(log_sum - static_cast<T>(log_sum)));
    row.Map([=](auto& at) ACT_LAMBDA {
      V z, z_low;
      shift.Apply(m, at.x(), z, z_low);
      return m.Neg((high - z) + (low - z_low));  // so that what rounds to zero is -0
    });
  }

  template <class M, class Row>
  ACT_FN static void Gradient(M m, Row& row) {
    using T = typename M::T;
    using V = typename M::V;
    const UpstreamScale<M> scale(m, row);
    const RaisedProbability<M> probability{static_cast<T>(Softmax::Exponentials(m, row, RaisedProbability<M>::kRaise))};
    const V sum =
        m.Set(static_cast<T>(row.Sum([=](auto& at) ACT_LAMBDA { return at.upstream() * m.Set(scale.down); })));
    const V temperature = m.Set(row.param(kTemperature));
    row.Map([=](auto& at) ACT_LAMBDA {
      const V upstream = at.upstream() * m.Set(scale.down);
      return (upstream - probability.Times(m, at.y(), sum)) / temperature * m.Set(scale.up);
    });
  }
};
