// Softsign. Without an include guard: a backend includes this inside its own namespace.

struct Softsign {
  static constexpr FunctionInfo kInfo{.name = "softsign",
                                      .summary = "A sigmoid with polynomial tails.",
                                      .formula = "x / (1 + |x|)",
                                      .derivative = "1 / (1 + |x|)^2",
                                      .limits = {-1, 1, 0, 0, 1},
                                      .reference =
                                          "Bergstra, Desjardins, Lamblin and Bengio 2009, Quadratic Polynomials "
                                          "Learn Better Image Features"};

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    const V y = x / (m.Set(1) + m.Abs(x));
    return m.Select(y == y, y, m.WithSignOf(m.Set(1), x));  // inf / inf
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    const V d = m.Set(1) + m.Abs(x);
    return m.Set(1) / d / d;  // d * d would overflow
  }
};
