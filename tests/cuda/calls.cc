#include "tests/cuda/calls.h"

#include <algorithm>

namespace actserve::cuda {
namespace {

constexpr int64_t kSegments = 4;
constexpr std::byte kRubbish{0x5a};

}  // namespace

std::vector<std::byte> Problem::Numbers(int64_t count, DataType type, double scale) const {
  const auto size = static_cast<int64_t>(SizeOf(type));
  std::vector<std::byte> bytes(static_cast<size_t>(count * size));
  for (int64_t i = 0; i < count; ++i) {
    if (IsQuantized(type)) {
      bytes[i] = static_cast<std::byte>(i * 7919 % 256);
      continue;
    }
    StoreElement(type, static_cast<double>((i * 7919) % 4093 - 2046) / 512 * scale, bytes.data() + i * size);
  }
  return bytes;
}

InputView View(DataType type, const Shape& shape, const std::vector<std::byte>& bytes, int chunks,
               std::vector<Chunk>& storage) {
  if (chunks == 1) return TensorView{type, shape, bytes.data()};
  const auto size = static_cast<int64_t>(bytes.size());
  for (int i = 0; i < chunks; ++i) {
    const int64_t begin = size * i / chunks, end = size * (i + 1) / chunks;
    storage.push_back({bytes.data() + begin, begin, end});
  }
  return {type, shape, storage, 0};
}

Problem::Codes::Codes(DataType type, const Shape& shape, int axis) : axis(axis) {
  if (!IsQuantized(type)) return;
  for (int64_t c = 0; c < (axis < 0 ? 1 : shape.dim(axis)); ++c) {
    scales.push_back(static_cast<float>(1 + c % 5) / 64);
    zero_points.push_back(static_cast<int32_t>(3 * c % 50) + (type == DataType::kU8 ? 100 : -7));
  }
}

Quantization Problem::Codes::view() const {
  if (scales.empty()) return {};
  return {scales, zero_points, axis < 0 ? std::nullopt : std::optional(axis)};
}

Problem::Problem(std::string_view function, std::vector<int64_t> dims, Options options)
    : type_(options.type), shape_(*Shape::Make(dims)) {
  x_ = Numbers(shape_.elements(), type_, 1);
  CallRequest request;
  request.function = FindFunction(function);
  request.direction = options.direction;
  request.input = View(type_, shape_, x_, options.chunks, x_chunks_);
  request.input.quantization = input_codes_.emplace(type_, shape_, options.input_axis).view();
  if (options.has_gate) {
    gate_ = Numbers(shape_.elements(), type_, -0.7);
    request.gate = View(type_, shape_, gate_, options.chunks, gate_chunks_);
    request.gate->quantization = gate_codes_.emplace(type_, shape_, options.gate_axis).view();
  }
  if (options.axis >= 0) request.axis = options.axis;
  request.input_gradient_only = !options.sums;
  std::vector<NamedParam> params;
  const FunctionInfo& info = request.function->info;
  params_.reserve(info.params.size());
  for (const ParamInfo& param : info.params) {
    if (!param.required && !options.sums && !options.by_channel && !param.integer) continue;
    if (param.shape == ParamShape::kScalar) {
      params.push_back({param.name, param.is_count ? 2.0 : options.parameter});
      continue;
    }
    const int axis = options.axis >= 0 ? options.axis : std::min(1, shape_.rank() - 1);
    const int64_t channels = options.by_channel ? shape_.dim(axis) : 1;
    std::vector<int64_t> of;
    if (param.shape == ParamShape::kSegmentsChannels) of.push_back(kSegments);
    if (options.by_channel || of.empty()) of.push_back(channels);
    const Shape shape = *Shape::Make(of);
    const DataType type = IsByte(type_) ? DataType::kF32 : type_;
    params_.push_back(Numbers(shape.elements(), type, 0.3));
    params.push_back({param.name, TensorView{type, shape, params_.back().data()}});
  }
  request.params = *Params::Bind(info, params);
  request.output_type = DataType::kF64;
  const Call plain = *CheckCall(request);  // which says what shapes are
  if (options.direction == Direction::kGradient) {
    const DataType type = IsByte(type_) ? DataType::kBF16 : type_;
    dy_ = Numbers(plain.value_shape().elements(), type, 0.5);
    request.upstream = View(type, plain.value_shape(), dy_, options.chunks, dy_chunks_);
  }
  const DataType output = options.output.value_or(type_);
  request.output_type = output;
  request.output_quantization = output_codes_.emplace(output, plain.output_shape(), options.output_axis).view();
  if (IsF8(output)) request.overflow = options.overflow;
  call_ = *CheckCall(request);
  const auto room = [&](std::vector<std::byte>& bytes, DataType type, const Shape& shape) {
    bytes.assign(static_cast<size_t>(shape.elements()) * SizeOf(type), kRubbish);
    return MutableTensorView{type, shape, bytes.data()};
  };
  outputs_.output = room(output_, call_.output_type, call_.output_shape());
  if (call_.has_gate_gradient()) outputs_.gate_gradient = room(gate_gradient_, call_.output_type, shape_);
  for (const int param : call_.gradient_params) {
    gradient_views_.push_back(room(gradients_.emplace_back(), call_.gradient_type(param), call_.gradient_shape(param)));
  }
  outputs_.param_gradients = gradient_views_;
}

bool Problem::IsRight() {
  const std::vector<std::byte> output = output_, gate_gradient = gate_gradient_;
  const std::vector<std::vector<std::byte>> gradients = gradients_;
  RunInline(*CpuBackend().Prepare(call_, outputs_));
  return output == output_ && gate_gradient == gate_gradient_ && gradients == gradients_;
}

}  // namespace actserve::cuda
