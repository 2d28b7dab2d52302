// 1.5-entmax: between softmax and sparsemax. Without an include guard: a backend includes this inside its own
// namespace. How formulas see a row is said in math/policy.h.

// Everything is doubled: d = x - max, tau such that the squares of d - tau, where that is positive, sum to 4.
struct Entmax15 {
  static constexpr FunctionInfo kInfo{
      .name = "entmax15",
      .summary = "Between softmax and sparsemax: smooth, and sparse.",
      .formula = "max(0, x_i / 2 - tau)^2, with tau such that the outputs sum to 1",
      .derivative = "dx_i = s_i (dy_i - sum_j s_j dy_j / sum_j s_j), s = sqrt(y)",
      .kind = FunctionKind::kRowwise,
      .reference = "Peters, Niculae and Martins 2019, Sparse Sequence-to-Sequence Models",
      .usage = "sparse attention; outputs of translators"};

  static constexpr bool kKeepsNumbers = true;  // by row.Keep
  static constexpr int kReach = 2;

  template <class M, class V>
  ACT_FN static V Share(M m, const Excess<M>& excess, V x) {
    const Twofold<V> parts = excess.Parts(m, x);
    const V high = parts.high + parts.low, low = SumError(m, parts.high, parts.low, high);
    return m.Fma(high, high, (high + high) * low) * m.Set(0.25f);
  }

  template <class M>
  using Evaluation = SimplexEvaluation<Entmax15, M>;

  template <class M>
  struct Differentiation : SupportSearch<Entmax15, M> {
    template <class Row>
    ACT_FN void Write(M m, const Row& row) {
      using V = typename M::V;
      using N = typename M::OfRow;
      using Numbers = typename Row::Numbers;
      if (IsFilledWithNan(m, row, this->support.IsNone())) return;
      const UpstreamScale<M> scale(LargestUpstream(m, row));
      const Excess<M> excess = this->support.excess;
      const V least = m.Set(this->support.least), zero = m.Set(0), down = m.Set(scale.down);
      const auto [dot, sum] = row.template Sums<Numbers, Numbers>([=](auto at, auto add_to_dot, auto add) ACT_LAMBDA {
        const V x = at.x();
        const auto member = x >= least;
        if (!m.Any(member)) return at.Store(zero);  // as almost always in a long row
        const V weight = m.Select(member, excess(m, x), zero);
        at.Store(weight);
        add_to_dot(weight, at.upstream() * down);
        add(weight);
      });
      const Split<N> mean(N::Quotient(dot, sum));
      const V half_up = m.Set(scale.up * N::Set(0.5f));
      row.Map([=](auto at) ACT_LAMBDA {
        const V weight = at.y();
        const V deviation = (at.upstream() * down - m.Set(mean.high)) - m.Set(mean.low);
        return m.Select(weight > zero, weight * deviation * half_up, zero);
      });
    }
  };

  // Newton's iteration on sqrt(sum of squares) - 2, which falls and is convex: from the left, tau rises to its end and
  // never beyond. What is not above it is dropped, until tau of what there is, a root of a quadratic, is below all of
  // that; or, unless that tells which belong to the support, as far as double-double goes.
  template <class M, class Row>
  ACT_FN static Support<M> Find(M m, Row kept, typename M::T max) {
    using T = typename M::T;
    constexpr T kMargin = kThresholdMargin<T>;
    if (!(std::abs(max) <= Range<T>::kMax)) return {};
    if (kept.size() == 1) return {{max, {-2}}, 1, max};
    double tau = -2;
    for (;;) {
      const auto count = static_cast<double>(kept.size());
      const auto [sum, squares] = Moments<typename Row::Numbers>(m, kept, max);
      const auto root = Root(count, sum, squares);
      const T least = RowMin(m, kept);
      if ((least - max) - static_cast<T>(Rounded(root)) > kMargin) return {Excess<M>::Of(max, root), count, least};
      const double step = Step(count, Rounded(sum), Rounded(squares), tau);
      if (!(step > kMargin)) break;
      tau += step;
      const auto below = m.Set(static_cast<T>(tau) - kMargin), top = m.Set(max);
      kept = kept.Keep([=](auto at) ACT_LAMBDA { return m.Not(at.x() - top < below); });
    }
    DoubleDouble exact = {tau - 2 * kMargin, 0};
    for (;;) {
      const auto [sum, squares] = Moments<typename Row::Exact>(m, kept, max);
      const DoubleDouble step = Step(DoubleDouble{static_cast<double>(kept.size())}, sum, squares, exact);
      exact = Sum(exact, step);
      if (!(std::abs(exact.high) <= 3)) return {};  // it begins beyond -2, which it may end at
      const auto excess = Excess<M>::Of(max, exact);
      kept = kept.Keep([=](auto at) ACT_LAMBDA { return excess(m, at.x()) > m.Set(0); });
      if (step.high < 0x1p-56) return {excess, static_cast<double>(kept.size()), RowMin(m, kept)};
    }
  }

 private:
  // The sums of d and of its square.
  template <class Kind, class M, class Row>
  ACT_FN static auto Moments(M m, const Row& row, typename M::T max) {
    const auto top = m.Set(max);
    if (std::abs(max) >= 4) {  // then d is exact
      return row.template Sums<Kind, Kind>([=](auto at, auto add, auto add_square) ACT_LAMBDA {
        const auto d = at.x() - top;
        add(d);
        add_square(d, d);
      });
    }
    return row.template Sums<Kind, Kind>([=](auto at, auto add, auto add_square) ACT_LAMBDA {
      const auto d = at.x() - top;
      const auto error = SumError(m, at.x(), m.Neg(top), d);
      add(d);
      add(error);
      add_square(d, d);
      add_square(d + d, error);
      add_square(error, error);
    });
  }

  // The lesser tau for which sum of (d - tau)^2 = 4; NaN where there is none.
  template <class Number>
  ACT_FN static Number Root(double count, Number sum, Number squares) {
    using actserve::Product, actserve::SquareRoot, actserve::Quotient, actserve::Sum;
    const Number discriminant = Sum(Product(sum, sum), Product(Number{-count}, Sum(squares, -4.0)));
    return Quotient(Sum(sum, Product(Number{-1}, SquareRoot(discriminant))), Number{count});
  }
  // From tau, (s - 2 sqrt(s)) / sum of (d - tau), for the s of (d - tau)^2.
  template <class Number>
  ACT_FN static Number Step(Number count, Number sum, Number squares, Number tau) {
    using actserve::Product, actserve::SquareRoot, actserve::Quotient, actserve::Sum;
    const Number shift = Product(count, tau);
    const Number spread = Sum(sum, Product(Number{-1}, shift));
    const Number power = Sum(squares, Product(tau, Sum(shift, Product(Number{-2}, sum))));
    return Quotient(Sum(power, Product(Number{-2}, SquareRoot(power))), spread);
  }
};
