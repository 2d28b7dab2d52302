// The kernels for GPUs, from the same source, on a CPU.
#pragma once

#include "kernels/cuda/kernel.h"

namespace actserve::cuda::emulated {

const Kernel& FindKernel(int function_index);

}  // namespace actserve::cuda::emulated
