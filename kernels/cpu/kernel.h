// What a family's translation unit offers for each function: loops over contiguous elements of one type.
#pragma once

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
};

// y[i] = f(x[i]) for n elements; for row-wise functions, of a row of n. Addresses need not be aligned.
using EvaluateKernel = void (*)(const void* x, void* y, int64_t n, const KernelParams& params);
// dx[i] = dy[i] f'(x[i]). A null dy stands for ones; not for row-wise functions.
using GradientKernel = void (*)(const void* x, const void* dy, void* dx, int64_t n, const KernelParams& params);
// The sum over one leaf (n <= SummationOrder::kLeaf) of dy[i] df/dp, for each parameter and segment (sums[slot]).
using LeafKernel = void (*)(const void* x, const void* dy, int64_t n, const KernelParams& params, DoubleDouble* sums);

// Null where there is none: row-wise functions work on f64 and f32 only; leaf sums are for learnable parameters, by the
// type of the arithmetic (f64 and f32).
struct Kernel {
  EvaluateKernel evaluate[4];  // by DataType
  GradientKernel gradient[4];
  LeafKernel leaf_sums[2];
};

// The kernel of a function by its index in Functions(), for the target in use.
const Kernel& FindKernel(int function_index);

}  // namespace actserve::cpu
