// One computation: what a caller asks for, checked against the function's metadata, ready for a backend.
#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "kernels/api/element.h"
#include "kernels/api/input_view.h"
#include "kernels/api/params.h"
#include "kernels/api/registry.h"
#include "kernels/api/tensor_view.h"

namespace actserve {

enum class Direction { kEvaluate, kGradient };

// What a caller asks for. Views must outlive every use of the Call made from it.
struct CallRequest {
  const Function* function = nullptr;
  Direction direction = Direction::kEvaluate;
  InputView input;
  std::optional<InputView> upstream;  // kGradient; none = ones
  std::optional<InputView> gate;      // gated functions; none = the input has both operands, along the axis
  std::optional<GatedLayout> layout;  // and how
  std::optional<int> axis;            // all but element-wise functions; negative counts from the end
  std::optional<DataType> output_type;
  Quantization output_quantization;  // of an i8 or u8 output
  std::optional<Overflow> overflow;  // of an f8 output; kNonSaturating if it is not given
  Params params;
  bool input_gradient_only = false;
};

// Where packed operands lie: the input is [blocks][operands][run], the output [blocks][run].
struct Packing {
  int64_t run = 1;
  int operands = 2;
  bool gate_first = false;  // the linear operand is number 0, the gate number 1, whichever comes first

  // Where the operand of output element i is.
  int64_t At(int64_t i, int operand) const {
    return (i / run * operands + (gate_first ? operands - 1 - operand : operand)) * run + i % run;
  }
};

// A request found to be consistent.
struct Call {
  const Function* function = nullptr;
  Direction direction = Direction::kEvaluate;
  InputView input;
  std::optional<InputView> upstream;
  std::optional<InputView> gate;  // none where a gated function's operands are packed
  GatedLayout layout = GatedLayout::kHalves;
  int axis = 0;  // 0 <= axis < rank; 0 for a scalar and for element-wise functions
  DataType output_type = DataType::kF32;
  Quantization output_quantization;
  Overflow overflow = Overflow::kNonSaturating;
  Params params;
  std::vector<int> gradient_params;  // indices of the parameters whose gradient is wanted, ascending

  // Whether an element of the input or the output is a byte.
  bool has_bytes() const { return IsByte(input.type) || IsByte(output_type); }
  // Of all elements that are read: the input's, the upstream's and the gate's.
  size_t operand_bytes() const {
    return input.bytes() + (upstream ? upstream->bytes() : 0) + (gate ? gate->bytes() : 0);
  }
  // Of all elements that are computed, but for parameters' gradients: the output's and, of a gradient, the gate's.
  size_t result_bytes() const {
    const int64_t elements = output_shape().elements() + (has_gate_gradient() ? gate->elements() : 0);
    return static_cast<size_t>(elements) * SizeOf(output_type);
  }
  // The type arithmetic is done in: f64 if the input or the output is f64 or of 8 bits, or the function wants it, else
  // f32.
  DataType compute_type() const {
    const bool types = input.type == DataType::kF64 || output_type == DataType::kF64 || has_bytes();
    return types || function->info.in_f64 ? DataType::kF64 : DataType::kF32;
  }
  // The extent of the axis (1 for a scalar).
  int64_t axis_extent() const { return input.shape.rank() == 0 ? 1 : input.shape.dim(axis); }
  // How many operands a gated function has; and whether they are in one input.
  int operands() const;
  bool is_packed() const { return function->info.kind == FunctionKind::kGated && !gate; }
  Packing packing() const;  // if so
  // The shape of y, which an upstream has too; and of what is computed, y or dL/dx. Those of the input, unless packed.
  Shape value_shape() const;
  Shape output_shape() const { return direction == Direction::kEvaluate ? value_shape() : input.shape; }
  // Whether the gate has a gradient of its own, of output_type (with the output's quantization) and the gate's shape.
  bool has_gate_gradient() const { return direction == Direction::kGradient && gate.has_value(); }
  // What the gradient of parameter i looks like: the parameter's own type and shape; an f64 scalar for a scalar.
  DataType gradient_type(int param) const;
  Shape gradient_shape(int param) const;
};

// INVALID_ARGUMENT with the field at fault: "axis" out of range or given to a function without one, "upstream" of
// another shape than the output or another type than the input (where that is of 8 bits: one that is not
// floating-point), "gate" of another type or shape than the input, "layout" along with a gate, either of them given to
// a function that is not gated, "input.shape" that packed operands do not fit, "parameters.<name>" whose shape does not
// fit the input's channels, or which counts more elements than a row has, "input.quantization", "gate.quantization" or
// "output_quantization" as CheckQuantization says, "overflow" that is given for no f8 output. INTERNAL if params were
// not bound to this function.
absl::StatusOr<Call> CheckCall(const CallRequest& request);

}  // namespace actserve
