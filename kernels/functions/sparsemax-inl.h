// Sparsemax: the projection of a row onto the probability simplex. Without an include guard: a backend includes this
// inside its own namespace. How formulas see a row is said in math/policy.h.

struct Sparsemax {
  static constexpr FunctionInfo kInfo{
      .name = "sparsemax",
      .summary = "The nearest point of the probability simplex: a sparse softmax.",
      .formula = "max(0, x_i - tau), with tau such that the outputs sum to 1",
      .derivative = "dx_i = dy_i - mean of dy over the support, for i in the support, else 0",
      .kind = FunctionKind::kRowwise,
      .reference = "Martins and Astudillo 2016, From Softmax to Sparsemax"};

  // x - max - tau, tau in three numbers: a support's smallest members lie so near the threshold that no fewer tell.
  template <class M>
  struct Excess {
    using T = typename M::T;
    using V = typename M::V;
    T max, tau[3];

    ACT_FN V operator()(M m, V x) const {
      const V d = x - m.Set(max);
      const V error = SumError(m, x, m.Set(-max), d);
      const V above = d - m.Set(tau[0]);
      const V above_error = SumError(m, d, m.Set(-tau[0]), above);
      const V rest = ((error - m.Set(tau[1])) + above_error) - m.Set(tau[2]);
      // Far below, the errors may have overflowed; NaN and infinite rows stay NaN.
      return m.Select(above < m.Set(-4), m.Set(-1), above + rest);
    }
  };

  template <class M, class Row>
  ACT_FN static void Evaluate(M m, const Row& row) {
    using V = typename M::V;
    const Threshold<M> threshold = Find(m, row);
    if (threshold.count == 0) return FillWithNan(m, row);
    const V least = m.Set(threshold.least), zero = m.Set(0);
    row.Map([=](auto at) ACT_LAMBDA {
      const V x = at.x();
      const auto member = x >= least;
      if (!m.Any(member)) return zero;  // as almost always in a long row
      return m.Select(member, m.Max(threshold.excess(m, x), zero), zero);
    });
  }

  template <class M, class Row>
  ACT_FN static void Gradient(M m, const Row& row) {
    using V = typename M::V;
    const Threshold<M> threshold = Find(m, row);
    if (threshold.count == 0) return FillWithNan(m, row);
    const UpstreamScale<M> scale(m, row);
    const V least = m.Set(threshold.least), zero = m.Set(0), down = m.Set(scale.down);
    const double sum =
        Rounded(row.Sum([=](auto at) ACT_LAMBDA { return m.Select(at.x() >= least, at.upstream() * down, zero); }));
    const Split<typename M::T> mean(sum / static_cast<double>(threshold.count));
    row.Map([=](auto at) ACT_LAMBDA {
      const V deviation = (at.upstream() * down - m.Set(mean.high)) - m.Set(mean.low);
      return m.Select(at.x() >= least, deviation * m.Set(scale.up), zero);
    });
  }

 private:
  template <class M>
  struct Threshold {
    Excess<M> excess;
    int64_t count;        // of the support; 0 for a row with NaN, +inf or nothing but -inf
    typename M::T least;  // of the support
  };

  // Michelot's iteration: from {x >= max - 1}, which holds the support, take tau of what there is, drop what is not
  // above it, until nothing is dropped; first with sums that are rounded and some way below tau, then exactly. Sums are
  // relative to the maximum, the exact ones in double-double.
  template <class M, class Row>
  ACT_FN static Threshold<M> Find(M m, const Row& row) {
    using T = typename M::T;
    using V = typename M::V;
    const T max = row.Max([](auto at) ACT_LAMBDA { return at.x(); });
    const V top = m.Set(max);
    // NaN is kept, so that it reaches the sum.
    Row kept = row.Keep([=](auto at) ACT_LAMBDA { return m.Not(at.x() - top < m.Set(-1)); });
    for (int64_t last = -1; kept.size() != last;) {
      last = kept.size();
      const double sum = Rounded(kept.Sum([=](auto at) ACT_LAMBDA { return at.x() - top; }));
      const V below = m.Set(static_cast<T>((sum - 1) / static_cast<double>(last)) - kMargin<T>);
      kept = kept.Keep([=](auto at) ACT_LAMBDA { return m.Not(at.x() - top < below); });
    }
    for (;;) {
      const int64_t count = kept.size();
      const DoubleDouble sum = kept.ExactSum([=](auto at, auto add) ACT_LAMBDA {
        const V d = at.x() - top;
        add.WithError(0, d, SumError(m, at.x(), m.Neg(top), d));
      });
      DoubleDouble tau = Quotient(Sum(sum, {-1, 0}), static_cast<double>(count));
      Excess<M> excess{max, {}};
      for (T& part : excess.tau) {
        part = static_cast<T>(tau.high);
        tau = Sum(tau, {-static_cast<double>(part), 0});
      }
      if (!(std::abs(excess.tau[0]) <= 1)) return {excess, 0, 0};
      kept = kept.Keep([=](auto at) ACT_LAMBDA { return excess(m, at.x()) > m.Set(0); });
      if (kept.size() == count) {
        return {excess, count, -kept.Max([=](auto at) ACT_LAMBDA { return m.Neg(at.x()); })};
      }
    }
  }

  // More than rounded sums of numbers within 1 may be off.
  template <class T>
  static constexpr T kMargin = sizeof(T) == 4 ? T(0x1p-20) : T(0x1p-40);
};
