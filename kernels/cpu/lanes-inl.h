// Rows side by side, as row-wise formulas see them (math/policy.h): number i of every row lies together, and each lane
// of a vector has a row of its own. Without an include guard: see family.cc.

// AVX2 has too few registers, and its vectors are short: there rows are put in line.
#define ACT_HAS_LANES (HWY_TARGET == HWY_AVX3)
#if ACT_HAS_LANES

// As many doubles as a vector has floats.
template <class Vector>
struct Halves {
  Vector lower, upper;

  ACT_FN friend Halves operator+(Halves a, Halves b) { return {a.lower + b.lower, a.upper + b.upper}; }
  ACT_FN friend Halves operator-(Halves a, Halves b) { return {a.lower - b.lower, a.upper - b.upper}; }
  ACT_FN friend Halves operator*(Halves a, Halves b) { return {a.lower * b.lower, a.upper * b.upper}; }
  ACT_FN friend Halves operator/(Halves a, Halves b) { return {a.lower / b.lower, a.upper / b.upper}; }
  ACT_FN friend auto operator<(Halves a, Halves b) { return Join(a.lower < b.lower, a.upper < b.upper); }
  ACT_FN friend auto operator>(Halves a, Halves b) { return b < a; }
  ACT_FN friend auto operator>=(Halves a, Halves b) { return Join(a.lower >= b.lower, a.upper >= b.upper); }

 private:
  template <class Mask>
  ACT_FN static Halves<Mask> Join(Mask lower, Mask upper) {
    return {lower, upper};
  }
};

// The policy for numbers of which each row has one, where every lane has a row.
struct NumberOfLanes {
  using DF = hn::ScalableTag<float>;
  using D = hn::ScalableTag<double>;
  using Half = hn::Half<DF>;
  using Number = hn::Vec<DF>;
  using Wide = Halves<hn::Vec<D>>;
  using WideMask = Halves<hn::Mask<D>>;
  static constexpr size_t kCount = hn::MaxLanes(DF());

  ACT_FN static Number Set(float x) { return hn::Set(DF(), x); }
  ACT_FN static Wide SetWide(double x) { return {hn::Set(D(), x), hn::Set(D(), x)}; }
  ACT_FN static Wide Widen(Number x) {
    return {hn::PromoteTo(D(), hn::LowerHalf(Half(), x)), hn::PromoteTo(D(), hn::UpperHalf(Half(), x))};
  }
  ACT_FN static Number Narrow(Wide x) {
    return hn::Combine(DF(), hn::DemoteTo(Half(), x.upper), hn::DemoteTo(Half(), x.lower));
  }
  ACT_FN static Wide Fma(Wide a, Wide b, Wide c) {
    return {hn::MulAdd(a.lower, b.lower, c.lower), hn::MulAdd(a.upper, b.upper, c.upper)};
  }
  ACT_FN static Wide NegFma(Wide a, Wide b, Wide c) {
    return {hn::NegMulAdd(a.lower, b.lower, c.lower), hn::NegMulAdd(a.upper, b.upper, c.upper)};
  }
  ACT_FN static Wide Neg(Wide a) { return {hn::Neg(a.lower), hn::Neg(a.upper)}; }
  ACT_FN static Wide Abs(Wide a) { return {hn::Abs(a.lower), hn::Abs(a.upper)}; }
  ACT_FN static Number Abs(Number a) { return hn::Abs(a); }
  ACT_FN static Wide Select(WideMask mask, Wide yes, Wide no) {
    return {hn::IfThenElse(mask.lower, yes.lower, no.lower), hn::IfThenElse(mask.upper, yes.upper, no.upper)};
  }
  ACT_FN static Number Select(hn::Mask<DF> mask, Number yes, Number no) { return hn::IfThenElse(mask, yes, no); }
  ACT_FN static hn::Mask<DF> Not(hn::Mask<DF> mask) { return hn::Not(mask); }
  ACT_FN static WideMask Not(WideMask mask) { return {hn::Not(mask.lower), hn::Not(mask.upper)}; }
  ACT_FN static bool All(hn::Mask<DF> mask) { return hn::AllTrue(DF(), mask); }
  ACT_FN static bool Any(hn::Mask<DF> mask) { return !hn::AllFalse(DF(), mask); }
  ACT_FN static bool Any(WideMask mask) { return !hn::AllFalse(D(), hn::Or(mask.lower, mask.upper)); }
  ACT_FN static void Store(Number number, float* to) { hn::StoreU(number, DF(), to); }
  // Of f(lane) for each lane.
  template <class F>
  ACT_FN static Number Joined(F f) {
    alignas(64) float numbers[kCount];
    for (size_t i = 0; i < kCount; ++i) numbers[i] = f(i);
    return hn::Load(DF(), numbers);
  }
  template <class F>
  ACT_FN static Wide JoinedWide(F f) {
    alignas(64) double numbers[kCount];
    for (size_t i = 0; i < kCount; ++i) numbers[i] = f(i);
    return LoadWide(numbers);
  }
  ACT_FN static Wide LoadWide(const double* from) {
    return {hn::LoadU(D(), from), hn::LoadU(D(), from + hn::MaxLanes(D()))};
  }
  ACT_FN static void StoreWide(Wide numbers, double* to) {
    hn::StoreU(numbers.lower, D(), to);
    hn::StoreU(numbers.upper, D(), to + hn::MaxLanes(D()));
  }
  ACT_FN static Wide Rounded(Wide sum) { return sum; }
  ACT_FN static Wide Plus(Wide a, Wide b) { return a + b; }
  ACT_FN static Wide Quotient(Wide a, Wide b) { return a / b; }
  template <class, class F>
  ACT_FN static Wide InWide(F f, Wide v) {
    const Simd<double, float> wide;
    return {f(wide, v.lower), f(wide, v.upper)};
  }
};

// A policy whose vectors have one number of each row.
struct LaneMath : Simd<float> {
  using OfRow = NumberOfLanes;
  using Simd<float>::Set;
  ACT_FN static V Set(V v) { return v; }
  ACT_FN static V First(V v) { return v; }
};

class Lanes {
 public:
  using M = LaneMath;
  using V = M::V;
  using Wide = NumberOfLanes::Wide;
  using One = Row<float>;
  static constexpr int64_t kRows = kBeside;
  static_assert(kRows == NumberOfLanes::kCount);

  ACT_FN Lanes(const float* x, const float* dy, float* y, int64_t n, const KernelParams& params, bool& is_left)
      : x_(x), dy_(dy), y_(y), n_(n), params_(params), is_left_(is_left) {}

  ACT_FN float param(int i) const { return static_cast<const float*>(params_.values)[i * params_.stride]; }

  template <class F>
  ACT_FN V Max(F f) const {
    const V lowest = M::Set(-std::numeric_limits<float>::infinity());
    V max[4] = {lowest, lowest, lowest, lowest};  // so many that none waits for the one before
    int64_t i = 0;
    for (; i + 4 <= n_; i += 4) {
      Unrolled<4>([&](size_t k) ACT_LAMBDA { max[k] = M::Max(f(ElementAt(i + k)), max[k]); });
    }
    for (; i < n_; ++i) max[0] = M::Max(f(ElementAt(i)), max[0]);
    return M::Max(M::Max(max[0], max[1]), M::Max(max[2], max[3]));
  }

  // The sums that math/summation.h defines, of one of its lanes.
  struct Numbers {
    Wide sum = {};
    ACT_FN void Begin() {}
    ACT_FN void Add(V a) { sum = sum + NumberOfLanes::Widen(a); }
    ACT_FN void Add(V a, V b) { sum = NumberOfLanes::Fma(NumberOfLanes::Widen(a), NumberOfLanes::Widen(b), sum); }
    ACT_FN void EndBlock() {}
    ACT_FN Wide Sum() const { return sum; }
  };
  struct Exponentials {
    static constexpr float kStart = static_cast<float>(SummationOrder::kExponentialStart);
    V high = {}, low = {};
    Wide sum = {};
    ACT_FN void Begin() { high = M::Set(kStart); }
    ACT_FN void Add(Exponential<V> e) {
      const V raised = high + e.value;
      const V added = raised - high;
      low = low + M::Fma(e.expm1, e.power, e.power - added);
      high = raised;
    }
    ACT_FN void EndBlock() {
      sum = sum + NumberOfLanes::Widen(low);
      low = M::Set(0);
    }
    ACT_FN Wide Sum() const { return sum + NumberOfLanes::Widen(high - M::Set(kStart)); }
  };

  template <class A, class B, class F>
  ACT_FN auto Sums(F f) const {
    const auto totals = TreeSums<A, B>(f);
    return Two{totals.of[0], totals.of[1]};
  }
  template <class Terms, class F>
  ACT_FN Wide SumOf(F f) const {
    return TreeSums<Terms>(f).of[0];
  }
  template <class F>
  ACT_FN Wide Sum(F f) const {
    return SumOf<Numbers>([&f](auto at, auto add) ACT_LAMBDA { add(f(at)); });
  }

  template <class F>
  ACT_FN void Map(F f) const {
    MapToNumbers([&f](auto at) ACT_LAMBDA { return CanonicalNan(M(), f(at)); });
  }
  template <class F>
  ACT_FN void MapToNumbers(F f) const {
    int64_t i = 0;
    for (; i + 4 <= n_; i += 4) {
      Unrolled<4>([&](size_t k) ACT_LAMBDA { ElementAt(i + k).Store(f(ElementAt(i + k))); });
    }
    for (; i < n_; ++i) ElementAt(i).Store(f(ElementAt(i)));
  }

  // Rows that differ from their neighbours are left to be computed one by one.
  template <class Mask, class F>
  ACT_FN bool Otherwise(Mask mask, F) const {
    const bool any = NumberOfLanes::Any(mask);
    is_left_ |= any;
    return any;
  }

  // Each row's own, in the place of the outputs.
  struct Kept {
    float* rows;
    int64_t n;
    int64_t counts[kRows];
    const KernelParams& params;
    ACT_FN One one(size_t i) const {
      float* const row = rows + static_cast<int64_t>(i) * n;
      return One(row, nullptr, row, counts[i], params);
    }
  };
  template <class F>
  ACT_FN Kept Keep(F f) const {
    constexpr int64_t kWord = 64 / kRows;  // elements of each row whose bits make a word: few are kept of most
    Kept kept{y_, n_, {}, params_};
    for (int64_t begin = 0; begin < n_; begin += kWord) {
      uint64_t word = 0;
      for (int64_t i = begin; i < std::min(begin + kWord, n_); ++i) {
        uint8_t bits[8] = {};
        hn::StoreMaskBits(typename M::D(), f(ElementAt(i)), bits);
        word |= static_cast<uint64_t>(bits[0] | bits[1] << 8) << (i - begin) * kRows;
      }
      for (; word != 0; word &= word - 1) {
        const int place = std::countr_zero(word);
        const int64_t row = place % kRows;
        y_[row * n_ + kept.counts[row]++] = x_[begin * kRows + place];
      }
    }
    return kept;
  }

 private:
  struct At {
    const float* x_at;
    const float* dy_at;
    float* y_at;
    ACT_FN V x() const { return hn::LoadU(M::D(), x_at); }
    ACT_FN V upstream() const { return hn::LoadU(M::D(), dy_at); }
    ACT_FN V y() const { return hn::LoadU(M::D(), y_at); }
    ACT_FN void Store(V v) const { hn::StoreU(v, M::D(), y_at); }
  };
  ACT_FN At ElementAt(int64_t i) const {
    return {x_ + i * kRows, dy_ == nullptr ? nullptr : dy_ + i * kRows, y_ + i * kRows};
  }

  // Calls body(0), ..., body(kTimes - 1).
  template <size_t kTimes, class Body>
  ACT_FN static void Unrolled(Body body) {
    [&]<size_t... I>(std::index_sequence<I...>) ACT_LAMBDA { (body(I), ...); }
    (std::make_index_sequence<kTimes>());
  }

  struct Two {
    Wide first, second;
  };
  template <size_t kCount>
  struct Totals {
    Wide of[kCount];
  };
  template <class Terms>
  struct Adder {
    Terms& terms;
    template <class... Numbers>
    ACT_FN void operator()(Numbers... numbers) const {
      terms.Add(numbers...);
    }
  };

  // What one lane of math/summation.h's adds up, of all rows, lane after lane: that takes few registers.
  template <class... Terms, class F>
  ACT_FN Totals<sizeof...(Terms)> LeafSums(F& f, int64_t begin, int64_t end) const {
    Totals<sizeof...(Terms)> lanes[SummationOrder::kLanes];
    for (int64_t lane = 0; lane < SummationOrder::kLanes; ++lane) {
      lanes[lane] = LaneSums(f, begin + lane, end, Terms()...);
    }
    return Fold<SummationOrder::kLanes>(lanes);
  }
  // Adds lane j + half to lane j, until one is left.
  template <size_t kLanes, size_t kCount>
  ACT_FN static Totals<kCount> Fold(Totals<kCount>* lanes) {
    constexpr size_t kHalf = kLanes / 2;
    Unrolled<kHalf>([&](size_t lane) ACT_LAMBDA {
      Unrolled<kCount>([&](size_t k) ACT_LAMBDA { lanes[lane].of[k] = lanes[lane].of[k] + lanes[lane + kHalf].of[k]; });
    });
    if constexpr (kHalf == 1) {
      return lanes[0];
    } else {
      return Fold<kHalf>(lanes);
    }
  }
  template <class F, class... Terms>
  ACT_FN Totals<sizeof...(Terms)> LaneSums(F& f, int64_t i, int64_t end, Terms... terms) const {
    constexpr int64_t kLanes = SummationOrder::kLanes, kBlock = SummationOrder::kBlock;
    (terms.Begin(), ...);
    for (; i + kBlock - kLanes < end; i += kBlock) {
      Unrolled<kBlock / kLanes>([&](size_t k) ACT_LAMBDA { f(ElementAt(i + k * kLanes), Adder<Terms>{terms}...); });
      (terms.EndBlock(), ...);
    }
    for (; i < end; i += kLanes) f(ElementAt(i), Adder<Terms>{terms}...);
    (terms.EndBlock(), ...);
    return {{terms.Sum()...}};
  }

  // In memory, for a tree whose functions are not compiled for the target.
  struct Stored {
    double numbers[kRows];
    friend Stored Sum(const Stored& a, const Stored& b) {
      Stored sum;
      for (int64_t i = 0; i < kRows; ++i) sum.numbers[i] = a.numbers[i] + b.numbers[i];
      return sum;
    }
  };
  template <class... Terms, class F>
  ACT_FN Totals<sizeof...(Terms)> TreeSums(F& f) const {
    constexpr int64_t kLeaf = SummationOrder::kLeaf;
    if (n_ <= kLeaf) return LeafSums<Terms...>(f, 0, n_);
    PairwiseTree<Stored> trees[sizeof...(Terms)];
    for (int64_t i = 0; i < n_; i += kLeaf) {
      const auto totals = LeafSums<Terms...>(f, i, std::min(i + kLeaf, n_));
      for (size_t k = 0; k < sizeof...(Terms); ++k) {
        Stored leaf;
        NumberOfLanes::StoreWide(totals.of[k], leaf.numbers);
        trees[k].Push(leaf);
      }
    }
    Totals<sizeof...(Terms)> totals;
    for (size_t k = 0; k < sizeof...(Terms); ++k) {
      totals.of[k] = NumberOfLanes::LoadWide(trees[k].Total().numbers);
    }
    return totals;
  }

  const float* x_;
  const float* dy_;
  float* y_;
  int64_t n_;
  const KernelParams& params_;
  bool& is_left_;
};

template <class Steps>
ACT_FN bool RunLanes(const float* x, const float* dy, float* y, int64_t n, const KernelParams& params) {
  bool is_left = false;
  const Lanes rows(x, dy, y, n, params, is_left);
  const Lanes::M m;
  Steps steps;
  steps.Scan(m, rows);
  steps.Reduce(m, rows);
  steps.Write(m, rows);
  return !is_left;
}
template <class F>
ACT_LOOP bool EvaluateLanes(const float* x, float* y, int64_t n, const KernelParams& params) {
  return RunLanes<typename F::template Evaluation<Lanes::M>>(x, nullptr, y, n, params);
}
template <class F>
ACT_LOOP bool GradientLanes(const float* x, const float* dy, float* dx, int64_t n, const KernelParams& params) {
  return RunLanes<typename F::template Differentiation<Lanes::M>>(x, dy, dx, n, params);
}
#endif
