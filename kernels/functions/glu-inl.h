// Gated linear units: a linear operand u times an activation of its gate g. Without an include guard: a backend
// includes this inside its own namespace.
#include "kernels/functions/gelu-inl.h"
#include "kernels/functions/relu-inl.h"
#include "kernels/functions/sigmoid-inl.h"

struct Glu : GatedBy<Sigmoid> {
  static constexpr FunctionInfo kInfo{
      .name = "glu",
      .summary = "Gated linear unit.",
      .formula = "u sigmoid(g)",
      .derivative = "by u: sigmoid(g); by g: u sigmoid(g) sigmoid(-g)",
      .kind = FunctionKind::kGated,
      .limits = Sigmoid::kInfo.limits,
      .reference = "Dauphin, Fan, Auli and Grangier 2016, Language Modeling with Gated Convolutional Networks",
      .usage = "gated convolutional networks; the convolution modules of Conformer",
      .layout = GatedLayout::kHalves,
      .layout_reason = "as PyTorch's, JAX's and Keras' glu"};
};

struct Reglu : GatedBy<Relu> {
  static constexpr FunctionInfo kInfo{.name = "reglu",
                                      .summary = "Gated linear unit with relu for its gate.",
                                      .formula = "u relu(g)",
                                      .derivative = "by u: relu(g); by g: u if g > 0, else 0",
                                      .kind = FunctionKind::kGated,
                                      .limits = Relu::kInfo.limits,
                                      .reference = "Shazeer 2020, GLU Variants Improve Transformer",
                                      .usage = "relufied Llamas, such as ProSparse's and ReluLLaMA",
                                      .layout = GatedLayout::kHalvesGateFirst,
                                      .layout_reason = "as the gate_up projections of Llama and its relufied kin"};
};

struct Geglu : GatedBy<Gelu> {
  static constexpr FunctionInfo kInfo{.name = "geglu",
                                      .summary = "Gated linear unit with gelu, the exact form, for its gate.",
                                      .formula = "u gelu(g)",
                                      .derivative = "by u: gelu(g); by g: u gelu'(g)",
                                      .kind = FunctionKind::kGated,
                                      .limits = Gelu::kInfo.limits,
                                      .reference = "Shazeer 2020, GLU Variants Improve Transformer",
                                      .usage = "the U-Nets of Stable Diffusion; ModernBERT",
                                      .layout = GatedLayout::kHalves,
                                      .layout_reason = "as the GEGLU of diffusers, where the linear half comes first"};
};

struct GegluTanh : GatedBy<GeluTanh> {
  static constexpr FunctionInfo kInfo{.name = "geglu_tanh",
                                      .summary = "Gated linear unit with gelu_tanh for its gate.",
                                      .formula = "u gelu_tanh(g)",
                                      .derivative = "by u: gelu_tanh(g); by g: u gelu_tanh'(g)",
                                      .kind = FunctionKind::kGated,
                                      .limits = GeluTanh::kInfo.limits,
                                      .reference = "Shazeer 2020, GLU Variants Improve Transformer",
                                      .usage = "T5 1.1, Gemma",
                                      .layout = GatedLayout::kHalves,
                                      .layout_reason = "as geglu"};
};

struct Swiglu : GatedBy<Silu> {
  static constexpr FunctionInfo kInfo{
      .name = "swiglu",
      .aliases = "silu_and_mul",
      .summary = "Gated linear unit with silu for its gate.",
      .formula = "u g sigmoid(beta g)",
      .derivative = "by u: g s; by g: u (s + beta g s (1 - s)), s = sigmoid(beta g)",
      .kind = FunctionKind::kGated,
      .params = Silu::kInfo.params,
      .limits = Silu::kInfo.limits,
      .reference = "Shazeer 2020, GLU Variants Improve Transformer",
      .usage = "Llama, Mistral, Qwen, PaLM",
      .layout = GatedLayout::kHalvesGateFirst,
      .layout_reason = "as the fused gate_up projections of Llama, and vLLM's SiluAndMul"};
};

// silu of a gate that is cut from above.
struct ClampedSilu : GatedBySigmoid {
  enum { kAlpha, kLimit };
  static_assert(int{kAlpha} == int{kBeta});
  static constexpr FunctionInfo kInfo{
      .name = "",  // is in no list
      .summary = "",
      .formula = "",
      .derivative = "",
      .params = {{{{.name = "alpha",
                    .summary = "steepness of the gate",
                    .fallback = 1.702,
                    .min = 0,
                    .max = 100,
                    .learnable = true},
                   {.name = "limit",
                    .summary = "the gate is cut to it from above, the linear operand from both sides",
                    .fallback = 7,
                    .min = 1e-6,
                    .max = 1e6}}}}};

  template <class M, class V, class P>
  ACT_FN static V Cut(M m, V g, const P& p) {
    return m.Select(g > p(kLimit), p(kLimit), g);
  }
  template <class M, class V, class P>
  ACT_FN static Unscaled<V> Value(M m, V g, const P& p) {
    return GatedBySigmoid::Value(m, Cut(m, g, p), p);
  }
  template <class M, class V, class P>
  ACT_FN static Unscaled<V> Slope(M m, V g, const P& p) {
    const Unscaled<V> slope = GatedBySigmoid::Slope(m, g, p);
    const auto above = g > p(kLimit);
    return {Choose(m, above, Exactly(m, m.Set(0)), slope.y), m.Select(above, m.Set(0), slope.k)};
  }
  template <class M, class V, class P>
  ACT_FN static V Evaluate(M m, V g, const P& p) {
    return Finished(m, Value(m, g, p));
  }
  template <class M, class V, class P>
  ACT_FN static V Derivative(M m, V g, const P& p) {
    return Finished(m, Slope(m, g, p));
  }
  template <class M, class V, class P>
  ACT_FN static V ParamDerivative(M m, V g, const P& p, int which, int segment) {
    return GatedBySigmoid::ParamDerivative(m, Cut(m, g, p), p, which, segment);
  }
};

struct ClampedSwiglu : GatedBy<ClampedSilu> {
  static constexpr LinearPart kLinearPart = LinearPart::kRounded;
  static constexpr FunctionInfo kInfo{
      .name = "clamped_swiglu",
      .aliases = "swiglu_oai",
      .summary = "The clamped gated unit of gpt-oss, whose linear operand counts from 1.",
      .formula = "(1 + clamp(u, -limit, limit)) c sigmoid(alpha c), c = min(g, limit)",
      .derivative =
          "by u: c s if |u| <= limit, else 0; by g: (1 + clamp(u)) (s + alpha g s (1 - s)) if g <= limit, else 0, "
          "s = sigmoid(alpha c)",
      .kind = FunctionKind::kGated,
      .params = ClampedSilu::kInfo.params,
      .limits = {-0.0, 13.999906256606634, -0.0, 0, 1},
      .reference = "OpenAI 2025, gpt-oss-120b and gpt-oss-20b Model Card",
      .usage = "the experts of gpt-oss",
      .layout = GatedLayout::kInterleavedGateFirst,
      .layout_reason = "as the gate_up projections of gpt-oss"};

  template <class M, class V, class P>
  ACT_FN static V Linear(M m, V u, const P& p) {
    const V limit = p(ClampedSilu::kLimit), bounded = m.Select(m.Abs(u) > limit, m.WithSignOf(limit, u), u);
    return bounded + m.Set(1);
  }
  template <class M, class V, class P>
  ACT_FN static V LinearSlope(M m, V u, const P& p) {
    return m.Select(m.Abs(u) > p(ClampedSilu::kLimit), m.Set(0), m.Set(1));
  }
};

struct Drelu : GatedBy<Relu> {
  static constexpr LinearPart kLinearPart = LinearPart::kItselfOrZero;
  static constexpr FunctionInfo kInfo{
      .name = "drelu",
      .summary = "Both operands through relu: zero where either of them is negative.",
      .formula = "relu(u) relu(g)",
      .derivative = "by u: relu(g) if u > 0, else 0; by g: relu(u) if g > 0, else 0",
      .kind = FunctionKind::kGated,
      .limits = Relu::kInfo.limits,
      .reference = "Song et al. 2024, Turbo Sparse: Achieving LLM SOTA Performance with Minimal Activated Parameters",
      .usage = "TurboSparse-Mistral and TurboSparse-Mixtral",
      .layout = GatedLayout::kHalvesGateFirst,
      .layout_reason = "as reglu; the operands can change places"};

  template <class M, class V, class P>
  ACT_FN static V Linear(M m, V u, const P& p) {
    return Relu::Evaluate(m, u, p);
  }
  template <class M, class V, class P>
  ACT_FN static V LinearSlope(M m, V u, const P& p) {
    return Relu::Derivative(m, u, p);
  }
};
