#include "tests/cases/generator/verify.h"

#include <cmath>

#include "absl/strings/str_format.h"
#include "tests/kernels/exact.h"
#include "tests/kernels/judge.h"
#include "tests/oracle/format.h"

namespace actserve::cases {
namespace {

using testing::Exact;
using testing::Judge;
using testing::Tensor;

Judge JudgeOf(const testing::Problem& problem) {
  const oracle::Reference& reference = testing::ReferenceOf(*problem.function);
  const DataType in = problem.input.type(), out = problem.output_type;
  const oracle::Bound& bound = problem.direction == Direction::kEvaluate ? reference.value : reference.gradient;
  const bool rows = reference.rowwise.has_value();
  if (in == out && SizeOf(in) == 2 && !rows) return Judge(in, in, bound.narrow);
  const DataType compute = testing::ComputeType(in, out);
  return Judge(out, compute, testing::BoundOf(bound, compute), /*signed_zeros=*/!rows);
}

// `at` names an element in the message.
template <class At>
std::string Compare(Judge judge, const Tensor& computed, const Exact& exact, const std::string& what, At at) {
  for (int64_t i = 0; i < computed.elements(); ++i) {
    const oracle::Real& value = exact.values[static_cast<size_t>(i)];
    if (mpfr_nan_p(value.get()) == 0) {
      judge.Check(at(i), computed[i], value, exact.terms[static_cast<size_t>(i)]);
    } else if (computed.bits(i) != oracle::Encode(std::nan(""), computed.type())) {
      return absl::StrFormat("%s: element %d is %g; expected the canonical NaN", what, i, computed[i]);
    }
  }
  return judge.Verdict(what);
}

}  // namespace

std::string Verify(const testing::Problem& problem, const testing::Answer& answer) {
  std::string failures = Compare(JudgeOf(problem), answer.output, testing::ExactOutput(problem), "output",
                                 [&](int64_t i) { return problem.input[i]; });
  if (answer.param_gradients.empty()) return failures;
  const DataType compute = testing::ComputeType(problem.input.type(), problem.output_type);
  const double bound = testing::BoundOf(testing::ReferenceOf(*problem.function).param_gradient, compute);
  const std::vector<Exact> exact = testing::ExactParamGradients(problem);
  for (size_t k = 0; k < exact.size(); ++k) {
    const Tensor& gradient = answer.param_gradients[k];
    failures += Compare(Judge(gradient.type(), compute, bound), gradient, exact[k],
                        absl::StrFormat("gradient of parameter %d (x is the element's index)", k),
                        [](int64_t i) { return static_cast<double>(i); });
  }
  return failures;
}

}  // namespace actserve::cases
