// Calls of every kind, with room for their results on both sides.
#pragma once

#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "kernels/api/backend.h"
#include "kernels/api/element.h"
#include "kernels/api/registry.h"

namespace actserve::cuda {

// A call with operands, parameters and results of its own. Parameters: a number for each, or as many as channels (or
// segments, [4], or [4, channels]) if `by_channel`; gradients of all learnable ones if it is a gradient and `sums`.
class Problem {
 public:
  struct Options {
    Direction direction = Direction::kEvaluate;
    DataType type = DataType::kF32;
    bool by_channel = false;
    bool sums = false;
    int axis = -1;
    int chunks = 1;  // that the operands lie in
    double parameter = 0.75;
    bool has_gate = false;                // of a gated function, whose operands else are packed
    std::optional<DataType> output = {};  // else as the input
    int input_axis = -1;                  // along which integers have scales of their own; else one scale
    int gate_axis = -1;
    int output_axis = -1;
    Overflow overflow = Overflow::kNonSaturating;
  };

  Problem(std::string_view function, std::vector<int64_t> dims, Options options);
  Problem(const Problem&) = delete;
  Problem& operator=(const Problem&) = delete;

  const Call& call() const { return call_; }
  const Outputs& outputs() const { return outputs_; }

  // Whether the results have the bits that the CPU computes.
  bool IsRight();

 private:
  std::vector<std::byte> Numbers(int64_t count, DataType type, double scale) const;

  // Scales and zero points of an integer type; those of others are none.
  struct Codes {
    std::vector<float> scales;
    std::vector<int32_t> zero_points;
    int axis = -1;

    Codes(DataType type, const Shape& shape, int axis);
    Quantization view() const;
  };

  DataType type_;
  Shape shape_;
  std::optional<Codes> input_codes_, gate_codes_, output_codes_;
  std::vector<std::byte> x_, gate_, dy_, output_, gate_gradient_;
  std::vector<Chunk> x_chunks_, gate_chunks_, dy_chunks_;
  std::vector<std::vector<std::byte>> params_, gradients_;
  Call call_;
  std::vector<MutableTensorView> gradient_views_;
  Outputs outputs_;
};

}  // namespace actserve::cuda
