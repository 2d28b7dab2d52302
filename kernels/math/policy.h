// What formulas may use: the operations of a MathPolicy, every one of them correctly rounded or exact, so that a
// formula gives the same bits wherever it runs. Nothing approximate is here, and no library's transcendental functions.
//
// A policy M has a type of number M::T (float or double), M::Coefficients for it, a type of values M::V (one or many
// numbers) and one of truth M::Mask. Values have + - * / (rounded to nearest even, never contracted) and comparisons <
// <= > >= == != that give masks; a comparison with NaN is false, but for !=. The rest are static functions, written
// m.Fma(a, b, c). M::Wide is the policy for a single double, for what is computed once in a row. One for double also
// has SplitExponent(v, k): it takes a positive normal number apart into v = f 2^k with f in [0.7, 1.42).
// m.OneOf(numbers, v) finds the one of 32 numbers that the low five bits of v's representation say. For float,
// m.Lookup<32, 0>(numbers, v) does so quickly, and m.Lookup<16, k>(numbers, v) where that is one of the first eight, or
// of the eight from the k-th on (8 or 24).
//
// A row-wise formula is two classes of three steps, Evaluation<M> and Differentiation<M>: Scan, Reduce and Write are
// given a row one after another; meanwhile others of their kind may be given other rows, so that what a step leaves to
// the next is kept in members. Steps are given a row of numbers:
//   row.param(i)        a scalar parameter
//   row.size()          the number of elements
//   row.is_narrow()     whether results are rounded to fewer digits than the numbers have
//   row.Max(f)          the largest f(at); NaN is passed over
//   row.Sum(f)          the sum over the row of f(at), as math/summation.h says: a double for float, else double-double
//   row.Sums<K...>(f)   several sums at once, of kinds K: f(at, add...) calls add(a) for each; or add(a, b) to add a b,
//                       which is not rounded. Kinds are Row::Numbers (those that Sum adds), Row::Exponentials
//                       (Exponential values, rows-inl.h) and Row::Exact: in double-double whatever the type, where
//                       add.WithError(a, e) adds what should have been a + e. SumOf<K>(f) is one sum
//   row.Count(f)        for how many the mask f(at) is true
//   row.Map(f)          y = f(at) for each element
//   row.MapToNumbers(f) the same where no result is NaN
//   row.Keep(f)         the row of those x for which the mask f(at) is true, in order; takes the place of the outputs
//   row.Otherwise(c, f) whether c is true, for what is out of the ordinary; if so, f(row) has done the rest
// where `at` stands for the elements in hand: at.x(), at.upstream() (gradients only), at.y(), at.Store(y), and
// at.IsBefore(i), the mask of those of which the index is less than i.
//
// A function with learnable parameters has a third class, ParamDifferentiation<M>, whose third step is Sum(m, row,
// sums): what the row adds to the gradient of parameter i goes to sums[i], a DoubleDouble. They are added in the order
// of rows.
//
// A row may stand for as many rows as a vector has lanes. So numbers of which a row has one, maxima and sums, are of
// the policy M::OfRow: OfRow::Number and, in double, OfRow::Wide. Where a row is one row, they are T and double
// (SingleNumber in math/rows-inl.h has the operations). m.Set(number) makes values of them, m.First(v) the reverse.
// Functions that say kOneByOne are spared that, and may use Count and IsBefore. What row.Keep keeps is a row for each
// of the OfRow::kCount: kept.one(i). Where Otherwise is true of one of several rows, all of them are computed again,
// one by one.
#pragma once

#include <concepts>

namespace actserve {

// How often a formula rounds on its way to a result; of a function that does not say (kRounding), many times. Few means
// that it is within 1 ULP in f32 too, and without low parts off by less than the function's kSlack.
enum class Rounding { kNone, kOnce, kFew, kMany };

// Whether a function has its parameters' gradients, and if it is per-channel its results too, computed in f64 for f32
// and narrower types, as element-wise functions of many roundings have their results (kInF64).
template <class F>
constexpr bool IsInF64() {
  if constexpr (requires { F::kInF64; }) {
    return F::kInF64;
  } else {
    return false;
  }
}

// Whether a function is there for its derivative, which is a factor of a gated function (math/gated-inl.h): its product
// with an upstream is rounded only as a whole.
template <class F>
constexpr bool IsFactor() {
  return requires { F::kIsFactor; };
}

template <class M>
concept MathPolicy = requires(M m, typename M::T t, typename M::V v, typename M::Mask mask) {
  { m.Set(t) } -> std::same_as<typename M::V>;
  { m.Fma(v, v, v) } -> std::same_as<typename M::V>;     // a * b + c, rounded once
  { m.NegFma(v, v, v) } -> std::same_as<typename M::V>;  // c - a * b, rounded once
  { m.Sqrt(v) } -> std::same_as<typename M::V>;
  { m.Neg(v) } -> std::same_as<typename M::V>;  // flips the sign, of zeros too
  { m.Abs(v) } -> std::same_as<typename M::V>;
  { m.WithSignOf(v, v) } -> std::same_as<typename M::V>;  // |a| with the sign of b
  { m.Select(mask, v, v) } -> std::same_as<typename M::V>;
  { m.Max(v, v) } -> std::same_as<typename M::V>;  // a > b ? a : b; so b if one is NaN
  { m.And(mask, mask) } -> std::same_as<typename M::Mask>;
  { m.Not(mask) } -> std::same_as<typename M::Mask>;
  { m.Any(mask) } -> std::same_as<bool>;
  { m.All(mask) } -> std::same_as<bool>;
  { m.LowBitsToExponent(v) } -> std::same_as<typename M::V>;  // the bits shifted left by the width of the fraction
  { m.First(v) } -> std::same_as<typename M::T>;              // one of the values
  { v + v } -> std::same_as<typename M::V>;
  { v < v } -> std::same_as<typename M::Mask>;
};

}  // namespace actserve
