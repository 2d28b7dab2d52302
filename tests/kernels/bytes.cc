#include "tests/kernels/bytes.h"

#include <cmath>

#include "tests/oracle/format.h"

namespace actserve::testing {
namespace {

struct Scale {
  double scale;
  int zero_point;
};

Scale ScaleOf(const Quantization& quantization, const Shape& shape, int64_t i) {
  int64_t channel = 0;
  if (quantization.axis) {
    const int axis = *quantization.axis < 0 ? *quantization.axis + shape.rank() : *quantization.axis;
    channel = i / shape.inner(axis) % shape.dim(axis);
  }
  const bool has_zero_points = !quantization.zero_points.empty();
  return {quantization.scales[channel], has_zero_points ? quantization.zero_points[channel] : 0};
}

// What a tensor stands for.
Tensor Numbers(const Tensor& tensor, const Quantization& quantization) {
  std::vector<double> values = tensor.values();
  for (int64_t i = 0; IsQuantized(tensor.type()) && i < tensor.elements(); ++i) {
    const auto [scale, zero_point] = ScaleOf(quantization, tensor.shape(), i);
    values[i] = scale * (values[i] - zero_point);
  }
  return Tensor::Of(DataType::kF64, tensor.shape(), values);
}

}  // namespace

Problem Widened(const Problem& problem) {
  Problem widened = problem;
  widened.input = Numbers(problem.input, problem.input_quantization);
  if (problem.gate) widened.gate = Numbers(*problem.gate, problem.gate_quantization);
  if (problem.upstream) widened.upstream = Numbers(*problem.upstream, {});
  widened.output_type = DataType::kF64;
  widened.input_quantization = widened.output_quantization = widened.gate_quantization = {};
  widened.overflow = {};
  return widened;
}

uint64_t Rounded(const oracle::Real& value, const Problem& problem, const Shape& shape, int64_t i) {
  const DataType type = problem.output_type;
  const double number = value.ToDouble();
  if (IsQuantized(type)) {
    const auto [scale, zero_point] = ScaleOf(problem.output_quantization, shape, i);
    if (std::isnan(number)) return static_cast<uint8_t>(zero_point);
    return oracle::Quantize(value, type, scale, zero_point);
  }
  const double rounded = std::isnan(number) ? number : oracle::Round(value, type);
  if (std::isinf(rounded) && problem.overflow == Overflow::kSaturating) {
    return oracle::Encode(std::copysign(type == DataType::kF8E4M3 ? 448 : 57344, rounded), type);
  }
  return oracle::Encode(rounded, type);
}

}  // namespace actserve::testing
