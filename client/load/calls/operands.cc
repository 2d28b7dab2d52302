#include "client/load/calls/operands.h"

#include <map>
#include <random>
#include <span>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "kernels/api/backend.h"
#include "kernels/api/status.h"

namespace actserve::load {
namespace {

using client::GradientItem;
using client::GradientResult;
using client::Tensor;
using scenario::CallKind;

DataType TypeOf(CallKind::DataType type) {
  switch (type) {
    case CallKind::F64: return DataType::kF64;
    case CallKind::F32: return DataType::kF32;
    case CallKind::F16: return DataType::kF16;
    case CallKind::BF16: return DataType::kBF16;
  }
  return DataType::kF32;
}

absl::StatusOr<Tensor> Normal(const std::vector<int64_t>& dims, DataType type, double deviation,
                              std::mt19937_64& random) {
  const absl::StatusOr<Shape> shape = Shape::Make(dims);
  if (!shape.ok()) return UnderField("shape", InvalidField("", std::string(shape.status().message())));
  std::vector<double> values(shape->elements());
  std::normal_distribution<double> normal(0, deviation);
  for (double& value : values) value = normal(random);
  return Tensor::Make(values, dims)->Cast(type);
}

absl::StatusOr<client::Parameter> ToParameter(const CallKind::Parameter& parameter) {
  if (parameter.value_size() == 0)
    return InvalidField("parameter", absl::StrFormat("%s has no value; expected at least one", parameter.name()));
  if (parameter.value_size() == 1 && parameter.shape_size() == 0)
    return client::Parameter{parameter.name(), parameter.value(0)};
  std::vector<double> values(parameter.value().begin(), parameter.value().end());
  std::vector<int64_t> dims(parameter.shape().begin(), parameter.shape().end());
  if (dims.empty()) dims = {parameter.value_size()};
  const absl::StatusOr<Shape> shape = Shape::Make(dims);
  if (shape.ok() && values.size() == 1) values.resize(shape->elements(), values[0]);
  const absl::StatusOr<Tensor> tensor = Tensor::Make(values, dims);
  if (!tensor.ok())
    return InvalidField("parameter",
                        absl::StrFormat("%s: %s", parameter.name(), std::string(tensor.status().message())));
  return client::Parameter{parameter.name(), *tensor};
}

TensorView ViewOf(const Tensor& tensor) {
  return {tensor.type(), tensor.shape(), reinterpret_cast<const std::byte*>(tensor.bytes().data())};
}

// Memory for a result of the kernels'.
struct Room {
  Room(DataType type, const Shape& shape) : type(type), shape(shape), bytes(shape.elements() * SizeOf(type), '\0') {}
  MutableTensorView view() { return {type, shape, reinterpret_cast<std::byte*>(bytes.data())}; }
  Tensor Take() && { return *Tensor::Make(type, shape, std::move(bytes)); }

  DataType type;
  Shape shape;
  std::string bytes;
};

absl::StatusOr<Call> ToCall(const GradientItem& item, bool is_gradient) {
  CallRequest request;
  request.function = FindFunction(item.function);
  if (request.function == nullptr) {
    return InvalidField("function", absl::StrFormat("\"%s\" is unknown; near it are: %s", item.function,
                                                    absl::StrJoin(NearestNames(item.function), ", ")));
  }
  request.direction = is_gradient ? Direction::kGradient : Direction::kEvaluate;
  request.input = ViewOf(item.input);
  if (is_gradient && item.upstream) request.upstream = ViewOf(*item.upstream);
  request.axis = item.axis;
  request.output_type = item.output_type;
  request.input_gradient_only = item.input_gradient_only;
  std::vector<NamedParam> given;
  for (const client::Parameter& parameter : item.parameters) {
    const auto* tensor = std::get_if<Tensor>(&parameter.value);
    given.push_back({parameter.name,
                     tensor == nullptr ? ParamValue(std::get<double>(parameter.value)) : ParamValue(ViewOf(*tensor))});
  }
  absl::StatusOr<Params> params = Params::Bind(request.function->info, given);
  if (!params.ok()) return params.status();
  request.params = *std::move(params);
  return CheckCall(request);
}

}  // namespace

absl::StatusOr<GradientItem> MakeItem(const CallKind& kind, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<int64_t> dims(kind.shape().begin(), kind.shape().end());
  if (dims.empty()) dims = {1024};
  GradientItem item{.function = kind.function()};
  absl::StatusOr<Tensor> input = Normal(dims, TypeOf(kind.type()), kind.deviation(), random);
  if (!input.ok()) return input.status();
  item.input = *std::move(input);
  if (kind.has_axis()) item.axis = kind.axis();
  if (kind.has_output_type()) item.output_type = TypeOf(kind.output_type());
  item.input_gradient_only = kind.input_gradient_only();
  for (const CallKind::Parameter& each : kind.parameter()) {
    absl::StatusOr<client::Parameter> parameter = ToParameter(each);
    if (!parameter.ok()) return parameter.status();
    item.parameters.push_back(*std::move(parameter));
  }
  if (kind.direction() == CallKind::GRADIENT) {
    const absl::StatusOr<Call> call = ToCall(item, true);
    if (!call.ok()) return call.status();
    const Shape shape = call->value_shape();
    item.upstream = *Normal({shape.dims().begin(), shape.dims().end()}, TypeOf(kind.type()), 1, random);
  }
  return item;
}

absl::StatusOr<GradientResult> Compute(const GradientItem& item, bool is_gradient) {
  const absl::StatusOr<Call> call = ToCall(item, is_gradient);
  if (!call.ok()) return call.status();
  Room output(call->output_type, call->output_shape());
  std::vector<Room> gradients;
  for (const int param : call->gradient_params)
    gradients.emplace_back(call->gradient_type(param), call->gradient_shape(param));
  std::vector<MutableTensorView> views;
  for (Room& gradient : gradients) views.push_back(gradient.view());
  RunInline(*CpuBackend().Prepare(*call, output.view(), views));

  GradientResult result{std::move(output).Take()};
  std::map<std::string, Tensor> by_name;
  for (size_t i = 0; i < gradients.size(); ++i) {
    const std::string_view name = call->function->info.params[call->gradient_params[i]].name;
    by_name.emplace(name, std::move(gradients[i]).Take());
  }
  for (const client::Parameter& parameter : item.parameters) {
    const auto gradient = by_name.find(parameter.name);
    if (gradient == by_name.end()) continue;
    const bool is_tensor = std::holds_alternative<Tensor>(parameter.value);
    client::Parameter& added = result.parameter_gradients.emplace_back();
    added.name = parameter.name;
    if (is_tensor) {
      added.value = gradient->second;
    } else {
      added.value = gradient->second.at(0);
    }
  }
  return result;
}

}  // namespace actserve::load
