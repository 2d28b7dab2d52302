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
    StoreElement(type, static_cast<double>((i * 7919) % 4093 - 2046) / 512 * scale, bytes.data() + i * size);
  }
  return bytes;
}

InputView Problem::View(const Shape& shape, const std::vector<std::byte>& bytes, int chunks,
                        std::vector<Chunk>& storage) const {
  if (chunks == 1) return TensorView{type_, shape, bytes.data()};
  const auto size = static_cast<int64_t>(bytes.size());
  for (int i = 0; i < chunks; ++i) {
    const int64_t begin = size * i / chunks, end = size * (i + 1) / chunks;
    storage.push_back({bytes.data() + begin, begin, end});
  }
  return {type_, shape, storage, 0};
}

Problem::Problem(std::string_view function, std::vector<int64_t> dims, Options options)
    : type_(options.type), shape_(*Shape::Make(dims)) {
  x_ = Numbers(shape_.elements(), type_, 1);
  CallRequest request;
  request.function = FindFunction(function);
  request.direction = options.direction;
  request.input = View(shape_, x_, options.chunks, x_chunks_);
  if (options.has_gate) {
    gate_ = Numbers(shape_.elements(), type_, -0.7);
    request.gate = View(shape_, gate_, options.chunks, gate_chunks_);
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
    params_.push_back(Numbers(shape.elements(), type_, 0.3));
    params.push_back({param.name, TensorView{type_, shape, params_.back().data()}});
  }
  request.params = *Params::Bind(info, params);
  call_ = *CheckCall(request);
  if (options.direction == Direction::kGradient) {
    const Shape shape = call_.value_shape();
    dy_ = Numbers(shape.elements(), type_, 0.5);
    request.upstream = View(shape, dy_, options.chunks, dy_chunks_);
    call_ = *CheckCall(request);
  }
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
