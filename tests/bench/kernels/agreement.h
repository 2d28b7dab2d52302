// Whether two entrants compute the same.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "tests/bench/kernels/workload.h"

namespace actserve::bench {

// Runs both over the operands and compares some of what they left in `out`, as closely as the element type and a peer's
// accuracy allow: enough to tell one function, or parameter, from another. FAILED_PRECONDITION otherwise.
absl::Status CheckAgreement(const Workload& workload, const Operands& operands, const std::function<void()>& ours,
                            const std::function<void()>& theirs);

}  // namespace actserve::bench
