#include "kernels/cpu/parameters.h"

#include "kernels/api/element.h"
#include "kernels/cpu/convert.h"

namespace actserve::cpu {
namespace {

constexpr int64_t kShortestRun = 64;  // elements of a channel in a row that are worth a kernel call of their own
constexpr int64_t kShortestPeriod = 256;
constexpr int64_t kWidestVector = 64;  // elements that a kernel may read beyond the last

// Fills values[segment][channel] of one parameter.
template <class Number>
void Fill(const Params& params, size_t param, bool by_channel, int segments, int64_t channels, Number* values) {
  constexpr DataType kNumber = sizeof(Number) == 8 ? DataType::kF64 : DataType::kF32;
  const TensorView* tensor = params.tensor(param);
  const auto element = [&](int64_t i) {
    return static_cast<Number>(LoadElement(tensor->type, tensor->data + i * SizeOf(tensor->type)));
  };
  if (tensor == nullptr) {
    std::fill_n(values, segments * channels, static_cast<Number>(params.number(param)));
  } else if (!by_channel) {
    for (int s = 0; s < segments; ++s) std::fill_n(values + s * channels, channels, element(s));
  } else if (SizeOf(tensor->type) > sizeof(Number)) {
    for (int64_t i = 0; i < segments * channels; ++i) values[i] = element(i);
  } else {
    ToNumbers(tensor->type, tensor->data, kNumber, reinterpret_cast<std::byte*>(values), segments * channels);
  }
}

}  // namespace

Parameters::Parameters(const Call& call) : f64_(call.compute_type() == DataType::kF64), params_(call.params.size()) {
  const ParamList& infos = call.function->info.params;
  for (size_t i = 0; i < params_; ++i) {
    const TensorView* tensor = call.params.tensor(i);
    if (tensor == nullptr) continue;
    const bool segmented = infos[i].shape == ParamShape::kSegmentsChannels;
    if (segmented) segments_ = static_cast<int>(tensor->shape.dim(0));
    by_channel_[i] =
        segmented ? tensor->shape.rank() == 2 : infos[i].shape == ParamShape::kChannels && tensor->elements() != 1;
  }
  if (std::find(by_channel_.begin(), by_channel_.end(), true) != by_channel_.end()) {
    channels_ = call.axis_extent();
    inner_ = call.input.shape.inner(call.axis);
    const int64_t row = std::max<int64_t>(1, channels_ * inner_);
    period_ = (kShortestPeriod + row - 1) / row * row;
    // Spreading out must not cost more than the work itself, nor more memory than the caller's own data.
    const bool is_worth_it = period_ <= std::max(2 * channels_, 4 * call.input.elements() / std::max(1, slots()));
    layout_ = inner_ < kShortestRun && is_worth_it ? Layout::kLanes : Layout::kRuns;
  }
  const auto fill = [&](auto& values) {
    values.resize(slots() * channels_);
    for (size_t i = 0; i < params_; ++i) {
      Fill(call.params, i, by_channel_[i], segments_, channels_, values.data() + i * segments_ * channels_);
    }
  };
  f64_ ? fill(f64_values_) : fill(f32_values_);
  if (layout_ == Layout::kLanes) SpreadOverLanes();
}

void Parameters::SpreadOverLanes() {
  const auto spread = [&](const auto& values, auto& lanes) {
    const int64_t stride = period_ + kWidestVector;
    lanes.resize(slots() * stride);
    const int64_t row = channels_ * inner_;
    if (row == 0) return;
    for (int slot = 0; slot < slots(); ++slot) {
      auto* const begin = lanes.data() + slot * stride;
      for (int64_t c = 0; c < channels_; ++c) {
        std::fill_n(begin + c * inner_, inner_, values[slot * channels_ + c]);
      }
      for (int64_t i = row; i < stride; ++i) begin[i] = begin[i - row];
    }
  };
  f64_ ? spread(f64_values_, f64_lanes_) : spread(f32_values_, f32_lanes_);
}

const void* Parameters::Address(const double* doubles, const float* floats, int64_t i) const {
  return f64_ ? static_cast<const void*>(doubles + i) : static_cast<const void*>(floats + i);
}

KernelParams Parameters::ForChannel(int64_t channel) const {
  return {
      .values = Address(f64_values_.data(), f32_values_.data(), channel), .stride = channels_, .segments = segments_};
}

KernelParams Parameters::FromElement(int64_t element) const {
  return {.values = Address(f64_lanes_.data(), f32_lanes_.data(), element),
          .stride = period_ + kWidestVector,
          .segments = segments_,
          .per_lane = true};
}

}  // namespace actserve::cpu
