// The policy on Highway's vectors of one instruction set. Without an include guard: see cpu/family.cc.

namespace hn = hwy::HWY_NAMESPACE;

template <class T, class Grade>
struct CoefficientsFor;  // math/coefficients-inl.h
template <class T>
struct SingleNumber;  // math/rows-inl.h

// Arithmetic in Number, for results that are to be good for a Grade, no finer than Number; on whole vectors, or on what
// Tag says.
template <class Number, class Grade = Number, class Tag = hn::ScalableTag<Number>>
struct Simd {
  using T = Number;
  using Coefficients = CoefficientsFor<Number, Grade>;
  static constexpr bool kFine = std::is_same_v<Number, Grade>;
  using D = Tag;
  using V = hn::Vec<D>;
  using Mask = hn::Mask<D>;
  using Wide = Simd<double, Grade, hn::CappedTag<double, 1>>;
  using OfRow = SingleNumber<Number>;
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
  ACT_FN static V NegFma(V a, V b, V c) {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
    return Fma(hn::Neg(a), b, c);
#else
    return hn::NegMulAdd(a, b, c);
#endif
  }
  ACT_FN static V Sqrt(V a) { return hn::Sqrt(a); }
  ACT_FN static V Neg(V a) { return hn::Neg(a); }
  ACT_FN static V Abs(V a) { return hn::Abs(a); }
  ACT_FN static V WithSignOf(V a, V b) { return hn::CopySign(a, b); }
  ACT_FN static V Select(Mask mask, V yes, V no) { return hn::IfThenElse(mask, yes, no); }
  ACT_FN static V Max(V a, V b) {
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
    return hn::Max(a, b);  // the instruction is defined as the line below
#else
    return Select(a > b, a, b);
#endif
  }
  // The less of two numbers, one of them positive; by integers, which is quicker.
  ACT_FN static V LeastPositive(V a, V b) {
    const hn::RebindToSigned<D> di;
    return hn::BitCast(D(), hn::Min(hn::BitCast(di, a), hn::BitCast(di, b)));
  }
  ACT_FN static Mask And(Mask a, Mask b) { return hn::And(a, b); }
  ACT_FN static Mask Not(Mask a) { return hn::Not(a); }
  ACT_FN static bool All(Mask mask) { return hn::AllTrue(D(), mask); }
  ACT_FN static bool Any(Mask mask) { return !hn::AllFalse(D(), mask); }
  ACT_FN static T First(V a) { return hn::GetLane(a); }
  // From double, to nearest even, infinity where the number is too large. To any address.
  ACT_FN static void StoreAsFloat(V a, float* to) {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
    const D d;
    T numbers[hn::MaxLanes(d)];  // Highway's own saturates here
    float rounded[hn::MaxLanes(d)];
    hn::StoreU(a, d, numbers);
    for (size_t i = 0; i < hn::MaxLanes(d); ++i) rounded[i] = static_cast<float>(numbers[i]);
    std::memcpy(to, rounded, sizeof rounded);
#else
    const hn::Rebind<float, D> half;
    hn::StoreU(hn::DemoteTo(half, a), half, to);
#endif
  }
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

  template <int kNumbers, int kOthers>
  ACT_FN static V Lookup(const T (&numbers)[32], V position) {
#if HWY_TARGET == HWY_AVX3
    const __m512i index = _mm512_castps_si512(position.raw);
    if constexpr (kNumbers == 16) {
      const __m512 first = _mm512_castps256_ps512(_mm256_load_ps(numbers));
      return V{_mm512_permutexvar_ps(index, _mm512_insertf32x8(first, _mm256_load_ps(numbers + kOthers), 1))};
    } else {
      return V{_mm512_permutex2var_ps(_mm512_load_ps(numbers), index, _mm512_load_ps(numbers + 16))};
    }
#elif HWY_TARGET == HWY_AVX2
    const __m256i index = _mm256_castps_si256(position.raw);
    const __m256 bit3 = _mm256_castsi256_ps(_mm256_slli_epi32(index, 28));
    if constexpr (kNumbers == 16) {
      return V{_mm256_blendv_ps(OfEight(numbers, index), OfEight(numbers + kOthers, index), bit3)};
    } else {
      const __m256 bit4 = _mm256_castsi256_ps(_mm256_slli_epi32(index, 27));
      const __m256 low = _mm256_blendv_ps(OfEight(numbers, index), OfEight(numbers + 8, index), bit3);
      const __m256 high = _mm256_blendv_ps(OfEight(numbers + 16, index), OfEight(numbers + 24, index), bit3);
      return V{_mm256_blendv_ps(low, high, bit4)};
    }
#else
    return OneOf(numbers, position);
#endif
  }
  ACT_FN static V OneOf(const T (&numbers)[32], V position) {
    constexpr size_t kLanes = hn::MaxLanes(D());
    alignas(64) hn::TFromD<Bits> bits[kLanes];
    alignas(64) T found[kLanes];
    hn::Store(hn::BitCast(Bits(), position), Bits(), bits);
    for (size_t i = 0; i < kLanes; ++i) found[i] = numbers[bits[i] & 31];
    return hn::Load(D(), found);
  }

 private:
#if HWY_TARGET == HWY_AVX2
  ACT_FN static __m256 OfEight(const float* numbers, __m256i index) {
    return _mm256_permutevar8x32_ps(_mm256_load_ps(numbers), index);
  }
#endif
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
