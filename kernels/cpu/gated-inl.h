// Loops of gated functions. Most come down to those of one operand: w A(g) is the gradient of a function whose
// derivative is A, w being the operand or, in a block, what came of it. Without an include guard: see family.cc.

// What is done at a time, so that operands are read once from beyond the caches.
constexpr int64_t kGatedBlock = 8192;

// By the formula in f64, of doubles.
template <class F, Gradient kBy>
ACT_LOOP void GatedOfDoubles(const double* u, const double* g, const double* dy, double* out, int64_t n,
                             const KernelParams& params) {
  using M = Simd<double>;
  const M m;
  const SharedParams<M> p(params);
  for (int64_t i = 0; i < n; i += M::Lanes()) {
    const auto count = static_cast<size_t>(std::min<int64_t>(n - i, M::Lanes()));
    const auto upstream = dy == nullptr ? m.Set(1) : LoadSome(dy + i, count);
    const auto result = Gated<F, kBy>(m, LoadSome(u + i, count), LoadSome(g + i, count), upstream, p);
    StoreSome(CanonicalNan(m, result), out + i, count);
  }
}

// By the formula in f64, of narrower elements, rounded once.
template <class F, Gradient kBy, class E>
ACT_LOOP void GatedInF64(const E* u, const E* g, const E* dy, E* out, int64_t n, const KernelParams& params) {
  using M = Simd<double, float>;
  constexpr int64_t kBlock = 256;
  constexpr bool kToOdd = sizeof(E) < sizeof(float);
  const M m;
  const typename M::D d;
  const hn::Rebind<float, typename M::D> half;
  const WidenedParams<false> p(params);
  HWY_ALIGN float numbers[4][kBlock];
  HWY_ALIGN E elements[kBlock] = {};
  for (int64_t i = 0; i < n; i += kBlock) {
    const int64_t count = std::min(kBlock, n - i);
    const auto widen = [&](const E* from, float* to) ACT_LAMBDA {
      std::memcpy(static_cast<void*>(elements), from + i, count * sizeof(E));
      for (int64_t j = 0; j < count; j += Simd<float>::Lanes()) StoreNumbers(LoadNumbers(elements + j), to + j);
    };
    widen(u, numbers[0]);
    widen(g, numbers[1]);
    if (dy != nullptr) widen(dy, numbers[2]);
    for (int64_t j = 0; j < count; j += M::Lanes()) {
      const auto operand = [&](int k) ACT_LAMBDA { return hn::PromoteTo(d, hn::LoadU(half, numbers[k] + j)); };
      const auto upstream = dy == nullptr ? m.Set(1) : operand(2);
      const auto result = CanonicalNan(m, Gated<F, kBy>(m, operand(0), operand(1), upstream, p));
      if constexpr (kToOdd) {
        alignas(64) double exact[hn::MaxLanes(d)];
        hn::Store(result, d, exact);
        for (size_t k = 0; k < hn::Lanes(d); ++k) numbers[3][j + k] = RoundToOdd(exact[k]);
      } else {
        m.StoreAsFloat(result, numbers[3] + j);
      }
    }
    for (int64_t j = 0; j < count; j += Simd<float>::Lanes()) StoreNumbers(LoadNumbers(numbers[3] + j), elements + j);
    std::memcpy(static_cast<void*>(out + i), elements, count * sizeof(E));
  }
}

// What a block's loops of one operand are given: w, which may be of another type than elements are, and the gate.
template <class W, int64_t kSize>
struct Weights {
  HWY_ALIGN W w[kSize];
  HWY_ALIGN W gate[kSize];  // where it is not the operand itself
};

// Fills them; whether every w is finite.
template <class F, Gradient kBy, class E, class W, int64_t kSize>
ACT_FN bool Weigh(const E* u, const E* g, const E* dy, int64_t n, const KernelParams& params, bool with_gate,
                  Weights<W, kSize>& to) {
  using M = Simd<float>;
  using V = M::V;
  constexpr int64_t kLanes = hn::MaxLanes(M::D());
  const M m;
  const SharedParams<M> p(params);
  auto are_finite = m.Set(0) < m.Set(1);
  const auto weigh = [&](V u, V g, V dy, W* w, W* gate) ACT_LAMBDA {
    const V weight = Weight<F, kBy>(m, u, g, dy, p);
    are_finite = m.And(are_finite, m.Abs(weight) <= m.Set(Range<float>::kMax));
    StoreNumbers(weight, w);
    if (with_gate) StoreNumbers(GateOf<F>(m, g, p), gate);
  };
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    weigh(LoadNumbers(u + i), LoadNumbers(g + i), dy == nullptr ? M::Set(1) : LoadNumbers(dy + i), to.w + i,
          to.gate + i);
  }
  if (i == n) return m.All(are_finite);
  E last[3][kLanes] = {};
  const size_t bytes = (n - i) * sizeof(E);
  std::memcpy(static_cast<void*>(last[0]), u + i, bytes);
  std::memcpy(static_cast<void*>(last[1]), g + i, bytes);
  if (dy != nullptr) std::memcpy(static_cast<void*>(last[2]), dy + i, bytes);
  weigh(LoadNumbers(last[0]), LoadNumbers(last[1]), dy == nullptr ? M::Set(1) : LoadNumbers(last[2]), to.w + i,
        to.gate + i);
  return m.All(are_finite);
}

// Where w is of the elements' type, too: those of f32, and others where nothing is rounded on the way to it.
template <class F, Gradient kBy, class E>
ACT_LOOP void GatedByBlocks(const E* u, const E* g, const E* dy, E* out, int64_t n, const KernelParams& params) {
  Weights<E, kGatedBlock> block;
  for (int64_t i = 0; i < n; i += kGatedBlock) {
    const int64_t count = std::min(kGatedBlock, n - i);
    const E* const upstream = dy == nullptr ? nullptr : dy + i;
    const bool are_finite = Weigh<F, kBy>(u + i, g + i, upstream, count, params, F::kCutsGate, block);
    const E* const gate = F::kCutsGate ? block.gate : g + i;
    NarrowElements<Multiplier<F, kBy, std::is_same_v<E, float>>, Direction::kGradient>(gate, block.w, out + i, count,
                                                                                       params);
    if constexpr (kBy == Gradient::kByGate && std::is_same_v<E, float>) {
      if (upstream == nullptr || HWY_LIKELY(are_finite)) continue;
      for (int64_t j = 0; j < count; ++j) {  // in f64, w does not overflow
        if (std::fabs(block.w[j]) <= Range<float>::kMax) continue;
        GatedInF64<F, kBy>(u + i + j, g + i + j, dy + i + j, out + i + j, 1, params);
      }
    }
  }
}

// Of narrower elements by way of f32; where rounding its result might go wrong, in f64.
template <class F, Gradient kBy, class E>
ACT_LOOP void GatedHalves(const E* u, const E* g, const E* dy, E* out, int64_t n, const KernelParams& params) {
  constexpr uint32_t kSlack = 8;
  constexpr int64_t kBlock = 1024;
  constexpr int64_t kLanes = hn::MaxLanes(hn::ScalableTag<float>());
  const Simd<float> m;
  const hn::ScalableTag<uint32_t> du;
  Weights<float, kBlock> block;
  HWY_ALIGN float y[kBlock];
  for (int64_t i = 0; i < n; i += kBlock) {
    const int64_t count = std::min(kBlock, n - i);
    const E* const upstream = dy == nullptr ? nullptr : dy + i;
    Weigh<F, kBy>(u + i, g + i, upstream, count, params, true, block);
    KernelParams inner = params;
    inner.stream = false;
    NarrowElements<Multiplier<F, kBy, true>, Direction::kGradient>(block.gate, block.w, y, count, inner);
    for (int64_t j = 0; j < count; j += kLanes) {
      const auto result = LoadNumbers(y + j);
      const int64_t here = std::min(kLanes, count - j);
      E elements[kLanes];
      StoreNumbers(result, elements);
      std::memcpy(static_cast<void*>(out + i + j), elements, here * sizeof(E));
      Words doubt;
      ReadyToRound<kSlack>(E(), WithDoubtOfAll(E(), result), doubt);
      const auto is_unsure = hn::Or(hn::RebindMask(hn::ScalableTag<float>(), doubt == hn::Zero(du)),
                                    m.Not(m.Abs(result) <= m.Set(Range<float>::kMax)));  // w may have overflowed
      if (HWY_LIKELY(!m.Any(is_unsure))) continue;
      float unsure[kLanes];
      StoreNumbers(m.Select(is_unsure, m.Set(1), m.Set(0)), unsure);
      for (int64_t k = 0, at = i + j; k < here; ++k, ++at) {
        if (unsure[k] == 0) continue;
        GatedInF64<F, kBy>(u + at, g + at, dy == nullptr ? nullptr : dy + at, out + at, 1, params);
      }
    }
  }
}

template <class F, Gradient kBy, class E>
void GatedElements(const E* u, const E* g, const E* dy, E* out, int64_t n, const KernelParams& params) {
  using A = typename F::Activation;
  constexpr bool kIsItself = F::kLinearPart == LinearPart::kItself && !F::kCutsGate;
  if constexpr (std::is_same_v<E, double>) {
    return GatedOfDoubles<F, kBy>(u, g, dy, out, n, params);
  } else {
    if constexpr (kIsItself) {  // w is an operand
      if (kBy != Gradient::kByGate || dy == nullptr) {
        const E* const w = kBy == Gradient::kByLinear ? dy : u;
        return NarrowElements<Multiplier<F, kBy, std::is_same_v<E, float>>, Direction::kGradient>(g, w, out, n, params);
      }
    }
    if constexpr (std::is_same_v<E, float>) {
      return GatedByBlocks<F, kBy>(u, g, dy, out, n, params);
    } else {
      if constexpr (F::kLinearPart == LinearPart::kItselfOrZero) {
        if (kBy != Gradient::kByGate || dy == nullptr) return GatedByBlocks<F, kBy>(u, g, dy, out, n, params);
      }
      if (RoundingOf<A>() == Rounding::kMany && !AreDefaults<A>(params)) {
        return GatedInF64<F, kBy>(u, g, dy, out, n, params);
      }
      return GatedHalves<F, kBy>(u, g, dy, out, n, params);
    }
  }
}

template <class F, class E>
void EvaluateGated(const void* u, const void* g, void* y, int64_t n, const KernelParams& params) {
  const E* none = nullptr;
  GatedElements<F, Gradient::kNone>(static_cast<const E*>(u), static_cast<const E*>(g), none, static_cast<E*>(y), n,
                                    params);
}
template <class F, class E>
void GradientGated(const void* u, const void* g, const void* dy, void* du, void* dg, int64_t n,
                   const KernelParams& params) {
  constexpr int64_t kBlock = kGatedBlock;
  const auto* of_u = static_cast<const E*>(u);
  const auto* of_g = static_cast<const E*>(g);
  const auto* of_dy = static_cast<const E*>(dy);
  for (int64_t i = 0; i < n; i += kBlock) {
    const int64_t count = std::min(kBlock, n - i);
    const E* const upstream = of_dy == nullptr ? nullptr : of_dy + i;
    GatedElements<F, Gradient::kByLinear>(of_u + i, of_g + i, upstream, static_cast<E*>(du) + i, count, params);
    GatedElements<F, Gradient::kByGate>(of_u + i, of_g + i, upstream, static_cast<E*>(dg) + i, count, params);
  }
}

// Sums of a leaf: those of the activation, of upstreams that u is a factor of.
template <class F, class T>
ACT_LOOP void LeafGatedSums(const void* u, const void* g, const void* dy, int64_t n, const KernelParams& params,
                            DoubleDouble* sums) {
  using M = Simd<T>;
  using V = typename M::V;
  HWY_ALIGN T weights[SummationOrder::kLeaf] = {};
  ForEachVector<T>(u, dy, weights, n, SharedParams<M>(params),
                   [](const auto& p, V u, V dy) ACT_LAMBDA { return dy * LinearOf<F>(M(), u, p); });
  HWY_ALIGN T gates[F::kCutsGate ? SummationOrder::kLeaf : 1] = {};
  if (F::kCutsGate) {
    ForEachVector<T>(g, nullptr, gates, n, SharedParams<M>(params),
                     [](const auto& p, V g, V) ACT_LAMBDA { return GateOf<F>(M(), g, p); });
  }
  LeafSums<typename F::Activation, T>(F::kCutsGate ? static_cast<const void*>(gates) : g, weights, n, params, sums);
}

// The largest of a vector's lanes in each operand, or NaN.
template <class F, class E, class M = Simd<typename Element<E>::Number>>
ACT_FN typename M::V LargestOf(const E* const* x, int count, int64_t i) {
  const M m;
  auto largest = LoadNumbers(x[0] + i);
  for (int k = 1; k < count; ++k) largest = F::Larger(m, largest, LoadNumbers(x[k] + i));
  return CanonicalNan(m, largest);
}

// Calls body(operands, outputs, at) for each vector of n elements; the last pass through buffers.
template <class E, class Body>
ACT_FN void ForEachPieces(const E* const* x, int operands, E* const* y, int outputs, int64_t n, Body body) {
  constexpr int64_t kLanes = hn::MaxLanes(hn::ScalableTag<typename Element<E>::Number>());
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) body(x, y, i);
  if (i == n) return;
  E last_x[kMaxPieces + 1][kLanes] = {}, last_y[kMaxPieces][kLanes];
  const E* from[kMaxPieces + 1] = {};
  E* to[kMaxPieces] = {};
  const size_t bytes = (n - i) * sizeof(E);
  for (int k = 0; k < operands; ++k) {
    std::memcpy(static_cast<void*>(last_x[k]), x[k] + i, bytes);
    from[k] = last_x[k];
  }
  for (int k = 0; k < outputs; ++k) to[k] = last_y[k];
  body(from, to, 0);
  for (int k = 0; k < outputs; ++k) std::memcpy(static_cast<void*>(y[k] + i), last_y[k], bytes);
}

template <class F, class E>
ACT_LOOP void EvaluatePieces(const void* const* x, int count, void* y, int64_t n) {
  E* const to = static_cast<E*>(y);
  ForEachPieces<E>(reinterpret_cast<const E* const*>(x), count, &to, 1, n,
                   [count](const E* const* x, E* const* y, int64_t i)
                       ACT_LAMBDA { StoreNumbers(LargestOf<F>(x, count, i), y[0] + i); });
}
// The upstream to the first that is the largest, 0 to the others; NaN to all where one is NaN.
template <class F, class E>
ACT_LOOP void GradientPieces(const void* const* x, int count, const void* dy, void* const* dx, int64_t n) {
  using M = Simd<typename Element<E>::Number>;
  const bool has_upstream = dy != nullptr;
  const E* operands[kMaxPieces + 1];  // the upstream last
  for (int k = 0; k < count; ++k) operands[k] = static_cast<const E*>(x[k]);
  operands[count] = static_cast<const E*>(dy);
  ForEachPieces<E>(operands, count + (has_upstream ? 1 : 0), reinterpret_cast<E* const*>(dx), count, n,
                   [=](const E* const* x, E* const* dx, int64_t i) ACT_LAMBDA {
                     const M m;
                     const auto largest = LargestOf<F>(x, count, i);
                     auto rest = has_upstream ? CanonicalNan(m, LoadNumbers(x[count] + i)) : m.Set(1);
                     for (int k = 0; k < count; ++k) {
                       const auto is_it = LoadNumbers(x[k] + i) == largest;
                       const auto part = m.Select(is_it, rest, m.Set(0));
                       StoreNumbers(m.Select(largest == largest, part, largest), dx[k] + i);
                       rest = m.Select(is_it, m.Set(0), rest);
                     }
                   });
}

template <class F>
constexpr Kernel MakePiecesKernel() {
  return {.evaluate_pieces = {EvaluatePieces<F, double>, EvaluatePieces<F, float>, EvaluatePieces<F, hwy::float16_t>,
                              EvaluatePieces<F, hwy::bfloat16_t>},
          .gradient_pieces = {GradientPieces<F, double>, GradientPieces<F, float>, GradientPieces<F, hwy::float16_t>,
                              GradientPieces<F, hwy::bfloat16_t>}};
}

template <class F>
constexpr Kernel MakeGatedKernel() {
  Kernel kernel{.evaluate_gated = {EvaluateGated<F, double>, EvaluateGated<F, float>, EvaluateGated<F, hwy::float16_t>,
                                   EvaluateGated<F, hwy::bfloat16_t>},
                .gradient_gated = {GradientGated<F, double>, GradientGated<F, float>, GradientGated<F, hwy::float16_t>,
                                   GradientGated<F, hwy::bfloat16_t>}};
  using A = typename F::Activation;
  if constexpr (requires {
                  &A::template ParamDerivative<Simd<float>, typename Simd<float>::V, SharedParams<Simd<float>>>;
                }) {
    kernel.gated_leaf_sums[0] = LeafGatedSums<F, double>;
    kernel.gated_leaf_sums[1] = LeafGatedSums<F, float>;
  }
  return kernel;
}
