// Gated functions. Without an include guard: see family-inl.h.

// The operands of a result, and what its gradients are multiplied by.
template <class T>
struct GatedOperands {
  T u, g, dy;
  bool has_upstream;
};

// Where element i of operand k is in its tensor.
ACT_FN int64_t PlaceOf(const Places& places, int64_t i, int k) {
  const int64_t first = k == 0 ? places.linear : places.gate + (k - 1) * places.between;
  return first + i + Quotient(i, places.run) * (places.step - places.run);
}

// The ways of a gated function, as those of an element (elementwise-inl.h): Quick and Late of each of its results.
template <class F>
struct GatedByFormula {
  using T = double;
  static constexpr bool kSetsAside = false;
  template <Gradient kBy, class P>
  ACT_FN static T Quick(const GatedOperands<T>& x, const P& p, bool&) {
    const ThreadMath<T> m;
    return CanonicalNan(m, Gated<F, kBy>(m, x.u, x.g, x.dy, p));
  }
};

// The same of narrower elements.
template <class F, Gradient kBy, class P>
ACT_FN double GatedInF64(const GatedOperands<float>& x, const P& p) {
  const ThreadMath<double, float> m;
  return CanonicalNan(m, Gated<F, kBy>(m, static_cast<double>(x.u), static_cast<double>(x.g), static_cast<double>(x.dy),
                                       WidenedParams<P>{p}));
}

// f32, as the gradient of a function of one operand.
template <class F, bool kAtDefaults>
struct GatedByOne {
  using T = float;
  template <Gradient kBy, class One = Multiplier<F, kBy, true>>
  using WayOfOne = std::conditional_t<
      RoundingOf<One>() != Rounding::kMany, Directly<One, Direction::kGradient, AnyElement>,
      std::conditional_t<HasTables<One>() && kAtDefaults, ByTable<One, Direction::kGradient, AnyElement>,
                         InF64<One, Direction::kGradient, false>>>;
  static constexpr bool kSetsAside = true;

  template <Gradient kBy, class P>
  ACT_FN static T Quick(const GatedOperands<T>& x, const P& p, bool& aside) {
    const ThreadMath<T> m;
    const T w = Weight<F, kBy>(m, x.u, x.g, x.dy, p);
    const T y = WayOfOne<kBy>::Quick(GateOf<F>(m, x.g, p), w, p, aside);
    aside = aside || IsBeyond<kBy>(x, w);
    return y;
  }
  template <Gradient kBy, class P>
  ACT_FN static T Late(const GatedOperands<T>& x, const P& p) {
    const ThreadMath<T> m;
    if constexpr (WayOfOne<kBy>::kSetsAside) {
      const T w = Weight<F, kBy>(m, x.u, x.g, x.dy, p);
      if (!IsBeyond<kBy>(x, w)) return WayOfOne<kBy>::Late(GateOf<F>(m, x.g, p), w, p);
    }
    return RoundedToFloat(GatedInF64<F, kBy>(x, p));
  }

 private:
  // Whether w, a product, is too large; in f64 it is not.
  template <Gradient kBy>
  ACT_FN static bool IsBeyond(const GatedOperands<T>& x, T w) {
    return kBy == Gradient::kByGate && x.has_upstream && !(std::fabs(w) <= Range<T>::kMax);
  }
};

// 16-bit types to themselves, rounded correctly, in f64; where an operand is all the weight, as its gradient.
template <class F>
struct GatedToOdd {
  using T = float;
  static constexpr bool kSetsAside = false;
  static constexpr bool kIsItself = F::kLinearPart == LinearPart::kItself && !F::kCutsGate;

  template <Gradient kBy, class P>
  ACT_FN static T Quick(const GatedOperands<T>& x, const P& p, bool& aside) {
    if (kIsItself && (kBy != Gradient::kByGate || !x.has_upstream)) {
      const T w = kBy == Gradient::kByLinear ? x.dy : x.u;
      return InF64<Multiplier<F, kBy, false>, Direction::kGradient, true>::Quick(x.g, w, p, aside);
    }
    return RoundedToOdd(GatedInF64<F, kBy>(x, p));
  }
};
// The same in f32, where that decides.
template <class F, class Element>
struct GatedHalves {
  using T = float;
  static constexpr bool kSetsAside = true;
  static constexpr uint32_t kSlack = 8;

  template <Gradient kBy, class P>
  ACT_FN static T Quick(const GatedOperands<T>& x, const P& p, bool& aside) {
    const T y = GatedByOne<F, /*kAtDefaults=*/true>::template Quick<kBy>(x, p, aside);
    aside = aside || !(std::fabs(y) <= Range<T>::kMax) || Rounding16<Element>::template IsInDoubt<kSlack>(y);
    return y;
  }
  template <Gradient kBy, class P>
  ACT_FN static T Late(const GatedOperands<T>& x, const P& p) {
    bool is_aside;
    return GatedToOdd<F>::template Quick<kBy>(x, p, is_aside);
  }
};

// A tile of elements, a thread's some a block's width apart: so operands are read along memory wherever they lie.
template <class F, Direction kDirection, class Way>
struct GatedTile {
  using Args = GatedArgs;
  using T = typename Way::T;
  static constexpr int kThreads = ElementwiseShape::kThreads;
  static constexpr int kBlocksAtLeast = ElementwiseShape::BlocksAtLeast(F::kInfo.params.size());
  static constexpr int kEach = ElementwiseShape::VectorOf(sizeof(T), 0);  // elements of a thread
  static constexpr int kTile = kThreads * kEach;
  static constexpr int kResults = kDirection == Direction::kEvaluate ? 1 : 2;  // of an element
  using SetAside = Aside<Way, kTile * kResults>;
  static constexpr int kSharedBytes = SetAside::kSharedBytes;

  ACT_FN static void Run(const Block& block, const Args& args) {
    const int64_t base = block.index() * kTile;
    const SetAside aside(block);
    block.ForEach([&](int thread) {
      GatedOperands<T> x[kEach];
#pragma unroll
      for (int k = 0; k < kEach; ++k) {  // all that is read is under way before any is waited for
        if (base + k * kThreads + thread < args.n) x[k] = Load(args, base + k * kThreads + thread);
      }
#pragma unroll
      for (int k = 0; k < kEach; ++k) {
        const int within = k * kThreads + thread;
        if (base + within < args.n) Compute(args, x[k], base, within, aside);
      }
    });
    if constexpr (Way::kSetsAside) {
      aside.TakeAll(block, [&](int which) ACT_LAMBDA {
        const int64_t at = base + which / kResults;
        Mend(args, Load(args, at), at, which % kResults);
      });
    }
  }

 private:
  ACT_FN static GatedOperands<T> Load(const Args& args, int64_t i) {
    return {LoadNumber<T>(args.x_format, args.x, PlaceOf(args.places, i, 0)),
            LoadNumber<T>(args.gate_format, args.gate, PlaceOf(args.places, i, 1)),
            args.upstream == nullptr ? T{1} : LoadNumber<T>(args.upstream_format, args.upstream, i),
            args.upstream != nullptr};
  }
  template <Gradient kBy>
  ACT_FN static void Store(const Args& args, T y, int64_t i) {
    constexpr int kOperand = kBy == Gradient::kByGate ? 1 : 0;
    const int64_t place = kBy == Gradient::kNone ? i : PlaceOf(args.places, i, kOperand);
    StoreNumber(args.y_format, y, kOperand == 1 ? args.gate_gradient : args.y, place);
  }

  ACT_FN static void Compute(const Args& args, const GatedOperands<T>& x, int64_t base, int within,
                             const SetAside& aside) {
    if constexpr (kDirection == Direction::kEvaluate) {
      ComputeBy<Gradient::kNone>(args, x, base, within, aside);
    } else {
      ComputeBy<Gradient::kByLinear>(args, x, base, within, aside);
      ComputeBy<Gradient::kByGate>(args, x, base, within, aside);
    }
  }
  template <Gradient kBy>
  ACT_FN static void ComputeBy(const Args& args, const GatedOperands<T>& x, int64_t base, int within,
                               const SetAside& aside) {
    bool is_aside = false;
    Store<kBy>(args, Way::template Quick<kBy>(x, ScalarParams<T>(args.values), is_aside), base + within);
    aside.Note(is_aside, within * kResults + (kBy == Gradient::kByGate ? 1 : 0));
  }

  ACT_FN static void Mend(const Args& args, const GatedOperands<T>& x, int64_t i, int result) {
    if constexpr (kDirection == Direction::kEvaluate) {
      MendBy<Gradient::kNone>(args, x, i);
    } else {
      result == 0 ? MendBy<Gradient::kByLinear>(args, x, i) : MendBy<Gradient::kByGate>(args, x, i);
    }
  }
  template <Gradient kBy>
  ACT_FN static void MendBy(const Args& args, const GatedOperands<T>& x, int64_t i) {
    Store<kBy>(args, Way::template Late<kBy>(x, ScalarParams<T>(args.values)), i);
  }
};

// Of a function of any number of operands, a thread's element is computed from one after the other.
template <class F, Direction kDirection, class Number>
struct PiecesTile {
  using Args = GatedArgs;
  using T = Number;
  static constexpr int kThreads = ElementwiseShape::kThreads;
  static constexpr int kBlocksAtLeast = ElementwiseShape::BlocksAtLeast(F::kInfo.params.size());
  static constexpr int kTile = kThreads, kSharedBytes = 0;

  ACT_FN static void Run(const Block& block, const Args& args) {
    block.ForEach([&](int thread) {
      const int64_t i = block.index() * kTile + thread;
      if (i >= args.n) return;
      const ThreadMath<T> m;
      T largest = Load(args, i, 0);
      for (int k = 1; k < args.operands; ++k) largest = F::Larger(m, largest, Load(args, i, k));
      largest = CanonicalNan(m, largest);
      if constexpr (kDirection == Direction::kEvaluate) {
        StoreNumber(args.y_format, largest, args.y, i);
      } else {
        Differentiate(args, i, largest);
      }
    });
  }

 private:
  ACT_FN static T Load(const Args& args, int64_t i, int k) {
    const int64_t place = PlaceOf(args.places, i, k);
    return k == 0 ? LoadNumber<T>(args.x_format, args.x, place) : LoadNumber<T>(args.gate_format, args.gate, place);
  }

  // The upstream to the first that is the largest, 0 to the others; NaN to all where one is NaN.
  ACT_FN static void Differentiate(const Args& args, int64_t i, T largest) {
    T rest = args.upstream == nullptr
                 ? T{1}
                 : CanonicalNan(ThreadMath<T>(), LoadNumber<T>(args.upstream_format, args.upstream, i));
    for (int k = 0; k < args.operands; ++k) {
      const bool is_it = Load(args, i, k) == largest;
      const T part = largest == largest ? (is_it ? rest : T{0}) : largest;
      StoreNumber(args.y_format, part, k == 0 ? args.y : args.gate_gradient, PlaceOf(args.places, i, k));
      if (is_it) rest = 0;
    }
  }
};
