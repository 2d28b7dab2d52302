// exp and log to some 100 bits, in double, for what would be lost in a sum that cancels. Without an include guard: a
// backend includes this, after elementary-inl.h, inside its own namespace. M::kFine must be true.

// 1 / n! from n = 1 on, and what rounding took away from the first.
ACT_DATA constexpr double kInverseFactorials[] = {1.0,
                                                  0.5,
                                                  0.16666666666666666,
                                                  0.041666666666666664,
                                                  0.008333333333333333,
                                                  0.001388888888888889,
                                                  0.0001984126984126984,
                                                  2.48015873015873e-05,
                                                  2.7557319223985893e-06,
                                                  2.755731922398589e-07,
                                                  2.505210838544172e-08,
                                                  2.08767569878681e-09};
ACT_DATA constexpr double kInverseFactorialsLow[] = {
    0.0, 0.0, 9.25185853854297e-18, 2.3129646346357427e-18, 1.1564823173178714e-19, -5.300543954373577e-20};

// exp(y), for |y| <= 650.
template <class M, class V>
ACT_FN Twofold<V> PreciseExp(M m, Twofold<V> y) {
  using C = typename M::Coefficients;
  constexpr int kHalvings = 4;
  const V k = RoundToInteger(m, y.high * m.Set(C::kLog2E));
  const Twofold<V> low = Times(m, Exactly(m, k), Exactly(m, m.Set(C::kLn2Low)));
  const Twofold<V> r = Plus(m, Twofold<V>{m.NegFma(k, m.Set(C::kLn2), y.high), y.low}, Negated(m, low));
  const V part = m.Set(1.0 / (1 << kHalvings));
  const Twofold<V> s = {r.high * part, r.low * part};
  // expm1(s), and of twice as much each time: expm1(2s) = 2 expm1(s) + expm1(s)^2
  Twofold<V> expm1 = Times(m, Polynomial(m, s, kInverseFactorials, kInverseFactorialsLow), s);
  for (int i = 0; i < kHalvings; ++i) {
    expm1 = Plus(m, Twofold<V>{expm1.high + expm1.high, expm1.low + expm1.low}, Times(m, expm1, expm1));
  }
  const Twofold<V> p = Plus(m, Exactly(m, m.Set(1)), expm1);
  const V power = PowerOfTwo(m, k);
  return {p.high * power, p.low * power};
}

// log(u) of a positive normal number, good to about an ULP of 1 + |log(u)|.
template <class M, class V>
ACT_FN V RoughLog(M m, V u) {
  using C = typename M::Coefficients;
  V k;
  const V f = m.SplitExponent(u, k) - m.Set(1);
  const V s = f / (m.Set(2) + f), square = s * s;
  const V tail = s * (f - square * Polynomial(m, square, LogCoefficients::kLog));
  return m.Fma(k, m.Set(C::kLn2), f + m.Fma(k, m.Set(C::kLn2Low), m.Neg(tail)));
}

// log(u): what a rough one lacks is log(u exp(-rough)) = u exp(-rough) - 1, but for its square.
template <class M, class V>
ACT_FN Twofold<V> PreciseLog(M m, Twofold<V> u) {
  const V rough = RoughLog(m, u.high);
  const Twofold<V> ratio = Times(m, u, PreciseExp(m, Exactly(m, m.Neg(rough))));
  return Plus(m, Exactly(m, rough), Plus(m, ratio, Exactly(m, m.Set(-1))));
}
