// What a family's translation unit offers for each function: loops over contiguous elements of one type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/math/summation.h"

namespace actserve::cpu {

// Parameters in the type of the arithmetic. Slot i * segments + s holds parameter i's segment s, at values[slot *
// stride]. Either one value for all elements, or (per_lane) one for each: values[slot * stride + element].
struct KernelParams {
  const void* values = nullptr;
  int64_t stride = 1;
  int segments = 1;
  bool per_lane = false;
  // Results are written around the caches: worth it where the whole output is larger than these. A hint.
  bool stream = false;
  // Results of rows are rounded to fewer digits than the type of the arithmetic has.
  bool narrow = false;

  // The same for the elements from the n-th on, which numbers of `size` bytes hold parameters of.
  KernelParams Beyond(int64_t n, size_t size) const {
    KernelParams params = *this;
    if (per_lane) params.values = static_cast<const std::byte*>(values) + n * static_cast<int64_t>(size);
    return params;
  }
};

// y[i] = f(x[i]) for n elements. Addresses need not be aligned, here and below.
using EvaluateKernel = void (*)(const void* x, void* y, int64_t n, const KernelParams& params);
// dx[i] = dy[i] f'(x[i]). A null dy stands for ones.
using GradientKernel = void (*)(const void* x, const void* dy, void* dx, int64_t n, const KernelParams& params);
// The same for row-wise functions, of rows of n elements, each `stride` elements after the one before.
using EvaluateRowsKernel = void (*)(const void* x, void* y, int64_t rows, int64_t stride, int64_t n,
                                    const KernelParams& params);
using GradientRowsKernel = void (*)(const void* x, const void* dy, void* dx, int64_t rows, int64_t stride, int64_t n,
                                    const KernelParams& params);
// The same for kBeside rows of float side by side, number i of row r at [i * kBeside + r]. False, with anything in the
// outputs, if one of the rows is out of the ordinary: then they are to be computed one by one.
inline constexpr int64_t kBeside = 16;
using EvaluateLanesKernel = bool (*)(const float* x, float* y, int64_t n, const KernelParams& params);
using GradientLanesKernel = bool (*)(const float* x, const float* dy, float* dx, int64_t n, const KernelParams& params);
// The sum over one leaf (n <= SummationOrder::kLeaf) of dy[i] df/dp, for each parameter and segment (sums[slot]).
using LeafKernel = void (*)(const void* x, const void* dy, int64_t n, const KernelParams& params, DoubleDouble* sums);

// The sum over one row, for each parameter; `kept` is memory for n numbers.
using RowSumsKernel = void (*)(const void* x, const void* dy, void* kept, int64_t n, const KernelParams& params,
                               DoubleDouble* sums);

// Null where there is none: a function works on elements or on rows; sums are for learnable parameters.
struct Kernel {
  EvaluateKernel evaluate[4] = {};  // by DataType
  GradientKernel gradient[4] = {};
  EvaluateRowsKernel evaluate_rows[2] = {};  // by the type of the arithmetic: f64 and f32
  GradientRowsKernel gradient_rows[2] = {};
  EvaluateLanesKernel evaluate_lanes = nullptr;
  GradientLanesKernel gradient_lanes = nullptr;
  LeafKernel leaf_sums[2] = {};
  RowSumsKernel row_sums[2] = {};
};

// The kernel of a function by its index in Functions(), for the target in use.
const Kernel& FindKernel(int function_index);

}  // namespace actserve::cpu
