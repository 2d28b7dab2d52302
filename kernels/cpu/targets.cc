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

// The instruction sets that kernels are compiled for: Highway's choice for dynamic dispatch.
std::vector<int64_t> SupportedTargets() {
  std::vector<int64_t> targets;
  hwy::SetSupportedTargetsForTest(0);  // what the machine has, not what was forced
  for (int64_t rest = hwy::SupportedTargets() & HWY_TARGETS; rest != 0; rest &= rest - 1)
    targets.push_back(rest & -rest);
  return targets;
}

int64_t& ForcedTarget() {
  static int64_t target = 0;  // 0: the best
  return target;
}

void ChooseTarget() {
  hwy::SetSupportedTargetsForTest(ForcedTarget());
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace

std::vector<std::string> CpuTargets() {
  std::vector<std::string> names;
  for (int64_t target : SupportedTargets()) names.emplace_back(hwy::TargetName(target));
  ChooseTarget();
  return names;
}

std::string ActiveCpuTarget() {
  if (ForcedTarget() != 0) return hwy::TargetName(ForcedTarget());
  return CpuTargets().front();
}

absl::Status ForceCpuTarget(std::string_view name) {
  const std::vector<int64_t> targets = SupportedTargets();
  for (int64_t target : targets) {
    if (name != hwy::TargetName(target)) continue;
    ForcedTarget() = target;
    ChooseTarget();
    return absl::OkStatus();
  }
  ChooseTarget();
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
