#include "tests/kernels/judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_format.h"
#include "tests/oracle/format.h"

namespace actserve::testing {

using oracle::Real;

namespace {

constexpr size_t kWorst = 5;

Arguments MakeArguments(const FunctionInfo& info, const oracle::Setting& setting, bool only_required) {
  Arguments arguments;
  for (size_t i = 0; i < info.params.size(); ++i) {
    const ParamInfo& param = info.params[i];
    if (only_required && !param.required) continue;
    if (param.shape == ParamShape::kSegmentsChannels) {
      arguments.emplace_back(param.name, Tensor::Of(DataType::kF64, setting[i]));
    } else {
      arguments.emplace_back(param.name, setting[i][0]);
    }
  }
  return arguments;
}

}  // namespace

oracle::Setting Rounded(oracle::Setting setting, DataType compute) {
  for (std::vector<double>& values : setting) {
    for (double& value : values) value = oracle::Round(value, compute);
  }
  return setting;
}

Arguments ArgumentsOf(const FunctionInfo& info, const oracle::Setting& setting) {
  return MakeArguments(info, setting, false);
}

Arguments RequiredArgumentsOf(const FunctionInfo& info, const oracle::Setting& setting) {
  return MakeArguments(info, setting, true);
}

bool FitsRow(const FunctionInfo& info, const oracle::Setting& setting, int64_t n) {
  for (size_t i = 0; i < info.params.size(); ++i) {
    if (info.params[i].is_count && setting[i][0] > static_cast<double>(n)) return false;
  }
  return true;
}

const oracle::Reference& ReferenceOf(const Function& function) {
  const oracle::Reference* reference = oracle::FindReference(function.info.name);
  if (reference == nullptr) {
    std::fprintf(stderr, "function '%s' has no reference: add it to its family's tests/oracle/reference_<family>.cc\n",
                 std::string(function.info.name).c_str());
    std::abort();
  }
  return *reference;
}

double BoundOf(const oracle::Reference& reference, Direction direction, DataType compute) {
  return BoundOf(direction == Direction::kEvaluate ? reference.value : reference.gradient, compute);
}

double BoundOf(const oracle::Bound& bound, DataType compute) {
  return compute == DataType::kF64 ? bound.f64 : bound.f32;
}

void Judge::Check(double x, double computed, const Real& exact, const Real& terms) {
  ++checked_;
  const int unit = oracle::UlpExponent(exact, output_);
  const bool cancels = oracle::Abs(exact) < terms;
  double allowed = std::ldexp(bound_, oracle::UlpExponent(cancels ? terms : exact, compute_) - unit);
  if (output_ != compute_) allowed += 0.5;
  const double error = oracle::UlpError(computed, exact, output_);
  const bool wrong_zero =
      signed_zeros_ && computed == 0 && !cancels && !exact.IsZero() && std::signbit(computed) != exact.IsNegative();
  if (error <= allowed && !wrong_zero) return;
  ++failed_;
  const double excess = wrong_zero && error <= allowed ? 1 : error / allowed;
  if (worst_.size() == kWorst && excess <= worst_.back().excess) return;
  worst_.push_back({excess, absl::StrFormat("x = %.17g (%a): got %.17g, exact %s, error %.4g ULP of %s, allowed %.6g%s",
                                            x, x, computed, exact.ToString(), error, actserve::Name(output_), allowed,
                                            wrong_zero ? ", sign of zero is wrong" : "")});
  std::stable_sort(worst_.begin(), worst_.end(),
                   [](const Failure& a, const Failure& b) { return a.excess > b.excess; });
  if (worst_.size() > kWorst) worst_.pop_back();
}

std::string Judge::Verdict(const std::string& what) const {
  if (failed_ == 0) return "";
  std::string text = absl::StrFormat("%s: %d of %d results are out of bounds; the worst:", what, failed_, checked_);
  for (const Failure& failure : worst_) text += "\n  " + failure.text;
  return text;
}

void Judge::Report(const std::string& what) {
  if (failed_ > 0) ADD_FAILURE() << Verdict(what);
}

}  // namespace actserve::testing
