// What gated functions are written on: products of a linear operand u and an activation of its gate g. Without an
// include guard: a backend includes this inside its own namespace.

// What a gated function makes of its linear operand: itself; itself or 0; or what is rounded.
enum class LinearPart { kItself, kItselfOrZero, kRounded };

// y = L(u) A(c(g)), where L and c are the identity unless a function has its own; L' and c' are 0 or 1. The parameters
// of the activation are the function's first, in the same order. None of them need care for NaN.
template <class A>
struct GatedBy {
  using Activation = A;
  static constexpr LinearPart kLinearPart = LinearPart::kItself;
  static constexpr bool kCutsGate = false;  // whether c is not the identity

  template <class M, class V, class P>
  ACT_FN static V Linear(M m, V u, const P& p) {
    return u;
  }
  template <class M, class V, class P>
  ACT_FN static V LinearSlope(M m, V u, const P& p) {
    return m.Set(1);
  }
  template <class M, class V, class P>
  ACT_FN static V Gate(M m, V g, const P& p) {
    return g;
  }
  template <class M, class V, class P>
  ACT_FN static V GateSlope(M m, V g, const P& p) {
    return m.Set(1);
  }
};

// L(u) and L'(u), NaN for NaN unless L' is constant.
template <class F, class M, class V, class P>
ACT_FN V LinearOf(M m, V u, const P& p) {
  return F::kLinearPart == LinearPart::kItself ? u : m.Select(u == u, F::Linear(m, u, p), u);
}
template <class F, class M, class V, class P>
ACT_FN V LinearSlopeOf(M m, V u, const P& p) {
  return F::kLinearPart == LinearPart::kItself ? m.Set(1) : m.Select(u == u, F::LinearSlope(m, u, p), u);
}
// c(g), NaN for NaN.
template <class F, class M, class V, class P>
ACT_FN V GateOf(M m, V g, const P& p) {
  return F::kCutsGate ? m.Select(g == g, F::Gate(m, g, p), g) : g;
}

template <class A>
constexpr bool IsZeroAtZero() {
  return requires { A::kSlopeAtZero; };
}

// w A(g), of `elsewhere` and where g is so near 0 that A(g), which is a straight line there, may have lost digits,
// since it is subnormal: A(0) is 0 if A says what its slope is there (kSlopeAtZero).
template <class A, class M, class V>
ACT_FN V NearZeroOr(M m, V w, V g, V elsewhere) {
  if constexpr (IsZeroAtZero<A>()) {
    using T = typename M::T;
    const V line = (w * g) * m.Set(static_cast<T>(A::kSlopeAtZero));
    return m.Select(m.Abs(g) < m.Set(Range<T>::kTiny), line, elsewhere);
  } else {
    return elsewhere;
  }
}

// w A(g) and w A'(g), or NaN where g is NaN.
template <class A, class M, class V, class P>
ACT_FN V TimesValue(M m, V w, V g, const P& p) {
  V product;
  if constexpr (requires { A::Value(m, g, p); }) {
    product = NearZeroOr<A>(m, w, g, Finished(m, w, A::Value(m, g, p)));
  } else {
    product = w * A::Evaluate(m, g, p);
  }
  return m.Select(g == g, product, g);
}
template <class A, class M, class V, class P>
ACT_FN V TimesSlope(M m, V w, V g, const P& p) {
  V product;
  if constexpr (requires { A::Slope(m, g, p); }) {
    product = Finished(m, w, A::Slope(m, g, p));
  } else {
    product = w * A::Derivative(m, g, p);
  }
  return m.Select(g == g, product, g);
}

// A function whose derivative is A: its gradient, an upstream times A, is what loops of one operand make of w A(g).
template <class A>
struct IntegralFormula {
  static constexpr FunctionInfo kInfo = A::kInfo;

  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    return A::Evaluate(m, x, p);
  }
};
template <class A>
struct Integral : IntegralFormula<A> {};
template <class A>
requires requires { A::kRounding; }
struct Integral<A> : IntegralFormula<A> {
  static constexpr Rounding kRounding = Rounding::kOnce;
};
template <class A>
requires requires { typename A::ValueTable; }
struct Integral<A> : IntegralFormula<A> {
  static constexpr bool kIsFactor = true;
  using AtZero = A;
  using ValueTable = typename A::ValueTable;  // that there are tables
  using SlopeTable = typename A::ValueTable;

  template <class M, class V>
  ACT_FN static Far<V> FarSlope(M m, V x) {
    return A::FarValue(m, x);
  }
};

// A for its own derivative.
template <class A>
struct SlopeFactor : A {};
template <class A>
requires requires { typename A::SlopeTable; }
struct SlopeFactor<A> : A {
  static constexpr bool kIsFactor = true;
  using AtZero = void;
};

enum class Gradient { kNone, kByLinear, kByGate };  // y; dy L'(u) A(c(g)); dy L(u) A'(c(g)) c'(g)

// What the activation, or its slope, is multiplied by.
template <class F, Gradient kBy, class M, class V, class P>
ACT_FN V Weight(M m, V u, V g, V dy, const P& p) {
  if constexpr (kBy == Gradient::kNone) return LinearOf<F>(m, u, p);
  if constexpr (kBy == Gradient::kByLinear) return dy * LinearSlopeOf<F>(m, u, p);
  const V w = dy * LinearOf<F>(m, u, p);
  return F::kCutsGate ? w * F::GateSlope(m, g, p) : w;
}

// One result from all three operands; NaN may be any.
template <class F, Gradient kBy, class M, class V, class P>
ACT_FN V Gated(M m, V u, V g, V dy, const P& p) {
  using A = typename F::Activation;
  const V w = Weight<F, kBy>(m, u, g, dy, p), gate = F::Gate(m, g, p);
  return kBy == Gradient::kByGate ? TimesSlope<A>(m, w, gate, p) : TimesValue<A>(m, w, gate, p);
}

// The function of one operand whose gradient w A(g), or w A'(g), is. That of 16-bit elements is in doubt, or the
// nearest.
template <class F, Gradient kBy, bool kIsFloat, class A = typename F::Activation>
using Multiplier =
    std::conditional_t<kBy != Gradient::kByGate, Integral<A>, std::conditional_t<kIsFloat, SlopeFactor<A>, A>>;
