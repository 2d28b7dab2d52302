// Element-wise functions of f32 elements: quickly in f32 wherever that is within 1 ULP, elsewhere in f64. Without an
// include guard: see family.cc.

template <class F>
constexpr Rounding RoundingOf() {
  if constexpr (requires { F::kRounding; }) {
    return F::kRounding;
  } else {
    return Rounding::kMany;
  }
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
  ACT_FN M::V operator()(M m, M::V x, M::Mask& outside) const {
    outside = hn::MaskFromVec(hn::Zero(typename M::D()));
    return m.Select(x == x, Apply(m, x), m.Set(std::numeric_limits<float>::quiet_NaN()));
  }
  // Where x is no NaN.
  ACT_FN M::V Apply(M m, M::V x) const {
    const auto params = [this](int i) ACT_LAMBDA { return params_[i]; };
    return kDirection == Direction::kEvaluate ? F::Evaluate(m, x, params) : F::Derivative(m, x, params);
  }

 private:
  M::V params_[std::max<size_t>(1, F::kInfo.params.size())];  // in hand: a store could change what is in memory
};

// The table in f32.
template <class Table>
class ByTable {
 public:
  using M = Simd<float>;
  static constexpr bool kTellsAll = false;
  using Cells = Piecewise<M, Table>;

  ACT_FN explicit ByTable(const KernelParams&) {}
  ACT_FN M::V operator()(M m, M::V x, M::Mask& outside) const {
    if (HWY_LIKELY(m.All(Cells::IsNear(m, x)))) {
      outside = hn::MaskFromVec(hn::Zero(typename M::D()));
      return Cells::template Evaluate<16>(m, x);
    }
    outside = m.Not(Cells::IsInside(m, x));
    return Cells::template Evaluate<32>(m, x);
  }
};

// Applies Quick to f32 elements, a vector at a time, and mends what it cannot tell.
template <class F, Direction kDirection, class Quick>
class QuickLoop {
  using E = float;

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

  // The result for elements at `from`; `mend` says which ones are still to be told.
  ACT_FN V Step(const E* from, const E* upstream, typename M::Mask& mend) const {
    const M m;
    V result = quick_(m, LoadNumbers(from), mend);
    if constexpr (kDirection == Direction::kGradient) {
      if (upstream != nullptr) result = CanonicalNan(m, result * LoadNumbers(upstream));
    }
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
      if constexpr (Quick::kTellsAll) return;
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

template <class F, Direction kDirection, class Quick>
ACT_LOOP void RunFloats(const float* x, const float* dy, float* y, int64_t n, const KernelParams& params) {
  QuickLoop<F, kDirection, Quick> loop(x, dy, y, params);
  const bool is_aligned = reinterpret_cast<uintptr_t>(y) % sizeof(float) == 0;
  params.stream&& is_aligned ? loop.template Run<true>(n) : loop.template Run<false>(n);
}
