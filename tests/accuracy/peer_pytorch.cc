// PyTorch's operators, through ATen, on one thread.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/api/include/torch/version.h>

#include <cstring>
#include <map>

#include "tests/accuracy/peer.h"

namespace actserve::accuracy {
namespace {

using at::Tensor;

// Each has the derivative, for upstream g, that autograd would call. `p` is the first parameter, if there is one.
struct Operator {
  Tensor (*value)(const Tensor& x, double p);
  Tensor (*derivative)(const Tensor& g, const Tensor& x, double p);
};

const std::map<std::string_view, Operator>& Operators() {
  static const std::map<std::string_view, Operator> table = {
      {"relu",
       {[](const Tensor& x, double) { return at::relu(x); },
        [](const Tensor& g, const Tensor& x, double) { return at::threshold_backward(g, x, 0); }}},
      {"leaky_relu",
       {[](const Tensor& x, double p) { return at::leaky_relu(x, p); },
        [](const Tensor& g, const Tensor& x, double p) { return at::leaky_relu_backward(g, x, p, false); }}},
      {"sigmoid",
       {[](const Tensor& x, double) { return at::sigmoid(x); },
        [](const Tensor& g, const Tensor& x, double) { return at::sigmoid_backward(g, at::sigmoid(x)); }}},
      {"tanh",
       {[](const Tensor& x, double) { return at::tanh(x); },
        [](const Tensor& g, const Tensor& x, double) { return at::tanh_backward(g, at::tanh(x)); }}},
      {"gelu",
       {[](const Tensor& x, double) { return at::gelu(x); },
        [](const Tensor& g, const Tensor& x, double) { return at::gelu_backward(g, x); }}},
      {"gelu_tanh",
       {[](const Tensor& x, double) { return at::gelu(x, "tanh"); },
        [](const Tensor& g, const Tensor& x, double) { return at::gelu_backward(g, x, "tanh"); }}},
      {"silu",
       {[](const Tensor& x, double) { return at::silu(x); },
        [](const Tensor& g, const Tensor& x, double) { return at::silu_backward(g, x); }}},
      {"mish",
       {[](const Tensor& x, double) { return at::mish(x); },
        [](const Tensor& g, const Tensor& x, double) { return at::mish_backward(g, x); }}},
  };
  return table;
}

Compute Open(const Subject& subject) {
  const auto found = Operators().find(subject.function->info.name);
  if (found == Operators().end() || subject.type != DataType::kF32) return nullptr;
  const oracle::Setting& setting = subject.reference().settings[subject.setting];
  const double p = setting.empty() ? 0 : setting[0][0];
  if (subject.function->info.name == "silu" && p != 1) return nullptr;  // has no such parameter
  return [subject, op = found->second, p](std::span<const std::byte> x, std::span<std::byte> y) {
    const at::NoGradGuard no_grad;
    const auto n = static_cast<int64_t>(x.size() / sizeof(float));
    const Tensor input = at::from_blob(const_cast<std::byte*>(x.data()), {n}, at::kFloat);
    const Tensor output =
        subject.direction == Direction::kEvaluate ? op.value(input, p) : op.derivative(at::ones_like(input), input, p);
    std::memcpy(y.data(), output.contiguous().data_ptr<float>(), y.size());
  };
}

}  // namespace

Peer PyTorch() {
  at::set_num_threads(1);
  return {"PyTorch", TORCH_VERSION, Open};
}

}  // namespace actserve::accuracy
