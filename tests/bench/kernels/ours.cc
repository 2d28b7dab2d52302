#include "tests/bench/kernels/ours.h"

#include "absl/status/statusor.h"

namespace actserve::bench {

Ours::Ours(const Workload& workload, std::shared_ptr<Operands> operands) : operands_(std::move(operands)) {
  const FunctionInfo& info = workload.function->info;
  const int64_t channels = workload.axis ? workload.shape.dim(*workload.axis) : 1;
  constexpr int64_t kSegments = 4;
  std::vector<NamedParam> given;
  for (size_t i = 0; i < info.params.size(); ++i) {
    const ParamInfo& param = info.params[i];
    if (!param.required) continue;
    if (param.is_count) {
      given.push_back({param.name, 8.0});
      continue;
    }
    std::vector<int64_t> dims;
    if (param.shape == ParamShape::kSegmentsChannels) dims.push_back(kSegments);
    if (param.shape != ParamShape::kScalar) dims.push_back(channels);
    const Shape shape = *Shape::Make(dims);
    param_values_[i].assign(shape.elements(), 0.25);
    given.push_back(
        {param.name, TensorView{DataType::kF64, shape, reinterpret_cast<std::byte*>(param_values_[i].data())}});
  }
  request_ = {.function = workload.function,
              .direction = workload.direction,
              .input = TensorView{workload.type, workload.shape, operands_->x.data()},
              .upstream = {},
              .gate = {},
              .layout = {},
              .axis = workload.axis,
              .output_type = {},
              .output_quantization = workload.quantization(),
              .overflow = {},
              .params = Params::Bind(info, given).value(),
              .input_gradient_only = true};
  request_.input.quantization = workload.quantization();
  const Call call = CheckCall(request_).value();
  if (workload.direction == Direction::kGradient)
    request_.upstream = TensorView{workload.type, call.value_shape(), operands_->dy.data()};
  output_ = {workload.type, call.output_shape(), operands_->out.data()};
  execution_ = Prepare();
}

std::unique_ptr<Execution> Ours::Prepare() const {
  return CpuBackend().Prepare(CheckCall(request_).value(), output_, {});
}

std::unique_ptr<Execution> Ours::PrepareSparse(SparseOutput& output) const {
  return CpuBackend().PrepareSparse(CheckCall(request_).value(), output, {.output = output.dense()});
}

}  // namespace actserve::bench
