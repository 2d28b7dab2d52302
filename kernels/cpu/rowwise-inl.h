// Rows, as row-wise formulas see them (math/policy.h), on contiguous memory. Without an include guard: see family.cc.

template <class T>
class Row {
 public:
  using M = Simd<T>;
  using V = typename M::V;
  using Mask = typename M::Mask;

  ACT_FN Row(const T* x, const T* dy, T* y, int64_t n, const KernelParams& params)
      : x_(x), dy_(dy), y_(y), n_(n), params_(params) {}

  ACT_FN int64_t size() const { return n_; }
  ACT_FN T param(int i) const { return static_cast<const T*>(params_.values)[i * params_.stride]; }

  template <class F>
  ACT_FN T Max(F f) const {
    const V lowest = M::Set(-std::numeric_limits<T>::infinity());
    V max[4] = {lowest, lowest, lowest, lowest};  // so many that none waits for the one before
    int64_t i = 0;
    for (; i + 4 * kLanes <= n_; i += 4 * kLanes) {
      max[0] = M::Max(f(WholeAt(i)), max[0]);
      max[1] = M::Max(f(WholeAt(i + kLanes)), max[1]);
      max[2] = M::Max(f(WholeAt(i + 2 * kLanes)), max[2]);
      max[3] = M::Max(f(WholeAt(i + 3 * kLanes)), max[3]);
    }
    for (; i < n_; i += kLanes) {
      const Part at = PartAt(i, n_);
      max[0] = M::Max(at.Or(f(at), lowest), max[0]);
    }
    const V most = M::Max(M::Max(max[0], max[1]), M::Max(max[2], max[3]));
    return hn::GetLane(hn::MaxOfLanes(typename M::D(), most));
  }

  using Total = typename LaneSums<T, sizeof(T) == 8>::Total;
  template <int kSums, class F>
  ACT_FN std::array<Total, kSums> Sums(F f) const {
    return TreeSums<kSums, sizeof(T) == 8>(f);
  }
  template <class F>
  ACT_FN DoubleDouble ExactSum(F f) const {
    return TreeSums<1, true>(f)[0];
  }
  template <class F>
  ACT_FN Total Sum(F f) const {
    return Sums<1>([&f](auto at, auto add) ACT_LAMBDA { add(0, f(at)); })[0];
  }

  template <class F>
  ACT_FN void Map(F f) const {
    ForEach(0, n_, [&f](auto at, size_t) ACT_LAMBDA { at.Store(CanonicalNan(M(), f(at))); });
  }

  template <class F>
  ACT_FN Row Keep(F f) const {
    const typename M::D d;
    T* to = y_;
    ForEach(0, n_, [&](auto at, size_t) ACT_LAMBDA {
      const Mask kept = at.And(f(at));
      if (!M::Any(kept)) return;
      const size_t count = hn::CountTrue(d, kept);
      at.StoreFirst(hn::Compress(at.x(), kept), count, to);
      to += count;
    });
    return Row(y_, nullptr, y_, to - y_, params_);
  }

 private:
  static constexpr int64_t kLanes = hn::MaxLanes(typename M::D());
  static constexpr int64_t kGroup = SummationOrder::kLanes;

  // A vector of the row's elements.
  struct Whole {
    const T* x_at;
    const T* dy_at;
    T* y_at;
    ACT_FN V x() const { return LoadNumbers(x_at); }
    ACT_FN V upstream() const { return LoadNumbers(dy_at); }
    ACT_FN V y() const { return LoadNumbers(y_at); }
    ACT_FN void Store(V v) const { StoreNumbers(v, y_at); }
    ACT_FN V Or(V v, V) const { return v; }
    ACT_FN Mask And(Mask mask) const { return mask; }
    // The first `count`, and whatever beyond them, to an address no later than this vector's outputs.
    ACT_FN void StoreFirst(V v, size_t, T* to) const { StoreNumbers(v, to); }
  };
  // The first `count` of a vector, where the row ends.
  struct Part {
    const T* x_at;
    const T* dy_at;
    T* y_at;
    size_t count;
    ACT_FN V x() const { return LoadSome(x_at, count); }
    ACT_FN V upstream() const { return LoadSome(dy_at, count); }
    ACT_FN V y() const { return LoadSome(y_at, count); }
    ACT_FN void Store(V v) const { StoreSome(v, y_at, count); }
    ACT_FN V Or(V v, V otherwise) const { return M::Select(Inside(), v, otherwise); }
    ACT_FN Mask And(Mask mask) const { return M::And(mask, Inside()); }
    ACT_FN void StoreFirst(V v, size_t some, T* to) const { StoreSome(v, to, some); }
    ACT_FN Mask Inside() const { return hn::FirstN(typename M::D(), count); }
  };
  ACT_FN Whole WholeAt(int64_t i) const { return {x_ + i, dy_ == nullptr ? nullptr : dy_ + i, y_ + i}; }
  ACT_FN Part PartAt(int64_t i, int64_t end) const {
    return {x_ + i, dy_ == nullptr ? nullptr : dy_ + i, y_ + i, static_cast<size_t>(std::min(kLanes, end - i))};
  }

  // Calls body(at, lane) for the vectors of [begin, end), `lane` being the place of the vector's first among kGroup
  // elements. Compilers know every lane, and have several vectors to take turns with.
  template <class Body>
  ACT_FN void ForEach(int64_t begin, int64_t end, Body body) const {
    int64_t i = begin;
    if constexpr (kLanes == 1) {
      for (; i < end; ++i) body(WholeAt(i), static_cast<size_t>((i - begin) % kGroup));
    } else {
      constexpr int64_t kUnit = std::max(kGroup, 4 * kLanes);
      if constexpr (kUnit > kGroup) {
        for (; i + kUnit <= end; i += kUnit) WholeGroup(i, body, std::make_index_sequence<kUnit / kLanes>());
      }
      for (; i + kGroup <= end; i += kGroup) WholeGroup(i, body, std::make_index_sequence<kGroup / kLanes>());
      if (i < end) LastGroup(i, end, body, std::make_index_sequence<kGroup / kLanes>());
    }
  }
  template <class Body, size_t... I>
  ACT_FN void WholeGroup(int64_t i, Body& body, std::index_sequence<I...>) const {
    (body(WholeAt(i + I * kLanes), I * kLanes % kGroup), ...);
  }
  template <class Body, size_t... I>
  ACT_FN void LastGroup(int64_t i, int64_t end, Body& body, std::index_sequence<I...>) const {
    const auto vector = [&](size_t lane) ACT_LAMBDA {
      if (const int64_t at = i + static_cast<int64_t>(lane); at < end) body(PartAt(at, end), lane);
    };
    (vector(I * kLanes), ...);
  }

  // Adds a vector's terms, or the products of two, to sum i: what formulas call add(i, a) or add(i, a, b).
  template <class At, class Sums>
  struct Adder {
    const At& at;
    size_t lane;
    Sums& sums;
    template <class... Terms>
    ACT_FN void operator()(int i, Terms... terms) const {
      sums[i].Add(lane, at.Or(terms, M::Set(0))...);
    }
    ACT_FN void WithError(int i, V terms, V errors) const {
      sums[i].AddWithError(lane, at.Or(terms, M::Set(0)), at.Or(errors, M::Set(0)));
    }
  };

  template <int kSums, bool kExact, class F>
  ACT_FN auto TreeSums(F& f) const {
    using Leaf = LaneSums<T, kExact>;
    using LeafTotal = typename Leaf::Total;
    const auto leaf = [&](int64_t begin, int64_t end) ACT_LAMBDA {
      Leaf lanes[kSums];
      ForEach(begin, end, [&](auto at, size_t lane) ACT_LAMBDA {
        f(at, Adder<decltype(at), Leaf[kSums]>{at, lane, lanes});
      });
      std::array<LeafTotal, kSums> totals;
      for (int i = 0; i < kSums; ++i) totals[i] = lanes[i].Sum();
      return totals;
    };
    constexpr int64_t kLeaf = SummationOrder::kLeaf;
    if (n_ <= kLeaf) return leaf(0, n_);
    PairwiseTree<LeafTotal> trees[kSums];
    for (int64_t i = 0; i < n_; i += kLeaf) {
      const auto totals = leaf(i, std::min(i + kLeaf, n_));
      for (int s = 0; s < kSums; ++s) trees[s].Push(totals[s]);
    }
    std::array<LeafTotal, kSums> totals;
    for (int i = 0; i < kSums; ++i) totals[i] = trees[i].Total();
    return totals;
  }

  const T* x_;
  const T* dy_;
  T* y_;
  int64_t n_;
  KernelParams params_;
};

template <class F, class T>
ACT_LOOP void EvaluateRows(const void* x, void* y, int64_t rows, int64_t stride, int64_t n,
                           const KernelParams& params) {
  for (int64_t i = 0; i < rows * stride; i += stride) {
    F::Evaluate(Simd<T>(), Row<T>(static_cast<const T*>(x) + i, nullptr, static_cast<T*>(y) + i, n, params));
  }
}
template <class F, class T>
ACT_LOOP void GradientRows(const void* x, const void* dy, void* dx, int64_t rows, int64_t stride, int64_t n,
                           const KernelParams& params) {
  for (int64_t i = 0; i < rows * stride; i += stride) {
    F::Gradient(Simd<T>(), Row<T>(static_cast<const T*>(x) + i, static_cast<const T*>(dy) + i, static_cast<T*>(dx) + i,
                                  n, params));
  }
}
