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
#include "kernels/math/gated-inl.h"
#include "kernels/functions/tables-inl.h"
#include "kernels/functions/softmax_steps-inl.h"
#include "kernels/cuda/elements-inl.h"
#include "kernels/cuda/summation-inl.h"
#include "kernels/cuda/elementwise-inl.h"
#include "kernels/cuda/gated-inl.h"
#include "kernels/cuda/rows-inl.h"
#include "kernels/cuda/rowwise-inl.h"
#include "kernels/cuda/gradient_sums-inl.h"
// clang-format on
#include ACT_FAMILY_HEADER

template <class Body>
constexpr TileKernel<typename Body::Args> MakeTiles() {
  return {LaunchOf<Body>, Body::kTile, Body::kThreads, Body::kSharedBytes};
}

template <class F, Direction kDirection>
constexpr void AddElementwise(Kernel& kernel) {
  const auto add = [&kernel]<class W>(Way way, W) {
    kernel.elementwise[static_cast<int>(kDirection)][static_cast<int>(way)] = MakeTiles<Elementwise<F, W>>();
  };
  add(Way::kF64, ByFormula<F, kDirection, double>());
  if constexpr (F::kInfo.kind == FunctionKind::kPerChannel && IsInF64<F>()) {
    add(Way::kInF64, InF64<F, kDirection, false>());
    add(Way::kToOdd, InF64<F, kDirection, true>());
  } else if constexpr (F::kInfo.kind == FunctionKind::kPerChannel) {
    add(Way::kNarrow, ByFormula<F, kDirection, float>());
  } else if constexpr (RoundingOf<F>() != Rounding::kMany) {
    using Coarse16 = CoarseFormula<F, kDirection, float>;
    add(Way::kF32, Directly<F, kDirection, float>());
    add(Way::kNarrow, Directly<F, kDirection, AnyElement>());
    add(Way::kF16, Halves<F, kDirection, F16, Coarse16>());
    add(Way::kBF16, Halves<F, kDirection, BF16, Coarse16>());
  } else {
    if constexpr (HasTables<F>()) {
      using Table = typename TablesOf<F, kDirection>::Fine;
      add(Way::kF32, ByTable<F, kDirection, float>());
      add(Way::kNarrow, ByTable<F, kDirection, AnyElement>());
      add(Way::kF16, Halves<F, kDirection, F16, CoarseTable<typename Table::ForF16>>());
      add(Way::kBF16, Halves<F, kDirection, BF16, CoarseTable<typename Table::ForBF16>>());
      kernel.defaults = F::kInfo.params.size();
    }
    if constexpr (!HasTables<F>() || F::kInfo.params.size() > 0) {
      add(Way::kInF64, InF64<F, kDirection, false>());
      add(Way::kToOdd, InF64<F, kDirection, true>());
    }
  }
}

template <class F, Direction kDirection>
constexpr void AddGated(Kernel& kernel) {
  const auto add = [&kernel]<class W>(Way way, W) {
    kernel.gated[static_cast<int>(kDirection)][static_cast<int>(way)] = MakeTiles<GatedTile<F, kDirection, W>>();
  };
  using A = typename F::Activation;
  add(Way::kF64, GatedByFormula<F>());
  add(Way::kNarrow, GatedByOne<F, /*kAtDefaults=*/true>());
  add(Way::kF16, GatedHalves<F, F16>());
  add(Way::kBF16, GatedHalves<F, BF16>());
  if constexpr (HasTables<A>() && A::kInfo.params.size() > 0) {
    kernel.defaults = A::kInfo.params.size();
    add(Way::kInF64, GatedByOne<F, /*kAtDefaults=*/false>());
    add(Way::kToOdd, GatedToOdd<F>());
  }
}

template <class F, Direction kDirection>
constexpr void AddPieces(Kernel& kernel) {
  TileKernel<GatedArgs>* const ways = kernel.gated[static_cast<int>(kDirection)];
  ways[static_cast<int>(Way::kF64)] = MakeTiles<PiecesTile<F, kDirection, double>>();
  ways[static_cast<int>(Way::kNarrow)] = MakeTiles<PiecesTile<F, kDirection, float>>();
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
    if constexpr (F::kInfo.kind != FunctionKind::kGated) {
      AddElementwise<F, Direction::kEvaluate>(kernel);
      AddElementwise<F, Direction::kGradient>(kernel);
    } else if constexpr (F::kInfo.pieces < 0) {
      AddGated<F, Direction::kEvaluate>(kernel);
      AddGated<F, Direction::kGradient>(kernel);
    } else {
      AddPieces<F, Direction::kEvaluate>(kernel);
      AddPieces<F, Direction::kGradient>(kernel);
    }
    using Summed = typename HasParameters<F>::Type;
    // Not by the function's address, which nvcc finds none of when it compiles for the device.
    if constexpr (requires(ThreadMath<float> m, float x, ChannelParams<float> p) {
                    Summed::ParamDerivative(m, x, p, 0, 0);
                  }) {
      kernel.range_sums[0] = LaunchOf<RangeSums<F, double>>;
      kernel.range_sums[1] = LaunchOf<RangeSums<F, float>>;
    }
  }
  return kernel;
}
