// Counts the calls in progress, and closes for new ones when the server drains.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "server/pool/job.h"

namespace actserve {

// Safe from any thread. Enter and Leave take no lock while the gate is open.
class CallGate {
 public:
  // True: the call may go on, and must Leave when it is over. False: the gate is closed.
  bool Enter();
  void Leave();

  // Lets nobody in from now on.
  void Close();
  // Waits until the last call has left a closed gate, at most until `deadline`. True if it has.
  bool WaitEmpty(SteadyClock::time_point deadline);

  int64_t inside() const { return state_.load(std::memory_order_acquire) >> 1; }

 private:
  static constexpr int64_t kClosed = 1;
  static constexpr int64_t kCall = 2;

  std::atomic<int64_t> state_{0};  // calls inside, times two; and kClosed
  std::mutex mutex_;
  std::condition_variable empty_;
};

}  // namespace actserve
