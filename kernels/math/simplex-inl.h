// What projections of a row onto the probability simplex share: an element's share depends on how far it is above a
// threshold tau, which makes the shares sum to 1. Without an include guard: a backend includes this, after rows-inl.h,
// inside its own namespace.

// x - max - tau, tau in three numbers: a support's smallest members lie so near the threshold that no fewer tell.
template <class M>
struct Excess {
  using T = typename M::T;
  using V = typename M::V;
  typename M::OfRow::Number max, tau[3];

  ACT_FN Twofold<V> Parts(M m, V x) const {
    const V d = x - m.Set(max);
    const V error = SumError(m, x, m.Neg(m.Set(max)), d);
    const V above = d - m.Set(tau[0]);
    const V above_error = SumError(m, d, m.Neg(m.Set(tau[0])), above);
    return {above, ((error - m.Set(tau[1])) + above_error) - m.Set(tau[2])};
  }
  ACT_FN V operator()(M m, V x) const {
    const auto [above, rest] = Parts(m, x);
    // Far below, the errors may have overflowed; NaN and infinite rows stay NaN.
    return m.Select(above < m.Set(-4), m.Set(-1), above + rest);
  }

  // Of one row.
  ACT_FN static Excess Of(T max, double tau) {
    const Split<SingleNumber<T>> parts(tau);
    return {max, {parts.high, parts.low}};
  }
  ACT_FN static Excess Of(T max, DoubleDouble tau) {
    Excess excess{max, {}};
    for (T& part : excess.tau) {
      part = static_cast<T>(tau.high);
      tau = Sum(tau, -static_cast<double>(part));
    }
    return excess;
  }
};

// The elements of which y is positive.
template <class M>
struct Support {
  using N = typename M::OfRow;
  Excess<M> excess;
  typename N::Wide count;  // 0 for a row with NaN, +inf or nothing but -inf
  typename N::Number least;

  ACT_FN auto IsNone() const { return N::Not(count > N::SetWide(0)); }
};

// The steps that find the support, for a function F: it lies above the maximum less F::kReach, and F::Find(m, row, max)
// tells it from a row of what does.
template <class F, class M>
struct SupportSearch {
  typename M::OfRow::Number max = {};
  Support<M> support = {};

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
    const auto kept = row.Keep([=](auto at) ACT_LAMBDA { return m.Not(at.x() - top < m.Set(-F::kReach)); });
    typename M::T maxima[N::kCount];
    N::Store(max, maxima);
    Support<typename One::M> each[N::kCount];
    for (size_t i = 0; i < N::kCount; ++i) each[i] = F::Find(typename One::M(), kept.one(i), maxima[i]);
    Excess<M>& excess = support.excess;
    excess.max = max;
    for (size_t k = 0; k < std::size(excess.tau); ++k) {
      excess.tau[k] = N::Joined([&](size_t i) ACT_LAMBDA { return each[i].excess.tau[k]; });
    }
    support.count = N::JoinedWide([&](size_t i) ACT_LAMBDA { return each[i].count; });
    support.least = N::Joined([&](size_t i) ACT_LAMBDA { return each[i].least; });
  }
};

// The same, and y = F::Share(m, excess, x) for the members of the support.
template <class F, class M>
struct SimplexEvaluation : SupportSearch<F, M> {
  template <class Row>
  ACT_FN void Write(M m, const Row& row) {
    using V = typename M::V;
    if (IsFilledWithNan(m, row, this->support.IsNone())) return;
    const Excess<M> excess = this->support.excess;
    const V least = m.Set(this->support.least), zero = m.Set(0);
    row.MapToNumbers([=](auto at) ACT_LAMBDA {
      const V x = at.x();
      const auto member = x >= least;
      if (!m.Any(member)) return zero;  // as almost always in a long row
      return m.Select(member, F::Share(m, excess, x), zero);
    });
  }
};

template <class M, class Row>
ACT_FN typename M::T RowMin(M m, const Row& row) {
  return -row.Max([=](auto at) ACT_LAMBDA { return m.Neg(at.x()); });
}

// More than rounded sums may be off, and rounded differences from the maximum, of numbers not far from it.
template <class T>
constexpr T kThresholdMargin = sizeof(T) == 4 ? T(0x1p-16) : T(0x1p-40);
