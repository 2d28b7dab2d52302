#include "server/pool/job.h"

#include <algorithm>

namespace actserve {
namespace {

// Adds what passed since then, and returns what time it is: one look at the clock for each of many small pieces, which
// cost not much more than that.
SteadyClock::time_point AddTimeSince(SteadyClock::time_point start, int64_t& time) {
  const SteadyClock::time_point now = SteadyClock::now();
  std::atomic_ref(time).fetch_add((now - start) / std::chrono::nanoseconds(1), std::memory_order_relaxed);
  return now;
}

}  // namespace

absl::Status Job::Check() const {
  if (cancelled()) return absl::CancelledError("the call was cancelled");
  if (late()) return absl::DeadlineExceededError("the deadline passed before the work was done");
  return absl::OkStatus();
}

size_t Job::Add(Execution& execution) {
  executions_.push_back({.execution = &execution, .pieces = execution.pieces(), .first = added_pieces(), .time = 0});
  return executions_.size() - 1;
}

void Job::RunAdded(SteadyClock::time_point now) {
  for (Timed& timed : executions_) {
    RunInline(*timed.execution);
    now = AddTimeSince(now, timed.time);
  }
}

bool Job::RunPieces() {
  SteadyClock::time_point now = SteadyClock::now();
  for (size_t index = 0;;) {
    const int64_t piece = next_.fetch_add(1, std::memory_order_relaxed);
    if (piece >= total_) return false;
    int64_t taken = 1;
    if (cancelled() || now >= deadline_) {
      // Take all that is left, too, and run none of it. Nobody else can have taken a piece after `end`.
      const int64_t end = std::min(next_.exchange(total_, std::memory_order_relaxed), total_);
      taken += total_ - end;
      given_up_.store(true, std::memory_order_relaxed);
    } else {
      while (piece >= executions_[index].first + executions_[index].pieces) ++index;  // a thread's pieces ascend
      Timed& timed = executions_[index];
      timed.execution->Run(piece - timed.first);
      if (timed.pieces == 1) timed.execution->Finish();
      now = AddTimeSince(now, timed.time);
    }
    // Releases this thread's results to the last thread, which acquires them all.
    if (unfinished_.fetch_sub(taken, std::memory_order_acq_rel) == taken) return true;
  }
}

absl::Status Job::Conclude() {
  if (given_up_.load(std::memory_order_relaxed)) return Check();  // an expired job stays expired
  for (Timed& timed : executions_) {
    if (timed.pieces == 1) continue;  // which ended with its piece
    const SteadyClock::time_point start = SteadyClock::now();
    timed.execution->Finish();
    AddTimeSince(start, timed.time);
  }
  return absl::OkStatus();
}

}  // namespace actserve
