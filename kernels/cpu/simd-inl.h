// The policy on Highway's vectors of one instruction set. Without an include guard: see cpu/family.cc.

namespace hn = hwy::HWY_NAMESPACE;

template <class Number>
struct Simd {
  using T = Number;
  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;
  using Mask = hn::Mask<D>;
  using Wide = Simd<double>;
  using Bits = hn::RebindToUnsigned<D>;
  static constexpr int kFractionBits = sizeof(T) == 4 ? 23 : 52;

  ACT_FN static size_t Lanes() { return hn::Lanes(D()); }
  ACT_FN static V Set(T x) { return hn::Set(D(), x); }
  ACT_FN static V Fma(V a, V b, V c) {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
    return ForEachLane(a, b, c);  // Highway's MulAdd rounds twice on these
#else
    return hn::MulAdd(a, b, c);
#endif
  }
  ACT_FN static V NegFma(V a, V b, V c) { return Fma(hn::Neg(a), b, c); }
  ACT_FN static V Neg(V a) { return hn::Neg(a); }
  ACT_FN static V Abs(V a) { return hn::Abs(a); }
  ACT_FN static V WithSignOf(V a, V b) { return hn::CopySign(a, b); }
  ACT_FN static V Select(Mask mask, V yes, V no) { return hn::IfThenElse(mask, yes, no); }
  ACT_FN static Mask And(Mask a, Mask b) { return hn::And(a, b); }
  ACT_FN static bool Any(Mask mask) { return !hn::AllFalse(D(), mask); }
  ACT_FN static T First(V a) { return hn::GetLane(a); }
  // x = fraction * 2^exponent, fraction in [sqrt(1/2), sqrt(2)), for positive normal doubles.
  ACT_FN static V SplitExponent(V x, V& exponent) {
    constexpr uint64_t kSqrtHalf = 0x3fe6a09e00000000, kMagic = 0x4338000000000000;  // kMagic: the bits of 1.5 * 2^52
    const Bits bits_tag;
    const auto bits = hn::BitCast(bits_tag, x);
    const auto biased =
        hn::ShiftRight<52>(bits - hn::Set(bits_tag, kSqrtHalf - (uint64_t{1024} << 52)));  // exponent + 1024
    exponent = hn::BitCast(D(), biased + hn::Set(bits_tag, kMagic)) - hn::Set(D(), 0x1.8p52 + 1024);
    return hn::BitCast(D(), bits - hn::ShiftLeft<52>(biased - hn::Set(bits_tag, 1024)));
  }
  ACT_FN static V LowBitsToExponent(V a) {
    return hn::BitCast(D(), hn::ShiftLeft<kFractionBits>(hn::BitCast(Bits(), a)));
  }

 private:
  ACT_FN static V ForEachLane(V a, V b, V c) {
    constexpr size_t kLanes = hn::MaxLanes(D());
    alignas(16) T x[kLanes], y[kLanes], z[kLanes];
    hn::StoreU(a, D(), x);
    hn::StoreU(b, D(), y);
    hn::StoreU(c, D(), z);
    for (size_t i = 0; i < kLanes; ++i) x[i] = std::fma(x[i], y[i], z[i]);
    return hn::LoadU(D(), x);
  }
};

static_assert(MathPolicy<Simd<float>> && MathPolicy<Simd<double>>);
