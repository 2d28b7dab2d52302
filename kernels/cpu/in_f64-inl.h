// Element-wise functions of f32, f16 and bf16 elements by way of f64: precise, and slow. Without an include guard: see
// family.cc.

// Elements on their way through f64.
struct Buffers {
  static constexpr size_t kSize = 1024;
  HWY_ALIGN float x[kSize], upstream[kSize], y[kSize];
};

// x to y = f(x), or y = upstream f'(x), in f64 and rounded once; n is a whole number of vectors of f32. On their way to
// a 16-bit type results are rounded to odd, so that rounding them again does no harm.
template <class F, Direction kDirection, bool kToOdd, class P>
ACT_LOOP void ComputeInF64(Buffers& buffers, size_t n, P p) {
  using M = Simd<double, float>;
  using V = typename M::V;
  const M m;
  const typename M::D d;
  const hn::Rebind<float, typename M::D> half;
  for (size_t i = 0; i < n; i += M::Lanes()) {
    p.MoveTo(static_cast<int64_t>(i));
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
      for (size_t i = 0; i < count; ++i) elements[i] = ReadElement(from + base + indices[i]);
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
    const KernelParams params{.values = values_, .stride = 1, .segments = 1, .per_lane = false};
    ComputeInF64<F, kDirection, kToOdd>(buffers, padded, SharedParams<Simd<double, float>>(params));
    for (size_t i = 0; i < padded; i += hn::Lanes(d)) StoreNumbers(hn::Load(d, buffers.y + i), elements + i);
    for (size_t i = 0; i < count; ++i) WriteElement(elements[i], y_ + base + indices[i]);
  }

 private:
  const E* x_;
  const E* dy_;
  E* y_;
  double values_[kMaxParams] = {};
};

// A per-channel function of n elements, whose parameters are of f32.
template <class F, Direction kDirection, bool kPerLane, class E>
ACT_LOOP void ChannelsInF64(const E* x, const E* dy, E* y, int64_t n, const KernelParams& params) {
  constexpr auto kBlock = static_cast<int64_t>(Buffers::kSize);
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  Buffers buffers;
  HWY_ALIGN E elements[kBlock];
  for (int64_t i = 0; i < n; i += kBlock) {
    const int64_t count = std::min(kBlock, n - i), padded = (count + lanes - 1) / lanes * lanes;
    const auto gather = [&](const E* from, float* numbers) ACT_LAMBDA {
      std::memcpy(static_cast<void*>(elements), from + i, count * sizeof(E));
      for (int64_t j = count; j < padded; ++j) elements[j] = elements[0];
      for (int64_t j = 0; j < padded; j += lanes) hn::Store(LoadNumbers(elements + j), d, numbers + j);
    };
    gather(x, buffers.x);
    if constexpr (kDirection == Direction::kGradient) {
      dy == nullptr ? static_cast<void>(std::fill_n(buffers.upstream, padded, 1.0f)) : gather(dy, buffers.upstream);
    }
    constexpr bool kToOdd = sizeof(E) < sizeof(float);
    ComputeInF64<F, kDirection, kToOdd>(buffers, padded, WidenedParams<kPerLane>(params.Beyond(i, sizeof(float))));
    for (int64_t j = 0; j < padded; j += lanes) StoreNumbers(hn::Load(d, buffers.y + j), elements + j);
    std::memcpy(static_cast<void*>(y + i), elements, count * sizeof(E));
  }
}
