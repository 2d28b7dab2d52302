#include "tests/accuracy/gauge.h"

#include <cmath>

#include "absl/strings/str_format.h"

namespace actserve::accuracy {
namespace {

struct Judgement {
  bool correct;
  double ulp;
  bool wrong_zero;
};

Judgement JudgeExactly(const Curve& curve, const Real& x, double result, const Real& exact) {
  const double nearest = oracle::Round(exact, curve.type);
  Judgement judged{
      .correct = result == nearest, .ulp = oracle::UlpError(result, exact, curve.type), .wrong_zero = false};
  bool cancels = false;
  if (curve.terms != nullptr && judged.ulp > 0) {
    const Real terms = curve.terms(x);
    cancels = Abs(exact) < terms;
    if (cancels) judged.ulp = oracle::UlpError(result, exact, curve.type, terms);
  }
  judged.wrong_zero = result == 0 && !exact.IsZero() && !cancels && std::signbit(result) != exact.IsNegative();
  return judged;
}

// What the interpolant knows, if all that its bound allows rounds to the same number and the error is of no interest.
std::optional<Judgement> AskInterpolant(const Curve& curve, const Place& place, double result, const Tally& tally) {
  const Interpolant& f = *place.interpolant;
  if (f.has_terms) return std::nullopt;
  const Real p = f.At(place.u);
  const Real low = p - f.bound;
  const Real high = p + f.bound;
  if (low.IsNegative() != high.IsNegative() || oracle::Round(low, curve.type) != oracle::Round(high, curve.type)) {
    return std::nullopt;
  }
  const Judgement judged = JudgeExactly(curve, 0, result, p);
  const bool surely_known = judged.ulp <= tally.max_ulp && (judged.ulp < 0.75 || judged.ulp > 1.25);
  return surely_known ? std::optional(judged) : std::nullopt;
}

}  // namespace

void Settle(const Curve& curve, uint64_t input, uint64_t code, const std::optional<Place>& place, Tally& tally) {
  const double x = oracle::Decode(input, curve.type);
  const double result = oracle::Decode(code, curve.type);
  std::optional<Judgement> judged;
  if (place) judged = AskInterpolant(curve, *place, result, tally);
  if (!judged) {
    ++tally.recomputed;
    judged = JudgeExactly(curve, x, result, curve.exact(x));
  }
  const bool record = judged->ulp > tally.max_ulp;
  tally.Add(judged->correct && !judged->wrong_zero, judged->ulp, input);
  if (record) tally.worst = Describe(curve, input);
  if (judged->wrong_zero) {
    ++tally.wrong;
    if (tally.wrong_at.empty()) tally.wrong_at = Describe(curve, input);
  }
}

std::string Describe(const Curve& curve, uint64_t code) {
  const double x = oracle::Decode(code, curve.type);
  return (std::isfinite(x) && x != 0 ? absl::StrFormat("%a (%.6g)", x, x) : absl::StrFormat("%g", x)) + curve.beside;
}

}  // namespace actserve::accuracy
