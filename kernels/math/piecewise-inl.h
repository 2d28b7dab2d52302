// Functions of one number as polynomials by cells, in f32. Without an include guard: a backend includes this inside its
// own namespace.

// What a table (functions/tables-inl.h) says of its function f, besides the coefficients: f(-x) = f(x), -f(x), f(x) - x
// or 1 - f(x), so that its cells are those of |x|, the last two being of f(-|x|); or only that f(x) has the sign of x,
// zeros included (as it has for f(x) - x).
enum class Symmetry { kNone, kEven, kOdd, kLessX, kFromOne, kSign };

// The function that a table holds. Cell k has its centre at k width. With t = x - k width, exact,
//   f(x) = value + (slope t + (value_low + t (slope_low + t (rest[0] + rest[1] t + ...))))
// where value + value_low and slope + slope_low hold f and f' at the centre to more than 24 bits: what is rounded is
// the sum in the outer parentheses, which is small beside f, and the last sum. Where the centre is a root, value is 0
// and the last sum exact. At most 1 ULP from f, as the exhaustive run shows (tests/accuracy).
template <class M, class Table>
struct Piecewise {
  using V = typename M::V;
  using Mask = typename M::Mask;

  // Whether x lies in the cells around 0, which are quicker to look up; and whether it lies in any cell. With a margin
  // for the rounding that finds the cell; not true for NaN.
  static constexpr float kCellsAbove = Table::kFirst + 32;
  ACT_FN static Mask IsNear(M m, V x) { return m.Abs(x) < m.Set((kCellsAbove / 2 - 0.53125f) * Table::kWidth); }
  static constexpr float kTop = (Table::kCells - 0.53125f) * Table::kWidth;
  ACT_FN static Mask IsInside(M m, V x) { return m.Abs(x) < m.Set(kTop); }

  // f(x) where x is inside, or near if kCells is 16; any number elsewhere.
  template <int kCells>
  ACT_FN static V Evaluate(M m, V x) {
    const auto [value, slope, t, small] = Terms<kCells>(m, x);
    const V y = m.Fma(slope, t, small) + value;
    if constexpr (kSymmetry == Symmetry::kFromOne) return m.Select(x > m.Set(0), m.Set(1) - y, y);
    return kSymmetry == Symmetry::kNone || kSymmetry == Symmetry::kEven ? y : m.WithSignOf(y, x);
  }
  // The same in more digits, as far as those of the small sum go: the low part may be some hundredths of the high one.
  template <int kCells>
  ACT_FN static Twofold<V> EvaluateFinely(M m, V x) {
    static_assert(kSymmetry != Symmetry::kOdd);
    const auto [value, slope, t, small] = Terms<kCells>(m, x);
    const V rise = slope * t;
    const V high = value + rise;
    Twofold<V> y = {high, ((value - high) + rise) + (m.Fma(slope, t, m.Neg(rise)) + small)};
    if constexpr (kSymmetry == Symmetry::kFromOne) {
      const Twofold<V> rest = FineSum(m, m.Set(1), m.Neg(y.high));
      y = Choose(m, x > m.Set(0), Twofold<V>{rest.high, rest.low - y.low}, y);
    }
    if constexpr (kSymmetry == Symmetry::kSign || kSymmetry == Symmetry::kLessX) y.high = m.WithSignOf(y.high, x);
    return y;
  }

 private:
  static constexpr Symmetry kSymmetry = Table::kSymmetry;

  // f(|x|), or f(x), as value + (slope t + small): |slope t| is less than |value| unless that is 0.
  struct Sum {
    V value, slope, t, small;
  };
  template <int kCells>
  ACT_FN static Sum Terms(M m, V x) {
    const V from = kSymmetry == Symmetry::kNone || kSymmetry == Symmetry::kSign ? x : m.Abs(x);
    const V magic = m.Set(Range<float>::kRounder);
    const V cell = m.Fma(from, m.Set(Table::kPerWidth), magic);  // its low bits are k
    const V t = m.NegFma(cell - magic, m.Set(Table::kWidth), from);
    const V rest = Rest<kCells>(m, t, cell);
    const V value_low = Find<kCells>(m, Table::kValueLow, cell);
    V small;
    if constexpr (requires { Table::kSlopeLow; }) {
      small = m.Fma(m.Fma(rest, t, Find<kCells>(m, Table::kSlopeLow, cell)), t, value_low);
    } else {
      small = m.Fma(rest, t * t, value_low);
    }
    V slope = Find<kCells>(m, Table::kSlope, cell), value = Find<kCells>(m, Table::kValue, cell);
    if constexpr (kSymmetry == Symmetry::kLessX) {  // adds x = centre + t where x > 0
      const auto above = x > m.Set(0);
      const V centre = m.Select(above, from - t, m.Set(0));
      const V sum = centre + value;
      small = small + (value - (sum - centre));
      value = sum;
      slope = slope + m.Select(above, m.Set(1), m.Set(0));
    }
    return {value, slope, t, small};
  }
  template <int kCells>
  ACT_FN static V Find(M m, const float (&column)[32], V cell) {
    return m.template Lookup < kCells, Table::kFirst == 0 ? 8 : 24 > (column, cell);
  }
  template <int kCells, int I = 0>
  ACT_FN static V Rest(M m, V t, V cell) {
    const V c = Find<kCells>(m, Table::kRest[I], cell);
    if constexpr (I + 1 == std::size(Table::kRest)) {
      return c;
    } else {
      return m.Fma(Rest<kCells, I + 1>(m, t, cell), t, c);
    }
  }
};

// The same for results that are to be rounded to 16 bits, of numbers that have 11 bits: t = kPerWidth x - k is exact,
// and f a polynomial in t. A table that saturates has a last cell without an end, where f(x) is x, or 1, when rounded.
template <class M, class Table>
struct CoarsePiecewise {
  using V = typename M::V;
  using Mask = typename M::Mask;

  static constexpr bool kFolds = Table::kSymmetry == Symmetry::kEven || Table::kSymmetry == Symmetry::kOdd;
  static constexpr int kCellsAbove = Table::kFirst + 32;
  // Where the table ends below, by magnitude, and above.
  static constexpr float kTop = Table::kSaturates ? 0x1p100f : (kCellsAbove - 0.53125f) / Table::kPerWidth;
  static constexpr float kBottom = kFolds ? kTop : (0.46875f - Table::kFirst) / Table::kPerWidth;
  ACT_FN static Mask IsInside(M m, V x) { return m.And(x > m.Set(-kBottom), x < m.Set(kTop)); }
  ACT_FN static Mask IsNear(M m, V x) { return m.Abs(x) < m.Set((kFolds ? 15.46875f : 7.46875f) / Table::kPerWidth); }

  template <int kCells>
  ACT_FN static V Evaluate(M m, V x) {
    const V position = (kFolds ? m.Abs(x) : x) * m.Set(Table::kPerWidth);
    const V magic = m.Set(Range<float>::kRounder);
    V cell = position + magic;  // its low bits are k
    if constexpr (Table::kSaturates && kCells == 32) {
      cell = m.LeastPositive(cell, m.Set(Range<float>::kRounder + (kCellsAbove - 1)));
    }
    const V y = Horner<kCells>(m, position - (cell - magic), cell);
    return Table::kSymmetry == Symmetry::kOdd || Table::kSymmetry == Symmetry::kSign ? m.WithSignOf(y, x) : y;
  }

 private:
  template <int kCells, int I = 0>
  ACT_FN static V Horner(M m, V t, V cell) {
    const V c = m.template Lookup < kCells, Table::kFirst == 0 ? 8 : 24 > (Table::kPower[I], cell);
    if constexpr (I + 1 == std::size(Table::kPower)) {
      return c;
    } else {
      return m.Fma(Horner<kCells, I + 1>(m, t, cell), t, c);
    }
  }
};
