// The kernels of one family of functions for GPUs; compiled once for each family (ACT_FAMILY).
#include <cuda_fp16.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <type_traits>

#include "kernels/api/function_info.h"
#include "kernels/cuda/kernel.h"
#include "kernels/cuda/tuning.h"
#include "kernels/functions/catalog.h"
#include "kernels/math/policy.h"
#include "kernels/math/summation.h"

#define ACT_FN __device__ __forceinline__  // formulas, their parts, and kernels
#define ACT_UNROLLS true                   // what is indexed in memory is slow
#define ACT_DATA __device__                // arrays of constants
#define ACT_LAMBDA                         // has the qualifiers of the function that it is in

namespace actserve::cuda {
namespace {

#include "kernels/cuda/block-inl.h"

template <class Body>
__global__ void __launch_bounds__(Body::kThreads, Body::kBlocksAtLeast)
    Run(const __grid_constant__ typename Body::Args args) {
  Body::Run(Block(), args);
}
template <class Body>
int LaunchOf(const Geometry& geometry, const typename Body::Args& args, void* stream) {
  if (geometry.shared_bytes > 48 << 10) {  // what a kernel may have unless told otherwise
    const cudaError_t error =
        cudaFuncSetAttribute(Run<Body>, cudaFuncAttributeMaxDynamicSharedMemorySize, geometry.shared_bytes);
    if (error != cudaSuccess) return error;
  }
  Run<Body><<<static_cast<unsigned>(geometry.blocks), geometry.threads, geometry.shared_bytes,
              static_cast<cudaStream_t>(stream)>>>(args);
  return cudaGetLastError();
}

#include "kernels/cuda/family-inl.h"

#define ACT_MAKE(Struct) MakeKernel<Struct>(),
}  // namespace

#define ACT_CONCAT_(a, b) a##b
#define ACT_CONCAT(a, b) ACT_CONCAT_(a, b)

std::span<const Kernel> ACT_CONCAT(Kernels_, ACT_FAMILY)() {
  static const Kernel kernels[] = {ACT_CONCAT(ACT_FAMILY_, ACT_FAMILY)(ACT_MAKE)};
  return kernels;
}

}  // namespace actserve::cuda
