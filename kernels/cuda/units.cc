#include "kernels/cuda/units.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <numeric>
#include <span>
#include <vector>

#include "kernels/cuda/kernel.h"
#include "kernels/cuda/plan.h"

namespace actserve::cuda {
namespace {

constexpr int64_t kRange = RangeSumArgs::kLeaves * SummationOrder::kLeaf;

bool AreEqual(const Params& a, const Params& b, size_t i) {
  const TensorView *one = a.tensor(i), *other = b.tensor(i);
  if ((one == nullptr) != (other == nullptr)) return false;
  if (one == nullptr) return std::bit_cast<uint64_t>(a.number(i)) == std::bit_cast<uint64_t>(b.number(i));
  return one->type == other->type && one->shape == other->shape &&
         (one->data == other->data || std::memcmp(one->data, other->data, one->bytes()) == 0);
}

// But for their axes.
bool AreEqual(const Quantization& a, const Quantization& b) {
  if (!std::equal(a.scales.begin(), a.scales.end(), b.scales.begin(), b.scales.end())) return false;
  for (int64_t c = 0; c < a.channels(); ++c) {
    if (a.zero_point(c) != b.zero_point(c)) return false;
  }
  return true;
}

}  // namespace

Units UnitsOf(const Call& call) {
  const int64_t scalar[] = {1};
  const Shape whole = call.input.shape.rank() == 0 ? *Shape::Make(scalar) : call.input.shape;
  const bool is_rowwise = call.function->info.kind == FunctionKind::kRowwise;
  const bool by_channel = HasChannels(call), has_axis = by_channel || is_rowwise || call.is_packed();
  const auto axis_of = [](const Quantization& quantization) {
    return quantization.by_channel() ? quantization.axis : std::nullopt;
  };
  const std::optional<int> input_axis = axis_of(call.input.quantization),
                           gate_axis = call.gate ? axis_of(call.gate->quantization) : std::nullopt,
                           output_axis = axis_of(call.output_quantization);
  const auto matters = [&](int axis) {
    return (has_axis && axis == call.axis) || axis == input_axis || axis == gate_axis || axis == output_axis;
  };

  // What comes before the first such axis is units; what lies between or behind them is one axis each.
  Units units{.count = 1};
  int first = 0;
  while (first < whole.rank() && !matters(first)) units.count *= whole.dim(first++);
  std::vector<int64_t> dims = {1};
  std::array<int, kMaxRank> place{};
  bool is_open = false;  // the last of dims may grow
  for (int axis = first; axis < whole.rank(); ++axis) {
    if (is_open && !matters(axis)) {
      dims.back() *= whole.dim(axis);
      continue;
    }
    place[axis] = static_cast<int>(dims.size());
    dims.push_back(whole.dim(axis));
    is_open = !matters(axis);
  }
  units.shape = *Shape::Make(dims);
  if (units.elements() == 0) units.count = 0;
  if (has_axis) units.axis = place[call.axis];
  if (input_axis) units.input_axis = place[*input_axis];
  if (gate_axis) units.gate_axis = place[*gate_axis];
  if (output_axis) units.output_axis = place[*output_axis];

  if (call.gradient_params.empty() || units.count == 0) return units;
  if (is_rowwise) {
    units.of_channel = units.elements() / units.shape.dim(units.axis);
  } else {
    // A sum goes over a channel's elements by ranges, of which a part must hold whole ones.
    const int64_t channels = by_channel ? units.shape.dim(units.axis) : call.is_packed() ? call.operands() : 1;
    units.of_range = kRange;
    units.of_channel = units.elements() / channels;
    units.step = kRange / std::gcd(kRange, units.of_channel);
  }
  return units;
}

int64_t Units::RangeOf(int64_t unit) const { return unit * of_channel / of_range; }

Call CallOf(const Call& call, const Units& units, int64_t count) {
  Call part = call;
  std::array<int64_t, kMaxRank> dims{};
  std::copy(units.shape.dims().begin(), units.shape.dims().end(), dims.begin());
  dims[0] = count;
  const Shape shape = *Shape::Make(std::span(dims).first(units.shape.rank()));  // no more elements than there are
  part.axis = units.axis;
  part.input = TensorView{call.input.type, shape, nullptr};
  part.input.quantization = call.input.quantization;
  part.input.quantization.axis = units.input_axis;
  part.output_quantization.axis = units.output_axis;
  if (call.gate) {
    part.gate = TensorView{call.gate->type, shape, nullptr};
    part.gate->quantization = call.gate->quantization;
    part.gate->quantization.axis = units.gate_axis;
  }
  if (call.upstream) part.upstream = TensorView{call.upstream->type, part.value_shape(), nullptr};
  return part;
}

bool CanMerge(const Call& a, const Call& b) {
  if (a.function != b.function || a.direction != b.direction || a.output_type != b.output_type ||
      a.input.type != b.input.type || a.upstream.has_value() != b.upstream.has_value() ||
      a.gate.has_value() != b.gate.has_value() || a.layout != b.layout || !a.gradient_params.empty() ||
      !b.gradient_params.empty()) {
    return false;
  }
  if (a.upstream && a.upstream->type != b.upstream->type) return false;
  if (a.gate && !AreEqual(a.gate->quantization, b.gate->quantization)) return false;
  if (a.overflow != b.overflow || !AreEqual(a.input.quantization, b.input.quantization) ||
      !AreEqual(a.output_quantization, b.output_quantization)) {
    return false;
  }
  const Units one = UnitsOf(a), other = UnitsOf(b);
  if (one.shape != other.shape || one.axis != other.axis || one.input_axis != other.input_axis ||
      one.gate_axis != other.gate_axis || one.output_axis != other.output_axis) {
    return false;
  }
  for (size_t i = 0; i < a.params.size(); ++i) {
    if (!AreEqual(a.params, b.params, i)) return false;
  }
  return true;
}

}  // namespace actserve::cuda
