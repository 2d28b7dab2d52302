// The kernels of one family of functions (ACT_FAMILY), for whoever has defined ACT_FN, ACT_DATA and ACT_LAMBDA,
// included the headers below, and offers, in the namespace that this is included in,
//   Block, Team, Each ...   see block-inl.h
//   LaunchOf<Body>          a Launch that runs Body::Run(block, args) for every block
// In the order of their dependence.
// clang-format off
#include "kernels/cuda/math-inl.h"
#include "kernels/math/coefficients-inl.h"
#include "kernels/math/elementary-inl.h"
#include "kernels/math/piecewise-inl.h"
#include "kernels/math/rows-inl.h"
#include "kernels/math/simplex-inl.h"
#include "kernels/functions/tables-inl.h"
#include "kernels/functions/softmax_steps-inl.h"
#include "kernels/cuda/elements-inl.h"
#include "kernels/cuda/summation-inl.h"
#include "kernels/cuda/elementwise-inl.h"
#include "kernels/cuda/rows-inl.h"
#include "kernels/cuda/rowwise-inl.h"
#include "kernels/cuda/gradient_sums-inl.h"
// clang-format on
#include ACT_FAMILY_HEADER

template <class F, class W>
constexpr ElementwiseKernel MakeElementwise() {
  using Body = Elementwise<F, W>;
  return {LaunchOf<Body>, Body::kTile, Body::kThreads, Body::kSharedBytes};
}

template <class F, Direction kDirection>
constexpr void AddElementwise(Kernel& kernel) {
  ElementwiseKernel* const ways = kernel.elementwise[static_cast<int>(kDirection)];
  const auto set = [ways](Way way, ElementwiseKernel with) { ways[static_cast<int>(way)] = with; };
  set(Way::kF64, MakeElementwise<F, ByFormula<F, kDirection, double>>());
  if constexpr (F::kInfo.kind == FunctionKind::kPerChannel && IsInF64<F>()) {
    set(Way::kInF64, MakeElementwise<F, InF64<F, kDirection, false>>());
    set(Way::kToOdd, MakeElementwise<F, InF64<F, kDirection, true>>());
  } else if constexpr (F::kInfo.kind == FunctionKind::kPerChannel) {
    set(Way::kNarrow, MakeElementwise<F, ByFormula<F, kDirection, float>>());
  } else if constexpr (RoundingOf<F>() != Rounding::kMany) {
    using Coarse16 = CoarseFormula<F, kDirection, float>;
    set(Way::kF32, MakeElementwise<F, Directly<F, kDirection, float>>());
    set(Way::kNarrow, MakeElementwise<F, Directly<F, kDirection, AnyElement>>());
    set(Way::kF16, MakeElementwise<F, Halves<F, kDirection, F16, Coarse16>>());
    set(Way::kBF16, MakeElementwise<F, Halves<F, kDirection, BF16, Coarse16>>());
  } else {
    if constexpr (HasTables<F>()) {
      using Table = typename TablesOf<F, kDirection>::Fine;
      set(Way::kF32, MakeElementwise<F, ByTable<F, kDirection, float>>());
      set(Way::kNarrow, MakeElementwise<F, ByTable<F, kDirection, AnyElement>>());
      set(Way::kF16, MakeElementwise<F, Halves<F, kDirection, F16, CoarseTable<typename Table::ForF16>>>());
      set(Way::kBF16, MakeElementwise<F, Halves<F, kDirection, BF16, CoarseTable<typename Table::ForBF16>>>());
      kernel.quick_by_default_only = true;
    }
    if constexpr (!HasTables<F>() || F::kInfo.params.size() > 0) {
      set(Way::kInF64, MakeElementwise<F, InF64<F, kDirection, false>>());
      set(Way::kToOdd, MakeElementwise<F, InF64<F, kDirection, true>>());
    }
  }
}

template <class F, Direction kDirection>
constexpr void AddRowwise(Kernel& kernel) {
  constexpr int kIndex = static_cast<int>(kDirection);
  kernel.rows_of_half_warps[kIndex][0] = LaunchOf<SharedRows<F, kDirection, double, false>>;
  kernel.rows_of_blocks[kIndex][0] = LaunchOf<SharedRows<F, kDirection, double, true>>;
  kernel.streamed_rows[kIndex][0] = LaunchOf<StreamedRows<F, kDirection, double>>;
  if constexpr (!F::kInfo.in_f64) {
    kernel.rows_of_half_warps[kIndex][1] = LaunchOf<SharedRows<F, kDirection, float, false>>;
    kernel.rows_of_blocks[kIndex][1] = LaunchOf<SharedRows<F, kDirection, float, true>>;
    kernel.streamed_rows[kIndex][1] = LaunchOf<StreamedRows<F, kDirection, float>>;
  }
}

template <class F>
constexpr Kernel MakeKernel() {
  Kernel kernel;
  if constexpr (F::kInfo.kind == FunctionKind::kRowwise) {
    AddRowwise<F, Direction::kEvaluate>(kernel);
    AddRowwise<F, Direction::kGradient>(kernel);
    kernel.keeps_numbers = KeepsNumbers<F>();
    if constexpr (requires { typename F::template ParamDifferentiation<ThreadMath<double>>; }) {
      kernel.row_sums[0] = LaunchOf<RowSums<F, double>>;
      if constexpr (!F::kInfo.in_f64) kernel.row_sums[1] = LaunchOf<RowSums<F, float>>;
    }
  } else {
    AddElementwise<F, Direction::kEvaluate>(kernel);
    AddElementwise<F, Direction::kGradient>(kernel);
    using M = ThreadMath<float>;
    if constexpr (requires { &F::template ParamDerivative<M, float, ChannelParams<float>>; }) {
      kernel.range_sums[0] = LaunchOf<RangeSums<F, double>>;
      kernel.range_sums[1] = LaunchOf<RangeSums<F, float>>;
    }
  }
  return kernel;
}
