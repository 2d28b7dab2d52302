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

InputView Problem::View(const std::vector<std::byte>& bytes, int chunks, std::vector<Chunk>& storage) const {
  if (chunks == 1) return TensorView{type_, shape_, bytes.data()};
  const auto size = static_cast<int64_t>(bytes.size());
  for (int i = 0; i < chunks; ++i) {
    const int64_t begin = size * i / chunks, end = size * (i + 1) / chunks;
    storage.push_back({bytes.data() + begin, begin, end});
  }
  return {type_, shape_, storage, 0};
}

Problem::Problem(std::string_view function, std::vector<int64_t> dims, Options options)
    : type_(options.type), shape_(*Shape::Make(dims)) {
  x_ = Numbers(shape_.elements(), type_, 1);
  dy_ = Numbers(shape_.elements(), type_, 0.5);
  CallRequest request;
  request.function = FindFunction(function);
  request.direction = options.direction;
  request.input = View(x_, options.chunks, x_chunks_);
  if (options.direction == Direction::kGradient) request.upstream = View(dy_, options.chunks, dy_chunks_);
  if (options.axis >= 0) request.axis = options.axis;
  request.input_gradient_only = !options.sums;
  std::vector<NamedParam> params;
  const FunctionInfo& info = request.function->info;
  params_.reserve(info.params.size());
  for (const ParamInfo& param : info.params) {
    if (!param.required && !options.sums && !options.by_channel) continue;
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
  output_.assign(static_cast<size_t>(shape_.elements()) * SizeOf(call_.output_type), kRubbish);
  for (const int param : call_.gradient_params) {
    const auto count = static_cast<size_t>(call_.gradient_shape(param).elements());
    gradients_.emplace_back(count * SizeOf(call_.gradient_type(param)), kRubbish);
  }
}

std::vector<MutableTensorView> Problem::gradients() {
  std::vector<MutableTensorView> views;
  for (size_t i = 0; i < gradients_.size(); ++i) {
    const int param = call_.gradient_params[i];
    views.push_back({call_.gradient_type(param), call_.gradient_shape(param), gradients_[i].data()});
  }
  return views;
}

bool Problem::IsRight() {
  const std::vector<std::byte> output = output_;
  const std::vector<std::vector<std::byte>> computed = gradients_;
  RunInline(*CpuBackend().Prepare(call_, this->output(), gradients()));
  return output == output_ && computed == gradients_;
}

}  // namespace actserve::cuda
