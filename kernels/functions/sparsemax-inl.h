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
  ACT_FN static void Evaluate(M m, Row& row) {
    using V = typename M::V;
    const Excess<M> excess = Threshold(m, row);
    row.Map([=](auto& at) ACT_LAMBDA {
      const V e = excess(m, at.x());
      return m.Select(e < m.Set(0), m.Set(0), e);  // keeps NaN
    });
  }

  template <class M, class Row>
  ACT_FN static void Gradient(M m, Row& row) {
    using T = typename M::T;
    using V = typename M::V;
    const Excess<M> excess = Threshold(m, row);
    const V zero = m.Set(0);
    const double count =
        row.Sum([=](auto& at) ACT_LAMBDA { return m.Select(excess(m, at.x()) > zero, m.Set(1), zero); });
    const UpstreamScale<M> scale(m, row);
    const double sum = row.Sum([=](auto& at) ACT_LAMBDA {
      return m.Select(excess(m, at.x()) > zero, at.upstream() * m.Set(scale.down), zero);
    });
    const double mean = sum / count;
    const V high = m.Set(static_cast<T>(mean)), low = m.Set(static_cast<T>(mean - static_cast<T>(mean)));
    // A NaN row has no support.
    const V elsewhere = count > 0 ? zero : m.Set(std::numeric_limits<T>::quiet_NaN());
    row.Map([=](auto& at) ACT_LAMBDA {
      const V deviation = (at.upstream() * m.Set(scale.down) - high) - low;
      return m.Select(excess(m, at.x()) > zero, deviation * m.Set(scale.up), elsewhere);
    });
  }

 private:
  // Michelot's iteration: from the support {x > max - 1}, which holds the true one, take tau of the support, drop what
  // is not above it, until nothing is dropped. Sums are relative to the maximum and carried in double-double.
  template <class M, class Row>
  ACT_FN static Excess<M> Threshold(M m, Row& row) {
    using T = typename M::T;
    using V = typename M::V;
    const V zero = m.Set(0);
    Excess<M> excess{row.Max([](auto& at) ACT_LAMBDA { return at.x(); }), {-1, 0, 0}};
    for (double last = kInfinity;;) {
      const double count = row.Sum([=](auto& at) ACT_LAMBDA {
        // NaN counts, so that it reaches the sum.
        return m.Select(excess(m, at.x()) <= zero, zero, m.Set(1));
      });
      if (!(count < last)) return excess;
      last = count;
      const DoubleDouble sum = row.ExactSum(
          [=](auto& at) ACT_LAMBDA { return m.Select(excess(m, at.x()) <= zero, zero, at.x() - m.Set(excess.max)); });
      const DoubleDouble errors = row.ExactSum([=](auto& at) ACT_LAMBDA {
        const V d = at.x() - m.Set(excess.max);
        return m.Select(excess(m, at.x()) <= zero, zero, SumError(m, at.x(), m.Set(-excess.max), d));
      });
      DoubleDouble tau = Quotient(Sum(Sum(sum, errors), {-1, 0}), count);
      for (T& part : excess.tau) {
        part = static_cast<T>(tau.high);
        tau = Sum(tau, {-static_cast<double>(part), 0});
      }
    }
  }
};
