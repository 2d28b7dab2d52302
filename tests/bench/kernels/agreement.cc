#include "tests/bench/kernels/agreement.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_format.h"
#include "kernels/api/element.h"

namespace actserve::bench {
namespace {

std::vector<double> Left(const Workload& workload, const Operands& operands) {
  std::vector<double> values(std::min<int64_t>(workload.elements(), 1 << 12));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = LoadElement(workload.type, operands.out.data() + i * SizeOf(workload.type));
  return values;
}

}  // namespace

absl::Status CheckAgreement(const Workload& workload, const Operands& operands, const std::function<void()>& ours,
                            const std::function<void()>& theirs) {
  ours();
  const std::vector<double> left = Left(workload, operands);
  theirs();
  const std::vector<double> right = Left(workload, operands);
  const double tolerance = workload.type == DataType::kF32 ? 1e-3 : 0.03;
  for (size_t i = 0; i < left.size(); ++i) {
    if (std::fabs(left[i] - right[i]) <= tolerance * (1 + std::fabs(left[i]))) continue;
    return absl::FailedPreconditionError(absl::StrFormat(
        "at x = %g, element %d, ours is %g and the peer's %g",
        LoadElement(workload.type, operands.x.data() + i * SizeOf(workload.type)), i, left[i], right[i]));
  }
  return absl::OkStatus();
}

}  // namespace actserve::bench
