// oneDNN's element-wise primitives, on one thread.
#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <optional>

#include "absl/strings/str_format.h"
#include "oneapi/dnnl/dnnl.hpp"
#include "tests/accuracy/peer.h"

namespace actserve::accuracy {
namespace {

using dnnl::algorithm;

constexpr int64_t kBatch = 1 << 16;  // a primitive is made for a shape

std::optional<algorithm> AlgorithmOf(std::string_view function) {
  static const std::map<std::string_view, algorithm> table = {{"relu", algorithm::eltwise_relu},
                                                              {"leaky_relu", algorithm::eltwise_relu},
                                                              {"prelu", algorithm::eltwise_relu},
                                                              {"sigmoid", algorithm::eltwise_logistic},
                                                              {"tanh", algorithm::eltwise_tanh},
                                                              {"gelu", algorithm::eltwise_gelu_erf},
                                                              {"gelu_tanh", algorithm::eltwise_gelu_tanh},
                                                              {"silu", algorithm::eltwise_swish},
                                                              {"mish", algorithm::eltwise_mish}};
  const auto found = table.find(function);
  return found == table.end() ? std::nullopt : std::optional(found->second);
}

class Eltwise {
 public:
  Eltwise(algorithm what, float alpha, bool backward)
      : engine_(dnnl::engine::kind::cpu, 0),
        stream_(engine_),
        shape_({kBatch}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::a),
        x_(shape_, engine_),
        y_(shape_, engine_),
        ones_(shape_, engine_) {
    const dnnl::eltwise_forward::primitive_desc forward({dnnl::prop_kind::forward_training, what, shape_, alpha, 0},
                                                        engine_);
    primitive_ = dnnl::eltwise_forward(forward);
    if (backward) {
      primitive_ = dnnl::eltwise_backward({{what, shape_, shape_, alpha, 0}, engine_, forward});
      auto* ones = static_cast<float*>(ones_.get_data_handle());
      std::fill(ones, ones + kBatch, 1.0F);
    }
    std::memset(x_.get_data_handle(), 0, kBatch * sizeof(float));
    arguments_ = backward ? Arguments{{DNNL_ARG_SRC, x_}, {DNNL_ARG_DIFF_DST, ones_}, {DNNL_ARG_DIFF_SRC, y_}}
                          : Arguments{{DNNL_ARG_SRC, x_}, {DNNL_ARG_DST, y_}};
  }

  void Run(std::span<const std::byte> x, std::span<std::byte> y) {
    for (size_t from = 0, n; from < x.size(); from += n) {
      n = std::min(x.size() - from, kBatch * sizeof(float));
      std::memcpy(x_.get_data_handle(), x.data() + from, n);
      primitive_.execute(stream_, arguments_);
      stream_.wait();
      std::memcpy(y.data() + from, y_.get_data_handle(), n);
    }
  }

 private:
  using Arguments = std::unordered_map<int, dnnl::memory>;
  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::memory::desc shape_;
  dnnl::memory x_, y_, ones_;
  dnnl::primitive primitive_;
  Arguments arguments_;
};

Compute Open(const Subject& subject) {
  const std::optional<algorithm> what = AlgorithmOf(subject.function->info.name);
  if (!what || subject.type != DataType::kF32) return nullptr;
  // Its one parameter, the slope or the steepness, is the functions' first.
  const oracle::Setting& setting = subject.reference().settings[subject.setting];
  const float alpha = setting.empty() ? 0 : static_cast<float>(setting[0][0]);
  auto eltwise = std::make_shared<Eltwise>(*what, alpha, subject.direction == Direction::kGradient);
  return [eltwise](std::span<const std::byte> x, std::span<std::byte> y) { eltwise->Run(x, y); };
}

}  // namespace

Peer OneDnn() {
  const dnnl_version_t* v = dnnl_version();
  return {"oneDNN", absl::StrFormat("%d.%d.%d", v->major, v->minor, v->patch), Open};
}

}  // namespace actserve::accuracy
