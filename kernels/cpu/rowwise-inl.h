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
  using One = Row;
  ACT_FN Row one(size_t) const { return *this; }
  ACT_FN bool is_narrow() const { return params_.narrow; }
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

  // See math/policy.h.
  using Numbers = LaneSums<T, sizeof(T) == 8>;
  using Exact = LaneSums<T, true>;
  using Exponentials = std::conditional_t<sizeof(T) == 8, LaneSums<double, true>, ExponentialSums>;

  template <class... Terms, class F>
  ACT_FN std::tuple<typename Terms::Total...> Sums(F f) const {
    return TreeSums<Terms...>(f, std::index_sequence_for<Terms...>());
  }
  template <class Terms, class F>
  ACT_FN typename Terms::Total SumOf(F f) const {
    return std::get<0>(Sums<Terms>(f));
  }
  template <class F>
  ACT_FN typename Numbers::Total Sum(F f) const {
    return SumOf<Numbers>([&f](auto at, auto add) ACT_LAMBDA { add(f(at)); });
  }

  template <class F>
  ACT_FN int64_t Count(F f) const {
    size_t count = 0;
    ForEach(0, n_, [&](auto at, size_t) ACT_LAMBDA { count += hn::CountTrue(typename M::D(), at.And(f(at))); });
    return static_cast<int64_t>(count);
  }

  template <class F>
  ACT_FN void Map(F f) const {
    ForEach(0, n_, [&f](auto at, size_t) ACT_LAMBDA { at.Store(CanonicalNan(M(), f(at))); });
  }
  template <class F>
  ACT_FN void MapToNumbers(F f) const {
    ForEach(0, n_, [&f](auto at, size_t) ACT_LAMBDA { at.Store(f(at)); });
  }

  template <class F>
  ACT_FN bool Otherwise(bool mask, F f) const {
    if (mask) f(*this);
    return mask;
  }

  template <class F>
  ACT_FN Row Keep(F f) const {
    const typename M::D d;
    T* to = y_;
    ForEach(0, n_, [&](auto at, size_t) ACT_LAMBDA {
      const Mask kept = at.And(f(at));
      if (!M::Any(kept)) return;
      const size_t count = hn::CountTrue(d, kept);
      at.StoreFirst(Pack(d, at.x(), kept), count, to);
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
    int64_t index;
    ACT_FN V x() const { return LoadNumbers(x_at); }
    ACT_FN V upstream() const { return LoadNumbers(dy_at); }
    ACT_FN V y() const { return LoadNumbers(y_at); }
    ACT_FN void Store(V v) const { StoreNumbers(v, y_at); }
    ACT_FN V Or(V v, V) const { return v; }
    ACT_FN Mask And(Mask mask) const { return mask; }
    ACT_FN Mask IsBefore(int64_t end) const { return FirstOf(end - index); }
    // The first `count`, and whatever beyond them, to an address no later than this vector's outputs.
    ACT_FN void StoreFirst(V v, size_t, T* to) const { StoreNumbers(v, to); }
  };
  // The first `count` of a vector, where the row ends.
  struct Part {
    const T* x_at;
    const T* dy_at;
    T* y_at;
    int64_t index;
    size_t count;
    ACT_FN V x() const { return LoadSome(x_at, count); }
    ACT_FN V upstream() const { return LoadSome(dy_at, count); }
    ACT_FN V y() const { return LoadSome(y_at, count); }
    ACT_FN void Store(V v) const { StoreSome(v, y_at, count); }
    ACT_FN V Or(V v, V otherwise) const { return M::Select(Inside(), v, otherwise); }
    ACT_FN Mask And(Mask mask) const { return M::And(mask, Inside()); }
    ACT_FN Mask IsBefore(int64_t end) const { return FirstOf(end - index); }
    ACT_FN void StoreFirst(V v, size_t some, T* to) const { StoreSome(v, to, some); }
    ACT_FN Mask Inside() const { return hn::FirstN(typename M::D(), count); }
  };
  ACT_FN static Mask FirstOf(int64_t count) {
    return hn::FirstN(typename M::D(), static_cast<size_t>(std::clamp<int64_t>(count, 0, kLanes)));
  }
  ACT_FN Whole WholeAt(int64_t i) const { return {x_ + i, dy_ == nullptr ? nullptr : dy_ + i, y_ + i, i}; }
  ACT_FN Part PartAt(int64_t i, int64_t end) const {
    return {x_ + i, dy_ == nullptr ? nullptr : dy_ + i, y_ + i, i, static_cast<size_t>(std::min(kLanes, end - i))};
  }

  // Calls body(at, lane) for the vectors of [begin, end), `lane` being the place of the vector's first among kGroup
  // elements, and end_block() after every kBlock of them and the last. Compilers know every lane, and have some vectors
  // to take turns with.
  template <class Body, class EndBlock = void (*)()>
  ACT_FN void ForEach(
      int64_t begin, int64_t end, Body body, EndBlock end_block = [] {}) const {
    constexpr int64_t kBlock = SummationOrder::kBlock;
    int64_t i = begin;
    if constexpr (kLanes == 1) {
      for (; i < end; ++i) {
        body(WholeAt(i), static_cast<size_t>((i - begin) % kGroup));
        if ((i + 1 - begin) % kBlock == 0) end_block();
      }
    } else {
      constexpr int64_t kTogether = std::max(kGroup, 4 * kLanes);
      for (; i + kBlock <= end; i += kBlock) {
        for (int64_t k = 0; k < kBlock; k += kTogether) WholeGroup(i + k, body, kVectors<kTogether>);
        end_block();
      }
      for (; i + kGroup <= end; i += kGroup) WholeGroup(i, body, kVectors<kGroup>);
      if (i < end) LastGroup(i, end, body, kVectors<kGroup>);
    }
    end_block();
  }
  template <int64_t kCount>
  static constexpr std::make_index_sequence<kCount / kLanes> kVectors = {};
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

  // Adds terms of the row's elements at hand.
  template <class At, class Lanes>
  struct Adder {
    const At& at;
    size_t lane;
    Lanes& lanes;
    ACT_FN V Inside(V v) const { return at.Or(v, M::Set(0)); }
    ACT_FN void operator()(V a) const { lanes.Add(lane, Inside(a)); }
    ACT_FN void operator()(V a, V b) const { lanes.Add(lane, Inside(a), Inside(b)); }
    ACT_FN void operator()(Exponential<V> e) const {
      lanes.Add(lane, {Inside(e.value), Inside(e.power), Inside(e.expm1)});
    }
    ACT_FN void WithError(V a, V error) const { lanes.AddWithError(lane, Inside(a), Inside(error)); }
  };

  // Not a std::tuple, whose functions are not compiled for the target.
  template <size_t I, class Lanes>
  struct Slot {
    Lanes lanes;
  };
  template <class Indices, class... Lanes>
  struct Slots;
  template <size_t... I, class... Lanes>
  struct Slots<std::index_sequence<I...>, Lanes...> : Slot<I, Lanes>... {};

  template <class... Terms, class F, size_t... I>
  ACT_FN std::tuple<typename Terms::Total...> TreeSums(F& f, std::index_sequence<I...>) const {
    using Totals = std::tuple<typename Terms::Total...>;
    const auto leaf = [&](int64_t begin, int64_t end) ACT_LAMBDA {
      Slots<std::index_sequence<I...>, Terms...> lanes;
      (lanes.Slot<I, Terms>::lanes.Begin(), ...);
      ForEach(
          begin, end,
          [&](auto at, size_t lane) ACT_LAMBDA {
            f(at, Adder<decltype(at), Terms>{at, lane, lanes.Slot<I, Terms>::lanes}...);
          },
          [&]() ACT_LAMBDA { (lanes.Slot<I, Terms>::lanes.EndBlock(), ...); });
      return Totals(lanes.Slot<I, Terms>::lanes.Sum()...);
    };
    constexpr int64_t kLeaf = SummationOrder::kLeaf;
    if (n_ <= kLeaf) return leaf(0, n_);
    std::tuple<PairwiseTree<typename Terms::Total>...> trees;
    for (int64_t i = 0; i < n_; i += kLeaf) {
      const Totals totals = leaf(i, std::min(i + kLeaf, n_));
      (std::get<I>(trees).Push(std::get<I>(totals)), ...);
    }
    return Totals(std::get<I>(trees).Total()...);
  }

  const T* x_;
  const T* dy_;
  T* y_;
  int64_t n_;
  KernelParams params_;
};

// Takes rows through a formula's steps, short ones several at a time: one row's step is a chain of operations that wait
// for each other, and other rows' are done meanwhile.
template <class Steps, class T>
ACT_FN void RunSteps(const T* x, const T* dy, T* y, int64_t rows, int64_t stride, int64_t n,
                     const KernelParams& params) {
  constexpr int64_t kShort = 512, kMost = 8;
  const Simd<T> m;
  const int64_t at_a_time = n <= kShort ? kMost : 1;
  for (int64_t begin = 0; begin < rows; begin += at_a_time) {
    const int64_t count = std::min(at_a_time, rows - begin);
    const auto row = [&](int64_t i) ACT_LAMBDA {
      const int64_t offset = (begin + i) * stride;
      return Row<T>(x + offset, dy == nullptr ? nullptr : dy + offset, y + offset, n, params);
    };
    Steps steps[kMost];
    for (int64_t i = 0; i < count; ++i) steps[i].Scan(m, row(i));
    for (int64_t i = 0; i < count; ++i) steps[i].Reduce(m, row(i));
    for (int64_t i = 0; i < count; ++i) steps[i].Write(m, row(i));
  }
}

template <class F, class T>
ACT_LOOP void EvaluateRows(const void* x, void* y, int64_t rows, int64_t stride, int64_t n,
                           const KernelParams& params) {
  const T* no_upstream = nullptr;
  RunSteps<typename F::template Evaluation<Simd<T>>>(static_cast<const T*>(x), no_upstream, static_cast<T*>(y), rows,
                                                     stride, n, params);
}
template <class F, class T>
ACT_LOOP void GradientRows(const void* x, const void* dy, void* dx, int64_t rows, int64_t stride, int64_t n,
                           const KernelParams& params) {
  RunSteps<typename F::template Differentiation<Simd<T>>>(static_cast<const T*>(x), static_cast<const T*>(dy),
                                                          static_cast<T*>(dx), rows, stride, n, params);
}

// The sums over one row that its parameters' gradients are made of; kept are n numbers of scratch.
template <class F, class T>
ACT_LOOP void RowSums(const void* x, const void* dy, void* kept, int64_t n, const KernelParams& params,
                      DoubleDouble* sums) {
  const Simd<T> m;
  const Row<T> row(static_cast<const T*>(x), static_cast<const T*>(dy), static_cast<T*>(kept), n, params);
  typename F::template ParamDifferentiation<Simd<T>> steps;
  steps.Scan(m, row);
  steps.Reduce(m, row);
  steps.Sum(m, row, sums);
}
