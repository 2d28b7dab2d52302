// What the decoder made of a request, held against what protobuf makes of it.
#pragma once

#include <bit>
#include <string>

#include "actserve/v1/activation.pb.h"
#include "server/wire/request.h"

namespace actserve {

inline std::string DataOf(const WireTensor& tensor) {
  std::string bytes(static_cast<size_t>(tensor.bytes), '\0');
  CopyBytes(tensor.chunks, tensor.begin, tensor.begin + tensor.bytes, reinterpret_cast<std::byte*>(bytes.data()));
  return bytes;
}

inline bool IsSame(const std::optional<WireQuantization>& quantization, bool expected_any,
                   const v1::Quantization& expected) {
  if (!quantization) return !expected_any;
  const auto bits = [](float scale) { return std::bit_cast<uint32_t>(scale); };
  return expected_any && quantization->axis.has_value() == expected.has_axis() &&
         quantization->axis.value_or(0) == expected.axis() &&
         std::equal(quantization->scales.begin(), quantization->scales.end(), expected.scale().begin(),
                    expected.scale().end(), [&](float a, float b) { return bits(a) == bits(b); }) &&
         std::equal(quantization->zero_points.begin(), quantization->zero_points.end(), expected.zero_point().begin(),
                    expected.zero_point().end());
}

inline bool IsSame(const WireTensor& tensor, const v1::Tensor& expected) {
  return tensor.data_type == expected.data_type() &&
         std::equal(tensor.shape.begin(), tensor.shape.end(), expected.shape().begin(), expected.shape().end()) &&
         DataOf(tensor) == expected.data() &&
         IsSame(tensor.quantization, expected.has_quantization(), expected.quantization());
}

inline bool IsSame(const WireParameter& parameter, const v1::Parameter& expected) {
  if (parameter.name != expected.name()) return false;
  if (const auto* scalar = std::get_if<double>(&parameter.value)) {
    return expected.has_scalar() && std::bit_cast<uint64_t>(*scalar) == std::bit_cast<uint64_t>(expected.scalar());
  }
  const auto* tensor = std::get_if<WireTensor>(&parameter.value);
  if (tensor == nullptr) return expected.value_case() == v1::Parameter::VALUE_NOT_SET;
  return expected.has_tensor() && IsSame(*tensor, expected.tensor());
}

// The first field that differs, or nothing.
inline std::string Difference(const WireItem& item, const v1::GradientItem& expected) {
  if (item.id != expected.id()) return "id";
  if (item.function != expected.function()) return "function";
  if (item.axis.has_value() != expected.has_axis() || item.axis.value_or(0) != expected.axis()) return "axis";
  if (item.output_type != expected.output_type()) return "output_type";
  if (item.output_encoding != expected.output_encoding()) return "output_encoding";
  if (item.overflow != expected.overflow()) return "overflow";
  if (!IsSame(item.output_quantization, expected.has_output_quantization(), expected.output_quantization())) {
    return "output_quantization";
  }
  if (item.input_gradient_only != expected.input_gradient_only()) return "input_gradient_only";
  if (item.input.has_value() != expected.has_input()) return "input";
  if (item.input && !IsSame(*item.input, expected.input())) return "input's value";
  if (item.upstream.has_value() != expected.has_upstream()) return "upstream";
  if (item.upstream && !IsSame(*item.upstream, expected.upstream())) return "upstream's value";
  return std::equal(item.parameters.begin(), item.parameters.end(), expected.parameters().begin(),
                    expected.parameters().end(), [](const auto& a, const auto& b) { return IsSame(a, b); })
             ? ""
             : "parameters";
}
inline std::string Difference(const Request& request, const v1::GradientRequest& expected) {
  if (request.backend() != expected.backend()) return "backend";
  if (static_cast<int>(request.items().size()) != expected.items_size()) return "items";
  for (int i = 0; i < expected.items_size(); ++i) {
    const std::string field = Difference(request.items()[static_cast<size_t>(i)], expected.items(i));
    if (!field.empty()) return field;
  }
  return "";
}

}  // namespace actserve
