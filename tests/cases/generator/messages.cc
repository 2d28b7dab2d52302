#include "tests/cases/generator/messages.h"

#include "absl/strings/escaping.h"
#include "tests/oracle/format.h"

namespace actserve::cases {
namespace {

std::string Hex(const void* bytes, size_t size) {
  return absl::BytesToHexString(absl::string_view(static_cast<const char*>(bytes), size));
}

}  // namespace

Quantization ToMessage(const actserve::Quantization& quantization) {
  Quantization message;
  message.set_scale(Hex(quantization.scales.data(), quantization.scales.size_bytes()));
  message.mutable_zero_point()->Add(quantization.zero_points.begin(), quantization.zero_points.end());
  if (quantization.axis) message.set_axis(*quantization.axis);
  return message;
}

Tensor ToMessage(const testing::Tensor& tensor) {
  Tensor message;
  message.set_type(std::string(Name(tensor.type())));
  for (const int64_t dim : tensor.shape().dims()) message.add_shape(static_cast<int32_t>(dim));
  message.set_data(Hex(tensor.view().data, tensor.view().bytes()));
  return message;
}

Parameter ToMessage(const std::string& name, double scalar) {
  Parameter message;
  message.set_name(name);
  message.set_scalar(Hex(&scalar, sizeof(scalar)));
  return message;
}

Item ItemOf(const Planned& planned) {
  const testing::Problem& problem = planned.problem;
  Item item;
  item.set_function(planned.function);
  for (const auto& [name, value] : problem.arguments) {
    if (const auto* tensor = std::get_if<testing::Tensor>(&value)) {
      Parameter& parameter = *item.add_parameters();
      parameter.set_name(name);
      *parameter.mutable_tensor() = ToMessage(*tensor);
    } else {
      *item.add_parameters() = ToMessage(name, std::get<double>(value));
    }
  }
  if (problem.axis) item.set_axis(*problem.axis);
  if (problem.output_type != problem.input.type()) item.set_output_type(std::string(Name(problem.output_type)));
  item.set_input_gradient_only(planned.input_gradient_only);
  if (problem.upstream) *item.mutable_upstream() = ToMessage(*problem.upstream);
  *item.mutable_input() = ToMessage(problem.input);
  if (problem.input_quantization.given()) {
    *item.mutable_input()->mutable_quantization() = ToMessage(problem.input_quantization);
  }
  if (problem.output_quantization.given()) {
    *item.mutable_output_quantization() = ToMessage(problem.output_quantization);
  }
  if (problem.overflow) item.set_overflow(problem.overflow == Overflow::kSaturating ? "saturating" : "non_saturating");
  if (problem.gate) *item.mutable_gate() = ToMessage(*problem.gate);
  if (problem.gate_quantization.given()) {
    *item.mutable_gate()->mutable_quantization() = ToMessage(problem.gate_quantization);
  }
  if (problem.layout) item.set_layout(std::string(Name(*problem.layout)));
  return item;
}

Result ResultOf(const Planned& planned, const testing::Answer& answer) {
  Result result;
  const auto put = [&](const testing::Tensor& tensor, Tensor& message) {
    message = ToMessage(tensor);
    if (!planned.problem.output_quantization.given()) return;
    *message.mutable_quantization() = ToMessage(planned.problem.output_quantization);
  };
  put(answer.output, *result.mutable_output());
  if (answer.gate_gradient) put(*answer.gate_gradient, *result.mutable_gate_gradient());
  size_t next = 0;
  for (const ParamInfo& param : planned.problem.function->info.params) {
    for (const auto& [name, value] : planned.problem.arguments) {
      if (name != param.name || !param.learnable || next == answer.param_gradients.size()) continue;
      const testing::Tensor& gradient = answer.param_gradients[next++];
      if (std::holds_alternative<double>(value)) {
        *result.add_parameter_gradients() = ToMessage(name, gradient[0]);
      } else {
        Parameter& parameter = *result.add_parameter_gradients();
        parameter.set_name(name);
        *parameter.mutable_tensor() = ToMessage(gradient);
      }
    }
  }
  return result;
}

}  // namespace actserve::cases
