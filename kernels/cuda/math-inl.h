// The policy with one number to a thread. Without an include guard: see family-inl.h.
//
// Products and sums are plain operators: the compiler must not contract them (nvcc --fmad=false, gcc -ffp-contract=off)
// and must round divisions as IEEE-754 says and keep subnormal numbers, as it does unless told otherwise.

template <class T, class Grade>
struct CoefficientsFor;  // math/coefficients-inl.h
template <class T>
struct SingleNumber;  // math/rows-inl.h

// Arithmetic in Number, for results that are to be good for a Grade, no finer than Number.
template <class Number, class Grade = Number>
struct ThreadMath {
  using T = Number;
  using V = Number;
  using Mask = bool;
  using Coefficients = CoefficientsFor<Number, Grade>;
  using Wide = ThreadMath<double, Grade>;
  using OfRow = SingleNumber<Number>;
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  static constexpr bool kFine = std::is_same_v<Number, Grade>;
  static constexpr int kFractionBits = sizeof(T) == 4 ? 23 : 52;

  ACT_FN static V Set(T x) { return x; }
  ACT_FN static V Fma(V a, V b, V c) { return std::fma(a, b, c); }
  ACT_FN static V NegFma(V a, V b, V c) { return std::fma(-a, b, c); }
  ACT_FN static V Sqrt(V a) { return std::sqrt(a); }
  ACT_FN static V Neg(V a) { return -a; }
  ACT_FN static V Abs(V a) { return std::fabs(a); }
  ACT_FN static V WithSignOf(V a, V b) { return std::copysign(a, b); }
  ACT_FN static V Select(Mask mask, V yes, V no) { return mask ? yes : no; }
  ACT_FN static V Max(V a, V b) { return a > b ? a : b; }
  // The less of two numbers, one of them positive.
  ACT_FN static V LeastPositive(V a, V b) { return a < b ? a : b; }
  ACT_FN static Mask And(Mask a, Mask b) { return a && b; }
  ACT_FN static Mask Not(Mask a) { return !a; }
  ACT_FN static bool All(Mask mask) { return mask; }
  ACT_FN static bool Any(Mask mask) { return mask; }
  ACT_FN static T First(V a) { return a; }
  ACT_FN static V LowBitsToExponent(V a) { return std::bit_cast<V>(std::bit_cast<Bits>(a) << kFractionBits); }
  // x = fraction * 2^exponent, fraction in [sqrt(1/2), sqrt(2)), for positive normal doubles.
  ACT_FN static V SplitExponent(V x, V& exponent) {
    constexpr uint64_t kSqrtHalf = 0x3fe6a09e00000000;
    const uint64_t bits = std::bit_cast<uint64_t>(x);
    const uint64_t biased = (bits - (kSqrtHalf - (uint64_t{1024} << 52))) >> 52;  // exponent + 1024
    exponent = static_cast<double>(static_cast<int>(biased) - 1024);
    return std::bit_cast<double>(bits - ((biased - 1024) << 52));
  }
  // The column of a table is a line of memory, 32 banks wide: whichever cells a warp's threads are in, a line's worth
  // of them is read at once.
  template <int kNumbers, int kOthers>
  ACT_FN static V Lookup(const T (&numbers)[32], V position) {
    return numbers[std::bit_cast<Bits>(position) & 31];
  }
  ACT_FN static V OneOf(const T (&numbers)[32], V position) { return numbers[std::bit_cast<Bits>(position) & 31]; }
};

static_assert(MathPolicy<ThreadMath<float>> && MathPolicy<ThreadMath<double>> && MathPolicy<ThreadMath<double, float>>);

// Every NaN becomes the one quiet NaN, positive and without payload: processors differ in those that they make.
template <class M, class V>
ACT_FN V CanonicalNan(M m, V v) {
  return m.Select(v == v, v, m.Set(std::numeric_limits<typename M::T>::quiet_NaN()));
}
