// Element-wise functions of f32 elements in f32, where that is within 1 ULP. Without an include guard: see family.cc.

template <class F>
constexpr Rounding RoundingOf() {
  if constexpr (requires { F::kRounding; }) {
    return F::kRounding;
  } else {
    return Rounding::kMany;
  }
}

// A value, or a derivative times the upstream.
template <Direction kDirection, class M, class V>
ACT_FN V Chained(M m, V y, V upstream) {
  return kDirection == Direction::kEvaluate ? y : CanonicalNan(m, y * upstream);
}

// The formula in f32, for functions whose results are rounded once or not at all, and never a NaN of their own.
template <class F, Direction kDirection>
class Directly {
 public:
  using M = Simd<float>;

  ACT_FN explicit Directly(const KernelParams& params) {
    const SharedParams<M> shared(params);
    for (size_t i = 0; i < F::kInfo.params.size(); ++i) params_[i] = shared(i);
  }
  ACT_FN M::V operator()(M m, M::V x, M::V upstream) const { return Chained<kDirection>(m, Apply(m, x), upstream); }
  ACT_FN M::V Apply(M m, M::V x) const {
    return m.Select(x == x, ApplyToNumbers(m, x), m.Set(std::numeric_limits<float>::quiet_NaN()));
  }
  // Where x is no NaN.
  ACT_FN M::V ApplyToNumbers(M m, M::V x) const {
    const auto params = [this](int i) ACT_LAMBDA { return params_[i]; };
    return kDirection == Direction::kEvaluate ? F::Evaluate(m, x, params) : F::Derivative(m, x, params);
  }

 private:
  M::V params_[std::max<size_t>(1, F::kInfo.params.size())];  // in hand: a store could change what is in memory
};

template <class F, Direction kDirection>
using TableOf = std::conditional_t<kDirection == Direction::kEvaluate, typename F::ValueTable, typename F::SlopeTable>;

// The table in f32, and beyond it the function's formula for there.
template <class F, Direction kDirection>
class ByTable {
 public:
  using M = Simd<float>;
  using V = M::V;
  using Cells = Piecewise<M, TableOf<F, kDirection>>;

  ACT_FN explicit ByTable(const KernelParams&) {}
  ACT_FN V operator()(M m, V x, V upstream) const {
    if (HWY_LIKELY(m.All(Cells::IsNear(m, x)))) {
      return Chained<kDirection>(m, Cells::template Evaluate<16>(m, x), upstream);
    }
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

// Applies Quick to elements, a vector at a time.
template <Direction kDirection, class Quick>
class FloatsLoop {
 public:
  ACT_FN FloatsLoop(const float* x, const float* dy, float* y, const KernelParams& params)
      : x_(x), dy_(dy), y_(y), quick_(params) {}

  template <bool kStream>
  ACT_FN void Run(int64_t n) {
    int64_t i = 0;
    if constexpr (kStream) {
      // Up to a cache line's beginning, where vectors begin from then on.
      const auto address = reinterpret_cast<uintptr_t>(y_);
      const int64_t head = std::min<int64_t>(n, (~address + 1) % kCacheLine / sizeof(float));
      for (; i < head; i += kLanes) Some(i, std::min(kLanes, head - i));
      i = head;
    }
    for (; i + kLanes <= n; i += kLanes) {
      const typename M::V result = Apply(x_ + i, dy_ == nullptr ? nullptr : dy_ + i);
      kStream ? StreamNumbers(result, y_ + i) : StoreNumbers(result, y_ + i);
    }
    if (i < n) Some(i, n - i);
    if constexpr (kStream) hwy::FlushStream();
  }

 private:
  using M = Simd<float>;
  static constexpr uintptr_t kCacheLine = 64;
  static constexpr int64_t kLanes = hn::MaxLanes(typename M::D());

  ACT_FN M::V Apply(const float* x, const float* upstream) const {
    const M m;
    return quick_(m, LoadNumbers(x), upstream == nullptr ? m.Set(1) : LoadNumbers(upstream));
  }
  // `count` elements, fewer than a vector has.
  ACT_FN void Some(int64_t i, int64_t count) const {
    float x[kLanes] = {}, dy[kLanes] = {}, y[kLanes];
    const size_t bytes = count * sizeof(float);
    std::memcpy(x, x_ + i, bytes);
    if (dy_ != nullptr) std::memcpy(dy, dy_ + i, bytes);
    StoreNumbers(Apply(x, dy_ == nullptr ? nullptr : dy), y);
    std::memcpy(y_ + i, y, bytes);
  }

  const float* x_;
  const float* dy_;
  float* y_;
  Quick quick_;
};

template <Direction kDirection, class Quick>
ACT_LOOP void RunFloats(const float* x, const float* dy, float* y, int64_t n, const KernelParams& params) {
  FloatsLoop<kDirection, Quick> loop(x, dy, y, params);
  const bool is_aligned = reinterpret_cast<uintptr_t>(y) % sizeof(float) == 0;
  params.stream&& is_aligned ? loop.template Run<true>(n) : loop.template Run<false>(n);
}
