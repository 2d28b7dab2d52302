// Softmax and its logarithm along a row, at any temperature. Without an include guard: a backend includes this inside
// its own namespace. How formulas see a row is said in math/policy.h.

// Exponentials of rows are raised by 2^kRaise, so that those too small for the type still count when they meet a large
// factor.
constexpr float kRowRaise = 64;

// 1 / sum in two parts, so that a product with it is rounded nearly as well as a quotient.
template <class M>
struct Reciprocal {
  using T = typename M::T;
  using V = typename M::V;
  T high, low;

  ACT_FN explicit Reciprocal(double sum) : high(static_cast<T>(1 / sum)) {
    low = static_cast<T>(std::fma(-static_cast<double>(high), sum, 1.0) / sum);
  }
  ACT_FN V Times(M m, V v) const { return m.Fma(v, m.Set(high), v * m.Set(low)); }
};

// Probabilities for upstreams so large that products overflow: e / sum, of exponentials and their sum raised so high
// that all of the type's range lies between the largest and those that are 0.
template <class M>
struct RaisedProbability {
  using T = typename M::T;
  using V = typename M::V;
  static constexpr T kRaise = sizeof(T) == 4 ? 120 : 960;
  static constexpr T kLower = sizeof(T) == 4 ? T(0x1p-120) : T(0x1p-960),
                     kHalfWay = sizeof(T) == 4 ? T(0x1p-60) : T(0x1p-480);
  T sum;

  // e / sum * factor / divisor, where no step overflows and only the last may be subnormal.
  ACT_FN V Times(M m, V e, V factor, V divisor) const {
    const V raised = e / m.Set(sum * kLower);
    return m.Select(raised < m.Set(1), raised * factor * m.Set(kHalfWay) / divisor * m.Set(kHalfWay),
                    raised * m.Set(kLower) * factor / divisor);
  }
};

template <class M, class Row>
ACT_FN typename M::T RowMax(M, const Row& row) {
  return row.Max([](auto at) ACT_LAMBDA { return at.x(); });
}
template <class M, class Row>
ACT_FN typename M::T LargestUpstream(M m, const Row& row) {
  return row.Max([=](auto at) ACT_LAMBDA { return m.Abs(at.upstream()); });
}
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
  ACT_FN static void Evaluate(M m, const Row& row) {
    WithRowExp(m, RowMax(m, row), row.param(kTemperature), kRowRaise, [&](const auto& exp) ACT_LAMBDA {
      const auto [sum] = row.template Sums<1>([=](auto at, auto add) ACT_LAMBDA {
        typename M::V error;
        const auto e = exp.WithError(m, at.x(), error);
        at.Store(e);
        add.WithError(0, e, error);
      });
      const Reciprocal<M> inverse(Rounded(sum));
      row.Map([=](auto at) ACT_LAMBDA { return inverse.Times(m, at.y()); });
    });
  }

  template <class M, class Row>
  ACT_FN static void Gradient(M m, const Row& row) {
    using T = typename M::T;
    using V = typename M::V;
    constexpr T kLarge = 0x1p40f;
    if (!(LargestUpstream(m, row) < kLarge)) return GradientOfLarge(m, row);
    const T temperature = row.param(kTemperature);
    WithRowExp(m, RowMax(m, row), temperature, kRowRaise, [&](const auto& exp) ACT_LAMBDA {
      const auto [sum, dot] = row.template Sums<2>([=](auto at, auto add) ACT_LAMBDA {
        const auto e = exp(m, at.x());
        at.Store(e);
        add(0, e);
        add(1, e, at.upstream());
      });
      const Split<T> mean(Rounded(dot) / Rounded(sum));
      // Raised still, lest a small probability lose digits before it meets the upstream.
      const V probability = m.Set(static_cast<T>(0x1p64 / Rounded(sum) / temperature));
      row.Map([=](auto at) ACT_LAMBDA {
        const V deviation = (at.upstream() - m.Set(mean.high)) - m.Set(mean.low);
        return at.y() * probability * deviation * m.Set(0x1p-64f);
      });
    });
  }

  template <class M, class Row>
  ACT_FN static void GradientOfLarge(M m, const Row& row) {
    using T = typename M::T;
    using V = typename M::V;
    using Probability = RaisedProbability<M>;
    const UpstreamScale<M> scale(m, row);
    const T temperature = row.param(kTemperature);
    WithRowExp(m, RowMax(m, row), temperature, Probability::kRaise, [&](const auto& exp) ACT_LAMBDA {
      const Probability probability{static_cast<T>(Rounded(row.Sum([=](auto at) ACT_LAMBDA {
        const V e = exp(m, at.x());
        at.Store(e);
        return e;
      })))};
      const Split<T> mean(Rounded(row.Sum([=](auto at) ACT_LAMBDA {
        return probability.Times(m, at.y(), at.upstream() * m.Set(scale.down), m.Set(1));
      })));
      row.Map([=](auto at) ACT_LAMBDA {
        const V deviation = (at.upstream() * m.Set(scale.down) - m.Set(mean.high)) - m.Set(mean.low);
        return probability.Times(m, at.y(), deviation, m.Set(temperature)) * m.Set(scale.up);
      });
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
  ACT_FN static void Evaluate(M m, const Row& row) {
    using T = typename M::T;
    using V = typename M::V;
    const T max = RowMax(m, row);
    WithRowExp(m, max, row.param(kTemperature), kRowRaise, [&](const auto& exp) ACT_LAMBDA {
      const T largest = m.First(exp(m, m.Set(max)));
      const auto sum = row.Sum([=](auto at) ACT_LAMBDA { return exp(m, at.x()); });
      // log(sum / largest) = log(1 + others / largest), where one of the largest is taken away exactly, and what
      // remains is summed apart where too few of its digits are left.
      double others = Rounded(Sum(sum, MinusOf(sum, largest)));
      if (others < largest * kFew<T>) {
        others = Rounded(row.Sum([=](auto at) ACT_LAMBDA {
          const V x = at.x();
          return m.Select(x == m.Set(max), m.Set(0), exp(m, x));
        }));
      }
      const typename M::Wide wide;
      const double log_sum = wide.First(LogOnePlus(wide, wide.Set(others / ExactLargest(m, exp, max, largest))));
      if (!(log_sum < kInfinity)) return FillWithNan(m, row);
      Subtract(m, row, exp, max, log_sum);
    });
  }

  template <class M, class Row>
  ACT_FN static void Gradient(M m, const Row& row) {
    using T = typename M::T;
    using V = typename M::V;
    const UpstreamScale<M> scale(m, row);
    const T temperature = row.param(kTemperature);
    WithRowExp(m, RowMax(m, row), temperature, kRowRaise, [&](const auto& exp) ACT_LAMBDA {
      const auto [sum, upstreams] = row.template Sums<2>([=](auto at, auto add) ACT_LAMBDA {
        const auto e = exp(m, at.x());
        at.Store(e);
        add(0, e);
        add(1, at.upstream() * m.Set(scale.down));
      });
      // Either exponentials or their factor carry the 2^64, so that no product loses digits that count.
      const double factor = Rounded(upstreams) / Rounded(sum) / temperature;
      const bool raised = std::abs(factor) >= 0x1p-94;
      const V share = m.Set(static_cast<T>(raised ? factor : factor * 0x1p64)), lower = m.Set(raised ? 1 : 0x1p-64f);
      const V inverse = m.Set(exp.inverse * scale.down), inverse_low = m.Set(exp.inverse_low * scale.down);
      row.Map([=](auto at) ACT_LAMBDA {
        const V dy = at.upstream();
        const V common = m.NegFma(at.y() * lower, share, dy * inverse_low);
        return m.Fma(dy, inverse, common) * m.Set(scale.up);
      });
    });
  }

 private:
  // Below this part of the sum, others have to be summed for themselves.
  template <class T>
  static constexpr double kFew = sizeof(T) == 4 ? 0x1p-20 : 0x1p-40;

  static double MinusOf(double, double x) { return -x; }
  static DoubleDouble MinusOf(DoubleDouble, double x) { return {-x, 0}; }

  // The exponential of the maximum to more digits than the type has: all probabilities depend on it.
  template <class M, class Exp>
  ACT_FN static double ExactLargest(M, const Exp& exp, typename M::T max, typename M::T rounded) {
    if constexpr (sizeof(typename M::T) == 8) return rounded;
    using Wide = typename M::Wide;
    using C = typename Wide::Coefficients;
    const Wide wide;
    const double top = static_cast<double>(max) - exp.shift;
    const double high = std::fma(-exp.top_power, C::kLn2, top * exp.inverse);
    const double r = std::fma(-exp.top_power, C::kLn2Low, std::fma(top, exp.inverse_low, high));
    const auto v = wide.Set(r);
    return wide.First(wide.Fma(v * v, Polynomial(wide, v, C::kExp), v + wide.Set(1))) * 0x1p64;
  }

  // y = x / temperature - (max / temperature + log_sum), so that what rounds to zero is -0.
  template <class M, class Row, class Exp>
  ACT_FN static void Subtract(M m, const Row& row, const Exp& exp, typename M::T max, double log_sum) {
    using T = typename M::T;
    using V = typename M::V;
    if constexpr (std::is_same_v<Exp, RowExp<M, false>>) {
      // max + log_sum, where the low part keeps the digits of a small log_sum.
      const double high = static_cast<T>(max + log_sum);
      const Split<T> log(log_sum);
      const T low = static_cast<T>((max - high) + log_sum);
      row.Map([=](auto at) ACT_LAMBDA { return m.Neg((m.Set(static_cast<T>(high)) - at.x()) + m.Set(low)); });
    } else {
      // Differences are taken by half, lest they overflow before they are divided.
      const Split<T> log(log_sum);
      const V half_max = m.Set(max / 2), inverse = m.Set(exp.inverse * 2), inverse_low = m.Set(exp.inverse_low * 2);
      row.Map([=](auto at) ACT_LAMBDA {
        const V below = m.NegFma(at.x(), m.Set(0.5f), half_max);
        const V low = m.Fma(below, inverse_low, m.Set(log.low));
        const V sum = m.Fma(below, inverse, m.Set(log.high));
        return m.Neg(m.Select(below < m.Set(kInfinity), sum + low, sum));
      });
    }
  }
};
