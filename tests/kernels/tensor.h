// Tensors that own their elements, and calls of kernels on them through the public interface.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "kernels/api/backend.h"
#include "kernels/api/call.h"

namespace actserve::testing {

// A Shape from dimensions known to be good.
Shape MakeShape(std::span<const int64_t> dims);
inline Shape MakeShape(std::initializer_list<int64_t> dims) { return MakeShape(std::span(dims.begin(), dims.size())); }

class Tensor {
 public:
  Tensor(DataType type, const Shape& shape);  // zeros
  // One-dimensional; every value is rounded to the type.
  static Tensor Of(DataType type, std::span<const double> values);
  static Tensor Of(DataType type, const Shape& shape, std::span<const double> values);
  // One-dimensional, of bit patterns; of all 256 of an 8-bit type, in order.
  static Tensor OfBits(DataType type, std::span<const uint64_t> bits);
  static Tensor OfAllBytes(DataType type);

  DataType type() const { return type_; }
  const Shape& shape() const { return shape_; }
  int64_t elements() const { return shape_.elements(); }
  TensorView view() const { return {type_, shape_, bytes_.data()}; }
  MutableTensorView mutable_view() { return {type_, shape_, bytes_.data()}; }

  uint64_t bits(int64_t i) const;
  double operator[](int64_t i) const;
  void SetBits(int64_t i, uint64_t bits);
  void Set(int64_t i, double value);  // rounded to the type
  std::vector<double> values() const;

  friend bool operator==(const Tensor&, const Tensor&) = default;  // of bits

 private:
  DataType type_;
  Shape shape_;
  std::vector<std::byte> bytes_;
};

// `tensor`, `times` over, in a new first dimension.
Tensor Repeated(const Tensor& tensor, int64_t times);

// Parameters by name, owned.
using Arguments = std::vector<std::pair<std::string, std::variant<double, Tensor>>>;

// A call, with everything that it needs.
struct Problem {
  const Function* function;
  Direction direction;
  Tensor input;
  DataType output_type = input.type();
  std::optional<Tensor> upstream = {};
  Arguments arguments = {};
  std::optional<int> axis = {};
  Quantization input_quantization = {}, output_quantization = {};
  std::optional<Overflow> overflow = {};
  std::optional<Tensor> gate = {};
  std::optional<GatedLayout> layout = {};
  Quantization gate_quantization = {};
};

struct Answer {
  Tensor output;
  std::vector<Tensor> param_gradients;  // of the learnable arguments, in the metadata's order
  std::optional<Tensor> gate_gradient = {};

  friend bool operator==(const Answer&, const Answer&) = default;
};

enum class Order { kInline, kReversed, kFourThreads };

// Computes on the CPU, on the active target. A problem must be well-formed; anything else ends the program.
Answer Solve(const Problem& problem, Order order = Order::kInline);
Answer Solve(const CallRequest& request, Order order = Order::kInline);

// The request that Solve makes; views are of `problem`.
absl::StatusOr<CallRequest> MakeRequest(const Problem& problem);

// Runs `body` once for each SIMD target of this machine, best first, with that target forced and named in failures;
// then makes the best one active again.
void ForEachTarget(const std::function<void(const std::string& target)>& body);

}  // namespace actserve::testing
