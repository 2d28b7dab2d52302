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

// silu of the steepness that quick_gelu and gpt-oss have, by tables.
struct SteepSilu : QuickGelu {
  using ValueTable = SteepSiluTable;
  using SlopeTable = SteepSiluSlopeTable;
  static constexpr float kSteepness = 1.702f;
  static_assert(kSteepness == static_cast<float>(kInfo.params[kBeta].fallback));

  template <class M, class V>
  ACT_FN static Twofold<V> Steep(M m, V x) {
    const V high = x * m.Set(kSteepness);
    return {high, m.Fma(x, m.Set(kSteepness), m.Neg(high))};
  }
  template <class M, class V>
  ACT_FN static Far<V> FarValue(M m, V x) {
    const V a = MinusAtMost(m, x, kFarReach / kSteepness);
    const Twofold<V> z = Steep(m, a);
    const FarDecay<V> e = DecayFar(m, z.high, z.low);
    const Twofold<V> tail = FarSigmoid(m, a, e);
    return LeftAndRight(m, x, tail, FineSum(m, x, tail.high), e.rest);
  }
  template <class M, class V>
  ACT_FN static Far<V> FarSlope(M m, V x) {
    const Twofold<V> z = Steep(m, MinusAtMost(m, x, kFarReach / kSteepness));
    const FarDecay<V> e = DecayFar(m, z.high, z.low);
    const Twofold<V> tail = FarSigmoidSlope(m, z, e);
    return LeftAndRight(m, x, tail, FineSum(m, m.Set(1), m.Neg(tail.high)), e.rest);
  }
};

struct ClampedSwiglu : GatedBy<SteepSilu> {
  enum { kAlpha, kLimit };
  static_assert(int{kAlpha} == int{SteepSilu::kBeta});
  static constexpr LinearPart kLinearPart = LinearPart::kRounded;
  static constexpr bool kCutsGate = true;
  static constexpr FunctionInfo kInfo{
      .name = "clamped_swiglu",
      .aliases = "swiglu_oai",
      .summary = "The clamped gated unit of gpt-oss, whose linear operand counts from 1.",
      .formula = "(1 + clamp(u, -limit, limit)) c sigmoid(alpha c), c = min(g, limit)",
      .derivative =
          "by u: c s if |u| <= limit, else 0; by g: (1 + clamp(u)) (s + alpha g s (1 - s)) if g <= limit, else 0, "
          "s = sigmoid(alpha c)",
      .kind = FunctionKind::kGated,
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
                    .max = 1e6}}}},
      .limits = {-0.0, 13.999906256606634, -0.0, 0, 1},
      .reference = "OpenAI 2025, gpt-oss-120b and gpt-oss-20b Model Card",
      .usage = "the experts of gpt-oss",
      .layout = GatedLayout::kInterleavedGateFirst,
      .layout_reason = "as the gate_up projections of gpt-oss"};

  template <class M, class V, class P>
  ACT_FN static V Linear(M m, V u, const P& p) {
    const V limit = p(kLimit);
    return m.Select(m.Abs(u) > limit, m.WithSignOf(limit, u), u) + m.Set(1);
  }
  template <class M, class V, class P>
  ACT_FN static V LinearSlope(M m, V u, const P& p) {
    return m.Select(m.Abs(u) > p(kLimit), m.Set(0), m.Set(1));
  }
  template <class M, class V, class P>
  ACT_FN static V Gate(M m, V g, const P& p) {
    return m.Select(g > p(kLimit), p(kLimit), g);
  }
  template <class M, class V, class P>
  ACT_FN static V GateSlope(M m, V g, const P& p) {
    return m.Select(g > p(kLimit), m.Set(0), m.Set(1));
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
