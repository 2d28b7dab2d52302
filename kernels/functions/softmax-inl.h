// Softmax and its logarithm along a row, at any temperature. Without an include guard: a backend includes this inside
// its own namespace. How formulas see a row is said in math/policy.h.

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

struct Softmax {
  enum { kTemperature };
  static constexpr FunctionInfo kInfo{
      .name = "softmax",
      .summary = "Exponentials along an axis, normalised to sum to 1.",
      .formula = "exp(x_i / temperature) / sum_j exp(x_j / temperature)",
      .derivative = "dx_i = y_i (dy_i - sum_j y_j dy_j) / temperature",
      .kind = FunctionKind::kRowwise,
      .params = {{{{.name = "temperature", .summary = "divides the inputs", .fallback = 1, .min = 1e-6, .max = 1e6}}}},
      .reference = "Bridle 1990, Probabilistic Interpretation of Feedforward Classification Network Outputs",
      .usage = "attention; outputs of classifiers"};

  template <class M>
  struct Evaluation {
    using N = typename M::OfRow;
    typename N::Number max = {};
    Inverse<N> inverse;

    template <class Row>
    ACT_FN void Scan(M m, const Row& row) {
      max = RowMax(m, row);
    }
    template <class Row>
    ACT_FN void Reduce(M m, const Row& row) {
      WithRowExp(m, max, row.param(kTemperature), kRowRaise, [&](const auto& exp) ACT_LAMBDA {
        inverse = Inverse<N>(row.template SumOf<typename Row::Exponentials>([=](auto at, auto add) ACT_LAMBDA {
          const auto e = exp(m, at.x());
          at.Store(e.value);
          add(e);
        }));
      });
    }
    template <class Row>
    ACT_FN void Write(M m, const Row& row) {
      if (IsFilledWithNan(m, row, N::Not(inverse.high > N::Set(0)))) return;
      const auto factor = inverse;
      row.MapToNumbers([=](auto at) ACT_LAMBDA { return factor.Times(m, at.y()); });
    }
  };

  template <class M>
  struct Differentiation {
    using T = typename M::T;
    using V = typename M::V;
    using N = typename M::OfRow;
    typename N::Number max = {}, largest_upstream = {};
    // For upstreams that are not large.
    Split<N> mean;
    Inverse<N> probability;

    template <class Row>
    ACT_FN void Scan(M m, const Row& row) {
      max = RowMax(m, row);
      largest_upstream = LargestUpstream(m, row);
    }
    template <class Row>
    ACT_FN void Reduce(M m, const Row& row) {
      if (N::Any(IsLarge())) return;
      const T temperature = row.param(kTemperature);
      WithRowExp(m, max, temperature, kRowRaise, [&](const auto& exp) ACT_LAMBDA {
        using Numbers = typename Row::Numbers;
        const auto [sum, dot] = row.template Sums<Numbers, Numbers>([=](auto at, auto add, auto add_to_dot) ACT_LAMBDA {
          const V e = exp(m, at.x()).value;
          at.Store(e);
          add(e);
          add_to_dot(e, at.upstream());
        });
        mean = Split<N>(N::Quotient(dot, sum));
        // Raised still, lest a small probability lose digits before it meets the upstream.
        probability = Inverse<N>(N::Rounded(sum) * N::SetWide(0x1p-64) * N::SetWide(temperature));
      });
    }
    template <class Row>
    ACT_FN void Write(M m, const Row& row) {
      if (row.Otherwise(IsLarge(), [&](const auto& same) ACT_LAMBDA { WriteLarge(m, same); })) return;
      const Split<N> split = mean;
      const Inverse<N> factor = probability;
      row.Map([=](auto at) ACT_LAMBDA {
        const V deviation = (at.upstream() - m.Set(split.high)) - m.Set(split.low);
        return factor.Times(m, at.y()) * deviation * m.Set(0x1p-64f);
      });
    }

   private:
    ACT_FN auto IsLarge() const { return N::Not(largest_upstream < N::Set(0x1p40f)); }

    template <class Row>
    ACT_FN void WriteLarge(M m, const Row& row) {
      using Probability = RaisedProbability<M>;
      const UpstreamScale<M> scale(largest_upstream);
      const T temperature = row.param(kTemperature);
      WithRowExp(m, max, temperature, Probability::kRaise, [&](const auto& exp) ACT_LAMBDA {
        const Probability probability{static_cast<T>(Rounded(row.Sum([=](auto at) ACT_LAMBDA {
          const V e = exp(m, at.x()).value;
          at.Store(e);
          return e;
        })))};
        const Split<N> mean(Rounded(row.Sum([=](auto at) ACT_LAMBDA {
          return probability.Times(m, at.y(), at.upstream() * m.Set(scale.down), m.Set(1));
        })));
        row.Map([=](auto at) ACT_LAMBDA {
          const V deviation = (at.upstream() * m.Set(scale.down) - m.Set(mean.high)) - m.Set(mean.low);
          return probability.Times(m, at.y(), deviation, m.Set(temperature)) * m.Set(scale.up);
        });
      });
    }
  };
};

struct LogSoftmax {
  enum { kTemperature };
  static constexpr FunctionInfo kInfo{
      .name = "log_softmax",
      .summary = "The logarithm of softmax.",
      .formula = "x_i / temperature - log(sum_j exp(x_j / temperature))",
      .derivative = "dx_i = (dy_i - softmax_i sum_j dy_j) / temperature",
      .kind = FunctionKind::kRowwise,
      .params = {{{{.name = "temperature", .summary = "divides the inputs", .fallback = 1, .min = 1e-6, .max = 1e6}}}},
      .usage = "cross-entropy losses; scores of beam searches"};

  template <class M>
  struct Evaluation {
    using T = typename M::T;
    using V = typename M::V;
    using N = typename M::OfRow;
    using Wide = typename N::Wide;
    typename N::Number max = {};
    Wide log_sum = {};  // log(sum_j exp((x_j - max) / temperature))

    template <class Row>
    ACT_FN void Scan(M m, const Row& row) {
      max = RowMax(m, row);
    }
    template <class Row>
    ACT_FN void Reduce(M m, const Row& row) {
      WithRowExp(m, max, row.param(kTemperature), kRowRaise, [&](const auto& exp) ACT_LAMBDA {
        const auto sum =
            row.template SumOf<typename Row::Exponentials>([=](auto at, auto add) ACT_LAMBDA { add(exp(m, at.x())); });
        // log(sum / largest) = log(1 + others / largest), where one of the largest is taken away, and what remains is
        // summed apart where too few of its digits are left.
        const auto top = exp(m, m.Set(max));
        const Wide minus = N::Neg(N::Widen(m.First(top.power))), value = N::Widen(m.First(top.value));
        Wide others = N::Rounded(N::Plus(N::Plus(sum, minus), minus * N::Widen(m.First(top.expm1))));
        const auto few = others < value * N::SetWide(kFew<T>);
        if (N::Any(few)) {
          const Wide apart = N::Rounded(row.Sum([=, this](auto at) ACT_LAMBDA {
            const V x = at.x();
            return m.Select(x == m.Set(max), m.Set(0), exp(m, x).value);
          }));
          others = N::Select(few, apart, others);
        }
        const auto log = [](auto wide, auto v) ACT_LAMBDA { return LogOnePlus(wide, v); };
        log_sum = N::template InWide<typename M::Wide>(log, others / ExactLargest(exp, value));
      });
    }
    template <class Row>
    ACT_FN void Write(M m, const Row& row) {
      if (IsFilledWithNan(m, row, N::Not(log_sum < N::SetWide(kInfinity)))) return;
      const T temperature = row.param(kTemperature);
      temperature == 1 ? Subtract(m, row) : SubtractAndDivide(m, row, temperature);
    }

   private:
    // Below this part of the sum, others have to be summed for themselves.
    template <class Number>
    static constexpr double kFew = sizeof(Number) == 4 ? 0x1p-16 : 0x1p-40;

    // The exponential of the maximum to more digits than the type has: all probabilities depend on it.
    template <class Exp>
    ACT_FN Wide ExactLargest(const Exp& exp, Wide rounded) const {
      if constexpr (sizeof(T) == 8) return rounded;
      using C = typename M::Wide::Coefficients;
      const Wide top = N::Widen(max) - N::Widen(exp.shift), power = N::Widen(exp.top_power);
      const Wide high = N::NegFma(power, N::SetWide(C::kLn2), top * N::SetWide(exp.inverse));
      const Wide r = N::NegFma(power, N::SetWide(C::kLn2Low), N::Fma(top, N::SetWide(exp.inverse_low), high));
      const auto exponential = [](auto wide, auto v) ACT_LAMBDA {
        return wide.Fma(v * v, Polynomial(wide, v, C::kExp), v + wide.Set(1));
      };
      return N::template InWide<typename M::Wide>(exponential, r) * N::SetWide(0x1p64);
    }

    // y = x - (max + log_sum), so that what rounds to zero is -0. The low part keeps the digits of a small log_sum.
    template <class Row>
    ACT_FN void Subtract(M m, const Row& row) const {
      const Wide wide_max = N::Widen(max);
      const auto high = N::Narrow(wide_max + log_sum);
      const V log_high = m.Set(high), log_low = m.Set(N::Narrow((wide_max - N::Widen(high)) + log_sum));
      row.MapToNumbers([=](auto at) ACT_LAMBDA { return m.Neg((log_high - at.x()) + log_low); });
    }

    // y = (x - max) / temperature - log_sum. Differences are taken by half, lest they overflow before they are divided.
    template <class Row>
    ACT_FN void SubtractAndDivide(M m, const Row& row, T temperature) const {
      const Inverse<SingleNumber<T>> by(temperature);
      const Split<N> log(log_sum);
      const V half_max = m.Set(max * N::Set(0.5f)), inverse = m.Set(by.high * 2), inverse_low = m.Set(by.low * 2);
      row.MapToNumbers([=](auto at) ACT_LAMBDA {
        const V below = m.NegFma(at.x(), m.Set(0.5f), half_max);
        const V low = m.Fma(below, inverse_low, m.Set(log.low));
        const V sum = m.Fma(below, inverse, m.Set(log.high));
        return m.Neg(m.Select(below < m.Set(kInfinity), sum + low, sum));
      });
    }
  };

  template <class M>
  struct Differentiation {
    using T = typename M::T;
    using V = typename M::V;
    using N = typename M::OfRow;
    using Wide = typename N::Wide;
    typename N::Number max = {};
    UpstreamScale<M> scale;
    Wide factor = {};  // of exponentials

    template <class Row>
    ACT_FN void Scan(M m, const Row& row) {
      max = RowMax(m, row);
      scale = UpstreamScale<M>(LargestUpstream(m, row));
    }
    template <class Row>
    ACT_FN void Reduce(M m, const Row& row) {
      const T temperature = row.param(kTemperature);
      const V down = m.Set(scale.down);
      WithRowExp(m, max, temperature, kRowRaise, [&](const auto& exp) ACT_LAMBDA {
        const auto [sum, upstreams] = row.template Sums<typename Row::Exponentials, typename Row::Numbers>(
            [=](auto at, auto add, auto add_upstream) ACT_LAMBDA {
              const auto e = exp(m, at.x());
              at.Store(e.value);
              add(e);
              add_upstream(at.upstream() * down);
            });
        factor = N::Rounded(upstreams) / N::Rounded(sum) / N::SetWide(temperature);
      });
    }
    template <class Row>
    ACT_FN void Write(M m, const Row& row) {
      // Either exponentials or their factor carry the 2^64, so that no product loses digits that count.
      const auto raised = N::Abs(factor) >= N::SetWide(0x1p-94);
      const V share = m.Set(N::Narrow(N::Select(raised, factor, factor * N::SetWide(0x1p64))));
      const V lower = m.Set(N::Narrow(N::Select(raised, N::SetWide(1), N::SetWide(0x1p-64))));
      const Inverse<SingleNumber<T>> inverse(row.param(kTemperature));
      const V down = m.Set(scale.down), up = m.Set(scale.up);
      const V high = m.Set(inverse.high) * down, low = m.Set(inverse.low) * down;
      row.Map([=](auto at) ACT_LAMBDA {
        const V dy = at.upstream();
        const V common = m.NegFma(at.y() * lower, share, dy * low);
        return m.Fma(dy, high, common) * up;
      });
    }
  };
};
