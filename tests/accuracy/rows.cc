#include "tests/accuracy/rows.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "tests/kernels/inputs.h"
#include "tests/kernels/judge.h"
#include "tests/oracle/format.h"

namespace actserve::accuracy {
namespace {

using testing::Random;

constexpr std::string_view kKinds[] = {"normal", "wide", "near", "ties", "peak"};

double Element(std::string_view kind, Random& random, int64_t i, int64_t length) {
  if (kind == "wide") return 20 * random.Normal();
  if (kind == "near") return 3 + 1e-3 * random.Normal();
  if (kind == "ties") return 0.5 * static_cast<double>(random.Below(8));
  if (kind == "peak" && i == length / 2) return 25;
  return random.Normal();
}

testing::Problem MakeProblem(const Subject& subject, std::string_view kind, int64_t length) {
  Random random(static_cast<uint64_t>(length));
  std::vector<double> row;
  for (int64_t i = 0; i < length; ++i) row.push_back(Element(kind, random, i, length));
  testing::Problem problem{
      .function = subject.function, .direction = subject.direction, .input = testing::Tensor::Of(subject.type, row)};
  const oracle::Setting& setting = subject.reference().settings[subject.setting];
  problem.arguments = testing::ArgumentsOf(subject.function->info, setting);
  if (subject.direction == Direction::kGradient) {
    problem.upstream = testing::Tensor::Of(subject.type, testing::MixedValues(length, 11));
  }
  return problem;
}

}  // namespace

std::span<const std::string_view> RowKinds() { return kKinds; }

Tally MeasureRow(const Subject& subject, std::string_view kind, int64_t length) {
  const testing::Problem problem = MakeProblem(subject, kind, length);
  const testing::Tensor result = testing::Solve(problem).output;
  const oracle::Rowwise& f = *subject.reference().rowwise;
  const oracle::Setting setting =
      testing::Rounded(subject.reference().settings[subject.setting], testing::ComputeType(subject.type, subject.type));
  const std::vector<double> x = problem.input.values();
  std::vector<Real> exact, terms;
  if (subject.direction == Direction::kEvaluate) {
    exact = f.value(x, setting);
    if (f.value_terms != nullptr) terms = f.value_terms(x, setting);
  } else {
    const std::vector<double> upstream = problem.upstream->values();
    exact = f.product(x, upstream, setting);
    terms = f.product_terms(x, upstream, setting);
  }
  Tally tally;
  for (size_t i = 0; i < x.size(); ++i) {
    const double y = result[static_cast<int64_t>(i)];
    const bool cancels = !terms.empty() && Abs(exact[i]) < terms[i];
    const double ulp = oracle::UlpError(y, exact[i], subject.type, cancels ? terms[i] : exact[i]);
    const bool record = ulp > tally.max_ulp;
    tally.Add(y == oracle::Round(exact[i], subject.type), ulp, i);
    ++tally.recomputed;
    if (record) tally.worst = absl::StrFormat("row of %d; %s; element %d", length, kind, i);
  }
  return tally;
}

}  // namespace actserve::accuracy
