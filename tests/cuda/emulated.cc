#include "tests/cuda/emulated.h"

#include <vector>

#include "kernels/functions/catalog.h"

namespace actserve::cuda::emulated {

bool backwards = false;

#define ACT_DECLARE(family) std::span<const Kernel> Kernels_##family();  // emulated_family.cc
ACT_FAMILIES(ACT_DECLARE)
#undef ACT_DECLARE

const Kernel& FindKernel(int function_index) {
  static const std::vector<Kernel>* const kernels = [] {
    auto* all = new std::vector<Kernel>;
    const auto add = [all](std::span<const Kernel> family) { all->insert(all->end(), family.begin(), family.end()); };
#define ACT_ADD(family) add(Kernels_##family());
    ACT_FAMILIES(ACT_ADD)
#undef ACT_ADD
    return all;
  }();
  return (*kernels)[static_cast<size_t>(function_index)];
}

}  // namespace actserve::cuda::emulated
