// The threads that compute, and the bounded queue in front of them. Knows nothing of gRPC.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "server/pool/job.h"
#include "server/pool/turns.h"

namespace actserve {

// A free thread starts the oldest waiting job of the route whose turn it is; where none waits, it helps with a job that
// has pieces left. So a flood of one route's jobs does not hold up another's, large jobs use every idle core, and a
// small one does not wait behind a large one's pieces while a thread is free.
//
// Safe from any thread.
class CpuPool {
 public:
  struct Limits {
    int threads = 1;
    size_t waiting = 1024;  // jobs not yet started
  };
  struct Load {
    size_t waiting = 0;
    size_t running = 0;
  };
  // Why a job was refused: for metrics.
  enum class Refusal { kNone, kQueueFull, kClosed, kCancelled, kDeadline };

  explicit CpuPool(const Limits& limits);
  // Closes, cancels what is left and waits for it to end.
  ~CpuPool();
  CpuPool(const CpuPool&) = delete;
  CpuPool& operator=(const CpuPool&) = delete;

  // Takes the job, whose End is then called exactly once, or refuses it at once, and never calls it. Never waits.
  // RESOURCE_EXHAUSTED says which limit was reached; UNAVAILABLE: closed; CANCELLED, DEADLINE_EXCEEDED: too late.
  absl::Status Submit(std::shared_ptr<Job> job, Refusal* why = nullptr);

  // A job that is part of one already admitted: never refused.
  void Add(std::shared_ptr<Job> job);

  // A part of a running job, of those that are computed elsewhere, is over; `done`: it was computed. From any thread.
  void EndElsewhere(Job& job, bool done);

  // Refuses jobs from now on and waits until all have ended, at most until `deadline`. Then cancels those that have
  // not, and returns how many they were; they end soon, but may not have when this returns.
  size_t Drain(SteadyClock::time_point deadline);

  // Whether a job would be refused now, for the queue is full. Takes no lock.
  bool full() const { return waiting_jobs_.load(std::memory_order_relaxed) >= limits_.waiting; }

  // What it is refused with then.
  absl::Status QueueFull() const;

  Load load() const;
  int threads() const { return static_cast<int>(threads_.size()); }

 private:
  void Work();
  void Begin(const std::shared_ptr<Job>& job);
  void End(const std::shared_ptr<Job>& job, const absl::Status& status);
  std::shared_ptr<Job> Helpable() const;
  void Enqueue(std::shared_ptr<Job> job);

  const Limits limits_;
  mutable std::mutex mutex_;  // guards what follows; std::mutex, so that the thread sanitizer sees it
  std::condition_variable work_;
  std::condition_variable ended_;
  Turns<std::shared_ptr<Job>> waiting_;
  std::atomic<size_t> waiting_jobs_ = 0;
  std::vector<std::shared_ptr<Job>> running_;
  bool closed_ = false;
  bool stopping_ = false;
  std::vector<std::thread> threads_;  // last: started when all above is there
};

}  // namespace actserve
