// What formulas of rows share. Without an include guard: a backend includes this, after elementary-inl.h, inside its
// own namespace.

// A double as the sum of two numbers of the type.
template <class T>
struct Split {
  T high, low;
  ACT_FN explicit Split(double x) : high(static_cast<T>(x)), low(static_cast<T>(x - high)) {}
};

// For gradients of rows: factors that keep sums and differences of the upstream from overflowing. 1 for all but huge
// ones.
template <class M>
struct UpstreamScale {
  using T = typename M::T;
  T down = 1, up = 1;

  template <class Row>
  ACT_FN UpstreamScale(M m, const Row& row) {
    const T largest = row.Max([=](auto at) ACT_LAMBDA { return m.Abs(at.upstream()); });
    if (largest < Range<T>::kMax * T{0x1p-40}) return;
    down = T{0x1p-32};
    up = T{0x1p32};
  }
};

// What a row with NaN, +inf or nothing but -inf becomes.
template <class M, class Row>
ACT_FN void FillWithNan(M m, const Row& row) {
  row.Map([=](auto) ACT_LAMBDA { return m.Set(std::numeric_limits<typename M::T>::quiet_NaN()); });
}

// exp(x / temperature) for the x of a row, all times the power of two that brings the largest to 2^raise, or to at most
// a factor of 1.5 from there. Whatever would be subnormal then is 0. NaN comes of NaN; an infinite maximum makes the
// largest NaN. kTempered says whether the temperature is other than 1.
//
// The maximum is not subtracted, which would need the difference's rounding error; the arguments themselves are reduced
// by multiples of ln 2, and only the exponents are shifted. The error is below 0.8 ULP in f32.
template <class M, bool kTempered>
struct RowExp {
  using T = typename M::T;
  using V = typename M::V;
  using R = Range<T>;
  using C = typename M::Coefficients;

  // What is subtracted first, exactly where it matters: the maximum if it is so large that exponents would not fit.
  T shift;
  // Smaller x count as this one, whose exp is 0.
  T lowest;
  // 1 / temperature, in two parts.
  T inverse = 1, inverse_low = 0;
  // The largest argument's multiple of ln 2, and what is added to others for an exponent's bits to be lowest.
  T top_power, magic;

  ACT_FN RowExp(M m, T max, T temperature, T raise) {
    constexpr T kFar = 0x1p15f;
    if constexpr (kTempered) {
      inverse = 1 / temperature;
      inverse_low = std::fma(-inverse, temperature, T{1}) / temperature;
    }
    shift = std::abs(max * inverse) < kFar ? T{0} : max;
    const T top = max - shift;
    top_power = (top * inverse * C::kLog2E + R::kRounder) - R::kRounder;
    magic = R::kRounder + (R::kBias + raise - top_power);
    lowest = (top_power - (R::kBias + raise)) * (temperature / C::kLog2E);
  }

  ACT_FN V operator()(M m, V x) const {
    V error;
    return WithError(m, x, error);
  }
  // `error` is what its last rounding took away.
  ACT_FN V WithError(M m, V x, V& error) const {
    const V z = m.Max(m.Set(lowest), x - m.Set(shift));  // NaN stays
    V high = z;
    if constexpr (kTempered) high = z * m.Set(inverse);
    const V shifted = m.Fma(high, m.Set(C::kLog2E), m.Set(magic));
    const V k = shifted - m.Set(magic);
    const V exact = m.NegFma(k, m.Set(C::kLn2), high);
    V r;
    if constexpr (kTempered) {
      const V low = m.Fma(z, m.Set(inverse_low), m.Fma(z, m.Set(inverse), m.Neg(high)));
      r = exact + m.NegFma(k, m.Set(C::kLn2Low), low);
    } else {
      r = m.NegFma(k, m.Set(C::kLn2Low), exact);
    }
    const V expm1 = m.Fma(r * r, Polynomial(m, r, C::kExp), r);
    const V power = m.LowBitsToExponent(shifted);
    const V e = m.Fma(expm1, power, power);
    error = m.Fma(expm1, power, power - e);
    return e;
  }
};

// Calls body(exp) with the RowExp of a row that has this maximum.
template <class M, class Body>
ACT_FN void WithRowExp(M m, typename M::T max, typename M::T temperature, typename M::T raise, Body body) {
  if (temperature == 1) {
    body(RowExp<M, false>(m, max, temperature, raise));
  } else {
    body(RowExp<M, true>(m, max, temperature, raise));
  }
}
