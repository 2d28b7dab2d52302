#include "kernels/api/call.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_format.h"
#include "kernels/api/status.h"

namespace actserve {
namespace {

std::string Describe(const InputView& tensor) {
  return absl::StrFormat("%s%s", Name(tensor.type), tensor.shape.ToString());
}

absl::StatusOr<int> CheckAxis(const CallRequest& request) {
  const FunctionInfo& info = request.function->info;
  const int rank = request.input.shape.rank();
  if (info.kind == FunctionKind::kElementwise) {
    if (!request.axis) return 0;
    return InvalidField("axis",
                        absl::StrFormat("is %d, but %s is element-wise; expected no axis", *request.axis, info.name));
  }
  if (info.kind == FunctionKind::kGated && request.gate) {
    if (!request.axis) return 0;
    return InvalidField("axis",
                        absl::StrFormat("is %d, but the gate is a tensor of its own; expected no axis", *request.axis));
  }
  const int fallback = info.kind == FunctionKind::kPerChannel ? (rank > 1 ? 1 : 0) : -1;
  const int axis = request.axis.value_or(fallback);
  const int range = rank == 0 ? 1 : rank;  // a scalar is a row, or a channel, of one
  if (axis < -range || axis >= range) {
    return InvalidField(
        "axis", absl::StrFormat("is %d, which is out of range for an input of shape %s; expected a value in [%d, %d]",
                                axis, request.input.shape.ToString(), -range, range - 1));
  }
  return axis < 0 ? axis + range : axis;
}

absl::Status CheckOperands(const CallRequest& request) {
  const bool is_gated = request.function->info.kind == FunctionKind::kGated;
  if (request.layout && !is_gated) {
    return InvalidField("layout", absl::StrFormat("is %s, but %s is not gated; expected none", Name(*request.layout),
                                                  request.function->info.name));
  }
  if (!request.gate) return absl::OkStatus();
  const InputView& gate = *request.gate;
  if (!is_gated) {
    return InvalidField("gate", absl::StrFormat("is %s, but %s is not gated; expected none", Describe(gate),
                                                request.function->info.name));
  }
  if (gate.type != request.input.type || gate.shape != request.input.shape) {
    return InvalidField("gate", absl::StrFormat("is %s; expected the input's type and shape, %s", Describe(gate),
                                                Describe(request.input)));
  }
  if (request.layout) {
    return InvalidField("layout", absl::StrFormat("is %s, but the gate is a tensor of its own; expected one of the two",
                                                  Name(*request.layout)));
  }
  return absl::OkStatus();
}

absl::Status CheckPacking(const Call& call) {
  const FunctionInfo& info = call.function->info;
  if (info.kind != FunctionKind::kGated) return absl::OkStatus();
  const int operands = call.operands();
  if (info.pieces >= 0 && call.gate && operands != 2) {
    return InvalidField(ParameterField(info.params[info.pieces].name),
                        absl::StrFormat("is %d, but a gate is given; expected 2 then", operands));
  }
  const bool has_order = call.layout == GatedLayout::kHalves || call.layout == GatedLayout::kInterleaved;
  if (info.pieces >= 0 && !has_order) {
    return InvalidField("layout",
                        absl::StrFormat("is %s, but no operand of %s is a gate; expected HALVES or INTERLEAVED",
                                        Name(call.layout), info.name));
  }
  if (call.gate || call.axis_extent() % operands == 0) return absl::OkStatus();
  const Shape& shape = call.input.shape;
  if (shape.rank() == 0) {
    return InvalidField("input.shape", "is a scalar's; expected an axis that has all operands, or a gate");
  }
  const std::string extent =
      absl::StrFormat("%s, whose extent %d along axis %d", shape.ToString(), call.axis_extent(), call.axis);
  if (operands != 2) {
    return InvalidField("input.shape",
                        absl::StrFormat("is %s is no multiple of %d; expected as many pieces", extent, operands));
  }
  return InvalidField("input.shape",
                      absl::StrFormat("is %s is odd; expected an even one, which has a linear and a gate "
                                      "half, or a gate",
                                      extent));
}

absl::Status CheckUpstream(const Call& call) {
  if (!call.upstream) return absl::OkStatus();
  if (call.direction != Direction::kGradient) return InvalidField("upstream", "is given to Evaluate; expected none");
  const InputView& upstream = *call.upstream;
  const Shape shape = call.value_shape();
  const bool same_shape = upstream.shape == shape;
  if (IsByte(call.input.type)) {  // gradients want more range and digits than that
    if (same_shape && !IsQuantized(upstream.type)) return absl::OkStatus();
    return InvalidField(
        "upstream", absl::StrFormat("is %s; expected a floating-point type and the %s's shape, %s", Describe(upstream),
                                    call.is_packed() ? "output" : "input", shape.ToString()));
  }
  if (upstream.type == call.input.type && same_shape) return absl::OkStatus();
  return InvalidField(
      "upstream", absl::StrFormat("is %s; expected the %s, %s%s", Describe(upstream),
                                  call.is_packed() ? "input's type and the output's shape" : "input's type and shape",
                                  Name(call.input.type), shape.ToString()));
}

absl::Status CheckBytes(const CallRequest& request, Call& call) {
  absl::StatusOr<Quantization> quantization =
      CheckQuantization("input.quantization", call.input.type, call.input.shape, call.input.quantization);
  if (!quantization.ok()) return quantization.status();
  call.input.quantization = *quantization;
  if (call.gate) {
    quantization = CheckQuantization("gate.quantization", call.gate->type, call.gate->shape, call.gate->quantization);
    if (!quantization.ok()) return quantization.status();
    call.gate->quantization = *quantization;
  }
  if (call.upstream && call.upstream->quantization.given()) {
    return InvalidField("upstream.quantization", "is given; expected none, since an upstream is floating-point");
  }
  quantization =
      CheckQuantization("output_quantization", call.output_type, call.output_shape(), request.output_quantization);
  if (!quantization.ok()) return quantization.status();
  call.output_quantization = *quantization;
  if (request.overflow.has_value() && !IsF8(call.output_type)) {
    return InvalidField("overflow", absl::StrFormat("is given, but the output type is %s; expected f8e4m3fn or f8e5m2",
                                                    Name(call.output_type)));
  }
  return absl::OkStatus();
}

// Segments of a [segments] or [segments, channels] parameter; the first such parameter of a call decides for all.
absl::Status CheckSegments(const ParamInfo& param, const Shape& shape, int64_t channels, int64_t& segments) {
  if (shape.rank() < 1 || shape.rank() > 2) {
    return InvalidField(
        ParameterField(param.name),
        absl::StrFormat("has shape %s; expected [segments] or [segments, %d]", shape.ToString(), channels));
  }
  if (shape.dim(0) < 1 || shape.dim(0) > kMaxSegments) {
    return InvalidField(ParameterField(param.name),
                        absl::StrFormat("has %d segments; expected 1 to %d", shape.dim(0), kMaxSegments));
  }
  if (segments != 0 && shape.dim(0) != segments) {
    return InvalidField(ParameterField(param.name),
                        absl::StrFormat("has %d segments, but another parameter has %d; expected the same number",
                                        shape.dim(0), segments));
  }
  segments = shape.dim(0);
  if (shape.rank() == 2 && shape.dim(1) != channels) {
    return InvalidField(ParameterField(param.name),
                        absl::StrFormat("has shape %s; expected [%d] or [%d, %d], since the input has %d channels",
                                        shape.ToString(), segments, segments, channels, channels));
  }
  return absl::OkStatus();
}

absl::Status CheckParamShapes(const FunctionInfo& info, const Params& params, int64_t channels) {
  int64_t segments = 0;
  for (size_t i = 0; i < params.size(); ++i) {
    const ParamInfo& param = info.params[i];
    const TensorView* tensor = params.tensor(i);
    switch (param.shape) {
      case ParamShape::kScalar: break;  // Params::Bind has seen to it, but for counts
      case ParamShape::kChannels:
        if (tensor == nullptr || tensor->elements() == 1) break;
        if (tensor->shape.rank() == 1 && tensor->shape.dim(0) == channels) break;
        return InvalidField(
            ParameterField(param.name),
            absl::StrFormat("has shape %s; expected a number, [1] or [%d], since the input has %d channels",
                            tensor->shape.ToString(), channels, channels));
      case ParamShape::kSegmentsChannels:
        if (tensor == nullptr) {
          return InvalidField(ParameterField(param.name),
                              absl::StrFormat("is a number; expected a tensor [segments] or [segments, %d]", channels));
        }
        if (absl::Status status = CheckSegments(param, tensor->shape, channels, segments); !status.ok()) return status;
        break;
    }
  }
  return absl::OkStatus();
}

// Where there are no elements at all, there are no rows that have too few.
absl::Status CheckCounts(const FunctionInfo& info, const Params& params, const Call& call) {
  if (call.input.elements() == 0) return absl::OkStatus();
  for (size_t i = 0; i < params.size(); ++i) {
    if (!info.params[i].is_count || params.number(i) <= static_cast<double>(call.axis_extent())) continue;
    return InvalidField(
        ParameterField(info.params[i].name),
        absl::StrFormat("is %g, but a row along axis %d of an input of shape %s has %d elements; expected "
                        "no more than these",
                        params.number(i), call.axis, call.input.shape.ToString(), call.axis_extent()));
  }
  return absl::OkStatus();
}

}  // namespace

int Call::operands() const {
  const int pieces = function->info.pieces;
  return pieces < 0 ? 2 : static_cast<int>(params.number(pieces));
}

Packing Call::packing() const {
  const int64_t inner = input.shape.inner(axis);
  const bool halves = layout == GatedLayout::kHalves || layout == GatedLayout::kHalvesGateFirst;
  return {.run = halves ? axis_extent() / operands() * inner : inner,
          .operands = operands(),
          .gate_first = layout == GatedLayout::kHalvesGateFirst || layout == GatedLayout::kInterleavedGateFirst};
}

Shape Call::value_shape() const {
  if (!is_packed()) return input.shape;
  std::array<int64_t, kMaxRank> dims;
  std::copy(input.shape.dims().begin(), input.shape.dims().end(), dims.begin());
  dims[axis] /= operands();
  return *Shape::Make(std::span(dims).first(input.shape.rank()));
}

DataType Call::gradient_type(int param) const {
  const TensorView* tensor = params.tensor(param);
  return tensor == nullptr ? DataType::kF64 : tensor->type;
}

Shape Call::gradient_shape(int param) const {
  const TensorView* tensor = params.tensor(param);
  return tensor == nullptr ? Shape() : tensor->shape;
}

absl::StatusOr<Call> CheckCall(const CallRequest& request) {
  const FunctionInfo& info = request.function->info;
  if (request.params.size() != info.params.size()) {
    return absl::InternalError(absl::StrFormat("%d parameters are bound, but %s has %d; expected those of Params::Bind",
                                               request.params.size(), info.name, info.params.size()));
  }
  Call call{.function = request.function,
            .direction = request.direction,
            .input = request.input,
            .upstream = request.upstream,
            .gate = request.gate,
            .layout = request.layout.value_or(info.layout),
            .output_type = request.output_type.value_or(request.input.type),
            .output_quantization = {},
            .overflow = request.overflow.value_or(Overflow::kNonSaturating),
            .params = request.params,
            .gradient_params = {}};
  if (absl::Status status = CheckOperands(request); !status.ok()) return status;
  absl::StatusOr<int> axis = CheckAxis(request);
  if (!axis.ok()) return axis.status();
  call.axis = *axis;
  if (absl::Status status = CheckPacking(call); !status.ok()) return status;
  if (absl::Status status = CheckUpstream(call); !status.ok()) return status;
  if (absl::Status status = CheckBytes(request, call); !status.ok()) return status;
  if (absl::Status status = CheckParamShapes(info, call.params, call.axis_extent()); !status.ok()) return status;
  if (absl::Status status = CheckCounts(info, call.params, call); !status.ok()) return status;
  if (request.direction == Direction::kGradient && !request.input_gradient_only) {
    for (size_t i = 0; i < call.params.size(); ++i) {
      if (info.params[i].learnable && call.params.given(i)) call.gradient_params.push_back(static_cast<int>(i));
    }
  }
  return call;
}

}  // namespace actserve
