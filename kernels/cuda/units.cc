#include "kernels/cuda/units.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <vector>

#include "kernels/cuda/kernel.h"
#include "kernels/cuda/plan.h"

namespace actserve::cuda {
namespace {

constexpr int64_t kRange = RangeSumArgs::kLeaves * SummationOrder::kLeaf;

bool AreEqual(const ParamValue& a, const ParamValue& b) {
  if (a.index() != b.index()) return false;
  if (const double* number = std::get_if<double>(&a)) {
    return std::bit_cast<uint64_t>(*number) == std::bit_cast<uint64_t>(std::get<double>(b));
  }
  const TensorView &one = std::get<TensorView>(a), &other = std::get<TensorView>(b);
  return one.type == other.type && one.shape == other.shape &&
         (one.data == other.data || std::memcmp(one.data, other.data, one.bytes()) == 0);
}

}  // namespace

Units UnitsOf(const Call& call) {
  const Shape& shape = call.input.shape;
  Units units{.count = shape.elements()};
  const bool by_channel = HasChannels(call);
  if ((by_channel || call.function->info.kind == FunctionKind::kRowwise || call.is_packed()) && shape.rank() > 0) {
    units.count = shape.elements() == 0 ? 0 : shape.outer(call.axis);
    units.extent = shape.dim(call.axis);
    units.inner = shape.inner(call.axis);
  }
  if (!call.gradient_params.empty() && call.function->info.kind == FunctionKind::kRowwise) {
    units.of_channel = units.inner;
  } else if (!call.gradient_params.empty()) {
    // A sum goes over a channel's elements by ranges, of which a part must hold whole ones.
    units.of_range = kRange;
    units.of_channel = by_channel ? units.inner : call.is_packed() ? units.elements() / call.operands() : 1;
    units.step = kRange / std::gcd(kRange, units.of_channel);
  }
  return units;
}

int64_t Units::RangeOf(int64_t unit) const { return unit * of_channel / of_range; }

Call CallOf(const Call& call, const Units& units, int64_t count) {
  Call part = call;
  const int64_t dims[] = {count, units.extent, units.inner};
  const Shape shape = *Shape::Make(dims);  // no more elements than there are
  part.axis = 1;
  part.input = TensorView{call.input.type, shape, nullptr};
  if (call.gate) part.gate = part.input;
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
  const Units one = UnitsOf(a), other = UnitsOf(b);
  if (one.extent != other.extent || one.inner != other.inner) return false;
  for (size_t i = 0; i < a.params.size(); ++i) {
    if (!AreEqual(a.params[i], b.params[i])) return false;
  }
  return true;
}

}  // namespace actserve::cuda
