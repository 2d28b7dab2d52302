// Gathers what is known of one computation's results.
#pragma once

#include <optional>

#include "tests/accuracy/interpolant.h"
#include "tests/accuracy/tally.h"
#include "tests/accuracy/verdict.h"

namespace actserve::accuracy {

// A result's code at an input's code, judged by the oracle and added to the tally. Where the input's block has an
// interpolant, that is asked first: what it says in 300 bits usually is enough.
struct Place {
  const Interpolant* interpolant;
  double u;
};
void Settle(const Curve& curve, uint64_t input, uint64_t code, const std::optional<Place>& place, Tally& tally);

// Adds the sum of verdicts on so many results, none of them doubtful.
inline void Count(const Verdict& sum, int64_t results, Tally& tally) {
  tally.inputs += results;
  tally.correct += sum.correct;
  tally.over_one += sum.over_one;
  tally.wrong += sum.wrong;
}

// A curve's input as the report shows it: "-0x1.8p-3 (-0.1875)".
std::string Describe(const Curve& curve, uint64_t code);

// One result, and what a polynomial knows of it.
struct Judged {
  uint64_t input, result;
  Place place;
  Verdict verdict;
};

// Judges results [from, to), which `one` gives by their number: by the oracle, where the polynomial's verdict is
// doubtful. The oracle sees the largest error first, so that in a run of ever larger ones it need not see each.
template <class One>
void JudgeEach(const Curve& curve, int64_t from, int64_t to, Tally& tally, One one) {
  int64_t largest = -1;
  double error = tally.max_ulp;
  for (int64_t i = from; i < to; ++i) {
    const Verdict verdict = one(i).verdict;
    if (verdict.least > error) error = verdict.least, largest = i;
  }
  const auto settle = [&](const Judged& judged) { Settle(curve, judged.input, judged.result, judged.place, tally); };
  if (largest >= 0) settle(one(largest));
  for (int64_t i = from; i < to; ++i) {
    if (i == largest) continue;
    const Judged judged = one(i);
    if (judged.verdict.doubtful != 0) {
      settle(judged);
      continue;
    }
    Count(judged.verdict, 1, tally);
    if (judged.verdict.wrong != 0 && tally.wrong_at.empty()) tally.wrong_at = Describe(curve, judged.input);
  }
}

}  // namespace actserve::accuracy
