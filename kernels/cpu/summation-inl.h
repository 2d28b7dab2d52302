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
  // Adds the products of a and b; those of float are exact.
  ACT_FN void Add(size_t lane, hn::Vec<hn::ScalableTag<T>> a, hn::Vec<hn::ScalableTag<T>> b) {
    if constexpr (sizeof(T) == 8) {
      Add(lane, a * b);
    } else {
      static_assert(!kExact, "a product would have to be split");
      ForEachWide(
          lane, [this](size_t part, V x, V y) ACT_LAMBDA { high_[part] = M::Fma(x, y, high_[part]); }, a, b);
    }
  }

  ACT_FN Total Sum() const {
    if constexpr (kExact) {
      HWY_ALIGN double high[kLanes], low[kLanes];
      for (size_t i = 0; i < kParts; ++i) {
        hn::Store(high_[i], D(), high + i * kLanes / kParts);
        hn::Store(low_[i], D(), low + i * kLanes / kParts);
      }
      DoubleDouble lanes[kLanes];
      for (size_t i = 0; i < kLanes; ++i) {
        lanes[i] = actserve::Sum(DoubleDouble{high[i], 0}, {std::isfinite(high[i]) ? low[i] : 0, 0});
      }
      for (size_t half = kLanes / 2; half > 0; half /= 2) {
        for (size_t i = 0; i < half; ++i) lanes[i] = actserve::Sum(lanes[i], lanes[i + half]);
      }
      return lanes[0];
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

  // Adds lane j + half to lane j, until one is left: first whole vectors, then halves of one.
  template <size_t kCount>
  ACT_FN static double FoldParts(const V (&parts)[kCount]) {
    if constexpr (kCount == 1) {
      return FoldLanes(D(), parts[0]);
    } else {
      V folded[kCount / 2];
      for (size_t i = 0; i < kCount / 2; ++i) folded[i] = parts[i] + parts[i + kCount / 2];
      return FoldParts<kCount / 2>(folded);
    }
  }
  template <class DV, class Vector>
  ACT_FN static double FoldLanes(DV d, Vector v) {
    if constexpr (hn::MaxLanes(d) == 1) {
      return hn::GetLane(v);
    } else {
      const hn::Half<DV> half;
      return FoldLanes(half, LowerHalf(half, v) + UpperHalf(half, v));
    }
  }

  V high_[kParts] = {};
  V low_[kExact ? kParts : 1] = {};
};

// The sum of the first `count` of kLeaf numbers; those up to the next multiple of kLanes are set to 0.
template <class T, bool kExact>
ACT_LOOP DoubleDouble LeafSum(T* terms, int64_t count) {
  constexpr size_t kLanes = SummationOrder::kLanes;
  const int64_t filled = (count + kLanes - 1) / kLanes * kLanes;
  std::fill(terms + count, terms + filled, T{0});
  LaneSums<T, kExact> sums;
  for (int64_t i = 0; i < filled; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; lane += Simd<T>::Lanes()) sums.Add(lane, LoadNumbers(terms + i + lane));
  }
  if constexpr (kExact) {
    return sums.Sum();
  } else {
    return {sums.Sum(), 0};
  }
}
