// What a caller asks for, and what it gets: one item of a batch.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/cpp/sparse_tensor.h"
#include "client/cpp/tensor.h"
#include "kernels/api/element.h"
#include "kernels/api/function_info.h"
#include "kernels/api/sparse.h"

namespace actserve::client {

// Who computes. kAuto leaves the choice to the server, and is never what a result says.
enum class Backend { kAuto, kCpu, kCuda };

// A number, or a tensor for parameters with a value per channel.
struct Parameter {
  std::string name;
  std::variant<double, Tensor> value;
};

// y = f(x).
struct EvaluateItem {
  std::string function;  // a name or alias
  Tensor input = {};
  std::vector<Parameter> parameters = {};    // those not named have the server's defaults
  std::optional<int> axis = {};              // all but element-wise functions; negative counts from the end
  std::optional<DataType> output_type = {};  // the input's unless given
  Quantization output_quantization = {};     // of an i8 or u8 output
  std::optional<Overflow> overflow = {};  // of an f8 output: beyond its largest number it is not saturated unless asked
  Encoding encoding = Encoding::kDense;   // how the output is to travel
  // Gated functions: the gate, of the input's type and shape; or else how the input has both operands, along the axis,
  // the function's own layout unless given.
  std::optional<Tensor> gate = {};
  std::optional<GatedLayout> layout = {};
};

struct EvaluateResult {
  Tensor output;  // of the input's shape; half as long along the axis where that has both operands
  Backend backend = Backend::kCpu;
  absl::Duration compute_time = absl::ZeroDuration();  // in the kernel
  // The output as it came, if it came without its zeros (in one piece). See ClientOptions::decode.
  std::optional<SparseTensor> sparse = {};
  size_t received_bytes = 0;  // of the output, as it came
};

// dL/dx = upstream * f'(x), and dL/dp of the learnable parameters that `parameters` names.
struct GradientItem {
  std::string function;
  Tensor input = {};
  // dL/dy: the input's type (if that is 8-bit: floating-point) and the output's shape, or ones
  std::optional<Tensor> upstream = {};
  std::vector<Parameter> parameters = {};
  std::optional<int> axis = {};
  std::optional<DataType> output_type = {};  // of dL/dx
  bool input_gradient_only = false;          // computes no parameter's gradient
  Quantization output_quantization = {};
  std::optional<Overflow> overflow = {};
  Encoding encoding = Encoding::kDense;  // of dL/dx
  std::optional<Tensor> gate = {};       // as above
  std::optional<GatedLayout> layout = {};
};

struct GradientResult {
  Tensor input_gradient;
  std::vector<Parameter> parameter_gradients = {};  // in the item's order, each of its parameter's type and shape
  Backend backend = Backend::kCpu;
  absl::Duration compute_time = absl::ZeroDuration();
  std::optional<SparseTensor> sparse = {};  // the input gradient
  size_t received_bytes = 0;
  std::optional<Tensor> gate_gradient = {};  // where the item has a gate
};

// One result for each item, in the items' order: a failed item fails alone.
template <class Result>
using Results = std::vector<absl::StatusOr<Result>>;

}  // namespace actserve::client
