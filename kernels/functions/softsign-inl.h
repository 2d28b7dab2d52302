// Softsign. Without an include guard: a backend includes this inside its own namespace.

struct Softsign {
  static constexpr FunctionInfo kInfo{.name = "softsign",
                                      .summary = "A sigmoid with polynomial tails.",
                                      .formula = "x / (1 + |x|)",
                                      .derivative = "1 / (1 + |x|)^2",
                                      .limits = {-1, 1, 0, 0, 1},
                                      .reference =
                                          "Bergstra, Desjardins, Lamblin and Bengio 2009, Quadratic Polynomials "
                                          "Learn Better Image Features",
                                      .usage = "Deep Voice 2 and 3, in place of tanh"};
  static constexpr Rounding kRounding = Rounding::kFew;
  // Without low parts: twice the sum and the root are rounded, then the square, and the product with the upstream.
  static constexpr uint32_t kSlack = 8;

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    const V y = Quotient(m, Exactly(m, x), Plus(m, Exactly(m, m.Set(1)), Exactly(m, m.Abs(x))));
    return m.Select(y == y, y, m.WithSignOf(m.Set(1), x));  // inf / inf
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    // kRaised times the root of the result, and not the sum's square: neither its range nor its low part is left. From
    // an x of kFar on the result is 0.
    using T = typename M::T;
    constexpr T kRaised = sizeof(T) == 4 ? T(0x1p60) : T(0x1p300), kFar = kRaised * kRaised;
    const Twofold<V> sum = Plus(m, Exactly(m, m.Set(1)), Exactly(m, AtMost(m, m.Abs(x), kFar)));
    const Twofold<V> root = Divide(m, Exactly(m, m.Set(kRaised)), sum);
    return Merged(m, Times(m, root, root)) * m.Set(1 / kFar);
  }
};
