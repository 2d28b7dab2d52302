// Squareplus. Without an include guard: a backend includes this inside its own namespace.

struct Squareplus {
  enum { kB };
  static constexpr FunctionInfo kInfo{.name = "squareplus",
                                      .summary = "A smooth ReLU of algebraic operations only.",
                                      .formula = "(x + sqrt(x^2 + b)) / 2",
                                      .derivative = "(1 + x / sqrt(x^2 + b)) / 2",
                                      .params = {{{{.name = "b",
                                                    .summary = "how smooth the bend at 0 is; with 0 it is ReLU",
                                                    .fallback = 4,
                                                    .min = 0,
                                                    .max = 1e6,
                                                    .learnable = true}}}},
                                      .limits = {0, kInfinity, 0, 1, 0.5},
                                      .reference = "Barron 2021, Squareplus: A Softplus-Like Algebraic Rectifier"};
  static constexpr bool kInF64 = true;

  // |x| and sqrt(x^2 + b), both times `raise`, a power of two: they are raised where squares would be too small.
  template <class V>
  struct Triangle {
    V x;
    Twofold<V> root;
    V b;  // times the square of it
    V raise;
  };
  template <class M, class V>
  ACT_FN static Triangle<V> Solve(M m, V x, V b) {
    constexpr double kRaise = 0x1p450, kFar = 0x1p300;
    const V a = m.Abs(x);
    const auto tiny = m.And(a < m.Set(1 / kFar), b < m.Set(1 / (kFar * kFar)));
    const V raise = m.Select(tiny, m.Set(kRaise), m.Set(1));
    const V raised = a * raise, raised_b = b * raise * raise;
    // From kFar on, b is nothing to the square, which would overflow; and without b, the square may be too small.
    const auto far = m.Not(m.And(a <= m.Set(kFar), b > m.Set(0)));
    const V near = m.Select(far, m.Set(1), raised);
    const Twofold<V> root = SquareRoot(m, Plus(m, Times(m, Exactly(m, near), Exactly(m, near)), Exactly(m, raised_b)));
    return {raised, Choose(m, far, Exactly(m, raised), root), raised_b, raise};
  }
  // (|x| + sqrt(x^2 + b)) / 2, so raised. At least a little above 0: what it divides is 0 where it is.
  template <class M, class V>
  ACT_FN static Twofold<V> Mean(M m, const Triangle<V>& t) {
    const V half = m.Set(0.5);
    return Plus(m, Exactly(m, t.x * half), Twofold<V>{t.root.high * half, t.root.low * half});
  }
  // n / d, and 0 / 0 = 0.
  template <class M, class V>
  ACT_FN static Twofold<V> Ratio(M m, Twofold<V> n, Twofold<V> d) {
    const auto is_zero = d.high == m.Set(0);
    return Divide(m, n, Twofold<V>{m.Select(is_zero, m.Set(1), d.high), d.low});
  }

  // Below 0 it is b / 4 / Mean, which does not cancel.
  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    const Triangle<V> t = Solve(m, x, p(kB));
    const Twofold<V> mean = Mean(m, t);
    const V below = Merged(m, Ratio(m, Exactly(m, t.b * m.Set(0.25)), mean));
    const V down = m.Set(1) / t.raise;
    const V above = OrInfinite(m, x, Merged(m, mean) * down);
    const V left = m.Select(x < m.Set(-Range<typename M::T>::kMax), m.Set(0), below * down);
    return m.Select(x > m.Set(0), above, left);
  }
  // Below 0 it is b / 4 / Mean / sqrt(x^2 + b).
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    const Triangle<V> t = Solve(m, x, p(kB));
    const V slope = Merged(m, Ratio(m, Ratio(m, Exactly(m, t.b * m.Set(0.25)), Mean(m, t)), t.root));
    const V below = m.Select(m.Abs(x) > m.Set(Range<typename M::T>::kMax), m.Set(0), slope);
    return m.Select(x > m.Set(0), m.Set(1) - below, below);
  }
  template <class M, class V, class P>
  ACT_FN static V ParamDerivative(M m, V x, const P& p, int which, int segment) {
    const Triangle<V> t = Solve(m, x, p(kB));
    return m.Set(0.25) / Merged(m, t.root) * t.raise;
  }
};
