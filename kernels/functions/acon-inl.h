// ACON, "activate or not". Without an include guard: a backend includes this inside its own namespace.

// x (p1 sigmoid(z) + p2 sigmoid(-z)), z = beta (p1 - p2) x. With w = exp(-|z|), it is x (near + far w) / (1 + w), where
// `near` is the one of p1 and p2 that it tends to on this side.
struct AconC {
  enum { kP1, kP2, kBeta };
  static constexpr FunctionInfo kInfo{
      .name = "acon_c",
      .aliases = "acon",
      .summary = "Activate or not: a silu between two straight lines, which it learns along with its steepness.",
      .formula = "(p1 - p2) x sigmoid(beta (p1 - p2) x) + p2 x",
      .derivative = "p1 g(z) + p2 g(-z), g(z) = s + z s (1 - s), s = sigmoid(z), z = beta (p1 - p2) x",
      .kind = FunctionKind::kPerChannel,
      .params = {{{{.name = "p1",
                    .summary = "slope on one side, a number or one for each channel",
                    .fallback = 1,
                    .min = -1e6,
                    .max = 1e6,
                    .shape = ParamShape::kChannels,
                    .learnable = true},
                   {.name = "p2",
                    .summary = "slope on the other side",
                    .fallback = 0,
                    .min = -1e6,
                    .max = 1e6,
                    .shape = ParamShape::kChannels,
                    .learnable = true},
                   {.name = "beta",
                    .summary = "steepness of the change between them; with 0 there is none",
                    .fallback = 1,
                    .min = -1e6,
                    .max = 1e6,
                    .shape = ParamShape::kChannels,
                    .learnable = true}}}},
      .limits = {-0.0, kInfinity, -0.0, 1, 0.5},
      .reference = "Ma, Zhang, Liu and Sun 2021, Activate or Not: Learning Customized Activation"};
  static constexpr bool kInF64 = true;

  // `bounded` is x, or its sign where z is beyond reach. `difference` is far - near.
  template <class M, class V>
  struct Parts {
    typename M::Mask negative;
    V near, far, bounded;
    Twofold<V> difference, distance, one_plus_w;  // distance: |z|
    Decayed<V> e;
  };
  template <class M, class V, class P>
  ACT_FN static Parts<M, V> Split(M m, V x, const P& p) {
    using R = Range<typename M::T>;
    const V reach = m.Set(R::kExpReach), zero = m.Set(0), sign = m.WithSignOf(m.Set(1), x);
    const Twofold<V> between = Plus(m, Exactly(m, p(kP1)), Exactly(m, m.Neg(p(kP2))));
    const Twofold<V> rate = Times(m, Exactly(m, p(kBeta)), between);
    const auto endless = m.Abs(x) > m.Set(R::kMax);
    const Twofold<V> z = Times(m, rate, Exactly(m, m.Select(endless, sign, x)));
    // An infinite x has an infinite z, unless nothing changes.
    const auto beyond = m.And(endless, m.Not(rate.high == zero));
    const auto within = m.And(m.Not(beyond), m.Abs(z.high) < reach);
    const auto negative = z.high < zero;
    const V low = m.Select(within, z.low, zero);
    const Twofold<V> distance = {m.Select(within, m.Abs(z.high), reach), m.Select(negative, m.Neg(low), low)};
    const Decayed<V> e = Decay(m, distance.high, distance.low);
    return {negative,
            m.Select(negative, p(kP2), p(kP1)),
            m.Select(negative, p(kP1), p(kP2)),
            m.Select(within, x, sign),
            Choose(m, negative, between, Negated(m, between)),
            distance,
            Plus(m, Exactly(m, m.Set(1)), e.w),
            e};
  }

  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V x, const P& p) {
    const V zero = m.Set(0), one = m.Set(1);
    const Parts<M, V> g = Split(m, x, p);
    const Twofold<V> sum = Normalised(m, Plus(m, Exactly(m, g.near), Times(m, Exactly(m, g.far), g.e.w)));
    const Twofold<V> factor = Divide(m, sum, g.one_plus_w);
    const V line = m.Select(factor.high == zero, zero, x * factor.high);
    const V mixed = OrInfinite(m, line, Product(m, Exactly(m, x), factor));
    // Where the line is 0, the other one decays down to the smallest number; a large x could overflow before.
    const auto large = m.Abs(g.bounded) > one;
    const V smaller = g.bounded * m.Select(large, m.Set(0x1p-64), one);
    const Twofold<V> n = Times(m, Times(m, Exactly(m, smaller), Exactly(m, g.far)), g.e.p);
    const V tail = Scale(m, Quotient(m, n, g.one_plus_w), g.e.k + m.Select(large, m.Set(64), zero));
    return m.Select(g.near == zero, tail, m.Select(m.Abs(x) > m.Set(Range<typename M::T>::kMax), line, mixed));
  }

  // g(-|z|) = w (1 + w - |z|) / (1 + w)^2 = ratio 2^k, and near its root also the polynomial of silu.
  template <class M, class V>
  ACT_FN static Twofold<V> Ratio(M m, const Parts<M, V>& g) {
    const Twofold<V> sum = Plus(m, g.one_plus_w, Negated(m, g.distance));
    return Divide(m, Times(m, g.e.p, sum), Times(m, g.one_plus_w, g.one_plus_w));
  }
  template <class M, class V>
  ACT_FN static Twofold<V> DistanceFromRoot(M m, const Parts<M, V>& g) {
    using C = typename M::Coefficients;
    return FromRoot(m, Negated(m, g.distance), C::kSiluRoot, C::kSiluRootLow);
  }
  template <class M, class V>
  ACT_FN static Twofold<V> NearRoot(M m, Twofold<V> u) {
    using C = typename M::Coefficients;
    return Times(m, u, Polynomial(m, u, C::kSiluSlope, C::kSiluSlopeLow));
  }

  // near + (far - near) g(-|z|), for g(z) + g(-z) = 1.
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V x, const P& p) {
    const Parts<M, V> g = Split(m, x, p);
    const Twofold<V> ratio = Ratio(m, g), u = DistanceFromRoot(m, g), near_root = NearRoot(m, u),
                     far = Exactly(m, g.far);
    const auto is_near_root = m.Abs(u.high) < m.Set(Constants::kNearRoot);
    const V power = PowerOfTwo(m, AtLeast(m, g.e.k, Range<typename M::T>::kMinExponent));
    const Twofold<V> h = Choose(m, is_near_root, near_root, {ratio.high * power, ratio.low * power});
    const V mixed = Merged(m, Plus(m, Exactly(m, g.near), Times(m, g.difference, h)));
    const V decayed = Scale(m, Merged(m, Times(m, far, ratio)), g.e.k);
    const V tail = m.Select(is_near_root, Merged(m, Times(m, far, near_root)), decayed);
    return m.Select(g.near == m.Set(0), tail, mixed);
  }

  // By p1 and p2: x g(z) and x g(-z). By beta: ((p1 - p2) x)^2 sigmoid(z) sigmoid(-z).
  template <class M, class V, class P>
  ACT_FN static V ParamDerivative(M m, V x, const P& p, int which, int segment) {
    const Parts<M, V> g = Split(m, x, p);
    if (which == kBeta) {
      const Twofold<V> line = Times(m, Exactly(m, g.bounded), g.difference);
      const V ratio = Quotient(m, Times(m, line, g.e.p), Times(m, g.one_plus_w, g.one_plus_w));
      // The power of 2 by halves, since the square alone could overflow.
      const V half = RoundToInteger(m, g.e.k * m.Set(0.5));
      return (Merged(m, line) * PowerOfTwo(m, half)) * (ratio * PowerOfTwo(m, g.e.k - half));
    }
    const Twofold<V> u = DistanceFromRoot(m, g);
    const V h = m.Select(m.Abs(u.high) < m.Set(Constants::kNearRoot), Merged(m, NearRoot(m, u)),
                         Scale(m, Merged(m, Ratio(m, g)), g.e.k));
    const V of_far = g.bounded * h, of_near = x * (m.Set(1) - h);
    return which == kP1 ? m.Select(g.negative, of_far, of_near) : m.Select(g.negative, of_near, of_far);
  }
};
