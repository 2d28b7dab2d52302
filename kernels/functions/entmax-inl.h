// Alpha-entmax: from nearly softmax (alpha = 1) to sparsemax (alpha = 2). Without an include guard: a backend includes
// this inside its own namespace. How formulas see a row is said in math/policy.h.

#include "kernels/math/precise-inl.h"

// A row's tau and support. With beta = alpha - 1, an element is u = beta (x - max - tau), and its share is u^(1/beta).
template <class M>
struct EntmaxRow {
  using V = typename M::V;
  double beta = 1;
  Support<M> support = {};
  bool is_rough = false;  // good for results narrower than double

  // u in (0, 1] of members; 1 of others.
  ACT_FN Twofold<V> Base(M m, V x) const {
    const auto [above, rest] = support.excess.Parts(m, x);
    const V sum = above + rest;
    const Twofold<V> excess = {sum, SumError(m, above, rest, sum)};
    return Choose(m, IsMember(m, x), Times(m, excess, Exactly(m, m.Set(beta))), Exactly(m, m.Set(1)));
  }
  ACT_FN auto IsMember(M m, V x) const { return x >= m.Set(support.least); }

  // log(u) / beta, the logarithm of a share.
  ACT_FN Twofold<V> LogOf(M m, Twofold<V> u) const {
    if (is_rough) return Exactly(m, RoughLog(m, u.high) / m.Set(beta));
    return Divide(m, PreciseLog(m, u), Exactly(m, m.Set(beta)));
  }
  ACT_FN V Share(M m, Twofold<V> log) const {
    const auto far = log.high < m.Set(-Range<double>::kExpReach);
    const Scaled<V> p = Exp(m, m.Select(far, m.Set(-Range<double>::kExpReach), log.high), log.low);
    return Scale(m, p.p.high + p.p.low, p.k);
  }
};

struct Entmax {
  enum { kAlpha };
  // At least what bf16 has next to 1, where digits are lost with 1 / (alpha - 1). Beyond 2, derivatives would have no
  // bound at the threshold, and the sum of shares would not be a convex function of it.
  static constexpr FunctionInfo kInfo{
      .name = "entmax",
      .summary = "From nearly softmax (alpha = 1) to sparsemax (alpha = 2), by what alpha says.",
      .formula = "max(0, (alpha - 1) x_i - tau)^(1 / (alpha - 1)), with tau such that the outputs sum to 1",
      .derivative = "dx_i = s_i (dy_i - sum_j s_j dy_j / sum_j s_j), s = y^(2 - alpha) where y > 0, else 0",
      .kind = FunctionKind::kRowwise,
      .params = {{{{.name = "alpha",
                    .summary = "how sparse: 1.5 is entmax15, 2 is sparsemax",
                    .fallback = 1.5,
                    .min = 1 + 0x1p-7,
                    .max = 2,
                    .learnable = true}}}},
      .in_f64 = true,
      .reference = "Correia, Niculae and Martins 2019, Adaptively Sparse Transformers",
      .usage = "attention that learns how sparse to be"};

  static constexpr bool kKeepsNumbers = true;  // by row.Keep

  template <class M>
  struct Search {
    double max = 0;
    EntmaxRow<M> found;

    template <class Row>
    ACT_FN void Scan(M m, const Row& row) {
      max = RowMax(m, row);
    }
    template <class Row>
    ACT_FN void Reduce(M m, const Row& row) {
      // NaN is kept, so that it reaches the sum.
      const auto top = m.Set(max), reach = m.Set(-1 / (row.param(kAlpha) - 1));
      found = Find(m, row.Keep([=](auto at) ACT_LAMBDA { return m.Not(at.x() - top < reach); }), max);
    }
  };

  template <class M>
  struct Evaluation : Search<M> {
    template <class Row>
    ACT_FN void Write(M m, const Row& row) {
      const EntmaxRow<M> found = this->found;
      if (IsFilledWithNan(m, row, found.support.IsNone())) return;
      row.MapToNumbers([=](auto at) ACT_LAMBDA {
        const auto x = at.x(), zero = m.Set(0);
        const auto member = found.IsMember(m, x);
        if (!m.Any(member)) return zero;
        return m.Select(member, found.Share(m, found.LogOf(m, found.Base(m, x))), zero);
      });
    }
  };

  template <class M>
  struct Differentiation : Search<M> {
    template <class Row>
    ACT_FN void Write(M m, const Row& row) {
      using V = typename M::V;
      using N = typename M::OfRow;
      using Numbers = typename Row::Numbers;
      const EntmaxRow<M> found = this->found;
      if (IsFilledWithNan(m, row, found.support.IsNone())) return;
      const UpstreamScale<M> scale(LargestUpstream(m, row));
      const V down = m.Set(scale.down), up = m.Set(scale.up), zero = m.Set(0);
      const auto [dot, sum] = row.template Sums<Numbers, Numbers>([=](auto at, auto add_to_dot, auto add) ACT_LAMBDA {
        const V x = at.x();
        const auto member = found.IsMember(m, x);
        V s = zero;
        if (m.Any(member)) {
          const Twofold<V> u = found.Base(m, x);
          s = m.Select(member, found.Share(m, found.LogOf(m, u)) / u.high, zero);
        }
        at.Store(s);
        add_to_dot(s, at.upstream() * down);
        add(s);
      });
      const Split<N> mean(N::Quotient(dot, sum));
      row.Map([=](auto at) ACT_LAMBDA {
        const V s = at.y(), deviation = (at.upstream() * down - m.Set(mean.high)) - m.Set(mean.low);
        return m.Select(s > zero, s * deviation * up, zero);
      });
    }
  };

  // By alpha, with e = (1/u - 1) / beta, l = log(y), d = (e + l) / beta and their means over the shares E, L, D:
  //   dy_i = y_i (D - d_i - l_i E + L e_i) / (1 + beta E)
  // where nothing is divided by beta that has cancelled.
  template <class M>
  struct ParamDifferentiation : Search<M> {
    template <class Row>
    ACT_FN void Sum(M m, const Row& row, DoubleDouble* sums) {
      if (this->found.support.IsNone()) {
        sums[kAlpha] = {std::numeric_limits<double>::quiet_NaN(), 0};
        return;
      }
      const UpstreamScale<M> scale(LargestUpstream(m, row));
      Pair one = {}, e = {}, l = {}, d = {};
      for (int factor = kOne; factor <= kD; ++factor) {
        const Pair pair = SumsOf(m, row, scale, factor);
        if (factor == kOne) one = pair;
        if (factor == kE) e = pair;
        if (factor == kL) l = pair;
        if (factor == kD) d = pair;
      }
      const double beta = this->found.beta;
      const double sum = ((d.mean * one.dot - d.dot) - (e.mean * l.dot - l.mean * e.dot)) / (1 + beta * e.mean);
      sums[kAlpha] = {sum * scale.up, 0};
    }

   private:
    struct Pair {
      double mean, dot;
    };
    enum Factor { kOne, kE, kL, kD };
    // The sums of y and of y dy, each times a factor.
    template <class Row>
    ACT_FN Pair SumsOf(M m, const Row& row, const UpstreamScale<M>& scale, int factor) const {
      using V = typename M::V;
      using Numbers = typename Row::Numbers;
      const V down = m.Set(scale.down), zero = m.Set(0);
      const EntmaxRow<M> found = this->found;
      const auto [mean, dot] = row.template Sums<Numbers, Numbers>([=](auto at, auto add, auto add_to_dot) ACT_LAMBDA {
        const V x = at.x();
        const auto member = found.IsMember(m, x);
        if (!m.Any(member)) return;
        const Terms<V> terms(m, found, x);
        const V share = m.Select(member, terms.share, zero);
        const V value = factor == kOne ? m.Set(1) : factor == kE ? terms.e : factor == kL ? terms.l : terms.d;
        add(share, value);
        add_to_dot(share * value, at.upstream() * down);
      });
      return {Rounded(mean), Rounded(dot)};
    }
    template <class V>
    struct Terms {
      V share, e, l, d;
      ACT_FN Terms(M m, const EntmaxRow<M>& found, V x) {
        const Twofold<V> u = found.Base(m, x), beta = Exactly(m, m.Set(found.beta));
        const Twofold<V> log = found.LogOf(m, u);
        const Twofold<V> rest = Divide(m, Divide(m, Plus(m, Exactly(m, m.Set(1)), Negated(m, u)), u), beta);
        share = found.Share(m, log);
        e = Merged(m, rest);
        l = Merged(m, log);
        d = Merged(m, Plus(m, rest, log)) / m.Set(found.beta);
      }
    };
  };

 private:
  // Newton's iteration on (sum of shares)^beta - 1, which falls and is convex: from the left, tau rises to its end and
  // never beyond. What is not above it is dropped. First roughly, which is good enough for narrow results unless a
  // member is next to the threshold; then from sums in double-double, where a step is that of the sum itself.
  template <class M, class Row>
  ACT_FN static EntmaxRow<M> Find(M m, Row kept, double max) {
    const double beta = kept.param(kAlpha) - 1, inverse = 1 / beta;
    EntmaxRow<M> found{beta};
    if (!(std::abs(max) <= Range<double>::kMax)) return found;
    if (kept.size() == 1) {
      SetSupport(m, kept, Excess<M>::Of(max, actserve::Quotient(DoubleDouble{-1}, {beta})), found);
      return found;
    }
    const auto top = m.Set(max);
    double rough = -inverse;
    for (double step = inverse; step > 0x1p-36 * inverse;) {
      step = RoughStep(m, kept, max, rough, beta);
      rough += step;
      const auto below = m.Set(rough - 0x1p-20 * inverse);
      kept = kept.Keep([=](auto at) ACT_LAMBDA { return m.Not(at.x() - top < below); });
    }
    if (!(std::abs(rough) <= 2 * inverse)) return found;
    if (kept.is_narrow()) {
      SetSupport(m, kept, Excess<M>::Of(max, rough), found);
      found.is_rough = beta * ((found.support.least - max) - rough) > 0x1p-20;
      if (found.is_rough) return found;
    }
    DoubleDouble tau = {rough, 0};
    for (int i = 0; i < kMostSteps; ++i) {
      found.support.excess = Excess<M>::Of(max, tau);
      const double step = PreciseStep(m, kept, found);
      tau = actserve::Sum(tau, step);
      if (!(std::abs(step) > 0x1p-88 * inverse)) break;
    }
    SetSupport(m, kept, Excess<M>::Of(max, tau), found);
    return found;
  }
  // More than are ever needed: each doubles the digits.
  static constexpr int kMostSteps = 8;

  // What is so little above the threshold is at it, as it comes in rows of few different numbers: tau is not good to
  // more digits. It must not count, since near alpha = 2 a gradient all but jumps there.
  static constexpr double kAtThreshold = 0x1p-96;
  template <class M, class Row>
  ACT_FN static void SetSupport(M m, const Row& kept, const Excess<M>& excess, EntmaxRow<M>& found) {
    const auto at_threshold = m.Set(kAtThreshold / found.beta);
    const auto least = -kept.Max([=](auto at) ACT_LAMBDA {
      const auto x = at.x();
      return m.Select(excess(m, x) > at_threshold, m.Neg(x), m.Set(-kInfinity));
    });
    found.support = {excess, 1, least};
  }

  template <class M, class Row>
  ACT_FN static double RoughStep(M m, const Row& kept, double max, double tau, double beta) {
    using V = typename M::V;
    using Numbers = typename Row::Numbers;
    const V zero = m.Set(0), one = m.Set(1);
    const auto [sum, slopes] = kept.template Sums<Numbers, Numbers>([=](auto at, auto add, auto add_slope) ACT_LAMBDA {
      const V u = ((at.x() - m.Set(max)) - m.Set(tau)) * m.Set(beta);
      const auto member = u > zero;
      const V base = m.Select(member, u, one);
      const Scaled<V> p = Exp(m, m.Max(RoughLog(m, base) / m.Set(beta), m.Set(-700)), zero);
      const V share = p.p.high * PowerOfTwo(m, AtLeast(m, p.k, Range<double>::kMinExponent));
      add(m.Select(member, share, m.Select(u == u, zero, u)));
      add_slope(m.Select(member, share / base, zero));
    });
    // shares - shares^(1 - beta) = -shares expm1(-beta log(shares))
    const double shares = Rounded(sum);
    if (!(shares > 1)) return shares == shares ? 0 : shares;
    const typename M::Wide wide;
    const auto log = LogOnePlus(wide, wide.Set(shares - 1));
    const auto expm1 = DecayMinusOne(wide, Exactly(wide, log * wide.Set(beta)));
    return -shares * wide.First(expm1.high + expm1.low) / (beta * Rounded(slopes));
  }

  template <class M, class Row>
  ACT_FN static double PreciseStep(M m, const Row& kept, const EntmaxRow<M>& found) {
    using V = typename M::V;
    using Exact = typename Row::Exact;
    const auto [sum, slopes] = kept.template Sums<Exact, Exact>([=](auto at, auto add, auto add_slope) ACT_LAMBDA {
      const V x = at.x(), zero = m.Set(0), one = m.Set(1), beta = m.Set(found.beta);
      const Twofold<V> base = Times(m, Normalised(m, found.support.excess.Parts(m, x)), Exactly(m, beta));
      const auto member = base.high > zero;
      const Twofold<V> u = Choose(m, member, base, Exactly(m, one));
      const Twofold<V> log = found.LogOf(m, u);
      const auto far = log.high < m.Set(-600);
      const Twofold<V> p = PreciseExp(m, Choose(m, far, Exactly(m, m.Set(-600)), log));
      add.WithError(m.Select(member, p.high, m.Select(base.high == base.high, zero, base.high)),
                    m.Select(member, p.low, zero));
      add_slope(m.Select(member, p.high / u.high, zero));
    });
    return actserve::Sum(sum, -1.0).Rounded() / Rounded(slopes);
  }
};
