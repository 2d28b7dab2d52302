// Runs jobs on all cores.
#pragma once

#include <atomic>

#include "absl/status/status.h"
#include "tests/accuracy/state.h"

namespace actserve::accuracy {

// Runs those jobs that the state does not know, on so many threads, and adds them to it. Tells its progress on stderr.
// Once `stop` is true no other job begins; returns CANCELLED if jobs are left.
absl::Status RunJobs(const std::vector<Job>& jobs, int threads, const std::atomic<bool>& stop, State& state);

}  // namespace actserve::accuracy
