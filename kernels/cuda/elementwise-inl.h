// Element-wise and per-channel functions. Without an include guard: see family-inl.h.

// What formulas read parameters through.
template <class T>
struct ScalarParams {  // of element-wise functions: numbers
  T values[kMaxParams];

  ACT_FN explicit ScalarParams(const double (&all)[kMaxParams]) {
    for (int i = 0; i < kMaxParams; ++i) values[i] = static_cast<T>(all[i]);
  }
  ACT_FN T operator()(int param, int = 0) const { return values[param]; }
  ACT_FN int segments() const { return 1; }
};
template <class T>
struct ChannelParams {  // of one channel of per-channel functions: [slot][channel]
  const T* values;
  int64_t stride;
  int count;

  ACT_FN T operator()(int param, int segment = 0) const { return values[(param * count + segment) * stride]; }
  ACT_FN int segments() const { return count; }
};

// Any of them, for arithmetic in f64.
template <class P>
struct WidenedParams {
  const P& narrow;

  ACT_FN double operator()(int param, int segment = 0) const { return static_cast<double>(narrow(param, segment)); }
  ACT_FN int segments() const { return narrow.segments(); }
};

// f(x), or f'(x); NaN of NaN.
template <class F, Direction kDirection, class M, class P>
ACT_FN typename M::V Applied(M m, typename M::V x, const P& p) {
  if constexpr (kDirection == Direction::kEvaluate) {
    return m.Select(x == x, F::Evaluate(m, x, p), x);
  } else {
    return m.Select(x == x, F::Derivative(m, x, p), x);
  }
}
// That, or times the upstream, in the policy's arithmetic; NaN canonical.
template <class F, Direction kDirection, class M, class P>
ACT_FN typename M::V Chained(M m, typename M::V x, typename M::V upstream, const P& p) {
  const typename M::V y = Applied<F, kDirection>(m, x, p);
  return CanonicalNan(m, kDirection == Direction::kEvaluate ? y : y * upstream);
}

template <class F>
constexpr Rounding RoundingOf() {
  if constexpr (requires { F::kRounding; }) {
    return F::kRounding;
  } else {
    return Rounding::kMany;
  }
}
template <class F>
constexpr bool HasTables() {
  return requires { typename F::ValueTable; };
}
template <class F, Direction kDirection>
struct TablesOf {
  using Fine = typename F::ValueTable;
};
template <class F>
struct TablesOf<F, Direction::kGradient> {
  using Fine = typename F::SlopeTable;
};

// The ways of an element: see ../README.md. Each has
//   T, In, Out    the number that arithmetic is in; the element types, or AnyElement: what the call says
//   Quick         what is tried first; sets `aside` where that is not good enough, and any number will do
//   Late          then takes those elements that were set aside; a way that never sets any aside needs none
struct AnyElement {};

// In f64, or f32 of per-channel functions: the formula.
template <class F, Direction kDirection, class Number>
struct ByFormula {
  using T = Number;
  using In = AnyElement;
  using Out = AnyElement;
  static constexpr bool kSetsAside = false;
  template <class P>
  ACT_FN static T Quick(T x, T upstream, const P& p, bool&) {
    return Chained<F, kDirection>(ThreadMath<T>(), x, upstream, p);
  }
};
// Narrow results of a function of many roundings at any parameters: in f64, rounded once to f32, or on their way to 16
// bits to an odd number.
template <class F, Direction kDirection, bool kToOdd>
struct InF64 {
  using T = float;
  using In = AnyElement;
  using Out = AnyElement;
  static constexpr bool kSetsAside = false;
  template <class P>
  ACT_FN static float Quick(float x, float upstream, const P& p, bool&) {
    const double y = Chained<F, kDirection>(ThreadMath<double, float>(), x, upstream, WidenedParams<P>{p});
    return kToOdd ? RoundedToOdd(y) : RoundedToFloat(y);
  }
};
// f32 by a formula that rounds few times.
template <class F, Direction kDirection, class Element>
struct Directly {
  using T = float;
  using In = Element;
  using Out = Element;
  static constexpr bool kSetsAside = false;
  template <class P>
  ACT_FN static float Quick(float x, float upstream, const P& p, bool&) {
    return Chained<F, kDirection>(ThreadMath<float>(), x, upstream, p);
  }
};
// f32 by the table, and beyond it by the formula for there.
template <class F, Direction kDirection, class Element>
struct ByTable {
  using T = float;
  using In = Element;
  using Out = Element;
  using M = ThreadMath<float>;
  using Cells = Piecewise<M, typename TablesOf<F, kDirection>::Fine>;
  static constexpr bool kSetsAside = true;
  template <class P>
  ACT_FN static float Quick(float x, float upstream, const P&, bool& aside) {
    const M m;
    aside = !Cells::IsInside(m, x);
    if constexpr (IsFactor<F>()) {
      const Twofold<float> fine = Cells::template EvaluateFinely<32>(m, x);
      const Twofold<float> factor =
          Choose(m, fine.high == 0, Exactly(m, fine.low), fine);  // as it may be next to a root
      const float product = Finished(m, upstream, Unscaled<float>{factor, 0});
      return CanonicalNan(m, NearZeroOr<typename F::AtZero>(m, upstream, x, product));
    } else {
      const float y = Cells::template Evaluate<32>(m, x);
      return kDirection == Direction::kEvaluate ? y : CanonicalNan(m, y * upstream);
    }
  }
  template <class P>
  ACT_FN static float Late(float x, float upstream, const P&) {
    const M m;
    Far<float> far;
    if constexpr (kDirection == Direction::kEvaluate) {
      far = F::FarValue(m, x);
    } else {
      far = F::FarSlope(m, x);
    }
    float y = far.y.high;
    if constexpr (IsFactor<F>()) {
      y = Finished(m, upstream, Unscaled<float>{far.y, 0});
    } else if constexpr (kDirection == Direction::kGradient) {
      y = y * upstream;
    }
    if (kDirection == Direction::kEvaluate) {  // the power of 2 last, since upstream may have made up for it
      y = y * PowerOfTwo(m, far.k < -100 ? -127.0f : far.k);
    } else {
      const float half = RoundToInteger(m, far.k * 0.5f);
      y = y * PowerOfTwo(m, half) * PowerOfTwo(m, far.k - half);
    }
    return CanonicalNan(m, y);
  }
};
// 16-bit elements in f32, and where rounding that is in doubt, in f64. Coarse(x) is f or f' in f32.
template <class F, Direction kDirection, class Element, class Coarse>
struct Halves {
  using T = float;
  using In = Element;
  using Out = Element;
  static constexpr bool kSetsAside = Coarse::kRounds;
  template <class P>
  ACT_FN static float Quick(float x, float upstream, const P& p, bool& aside) {
    const ThreadMath<float> m;
    float y = Coarse::Apply(x, p);
    if constexpr (kDirection == Direction::kGradient) y = y * upstream;
    if constexpr (!Coarse::kRounds) return CanonicalNan(m, y);
    aside = !(Coarse::IsInside(x) && y == y) || Rounding16<Element>::template IsInDoubt<Coarse::kSlack>(y);
    return y;
  }
  template <class P>
  ACT_FN static float Late(float x, float upstream, const P& p) {
    bool is_aside;
    return InF64<F, kDirection, true>::Quick(x, upstream, p, is_aside);
  }
};
template <class F, Direction kDirection, class Element>
struct CoarseFormula {
  static constexpr bool kRounds = RoundingOf<F>() != Rounding::kNone;
  static constexpr uint32_t kSlack = [] {
    if constexpr (requires { F::kSlack; }) {
      return F::kSlack;
    } else {
      return uint32_t{1};
    }
  }();
  ACT_FN static bool IsInside(float x) { return std::fabs(x) <= Range<float>::kMax; }
  template <class P>
  ACT_FN static float Apply(float x, const P& p) {
    return Applied<F, kDirection>(ThreadMath<float, BF16>(), x, p);  // without low parts
  }
};
template <class Table>
struct CoarseTable {
  using Cells = CoarsePiecewise<ThreadMath<float>, Table>;
  static constexpr bool kRounds = true;
  static constexpr uint32_t kSlack = Table::kSlack;
  ACT_FN static bool IsInside(float x) { return Cells::IsInside(ThreadMath<float>(), x); }
  template <class P>
  ACT_FN static float Apply(float x, const P&) {
    return Cells::template Evaluate<32>(ThreadMath<float>(), x);
  }
};

// What a way sets aside of a tile, in memory that the block's threads share: noted one by one, as numbers below kMost
// that say which, and taken by all threads together when the tile is done. Costs nothing where a way sets none aside.
template <class Way, int kMost>
class Aside {
  struct Notes {
    int count;
    uint16_t of[kMost];
  };
  static_assert(kMost <= 1 << 16);

 public:
  static constexpr int kSharedBytes = Way::kSetsAside ? sizeof(Notes) : 0;

  ACT_FN explicit Aside(const Block& block) : notes_(reinterpret_cast<Notes*>(block.shared())) {
    if constexpr (Way::kSetsAside) {
      block.ForEach([&](int thread) {
        if (thread == 0) notes_->count = 0;
      });
      block.Sync();
    }
  }
  ACT_FN void Note(bool is_aside, int which) const {
    if constexpr (Way::kSetsAside) {
      if (is_aside) notes_->of[Block::Increment(&notes_->count)] = static_cast<uint16_t>(which);
    }
  }
  // take(which) for all that were noted.
  template <class Take>
  ACT_FN void TakeAll(const Block& block, Take take) const {
    block.Sync();
    block.ForEach([&](int thread) {
      for (int i = thread; i < notes_->count; i += block.threads()) take(int{notes_->of[i]});
    });
  }

 private:
  Notes* notes_;
};

// One tile of a tensor: every thread takes kVectors vectors of elements, 16 bytes each where the type is known, a
// block's width apart.
template <class F, class Way>
struct Elementwise {
  using Args = ElementwiseArgs;
  using T = typename Way::T;
  static constexpr bool kAny = std::is_same_v<typename Way::In, AnyElement>;
  static constexpr int kThreads = ElementwiseShape::kThreads;
  static constexpr int kBlocksAtLeast = ElementwiseShape::BlocksAtLeast(F::kInfo.params.size());
  static constexpr int kVector = ElementwiseShape::VectorOf(sizeof(T), kAny ? 0 : sizeof(typename Way::In));
  static constexpr int kVectors = ElementwiseShape::kVectors;
  static constexpr int kTile = kThreads * kVector * kVectors;
  static constexpr bool kByChannel = F::kInfo.kind == FunctionKind::kPerChannel;

  using SetAside = Aside<Way, kTile>;
  static constexpr int kSharedBytes = SetAside::kSharedBytes;

  ACT_FN static void Run(const Block& block, const Args& args) {
    const int64_t base = block.index() * kTile;
    const SetAside aside(block);
    block.ForEach([&](int thread) {
      const Tile tile(args, base);
      for (int v = 0; v < kVectors; ++v) {
        const int within = (v * kThreads + thread) * kVector;
        const int64_t first = base + within;
        if (first + kVector <= args.n) {
          Vector(args, tile, base, within, aside);
        } else {
          for (int i = 0; i < kVector && first + i < args.n; ++i) One(args, tile, base, within + i, aside);
        }
      }
    });
    if constexpr (Way::kSetsAside) {
      aside.TakeAll(block, [&](int within) ACT_LAMBDA {
        const int64_t at = base + within;
        const T x = Load(args.x_format, args.x, at);
        Store(args, Way::Late(x, UpstreamAt(args, at), ScalarParams<T>(args.values)), at);
      });
    }
  }

 private:
  // The channels of a tile's elements: which has the first, and how far in it lies.
  struct Tile {
    int64_t channel = 0, within = 0;
    ACT_FN Tile(const Args& args, int64_t base) {
      if constexpr (kByChannel) {
        within = base % args.inner;
        channel = base / args.inner % args.channels;
      }
    }
    ACT_FN auto ParamsAt(const Args& args, int i) const {
      if constexpr (kByChannel) {
        const int64_t at = within + i;
        const int64_t c = channel + Quotient(at, args.inner);
        return ChannelParams<T>{
            static_cast<const T*>(args.channel_values) + (c < args.channels ? c : c % args.channels), args.channels,
            args.segments};
      } else {
        return ScalarParams<T>(args.values);
      }
    }
  };

  ACT_FN static void Vector(const Args& args, const Tile& tile, int64_t base, int within, const SetAside& aside) {
    const int64_t first = base + within;
    T x[kVector], upstream[kVector], y[kVector];
    LoadAll(args.x_format, args.x, first, x);
    if (args.upstream != nullptr) {
      LoadAll(args.upstream_format, args.upstream, first, upstream);
    } else {
      for (T& u : upstream) u = 1;
    }
#pragma unroll
    for (int i = 0; i < kVector; ++i) {
      bool is_aside = false;
      y[i] = Way::Quick(x[i], upstream[i], tile.ParamsAt(args, within + i), is_aside);
      aside.Note(is_aside, within + i);
    }
    StoreAll(args, y, first);
  }
  ACT_FN static void One(const Args& args, const Tile& tile, int64_t base, int within, const SetAside& aside) {
    const int64_t at = base + within;
    bool is_aside = false;
    const T x = Load(args.x_format, args.x, at);
    Store(args, Way::Quick(x, UpstreamAt(args, at), tile.ParamsAt(args, within), is_aside), at);
    aside.Note(is_aside, within);
  }

  ACT_FN static T Load(const Format& format, const void* from, int64_t i) {
    if constexpr (kAny) {
      return LoadNumber<T>(format, from, i);
    } else {
      return ToNumber<T>(static_cast<const typename Way::In*>(from)[i]);
    }
  }
  ACT_FN static T UpstreamAt(const Args& args, int64_t i) {
    return args.upstream == nullptr ? T{1} : Load(args.upstream_format, args.upstream, i);
  }
  ACT_FN static void Store(const Args& args, T y, int64_t i) {
    if constexpr (kAny) {
      StoreNumber(args.y_format, y, args.y, i);
    } else {
      static_cast<typename Way::Out*>(args.y)[i] = ToElement<typename Way::Out>(y);
    }
  }
  ACT_FN static void LoadAll(const Format& format, const void* from, int64_t first, T (&numbers)[kVector]) {
    if constexpr (kAny) {
      LoadNumbers(format, from, first, numbers);
    } else {
      const auto elements = Elements<typename Way::In, kVector>::Load(from, first);
      for (int i = 0; i < kVector; ++i) numbers[i] = ToNumber<T>(elements.of[i]);
    }
  }
  ACT_FN static void StoreAll(const Args& args, const T (&numbers)[kVector], int64_t first) {
    if constexpr (kAny) {
      StoreNumbers(args.y_format, numbers, args.y, first);
    } else {
      Elements<typename Way::Out, kVector> elements;
      for (int i = 0; i < kVector; ++i) elements.of[i] = ToElement<typename Way::Out>(numbers[i]);
      elements.Store(args.y, first);
    }
  }
};
