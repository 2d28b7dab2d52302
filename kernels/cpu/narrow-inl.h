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

// Elements on their way through f64.
struct Buffers {
  static constexpr size_t kSize = 1024;
  HWY_ALIGN float x[kSize], upstream[kSize], y[kSize];
};

// x to y = f(x), or y = upstream f'(x), in f64 and rounded once; n is a whole number of vectors of f32. On their way to
// a 16-bit type results are rounded to odd, so that rounding them again does no harm.
template <class F, Direction kDirection, bool kToOdd>
ACT_LOOP void ComputeInF64(Buffers& buffers, size_t n, const KernelParams& params) {
  using M = Simd<double, float>;
  using V = typename M::V;
  const M m;
  const SharedParams<M> p(params);
  const typename M::D d;
  const hn::Rebind<float, typename M::D> half;
  for (size_t i = 0; i < n; i += M::Lanes()) {
    const V v = hn::PromoteTo(d, hn::LoadU(half, buffers.x + i));
    V result;
    if constexpr (kDirection == Direction::kEvaluate) {
      result = Value<F>(m, v, p);
    } else {
      result = CanonicalNan(m, hn::PromoteTo(d, hn::LoadU(half, buffers.upstream + i)) * Slope<F>(m, v, p));
    }
    if constexpr (kToOdd) {
      alignas(64) double exact[hn::MaxLanes(d)];
      hn::Store(result, d, exact);
      for (size_t j = 0; j < hn::Lanes(d); ++j) buffers.y[i + j] = RoundToOdd(exact[j]);
    } else {
      m.StoreAsFloat(result, buffers.y + i);
    }
  }
}

// The f64 way for elements anywhere: through buffers, a block at a time.
template <class F, Direction kDirection, class E>
class Precisely {
 public:
  static constexpr size_t kBlock = Buffers::kSize;

  ACT_FN Precisely(const E* x, const E* dy, E* y, const KernelParams& params) : x_(x), dy_(dy), y_(y) {
    const auto* values = static_cast<const float*>(params.values);
    for (size_t i = 0; i < F::kInfo.params.size(); ++i) values_[i] = values[i * params.stride];
  }

  // All of n elements.
  ACT_LOOP void Run(int64_t n) const {
    uint32_t indices[kBlock];
    for (size_t i = 0; i < kBlock; ++i) indices[i] = i;
    for (int64_t i = 0; i < n; i += kBlock) RunAt(i, indices, std::min<int64_t>(kBlock, n - i));
  }

  // Those at base + indices[0], ..., base + indices[count - 1]; count <= kBlock.
  ACT_LOOP void RunAt(int64_t base, const uint32_t* indices, size_t count) const {
    const hn::ScalableTag<float> d;
    const size_t padded = (count + hn::Lanes(d) - 1) / hn::Lanes(d) * hn::Lanes(d);
    HWY_ALIGN E elements[kBlock];
    Buffers buffers;
    const auto gather = [&](const E* from, float* numbers) ACT_LAMBDA {
      for (size_t i = 0; i < count; ++i) elements[i] = from[base + indices[i]];
      for (size_t i = count; i < padded; ++i) elements[i] = elements[0];
      for (size_t i = 0; i < padded; i += hn::Lanes(d)) hn::Store(LoadNumbers(elements + i), d, numbers + i);
    };
    gather(x_, buffers.x);
    if constexpr (kDirection == Direction::kGradient) {
      if (dy_ == nullptr) {
        std::fill_n(buffers.upstream, padded, 1.0f);
      } else {
        gather(dy_, buffers.upstream);
      }
    }
    constexpr bool kToOdd = sizeof(E) < sizeof(float);
    ComputeInF64<F, kDirection, kToOdd>(buffers, padded,
                                        {.values = values_, .stride = 1, .segments = 1, .per_lane = false});
    for (size_t i = 0; i < padded; i += hn::Lanes(d)) StoreNumbers(hn::Load(d, buffers.y + i), elements + i);
    for (size_t i = 0; i < count; ++i) y_[base + indices[i]] = elements[i];
  }

 private:
  const E* x_;
  const E* dy_;
  E* y_;
  double values_[kMaxParams] = {};
};

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

// The formula in f32, for functions whose results are rounded once or not at all, and never a NaN of their own.
template <class F, Direction kDirection>
class Directly {
 public:
  using M = Simd<float>;

  ACT_FN explicit Directly(const KernelParams& params) {
    const SharedParams<M> shared(params);
    for (size_t i = 0; i < F::kInfo.params.size(); ++i) params_[i] = shared(i);
  }
  ACT_FN M::V operator()(M m, M::V x, M::Mask& outside) const {
    outside = hn::MaskFromVec(hn::Zero(typename M::D()));
    const auto params = [this](int i) ACT_LAMBDA { return params_[i]; };
    const M::V y = kDirection == Direction::kEvaluate ? F::Evaluate(m, x, params) : F::Derivative(m, x, params);
    return m.Select(x == x, y, m.Set(std::numeric_limits<float>::quiet_NaN()));
  }

 private:
  M::V params_[std::max<size_t>(1, F::kInfo.params.size())];  // in hand: a store could change what is in memory
};

// The table in f32.
template <class Table>
class ByTable {
 public:
  using M = Simd<float>;
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

// Applies `quick`, a vector at a time, and mends what it cannot tell.
template <class F, Direction kDirection, class E, class Quick>
ACT_LOOP void ApplyQuickly(const E* x, const E* dy, E* y, int64_t n, const KernelParams& params) {
  using M = Simd<float>;
  using V = typename M::V;
  constexpr size_t kMost = hn::MaxLanes(typename M::D());
  constexpr bool kAll = std::is_same_v<Quick, Directly<F, kDirection>>;  // inside
  constexpr bool kChecks = sizeof(E) < sizeof(float) && RoundingOf<F>() != Rounding::kNone;
  const M m;
  const hn::RebindToUnsigned<typename M::D> du;
  const int64_t lanes = M::Lanes();
  const Quick quick(params);
  const Precisely<F, kDirection, E> precisely(x, dy, y, params);
  // Of elements to be mended: a block has room for as many as it has elements.
  constexpr int64_t kBlock = Precisely<F, kDirection, E>::kBlock;
  uint32_t indices[kBlock + kMost];
  const auto step = [&](const E* from, const E* upstream, E* to, auto& mend) ACT_LAMBDA {
    const V v = LoadNumbers(from);
    V result = quick(m, v, mend);
    if constexpr (kDirection == Direction::kGradient) {
      if (upstream != nullptr) result = CanonicalNan(m, result * LoadNumbers(upstream));
    }
    StoreNumbers(result, to);
    if constexpr (kChecks) mend = hn::Or(mend, IsUndecided(E(), result));
  };
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t count = std::min(kBlock, n - begin);
    size_t mends = 0;
    auto mend = hn::MaskFromVec(hn::Zero(typename M::D()));
    const auto note = [&](int64_t i) ACT_LAMBDA {
      if constexpr (!kAll || kChecks) {
        if (HWY_UNLIKELY(m.Any(mend))) {
          // Not CompressStore, which is slow on some machines that are quick at this.
          const auto which = hn::RebindMask(du, mend);
          hn::StoreU(hn::Compress(hn::Iota(du, i), which), du, indices + mends);
          mends += hn::CountTrue(du, which);
        }
      }
    };
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes) {
      const int64_t at = begin + i;
      step(x + at, dy == nullptr ? nullptr : dy + at, y + at, mend);
      note(i);
    }
    if (i < count) {
      E last[kMost] = {}, last_upstream[kMost] = {};
      const size_t bytes = (count - i) * sizeof(E);
      std::memcpy(static_cast<void*>(last), x + begin + i, bytes);
      if (dy != nullptr) std::memcpy(static_cast<void*>(last_upstream), dy + begin + i, bytes);
      step(last, dy == nullptr ? nullptr : last_upstream, last, mend);
      mend = hn::And(mend, hn::FirstN(typename M::D(), count - i));
      note(i);
      std::memcpy(static_cast<void*>(y + begin + i), last, bytes);
    }
    if (HWY_UNLIKELY(mends > 0)) precisely.RunAt(begin, indices, mends);
  }
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
    return ApplyQuickly<F, kDirection, E, Directly<F, kDirection>>(x, dy, y, n, params);
  } else {
    if constexpr (requires { typename F::ValueTable; }) {
      using Table =
          std::conditional_t<kDirection == Direction::kEvaluate, typename F::ValueTable, typename F::SlopeTable>;
      if (AreDefaults<F>(params)) return ApplyQuickly<F, kDirection, E, ByTable<Table>>(x, dy, y, n, params);
    }
    Precisely<F, kDirection, E>(x, dy, y, params).Run(n);
  }
}
