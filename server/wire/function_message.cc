#include "server/wire/function_message.h"

#include "kernels/api/registry.h"
#include "proto/enums.h"

namespace actserve {
namespace {

v1::FunctionKind ToWire(FunctionKind kind) {
  switch (kind) {
    case FunctionKind::kElementwise: return v1::FUNCTION_KIND_ELEMENTWISE;
    case FunctionKind::kPerChannel: return v1::FUNCTION_KIND_PER_CHANNEL;
    case FunctionKind::kRowwise: return v1::FUNCTION_KIND_ROWWISE;
    case FunctionKind::kGated: return v1::FUNCTION_KIND_GATED;
  }
  return v1::FUNCTION_KIND_UNSPECIFIED;
}

v1::ParameterShape ToWire(ParamShape shape) {
  switch (shape) {
    case ParamShape::kScalar: return v1::PARAMETER_SHAPE_SCALAR;
    case ParamShape::kChannels: return v1::PARAMETER_SHAPE_CHANNELS;
    case ParamShape::kSegmentsChannels: return v1::PARAMETER_SHAPE_SEGMENTS_CHANNELS;
  }
  return v1::PARAMETER_SHAPE_UNSPECIFIED;
}

v1::ParameterInfo ToMessage(const ParamInfo& info) {
  v1::ParameterInfo message;
  message.set_name(std::string(info.name));
  message.set_summary(std::string(info.summary));
  message.set_shape(ToWire(info.shape));
  message.set_required(info.required);
  message.set_learnable(info.learnable);
  if (!info.required) message.set_default_value(info.fallback);
  message.set_min(info.min);
  message.set_max(info.max);
  message.set_is_count(info.is_count);
  return message;
}

v1::Limits ToMessage(const Limits& limits) {
  v1::Limits message;
  message.set_value_at_minus_infinity(limits.value_at_minus_infinity);
  message.set_value_at_plus_infinity(limits.value_at_plus_infinity);
  message.set_derivative_at_minus_infinity(limits.derivative_at_minus_infinity);
  message.set_derivative_at_plus_infinity(limits.derivative_at_plus_infinity);
  message.set_derivative_at_zero(limits.derivative_at_zero);
  return message;
}

}  // namespace

v1::Function ToMessage(const FunctionInfo& info) {
  v1::Function message;
  message.set_name(std::string(info.name));
  for (const std::string_view alias : Aliases(info)) message.add_aliases(std::string(alias));
  message.set_summary(std::string(info.summary));
  message.set_formula(std::string(info.formula));
  message.set_derivative(std::string(info.derivative));
  message.set_kind(ToWire(info.kind));
  for (const ParamInfo& param : info.params) *message.add_parameters() = ToMessage(param);
  if (info.kind != FunctionKind::kRowwise) *message.mutable_limits() = ToMessage(info.limits);
  for (const DataType type : kDataTypes) message.add_data_types(ToWire(type));
  message.set_reference(std::string(info.reference));
  message.set_usage(std::string(info.usage));
  if (info.kind == FunctionKind::kGated) {
    message.set_layout(ToWire(info.layout));
    message.set_layout_reason(std::string(info.layout_reason));
  }
  return message;
}

}  // namespace actserve
