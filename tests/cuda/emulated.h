// The kernels for GPUs, from the same source, on a CPU.
#pragma once

#include "kernels/cuda/kernel.h"

namespace actserve::cuda::emulated {

const Kernel& FindKernel(int function_index);

// Whether threads take their turns, in every step, from the last to the first; blocks, too. Where one reads what
// another writes in the same step, results then differ. Not while kernels run.
extern bool backwards;

}  // namespace actserve::cuda::emulated
