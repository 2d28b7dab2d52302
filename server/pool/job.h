// A request as the pool sees it: a route to wait in, work that is known only once its turn has come, and one end.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

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

  // What is to be computed; may be nothing. Called once at most, on a thread of the pool. The executions and all that
  // they view must stay alive until End.
  virtual std::vector<Execution*> Start() = 0;

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

  size_t bytes() const { return bytes_; }

  // Jobs of one route wait for each other only. Set before the job is submitted.
  int route() const { return route_; }
  void set_route(int route) { route_ = route; }

 private:
  friend class CpuPool;

  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  bool late() const;

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
  std::vector<Execution*> executions_;
  std::vector<int64_t> first_piece_;  // of each execution, in the numbering over all of them
  int64_t total_ = 0;

  std::atomic<int64_t> next_{0};        // the next piece to take
  std::atomic<int64_t> unfinished_{0};  // pieces and parts elsewhere that are neither done nor given up
  std::atomic<bool> given_up_{false};   // pieces were left out
};

}  // namespace actserve
