#include "tests/docs/portrait.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>
#include <variant>

#include "absl/strings/str_format.h"
#include "tests/kernels/judge.h"
#include "tests/kernels/tensor.h"

namespace actserve::docs {
namespace {

using testing::Arguments;
using testing::Tensor;
using Function1 = std::function<std::vector<double>(std::span<const double>)>;

constexpr double kHalfRanges[] = {3, 4, 6, 8};
constexpr double kUsualHalfRange = 6;
constexpr double kReached = 0.05;  // so near a derivative has all but reached its limit

Function1 Pointwise(const Function& function, Direction direction, const Arguments& arguments) {
  return [&function, direction, &arguments](std::span<const double> x) {
    testing::Problem problem{&function, direction, Tensor::Of(DataType::kF64, x)};
    problem.arguments = arguments;
    return testing::Solve(problem).output.values();
  };
}

// The first element of rows (x, others), or its derivative by x.
Function1 FirstOfRow(const Function& function, Direction direction, const Arguments& arguments) {
  return [&function, direction, &arguments](std::span<const double> x) {
    constexpr size_t kRow = 1 + std::size(kOthers);
    std::vector<double> rows, upstream;
    for (const double first : x) {
      rows.push_back(first);
      rows.insert(rows.end(), std::begin(kOthers), std::end(kOthers));
      upstream.push_back(1);
      upstream.resize(rows.size());
    }
    const Shape shape = testing::MakeShape({static_cast<int64_t>(x.size()), kRow});
    testing::Problem problem{&function, direction, Tensor::Of(DataType::kF64, shape, rows)};
    if (direction == Direction::kGradient) problem.upstream = Tensor::Of(DataType::kF64, shape, upstream);
    problem.arguments = arguments;
    const Tensor output = testing::Solve(problem).output;
    std::vector<double> first;
    for (int64_t i = 0; i < output.elements(); i += kRow) first.push_back(output[i]);
    return first;
  };
}

// By the gate, at a linear operand of 1.
Function1 OfGate(const Function& function, Direction direction, const Arguments& arguments) {
  return [&function, direction, &arguments](std::span<const double> g) {
    testing::Problem problem{&function, direction, Tensor::Of(DataType::kF64, std::vector<double>(g.size(), 1))};
    problem.gate = Tensor::Of(DataType::kF64, g);
    problem.arguments = arguments;
    const testing::Answer answer = testing::Solve(problem);
    return answer.gate_gradient.value_or(answer.output).values();
  };
}

// The narrowest range that shows how the function goes on: the outer quarters of it hold nothing new.
double HalfRange(const FunctionInfo& info, const Function1& derivative) {
  const Limits& limits = info.limits;
  for (const double half : kHalfRanges) {
    const double ends[] = {-0.75 * half, 0.75 * half};
    const std::vector<double> slopes = derivative(ends);
    if (std::fabs(slopes[0] - limits.derivative_at_minus_infinity) <= kReached &&
        std::fabs(slopes[1] - limits.derivative_at_plus_infinity) <= kReached) {
      return half;
    }
  }
  const double sum = std::fabs(limits.derivative_at_minus_infinity) + std::fabs(limits.derivative_at_plus_infinity);
  if (std::isnan(sum)) return kUsualHalfRange;  // it swings for ever
  return std::isinf(sum) ? kHalfRanges[0] : kHalfRanges[std::size(kHalfRanges) - 1];
}

std::string Describe(const Arguments& arguments) {
  std::string text;
  for (const auto& [name, value] : arguments) {
    std::string values;
    if (const Tensor* tensor = std::get_if<Tensor>(&value)) {
      for (int64_t i = 0; i < tensor->elements(); ++i)
        values += absl::StrFormat("%s%.6g", i == 0 ? "[" : ", ", (*tensor)[i]);
      values += "]";
    } else {
      values = absl::StrFormat("%.6g", std::get<double>(value));
    }
    text += absl::StrFormat("%s%s = %s", text.empty() ? "" : ", ", name, values);
  }
  return text;
}

}  // namespace

Portrait PortraitOf(const Function& function) {
  const FunctionInfo& info = function.info;
  const Arguments arguments = testing::RequiredArgumentsOf(info, testing::ReferenceOf(function).settings[0]);
  const bool is_row = info.kind == FunctionKind::kRowwise;
  const bool is_gated = info.kind == FunctionKind::kGated;
  const auto curve = is_row ? FirstOfRow : is_gated ? OfGate : Pointwise;
  const Function1 value = curve(function, Direction::kEvaluate, arguments);
  const Function1 derivative = curve(function, Direction::kGradient, arguments);

  Portrait portrait;
  portrait.setting = Describe(arguments);
  if (is_row) {
    std::string others;
    for (const double other : kOthers) others += absl::StrFormat(", %g", other);
    portrait.value_name = absl::StrFormat("%s(x%s)\u2081", info.name, others);
    portrait.derivative_name = "its derivative by x";
  } else if (is_gated) {
    portrait.value_name = absl::StrFormat("%s(1, g)", info.name);
    portrait.derivative_name = "its derivative by g";
  } else {
    portrait.value_name = absl::StrFormat("%s(x)", info.name);
    portrait.derivative_name = absl::StrFormat("%s'(x)", info.name);
  }
  const double half = is_row || !arguments.empty() ? kUsualHalfRange : HalfRange(info, derivative);
  portrait.low = -half;
  portrait.high = half;
  portrait.value = Trace(value, -half, half);
  portrait.derivative = Trace(derivative, -half, half);
  return portrait;
}

}  // namespace actserve::docs
