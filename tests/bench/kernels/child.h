// This program, run once more.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace actserve::bench {

// What it writes to standard output when run with these arguments; it shares our standard error. UNKNOWN if it cannot
// be run or fails.
absl::StatusOr<std::string> OutputOfSelf(const std::vector<std::string>& arguments);

}  // namespace actserve::bench
