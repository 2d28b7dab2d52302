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

// The formula in f32, for functions whose results are rounded few times or not at all, and never a NaN of their own.
template <class F, Direction kDirection, class Policy = Simd<float>>
class Directly {
 public:
  using M = Policy;
  static constexpr bool kGoesFar = false;

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
    if constexpr (kDirection == Direction::kEvaluate) {
      return F::Evaluate(m, x, params);
    } else {
      return F::Derivative(m, x, params);
    }
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
  static constexpr bool kGoesFar = true;

  ACT_FN explicit ByTable(const KernelParams&) {}
  // Where `far` becomes true, the result is that of Beyond.
  ACT_FN V operator()(M m, V x, V upstream, M::Mask& far) const {
    if (HWY_LIKELY(m.All(Cells::IsNear(m, x)))) {
      far = hn::MaskFromVec(hn::Zero(typename M::D()));
      return Near<16>(m, x, upstream);
    }
    far = m.Not(Cells::IsInside(m, x));
    return Near<32>(m, x, upstream);
  }
  ACT_FN static V Beyond(M m, V x, V upstream) {
    Far<V> far;
    if constexpr (kDirection == Direction::kEvaluate) {
      far = F::FarValue(m, x);
    } else {
      far = F::FarSlope(m, x);
    }
    V y = far.y.high;
    if constexpr (IsFactor<F>()) {
      y = Finished(m, upstream, Unscaled<V>{far.y, m.Set(0)});
    } else if constexpr (kDirection == Direction::kGradient) {
      y = y * upstream;
    }
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

 private:
  template <int kCells>
  ACT_FN static V Near(M m, V x, V upstream) {
    if constexpr (IsFactor<F>()) {
      const Twofold<V> y = Cells::template EvaluateFinely<kCells>(m, x);
      const V size = m.Abs(upstream * y.high);
      // Of most vectors, all: neither tiny, where digits may be lost, nor infinite or NaN, which 0 makes a NaN of.
      const V least = m.Fma(size, m.Set(0), IsZeroAtZero<typename F::AtZero>() ? hn::Min(size, m.Abs(y.high)) : size);
      if (HWY_LIKELY(m.All(least >= m.Set(Range<float>::kTiny)))) return m.Fma(upstream, y.high, upstream * y.low);
      const Twofold<V> factor = Choose(m, y.high == m.Set(0), Exactly(m, y.low), y);  // as it may be next to a root
      const V product = Finished(m, upstream, Unscaled<V>{factor, m.Set(0)});
      return CanonicalNan(m, NearZeroOr<typename F::AtZero>(m, upstream, x, product));
    } else {
      return Chained<kDirection>(m, Cells::template Evaluate<kCells>(m, x), upstream);
    }
  }
};

// Applies Quick to elements, a vector at a time. The few of a vector that lie far off are put aside, until there are
// vectors of them.
template <Direction kDirection, class Quick>
class FloatsLoop {
 public:
  ACT_FN FloatsLoop(const float* x, const float* dy, float* y, const KernelParams& params)
      : x_(x), dy_(dy), y_(y), quick_(params) {}

  template <bool kStream>
  ACT_FN void Run(int64_t n) const {
    int64_t begin = 0;
    if constexpr (kStream) {
      // Up to a cache line's beginning, where blocks begin from then on.
      const auto address = reinterpret_cast<uintptr_t>(y_);
      begin = std::min<int64_t>(n, (~address + 1) % kCacheLine / sizeof(float));
      Block<false>(0, begin);
    }
    for (; begin < n; begin += kBlock) Block<kStream>(begin, std::min(begin + kBlock, n));
    if constexpr (kStream) hwy::FlushStream();
  }

 private:
  using M = Simd<float>;
  using V = typename M::V;
  using D = typename M::D;
  static constexpr uintptr_t kCacheLine = 64;
  static constexpr int64_t kBlock = 1024;
  static constexpr int64_t kLanes = hn::MaxLanes(D());

  struct FarOff {
    static constexpr int64_t kMost = Quick::kGoesFar ? kBlock / 2 + kLanes : 1;
    size_t count = 0;
    float x[kMost], upstream[kMost];
    uint32_t place[kMost];
  };

  template <bool kStream>
  ACT_FN void Block(int64_t begin, int64_t end) const {
    // What is put aside is mended before it leaves the caches.
    constexpr bool kByBuffer = kStream && Quick::kGoesFar;
    alignas(kCacheLine) float buffer[kByBuffer ? kBlock : 1];
    const float* const x = x_ + begin;
    const float* const dy = dy_ == nullptr ? nullptr : dy_ + begin;
    float* const y = kByBuffer ? buffer : y_ + begin;
    const int64_t count = end - begin;
    FarOff far_off;
    int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
      const V result = Apply(i, LoadNumbers(x + i), dy == nullptr ? M::Set(1) : LoadNumbers(dy + i), far_off);
      kStream && !kByBuffer ? StreamNumbers(result, y + i) : StoreNumbers(result, y + i);
    }
    if (i < count) {
      float last_x[kLanes] = {}, last_dy[kLanes] = {}, last_y[kLanes];
      const size_t bytes = (count - i) * sizeof(float);
      std::memcpy(last_x, x + i, bytes);
      if (dy != nullptr) std::memcpy(last_dy, dy + i, bytes);
      StoreNumbers(Apply(i, LoadNumbers(last_x), dy == nullptr ? M::Set(1) : LoadNumbers(last_dy), far_off), last_y);
      std::memcpy(y + i, last_y, bytes);
    }
    if (HWY_UNLIKELY(far_off.count > 0)) Finish(far_off, y);
    if constexpr (kByBuffer) {
      for (i = 0; i + kLanes <= count; i += kLanes) StreamNumbers(LoadNumbers(buffer + i), y_ + begin + i);
      std::memcpy(y_ + begin + i, buffer + i, (count - i) * sizeof(float));
    }
  }

  ACT_FN V Apply(int64_t i, V x, V upstream, FarOff& far_off) const {
    const M m;
    if constexpr (Quick::kGoesFar) {
      typename M::Mask far;
      const V y = quick_(m, x, upstream, far);
      if (HWY_LIKELY(!m.Any(far))) return y;
      const size_t count = hn::CountTrue(D(), far);
      if (count > static_cast<size_t>(kLanes) / 2) return m.Select(far, Quick::Beyond(m, x, upstream), y);
      // Not CompressStore, which is slow on some machines that are quick at this.
      const hn::RebindToUnsigned<D> du;
      const D d;
      hn::StoreU(Pack(d, x, far), d, far_off.x + far_off.count);
      if (kDirection == Direction::kGradient) hn::StoreU(Pack(d, upstream, far), d, far_off.upstream + far_off.count);
      hn::StoreU(Pack(du, hn::Iota(du, static_cast<uint32_t>(i)), hn::RebindMask(du, far)), du,
                 far_off.place + far_off.count);
      far_off.count += count;
      return y;
    } else {
      return quick_(m, x, upstream);
    }
  }

  ACT_FN static void Finish(FarOff& far_off, float* y) {
    if constexpr (Quick::kGoesFar) {
      const D d;
      for (size_t i = 0; i < far_off.count; i += kLanes) {
        const V upstream = kDirection == Direction::kGradient ? hn::LoadU(d, far_off.upstream + i) : M::Set(1);
        hn::StoreU(Quick::Beyond(M(), hn::LoadU(d, far_off.x + i), upstream), d, far_off.x + i);
      }
      for (size_t i = 0; i < far_off.count; ++i) WriteElement(far_off.x[i], y + far_off.place[i]);
    }
  }

  const float* x_;
  const float* dy_;
  float* y_;
  Quick quick_;
};

template <Direction kDirection, class Quick>
ACT_LOOP void RunFloats(const float* x, const float* dy, float* y, int64_t n, const KernelParams& params) {
  const FloatsLoop<kDirection, Quick> loop(x, dy, y, params);
  const bool is_aligned = reinterpret_cast<uintptr_t>(y) % sizeof(float) == 0;
  params.stream&& is_aligned ? loop.template Run<true>(n) : loop.template Run<false>(n);
}
