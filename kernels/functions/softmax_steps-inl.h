// The steps of softmax along a row, for every function F that is one of something: F::Input says of what, and
// F::kTemperature which parameter divides it. Without an include guard: a backend includes this inside its own
// namespace. How formulas see a row is said in math/policy.h.

// Probabilities for upstreams so large that products overflow: e / sum, of exponentials and their sum raised so high
// that all of the type's range lies between the largest and those that are 0.
template <class M>
struct RaisedProbability {
  using T = typename M::T;
  using V = typename M::V;
  static constexpr T kRaise = sizeof(T) == 4 ? 120 : 960;
  static constexpr T kLower = sizeof(T) == 4 ? T(0x1p-120) : T(0x1p-960),
                     kHalfWay = sizeof(T) == 4 ? T(0x1p-60) : T(0x1p-480);
  T sum;

  // e / sum * factor / divisor, where no step overflows and only the last may be subnormal.
  ACT_FN V Times(M m, V e, V factor, V divisor) const {
    const V raised = e / m.Set(sum * kLower);
    return m.Select(raised < m.Set(1), raised * factor * m.Set(kHalfWay) / divisor * m.Set(kHalfWay),
                    raised * m.Set(kLower) * factor / divisor);
  }
};

// The elements as they are, or with their signs changed. kSlope is an input's derivative by its element.
template <int kSign>
struct SoftmaxInput {
  static constexpr int kSlope = kSign;

  template <class M, class At>
  ACT_FN auto operator()(M m, const At& at) const {
    if constexpr (kSign < 0) {
      return m.Neg(at.x());
    } else {
      return at.x();
    }
  }
};

template <class F, class M>
struct SoftmaxEvaluation {
  using N = typename M::OfRow;
  typename F::Input input;
  typename N::Number max = {};
  Inverse<N> inverse;

  template <class Row>
  ACT_FN void Scan(M m, const Row& row) {
    max = row.Max([=, in = input](auto at) ACT_LAMBDA { return in(m, at); });
  }
  template <class Row>
  ACT_FN void Reduce(M m, const Row& row) {
    WithRowExp(m, max, row.param(F::kTemperature), kRowRaise, [&](const auto& exp) ACT_LAMBDA {
      inverse =
          Inverse<N>(row.template SumOf<typename Row::Exponentials>([=, in = input](auto at, auto add) ACT_LAMBDA {
            const auto e = exp(m, in(m, at));
            at.Store(e.value);
            add(e);
          }));
    });
  }
  template <class Row>
  ACT_FN void Write(M m, const Row& row) {
    if (IsFilledWithNan(m, row, N::Not(inverse.high > N::Set(0)))) return;
    const auto factor = inverse;
    row.MapToNumbers([=](auto at) ACT_LAMBDA { return factor.Times(m, at.y()); });
  }
};

template <class F, class M>
struct SoftmaxDifferentiation {
  using T = typename M::T;
  using V = typename M::V;
  using N = typename M::OfRow;
  typename F::Input input;
  typename N::Number max = {}, largest_upstream = {};
  // For upstreams that are not large.
  Split<N> mean;
  Inverse<N> probability;

  template <class Row>
  ACT_FN void Scan(M m, const Row& row) {
    max = row.Max([=, in = input](auto at) ACT_LAMBDA { return in(m, at); });
    largest_upstream = LargestUpstream(m, row);
  }
  template <class Row>
  ACT_FN void Reduce(M m, const Row& row) {
    if (N::Any(IsLarge())) return;
    const T temperature = row.param(F::kTemperature);
    WithRowExp(m, max, temperature, kRowRaise, [&](const auto& exp) ACT_LAMBDA {
      using Numbers = typename Row::Numbers;
      const auto [sum, dot] =
          row.template Sums<Numbers, Numbers>([=, in = input](auto at, auto add, auto add_to_dot) ACT_LAMBDA {
            const V e = exp(m, in(m, at)).value;
            at.Store(e);
            add(e);
            add_to_dot(e, at.upstream());
          });
      mean = Split<N>(N::Quotient(dot, sum));
      // Raised still, lest a small probability lose digits before it meets the upstream.
      probability = Inverse<N>(N::Rounded(sum) * N::SetWide(0x1p-64) * N::SetWide(temperature));
    });
  }
  template <class Row>
  ACT_FN void Write(M m, const Row& row) {
    if (row.Otherwise(IsLarge(), [&](const auto& same) ACT_LAMBDA { WriteLarge(m, same); })) return;
    const Split<N> split = mean;
    const Inverse<N> factor = probability;
    row.Map([=](auto at) ACT_LAMBDA {
      const V deviation = (at.upstream() - m.Set(split.high)) - m.Set(split.low);
      return factor.Times(m, at.y()) * deviation * m.Set(F::Input::kSlope * 0x1p-64f);
    });
  }

 private:
  ACT_FN auto IsLarge() const { return N::Not(largest_upstream < N::Set(0x1p40f)); }

  template <class Row>
  ACT_FN void WriteLarge(M m, const Row& row) {
    using Probability = RaisedProbability<M>;
    const UpstreamScale<M> scale(largest_upstream);
    const T temperature = row.param(F::kTemperature);
    WithRowExp(m, max, temperature, Probability::kRaise, [&](const auto& exp) ACT_LAMBDA {
      const Probability probability{static_cast<T>(Rounded(row.Sum([=, in = input](auto at) ACT_LAMBDA {
        const V e = exp(m, in(m, at)).value;
        at.Store(e);
        return e;
      })))};
      const Split<N> mean(Rounded(row.Sum([=](auto at) ACT_LAMBDA {
        return probability.Times(m, at.y(), at.upstream() * m.Set(scale.down), m.Set(1));
      })));
      row.Map([=](auto at) ACT_LAMBDA {
        const V deviation = (at.upstream() * m.Set(scale.down) - m.Set(mean.high)) - m.Set(mean.low);
        return probability.Times(m, at.y(), deviation, m.Set(temperature)) * m.Set(scale.up * F::Input::kSlope);
      });
    });
  }
};
