// Loops of element-wise and per-channel functions. Without an include guard: see family.cc.

// What formulas read parameters through: one value for all lanes, or one for each.
template <class M>
class SharedParams {
 public:
  ACT_FN explicit SharedParams(const KernelParams& params) : params_(params) {}
  ACT_FN typename M::V operator()(int param, int segment = 0) const {
    const auto* values = static_cast<const typename M::T*>(params_.values);
    return M::Set(values[(param * params_.segments + segment) * params_.stride]);
  }
  ACT_FN int segments() const { return params_.segments; }
  ACT_FN void MoveTo(int64_t) {}

 private:
  KernelParams params_;
};
template <class M>
class LaneParams {
 public:
  ACT_FN explicit LaneParams(const KernelParams& params) : params_(params) {}
  ACT_FN typename M::V operator()(int param, int segment = 0) const {
    const auto* values = static_cast<const typename M::T*>(params_.values);
    return LoadNumbers(values + (param * params_.segments + segment) * params_.stride + element_);
  }
  ACT_FN int segments() const { return params_.segments; }
  ACT_FN void MoveTo(int64_t element) { element_ = element; }

 private:
  KernelParams params_;
  int64_t element_ = 0;
};

// f32 values of parameters, for arithmetic in f64.
template <bool kPerLane>
class WidenedParams {
 public:
  using M = Simd<double, float>;
  ACT_FN explicit WidenedParams(const KernelParams& params) : params_(params) {}
  ACT_FN typename M::V operator()(int param, int segment = 0) const {
    const auto* value =
        static_cast<const float*>(params_.values) + (param * params_.segments + segment) * params_.stride;
    if constexpr (!kPerLane) return M::Set(*value);
    return hn::PromoteTo(typename M::D(), hn::LoadU(hn::Rebind<float, typename M::D>(), value + element_));
  }
  ACT_FN int segments() const { return params_.segments; }
  ACT_FN void MoveTo(int64_t element) { element_ = element; }

 private:
  KernelParams params_;
  int64_t element_ = 0;
};

// y = f(x) for a vector of elements, and dx = dy f'(x); NaN in, canonical NaN out.
template <class F, class M, class P>
ACT_FN typename M::V Value(M m, typename M::V x, const P& p) {
  return CanonicalNan(m, m.Select(x == x, F::Evaluate(m, x, p), x));
}
template <class F, class M, class P>
ACT_FN typename M::V Slope(M m, typename M::V x, const P& p) {
  return m.Select(x == x, F::Derivative(m, x, p), x);
}

// Applies step(x, dy) to n elements, a vector at a time, the last ones through buffers. Lane parameters hold a whole
// vector beyond the last element.
template <class E, class P, class Step>
ACT_FN void ForEachVector(const void* x, const void* dy, void* y, int64_t n, P p, Step step) {
  using M = Simd<typename Element<E>::Number>;
  const int64_t lanes = M::Lanes();
  const E* in = static_cast<const E*>(x);
  const E* upstream = static_cast<const E*>(dy);
  E* out = static_cast<E*>(y);
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    p.MoveTo(i);
    StoreNumbers(step(p, LoadNumbers(in + i), upstream == nullptr ? M::Set(1) : LoadNumbers(upstream + i)), out + i);
  }
  if (i == n) return;
  E last[hn::MaxLanes(typename M::D())] = {}, last_upstream[hn::MaxLanes(typename M::D())] = {};
  const size_t bytes = (n - i) * sizeof(E);
  std::memcpy(static_cast<void*>(last), in + i, bytes);
  if (upstream != nullptr) std::memcpy(static_cast<void*>(last_upstream), upstream + i, bytes);
  p.MoveTo(i);
  StoreNumbers(step(p, LoadNumbers(last), upstream == nullptr ? M::Set(1) : LoadNumbers(last_upstream)), last);
  std::memcpy(static_cast<void*>(out + i), last, bytes);
}

template <class F, class E, class P>
ACT_LOOP void EvaluateWith(const void* x, void* y, int64_t n, const KernelParams& params) {
  using M = Simd<typename Element<E>::Number>;
  using V = typename M::V;
  ForEachVector<E>(x, nullptr, y, n, P(params), [](const P& p, V v, V) ACT_LAMBDA { return Value<F>(M(), v, p); });
}
template <class F, class E, class P>
ACT_LOOP void GradientWith(const void* x, const void* dy, void* dx, int64_t n, const KernelParams& params) {
  using M = Simd<typename Element<E>::Number>;
  using V = typename M::V;
  ForEachVector<E>(x, dy, dx, n, P(params), [](const P& p, V v, V upstream) ACT_LAMBDA {
    return CanonicalNan(M(), upstream * Slope<F>(M(), v, p));
  });
}

// What elements add to the gradient of a parameter; n is rounded up to whole vectors.
template <class F, class T>
ACT_FN void ComputeTerms(const T* x, const T* dy, int64_t n, const KernelParams& params, int param, int segment,
                         T* terms) {
  if constexpr (IsInF64<F>() && sizeof(T) == 4) {
    using M = Simd<double, float>;
    const WidenedParams<false> p(params);
    const M m;
    const typename M::D d;
    const hn::Rebind<float, typename M::D> half;
    for (int64_t j = 0; j < n; j += M::Lanes()) {
      const auto v = hn::PromoteTo(d, hn::LoadU(half, x + j));
      const auto term = hn::PromoteTo(d, hn::LoadU(half, dy + j)) * F::ParamDerivative(m, v, p, param, segment);
      m.StoreAsFloat(m.Select(v == v, term, v), terms + j);
    }
  } else {
    using M = Simd<T>;
    const SharedParams<M> p(params);
    const M m;
    for (int64_t j = 0; j < n; j += M::Lanes()) {
      const auto v = LoadNumbers(x + j);
      const auto term = LoadNumbers(dy + j) * F::ParamDerivative(m, v, p, param, segment);
      StoreNumbers(m.Select(v == v, term, v), terms + j);
    }
  }
}

// Sums of a leaf for every learnable parameter and segment.
template <class F, class T>
ACT_LOOP void LeafSums(const void* x, const void* dy, int64_t n, const KernelParams& params, DoubleDouble* sums) {
  HWY_ALIGN T terms[SummationOrder::kLeaf];
  for (int i = 0; i < static_cast<int>(F::kInfo.params.size()); ++i) {
    if (!F::kInfo.params[i].learnable) continue;
    for (int s = 0; s < params.segments; ++s) {
      ComputeTerms<F>(static_cast<const T*>(x), static_cast<const T*>(dy), n, params, i, s, terms);
      sums[i * params.segments + s] = LeafSum<T, /*kExact=*/sizeof(T) == 8>(terms, n);
    }
  }
}
