// What formulas of rows share. Without an include guard: a backend includes this, after elementary-inl.h, inside its
// own namespace.

// A number as the sum of two of the type.
template <class T>
struct Split {
  T high = 0, low = 0;
  ACT_FN Split() = default;
  ACT_FN explicit Split(double x) : high(static_cast<T>(x)), low(static_cast<T>(x - high)) {}
  ACT_FN explicit Split(DoubleDouble x) : high(static_cast<T>(x.high)), low(static_cast<T>((x.high - high) + x.low)) {}
};

// 1 / x in two parts, so that a product with it is rounded nearly as well as a quotient.
template <class T>
struct Inverse {
  T high = 0, low = 0;

  ACT_FN Inverse() = default;
  ACT_FN explicit Inverse(DoubleDouble x) {
    const double inverse = 1 / x.high;
    high = static_cast<T>(inverse);
    low = static_cast<T>((std::fma(-static_cast<double>(high), x.high, 1.0) - high * x.low) * inverse);
  }
  ACT_FN explicit Inverse(double x) : Inverse(DoubleDouble{x, 0}) {}
  template <class M, class V>
  ACT_FN V Times(M m, V v) const {
    return m.Fma(v, m.Set(high), v * m.Set(low));
  }
};

// For gradients of rows: factors that keep sums and differences of the upstream from overflowing. 1 for all but huge
// ones.
template <class M>
struct UpstreamScale {
  using T = typename M::T;
  T down = 1, up = 1;

  ACT_FN UpstreamScale() = default;
  ACT_FN explicit UpstreamScale(T largest_upstream) {
    if (largest_upstream < Range<T>::kMax * T{0x1p-40}) return;
    down = T{0x1p-32};
    up = T{0x1p32};
  }
};

template <class M, class Row>
ACT_FN typename M::T RowMax(M, const Row& row) {
  return row.Max([](auto at) ACT_LAMBDA { return at.x(); });
}
template <class M, class Row>
ACT_FN typename M::T LargestUpstream(M m, const Row& row) {
  return row.Max([=](auto at) ACT_LAMBDA { return m.Abs(at.upstream()); });
}

// What a row with NaN, +inf or nothing but -inf becomes.
template <class M, class Row>
ACT_FN void FillWithNan(M m, const Row& row) {
  row.Map([=](auto) ACT_LAMBDA { return m.Set(std::numeric_limits<typename M::T>::quiet_NaN()); });
}

// Exponentials of rows are raised by 2^kRowRaise, so that those too small for the type still count when they meet a
// large factor.
constexpr float kRowRaise = 64;

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

  // Maxima from here on are subtracted, lest exponents do not fit; exactly where it matters.
  static constexpr T kFar = 0x1p15f;

  // What is subtracted first.
  T shift = 0;
  // Smaller x count as this one, whose exp is 0.
  T lowest;
  // 1 / temperature, in two parts.
  T inverse = 1, inverse_low = 0;
  // The largest argument's multiple of ln 2, and what is added to others for an exponent's bits to be lowest.
  T top_power, magic;

  ACT_FN RowExp(M m, T max, T temperature, T raise) {
    if constexpr (!kPlain) {
      const Inverse<T> by(temperature);
      inverse = by.high;
      inverse_low = by.low;
      if (!(std::abs(max * inverse) < kFar)) shift = max;
    }
    const T top = max - shift;
    top_power = (top * inverse * C::kLog2E + R::kRounder) - R::kRounder;
    magic = R::kRounder + (R::kBias + raise - top_power);
    lowest = (top_power - (R::kBias + raise)) * (temperature / C::kLog2E);
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
ACT_FN void WithRowExp(M m, typename M::T max, typename M::T temperature, typename M::T raise, Body body) {
  if (temperature == 1 && std::abs(max) < RowExp<M, true>::kFar) {
    body(RowExp<M, true>(m, max, temperature, raise));
  } else {
    body(RowExp<M, false>(m, max, temperature, raise));
  }
}
