// The kernels of one family of functions; compiled once for each family (ACT_FAMILY), and by Highway's foreach_target
// once for each instruction set, every time in a namespace of its own. That is why the -inl.h files below have no
// include guards, and why this file is the only place that includes them for the CPU.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include "hwy/cache_control.h"
#include "kernels/api/call.h"
#include "kernels/api/element.h"
#include "kernels/api/function_info.h"
#include "kernels/cpu/kernel.h"
#include "kernels/functions/catalog.h"
#include "kernels/math/policy.h"
#include "kernels/math/summation.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/family.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
#include "hwy/highway.h"

#ifndef ACT_FN
#define ACT_FN HWY_INLINE      // formulas and their parts: always inlined into loops
#define ACT_LOOP HWY_NOINLINE  // loops: kept whole
#define ACT_UNROLLS false      // registers can be indexed by way of memory, at no great cost
#define ACT_DATA               // arrays of constants
#define ACT_LAMBDA HWY_ATTR __attribute__((always_inline))
#endif

HWY_BEFORE_NAMESPACE();
namespace actserve::cpu::HWY_NAMESPACE {
namespace {

// In the order of their dependence.
// clang-format off
#include "kernels/cpu/simd-inl.h"
#include "kernels/cpu/pack-inl.h"
#include "kernels/math/coefficients-inl.h"
#include "kernels/math/elementary-inl.h"
#include "kernels/math/piecewise-inl.h"
#include "kernels/math/rows-inl.h"
#include "kernels/math/simplex-inl.h"
#include "kernels/math/gated-inl.h"
#include "kernels/functions/tables-inl.h"
#include "kernels/functions/softmax_steps-inl.h"
#include "kernels/cpu/elements-inl.h"
#include "kernels/cpu/summation-inl.h"
#include "kernels/cpu/elementwise-inl.h"
#include "kernels/cpu/in_f64-inl.h"
#include "kernels/cpu/floats-inl.h"
#include "kernels/cpu/halves-inl.h"
#include "kernels/cpu/narrow-inl.h"
#include "kernels/cpu/rowwise-inl.h"
#include "kernels/cpu/lanes-inl.h"
#include "kernels/cpu/gated-inl.h"
// clang-format on
#include ACT_FAMILY_HEADER

template <class F, Direction kDirection, class E>
void Channels(const E* x, const E* dy, E* y, int64_t n, const KernelParams& params) {
  params.per_lane ? ChannelsInF64<F, kDirection, true>(x, dy, y, n, params)
                  : ChannelsInF64<F, kDirection, false>(x, dy, y, n, params);
}
template <class F, class E>
void EvaluateElements(const void* x, void* y, int64_t n, const KernelParams& params) {
  using M = Simd<typename Element<E>::Number>;
  if constexpr (F::kInfo.kind == FunctionKind::kElementwise && !std::is_same_v<E, double>) {
    const E* no_upstream = nullptr;
    NarrowElements<F, Direction::kEvaluate>(static_cast<const E*>(x), no_upstream, static_cast<E*>(y), n, params);
  } else if constexpr (IsInF64<F>() && !std::is_same_v<E, double>) {
    const E* no_upstream = nullptr;
    Channels<F, Direction::kEvaluate>(static_cast<const E*>(x), no_upstream, static_cast<E*>(y), n, params);
  } else {
    params.per_lane ? EvaluateWith<F, E, LaneParams<M>>(x, y, n, params)
                    : EvaluateWith<F, E, SharedParams<M>>(x, y, n, params);
  }
}
template <class F, class E>
void GradientElements(const void* x, const void* dy, void* dx, int64_t n, const KernelParams& params) {
  using M = Simd<typename Element<E>::Number>;
  if constexpr (F::kInfo.kind == FunctionKind::kElementwise && !std::is_same_v<E, double>) {
    NarrowElements<F, Direction::kGradient>(static_cast<const E*>(x), static_cast<const E*>(dy), static_cast<E*>(dx), n,
                                            params);
  } else if constexpr (IsInF64<F>() && !std::is_same_v<E, double>) {
    Channels<F, Direction::kGradient>(static_cast<const E*>(x), static_cast<const E*>(dy), static_cast<E*>(dx), n,
                                      params);
  } else {
    params.per_lane ? GradientWith<F, E, LaneParams<M>>(x, dy, dx, n, params)
                    : GradientWith<F, E, SharedParams<M>>(x, dy, dx, n, params);
  }
}

// Whether rows are never computed side by side.
template <class F>
constexpr bool IsOneByOne() {
  return requires { F::kOneByOne; };
}
template <class F>
constexpr bool HasParamDifferentiation() {
  return requires { typename F::template ParamDifferentiation<Simd<double>>; };
}

template <class F>
constexpr Kernel MakeKernel() {
  if constexpr (F::kInfo.kind == FunctionKind::kRowwise) {
    Kernel kernel{.evaluate_rows = {EvaluateRows<F, double>}, .gradient_rows = {GradientRows<F, double>}};
    if constexpr (HasParamDifferentiation<F>()) kernel.row_sums[0] = RowSums<F, double>;
    if constexpr (!F::kInfo.in_f64) {
      kernel.evaluate_rows[1] = EvaluateRows<F, float>;
      kernel.gradient_rows[1] = GradientRows<F, float>;
      if constexpr (HasParamDifferentiation<F>()) kernel.row_sums[1] = RowSums<F, float>;
#if ACT_HAS_LANES
      if constexpr (!IsOneByOne<F>()) {
        kernel.evaluate_lanes = EvaluateLanes<F>;
        kernel.gradient_lanes = GradientLanes<F>;
      }
#endif
    }
    return kernel;
  } else if constexpr (F::kInfo.pieces >= 0) {
    return MakePiecesKernel<F>();
  } else if constexpr (F::kInfo.kind == FunctionKind::kGated) {
    return MakeGatedKernel<F>();
  } else {
    Kernel kernel{.evaluate = {EvaluateElements<F, double>, EvaluateElements<F, float>,
                               EvaluateElements<F, hwy::float16_t>, EvaluateElements<F, hwy::bfloat16_t>},
                  .gradient = {GradientElements<F, double>, GradientElements<F, float>,
                               GradientElements<F, hwy::float16_t>, GradientElements<F, hwy::bfloat16_t>}};
    if constexpr (requires {
                    &F::template ParamDerivative<Simd<float>, typename Simd<float>::V, SharedParams<Simd<float>>>;
                  }) {
      kernel.leaf_sums[0] = LeafSums<F, double>;
      kernel.leaf_sums[1] = LeafSums<F, float>;
    }
    return kernel;
  }
}

#define ACT_CONCAT_(a, b) a##b
#define ACT_CONCAT(a, b) ACT_CONCAT_(a, b)
#define ACT_MAKE(Struct) MakeKernel<Struct>(),

std::span<const Kernel> Kernels() {
  static constexpr Kernel kKernels[] = {ACT_CONCAT(ACT_FAMILY_, ACT_FAMILY)(ACT_MAKE)};
  return kKernels;
}

#undef ACT_MAKE

}  // namespace
}  // namespace actserve::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace actserve::cpu {
namespace {
HWY_EXPORT(Kernels);
}
std::span<const Kernel> ACT_CONCAT(Kernels_, ACT_FAMILY)() { return HWY_DYNAMIC_DISPATCH(Kernels)(); }
}  // namespace actserve::cpu
#endif
