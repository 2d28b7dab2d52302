// The sum of a leaf as math/summation.h orders it. Without an include guard: see family.cc.

// Adds `addend` to the lanes of high (and low, when the sum is carried in double-double).
template <bool kExact, class V>
ACT_FN void AddLanes(V& high, V& low, V addend) {
  const V sum = high + addend;
  if constexpr (kExact) low = low + SumError(Simd<double>(), high, addend, sum);
  high = sum;
}

// The sum of the first `count` of kLeaf numbers; those up to the next multiple of kLanes are set to 0.
template <class T, bool kExact>
ACT_LOOP DoubleDouble LeafSum(T* terms, int64_t count) {
  using O = SummationOrder;
  using M = Simd<double>;
  const typename M::D d;
  constexpr size_t kLanes = O::kLanes;
  HWY_ALIGN double high[kLanes], low[kLanes];
  const hn::Rebind<T, typename M::D> dt;
  const int64_t filled = (count + kLanes - 1) / kLanes * kLanes;
  std::fill(terms + count, terms + filled, T{0});
  for (size_t lane = 0; lane < kLanes; lane += M::Lanes()) {
    auto sum = M::Set(0), error = M::Set(0);
    for (int64_t i = 0; i < filled; i += kLanes) {
      if constexpr (sizeof(T) == 8) {
        AddLanes<kExact>(sum, error, hn::Load(d, terms + i + lane));
      } else {
        AddLanes<kExact>(sum, error, hn::PromoteTo(d, hn::LoadU(dt, terms + i + lane)));
      }
    }
    hn::Store(sum, d, high + lane);
    hn::Store(error, d, low + lane);
  }
  DoubleDouble lanes[kLanes];
  for (size_t i = 0; i < kLanes; ++i) lanes[i] = Sum({high[i], 0}, {kExact && std::isfinite(high[i]) ? low[i] : 0, 0});
  for (size_t half = kLanes / 2; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) lanes[i] = Sum(lanes[i], lanes[i + half]);
  }
  return lanes[0];
}
