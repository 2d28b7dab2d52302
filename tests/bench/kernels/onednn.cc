#include "tests/bench/kernels/onednn.h"

#include <omp.h>

#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/kernels/bound_primitive.h"
#include "tests/bench/report/result.h"

namespace actserve::bench {
namespace {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;

struct Eltwise {
  std::string_view function;
  algorithm kind;
  float alpha = 0, beta = 0;
};

constexpr Eltwise kEltwise[] = {
    {"relu", algorithm::eltwise_relu},           {"leaky_relu", algorithm::eltwise_relu, 0.01F},
    {"sigmoid", algorithm::eltwise_logistic},    {"tanh", algorithm::eltwise_tanh},
    {"silu", algorithm::eltwise_swish, 1},       {"gelu", algorithm::eltwise_gelu_erf},
    {"gelu_tanh", algorithm::eltwise_gelu_tanh}, {"mish", algorithm::eltwise_mish},
};

const dnnl::engine& Engine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

std::optional<memory::desc> Describe(const Workload& workload) {
  constexpr memory::format_tag kTags[] = {memory::format_tag::a, memory::format_tag::ab, memory::format_tag::abc};
  memory::data_type type;
  switch (workload.type) {
    case DataType::kF32: type = memory::data_type::f32; break;
    case DataType::kBF16: type = memory::data_type::bf16; break;
    case DataType::kF16: type = memory::data_type::f16; break;
    default: return std::nullopt;
  }
  if (workload.shape.rank() < 1 || workload.shape.rank() > 3) return std::nullopt;
  const std::span<const int64_t> dims = workload.shape.dims();
  return memory::desc(memory::dims(dims.begin(), dims.end()), type, kTags[dims.size() - 1]);
}

BoundPrimitive Bind(dnnl::primitive primitive, const memory::desc& shape,
                    const std::vector<std::pair<int, std::byte*>>& arguments, std::shared_ptr<void> keep) {
  return {std::move(primitive), Engine(), shape, arguments, std::move(keep)};
}

// Of softmax's gradient: the operands, and the result that it takes.
struct WithResult {
  std::shared_ptr<Operands> operands;
  Buffer result;
};

using Runs = std::vector<std::pair<std::string_view, std::function<void()>>>;

Runs EltwiseRuns(const Eltwise& eltwise, const Workload& workload, const memory::desc& shape,
                 std::shared_ptr<Operands> operands) {
  const dnnl::eltwise_forward::desc forward(prop_kind::forward_training, eltwise.kind, shape, eltwise.alpha,
                                            eltwise.beta);
  const dnnl::eltwise_forward::primitive_desc forward_with_engine(forward, Engine(), /*allow_empty=*/true);
  if (!forward_with_engine) return {};
  Operands& o = *operands;
  if (workload.direction == Direction::kEvaluate) {
    return {{kPeer, Bind(dnnl::eltwise_forward(forward_with_engine), shape,
                         {{DNNL_ARG_SRC, o.x.data()}, {DNNL_ARG_DST, o.out.data()}}, operands)}};
  }
  const dnnl::eltwise_backward::desc backward(eltwise.kind, shape, shape, eltwise.alpha, eltwise.beta);
  const dnnl::eltwise_backward::primitive_desc with_engine(backward, Engine(), forward_with_engine,
                                                           /*allow_empty=*/true);
  if (!with_engine) return {};
  return {
      {kPeer, Bind(dnnl::eltwise_backward(with_engine), shape,
                   {{DNNL_ARG_SRC, o.x.data()}, {DNNL_ARG_DIFF_DST, o.dy.data()}, {DNNL_ARG_DIFF_SRC, o.out.data()}},
                   operands)}};
}

// Softmax or LogSoftmax; both are named alike.
template <class Forward, class Backward>
Runs RowRuns(const Workload& workload, const memory::desc& shape, std::shared_ptr<Operands> operands) {
  const typename Forward::desc forward(prop_kind::forward_training, shape, *workload.axis);
  const typename Forward::primitive_desc forward_with_engine(forward, Engine(), /*allow_empty=*/true);
  if (!forward_with_engine) return {};
  Operands& o = *operands;
  if (workload.direction == Direction::kEvaluate) {
    return {{kPeer, Bind(Forward(forward_with_engine), shape,
                         {{DNNL_ARG_SRC, o.x.data()}, {DNNL_ARG_DST, o.out.data()}}, operands)}};
  }
  const typename Backward::desc backward(shape, shape, *workload.axis);
  const typename Backward::primitive_desc with_engine(backward, Engine(), forward_with_engine, /*allow_empty=*/true);
  if (!with_engine) return {};
  auto kept = std::make_shared<WithResult>(WithResult{operands, Buffer(shape.get_size())});
  const BoundPrimitive result = Bind(Forward(forward_with_engine), shape,
                                     {{DNNL_ARG_SRC, o.x.data()}, {DNNL_ARG_DST, kept->result.data()}}, kept);
  const BoundPrimitive gradient = Bind(
      Backward(with_engine), shape,
      {{DNNL_ARG_DST, kept->result.data()}, {DNNL_ARG_DIFF_DST, o.dy.data()}, {DNNL_ARG_DIFF_SRC, o.out.data()}}, kept);
  const auto both = [result, gradient] {
    result();
    gradient();
  };
  return {{kPeer, both}, {kPeerFromResult, gradient}};
}

}  // namespace

void SetUpPeer(bool avx2_only) {
  omp_set_num_threads(1);
  if (avx2_only) dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx2);
}

std::string PeerName() {
  const dnnl_version_t* version = dnnl_version();
  return absl::StrCat("oneDNN ", version->major, ".", version->minor, ".", version->patch);
}

std::vector<std::pair<std::string_view, std::function<void()>>> PeerRuns(const Workload& workload,
                                                                         std::shared_ptr<Operands> operands) {
  const std::optional<memory::desc> shape = Describe(workload);
  if (!shape) return {};
  const std::string_view function = workload.function->info.name;
  if (function == "softmax") return RowRuns<dnnl::softmax_forward, dnnl::softmax_backward>(workload, *shape, operands);
  if (function == "log_softmax")
    return RowRuns<dnnl::logsoftmax_forward, dnnl::logsoftmax_backward>(workload, *shape, operands);
  for (const Eltwise& eltwise : kEltwise) {
    if (eltwise.function == function) return EltwiseRuns(eltwise, workload, *shape, operands);
  }
  return {};
}

}  // namespace actserve::bench
