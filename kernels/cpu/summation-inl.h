// The sum of a leaf as math/summation.h orders it. Without an include guard: see family.cc.

// The lanes of a leaf, and what they add up to: double-double if kExact, else double.
template <class T, bool kExact>
class LaneSums {
 public:
  using Total = std::conditional_t<kExact, DoubleDouble, double>;

  // Adds terms to the lanes from `lane` on, a multiple of the terms' number.
  ACT_FN void Add(size_t lane, hn::Vec<hn::ScalableTag<T>> terms) {
    ForEachWide(
        lane, [this](size_t part, V term) ACT_LAMBDA { AddTo(part, term); }, terms);
  }
  // Adds terms that were rounded, and what the rounding took away.
  ACT_FN void AddWithError(size_t lane, hn::Vec<hn::ScalableTag<T>> terms, hn::Vec<hn::ScalableTag<T>> errors) {
    static_assert(kExact);
    Add(lane, terms);
    ForEachWide(
        lane, [this](size_t part, V error) ACT_LAMBDA { low_[part] = low_[part] + error; }, errors);
  }
  ACT_FN void Add(size_t lane, Exponential<hn::Vec<hn::ScalableTag<T>>> e) {
    AddWithError(lane, e.value, Simd<T>::Fma(e.expm1, e.power, e.power - e.value));
  }
  // Adds the products of a and b, not rounded.
  ACT_FN void Add(size_t lane, hn::Vec<hn::ScalableTag<T>> a, hn::Vec<hn::ScalableTag<T>> b) {
    if constexpr (sizeof(T) == 8) {
      const V product = a * b;
      AddWithError(lane, product, M::Fma(a, b, M::Neg(product)));
    } else if constexpr (kExact) {
      ForEachWide(
          lane, [this](size_t part, V x, V y) ACT_LAMBDA { AddTo(part, x * y); }, a, b);
    } else {
      ForEachWide(
          lane, [this](size_t part, V x, V y) ACT_LAMBDA { high_[part] = M::Fma(x, y, high_[part]); }, a, b);
    }
  }

  // Before the first term, and after every SummationOrder::kBlock of them and the last.
  ACT_FN void Begin() {
    for (V& high : high_) high = M::Set(0);
    for (V& low : low_) low = M::Set(0);
  }
  ACT_FN void EndBlock() {}

  ACT_FN Total Sum() const {
    if constexpr (kExact) {
      Pair<V> lanes[kParts];
      for (size_t i = 0; i < kParts; ++i) {
        const V none = M::Set(0), low = M::Select(IsFinite(D(), high_[i]), low_[i], none);
        lanes[i] = Plus(D(), Pair<V>{high_[i], none}, Pair<V>{low, none});
      }
      return FoldParts<kParts>(lanes);
    } else {
      return FoldParts<kParts>(high_);
    }
  }

 private:
  using M = Simd<double>;
  using D = typename M::D;
  using V = typename M::V;
  static constexpr size_t kLanes = SummationOrder::kLanes;
  static constexpr size_t kParts = kLanes / hn::MaxLanes(D());

  ACT_FN void AddTo(size_t part, V term) {
    const V sum = high_[part] + term;
    if constexpr (kExact) low_[part] = low_[part] + SumError(M(), high_[part], term, sum);
    high_[part] = sum;
  }

  // Calls body(part, numbers...) for the parts that the terms belong to, with their numbers in double.
  template <class Body, class... Terms>
  ACT_FN static void ForEachWide(size_t lane, Body body, Terms... terms) {
    const size_t part = lane / hn::MaxLanes(D());
    if constexpr (sizeof(T) == 8) {
      body(part, terms...);
    } else if constexpr (hn::MaxLanes(D()) == 1) {
      body(part, hn::PromoteTo(D(), terms)...);
    } else {
      const hn::Rebind<float, D> half;
      body(part, hn::PromoteTo(D(), LowerHalf(half, terms))...);
      body(part + 1, hn::PromoteTo(D(), UpperHalf(half, terms))...);
    }
  }

  // Vectors of double-doubles, and their sum as math/summation.h has it.
  template <class Vector>
  struct Pair {
    Vector high, low;
  };
  template <class DV, class Vector>
  ACT_FN static auto IsFinite(DV d, Vector v) {
    return hn::Abs(v) <= hn::Set(d, Range<double>::kMax);
  }
  template <class DV, class Vector>
  ACT_FN static Pair<Vector> Plus(DV d, Pair<Vector> a, Pair<Vector> b) {
    const Vector sum = a.high + b.high;
    const Vector low = (a.low + b.low) + SumError(M(), a.high, b.high, sum);
    const Vector high = sum + low;
    const auto finite = IsFinite(d, sum);
    return {hn::IfThenElse(finite, high, sum), hn::IfThenElseZero(finite, low - (high - sum))};
  }
  template <class DV, class Vector>
  ACT_FN static Vector Plus(DV, Vector a, Vector b) {
    return a + b;
  }

  // Adds lane j + half to lane j, until one is left: first whole vectors, then halves of one.
  template <size_t kCount, class Numbers>
  ACT_FN static Total FoldParts(const Numbers (&parts)[kCount]) {
    if constexpr (kCount == 1) {
      return FoldLanes(D(), parts[0]);
    } else {
      Numbers folded[kCount / 2];
      for (size_t i = 0; i < kCount / 2; ++i) folded[i] = Plus(D(), parts[i], parts[i + kCount / 2]);
      return FoldParts<kCount / 2>(folded);
    }
  }
  template <class DV, class Numbers>
  ACT_FN static Total FoldLanes(DV d, Numbers v) {
    if constexpr (hn::MaxLanes(d) == 1) {
      return First(v);
    } else {
      const hn::Half<DV> half;
      return FoldLanes(half, Plus(half, Lower(half, v), Upper(half, v)));
    }
  }
  template <class DH, class Vector>
  ACT_FN static auto Lower(DH half, Vector v) {
    return LowerHalf(half, v);
  }
  template <class DH, class Vector>
  ACT_FN static auto Upper(DH half, Vector v) {
    return UpperHalf(half, v);
  }
  template <class DH, class Vector>
  ACT_FN static auto Lower(DH half, Pair<Vector> v) {
    return Pair<hn::Vec<DH>>{LowerHalf(half, v.high), LowerHalf(half, v.low)};
  }
  template <class DH, class Vector>
  ACT_FN static auto Upper(DH half, Pair<Vector> v) {
    return Pair<hn::Vec<DH>>{UpperHalf(half, v.high), UpperHalf(half, v.low)};
  }
  template <class Vector>
  ACT_FN static double First(Vector v) {
    return hn::GetLane(v);
  }
  template <class Vector>
  ACT_FN static DoubleDouble First(Pair<Vector> v) {
    return {hn::GetLane(v.high), hn::GetLane(v.low)};
  }

  V high_[kParts];
  V low_[kExact ? kParts : 1];
};

// The lanes of a leaf of a row's exponentials of float (math/rows-inl.h).
class ExponentialSums {
 public:
  using Total = double;
  using M = Simd<float>;
  using V = typename M::V;

  ACT_FN void Begin() {
    for (V& high : high_) high = M::Set(kStart);
    for (V& low : low_) low = M::Set(0);
    sums_.Begin();
  }

  ACT_FN void Add(size_t lane, Exponential<V> e) {
    V& high = high_[lane / M::Lanes()];
    V& low = low_[lane / M::Lanes()];
    const V sum = high + e.value;
    const V added = sum - high;  // exact, as is power - added
    low = low + M::Fma(e.expm1, e.power, e.power - added);
    high = sum;
  }
  ACT_FN void EndBlock() {
    for (size_t i = 0; i < kParts; ++i) {
      sums_.Add(i * M::Lanes(), low_[i]);
      low_[i] = M::Set(0);
    }
  }
  ACT_FN Total Sum() const {
    LaneSums<float, false> sums = sums_;
    for (size_t i = 0; i < kParts; ++i) sums.Add(i * M::Lanes(), high_[i] - M::Set(kStart));
    return sums.Sum();
  }

 private:
  static constexpr size_t kParts = SummationOrder::kLanes / hn::MaxLanes(typename M::D());
  static constexpr float kStart = static_cast<float>(SummationOrder::kExponentialStart);

  V high_[kParts];
  V low_[kParts];
  LaneSums<float, false> sums_;
};

// The sum of the first `count` of kLeaf numbers; those up to the next multiple of kLanes are set to 0.
template <class T, bool kExact>
ACT_LOOP DoubleDouble LeafSum(T* terms, int64_t count) {
  constexpr size_t kLanes = SummationOrder::kLanes;
  const int64_t filled = (count + kLanes - 1) / kLanes * kLanes;
  std::fill(terms + count, terms + filled, T{0});
  LaneSums<T, kExact> sums;
  sums.Begin();
  for (int64_t i = 0; i < filled; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; lane += Simd<T>::Lanes()) sums.Add(lane, LoadNumbers(terms + i + lane));
  }
  if constexpr (kExact) {
    return sums.Sum();
  } else {
    return {sums.Sum(), 0};
  }
}
