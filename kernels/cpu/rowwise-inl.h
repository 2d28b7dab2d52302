// Rows, as row-wise formulas see them (math/policy.h), on contiguous memory. Without an include guard: see family.cc.

template <class T>
class Row {
 public:
  using M = Simd<T>;
  using V = typename M::V;

  Row(const void* x, const void* dy, void* y, int64_t n, const KernelParams& params)
      : x_(static_cast<const T*>(x)), dy_(static_cast<const T*>(dy)), y_(static_cast<T*>(y)), n_(n), params_(params) {}

  ACT_FN T param(int i) const { return static_cast<const T*>(params_.values)[i * params_.stride]; }

  template <class F>
  ACT_FN T Max(F f) {
    V max = M::Set(-std::numeric_limits<T>::infinity());
    ForEach([&](At& at, int64_t) ACT_LAMBDA {
      const V v = f(at);
      max = M::Select(v > max, v, max);
    });
    return hn::GetLane(hn::MaxOfLanes(typename M::D(), max));
  }

  template <class F>
  ACT_FN double Sum(F f) {
    return TreeSum<sizeof(T) == 8>(f).Rounded();
  }
  template <class F>
  ACT_FN DoubleDouble ExactSum(F f) {
    return TreeSum<true>(f);
  }

  template <class F>
  ACT_FN void Map(F f) {
    ForEach([&f](At& at, int64_t) ACT_LAMBDA { at.Store(CanonicalNan(M(), f(at))); });
  }

 private:
  static constexpr size_t kMaxLanes = hn::MaxLanes(typename M::D());

  // A vector of the row's elements.
  struct At {
    const T* x_at;
    const T* dy_at;
    T* y_at;
    ACT_FN V x() const { return LoadNumbers(x_at); }
    ACT_FN V upstream() const { return LoadNumbers(dy_at); }
    ACT_FN V y() const { return LoadNumbers(y_at); }
    ACT_FN void Store(V v) { StoreNumbers(v, y_at); }
  };

  // Calls body(at, lanes) for each vector; the last elements pass through buffers filled up with the first element of
  // each operand.
  template <class Body>
  ACT_FN void ForEach(Body body) {
    const int64_t lanes = M::Lanes();
    int64_t i = 0;
    for (; i + lanes <= n_; i += lanes) {
      At at{x_ + i, dy_ == nullptr ? nullptr : dy_ + i, y_ + i};
      body(at, lanes);
    }
    if (i == n_) return;
    const size_t bytes = (n_ - i) * sizeof(T);
    T x[kMaxLanes], dy[kMaxLanes] = {}, y[kMaxLanes] = {};
    for (T& filler : x) std::memcpy(&filler, x_, sizeof(T));
    if (dy_ != nullptr) {
      for (T& filler : dy) std::memcpy(&filler, dy_, sizeof(T));
    }
    std::memcpy(x, x_ + i, bytes);
    if (dy_ != nullptr) std::memcpy(dy, dy_ + i, bytes);
    std::memcpy(y, y_ + i, bytes);
    At at{x, dy, y};
    body(at, n_ - i);
    std::memcpy(y_ + i, y, bytes);
  }

  template <bool kExact, class F>
  ACT_FN DoubleDouble TreeSum(F& f) {
    PairwiseTree<> tree;
    HWY_ALIGN T terms[SummationOrder::kLeaf];
    int64_t filled = 0;
    ForEach([&](At& at, int64_t lanes) ACT_LAMBDA {
      hn::StoreU(f(at), typename M::D(), terms + filled);
      filled += lanes;
      if (filled == SummationOrder::kLeaf) {
        tree.Push(LeafSum<T, kExact>(terms, filled));
        filled = 0;
      }
    });
    if (filled > 0) tree.Push(LeafSum<T, kExact>(terms, filled));
    return tree.Total();
  }

  const T* x_;
  const T* dy_;
  T* y_;
  int64_t n_;
  KernelParams params_;
};

template <class F, class T>
ACT_LOOP void EvaluateRow(const void* x, void* y, int64_t n, const KernelParams& params) {
  Row<T> row(x, nullptr, y, n, params);
  F::Evaluate(Simd<T>(), row);
}
template <class F, class T>
ACT_LOOP void GradientRow(const void* x, const void* dy, void* dx, int64_t n, const KernelParams& params) {
  Row<T> row(x, dy, dx, n, params);
  F::Gradient(Simd<T>(), row);
}
