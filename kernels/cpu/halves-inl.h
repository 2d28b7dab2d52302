// Element-wise functions of f16 and bf16 elements: in f32 wherever rounding its result is sure to go right, elsewhere
// in f64. Without an include guard: see family.cc.

using Floats = hn::Vec<hn::ScalableTag<float>>;
using Words = hn::Vec<hn::ScalableTag<uint32_t>>;
#define ACT_HAS_CODES (HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128)

// A number in all lanes, from memory that might be written to: where registers are scarce, compilers would rather make
// a constant anew each time, which takes longer.
template <auto kNumber>
ACT_FN hn::Vec<hn::ScalableTag<decltype(kNumber)>> Everywhere() {
  using T = decltype(kNumber);
  const hn::ScalableTag<T> d;
  [[gnu::used]] alignas(64) static constinit auto numbers = [] {
    std::array<T, 64 / sizeof(T)> filled{};
    filled.fill(kNumber);
    return filled;
  }();
  return hn::Load(d, numbers.data());
}

// Two vectors of numbers, from as many elements in a row as both have.
struct Two {
  Floats first, second;
};

#if ACT_HAS_CODES
// The largest code not above a normal number, or the largest of all.
constexpr int16_t Truncated(hwy::bfloat16_t, float x) { return static_cast<int16_t>(std::bit_cast<uint32_t>(x) >> 16); }
constexpr int16_t Truncated(hwy::float16_t, float x) {
  return static_cast<int16_t>(std::min<uint32_t>(0x7bff, (std::bit_cast<uint32_t>(x) >> 13) - (112 << 10)));
}
using Codes = hn::Vec<hn::ScalableTag<int16_t>>;
template <class E>
ACT_FN Codes LoadCodes(const E* from) {
  return hn::LoadU(hn::ScalableTag<int16_t>(), reinterpret_cast<const int16_t*>(from));
}
#endif

ACT_FN Two LoadTwo(const hwy::float16_t* from) {
  return {LoadNumbers(from), LoadNumbers(from + hn::Lanes(hn::ScalableTag<float>()))};
}
ACT_FN Words FirstPlaces(hwy::float16_t) { return hn::Iota(hn::ScalableTag<uint32_t>(), 0); }
ACT_FN uint32_t SecondPlace(hwy::float16_t) { return static_cast<uint32_t>(hn::Lanes(hn::ScalableTag<uint32_t>())); }
// Of bf16 elements the first vector has those at even places, the second the others: quicker than to spread them in
// order.
ACT_FN Two LoadTwo(const hwy::bfloat16_t* from) {
  const hn::ScalableTag<float> d;
  const hn::ScalableTag<uint32_t> du;
#if ACT_HAS_CODES
  const Words words = hn::BitCast(du, LoadCodes(from));
#else
  alignas(16) uint32_t pairs[hn::MaxLanes(du)];
  std::memcpy(pairs, from, sizeof pairs);
  const Words words = hn::Load(du, pairs);
#endif
  return {hn::BitCast(d, hn::ShiftLeft<16>(words)), hn::BitCast(d, hn::And(words, Everywhere<0xffff0000u>()))};
}
ACT_FN Words FirstPlaces(hwy::bfloat16_t) {
  const Words places = hn::Iota(hn::ScalableTag<uint32_t>(), 0);
  return places + places;
}
ACT_FN uint32_t SecondPlace(hwy::bfloat16_t) { return 1; }

// A result on its way to E. `doubt` becomes 0 where rounding it might go the wrong way: where it is within kSlack (a
// power of two) units in its last place of the middle between two neighbours in E, both normal.
template <uint32_t kSlack>
ACT_FN Floats ReadyToRound(hwy::bfloat16_t, Floats result, Words& doubt) {
  const hn::ScalableTag<uint32_t> du;
  // Elsewhere this is no tie, and kSlack does not change where it goes.
  const Words sum = hn::BitCast(du, result) + Everywhere<0x8000 + kSlack>();
  doubt = hn::And(sum, Everywhere<0x10000 - 2 * kSlack>());
  return hn::BitCast(hn::ScalableTag<float>(), sum);
}
template <uint32_t kSlack>
ACT_FN Floats ReadyToRound(hwy::float16_t, Floats result, Words& doubt) {
  const hn::ScalableTag<uint32_t> du;
  doubt = hn::And(hn::BitCast(du, result) + Everywhere<0x1000 + kSlack>(), Everywhere<0x2000 - 2 * kSlack>());
  return result;
}
// A result whose doubt is that among E's subnormal numbers too: bf16's are those of f32.
ACT_FN Floats WithDoubtOfAll(hwy::bfloat16_t, Floats result) { return result; }
ACT_FN Floats WithDoubtOfAll(hwy::float16_t, Floats result) {
  // Next to 2^-14, the last place is what it is below.
  const Floats least = hn::Set(hn::ScalableTag<float>(), 0x1p-14f), size = hn::Abs(result);
  return hn::IfThenElse(size < least, size + least, size);
}

// The upper halves of what is rounded.
#if ACT_HAS_CODES
ACT_FN Codes ToCodes(hwy::bfloat16_t, Two rounded) {
  const hn::ScalableTag<uint32_t> du;
  return hn::BitCast(hn::ScalableTag<int16_t>(),
                     hn::Or(hn::ShiftRight<16>(hn::BitCast(du, rounded.first)),
                            hn::And(hn::BitCast(du, rounded.second), Everywhere<0xffff0000u>())));
}
ACT_FN Codes ToCodes(hwy::float16_t, Two rounded) {
  const hn::ScalableTag<int16_t> d;
  const hn::Half<decltype(d)> half;
  const hn::Rebind<hwy::float16_t, hn::ScalableTag<float>> dh;
  return hn::Combine(d, hn::BitCast(half, hn::DemoteTo(dh, rounded.second)),
                     hn::BitCast(half, hn::DemoteTo(dh, rounded.first)));
}
template <class E>
ACT_FN void StoreTwo(Two rounded, E* to) {
  hn::StoreU(ToCodes(E(), rounded), hn::ScalableTag<int16_t>(), reinterpret_cast<int16_t*>(to));
}
#else
ACT_FN void StoreTwo(Two rounded, hwy::bfloat16_t* to) {
  const hn::ScalableTag<uint32_t> du;
  alignas(16) uint32_t pairs[hn::MaxLanes(du)];
  hn::Store(hn::Or(hn::ShiftRight<16>(hn::BitCast(du, rounded.first)),
                   hn::And(hn::BitCast(du, rounded.second), hn::Set(du, 0xffff0000))),
            du, pairs);
  std::memcpy(static_cast<void*>(to), pairs, sizeof pairs);
}
ACT_FN void StoreTwo(Two rounded, hwy::float16_t* to) {
  StoreNumbers(rounded.first, to);
  StoreNumbers(rounded.second, to + hn::Lanes(hn::ScalableTag<float>()));
}
#endif

// The units in the last place that a formula's result in f32 may be off by, and more.
template <class F>
constexpr uint32_t SlackOf() {
  if constexpr (requires { F::kSlack; }) {
    return F::kSlack;
  } else {
    return 1;
  }
}

// The formula in f32, without low parts; where it rounds, of finite numbers.
template <class F, Direction kDirection>
class HalvesDirectly {
 public:
  using M = Simd<float>;
  static constexpr bool kRounds = RoundingOf<F>() != Rounding::kNone;
  static constexpr uint32_t kSlack = SlackOf<F>();
  static constexpr float kTop = Range<float>::kMax, kBottom = kTop;

  ACT_FN explicit HalvesDirectly(const KernelParams& params) : directly_(params) {}
  ACT_FN Two operator()(M, Two x) const { return {Apply(x.first), Apply(x.second)}; }
  ACT_FN static M::Mask IsInside(M m, Floats x) { return m.Abs(x) <= m.Set(kTop); }

 private:
  using Coarse = Simd<float, hwy::bfloat16_t>;
  ACT_FN Floats Apply(Floats x) const {
    return kRounds ? directly_.ApplyToNumbers(Coarse(), x) : directly_.Apply(Coarse(), x);
  }
  Directly<F, kDirection, Coarse> directly_;
};

#if ACT_HAS_CODES
// Formulas that round nothing, on codes: they choose by the sign of x between x, 0 and 1.
template <class E>
struct CodeMath {
  ACT_FN static Codes Set(float x) { return hn::Set(hn::ScalableTag<int16_t>(), x == 0 ? 0 : Truncated(E(), x)); }
  template <class Mask>
  ACT_FN static Codes Select(Mask mask, Codes yes, Codes no) {
    return hn::IfThenElse(mask, yes, no);
  }
};
template <class F, Direction kDirection, class E>
ACT_FN Codes Chosen(Codes x, Codes upstream) {
  using M = CodeMath<E>;
  constexpr int16_t kInfinite = Truncated(E(), Range<float>::kMax) + 1, kSign = -0x8000;
  constexpr int16_t kQuietNan = kInfinite | (std::is_same_v<E, hwy::bfloat16_t> ? 0x40 : 0x200);
  const hn::ScalableTag<int16_t> d;
  const Codes sign = hn::Set(d, kSign), end = hn::Set(d, kInfinite);
  const auto params = [](int) ACT_LAMBDA { return 0; };
  auto is_nan = hn::AndNot(sign, x) > end;
  Codes y;
  if constexpr (kDirection == Direction::kEvaluate) {
    y = F::Evaluate(M(), x, params);
  } else {  // 0 times infinity is NaN
    const auto is_zero = F::Derivative(M(), x, params) == hn::Zero(d);
    const Codes last = hn::IfThenElse(is_zero, hn::Set(d, kInfinite - 1), end);
    is_nan = hn::Or(is_nan, hn::AndNot(sign, upstream) > last);
    y = hn::IfThenElse(is_zero, hn::And(upstream, sign), upstream);
  }
  return hn::IfThenElse(is_nan, hn::Set(d, kQuietNan), y);
}
#endif

// The table for 16-bit elements.
template <class Table>
class HalvesByTable {
 public:
  using M = Simd<float>;
  static constexpr bool kRounds = true;
  static constexpr uint32_t kSlack = Table::kSlack;
  using Cells = CoarsePiecewise<M, Table>;
  static constexpr float kTop = Cells::kTop, kBottom = Cells::kBottom;

  ACT_FN explicit HalvesByTable(const KernelParams&) {}
  ACT_FN Two operator()(M m, Two x) const {
#if HWY_TARGET == HWY_AVX2  // elsewhere looking up in 32 cells takes no longer than in 16
    if (m.All(m.And(Cells::IsNear(m, x.first), Cells::IsNear(m, x.second)))) return Evaluate<16>(m, x);
#endif
    return Evaluate<32>(m, x);
  }
  ACT_FN static M::Mask IsInside(M m, Floats x) { return Cells::IsInside(m, x); }

 private:
  template <int kCells>
  ACT_FN static Two Evaluate(M m, Two x) {
    return {Cells::template Evaluate<kCells>(m, x.first), Cells::template Evaluate<kCells>(m, x.second)};
  }
};

// The table for f32, whose values may be multiplied.
template <class F, Direction kDirection>
class HalvesFinely {
 public:
  using M = Simd<float>;
  static constexpr bool kRounds = true;
  static constexpr uint32_t kSlack = 4;
  using Cells = Piecewise<M, TableOf<F, kDirection>>;
  static constexpr float kTop = Cells::kTop, kBottom = kTop;

  ACT_FN explicit HalvesFinely(const KernelParams&) {}
  ACT_FN Two operator()(M m, Two x) const {
    if (m.All(m.And(Cells::IsNear(m, x.first), Cells::IsNear(m, x.second)))) return Evaluate<16>(m, x);
    return Evaluate<32>(m, x);
  }
  ACT_FN static M::Mask IsInside(M m, Floats x) { return Cells::IsInside(m, x); }

 private:
  template <int kCells>
  ACT_FN static Two Evaluate(M m, Two x) {
    return {Cells::template Evaluate<kCells>(m, x.first), Cells::template Evaluate<kCells>(m, x.second)};
  }
};

template <class F, Direction kDirection, class E, class Quick>
class HalvesLoop {
 public:
  // Streams results where they need no mending, and `y` is aligned to a cache line.
  template <bool kStream = false>
  ACT_LOOP static void Run(const E* x, const E* dy, E* y, int64_t n, const KernelParams& params) {
    const Precisely<F, kDirection, E> precisely(x, dy, y, params);
    const Quick quick(params);
    constexpr int64_t kMost = Precisely<F, kDirection, E>::kBlock;
    uint32_t indices[kMost + kStep];
    size_t count = 0;
    const auto note = [&](const Unsure& unsure, int64_t i) ACT_LAMBDA {
      if (!Quick::kRounds || HWY_LIKELY(!unsure.any)) return;
      const hn::ScalableTag<uint32_t> du;
      Words place = FirstPlaces(E()) + hn::Set(du, static_cast<uint32_t>(i));
      for (const Mask mask : {unsure.first, unsure.second}) {
        // Not CompressStore, which is slow on some machines that are quick at this.
        const auto which = hn::And(hn::RebindMask(du, mask), place < hn::Set(du, static_cast<uint32_t>(n)));
        hn::StoreU(Pack(du, place, which), du, indices + count);
        count += hn::CountTrue(du, which);
        place = place + hn::Set(du, SecondPlace(E()));
      }
      if (HWY_LIKELY(count + kStep <= kMost)) return;
      precisely.RunAt(0, indices, count);
      count = 0;
    };
    int64_t i = 0;
    for (; i + kStep <= n; i += kStep) note(Step<kStream>(quick, x + i, dy == nullptr ? nullptr : dy + i, y + i), i);
    if (i < n) {
      E last[kStep] = {}, last_upstream[kStep] = {}, result[kStep];
      const size_t bytes = (n - i) * sizeof(E);
      std::memcpy(static_cast<void*>(last), x + i, bytes);
      if (dy != nullptr) std::memcpy(static_cast<void*>(last_upstream), dy + i, bytes);
      const Unsure unsure = Step<false>(quick, last, dy == nullptr ? nullptr : last_upstream, result);
      std::memcpy(static_cast<void*>(y + i), result, bytes);
      note(unsure, i);
    }
    if (Quick::kRounds && count > 0) precisely.RunAt(0, indices, count);
  }

  // By way of a buffer, where results are mended before they leave the caches.
  ACT_LOOP static void Stream(const E* x, const E* dy, E* y, int64_t n, const KernelParams& params) {
    constexpr int64_t kBlock = 4096, kLine = 64;
    alignas(kLine) E buffer[kBlock];
    // Up to a cache line's beginning, where blocks begin from then on.
    const int64_t head = (~reinterpret_cast<uintptr_t>(y) + 1) % kLine / sizeof(E);
    for (int64_t i = 0, count; i < n; i += count) {
      count = std::min(i == 0 && head > 0 ? head : kBlock, n - i);
      if (!Quick::kRounds && count == kBlock) {
        Run<true>(x + i, dy == nullptr ? nullptr : dy + i, y + i, count, params);
        continue;
      }
      Run(x + i, dy == nullptr ? nullptr : dy + i, buffer, count, params);
      if (count < kBlock) {
        std::memcpy(static_cast<void*>(y + i), buffer, count * sizeof(E));
      } else {
        const hn::ScalableTag<uint16_t> d;
        const auto* from = reinterpret_cast<const uint16_t*>(buffer);
        auto* to = reinterpret_cast<uint16_t*>(y + i);
        for (size_t j = 0; j < kBlock; j += hn::Lanes(d)) hn::Stream(hn::Load(d, from + j), d, to + j);
      }
    }
    hwy::FlushStream();
  }

 private:
  using M = Simd<float>;
  using D = typename M::D;
  using Mask = typename M::Mask;
  static constexpr int64_t kStep = 2 * hn::MaxLanes(D());

  // Which results are still to be told.
  struct Unsure {
    bool any = false;
    Mask first{}, second{};  // if any
  };

  template <bool kStream>
  ACT_FN static Unsure Step(const Quick& quick, const E* from, const E* upstream, E* to) {
    const M m;
#if ACT_HAS_CODES
    if constexpr (!Quick::kRounds) {
      const hn::ScalableTag<int16_t> d;
      const Codes u = upstream == nullptr ? CodeMath<E>::Set(1) : LoadCodes(upstream);
      const Codes y = Chosen<F, kDirection, E>(LoadCodes(from), u);
      auto* const codes = reinterpret_cast<int16_t*>(to);
      kStream ? hn::Stream(y, d, codes) : hn::StoreU(y, d, codes);
      return {};
    }
#endif
    const Two x = LoadTwo(from);
    Two y = quick(m, x);
    if constexpr (kDirection == Direction::kGradient) {
      if (upstream != nullptr) {
        const Two u = LoadTwo(upstream);
        y = {y.first * u.first, y.second * u.second};
        if constexpr (!Quick::kRounds) y = {CanonicalNan(m, y.first), CanonicalNan(m, y.second)};
      }
    }
    if constexpr (!Quick::kRounds) {
      StoreTwo(y, to);
      return {};
    } else {
      const hn::ScalableTag<uint32_t> du;
      const auto zero = hn::Zero(du);
      Words first, second;
      const Two rounded{ReadyToRound<Quick::kSlack>(E(), y.first, first),
                        ReadyToRound<Quick::kSlack>(E(), y.second, second)};
#if ACT_HAS_CODES
      // By 16-bit integers, all of them at once.
      const hn::ScalableTag<int16_t> d;
      const Codes codes = ToCodes(E(), rounded);
      const bool is_known = hn::AllFalse(d, IsUnknown(from, upstream, codes));
      hn::StoreU(codes, d, reinterpret_cast<int16_t*>(to));
      if (HWY_LIKELY(is_known && hn::AllFalse(du, hn::Min(first, second) == zero))) return {};
#else
      StoreTwo(rounded, to);
#endif
      const auto is_unsure = [&](Floats x, Floats y) ACT_LAMBDA {
        Words doubt;
        ReadyToRound<Quick::kSlack>(E(), WithDoubtOfAll(E(), y), doubt);
        return hn::Or(m.Not(m.And(Quick::IsInside(m, x), y == y)), hn::RebindMask(D(), doubt == zero));
      };
      return {true, is_unsure(x.first, y.first), is_unsure(x.second, y.second)};
    }
  }

#if ACT_HAS_CODES
  // Whether an x may be outside, an upstream not finite, or an f16 result be rounded from a subnormal number.
  ACT_FN static auto IsUnknown(const E* from, const E* upstream, Codes result) {
    const hn::ScalableTag<int16_t> d;
    constexpr int16_t kTop = Truncated(E(), Quick::kTop), kBottom = Truncated(E(), Quick::kBottom);
    constexpr int16_t kFinite = Truncated(E(), Range<float>::kMax), kMagnitude = 0x7fff, kNormal = 0x401;
    const Codes codes = LoadCodes(from);
    Codes end = Everywhere<kTop>();
    if constexpr (kTop != kBottom) {
      end = hn::Xor(end, hn::And(hn::BroadcastSignBit(codes), Everywhere<static_cast<int16_t>(kTop ^ kBottom)>()));
    }
    Codes left = end - hn::And(codes, Everywhere<kMagnitude>());
    if (kDirection == Direction::kGradient && upstream != nullptr) {
      left = hn::Or(left, Everywhere<kFinite>() - hn::And(LoadCodes(upstream), Everywhere<kMagnitude>()));
    }
    if constexpr (std::is_same_v<E, hwy::float16_t>) {
      left = hn::Or(left, hn::And(result, Everywhere<kMagnitude>()) - Everywhere<kNormal>());
    }
    return left < hn::Zero(d);
  }
#endif
};

template <class F, Direction kDirection, class E, class Quick>
ACT_FN void RunHalves(const E* x, const E* dy, E* y, int64_t n, const KernelParams& params) {
  const bool is_aligned = reinterpret_cast<uintptr_t>(y) % sizeof(E) == 0;
  const auto run = params.stream && is_aligned ? HalvesLoop<F, kDirection, E, Quick>::Stream
                                               : HalvesLoop<F, kDirection, E, Quick>::template Run<>;
  run(x, dy, y, n, params);
}
