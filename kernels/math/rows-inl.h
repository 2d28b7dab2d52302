// What formulas of rows share. Without an include guard: a backend includes this, after elementary-inl.h, inside its
// own namespace.

// The policy for numbers of which a row has one (math/policy.h), where rows are taken one after another.
template <class T>
struct SingleNumber {
  using Number = T;
  using Wide = double;
  ACT_FN static T Set(T x) { return x; }
  ACT_FN static double SetWide(double x) { return x; }
  ACT_FN static double Widen(T x) { return x; }
  ACT_FN static T Narrow(double x) { return static_cast<T>(x); }
  ACT_FN static double Fma(double a, double b, double c) { return std::fma(a, b, c); }
  ACT_FN static double NegFma(double a, double b, double c) { return std::fma(-a, b, c); }
  template <class V>
  ACT_FN static V Neg(V a) {
    return -a;
  }
  template <class V>
  ACT_FN static V Abs(V a) {
    return std::abs(a);
  }
  template <class V>
  ACT_FN static V Select(bool mask, V yes, V no) {
    return mask ? yes : no;
  }
  ACT_FN static bool Not(bool mask) { return !mask; }
  ACT_FN static bool All(bool mask) { return mask; }
  ACT_FN static bool Any(bool mask) { return mask; }
  static constexpr size_t kCount = 1;
  ACT_FN static void Store(T number, T* to) { *to = number; }
  template <class F>
  ACT_FN static T Joined(F f) {
    return f(0);
  }
  template <class F>
  ACT_FN static double JoinedWide(F f) {
    return f(0);
  }
  // f(policy, v) for a v of double.
  template <class Wide, class F>
  ACT_FN static double InWide(F f, double v) {
    const Wide wide;
    return wide.First(f(wide, wide.Set(v)));
  }
  // Of sums as rows have them.
  template <class Sum>
  ACT_FN static double Rounded(Sum sum) {
    return actserve::Rounded(sum);
  }
  template <class Sum>
  ACT_FN static Sum Plus(Sum a, double b) {
    return actserve::Sum(a, b);
  }
  template <class Sum>
  ACT_FN static Sum Quotient(Sum a, Sum b) {
    return actserve::Quotient(a, b);
  }
};

// A row's number as the sum of two of the type. N is the policy for numbers of which a row has one (math/policy.h).
template <class N>
struct Split {
  using Number = typename N::Number;
  Number high = {}, low = {};
  ACT_FN Split() = default;
  ACT_FN explicit Split(typename N::Wide x) : high(N::Narrow(x)), low(N::Narrow(x - N::Widen(high))) {}
  ACT_FN explicit Split(DoubleDouble x) : high(N::Narrow(x.high)), low(N::Narrow((x.high - high) + x.low)) {}
};

// 1 / x in two parts, so that a product with it is rounded nearly as well as a quotient.
template <class N>
struct Inverse {
  using Number = typename N::Number;
  Number high = {}, low = {};

  ACT_FN Inverse() = default;
  ACT_FN explicit Inverse(typename N::Wide x) {
    const auto inverse = N::SetWide(1) / x;
    high = N::Narrow(inverse);
    low = N::Narrow(N::NegFma(N::Widen(high), x, N::SetWide(1)) * inverse);
  }
  ACT_FN explicit Inverse(DoubleDouble x) {
    const double inverse = 1 / x.high;
    high = N::Narrow(inverse);
    low = N::Narrow((std::fma(-high, x.high, 1.0) - high * x.low) * inverse);
  }
  template <class M, class V>
  ACT_FN V Times(M m, V v) const {
    return m.Fma(v, m.Set(high), v * m.Set(low));
  }
};

// For gradients of rows: factors that keep sums and differences of the upstream from overflowing. 1 for all but huge
// ones.
template <class M>
struct UpstreamScale {
  using N = typename M::OfRow;
  using T = typename M::T;
  typename N::Number down = {}, up = {};

  ACT_FN UpstreamScale() = default;
  ACT_FN explicit UpstreamScale(typename N::Number largest_upstream) {
    const auto small = largest_upstream < N::Set(Range<T>::kMax * T{0x1p-40});
    down = N::Select(small, N::Set(1), N::Set(T{0x1p-32}));
    up = N::Select(small, N::Set(1), N::Set(T{0x1p32}));
  }
};

template <class M, class Row>
ACT_FN typename M::OfRow::Number RowMax(M, const Row& row) {
  return row.Max([](auto at) ACT_LAMBDA { return at.x(); });
}
template <class M, class Row>
ACT_FN typename M::OfRow::Number LargestUpstream(M m, const Row& row) {
  return row.Max([=](auto at) ACT_LAMBDA { return m.Abs(at.upstream()); });
}

// What a row with NaN, +inf or nothing but -inf becomes, for which the mask is true.
template <class M, class Row, class Mask>
ACT_FN bool IsFilledWithNan(M m, const Row& row, Mask mask) {
  return row.Otherwise(mask, [=](const auto& same) ACT_LAMBDA {
    same.Map([=](auto) ACT_LAMBDA { return m.Set(std::numeric_limits<typename M::T>::quiet_NaN()); });
  });
}

// Exponentials of rows are raised by 2^kRowRaise, so that those too small for the type still count when they meet a
// large factor.
inline constexpr float kRowRaise = 64;

// power (1 + expm1), and that rounded.
template <class V>
struct Exponential {
  V value, power, expm1;
};

// exp(x / temperature) for the x of a row, all times the power of two that brings the largest to 2^raise, or to at most
// a factor of 1.5 from there. Whatever would be subnormal then is 0. NaN comes of NaN; an infinite maximum makes the
// largest NaN. kPlain says that the temperature is 1 and the maximum not far from 0.
//
// The maximum is not subtracted, which would need the difference's rounding error; the arguments themselves are reduced
// by multiples of ln 2, and only the exponents are shifted. The error is below 0.8 ULP in f32, and 0.3 ULP without that
// of the last rounding; in f64, where the arithmetic carries low parts, hardly more than that of the last rounding.
template <class M, bool kPlain>
struct RowExp {
  using T = typename M::T;
  using V = typename M::V;
  using R = Range<T>;
  using C = typename M::Coefficients;
  using N = typename M::OfRow;
  using Number = typename N::Number;

  // Maxima from here on are subtracted, lest exponents do not fit; exactly where it matters.
  static constexpr T kFar = 0x1p15f;

  // What is subtracted first.
  Number shift = N::Set(0);
  // Smaller x count as this one, whose exp is 0.
  Number lowest;
  // 1 / temperature, in two parts.
  T inverse = 1, inverse_low = 0;
  // The largest argument's multiple of ln 2, and what is added to others for an exponent's bits to be lowest.
  Number top_power, magic;

  ACT_FN RowExp(M m, Number max, T temperature, T raise) {
    if constexpr (!kPlain) {
      const Inverse<SingleNumber<T>> by(temperature);
      inverse = by.high;
      inverse_low = by.low;
      shift = N::Select(N::Abs(max * N::Set(inverse)) < N::Set(kFar), shift, max);
    }
    const Number top = max - shift, rounder = N::Set(R::kRounder), least = N::Set(R::kBias + raise);
    top_power = (top * N::Set(inverse) * N::Set(C::kLog2E) + rounder) - rounder;
    magic = rounder + (least - top_power);
    lowest = (top_power - least) * N::Set(temperature / C::kLog2E);
  }

  ACT_FN Exponential<V> operator()(M m, V x) const {
    V z, high;
    if constexpr (kPlain) {
      high = z = m.Max(m.Set(lowest), x);  // NaN stays
    } else {
      z = m.Max(m.Set(lowest), x - m.Set(shift));
      high = z * m.Set(inverse);
    }
    const V shifted = m.Fma(high, m.Set(C::kLog2E), m.Set(magic));
    const V k = shifted - m.Set(magic);
    const V exact = m.NegFma(k, m.Set(C::kLn2), high);
    V rest = m.Set(0);
    if constexpr (!kPlain) rest = m.Fma(z, m.Set(inverse_low), m.Fma(z, m.Set(inverse), m.Neg(high)));
    const V power = m.LowBitsToExponent(shifted);
    if constexpr (sizeof(T) == 4) {
      V r = exact;
      if constexpr (!kPlain) r = r + rest;
      r = m.NegFma(k, m.Set(C::kLn2Low), r);
      const V expm1 = m.Fma(r * r, Polynomial(m, r, C::kExp), r);
      return {m.Fma(expm1, power, power), power, expm1};
    } else {
      rest = m.NegFma(k, m.Set(C::kLn2Low), rest);
      const V r = exact + rest;
      const V tail = m.Fma(r * r, Polynomial(m, r, C::kExp), (exact - r) + rest);
      const V expm1 = r + tail, one = m.Set(1);
      const V sum = one + expm1;
      const V low = ((one - sum) + expm1) + ((r - expm1) + tail);
      return {(sum + low) * power, power, expm1};
    }
  }
};

// Calls body(exp) with the RowExp of a row that has this maximum.
template <class M, class Body>
ACT_FN void WithRowExp(M m, typename M::OfRow::Number max, typename M::T temperature, typename M::T raise, Body body) {
  using N = typename M::OfRow;
  if (temperature == 1 && N::All(N::Abs(max) < N::Set(RowExp<M, true>::kFar))) {
    body(RowExp<M, true>(m, max, temperature, raise));
  } else {
    body(RowExp<M, false>(m, max, temperature, raise));
  }
}
