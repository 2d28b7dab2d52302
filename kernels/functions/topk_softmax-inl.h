// Softmax over the k largest of a row. Without an include guard: a backend includes this inside its own namespace. How
// formulas see a row is said in math/policy.h.

// The k largest elements of a row, of equal ones the first; the others count as -inf. NaN stays, and makes the row NaN.
struct LargestOfRow {
  static constexpr int kSlope = 1;
  double threshold = -kInfinity;                      // the least of the k
  int64_t end = std::numeric_limits<int64_t>::max();  // from here on, what equals it is too much

  template <class M, class At, class T = typename M::T>
  ACT_FN auto operator()(M m, const At& at) const {
    const auto x = at.x(), least = m.Set(static_cast<T>(threshold));
    const auto is_left = m.And(m.Not(x > least), m.Not(m.And(x == least, at.IsBefore(end))));
    return m.Select(m.And(is_left, x == x), m.Set(static_cast<T>(-kInfinity)), x);
  }

  template <class M, class Row, class T = typename M::T>
  ACT_FN void Settle(M m, const Row& row, int64_t k) {
    if (k == row.size()) return;
    const auto nothing = m.Set(static_cast<T>(-kInfinity));
    threshold = KthLargest(m, row.Keep([=](auto at) ACT_LAMBDA { return at.x() > nothing; }), k);
    const auto least = m.Set(static_cast<T>(threshold));
    const int64_t wanted = k - row.Count([=](auto at) ACT_LAMBDA { return at.x() > least; });
    if (threshold == -kInfinity || row.Count([=](auto at) ACT_LAMBDA { return at.x() >= least; }) <= k) return;
    // The first index before which there are as many equal ones as are wanted.
    int64_t low = 0, high = row.size();
    while (low < high) {
      const int64_t middle = low + (high - low) / 2;
      const int64_t equal = row.Count([=](auto at) ACT_LAMBDA { return m.And(at.x() == least, at.IsBefore(middle)); });
      if (equal < wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    end = low;
  }

 private:
  // So few are found one after another.
  static constexpr int64_t kFew = 4;

  // Of numbers above -inf; -inf if there are fewer. Numbers are parted in the middle between the least and the largest,
  // by value and by bits in turn: what is spread evenly is halved by the one, the range of what is not by the other.
  template <class M, class Row>
  ACT_FN static typename M::T KthLargest(M m, Row row, int64_t k) {
    using T = typename M::T;
    if (row.size() < k) return static_cast<T>(-kInfinity);
    for (bool by_value = true;; by_value = !by_value) {
      const T most = RowMax(m, row);
      if (k == 1) return most;
      const T least = RowMin(m, row);
      if (k == row.size() || least == most) return least;
      const auto middle = m.Set(k <= kFew ? Below(most) : by_value ? Mean(least, most) : MeanOfBits(least, most));
      const int64_t above = row.Count([=](auto at) ACT_LAMBDA { return at.x() > middle; });
      if (above >= k) {
        row = row.Keep([=](auto at) ACT_LAMBDA { return at.x() > middle; });
      } else {
        k -= above;
        row = row.Keep([=](auto at) ACT_LAMBDA { return m.Not(at.x() > middle); });
      }
    }
  }

  // All three are at least a, and less than b, for a < b.
  template <class T>
  ACT_FN static T Mean(T a, T b) {
    const T mean = a / 2 + b / 2;
    return a < mean && mean < b ? mean : a;
  }
  template <class T>
  ACT_FN static T MeanOfBits(T a, T b) {
    const auto i = Ordered(a), j = Ordered(b);
    return FromOrdered<T>((i >> 1) + (j >> 1) + (i & j & 1));
  }
  template <class T>
  ACT_FN static T Below(T b) {
    return FromOrdered<T>(b == 0 ? -2 : Ordered(b) - 1);  // -0 would equal 0
  }

  // Integers in the order of the numbers that have these bits, -0 before 0.
  template <class T>
  using Bits = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
  template <class T>
  ACT_FN static Bits<T> Ordered(T x) {
    const auto bits = std::bit_cast<Bits<T>>(x);
    return bits < 0 ? bits ^ std::numeric_limits<Bits<T>>::max() : bits;
  }
  template <class T>
  ACT_FN static T FromOrdered(Bits<T> bits) {
    return std::bit_cast<T>(bits < 0 ? bits ^ std::numeric_limits<Bits<T>>::max() : bits);
  }
};

struct TopkSoftmax {
  enum { kK, kTemperature };
  static constexpr FunctionInfo kInfo{
      .name = "topk_softmax",
      .summary = "Softmax over the k largest elements, of equal ones the first; the others have no share.",
      .formula = "exp(x_i / temperature) / sum_j exp(x_j / temperature) over the k largest, else 0",
      .derivative = "dx_i = y_i (dy_i - sum_j y_j dy_j) / temperature",
      .kind = FunctionKind::kRowwise,
      .params =
          {{{{.name = "k", .summary = "so many elements", .min = 1, .max = 1 << 24, .required = true, .is_count = true},
             {.name = "temperature", .summary = "divides the inputs", .fallback = 1, .min = 1e-6, .max = 1e6}}}},
      .reference = "Shazeer et al. 2017, Outrageously Large Neural Networks",
      .usage = "routers of mixtures of experts; sampling of tokens"};

  static constexpr bool kKeepsNumbers = true, kOneByOne = true;

  using Input = LargestOfRow;
  template <class M>
  struct Evaluation : SoftmaxEvaluation<TopkSoftmax, M> {
    template <class Row>
    ACT_FN void Scan(M m, const Row& row) {
      this->input.Settle(m, row, static_cast<int64_t>(row.param(kK)));
      SoftmaxEvaluation<TopkSoftmax, M>::Scan(m, row);
    }
  };
  template <class M>
  struct Differentiation : SoftmaxDifferentiation<TopkSoftmax, M> {
    template <class Row>
    ACT_FN void Scan(M m, const Row& row) {
      this->input.Settle(m, row, static_cast<int64_t>(row.param(kK)));
      SoftmaxDifferentiation<TopkSoftmax, M>::Scan(m, row);
    }
  };
};
