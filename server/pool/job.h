// A request as the pool sees it: a route to wait in, work that is known only once its turn has come, and one end.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "kernels/api/backend.h"

namespace actserve {

using SteadyClock = std::chrono::steady_clock;

class Job {
 public:
  // `bytes` say how large it is. Past `deadline` (max(): none) nothing of it is started any more.
  Job(size_t bytes, SteadyClock::time_point deadline) : bytes_(bytes), deadline_(deadline) {}
  virtual ~Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  // Adds what is to be computed; may be nothing. Called once at most, on a thread of the pool.
  virtual void Start() = 0;

  // After Start: how many parts of it are computed elsewhere, and what begins with them. Of each, once it is over,
  // CpuPool::EndElsewhere is told, which may be before this returns.
  virtual int elsewhere() const { return 0; }
  virtual void StartElsewhere() {}

  // Called exactly once for a job that was admitted, when no thread touches its executions any more, nor a part
  // elsewhere: on a thread of the pool, or one that told of such a part. OK: every piece was run, every execution
  // finished and every part computed. CANCELLED, DEADLINE_EXCEEDED: some were not.
  virtual void End(const absl::Status& status) = 0;

  // Makes the job end soon, with CANCELLED unless it ends by itself first. From any thread, any number of times.
  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }

  // OK while the job is worth computing; else CANCELLED or DEADLINE_EXCEEDED.
  absl::Status Check() const;

  // What threads spent on an execution, by the number that Add gave: the sum over them, so more than passed on the
  // clock where several worked at once. From End on.
  std::chrono::nanoseconds time(size_t execution) const {
    return std::chrono::nanoseconds(executions_[execution].time);
  }

  size_t bytes() const { return bytes_; }

  // Jobs of one route wait for each other only. Set before the job is submitted.
  int route() const { return route_; }
  void set_route(int route) { route_ = route; }

 protected:
  // Before anything is run. The execution and all that it views must stay alive until End. Returns its number, from 0
  // on.
  size_t Add(Execution& execution);
  // In place of a pool: runs all that was added, on this thread, from `now` on, which is the time.
  void RunAdded(SteadyClock::time_point now);

 private:
  friend class CpuPool;

  struct Timed {
    Execution* execution;
    int64_t pieces, first;  // in the numbering over all executions
    int64_t time;           // ns; added to by several threads
  };

  int64_t added_pieces() const {
    return executions_.empty() ? 0 : executions_.back().first + executions_.back().pieces;
  }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  bool late() const { return deadline_ != SteadyClock::time_point::max() && SteadyClock::now() >= deadline_; }

  // Takes pieces and runs them until none is left to take. True on the one thread that ran the last: it ends the job.
  bool RunPieces();
  bool has_pieces() const { return next_.load(std::memory_order_relaxed) < total_; }
  // Finishes the executions and returns what the job ended with.
  absl::Status Conclude();

  const size_t bytes_;
  int route_ = 0;
  const SteadyClock::time_point deadline_;
  std::atomic<bool> cancelled_{false};

  // Set by the thread that starts the job, before others may help.
  absl::InlinedVector<Timed, 1> executions_;
  int64_t total_ = 0;  // pieces

  std::atomic<int64_t> next_{0};        // the next piece to take
  std::atomic<int64_t> unfinished_{0};  // pieces and parts elsewhere that are neither done nor given up
  std::atomic<bool> given_up_{false};   // pieces were left out
};

}  // namespace actserve
