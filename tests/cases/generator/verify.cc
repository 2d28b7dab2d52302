#include "tests/cases/generator/verify.h"

#include <cmath>

#include "absl/strings/str_format.h"
#include "tests/kernels/bytes.h"
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

// The same where elements have 8 bits: what an error within the bound of f64 could be rounded to.
std::string CompareCodes(const testing::Problem& problem, const Tensor& computed, const Exact& exact,
                         const std::string& what) {
  const oracle::Reference& reference = testing::ReferenceOf(*problem.function);
  const double bound = testing::BoundOf(reference, problem.direction, DataType::kF64);
  for (int64_t i = 0; i < computed.elements(); ++i) {
    const oracle::Real& value = exact.values[static_cast<size_t>(i)];
    const oracle::Real size = oracle::Max(oracle::Abs(value), exact.terms[static_cast<size_t>(i)]);
    const oracle::Real error = (oracle::Real(bound) * size).TimesPowerOfTwo(-52);
    const uint64_t below = testing::Rounded(value - error, problem, computed.shape(), i),
                   above = testing::Rounded(value + error, problem, computed.shape(), i);
    const uint64_t bits = computed.bits(i);
    const double low = oracle::Decode(below, computed.type()), high = oracle::Decode(above, computed.type());
    // Within them, by value: two zeros are one.
    if (bits == below || bits == above || (low <= computed[i] && computed[i] <= high)) continue;
    return absl::StrFormat("%s: element %d is %g; expected %g to %g, of %s", what, i, computed[i], low, high,
                           value.ToString());
  }
  return "";
}

// The gradients of parameters.
std::string VerifyGradients(const testing::Problem& problem, const testing::Answer& answer) {
  if (answer.param_gradients.empty()) return "";
  std::string failures;
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

}  // namespace

std::string Verify(const testing::Problem& problem, const testing::Answer& answer) {
  if (IsByte(problem.input.type()) || IsByte(problem.output_type)) {
    const testing::Problem widened = testing::Widened(problem);
    std::string failures = CompareCodes(problem, answer.output, testing::ExactOutput(widened), "output");
    if (answer.gate_gradient) {
      failures +=
          CompareCodes(problem, *answer.gate_gradient, testing::ExactGateGradient(widened), "gradient of the gate");
    }
    return failures + VerifyGradients(widened, answer);
  }
  std::string failures = Compare(JudgeOf(problem), answer.output, testing::ExactOutput(problem), "output",
                                 [&](int64_t i) { return problem.input[i]; });
  if (answer.gate_gradient) {
    failures += Compare(JudgeOf(problem), *answer.gate_gradient, testing::ExactGateGradient(problem),
                        "gradient of the gate", [&](int64_t i) { return (*problem.gate)[i]; });
  }
  return failures + VerifyGradients(problem, answer);
}

}  // namespace actserve::cases
