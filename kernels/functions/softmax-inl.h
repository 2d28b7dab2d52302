// Softmax, its logarithm and softmin along a row, at any temperature. Without an include guard: a backend includes this
// inside its own namespace. How formulas see a row is said in math/policy.h.

struct Softmax {
  enum { kTemperature };
  using Input = SoftmaxInput<1>;
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
  using Evaluation = SoftmaxEvaluation<Softmax, M>;
  template <class M>
  using Differentiation = SoftmaxDifferentiation<Softmax, M>;
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

struct Softmin {
  enum { kTemperature };
  using Input = SoftmaxInput<-1>;
  static constexpr FunctionInfo kInfo{
      .name = "softmin",
      .summary = "The softmax of -x: the least element has the largest share.",
      .formula = "exp(-x_i / temperature) / sum_j exp(-x_j / temperature)",
      .derivative = "dx_i = -y_i (dy_i - sum_j y_j dy_j) / temperature",
      .kind = FunctionKind::kRowwise,
      .params = {{{{.name = "temperature", .summary = "divides the inputs", .fallback = 1, .min = 1e-6, .max = 1e6}}}},
      .usage = "weights of distances and costs"};

  template <class M>
  using Evaluation = SoftmaxEvaluation<Softmin, M>;
  template <class M>
  using Differentiation = SoftmaxDifferentiation<Softmin, M>;
};
