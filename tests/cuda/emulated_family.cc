// The kernels of one family of functions (ACT_FAMILY) as the GPU has them, from the same source, run on a CPU.
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

#include "kernels/api/element.h"
#include "kernels/api/function_info.h"
#include "kernels/cuda/kernel.h"
#include "kernels/cuda/tuning.h"
#include "kernels/functions/catalog.h"
#include "kernels/math/policy.h"
#include "kernels/math/summation.h"
#include "tests/cuda/emulated.h"

#define ACT_FN inline
#define ACT_DATA
#define ACT_UNROLLS true
#define ACT_LAMBDA

namespace actserve::cuda::emulated {
namespace {

#include "tests/cuda/emulated_block-inl.h"

// Shared memory is as large as the launch says, and full of rubbish.
template <class Body>
int LaunchOf(const Geometry& geometry, const typename Body::Args& args, void*) {
  if (geometry.threads > Body::kThreads || geometry.threads % 32 != 0) FailEmulation("threads of a block");
  struct alignas(16) Line {
    std::byte bytes[16];
  };
  ForAll(geometry.blocks, [&](int64_t block) {
    std::vector<Line> shared((static_cast<size_t>(geometry.shared_bytes) + sizeof(Line) - 1) / sizeof(Line));
    std::memset(static_cast<void*>(shared.data()), 0xa5, shared.size() * sizeof(Line));
    current = {block, geometry.blocks, geometry.threads, shared.data()->bytes};
    Body::Run(Block(), args);
  });
  return 0;
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

}  // namespace actserve::cuda::emulated
