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

  static constexpr int kReach = 1;

  template <class M, class V>
  ACT_FN static V Share(M m, const Excess<M>& excess, V x) {
    return m.Max(excess(m, x), m.Set(0));
  }

  template <class M>
  using Evaluation = SimplexEvaluation<Sparsemax, M>;

  template <class M>
  struct Differentiation : SupportSearch<Sparsemax, M> {
    template <class Row>
    ACT_FN void Write(M m, const Row& row) {
      using V = typename M::V;
      using N = typename M::OfRow;
      if (IsFilledWithNan(m, row, this->support.IsNone())) return;
      const UpstreamScale<M> scale(LargestUpstream(m, row));
      const V least = m.Set(this->support.least), zero = m.Set(0), down = m.Set(scale.down), up = m.Set(scale.up);
      const auto sum = N::Rounded(
          row.Sum([=](auto at) ACT_LAMBDA { return m.Select(at.x() >= least, at.upstream() * down, zero); }));
      const Split<N> mean(sum / this->support.count);
      row.Map([=](auto at) ACT_LAMBDA {
        const V deviation = (at.upstream() * down - m.Set(mean.high)) - m.Set(mean.low);
        return m.Select(at.x() >= least, deviation * up, zero);
      });
    }
  };

  // Michelot's iteration: from {x >= max - 1}, which holds the support, take tau of what there is, drop what is not
  // above it, until nothing is dropped; first with rounded sums and some way below tau, then, unless that has told
  // which belong to the support, exactly. Sums are relative to the maximum, the exact ones in double-double.
  template <class M, class Row>
  ACT_FN static Support<M> Find(M m, Row kept, typename M::T max) {
    using T = typename M::T;
    using V = typename M::V;
    constexpr T kMargin = kThresholdMargin<T>;
    if (!(std::abs(max) <= Range<T>::kMax)) return {};
    const V top = m.Set(max);
    if (kept.size() == 1) return {{max, {-1}}, 1, max};
    for (int64_t last = -1; kept.size() != last;) {
      last = kept.size();
      const double tau = RoundedTau(m, kept, max);
      const V below = m.Set(static_cast<T>(tau) - kMargin);
      kept = kept.Keep([=](auto at) ACT_LAMBDA { return m.Not(at.x() - top < below); });
      if (kept.size() != last || last > kFew<T>) continue;
      const T least = RowMin(m, kept);
      if ((least - max) - static_cast<T>(tau) > kMargin) {
        return {Excess<M>::Of(max, tau), static_cast<double>(last), least};
      }
    }
    for (;;) {
      const int64_t count = kept.size();
      const auto sum = kept.template SumOf<typename Row::Exact>([=](auto at, auto add) ACT_LAMBDA {
        const V d = at.x() - top;
        add.WithError(d, SumError(m, at.x(), m.Neg(top), d));
      });
      const auto excess = Excess<M>::Of(max, Quotient(Sum(sum, -1.0), {static_cast<double>(count), 0}));
      if (!(std::abs(excess.tau[0]) <= 1)) return {};
      kept = kept.Keep([=](auto at) ACT_LAMBDA { return excess(m, at.x()) > m.Set(0); });
      if (kept.size() == count) return {excess, static_cast<double>(count), RowMin(m, kept)};
    }
  }

 private:
  // Of kFew<float> numbers of float within 1 of their maximum, the sum is off by less than 2^-42: where the maximum is
  // at least 2, no rounding takes anything away. Of more numbers, and those of double, it is off by less than
  // kThresholdMargin.
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
};
