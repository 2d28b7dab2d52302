// Padé activation units. Without an include guard: a backend includes this inside its own namespace.

constexpr ParamInfo LearnedCoefficient(std::string_view name, double fallback, std::string_view summary) {
  return {.name = name,
          .summary = summary,
          .fallback = fallback,
          .min = -1e6,
          .max = 1e6,
          .shape = ParamShape::kChannels,
          .learnable = true};
}

// P / Q with P = a0 + ... + a5 x^5 and Q = 1 + |A|, A = b1 x + ... + b4 x^4. A is differentiated as |A| is by sign(A)
// A', which is 0 at A = 0.
struct Rational {
  enum { kA0, kA5 = 5, kB1, kB4 = 9 };
  static constexpr int kNumerator = 6, kDenominator = 4;  // coefficients
  static constexpr double kSlope = 0.25281987 / 0.34885983;
  static constexpr FunctionInfo kInfo{
      .name = "rational",
      .aliases = "pau",
      .summary = "A Padé activation unit: a quotient of polynomials, whose coefficients are learned.",
      .formula = "(a0 + a1 x + a2 x^2 + a3 x^3 + a4 x^4 + a5 x^5) / (1 + |b1 x + b2 x^2 + b3 x^3 + b4 x^4|)",
      .derivative = "(P' - y sign(A) A') / Q for y = P / Q, Q = 1 + |A|",
      .kind = FunctionKind::kPerChannel,
      .params =
          {{{LearnedCoefficient("a0", 0.02996348, "coefficients of the numerator, a number or one for each channel"),
             LearnedCoefficient("a1", 0.61690165, "likewise"), LearnedCoefficient("a2", 2.37539147, "likewise"),
             LearnedCoefficient("a3", 3.06608078, "likewise"), LearnedCoefficient("a4", 1.52474449, "likewise"),
             LearnedCoefficient("a5", 0.25281987, "likewise"),
             LearnedCoefficient("b1", 1.19160814, "coefficients of the denominator; the defaults are leaky_relu's"),
             LearnedCoefficient("b2", 4.40811795, "likewise"), LearnedCoefficient("b3", 0.91111034, "likewise"),
             LearnedCoefficient("b4", 0.34885983, "likewise")}}},
      .limits = {-kInfinity, kInfinity, kSlope, kSlope, 0.61690165},
      .reference =
          "Molina, Schramowski and Kersting 2020, Padé Activation Units: End-to-end Learning of Flexible "
          "Activation Functions in Deep Networks (the safe form)"};
  static constexpr bool kInF64 = true;

  // From here on, no power of x that is wanted overflows; beyond, the leading terms say everything.
  template <class T>
  static constexpr T kFar = sizeof(T) == 8 ? static_cast<T>(0x1p180) : static_cast<T>(0x1p20);

  // `a_by_x` is A / x, which does not vanish where A does; `sign` is A's: -1, 0 or 1.
  template <class V>
  struct Parts {
    Twofold<V> p, q, a_by_x;
    V sign;
  };
  // c[first] + c[first + 1] x + ...
  template <class M, class V, class P>
  ACT_FN static Twofold<V> Sum(M m, V x, const P& p, int first, int count) {
    Twofold<V> sum = Exactly(m, p(first + count - 1));
    for (int i = count - 2; i >= 0; --i) sum = Plus(m, Exactly(m, p(first + i)), Times(m, sum, Exactly(m, x)));
    return Normalised(m, sum);
  }
  // The same of its derivative.
  template <class M, class V, class P>
  ACT_FN static Twofold<V> Slope(M m, V x, const P& p, int first, int count) {
    const auto term = [&](int i) { return Times(m, Exactly(m, p(first + i)), Exactly(m, m.Set(i))); };
    Twofold<V> sum = term(count - 1);
    for (int i = count - 2; i > 0; --i) sum = Plus(m, term(i), Times(m, sum, Exactly(m, x)));
    return Normalised(m, sum);
  }
  template <class V>
  ACT_FN static Twofold<V> Signed(V sign, Twofold<V> a) {
    return {sign * a.high, sign * a.low};
  }
  template <class M, class V, class P>
  ACT_FN static Parts<V> Split(M m, V x, const P& p) {
    const V zero = m.Set(0), one = m.Set(1);
    const Twofold<V> a_by_x = Sum(m, x, p, kB1, kDenominator);
    const V of_x = m.Select(x == zero, zero, m.WithSignOf(one, x));
    const V sign = m.Select(a_by_x.high < zero, m.Neg(of_x), m.Select(a_by_x.high > zero, of_x, zero));
    const Twofold<V> size = Signed(sign, Times(m, a_by_x, Exactly(m, x)));
    return {Sum(m, x, p, kA0, kNumerator), Normalised(m, Plus(m, Exactly(m, one), size)), a_by_x, sign};
  }

  // What is left of P and Q far out: a x^i and |b x^j|. Q has its 1 if all its coefficients are 0.
  template <class V>
  struct Leading {
    V a, i, b, j;
  };
  template <class M, class V, class P>
  ACT_FN static Leading<V> Lead(M m, const P& p) {
    const V zero = m.Set(0);
    Leading<V> lead{zero, zero, m.Set(1), zero};
    for (int k = 0; k < kNumerator; ++k) {
      const auto there = m.Not(p(kA0 + k) == zero);
      lead.a = m.Select(there, p(kA0 + k), lead.a);
      lead.i = m.Select(there, m.Set(k), lead.i);
    }
    for (int k = 0; k < kDenominator; ++k) {
      const auto there = m.Not(p(kB1 + k) == zero);
      lead.b = m.Select(there, p(kB1 + k), lead.b);
      lead.j = m.Select(there, m.Set(k + 1), lead.j);
    }
    return lead;
  }
  // n / d in twice the digits, where neither is near the ends of the range.
  template <class M, class V>
  ACT_FN static Twofold<V> Ratio(M m, Twofold<V> n, V d) {
    const V quotient = n.high / d;
    if constexpr (!M::kFine) return Exactly(m, quotient);
    return {quotient, (m.NegFma(quotient, d, n.high) + n.low) / d};
  }
  // c |x|^k for an integer k from -8 to 8, negated where x and an odd n are such that x^n is negative.
  template <class M, class V>
  ACT_FN static V Monomial(M m, Twofold<V> c, V x, V k, V n) {
    const V zero = m.Set(0), size = m.Abs(x);
    Twofold<V> y = c;
    V plain = c.high;
    for (int i = 0; i < 8; ++i) {
      const auto more = k > m.Set(i), less = k < m.Set(-i);
      y = Choose(m, more, Times(m, y, Exactly(m, size)), Choose(m, less, Ratio(m, y, size), y));
      plain = m.Select(more, plain * size, m.Select(less, plain / size, plain));
    }
    // What overflowed, or vanished, has no low part.
    const auto has_low = m.And(m.Abs(plain) <= m.Set(Range<typename M::T>::kMax), m.Abs(plain) > zero);
    const V result = m.Select(c.high == zero, zero, m.Select(has_low, Merged(m, y), plain));
    const V half = n * m.Set(0.5f);
    return m.Select(m.And(x < zero, m.Not(RoundToInteger(m, half) == half)), m.Neg(result), result);
  }

  // near(z) of an argument that is not far out, and far(lead) where x is.
  template <class M, class V, class P, class Near, class Far>
  ACT_FN static V Where(M m, V x, const P& p, Near near, Far far) {
    const V limit = m.Set(kFar<typename M::T>);
    const auto is_far = m.Abs(x) > limit;
    const V y = near(m.Select(is_far, limit, x));
    return m.Any(is_far) ? m.Select(is_far, far(Lead<M, V>(m, p)), y) : y;
  }

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    return Where(
        m, x, p,
        [&](V z) {
          const Parts<V> f = Split(m, z, p);
          return Quotient(m, f.p, f.q);
        },
        [&](const Leading<V>& lead) {
          return Monomial(m, Ratio(m, Exactly(m, lead.a), m.Abs(lead.b)), x, lead.i - lead.j, lead.i);
        });
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return Where(
        m, x, p,
        [&](V z) {
          const Parts<V> f = Split(m, z, p);
          const Twofold<V> y = Divide(m, f.p, f.q);
          const Twofold<V> of_a = Plus(m, f.a_by_x, Times(m, Slope(m, z, p, kB1, kDenominator), Exactly(m, z)));
          const Twofold<V> sum =
              Plus(m, Slope(m, z, p, kA0, kNumerator), Negated(m, Times(m, y, Signed(f.sign, of_a))));
          return Quotient(m, Normalised(m, sum), f.q);
        },
        [&](const Leading<V>& lead) {
          const V k = lead.i - lead.j, one = m.Set(1);
          const Twofold<V> ratio = Ratio(m, Exactly(m, lead.a), m.Abs(lead.b));
          return Monomial(m, Times(m, ratio, Exactly(m, k)), x, k - one, lead.i + one);
        });
  }
  // By a_k: x^k / Q. By b_k: -y sign(A) x^k / Q.
  template <class M, class V, class P>
  ACT_FN static V ParamDerivative(M m, V x, const P& p, int which, int segment) {
    const bool is_numerator = which <= kA5;
    const int k = is_numerator ? which - kA0 : which - kB1 + 1;
    return Where(
        m, x, p,
        [&](V z) {
          const Parts<V> f = Split(m, z, p);
          Twofold<V> power = Exactly(m, m.Set(1));
          for (int i = 0; i < k; ++i) power = Times(m, power, Exactly(m, z));
          if (is_numerator) return Quotient(m, power, f.q);
          const Twofold<V> y = Divide(m, f.p, f.q);
          return Quotient(m, Negated(m, Times(m, Signed(f.sign, y), power)), f.q);
        },
        [&](const Leading<V>& lead) {
          const V b = m.Abs(lead.b), power = m.Set(k), zero = m.Set(0);
          if (is_numerator) return Monomial(m, Ratio(m, Exactly(m, m.Set(1)), b), x, power - lead.j, power);
          // sign(A) is that of b x^j, if there is one.
          const V a = m.Select(lead.j == zero, zero, m.Neg(lead.a));
          const Twofold<V> ratio = Ratio(m, Ratio(m, Exactly(m, a), lead.b), b);
          return Monomial(m, ratio, x, lead.i + power - (lead.j + lead.j), lead.i + lead.j + power);
        });
  }
};
