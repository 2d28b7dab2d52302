// Element-wise functions of f32, f16 and bf16 elements: quickly in f32 wherever that is known to round right, elsewhere
// in f64. Without an include guard: see family.cc.

template <class F>
constexpr Rounding RoundingOf() {
  if constexpr (requires { F::kRounding; }) {
    return F::kRounding;
  } else {
    return Rounding::kMany;
  }
}

// Where rounding an f32 result with an error below 3 ULP to E might go the wrong way: near the middle between two
// neighbours, and among f16's subnormal numbers, whose middles lie elsewhere.
template <class V>
ACT_FN auto IsUndecided(hwy::bfloat16_t, V result) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const auto bits = hn::BitCast(du, result);
  return hn::RebindMask(d, hn::And(bits - hn::Set(du, 0x7ffc), hn::Set(du, 0xfff8)) == hn::Zero(du));
}
template <class V>
ACT_FN auto IsUndecided(hwy::float16_t, V result) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const auto bits = hn::BitCast(du, result);
  const auto near = hn::RebindMask(d, hn::And(bits - hn::Set(du, 0x0ffc), hn::Set(du, 0x1ff8)) == hn::Zero(du));
  const auto small = hn::And(hn::Abs(result) < hn::Set(d, 0x1p-14f), result != hn::Zero(d));
  return hn::Or(near, small);
}

template <Direction kDirection, class M, class V>
ACT_FN V Chained(M m, V y, V upstream) {
  return kDirection == Direction::kEvaluate ? y : CanonicalNan(m, y * upstream);
}

// The formula in f32, for functions whose results are rounded once or not at all, and never a NaN of their own.
template <class F, Direction kDirection>
class Directly {
 public:
  using M = Simd<float>;
  static constexpr bool kTellsAll = true;

  ACT_FN explicit Directly(const KernelParams& params) {
    const SharedParams<M> shared(params);
    for (size_t i = 0; i < F::kInfo.params.size(); ++i) params_[i] = shared(i);
  }
  ACT_FN M::V operator()(M m, M::V x, M::V upstream, M::Mask& outside) const {
    outside = hn::MaskFromVec(hn::Zero(typename M::D()));
    const auto params = [this](int i) ACT_LAMBDA { return params_[i]; };
    const M::V y = kDirection == Direction::kEvaluate ? F::Evaluate(m, x, params) : F::Derivative(m, x, params);
    return Chained<kDirection>(m, m.Select(x == x, y, m.Set(std::numeric_limits<float>::quiet_NaN())), upstream);
  }

 private:
  M::V params_[std::max<size_t>(1, F::kInfo.params.size())];  // in hand: a store could change what is in memory
};

// The table in f32, and beyond it the function's formula for there.
template <class F, Direction kDirection>
class ByTable {
 public:
  using M = Simd<float>;
  using V = M::V;
  static constexpr bool kTellsAll = true;
  using Table = std::conditional_t<kDirection == Direction::kEvaluate, typename F::ValueTable, typename F::SlopeTable>;
  using Cells = Piecewise<M, Table>;

  ACT_FN explicit ByTable(const KernelParams&) {}
  ACT_FN V operator()(M m, V x, V upstream, M::Mask& outside) const {
    outside = hn::MaskFromVec(hn::Zero(typename M::D()));
    if (HWY_LIKELY(m.All(Cells::IsNear(m, x))))
      return Chained<kDirection>(m, Cells::template Evaluate<16>(m, x), upstream);
    const V y = Chained<kDirection>(m, Cells::template Evaluate<32>(m, x), upstream);
    const auto inside = Cells::IsInside(m, x);
    return HWY_LIKELY(m.All(inside)) ? y : m.Select(inside, y, Beyond(m, x, upstream));
  }

 private:
  ACT_FN static V Beyond(M m, V x, V upstream) {
    const Far<V> far = kDirection == Direction::kEvaluate ? F::FarValue(m, x) : F::FarSlope(m, x);
    V y = kDirection == Direction::kEvaluate ? far.y : far.y * upstream;
    if (m.Any(far.k != m.Set(0))) {  // last, since upstream may have made up for it
      if constexpr (kDirection == Direction::kEvaluate) {
        y = y * PowerOfTwo(m, m.Select(far.k < m.Set(-100), m.Set(-127), far.k));  // 2^-127 is 0 here: no underflow
      } else {
        const V half = RoundToInteger(m, far.k * m.Set(0.5f));
        y = y * PowerOfTwo(m, half) * PowerOfTwo(m, far.k - half);
      }
    }
    return CanonicalNan(m, y);
  }
};

// Applies Quick to elements, a vector at a time, and mends what it cannot tell.
template <class F, Direction kDirection, class E, class Quick>
class QuickLoop {
 public:
  ACT_FN QuickLoop(const E* x, const E* dy, E* y, const KernelParams& params)
      : x_(x), dy_(dy), y_(y), quick_(params), precisely_(x, dy, y, params) {}

  template <bool kStream>
  ACT_FN void Run(int64_t n) {
    int64_t begin = 0;
    if constexpr (kStream) {
      // Up to a cache line's beginning, where blocks begin from then on.
      const auto address = reinterpret_cast<uintptr_t>(y_);
      begin = std::min<int64_t>(n, (~address + 1) % kCacheLine / sizeof(E));
      for (int64_t i = 0; i < begin; i += kLanes) Block<false>(i, std::min<int64_t>(kLanes, begin - i));
    }
    for (; begin < n; begin += kBlock) Block<kStream>(begin, std::min<int64_t>(kBlock, n - begin));
    if constexpr (kStream) hwy::FlushStream();
  }

 private:
  using M = Simd<float>;
  using V = typename M::V;
  using D = typename M::D;
  static constexpr uintptr_t kCacheLine = 64;
  static constexpr size_t kLanes = hn::MaxLanes(D());
  static constexpr int64_t kBlock = Precisely<F, kDirection, E>::kBlock;
  static constexpr bool kRounds = sizeof(E) < sizeof(float) && RoundingOf<F>() != Rounding::kNone;

  // The result for elements at `from`; `mend` says which ones are still to be told.
  ACT_FN V Step(const E* from, const E* upstream, typename M::Mask& mend) const {
    const M m;
    const V result = quick_(m, LoadNumbers(from), upstream == nullptr ? m.Set(1) : LoadNumbers(upstream), mend);
    if constexpr (kRounds) mend = hn::Or(mend, IsUndecided(E(), result));
    return result;
  }

  template <bool kStream>
  ACT_FN void Block(int64_t begin, int64_t count) const {
    const E* x = x_ + begin;
    const E* dy = dy_ == nullptr ? nullptr : dy_ + begin;
    E* y = y_ + begin;
    uint32_t indices[kBlock + kLanes];
    size_t mends = 0;
    const auto note = [&](int64_t i, typename M::Mask mend) ACT_LAMBDA {
      if constexpr (Quick::kTellsAll && !kRounds) return;
      if (HWY_LIKELY(!M::Any(mend))) return;
      // Not CompressStore, which is slow on some machines that are quick at this.
      const hn::RebindToUnsigned<D> du;
      const auto which = hn::RebindMask(du, mend);
      hn::StoreU(hn::Compress(hn::Iota(du, i), which), du, indices + mends);
      mends += hn::CountTrue(du, which);
    };
    typename M::Mask mend = hn::MaskFromVec(hn::Zero(D()));
    const int64_t lanes = M::Lanes();
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes) {
      const V result = Step(x + i, dy == nullptr ? nullptr : dy + i, mend);
      kStream ? StreamNumbers(result, y + i) : StoreNumbers(result, y + i);
      note(i, mend);
    }
    if (i < count) {
      E last[kLanes] = {}, last_upstream[kLanes] = {};
      const size_t bytes = (count - i) * sizeof(E);
      std::memcpy(static_cast<void*>(last), x + i, bytes);
      if (dy != nullptr) std::memcpy(static_cast<void*>(last_upstream), dy + i, bytes);
      StoreNumbers(Step(last, dy == nullptr ? nullptr : last_upstream, mend), last);
      note(i, hn::And(mend, hn::FirstN(D(), count - i)));
      std::memcpy(static_cast<void*>(y + i), last, bytes);
    }
    if (HWY_UNLIKELY(mends > 0)) precisely_.RunAt(begin, indices, mends);
  }

  const E* x_;
  const E* dy_;
  E* y_;
  Quick quick_;
  Precisely<F, kDirection, E> precisely_;
};

template <class F, Direction kDirection, class E, class Quick>
ACT_LOOP void RunQuickly(const E* x, const E* dy, E* y, int64_t n, const KernelParams& params) {
  QuickLoop<F, kDirection, E, Quick> loop(x, dy, y, params);
  const bool is_aligned = reinterpret_cast<uintptr_t>(y) % sizeof(E) == 0;
  params.stream&& is_aligned ? loop.template Run<true>(n) : loop.template Run<false>(n);
}

// Whether every parameter has its default.
template <class F>
bool AreDefaults(const KernelParams& params) {
  const auto* values = static_cast<const float*>(params.values);
  for (size_t i = 0; i < F::kInfo.params.size(); ++i) {
    if (values[i * params.stride] != static_cast<float>(F::kInfo.params[i].fallback)) return false;
  }
  return true;
}

template <class F, Direction kDirection, class E>
ACT_LOOP void NarrowElements(const E* x, const E* dy, E* y, int64_t n, const KernelParams& params) {
  if constexpr (RoundingOf<F>() != Rounding::kMany) {
    return RunQuickly<F, kDirection, E, Directly<F, kDirection>>(x, dy, y, n, params);
  } else {
    if constexpr (requires { typename F::ValueTable; }) {
      if (AreDefaults<F>(params)) return RunQuickly<F, kDirection, E, ByTable<F, kDirection>>(x, dy, y, n, params);
    }
    Precisely<F, kDirection, E>(x, dy, y, params).Run(n);
  }
}
