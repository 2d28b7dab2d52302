// One lane of math/summation.h's sixteen: what it adds up of a leaf. Without an include guard: see family-inl.h.

// In double, or double-double if kExact.
template <class T, bool kExact>
class LaneSum {
 public:
  using Total = std::conditional_t<kExact, DoubleDouble, double>;

  ACT_FN void Add(T term) { AddWide(term); }
  // Adds a b, not rounded.
  ACT_FN void Add(T a, T b) {
    if constexpr (sizeof(T) == 8) {
      const double product = a * b;
      AddWithError(product, std::fma(a, b, -product));
    } else if constexpr (kExact) {
      AddWide(static_cast<double>(a) * static_cast<double>(b));
    } else {
      high_ = std::fma(static_cast<double>(a), static_cast<double>(b), high_);
    }
  }
  ACT_FN void Add(Exponential<T> e) { AddWithError(e.value, std::fma(e.expm1, e.power, e.power - e.value)); }
  ACT_FN void AddWithError(T term, T error) {
    AddWide(term);
    low_ = low_ + static_cast<double>(error);
  }
  ACT_FN void EndBlock() {}

  ACT_FN Total Sum() const {
    if constexpr (kExact) {
      const bool is_finite = std::fabs(high_) <= Range<double>::kMax;
      return actserve::Sum(DoubleDouble{high_, 0}, DoubleDouble{is_finite ? low_ : 0.0, 0});
    } else {
      return high_;
    }
  }

 private:
  ACT_FN void AddWide(double term) {
    const double sum = high_ + term;
    if constexpr (kExact) low_ = low_ + SumError(ThreadMath<double>(), high_, term, sum);
    high_ = sum;
  }

  double high_ = 0, low_ = 0;
};

// Exponentials of float.
class LaneSumOfExponentials {
 public:
  using Total = double;

  ACT_FN void Add(Exponential<float> e) {
    const float sum = high_ + e.value;
    const float added = sum - high_;  // exact, as is power - added
    low_ = low_ + std::fma(e.expm1, e.power, e.power - added);
    high_ = sum;
  }
  ACT_FN void EndBlock() {
    sum_ = sum_ + static_cast<double>(low_);
    low_ = 0;
  }
  ACT_FN double Sum() const { return sum_ + static_cast<double>(high_ - kStart); }

 private:
  static constexpr float kStart = static_cast<float>(SummationOrder::kExponentialStart);
  float high_ = kStart, low_ = 0;
  double sum_ = 0;
};

// No sum.
struct LaneSumOfNothing {
  struct Total {};
  ACT_FN void EndBlock() {}
  ACT_FN Total Sum() const { return {}; }
};

// The sums of two kinds of terms, or of one.
template <class A, class B>
struct Totals {
  A first;
  B second;
  ACT_FN friend Totals Sum(const Totals& a, const Totals& b) {
    return {Sum(a.first, b.first), Sum(a.second, b.second)};
  }
  ACT_FN static Totals Of(A a, B b) { return {a, b}; }
};
template <class A>
struct Totals<A, LaneSumOfNothing::Total> {
  A first;
  ACT_FN friend Totals Sum(const Totals& a, const Totals& b) { return {Sum(a.first, b.first)}; }
  ACT_FN static Totals Of(A a, LaneSumOfNothing::Total) { return {a}; }
};

// Of a half-warp's lanes, in the first lane: lane j + distance is added to lane j, until one is left.
template <class Team, class Total>
ACT_FN Each<Total> FoldLanes(const Team& team, Each<Total> sums) {
  for (int distance = SummationOrder::kLanes / 2; distance > 0; distance /= 2) {
    const Each<Total> others = team.Down(sums, distance);
    team.ForEach([&](int thread) { sums[thread] = Sum(sums[thread], others[thread]); });
  }
  return sums;
}

// The tree over `count` neighbouring leaves, at most 2 kLanes of them, which the first lane of every half-warp then
// has.
template <class Team, class Total>
ACT_FN Each<Total> FoldLeaves(const Team& team, const Total* leaves, int count) {
  Each<Total> sums;
  team.ForEach([&](int thread) {
    const int left = thread % SummationOrder::kLanes * 2;
    sums[thread] = left + 1 < count ? Sum(leaves[left], leaves[left + 1]) : left < count ? leaves[left] : Total{};
  });
  for (int distance = 1; 2 * distance < count; distance *= 2) {
    const Each<Total> others = team.Down(sums, distance);
    team.ForEach([&](int thread) {
      const int lane = thread % SummationOrder::kLanes;
      const bool has_right = (lane + distance) * 2 < count && lane % (2 * distance) == 0;
      if (has_right) sums[thread] = Sum(sums[thread], others[thread]);
    });
  }
  return sums;
}
