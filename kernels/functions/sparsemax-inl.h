// Sparsemax: the projection of a row onto the probability simplex. Without an include guard: a backend includes this
// inside its own namespace. How formulas see a row is said in math/policy.h.

struct Sparsemax {
  static constexpr FunctionInfo kInfo{
      .name = "sparsemax",
      .summary = "The nearest point of the probability simplex: a sparse softmax.",
      .formula = "max(0, x_i - tau), with tau such that the outputs sum to 1",
      .derivative = "dx_i = dy_i - mean of dy over the support, for i in the support, else 0",
      .kind = FunctionKind::kRowwise,
      .reference = "Martins and Astudillo 2016, From Softmax to Sparsemax",
      .usage = "sparse attention; TabNet's masks"};

  static constexpr bool kKeepsNumbers = true;  // by row.Keep

  // x - max - tau, tau in three numbers: a support's smallest members lie so near the threshold that no fewer tell.
  template <class M>
  struct Excess {
    using T = typename M::T;
    using V = typename M::V;
    typename M::OfRow::Number max, tau[3];

    ACT_FN V operator()(M m, V x) const {
      const V d = x - m.Set(max);
      const V error = SumError(m, x, m.Neg(m.Set(max)), d);
      const V above = d - m.Set(tau[0]);
      const V above_error = SumError(m, d, m.Neg(m.Set(tau[0])), above);
      const V rest = ((error - m.Set(tau[1])) + above_error) - m.Set(tau[2]);
      // Far below, the errors may have overflowed; NaN and infinite rows stay NaN.
      return m.Select(above < m.Set(-4), m.Set(-1), above + rest);
    }
  };

  template <class M>
  struct Threshold {
    using N = typename M::OfRow;
    Excess<M> excess;
    typename N::Wide count;    // of the support; 0 for a row with NaN, +inf or nothing but -inf
    typename N::Number least;  // of the support

    ACT_FN auto IsNone() const { return N::Not(count > N::SetWide(0)); }
  };

  template <class M>
  struct Evaluation {
    typename M::OfRow::Number max = {};
    Threshold<M> threshold = {};

    template <class Row>
    ACT_FN void Scan(M m, const Row& row) {
      max = RowMax(m, row);
    }
    template <class Row>
    ACT_FN void Reduce(M m, const Row& row) {
      using N = typename M::OfRow;
      using One = typename Row::One;
      // NaN is kept, so that it reaches the sum.
      const auto top = m.Set(max);
      const auto kept = row.Keep([=](auto at) ACT_LAMBDA { return m.Not(at.x() - top < m.Set(-1)); });
      typename M::T maxima[N::kCount];
      N::Store(max, maxima);
      Threshold<typename One::M> each[N::kCount];
      for (size_t i = 0; i < N::kCount; ++i) each[i] = Find(typename One::M(), kept.one(i), maxima[i]);
      Excess<M>& excess = threshold.excess;
      excess.max = max;
      for (size_t k = 0; k < std::size(excess.tau); ++k) {
        excess.tau[k] = N::Joined([&](size_t i) ACT_LAMBDA { return each[i].excess.tau[k]; });
      }
      threshold.count = N::JoinedWide([&](size_t i) ACT_LAMBDA { return each[i].count; });
      threshold.least = N::Joined([&](size_t i) ACT_LAMBDA { return each[i].least; });
    }
    template <class Row>
    ACT_FN void Write(M m, const Row& row) {
      using V = typename M::V;
      if (IsFilledWithNan(m, row, threshold.IsNone())) return;
      const Excess<M> excess = threshold.excess;
      const V least = m.Set(threshold.least), zero = m.Set(0);
      row.MapToNumbers([=](auto at) ACT_LAMBDA {
        const V x = at.x();
        const auto member = x >= least;
        if (!m.Any(member)) return zero;  // as almost always in a long row
        return m.Select(member, m.Max(excess(m, x), zero), zero);
      });
    }
  };

  template <class M>
  struct Differentiation : Evaluation<M> {
    template <class Row>
    ACT_FN void Write(M m, const Row& row) {
      using V = typename M::V;
      using N = typename M::OfRow;
      if (IsFilledWithNan(m, row, this->threshold.IsNone())) return;
      const UpstreamScale<M> scale(LargestUpstream(m, row));
      const V least = m.Set(this->threshold.least), zero = m.Set(0), down = m.Set(scale.down), up = m.Set(scale.up);
      const auto sum = N::Rounded(
          row.Sum([=](auto at) ACT_LAMBDA { return m.Select(at.x() >= least, at.upstream() * down, zero); }));
      const Split<N> mean(sum / this->threshold.count);
      row.Map([=](auto at) ACT_LAMBDA {
        const V deviation = (at.upstream() * down - m.Set(mean.high)) - m.Set(mean.low);
        return m.Select(at.x() >= least, deviation * up, zero);
      });
    }
  };

 private:
  // Michelot's iteration: from {x >= max - 1}, which holds the support, take tau of what there is, drop what is not
  // above it, until nothing is dropped; first with rounded sums and some way below tau, then, unless that has told
  // which belong to the support, exactly. Sums are relative to the maximum, the exact ones in double-double.
  template <class M, class Row>
  ACT_FN static Threshold<M> Find(M m, Row kept, typename M::T max) {
    using T = typename M::T;
    using V = typename M::V;
    if (!(std::abs(max) <= Range<T>::kMax)) return {};
    const V top = m.Set(max);
    if (kept.size() == 1) return {{max, {-1}}, 1, max};
    for (int64_t last = -1; kept.size() != last;) {
      last = kept.size();
      const double tau = RoundedTau(m, kept, max);
      const V below = m.Set(static_cast<T>(tau) - kMargin<T>);
      kept = kept.Keep([=](auto at) ACT_LAMBDA { return m.Not(at.x() - top < below); });
      if (kept.size() != last || last > kFew<T>) continue;
      const T least = Least(m, kept);
      const Split<SingleNumber<T>> parts(tau);
      if ((least - max) - parts.high > kMargin<T>) {
        return {{max, {parts.high, parts.low}}, static_cast<double>(last), least};
      }
    }
    for (;;) {
      const int64_t count = kept.size();
      const auto sum = kept.template SumOf<typename Row::Exact>([=](auto at, auto add) ACT_LAMBDA {
        const V d = at.x() - top;
        add.WithError(d, SumError(m, at.x(), m.Neg(top), d));
      });
      DoubleDouble tau = Quotient(Sum(sum, -1.0), {static_cast<double>(count), 0});
      Excess<M> excess{max, {}};
      for (T& part : excess.tau) {
        part = static_cast<T>(tau.high);
        tau = Sum(tau, -static_cast<double>(part));
      }
      if (!(std::abs(excess.tau[0]) <= 1)) return {};
      kept = kept.Keep([=](auto at) ACT_LAMBDA { return excess(m, at.x()) > m.Set(0); });
      if (kept.size() == count) return {excess, static_cast<double>(count), Least(m, kept)};
    }
  }

  template <class M, class Row>
  ACT_FN static typename M::T Least(M m, const Row& row) {
    return -row.Max([=](auto at) ACT_LAMBDA { return m.Neg(at.x()); });
  }

  // Of kFew<float> numbers of float within 1 of their maximum, the sum is off by less than 2^-42: where the maximum is
  // at least 2, no rounding takes anything away. Of more numbers, and those of double, it is off by less than kMargin.
  template <class M, class Row>
  ACT_FN static double RoundedTau(M m, const Row& row, typename M::T max) {
    using V = typename M::V;
    const auto count = static_cast<double>(row.size());
    if (row.size() <= kFew<typename M::T>) {
      const double sum = Rounded(row.Sum([](auto at) ACT_LAMBDA { return at.x(); }));
      return ((sum - count * static_cast<double>(max)) - 1) / count;
    }
    const V top = m.Set(max);
    return (Rounded(row.Sum([=](auto at) ACT_LAMBDA { return at.x() - top; })) - 1) / count;
  }
  // With so many, rounded sums may decide: what is that far from the threshold has the right digits.
  template <class T>
  static constexpr int64_t kFew = sizeof(T) == 4 ? 64 : 0;
  // More than rounded sums may be off, and rounded differences from the maximum, of numbers within 1.
  template <class T>
  static constexpr T kMargin = sizeof(T) == 4 ? T(0x1p-16) : T(0x1p-40);
};
