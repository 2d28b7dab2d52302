#include "server/pool/job.h"

#include <algorithm>

namespace actserve {

bool Job::late() const { return deadline_ != SteadyClock::time_point::max() && SteadyClock::now() >= deadline_; }

absl::Status Job::Check() const {
  if (cancelled()) return absl::CancelledError("the call was cancelled");
  if (late()) return absl::DeadlineExceededError("the deadline passed before the work was done");
  return absl::OkStatus();
}

bool Job::RunPieces() {
  for (;;) {
    int64_t piece = next_.fetch_add(1, std::memory_order_relaxed);
    if (piece >= total_) return false;
    int64_t taken = 1;
    if (cancelled() || late()) {
      // Take all that is left, too, and run none of it. Nobody else can have taken a piece after `end`.
      const int64_t end = std::min(next_.exchange(total_, std::memory_order_relaxed), total_);
      taken += total_ - end;
      given_up_.store(true, std::memory_order_relaxed);
    } else {
      const auto next = std::upper_bound(first_piece_.begin(), first_piece_.end(), piece);
      const size_t index = next - first_piece_.begin() - 1;
      executions_[index]->Run(piece - first_piece_[index]);
    }
    // Releases this thread's results to the last thread, which acquires them all.
    if (unfinished_.fetch_sub(taken, std::memory_order_acq_rel) == taken) return true;
  }
}

absl::Status Job::Conclude() {
  if (given_up_.load(std::memory_order_relaxed)) return Check();  // an expired job stays expired
  for (Execution* execution : executions_) execution->Finish();
  return absl::OkStatus();
}

}  // namespace actserve
