// The kernels for GPUs, from the same source, on a CPU.
#pragma once

#include <memory>

#include "kernels/api/backend.h"
#include "kernels/cuda/kernel.h"
#include "kernels/cuda/plan.h"

namespace actserve::cuda::emulated {

const Kernel& FindKernel(int function_index);

// A backend that plans calls as for a GPU with these limits, and runs the kernels on this thread, in one piece.
// Operands are copied to memory as a device's is: aligned, and no larger than they are; outputs begin as rubbish.
std::unique_ptr<Backend> MakeBackend(const Limits& limits);

}  // namespace actserve::cuda::emulated
