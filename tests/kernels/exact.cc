#include "tests/kernels/exact.h"

#include <algorithm>
#include <cmath>

#include "tests/kernels/judge.h"

namespace actserve::testing {

using oracle::Real;

namespace {

Call CallOf(const Problem& problem) {
  const absl::StatusOr<CallRequest> request = MakeRequest(problem);
  return *CheckCall(*request);
}

// Where a parameter's value for a channel and segment is in its tensor.
int64_t IndexIn(const Tensor& tensor, const ParamInfo& param, int64_t segment, int64_t channel) {
  if (tensor.elements() == 1) return 0;
  if (param.shape == ParamShape::kChannels) return channel;
  return tensor.shape().rank() == 1 ? segment : segment * tensor.shape().dim(1) + channel;
}

oracle::Setting RoundedSettingOf(const Problem& problem, int64_t channel) {
  return Rounded(SettingOf(problem, channel), CallOf(problem).compute_type());
}

// The channel of each element, and the settings of all channels. A function without channels has one.
struct Channels {
  explicit Channels(const Problem& problem) : shape(problem.input.shape()), axis(CallOf(problem).axis) {
    has_axis = problem.function->info.kind == FunctionKind::kPerChannel && shape.rank() > 0;
    const int64_t count = has_axis ? shape.dim(axis) : 1;
    for (int64_t c = 0; c < count; ++c) settings.push_back(RoundedSettingOf(problem, c));
  }
  int64_t Of(int64_t i) const { return has_axis ? i / shape.inner(axis) % shape.dim(axis) : 0; }

  Shape shape;
  int axis;
  bool has_axis;
  std::vector<oracle::Setting> settings;
};

// A function's limit is that far out what it is at infinity.
Real Beyond(double x) { return std::isinf(x) ? (x < 0 ? -1 : 1) * Real::PowerOfTwo(10000) : Real(x); }

Exact Pointwise(const Problem& problem, const oracle::Pointwise& f) {
  const bool evaluate = problem.direction == Direction::kEvaluate;
  const auto value = evaluate ? f.value : f.derivative;
  const auto terms = evaluate ? f.value_terms : f.derivative_terms;
  const Channels channels(problem);
  Exact exact;
  for (int64_t i = 0; i < problem.input.elements(); ++i) {
    const oracle::Setting& setting = channels.settings[static_cast<size_t>(channels.Of(i))];
    const double x = problem.input[i];
    const Real upstream = problem.upstream ? (*problem.upstream)[i] : 1;
    exact.values.push_back(std::isnan(x) ? Real(x) : upstream * value(Beyond(x), setting));
    exact.terms.push_back(std::isnan(x) || terms == nullptr ? Real(0)
                                                            : oracle::Abs(upstream) * terms(Beyond(x), setting));
  }
  return exact;
}

// The line along `axis` that begins at `first`.
std::vector<double> RowAt(const Tensor& tensor, int64_t first, int axis) {
  const bool is_scalar = tensor.shape().rank() == 0;
  std::vector<double> row;
  for (int64_t k = 0; k < (is_scalar ? 1 : tensor.shape().dim(axis)); ++k) {
    row.push_back(tensor[first + (is_scalar ? 0 : k * tensor.shape().inner(axis))]);
  }
  return row;
}

Exact Row(const std::vector<double>& x, const std::optional<std::vector<double>>& upstream,
          const oracle::Setting& setting, const oracle::Rowwise& f) {
  const auto is_nothing = [&](double v) { return v == f.nothing; };
  const bool is_nan = std::any_of(x.begin(), x.end(), [&](double v) { return !std::isfinite(v) && !is_nothing(v); }) ||
                      std::all_of(x.begin(), x.end(), is_nothing);
  if (is_nan) return {std::vector<Real>(x.size(), std::nan("")), std::vector<Real>(x.size())};
  if (upstream) return {f.product(x, *upstream, setting), f.product_terms(x, *upstream, setting)};
  return {f.value(x, setting), f.value_terms == nullptr ? std::vector<Real>(x.size()) : f.value_terms(x, setting)};
}

// Calls body(first, inner, x, upstream) for each row, whose elements are from the first on `inner` apart.
template <class Body>
void ForEachRow(const Problem& problem, Body body) {
  const Tensor& input = problem.input;
  const int axis = CallOf(problem).axis;
  const int64_t inner = input.shape().rank() == 0 ? 1 : input.shape().inner(axis);
  const int64_t extent = input.shape().rank() == 0 ? 1 : input.shape().dim(axis);
  for (int64_t i = 0; i < input.elements(); ++i) {
    if (i / inner % extent != 0) continue;  // not the first of its row
    std::optional<std::vector<double>> upstream;
    if (problem.direction == Direction::kGradient) {
      upstream =
          problem.upstream ? RowAt(*problem.upstream, i, axis) : std::vector<double>(static_cast<size_t>(extent), 1);
    }
    body(i, inner, RowAt(input, i, axis), upstream);
  }
}

Exact Rowwise(const Problem& problem, const oracle::Rowwise& f) {
  const oracle::Setting setting = RoundedSettingOf(problem, 0);
  const auto size = static_cast<size_t>(problem.input.elements());
  Exact exact{std::vector<Real>(size), std::vector<Real>(size)};
  ForEachRow(problem, [&](int64_t first, int64_t inner, const auto& x, const auto& upstream) {
    const Exact row = Row(x, upstream, setting, f);
    for (size_t k = 0; k < x.size(); ++k) {
      const auto at = static_cast<size_t>(first + static_cast<int64_t>(k) * inner);
      exact.values[at] = row.values[k];
      exact.terms[at] = row.terms[k];
    }
  });
  return exact;
}

std::vector<Exact> RowwiseParamGradients(const Problem& problem, const oracle::Rowwise& f) {
  const oracle::Setting setting = RoundedSettingOf(problem, 0);
  std::vector<Exact> gradients;
  for (const int param : CallOf(problem).gradient_params) {
    Exact& exact = gradients.emplace_back(Exact{{0}, {0}});
    ForEachRow(problem, [&](int64_t, int64_t, const auto& x, const auto& upstream) {
      exact.values[0] += f.param_product(x, *upstream, setting, static_cast<size_t>(param));
      exact.terms[0] += f.param_product_terms(x, *upstream, setting, static_cast<size_t>(param));
    });
  }
  return gradients;
}

}  // namespace

oracle::Setting SettingOf(const Problem& problem, int64_t channel) {
  oracle::Setting setting;
  for (const ParamInfo& param : problem.function->info.params) {
    const auto given = std::find_if(problem.arguments.begin(), problem.arguments.end(),
                                    [&](const auto& argument) { return argument.first == param.name; });
    std::vector<double>& values = setting.emplace_back();
    if (given == problem.arguments.end()) {
      values.push_back(param.fallback);
    } else if (const Tensor* tensor = std::get_if<Tensor>(&given->second)) {
      const int64_t segments = param.shape == ParamShape::kSegmentsChannels ? tensor->shape().dim(0) : 1;
      for (int64_t s = 0; s < segments; ++s) values.push_back((*tensor)[IndexIn(*tensor, param, s, channel)]);
    } else {
      values.push_back(std::get<double>(given->second));
    }
  }
  return setting;
}

Exact ExactOutput(const Problem& problem) {
  const oracle::Reference& reference = ReferenceOf(*problem.function);
  return reference.rowwise ? Rowwise(problem, *reference.rowwise) : Pointwise(problem, *reference.pointwise);
}

std::vector<Exact> ExactParamGradients(const Problem& problem) {
  if (ReferenceOf(*problem.function).rowwise)
    return RowwiseParamGradients(problem, *ReferenceOf(*problem.function).rowwise);
  const oracle::Pointwise& f = *ReferenceOf(*problem.function).pointwise;
  const Call call = CallOf(problem);
  const Channels channels(problem);
  std::vector<Exact> gradients;
  for (const int param : call.gradient_params) {
    const Tensor gradient(call.gradient_type(param), call.gradient_shape(param));
    const auto size = static_cast<size_t>(gradient.elements());
    Exact& exact = gradients.emplace_back(Exact{std::vector<Real>(size), std::vector<Real>(size)});
    const auto which = static_cast<size_t>(param);
    for (int64_t i = 0; i < problem.input.elements(); ++i) {
      const int64_t channel = channels.Of(i);
      const oracle::Setting& setting = channels.settings[static_cast<size_t>(channel)];
      const Real upstream = problem.upstream ? (*problem.upstream)[i] : 1;
      for (size_t s = 0; s < setting[which].size(); ++s) {
        const Real term = upstream * f.param_derivative(problem.input[i], setting, which, s);
        const auto at = static_cast<size_t>(
            IndexIn(gradient, problem.function->info.params[which], static_cast<int64_t>(s), channel));
        exact.values[at] += term;
        exact.terms[at] += oracle::Abs(term);
      }
    }
  }
  return gradients;
}

}  // namespace actserve::testing
