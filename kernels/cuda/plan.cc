#include "kernels/cuda/plan.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "kernels/api/element.h"
#include "kernels/cuda/tuning.h"

namespace actserve::cuda {
namespace {

int64_t Quotient(int64_t a, int64_t b) { return (a + b - 1) / b; }  // rounded up
int64_t RoundUp(int64_t a, int64_t b) { return Quotient(a, b) * b; }

int NumberSize(const Call& call) { return static_cast<int>(SizeOf(call.compute_type())); }
// Of arrays in Kernel.
int NumberIndex(const Call& call) { return call.compute_type() == DataType::kF64 ? 0 : 1; }

// A parameter's value as the arithmetic has it.
double InNumbers(const Call& call, double value) {
  return call.compute_type() == DataType::kF64 ? value : static_cast<double>(static_cast<float>(value));
}
double ValueOf(const Call& call, size_t param, int64_t i) {
  const TensorView* tensor = call.params.tensor(param);
  if (tensor == nullptr) return InNumbers(call, call.params.number(param));
  return InNumbers(call, LoadElement(tensor->type, tensor->data + i * static_cast<int64_t>(SizeOf(tensor->type))));
}

// Whether so many of the first parameters have.
bool HaveDefaults(const Call& call, int count) {
  const ParamList& infos = call.function->info.params;
  for (int i = 0; i < count; ++i) {
    if (ValueOf(call, i, 0) != InNumbers(call, infos[i].fallback)) return false;
  }
  return true;
}

}  // namespace

bool IsByChannel(const Call& call, int param) {
  const TensorView* tensor = call.params.tensor(param);
  if (tensor == nullptr) return false;
  switch (call.function->info.params[param].shape) {
    case ParamShape::kScalar: return false;
    case ParamShape::kChannels: return tensor->elements() != 1;
    case ParamShape::kSegmentsChannels: return tensor->shape.rank() == 2;
  }
  return false;
}

bool HasChannels(const Call& call) {
  for (size_t i = 0; i < call.params.size(); ++i) {
    if (IsByChannel(call, static_cast<int>(i))) return true;
  }
  return false;
}

Way WayOf(const Call& call, const Kernel& kernel) {
  if (call.compute_type() == DataType::kF64) return Way::kF64;
  const auto has = [&](Way way) {
    const auto d = static_cast<size_t>(call.direction), w = static_cast<size_t>(way);
    return kernel.elementwise[d][w].launch != nullptr || kernel.gated[d][w].launch != nullptr;
  };
  const bool is_same = call.input.type == call.output_type, is_half = is_same && SizeOf(call.input.type) == 2;
  if (HaveDefaults(call, kernel.defaults)) {
    Way own = Way::kNarrow;
    if (is_same && call.input.type == DataType::kF32) own = Way::kF32;
    if (is_same && call.input.type == DataType::kF16) own = Way::kF16;
    if (is_same && call.input.type == DataType::kBF16) own = Way::kBF16;
    if (has(own)) return own;
    if (has(Way::kNarrow) && !(is_half && has(Way::kToOdd))) return Way::kNarrow;
  }
  return is_half ? Way::kToOdd : Way::kInF64;
}

Program::Program(const Call& call, const Kernel& kernel, const Limits& limits) {
  GatherParams(call);
  x_ = Describe(call.input.type, call.input.quantization, call.input.shape);
  gate_ = call.gate ? Describe(call.gate->type, call.gate->quantization, call.gate->shape) : x_;
  if (call.upstream) upstream_ = Describe(call.upstream->type, {}, {});  // never of integers
  y_ = Describe(call.output_type, call.output_quantization, call.output_shape());
  y_.format.overflow = call.overflow;
  if (call.input.elements() > 0) {
    switch (call.function->info.kind) {
      case FunctionKind::kElementwise:
      case FunctionKind::kPerChannel: PlanElementwise(call, kernel); break;
      case FunctionKind::kRowwise: PlanRows(call, kernel, limits); break;
      case FunctionKind::kGated: PlanGated(call, kernel); break;
    }
  }
  gradient_params_ = call.gradient_params;
  if (gradient_params_.empty()) return;
  call.function->info.kind == FunctionKind::kRowwise ? PlanRowSums(call, kernel, limits) : PlanSums(call, kernel);
}

// All parameters as [slot][channel], whether they differ by channel or not.
void Program::GatherParams(const Call& call) {
  const ParamList& infos = call.function->info.params;
  for (size_t i = 0; i < call.params.size(); ++i) {
    const TensorView* tensor = call.params.tensor(i);
    if (tensor != nullptr && infos[i].shape == ParamShape::kSegmentsChannels)
      segments_ = static_cast<int>(tensor->shape.dim(0));
    by_channel_.push_back(IsByChannel(call, static_cast<int>(i)));
  }
  const bool any = HasChannels(call);
  channels_ = any ? call.axis_extent() : 1;
  inner_ = any ? call.input.shape.inner(call.axis) : call.value_shape().elements();
  slots_ = segments_ * static_cast<int>(call.params.size());
  for (size_t i = 0; i < call.params.size(); ++i) scalars_.push_back(any && channels_ == 0 ? 0 : ValueOf(call, i, 0));
  const bool are_on_device = call.function->info.kind == FunctionKind::kPerChannel || !call.gradient_params.empty();
  if (!are_on_device) return;
  const int size = NumberSize(call);
  params_.resize(slots_ * channels_ * size);
  std::byte* to = params_.data();
  for (size_t i = 0; i < call.params.size(); ++i) {
    for (int s = 0; s < segments_; ++s) {
      for (int64_t c = 0; c < channels_; ++c, to += size) {
        const bool one_for_all = call.params.tensor(i) == nullptr || call.params.tensor(i)->elements() == 1;
        const int64_t element = by_channel_[i] ? s * channels_ + c : one_for_all ? 0 : s;
        StoreElement(call.compute_type(), ValueOf(call, i, element), to);
      }
    }
  }
}

void Program::PlanElementwise(const Call& call, const Kernel& kernel) {
  const TileKernel<ElementwiseArgs>& way =
      kernel.elementwise[static_cast<int>(call.direction)][static_cast<int>(WayOf(call, kernel))];
  elementwise_ = way.launch;
  geometry_ = {Quotient(call.input.elements(), way.tile), way.threads, way.shared_bytes};
  ElementwiseArgs& args = elementwise_args_;
  args.n = call.input.elements();
  std::copy(scalars_.begin(), scalars_.end(), args.values);
  args.channels = channels_;
  args.inner = inner_;
  args.segments = segments_;
}

void Program::PlanGated(const Call& call, const Kernel& kernel) {
  const TileKernel<GatedArgs>& way =
      kernel.gated[static_cast<int>(call.direction)][static_cast<int>(WayOf(call, kernel))];
  gated_ = way.launch;
  GatedArgs& args = gated_args_;
  args.n = call.value_shape().elements();
  args.operands = call.operands();
  std::copy(scalars_.begin(), scalars_.end(), args.values);
  is_packed_ = call.is_packed();
  args.places = {.run = args.n, .step = args.n, .linear = 0, .gate = 0, .between = 0};
  if (is_packed_) {
    const Packing packing = call.packing();
    args.places = {packing.run, packing.operands * packing.run, packing.At(0, 0), packing.At(0, 1), packing.run};
  }
  geometry_ = {Quotient(args.n, way.tile), way.threads, way.shared_bytes};
}

void Program::PlanRows(const Call& call, const Kernel& kernel, const Limits& limits) {
  const int size = NumberSize(call), index = NumberIndex(call), direction = static_cast<int>(call.direction);
  const Shape& shape = call.input.shape;
  RowArgs& args = row_args_;
  args.length = call.axis_extent();
  args.inner = shape.rank() == 0 ? 1 : shape.inner(call.axis);
  args.rows = shape.elements() / args.length;
  std::copy(scalars_.begin(), scalars_.end(), args.values);

  // Rows in shared memory begin where threads that read along them, or across them, find different banks.
  const int64_t vector = 16 / size;
  const bool is_strided = args.inner > 1;
  const int64_t pitch = is_strided  ? args.length | 1
                        : size == 4 ? (Quotient(args.length, SummationOrder::kLanes) | 1) * SummationOrder::kLanes
                                    : RoundUp(args.length, vector);
  args.has_vectors = !is_strided && args.length % vector == 0;
  const int64_t planes = call.direction == Direction::kGradient ? 2 : 1;
  const auto bytes = [&](int64_t rows, int64_t teams) {
    return (rows * planes + (kernel.keeps_numbers ? teams : 0)) * pitch * size;
  };
  const auto use_shared = [&](Launcher<RowArgs> launch, int64_t rows, int64_t teams, int threads, int64_t notes) {
    rows_ = launch;
    args.rows_at_a_time = static_cast<int>(rows);
    args.pitch = static_cast<int>(pitch);
    const int64_t group = is_strided ? args.inner : args.rows;
    geometry_ = {args.rows / group * Quotient(group, rows), threads, static_cast<int>(bytes(rows, teams) + notes)};
  };

  if (args.length <= SummationOrder::kLeaf) {
    // So many rows that several blocks share a multiprocessor, if possible. Strided ones, so many that memory is read
    // in whole lines.
    for (int64_t teams = RowShape::kThreads / SummationOrder::kLanes; teams >= 2; teams /= 2) {
      int64_t rows = teams;
      while (is_strided && rows < 32 && bytes(2 * rows, teams) <= limits.shared_bytes / 4) rows *= 2;
      if (bytes(rows, teams) > (teams > 2 ? limits.shared_bytes / 4 : limits.shared_bytes)) continue;
      const int threads = static_cast<int>(teams) * SummationOrder::kLanes;
      return use_shared(kernel.rows_of_half_warps[direction][index], rows, teams, threads, 0);
    }
  }
  if (bytes(1, 1) + kBlockNoteBytes <= limits.shared_bytes) {
    const int64_t leaves = Quotient(args.length, SummationOrder::kLeaf);
    const int threads =
        static_cast<int>(std::min<int64_t>(RowShape::kBlockThreads, RoundUp(leaves * SummationOrder::kLanes, 32)));
    if (leaves * SummationOrder::kLanes <= threads) {
      int64_t rows = 1;
      while (is_strided && rows < 16 && bytes(2 * rows, 1) + kBlockNoteBytes <= limits.shared_bytes / 2) rows *= 2;
      return use_shared(kernel.rows_of_blocks[direction][index], rows, 1, threads, kBlockNoteBytes);
    }
  }
  rows_ = kernel.streamed_rows[direction][index];
  geometry_ = Streamed(args, size, RowShape::StreamThreads(size), limits);
  workspace_bytes_ = geometry_.blocks * args.length * size;
}

// Rows in memory, each read by a block.
Geometry Program::Streamed(const RowArgs& args, int64_t size, int threads, const Limits& limits) {
  const int64_t most = std::max<int64_t>(1, limits.workspace_bytes / (args.length * size));
  return {std::min({args.rows, most, int64_t{2} * limits.multiprocessors}), threads, kBlockNoteBytes};
}

// After the rows themselves, so that both may use the workspace.
void Program::PlanRowSums(const Call& call, const Kernel& kernel, const Limits& limits) {
  if (!has_output()) return;
  row_sums_ = kernel.row_sums[NumberIndex(call)];
  sum_type_ = call.compute_type();
  range_geometry_ = Streamed(row_args_, NumberSize(call), RowShape::kSumThreads, limits);
  workspace_bytes_ = std::max(workspace_bytes_, range_geometry_.blocks * row_args_.length * NumberSize(call));
}

void Program::PlanSums(const Call& call, const Kernel& kernel) {
  const int64_t length = channels_ == 0 ? 0 : call.value_shape().elements() / channels_;
  if (length == 0) return;
  RangeSumArgs& args = range_args_;
  args.channels = channels_;
  args.inner = inner_;
  args.length = length;
  args.ranges = Quotient(length, RangeSumArgs::kLeaves * SummationOrder::kLeaf);
  args.places = gated_args_.places;
  args.params = static_cast<int>(call.params.size());
  args.segments = segments_;
  args.slots = slots_;
  args.wanted = 0;
  for (const int param : gradient_params_) args.wanted |= 1u << param;
  range_sums_ = kernel.range_sums[NumberIndex(call)];
  const bool are_short = length <= SummationOrder::kLeaf;
  range_geometry_ = {are_short ? Quotient(channels_, RangeSumArgs::kLeaves) : channels_ * args.ranges,
                     RangeSumArgs::kThreads, RangeSumArgs::kSharedBytes};
}

Program::Description Program::Describe(DataType type, const Quantization& quantization, const Shape& shape) {
  Description description{.format = {.type = type}, .codings_at = static_cast<int64_t>(params_.size())};
  if (!IsQuantized(type)) return description;
  const auto divisor = [](int64_t number) {
    const auto value = static_cast<double>(number);
    return Divisor{value, 1 / value};
  };
  description.format.channels = divisor(quantization.channels());
  description.format.inner = divisor(std::max<int64_t>(1, quantization.inner(shape)));  // of nothing, perhaps
  for (int64_t c = 0; c < quantization.channels(); ++c) {
    const Coding coding{quantization.scales[c], static_cast<double>(quantization.zero_point(c))};
    const auto* const bytes = reinterpret_cast<const std::byte*>(&coding);
    params_.insert(params_.end(), bytes, bytes + sizeof coding);
  }
  return description;
}

Format Program::FormatAt(const Description& description, const Addresses& at) {
  Format format = description.format;
  if (IsQuantized(format.type)) {
    format.codings = reinterpret_cast<const Coding*>(static_cast<const std::byte*>(at.params) + description.codings_at);
  }
  return format;
}

Tensors Program::TensorsAt(const Addresses& at) const {
  return {.x = at.input,
          .upstream = at.upstream,
          .y = at.output,
          .x_format = FormatAt(x_, at),
          .upstream_format = FormatAt(upstream_, at),
          .y_format = FormatAt(y_, at)};
}

int Program::Launch(const Addresses& at, void* stream) const {
  const Tensors tensors = TensorsAt(at);
  int error = 0;
  if (elementwise_ != nullptr) {
    ElementwiseArgs args = elementwise_args_;
    static_cast<Tensors&>(args) = tensors;
    args.channel_values = at.params;
    error = elementwise_(geometry_, args, stream);
  } else if (gated_ != nullptr) {
    GatedArgs args = gated_args_;
    static_cast<Tensors&>(args) = tensors;
    args.gate = is_packed_ ? at.input : at.gate;
    args.gate_format = FormatAt(gate_, at);
    args.gate_gradient = is_packed_ ? at.output : at.gate_gradient;
    error = gated_(geometry_, args, stream);
  } else if (rows_ != nullptr) {
    RowArgs args = row_args_;
    static_cast<Tensors&>(args) = tensors;
    args.workspace = at.workspace;
    error = rows_(geometry_, args, stream);
  }
  if (error != 0 || !has_sums()) return error;
  if (row_sums_ != nullptr) {
    RowSumArgs args{row_args_, static_cast<DoubleDouble*>(at.sums), slots_};
    static_cast<Tensors&>(args) = tensors;
    args.y_format.type = sum_type_;  // whatever the rows' own results are
    args.workspace = at.workspace;
    return row_sums_(range_geometry_, args, stream);
  }
  RangeSumArgs args = range_args_;
  static_cast<Tensors&>(args) = tensors;
  args.gate = is_packed_ ? at.input : at.gate;
  args.gate_format = FormatAt(gate_, at);
  args.values = at.params;
  args.sums = static_cast<DoubleDouble*>(at.sums);
  return range_sums_(range_geometry_, args, stream);
}

void Program::Gather(const Program& part, const DoubleDouble* of_part, int64_t first_range, DoubleDouble* sums) const {
  for (int64_t channel = 0; channel < (ranges() == 0 ? 0 : channels_); ++channel) {
    std::copy_n(of_part + channel * part.ranges() * slots_, part.ranges() * slots_,
                sums + (channel * ranges() + first_range) * slots_);
  }
}

void Program::Conclude(const DoubleDouble* sums, std::span<const MutableTensorView> gradients) const {
  const auto of_channel = [&](int64_t channel, int slot) {
    PairwiseTree<> tree;
    for (int64_t range = 0; range < ranges(); ++range) tree.Push(sums[(channel * ranges() + range) * slots_ + slot]);
    return tree.Total();
  };
  for (size_t i = 0; i < gradients.size(); ++i) {
    const MutableTensorView& gradient = gradients[i];
    const int param = gradient_params_[i];
    for (int64_t k = 0; k < gradient.elements(); ++k) {
      // [segments][channels], [segments] or a single number.
      const int64_t segment = by_channel_[param] ? k / channels_ : k;
      const int slot = param * segments_ + static_cast<int>(segment);
      DoubleDouble sum;
      if (by_channel_[param]) {
        sum = of_channel(k % channels_, slot);
      } else {
        PairwiseTree<> tree;
        for (int64_t c = 0; c < channels_; ++c) tree.Push(of_channel(c, slot));
        sum = tree.Total();
      }
      StoreElement(gradient.type, sum.Rounded(), gradient.data + k * static_cast<int64_t>(SizeOf(gradient.type)));
    }
  }
}

}  // namespace actserve::cuda
