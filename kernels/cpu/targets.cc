// The choice of the instruction set, and of the kernels built for it.
#include <span>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "hwy/highway.h"
#include "kernels/api/backend.h"
#include "kernels/cpu/kernel.h"
#include "kernels/functions/catalog.h"

namespace actserve {
namespace {

// The instruction sets that kernels are compiled for and this machine has, best first: Highway numbers better ones
// lower.
const std::vector<int64_t>& Targets() {
  static const std::vector<int64_t>* const targets = [] {
    auto* found = new std::vector<int64_t>;
    for (int64_t rest = hwy::SupportedTargets() & HWY_TARGETS; rest != 0; rest &= rest - 1) {
      found->push_back(rest & -rest);
    }
    // Highway asks for AES before it owns to NEON, which every 64-bit Arm has.
    if (found->empty()) found->push_back(HWY_STATIC_TARGET);
    return found;
  }();
  return *targets;
}

int64_t& ActiveTarget() {
  static int64_t target = Targets().front();
  return target;
}

}  // namespace

std::vector<std::string> CpuTargets() {
  std::vector<std::string> names;
  for (int64_t target : Targets()) names.emplace_back(hwy::TargetName(target));
  return names;
}

std::string ActiveCpuTarget() { return hwy::TargetName(ActiveTarget()); }

absl::Status ForceCpuTarget(std::string_view name) {
  for (int64_t target : Targets()) {
    if (name != hwy::TargetName(target)) continue;
    ActiveTarget() = target;
    // Some files are built for refinements of the best target too.
    hwy::SetSupportedTargetsForTest(target == Targets().front() ? 0 : target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrFormat("'%s' is not an instruction set of this machine and build; expected one of %s", name,
                      absl::StrJoin(CpuTargets(), ", ")));
}

namespace cpu {

#define ACT_DECLARE(family) std::span<const Kernel> Kernels_##family();  // family.cc
ACT_FAMILIES(ACT_DECLARE)
#undef ACT_DECLARE

const Kernel& FindKernel(int function_index) {
  size_t index = function_index;
#define ACT_SEARCH(family)                                               \
  if (const auto kernels = Kernels_##family(); index < kernels.size()) { \
    return kernels[index];                                               \
  } else {                                                               \
    index -= kernels.size();                                             \
  }
  ACT_FAMILIES(ACT_SEARCH)
#undef ACT_SEARCH
  HWY_ABORT("no function has index %d", function_index);
}

}  // namespace cpu
}  // namespace actserve
