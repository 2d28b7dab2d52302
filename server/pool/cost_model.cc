#include "server/pool/cost_model.h"

#include <algorithm>
#include <memory>
#include <span>

#include "kernels/api/element.h"
#include "kernels/api/registry.h"

namespace actserve {
namespace {

using Clock = std::chrono::steady_clock;
using Nanoseconds = std::chrono::duration<double, std::nano>;

constexpr int64_t kRow = 256, kRows = 16;
constexpr int kRuns = 3;  // the shortest counts
constexpr int kSegments = 4;
constexpr double kTableElements = 256, kLookUpNanoseconds = 0.25;

// Operands of any type, of numbers about 0.
class Operands {
 public:
  Operands() {
    for (const DataType type : kWideTypes) {
      std::vector<std::byte>& bytes = bytes_[static_cast<size_t>(type)];
      bytes.resize(kRow * kRows * SizeOf(type));
      for (int64_t i = 0; i < kRow * kRows; ++i) {
        StoreElement(type, static_cast<double>(i * 37 % 101 - 50) / 16, bytes.data() + i * SizeOf(type));
      }
    }
    output_.resize(kRow * kRows * 8);
  }
  TensorView Input(DataType type, std::span<const int64_t> shape) const {
    return {type, *Shape::Make(shape), bytes_[static_cast<size_t>(type)].data()};
  }
  MutableTensorView Output(DataType type, const Shape& shape) { return {type, shape, output_.data()}; }

 private:
  std::array<std::vector<std::byte>, 4> bytes_;
  std::vector<std::byte> output_;
};

// A call with values for the parameters that have no default.
Call MakeCall(const Function& function, Direction direction, DataType type, const Operands& operands, int64_t rows) {
  const int64_t shape[] = {rows, kRow}, segments[] = {kSegments}, one[] = {1};
  std::vector<NamedParam> named;
  for (const ParamInfo& param : function.info.params) {
    if (!param.required) continue;
    named.push_back({param.name, operands.Input(type, param.shape == ParamShape::kSegmentsChannels
                                                          ? std::span<const int64_t>(segments)
                                                          : std::span<const int64_t>(one))});
  }
  CallRequest request;
  request.function = &function;
  request.direction = direction;
  request.input = operands.Input(type, shape);
  if (direction == Direction::kGradient) request.upstream = operands.Input(type, shape);
  request.params = *Params::Bind(function.info, named);
  request.input_gradient_only = true;
  return *CheckCall(request);
}

Nanoseconds Time(const Backend& backend, const Call& call, Operands& operands) {
  Nanoseconds best = Nanoseconds::max();
  for (int run = 0; run < kRuns; ++run) {
    const auto start = Clock::now();
    RunInline(*backend.Prepare(call, operands.Output(call.output_type, call.input.shape), {}));
    best = std::min<Nanoseconds>(best, Clock::now() - start);
  }
  return best;
}

}  // namespace

CostModel::CostModel(const Backend& backend) {
  Operands operands;
  double shortest = 0;
  for (const Function& function : Functions()) {
    auto& costs = costs_.emplace_back();
    for (const Direction direction : {Direction::kEvaluate, Direction::kGradient}) {
      for (const DataType type : kWideTypes) {
        const Nanoseconds one = Time(backend, MakeCall(function, direction, type, operands, 1), operands);
        const Nanoseconds all = Time(backend, MakeCall(function, direction, type, operands, kRows), operands);
        costs[static_cast<size_t>(direction)][static_cast<size_t>(type)] =
            std::max(0.01, (all - one).count() / (kRow * (kRows - 1)));
        if (shortest == 0 || one.count() < shortest) shortest = one.count();
      }
    }
  }
  per_call_ = std::chrono::nanoseconds(static_cast<int64_t>(shortest));
}

double CostModel::NanosecondsPerElement(int function, Direction direction, DataType type) const {
  return costs_[static_cast<size_t>(function)][static_cast<size_t>(direction)][static_cast<size_t>(type)];
}

std::chrono::nanoseconds CostModel::Estimate(const Call& call) const {
  // What has bytes is computed in f64, unless a table has the results.
  const DataType type = call.has_bytes() ? DataType::kF64 : call.input.type;
  double cost = NanosecondsPerElement(call.function->index, call.direction, type);
  // Every segment of a function that has them is as much work, and every learnable parameter's gradient is work, too.
  int segments = 1;
  for (size_t i = 0; i < call.params.size(); ++i) {
    const TensorView* tensor = call.params.tensor(static_cast<int>(i));
    if (tensor != nullptr && call.function->info.params[i].shape == ParamShape::kSegmentsChannels) {
      segments = static_cast<int>(tensor->shape.dim(0));
      cost *= std::max(1.0, static_cast<double>(segments) / kSegments);
      break;
    }
  }
  cost *= 1 + static_cast<double>(call.gradient_params.size());
  const Shape& shape = call.input.shape;
  const bool strided =
      call.function->info.kind == FunctionKind::kRowwise && shape.rank() > 0 && shape.inner(call.axis) > 1;
  if (strided) cost *= 2;
  const auto elements = static_cast<double>(shape.elements());
  if (IsByte(call.input.type) && call.function->info.kind == FunctionKind::kElementwise) {
    // All there is to compute are the results of a table, if it is not there yet.
    return per_call_ + std::chrono::nanoseconds(static_cast<int64_t>(cost * std::min(elements, kTableElements) +
                                                                     kLookUpNanoseconds * elements));
  }
  return per_call_ + std::chrono::nanoseconds(static_cast<int64_t>(cost * elements));
}

}  // namespace actserve
